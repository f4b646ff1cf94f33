"""Puts articles that tell of the same development into one story, online and in arrival order.

Owns the window of recent accepted articles and the measure of likeness. It knows nothing of copies.
"""

from bisect import insort
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp, log, sqrt
from typing import Any

from demarche.core.wording import Background, Reading


@dataclass(eq=False, slots=True)
class Telling:
    """One accepted article as this module compares it. `draws` is False for opinion and live blogs: none joins them."""

    id: str
    seen_at: datetime
    title: Reading
    summary: Reading
    lang: str = ""
    actors: frozenset[str] = frozenset()
    instruments: frozenset[str] = frozenset()
    vector: tuple[float, ...] = ()
    draws: bool = True
    article_id: str = ""
    story_id: str = ""
    order: int = 0
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Joining:
    """The story that an article belongs to, and why."""

    story_id: str
    reason: str


def _by_arrival(telling: Telling) -> int:
    return telling.order


class StoryFinder:
    """The accepted articles of the last weeks, ready to be asked which story a new one tells."""

    def __init__(self, rules: Mapping[str, Any], background: Background) -> None:
        self._rules = rules
        self._background = background
        self._window = timedelta(days=rules["days"])
        self._kept: deque[Telling] = deque()
        self._by_feature: dict[str, list[Telling]] = {}
        self._by_story: dict[str, list[Telling]] = {}
        self._by_article: dict[str, deque[Telling]] = {}
        self._count = 0

    def find(self, telling: Telling) -> Joining | None:
        """The story of the last days that an article is most like, if it is like enough to any."""
        self._prepare(telling)
        weights = self._weigh(telling)
        best: tuple[float, int, str] | None = None
        for story_id in self._candidates(telling, weights):
            members = self._by_story[story_id][-self._rules["members"] :]
            score = self._likeness(telling, weights, members)
            ranked = (score, -members[0].order, story_id)
            if score >= self._rules["threshold"] and (best is None or ranked > best):
                best = ranked
        if best is None:
            return None
        return Joining(best[2], f"joins story {best[2]} ({best[0]:.2f}: {self._shared(weights, best[2])})")

    def add(self, telling: Telling, article_id: str, story_id: str) -> None:
        """Keeps a sighting of an article as part of a story; the first one kept speaks for the article."""
        telling.article_id, telling.story_id, telling.order = article_id, story_id, self._count
        self._count += 1
        self._kept.append(telling)
        of_article = self._by_article.setdefault(article_id, deque())
        of_article.append(telling)
        if len(of_article) == 1:
            self._activate(telling)

    def story_of(self, article_id: str) -> str:
        """The story of an article that was seen within the window, else the empty text."""
        known = self._by_article.get(article_id)
        return known[0].story_id if known else ""

    def forget(self, before: datetime) -> None:
        """Drops the sightings that arrived before a moment; the next of the same article speaks for it then."""
        while self._kept and self._kept[0].seen_at < before:
            telling = self._kept.popleft()
            for index, key in self._keys(telling):
                index[key].remove(telling)
                if not index[key]:
                    del index[key]
            of_article = self._by_article[telling.article_id]
            of_article.popleft()
            if of_article:
                self._activate(of_article[0])
            else:
                del self._by_article[telling.article_id]

    def _activate(self, telling: Telling) -> None:
        """Lets others find a telling; lists stay in arrival order whenever that happens."""
        self._prepare(telling)
        for index, key in self._keys(telling):
            insort(index.setdefault(key, []), telling, key=_by_arrival)

    def _keys(self, telling: Telling) -> Iterator[tuple[dict[str, list[Telling]], str]]:
        for feature in telling.features:
            yield self._by_feature, feature
        if telling.draws:
            yield self._by_story, telling.story_id

    def _prepare(self, telling: Telling) -> None:
        """What an article is compared by, with its weight before rarity: words, names, numbers, actors, instruments."""
        if telling.features:
            return
        rules = self._rules["weights"]
        found: Counter[str] = Counter()
        for reading, weight in ((telling.summary, rules["summary"]), (telling.title, rules["title"])):
            for stemmed in reading.stems:
                rarity = self._background.rarity(stemmed)
                if rarity >= self._rules["least_rarity"]:
                    found[stemmed] = max(found[stemmed], weight * min(rarity, self._rules["most_rarity"]))
            for number in reading.numbers:
                if len(number) > 1:
                    found["#" + number] = weight * rules["number"]
        found.update({"@" + code: rules["actor"] for code in telling.actors})
        found.update({"!" + code: rules["instrument"] for code in telling.instruments})
        telling.features = dict(found)

    def _weigh(self, telling: Telling) -> dict[str, float]:
        """Features that few articles of the window share count most; what all share now says little about any."""
        total = len(self._by_article)
        share, soft, floor = self._rules["local_share"], self._rules["local_soft"], self._rules["local_floor"]
        scale = log((total + soft) / floor)
        weighed = {}
        for feature, weight in telling.features.items():
            local = log((total + soft) / (len(self._by_feature.get(feature, ())) + floor)) / scale
            weighed[feature] = weight * (1 - share + share * max(local, 0.0))
        return weighed

    def _candidates(self, telling: Telling, weights: Mapping[str, float]) -> list[str]:
        """The stories that share the most weight with an article, best first, found by its weightiest features."""
        ranked = sorted(weights, key=lambda feature: (-weights[feature], feature))
        reached: dict[int, float] = {}
        story_of: dict[int, str] = {}
        for feature in ranked[: self._rules["probes"]]:
            for other in self._by_feature.get(feature, ())[-self._rules["posting_limit"] :]:
                if other.draws and abs(telling.seen_at - other.seen_at) <= self._window:
                    reached[other.order] = reached.get(other.order, 0.0) + weights[feature] ** 2
                    story_of[other.order] = other.story_id
        best_first = sorted(reached, key=lambda order: (-reached[order], order))[: self._rules["candidates"]]
        return list(dict.fromkeys(story_of[order] for order in best_first))

    def _likeness(self, telling: Telling, weights: Mapping[str, float], members: list[Telling]) -> float:
        """Between the likeness to the nearest member of a story and the mean over its members, faded by time."""
        scores = [
            self._cosine(weights, self._weigh(member)) * self._fading(telling.seen_at, member.seen_at)
            for member in members
            if abs(telling.seen_at - member.seen_at) <= self._window
        ]
        if not scores:
            return 0.0
        nearest = self._rules["nearest"]
        return float(nearest * max(scores) + (1 - nearest) * sum(scores) / len(scores))

    def _fading(self, one: datetime, other: datetime) -> float:
        return exp(-self._rules["fading_per_day"] * abs((one - other).total_seconds()) / 86_400)

    @staticmethod
    def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
        product = sum(weight * other[feature] for feature, weight in one.items() if feature in other)
        norms = sum(w * w for w in one.values()) * sum(w * w for w in other.values())
        return product / sqrt(norms) if norms else 0.0

    def _shared(self, weights: Mapping[str, float], story_id: str) -> str:
        """The features that speak most for a joining, readable: 'FR GB channel'."""
        carried = {feature for member in self._by_story[story_id] for feature in member.features}
        ranked = sorted(carried & set(weights), key=lambda feature: (-weights[feature], feature))
        actors = sorted(feature[1:] for feature in ranked if feature.startswith("@"))
        others = [feature.lstrip("#!") for feature in ranked if not feature.startswith("@")]
        return " ".join(actors[:4] + others[:4])
