"""The pipeline without Airflow: from a server of feeds to rows that an analyst queries."""

import json
from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest

from builders import FOUNDING, NOON, QUARTER, a_feed, feeds_toml, rss
from demarche import steps
from demarche.adapters.archive import Archive, window_folder
from demarche.adapters.feed_state import FeedStates
from demarche.adapters.warehouse import Warehouse, WarehouseError
from demarche.core.windows import ended_key, span_of_key
from demarche.model import Outcome
from feed_server import Reply, raw
from readers import ask, digest

BIRDS = ("Storks begin their migration to the south", "Thousands of white storks gather over the coast this week.", "b")
POLAND = (
    "Poland accuses Belarus of sending migrants across the border",
    "Warsaw summoned the Belarusian envoy and demanded an end to the migrant pressure at the frontier.",
    "p",
)
DEAL = (
    "Italy and Tunisia sign migration deal",
    "Rome will pay Tunis to stop migrant boats and take back its nationals under a readmission agreement.",
    "d",
)
US = (*FOUNDING, "us")
COURT = ("Court sentences burglar to two years", "A city court ruled on Monday.", "c")


def write_feeds(settings, *feeds):
    settings.feeds.write_text(feeds_toml(*feeds), encoding="utf-8")


def run(settings, now, *, builds=True):
    key = ended_key(now)
    steps.collect(key, settings=settings, now=now)
    if builds:
        steps.build(key, settings=settings, now=now)
        steps.publish_copy(settings=settings, now=now)
    return key


@pytest.fixture
def newsroom(server, settings):
    """Two feeds over three quarter hours, a dead one and a broken one."""
    first = rss(US, BIRDS)
    second = rss(POLAND, US, BIRDS)
    third = rss(DEAL, POLAND, US)
    other = rss((US[0], US[1], "copy"), COURT)
    write_feeds(
        settings,
        a_feed(server.serve("/a.xml", Reply(first), Reply(second), Reply(third)), "a", outlet="Morning Post"),
        a_feed(server.serve("/b.xml", Reply(other, etag='"1"')), "b", outlet="Evening Post"),
        a_feed(server.serve("/dead.xml", Reply(status=404)), "dead"),
        a_feed(server.serve("/broken.xml", Reply(b"<html><body>We moved</body></html>")), "broken"),
    )
    return settings


def test_a_story_is_queryable_after_one_run_and_says_why_it_is_there(newsroom):
    run(newsroom, NOON)
    ((title, initiators, targets, instruments, outlets, terms),) = ask(
        newsroom, "SELECT title, initiators, targets, instruments, outlets, terms FROM mart.articles"
    )
    assert title == US[0]
    assert initiators == ["US"]
    assert "EU" in targets
    assert "demarche" in instruments
    assert outlets == ["Evening Post", "Morning Post"]
    assert terms


def test_every_entry_has_a_verdict_and_the_rejected_ones_say_why_too(newsroom):
    run(newsroom, NOON)
    bands = dict(ask(newsroom, "SELECT title, band FROM mart.verdict_audit WHERE feed_id <> 'broken'"))
    assert bands[BIRDS[0]] == "rejected"
    assert bands[US[0]] == "accepted"
    assert len(bands) == 3


def test_a_dead_feed_does_not_stop_the_others_and_is_a_row(newsroom):
    run(newsroom, NOON)
    health = dict(ask(newsroom, "SELECT feed_id, last_outcome FROM mart.feed_health"))
    assert health["a"] == Outcome.NEW
    assert health["dead"] == Outcome.NOT_FOUND
    assert health["broken"] == Outcome.NOT_A_FEED


def test_entries_that_stay_in_a_feed_are_loaded_once(newsroom):
    for number in range(3):
        run(newsroom, NOON + number * QUARTER)
    titles = [row[0] for row in ask(newsroom, "SELECT title FROM raw.entries WHERE feed_id = 'a' ORDER BY title")]
    assert titles == sorted({US[0], BIRDS[0], POLAND[0], DEAL[0]})


