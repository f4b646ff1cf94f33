"""Finds who is named in a text: states and organisations, by name, adjective, capital, body or leader.

Owns the reading of rules/actors.toml into patterns, and the choice between meanings. It does not say who acts on whom.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from demarche.core.forms import ALIASES, GROUP, NEVER, Ambiguity, Lexicon, LexiconBuilder, form_on, parse_form
from demarche.core.matching import Matcher, fold, fold_with_offsets
from demarche.core.origins import Scene, extend_lists
from demarche.model import ORGANISATIONS, Mention

_Candidate = tuple[int, int, tuple[int, int], str, str]


class Gazetteer:
    """Names of actors in many languages. Build it with `from_tables`; it is read-only for its users."""

    def __init__(self, actors: Mapping[str, Any], territories: Mapping[str, Mapping[str, str]]) -> None:
        self._rules = actors
        self._tail = int(actors["meta"]["tail"])
        self._builder = LexiconBuilder(actors, territories)
        self._groups = {GROUP + name: codes.split() for name, codes in actors["groups"]["members"].items()}
        self._lexicons: dict[str, Lexicon] = {}
        self._implied: dict[str, Matcher] = {}
        self._demonyms = {lang: re.compile(rule) for lang, rule in actors.get("demonyms", {}).items()}
        self.destinations = frozenset(actors["destinations"]["codes"])
        self._arrivals = tuple(actors["destinations"]["arrivals"].split())
        self._shouted = frozenset(actors["meta"].get("shouted", ()))
        self._ambiguities: dict[str, list[Ambiguity]] = {}
        for rule in actors.get("ambiguous", ()):
            known = Ambiguity.from_rule(rule)
            for written in rule["forms"].split():
                self._ambiguities.setdefault(fold(written.strip("=~").replace("_", " ")), []).append(known)

    @classmethod
    def from_tables(cls, actors: Mapping[str, Any], territories: Mapping[str, Mapping[str, str]]) -> "Gazetteer":
        """From rules/actors.toml and CLDR's names, {lang: {alpha2: name}}. Raises KeyError where a table misses."""
        return cls(actors, territories)

    def home(self, lang: str) -> str:
        """The state of a language that is mostly one state's; empty for others."""
        return str(self._rules["homes"].get(ALIASES.get(lang, lang), ""))

    def origins(self, states: Iterable[str]) -> set[str]:
        """Of these states, those whose nationals mostly are the ones that move."""
        return {code for code in states if code not in self.destinations}

    def ended_terms(self, on: date) -> list[str]:
        """Leaders whose term had ended on that day and whom nobody follows in an office that is still filled."""
        newest: dict[tuple[str, str], Mapping[str, Any]] = {}
        for term in sorted(self._rules["leaders"]["terms"], key=lambda t: t.get("to", date.max)):
            newest[term["code"], term["office"]] = term
        return sorted(
            f"{code} {office}: {term['forms'].split()[0].strip('=').replace('_', ' ')} until {term['to']}"
            for (code, office), term in newest.items()
            if term.get("to", date.max) < on and not term.get("closed")
        )

    def mentions(self, text: str, lang: str = "", on: date | None = None) -> tuple[Mention, ...]:
        """Actors named in the text, in its order, without overlaps (the longest name wins).

        A group of states ("Baltic states") gives a mention of each member at the same place.

        `on` is the day of the text: leaders count while in office. `role` is people for an origin ("Syrian refugees").
        """
        if not text:
            return ()
        language = ALIASES.get(lang, lang)
        lexicon = self._lexicons.get(language)
        if lexicon is None:
            lexicon = self._lexicons[language] = self._builder.build(language)
        chosen = _longest(self._candidates(text, lexicon, on))
        if not chosen:
            return ()
        crowd = [(start, end) for _, start, end in lexicon.people.hits(text)]
        scene = Scene(text, language, crowd, lexicon.origins, lexicon.names, self._demonyms.get(language))
        kept = [item for number, item in enumerate(chosen) if not _is_owned(text, chosen, number)]
        roles = [self._role(scene, code, kind, start, end) for start, end, code, kind in kept]
        extend_lists(text, kept, roles)
        return tuple(
            Mention(member, text[start:end], start, end, role, kind)
            for (start, end, code, kind), role in zip(kept, roles, strict=True)
            for member in self._groups.get(code, (code,))
        )

    def spoken_for(self, mentions: Sequence[Mention]) -> dict[str, str]:
        """The territories named here that another state speaks for, each with that state.

        One does so where it acts in the report, or a state that deals with it over the territory.
        """
        rules: Mapping[str, Any] = self._rules.get("territories", {})
        acting = {mention.code for mention in mentions if mention.role == "agent"}
        territories = [mention.code for mention in mentions if mention.code in rules]
        return {code: rules[code]["state"] for code in territories if not acting.isdisjoint(rules[code]["beside"])}

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

    def _candidates(self, text: str, lexicon: Lexicon, on: date | None) -> Iterator[_Candidate]:
        """(start, end, length of the form and its priority, code, kind) of every form that holds on this day."""
        context = ""
        offsets: list[int] | None = None
        for index, start, end in lexicon.matcher.hits(text):
            forms = lexicon.forms[index]
            form = forms[0] if forms[0].from_on is None else form_on(forms, on)  # only leaders have a term
            if form is None:
                continue
            if form.needs_capital and text[start].lower() == text[start] and text[start].upper() != text[start]:
                continue
            code = form.code
            pattern = lexicon.patterns[index]
            is_short = pattern.is_cased and len(pattern.text) == 2 and pattern.text not in self._shouted
            if is_short and text.isupper() and len(text) > 12:
                continue
            rules = self._ambiguities.get(lexicon.folded[index])
            if rules and code != NEVER:
                if not context:
                    context, offsets = fold_with_offsets(text)
                code = _resolve(code, rules, context, start if offsets is None else bisect_left(offsets, start))
            yield start, end, (len(pattern.text), form.priority), code or NEVER, form.kind

    def _role(self, scene: Scene, code: str, kind: str, start: int, end: int) -> str:
        """Whether the name stands for a state that may act, or tells where people come from."""
        if code in ORGANISATIONS or kind in ("leader", "capital", "body", "group"):
            return "agent"
        for first, last in scene.crowd:
            if scene.belong_together(start, end, first, last):
                is_arrival = scene.text[first:last].lower().startswith(self._arrivals)
                return "agent" if is_arrival and code in self.destinations else "people"
        surface = scene.text[start:end]
        if scene.demonym is not None and code not in self.destinations and scene.demonym.search(surface):
            return "agent" if fold(surface) in scene.names else "people"
        return "agent"


