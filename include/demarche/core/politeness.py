"""Decides when a feed is asked again, and how, from what the last polls brought.

Reads no clock and keeps nothing: the caller hands in the time and stores the answer.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from demarche.core.freshness import HINT_LIMIT
from demarche.model import Outcome

# How much one failure counts. The idea and the steps are Media Cloud's (rss-fetcher, fetcher/tasks.py), who found
# over years that "active feeds DO return 404 and come back to life": what heals by itself counts little.
HARD = 1.0  # needs somebody to change something
SOFT = 0.5  # mostly a publisher's mistake that is noticed within days
TEMPORARY = 0.25  # weather
SEVERITY = {
    Outcome.FORBIDDEN: HARD,
    Outcome.NOT_A_FEED: HARD,
    Outcome.CLIENT_ERROR: HARD,
    Outcome.BAD_REDIRECT: HARD,
    Outcome.REFUSED_ADDRESS: HARD,
    Outcome.TOO_LARGE: HARD,
    Outcome.ROBOTS_DENIED: HARD,
    Outcome.NOT_FOUND: SOFT,
    Outcome.UNREADABLE: SOFT,
    Outcome.BAD_RESPONSE: SOFT,
    Outcome.BAD_ENCODING: SOFT,
    Outcome.TLS_ERROR: SOFT,
    Outcome.SERVER_ERROR: SOFT,
    Outcome.DNS_ERROR: TEMPORARY,
    Outcome.CONNECT_ERROR: TEMPORARY,
    Outcome.TIMEOUT: TEMPORARY,
    Outcome.RATE_LIMITED: TEMPORARY,
}
GOOD = frozenset({Outcome.NEW, Outcome.UNCHANGED, Outcome.NOT_MODIFIED, Outcome.EMPTY})

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

FIRST_INTERVAL = HOUR  # of a feed that nothing is known of: the usual default of feed readers
FAILURE_STEP = HOUR  # waited per counted failure; linear, so that an outage of a day costs hours, not days
UNDEAD_AFTER = 30.0  # counted failures, a month of daily ones: Media Cloud's 4 and 10 both killed living feeds
UNDEAD_LIMIT = timedelta(days=30)  # a dead feed costs twelve requests a year, and its return is noticed in a month
RATE_LIMIT_PAUSE = timedelta(minutes=30)  # after a 429 without Retry-After: two of our runs are left out

MUCH_OVERLAP = 2 / 3  # of the entries were known: nothing was lost, and we came early
LITTLE_OVERLAP = 1 / 3  # were known: one slow run more and entries fall out unseen
SLOWER_BY = timedelta(minutes=10)  # additive up, halved down: creeps to the edge, leaves it in a few polls
SLOWER_WHEN_QUIET_BY = HOUR
QUIET_AFTER = timedelta(days=31)  # without a new entry; months' reports and seasons stay below it
SLOWEST_RATE = 0.01  # entries a day; below that a rate says nothing
LATE = 1.5  # intervals; after a longer gap a small overlap is the gap's fault, not the interval's
GRID = timedelta(minutes=30)  # runs come every 15 minutes and may be one late, which makes no poll late
JITTER = 0.1  # share of the wait by which feeds of one interval are spread
RETRY_SPREAD = timedelta(minutes=1)  # so that a hundred feeds that were sent away do not return in one second

CONFIRMATIONS = 3  # identical permanent redirects in a row before an address is rewritten: hosts err for an afternoon
PROBE_AFTER = DAY  # a feed that answered 304 only is asked without validators once a day


@dataclass(frozen=True, slots=True)
class Pace:
    """What is remembered of a feed between its polls."""

    interval: timedelta = FIRST_INTERVAL
    failures: float = 0.0  # counted by severity since the last good poll
    last_good_at: datetime | None = None
    wait: timedelta | None = None  # that was decided after the last good poll; longer than the interval by a hint only
    is_hint_trusted: bool = True  # False once a wait that a caching hint had lengthened lost entries


@dataclass(frozen=True, slots=True)
class Poll:
    """What the poll that has just ended brought. None means not known."""

    at: datetime
    outcome: Outcome
    overlap: float | None = None  # share of the entries that the poll before had too
    entries: int = 0  # in the document
    entries_per_day: float | None = None  # new ones, over the last weeks
    quiet_for: timedelta | None = None  # since the last new entry
    retry_at: datetime | None = None  # see freshness.retry_at
    fresh_until: datetime | None = None  # see freshness.fresh_until
    ttl_minutes: int | None = None  # of the document: RSS ttl, sy:updatePeriod


@dataclass(frozen=True, slots=True)
class NextPoll:
    """When to ask again (None: muted until a person says otherwise), what to remember, and why."""

    due_at: datetime | None
    pace: Pace
    reason: str


def next_poll(feed_id: str, poll: Poll, pace: Pace, *, shortest: timedelta, longest: timedelta) -> NextPoll:
    """When a feed is asked again. `shortest` and `longest` bound the wait of a healthy feed.

    A failing feed may wait longer than `longest`, up to 30 days, and is never given up; only 410 mutes.
    """
    if poll.outcome is Outcome.GONE:
        return NextPoll(None, pace, "410: the publisher says that it is gone for good")
    if poll.outcome in GOOD:
        wait, pace, reason = _after_success(poll, pace, shortest, longest)
    else:
        wait, pace, reason = _after_failure(poll, pace, shortest, longest)
    place = _place(feed_id)
    due_at = poll.at + max(shortest, wait * (1 + JITTER * place))
    if poll.retry_at is not None and poll.retry_at + RETRY_SPREAD * place > due_at:
        return NextPoll(poll.retry_at + RETRY_SPREAD * place, pace, f"{reason}; Retry-After decides")
    return NextPoll(due_at, pace, reason)


def _after_failure(poll: Poll, pace: Pace, shortest: timedelta, longest: timedelta) -> tuple[timedelta, Pace, str]:
    """Ever longer waits: linear up to a day, then, past UNDEAD_AFTER, by a day a failure up to UNDEAD_LIMIT."""
    severity = SEVERITY.get(poll.outcome)
    if severity is None:  # INTERNAL_ERROR: our fault, so the feed is not made to wait for it
        return pace.interval, pace, f"{poll.outcome}: not the feed's fault, the interval stays"
    failures = pace.failures + severity
    wait = min(FAILURE_STEP * failures, max(longest, shortest))
    if failures > UNDEAD_AFTER:
        wait = max(wait, min(DAY * (1 + failures - UNDEAD_AFTER), UNDEAD_LIMIT))
    if poll.outcome is Outcome.RATE_LIMITED and poll.retry_at is None:
        wait = max(wait, RATE_LIMIT_PAUSE)
    return wait, replace(pace, failures=failures), f"{poll.outcome}: {failures:g} failures counted"


def _after_success(poll: Poll, pace: Pace, shortest: timedelta, longest: timedelta) -> tuple[timedelta, Pace, str]:
    """The interval follows the overlap; the publisher's hints can lengthen the wait while nothing is lost."""
    interval, reason = _adapted(poll, pace, shortest)
    if poll.entries_per_day:
        # Waiting longer than one new entry takes only makes the news older, whatever the overlap says.
        interval = min(interval, max(shortest, DAY / max(poll.entries_per_day, SLOWEST_RATE)))
    interval = min(max(interval, shortest), longest)
    reason = f"{reason}, every {interval / timedelta(minutes=1):.0f} min"
    is_trusted = pace.is_hint_trusted and not _was_misled(poll, pace)
    wait = interval
    hint = min(_hint(poll), longest) if is_trusted else timedelta(0)
    if hint > wait:
        wait, reason = hint, f"{reason}; the publisher's caching hint lengthens it"
    return wait, Pace(interval, 0.0, poll.at, wait, is_trusted), reason


