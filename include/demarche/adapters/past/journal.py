"""The folder of one import: what was asked, its units, and a line for each part that is done.

A line is written when what it tells of is in the archive, by one write, so a killed import loses at most the part
that it was at. Several workers may write to one journal.
"""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


class Journal:
    """`DEMARCHE_HOME/imports/<id>`."""

    def __init__(self, root: Path, import_id: str) -> None:
        self.folder = root / import_id
        self.import_id = import_id

    def begin(self, request: dict[str, Any], units: Iterable[dict[str, Any]], batches: Iterable[list[str]]) -> None:
        """Write down the plan; that of an earlier run of the same request is kept."""
        self.folder.mkdir(parents=True, exist_ok=True)
        plan = {"request": request, "units": list(units), "batches": list(batches)}
        temporary = self.folder / f".plan.{os.getpid()}.tmp"
        temporary.write_text(json.dumps(plan, ensure_ascii=False), encoding="utf-8")
        temporary.replace(self.folder / "plan.json")

    def plan(self) -> dict[str, Any] | None:
        """What was planned, or None."""
        path = self.folder / "plan.json"
        if not path.exists():
            return None
        return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]

    def note(self, line: dict[str, Any]) -> None:
        """Add a line, whole or not at all."""
        path = self.folder / "journal.jsonl"
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            if os.fstat(handle).st_size and not _ends_line(path):
                text = "\n" + text  # the rest of a line whose writer was killed stays alone
            os.write(handle, text.encode("utf-8", "replace"))
            os.fsync(handle)
        finally:
            os.close(handle)

    def lines(self) -> Iterator[dict[str, Any]]:
        """The lines, in order; what a killed writer left is passed over."""
        path = self.folder / "journal.jsonl"
        if not path.exists():
            return
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue


def journals(root: Path) -> tuple[Journal, ...]:
    """All imports, by id."""
    return tuple(Journal(root, path.parent.name) for path in sorted(root.glob("*/plan.json")))


def _ends_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
