"""Fixtures that many tests share: settings in a folder of their own, a server of feeds, Airflow's database."""

import os
import tempfile
from pathlib import Path

import pytest

from demarche.settings import Settings
from feed_server import FeedServer

ROOT = Path(__file__).resolve().parent.parent

# Airflow reads its environment once, at its first import, so it is set before any test can import it.
AIRFLOW_HOME = tempfile.mkdtemp(prefix="demarche-airflow-")
os.environ.update(
    {
        "AIRFLOW_HOME": AIRFLOW_HOME,
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{AIRFLOW_HOME}/airflow.db",
    }
)


@pytest.fixture
def server():
    """A scripted server of feeds and pages on a free loopback port."""
    with FeedServer() as running:
        yield running


@pytest.fixture
def settings(tmp_path) -> Settings:
    """Settings with a home of their own, that may fetch from this machine without waiting."""
    return Settings(
        home=tmp_path / "home",
        feeds=tmp_path / "feeds.toml",
        allow_networks=("127.0.0.0/8",),
        host_delay=0.0,
        connections_per_host=16,
        connect_timeout=2.0,
        first_byte_timeout=1.0,
        total_timeout=3.0,
        max_interval_minutes=10,
        lock_timeout=30.0,
    )


@pytest.fixture(scope="session")
def airflow_database():
    """Airflow's metadata database, made once, with the pool that writers queue in."""
    from airflow.models.pool import Pool
    from airflow.utils.db import initdb

    initdb()
    Pool.create_or_update_pool("warehouse", slots=1, description="one writer", include_deferred=False)


@pytest.fixture(scope="session")
def dagbag():
    """The DAGs of this project as Airflow reads them."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(ROOT / "dags"))


# --- golden files: recorded answers that a person has read ---------------------------------------------------------


def pytest_addoption(parser):
    """`pytest --update-golden` writes the expected files anew; read the difference before you commit it."""
    parser.addoption("--update-golden", action="store_true", help="re-record the files in tests/golden")


@pytest.fixture
def golden(request):
    """Compares text with a recorded file, or records it under --update-golden; a missing file fails."""

    def check(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing: record it with pytest --update-golden, then read it"
        assert text == path.read_text(encoding="utf-8")

    return check
