"""Codes one report: who acts on whom, with what instrument, at what stage, with what sign, in which frames.

Owns the order of the steps and the evidence. The finding of actors, words and direction lives in its neighbours.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demarche.core.actors import Gazetteer
from demarche.core.arrangement import MOST, SideWeights, choose_sides, sure_of_lead
from demarche.core.choices import (
    Choices,
    choose,
    describe_reading,
    describe_report,
)
from demarche.core.closereading import CloseReading
from demarche.core.direction import Act, Case, Field, World, add_parts, describe_case
from demarche.core.evidence import act_sentence, names_behind, words_behind
from demarche.core.instruments import choose_frames, choose_instruments, fold_words
from demarche.core.language import normalise_code
from demarche.core.lexicon import Lexicon
from demarche.core.meaning import read_words
from demarche.core.plover import Plover, PloverTable
from demarche.core.quotes import QuoteFinder
from demarche.core.roles import RoleTable
from demarche.core.rulings import Points, RuleReader, Ruling, codes_of
from demarche.core.schemes import Naming, find_namings
from demarche.core.standing import LINK_KINDS, LinkWords, Standing, describe_actors
from demarche.model import ORGANISATIONS, Candidate, Coding, Mention, Quote

# Instruments about a nationality: its people are whom the act is aimed at, where no state is addressed.
_VISA = frozenset(["visa_restriction", "visa_facilitation"])
_BY_NATIONALITY = frozenset(["visa_restriction", "visa_facilitation", "nationals_abroad"])
_NO_NATIONS = frozenset([*ORGANISATIONS, "VA"])  # actors that nobody migrates from: the Holy See has no emigrants


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found in one report before anything is decided."""

    ruling: Ruling
    standings: Sequence[Standing]
    people: Mapping[str, int]  # nationalities of people, and where each is named first
    title_mentions: Sequence[Mention] = ()
    body_mentions: Sequence[Mention] = ()
    reading: CloseReading | None = None
    namings: Sequence[Naming] = ()
    spoken_for: Mapping[str, str] = field(default_factory=dict)  # territories that a state named here speaks for


