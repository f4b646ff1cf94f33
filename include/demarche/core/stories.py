"""Puts articles that tell of the same development into one story, online and in arrival order.

Owns the window of recent accepted articles and the measure of likeness. It knows nothing of copies.
"""

from bisect import insort
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp
from operator import neg
from typing import Any

from demarche.core.tellings import Rarity, Telling, compare, is_one_language
from demarche.core.wording import Background


@dataclass(frozen=True, slots=True)
class Joining:
    """The story that an article belongs to, and why."""

    story_id: str
    reason: str
    article_id: str = ""  # the member that it is most like


def _by_arrival(telling: Telling) -> int:
    return telling.order


def _speaker(of_article: list[Telling]) -> Telling:
    """Which sighting of an article others are compared with: the first that draws, if there is one."""
    return next((telling for telling in of_article if telling.draws), of_article[0])


class StoryFinder:
    """The accepted articles of the last weeks, ready to be asked which story a new one tells."""

    def __init__(self, rules: Mapping[str, Any], background: Background) -> None:
        self._rules = rules
        self._background = background
        self._window = timedelta(days=rules["days"])
        self._kept: deque[Telling] = deque()
        self._by_key: defaultdict[str, list[Telling]] = defaultdict(list)
        self._by_story: defaultdict[str, list[Telling]] = defaultdict(list)
        self._by_article: dict[str, list[Telling]] = {}  # few: most articles are seen once or twice
        self._count = 0

    def __len__(self) -> int:
        """How many accepted sightings are kept."""
        return len(self._kept)

    def find(self, telling: Telling) -> Joining | None:
        """The story of the last days that an article is most like, if it is like enough to any."""
        rarity = self.rarity()
        best: tuple[float, int, str, str] | None = None
        for story_id, members in self.likely(telling, rarity):
            score, nearest = self._likeness(telling, members, rarity)
            ranked = (score, -members[0].order, story_id, nearest)
            if score >= self._rules["threshold"] and (best is None or ranked > best):
                best = ranked
        if best is None:
            return None
        score, _, story_id, nearest = best
        reason = f"joins story {story_id} ({score:.2f}: {self._shared(telling, story_id, rarity)})"
        return Joining(story_id, reason, nearest)

    def rarity(self) -> Rarity:
        """How rare everything is among the articles of the window at this moment."""
        return Rarity(self._rules, self._background, self._by_key, len(self._by_article))

    def likely(self, telling: Telling, rarity: Rarity) -> Iterator[tuple[str, list[Telling]]]:
        """The stories that an article may tell, each with the members that it is compared with."""
        for story_id in self._candidates(telling, rarity):
            yield story_id, self._by_story[story_id][-self._rules["members"] :]

    def add(self, telling: Telling, article_id: str, story_id: str) -> None:
        """Keeps a sighting of an article as part of a story; the first one kept that draws speaks for the article."""
        telling.article_id, telling.story_id, telling.order = article_id, story_id, self._count
        self._count += 1
        self._kept.append(telling)
        if of_article := self._by_article.get(article_id):
            before = _speaker(of_article)
            of_article.append(telling)
            if telling.draws and not before.draws:
                self._deactivate(before)
                self._activate(telling)
        else:
            self._by_article[article_id] = [telling]
            self._activate(telling)

    def story_of(self, article_id: str) -> str:
        """The story of an article that was seen within the window, else the empty text."""
        known = self._by_article.get(article_id)
        return known[0].story_id if known else ""

    def forget(self, before: datetime) -> None:
        """Drops the sightings that arrived before a moment; the next of the same article speaks for it then."""
        while self._kept and self._kept[0].seen_at < before:
            telling = self._kept.popleft()
            of_article = self._by_article[telling.article_id]
            spoke = _speaker(of_article)
            of_article.remove(telling)
            if spoke is telling:
                self._deactivate(telling)
                if of_article:
                    self._reactivate(_speaker(of_article))
            if not of_article:
                del self._by_article[telling.article_id]

    def _activate(self, telling: Telling) -> None:
        """Lets others find the newest telling."""
        for held in map(self._by_key.__getitem__, telling.places()):
            held.append(telling)
        if telling.draws:
            self._by_story[telling.story_id].append(telling)

    def _reactivate(self, telling: Telling) -> None:
        """Lets others find an older telling; lists stay in arrival order."""
        for key in telling.places():
            insort(self._by_key[key], telling, key=_by_arrival)
        if telling.draws:
            insort(self._by_story[telling.story_id], telling, key=_by_arrival)

    def _deactivate(self, telling: Telling) -> None:
        places = [(self._by_key, key) for key in telling.places()]
        if telling.draws:
            places.append((self._by_story, telling.story_id))
        for index, key in places:
            index[key].remove(telling)
            if not index[key]:
                del index[key]

    def _candidates(self, telling: Telling, rarity: Rarity) -> list[str]:
        """The stories that share the most weight with an article, best first, found by its weightiest keys."""
        ranked = sorted(filter(self._by_key.__contains__, telling.places()), key=lambda key: (-rarity[key], key))
        are_all_recent = not self._kept or telling.seen_at - self._kept[0].seen_at <= self._window
        reached: dict[Telling, float] = {}
        for key in ranked[: self._rules["probes"]]:
            weight = rarity[key]
            for other in self._by_key[key][-self._rules["posting_limit"] :]:
                if other.draws and (are_all_recent or telling.seen_at - other.seen_at <= self._window):
                    reached[other] = reached.get(other, 0.0) + weight
        best_first = sorted(zip(map(neg, reached.values()), map(_by_arrival, reached), reached, strict=True))
        return list(dict.fromkeys(other.story_id for *_, other in best_first[: self._rules["candidates"]]))

    def _likeness(self, telling: Telling, members: list[Telling], rarity: Rarity) -> tuple[float, str]:
        """Between the likeness to the nearest member of a story and the mean over its members, 0 to 1; that member."""
        scores = [self._pair(telling, member, rarity) for member in members]
        nearest = self._rules["nearest"]
        score = float(nearest * max(scores) + (1 - nearest) * sum(scores) / len(scores))
        return score, members[scores.index(max(scores))].article_id

    def _pair(self, one: Telling, other: Telling, rarity: Rarity) -> float:
        """How sure it is that two articles tell one development: a logistic, another one across languages."""
        if abs(one.seen_at - other.seen_at) > self._window:
            return 0.0
        weights = self._rules["same_language" if is_one_language(one, other) else "other_language"]
        signals = compare(one, other, rarity)
        total = sum([weight * signals[name] for name, weight in weights.items()])
        return 1 / (1 + exp(-total))

    def _shared(self, telling: Telling, story_id: str, rarity: Rarity) -> str:
        """What speaks most for a joining, readable: 'FR+GB braver channe deal'."""
        members = self._by_story[story_id]
        actors = telling.actors & frozenset(code for member in members for code in member.actors)
        common = telling.words.stems & frozenset(stem for member in members for stem in member.words.stems)
        ranked = sorted(common, key=lambda stem: (-rarity[stem], stem))
        return " ".join((["+".join(sorted(actors)[:4])] if actors else []) + ranked[:4])
