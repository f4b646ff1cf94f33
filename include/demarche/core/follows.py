"""Finds the earlier developments that a new story follows: the same actors over the same matter, a later step.

A protest between the same two is taken for an answer to whatever was done. It compares stories by their codes only and
knows no wording. What makes a story is decided elsewhere.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any


@dataclass(frozen=True, slots=True)
class CodedReport:
    """One article of a story by its codes. `actors` act or are addressed, `about` is whose nationals are concerned."""

    story_id: str
    seen_at: datetime
    actors: frozenset[str] = frozenset()
    about: frozenset[str] = frozenset()
    instruments: frozenset[str] = frozenset()
    stage: str = "stated"


@dataclass(frozen=True, slots=True)
class Following:
    """That one story follows another, and what speaks for it."""

    story_id: str
    follows_story_id: str
    reason: str


class Follower:
    """The rule of following. `rules` is the table [follows] of grouping.toml, which explains each figure."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        self._rules = rules
        self.opening = timedelta(days=rules["opening_days"])
        self.within = timedelta(days=rules["days"])
        self._setback = timedelta(days=rules["setback_days"])
        self._answers = frozenset(rules["answers"])
        self._union_of = {code: union for union, codes in rules["unions"].items() for code in codes.split()}
        self._rank = {stage: rank for rank, stages in enumerate(rules["order"]) for stage in stages.split()}

    def links(self, reports: Iterable[CodedReport], story_ids: Collection[str]) -> Iterator[Following]:
        """The best few earlier stories of each of these, most alike first; `reports` are of all stories.

        A story is taken as it was told in its first days, an earlier one as it was known when the new one began:
        what comes later changes no link.
        """
        of_story: dict[str, list[CodedReport]] = defaultdict(list)
        by_pair: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for report in sorted(reports, key=lambda report: report.seen_at):
            of_story[report.story_id].append(report)
            for pair in self._pairs(report.actors):
                by_pair[pair][report.story_id] = None
        for story_id in sorted(story_ids & of_story.keys()):
            began = of_story[story_id][0].seen_at
            new = self._told([r for r in of_story[story_id] if r.seen_at < began + self.opening])
            scored = []
            for other in {id: None for pair in self._pairs(new.actors) for id in by_pair[pair]}:
                known = [r for r in of_story[other] if began - self.within <= r.seen_at < began]
                if other != story_id and known:
                    old = self._told(known)
                    scored.append((self._score(new, old, began), old))
            best = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].story_id))
            for _, old in best[: self._rules["most"]]:
                yield Following(story_id, old.story_id, self._reason(new, old, began))

    def _told(self, reports: Sequence[CodedReport]) -> CodedReport:
        """Reports of one story in one: codes that a third of them carry, the newest stage, the last time."""
        stages = [report.stage for report in reports if report.stage in self._rank]
        return CodedReport(
            story_id=reports[0].story_id,
            seen_at=reports[-1].seen_at,
            actors=_agreed([report.actors for report in reports]),
            about=_agreed([report.about for report in reports]),
            instruments=_agreed([report.instruments for report in reports]),
            stage=stages[-1] if stages else reports[-1].stage,
        )

    def _pairs(self, actors: frozenset[str]) -> Iterator[tuple[str, str]]:
        """Any two of these actors, and any two with the unions that stand for them."""
        unions = {self._union_of[code] for code in actors & self._union_of.keys()}
        for one, other in combinations(sorted(actors | unions), 2):
            is_one_side = self._union_of.get(one) == other or self._union_of.get(other) == one
            if actors >= {one, other} or not is_one_side:
                yield one, other

    def _sides(self, one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
        """The actors of one story, members as their union where only the other story names that and not them."""
        return frozenset(
            self._union_of[code] if code not in other and self._union_of.get(code) in other else code for code in one
        )

    def _score(self, new: CodedReport, old: CodedReport, began: datetime) -> float:
        """How much speaks for following: shared actors and instruments, less for time; 0 where a condition fails."""
        ours, theirs = self._sides(new.actors, old.actors), self._sides(old.actors, new.actors)
        shared, matter = ours & theirs, new.instruments & old.instruments
        actors = len(shared) / len(ours | theirs)
        is_answer = ours == theirs and len(shared) == 2 and bool(new.instruments & self._answers)
        if len(shared) < 2 or actors < self._rules["actors"] or not (matter or is_answer):
            return 0.0
        if new.about and old.about and not new.about & old.about:
            return 0.0
        one, other = self._rank.get(new.stage), self._rank.get(old.stage)
        is_setback = one is not None and other is not None and one < other
        if is_setback and began - old.seen_at < self._setback:
            return 0.0
        share = len(matter) / len(new.instruments | old.instruments)
        return float(actors + share + 1 - (began - old.seen_at) / self.within)

    def _reason(self, new: CodedReport, old: CodedReport, began: datetime) -> str:
        shared = self._sides(new.actors, old.actors) & self._sides(old.actors, new.actors)
        actors = "+".join(sorted(shared))
        matter = ", ".join(sorted(new.instruments & old.instruments)) or "an answer"
        days = (began - old.seen_at).days
        return f"{actors}; {matter}; {old.stage} → {new.stage}; {days} days after the report before"


def _agreed(codes: Sequence[frozenset[str]]) -> frozenset[str]:
    """The codes that at least a third of the reports carry."""
    counts = Counter(code for each in codes for code in each)
    return frozenset(code for code, count in counts.items() if 3 * count >= len(codes))
