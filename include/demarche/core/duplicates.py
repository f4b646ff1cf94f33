"""Decides which sightings are copies of one report: same address, same title, or nearly the same words.

Owns the window of recent reports and how alike they are. It knows nothing of stories, nor why templates differ.
"""

from array import array
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from math import exp, log
from operator import add
from typing import Any

from demarche.core.guards import Guards, Told
from demarche.core.wording import Background, Reading

NONE: frozenset[int] = frozenset()
NO_NUMBERS: "array[int]" = array("q")


@dataclass(eq=False, slots=True)
class Report:
    """One sighting as this module compares it. `address` is a page's key, `kind` is report, live, opinion or digest.

    A window holds hundreds of thousands: what can be had from the texts again is dropped when a report is kept. Most
    are never compared with another, so that the numbers of their pairs wait until they are.
    """

    id: str
    seen_at: datetime
    title: str
    lead: str
    lang: str = ""
    title_key: str = ""
    address: str = ""
    outlet: str = ""
    kind: str = "report"
    actors: frozenset[str] = frozenset()
    article_id: str = ""
    order: int = 0
    anchors: tuple[tuple[str, str], ...] = ()  # rare pairs of neighbouring stems, rarest first; until it is kept
    pairs: frozenset[int] = NONE  # all pairs of neighbouring stems, as numbers of this process: of one that is new
    places: tuple[int, ...] = ()  # where it is found: by its address first
    anchored: int = 0  # how many of the last places are of anchors
    numbers: "array[int]" = field(default_factory=lambda: NO_NUMBERS)  # the same of one that is kept, eight bytes each
    readings: tuple[Reading, Reading] | None = None

    def parts(self) -> tuple[Reading, Reading]:
        """Title and lead, taken apart."""
        return self.readings or (Reading(self.title, self.lang), Reading(self.lead, self.lang))

    def pairs_of_parts(self) -> frozenset[int]:
        """All pairs of neighbouring stems, as numbers."""
        title, lead = self.parts()
        return frozenset(title.pair_numbers + lead.pair_numbers)

    def told(self) -> Told:
        """What the guards read."""
        return Told(self.seen_at, *self.parts(), self.outlet, self.address, self.kind, self.actors)


@dataclass(frozen=True, slots=True)
class Copy:
    """What a report copies, in which article that is, and how that was seen."""

    report_id: str
    article_id: str
    reason: str


