"""Reads the table of named schemes: which states stand behind a deal, ban, place or crisis that is named without them.

Owns the form of that table, and when a name holds. It finds no words in texts.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from demarche.model import INSTRUMENTS, Term

SCHEMES_TABLE = "schemes"
PREFIX = "scheme:"  # begins the concept of a scheme's terms
NAMED, ASSUMED = "named", "assumed"  # groups of concepts: names that speak for themselves, and names that need company
KINDS = ("deal", "measure", "ban", "crisis", "forum", "place")
ELSEWHERE = frozenset(("place", "forum"))  # kinds that may be in the news for anything …
ELSEWHERE_GATE = 0.4  # … so that they need another word of the subject; many of these places are borders already
LAST_YEAR = 9999


class SchemeError(ValueError):
    """A table of schemes that cannot be used; the message names the scheme and what is wrong."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """What a reader of news knows of a name: whose act it is, upon or with whom, of which kind, and when."""

    id: str
    kind: str
    initiators: tuple[str, ...]
    targets: tuple[str, ...]  # of a joint scheme the same as the initiators
    instrument: str
    years: tuple[tuple[int, int], ...]
    beside: frozenset[str] = frozenset()  # the name means the scheme only where one of these actors is named
    has_more: bool = False  # states beyond those listed are a side, too

    @property
    def concept(self) -> str:
        """The concept of its terms in the lexicon."""
        return PREFIX + self.id

    @property
    def states(self) -> tuple[str, ...]:
        """Both sides, each state once."""
        return tuple(dict.fromkeys((*self.initiators, *self.targets)))

    @property
    def is_joint(self) -> bool:
        """True where both sides act together."""
        return self.initiators == self.targets

    @property
    def is_interstate(self) -> bool:
        """True where the scheme has two sides; a state's own programme has one."""
        return len(self.states) > 1 or self.has_more

    @property
    def implies_parties(self) -> bool:
        """True where its states are parties of a report that does not name them; of a mere place they need not be."""
        return self.kind != "place"

    def holds(self, on: date | None, named: Collection[str]) -> bool:
        """Whether the name means this scheme in a report of that day that names these actors."""
        if on is not None and not any(first <= on.year <= last for first, last in self.years):
            return False
        return not self.beside or not self.beside.isdisjoint(named)


@dataclass(frozen=True, slots=True)
class Naming:
    """A scheme named in a report, and the term that names it."""

    scheme: Scheme
    term: Term


def read_schemes(table: Mapping[str, Any]) -> dict[str, Scheme]:
    """The schemes of rules/schemes.toml by the concept of their terms. Raises SchemeError."""
    schemes: dict[str, Scheme] = {}
    for row in table["scheme"]:
        scheme = _read_scheme(row)
        if scheme.concept in schemes:
            raise SchemeError(f"scheme {scheme.id!r} stands twice")
        schemes[scheme.concept] = scheme
    return schemes


def _read_scheme(row: Mapping[str, Any]) -> Scheme:
    name = str(row.get("id", ""))
    if not name or not row.get("about") or not row.get("names"):
        raise SchemeError(f"scheme {name!r} lacks its id, what it is about, or its names")
    between = tuple(row.get("between", ()))
    if bool(between) == bool(row.get("initiators")):
        raise SchemeError(f"scheme {name!r} has either sides or states that act together")
    if row["kind"] not in KINDS or row["instrument"] not in INSTRUMENTS:
        raise SchemeError(f"scheme {name!r}: no kind {row['kind']!r} or no instrument {row['instrument']!r}")
    return Scheme(
        name,
        str(row["kind"]),
        between or tuple(row["initiators"]),
        between or tuple(row.get("targets", ())),
        str(row["instrument"]),
        tuple((int(years[0]), int(years[1]) if len(years) > 1 else LAST_YEAR) for years in row["years"]),
        frozenset(row.get("beside", ())),
        bool(row.get("more", False)),
    )


def scheme_names(table: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(language, concept, terms) of every scheme; written as the lexicon writes its terms."""
    for row in table["scheme"]:
        for lang, terms in row["names"].items():
            yield lang, PREFIX + row["id"], tuple(terms)


def gate_of(scheme: Scheme) -> tuple[str, float]:
    """The group of a scheme's terms, and what one of them does to let a report through the gate."""
    if scheme.beside:
        return ASSUMED, 0.0
    return NAMED, ELSEWHERE_GATE if scheme.kind in ELSEWHERE else 1.0


def find_namings(
    terms: Iterable[Term], schemes: Mapping[str, Scheme], on: date | None, named: Collection[str]
) -> tuple[Naming, ...]:
    """The schemes that these terms of one text name; of names inside one another the longest.

    `on` is the day of the report; `named` are the actors that it names.
    """
    held = [
        Naming(scheme, term)
        for term in terms
        if (scheme := schemes.get(term.concept)) is not None and scheme.holds(on, named)
    ]
    return tuple(naming for naming in held if not any(_covers(other.term, naming.term) for other in held))


def _covers(long: Term, short: Term) -> bool:
    """True where `short` lies within a longer term of the same field."""
    return (
        long.field == short.field
        and long.start <= short.start
        and short.end <= long.end
        and long.end - long.start > short.end - short.start
    )