def _adapted(poll: Poll, pace: Pace, shortest: timedelta) -> tuple[timedelta, str]:
    """The interval after this poll, and why: AIMD on the overlap between this poll and the one before."""
    overlap = 1.0 if poll.outcome is not Outcome.NEW else poll.overlap
    if overlap is None:
        return pace.interval, "first poll"
    if overlap >= MUCH_OVERLAP:
        is_quiet = poll.quiet_for is not None and poll.quiet_for >= QUIET_AFTER
        return pace.interval + (SLOWER_WHEN_QUIET_BY if is_quiet else SLOWER_BY), f"overlap {overlap:.2f}: slower"
    if overlap >= LITTLE_OVERLAP:
        return pace.interval, f"overlap {overlap:.2f}: as before"
    if _came_late(poll, pace):
        return pace.interval, f"overlap {overlap:.2f} after a gap: as before"
    if overlap <= 0:
        return shortest, "no overlap, entries may be lost: fastest"
    return pace.interval / 2, f"overlap {overlap:.2f}: faster"


def _came_late(poll: Poll, pace: Pace) -> bool:
    """True when the poll before is too long ago to blame the interval for what was missed."""
    return pace.last_good_at is None or poll.at - pace.last_good_at > (pace.wait or pace.interval) * LATE + GRID