class CopyFinder:
    """The reports of the last days, ready to be asked whether a new one copies any of them."""

    def __init__(self, rules: Mapping[str, Any], background: Background, aggregators: Collection[str] = ()) -> None:
        self._rules = rules
        self._background = background
        self._guards = Guards(rules, aggregators)
        self._least_total = log(rules["threshold"] / (1 - rules["threshold"]))
        self._title_window = timedelta(days=rules["title_days"])
        self._text_window = timedelta(days=rules["text_days"])
        self.words_within = max(self._text_window, self._title_window)
        self._kept: deque[Report] = deque()
        self._read: deque[Report] = deque()  # the newest of them, whose words still find and decide
        # By number of index and key. Most are of one report alone, which saves it a list.
        self._index: dict[int, Report | list[Report]] = {}
        self._count = 0

    def __len__(self) -> int:
        """How many reports are kept."""
        return len(self._kept)

    def keys(self, report: Report) -> list[str]:
        """The words that a report is found by: reports that share none of these and no address are never compared."""
        self._prepare(report)
        title = [f"title {report.title_key}"] if self._title_is_telling(report) else []
        return title + [f"words {first} {second}" for first, second in report.anchors]

    def find(self, report: Report) -> Copy | None:
        """The report that this one copies: of the same address, else the one most alike in title or text."""
        self._prepare(report)
        if report.address and (there := self._at(hash(("address", report.address)))):
            newest = there[-1]
            if not self._guards.is_next_in_place(report.told(), newest.told()):
                return Copy(newest.id, newest.article_id, f"same address as {newest.id}")
        return self._most_alike(report)

    def add(self, report: Report, article_id: str) -> None:
        """Keeps a report as a sighting of an article."""
        self._prepare(report)
        report.article_id = article_id
        report.order = self._count
        self._count += 1
        report.pairs, report.anchors, report.readings = NONE, (), None
        self._kept.append(report)
        self._read.append(report)
        index = self._index
        for place in report.places:
            held = index.setdefault(place, report)
            if isinstance(held, list):
                held.append(report)
            elif held is not report:
                index[place] = [held, report]

    def forget(self, now: datetime, lookback: timedelta) -> None:
        """Drops the reports that arrived before the look-back, and the words of those too old to share a text."""
        while self._read and now - self._read[0].seen_at > self.words_within:
            report = self._read.popleft()
            stays = 1 if report.address else 0
            self._leave(report, report.places[stays:])
            report.places = report.places[:stays]
            report.title = report.lead = report.title_key = ""
            report.numbers = NO_NUMBERS
        while self._kept and self._kept[0].seen_at < now - lookback:
            report = self._kept.popleft()
            self._leave(report, report.places)
            if self._read and self._read[0] is report:
                self._read.popleft()

    def _leave(self, report: Report, places: Iterable[int]) -> None:
        """Takes a report out of the index."""
        for place in places:
            held = self._index[place]
            if isinstance(held, list) and len(held) > 1:
                held.remove(report)
            else:
                del self._index[place]

    def _at(self, place: int) -> list[Report]:
        """The reports that are found at a place, oldest first."""
        held = self._index.get(place)
        return [] if held is None else held if isinstance(held, list) else [held]

    def _names(self, report: Report) -> Iterable[tuple[str, str]]:
        if report.address:
            yield "address", report.address
        if self._title_is_telling(report):
            yield "title", report.title_key

    def _title_is_telling(self, report: Report) -> bool:
        return bool(len(report.parts()[0].stems) >= self._rules["title_words"])

    def _prepare(self, report: Report) -> None:
        """The rare word pairs that it is found by: both words must come from one sentence part."""
        if report.readings or report.order or report.article_id:
            return
        report.readings = report.parts()
        least = self._rules["anchor_rarity"]
        rare: set[tuple[float, tuple[str, str]]] = set()
        for part in report.readings:
            rarities = self._background.rarities(part.stems)
            both = zip(map(add, rarities, rarities[1:]), pairwise(part.stems), strict=True)
            rare.update([each for each in both if each[0] >= least])
        rarest = sorted(rare, reverse=True)[: self._rules["anchors"]]
        report.anchors = tuple([pair for _, pair in rarest])
        report.anchored = len(rarest)
        report.places = (*map(hash, self._names(report)), *map(hash, report.anchors))

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
            if not self._guards.veto(report.told(), other.told()):
                best = (score, -other.order, other)
        if best is None:
            return None
        score, _, other = best
        if report.title_key == other.title_key and self._title_is_telling(report):
            return Copy(other.id, other.article_id, f"same title within {self._title_window.days} days as {other.id}")
        return Copy(other.id, other.article_id, f"near-duplicate of {other.id} ({score:.2f})")

    def _same_titles(self, report: Report) -> list[Report]:
        """Reports of the last days with the same title, unless the title alone is what they share."""
        if not self._title_is_telling(report):
            return []
        return [
            other
            for other in self._at(hash(("title", report.title_key)))
            if abs(report.seen_at - other.seen_at) <= self._title_window
            and not self._guards.is_namesake(report.told(), other.told())
        ]

    def _candidates(self, report: Report) -> list[Report]:
        """Reports within the window that share at least two rare word pairs (one, where there are few).

        Where many do, those that share most, the newest of equals: so a report costs no more in a larger window.
        """
        shared: dict[Report, int] = {}
        limit = self._rules["posting_limit"]
        for held in map(self._index.get, report.places[len(report.places) - report.anchored :]):
            if isinstance(held, list):
                for other in held[-limit:]:
                    shared[other] = shared.get(other, 0) + 1
            elif held is not None:
                shared[held] = shared.get(held, 0) + 1
        found = [
            other
            for other, count in shared.items()
            if (count >= 2 or min(report.anchored, other.anchored) < 8)
            and abs(report.seen_at - other.seen_at) <= self._text_window
        ]
        if len(found) <= self._rules["compared"]:
            return found
        return sorted(found, key=lambda other: (-shared[other], -other.order))[: self._rules["compared"]]

    def signals(self, one: Report, other: Report) -> dict[str, float]:
        """Measures of shared wording, by name. The first report is new, the second is kept."""
        jaccard, containment, shared = self._wording(one, other)
        return {
            "jaccard": jaccard,
            "containment": containment,
            "run": _longest_run(one, shared),
            "constant": 1.0,
        }

    def _likeness(self, one: Report, other: Report) -> float:
        """How sure it is that two texts are one report, 0 to 1: a logistic over the signals.

        Most are so unlike that not even the longest passage could make copies of them.
        """
        weights = self._rules["likeness"]
        jaccard, containment, shared = self._wording(one, other)
        total = weights["jaccard"] * jaccard + weights["containment"] * containment + weights["constant"]
        if not shared or total + weights["run"] < self._least_total:
            return 0.0
        return 1 / (1 + exp(-total - weights["run"] * _longest_run(one, shared)))

    def _wording(self, one: Report, other: Report) -> tuple[float, float, frozenset[int]]:
        """Shared pairs of stems: their part of all, their part of the shorter text, and the pairs themselves."""
        one.pairs = one.pairs or one.pairs_of_parts()
        other.numbers = other.numbers or array("q", other.pairs_of_parts())
        mine, yours = len(one.pairs), len(other.numbers)
        smaller = min(mine, yours)
        if smaller < self._rules["least_pairs"]:
            return 0.0, 0.0, NONE
        shared = one.pairs.intersection(other.numbers)
        return len(shared) / (mine + yours - len(shared)), len(shared) / smaller, shared


def _longest_run(report: Report, shared: frozenset[int]) -> float:
    """The longest passage of a report that another has too; twenty words and more count as 1."""
    return min(max(_run(part, shared) for part in report.parts()), 20) / 20


def _run(reading: Reading, others: frozenset[int]) -> int:
    """Words in the longest passage of a text whose every word pair also occurs in the other text."""
    longest = current = 0
    for number in reading.pair_numbers:
        current = current + 1 if number in others else 0
        longest = max(longest, current)
    return longest + 1 if longest else 0
