"""Lays what analysts decided about stories over what the grouping found: their word wins, and outlives replays.

It reads decisions as values; how they are written, and which exist, is decided elsewhere.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demarche.core.identity import short_hash

MERGE, SPLIT, WITHDRAW = "merge", "split", "withdraw"
_NEEDED = ("decision_id", "action", "story_id", "article_ids", "decided_by", "decided_at")


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


def fault_of(row: Mapping[str, Any]) -> str:
    """What is wrong with a decision as it was written down; empty for nothing."""
    if missing := [name for name in _NEEDED if not row.get(name)]:
        return f"a decision about stories lacks {', '.join(missing)}"
    if row["action"] not in (MERGE, SPLIT, WITHDRAW):
        return f"action is {row['action']!r}, not {MERGE}, {SPLIT} or {WITHDRAW}"
    if row["action"] == WITHDRAW and not row.get("withdraws_decision_id"):
        return "a withdrawal lacks withdraws_decision_id"
    for name in ("article_ids", "into_article_ids", "entry_ids", "into_entry_ids"):
        if not _is_list_of_texts(row.get(name) or []):
            return f"{name} is {row[name]!r}, not a list of ids"
    try:
        is_zoned = datetime.fromisoformat(str(row["decided_at"])).tzinfo is not None
    except ValueError:
        is_zoned = False
    return "" if is_zoned else f"decided_at is {row['decided_at']!r}, not a time such as 2026-03-10T12:00:00+00:00"


def standing(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The merges and splits among these decisions that nobody took back."""
    listed = list(rows)
    withdrawn = {row.get("withdraws_decision_id") for row in listed if row["action"] == WITHDRAW}
    return [row for row in listed if row["action"] != WITHDRAW and row["decision_id"] not in withdrawn]


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


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
