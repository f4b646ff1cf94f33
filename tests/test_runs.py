"""Each DAG run whole, in one process, against a real server of feeds."""

import os
from datetime import UTC, datetime

import pytest

from builders import FOUNDING, a_feed, feeds_toml, rss
from demarche.core.windows import ended_key
from demarche.settings import read_settings
from feed_server import Reply
from readers import ask, digest

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def home(tmp_path_factory, airflow_database):
    """A data folder that the tasks find by their environment."""
    folder = tmp_path_factory.mktemp("runs")
    values = {
        "DEMARCHE_HOME": str(folder / "home"),
        "DEMARCHE_FEEDS": str(folder / "feeds.toml"),
        "DEMARCHE_ALLOW_NETWORKS": "127.0.0.0/8",
        "DEMARCHE_HOST_DELAY": "0",
    }
    os.environ.update(values)
    yield folder
    for name in values:
        del os.environ[name]


def run_dag(dagbag, dag_id: str, key: str):
    run = dagbag.dags[dag_id].test(run_conf={"key": key})
    return str(run.state)


def test_a_collection_and_a_build_bring_a_story_to_the_analyst(home, server, dagbag):
    url = server.serve("/feed.xml", Reply(rss((*FOUNDING, "us"))))
    (home / "feeds.toml").write_text(feeds_toml(a_feed(url), a_feed(server.serve("/dead", Reply(status=404)), "dead")))
    key = ended_key(datetime.now(UTC))
    assert run_dag(dagbag, "collect_feeds", key) == "success"
    assert run_dag(dagbag, "build_stories", key) == "success"
    settings = read_settings()
    assert ask(settings, "SELECT title, initiators FROM mart.stories") == [(FOUNDING[0], ["US"])]
    assert ask(settings, "SELECT last_outcome FROM mart.feed_health WHERE feed_id = 'dead'") == [("not_found",)]


def test_rebuilding_the_day_gives_the_same_rows(home, dagbag):
    settings = read_settings()
    before = digest(settings)
    day = ended_key(datetime.now(UTC))[:10]
    for _ in range(2):
        assert run_dag(dagbag, "rebuild_days", day) == "success"
        assert digest(settings) == before


def test_a_collection_for_an_old_key_skips_itself(home, server, dagbag):
    assert run_dag(dagbag, "collect_feeds", "2026-01-05T10:00:00") == "success"
    assert server.requests == []
