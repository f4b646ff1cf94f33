"""Tables that people have: CSV and JSON lines of addresses or reports, with a mapping of their columns to ours."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from demarche.core.dates import parsed_date
from demarche.core.urls import absolute_url

OURS = ("url", "title", "summary", "date", "language", "feed", "guid")
MARKS = {",": 0, ";": 0, "\t": 0, "|": 0}
# What others call our columns, tried where no mapping is given.
USUAL = {
    "url": ("url", "link", "article_url", "canonical_url", "address", "href"),
    "title": ("title", "headline", "name"),
    "summary": ("summary", "description", "abstract", "snippet", "lead"),
    "date": ("date", "published_at", "publish_date", "published", "pubdate", "date_published", "datetime", "seendate"),
    "language": ("language", "lang"),
    "feed": ("feed", "feed_id"),
    "guid": ("guid",),
}


class ColumnError(ValueError):
    """A table without the column that was named; the message says which there are."""


@dataclass(frozen=True, slots=True)
class Item:
    """One row that can be used. Where `title` is empty the page must be fetched to know what it says."""

    number: int  # line or row, from 1
    url: str
    title: str = ""
    summary: str = ""
    date: datetime | None = None
    language: str = ""
    feed: str = ""
    guid: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that cannot be used, and why."""

    number: int
    message: str


def read_csv(lines: Iterable[str], columns: Mapping[str, str], timezone: str) -> Iterator[Item | BadRow]:
    """The rows of a CSV file with a header. Raises ColumnError."""
    lines = iter(lines)
    header_line = next(lines, "")
    separator = max(MARKS, key=header_line.count)
    header = [name.strip().lstrip("\ufeff") for name in next(csv.reader([header_line], delimiter=separator), [])]
    chosen = chosen_columns(header, columns)
    zone = zone_of(timezone)
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=separator), 2):
            if len(row) < len(header) and row:
                yield BadRow(number, f"{len(row)} columns instead of {len(header)}")
            elif row:
                yield _item(number, dict(zip(header, row, strict=False)), chosen, zone)
    except csv.Error as error:
        yield BadRow(0, f"cannot be read any further: {error}")


def read_json_lines(lines: Iterable[str], columns: Mapping[str, str], timezone: str) -> Iterator[Item | BadRow]:
    """The objects of a file of JSON lines. Raises ColumnError, by the keys of the first one."""
    chosen: dict[str, str] = {}
    zone = zone_of(timezone)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except ValueError as error:
            yield BadRow(number, f"not JSON: {error}")
            continue
        if not isinstance(values, dict):
            yield BadRow(number, "not a JSON object")
            continue
        chosen = chosen or chosen_columns(list(values), columns)
        yield _item(number, values, chosen, zone)


def chosen_columns(header: list[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Our columns with the names they have in a table. Raises ColumnError."""
    if strange := set(columns) - set(OURS):
        raise ColumnError(f"{sorted(strange)[0]!r} is none of our columns: {', '.join(OURS)}")
    present = {name.lower(): name for name in header}
    chosen = {}
    for ours in OURS:
        if ours in columns:
            if columns[ours].lower() not in present:
                raise ColumnError(f"no column {columns[ours]!r} for {ours}; there are {', '.join(header)[:300]}")
            chosen[ours] = present[columns[ours].lower()]
        else:
            usual = next((present[name] for name in USUAL[ours] if name in present), None)
            if usual is not None:
                chosen[ours] = usual
    if "url" not in chosen:
        raise ColumnError(f"no column for url; there are {', '.join(header)[:300]}: name it with --columns url=…")
    return chosen


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name. Raises ColumnError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ColumnError(f"no time zone is called {name!r}") from None


def _item(number: int, values: Mapping[str, Any], chosen: Mapping[str, str], zone: ZoneInfo) -> Item | BadRow:
    words = {ours: str(values.get(theirs) or "").strip() for ours, theirs in chosen.items()}
    url = absolute_url(words.get("url", ""))
    if not url:
        return BadRow(number, f"column {chosen['url']!r} is {words.get('url', '')[:80]!r}, no address")
    moment = None
    if words.get("date"):
        moment = parsed_date(words["date"])
        if moment is None:
            return BadRow(number, f"column {chosen['date']!r} is {words['date'][:60]!r}, no date")
        if not _names_zone(words["date"]):
            moment = moment.replace(tzinfo=zone).astimezone(UTC)
    return Item(
        number=number,
        url=url,
        title=words.get("title", ""),
        summary=words.get("summary", ""),
        date=moment,
        language=words.get("language", "")[:2].lower(),
        feed=words.get("feed", ""),
        guid=words.get("guid", ""),
    )


def _names_zone(text: str) -> bool:
    """Whether a written time says in which zone it is."""
    tail = text[10:]
    return (
        text.isdigit() or "Z" in tail or "+" in tail or "-" in tail or any(c.isalpha() for c in tail.replace("T", ""))
    )
