"""Decides which sightings are copies of one report: same address, same title, or nearly the same words.

Owns the window of recent reports and the guards that keep equal templates apart. It knows nothing of stories.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from math import exp, log
from typing import Any

from demarche.core.wording import Background, Reading


@dataclass(eq=False, slots=True)
class Report:
    """One sighting as this module compares it. `address` is canonical, `kind` is report, live, opinion or digest."""

    id: str
    seen_at: datetime
    title: Reading
    summary: Reading
    title_key: str = ""
    address: str = ""
    outlet: str = ""
    kind: str = "report"
    actors: frozenset[str] = frozenset()
    article_id: str = ""
    order: int = 0
    pairs: frozenset[int] = frozenset()
    anchors: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Copy:
    """What a report copies, and how that was seen."""

    article_id: str
    reason: str


class CopyFinder:
    """The reports of the last days, ready to be asked whether a new one copies any of them."""

    def __init__(self, rules: Mapping[str, Any], background: Background) -> None:
        self._rules = rules
        self._background = background
        self._least_total = log(rules["threshold"] / (1 - rules["threshold"]))
        self._series_gap = timedelta(hours=rules["series_hours"])
        self._title_window = timedelta(days=rules["title_days"])
        self._text_window = timedelta(days=rules["text_days"])
        self._calendar = frozenset(word for listed in rules["calendar"].values() for word in listed.split())
        self._numerals = frozenset(word for listed in rules["numerals"].values() for word in listed.split())
        self._kept: deque[Report] = deque()
        self._by_address: dict[str, list[Report]] = {}
        self._by_title: dict[str, list[Report]] = {}
        self._by_anchor: dict[str, list[Report]] = {}
        self._count = 0

    def __len__(self) -> int:
        """How many reports are kept."""
        return len(self._kept)

    def keys(self, report: Report) -> list[str]:
        """What a report is found by: reports that share none of these are never compared."""
        self._prepare(report)
        return [f"{index} {key}" for index, key in self._named_keys(report)]

    def find(self, report: Report) -> Copy | None:
        """The report that this one copies: of the same address, else the one most alike in title or text."""
        self._prepare(report)
        return self._same_address(report) or self._most_alike(report)

    def add(self, report: Report, article_id: str) -> None:
        """Keeps a report as a sighting of an article."""
        self._prepare(report)
        report.article_id = article_id
        report.order = self._count
        self._count += 1
        self._kept.append(report)
        for index, key in self._keys(report):
            index.setdefault(key, []).append(report)

    def forget(self, before: datetime) -> None:
        """Drops the reports that arrived before a moment."""
        while self._kept and self._kept[0].seen_at < before:
            report = self._kept.popleft()
            for index, key in self._keys(report):
                listed = index[key]
                listed.remove(report)
                if not listed:
                    del index[key]

    def _keys(self, report: Report) -> Iterable[tuple[dict[str, list[Report]], str]]:
        indexes = {"address": self._by_address, "title": self._by_title, "words": self._by_anchor}
        for name, key in self._named_keys(report):
            yield indexes[name], key

    def _named_keys(self, report: Report) -> Iterable[tuple[str, str]]:
        if report.address:
            yield "address", report.address
        if self._title_is_telling(report):
            yield "title", report.title_key
        for anchor in report.anchors:
            yield "words", anchor

    def _title_is_telling(self, report: Report) -> bool:
        return bool(len(report.title.stems) >= self._rules["title_words"])

    def _prepare(self, report: Report) -> None:
        """Word pairs for comparing, and of these the rare ones for finding: both must come from one sentence part."""
        if report.pairs:
            return
        report.pairs = report.title.pairs | report.summary.pairs
        least = self._rules["anchor_rarity"]
        found: dict[str, float] = {}
        for part in (report.title, report.summary):
            rarities = self._background.rarities(part.stems)
            for (first, second), (one, other) in zip(pairwise(part.stems), pairwise(rarities), strict=True):
                if one + other >= least:
                    found[f"{first} {second}"] = one + other
        rarest = sorted(zip(found.values(), found, strict=True), reverse=True)[: self._rules["anchors"]]
        report.anchors = tuple([pair for _, pair in rarest])

    def _same_address(self, report: Report) -> Copy | None:
        for other in reversed(self._by_address.get(report.address, ())):
            return Copy(other.article_id, f"same address as {other.id}")
        return None

    def _most_alike(self, report: Report) -> Copy | None:
        """The copy with the highest score, the earliest of equals; the same title counts as a fixed score."""
        best: tuple[float, int, Report] | None = None
        for other in self._same_titles(report):
            score = max(self._rules["title_score"], self._likeness(report, other))
            if best is None or (score, -other.order) > best[:2]:
                best = (score, -other.order, other)
        for other in self._candidates(report):
            score = self._likeness(report, other)
            if score < self._rules["threshold"] or (best and (score, -other.order) <= best[:2]):
                continue
            if not self.veto(report, other):
                best = (score, -other.order, other)
        if best is None:
            return None
        score, _, other = best
        if report.title_key == other.title_key and self._title_is_telling(report):
            return Copy(other.article_id, f"same title within {self._title_window.days} days as {other.id}")
        return Copy(other.article_id, f"near-duplicate of {other.id} ({score:.2f})")

    def _same_titles(self, report: Report) -> list[Report]:
        """Reports of the last days with the same title, unless it is the title of a series."""
        if not self._title_is_telling(report):
            return []
        return [
            other
            for other in self._by_title.get(report.title_key, ())
            if abs(report.seen_at - other.seen_at) <= self._title_window and not self._is_another_issue(report, other)
        ]

    def _is_another_issue(self, one: Report, other: Report) -> bool:
        """True for two issues of a series: one outlet and title, another day, other figures or dates in the text."""
        if one.outlet != other.outlet or one.seen_at.date() == other.seen_at.date():
            return False
        return self._figures_differ(one.summary, other.summary)

    def _figures_differ(self, one: Reading, other: Reading) -> bool:
        """True where each text has numbers, in figures or words, or days and months, that the other lacks."""
        return any(
            mine - yours and yours - mine
            for mine, yours in (
                (one.numbers, other.numbers),
                (one.word_set & self._numerals, other.word_set & self._numerals),
                (one.word_set & self._calendar, other.word_set & self._calendar),
            )
        )

    def _candidates(self, report: Report) -> list[Report]:
        """Reports within the window that share at least two rare word pairs (one, where there are few)."""
        shared: dict[int, int] = {}
        found: dict[int, Report] = {}
        for anchor in report.anchors:
            for other in self._by_anchor.get(anchor, ())[-self._rules["posting_limit"] :]:
                shared[other.order] = shared.get(other.order, 0) + 1
                found[other.order] = other
        return [
            other
            for order, other in found.items()
            if (shared[order] >= 2 or min(len(report.anchors), len(other.anchors)) < 8)
            and abs(report.seen_at - other.seen_at) <= self._text_window
        ]

    def _likeness(self, one: Report, other: Report) -> float:
        """How sure it is that two texts are one report, 0 to 1: a logistic over three measures of shared wording."""
        common = len(one.pairs & other.pairs)
        smaller = min(len(one.pairs), len(other.pairs))
        if not common or smaller < self._rules["least_pairs"]:
            return 0.0
        weights = self._rules["likeness"]
        total = weights["jaccard"] * common / (len(one.pairs) + len(other.pairs) - common)
        total += weights["containment"] * common / smaller + weights["constant"]
        if total + weights["run"] < self._least_total:
            return 0.0  # not even the longest passage could make copies of them
        run = min(max(_run(one.title, other.pairs), _run(one.summary, other.pairs)), 20) / 20
        return 1 / (1 + exp(-total - weights["run"] * run))

    def veto(self, one: Report, other: Report) -> str:
        """Why two texts of nearly the same words are two reports all the same; empty if nothing speaks against it."""
        is_template = _is_one_template(one.title, other.title)
        if not is_template and self._is_same_lead(one, other):  # a new headline over the old text, or a stock phrase
            return "another issue of a series" if self._is_series(one, other) else ""
        if one.kind != other.kind and not (one.outlet == other.outlet and self._is_same_lead(one, other)):
            return "another kind of text"
        if self._figures_differ(one.title, other.title):
            return "other figures or dates"
        if _unshared_names(one, other) and _unshared_names(other, one):
            return "other names"
        if not is_template:
            return ""
        if _is_one_template(one.summary, other.summary):
            if self._figures_differ(one.summary, other.summary):
                return "other figures in one template"
            if _fills_its_slot(one, other) and _fills_its_slot(other, one):
                return "other words in the slots of one template"
        if one.actors - other.actors and other.actors - one.actors:
            return "other countries"
        return ""

    def _is_series(self, one: Report, other: Report) -> bool:
        """True for one outlet's reports of different days whose titles share nothing: 'Best photos of the week'."""
        if one.outlet != other.outlet or abs(one.seen_at - other.seen_at) < self._series_gap:
            return False
        return bool(len(one.title.pairs & other.title.pairs) <= self._rules["series_share"] * len(one.title.pairs))

    def _is_same_lead(self, one: Report, other: Report) -> bool:
        """True where two summaries are long enough to be telling, and the same but for a word or two."""
        mine, yours = one.summary.pairs, other.summary.pairs
        if len(mine & yours) < self._rules["lead_pairs"] or self._figures_differ(one.summary, other.summary):
            return False
        return bool(len(mine & yours) >= self._rules["lead_share"] * len(mine | yours))


