"""Reads labelled reports from JSON lines, with their texts where only keys are given.

Owns the form of labelled rows. What is learned from them is in `training`.
"""

import gzip
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from demarche.model import Candidate

log = logging.getLogger(__name__)

RELEVANT, BORDERLINE = 2, 1


class LabelledError(ValueError):
    """A file of labelled reports that cannot be read; the message names file, line and key."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A report with a reader's label: 2 relevant, 1 borderline, 0 not."""

    candidate: Candidate
    label: int
    month: str  # what keeps one event within one fold: its month, or its outlet where the date is unknown
    origin: str = ""  # the file that held the label
    is_composed: bool = False  # written for training, not by an outlet
    is_chosen: bool = False  # chosen by the model as hard, so no fair sample


def read_labelled(
    paths: Iterable[Path],
    texts: Iterable[Path] = (),
    composed: Iterable[Path] = (),
    chosen: Iterable[Path] = (),
) -> list[Labelled]:
    """Labelled rows of JSON lines; those of `chosen` follow and are marked as such, then those of `composed`.

    Rows without a title are looked up by `key` among the rows of `texts`; how many are not there is logged. Raises
    LabelledError for a line that is no labelled report.
    """
    known = {_key(path, number, row): row for path in texts for number, row in _numbered(path)}
    found: dict[str, Labelled] = {}
    for path, is_chosen in [*((path, False) for path in paths), *((path, True) for path in chosen)]:
        count = missing = 0
        for number, row in _numbered(path):
            key, label = _key(path, number, row), _label(path, number, row)
            full = row if "title" in row else known.get(key)
            count += 1
            missing += full is None
            if full is not None and key not in found:
                found[key] = replace(_labelled(key, full, label, path.stem), is_chosen=is_chosen)
        if missing:
            log.warning(
                "%s: %d of %d labels have no title and no row in --texts, and are left out", path, missing, count
            )
    for path in composed:
        for number, row in _numbered(path):
            key = _key(path, number, row)
            found[key] = replace(_labelled(key, row, _label(path, number, row), path.stem), is_composed=True)
    return list(found.values())


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines, plain or gzipped; empty lines are passed over. Raises LabelledError."""
    return (row for _, row in _numbered(path))


def _numbered(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The same, each with the number of its line."""
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        lines = content.decode("utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise LabelledError(f"{path}: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise LabelledError(f"{path}, line {number}: not JSON: {error}") from error
        if not isinstance(row, dict):
            raise LabelledError(f"{path}, line {number}: not a JSON object")
        yield number, row


def _key(path: Path, number: int, row: Mapping[str, Any]) -> str:
    key = row.get("id") or row.get("key")
    if not key:
        raise LabelledError(f"{path}, line {number}: neither 'id' nor 'key'")
    return str(key)


def _label(path: Path, number: int, row: Mapping[str, Any]) -> int:
    label = row.get("label")
    if isinstance(label, bool) or label not in (0, 1, 2):
        raise LabelledError(f"{path}, line {number}: key 'label' is {label!r}, not 0, 1 or 2")
    return int(label)


def _labelled(key: str, row: Mapping[str, Any], label: int, origin: str = "") -> Labelled:
    stamp = str(row.get("date") or "")
    try:
        on = datetime.fromisoformat(stamp)
    except ValueError:
        on = None
    outlet = str(row.get("outlet") or "")
    candidate = Candidate(
        id=key,
        title=str(row.get("title") or ""),
        summary=str(row.get("summary") or ""),
        text=str(row.get("text") or ""),
        lang=str(row.get("lang") or ""),
        outlet=outlet,
        date=on,
    )
    return Labelled(candidate, label, stamp[:7] or outlet, origin)
