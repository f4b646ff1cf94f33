"""Tests of the choice between the ways in which the parties of a report can share the roles of an act."""

import pytest

from demarche.core.arrangement import FORMS, PAIR, ROLES, arrangements, choose_sides
from demarche.core.direction import Case, Party

NOTHING: dict[str, dict[str, float]] = {slot: {} for slot in (*ROLES, *FORMS, PAIR)}


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
    weights = NOTHING | {"sided": {"bias": 3.0}, PAIR: {"1>0": 4.0}}
    initiators, targets, sure = choose_sides(case_of(("PL",), ("BY",)), weights)
    assert (initiators, targets) == ({"BY"}, {"PL"})
    assert 0.5 < sure <= 1.0


def test_in_a_joint_act_every_side_has_both_roles() -> None:
    weights = NOTHING | {"joint": {"deal": 8.0}}
    initiators, targets, _ = choose_sides(case_of(("IT",), ("AL",), form={"deal": 1.0}), weights)
    assert initiators == targets == {"IT", "AL"}


def test_the_members_of_a_group_share_its_role() -> None:
    weights = NOTHING | {"sided": {"bias": 4.0}, "initiator": {"EU": 4.0}, "target": {"EE+LT+LV": 4.0}}
    initiators, targets, _ = choose_sides(case_of(("EE", "LT", "LV"), ("EU",)), weights)
    assert (initiators, targets) == ({"EU"}, {"EE", "LT", "LV"})


def test_where_nothing_speaks_for_a_role_nobody_has_one() -> None:
    weights = NOTHING | {"nobody": {"bias": 9.0}}
    assert choose_sides(case_of(("FR",), ("DZ",)), weights) == (set(), set(), 0.0)
    assert choose_sides(case_of(), weights) == (set(), set(), 0.0)
