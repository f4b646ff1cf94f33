"""Chooses instruments, stage, sign and frames by learned weights over what the rules saw.

Owns the features of a report as a whole and their weighing. It finds no words, makes no vectors, and does not say who
acts on whom.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from demarche.core.closereading import bounded
from demarche.core.instruments import Cue
from demarche.core.logistic import sigmoid
from demarche.model import Mention

TITLE_FIELD = "title"
LIMIT = 2
BESIDE, LIKELY = "demarche", 0.5  # a protest comes with whatever it is about
INSTRUMENT_CHANCE, FRAME_CHANCE = 0.25, 0.2  # the scores of held-back reports hardly change from 0.2 to 0.35
# What the learned log-chance counts beside the points of the rules. Signs of reports whose words nobody tuned are told
# better by what was learned; stages are not.
BESIDE_RULES = {"stage": 0.4, "sign": 1.6}
# Instruments with too few labels to learn from: where the rules choose them, they stand.
SELDOM, SURE = frozenset(["economic_pressure", "rupture", "sanctions"]), 0.9
MOST_ACTORS = 4
MOST_POINTS = 2.0  # of a frame: a text may repeat its words
BIAS = "bias"
MEANING = "meaning "  # begins the features that are the numbers of a report's vector
READ = "read "  # begins the features that hold log-odds of a close reading
READ_KINDS = ("stage", "sign", "frames")  # of instruments the rules know more than the close reader
MEANING_SCALE = 3.0  # makes them weigh about as much as the features that the rules found


def describe_report(
    cues: Sequence[Cue],
    mentions: Sequence[Mention],
    actors: int,
    ruled: Mapping[str, Sequence[str]],
    points: Mapping[str, Mapping[str, float]],
) -> dict[str, float]:
    """The features of a report, free of any language.

    `ruled` holds the codes that the rules chose, by kind ("instrument", "stage", ...); `points` what they scored.
    """
    named = {(cue.field == TITLE_FIELD, cue.concept) for cue in cues}
    features = {("title:" if is_title else "body:") + concept: 1.0 for is_title, concept in sorted(named)}
    features |= describe_rulings(ruled, points)
    features[f"actors:{min(actors, MOST_ACTORS)}"] = 1.0
    if any(mention.role == "people" for mention in mentions):
        features["people"] = 1.0
    return features


def describe_rulings(ruled: Mapping[str, Sequence[str]], points: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The features of what the rules chose and of what they scored, as in `describe_report`."""
    features = {f"ruled {kind}:{code}": 1.0 for kind, codes in ruled.items() for code in codes}
    features[f"first:{ruled['instrument'][0] if ruled['instrument'] else 'none'}"] = 1.0
    for kind, scores in points.items():
        for code, score in scores.items():
            if score:
                features[f"points {kind}:{code}"] = min(score, MOST_POINTS) if kind == "frame" else score
    return features


def describe_meaning(vector: NDArray[np.float64]) -> dict[str, float]:
    """The numbers of a report's vector as features."""
    return dict(zip(_meaning_names(len(vector)), (vector * MEANING_SCALE).tolist(), strict=True))


@cache
def _meaning_names(size: int) -> tuple[str, ...]:
    return tuple(f"{MEANING}{number}" for number in range(size))


