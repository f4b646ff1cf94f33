"""Finds who is named in a text: states and organisations, by name, adjective, capital, body or leader.

Owns the reading of rules/actors.toml into patterns, and the choice between meanings. It does not say who acts on whom.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from demarche.core.matching import FREE, Matcher, Mode, Pattern, fold
from demarche.core.origins import Scene, extend_lists
from demarche.model import ORGANISATIONS, Mention

ALIASES = {"nb": "no", "nn": "no", "sh": "hr", "bs": "hr", "cnr": "sr", "iw": "he", "in": "id", "tl": "fil", "gl": "pt"}
GRACE = timedelta(days=21)  # a story of the last days in office is often told after them
_NEVER = "-"
_CLDR_SPLIT = re.compile(r"\s*[(（]|[)）]\s*")


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to name an actor. `from_on` and `to_on` bound a leader's term."""

    code: str
    kind: str
    needs_capital: bool = False
    from_on: date | None = None
    to_on: date | None = None
    priority: int = 0  # forms written by hand win over forms built by the grammar


@dataclass(frozen=True, slots=True)
class _Ambiguity:
    code: str
    unless: tuple[str, ...]
    becomes: str


class _Lexicon:
    """The forms of one language, ready to be found."""

    def __init__(
        self, entries: Mapping[Pattern, list[_Form]], people: Matcher, origins: frozenset[str], names: frozenset[str]
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
    letters = [c for c in text if c.isalpha()]
    is_acronym = 2 <= len(letters) <= 6 and all(c.isupper() for c in letters) and " " not in text
    if is_acronym:
        return Pattern(text, "word", 0, is_cased=True), False
    return Pattern(text, mode, tail if mode == "stem" else FREE), bool(letters) and letters[0].isupper()


class Gazetteer:
    """Names of actors in many languages. Build it with `from_tables`; it is read-only for its users."""

    def __init__(self, actors: Mapping[str, Any], territories: Mapping[str, Mapping[str, str]]) -> None:
        self._rules = actors
        self._territories = territories
        self._tail = int(actors["meta"]["tail"])
        self._skip = frozenset(actors["meta"]["skip"])
        self._lexicons: dict[str, _Lexicon] = {}
        self._implied: dict[str, Matcher] = {}
        self._demonyms = {lang: re.compile(rule) for lang, rule in actors.get("demonyms", {}).items()}
        self._destinations = frozenset(actors["destinations"]["codes"])
        self._arrivals = tuple(actors["destinations"]["arrivals"].split())
        self._ambiguities: dict[str, list[_Ambiguity]] = {}
        for rule in actors.get("ambiguous", ()):
            known = _Ambiguity(rule["code"], tuple(fold(w) for w in rule["unless"]), rule["becomes"])
            for written in rule["forms"].split():
                self._ambiguities.setdefault(fold(written.strip("=~").replace("_", " ")), []).append(known)

    @classmethod
    def from_tables(cls, actors: Mapping[str, Any], territories: Mapping[str, Mapping[str, str]]) -> "Gazetteer":
        """From rules/actors.toml and CLDR's names, {lang: {alpha2: name}}. Raises KeyError where a table misses."""
        return cls(actors, territories)

    def origins(self, states: Iterable[str]) -> set[str]:
        """Of these states, those whose nationals mostly are the ones that move."""
        return {code for code in states if code not in self._destinations}

    def ended_terms(self, on: date) -> list[str]:
        """Leaders whose term had ended on that day and who are not followed by anybody in the same office."""
        terms = self._rules["leaders"]["terms"]
        running = {(t["code"], t["office"]) for t in terms if "to" not in t or t["to"] >= on}
        return sorted(
            f"{t['code']} {t['office']}: {t['forms'].split()[0].strip('=').replace('_', ' ')} until {t['to']}"
            for t in terms
            if "to" in t and t["to"] < on and (t["code"], t["office"]) not in running
        )

    def mentions(self, text: str, lang: str = "", on: date | None = None) -> tuple[Mention, ...]:
        """Actors named in the text, in its order, without overlaps (the longest name wins).

        `on` is the day of the text: leaders count while in office. `role` is people for an origin ("Syrian refugees").
        """
        if not text:
            return ()
        language = ALIASES.get(lang, lang)
        lexicon = self._lexicons.get(language) or self._learn(language)
        chosen = _longest(self._candidates(text, lexicon, on))
        if not chosen:
            return ()
        crowd = [(start, end) for _, start, end in lexicon.people.hits(text)]
        scene = Scene(text, language, crowd, lexicon.origins, lexicon.names, self._demonyms.get(language))
        kept = [item for number, item in enumerate(chosen) if not _is_owned(text, chosen, number)]
        roles = [self._role(scene, code, kind, start, end) for start, end, code, kind in kept]
        extend_lists(text, kept, roles)
        return tuple(
            Mention(code, text[start:end], start, end, role, kind)
            for (start, end, code, kind), role in zip(kept, roles, strict=True)
        )

    def implied(self, title: str, body: str, lang: str) -> dict[str, str]:
        """Actors that only a home outlet's words name ("our border", "the Sejm"): {code: title or body}."""
        rule = self._rules["implied"].get(ALIASES.get(lang, lang))
        if rule is None:
            return {}
        matcher = self._implied.get(lang)
        if matcher is None:
            matcher = self._implied[lang] = Matcher([parse_form(w, self._tail)[0] for w in rule["words"].split()])
        if matcher.hits(title):
            return {rule["code"]: "title"}
        return {rule["code"]: "body"} if matcher.hits(body) else {}

    def _candidates(self, text: str, lexicon: _Lexicon, on: date | None) -> Iterator[tuple[int, int, int, str, str]]:
        """(start, end, priority, code, kind) of every form that holds in this text on this day."""
        context = ""
        for index, start, end in lexicon.matcher.hits(text):
            form = _valid(lexicon.forms[index], on)
            if form is None:
                continue
            if form.needs_capital and text[start].lower() == text[start] and text[start].upper() != text[start]:
                continue
            code = form.code
            pattern = lexicon.patterns[index]
            if pattern.is_cased and len(pattern.text) == 2 and text.isupper() and len(text) > 12:
                continue
            rules = self._ambiguities.get(lexicon.folded[index])
            if rules and code != _NEVER:
                context = context or fold(text)
                code = _resolve(code, rules, context)
            yield start, end, form.priority, code or _NEVER, form.kind

    def _role(self, scene: Scene, code: str, kind: str, start: int, end: int) -> str:
        """Whether the name stands for a state that may act, or tells where people come from."""
        if code in ORGANISATIONS or kind in ("leader", "capital", "body"):
            return "agent"
        for first, last in scene.crowd:
            if scene.belong_together(start, end, first, last):
                is_arrival = scene.text[first:last].lower().startswith(self._arrivals)
                return "agent" if is_arrival and code in self._destinations else "people"
        surface = scene.text[start:end]
        if scene.demonym is not None and code not in self._destinations and scene.demonym.search(surface):
            return "people"
        return "agent"

    def _learn(self, language: str) -> _Lexicon:
        """Builds the lexicon of a language at its first use; "" stands for a language nobody told."""
        entries: dict[Pattern, list[_Form]] = {}
        languages = [language] if language else sorted({*self._rules["words"], *self._rules["bodies"]} - {"any"})
        for lang in languages:
            self._add_written(entries, lang)
        for lang in [language] if language else ["en"]:
            self._add_territories(entries, lang)
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
        lexicon = self._lexicons[language] = _Lexicon(entries, Matcher(people), origins, names)
        return lexicon

    def _add(self, entries: dict[Pattern, list[_Form]], written: str, code: str, kind: str, priority: int) -> None:
        pattern, needs_capital = parse_form(written, self._tail)
        entries.setdefault(pattern, []).append(_Form(code, kind, needs_capital, priority=priority))

    def _add_written(self, entries: dict[Pattern, list[_Form]], language: str) -> None:
        for table, kind, priority in (("bodies", "body", 4), ("words", "name", 5), ("places", "capital", 3)):
            for code, written in self._rules[table].get(language, {}).items():
                for form in written.split():
                    self._add(entries, form, code, kind, priority)
        for name in self._rules["never"].get(language, ()):
            self._add(entries, name.replace(" ", "_"), _NEVER, "name", 9)

    def _add_leaders(self, entries: dict[Pattern, list[_Form]]) -> None:
        for term in self._rules["leaders"]["terms"]:
            for written in term["forms"].split():
                pattern, needs_capital = parse_form(written, 4)
                form = _Form(term["code"], "leader", needs_capital, term["from"], term.get("to"), 6)
                entries.setdefault(pattern, []).append(form)

    def _add_ambiguous(self, entries: dict[Pattern, list[_Form]]) -> None:
        for rule in self._rules.get("ambiguous", ()):
            for written in rule["forms"].split():
                self._add(entries, written, rule["code"], "name", 7)

    def _add_territories(self, entries: dict[Pattern, list[_Form]], language: str) -> None:
        """CLDR's names of the language, with the endings that its grammar gives them."""
        grammar = self._rules["grammar"].get(language, {})
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
                entries[pattern] = [_Form(next(iter(codes)), kind, needs_capital)]


def _is_owned(text: str, chosen: list[tuple[int, int, str, str]], number: int) -> bool:
    """True for a service that another state's adjective stands before: "Finnish border guard" is not Poland's."""
    start, _, code, kind = chosen[number]
    if kind != "capital" or number == 0:
        return False
    _, last, owner, owner_kind = chosen[number - 1]
    return owner != code and owner_kind in ("name", "adjective") and text[last:start] == " "


def _resolve(code: str, rules: Iterable[_Ambiguity], context: str) -> str:
    """The meaning of an ambiguous name in this context."""
    for rule in rules:
        if rule.code == code and any(word in context for word in rule.unless):
            return rule.becomes
    return code


def _valid(forms: tuple[_Form, ...], on: date | None) -> _Form | None:
    """The first form that holds on that day; of leaders the one who took office last."""
    best: _Form | None = None
    for form in forms:
        if form.from_on is None:
            return best or form
        is_in_office = on is None or form.from_on <= on <= (form.to_on or date.max - GRACE) + GRACE
        if is_in_office and (best is None or best.from_on is None or form.from_on > best.from_on):
            best = form
    return best


def _longest(candidates: Iterable[tuple[int, int, int, str, str]]) -> list[tuple[int, int, str, str]]:
    """Non-overlapping candidates, longer before shorter and written before built ones, in text order."""
    taken: list[tuple[int, int, str, str]] = []
    for start, end, _, code, kind in sorted(candidates, key=lambda c: (c[0] - c[1], -c[2], c[0])):
        if all(end <= other[0] or start >= other[1] for other in taken):
            taken.append((start, end, code, kind))
    return sorted(t for t in taken if t[2] != _NEVER)


def _variants(name: str) -> Iterator[str]:
    """The names that CLDR packs into one: 'Myanmar (Burma)', 'Hong Kong SAR China', 'Congo - Kinshasa'."""
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
