"""Weighs every way in which the parties of a report can share the roles of an act, and chooses who acts on whom.

Owns the arrangements and the choice between them. It describes no report and learns no weights.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from demarche.core.direction import Case

ROLES = ("initiator", "target", "both")  # "both" only in a joint act, where every side has it
FORMS = ("joint", "sided", "no_target", "no_initiator", "nobody", "more_initiators", "more_targets")
TELLING = ("joint", "no_target", "no_initiator", "nobody")  # forms that the features of the act speak for or against
PAIR = "pair"
MOST = 4  # parties that are weighed: with one more there are three times as many arrangements, and no better answers
# A dyad is worth naming from about half of the F1 that is reached on (Lipton et al. 2014), a side from half.
WORTH, SIDE = 0.4, 0.5
SIDE_COUNTS = 0.5  # how much a side counts beside a dyad
Weights = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One way to share the roles: the places of the parties, and which forms it has, each with its count."""

    initiators: tuple[int, ...]
    targets: tuple[int, ...]
    joint: tuple[int, ...]
    forms: tuple[tuple[str, float], ...]

    def dyads(self, groups: Sequence[bool]) -> tuple[tuple[int, int], ...]:
        """The places of the parties of each dyad; a group that acts jointly has dyads among its members."""
        sided = [(i, t) for i in self.initiators for t in self.targets]
        return (*sided, *((i, t) for i in self.joint for t in self.joint if i != t or groups[i]))


@lru_cache(maxsize=256)
def arrangements(groups: tuple[bool, ...]) -> tuple[Arrangement, ...]:
    """All arrangements of as many parties as `groups` has, which tells of each whether it is several actors."""
    places = range(len(groups))
    found = [
        Arrangement(initiators, targets, (), _forms(initiators, targets))
        for roles in product("-it", repeat=len(groups))
        for initiators in [tuple(p for p in places if roles[p] == "i")]
        for targets in [tuple(p for p in places if roles[p] == "t")]
    ]
    for chosen in product((False, True), repeat=len(groups)):
        joint = tuple(p for p in places if chosen[p])
        if len(joint) > 1 or (joint and groups[joint[0]]):
            found.append(Arrangement((), (), joint, (("joint", 1.0),)))
    return tuple(found)


def _forms(initiators: Sequence[int], targets: Sequence[int]) -> tuple[tuple[str, float], ...]:
    form = "sided" if initiators and targets else "no_target" if initiators else "no_initiator" if targets else "nobody"
    more = (("more_initiators", len(initiators) - 1.0), ("more_targets", len(targets) - 1.0))
    return ((form, 1.0), *((name, count) for name, count in more if count > 0))


def choose_sides(case: Case, weights: Weights) -> tuple[set[str], set[str], float]:
    """Initiators, targets, and the mean probability of their dyads (0 where a side is empty).

    Of all arrangements the one whose dyads and sides are expected to be right most often, each with its probability
    over all arrangements: the single most probable one would too often be "nobody".
    """
    if not case.parties:
        return set(), set(), 0.0
    sizes = [len(party.codes) for party in case.parties]
    groups = tuple(size > 1 for size in sizes)
    ways = arrangements(groups)
    chances = _chances(case, ways, weights)
    dyads = [way.dyads(groups) for way in ways]
    named = [(*way.initiators, *way.targets, *way.joint) for way in ways]
    of_dyad: dict[tuple[int, int], float] = {}
    of_side = [0.0] * len(sizes)
    for chance, own_dyads, sides in zip(chances, dyads, named, strict=True):
        for dyad in own_dyads:
            of_dyad[dyad] = of_dyad.get(dyad, 0.0) + chance
        for side in sides:
            of_side[side] += chance
    worth = {(i, t): (p - WORTH) * sizes[i] * (sizes[t] - (i == t)) for (i, t), p in of_dyad.items()}
    side_worth = [SIDE_COUNTS * (p - SIDE) for p in of_side]
    best = max(
        range(len(ways)),
        key=lambda n: (sum(worth[d] for d in dyads[n]) + sum(side_worth[s] for s in named[n]), chances[n]),
    )
    way = ways[best]
    initiators = {code for place in (*way.initiators, *way.joint) for code in case.parties[place].codes}
    targets = {code for place in (*way.targets, *way.joint) for code in case.parties[place].codes}
    sure = sum(of_dyad[d] for d in dyads[best]) / len(dyads[best]) if dyads[best] else 0.0
    return initiators, targets, min(sure, 1.0)


def _chances(case: Case, ways: Sequence[Arrangement], weights: Weights) -> list[float]:
    """The probability of each arrangement: a softmax over the sums of its weights."""
    own = [[_score(party.features, weights[role]) for role in ROLES] for party in case.parties]
    pairs = {places: _score(features, weights[PAIR]) for places, features in case.pairs.items()}
    forms = {name: _score(case.form if name in TELLING else {}, weights[name]) for name in FORMS}
    scores = []
    for way in ways:
        score = sum(forms[name] * count for name, count in way.forms)
        score += sum(own[p][0] for p in way.initiators) + sum(own[p][1] for p in way.targets)
        score += sum(own[p][2] for p in way.joint)
        if way.initiators and way.targets:
            between = sum(pairs[i, t] for i in way.initiators for t in way.targets)
            score += between / (len(way.initiators) * len(way.targets))
        scores.append(score)
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    whole = sum(powers)
    return [power / whole for power in powers]


def _score(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return weights.get("bias", 0.0) + sum(value * weights.get(name, 0.0) for name, value in features.items())
