"""Says how well held-back rows were judged: F1 with its interval, average precision, by file and by language.

Owns the figures. What is fitted, and to what, is in `training`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from demarche.labelled import BORDERLINE, RELEVANT, Labelled

DRAWS = 500  # of the bootstrap over months
FEWEST = 10  # relevant rows that a figure needs

Vector = NDArray[np.float64]


def interval(rows: Sequence[Labelled], called: NDArray[np.bool_]) -> tuple[float, float, float]:
    """F1 of the rows, and its 95 % interval by drawing whole months again and again: an event is drawn as one."""
    counts: dict[str, list[int]] = {}
    for row, is_called in zip(rows, called, strict=True):
        if row.label != BORDERLINE:
            outcome = counts.setdefault(row.month, [0, 0, 0])
            is_relevant = row.label == RELEVANT
            outcome[0] += bool(is_relevant and is_called)
            outcome[1] += bool(is_called and not is_relevant)
            outcome[2] += bool(is_relevant and not is_called)
    table = np.array(list(counts.values()), dtype=np.float64)
    draw = np.random.default_rng(1)

    def f1(part: Vector) -> float:
        hits, false, missed = part.sum(axis=0)
        return float(2 * hits / max(1.0, 2 * hits + false + missed))

    drawn = sorted(f1(table[draw.integers(0, len(table), len(table))]) for _ in range(DRAWS))
    return f1(table), drawn[int(0.025 * DRAWS)], drawn[int(0.975 * DRAWS)]


def average_precision(scores: Vector, truth: NDArray[np.bool_]) -> float:
    """The mean precision at each relevant row, best first."""
    hits = truth[np.argsort(-scores, kind="stable")]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean()) if hits.any() else 0.0


def report(
    rows: Sequence[Labelled], held_back: Vector, called: NDArray[np.bool_], complete: Mapping[str, Mapping[str, int]]
) -> list[str]:
    """Figures of all rows, and by file and by language where ten rows are relevant.

    `held_back` are the scores and `called` the decisions of models that had not seen the row's month. `complete` has,
    by name, labels by key of entries that are all of some time or feed, whatever other readers said of a few of them:
    fair samples.
    """
    groups: dict[str, list[int]] = {"all": [n for n, row in enumerate(rows) if not row.is_composed]}
    for n in groups["all"]:
        row = rows[n]
        groups.setdefault(f"file {row.origin}", []).append(n)
        groups.setdefault(f"language {row.candidate.lang or 'unknown'}", []).append(n)
    lines = [_line(name, rows, places, held_back, called) for name, places in groups.items()]
    for name, labels in complete.items():
        places = [n for n in groups["all"] if rows[n].candidate.id in labels]
        read = [replace(row, label=labels.get(row.candidate.id, row.label)) for row in rows]
        lines.append(_line(f"complete {name}, {len(places)} entries", read, places, held_back, called))
    return [line for line in lines if line]


def _line(
    name: str, rows: Sequence[Labelled], places: Sequence[int], held_back: Vector, called: NDArray[np.bool_]
) -> str:
    """One line of figures; empty where fewer than ten rows are relevant."""
    scored = [n for n in places if rows[n].label != BORDERLINE]
    truth = np.array([rows[n].label == RELEVANT for n in scored])
    if truth.sum() < FEWEST:
        return ""
    given = called[scored]
    f1, low, high = interval([rows[n] for n in scored], given)
    hits = int((given & truth).sum())
    borderline = sum(called[n] for n in places if rows[n].label == BORDERLINE)
    return (
        f"{name}: {int(truth.sum())} relevant, precision {hits / max(1, int(given.sum())):.3f} "
        f"recall {hits / int(truth.sum()):.3f} F1 {f1:.3f} ({low:.2f} to {high:.2f}) "
        f"average precision {average_precision(held_back[scored], truth):.3f}, "
        f"borderline called {borderline} of {len(places) - len(scored)}"
    )
