"""Finds the lexicon's terms in a text: which concept of the subject each word stands for, and where.

Owns the compiled lexicon and the choice between overlapping terms. It draws no conclusion from what it finds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from demarche.core.matching import Matcher, Mode, Pattern, fold, fold_with_offsets
from demarche.core.phrases import WORD, Phrase
from demarche.core.schemes import ASSUMED, NAMED, SCHEMES_TABLE, Scheme, gate_of, read_schemes, scheme_names
from demarche.model import Term

CONCEPTS_TABLE = "concepts"
FREQUENT_TABLE = "frequent"
SPECIAL_TABLES = (CONCEPTS_TABLE, SCHEMES_TABLE, FREQUENT_TABLE)  # the others are of languages
SHARED_TABLE = "any"  # names and loan words that stand in texts of every language
MASK = "mask"
OPENING = ("object", "instrument", "hint", NAMED, MASK)  # without one of these groups no report is read further
WHOLE, INSIDE = "|", "*"  # `word|` ends here; `*stem` may begin inside a word

# Serbian is written in both scripts: each Latin term is compiled in Cyrillic as well.
_CYRILLIC_DIGRAPHS = {"dž": "џ", "lj": "љ", "nj": "њ"}
_CYRILLIC = str.maketrans("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш")


@dataclass(frozen=True, slots=True)
class Concept:
    """What a group of terms stands for. `gate` is how much one hit does to let a report through the gate."""

    name: str
    group: str  # object, instrument, hint, act, actor, negative, mask; named or assumed for a scheme
    gate: float
    about: str = ""
    beside: str = ""  # counts at the gate only in company of this concept


@dataclass(frozen=True, slots=True)
class Groups:
    """The names of concepts by what they are."""

    masks: frozenset[str]
    unsaid: frozenset[str]  # no signals themselves: masks, and single schemes, which are too many to weigh each
    objects: frozenset[str]  # and instruments
    central: frozenset[str]  # of these, the ones that open the gate alone
    acts: frozenset[str]
    negatives: frozenset[str]

    @classmethod
    def of(cls, concepts: Mapping[str, Concept]) -> "Groups":
        """The groups of these concepts."""

        def named(*groups: str) -> frozenset[str]:
            return frozenset(name for name, concept in concepts.items() if concept.group in groups)

        objects = named("object", "instrument")
        central = frozenset(name for name in objects if concepts[name].gate >= 1)
        return cls(named(MASK), named(MASK, NAMED, ASSUMED), objects, central, named("act"), named("negative"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A term of a concept. In an inflected language every word of a phrase is a stem with a free ending."""

    concept: str
    term: str
    is_inflected: bool = False


class LexiconError(ValueError):
    """A lexicon table that cannot be used; the message names the table and what is wrong."""


