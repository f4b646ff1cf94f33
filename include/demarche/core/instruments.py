"""Finds the words that show instrument, stage, sign and frame, and turns them into the codebook's codes.

Owns the reading of rules/instruments.toml. It does not say who acts on whom.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from demarche.core.actors import ALIASES, parse_form
from demarche.core.matching import FREE, Matcher, fold

FIELD_WEIGHTS = {"title": 1.0, "summary": 0.55, "text": 0.4}
INSTRUMENT_THRESHOLD = 0.65
FRAME_THRESHOLD = 0.85
_FRAME_OF = {
    "f_security": "security",
    "f_sovereignty": "sovereignty",
    "f_economy": "economy",
    "f_welfare": "welfare",
    "f_humanitarian": "humanitarian",
    "f_rights": "rights_law",
    "f_identity": "identity",
    "f_health": "health",
    "f_solidarity": "solidarity",
}
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？؟।])[\"”»’)\]]?\s+|(?<=[。！？])|\n+|\s\|\s")


@dataclass(frozen=True, slots=True)
class Cue:
    """A concept and the words that showed it."""

    concept: str
    field: str
    sentence: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a report: its field, and its place in that field."""

    field: str
    start: int
    end: int
    text: str


def split_sentences(field: str, text: str) -> list[Sentence]:
    """The sentences of a field, in order, with their places."""
    found: list[Sentence] = []
    begin = 0
    for match in _SENTENCE_END.finditer(text):
        if match.end() - begin >= 25:  # shorter pieces are abbreviations: "U.S.", "Mr."
            found.append(Sentence(field, begin, match.end(), text[begin : match.end()].strip()))
            begin = match.end()
    if text[begin:].strip():
        found.append(Sentence(field, begin, len(text), text[begin:].strip()))
    return found


class CueFinder:
    """Finds concepts in a text of a given language; unknown languages use English and whatever else they can."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        self._concepts: Mapping[str, Mapping[str, str]] = rules["concepts"]
        self._matchers: dict[str, tuple[Matcher, tuple[str, ...]]] = {}

    def find(self, text: str, lang: str) -> list[tuple[str, int, int]]:
        """(concept, start, end) of every cue, in text order."""
        matcher, concepts = self._matcher(ALIASES.get(lang, lang))
        return sorted({(concepts[i], start, end) for i, start, end in matcher.hits(text)}, key=lambda c: (c[1], c[2]))

    def _matcher(self, lang: str) -> tuple[Matcher, tuple[str, ...]]:
        if lang not in self._matchers:
            languages: Iterable[str] = (lang,) if lang in self._concepts else tuple(self._concepts)
            patterns, concepts = [], []
            for language in languages:
                for concept, forms in self._concepts[language].items():
                    for form in forms.split():
                        patterns.append(parse_form(form, FREE)[0])
                        concepts.append(concept)
            self._matchers[lang] = (Matcher(patterns), tuple(concepts))
        return self._matchers[lang]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the cues of one report say: scores by code, and the cue that decided each code first."""

    scores: Mapping[str, float]
    deciding: Mapping[str, Cue]


def score_instruments(cues: Sequence[Cue], rules: Sequence[Mapping[str, Any]]) -> Reading:
    """Adds the weights of the rules whose concepts stand together in one sentence, once for each field."""
    by_sentence: dict[tuple[str, int], dict[str, Cue]] = {}
    for cue in cues:
        by_sentence.setdefault((cue.field, cue.sentence), {}).setdefault(cue.concept, cue)
    best: dict[tuple[str, str, int], float] = {}
    deciding: dict[str, Cue] = {}
    for (field, _), present in by_sentence.items():
        for number, rule in enumerate(rules):
            if all(concept in present for concept in rule["all"]):
                best[rule["code"], field, number] = rule["weight"] * FIELD_WEIGHTS[field]
                deciding.setdefault(rule["code"], present[rule["all"][0]])
    scores: dict[str, float] = {}
    for (code, _, _), weight in best.items():
        scores[code] = scores.get(code, 0.0) + weight
    return Reading(scores, deciding)


