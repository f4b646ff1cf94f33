"""Reads what people decided about articles and stories, and lays it over what grouping found."""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from demarche.adapters.decisions import read_decisions
from demarche.adapters.warehouse import DecidedTables
from demarche.core.decisions import Decision, Member, fault_of, placings, standing
from demarche.model import ARTICLES, STORIES, Subject
from demarche.settings import Settings
from demarche.steps.staging import Row


@dataclass(frozen=True, slots=True)
class Laid:
    """What was laid: how many decisions, whether any is new or gone, and the articles that changed sightings by it."""

    count: int = 0
    is_changed: bool = False
    article_ids: frozenset[str] = frozenset()


def file_of(subject: Subject, settings: Settings) -> Path:
    """The append-only file of the decisions about articles or stories."""
    return settings.decisions / f"{subject.wholes}.jsonl"


def decisions_about(subject: Subject, settings: Settings) -> list[Row]:
    """What was decided about articles or stories, in its order.

    Raises DecisionError with the line that makes no sense.
    """
    return read_decisions(file_of(subject, settings), partial(fault_of, subject=subject))


def lay_decisions(tables: DecidedTables, settings: Settings) -> Laid:
    """Lay what people decided over the groupings: articles first, which are what stories are made of."""
    count, is_changed = 0, False
    for subject in (ARTICLES, STORIES):
        rows = decisions_about(subject, settings)
        count += len(rows)
        is_changed |= tables.replace_decisions(subject, rows)
    if not (count or is_changed):  # what was grouped stays as it is, which need not be looked at
        return Laid()
    article_ids = tables.place_entries(_placings(tables, ARTICLES))
    tables.place_articles(_placings(tables, STORIES))
    return Laid(count, is_changed, frozenset(article_ids))


def _placings(tables: DecidedTables, subject: Subject) -> list[Row]:
    """What belongs elsewhere than it was found, by the decisions that nobody took back."""
    decisions = [
        Decision(
            decision_id=row["decision_id"],
            action=row["action"],
            decided_at=row["decided_at"],
            ids=frozenset(row["ids"] or ()),
            into_ids=frozenset(row["into_ids"] or ()),
        )
        for row in standing(tables.decisions(subject))
    ]
    named = {part for each in decisions for part in (*each.ids, *each.into_ids)}
    found = placings([Member(**row) for row in tables.members_with(subject, named)], decisions)
    return [{"part_id": part, **asdict(placing)} for part, placing in found.items()]
