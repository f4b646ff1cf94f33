"""Decides whether a report is about migration diplomacy, and says why.

Owns the gate, the linear model and the three bands. It finds no words and no actors itself.
"""

import math
from collections.abc import Mapping
from typing import Any

from demarche.core.language import UNKNOWN, detect_language, normalise_code
from demarche.core.lexicon import Lexicon
from demarche.core.signals import SUMMARY_CHARACTERS, TEXT_CHARACTERS, ActorFinder, measure, read_parts
from demarche.model import Band, Candidate, Contribution, Verdict

GATE = 1.0  # the sum of gate weights that a report needs; concepts.toml says what each concept brings
OPENING_CHARACTERS = 600
REJECTED_SCORE = 0.0  # what a report that the gate stops scores


class Judge:
    """The relevance model with its rules. Values in, a verdict out."""

    def __init__(
        self, lexicon: Lexicon, weights: Mapping[str, Any], rules_version: str, actors: ActorFinder | None = None
    ) -> None:
        """`weights` is the model file: bias, weights by signal, calibration {slope, offset}, bands {review, accepted}.

        Raises KeyError where a part of it is absent.
        """
        self._lexicon = lexicon
        self._actors = actors
        self._version = rules_version
        self._weights: dict[str, float] = dict(weights["weights"])
        self._bias = float(weights["bias"])
        self._slope = float(weights["calibration"]["slope"])
        self._offset = float(weights["calibration"]["offset"])
        self._accepted = float(weights["bands"]["accepted"])
        self._review = float(weights["bands"]["review"])

    def passes_gate(self, candidate: Candidate, *, detects: bool = True) -> bool:
        """True where the report speaks of people crossing borders at all; cheap, in every language at once.

        Without `detects` the declared language is believed: the collector need not load the detector's model.
        """
        return has_object(candidate, self._lexicon, detects=detects)

    def judge(self, candidate: Candidate) -> Verdict:
        """The verdict on one report, with the terms that fired and what each signal added."""
        if not self.passes_gate(candidate):
            told = normalise_code(candidate.lang) or UNKNOWN  # detecting costs more than the gate
            return Verdict(candidate.id, Band.REJECTED, REJECTED_SCORE, told, (), self._version)
        lang = detect_language(judged_opening(candidate), candidate.lang)
        parts = read_parts(candidate, self._lexicon, lang, self._actors)
        signals = measure(parts, self._lexicon.concepts)
        contributions = self._contributions(signals)
        score = self.score(signals)
        terms = tuple(term for part in parts for term in part.terms)
        return Verdict(candidate.id, self.band(score), score, lang, terms, self._version, contributions)

    def score(self, signals: Mapping[str, float]) -> float:
        """The calibrated probability, 0 to 1, of a report with these signals."""
        raw = self._bias + sum(value * self._weights.get(name, 0.0) for name, value in signals.items())
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, self._slope * raw + self._offset))))

    def band(self, score: float) -> Band:
        """Accepted, review or rejected."""
        if score >= self._accepted:
            return Band.ACCEPTED
        return Band.REVIEW if score >= self._review else Band.REJECTED

    def _contributions(self, signals: Mapping[str, float]) -> tuple[Contribution, ...]:
        """What each signal added to the log-odds, the strongest first."""
        parts = [
            Contribution(name, value, round(self._slope * value * weight, 4))
            for name, value in signals.items()
            if value and (weight := self._weights.get(name, 0.0))
        ]
        return tuple(sorted(parts, key=lambda c: (-abs(c.log_odds), c.feature)))


def has_object(candidate: Candidate, lexicon: Lexicon, *, detects: bool = True) -> bool:
    """The gate: whether title, summary or the beginning of the text speak of the movement of people.

    A plain word for it is enough, in whatever language; a border or a visa needs company: an act, an office.
    """
    fields = (candidate.title, candidate.summary[:SUMMARY_CHARACTERS], candidate.text[:TEXT_CHARACTERS])
    text = "\n".join(part for part in fields if part)
    opening = lexicon.opening(text)
    if opening >= GATE or not opening:
        return bool(opening)
    told = normalise_code(candidate.lang)
    lang = detect_language(judged_opening(candidate), candidate.lang) if detects or not told else told
    return lexicon.weight(text, lang) >= GATE


def judged_opening(candidate: Candidate) -> str:
    """The words by which a report's language is told."""
    return f"{candidate.title}. {candidate.summary or candidate.text}"[:OPENING_CHARACTERS]
