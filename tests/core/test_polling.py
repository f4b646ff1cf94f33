"""What a poll means."""

import gzip
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOON, a_feed, an_answer, rss
from demarche.core.polling import Bounds, poll_result
from demarche.model import FeedState, Outcome

BOUNDS = Bounds(max_decoded=1_000_000, max_entries=100, shortest=timedelta(minutes=5), longest=timedelta(days=1))
FEED = a_feed("https://news.example/feed")
THREE = rss(("One report", "a", "1"), ("Two reports", "b", "2"), ("Three reports", "c", "3"))
FOUR = rss(("Four reports", "d", "4"), ("One report", "a", "1"), ("Two reports", "b", "2"))


def poll(answer, before=None):
    before = before or FeedState(feed_id=FEED.feed_id)
    return poll_result(FEED, before, answer, window_at=NOON.replace(minute=0), bounds=BOUNDS)


def test_the_first_poll_brings_every_entry_as_new():
    polled = poll(an_answer(THREE, headers=(("ETag", '"1"'),)))
    assert polled.fetch.outcome is Outcome.NEW
    assert (polled.fetch.entries, polled.fetch.new_entries, polled.fetch.overlap) == (3, 3, None)
    assert [entry.title for _, entry in polled.new_entries] == ["One report", "Two reports", "Three reports"]
    assert polled.state.etag == '"1"'
    assert polled.state.due_at > NOON


def test_the_second_poll_counts_what_is_new_and_what_overlaps():
    first = poll(an_answer(THREE))
    second = poll(an_answer(FOUR, started_at=NOON + timedelta(hours=1)), first.state)
    assert second.fetch.outcome is Outcome.NEW
    assert second.fetch.new_entries == 1
    assert second.fetch.overlap == pytest.approx(2 / 3)


def test_the_same_body_is_unchanged_and_a_repeat():
    first = poll(an_answer(THREE))
    kept = replace(first.state, record_id="<urn:uuid:1>")
    second = poll(an_answer(THREE, started_at=NOON + timedelta(hours=1)), kept)
    assert second.fetch.outcome is Outcome.UNCHANGED
    assert second.is_repeat
    assert second.new_entries == ()


def test_an_edited_title_is_a_new_entry():
    first = poll(an_answer(rss(("One report", "a", "1"))))
    second = poll(
        an_answer(rss(("One report, corrected", "a", "1")), started_at=NOON + timedelta(hours=1)), first.state
    )
    assert second.fetch.new_entries == 1


def test_304_keeps_what_is_known():
    first = poll(an_answer(THREE, headers=(("ETag", '"1"'),)))
    second = poll(an_answer(status=304, started_at=NOON + timedelta(hours=1)), first.state)
    assert second.fetch.outcome is Outcome.NOT_MODIFIED
    assert second.state.etag == '"1"'
    assert second.state.entry_ids == first.state.entry_ids


def test_a_validator_that_stays_while_the_body_changes_is_not_trusted_again():
    first = poll(an_answer(THREE, headers=(("ETag", '"1"'),)))
    second = poll(an_answer(FOUR, headers=(("ETag", '"1"'),), started_at=NOON + timedelta(hours=1)), first.state)
    assert first.state.is_trusted
    assert not second.state.is_trusted


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (an_answer(b"<!doctype html><html><body>Welcome</body></html>"), Outcome.NOT_A_FEED),
        (an_answer(b'<rss version="2.0"><channel><title>Empty</title></channel></rss>'), Outcome.EMPTY),
        (an_answer(b'<rss version="2.0"><channel><title>A & B</title><item'), Outcome.UNREADABLE),
        (an_answer(gzip.compress(THREE)[:40], headers=(("Content-Encoding", "gzip"),)), Outcome.BAD_ENCODING),
        (an_answer(gzip.compress(b" " * 2_000_000), headers=(("Content-Encoding", "gzip"),)), Outcome.TOO_LARGE),
        (an_answer(problem=Outcome.TIMEOUT, status=None, note="slow"), Outcome.TIMEOUT),
        (an_answer(problem=Outcome.NOT_FOUND, status=404), Outcome.NOT_FOUND),
    ],
)
def test_each_failure_has_its_outcome_and_leaves_the_memory_alone(answer, outcome):
    before = poll(an_answer(THREE)).state
    polled = poll(replace(answer, started_at=NOON + timedelta(hours=1)), before)
    assert polled.fetch.outcome is outcome
    assert polled.new_entries == ()
    if outcome is not Outcome.EMPTY:
        assert polled.state.entry_ids == before.entry_ids
        assert polled.state.etag == before.etag


def test_410_mutes_and_404_does_not():
    assert poll(an_answer(problem=Outcome.GONE, status=410)).state.is_muted
    missing = poll(an_answer(problem=Outcome.NOT_FOUND, status=404)).state
    assert not missing.is_muted
    assert missing.due_at is not None


def test_a_permanent_redirect_moves_the_feed_after_three_alike():
    state = FeedState(feed_id=FEED.feed_id)
    moved = ((301, "https://news.example/new-feed"),)
    for number in range(3):
        assert state.url == ""
        at = NOON + timedelta(hours=number)
        answer = an_answer(THREE, started_at=at, redirects=moved, final_url="https://news.example/new-feed")
        state = poll(answer, state).state
    assert state.url == "https://news.example/new-feed"


def test_only_so_many_declared_entities_are_put_in():
    body = b'<!DOCTYPE rss [<!ENTITY a "first"><!ENTITY b "second">]>' + rss(("A AMPa; and AMPb; word", "x", "1"))
    answer = an_answer(body.replace(b"AMP", b"&"))
    new = FeedState(feed_id=FEED.feed_id)
    titles = [
        poll_result(FEED, new, answer, window_at=NOON, bounds=replace(BOUNDS, max_entities=most))
        .new_entries[0][1]
        .title
        for most in (0, 1, 64)
    ]
    assert ["first" in title for title in titles] == [False, True, True]
    assert ["second" in title for title in titles] == [False, False, True]
