"""The steps by which analysts merge and split stories: check their words, keep them, and lay them over the stories."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from demarche.adapters.files import append_line
from demarche.adapters.warehouse import Published, Warehouse
from demarche.core.decisions import MERGE, SPLIT, WITHDRAW, decision_id, split_story_id, standing
from demarche.settings import Settings
from demarche.steps.grouping import EVER, lay_decisions, replace_links, story_decisions
from demarche.steps.workbench import workbench

log = logging.getLogger(__name__)


class StoryDecisionError(ValueError):
    """A decision that makes no sense, such as one about a story that is not there; the message says why."""


def merge_two_stories(story_id: str, into: str, *, by: str, note: str, settings: Settings, now: datetime) -> str:
    """Keep that one story is part of another; returns the id of the decision. Raises StoryDecisionError."""
    if story_id == into:
        raise StoryDecisionError(f"{story_id}: a story cannot be merged into itself")
    mine, theirs = _sightings(settings, story_id), _sightings(settings, into)
    _refuse_moved(_pending(settings), story_id, into)
    return _keep(settings, MERGE, story_id, mine, into=into, others=theirs, by=by, note=note, now=now)


def split_story(
    story_id: str, article_ids: Iterable[str], *, by: str, note: str, settings: Settings, now: datetime
) -> tuple[str, str]:
    """Keep that some articles are a story of their own; returns the ids of decision and story.

    Raises StoryDecisionError for articles that the story has not, and for all or none that it has.
    """
    held, wanted = _sightings(settings, story_id), set(article_ids)
    pending = _pending(settings)
    _refuse_moved(pending, story_id)
    if unknown := sorted(wanted - held.keys()):
        raise StoryDecisionError(f"{', '.join(unknown)}: no article of story {story_id}, which has {_list(held)}")
    if not wanted or wanted == held.keys():
        raise StoryDecisionError(
            f"{story_id}: name some of its {len(held)} articles, not {'all' if wanted else 'none'}"
        )
    for row in pending:
        if row["action"] == SPLIT and (taken := sorted(wanted.intersection(row["article_ids"]))):
            raise StoryDecisionError(f"{', '.join(taken)}: {_in_the_way(row)}")
    named = {article_id: held[article_id] for article_id in wanted}
    decision = _keep(settings, SPLIT, story_id, named, into="", others={}, by=by, note=note, now=now)
    return decision, split_story_id(decision)


def withdraw_decision(identity: str, *, by: str, note: str, settings: Settings, now: datetime) -> str:
    """Keep that a merge or split counts no more; returns the id of the withdrawal. Raises StoryDecisionError."""
    rows = story_decisions(settings)
    row = next((each for each in rows if each["decision_id"] == identity), None)
    if row is None:
        raise StoryDecisionError(f"{identity}: no such decision; `demarche stories decisions` lists them")
    if row["action"] == WITHDRAW:
        raise StoryDecisionError(f"{identity}: takes a decision back itself; decide anew instead")
    if row not in standing(rows):
        raise StoryDecisionError(f"{identity}: this decision was taken back before")
    articles: dict[str, list[str]] = {article_id: [] for article_id in row["article_ids"]}
    return _keep(
        settings, WITHDRAW, row["story_id"], articles, into="", others={}, by=by, note=note, now=now, of=identity
    )


def apply_decisions(*, settings: Settings, now: datetime) -> dict[str, int]:
    """Lay the decisions over the stories without waiting for the next merge, which does the same."""
    with Warehouse(settings).regrouping() as tables:
        lay_decisions(tables, settings)
        replace_links(tables, workbench(settings).follower, since=EVER)
    count = len(story_decisions(settings))
    log.info("%d decisions about stories laid over the warehouse at %s", count, now)
    return {"decisions": count}


def _pending(settings: Settings) -> list[Mapping[str, Any]]:
    """The decisions that count and that the published stories do not show yet."""
    _, rows = Published(settings).query("SELECT decision_id FROM core.story_decisions")
    shown = {identity for (identity,) in rows}
    return [row for row in standing(story_decisions(settings)) if row["decision_id"] not in shown]


def _refuse_moved(pending: Iterable[Mapping[str, Any]], *story_ids: str) -> None:
    """Raise StoryDecisionError where a decision that is not shown yet ends one of these stories."""
    for row in pending:
        if row["action"] == MERGE and row["story_id"] in story_ids:
            raise StoryDecisionError(
                f"{row['story_id']}: is to become part of {row['into_story_id']}; {_in_the_way(row)}"
            )


def _in_the_way(row: Mapping[str, Any]) -> str:
    return (
        f"{row['decided_by']} decided so at {row['decided_at']} (decision {row['decision_id']}): show it first "
        f"(`demarche stories apply`) or take it back (`demarche stories withdraw {row['decision_id']}`)"
    )


def _sightings(settings: Settings, story_id: str) -> dict[str, list[str]]:
    """The articles of a published story with their sightings. Raises StoryDecisionError where it has none."""
    _, rows = Published(settings).query(
        "SELECT article_id, list(entry_id ORDER BY entry_id) FROM core.groupings WHERE article_id IN "
        "(SELECT article_id FROM core.groupings WHERE story_id = $story) GROUP BY article_id",
        {"story": story_id},
    )
    if rows:
        return dict(rows)
    _, moved = Published(settings).query(
        "SELECT successor_story_id FROM core.story_redirects WHERE story_id = $story", {"story": story_id}
    )
    if moved and moved[0][0]:
        raise StoryDecisionError(f"{story_id}: this story has become {moved[0][0]}; use that id")
    raise StoryDecisionError(f'{story_id}: no such story; `demarche sql "FROM mart.stories"` lists them')


def _keep(
    settings: Settings,
    action: str,
    story_id: str,
    articles: dict[str, list[str]],
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
        raise StoryDecisionError("a decision needs the name of who decided it")
    identity = decision_id(action, (story_id, into or of), articles, by, now)
    row = {
        "decision_id": identity,
        "action": action,
        "story_id": story_id,
        "into_story_id": into,
        "article_ids": sorted(articles),
        "into_article_ids": sorted(others),
        "entry_ids": sorted(entry for entries in articles.values() for entry in entries),
        "into_entry_ids": sorted(entry for entries in others.values() for entry in entries),
        "decided_by": by.strip(),
        "decided_at": now.isoformat(),
        "note": note,
        **({"withdraws_decision_id": of} if of else {}),
    }
    append_line(settings.story_decisions, row)
    return identity


def _list(articles: Iterable[str]) -> str:
    listed = sorted(articles)
    return ", ".join(listed[:8]) + (f" and {len(listed) - 8} more" if len(listed) > 8 else "")
