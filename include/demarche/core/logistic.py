"""Fits a logistic regression, and a straight line through its scores, to labelled signals (numpy).

Owns the mathematics only: the same input gives the same weights on every machine, up to rounding.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

STEPS = 100
SETTLED = 1e-9


def sigmoid(values: Matrix) -> Matrix:
    """Log-odds to probabilities, without overflow."""
    clipped: Matrix = np.clip(values, -30.0, 30.0)
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
    """The threshold with the best F1, and that F1, each row counted `importance` times; midway between two scores."""
    order = sorted(range(len(scores)), key=lambda n: -scores[n])
    total = sum(w for w, y in zip(importance, labels, strict=True) if y)
    hits = false = 0.0
    best = (0.5, 0.0)
    for place, n in enumerate(order):
        if labels[n]:
            hits += importance[n]
        else:
            false += importance[n]
        below = scores[order[place + 1]] if place + 1 < len(order) else 0.0
        f1 = 2 * hits / (hits + false + total) if hits else 0.0
        if f1 > best[1] and below < scores[n]:
            best = ((scores[n] + below) / 2, f1)
    return best
