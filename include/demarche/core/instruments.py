"""Finds the words that show instrument, stage, sign and frame, and turns them into the codebook's codes.

Owns the reading of rules/instruments.toml. It does not say who acts on whom.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from demarche.core.forms import ALIASES, parse_form
from demarche.core.matching import FREE, Matcher, fold
from demarche.core.sentences import sentences
from demarche.model import SIGNS, STAGES

FIELD_WEIGHTS = {"title": 1.0, "summary": 0.66, "text": 0.5}
INSTRUMENT_THRESHOLD = 0.65
PLAIN, PLAIN_DEMARCHE = 1.1, 0.9  # scores of an instrument that the title names
FRAME_THRESHOLD = 0.85
JOINT_POINTS, MIXED_POINTS = 0.6, 1.0
TITLE_WEIGHT = 0.9  # a concept weighs that much only in the title
LIFTING = frozenset(["ease", "open"])
ONE_SIDED = frozenset(["visa_restriction", "border_measure", "economic_pressure", "sanctions", "rupture"])
OBJECTS, PLAIN_OBJECT = frozenset(["border_cooperation", "border_measure"]), 0.9  # what talks are often about
NEIGHBOURS = frozenset(["consultation", "demarche"])  # instruments that most other acts bring along
# Languages without words of their own read those of a near relative.
RELATIVES = {"ca": "es", "hr": "sr", "mk": "bg", "ms": "id", "no": "da", "sk": "cs"}
ANY = ""  # stands for every language that has no words of its own: they share the words of all others
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


_BY_PLACE = itemgetter(1, 2, 0)


class Cue(NamedTuple):
    """A concept and the words that showed it; there are dozens in a report, and a tuple is made fastest."""

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


def split_sentences(field: str, text: str, lang: str) -> list[Sentence]:
    """The sentences of a field, in order, with their places."""
    return [Sentence(field, start, end, text[start:end]) for start, end in sentences(text, lang=lang)]


class CueFinder:
    """Finds concepts in a text of a given language; unknown languages use English and whatever else they can."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        self._concepts: Mapping[str, Mapping[str, str]] = rules["concepts"]
        self._matchers: dict[str, tuple[Matcher, tuple[str, ...]]] = {}

    def find(self, text: str, lang: str) -> list[tuple[str, int, int]]:
        """(concept, start, end) of every cue, in text order; those of one place by name, the same in every process."""
        lang = ALIASES.get(lang, lang)
        lang = RELATIVES.get(lang, lang)
        matcher, concepts = self._matcher(lang if lang in self._concepts else ANY)
        return sorted({(concepts[i], start, end) for i, start, end in matcher.hits(text)}, key=_BY_PLACE)

    def _matcher(self, lang: str) -> tuple[Matcher, tuple[str, ...]]:
        if lang not in self._matchers:
            languages: Iterable[str] = tuple(self._concepts) if lang == ANY else (lang,)
            patterns, concepts = [], []
            for language in languages:
                for concept, forms in self._concepts[language].items():
                    for form in forms.split():
                        patterns.append(parse_form(form, FREE)[0])
                        concepts.append(concept)
            self._matchers[lang] = (Matcher(patterns), tuple(concepts))
        return self._matchers[lang]