def _run(reading: Reading, others: frozenset[int]) -> int:
    """Words in the longest passage of a text whose every word pair also occurs in the other text."""
    longest = current = 0
    for pair in pairwise(reading.stems):
        current = current + 1 if hash(pair) in others else 0
        longest = max(longest, current)
    return longest + 1 if longest else 0


def _is_one_template(one: Reading, other: Reading) -> bool:
    """True where two texts are the same but for a few words (figures not counted)."""
    every = len(one.word_set | other.word_set)
    odd = len(one.word_set ^ other.word_set)
    # One name in a script without spaces is several of the pairs of characters that stand for words.
    return odd <= max(4, every * (0.4 if one.is_unspaced else 0.25)) and odd <= every / 2


def _fills_its_slot(one: Report, other: Report) -> bool:
    """True where a word of the title that the other lacks comes again in the summary: what the template is about."""
    known = {word[:4] for word in other.title.word_set | other.summary.word_set}
    return any(word[:4] not in known for word in one.title.word_set & one.summary.word_set)


def _unshared_names(one: Report, other: Report) -> set[str]:
    """Names in the title of the first that the second does not mention at all; the first four letters must agree."""
    known = {word[:4] for word in other.title.word_set | other.summary.word_set}
    return {name for name in one.title.names if name[:4] not in known}
