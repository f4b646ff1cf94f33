"""Maps a coding to its PLOVER event and mode and its CAMEO code, by the reviewed table rules/plover.toml.

Owns the reading of that table. It codes nothing: the same instruments, stage and sign always give the same answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from demarche.model import INSTRUMENTS, SIGNS, STAGES

_LISTS = {"instruments": INSTRUMENTS, "stages": STAGES, "signs": SIGNS}


@dataclass(frozen=True, slots=True)
class Plover:
    """An event of PLOVER with its mode (may be empty), and the CAMEO code that it is made from."""

    event: str
    mode: str
    cameo: str


@dataclass(frozen=True, slots=True)
class _Row:
    instruments: frozenset[str]
    stages: frozenset[str]
    signs: frozenset[str]
    answer: Plover

    def holds(self, instrument: str, stage: str, sign: str) -> bool:
        """True where every list that the row gives holds the code; a list left out holds all."""
        pairs = ((self.instruments, instrument), (self.stages, stage), (self.signs, sign))
        return all(not codes or code in codes for codes, code in pairs)


class PloverTable:
    """The rows of rules/plover.toml in their order."""

    def __init__(self, rows: Iterable[_Row]) -> None:
        self._rows = tuple(rows)
        self._known: dict[tuple[str, str, str], Plover] = {}  # answers already worked out

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> "PloverTable":
        """From the TOML. Raises ValueError for a code of no closed list, KeyError for a missing field."""
        return cls(_read_row(number, row) for number, row in enumerate(table["rows"]))

    def event(self, instruments: Sequence[str], stage: str, sign: str) -> Plover:
        """The event of a coding: the first row that holds for its first instrument, with its stage and sign."""
        act = (instruments[0] if instruments else "", stage, sign)
        if act not in self._known:
            self._known[act] = next((row.answer for row in self._rows if row.holds(*act)), Plover("", "", ""))
        return self._known[act]


def _read_row(number: int, row: Mapping[str, Any]) -> _Row:
    for name, known in _LISTS.items():
        strange = set(row.get(name, ())).difference(known)
        if strange:
            raise ValueError(f"row {number} of plover.toml names unknown {name}: {sorted(strange)}")
    instruments, stages, signs = (frozenset(row.get(name, ())) for name in _LISTS)
    return _Row(instruments, stages, signs, Plover(row["event"], row.get("mode", ""), row["cameo"]))
