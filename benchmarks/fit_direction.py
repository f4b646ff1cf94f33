"""Fits the weights by which the coder chooses who acts on whom (core/arrangement.py). Reads no labels of its own.

The log-likelihood of the labelled arrangement among all of a report's arrangements, with a penalty on squared weights.
Composed reports get each feature twice, once shared and once their own, so that they lend words to the shared weights
but keep their own habits (Daumé III 2007, "Frustratingly easy domain adaptation").
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demarche.core.arrangement import FORMS, PAIR, ROLES, TELLING, Arrangement, arrangements, plan_of
from demarche.core.direction import READ_PARTS, Case

RARE = 4  # reports in which a feature must occur
PENALTIES = {"plain": 3.0, "certain": 0.3, "joined": 10.0, "body": 12.0, "near": 6.0}
BIAS = 0.1
CERTAIN = frozenset(
    [*READ_PARTS, "led_by", "topic_colon", "speaker_colon", "passive_title", "plainly_joint", "plainly_one_sided"]
)
SMALLEST = 0.02  # weights below this say nothing and are not written
STEPS, MEMORY, SETTLED = 400, 10, 1e-7
OWN = "own@"
Vector = NDArray[np.float64]
Key = tuple[str, str]  # a slot (a role, a form or the pair) and a feature


@dataclass(frozen=True, slots=True)
class Lesson:
    """A report as it is weighed, the labelled way of sharing its roles, and whether it was composed."""

    case: Case
    way: Arrangement
    composed: bool = False


def labelled_way(case: Case, initiators: set[str], targets: set[str]) -> Arrangement:
    """The arrangement that comes nearest to the labels: a party has the role of any of its actors."""
    groups = tuple(len(party.codes) > 1 for party in case.parties)
    is_joint = len(initiators) > 1 and initiators == targets
    first = [n for n, party in enumerate(case.parties) if initiators.intersection(party.codes)]
    second = [n for n, party in enumerate(case.parties) if targets.intersection(party.codes) and n not in first]
    if is_joint and (len(first) > 1 or (first and groups[first[0]])):
        wanted: tuple[tuple[int, ...], ...] = ((), (), tuple(first))
    else:
        wanted = (tuple(first), tuple(second), ())
    return next(way for way in arrangements(groups) if (way.initiators, way.targets, way.joint) == wanted)


def _slots(case: Case) -> list[tuple[str, Mapping[str, float]]]:
    """What an arrangement may add up, in order: each party in each role, each form, each pair."""
    slots = [(role, party.features) for party in case.parties for role in ROLES]
    slots += [(form, case.form if form in TELLING else {}) for form in FORMS]
    size = range(len(case.parties))
    return slots + [(PAIR, case.pairs[i, t]) if i != t else (PAIR, {}) for i in size for t in size]


def _design(groups: tuple[bool, ...]) -> tuple[Sequence[Arrangement], Vector]:
    """The arrangements of so many parties, and how much of each slot each of them adds up."""
    plan = plan_of(groups)
    return plan.ways, np.hstack([plan.own, plan.form, plan.pair])


def _keys(slot: str, features: Mapping[str, float], composed: bool) -> Iterator[tuple[Key, float]]:
    """The weights that a slot uses, with the features' values."""
    for name, value in (("bias", 1.0), *features.items()):
        yield (slot, name), value
        if composed:
            yield (slot, OWN + name), value


def _penalty(key: Key) -> float:
    name = key[1].removeprefix(OWN)
    if name == "bias":
        return BIAS
    if name in CERTAIN:
        return PENALTIES["certain"]
    if "*" in name:
        return PENALTIES["joined"]
    if name.startswith("body:"):
        return PENALTIES["body"]
    return PENALTIES["near" if name.startswith(("after_", "before_", "then:", "since:")) else "plain"]


