"""Says where each actor of a dyad stands on the way of the migrants: sending, transit, destination or host.

Owns the reading of rules/roles.toml. It finds no actors, and it says nothing of states that share no way.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from demarche.model import ROLES, ActorRole


@dataclass(frozen=True, slots=True)
class _Refuge:
    """States that host the displaced people of some nationalities."""

    hosts: frozenset[str]
    nationalities: frozenset[str]


class RoleTable:
    """The corridors and refuges of rules/roles.toml, in their order."""

    def __init__(self, corridors: Iterable[Mapping[str, str]], refuges: Iterable[_Refuge]) -> None:
        """A corridor maps each actor on it to its role there."""
        self._ways: dict[str, dict[int, str]] = {}  # of each actor: its role on the corridors, by their number
        for number, places in enumerate(corridors):
            for code, role in places.items():
                self._ways.setdefault(code, {})[number] = role
        self._refuges = tuple(refuges)

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> "RoleTable":
        """From the TOML. Raises ValueError for a role of no closed list, KeyError for a missing field."""
        return cls(
            [_read_corridor(row) for row in table["corridors"]],
            [_Refuge(frozenset(row["hosts"].split()), frozenset(row["of"].split())) for row in table["refuges"]],
        )

    def roles(self, initiators: Collection[str], targets: Collection[str], about: Collection[str]) -> list[ActorRole]:
        """The roles of an act's sides, each once, by code; an actor can have two (Turkey: transit and host).

        A side that shares no way with the other side has none. Those whose nationals move are sending.
        """
        found: set[tuple[str, str]] = set()
        sides = {*initiators, *targets}
        for one in initiators:
            for other in targets:
                if one != other:
                    found.update(self._places(one, other, about))
        found.update((code, "sending") for code in sides.intersection(about) if len(sides) > 1)
        for refuge in self._refuges:
            if refuge.nationalities.intersection(about):
                found.update((code, "host") for code in sides & refuge.hosts)
        return [ActorRole(code, role) for code, role in sorted(found)]

    def _places(self, one: str, other: str, about: Collection[str]) -> list[tuple[str, str]]:
        """Both actors' places on the first way that both are on, at different places of it."""
        theirs = self._ways.get(other, {})
        for number, first in self._ways.get(one, {}).items():
            second = theirs.get(number, first)
            if first != second:
                # Whose nationals move sends them, also where most others only pass.
                return [(c, "sending" if c in about else role) for c, role in ((one, first), (other, second))]
        return []


def _read_corridor(row: Mapping[str, Any]) -> dict[str, str]:
    """Each actor's role; one that is named twice has the earlier of ROLES."""
    strange = set(row["places"]).difference(ROLES)
    if strange:
        raise ValueError(f"corridor {row['name']!r} of roles.toml names unknown roles: {sorted(strange)}")
    return {code: role for role in reversed(ROLES) for code in row["places"].get(role, "").split()}