def describe_reading(codes: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The log-odds that a close reading gives to stage, sign and frames, as features."""
    return {f"{READ}{kind}:{code}": bounded(odds) for kind in READ_KINDS for code, odds in codes[kind].items()}


class Choices:
    """Learned weights of every code, as one table: features by codes."""

    def __init__(self, weights: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
        """`weights` is the part "choices" of rules/model/coding.json: by field, code and feature."""
        self._columns: list[tuple[str, tuple[str, ...], int]] = []
        for name, codes in weights.items():
            start = sum(len(own) for _, own, _ in self._columns)
            self._columns.append((name, tuple(codes), start))
        tables = [table for codes in weights.values() for table in codes.values()]
        names = sorted({feature for table in tables for feature in table} - {BIAS})
        self._place = {name: number for number, name in enumerate(names)}
        self._matrix: NDArray[np.float64] = np.zeros((len(names), len(tables)))
        self._bias: NDArray[np.float64] = np.array([table.get(BIAS, 0.0) for table in tables])
        for column, table in enumerate(tables):
            for feature, weight in table.items():
                if feature != BIAS:
                    self._matrix[self._place[feature], column] = weight
        # Once more as a vector is laid out, whose numbers then need no names.
        of_meaning = [name for name in names if name.startswith(MEANING)]
        numbers = {int(name.removeprefix(MEANING)): self._place[name] for name in of_meaning}
        self._of_meaning: NDArray[np.float64] = np.zeros((max(numbers, default=-1) + 1, len(tables)))
        for number, place in numbers.items():
            self._of_meaning[number] = self._matrix[place] * MEANING_SCALE

    @property
    def reads_meaning(self) -> bool:
        """True where the numbers of a report's vector are weighed, too."""
        return len(self._of_meaning) > 0

    def weigh(
        self, features: Mapping[str, float], vector: NDArray[np.float64] | None = None
    ) -> dict[str, dict[str, float]]:
        """The chance of every code, by field; `vector` is that of the report's meaning, where it is weighed."""
        places, values = [], []
        for name, value in features.items():
            place = self._place.get(name)
            if place is not None:
                places.append(place)
                values.append(value)
        odds = self._bias + np.array(values) @ self._matrix.take(places, axis=0) if places else self._bias
        if vector is not None:
            known = min(len(vector), len(self._of_meaning))
            odds = odds + vector[:known] @ self._of_meaning[:known]
        chances = sigmoid(odds).tolist()
        return {name: dict(zip(codes, chances[start:], strict=False)) for name, codes, start in self._columns}


def choose(
    choices: Choices,
    features: Mapping[str, float],
    vector: NDArray[np.float64] | None,
    ruled: Sequence[str],
    points: Mapping[str, Mapping[str, float]],
) -> tuple[tuple[str, ...], str, str, tuple[str, ...]]:
    """Instruments, stage, sign and frames of a report, from its features and meaning and what the rules say."""
    chances = choices.weigh(features, vector)
    stage, sign = (pick_one(kind, points[kind], chances[kind]) for kind in BESIDE_RULES)
    return pick_instruments(chances["instruments"], ruled), stage, sign, pick_frames(chances["frames"])


def pick_instruments(chances: Mapping[str, float], ruled: Sequence[str]) -> tuple[str, ...]:
    """The likely instruments, best first, at most two and a demarche that is likelier than not; else the best one."""
    chances = {
        code: max(chance, SURE) if code in SELDOM and code in ruled else chance for code, chance in chances.items()
    }
    chosen = pick_codes(chances, INSTRUMENT_CHANCE) or (max(chances, key=lambda code: chances[code]),)
    if BESIDE not in chosen and chances.get(BESIDE, 0.0) >= LIKELY:
        chosen += (BESIDE,)
    return chosen


def pick_frames(chances: Mapping[str, float]) -> tuple[str, ...]:
    """The likely frames, best first, at most two."""
    return pick_codes(chances, FRAME_CHANCE)


def pick_codes(chances: Mapping[str, float], least: float) -> tuple[str, ...]:
    """The codes whose chance is at least `least`, best first, at most two."""
    ranked = sorted([(-chance, code) for code, chance in chances.items() if chance >= least])
    return tuple([code for _, code in ranked[:LIMIT]])


def pick_one(kind: str, points: Mapping[str, float], chances: Mapping[str, float]) -> str:
    """The one code of a "stage" or "sign": the points of the rules, moved by what was learned."""
    total, beside = sum(chances.values()), BESIDE_RULES[kind]
    best = {code: points.get(code, 0.0) + beside * math.log(chance / total + 1e-3) for code, chance in chances.items()}
    return max(best, key=lambda code: best[code])