def test_rebuilding_a_day_gives_the_rows_of_its_quarter_hours_also_twice(newsroom):
    for number in range(3):
        run(newsroom, NOON + number * QUARTER)
    live = digest(newsroom)
    assert ask(newsroom, "SELECT count(*) FROM mart.stories")[0][0] >= 3
    for _ in range(2):
        steps.build("2026-03-10", settings=newsroom, now=NOON + timedelta(days=1))
        steps.publish_copy(settings=newsroom, now=NOON)
        assert digest(newsroom) == live


def test_the_archive_alone_gives_the_same_rows_in_any_order_of_days(newsroom):
    newsroom = replace(newsroom, max_interval_minutes=5)
    keys = [run(newsroom, NOON + number * timedelta(days=1)) for number in range(3)]
    live = digest(newsroom)
    newsroom.warehouse.unlink()
    for key in (keys[2], keys[0], keys[1]):
        steps.build(key[:10], settings=newsroom, now=NOON + timedelta(days=4))
    steps.publish_copy(settings=newsroom, now=NOON)
    assert digest(newsroom) == live


def test_a_feed_that_answers_304_is_kept_as_a_revisit_and_not_parsed_again(newsroom, server):
    run(newsroom, NOON)
    key = run(newsroom, NOON + QUARTER)
    fetch = next(f for f in Archive(newsroom.archive).fetches(span_of_key(key).start) if f.feed_id == "b")
    assert fetch.outcome is Outcome.NOT_MODIFIED
    assert fetch.refers_to
    assert server.asked("/b.xml")[-1].headers["if-none-match"] == '"1"'


def test_the_pages_of_entries_past_the_gate_are_captured_once(server, settings):
    page = (
        b"<html><head><title>Poland</title></head><body><article><p>"
        + b"Warsaw protests. " * 60
        + b"</p></article></body>"
    )
    base = server.url("")
    server.serve("/p", Reply(page, content_type="text/html; charset=utf-8"))
    server.serve("/robots.txt", Reply(status=404))
    write_feeds(settings, a_feed(server.serve("/feed.xml", Reply(rss(POLAND, COURT, base=base.rstrip("/")))), "a"))
    run(settings, NOON)
    run(settings, NOON + QUARTER)
    assert len(server.asked("/p")) == 1
    assert server.asked("/c") == []
    assert ask(settings, "SELECT count(*), min(access) FROM raw.pages") == [(1, "open")]
    assert ask(settings, "SELECT has_page FROM mart.verdict_audit WHERE band <> 'rejected'") == [(True,)]


@pytest.fixture
def paged(server, settings):
    """A feed with one report whose page is to be captured; the key and the batch of its first run, which is planned."""
    base = server.url("").rstrip("/")
    server.serve("/robots.txt", Reply(status=404))
    server.serve("/p", Reply(b"<html><title>Poland</title><p>Warsaw protests.</p></html>", content_type="text/html"))
    write_feeds(settings, a_feed(server.serve("/feed.xml", Reply(rss(POLAND, base=base))), "a"))
    key = ended_key(NOON)
    (batch,) = steps.plan_feeds(key, settings=settings, now=NOON)
    return key, batch


def test_pages_that_a_killed_run_wanted_are_captured_by_the_next(server, settings, paged):
    steps.fetch_feeds(*paged, settings=settings, now=NOON)  # and killed before the page was asked for
    assert server.asked("/p") == []
    run(settings, NOON + QUARTER)
    run(settings, NOON + 2 * QUARTER)
    assert len(server.asked("/p")) == 1


def test_a_killed_collection_that_is_repeated_captures_its_pages_though_no_feed_is_due(server, settings, paged):
    steps.fetch_feeds(*paged, settings=settings, now=NOON)  # and killed before the page was asked for
    steps.collect(paged[0], settings=settings, now=NOON)
    assert len(server.asked("/p")) == len(server.asked("/feed.xml")) == 1


def test_a_retry_in_the_same_run_still_captures_what_its_first_try_wanted(server, settings, paged):
    for minute in range(2):
        steps.fetch_feeds(*paged, settings=settings, now=NOON + timedelta(minutes=minute))
    steps.capture_pages(*paged, settings=settings, now=NOON)
    assert len(server.asked("/p")) == 1


