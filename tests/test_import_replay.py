"""The same captures imported as files and through a Wayback Machine, killed on the way: the same marts."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from builders import FOUNDING, a_feed, feeds_toml, rss
from demarche import steps
from demarche.adapters.archive import Archive
from demarche.adapters.warehouse import Published
from demarche.core.past.request import Request
from demarche.core.windows import days_between
from past_server import Kept, PastServer

ROOT = Path(__file__).resolve().parents[1]
SNAPSHOTS = Path(os.environ.get("DEMARCHE_SHARED", ROOT.parent / "shared")) / "data/feeds/snapshots_gesab001_2020-2021"
NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
# What tells the two ways apart, or when a load ran, is not compared.
OWN = {"imports", "runs", "quality"}


@pytest.fixture
def past():
    with PastServer() as running:
        yield running


def own_snapshots(days: int) -> dict[str, list[tuple[datetime, bytes]]]:
    """Three invented feeds, kept every five hours; entries come, stay for a day and go, some polls repeat."""
    found: dict[str, list[tuple[datetime, bytes]]] = {}
    for number, name in enumerate(("herald", "courier", "gazette")):
        moments = [
            datetime(2026, 3, 1, 1 + number, 7, tzinfo=UTC) + timedelta(hours=5 * n) for n in range(days * 24 // 5)
        ]
        kept = []
        for turn, at in enumerate(moments):
            items = [
                (
                    f"{FOUNDING[0]} ({name} {n})" if n % 3 == 0 else f"Harvest of year {n} in the valley",
                    f"{FOUNDING[1]} Part {n}." if n % 3 == 0 else f"Farmers of village {n} spoke about apples.",
                    f"{name}/{n}",
                )
                for n in range(max(0, turn // 2 - 3), turn // 2 + 2)
            ]
            kept.append((at, rss(*items)))
        found[name] = kept
    return found


def prepare(folder: Path, past: PastServer, snapshots: dict[str, list[tuple[datetime, bytes]]]) -> Path:
    """Feeds, a folder of files named by time, and the captures of the stand-in."""
    feeds = [a_feed(f"https://{name}.example/rss", name, outlet=name.title()) for name in snapshots]
    (folder / "feeds.toml").write_text(feeds_toml(*feeds), encoding="utf-8")
    for name, kept in snapshots.items():
        (folder / "kept" / name).mkdir(parents=True)
        for at, body in kept:
            (folder / "kept" / name / f"{at:%Y%m%dT%H%M%SZ}.xml").write_bytes(body)
            past.kept.append(Kept(f"https://{name}.example/rss", at, body, mime="application/xml"))
    return folder / "kept"


def environment(settings, past: PastServer) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(ROOT / "include"),
        "DEMARCHE_HOME": str(settings.home),
        "DEMARCHE_FEEDS": str(settings.feeds),
        "DEMARCHE_WAYBACK_URL": past.base,
        "DEMARCHE_ALLOW_NETWORKS": "127.0.0.0/8",
        "DEMARCHE_HOST_DELAY": "0",
        "DEMARCHE_CONNECTIONS_PER_HOST": "4",
    }


def killed_then_finished(settings, past: PastServer, words: list[str], kills: int) -> None:
    """Run an import, kill it without warning when the archive has grown, as often as told; then let it end."""
    command = [sys.executable, "-m", "demarche.cli", "history", "import", *words]
    deaths = 0
    while deaths < kills:
        begun = len(list(settings.home.rglob("*.ledger")))
        running = subprocess.Popen(
            command, env=environment(settings, past), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while running.poll() is None and len(list(settings.home.rglob("*.ledger"))) < begun + 3:
            time.sleep(0.005)
        if running.poll() is not None:
            break
        running.send_signal(signal.SIGKILL)
        running.wait()
        deaths += 1
    done = subprocess.run(command, env=environment(settings, past), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert deaths == kills, f"the import ended after {deaths} of {kills} kills"


def built(settings, first: date, last: date) -> dict[str, list[tuple]]:
    """Every mart after the steps of rebuild_days over these days."""
    archive = Archive(settings.archive)
    for day in days_between(first, last):
        if archive.windows(day.start, day.end):
            steps.build(day.key, settings=settings, now=NOW)
    steps.publish_copy(settings=settings, now=NOW, is_forced=True)
    published = Published(settings)
    _, views = published.query("SELECT DISTINCT view_name FROM duckdb_views() WHERE schema_name = 'mart' ORDER BY 1")
    marts = {}
    for (name,) in views:
        if name not in OWN:
            columns, rows = published.query(f"FROM mart.{name}")
            kept = [n for n, column in enumerate(columns) if column not in ("origin", "loaded_at")]
            marts[name] = sorted(repr([_plain(row[n]) for n in kept]) for row in rows)
    return marts


def _plain(value: object) -> object:
    """A sum over threads may differ in its last bit."""
    return round(value, 9) if isinstance(value, float) else value


def assert_same_marts(settings, past, tmp_path, snapshots, first: date, last: date, kills: int) -> None:
    folder = prepare(tmp_path, past, snapshots)
    by_files = replace(settings, home=tmp_path / "by-files")
    by_wayback = replace(settings, home=tmp_path / "by-wayback")
    days = ["--from", first.isoformat(), "--to", last.isoformat()]
    killed_then_finished(by_files, past, ["files", str(folder), *days], kills)
    killed_then_finished(by_wayback, past, ["wayback", *days], kills)
    ours, theirs = built(by_files, first, last), built(by_wayback, first, last)
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert ours[name] == theirs[name], name
    assert len(ours["articles"]) > 0
    for home, origin in ((by_files, "import"), (by_wayback, "wayback")):
        _, rows = Published(home).query(
            "SELECT count(*), count(DISTINCT fetch_id), min(origin), max(origin) FROM raw.fetches"
        )
        within = sum(first <= at.date() <= last for kept in snapshots.values() for at, _ in kept)
        assert rows == [(within, within, origin, origin)]  # nothing lost, nothing twice
        _, rows = Published(home).query("SELECT sum(asked), sum(missing), bool_and(is_whole) FROM mart.imports")
        # Only the index can tell that a feed was not captured at all.
        silent = sum(not any(first <= at.date() <= last for at, _ in kept) for kept in snapshots.values())
        missing = silent if origin == "wayback" else 0
        assert rows == [(within + missing, missing, True)]


def test_captures_imported_as_files_and_from_wayback_give_the_same_marts_though_killed_on_the_way(
    settings, past, tmp_path
):
    snapshots = own_snapshots(3)
    assert_same_marts(settings, past, tmp_path, snapshots, date(2026, 3, 1), date(2026, 3, 3), kills=2)


@pytest.mark.shared
def test_a_month_of_nineteen_outlets_comes_the_same_from_files_and_from_wayback_killed_five_times(
    settings, past, tmp_path
):
    if not SNAPSHOTS.is_dir():
        pytest.skip(f"{SNAPSHOTS} is not there: set DEMARCHE_SHARED")
    snapshots: dict[str, list[tuple[datetime, bytes]]] = {}
    for record in json.loads((SNAPSHOTS / "manifest.json").read_text(encoding="utf-8")):
        at = datetime.fromisoformat(record["committed"]).astimezone(UTC)
        snapshots.setdefault(record["outlet"], []).append((at, (SNAPSHOTS / record["file"]).read_bytes()))
    months = Counter(f"{at:%Y-%m}" for kept in snapshots.values() for at, _ in kept)
    assert months["2020-06"] > 100
    assert_same_marts(settings, past, tmp_path, snapshots, date(2020, 6, 1), date(2020, 6, 30), kills=5)


def test_an_import_beside_live_windows_doubles_no_entry_and_leaves_them_alone(settings, past, tmp_path):
    snapshots = own_snapshots(1)
    prepare(tmp_path, past, snapshots)
    settings = replace(settings, wayback_url=past.base)
    at, body = snapshots["herald"][1]
    with Archive(settings.archive).batch(at.replace(minute=0), "feeds", "b00") as files:
        live = files.keep_response(
            url="https://herald.example/rss", captured_at=at, status="200 OK", headers=[], body=body
        )
        from builders import an_answer
        from demarche.core.polling import poll_result
        from demarche.model import FeedState
        from demarche.steps.limits import poll_bounds

        feed = a_feed("https://herald.example/rss", "herald")
        answer = an_answer(body, url=feed.url, final_url=feed.url, started_at=at + timedelta(seconds=1))
        polled = poll_result(
            feed, FeedState("herald"), answer, window_at=at.replace(minute=0), bounds=poll_bounds(settings)
        )
        files.fetches.append(replace(polled.fetch, warc_file=files.warc_file, record_id=live))
    before = Archive(settings.archive).ledgers(at.replace(minute=0), at.replace(minute=1))
    request = Request("wayback", date(2026, 3, 1), date(2026, 3, 1), feeds=("herald",))
    batches = steps.plan_import(request, settings=settings, now=NOW)
    assert steps.run_import(request.import_id, batches, settings=settings, now=NOW)
    assert Archive(settings.archive).ledgers(at.replace(minute=0), at.replace(minute=1)) == before
    steps.build("2026-03-01", settings=settings, now=NOW)
    steps.publish_copy(settings=settings, now=NOW, is_forced=True)
    _, rows = Published(settings).query("SELECT count(*), count(DISTINCT entry_id) FROM raw.entries")
    assert rows[0][0] == rows[0][1] > 0
    _, rows = Published(settings).query(
        "SELECT origin, count(*) FROM raw.fetches WHERE window_at >= '2026-03-01' GROUP BY 1 ORDER BY 1"
    )
    assert rows == [("live", 1), ("wayback", len(snapshots["herald"]))]
