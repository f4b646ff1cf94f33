"""Reads the ways in which rules/actors.toml and CLDR name an actor into patterns, a language at a time.

Owns the writing of forms and the grammar of names. It reads no text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from demarche.core.matching import FREE, Matcher, Mode, Pattern, fold

ALIASES = {"nb": "no", "nn": "no", "sh": "hr", "bs": "hr", "cnr": "sr", "iw": "he", "in": "id", "tl": "fil", "gl": "pt"}
GRACE = timedelta(days=21)  # a story of the last days in office is often told after them
NEVER = "-"
GROUP = "+"  # begins the code of a group of states, which its members replace
# Names that CLDR keeps apart from a language's own, since they are written in another script or country, and by whose
# grammar they are inflected. What the detector calls Croatian may be Serbian or Bosnian in either script.
OTHER_LOCALES = {
    "sr": {"sr_Latn": "hr", "bs": "hr"},
    "hr": {"sr_Latn": "hr", "bs": "hr", "sr": "sr"},
    "zh": {"zh_Hant": "zh"},
    "pt": {"pt_PT": "pt"},
}
OTHER_WORDS = {"sr": ("hr",), "hr": ("sr",)}  # the languages whose written forms hold there, too
_CLDR_SPLIT = re.compile(r"\s*[(（]|[)）]\s*")


@dataclass(frozen=True, slots=True)
class Form:
    """One way to name an actor. `from_on` and `to_on` bound a leader's term."""

    code: str
    kind: str
    needs_capital: bool = False
    from_on: date | None = None
    to_on: date | None = None
    priority: int = 0  # forms written by hand win over forms built by the grammar


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A name's other meaning. `unless` finds the words that tell of it in folded text, anywhere or only before it."""

    code: str
    unless: re.Pattern[str]
    becomes: str
    is_before: bool = False

    @classmethod
    def from_rule(cls, rule: Mapping[str, Any]) -> "Ambiguity":
        """From an entry of [[ambiguous]]."""
        words = "|".join(map(_context_pattern, rule["unless"]))
        return cls(rule["code"], re.compile(words), rule["becomes"], rule.get("before", False))

    def holds(self, code: str, context: str, start: int) -> bool:
        """Whether the name at `start` of this text, read as `code`, has the other meaning."""
        if code != self.code:
            return False
        found = self.unless.search(context)
        return found is not None and (not self.is_before or found.start() < start)


def _context_pattern(written: str) -> str:
    """A word of a context: at the beginning of one, with = the whole word, with ~ anywhere."""
    word = re.escape(fold(written.strip("=~")))
    if written.startswith("~"):
        return word
    return rf"(?<!\w){word}(?!\w)" if written.startswith("=") else rf"(?<!\w){word}"


class Lexicon:
    """The forms of one language, ready to be found."""

    def __init__(
        self, entries: Mapping[Pattern, list[Form]], people: Matcher, origins: frozenset[str], names: frozenset[str]
    ) -> None:
        self.patterns = tuple(entries)
        self.forms = [tuple(sorted(forms, key=lambda f: -f.priority)) for forms in entries.values()]
        self.folded = tuple(fold(pattern.text) for pattern in self.patterns)
        self.matcher = Matcher(self.patterns)
        self.people = people
        self.origins = origins
        self.names = names


def parse_form(written: str, tail: int) -> tuple[Pattern, bool]:
    """A form as rules/actors.toml writes it: its pattern, and whether the text must have a capital first letter."""
    mode: Mode = "stem"
    text = written.replace("_", " ")
    if text[0] in "=~":
        mode, text = ("word", text[1:]) if text[0] == "=" else ("inside", text[1:])
    elif text.endswith(" "):
        mode, text = "word", text.rstrip()
    if text.islower():  # most are, and neither acronyms nor names
        return Pattern(text, mode, tail if mode == "stem" else FREE), False
    letters = [c for c in text if c.isalpha()]
    is_acronym = 2 <= len(letters) <= 6 and all(c.isupper() for c in letters) and " " not in text
    if is_acronym:
        return Pattern(text, "word", 0, is_cased=True), False
    return Pattern(text, mode, tail if mode == "stem" else FREE), bool(letters) and letters[0].isupper()


def form_on(forms: tuple[Form, ...], on: date | None) -> Form | None:
    """The first form that holds on that day; of leaders the one who took office last."""
    best: Form | None = None
    for form in forms:
        if form.from_on is None:
            return best or form
        is_in_office = on is None or form.from_on <= on <= (form.to_on or date.max - GRACE) + GRACE
        if is_in_office and (best is None or best.from_on is None or form.from_on > best.from_on):
            best = form
    return best


