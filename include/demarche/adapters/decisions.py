"""What people and other judges decided, as append-only files of JSON lines in DEMARCHE_HOME/decisions.

Owns that a line is written whole and never changed. What a decision means is for others to say.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class DecisionError(ValueError):
    """A file of decisions that cannot be read; the message names file and line."""


def append_decision(path: Path, decision: Mapping[str, Any]) -> None:
    """Write one decision at the end of a file, for good: what two people decide at once becomes two lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = (json.dumps(decision, ensure_ascii=False) + "\n").encode()
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if file.tell() and path.read_bytes()[-1:] != b"\n":
            line = b"\n" + line  # a machine that died while writing left half a line; it is named when read
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def read_decisions(path: Path) -> list[dict[str, Any]]:
    """All decisions of a file in the order they were made; none where it does not exist. Raises DecisionError."""
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            decision = json.loads(line)
        except ValueError as error:
            raise DecisionError(f"{path}, line {number}: not JSON: {error}") from error
        if not isinstance(decision, dict):
            raise DecisionError(f"{path}, line {number}: not a JSON object")
        found.append(decision)
    return found
