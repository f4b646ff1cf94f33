"""Reads what the words of a report speak for by the coding rules alone: instruments, stage, sign and frames.

Owns the order of that reading; words and points are in `core.instruments`. It knows no actors and no learned weights.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from demarche.core.choices import MOST_POINTS, describe_rulings
from demarche.core.direction import Act
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
    index_rules,
    score_frames,
    score_instruments,
    split_sentences,
    weigh_concepts,
    weigh_signs,
    weigh_stages,
)
from demarche.model import Candidate

BODY_LIMIT = 700  # letters of a summary or text that are read: what follows is background, and costs time
Points = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the words of one report show, before anything is decided."""

    title: str
    body: str
    lang: str
    sentences: Sequence[Sentence]
    cues: Sequence[Cue]
    concepts: Mapping[str, float]
    instruments: Reading
    frames: Reading


class RuleReader:
    """The reviewed rules of rules/instruments.toml, ready to be read with."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        """`rules` is rules/instruments.toml."""
        self._rules = rules
        self._index = index_rules(rules["rules"])
        self._cues = CueFinder(rules)

    def read(self, candidate: Candidate, lang: str) -> Ruling:
        """The sentences of title and summary (or text without one), their cues, and what these score."""
        body_field = "summary" if candidate.summary else "text"
        return self._read(candidate.title, {body_field: candidate.summary or candidate.text}, lang)

    def _read(self, title: str, bodies: Mapping[str, str], lang: str) -> Ruling:
        """The same of a title and of bodies by field; the ruling keeps the first body."""
        lang = ALIASES.get(lang, lang)
        texts = {"title": title, **{field: body[:BODY_LIMIT] for field, body in bodies.items()}}
        sentences = [sentence for field, text in texts.items() for sentence in split_sentences(field, text, lang)]
        cues = [cue for field, text in texts.items() for cue in self._find_cues(sentences, field, text, lang)]
        return Ruling(
            title,
            next(texts[field] for field in bodies),
            lang,
            sentences,
            cues,
            weigh_concepts(cues),
            score_instruments(cues, self._index),
            score_frames(cues),
        )

    def weigh(self, ruling: Ruling, instruments: Sequence[str], is_joint: bool = False) -> tuple[Act, Points]:
        """The act, and the points of every code, by kind ("instrument", "frame", "stage", "sign")."""
        stages = weigh_stages(ruling.concepts, instruments, self._rules["stage"])
        stage = choose_stage(stages)
        signs = weigh_signs(ruling.concepts, instruments, is_joint, self._rules["sign"], stage)
        act = Act(instruments[0] if instruments else "", stage, choose_sign(signs))
        points = {
            "instrument": ruling.instruments.scores, "frame": ruling.frames.scores, "stage": stages, "sign": signs,
        }  # fmt: skip
        return act, points

    def signals(self, candidate: Candidate, lang: str) -> dict[str, float]:
        """What the rules would code the report as, if it were relevant: which codes, and with how many points.

        Read in summary and text: a teaser often keeps to itself what the report is about.
        """
        ruling = self._read(candidate.title, {"summary": candidate.summary, "text": candidate.text}, lang)
        instruments = choose_instruments(ruling.instruments)
        act, points = self.weigh(ruling, instruments)
        features = describe_rulings(codes_of(ruling, instruments, act), points)
        return {name: min(value, MOST_POINTS) for name, value in features.items()}

    def _find_cues(self, sentences: Sequence[Sentence], field: str, text: str, lang: str) -> Iterator[Cue]:
        """The cues of one field, each with the number of its sentence."""
        own = [(number, s.end) for number, s in enumerate(sentences) if s.field == field]
        at = 0
        for concept, start, end in self._cues.find(text, lang) if own else ():
            while at < len(own) - 1 and start >= own[at][1]:
                at += 1
            yield Cue(concept, field, own[at][0], start, end)


def codes_of(ruling: Ruling, instruments: Sequence[str], act: Act) -> dict[str, Sequence[str]]:
    """The codes that the rules choose, by kind."""
    frames = choose_frames(ruling.frames)
    return {"instrument": instruments, "frame": frames, "stage": (act.stage,), "sign": (act.sign,)}
