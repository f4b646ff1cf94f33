"""`stories`: merge and split stories, take that back, list what was decided, and lay it over the warehouse at once."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TextIO

from demarche.commands.running import print_table, publish
from demarche.contracts import line_of
from demarche.settings import Settings
from demarche.steps import story_decisions as steps
from demarche.steps.grouping import story_decisions

LISTED = (
    "decision_id",
    "decided_at",
    "decided_by",
    "action",
    "story_id",
    "into_story_id",
    "article_ids",
    "withdraws_decision_id",
    "note",
)
LATER = "the next build shows it; `demarche stories apply` at once"


def merge(settings: Settings, now: datetime, story_id: str, into: str, *, by: str, note: str) -> int:
    """Keep that one story is part of another."""
    steps.merge_two_stories(story_id, into, by=by, note=note, settings=settings, now=now)
    print(f"{story_id} becomes part of {into}; {LATER}", file=sys.stderr)
    return 0


def split(settings: Settings, now: datetime, story_id: str, articles: Sequence[str], *, by: str, note: str) -> int:
    """Keep that some articles are a story of their own."""
    named = [article_id for each in articles for article_id in each.split(",") if article_id]
    _, made = steps.split_story(story_id, named, by=by, note=note, settings=settings, now=now)
    print(f"{len(set(named))} of its articles leave {story_id} for {made}; {LATER}", file=sys.stderr)
    print(made)
    return 0


def withdraw(settings: Settings, now: datetime, decision: str, *, by: str, note: str) -> int:
    """Keep that a decision counts no more."""
    steps.withdraw_decision(decision, by=by, note=note, settings=settings, now=now)
    print(f"{decision} counts no more; {LATER}", file=sys.stderr)
    return 0


def list_decisions(settings: Settings, out: TextIO, *, form: str) -> int:
    """Print what was decided, in its order."""
    rows = story_decisions(settings)
    if form == "jsonl":
        out.writelines(line_of(row) + "\n" for row in rows)
        return 0
    print_table(LISTED, [[row.get(name) for name in LISTED] for row in rows], out)
    return 0


def apply(settings: Settings, now: datetime) -> int:
    """Lay the decisions over the stories now, and publish."""
    counts = steps.apply_decisions(settings=settings, now=now)
    print(f"{counts['decisions']} decisions applied", file=sys.stderr)
    return publish(settings, now, is_forced=False)