def _is_owned(text: str, chosen: list[tuple[int, int, str, str]], number: int) -> bool:
    """True for a service that another state's adjective stands before: "Finnish border guard" is not Poland's."""
    start, _, code, kind = chosen[number]
    if kind != "capital" or number == 0:
        return False
    _, last, owner, owner_kind = chosen[number - 1]
    return owner != code and owner_kind in ("name", "adjective") and text[last:start] == " "


def _resolve(code: str, rules: Iterable[Ambiguity], context: str, start: int) -> str:
    """The meaning of an ambiguous name at this place of this context."""
    return next((rule.becomes for rule in rules if rule.holds(code, context, start)), code)


def _longest(candidates: Iterable[_Candidate]) -> list[tuple[int, int, str, str]]:
    """Non-overlapping candidates, longer before shorter and written before built ones, in text order.

    A stem reaches to the end of its word: over one span, a whole name outranks the stem of another (Nigeria, Niger).
    """
    taken: list[tuple[int, int, str, str]] = []
    for start, end, _, code, kind in sorted(candidates, key=lambda c: (c[0] - c[1], -c[2][0], -c[2][1], c[0])):
        for first, last, _, _ in taken:
            if start < last and first < end:
                break
        else:
            taken.append((start, end, code, kind))
    return sorted(t for t in taken if t[2] != NEVER)