def _is_lossy(poll: Poll) -> bool:
    """True when so few entries were known that others may have come and gone unseen."""
    return poll.outcome is Outcome.NEW and poll.overlap is not None and poll.overlap < LITTLE_OVERLAP


def _was_misled(poll: Poll, pace: Pace) -> bool:
    """True when a poll that came as planned was lossy because a hint had lengthened the wait."""
    return _is_lossy(poll) and pace.wait is not None and pace.wait > pace.interval and not _came_late(poll, pace)


def _hint(poll: Poll) -> timedelta:
    """How long the publisher says that asking is useless; zero where following it loses entries."""
    if _is_lossy(poll):
        return timedelta(0)
    hint = timedelta(minutes=max(0, min(poll.ttl_minutes or 0, 10_000)))
    if poll.fresh_until is not None:
        hint = max(hint, poll.fresh_until - poll.at)
    if poll.entries_per_day and poll.entries:
        # A third of the document may turn over between polls, so that the next overlap is two thirds.
        hint = min(hint, DAY * (poll.entries / max(poll.entries_per_day, SLOWEST_RATE) / 3))
    return min(hint, HINT_LIMIT)


def _place(feed_id: str) -> float:
    """A feed's own place in 0 ≤ x < 1: jitter that a replay repeats."""
    return int.from_bytes(hashlib.sha256(feed_id.encode()).digest()[:4]) / 2**32


def permanent_redirect_target(url: str, history: Sequence[Sequence[tuple[int, str]]]) -> str | None:
    """The address that a feed has moved to, once it is certain; None while it is not.

    `history` holds the redirects (status, target) of the feed's last *successful* polls, oldest first. The move
    counts as far as the hops are 301 or 308 from the first on, in the last CONFIRMATIONS polls alike. A move
    from https to http is not followed for good: it would give up the proof of who is speaking.
    """
    if len(history) < CONFIRMATIONS:
        return None
    targets = {_permanent_target(hops) for hops in history[-CONFIRMATIONS:]}
    target = targets.pop()
    if targets or target is None or target == url:
        return None
    if url.lower().startswith("https:") and not target.lower().startswith("https:"):
        return None
    return target


def _permanent_target(hops: Sequence[tuple[int, str]]) -> str | None:
    """Where the unbroken permanent hops from the start lead."""
    target = None
    for status, place in hops:
        if status not in (301, 308):
            break
        target = place
    return target


def should_send_validators(now: datetime, last_body_at: datetime | None, *, is_trusted: bool) -> bool:
    """True when the next request may be conditional.

    Not where the feed's validators lied before, and not when a day has passed without a body: some servers
    answer 304 for ever, and only an unconditional request tells silence from a broken cache.
    """
    return is_trusted and last_body_at is not None and now - last_body_at < PROBE_AFTER


def has_false_validators(before: tuple[str, str, str], after: tuple[str, str, str]) -> bool:
    """True when a validator stayed while the body changed. Each side: (etag, last_modified, digest of the body).

    A weak ETag (`W/`) promises only the same meaning, but the entries of a feed are its meaning. Last-Modified is
    judged only without an ETag, for it has a grain of a second and the ETag is what servers compare first.
    """
    (etag, modified, digest), (etag_now, modified_now, digest_now) = before, after
    if not digest or not digest_now or digest == digest_now:
        return False
    if etag or etag_now:
        return etag == etag_now
    return bool(modified) and modified == modified_now
