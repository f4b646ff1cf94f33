"""Tests of the choice between the ways in which the parties of a report can share the roles of an act."""

import math
import random

import pytest

from demarche.core.arrangement import (
    FORMS,
    PAIR,
    ROLES,
    SIDE,
    SIDE_COUNTS,
    TELLING,
    WORTH,
    SideWeights,
    arrangements,
    choose_sides,
)
from demarche.core.direction import Case, Party

NOTHING: dict[str, dict[str, float]] = {slot: {} for slot in (*ROLES, *FORMS, PAIR)}


def weighing(weights: dict[str, dict[str, float]]) -> SideWeights:
    """These weights, and none for the rest."""
    return SideWeights(NOTHING | weights)


def case_of(*parties: tuple[str, ...], form: dict[str, float] | None = None) -> Case:
    """Parties that have their own codes as features."""
    known = [Party(codes, {"+".join(codes): 1.0}) for codes in parties]
    pairs = {(i, t): {f"{i}>{t}": 1.0} for i in range(len(known)) for t in range(len(known)) if i != t}
    return Case(known, form or {}, pairs)


@pytest.mark.parametrize(("groups", "count"), [((), 1), ((False,), 3), ((True,), 4), ((False, False), 10)])
def test_every_sharing_of_the_roles_is_weighed_once(groups: tuple[bool, ...], count: int) -> None:
    ways = arrangements(groups)
    assert len(ways) == len(set(ways)) == count


def test_one_actor_alone_never_acts_jointly_but_a_group_may() -> None:
    assert not any(way.joint for way in arrangements((False,)))
    assert any(way.joint for way in arrangements((True,)))


def test_the_words_of_a_pair_decide_who_acts_on_whom() -> None:
    weights = weighing({"sided": {"bias": 3.0}, PAIR: {"1>0": 4.0}})
    initiators, targets, sure = choose_sides(case_of(("PL",), ("BY",)), weights)
    assert (initiators, targets) == ({"BY"}, {"PL"})
    assert 0.5 < sure <= 1.0


def test_in_a_joint_act_every_side_has_both_roles() -> None:
    weights = weighing({"joint": {"deal": 8.0}})
    initiators, targets, _ = choose_sides(case_of(("IT",), ("AL",), form={"deal": 1.0}), weights)
    assert initiators == targets == {"IT", "AL"}


def test_the_members_of_a_group_share_its_role() -> None:
    weights = weighing({"sided": {"bias": 4.0}, "initiator": {"EU": 4.0}, "target": {"EE+LT+LV": 4.0}})
    initiators, targets, _ = choose_sides(case_of(("EE", "LT", "LV"), ("EU",)), weights)
    assert (initiators, targets) == ({"EU"}, {"EE", "LT", "LV"})


def test_where_nothing_speaks_for_a_role_nobody_has_one() -> None:
    weights = weighing({"nobody": {"bias": 9.0}})
    assert choose_sides(case_of(("FR",), ("DZ",)), weights) == (set(), set(), 0.0)
    assert choose_sides(case_of(), weights) == (set(), set(), 0.0)


def weighed(features: dict[str, float], weights: dict[str, float]) -> float:
    return weights["bias"] + sum(value * weights.get(name, 0.0) for name, value in features.items())


def best_by_hand(case: Case, weights: dict[str, dict[str, float]]) -> tuple[set[str], set[str]]:
    """The same choice with one sum after the other, as the definition has it."""
    sizes = [len(party.codes) for party in case.parties]
    groups = tuple(size > 1 for size in sizes)
    ways, scores = arrangements(groups), []
    for way in ways:
        score = sum(weighed(case.form if f in TELLING else {}, weights[f]) * count for f, count in way.forms)
        for role, places in zip(ROLES, (way.initiators, way.targets, way.joint), strict=True):
            score += sum(weighed(case.parties[place].features, weights[role]) for place in places)
        between = [weighed(case.pairs[i, t], weights[PAIR]) for i in way.initiators for t in way.targets]
        scores.append(score + (sum(between) / len(between) if between else 0.0))
    whole = sum(map(math.exp, scores))
    named = [{*way.initiators, *way.targets, *way.joint} for way in ways]

    def worth(way_number: int) -> float:
        total = 0.0
        for i, t in ways[way_number].dyads(groups):
            chance = sum(math.exp(s) for way, s in zip(ways, scores, strict=True) if (i, t) in way.dyads(groups))
            total += (chance / whole - WORTH) * sizes[i] * (sizes[t] - (i == t))
        for side in named[way_number]:
            chance = sum(math.exp(s) for sides, s in zip(named, scores, strict=True) if side in sides)
            total += SIDE_COUNTS * (chance / whole - SIDE)
        return total

    way = ways[max(range(len(ways)), key=lambda n: (worth(n), scores[n]))]
    return tuple(
        {code for place in (*side, *way.joint) for code in case.parties[place].codes}
        for side in (way.initiators, way.targets)
    )


def test_the_tables_choose_what_the_sums_one_after_the_other_choose() -> None:
    drawn = random.Random(7)
    names = [f"f{number}" for number in range(12)]

    def some() -> dict[str, float]:
        return {name: drawn.choice((0.5, 1.0, 2.0)) for name in drawn.sample(names, 4)}

    weights = {slot: {name: drawn.gauss(0, 1) for name in (*names, "bias")} for slot in NOTHING}
    for _ in range(40):
        count = drawn.randint(1, 3)
        parties = [Party(tuple(f"{n}{m}" for m in range(drawn.choice((1, 1, 2)))), some()) for n in range(count)]
        pairs = {(i, t): some() for i in range(count) for t in range(count) if i != t}
        case = Case(parties, some(), pairs)
        assert choose_sides(case, SideWeights(weights))[:2] == best_by_hand(case, weights)
