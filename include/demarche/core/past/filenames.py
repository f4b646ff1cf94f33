"""Captures that people kept as files: when and of which feed they are, by name and folder."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MOMENT = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])"
    r"(?:[T_ -]?([01]\d|2[0-3])[-_:.h]?([0-5]\d)(?:[-_:.]?([0-5]\d))?(Z|[+-]\d\d:?\d\d)?)?(?!\d)"
)
SUFFIX = re.compile(r"\.(?:xml|rss|atom|rdf)(?:\.gz)?$", re.IGNORECASE)
NOT_SLUG = re.compile(r"[^a-z0-9]+")


def moment_in_name(name: str, zone: ZoneInfo) -> datetime | None:
    """The moment that a file's name tells, noon for a mere day; None where there is none."""
    for found in MOMENT.finditer(name):
        year, month, day, hour, minute, second, offset = found.groups()
        clock = (int(hour), int(minute), int(second or 0)) if hour else (12, 0, 0)
        try:
            local = datetime(int(year), int(month), int(day), *clock, tzinfo=UTC)
        except ValueError:
            continue
        if offset == "Z":
            return local
        if offset:
            sign = -1 if offset[0] == "-" else 1
            away = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
            return local - sign * away
        return local.replace(tzinfo=zone).astimezone(UTC)
    return None


def feed_names(name: str, folder: str) -> tuple[str, ...]:
    """What the feed of a file may be called, best first: its name without the moment, then its folder's."""
    words = MOMENT.sub(" ", SUFFIX.sub("", name))
    without_hash = re.sub(r"(?<![0-9a-z])[0-9a-f]{6,40}(?![0-9a-z])", " ", words.lower())
    own = NOT_SLUG.sub("-", without_hash).strip("-")
    above = NOT_SLUG.sub("-", folder.lower()).strip("-")
    return tuple(each for each in (own, above) if each)
