"""Reads from the headers of an answer until when it is no use, or no kindness, to ask again.

Owns Retry-After, Cache-Control, Age and Expires. What a feed makes of them is in `politeness`.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

Headers = Iterable[tuple[str, str]]

HINT_LIMIT = timedelta(days=1)  # caches are often told a year, and one wrong header must not silence a feed


def retry_at(headers: Headers, now: datetime) -> datetime | None:
    """When a Retry-After header (seconds or HTTP-date) lets us return, at most a day from now; None without one."""
    values = _values(headers, "retry-after")
    for value in values:
        wait = _seconds(value)
        if wait is None:
            wait = _until(value, headers, now)
        if wait is not None and wait > timedelta(0):
            return now + min(wait, HINT_LIMIT)
    return None


def fresh_until(headers: Headers, now: datetime) -> datetime | None:
    """Until when the answer calls itself fresh (RFC 9111: max-age less Age, else Expires), at most a day; or None."""
    headers = tuple(headers)
    control = ",".join(_values(headers, "cache-control")).lower()
    if re.search(r"\bno-(cache|store)\b", control):
        return None
    found = re.search(r'(?<![\w-])max-age\s*=\s*"?(\d+)', control)
    lasts: timedelta | None
    if found:
        age = next((seconds for value in _values(headers, "age") if (seconds := _seconds(value))), timedelta(0))
        lasts = (_seconds(found[1]) or timedelta(0)) - age
    else:
        lasts = next((_until(value, headers, now) for value in _values(headers, "expires")), None)
    return now + min(lasts, HINT_LIMIT) if lasts is not None and lasts > timedelta(0) else None


def _seconds(value: str) -> timedelta | None:
    """A number of seconds; absurdly many are a year."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]*)?", value):
        return None
    digits = value.partition(".")[0]
    return timedelta(seconds=min(int(digits[:12]), 31_536_000)) if len(digits) < 12 else timedelta(days=365)


def _until(value: str, headers: Headers, now: datetime) -> timedelta | None:
    """The time from the answer's own Date (its clock may be wrong; now, where it names none) to an HTTP-date."""
    end = _http_date(value)
    if end is None:
        return None
    sent = next((date for text in _values(headers, "date") if (date := _http_date(text))), now)
    return end - sent


def _http_date(value: str) -> datetime | None:
    """An HTTP-date in any of its three forms, or None."""
    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def _values(headers: Headers, name: str) -> list[str]:
    return [value.strip() for key, value in headers if key.lower() == name]
