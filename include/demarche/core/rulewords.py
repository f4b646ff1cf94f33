"""Lays the words of all rules side by side: where each is written, what it stands for, how it is found.

Owns what the tables have in common. It does not judge them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from demarche.core.forms import GROUP, parse_form
from demarche.core.lexicon import INSIDE, SPECIAL_TABLES, WHOLE, pattern_of
from demarche.core.matching import FREE, Pattern
from demarche.core.schemes import SCHEMES_TABLE, scheme_names

ANY = "any"  # the language of words that hold in all


@dataclass(frozen=True, slots=True)
class RuleWord:
    """One word or phrase of a rule table; `written` is as the table has it."""

    table: str  # lexicon, actors.words, instruments ...
    lang: str
    meaning: str  # a concept, or the code of an actor
    written: str
    pattern: Pattern
    needs_capital: bool = False
    on: date | None = None  # a day on which it holds, of leaders

    @property
    def text(self) -> str:
        """The word as a report would write it."""
        return self.pattern.text.strip()


def lexicon_words(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[RuleWord]:
    """The terms of rules/lexicon and the names of rules/schemes.toml, which the lexicon finds, too."""
    for lang, concept, terms in scheme_names(tables.get(SCHEMES_TABLE, {"scheme": ()})):
        for term in terms:
            yield RuleWord("lexicon", lang, concept, term, pattern_of(term))
    for lang, table in tables.items():
        if lang not in SPECIAL_TABLES:
            for concept, terms in table["terms"].items():
                for term in terms:
                    yield RuleWord("lexicon", lang, concept, term, pattern_of(term))


def actor_words(actors: Mapping[str, Any]) -> Iterator[RuleWord]:
    """The names of rules/actors.toml, a group's under the codes of its members."""
    tail = int(actors["meta"]["tail"])
    for table in ("bodies", "words", "places"):
        for lang, codes in actors[table].items():
            for code, written in codes.items():
                yield from _forms(f"actors.{table}", lang, code, written, tail)
    for lang, groups in actors["groups"]["words"].items():
        for group, written in groups.items():
            yield from _forms("actors.groups", lang, GROUP + group, written, tail)
    for term in actors["leaders"]["terms"]:
        yield from _forms("actors.leaders", ANY, term["code"], term["forms"], tail, term["from"])
    for table in ("people", "origin_words"):
        for lang, written in actors[table].items():
            yield from _forms(f"actors.{table}", lang, table, written, tail)


def instrument_words(instruments: Mapping[str, Any]) -> Iterator[RuleWord]:
    """The cues of rules/instruments.toml."""
    for lang, concepts in instruments["concepts"].items():
        for concept, written in concepts.items():
            yield from _forms("instruments", lang, concept, written, FREE)


def quote_words(quotes: Mapping[str, Any]) -> Iterator[RuleWord]:
    """The verbs of rules/quotes.toml."""
    for lang, written in quotes["verbs"].items():
        yield from _forms("quotes", lang, "verb", written, FREE)


def spoken(term: str) -> str:
    """A term of the lexicon without the marks that are for the matcher."""
    return term.removeprefix(INSIDE).removesuffix(WHOLE)


def _forms(table: str, lang: str, meaning: str, written: str, tail: int, on: date | None = None) -> Iterator[RuleWord]:
    for form in written.split():
        pattern, needs_capital = parse_form(form, tail)
        yield RuleWord(table, lang, meaning, form, pattern, needs_capital, on)
