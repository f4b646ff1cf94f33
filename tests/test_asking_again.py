"""When a feed is asked again: what publishers say, what fails, what is missed between polls; on a real server."""

from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from builders import NOON, a_feed, feeds_toml, rss
from demarche import steps
from demarche.adapters.archive import Archive
from demarche.adapters.feed_state import FeedStates
from demarche.core.windows import ended_key, span_of_key
from demarche.model import FeedState, Fetch, Outcome
from feed_server import Reply, Request

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ENTRY = ("A report of some words", "a", "1")


@pytest.fixture
def usual(settings):
    """The default pace: between five minutes and a day."""
    return replace(settings, capture_pages=False, max_interval_minutes=1_440)


def follow(settings, *urls: str) -> None:
    feeds = (a_feed(url, f"f{number}") for number, url in enumerate(urls))
    settings.feeds.write_text(feeds_toml(*feeds), encoding="utf-8")


def poll(settings, now: datetime = NOON) -> tuple[Fetch, FeedState]:
    """One run; the last attempt of its window and what is remembered of the first feed."""
    key = ended_key(now)
    steps.collect(key, settings=settings, now=now)
    fetches = Archive(settings.archive).fetches(span_of_key(key).start)
    return fetches[-1], FeedStates(settings.state).read(["f0"])["f0"]


def waited(fetch: Fetch, state: FeedState) -> timedelta:
    """How long the feed is left alone, without the jitter of up to a tenth."""
    return state.due_at - fetch.started_at


# --- what publishers say ----------------------------------------------------------------------------------------------

SYNDICATION = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'


def with_head(markup: str) -> bytes:
    return (
        rss(ENTRY)
        .replace(b"<title>Example", markup.encode() + b"<title>Example")
        .replace(b'<rss version="2.0">', f'<rss version="2.0" {SYNDICATION}>'.encode())
    )


def clock(hours: float) -> str:
    """An HTTP-date so many hours after the server's own."""
    return format_datetime(NOON + hours * HOUR, usegmt=True)


HINTS = [
    ("nothing", rss(ENTRY), [], 1),
    ("max-age", rss(ENTRY), [("Cache-Control", "public, max-age=10800")], 3),
    ("max-age less its age", rss(ENTRY), [("Cache-Control", "max-age=10800"), ("Age", "3600")], 2),
    ("a max-age below the interval", rss(ENTRY), [("Cache-Control", "max-age=60")], 1),
    ("no-cache beats max-age", rss(ENTRY), [("Cache-Control", "no-cache, max-age=10800")], 1),
    ("expires", rss(ENTRY), [("Date", clock(0)), ("Expires", clock(4))], 4),
    ("expires in the past", rss(ENTRY), [("Date", clock(0)), ("Expires", clock(-4))], 1),
    ("max-age beats expires", rss(ENTRY), [("Cache-Control", "max-age=7200"), ("Expires", clock(9))], 2),
    ("a max-age of a year", rss(ENTRY), [("Cache-Control", "max-age=31536000")], 24),
    ("ttl", with_head("<ttl>180</ttl>"), [], 3),
    ("update period", with_head("<sy:updatePeriod>daily</sy:updatePeriod>"), [], 24),
    (
        "update period and frequency",
        with_head("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>"),
        [],
        6,
    ),
    ("the longest of two", with_head("<ttl>180</ttl>"), [("Cache-Control", "max-age=18000")], 5),
]


@pytest.mark.parametrize(("body", "headers", "hours"), [case[1:] for case in HINTS], ids=[case[0] for case in HINTS])
def test_a_caching_hint_lengthens_the_wait(server, usual, body, headers, hours):
    follow(usual, server.serve("/f", Reply(body, headers=headers)))
    assert hours * HOUR <= waited(*poll(usual)) <= 1.1 * hours * HOUR


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value", ["7200", clock(2)], ids=["seconds", "date"])
def test_retry_after_is_obeyed_in_both_forms(server, usual, status, value):
    headers = [("Date", clock(0)), ("Retry-After", value)]
    follow(usual, server.serve("/f", Reply(status=status, headers=headers)))
    fetch, state = poll(usual)
    assert fetch.outcome is Outcome.RATE_LIMITED
    assert abs(fetch.retry_at - fetch.started_at - 2 * HOUR) < MINUTE
    assert 2 * HOUR - MINUTE <= waited(fetch, state) <= 2 * HOUR + 2 * MINUTE


