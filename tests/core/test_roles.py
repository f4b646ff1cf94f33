"""Each side of an act has its place on the way of the migrants, where the reviewed table knows one."""

from functools import cache

import pytest

from demarche.adapters.rulebook import SHIPPED, read_table
from demarche.core.roles import RoleTable
from demarche.model import ROLES


@cache
def table() -> RoleTable:
    return RoleTable.from_table(read_table(SHIPPED / "roles.toml"))


@pytest.mark.parametrize(
    ("initiator", "target", "about", "roles"),
    [
        ("GB", "FR", "", {"GB destination", "FR transit"}),
        ("GB", "AL", "", {"GB destination", "AL sending"}),
        ("EU", "TR", "", {"EU destination", "TR transit"}),
        ("TR", "EU", "SY", {"EU destination", "TR transit", "TR host"}),
        ("TR", "SY", "SY", {"TR host", "SY sending"}),
        ("DE", "TR", "TR", {"DE destination", "TR sending"}),
        ("US", "MX", "", {"US destination", "MX transit"}),
        ("US", "HN", "", {"US destination", "HN sending"}),
        ("MX", "HN", "", {"MX transit", "HN sending"}),
        ("FR", "DZ", "", {"FR destination", "DZ sending"}),
        ("DE", "IT", "", {"DE destination", "IT transit"}),
        ("PL", "BY", "", {"PL destination", "BY transit"}),
        ("SA", "IN", "", {"SA destination", "IN sending"}),
        ("IT", "LY", "", {"IT destination", "LY transit"}),
        ("PL", "UA", "", {"PL host", "UA sending"}),
        ("UG", "CD", "", {"UG host", "CD sending"}),
        ("NZ", "SE", "", set()),
    ],
)
def test_a_dyad_has_the_roles_of_its_way(initiator: str, target: str, about: str, roles: set[str]) -> None:
    found = table().roles([initiator], [target], about.split())
    assert {f"{r.code} {r.role}" for r in found} == roles


def test_the_order_of_the_sides_changes_no_role() -> None:
    assert table().roles(["GB"], ["FR"], []) == table().roles(["FR"], ["GB"], [])


def test_one_actor_alone_has_no_role() -> None:
    assert table().roles(["SY"], [], ["SY"]) == []


def test_every_row_has_a_reason_and_known_roles() -> None:
    rows = read_table(SHIPPED / "roles.toml")
    assert all(row["reason"] for row in (*rows["corridors"], *rows["refuges"]))
    assert {role for row in rows["corridors"] for role in row["places"]} <= set(ROLES)


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown roles"):
        RoleTable.from_table({"corridors": [{"name": "x", "places": {"origin": "SY"}}], "refuges": []})
