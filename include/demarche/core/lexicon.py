"""Finds the lexicon's terms in a text: which concept of the subject each word stands for, and where.

Owns the compiled lexicon and the choice between overlapping terms. It draws no conclusion from what it finds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from demarche.core.matching import Matcher, Mode, Pattern
from demarche.model import Term

CONCEPTS_TABLE = "concepts"
SHARED_TABLE = "any"  # names and loan words that stand in texts of every language
OPENING = ("object", "instrument", "mask")  # the groups of concepts without which no report is looked at further
WHOLE, INSIDE = "|", "*"  # `word|` ends here; `*stem` may begin inside a word

# Serbian is written in both scripts: each Latin term is compiled in Cyrillic as well.
_CYRILLIC_DIGRAPHS = {"dž": "џ", "lj": "љ", "nj": "њ"}
_CYRILLIC = str.maketrans("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш")


@dataclass(frozen=True, slots=True)
class Concept:
    """What a group of terms stands for. `gate` is how much one hit does to let a report through the gate."""

    name: str
    group: str  # object, instrument, act, actor, negative or mask
    gate: float
    about: str = ""


class LexiconError(ValueError):
    """A lexicon table that cannot be used; the message names the table and what is wrong."""


class Lexicon:
    """Terms of all languages by concept, compiled once: one automaton for each language and one for all."""

    def __init__(self, concepts: Mapping[str, Concept], terms: Mapping[str, Iterable[tuple[str, str]]]) -> None:
        """`terms` holds (concept, term) by language; terms of `any` belong to every language."""
        self.concepts = dict(concepts)
        shared = list(terms.get(SHARED_TABLE, ()))
        self.languages = tuple(sorted(set(terms) - {SHARED_TABLE}))
        everything = [pair for pairs in terms.values() for pair in pairs]
        self._by_language = {lang: _Index([*terms[lang], *shared]) for lang in self.languages}
        self._all = _Index(everything)
        self._opening = _Index([(c, t) for c, t in everything if concepts[c].group in OPENING])

    @classmethod
    def from_tables(cls, tables: Mapping[str, Mapping[str, Any]]) -> "Lexicon":
        """The lexicon of rule tables by file stem: `concepts` and one table for each language.

        A language table is {"terms": {concept: [term, ...]}, "scripts": [...], "same_as": [...]}.
        Raises LexiconError for an unknown concept, an empty term or a table without terms.
        """
        if CONCEPTS_TABLE not in tables:
            raise LexiconError("the lexicon has no table 'concepts'")
        concepts = {
            name: Concept(name, str(row["group"]), float(row["gate"]), str(row.get("about", "")))
            for name, row in tables[CONCEPTS_TABLE].items()
        }
        terms: dict[str, list[tuple[str, str]]] = {}
        for stem, table in tables.items():
            if stem == CONCEPTS_TABLE:
                continue
            pairs = list(_pairs(stem, table, concepts))
            for lang in (stem, *table.get("same_as", ())):
                terms[lang] = pairs
        return cls(concepts, terms)

    def terms(self, text: str, field: str, lang: str = "") -> tuple[Term, ...]:
        """The terms in `text`, in order; of one language where it is known to the lexicon, else of all.

        Offsets count characters of `text`. Terms under a mask, and shorter terms of the same concept inside
        longer ones, are left out.
        """
        index = self._by_language.get(lang, self._all)
        hits = index.hits(text)
        masked = [(start, end) for concept, _, start, end in hits if self.concepts[concept].group == "mask"]
        found: list[Term] = []
        last_end: dict[str, int] = {}
        for concept, term, start, end in sorted(hits, key=lambda hit: (hit[2], -hit[3])):
            if end <= last_end.get(concept, -1):
                continue
            is_mask = self.concepts[concept].group == "mask"
            if not is_mask and any(start < mask_end and mask_start < end for mask_start, mask_end in masked):
                continue
            last_end[concept] = end
            found.append(Term(concept, term, field, start, end))
        return tuple(found)

    def opening(self, text: str) -> float:
        """The greatest gate weight of an unmasked object or instrument in `text`, of any language; 0 without one."""
        hits = self._opening.hits(text)
        if not hits:
            return 0.0
        masked = [(start, end) for concept, _, start, end in hits if self.concepts[concept].group == "mask"]
        return max(
            (
                self.concepts[concept].gate
                for concept, _, start, end in hits
                if self.concepts[concept].group != "mask" and not any(start < e and s < end for s, e in masked)
            ),
            default=0.0,
        )

    def weight(self, text: str, lang: str = "") -> float:
        """The sum of the gate weights of the concepts in `text`."""
        return sum(self.concepts[name].gate for name in {term.concept for term in self.terms(text, "", lang)})


class _Index:
    """A matcher and what its patterns stand for."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._pairs = tuple(dict.fromkeys((concept, term) for concept, term in pairs))
        variants = [(n, form) for n, (_, term) in enumerate(self._pairs) for form in _variants(term)]
        self._of = [n for n, _ in variants]
        self._matcher = Matcher([_pattern(form) for _, form in variants])

    def hits(self, text: str) -> list[tuple[str, str, int, int]]:
        """(concept, term, start, end) of every hit, overlapping."""
        return [(*self._pairs[self._of[i]], start, end) for i, start, end in self._matcher.hits(text)]


def _pairs(stem: str, table: Mapping[str, Any], concepts: Mapping[str, Concept]) -> Iterable[tuple[str, str]]:
    if not table.get("terms"):
        raise LexiconError(f"lexicon table {stem!r} has no terms")
    in_cyrillic = "cyrillic" in table.get("scripts", ())
    for concept, terms in table["terms"].items():
        if concept not in concepts:
            raise LexiconError(f"lexicon table {stem!r}: no concept {concept!r}")
        for term in terms:
            if not term.strip(WHOLE + INSIDE + " "):
                raise LexiconError(f"lexicon table {stem!r}, {concept}: an empty term")
            yield concept, term
            if in_cyrillic:
                yield concept, to_cyrillic(term)


def to_cyrillic(term: str) -> str:
    """A Serbian word in Latin letters as it is written in Cyrillic ones."""
    for latin, cyrillic in _CYRILLIC_DIGRAPHS.items():
        term = term.replace(latin, cyrillic)
    return term.translate(_CYRILLIC)


def _variants(term: str) -> tuple[str, ...]:
    """The term, and the same with a hyphen where it has a space: 'asylum seeker', 'asylum-seeker'."""
    words = term.split(" ")
    if len(words) == 2:
        return tuple(joint.join(words) for joint in (" ", "-"))
    return (term,)


def _pattern(term: str) -> Pattern:
    mode: Mode = "stem"
    if term.startswith(INSIDE):
        mode, term = "inside", term[1:]
    if term.endswith(WHOLE):
        mode, term = "word", term[:-1]
    return Pattern(term, mode)


