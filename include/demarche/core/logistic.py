"""Fits a logistic regression, and a straight line through its scores, to labelled signals (numpy).

Owns the mathematics only: the same input gives the same weights on every machine, up to rounding.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

STEPS = 100
SETTLED = 1e-9
THRESHOLDS = tuple(n / 100 for n in range(2, 99))
PLATEAU = 0.01


def sigmoid(values: Matrix) -> Matrix:
    """Log-odds to probabilities, without overflow."""
    clipped: Matrix = np.minimum(np.maximum(values, -30.0), 30.0)  # np.clip takes longer to begin
    return np.asarray(1.0 / (1.0 + np.exp(-clipped)), dtype=np.float64)


def fit_logistic(x: Matrix, y: Matrix, importance: Matrix, penalty: float | Matrix) -> tuple[Matrix, float]:
    """Weights and bias that minimise the log loss plus `penalty` times the squared weights, by Newton's steps.

    `x` is rows by signals, `y` holds targets between 0 and 1, `importance` a weight for each row. The bias is
    not penalised. Method: iteratively reweighted least squares.
    """
    rows, columns = x.shape
    wide = np.hstack([x, np.ones((rows, 1))])
    ridge = np.zeros(columns + 1)
    ridge[:columns] = penalty
    weights = np.zeros(columns + 1)
    for _ in range(STEPS):
        p = sigmoid(wide @ weights)
        gradient = wide.T @ (importance * (p - y)) + ridge * weights
        curvature = (wide * (importance * np.maximum(p * (1 - p), 1e-6))[:, None]).T @ wide + np.diag(ridge + 1e-9)
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if float(np.abs(step).max()) < SETTLED:
            break
    return weights[:columns], float(weights[columns])


def calibrate(scores: Matrix, y: Matrix, importance: Matrix) -> tuple[float, float]:
    """Slope and offset that turn held-back log-odds into probabilities (Platt 1999)."""
    weights, offset = fit_logistic(scores[:, None], y, importance, 1e-3)
    return float(weights[0]), offset


def best_threshold(scores: Sequence[float], labels: Sequence[bool], importance: Sequence[float]) -> tuple[float, float]:
    """The middle of the thresholds whose F1 lies within a hundredth of the best, and the best F1.

    Each row counts `importance` times. The middle, because the single best threshold of a few hundred rows is noise.
    """
    p, y, w = np.array(scores), np.array(labels, dtype=bool), np.array(importance)
    total = float(w[y].sum())
    measured: list[tuple[float, float]] = []
    for threshold in THRESHOLDS:
        called = p >= threshold
        hits = float(w[called & y].sum())
        false = float(w[called & ~y].sum())
        measured.append((2 * hits / (hits + false + total) if hits else 0.0, threshold))
    best = max(f1 for f1, _ in measured)
    good = [threshold for f1, threshold in measured if f1 >= best - PLATEAU]
    return sum(good) / len(good), best
