"""Reads the append-only files of people's decisions: one JSON object a line. It does not know what they mean."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


class DecisionError(RuntimeError):
    """A file of decisions that cannot be read; the message names the line."""


def read_decisions(path: Path, fault_of: Callable[[Mapping[str, Any]], str] = lambda row: "") -> list[dict[str, Any]]:
    """All decisions in the order in which they were made; none where the file does not exist.

    Raises DecisionError for a line that is no JSON object, except the last one without an end: its writer was killed;
    and for one of which `fault_of` has something to say.
    """
    if not path.exists():
        return []
    rows = []
    lines = path.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            if number == len(lines):
                break
            raise DecisionError(f"{path}, line {number}: not JSON: {error}; take it out or mend it") from error
        if not isinstance(row, dict):
            raise DecisionError(f"{path}, line {number}: not a JSON object; take it out or mend it")
        if fault := fault_of(row):
            raise DecisionError(f"{path}, line {number}: {fault}; take it out or mend it")
        rows.append(row)
    return rows