def choose_instruments(reading: Reading, limit: int = 3) -> tuple[str, ...]:
    """The instruments above the threshold, best first, at most `limit`; the best one where none is above."""
    ranked = sorted(reading.scores.items(), key=lambda s: (-s[1], s[0]))
    chosen = [code for code, score in ranked if score >= INSTRUMENT_THRESHOLD][:limit]
    return tuple(chosen or [code for code, _ in ranked[:1]])


def choose_stage(concepts: Mapping[str, float], instruments: Sequence[str]) -> str:
    """How far the act has come. `concepts` are the weights of the cues found, titles counting most."""

    def has(name: str, least: float = 0.9) -> bool:
        return concepts.get(name, 0.0) >= least

    if has("suspend") and not has("visa") and not has("travel_ban"):
        return "suspended"
    if has("refuse"):
        return "rejected"
    if has("threat"):
        return "threatened"
    if has("demand") and not has("signed"):
        return "demanded"
    if has("accuse"):
        return "stated"
    if has("signed") and (has("deal") or "third_country" in instruments):
        return "agreed"
    if has("talks"):
        return "talks"
    if has("plan"):
        return "considered"
    if has("announce"):
        return "announced"
    if has("done"):
        return "carried_out"
    if has("in_force"):
        return "in_force"
    if has("deal"):
        return "agreed"
    for name, stage in (("accuse", "stated"), ("signed", "agreed"), ("demand", "demanded"), ("refuse", "rejected"),
                        ("talks", "talks"), ("announce", "announced"), ("in_force", "in_force"), ("done", "carried_out")):
        if has(name, 0.3):
            return stage
    return "stated"


_COERCIVE = frozenset(
    ["visa_restriction", "economic_pressure", "instrumentalisation", "sanctions", "rupture", "border_measure"]
)
_COOPERATIVE = frozenset(
    ["consultation", "third_country", "visa_facilitation", "aid_for_control", "border_cooperation", "labour_mobility",
     "readmission", "deportation", "burden_sharing"]
)


def choose_sign(concepts: Mapping[str, float], instruments: Sequence[str], stage: str) -> str:
    """The sign of the act between the governments."""
    has = lambda name: concepts.get(name, 0.0) >= 0.9  # noqa: E731
    if stage in ("rejected", "threatened", "suspended") or has("refuse"):
        return "coercive"
    if has("accuse"):
        return "coercive"
    if any(code in _COERCIVE for code in instruments[:2]):
        return "cooperative" if has("ease") or has("open") else "coercive"
    if stage == "demanded":
        return "neutral"
    if any(code in _COOPERATIVE for code in instruments):
        return "cooperative"
    return "coercive" if concepts.get("accuse", 0.0) > 0.3 else "neutral"


def choose_frames(cues: Sequence[Cue]) -> Reading:
    """Scores of the frames: each different word counts, the title's more."""
    scores: dict[str, float] = {}
    deciding: dict[str, Cue] = {}
    for cue in cues:
        frame = _FRAME_OF.get(cue.concept)
        if frame:
            scores[frame] = scores.get(frame, 0.0) + FIELD_WEIGHTS[cue.field]
            deciding.setdefault(frame, cue)
    return Reading(scores, deciding)


def weigh_concepts(cues: Sequence[Cue]) -> dict[str, float]:
    """The strongest place of every concept: 1 in the title, less below."""
    weights: dict[str, float] = {}
    for cue in cues:
        weights[cue.concept] = max(weights.get(cue.concept, 0.0), FIELD_WEIGHTS[cue.field])
    return weights


def fold_words(words: str) -> frozenset[str]:
    """A set of folded words from a written list."""
    return frozenset(fold(word.replace("_", " ")) for word in words.split())
