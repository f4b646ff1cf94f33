"""`articles` and `stories`: merge and split them, take that back, list what was decided, and apply it at once."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TextIO

from demarche.commands.running import print_table, publish
from demarche.contracts import line_of
from demarche.model import Subject
from demarche.settings import Settings
from demarche.steps import correcting as steps
from demarche.steps.decided import decisions_about


def merge(settings: Settings, now: datetime, subject: Subject, one: str, into: str, *, by: str, note: str) -> int:
    """Keep that one article or story is part of another."""
    steps.merge(subject, one, into, by=by, note=note, settings=settings, now=now)
    print(f"{one} becomes part of {into}; {_later(subject)}", file=sys.stderr)
    return 0


def split(
    settings: Settings, now: datetime, subject: Subject, whole: str, parts: Sequence[str], *, by: str, note: str
) -> int:
    """Keep that some of its parts are an article or story of their own."""
    named = [part for each in parts for part in each.split(",") if part]
    _, made = steps.split(subject, whole, named, by=by, note=note, settings=settings, now=now)
    print(f"{len(set(named))} of its {subject.parts} leave {whole} for {made}; {_later(subject)}", file=sys.stderr)
    print(made)
    return 0


def withdraw(settings: Settings, now: datetime, subject: Subject, decision: str, *, by: str, note: str) -> int:
    """Keep that a decision counts no more."""
    steps.withdraw(subject, decision, by=by, note=note, settings=settings, now=now)
    print(f"{decision} counts no more; {_later(subject)}", file=sys.stderr)
    return 0


def list_decisions(settings: Settings, subject: Subject, out: TextIO, *, form: str) -> int:
    """Print what was decided, in its order."""
    rows = decisions_about(subject, settings)
    if form == "jsonl":
        out.writelines(line_of(row) + "\n" for row in rows)
        return 0
    listed = (
        *("decision_id", "decided_at", "decided_by", "action"),
        *(subject.id_name, subject.into_name, subject.parts_name, "withdraws_decision_id", "note"),
    )
    print_table(listed, [[row.get(name) for name in listed] for row in rows], out)
    return 0


def apply(settings: Settings, now: datetime) -> int:
    """Lay the decisions over articles and stories now, and publish."""
    counts = steps.apply_decisions(settings=settings, now=now)
    print(f"{counts['decisions']} decisions applied", file=sys.stderr)
    return publish(settings, now, is_forced=False)


def _later(subject: Subject) -> str:
    return f"the next build shows it; `demarche {subject.wholes} apply` at once"
