"""`make run` as a stranger meets it: a real scheduler, a real server of feeds, and a story in the published file."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from builders import FOUNDING, a_feed, feeds_toml, rss
from demarche.adapters.warehouse import Published, WarehouseError
from demarche.settings import Settings
from feed_server import Reply

pytestmark = pytest.mark.e2e

PATIENCE = 300  # seconds; 60 on a quiet machine
ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processes_of(home: Path) -> list[str]:
    """Command lines of the living processes that were given this Airflow home."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("AIRFLOW_HOME") == str(home / "airflow"):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def ask(settings: Settings, sql: str):
    try:
        return Published(settings).query(sql)[1]
    except WarehouseError:
        return []


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A standalone Airflow on a free port, with one feed that carries the founding story."""
    from feed_server import FeedServer

    folder = tmp_path_factory.mktemp("standalone")
    settings = Settings(home=folder / "home", port=free_port())
    with FeedServer() as server:
        url = server.serve("/feed.xml", Reply(rss((*FOUNDING, "us"))))
        (folder / "feeds.toml").write_text(feeds_toml(a_feed(url)), encoding="utf-8")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")} | {
            "DEMARCHE_HOME": str(settings.home),
            "DEMARCHE_PORT": str(settings.port),
            "DEMARCHE_FEEDS": str(folder / "feeds.toml"),
            "DEMARCHE_ALLOW_NETWORKS": "127.0.0.0/8",
        }
        output = folder / "output.txt"
        with output.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "demarche.standalone", "run"], cwd=ROOT, env=environment, stdout=out, stderr=out
            )
        try:
            yield settings, process, output, environment
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def test_the_first_run_starts_at_once_and_publishes_a_story(running):
    settings, process, output, _ = running
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if ask(settings, "SELECT count(*) FROM mart.stories") == [(1,)]:
            break
        time.sleep(1)
    assert ask(settings, "SELECT title, initiators FROM mart.stories") == [(FOUNDING[0], ["US"])], output.read_text()


def test_it_says_where_the_page_the_login_and_the_file_are(running):
    settings, _, output, _ = running
    said = output.read_text()
    assert f"http://127.0.0.1:{settings.port}" in said
    assert str(settings.published) in said
    assert "admin / " in said


def test_a_stranger_sees_nothing_of_our_page_and_a_user_sees_the_story(running):
    settings, _, output, _ = running
    address = f"http://127.0.0.1:{settings.port}/demarche/"
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(address, timeout=20)
    password = output.read_text().split("admin / ")[1].split()[0]
    request = urllib.request.Request(
        f"http://127.0.0.1:{settings.port}/auth/token",
        data=json.dumps({"username": "admin", "password": password}).encode(),
        headers={"Content-Type": "application/json"},
    )
    token = json.load(urllib.request.urlopen(request, timeout=20))["access_token"]
    page = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
    assert FOUNDING[0] in urllib.request.urlopen(page, timeout=20).read().decode()


def test_nothing_listens_beyond_this_machine(running):
    _, process, _, _ = running
    listening = []
    for child in psutil.Process(process.pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError):  # a task that ended meanwhile
            found = child.net_connections()
            listening += [each.laddr.ip for each in found if each.status == psutil.CONN_LISTEN]
    assert listening
    assert set(listening) <= {"127.0.0.1", "::1"}


def test_a_second_start_says_that_it_is_running(running):
    _, _, _, environment = running
    second = subprocess.run(
        [sys.executable, "-m", "demarche.standalone", "run"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert second.returncode == 1
    assert "already running" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1


def test_stop_leaves_no_process_behind(running):
    settings, process, output, environment = running
    assert processes_of(settings.home)
    subprocess.run([sys.executable, "-m", "demarche.standalone", "stop"], cwd=ROOT, env=environment, check=True)
    assert process.wait(30) == 0, output.read_text()
    assert processes_of(settings.home) == []


def test_a_port_in_use_is_one_clear_line(tmp_path):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        environment = os.environ | {"DEMARCHE_HOME": str(tmp_path / "home"), "DEMARCHE_PORT": str(port)}
        started = subprocess.run(
            [sys.executable, "-m", "demarche.standalone", "run"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
    assert started.returncode == 1
    assert started.stderr.splitlines() == [
        f"demarche: port {port} is in use by another program: free it or say DEMARCHE_PORT=8081 make run"
    ]
