"""The steps by which analysts merge and split stories: check their words, keep them, and lay them over the stories."""

import logging
from collections.abc import Iterable
from datetime import datetime

from demarche.adapters.decisions import read_decisions
from demarche.adapters.files import append_line
from demarche.adapters.warehouse import Published, Warehouse
from demarche.core.decisions import MERGE, SPLIT, decision_id, split_story_id
from demarche.settings import Settings
from demarche.steps.grouping import EVER, lay_decisions, replace_links
from demarche.steps.staging import Row
from demarche.steps.workbench import workbench

log = logging.getLogger(__name__)


class StoryDecisionError(ValueError):
    """A decision that makes no sense, such as one about a story that is not there; the message says why."""


def merge_two_stories(story_id: str, into: str, *, by: str, note: str, settings: Settings, now: datetime) -> str:
    """Keep that one story is part of another; returns the id of the decision. Raises StoryDecisionError."""
    if story_id == into:
        raise StoryDecisionError(f"{story_id}: a story cannot be merged into itself")
    mine, theirs = _sightings(settings, story_id), _sightings(settings, into)
    return _keep(settings, MERGE, story_id, mine, into=into, others=theirs, by=by, note=note, now=now)


def split_story(
    story_id: str, article_ids: Iterable[str], *, by: str, note: str, settings: Settings, now: datetime
) -> tuple[str, str]:
    """Keep that some articles are a story of their own; returns the ids of decision and story.

    Raises StoryDecisionError for articles that the story has not, and for all or none that it has.
    """
    held, wanted = _sightings(settings, story_id), set(article_ids)
    if unknown := sorted(wanted - held.keys()):
        raise StoryDecisionError(f"{', '.join(unknown)}: no article of story {story_id}, which has {_list(held)}")
    if not wanted or wanted == held.keys():
        raise StoryDecisionError(
            f"{story_id}: name some of its {len(held)} articles, not {'all' if wanted else 'none'}"
        )
    named = {article_id: held[article_id] for article_id in wanted}
    decision = _keep(settings, SPLIT, story_id, named, into="", others={}, by=by, note=note, now=now)
    return decision, split_story_id(decision)


def story_decisions(settings: Settings) -> list[Row]:
    """What was decided about stories, in its order."""
    return read_decisions(settings.decisions / "stories.jsonl")


def apply_decisions(*, settings: Settings, now: datetime) -> dict[str, int]:
    """Lay the decisions over the stories without waiting for the next merge, which does the same."""
    with Warehouse(settings).regrouping() as tables:
        lay_decisions(tables, settings)
        replace_links(tables, workbench(settings).follower, since=EVER)
    count = len(story_decisions(settings))
    log.info("%d decisions about stories laid over the warehouse at %s", count, now)
    return {"decisions": count}


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
) -> str:
    """Write a decision down; returns its id."""
    if not by.strip():
        raise StoryDecisionError("a decision needs the name of who decided it")
    identity = decision_id(action, (story_id, into), articles, by, now)
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
    }
    append_line(settings.decisions / "stories.jsonl", row)
    return identity


def _list(articles: Iterable[str]) -> str:
    listed = sorted(articles)
    return ", ".join(listed[:8]) + (f" and {len(listed) - 8} more" if len(listed) > 8 else "")
