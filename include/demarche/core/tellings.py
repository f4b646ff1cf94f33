"""What of an accepted article stories are compared by, and in what two of them agree.

Knows how rare a word, sound or actor is. What agreement suffices for one story is decided elsewhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain, combinations
from math import fsum, log, log1p, sqrt
from typing import Any, NamedTuple

from demarche.core.wording import Background, numbers, sounds, stems

SOUND = "~"  # marks a sound
MOST_DAYS = 5  # apart; more say no more


class Words(NamedTuple):
    """What a text is compared by."""

    title_stems: frozenset[str]
    stems: frozenset[str]  # of title and lead
    sounds: frozenset[str]  # each marked as one, so that it is no stem
    numbers: frozenset[str]  # in figures

    def keys(self) -> Iterable[str]:
        """Those that a telling is found by."""
        return chain(self.stems, self.sounds)


class KeptWords:
    """The same, as they are kept: parted by spaces. Of thousands few are ever compared; only these are taken apart.

    `lead_stems` has none of the title's.
    """

    def __init__(self, *, title_stems: str, lead_stems: str, sounds: str, numbers: str) -> None:
        self._title_stems, self._lead_stems, self._sounds, self._numbers = title_stems, lead_stems, sounds, numbers

    def keys(self) -> Iterable[str]:
        """Those that a telling is found by."""
        return f"{self._title_stems} {self._lead_stems} {self._sounds}".split()

    @cached_property
    def title_stems(self) -> frozenset[str]:
        """Stems of the title."""
        return frozenset(self._title_stems.split())

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of title and lead."""
        return self.title_stems.union(self._lead_stems.split())

    @cached_property
    def sounds(self) -> frozenset[str]:
        """Sounds, each marked as one."""
        return frozenset(self._sounds.split())

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Numbers in figures."""
        return frozenset(self._numbers.split())


@dataclass(eq=False, slots=True)
class Telling:
    """One accepted article as stories are told apart. `draws` is False for opinion and live blogs: none joins them.

    A window holds all of two weeks, so it has no text: stems are compared within a language; sounds, figures and those
    who act across languages; actors and concepts in both.
    """

    id: str
    seen_at: datetime
    words: Words | KeptWords
    lang: str = ""
    actors: frozenset[str] = frozenset()
    initiators: frozenset[str] = frozenset()
    concepts: frozenset[str] = frozenset()  # of the lexicon, and instruments: the same in every language
    draws: bool = True
    article_id: str = ""
    story_id: str = ""
    order: int = 0

    def places(self) -> Iterator[str]:
        """What it is found by."""
        single = ["@" + code for code in self.actors]
        pairs = [f"@{one}+{other}" for one, other in combinations(sorted(self.actors), 2)]
        return chain(self.words.keys(), single, pairs)


def words_of(title: str, lead: str) -> Words:
    """What a title and the beginning of a summary are compared by."""
    title_stems = frozenset(stems(title))
    heard = sounds(title) | sounds(lead)
    return Words(
        title_stems=title_stems,
        stems=title_stems | frozenset(stems(lead)),
        sounds=frozenset([SOUND + sound for sound in heard]),
        numbers=numbers(title) | numbers(lead),
    )


def is_one_language(one: Telling, other: Telling) -> bool:
    """True unless both languages are known and differ."""
    return one.lang == other.lang or not one.lang or not other.lang


def compare(one: Telling, other: Telling, rarity: "Rarity") -> dict[str, float]:
    """What speaks for one development, by name: other signals within a language than across.

    `constant` is 1, so that a weight of its name is the log-odds of two articles that agree in nothing.
    """
    shared_actors = one.actors & other.actors
    days = abs((one.seen_at - other.seen_at).total_seconds()) / 86_400
    signals = {
        "rare_actors": log1p(fsum([rarity.local("@" + code) for code in shared_actors])),
        "all": rarity.cosine(one.words.stems, other.words.stems),  # across languages of names and loan words
        "actors": _jaccard(one.actors, other.actors),
        "concepts": _jaccard(one.concepts, other.concepts),
        "days": min(days, MOST_DAYS) / MOST_DAYS,
        "constant": 1.0,
    }
    if is_one_language(one, other):
        signals["strangers"] = float(bool(one.actors and other.actors and not shared_actors))
        signals["title"] = rarity.cosine(one.words.title_stems, other.words.title_stems)
        signals["telling_words"] = log1p(rarity.count_telling(one.words.stems & other.words.stems))
    else:
        signals["initiators"] = _jaccard(one.initiators, other.initiators)
        signals["sounds"] = log1p(len(one.words.sounds & other.words.sounds))
        signals["numbers"] = log1p(len(one.words.numbers & other.words.numbers))
    return signals


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared part of all that either has; 0 where neither has any."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


class Rarity:
    """What each key counts at this moment: rare in news at large, and rare among the articles of the window."""

    def __init__(
        self, rules: Mapping[str, Any], background: Background, index: Mapping[str, list[Telling]], total: int
    ) -> None:
        self._telling = rules["telling"]
        self._weights = _Weights(rules, background, index, total)
        self._squares = _Squares(self._weights)
        self._sums: dict[frozenset[str], float] = {}

    def __getitem__(self, key: str) -> float:
        return self._weights[key]

    def local(self, key: str) -> float:
        """How rare a key is among the articles of the window: 1 for one that none has, 0 for one that all have."""
        return self._weights.local(key)

    def cosine(self, one: frozenset[str], other: frozenset[str]) -> float:
        """Cosine of two sets of stems, each stem with its weight."""
        shared = one & other
        norms = self._square(one) * self._square(other) if shared else 0.0
        return fsum(map(self._squares.__getitem__, shared)) / sqrt(norms) if norms else 0.0

    def count_telling(self, stems: frozenset[str]) -> int:
        """How many of these stems tell much."""
        weights, telling = self._weights, self._telling
        return sum(weights[stem] > telling for stem in stems)

    def _square(self, stems: frozenset[str]) -> float:
        known = self._sums.get(stems)
        if known is None:
            known = self._sums[stems] = fsum(map(self._squares.__getitem__, stems))
        return known


class _Weights(dict[str, float]):
    """Weight by key, reckoned when it is first asked for."""

    def __init__(
        self, rules: Mapping[str, Any], background: Background, index: Mapping[str, list[Telling]], total: int
    ) -> None:
        super().__init__()
        self._neutral, self._least, self._most = rules["neutral_rarity"], rules["least_rarity"], rules["most_rarity"]
        self._share, self._floor = rules["local_share"], rules["local_floor"]
        self._background = background
        self._index = index
        self._soft = total + rules["local_soft"]
        self._scale = log(self._soft / self._floor)
        self._local: dict[int, float] = {}

    def __missing__(self, key: str) -> float:
        rarity = self._neutral if key[0] in "~@" else self._background.rarity(key)
        weight = 0.0
        if rarity >= self._least:
            weight = min(rarity, self._most) * (1 - self._share + self._share * self.local(key))
        self[key] = weight
        return weight

    def local(self, key: str) -> float:
        """How rare a key is among the articles of the window."""
        carriers = len(self._index.get(key, ()))
        known = self._local.get(carriers)
        if known is None:
            known = max(0.0, log(self._soft / (carriers + self._floor)) / self._scale)
            self._local[carriers] = known
        return known


class _Squares(dict[str, float]):
    """The squares of weights. Weights do not know of them: what refers to itself would stay until garbage is sought."""

    def __init__(self, weights: _Weights) -> None:
        super().__init__()
        self._weights = weights

    def __missing__(self, key: str) -> float:
        known = self[key] = self._weights[key] ** 2
        return known