class Lexicon:
    """Terms of all languages by concept: an automaton for each language, one for all and one for the gate.

    Each is compiled when it is first asked for: the collector, of which several run at once, needs the gate's only.
    """

    def __init__(
        self,
        concepts: Mapping[str, Concept],
        terms: Mapping[str, Iterable[Entry]],
        schemes: Mapping[str, Scheme] | None = None,
        frequent: Sequence[str] = (),
    ) -> None:
        """`terms` holds entries by language; those of `any` belong to every language. `schemes` are by concept.

        `frequent` are stems by which phrases are better not sought, the most frequent first: only speed depends on it.
        """
        self.concepts = dict(concepts)
        self.groups = Groups.of(concepts)
        self.schemes = dict(schemes or {})
        shared = list(terms.get(SHARED_TABLE, ()))
        self.languages = tuple(sorted(set(terms) - {SHARED_TABLE}))
        self._entries = {lang: [*terms[lang], *shared] for lang in self.languages}
        self._everything = [entry for entries in terms.values() for entry in entries]
        self._by_language: dict[str, _Index] = {}
        self._frequent = {stem: rank for rank, stem in enumerate(frequent)}

    @cached_property
    def _all(self) -> "_Index":
        return _Index(self._everything, self._frequent)

    @cached_property
    def _opening(self) -> "_Index":
        """Terms that may open the gate; for those that count beside another concept only, that rarer concept's."""
        stands_for = {concept.beside or concept.name for concept in self.concepts.values() if concept.group in OPENING}
        return _Index((entry for entry in self._everything if entry.concept in stands_for), self._frequent)

    def _index(self, lang: str) -> "_Index":
        """The automaton of a language, of all where the lexicon does not know it."""
        if lang not in self._entries:
            return self._all
        if lang not in self._by_language:
            self._by_language[lang] = _Index(self._entries[lang], self._frequent)
        return self._by_language[lang]

    @classmethod
    def from_tables(cls, tables: Mapping[str, Mapping[str, Any]], *, only_schemes: bool = False) -> "Lexicon":
        """The lexicon of rule tables: `concepts`, one for each language, and `schemes` and `frequent`, or none of them.

        A language table is {"terms": {concept: [term, ...]}, "scripts": [...], "same_as": [...]}.
        With `only_schemes` the other concepts have no terms. Raises LexiconError for an unknown concept, an empty term
        or a table without terms, and SchemeError.
        """
        if CONCEPTS_TABLE not in tables:
            raise LexiconError("the lexicon has no table 'concepts'")
        concepts = {
            name: Concept(
                name, str(row["group"]), float(row["gate"]), str(row.get("about", "")), str(row.get("beside", ""))
            )
            for name, row in tables[CONCEPTS_TABLE].items()
        }
        named = tables.get(SCHEMES_TABLE, {"scheme": ()})
        schemes = read_schemes(named)
        concepts |= {name: Concept(name, *gate_of(scheme)) for name, scheme in schemes.items()}
        terms: dict[str, list[Entry]] = {}
        for stem, table in _with_names(tables, named).items():
            entries = [e for e in _entries(stem, table, concepts) if e.concept in schemes or not only_schemes]
            for lang in (stem, *table.get("same_as", ())):
                terms[lang] = entries
        frequent = tables.get(FREQUENT_TABLE, {"stems": ""}).get("stems")
        if not isinstance(frequent, str):
            raise LexiconError("the table 'frequent' has no text 'stems'")
        return cls(concepts, terms, schemes, frequent.split())

    def terms(self, text: str, field: str, lang: str = "") -> tuple[Term, ...]:
        """The terms in `text`, in order; of one language where it is known to the lexicon, else of all.

        Offsets count characters of `text`. Terms under a mask, and shorter terms of the same concept inside
        longer ones, are left out.
        """
        hits = self._index(lang).hits(text)
        masked = [(start, end) for concept, _, start, end in hits if concept in self.groups.masks]
        found: list[Term] = []
        last_end: dict[str, int] = {}
        for concept, term, start, end in sorted(hits, key=lambda hit: (hit[2], -hit[3])):
            if end <= last_end.get(concept, -1):
                continue
            if concept not in self.groups.masks and any(start < e and s < end for s, e in masked):
                continue
            last_end[concept] = end
            found.append(Term(concept, term, field, start, end))
        return tuple(found)

    def opening(self, text: str) -> float:
        """The greatest gate weight of an unmasked object or instrument in `text`, of any language; 0 without one."""
        hits = self._opening.hits(text)
        return max([self.concepts[concept].gate for concept in self._unmasked(hits)], default=0.0) if hits else 0.0

    def most(self, text: str) -> float:
        """At least the weight of `text` in whatever language it is: terms of all languages count, masks do not."""
        return sum(max(0.0, self.concepts[name].gate) for name in {concept for concept, *_ in self._all.hits(text)})

    def weight(self, text: str, lang: str = "") -> float:
        """The sum of the gate weights of the concepts in `text`; 0 where none of them may open the gate."""
        named = self._unmasked(self._index(lang).hits(text))
        counted = [self.concepts[name] for name in named if self.concepts[name].beside in ("", *named)]
        is_open = any(concept.group in OPENING for concept in counted)
        return sum(concept.gate for concept in counted) if is_open else 0.0

    def _unmasked(self, hits: Sequence[tuple[str, str, int, int]]) -> set[str]:
        """The concepts of the hits that lie under no mask, without the masks themselves."""
        masked = [(start, end) for concept, _, start, end in hits if concept in self.groups.masks]
        if not masked:
            return {concept for concept, *_ in hits}
        return {
            concept
            for concept, _, start, end in hits
            if concept not in self.groups.masks and not any(start < e and s < end for s, e in masked)
        }


