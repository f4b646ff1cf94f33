"""Puts articles that tell of the same development into one story, online and in arrival order.

Owns the window of recent accepted articles and the measure of likeness. It knows nothing of copies.
"""

from bisect import insort
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, combinations
from math import exp, fsum, log, log1p, sqrt
from typing import Any

from demarche.core.wording import Background, sounds, stems

SOUND = "~"  # marks a sound


@dataclass(eq=False, slots=True)
class Telling:
    """One accepted article as this module compares it. `draws` is False for opinion and live blogs: none joins them.

    A window holds all of two weeks, so it has no text: stems are compared within a language; sounds, actors and
    concepts across languages.
    """

    id: str
    seen_at: datetime
    title_stems: frozenset[str]
    stems: frozenset[str]  # of title and lead
    sounds: frozenset[str]  # each marked as one, so that it is no stem
    lang: str = ""
    actors: frozenset[str] = frozenset()
    concepts: frozenset[str] = frozenset()  # of the lexicon, and instruments: the same in every language
    vector: tuple[float, ...] = ()
    draws: bool = True
    article_id: str = ""
    story_id: str = ""
    order: int = 0

    def places(self) -> Iterator[str]:
        """What it is found by."""
        single = ["@" + code for code in self.actors]
        pairs = [f"@{one}+{other}" for one, other in combinations(sorted(self.actors), 2)]
        return chain(self.stems, self.sounds, single, pairs)


