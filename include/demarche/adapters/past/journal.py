"""The folder of one import: what was asked, its units, and a line for each part that is done.

A line is written when what it tells of is in the archive, by one write, so a killed import loses at most the part
that it was at. Several workers may write to one journal.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from demarche.adapters.files import append_line, replacing


class Journal:
    """`DEMARCHE_HOME/imports/<id>`."""

    def __init__(self, root: Path, import_id: str) -> None:
        self.folder = root / import_id
        self.import_id = import_id

    def begin(self, request: dict[str, Any], units: Iterable[dict[str, Any]], batches: Iterable[list[str]]) -> None:
        """Write down the plan; that of an earlier run of the same request is kept."""
        plan = {"request": request, "units": list(units), "batches": list(batches)}
        with replacing(self.folder / "plan.json") as temporary:
            temporary.write_text(json.dumps(plan, ensure_ascii=False), encoding="utf-8")

    def plan(self) -> dict[str, Any] | None:
        """What was planned, or None."""
        path = self.folder / "plan.json"
        if not path.exists():
            return None
        return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]

    def note(self, line: dict[str, Any]) -> None:
        """Add a line."""
        append_line(self.folder / "journal.jsonl", line)

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