class _Index:
    """A matcher and what its patterns stand for."""

    def __init__(self, entries: Iterable[Entry], frequent: Mapping[str, int]) -> None:
        self._of: list[tuple[str, str, Phrase | None]] = []
        patterns: list[Pattern] = []
        for entry in dict.fromkeys(entries):
            for pattern, phrase in _patterns(entry, frequent):
                patterns.append(pattern)
                self._of.append((entry.concept, entry.term.strip(INSIDE + WHOLE), phrase))
        self._matcher = Matcher(patterns)

    def hits(self, text: str) -> list[tuple[str, str, int, int]]:
        """(concept, term, start, end) of every hit, overlapping; the terms without the marks for the matcher."""
        hits = self._matcher.hits(text)
        if not hits:
            return []
        found: list[tuple[str, str, int, int]] = []
        folded, offsets = fold_with_offsets(text)
        # Folded once, where places stay what they are.
        compared, folds = (folded, str) if offsets is None else (text, fold)
        for index, start, end in hits:
            concept, term, phrase = self._of[index]
            if phrase is not None:
                place = phrase.around(compared, start, end, folds)
                if place is None:
                    continue
                start, end = place
            found.append((concept, term, start, end))
        return found


def _with_names(tables: Mapping[str, Mapping[str, Any]], named: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The tables of languages with the names of schemes among their terms. Raises LexiconError."""
    joined = {
        stem: {**table, "terms": dict(table.get("terms", {}))}
        for stem, table in tables.items()
        if stem not in SPECIAL_TABLES
    }
    for lang, concept, terms in scheme_names(named):
        if lang not in joined:
            raise LexiconError(f"{concept} is named in {lang!r}, for which there is no lexicon table")
        joined[lang]["terms"][concept] = terms
    return joined


def _entries(stem: str, table: Mapping[str, Any], concepts: Mapping[str, Concept]) -> Iterable[Entry]:
    if not table.get("terms"):
        raise LexiconError(f"lexicon table {stem!r} has no terms")
    in_cyrillic = "cyrillic" in table.get("scripts", ())
    is_inflected = bool(table.get("inflected", False))
    for concept, terms in table["terms"].items():
        if concept not in concepts:
            raise LexiconError(f"lexicon table {stem!r}: no concept {concept!r}")
        for term in terms:
            if not term.strip(WHOLE + INSIDE + " "):
                raise LexiconError(f"lexicon table {stem!r}, {concept}: an empty term")
            yield Entry(concept, term, is_inflected)
            if in_cyrillic:
                yield Entry(concept, to_cyrillic(term), is_inflected)


def to_cyrillic(term: str) -> str:
    """A Serbian word in Latin letters as it is written in Cyrillic ones."""
    for latin, cyrillic in _CYRILLIC_DIGRAPHS.items():
        term = term.replace(latin, cyrillic)
    return term.translate(_CYRILLIC)


def _patterns(entry: Entry, frequent: Mapping[str, int]) -> Iterable[tuple[Pattern, Phrase | None]]:
    """What is searched for an entry: the word, or a phrase as it stands, or by its least frequent word."""
    words = entry.term.split(" ")
    if len(words) == 1 or entry.term.startswith(INSIDE):
        yield pattern_of(entry.term), None
    elif not entry.is_inflected:
        yield pattern_of(entry.term), None
        if len(words) == 2:  # "asylum seeker" is written with a hyphen too
            yield pattern_of("-".join(words)), None
    else:
        closes = entry.term.endswith(WHOLE)
        words = WORD.findall(entry.term)  # as those of a text are told apart: "d'asile" is two
        stems = [fold(word) for word in words]
        anchor = max(range(len(words)), key=lambda n: (frequent.get(stems[n], len(frequent)), len(words[n])))
        is_last = anchor == len(words) - 1
        mode: Mode = "word" if closes and is_last else "stem"
        yield Pattern(words[anchor], mode), Phrase(tuple(stems[:anchor]), tuple(stems[anchor + 1 :]), closes)


def pattern_of(term: str) -> Pattern:
    """How a word, or a phrase as it stands, is found."""
    mode: Mode = "stem"
    if term.startswith(INSIDE):
        mode, term = "inside", term[1:]
    if term.endswith(WHOLE):
        mode, term = "word", term[:-1]
    return Pattern(term, mode)
