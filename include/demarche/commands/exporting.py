"""`export`: the marts as files, with a data dictionary and the line to cite them by."""

import contextlib
import csv
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from demarche import __version__
from demarche.adapters.warehouse import Export, Origin
from demarche.settings import Settings

CITATION = "CITATION.txt"
DICTIONARY = "dictionary.csv"


def export(settings: Settings, now: datetime, *, folder: Path, form: str, views: Sequence[str]) -> int:
    """Write the marts into a folder, replacing the files of an earlier export."""
    with contextlib.closing(Export(settings)) as exported:
        names = exported.views(views)
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            print(f"{name}: {exported.write(name, folder, form)} rows", file=sys.stderr)
        with (folder / DICTIONARY).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["view", "column", "type", "meaning"])
            writer.writerows([c.view, c.name, c.kind, c.about] for c in exported.columns if c.view in names)
        (folder / CITATION).write_text(citation(exported.origin(), now) + "\n", encoding="utf-8")
    print(folder)
    return 0


def citation(origin: Origin, now: datetime) -> str:
    """The line that says what was cited: versions, days, and when it was made."""
    days = "no days" if origin.first_day is None else f"{origin.first_day} to {origin.last_day}"
    loaded = "never loaded" if origin.loaded_at is None else f"last loaded {_time(origin.loaded_at)}"
    rules = ", ".join(origin.rules_versions) or "unknown"
    return (
        f"Demarche {__version__}: migration diplomacy in news feeds, {days} (UTC days of arrival). "
        f"Built by version {origin.code_version or 'unknown'} with rules {rules}, {loaded}. Exported {_time(now)}."
    )


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
