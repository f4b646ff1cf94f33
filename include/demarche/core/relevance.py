"""Decides whether a report is about migration diplomacy, and says why.

Owns the gate, the linear model and the three bands. It finds no words and no actors itself.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demarche.core.closereading import CloseReading, bounded
from demarche.core.language import UNKNOWN, detect_language, name_language, normalise_code
from demarche.core.lexicon import Lexicon
from demarche.core.meaning import read_words
from demarche.core.naming import measure_namings
from demarche.core.rulings import RuleReader
from demarche.core.signals import SUMMARY_CHARACTERS, TEXT_CHARACTERS, ActorFinder, Part, measure, read_parts
from demarche.model import BASELINE, GATE, GATE_WEIGHT, Band, Candidate, Contribution, Verdict

FAINT = 0.3  # the weight of a capital or of a word that means people at home as well
ROUNDING = 1e-9  # 0.4 + 0.3 + 0.3 must be 1 in whatever order they are added
OPENING_CHARACTERS = 300  # for telling the language; a detector takes a millisecond for 600
REJECTED_SCORE = 0.0  # what a report that the gate stops scores
CONTRIBUTIONS_KEPT = 10_000
MEANING = "meaning"  # what the sentence vector adds, as one contribution
READING = "close reading"  # what the close reader adds, as one contribution
SUREST = 6.0  # log-odds beyond which a close reading says nothing more

Vector = NDArray[np.float64]


class Model:
    """Weights, calibration and bands of one model file."""

    def __init__(self, weights: Mapping[str, Any]) -> None:
        """`weights` is the model file: bias, weights by signal, calibration {slope, offset}, bands {review, accepted}.

        With `meaning`, {scale, weights}, the model also weighs the vectors of a table of pieces. Raises KeyError where
        a part is absent.
        """
        self.weights: dict[str, float] = dict(weights["weights"])
        self.bias = float(weights["bias"])
        self.slope = float(weights["calibration"]["slope"])
        self.offset = float(weights["calibration"]["offset"])
        self.accepted = float(weights["bands"]["accepted"])
        self.review = float(weights["bands"]["review"])
        meaning = weights.get("meaning", {"scale": 0.0, "weights": []})
        self._meaning = np.array(meaning["weights"], dtype=np.float64) * float(meaning["scale"])
        self._ranked = lru_cache(maxsize=CONTRIBUTIONS_KEPT)(self._rank_signal)  # few signals have many values

    @property
    def reads_meaning(self) -> bool:
        """True where the model weighs the vectors of a table of pieces."""
        return len(self._meaning) > 0

    def of_meaning(self, vector: Vector) -> float:
        """What a report's vector adds to the raw log-odds. Raises ValueError for one of another size."""
        return float(vector @ self._meaning)

    def score(self, signals: Mapping[str, float], added: Mapping[str, float] | None = None) -> float:
        """The calibrated probability, 0 to 1, of a report with these signals; `added` joins the raw log-odds."""
        # Summed exactly: signals come in no fixed order, and the last digit must be the same in every process.
        weighed = (value * self.weights.get(name, 0.0) for name, value in signals.items())
        raw = math.fsum([self.bias, *(added or {}).values(), *weighed])
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, self.slope * raw + self.offset))))

    def band(self, score: float) -> Band:
        """Accepted, review or rejected."""
        if score >= self.accepted:
            return Band.ACCEPTED
        return Band.REVIEW if score >= self.review else Band.REJECTED

    def contributions(
        self, signals: Mapping[str, float], added: Mapping[str, float] | None = None
    ) -> tuple[Contribution, ...]:
        """What each signal added to the log-odds, the strongest first; together they are the log-odds of the score."""
        parts = [_rank(BASELINE, 1.0, self.slope * self.bias + self.offset)]
        parts += [self._ranked(name, value) for name, value in signals.items() if value and self.weights.get(name)]
        parts += [_rank(name, 1.0, self.slope * odds) for name, odds in (added or {}).items() if odds]
        return tuple([contribution for *_, contribution in sorted(parts)])

    def _rank_signal(self, name: str, value: float) -> "_Ranked":
        return _rank(name, value, self.slope * value * self.weights[name])


_Ranked = tuple[float, str, Contribution]  # in the order in which a person reads them


def _rank(name: str, value: float, log_odds: float) -> _Ranked:
    contribution = Contribution(name, value, round(log_odds, 4))
    return -abs(contribution.log_odds), name, contribution


