"""The units of work that an import is cut into, and what each brought. It neither makes nor runs them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of an import that is done as a whole. Units of one lane are done in order, by one worker."""

    unit_id: str
    lane: str
    subject: str  # the feed, host or file that it is about
    address: str = ""  # where it is: an address or a path
    start: datetime | None = None
    end: datetime | None = None

    def as_values(self) -> dict[str, Any]:
        """The unit as JSON can hold it."""
        return {
            "unit_id": self.unit_id,
            "lane": self.lane,
            "subject": self.subject,
            "address": self.address,
            "start": self.start.isoformat() if self.start else None,
            "end": self.end.isoformat() if self.end else None,
        }

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> "Unit":
        """The unit that `as_values` gave."""
        moments = {
            name: datetime.fromisoformat(values[name]) if values.get(name) else None for name in ("start", "end")
        }
        return cls(**{**values, **moments})


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be imported: where it stands, which record it is, and what is wrong."""

    where: str
    record: str
    message: str

    def __str__(self) -> str:
        return ", ".join(part for part in (self.where, self.record) if part) + f": {self.message}"


@dataclass(slots=True)
class Tally:
    """What was asked of a subject on one day, and how it ended. `got` plus `known` plus all missing is `asked`."""

    got: int = 0  # filed by this import
    known: int = 0  # the archive had it already
    missing: Counter[str] = field(default_factory=Counter)  # by reason

    @property
    def asked(self) -> int:
        """All that was asked for."""
        return self.got + self.known + sum(self.missing.values())


class Tallies:
    """Tallies by subject and day."""

    def __init__(self) -> None:
        self._by: dict[tuple[str, date], Tally] = {}

    def at(self, subject: str, moment: datetime) -> Tally:
        """The tally of a subject on the day of a moment."""
        return self._by.setdefault((subject, moment.astimezone(UTC).date()), Tally())

    def rows(self) -> list[dict[str, Any]]:
        """The tallies as JSON can hold them, in order."""
        return [
            {
                "subject": subject,
                "day": day.isoformat(),
                "asked": tally.asked,
                "got": tally.got,
                "known": tally.known,
                "missing": dict(sorted(tally.missing.items())),
            }
            for (subject, day), tally in sorted(self._by.items())
        ]


def months_between(start: datetime, end: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """The months, the first and last cut, that make up start <= moment < end."""
    spans = []
    moment = start
    while moment < end:
        following = (moment.replace(day=1) + timedelta(days=32)).replace(day=1)
        following = following.replace(hour=0, minute=0, second=0, microsecond=0)
        spans.append((moment, min(following, end)))
        moment = following
    return tuple(spans)


def dealt_lanes(units: Iterable[Unit], most: int) -> tuple[tuple[Unit, ...], ...]:
    """The units in at most `most` batches of about equal length; a lane stays together and in order."""
    lanes: dict[str, list[Unit]] = {}
    for unit in units:
        lanes.setdefault(unit.lane, []).append(unit)
    batches: list[list[Unit]] = [[] for _ in range(max(1, min(most, len(lanes))))]
    for lane in sorted(lanes.values(), key=lambda each: (-len(each), each[0].lane)):
        min(batches, key=len).extend(lane)
    return tuple(tuple(batch) for batch in batches if batch)