def test_a_429_without_retry_after_waits_half_an_hour(server, usual):
    follow(usual, server.serve("/f", Reply(status=429)))
    assert 30 * MINUTE <= waited(*poll(usual)) <= 33 * MINUTE


# --- what is missed between polls -------------------------------------------------------------------------------------


def wire(per_poll: int, length: int = 10):
    """A feed that brings so many new entries each time it is asked."""
    asked = [0]

    def answer(_: Request) -> Reply:
        asked[0] += 1
        first = asked[0] * per_poll
        return Reply(rss(*((f"Report number {n} of the wire", "a", f"p{n}") for n in range(first, first + length))))

    return answer


@pytest.mark.parametrize(
    ("per_poll", "overlap", "interval"),
    [(10, 0.0, 5 * MINUTE), (8, 0.2, 30 * MINUTE), (5, 0.5, HOUR), (1, 0.9, 70 * MINUTE)],
    ids=["nothing known", "little known", "half known", "nearly all known"],
)
def test_the_interval_follows_the_overlap_between_two_polls_and_the_posting_rate(
    server, usual, per_poll, overlap, interval
):
    follow(usual, server.serve("/f", wire(per_poll)))
    _, state = poll(usual)
    fetch, state = poll(usual, state.due_at)
    assert fetch.overlap == pytest.approx(overlap)
    interval = min(interval, max(5 * MINUTE, DAY / state.entries_per_day))  # no longer than one new entry takes
    assert interval <= waited(fetch, state) <= 1.1 * interval


def test_an_interval_ends_at_the_settings_bounds(server, usual):
    slow = replace(usual, max_interval_minutes=90)
    follow(slow, server.serve("/f", Reply(rss(ENTRY))))
    _, state = poll(slow)
    for _ in range(6):
        fetch, state = poll(slow, state.due_at)
    assert 90 * MINUTE <= waited(fetch, state) <= 99 * MINUTE


def test_feeds_of_one_interval_do_not_return_together(server, usual):
    follow(usual, *(server.serve(f"/f{n}", Reply(rss(ENTRY))) for n in range(20)))
    poll(usual)
    states = FeedStates(usual.state).read([f"f{n}" for n in range(20)]).values()
    due = sorted(state.due_at - state.polled_at for state in states)
    assert due[0] >= HOUR
    assert due[-1] <= 66 * MINUTE
    assert due[-1] - due[0] > 3 * MINUTE


# --- what fails -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", ["404", "dns"])
def test_a_dead_feed_is_asked_for_months_ever_more_slowly_and_is_never_given_up(server, usual, failure):
    usual = replace(usual, host_delay=0.0)
    url = server.serve("/f", Reply(status=404)) if failure == "404" else "http://no-such-name.invalid/f"
    follow(usual, url)
    now, waits = NOON, []
    for _ in range(70 if failure == "404" else 8):
        fetch, state = poll(usual, now)
        assert fetch.outcome is (Outcome.NOT_FOUND if failure == "404" else Outcome.DNS_ERROR)
        assert not state.is_muted
        waits.append(waited(fetch, state) / (1.1 * HOUR))
        now = state.due_at + MINUTE
    assert waits == sorted(waits)
    if failure == "dns":
        assert waits[-1] <= 2.1  # a resolver that is down for a while costs hours
        return
    assert waits[0] <= 0.6
    assert now - NOON > 60 * DAY
    assert waits[-1] <= 30 * 24
    server.serve("/f", Reply(rss(ENTRY)))
    fetch, state = poll(usual, now)
    assert (fetch.outcome, state.failures) == (Outcome.NEW, 0.0)
    assert waited(fetch, state) <= 1.1 * HOUR + MINUTE


def test_a_feed_that_is_gone_for_good_is_not_asked_a_quarter_later(server, usual):
    follow(usual, server.serve("/old", Reply(status=410)))
    fetch, state = poll(usual)
    assert (fetch.outcome, state.is_muted, state.due_at) == (Outcome.GONE, True, None)
    steps.collect(ended_key(NOON + 90 * DAY), settings=usual, now=NOON + 90 * DAY)
    assert len(server.requests) == 1