class Reader:
    """A second model, which also reads the report itself; that is slow, so it is asked last.

    Reports that the plain model scores below `asked_from` keep the plain model's verdict.
    """

    def __init__(
        self,
        weights: Mapping[str, Any],
        *,
        embed: Callable[[str], Vector] | None = None,
        meaning: Callable[[str], Vector] | None = None,
        closely: Callable[[Candidate], CloseReading] | None = None,
    ) -> None:
        """`weights` is a model file with `asked_from` and any of the parts that say what is read besides signals.

        These are `embedding`, {name, scale, mean, weights}, for the vectors that `embed` gives; `meaning`, as for the
        plain model; and `reading`, [weight, ...], for what `closely` gives. Raises ValueError where nothing gives what
        a part weighs.
        """
        self.model = Model(weights)
        self.asked_from = float(weights["asked_from"])
        given = weights.get("embedding", {"name": "", "scale": 0.0, "mean": [], "weights": []})
        self._mean = np.array(given["mean"], dtype=np.float64)
        self._weights = np.array(given["weights"], dtype=np.float64) * float(given["scale"])
        self._reading: list[float] = list(weights.get("reading", ()))
        self.name = "+".join(
            [*([str(given["name"])] if given["name"] else []), *(["closely"] if self._reading else [])]
        )
        self._embed, self._meaning, self._closely = embed, meaning, closely
        wanted = ((len(self._weights), embed), (self.model.reads_meaning, meaning), (len(self._reading), closely))
        if any(is_weighed and source is None for is_weighed, source in wanted):
            raise ValueError("the second relevance model weighs what nothing here reads")

    def added(self, candidate: Candidate) -> dict[str, float]:
        """What the report's meaning and its close reading add to the raw log-odds."""
        found: dict[str, float] = {}
        if self._embed is not None and len(self._weights):
            found[MEANING] = float(centred(self._embed(embedded_text(candidate)), self._mean) @ self._weights)
        if self._meaning is not None and self.model.reads_meaning:
            found[MEANING] = self.model.of_meaning(self._meaning(embedded_text(candidate)))
        if self._closely is not None and self._reading:
            said = read_odds(candidate, self._closely)
            found[READING] = math.fsum(odds * weight for odds, weight in zip(said, self._reading, strict=True))
        return found


