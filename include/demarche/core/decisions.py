"""Lays what analysts decided about articles and stories over what was found: their word wins, and outlives replays.

It reads decisions as values; how they are written, and which exist, is decided elsewhere. Articles are made of entries
as stories are made of articles, so both are merged and split alike.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demarche.core.identity import short_hash
from demarche.model import Subject

MERGE, SPLIT, WITHDRAW = "merge", "split", "withdraw"


@dataclass(frozen=True, slots=True)
class Member:
    """A part as it was found: its whole, and the part of it that it was most like or copies."""

    id: str
    whole_id: str
    seen_at: datetime
    joined_id: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What one person decided once, about parts: ids of wholes move when earlier evidence turns up."""

    decision_id: str
    action: str
    decided_at: datetime
    ids: frozenset[str]
    into_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Placing:
    """Where a part belongs by the word of people, and the decision that put it there last."""

    whole_id: str
    decision_id: str


def fault_of(row: Mapping[str, Any], subject: Subject) -> str:
    """What is wrong with a decision as it was written down; empty for nothing."""
    needed = ("decision_id", "action", subject.id_name, subject.parts_name, "decided_by", "decided_at")
    if missing := [name for name in needed if not row.get(name)]:
        return f"a decision about {subject.with_article} lacks {', '.join(missing)}"
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


def decision_id(action: str, whole_ids: Sequence[str], part_ids: Iterable[str], by: str, at: datetime) -> str:
    """Id of a decision: the same words by the same person at the same time are one decision."""
    return short_hash(action, *whole_ids, *sorted(part_ids), by, at.isoformat())


def split_id(decision: str) -> str:
    """Id of what a split makes. It follows from the decision, so that no grouping ever makes the same."""
    return short_hash("split", decision)


def placings(members: Iterable[Member], decisions: Iterable[Decision]) -> dict[str, Placing]:
    """The parts that decisions, applied in their order, put elsewhere than they were found, by their id.

    A merge moves everything in the whole that holds most of its parts, later arrivals too, and any other part it names.
    A split moves the parts it names, and what arrives later and is most like one of them.
    """
    known = {member.id: member for member in members}
    placed = {member.id: Placing(member.whole_id, "") for member in known.values()}
    for decision in decisions:
        named = decision.ids & placed.keys()
        if not named:
            continue
        if decision.action == SPLIT:
            made = Placing(split_id(decision.decision_id), decision.decision_id)
            placed |= dict.fromkeys(_followers(named, known, decision), made)
        elif target := _main_whole(decision.into_ids, placed):
            moved = _main_whole(named, placed)
            everything = {part for part, placing in placed.items() if placing.whole_id == moved}
            placed |= dict.fromkeys(named | everything, Placing(target, decision.decision_id))
    return {part: placing for part, placing in placed.items() if placing.whole_id != known[part].whole_id}


def _main_whole(parts: frozenset[str], placed: Mapping[str, Placing]) -> str:
    """The whole that holds most of these parts, of equals the one with the smallest id; empty where none does."""
    counts = Counter(placed[part].whole_id for part in parts if part in placed)
    return min(counts, key=lambda whole: (-counts[whole], whole), default="")


def _followers(named: frozenset[str], known: Mapping[str, Member], decision: Decision) -> set[str]:
    """The named parts, and those of their wholes that came after the decision and joined one of them."""
    wholes = {known[part].whole_id for part in named}
    found = set(named)
    for member in sorted(known.values(), key=lambda member: (member.seen_at, member.id)):
        if member.seen_at > decision.decided_at and member.whole_id in wholes and member.joined_id in found:
            found.add(member.id)
    return found
