"""The append-only files of people's decisions: one JSON object a line. It does not know what they mean."""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class DecisionError(RuntimeError):
    """A decision that cannot be kept, or a file of decisions that cannot be read; the message names the line."""


def append_decision(path: Path, row: Mapping[str, Any]) -> None:
    """Write one decision at the end and see it safely on disk. Writers wait for one another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(row, ensure_ascii=False) + "\n"
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        unended = file.read().rpartition(b"\n")[2]
        if unended and _is_whole(unended):  # written by hand
            line = "\n" + line
        elif unended:  # its writer was killed: it was never a decision
            file.truncate(file.tell() - len(unended))
        file.write(line.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())


def read_decisions(path: Path) -> list[dict[str, Any]]:
    """All decisions in the order in which they were made; none where the file does not exist.

    Raises DecisionError for a line that is no JSON object, except the last one without an end: its writer was killed.
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
        rows.append(row)
    return rows


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
