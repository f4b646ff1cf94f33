"""Full disks, damaged files and readers that never close: a clear error, nothing half, and a way to heal."""

import io
import itertools
import pickle
import random
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import FOUNDING, NOON, a_feed, feeds_toml, rss
from demarche import steps
from demarche.adapters.archive import window_folder
from demarche.adapters.warehouse import Warehouse, WarehouseError
from demarche.commands import running
from demarche.commands.doctor import doctor
from demarche.core.windows import ended_key
from feed_server import Reply
from readers import digest, publish

LATER = NOON + timedelta(days=4)
REPORTS = (
    (*FOUNDING, "us"),
    ("Italy and Tunisia sign migration deal", "Rome will pay Tunis under a readmission agreement.", "d"),
    ("Court sentences burglar to two years", "A city court ruled on Monday.", "c"),
    ("Poland accuses Belarus of sending migrants across the border", "Warsaw summoned the Belarusian envoy.", "p"),
    ("Tunis and Rome at odds over migration deal", "Tunisia says the readmission agreement is on hold.", "o"),
)


def examined(settings, *, is_deep=False):
    """What the doctor found wrong, by check."""
    out = io.StringIO()
    doctor(settings, LATER, out, is_deep=is_deep)
    return {line.split()[1]: line for line in out.getvalue().splitlines() if line.startswith("FAIL")}


@pytest.fixture
def running_newsroom(server, settings):
    """Four days of one feed, built and published."""
    settings = replace(settings, max_interval_minutes=5, capture_pages=False)
    polls = [Reply(rss(*REPORTS[max(0, n - 2) : n + 1])) for n in range(len(REPORTS))]
    settings.feeds.write_text(feeds_toml(a_feed(server.serve("/f.xml", *polls), "a")), encoding="utf-8")
    for number in range(4):
        now = NOON + number * timedelta(days=1)
        steps.collect(ended_key(now), settings=settings, now=now)
        steps.build(ended_key(now), settings=settings, now=now)
    publish(settings)
    return settings


def damage_warc(settings, how):
    warc = next(window_folder(settings.archive, NOON + timedelta(days=3)).parent.rglob("feeds-*.warc.gz"))
    match how:
        case "truncated":
            warc.write_bytes(warc.read_bytes()[:-50])
        case "garbage":
            warc.write_bytes(b"these are no records" * 40)
        case "missing":
            warc.unlink()
    return warc.name


@pytest.mark.parametrize("how", ["truncated", "garbage", "missing"])
def test_a_damaged_archive_file_is_named_by_build_and_doctor_and_nothing_changes(running_newsroom, how):
    before = digest(running_newsroom)
    name = damage_warc(running_newsroom, how)
    with pytest.raises(Exception, match=name):
        steps.build("2026-03-13", settings=running_newsroom, now=LATER)
    with pytest.raises(Exception, match=name):
        list(steps.rebuild_all(settings=running_newsroom, now=LATER))
    publish(running_newsroom)
    assert digest(running_newsroom) == before
    assert name in examined(running_newsroom)["archive"]