RuleIndex = Mapping[str, Sequence[tuple[int, tuple[str, ...], str, float]]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the cues of one report say: scores by code, and the cue that decided each code first."""

    scores: Mapping[str, float]
    deciding: Mapping[str, Cue]


def index_rules(rules: Sequence[Mapping[str, Any]]) -> RuleIndex:
    """The rules by the first concept that each needs: its number, the other concepts, its code and its weight."""
    index: dict[str, list[tuple[int, tuple[str, ...], str, float]]] = {}
    for number, rule in enumerate(rules):
        first, *others = rule["all"]
        index.setdefault(first, []).append((number, tuple(others), rule["code"], rule["weight"]))
    return index


def score_instruments(cues: Sequence[Cue], rules: RuleIndex) -> Reading:
    """Adds the weights of the rules whose concepts stand together in one sentence, once for each field."""
    by_sentence: dict[tuple[str, int], dict[str, Cue]] = {}
    for cue in cues:
        by_sentence.setdefault((cue.field, cue.sentence), {}).setdefault(cue.concept, cue)
    best: dict[tuple[str, str, int], float] = {}
    deciding: dict[str, tuple[int, Cue]] = {}
    for (field, _), present in by_sentence.items():
        fresh: dict[str, tuple[int, Cue]] = {}
        for concept, cue in present.items():
            for number, others, code, weight in rules.get(concept, ()):
                if all(other in present for other in others):
                    best[code, field, number] = weight * FIELD_WEIGHTS[field]
                    if code not in fresh or number < fresh[code][0]:
                        fresh[code] = (number, cue)
        deciding = {**fresh, **deciding}  # the first sentence that shows a code decides it
    scores: dict[str, float] = {}
    for (code, _, _), weight in best.items():
        scores[code] = scores.get(code, 0.0) + weight
    return Reading(scores, {code: cue for code, (_, cue) in deciding.items()})


def choose_instruments(reading: Reading, limit: int = 2) -> tuple[str, ...]:
    """The instruments above the threshold, best first, at most `limit` and a plain demarche; else the best one."""
    scores = dict(reading.scores)
    if "visa_restriction" in scores and "visa_facilitation" in scores:  # one of them is what the other undoes
        del scores[min("visa_facilitation", "visa_restriction", key=lambda code: scores[code])]
    if "consultation" in scores and any(score >= PLAIN for code, score in scores.items() if code not in NEIGHBOURS):
        scores["consultation"] *= 0.6  # the talks were about that
    elif scores.get("consultation", 0.0) >= INSTRUMENT_THRESHOLD:  # a border that is talked about is not yet acted on
        scores = {code: score for code, score in scores.items() if code not in OBJECTS or score >= PLAIN_OBJECT}
    ranked = sorted(scores.items(), key=lambda score: (-score[1], score[0]))
    chosen = [code for code, score in ranked if score >= INSTRUMENT_THRESHOLD][:limit]
    if "demarche" not in chosen and scores.get("demarche", 0.0) >= PLAIN_DEMARCHE:
        chosen.append("demarche")
    return tuple(chosen or [code for code, _ in ranked[:1]])


Points = Mapping[str, Mapping[str, Mapping[str, float]]]


def weigh_stages(concepts: Mapping[str, float], instruments: Sequence[str], table: Points) -> dict[str, float]:
    """Points of each stage: words of stage, and what the first instrument is mostly reported at."""
    points = dict.fromkeys(STAGES, 0.0)
    for concept, weight in concepts.items():
        for stage, worth in table["concepts"].get(concept, {}).items():
            points[stage] += worth * weight * weight  # the square keeps background words of the body low
    for stage, worth in table["instruments"].get(instruments[0] if instruments else "", {}).items():
        points[stage] += worth
    if "visa_restriction" in instruments:
        points["suspended"] = 0.0  # a suspended visa deal is the measure itself
    if instruments and instruments[0] in ONE_SIDED:  # one signs an order, too, and refuses visas
        points["announced"] += points["agreed"] / 2 + points["rejected"] / 3
        points["agreed"] /= 2
        points["rejected"] /= 2
    if concepts.get("announce", 0.0) == concepts.get("plan", 0.0) == 1.0:  # a plan that is announced is decided
        points["considered"] /= 2
    return points


def choose_stage(points: Mapping[str, float]) -> str:
    """How far the act has come."""
    return max(points, key=points.__getitem__) if any(points.values()) else "stated"


def weigh_signs(
    concepts: Mapping[str, float], instruments: Sequence[str], is_joint: bool, table: Points, stage: str = ""
) -> dict[str, float]:
    """Points of each sign: from words of dispute and accord, instruments, jointness, stage."""
    points = dict.fromkeys(SIGNS, 0.0)
    for concept, weight in concepts.items():
        for sign, worth in table["concepts"].get(concept, {}).items():
            points[sign] += worth * weight * weight
    is_lifted = LIFTING.intersection(c for c, weight in concepts.items() if weight >= TITLE_WEIGHT)
    for rank, instrument in enumerate(instruments):
        for sign, worth in table["instruments"].get(instrument, {}).items():
            if is_lifted and sign == "coercive" and instrument in ("visa_restriction", "border_measure"):
                sign = "cooperative"  # a ban that ends
            points[sign] += worth / (1 + rank)
    for sign, worth in table["stages"].get(stage, {}).items():
        points[sign] += worth
    if is_joint:
        points["cooperative"] += JOINT_POINTS
        points["mixed"] += MIXED_POINTS * min(points["cooperative"], points["coercive"])
    return points


def choose_sign(points: Mapping[str, float]) -> str:
    """The sign of the act between the governments."""
    return max(points, key=points.__getitem__) if any(points.values()) else "neutral"


def score_frames(cues: Sequence[Cue]) -> Reading:
    """Scores of the frames: each word counts, the title's more."""
    scores: dict[str, float] = {}
    deciding: dict[str, Cue] = {}
    for cue in cues:
        frame = _FRAME_OF.get(cue.concept)
        if frame:
            scores[frame] = scores.get(frame, 0.0) + FIELD_WEIGHTS[cue.field]
            deciding.setdefault(frame, cue)
    return Reading(scores, deciding)


def choose_frames(reading: Reading, limit: int = 2) -> tuple[str, ...]:
    """The frames above the threshold, best first, at most `limit`."""
    ranked = sorted(reading.scores.items(), key=lambda score: (-score[1], score[0]))
    return tuple(code for code, score in ranked if score >= FRAME_THRESHOLD)[:limit]


def weigh_concepts(cues: Sequence[Cue]) -> dict[str, float]:
    """The strongest place of every concept: 1 in the title, less below."""
    weights: dict[str, float] = {}
    for cue in cues:
        weights[cue.concept] = max(weights.get(cue.concept, 0.0), FIELD_WEIGHTS[cue.field])
    return weights


def fold_words(words: str) -> frozenset[str]:
    """A set of folded words from a written list."""
    return frozenset(fold(word.replace("_", " ")) for word in words.split())