def telling_words(title: str, lead: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Stems of a title, stems of title and lead, and marked sounds of both."""
    title_stems = frozenset(stems(title))
    heard = sounds(title) | sounds(lead)
    return title_stems, title_stems | frozenset(stems(lead)), frozenset([SOUND + sound for sound in heard])


@dataclass(frozen=True, slots=True)
class Joining:
    """The story that an article belongs to, and why."""

    story_id: str
    reason: str
    article_id: str = ""  # the member that it is most like


def _by_arrival(telling: Telling) -> int:
    return telling.order


class StoryFinder:
    """The accepted articles of the last weeks, ready to be asked which story a new one tells."""

    def __init__(self, rules: Mapping[str, Any], background: Background) -> None:
        self._rules = rules
        self._background = background
        self._window = timedelta(days=rules["days"])
        self._kept: deque[Telling] = deque()
        self._by_key: defaultdict[str, list[Telling]] = defaultdict(list)
        self._by_story: defaultdict[str, list[Telling]] = defaultdict(list)
        self._by_article: dict[str, deque[Telling]] = {}
        self._count = 0

    def __len__(self) -> int:
        """How many accepted sightings are kept."""
        return len(self._kept)

    def find(self, telling: Telling) -> Joining | None:
        """The story of the last days that an article is most like, if it is like enough to any."""
        weights = _Weights(self._rules, self._background, self._by_key, len(self._by_article))
        best: tuple[float, int, str, str] | None = None
        for story_id in self._candidates(telling, weights):
            members = self._by_story[story_id][-self._rules["members"] :]
            score, nearest = self._likeness(telling, members, weights)
            ranked = (score, -members[0].order, story_id, nearest)
            if score >= self._rules["threshold"] and (best is None or ranked > best):
                best = ranked
        if best is None:
            return None
        score, _, story_id, nearest = best
        reason = f"joins story {story_id} ({score:.2f}: {self._shared(telling, story_id, weights)})"
        return Joining(story_id, reason, nearest)

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
            of_article = self._by_article[telling.article_id]
            if of_article.popleft() is telling:
                self._deactivate(telling)
            if of_article:
                self._reactivate(of_article[0])
            else:
                del self._by_article[telling.article_id]

    def _activate(self, telling: Telling) -> None:
        """Lets others find the newest telling."""
        by_key = self._by_key
        for key in telling.places():
            by_key[key].append(telling)
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

    def _candidates(self, telling: Telling, weights: "_Weights") -> list[str]:
        """The stories that share the most weight with an article, best first, found by its weightiest keys."""
        ranked = sorted(filter(self._by_key.__contains__, telling.places()), key=lambda key: (-weights[key], key))
        are_all_recent = not self._kept or telling.seen_at - self._kept[0].seen_at <= self._window
        reached: dict[int, float] = {}
        story_of: dict[int, str] = {}
        for key in ranked[: self._rules["probes"]]:
            weight = weights[key]
            for other in self._by_key[key][-self._rules["posting_limit"] :]:
                if other.draws and (are_all_recent or telling.seen_at - other.seen_at <= self._window):
                    order = other.order
                    reached[order] = reached.get(order, 0.0) + weight
                    story_of[order] = other.story_id
        best_first = sorted(reached, key=lambda order: (-reached[order], order))
        return list(dict.fromkeys(story_of[order] for order in best_first[: self._rules["candidates"]]))

    def _likeness(self, telling: Telling, members: list[Telling], weights: "_Weights") -> tuple[float, str]:
        """Between the likeness to the nearest member of a story and the mean over its members, 0 to 1; that member."""
        scores = [self._pair(telling, member, weights) for member in members]
        nearest = self._rules["nearest"]
        score = float(nearest * max(scores) + (1 - nearest) * sum(scores) / len(scores))
        return score, members[scores.index(max(scores))].article_id

    def _pair(self, one: Telling, other: Telling, weights: "_Weights") -> float:
        """How sure it is that two articles tell one development: a logistic, another one across languages."""
        days = abs((one.seen_at - other.seen_at).total_seconds()) / 86_400
        if days > self._rules["days"]:
            return 0.0
        actors = len(one.actors & other.actors) / max(1, len(one.actors | other.actors))
        if one.lang == other.lang or not one.lang or not other.lang:
            by = self._rules["same_language"]
            shared = one.stems & other.stems
            total = by["title"] * weights.cosine(one.title_stems, other.title_stems)
            total += by["all"] * weights.cosine(one.stems, other.stems)
            total += by["telling_words"] * log1p(sum(weights[stem] > self._rules["telling"] for stem in shared))
        else:
            by = self._rules["other_language"]
            total = by["sounds"] * log1p(len(one.sounds & other.sounds))
            total += by["all"] * weights.cosine(one.stems, other.stems)  # names and loan words keep their first letters
        total += by["rare_actors"] * log1p(fsum(weights.local("@" + code) for code in one.actors & other.actors))
        total += by["actors"] * actors - by["strangers"] * bool(one.actors and other.actors and not actors)
        total += by["concepts"] * len(one.concepts & other.concepts) / max(1, len(one.concepts | other.concepts))
        total += by["vectors"] * _cosine(one.vector, other.vector) - by["days"] * min(days, 5) / 5 + by["constant"]
        return 1 / (1 + exp(-total))

    def _shared(self, telling: Telling, story_id: str, weights: "_Weights") -> str:
        """What speaks most for a joining, readable: 'FR+GB braver channe deal'."""
        members = self._by_story[story_id]
        actors = telling.actors & frozenset(code for member in members for code in member.actors)
        common = telling.stems & frozenset(stem for member in members for stem in member.stems)
        ranked = sorted(common, key=lambda stem: (-weights[stem], stem))
        return " ".join((["+".join(sorted(actors)[:4])] if actors else []) + ranked[:4])


class _Weights(dict[str, float]):
    """What each key counts at this moment: rare in news at large, and rare among the articles of the window."""

    def __init__(
        self, rules: Mapping[str, Any], background: Background, index: Mapping[str, list[Telling]], total: int
    ) -> None:
        super().__init__()
        self._rules = rules
        self._background = background
        self._index = index
        self._soft = total + rules["local_soft"]
        self._scale = log(self._soft / rules["local_floor"])
        self._local: dict[int, float] = {}
        self._squares = _Squares(self)
        self._sums: dict[frozenset[str], float] = {}

    def __missing__(self, key: str) -> float:
        rules = self._rules
        rarity = rules["neutral_rarity"] if key[0] in "~@" else self._background.rarity(key)
        weight = 0.0
        if rarity >= rules["least_rarity"]:
            share = rules["local_share"]
            weight = min(rarity, rules["most_rarity"]) * (1 - share + share * self.local(key))
        self[key] = weight
        return weight

    def local(self, key: str) -> float:
        """How rare a key is among the articles of the window: 1 for one that none has, 0 for one that all have."""
        carriers = len(self._index.get(key, ()))
        known = self._local.get(carriers)
        if known is None:
            known = max(0.0, log(self._soft / (carriers + self._rules["local_floor"])) / self._scale)
            self._local[carriers] = known
        return known

    def cosine(self, one: frozenset[str], other: frozenset[str]) -> float:
        """Cosine of two sets of stems, each stem with its weight."""
        shared = one & other
        norms = self._square(one) * self._square(other) if shared else 0.0
        return fsum(map(self._squares.__getitem__, shared)) / sqrt(norms) if norms else 0.0

    def _square(self, stems: frozenset[str]) -> float:
        known = self._sums.get(stems)
        if known is None:
            known = self._sums[stems] = fsum(map(self._squares.__getitem__, stems))
        return known


class _Squares(dict[str, float]):
    """The squares of weights."""

    def __init__(self, weights: _Weights) -> None:
        super().__init__()
        self._weights = weights

    def __missing__(self, key: str) -> float:
        known = self[key] = self._weights[key] ** 2
        return known


def _cosine(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Cosine of two embeddings; 0 where one is missing."""
    if not one or len(one) != len(other):
        return 0.0
    norms = sum(x * x for x in one) * sum(x * x for x in other)
    return sum(x * y for x, y in zip(one, other, strict=True)) / sqrt(norms) if norms else 0.0