def spoil(path, how):
    data = bytearray(path.read_bytes())
    match how:
        case "truncated":
            data = data[: len(data) // 2]
        case "garbage":
            data = bytearray(b"this was a database once" * 999)
        case "header":
            data[:12288] = bytes(12288)
        case "middle":  # the blocks that hold the entries' words; some of them may be free and belong to nothing
            for found in list(re.finditer(b"readmission agreement", data)):
                data[found.start() : found.start() + 64] = bytes(64)
    path.chmod(0o644)
    path.write_bytes(data)


@pytest.mark.parametrize("how", ["truncated", "garbage", "header", "middle"])
def test_a_damaged_warehouse_is_named_is_not_published_and_a_rebuild_heals_it(running_newsroom, how):
    before = digest(running_newsroom)
    spoil(running_newsroom.warehouse, how)
    with pytest.raises(WarehouseError, match=r"warehouse\.duckdb(.|\n)*rebuild --all"):
        publish(running_newsroom)
    assert digest(running_newsroom) == before
    assert "warehouse.duckdb" in examined(running_newsroom, is_deep=True)["warehouse"]
    assert running.rebuild(running_newsroom, LATER, is_forced=False) == 0
    assert digest(running_newsroom) == before
    assert "warehouse" not in examined(running_newsroom, is_deep=True)


@pytest.mark.parametrize("how", ["truncated", "garbage", "header"])
def test_a_damaged_published_copy_is_named_and_the_next_publication_heals_it(running_newsroom, how):
    before = digest(running_newsroom)
    spoil(running_newsroom.published, how)
    assert "demarche publish" in examined(running_newsroom, is_deep=True)["published"]
    publish(running_newsroom)
    assert digest(running_newsroom) == before
    assert "published" not in examined(running_newsroom)


def test_the_doctor_names_loads_that_were_not_published_and_windows_that_were_moved_away(running_newsroom, tmp_path):
    steps.build("2026-03-10", settings=running_newsroom, now=LATER + timedelta(days=1))
    assert "lacks the loads" in examined(running_newsroom)["published"]
    publish(running_newsroom)
    assert examined(running_newsroom).keys() <= {"space"}
    window_folder(running_newsroom.archive, NOON).parent.rename(tmp_path / "away")
    assert "2026-03-10" in examined(running_newsroom)["moved"]


@pytest.mark.parametrize("step", ["collect", "build", "publish"])
def test_a_full_disk_is_an_error_that_names_the_file_and_leaves_all_as_it_was(running_newsroom, step):
    """A limit on file sizes stands in for the full disk: each write beyond it fails, in a process of its own."""
    before = digest(running_newsroom)
    small = replace(running_newsroom, min_interval_minutes=1)
    limit = 200 if step == "collect" else 20_000
    script = (
        "import resource, signal, sys, pickle; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from demarche import steps; from datetime import datetime\n"
        "settings, now = pickle.load(sys.stdin.buffer)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
    )
    call = {
        "collect": f"steps.collect({ended_key(LATER)!r}, settings=settings, now=now)",
        "build": "steps.build('2026-03-13', settings=settings, now=now)",
        "publish": "steps.publish_copy(settings=settings, now=now)",
    }[step]
    done = subprocess.run(
        [sys.executable, "-c", script + call], input=pickle.dumps((small, LATER)), capture_output=True, timeout=120
    )
    assert done.returncode != 0
    assert str(small.home).encode() in done.stderr or b"File too large" in done.stderr
    publish(running_newsroom)
    assert digest(running_newsroom) == before
    assert not list(running_newsroom.published.parent.glob("*.tmp-*"))


READER = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
connection.execute("SET enable_progress_bar = false")  # it writes to standard output where a query takes long
print("open", flush=True)
count = 0
while True:
    connection.execute("SELECT count(*) FROM mart.articles").fetchall()
    count += 1
    if count == 1:
        print("read", flush=True)
    time.sleep(0.3)
"""


def test_eight_readers_that_never_close_hold_up_no_writer_and_see_no_error(running_newsroom):
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(running_newsroom.published)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    try:
        for reader in readers:
            assert reader.stdout.readline() == "open\n"
            assert reader.stdout.readline() == "read\n"
        impatient = replace(running_newsroom, lock_timeout=0.0)  # a writer that had to wait at all would fail
        for number in range(5):
            steps.build(f"2026-03-1{number % 4}", settings=impatient, now=LATER)
            publish(impatient)
        assert [reader.poll() for reader in readers] == [None] * 8
    finally:
        for reader in readers:
            reader.kill()
        errors = [reader.communicate()[1] for reader in readers]
    assert errors == [""] * 8


def test_days_rebuilt_in_any_order_alone_interrupted_and_twice_give_the_same_marts(running_newsroom):
    live = digest(running_newsroom)
    days = [f"2026-03-1{number}" for number in range(4)]
    chance = random.Random(7)
    for order in chance.sample(list(itertools.permutations(days)), 3):
        Warehouse(running_newsroom).remove()
        for day in order:
            steps.build(day, settings=running_newsroom, now=LATER)
        publish(running_newsroom, is_forced=True)
        assert digest(running_newsroom) == live, order
    for day in chance.sample(days, 2):  # over what is there; the first time interrupted before its rows are merged
        steps.load_entries(day, settings=running_newsroom, now=LATER)
        steps.judge_entries(day, settings=running_newsroom, now=LATER)
        for _ in range(2):
            steps.build(day, settings=running_newsroom, now=LATER)
    publish(running_newsroom)
    assert digest(running_newsroom) == live


def test_a_merge_that_is_repeated_after_its_staging_is_gone_reads_again(running_newsroom):
    live = digest(running_newsroom)
    for _ in range(2):
        steps.merge_stories("2026-03-12", settings=running_newsroom, now=LATER)
    publish(running_newsroom)
    assert digest(running_newsroom) == live
    assert not any(running_newsroom.staging.rglob("*.jsonl"))