class Likelihood:
    """The loss of all lessons and its gradient, as a function of the weights."""

    def __init__(self, lessons: Sequence[Lesson]) -> None:
        counts: Counter[Key] = Counter()
        for lesson in lessons:
            used = [_keys(slot, features, lesson.composed) for slot, features in _slots(lesson.case)]
            counts.update({key for keys in used for key, _ in keys})
        self.names = sorted(key for key, count in counts.items() if count >= RARE)
        self.penalty = np.array([_penalty(key) for key in self.names])
        place = {key: number for number, key in enumerate(self.names)}
        rows, columns, values = [], [], []
        members: dict[tuple[bool, ...], list[tuple[int, Arrangement]]] = defaultdict(list)
        slot_number = 0
        for lesson in lessons:
            groups = tuple(len(party.codes) > 1 for party in lesson.case.parties)
            members[groups].append((slot_number, lesson.way))
            for slot, features in _slots(lesson.case):
                for key, value in _keys(slot, features, lesson.composed):
                    if key in place:
                        rows.append(slot_number)
                        columns.append(place[key])
                        values.append(value)
                slot_number += 1
        self.slots = slot_number
        self.rows, self.columns, self.values = np.array(rows), np.array(columns), np.array(values)
        self.blocks = []
        for groups, items in members.items():
            ways, design = _design(groups)
            slots = np.array([np.arange(start, start + design.shape[1]) for start, _ in items])
            self.blocks.append((design, slots, np.array([ways.index(way) for _, way in items])))

    def at(self, weights: Vector) -> tuple[float, Vector]:
        """The loss and its gradient."""
        scores = np.bincount(self.rows, self.values * weights[self.columns], self.slots)
        slope = np.zeros(self.slots)
        loss = 0.5 * float((self.penalty * weights * weights).sum())
        for design, slots, labelled in self.blocks:
            sums = scores[slots] @ design.T
            sums -= sums.max(1, keepdims=True)
            chances = np.exp(sums)
            whole = chances.sum(1, keepdims=True)
            each = np.arange(len(labelled))
            loss += float((np.log(whole[:, 0]) - sums[each, labelled]).sum())
            chances /= whole
            chances[each, labelled] -= 1.0
            slope[slots] += chances @ design
        back = np.bincount(self.columns, self.values * slope[self.rows], len(weights))
        return loss, back + self.penalty * weights


def minimise(likelihood: Likelihood) -> Vector:
    """The weights of least loss, by the limited-memory method of Broyden, Fletcher, Goldfarb and Shanno."""
    weights = np.zeros(len(likelihood.names))
    loss, gradient = likelihood.at(weights)
    past: list[tuple[Vector, Vector, float]] = []
    for _ in range(STEPS):
        direction, kept = gradient.copy(), []
        for step, change, scale in reversed(past):
            kept.append(scale * float(step @ direction))
            direction -= kept[-1] * change
        direction *= (
            float(past[-1][0] @ past[-1][1]) / float(past[-1][1] @ past[-1][1])
            if past
            else 1.0 / float(max(1.0, np.abs(direction).max()))
        )
        for (step, change, scale), share in zip(past, reversed(kept), strict=True):
            direction += (share - scale * float(change @ direction)) * step
        length = 1.0
        while True:
            trial = weights - length * direction
            trial_loss, trial_gradient = likelihood.at(trial)
            if trial_loss <= loss - 1e-4 * length * float(gradient @ direction) or length < 1e-8:
                break
            length /= 2
        step, change = trial - weights, trial_gradient - gradient
        if float(step @ change) > 1e-10:
            past = [*past, (step, change, 1.0 / float(step @ change))][-MEMORY:]
        is_settled = abs(loss - trial_loss) < SETTLED * max(1.0, abs(loss))
        weights, loss, gradient = trial, trial_loss, trial_gradient
        if is_settled:
            break
    return weights


def fit_direction(lessons: Sequence[Lesson]) -> dict[str, dict[str, float]]:
    """The shared weights by slot and feature."""
    likelihood = Likelihood(lessons)
    learned: dict[str, dict[str, float]] = {slot: {} for slot in (*ROLES, *FORMS, PAIR)}
    for (slot, name), weight in zip(likelihood.names, minimise(likelihood), strict=True):
        if abs(weight) >= SMALLEST and not name.startswith(OWN):
            learned[slot][name] = round(float(weight), 3)
    return learned
