"""Reads labelled reports from JSON lines, with their texts where only keys are given.

Owns the form of labelled rows. What is learned from them is in `training`.
"""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from demarche.model import Candidate

RELEVANT, BORDERLINE = 2, 1


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

    Rows without a title are looked up by `key` among the rows of `texts`.
    """
    known = {str(row["id"]): row for path in texts for row in rows_of(path)}
    found: dict[str, Labelled] = {}
    for path, is_chosen in [*((path, False) for path in paths), *((path, True) for path in chosen)]:
        for row in rows_of(path):
            key = str(row.get("id") or row.get("key"))
            full = row if "title" in row else known.get(key)
            if full is not None and key not in found:
                labelled = _labelled(key, full, int(row["label"]), path.stem)
                found[key] = replace(labelled, is_chosen=is_chosen)
    for path in composed:
        for row in rows_of(path):
            key = str(row["id"])
            found[key] = replace(_labelled(key, row, int(row["label"]), path.stem), is_composed=True)
    return list(found.values())


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines, plain or gzipped; empty lines are passed over."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in content.decode("utf-8").split("\n"):
        if line.strip():
            yield json.loads(line)


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
