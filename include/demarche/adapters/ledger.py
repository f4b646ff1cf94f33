"""The ledger: one JSON line per attempt to fetch, beside the WARC file that holds what came back.

Owns the form of a line. It does not decide what is fetched or how an attempt ended.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from demarche.adapters.files import replacing
from demarche.model import Fetch, Outcome, utc_text

NAMES = tuple(field.name for field in fields(Fetch))
TIMES = ("window_at", "started_at", "retry_at")


class LedgerError(ValueError):
    """A ledger line that cannot be read; the message names file and line."""


def line_of(fetch: Fetch) -> str:
    """One attempt as a JSON line without its line break."""
    values = {name: getattr(fetch, name) for name in NAMES}
    for name in TIMES:
        if values[name] is not None:
            values[name] = utc_text(values[name])
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def write_ledger(path: Path, fetches: Iterable[Fetch]) -> None:
    """All attempts of a batch under a temporary name, then renamed: a ledger is there whole or not at all."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(line_of(fetch) + "\n" for fetch in fetches)
        file.flush()
        os.fsync(file.fileno())  # without its ledger a WARC file is never read again


def read_ledger(path: Path) -> Iterator[Fetch]:
    """The attempts of one ledger file, in the order they were written."""
    with path.open("rb") as file:
        yield from read_lines(file, path)


def read_lines(lines: Iterable[bytes], path: Path) -> Iterator[Fetch]:
    """The attempts of a ledger's lines; `path` is named in errors."""
    for number, line in enumerate(lines, 1):
        try:
            yield _fetch(json.loads(line))
        except (ValueError, TypeError, KeyError) as error:
            raise LedgerError(f"{path}, line {number}: {error}") from error


def _fetch(values: dict[str, Any]) -> Fetch:
    for name in TIMES:
        if values.get(name):
            values[name] = datetime.fromisoformat(values[name])
    values["outcome"] = Outcome(values["outcome"])
    return Fetch(**values)
