"""Lays what analysts decided about stories over what the grouping found: their word wins, and outlives replays.

It reads decisions as values; how they are written, and which exist, is decided elsewhere.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from demarche.core.identity import short_hash

MERGE, SPLIT = "merge", "split"


@dataclass(frozen=True, slots=True)
class Member:
    """An accepted article as it was grouped: its story, and the article of it that it was most like."""

    article_id: str
    story_id: str
    seen_at: datetime
    joined_article_id: str = ""


@dataclass(frozen=True, slots=True)
class StoryDecision:
    """What one person decided once, about articles: ids of stories move when earlier evidence turns up."""

    decision_id: str
    action: str
    decided_at: datetime
    article_ids: frozenset[str]
    into_article_ids: frozenset[str] = frozenset()


def decision_id(action: str, story_ids: Sequence[str], article_ids: Iterable[str], by: str, at: datetime) -> str:
    """Id of a decision: the same words by the same person at the same time are one decision."""
    return short_hash(action, *story_ids, *sorted(article_ids), by, at.isoformat())


def split_story_id(decision: str) -> str:
    """Id of the story that a split makes. It follows from the decision, so that no grouping ever makes the same."""
    return short_hash("split", decision)


def decided_stories(members: Iterable[Member], decisions: Iterable[StoryDecision]) -> dict[str, str]:
    """The story of each article that decisions, applied in their order, put elsewhere than the grouping did.

    A merge moves the whole of the story that holds most of its articles, later arrivals too, and any other article it
    names. A split moves the articles it names, and what arrives later and is most like one of them.
    """
    known = {member.article_id: member for member in members}
    story_of = {article_id: member.story_id for article_id, member in known.items()}
    for decision in decisions:
        named = decision.article_ids & story_of.keys()
        if not named:
            continue
        if decision.action == SPLIT:
            story_of |= dict.fromkeys(_followers(named, known, decision), split_story_id(decision.decision_id))
        elif target := _main_story(decision.into_article_ids, story_of):
            moved = _main_story(named, story_of)
            whole = {article_id for article_id, story_id in story_of.items() if story_id == moved}
            story_of |= dict.fromkeys(named | whole, target)
    return {article_id: story_id for article_id, story_id in story_of.items() if story_id != known[article_id].story_id}


def _main_story(article_ids: frozenset[str], story_of: Mapping[str, str]) -> str:
    """The story that holds most of these articles, of equals the one with the smallest id; empty where none does."""
    counts = Counter(story_of[article_id] for article_id in article_ids if article_id in story_of)
    return min(counts, key=lambda story_id: (-counts[story_id], story_id), default="")


def _followers(named: frozenset[str], known: Mapping[str, Member], decision: StoryDecision) -> set[str]:
    """The named articles, and those of their stories that came after the decision and joined one of them."""
    stories = {known[article_id].story_id for article_id in named}
    found = set(named)
    for member in sorted(known.values(), key=lambda member: (member.seen_at, member.article_id)):
        if member.seen_at > decision.decided_at and member.story_id in stories and member.joined_article_id in found:
            found.add(member.article_id)
    return found
