"""Codes one report: who acts on whom, with what instrument, at what stage, with what sign, in which frames.

Owns the order of the steps and the evidence. The finding of actors, words and direction lives in its neighbours.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from demarche.core.actors import Gazetteer
from demarche.core.arrangement import MOST, choose_sides
from demarche.core.choices import Choices, describe_report, pick_frames, pick_instruments, pick_one
from demarche.core.direction import Act, Case, Field, World, describe_case
from demarche.core.forms import ALIASES
from demarche.core.instruments import (
    Cue,
    CueFinder,
    Reading,
    Sentence,
    choose_frames,
    choose_instruments,
    choose_sign,
    choose_stage,
    fold_words,
    index_rules,
    score_frames,
    score_instruments,
    split_sentences,
    weigh_concepts,
    weigh_signs,
    weigh_stages,
)
from demarche.core.plover import Plover, PloverTable
from demarche.core.quotes import QuoteFinder
from demarche.core.roles import RoleTable
from demarche.core.standing import LINK_KINDS, LinkWords, Standing, describe_actors
from demarche.model import ORGANISATIONS, Candidate, Coding, Evidence, Mention, Quote

BODY_LIMIT = 700  # letters of summary or text that are read: what follows is background, and costs time
# Instruments about a nationality: its people are whom the act is aimed at, where no state is addressed.
_VISA = frozenset(["visa_restriction", "visa_facilitation"])
_BY_NATIONALITY = frozenset(["visa_restriction", "visa_facilitation", "nationals_abroad"])


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found in one report before anything is decided."""

    title: str
    body: str
    sentences: Sequence[Sentence]
    cues: Sequence[Cue]
    concepts: Mapping[str, float]
    instruments: Reading
    frames: Reading
    standings: Sequence[Standing]
    people: Mapping[str, int]  # nationalities of people, and where each is named first
    title_mentions: Sequence[Mention] = ()
    body_mentions: Sequence[Mention] = ()
    lang: str = ""


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
    ) -> None:
        """`instruments` is rules/instruments.toml; `weights`, rules/model/coding.json, replace its [direction].

        Weights without "choices" leave instruments, stage, sign and frames to the rules.

        Without a table its part of the coding stays empty.
        """
        self._plover = plover
        self._roles = roles
        self._quotes = quotes
        self._gazetteer = gazetteer
        self._rules = instruments
        self._version = rules_version
        self._index = index_rules(instruments["rules"])
        self._cues = CueFinder(instruments)
        self._direction: Mapping[str, Mapping[str, float]] = (weights or instruments)["direction"]
        learned = (weights or {}).get("choices")
        self._choices = Choices(learned) if learned else None
        self._links = {
            lang: LinkWords({kind: fold_words(table.get(kind, "")) for kind in LINK_KINDS})
            for lang, table in instruments["links"].items()
        }
        self._no_links = LinkWords({})

    def code(self, candidate: Candidate) -> Coding:
        """The coding of one report, taken as relevant."""
        found = self.find(candidate)
        ruled = choose_instruments(found.instruments)
        act = self.outline(found, ruled)
        initiators, targets, confidence = choose_sides(self.lay_out(found, act), self._direction)
        is_joint = len(initiators) > 1 and initiators == targets
        instruments, stage, sign, frames = self._choose(found, ruled, act, is_joint)
        is_visa = bool(_VISA.intersection(instruments))
        if not is_joint and (is_visa or (not targets and _BY_NATIONALITY.intersection(instruments))):
            targets = targets | {code for code in found.people if code not in initiators}
        about = set(found.people)
        if not about or _BY_NATIONALITY.intersection(instruments):
            # where nothing but a protest is chosen, the words of the rules say what it is about
            measures = ruled if instruments == ("demarche",) else instruments
            about |= self._nationalities(measures, initiators, targets)
        body_field = "summary" if candidate.summary else "text"
        sentence = _act_sentence(found, instruments)
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
            evidence=tuple(_evidence(found, instruments, frames)),
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

    def _choose(
        self, found: Findings, ruled: tuple[str, ...], act: Act, is_joint: bool
    ) -> tuple[tuple[str, ...], str, str, tuple[str, ...]]:
        """Instruments, stage, sign and frames: by the rules alone where no weights were learned."""
        if self._choices is None:
            sign = choose_sign(found.concepts, ruled, is_joint, self._rules["sign"], act.stage)
            return ruled, act.stage, sign, choose_frames(found.frames)
        features, points = self.describe(found, ruled, act, is_joint)
        chances = self._choices.weigh(features)
        stage = pick_one(points["stage"], chances["stage"])
        sign = pick_one(points["sign"], chances["sign"])
        return pick_instruments(chances["instruments"], ruled), stage, sign, pick_frames(chances["frames"])

    def describe(
        self, found: Findings, ruled: Sequence[str], act: Act, is_joint: bool
    ) -> tuple[dict[str, float], Mapping[str, Mapping[str, float]]]:
        """The features that the learned choices weigh, and the points of the rules among them."""
        points: dict[str, Mapping[str, float]] = {
            "instrument": found.instruments.scores,
            "frame": found.frames.scores,
            "stage": weigh_stages(found.concepts, ruled, self._rules["stage"]),
            "sign": weigh_signs(found.concepts, ruled, is_joint, self._rules["sign"], act.stage),
        }
        frames = choose_frames(found.frames)
        chosen = {"instrument": ruled, "frame": frames, "stage": (act.stage,), "sign": (act.sign,)}
        mentions = (*found.title_mentions, *found.body_mentions)
        return describe_report(found.cues, mentions, len(found.standings), chosen, points), points

    def _find_quotes(self, found: Findings, lang: str, body_field: str) -> Iterator[Quote]:
        """What is said in quotation marks, the title's first."""
        assert self._quotes is not None
        yield from self._quotes.find(found.title, "title", lang, found.title_mentions)
        yield from self._quotes.find(found.body, body_field, lang, found.body_mentions)

    def outline(self, found: Findings, instruments: Sequence[str] | None = None) -> Act:
        """The act as its words tell it, before its sides are known."""
        if instruments is None:
            instruments = choose_instruments(found.instruments)
        stage = choose_stage(found.concepts, instruments, self._rules["stage"])
        sign = choose_sign(found.concepts, instruments, False, self._rules["sign"], stage)
        return Act(instruments[0] if instruments else "", stage, sign)

    def lay_out(self, found: Findings, act: Act) -> Case:
        """The parties of the report and their features, from which their roles are chosen."""
        fields = [
            Field(
                name,
                [mention for mention in mentions if mention.role == "agent"],
                [cue for cue in found.cues if (cue.field == "title") == (name == "title") and cue.concept[1] != "_"],
            )
            for name, mentions in (("title", found.title_mentions), ("body", found.body_mentions))
        ]
        world = World(self._gazetteer.home(found.lang), self._gazetteer.destinations)
        return describe_case(found.standings, found.concepts, (fields[0], fields[1]), found.people, act, world, MOST)

    def _nationalities(self, instruments: Collection[str], initiators: set[str], targets: set[str]) -> set[str]:
        """Whose people the act is about, where it says so by its kind: a visa ban names the nation it hits."""
        states = (initiators | targets) - set(ORGANISATIONS)
        if "visa_restriction" in instruments or "visa_facilitation" in instruments:
            return (targets - set(ORGANISATIONS)) if targets != initiators else self._gazetteer.origins(states)
        if "nationals_abroad" in instruments:
            return self._gazetteer.origins(states) or (
                initiators - set(ORGANISATIONS) if len(initiators) == 1 else set()
            )
        if ("deportation" in instruments or "readmission" in instruments) and "third_country" not in instruments:
            return self._gazetteer.origins(states) if len(states) == 2 else set()
        return set()

    def find(self, candidate: Candidate) -> Findings:
        """Everything the decisions rest on."""
        lang = ALIASES.get(candidate.lang, candidate.lang)
        title = candidate.title
        body_field = "summary" if candidate.summary else "text"
        body = (candidate.summary or candidate.text)[:BODY_LIMIT]
        day = candidate.date.date() if candidate.date else None
        title_mentions = self._gazetteer.mentions(title, lang, day)
        body_mentions = self._gazetteer.mentions(body, lang, day)
        sentences = [*split_sentences("title", title, lang), *split_sentences(body_field, body, lang)]
        cues = [*self._find_cues(sentences, "title", title, lang), *self._find_cues(sentences, body_field, body, lang)]
        links = self._links.get(lang, self._no_links)
        implied = self._gazetteer.implied(title, body, lang)
        return Findings(
            title,
            body,
            sentences,
            cues,
            weigh_concepts(cues),
            score_instruments(cues, self._index),
            score_frames(cues),
            describe_actors(title, body, title_mentions, body_mentions, links, implied),
            _people((*title_mentions, *body_mentions)),
            title_mentions,
            body_mentions,
            lang,
        )

    def _find_cues(self, sentences: Sequence[Sentence], field: str, text: str, lang: str) -> Iterator[Cue]:
        """The cues of one field, each with the number of its sentence."""
        own = [(number, s.end) for number, s in enumerate(sentences) if s.field == field]
        at = 0
        for concept, start, end in self._cues.find(text, lang) if own else ():
            while at < len(own) - 1 and start >= own[at][1]:
                at += 1
            yield Cue(concept, field, own[at][0], start, end)


def _people(mentions: Sequence[Mention]) -> dict[str, int]:
    """Nationalities of people in order of their first naming."""
    found: dict[str, int] = {}
    for mention in mentions:
        if mention.role == "people":
            found.setdefault(mention.code, mention.start)
    return found


def _act_sentence(found: Findings, instruments: Sequence[str]) -> Sentence:
    """The sentence with most words that decided an instrument; the first of equals, which is the title."""
    if not found.sentences:
        return Sentence("", 0, 0, "")
    counts = [0] * len(found.sentences)
    for code in instruments:
        cue = found.instruments.deciding.get(code)
        if cue is not None:
            counts[cue.sentence] += 1
    return found.sentences[max(range(len(counts)), key=lambda number: (counts[number], -number))]


def _evidence(found: Findings, instruments: Sequence[str], frames: Sequence[str]) -> Iterator[Evidence]:
    """The words behind each code, with their places."""
    for codes, reading in ((instruments, found.instruments), (frames, found.frames)):
        for code in codes:
            cue = reading.deciding.get(code)
            if cue is not None:
                text = found.title if cue.field == "title" else found.body
                yield Evidence(code, text[cue.start : cue.end], cue.field, cue.start, cue.end)
