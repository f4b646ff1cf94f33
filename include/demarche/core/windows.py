"""Arrival windows: quarter hours and days of UTC, and the partition keys that name them.

Says what a key covers. It has no clock: the time is always given.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
# A page that was captured this long after its entry was seen, and not later, is read for the verdict: pages wait where
# a host has too many of them. sql/ and adapters/warehouse say the same as INTERVAL 1 DAY.
PAGE_WAITS = DAY
QUARTER_KEY = "%Y-%m-%dT%H:%M:%S"
DAY_KEY = "%Y-%m-%d"


class WindowError(ValueError):
    """A partition key that names no window."""


@dataclass(frozen=True, slots=True)
class Span:
    """The windows with start <= window < end."""

    key: str
    start: datetime
    end: datetime


def span_of_key(key: str) -> Span:
    """What a partition key covers: `2026-11-22T18:15:00` a quarter hour, `2026-11-22` a day."""
    for form, length in ((QUARTER_KEY, QUARTER), (DAY_KEY, DAY)):
        try:
            start = datetime.strptime(key, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        if start != quarter_of(start):
            break
        return Span(key=key, start=start, end=start + length)
    raise WindowError(f"{key!r} names no window: say a quarter hour like 2026-11-22T18:15:00 or a day like 2026-11-22")


def quarter_of(moment: datetime) -> datetime:
    """Start of the quarter hour that a moment lies in."""
    moment = moment.astimezone(UTC)
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def import_window(moment: datetime) -> datetime:
    """The window that an imported capture of this moment is filed under: one minute into its quarter hour.

    Quarter hours belong to the live collector, which may land in one at any time. A window of their own beside each
    keeps imports out of its way, and whatever reads the quarter hour or the day reads both.
    """
    return quarter_of(moment) + timedelta(minutes=1)


def ended_key(now: datetime) -> str:
    """Key of the quarter hour that ended last: the one that a collection starting now files under."""
    return (quarter_of(now) - QUARTER).strftime(QUARTER_KEY)


def days_between(first: date, last: date) -> tuple[Span, ...]:
    """The days from first to last, both included."""
    count = (last - first).days + 1
    return tuple(span_of_key((first + timedelta(days=n)).strftime(DAY_KEY)) for n in range(count))


def is_late(span: Span, *, now: datetime, grace: timedelta) -> bool:
    """Whether a collection that starts now would file today's entries under a window that is past."""
    return now > span.end + QUARTER + grace