def test_a_retry_does_not_ask_a_feed_again(newsroom, server):
    key = ended_key(NOON)
    (batch,) = steps.plan_feeds(key, settings=newsroom, now=NOON)
    steps.fetch_feeds(key, batch, settings=newsroom, now=NOON)
    steps.fetch_feeds(key, batch, settings=newsroom, now=NOON + timedelta(minutes=1))
    assert len(server.asked("/a.xml")) == 1


def test_a_run_that_is_too_late_collects_nothing_under_the_old_key(newsroom, server):
    assert steps.plan_feeds("2026-03-09T11:45:00", settings=newsroom, now=NOON) == []
    steps.collect("2026-03-09T11:45:00", settings=newsroom, now=NOON)
    assert server.requests == []


def test_a_feed_is_not_asked_before_it_is_due(newsroom):
    run(newsroom, NOON, builds=False)
    assert steps.plan_feeds(ended_key(NOON), settings=newsroom, now=NOON + timedelta(minutes=1)) == []
    assert FeedStates(newsroom.state).read()["a"].due_at > NOON


def test_connections_that_break_are_outcomes(server, settings):
    write_feeds(
        settings,
        a_feed(server.serve("/cut", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<rss>")), "cut"),
        a_feed(server.serve("/slow", Reply(rss(US), delay=2.5)), "slow"),
        a_feed("http://169.254.169.254/latest/meta-data", "inside"),
    )
    run(settings, NOON)
    outcomes = dict(ask(settings, "SELECT feed_id, outcome FROM raw.fetches"))
    assert outcomes["slow"] == Outcome.TIMEOUT
    assert outcomes["inside"] == Outcome.REFUSED_ADDRESS
    assert outcomes["cut"] in (Outcome.CONNECT_ERROR, Outcome.BAD_RESPONSE)


def test_a_damaged_archive_file_stops_the_load_with_its_name_and_keeps_the_rows(newsroom):
    key = run(newsroom, NOON)
    before = digest(newsroom)
    warc = next(window_folder(newsroom.archive, span_of_key(key).start).glob("feeds-*.warc.gz"))
    warc.write_bytes(warc.read_bytes()[:300])
    with pytest.raises(Exception, match=warc.name):
        steps.build(key, settings=newsroom, now=NOON)
    steps.publish_copy(settings=newsroom, now=NOON)
    assert digest(newsroom) == before


def test_a_broken_rule_stops_the_build_and_names_check_and_rows(newsroom):
    key = run(newsroom, NOON)
    with Warehouse(newsroom).transaction() as connection:
        connection.execute("DELETE FROM core.verdicts WHERE band = 'accepted'")
    with pytest.raises(steps.CheckError, match="one_verdict_per_entry"):
        steps.check_warehouse(settings=newsroom, now=NOON)
    results = json.dumps(ask(newsroom, "SELECT check_name FROM mart.quality WHERE NOT is_passed"))
    assert results == "[]"  # the copy that analysts see is the one before
    steps.build(key, settings=newsroom, now=NOON)


def test_checks_look_at_what_was_touched_until_they_pass_and_at_everything_when_asked(newsroom):
    first = run(newsroom, NOON)
    (code,) = {row[0] for row in ask(newsroom, "SELECT DISTINCT stage FROM core.codings LIMIT 1")}
    with Warehouse(newsroom).transaction() as connection:
        assert connection.execute("FROM core.unchecked_windows").fetchall() == []
        connection.execute("UPDATE core.codings SET stage = 'unheard of'")
    steps.check_warehouse(settings=newsroom, now=NOON)  # no count is another, and nothing was touched
    with pytest.raises(steps.CheckError, match="codes_are_in_the_codebook"):
        steps.check_warehouse(settings=newsroom, now=NOON, is_whole=True)
    steps.load_entries(first, settings=newsroom, now=NOON)
    steps.judge_entries(first, settings=newsroom, now=NOON)
    steps.code_entries(first, settings=newsroom, now=NOON)
    steps.merge_stories(first, settings=newsroom, now=NOON)
    with Warehouse(newsroom).transaction() as connection:
        connection.execute("UPDATE core.codings SET stage = 'unheard of'")
    for _ in range(2):  # what was touched stays so until all is well
        with pytest.raises(steps.CheckError, match="codes_are_in_the_codebook"):
            steps.check_warehouse(settings=newsroom, now=NOON)
    with Warehouse(newsroom).transaction() as connection:
        connection.execute("UPDATE core.codings SET stage = ?", [code])
    steps.check_warehouse(settings=newsroom, now=NOON)
    with Warehouse(newsroom).connection() as connection:
        assert connection.execute("FROM core.unchecked_windows").fetchall() == []


def test_a_report_is_coded_in_the_language_that_the_judge_found(server, settings):
    report = ("Österreich fordert von Ungarn die Rücknahme von Asylbewerbern", "", "1")
    write_feeds(settings, a_feed(server.serve("/a.xml", Reply(rss(report))), "a", language="en"))
    run(settings, NOON)
    assert ask(settings, "SELECT language, initiators, targets FROM mart.articles") == [("de", ["AT"], ["HU"])]


def test_a_copy_that_lost_its_rows_is_not_published(newsroom):
    run(newsroom, NOON)
    with Warehouse(newsroom).transaction() as connection:
        connection.execute("DELETE FROM raw.entries")
    with pytest.raises(WarehouseError, match=r"raw\.entries would fall"):
        steps.publish_copy(settings=newsroom, now=NOON)
    assert ask(newsroom, "SELECT count(*) FROM raw.entries")[0][0] > 0
    steps.publish_copy(settings=newsroom, now=NOON, is_forced=True)
    assert ask(newsroom, "SELECT count(*) FROM raw.entries")[0][0] == 0


def test_a_reader_that_never_closes_stops_nobody_and_sees_no_error(newsroom):
    run(newsroom, NOON)
    with duckdb.connect(str(newsroom.published), read_only=True) as reader:
        before = reader.execute("SELECT count(*) FROM mart.articles").fetchall()
        run(newsroom, NOON + QUARTER)
        run(newsroom, NOON + 2 * QUARTER)
        assert reader.execute("SELECT count(*) FROM mart.articles").fetchall() == before
    assert ask(newsroom, "SELECT count(*) FROM mart.articles") > before


def test_the_published_copy_is_read_only_and_earlier_ones_are_kept(newsroom):
    newsroom = replace(newsroom, keep_published=2)
    for number in range(4):
        run(newsroom, NOON + number * QUARTER)
    assert newsroom.published.stat().st_mode & 0o777 == 0o444
    assert len(list((newsroom.published.parent / "history").iterdir())) == 2


def test_a_day_can_be_rebuilt_while_it_is_collected_and_loses_nothing(newsroom):
    day = ended_key(NOON)[:10]
    run(newsroom, NOON)
    # The rebuild reads the day; then a further window lands and is merged by a live run; then the rebuild merges.
    steps.load_entries(day, settings=newsroom, now=NOON)
    steps.judge_entries(day, settings=newsroom, now=NOON)
    steps.code_entries(day, settings=newsroom, now=NOON)
    run(newsroom, NOON + QUARTER)
    live = digest(newsroom)
    steps.merge_stories(day, settings=newsroom, now=NOON + QUARTER)
    steps.publish_copy(settings=newsroom, now=NOON + QUARTER)
    assert digest(newsroom) == live


def test_what_lands_in_a_window_after_it_was_read_is_read_again(newsroom):
    key = ended_key(NOON)
    run(newsroom, NOON, builds=False)
    steps.load_entries(key, settings=newsroom, now=NOON)
    steps.judge_entries(key, settings=newsroom, now=NOON)
    steps.code_entries(key, settings=newsroom, now=NOON)
    later = NOON + timedelta(minutes=10)
    steps.collect(key, settings=replace(newsroom, min_interval_minutes=1, max_interval_minutes=1), now=later)
    counts = steps.merge_stories(key, settings=newsroom, now=later)
    assert counts["entries"] > 3
    steps.check_warehouse(settings=newsroom, now=later)