def read_odds(candidate: Candidate, closely: Callable[[Candidate], CloseReading]) -> tuple[float, ...]:
    """What a model weighs of a close reading: log-odds to be relevant, and to be at least near it.

    Summary and text are read apart, and each question has the better of their two answers: together they are longer
    than what is read at once, and a teaser that says nothing is no reason against what the text says.
    """
    has_both = candidate.summary and candidate.text
    parts = (replace(candidate, text=""), replace(candidate, summary="")) if has_both else (candidate,)
    pairs = [(reading.relevant, reading.borderline) for reading in map(closely, parts)]
    return tuple(bounded(max(odds), SUREST) for odds in zip(*pairs, strict=True))


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a report scored, and by which model."""

    model: Model
    score: float
    added: Mapping[str, float]
    by: str


class Judge:
    """The relevance model with its rules. Values in, a verdict out."""

    def __init__(
        self,
        lexicon: Lexicon,
        weights: Mapping[str, Any],
        rules_version: str,
        actors: ActorFinder | None = None,
        reader: Reader | None = None,
        meaning: Callable[[str], Vector] | None = None,
        rules: RuleReader | None = None,
    ) -> None:
        """`weights` is the model file; `meaning` gives a text's vector, where the model weighs such vectors.

        `rules` say what the report would be coded as; without them these signals are absent.

        `reader` is a second model, for reports that the first does not rule out. Raises ValueError where the model
        weighs vectors and there is nothing that gives them.
        """
        self._lexicon = lexicon
        self._actors = actors
        self._version = rules_version
        self._model = Model(weights)
        self._reader = reader
        self._rules = rules
        self._meaning = meaning if self._model.reads_meaning else None
        if self._model.reads_meaning and meaning is None:
            raise ValueError("the relevance model weighs the meaning of texts, but there is no table of meanings")

    def passes_gate(self, candidate: Candidate, *, detects: bool = True) -> bool:
        """True where the report speaks of people crossing borders at all; cheap, in every language at once.

        Without `detects` the declared language is believed: the collector need not load the detector's model.
        """
        return has_object(candidate, self._lexicon, detects=detects)

    def judge(self, candidate: Candidate) -> Verdict:
        """The verdict on one report, with the terms that fired and what each signal added."""
        if not self.passes_gate(candidate):
            return self._stopped(candidate)
        lang, parts, signals = read_report(candidate, self._lexicon, self._actors, self._rules)
        reading = self._read(candidate, signals)
        terms = tuple(term for part in parts for term in part.terms)
        return Verdict(
            candidate.id,
            reading.model.band(reading.score),
            reading.score,
            name_language(judged_opening(candidate), lang, candidate.lang),
            terms,
            self._version + reading.by,
            reading.model.contributions(signals, reading.added),
        )

    def _stopped(self, candidate: Candidate) -> Verdict:
        """The verdict on a report that did not pass the gate, with the terms that were too few, if there were any."""
        told = normalise_code(candidate.lang) or UNKNOWN  # detecting costs more than the gate
        read = told if told in self._lexicon.languages else ""
        told = name_language(judged_opening(candidate), told, candidate.lang)
        fields = gate_fields(candidate)
        if not self._lexicon.opening("\n".join(fields.values())):
            return Verdict(candidate.id, Band.REJECTED, REJECTED_SCORE, told, (), self._version)
        terms = tuple(term for name, text in fields.items() for term in self._lexicon.terms(text, name, read))
        weight = Contribution(GATE_WEIGHT, round(self._lexicon.weight("\n".join(fields.values()), read), 4), 0.0)
        return Verdict(candidate.id, Band.REJECTED, REJECTED_SCORE, told, terms, self._version, (weight,))

    def _read(self, candidate: Candidate, signals: Mapping[str, float]) -> _Reading:
        """The plain score, or that of the model with an embedder where there is one and the report may be relevant."""
        summed: dict[str, float] = {}
        if self._meaning is not None:
            summed[MEANING] = self._model.of_meaning(self._meaning(embedded_text(candidate)))
        plain = self._model.score(signals, summed)
        if self._reader is None or plain < self._reader.asked_from:
            return _Reading(self._model, plain, summed, "")
        added = self._reader.added(candidate)
        model = self._reader.model
        return _Reading(model, model.score(signals, added), added, f"+{self._reader.name}")


def read_report(
    candidate: Candidate, lexicon: Lexicon, actors: ActorFinder | None, rules: RuleReader | None
) -> tuple[str, tuple[Part, ...], dict[str, float]]:
    """The language of a report that passed the gate, its parts, and the signals that a model weighs."""
    lang = detect_language(judged_opening(candidate), candidate.lang)
    parts = read_parts(candidate, lexicon, lang, actors)
    signals = measure(parts, lexicon.groups) | measure_namings(parts, lexicon.groups.acts)
    if rules is not None:
        signals |= rules.signals(candidate, lang)
    return lang, parts, signals


def embedded_text(candidate: Candidate) -> str:
    """The words of a report that an embedder reads."""
    return read_words(candidate.title, candidate.summary, candidate.text)


def centred(vector: Vector, mean: Vector) -> Vector:
    """A vector without what all reports share, of length one: sentence vectors of e5 lie close together otherwise."""
    moved = vector - mean
    length = float(np.linalg.norm(moved))
    return moved / length if length else moved


def has_object(candidate: Candidate, lexicon: Lexicon, *, detects: bool = True) -> bool:
    """The gate: whether title, summary or the beginning of the text speak of the movement of people.

    A plain word for it is enough, in whatever language; a border or a visa needs company: an act, an office.
    """
    text = "\n".join(gate_fields(candidate).values())
    opening = lexicon.opening(text)
    if not opening:
        return False
    told = normalise_code(candidate.lang)
    if told in lexicon.languages:
        if lexicon.weight(text, told) >= GATE - ROUNDING:
            return True
        if not detects:
            return opening >= GATE  # the declared language may be wrong, and nothing here can tell
        if opening <= FAINT:
            return False  # too little to ask which language it is instead
    elif opening >= GATE:
        return True
    if lexicon.most(text) < GATE - ROUNDING:
        return False  # detecting costs thirty times as much
    lang = detect_language(judged_opening(candidate), candidate.lang) if detects or not told else told
    return lang != told and lexicon.weight(text, lang) >= GATE - ROUNDING


def gate_fields(candidate: Candidate) -> dict[str, str]:
    """What the gate reads, by field: the title, and the beginnings of summary and text; none of them empty."""
    fields = {
        "title": candidate.title,
        "summary": candidate.summary[:SUMMARY_CHARACTERS],
        "text": candidate.text[:TEXT_CHARACTERS],
    }
    return {name: text for name, text in fields.items() if text}


def judged_opening(candidate: Candidate) -> str:
    """The words by which a report's language is told."""
    return f"{candidate.title}. {candidate.summary or candidate.text}"[:OPENING_CHARACTERS]