class Coder:
    """Codes candidates by rules and reviewed weights; the same candidate always gets the same coding."""

    def __init__(
        self,
        gazetteer: Gazetteer,
        instruments: Mapping[str, Any],
        rules_version: str,
        weights: Mapping[str, Any] | None = None,
        *,
        plover: PloverTable | None = None,
        roles: RoleTable | None = None,
        quotes: QuoteFinder | None = None,
        meaning: Callable[[str], NDArray[np.float64]] | None = None,
        closely: Callable[[Candidate, Sequence[Mention], Sequence[Mention]], CloseReading | None] | None = None,
        schemes: Lexicon | None = None,
    ) -> None:
        """`instruments` is rules/instruments.toml; `weights`, rules/model/coding.json, replace its [direction].

        Weights without "choices" leave instruments, stage, sign and frames to the rules.

        `schemes` is a lexicon that names schemes. Without a table its part of the coding stays empty. `meaning` gives a
        text's vector, where weights weigh such vectors; raises ValueError where they do and there is nothing that gives
        them. `closely` reads a report with the mentions in its title and body; weights that were fitted with it need
        it.
        """
        self._plover = plover
        self._roles = roles
        self._quotes = quotes
        self._gazetteer = gazetteer
        self._rules = RuleReader(instruments)
        self._table = instruments
        self._version = rules_version
        self._direction = SideWeights((weights or instruments)["direction"])
        learned = (weights or {}).get("choices")
        self._choices = Choices(learned) if learned else None
        self._meaning = meaning
        self._closely = closely
        self._schemes = schemes
        if self._choices and self._choices.reads_meaning and meaning is None:
            raise ValueError("the coder's weights weigh the meaning of texts, but there is no table of meanings")
        self._links = {
            lang: LinkWords({kind: fold_words(table.get(kind, "")) for kind in LINK_KINDS})
            for lang, table in instruments["links"].items()
        }
        self._no_links = LinkWords({})

    def code(self, candidate: Candidate) -> Coding:
        """The coding of one report, taken as relevant."""
        found = self.find(candidate)
        ruled = choose_instruments(found.ruling.instruments)
        act, points = self.weigh_rules(found, ruled)
        case = self.lay_out(found, act)
        initiators, targets, confidence = choose_sides(case, self._direction)
        if not (initiators and targets) and len(found.ruling.sentences) > 1:
            alone = self._sides_of_sentence(candidate, found, ruled)
            if all(alone[:2]) and alone[0] | alone[1] <= initiators | targets:  # nobody new, only shared out anew
                initiators, targets, confidence = alone
        is_joint = len(initiators) > 1 and initiators == targets
        told, points = self.weigh_rules(found, ruled, is_joint=True) if is_joint else (act, points)
        if self._choices is None:
            instruments, stage, sign, frames = ruled, told.stage, told.sign, choose_frames(found.ruling.frames)
        else:
            features = self.describe(found, ruled, act, points)
            instruments, stage, sign, frames = choose(self._choices, features, self.meaning_of(found), ruled, points)
        is_visa = bool(_VISA.intersection(instruments))
        if not is_joint and (is_visa or (not targets and _BY_NATIONALITY.intersection(instruments))):
            aimed_at = {found.spoken_for.get(code, code) for code in found.people} - initiators
            if aimed_at and not targets:  # the people named leave no doubt but of who acts
                confidence = sure_of_lead(case, self._direction, initiators)
            targets = targets | aimed_at
        about = set(found.people)
        is_plea = _is_plea(instruments, stage, sign)
        if not about or (_BY_NATIONALITY.intersection(instruments) and not is_plea):
            # where nothing but a protest is chosen, the words of the rules say what it is about
            measures = ruled if instruments == ("demarche",) else instruments
            whose = {state: territory for territory, state in found.spoken_for.items()}
            about |= {whose.get(code, code) for code in self._nationalities(measures, initiators, targets, is_plea)}
        body_field = "summary" if candidate.summary else "text"
        sentence = act_sentence(found.ruling, instruments)
        words = words_behind(found.ruling, self._table, instruments, frames, stage, sign)
        names = names_behind(about, found.title_mentions, found.body_mentions, body_field, found.ruling)
        event = self._plover.event(instruments, stage, sign) if self._plover else Plover("", "", "")
        return Coding(
            id=candidate.id,
            initiators=tuple(sorted(initiators)),
            targets=tuple(sorted(targets)),
            about=tuple(sorted(about)),
            instruments=instruments,
            stage=stage,
            sign=sign,
            frames=frames,
            sentence=sentence.text,
            direction_confidence=round(confidence, 3),
            evidence=(*words, *names),
            rules_version=self._version,
            sentence_field=sentence.field,
            sentence_start=sentence.start,
            sentence_end=sentence.end,
            plover_event=event.event,
            plover_mode=event.mode,
            cameo=event.cameo,
            roles=tuple(self._roles.roles(initiators, targets, about)) if self._roles else (),
            quotes=tuple(self._find_quotes(found, candidate.lang, body_field)) if self._quotes else (),
        )

    def _sides_of_sentence(
        self, candidate: Candidate, found: Findings, ruled: Sequence[str]
    ) -> tuple[set[str], set[str], float]:
        """The sides that the sentence of the act has by itself, and how sure they are.

        A report that tells of several acts may leave nobody a side; the sentence tells of one.
        """
        sentence = act_sentence(found.ruling, ruled).text
        alone = self.find(replace(candidate, title=sentence, summary="", text=""))
        return choose_sides(self.lay_out(alone, self.outline(alone)), self._direction)

    def weigh_rules(self, found: Findings, ruled: Sequence[str], *, is_joint: bool = False) -> tuple[Act, Points]:
        """The act as the rules alone tell it, and the points that they give to every code."""
        return self._rules.weigh(found.ruling, ruled, is_joint)

    def meaning_of(self, found: Findings) -> NDArray[np.float64] | None:
        """The vector of a report's words; None where nothing gives such vectors."""
        if self._meaning is None:
            return None
        return self._meaning(read_words(found.ruling.title, found.ruling.body))

    def describe(self, found: Findings, ruled: Sequence[str], act: Act, points: Points) -> dict[str, float]:
        """The features that the learned choices weigh beside the report's meaning; `points` are those of the rules."""
        mentions = (*found.title_mentions, *found.body_mentions)
        codes = codes_of(found.ruling, ruled, act)
        features = describe_report(found.ruling.cues, mentions, len(found.standings), codes, points)
        features |= {f"scheme:{naming.scheme.instrument}": 1.0 for naming in found.namings}
        if found.reading is not None:
            features |= describe_reading(found.reading.codes)
        return features

    def _find_quotes(self, found: Findings, lang: str, body_field: str) -> Iterator[Quote]:
        """What is said in quotation marks, the title's first."""
        assert self._quotes is not None
        yield from self._quotes.find(found.ruling.title, "title", lang, found.title_mentions)
        yield from self._quotes.find(found.ruling.body, body_field, lang, found.body_mentions)

    def outline(self, found: Findings) -> Act:
        """The act as its words tell it, before its sides are known."""
        return self.weigh_rules(found, choose_instruments(found.ruling.instruments))[0]

    def lay_out(self, found: Findings, act: Act) -> Case:
        """The parties of the report and their features, from which their roles are chosen."""
        ruling = found.ruling
        fields = [
            Field(
                name,
                [mention for mention in mentions if mention.role == "agent"],
                [cue for cue in ruling.cues if (cue.field == "title") == (name == "title") and cue.concept[1] != "_"],
            )
            for name, mentions in (("title", found.title_mentions), ("body", found.body_mentions))
        ]
        world = World(self._gazetteer.home(ruling.lang), self._gazetteer.destinations)
        case = describe_case(found.standings, ruling.concepts, (fields[0], fields[1]), found.people, act, world, MOST)
        return add_parts(case, found.reading.parts) if found.reading is not None else case

    def _nationalities(
        self, instruments: Collection[str], initiators: set[str], targets: set[str], is_plea: bool
    ) -> set[str]:
        """Whose people the act is about, where it says so by its kind: a visa ban names the nation it hits.

        A plea is made for one's own people: those of the state that bans are not meant, unless they alone mostly move.
        """
        states = (initiators | targets) - _NO_NATIONS
        if "visa_restriction" in instruments or "visa_facilitation" in instruments:
            if not is_plea and targets != initiators:
                return targets - _NO_NATIONS
            return self._gazetteer.origins(initiators - _NO_NATIONS) or self._gazetteer.origins(targets - _NO_NATIONS)
        if "nationals_abroad" in instruments:
            return self._gazetteer.origins(states) or (initiators - _NO_NATIONS if len(initiators) == 1 else set())
        if ("deportation" in instruments or "readmission" in instruments) and "third_country" not in instruments:
            return self._gazetteer.origins(states) if len(states) == 2 else set()
        return set()

    def find(self, candidate: Candidate) -> Findings:
        """Everything the decisions rest on."""
        ruling = self._rules.read(candidate, candidate.lang)
        title, body, lang = ruling.title, ruling.body, ruling.lang
        day = candidate.date.date() if candidate.date else None
        title_mentions = self._gazetteer.mentions(title, lang, day)
        body_mentions = self._gazetteer.mentions(body, lang, day)
        spoken_for = self._gazetteer.spoken_for((*title_mentions, *body_mentions))
        title_mentions, body_mentions = (_speaking(part, spoken_for) for part in (title_mentions, body_mentions))
        links = self._links.get(lang, self._no_links)
        implied = self._gazetteer.implied(title, body, lang)
        mentions = (*title_mentions, *body_mentions)
        namings = self._find_namings(title, body, lang, day, {mention.code for mention in mentions})
        return Findings(
            ruling,
            describe_actors(title, body, title_mentions, body_mentions, links, implied, namings),
            _people(mentions),
            title_mentions,
            body_mentions,
            self._closely(candidate, title_mentions, body_mentions) if self._closely is not None else None,
            namings,
            spoken_for,
        )

    def _find_namings(
        self, title: str, body: str, lang: str, on: date | None, named: Collection[str]
    ) -> tuple[Naming, ...]:
        """The schemes that title and body name."""
        if self._schemes is None:
            return ()
        told = normalise_code(lang)
        terms = (*self._schemes.terms(title, "title", told), *self._schemes.terms(body, "body", told))
        return find_namings(terms, self._schemes.schemes, on, named)


def _speaking(mentions: tuple[Mention, ...], spoken_for: Mapping[str, str]) -> tuple[Mention, ...]:
    """The mentions with the states that speak for territories in their place; people stay of where they are from."""
    if not spoken_for:
        return mentions
    return tuple(
        replace(mention, code=spoken_for.get(mention.code, mention.code)) if mention.role == "agent" else mention
        for mention in mentions
    )


def _is_plea(instruments: Collection[str], stage: str, sign: str) -> bool:
    """True where the act is a protest against another's measure, or a call to undo it, and no measure of one's own."""
    if "demarche" in instruments and stage in ("stated", "demanded", "rejected"):
        return True
    return stage == "demanded" and sign in ("cooperative", "neutral")


def _people(mentions: Sequence[Mention]) -> dict[str, int]:
    """Nationalities of people in order of their first naming."""
    found: dict[str, int] = {}
    for mention in mentions:
        if mention.role == "people":
            found.setdefault(mention.code, mention.start)
    return found
