"""Weighs every way in which the parties of a report can share the roles of an act, and chooses who acts on whom.

Owns the arrangements and the choice between them. It describes no report and learns no weights.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from demarche.core.direction import Case

ROLES = ("initiator", "target", "both")  # "both" only in a joint act, where every side has it
FORMS = ("joint", "sided", "no_target", "no_initiator", "nobody", "more_initiators", "more_targets")
TELLING = ("joint", "no_target", "no_initiator", "nobody")  # forms that the features of the act speak for or against
PAIR, BIAS = "pair", "bias"
MOST = 4  # parties that are weighed: with one more there are three times as many arrangements, and no better answers
# A dyad is worth naming from about half of the F1 that is reached on (Lipton et al. 2014), a side from half.
WORTH, SIDE = 0.4, 0.5
SIDE_COUNTS = 0.5  # how much a side counts beside a dyad
Weights = Mapping[str, Mapping[str, float]]
Matrix = NDArray[np.float64]


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


@dataclass(frozen=True, slots=True)
class Plan:
    """All arrangements of so many parties as tables with a row for each, made once for parties of one kind.

    `own` has a column for each party and role, `form` for each of FORMS, `pair` and `dyad` for each ordered pair of
    parties, `side` for each party.
    """

    ways: tuple[Arrangement, ...]
    own: Matrix
    form: Matrix
    pair: Matrix
    dyad: Matrix
    side: Matrix


@lru_cache(maxsize=256)
def plan_of(groups: tuple[bool, ...]) -> Plan:
    """The tables of as many parties as `groups` has, which tells of each whether it is several actors."""
    ways, parties = arrangements(groups), len(groups)
    own = np.zeros((len(ways), parties, len(ROLES)))
    form = np.zeros((len(ways), len(FORMS)))
    pair, dyad = np.zeros((2, len(ways), parties, parties))
    for row, way in enumerate(ways):
        for role, places in enumerate((way.initiators, way.targets, way.joint)):
            own[row, list(places), role] = 1.0
        for name, count in way.forms:
            form[row, FORMS.index(name)] = count
        for place in way.dyads(groups):
            dyad[row][place] = 1.0
        for i, t in product(way.initiators, way.targets):
            pair[row, i, t] = 1.0 / (len(way.initiators) * len(way.targets))
    flat = (len(ways), -1)
    return Plan(ways, own.reshape(flat), form, pair.reshape(flat), dyad.reshape(flat), own.any(axis=2).astype(float))


class SideWeights:
    """Learned weights laid out by feature: one look at a feature tells what it counts for every role, or form."""

    def __init__(self, weights: Weights) -> None:
        """`weights` has those of each of ROLES, FORMS and PAIR by feature. Raises KeyError where one is absent."""
        self._roles = _by_feature([weights[role] for role in ROLES])
        self._telling = _by_feature([weights[form] for form in TELLING])
        self._pair = weights[PAIR]
        self._biases = {name: weights[name].get(BIAS, 0.0) for name in (*ROLES, *FORMS, PAIR)}

    def of_party(self, features: Mapping[str, float]) -> list[float]:
        """What speaks for a party in each of ROLES."""
        initiator = target = both = 0.0
        for name, value in features.items():
            known = self._roles.get(name)
            if known is not None:
                initiator += value * known[0]
                target += value * known[1]
                both += value * known[2]
        return [self._biases[role] + total for role, total in zip(ROLES, (initiator, target, both), strict=True)]

    def of_forms(self, features: Mapping[str, float]) -> list[float]:
        """What speaks for each of FORMS; of some nothing but their bias does."""
        joint = no_target = no_initiator = nobody = 0.0
        for name, value in features.items():
            known = self._telling.get(name)
            if known is not None:
                joint += value * known[0]
                no_target += value * known[1]
                no_initiator += value * known[2]
                nobody += value * known[3]
        told = dict(zip(TELLING, (joint, no_target, no_initiator, nobody), strict=True))
        return [self._biases[form] + told.get(form, 0.0) for form in FORMS]

    def of_pair(self, features: Mapping[str, float]) -> float:
        """What speaks for the first party of a pair acting on the second."""
        total = 0.0
        for name, value in features.items():
            weight = self._pair.get(name)
            if weight:
                total += value * weight
        return self._biases[PAIR] + total


def _by_feature(tables: Sequence[Mapping[str, float]]) -> dict[str, tuple[float, ...]]:
    """The weights of each feature, one of each table; 0 where a table does not know it."""
    names = {name for table in tables for name in table} - {BIAS}
    return {name: tuple(table.get(name, 0.0) for table in tables) for name in names}


def choose_sides(case: Case, weights: SideWeights) -> tuple[set[str], set[str], float]:
    """Initiators, targets, and the mean probability of their dyads (0 where a side is empty).

    Of all arrangements the one whose dyads and sides are expected to be right most often, each with its probability
    over all arrangements: the single most probable one would too often be "nobody".
    """
    if not case.parties:
        return set(), set(), 0.0
    sizes = tuple([len(party.codes) for party in case.parties])
    plan = plan_of(tuple([size > 1 for size in sizes]))
    chances = _chances(case, plan, weights)
    of_dyad, of_side = chances @ plan.dyad, chances @ plan.side
    worth = plan.dyad @ ((of_dyad - WORTH) * _dyad_counts(sizes)) + plan.side @ (SIDE_COUNTS * (of_side - SIDE))
    equals = (worth == worth.max()).nonzero()[0]
    best = int(equals[chances[equals].argmax()] if len(equals) > 1 else equals[0])  # the first of equals
    way = plan.ways[best]
    initiators = {code for place in (*way.initiators, *way.joint) for code in case.parties[place].codes}
    targets = {code for place in (*way.targets, *way.joint) for code in case.parties[place].codes}
    dyads = float(plan.dyad[best].sum())
    sure = float(plan.dyad[best] @ of_dyad) / dyads if dyads else 0.0
    return initiators, targets, min(sure, 1.0)


def sure_of_lead(case: Case, weights: SideWeights, initiators: AbstractSet[str]) -> float:
    """The mean probability that these initiators lead, alone or jointly: how sure a side is that stands alone."""
    plan = plan_of(tuple([len(party.codes) > 1 for party in case.parties]))
    roles = (_chances(case, plan, weights) @ plan.own).reshape(len(case.parties), len(ROLES))
    leads = [
        float(roles[place, 0] + roles[place, 2])
        for place, party in enumerate(case.parties)
        if not initiators.isdisjoint(party.codes)
    ]
    return min(sum(leads) / len(leads), 1.0) if leads else 0.0


@lru_cache(maxsize=256)
def _dyad_counts(sizes: tuple[int, ...]) -> Matrix:
    """How many dyads stand for each ordered pair of parties of these sizes: those between two, or among one's own."""
    counts: Matrix = (np.outer(sizes, sizes) - np.diag(sizes)).astype(np.float64).ravel()
    return counts


def _chances(case: Case, plan: Plan, weights: SideWeights) -> Matrix:
    """The probability of each arrangement: a softmax over the sums of its weights."""
    parties = len(case.parties)
    own = [score for party in case.parties for score in weights.of_party(party.features)]
    between = [0.0] * parties**2
    for (i, t), features in case.pairs.items():
        between[i * parties + t] = weights.of_pair(features)
    scores = (
        plan.form @ np.array(weights.of_forms(case.form)) + plan.own @ np.array(own) + plan.pair @ np.array(between)
    )
    powers: Matrix = np.exp(scores - scores.max())
    chances: Matrix = powers / powers.sum()
    return chances
