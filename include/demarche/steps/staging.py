"""Files on their way: JSON lines of one window between two tasks, and rows as the warehouse names their columns."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from demarche.adapters.files import replacing
from demarche.model import Entry, Fetch, Page, utc_text
from demarche.settings import Settings

Row = dict[str, Any]


def staged(settings: Settings, key: str) -> Path:
    """The folder of one key."""
    return settings.staging / key.replace(":", "")


def fresh(folder: Path) -> Path:
    """The folder, empty: what a killed task left there is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows as JSON lines, whole or not at all; returns how many."""
    count = 0
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, default=_plain) + "\n")
            count += 1
    return count


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file; none where it does not exist."""
    if path.exists():
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)


def row_of(value: Any) -> Row:
    """The fields of a dataclass by name. Those inside it are written the same way, when the row is: a copy that goes
    all the way down costs a day's rows seconds.
    """
    return {field.name: getattr(value, field.name) for field in fields(value)}


def fetch_row(fetch: Fetch) -> Row:
    """An attempt as a row of raw.fetches."""
    return row_of(fetch)


def entry_row(identity: str, entry: Entry, fetch: Fetch) -> Row:
    """An entry as a row of raw.entries, with the fetch that first showed it."""
    return {
        "entry_id": identity,
        "window_at": fetch.window_at,
        "feed_id": fetch.feed_id,
        "fetch_id": fetch.fetch_id,
        "seen_at": fetch.started_at,
        "origin": fetch.origin,
        **row_of(entry),
    }


def page_row(page: Page, fetch: Fetch) -> Row:
    """A page as a row of raw.pages. Its address is the one that the entry gave."""
    return {
        **row_of(page),
        "fetch_id": fetch.fetch_id,
        "window_at": fetch.window_at,
        "feed_id": fetch.feed_id,
        "captured_at": fetch.started_at,
        "url": fetch.url,
        "origin": fetch.origin,
    }


def _plain(value: Any) -> Row | str:
    if isinstance(value, datetime):
        return utc_text(value)
    if is_dataclass(value):
        return row_of(value)
    return str(value)
