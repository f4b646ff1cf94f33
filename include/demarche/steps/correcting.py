"""The steps by which analysts merge and split articles and stories: check their words, keep them, and lay them over."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from demarche.adapters.files import append_line
from demarche.adapters.warehouse import Published, Warehouse
from demarche.core.decisions import MERGE, SPLIT, WITHDRAW, decision_id, split_id, standing
from demarche.model import ARTICLES, STORIES, Subject
from demarche.settings import Settings
from demarche.steps.decided import decisions_about, file_of, lay_decisions
from demarche.steps.grouping import EVER, settle
from demarche.steps.workbench import workbench

log = logging.getLogger(__name__)

# The parts of a published whole, each with its sightings; and where an id that is gone leads.
HELD = {
    ARTICLES: "SELECT entry_id, [entry_id] FROM core.groupings WHERE article_id = $id",
    STORIES: "SELECT article_id, list(entry_id ORDER BY entry_id) FROM core.groupings WHERE article_id IN "
    "(SELECT article_id FROM core.groupings WHERE story_id = $id) GROUP BY article_id",
}
MOVED = {
    ARTICLES: "SELECT article_id FROM core.groupings WHERE automatic_article_id = $id GROUP BY article_id "
    "ORDER BY count(*) DESC, article_id",
    STORIES: "SELECT successor_story_id FROM core.story_redirects WHERE story_id = $id",
}


class CorrectionError(ValueError):
    """A decision that makes no sense, such as one about a story that is not there; the message says why."""


def merge(subject: Subject, one: str, into: str, *, by: str, note: str, settings: Settings, now: datetime) -> str:
    """Keep that one article or story is part of another; returns the id of the decision. Raises CorrectionError."""
    if one == into:
        raise CorrectionError(f"{one}: {subject.with_article} cannot be merged into itself")
    mine, theirs = _held(settings, subject, one), _held(settings, subject, into)
    _refuse_moved(_pending(settings, subject), subject, one, into)
    return _keep(settings, subject, MERGE, one, mine, into=into, others=theirs, by=by, note=note, now=now)


def split(
    subject: Subject, whole: str, parts: Iterable[str], *, by: str, note: str, settings: Settings, now: datetime
) -> tuple[str, str]:
    """Keep that some entries of an article, or articles of a story, are one of their own.

    Returns the ids of decision and what it makes. Raises CorrectionError for parts that it has not, and for all or none
    that it has.
    """
    held, wanted = _held(settings, subject, whole), set(parts)
    pending = _pending(settings, subject)
    _refuse_moved(pending, subject, whole)
    if unknown := sorted(wanted - held.keys()):
        said = f"no {subject.part} of {subject.whole} {whole}, which has {_list(held)}"
        raise CorrectionError(f"{', '.join(unknown)}: {said}")
    if not wanted or wanted == held.keys():
        counted = f"{len(held)} {subject.parts}" if len(held) > 1 else f"one {subject.part}"
        raise CorrectionError(f"{whole}: name some of its {counted}, not {'all' if wanted else 'none'}")
    for row in pending:
        if row["action"] == SPLIT and (taken := sorted(wanted.intersection(row[subject.parts_name]))):
            raise CorrectionError(f"{', '.join(taken)}: {_in_the_way(row, subject)}")
    named = {part: held[part] for part in wanted}
    decision = _keep(settings, subject, SPLIT, whole, named, into="", others={}, by=by, note=note, now=now)
    return decision, split_id(decision)


def withdraw(subject: Subject, identity: str, *, by: str, note: str, settings: Settings, now: datetime) -> str:
    """Keep that a merge or split counts no more; returns the id of the withdrawal. Raises CorrectionError."""
    rows = decisions_about(subject, settings)
    row = next((each for each in rows if each["decision_id"] == identity), None)
    if row is None:
        raise CorrectionError(f"{identity}: no such decision; `demarche {subject.wholes} decisions` lists them")
    if row["action"] == WITHDRAW:
        raise CorrectionError(f"{identity}: takes a decision back itself; decide anew instead")
    if row not in standing(rows):
        raise CorrectionError(f"{identity}: this decision was taken back before")
    parts: dict[str, list[str]] = {part: [] for part in row[subject.parts_name]}
    whole = row[subject.id_name]
    return _keep(settings, subject, WITHDRAW, whole, parts, into="", others={}, by=by, note=note, now=now, of=identity)


def apply_decisions(*, settings: Settings, now: datetime) -> dict[str, int]:
    """Lay the decisions over articles and stories without waiting for the next merge, which does the same."""
    with Warehouse(settings).regrouping() as tables:
        laid = lay_decisions(tables.decided, settings)
        settle(tables, workbench(settings).follower, laid, since=EVER)
    log.info("%d decisions laid over the warehouse at %s", laid.count, now)
    return {"decisions": laid.count}


def _pending(settings: Settings, subject: Subject) -> list[Mapping[str, Any]]:
    """The decisions that count and that the published copy does not show yet."""
    _, rows = Published(settings).query(f"SELECT decision_id FROM core.{subject.whole}_decisions")
    shown = {identity for (identity,) in rows}
    return [row for row in standing(decisions_about(subject, settings)) if row["decision_id"] not in shown]


def _refuse_moved(pending: Iterable[Mapping[str, Any]], subject: Subject, *ids: str) -> None:
    """Raise CorrectionError where a decision that is not shown yet ends one of these."""
    for row in pending:
        if row["action"] == MERGE and row[subject.id_name] in ids:
            said = f"{row[subject.id_name]}: is to become part of {row[subject.into_name]}"
            raise CorrectionError(f"{said}; {_in_the_way(row, subject)}")


def _in_the_way(row: Mapping[str, Any], subject: Subject) -> str:
    return (
        f"{row['decided_by']} decided so at {row['decided_at']} (decision {row['decision_id']}): show it first "
        f"(`demarche {subject.wholes} apply`) or take it back "
        f"(`demarche {subject.wholes} withdraw {row['decision_id']}`)"
    )


def _held(settings: Settings, subject: Subject, identity: str) -> dict[str, list[str]]:
    """The parts of a published article or story, each with its sightings. Raises CorrectionError where it has none."""
    published = Published(settings)
    _, rows = published.query(HELD[subject], {"id": identity})
    if rows:
        return dict(rows)
    _, moved = published.query(MOVED[subject], {"id": identity})
    if moved and moved[0][0]:
        raise CorrectionError(f"{identity}: this {subject.whole} has become {moved[0][0]}; use that id")
    listing = f'`demarche sql "FROM mart.{subject.wholes}"` lists them'
    raise CorrectionError(f"{identity}: no such {subject.whole}; {listing}")


def _keep(
    settings: Settings,
    subject: Subject,
    action: str,
    whole: str,
    parts: dict[str, list[str]],
    *,
    into: str,
    others: dict[str, list[str]],
    by: str,
    note: str,
    now: datetime,
    of: str = "",
) -> str:
    """Write a decision down, `of` an earlier one where it takes that back; returns its id."""
    if not by.strip():
        raise CorrectionError("a decision needs the name of who decided it")
    identity = decision_id(action, (whole, into or of), parts, by, now)
    row = {
        "decision_id": identity,
        "action": action,
        subject.id_name: whole,
        subject.into_name: into,
        "entry_ids": _sightings(parts),
        "into_entry_ids": _sightings(others),
        # Of entries these are the same names, and the same ids.
        subject.parts_name: sorted(parts),
        f"into_{subject.parts_name}": sorted(others),
        "decided_by": by.strip(),
        "decided_at": now.isoformat(),
        "note": note,
        **({"withdraws_decision_id": of} if of else {}),
    }
    append_line(file_of(subject, settings), row)
    return identity


def _sightings(parts: Mapping[str, list[str]]) -> list[str]:
    return sorted(entry for entries in parts.values() for entry in entries)


def _list(parts: Iterable[str]) -> str:
    listed = sorted(parts)
    return ", ".join(listed[:8]) + (f" and {len(listed) - 8} more" if len(listed) > 8 else "")