class LexiconBuilder:
    """Builds the lexicon of a language from the rules and from CLDR's names."""

    def __init__(self, actors: Mapping[str, Any], territories: Mapping[str, Mapping[str, str]]) -> None:
        self._rules = actors
        self._territories = territories
        self._tail = int(actors["meta"]["tail"])
        self._skip = frozenset(actors["meta"]["skip"])

    def build(self, language: str) -> Lexicon:
        """Builds the lexicon of a language at its first use; "" stands for a language nobody told."""
        entries: dict[Pattern, list[Form]] = {}
        languages = [language] if language else sorted({*self._rules["words"], *self._rules["bodies"]} - {"any"})
        for lang in (*languages, *OTHER_WORDS.get(language, ())):
            self._add_written(entries, lang)
        self._add_territories(entries, language or "en")
        for locale, grammar in OTHER_LOCALES.get(language, {}).items():
            self._add_territories(entries, locale, grammar)
        self._add_written(entries, "any")
        if language and language not in self._rules["words"]:
            self._add_written(entries, "en")
            self._add_territories(entries, "en")
        self._add_leaders(entries)
        self._add_ambiguous(entries)
        people = [
            Pattern(word.replace("_", " "), "word" if len(word) <= 3 else "stem", self._tail)
            for lang in languages
            for word in self._rules["people"].get(lang, "").split()
        ]
        origins = frozenset(
            fold(w.replace("_", " ")) for lang in languages for w in self._rules["origin_words"].get(lang, "").split()
        )
        names = frozenset(fold(name) for name in self._territories.get(language, {}).values())
        return Lexicon(entries, Matcher(people), origins, names)

    def _add(self, entries: dict[Pattern, list[Form]], written: str, code: str, kind: str, priority: int) -> None:
        pattern, needs_capital = parse_form(written, self._tail)
        entries.setdefault(pattern, []).append(Form(code, kind, needs_capital, priority=priority))

    def _add_written(self, entries: dict[Pattern, list[Form]], language: str) -> None:
        for table, kind, priority in (("bodies", "body", 4), ("words", "name", 5), ("places", "capital", 3)):
            for code, written in self._rules[table].get(language, {}).items():
                for form in written.split():
                    self._add(entries, form, code, kind, priority)
        for group, written in self._rules["groups"]["words"].get(language, {}).items():
            for form in written.split():
                self._add(entries, form, GROUP + group, "group", 8)
        for name in self._rules["never"].get(language, ()):
            self._add(entries, name.replace(" ", "_"), NEVER, "name", 9)

    def _add_leaders(self, entries: dict[Pattern, list[Form]]) -> None:
        for term in self._rules["leaders"]["terms"]:
            for written in term["forms"].split():
                pattern, needs_capital = parse_form(written, 4)
                form = Form(term["code"], "leader", needs_capital, term["from"], term.get("to"), 6)
                entries.setdefault(pattern, []).append(form)

    def _add_ambiguous(self, entries: dict[Pattern, list[Form]]) -> None:
        for rule in self._rules.get("ambiguous", ()):
            for written in rule["forms"].split():
                self._add(entries, written, rule["code"], "name", 7)

    def _add_territories(self, entries: dict[Pattern, list[Form]], language: str, like: str = "") -> None:
        """CLDR's names of the language, with the endings that its grammar, or that of another, gives them."""
        grammar = self._rules["grammar"].get(like or language, {})
        built: dict[Pattern, set[str]] = {}
        kinds: dict[Pattern, tuple[str, bool]] = {}
        for code, name in self._territories.get(language, {}).items():
            if code in self._skip:
                continue
            for variant in _variants(name):
                for pattern, kind, needs_capital in _inflect(variant, grammar):
                    built.setdefault(pattern, set()).add(code)
                    kinds.setdefault(pattern, (kind, needs_capital))
        for pattern, codes in built.items():
            if len(codes) == 1 and pattern not in entries:  # a form that two countries share says nothing
                kind, needs_capital = kinds[pattern]
                entries[pattern] = [Form(next(iter(codes)), kind, needs_capital)]


def _variants(name: str) -> Iterator[str]:
    """The names that CLDR packs into one: 'Myanmar (Burma)', 'Hong Kong SAR China', 'Congo - Kinshasa'."""
    if " & " in name:
        yield from _variants(name.replace(" & ", " and "))  # only English has the sign; other languages gain nothing
    parts = [part.strip() for part in _CLDR_SPLIT.split(name) if part.strip()]
    for number, part in enumerate(parts):
        if number and (len(part) < 4 or part.islower()):
            continue
        if " - " in part:
            yield part.replace(" - ", "-")
        elif "-" in part and len(parts) == 1:
            yield part
        else:
            yield part.removeprefix("la ").removeprefix("le ")


def _inflect(name: str, grammar: Mapping[str, Any]) -> Iterator[tuple[Pattern, str, bool]]:
    """(pattern, kind, needs a capital) of a name and, for one-word names, of its cases and adjectives."""
    bare = name.removeprefix("ال") if len(name) > 5 else name
    has_capital = bare[:1].isupper()
    cases = int(grammar.get("cases", 1))
    yield Pattern(bare, "word" if cases <= 1 or len(bare) < 4 else "stem", cases), "name", has_capital
    if " " in bare or "-" in bare or len(bare) < 4:
        return
    base = bare
    for ending in sorted(grammar.get("strip", ()), key=len, reverse=True):
        if bare.endswith(ending) and len(bare) - len(ending) >= 4:
            base = bare[: -len(ending)]
            break
    if base != bare and cases > 1 and len(base) >= 5:  # shorter ones are other words too: Dania, Daniel
        yield Pattern(base, "stem", min(cases, 3)), "name", has_capital
    for ending in grammar.get("adjectives", ()):
        yield Pattern(base + ending, "stem", 4), "adjective", False
