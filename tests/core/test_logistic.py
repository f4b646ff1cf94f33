"""The fit finds what made the labels, repeats itself, and chooses a threshold in the middle of the good ones."""

import numpy as np
import pytest

from demarche.core.logistic import best_threshold, calibrate, fit_logistic, sigmoid


def made_rows(rows=4_000):
    rng = np.random.default_rng(7)
    x = rng.integers(0, 2, size=(rows, 3)).astype(float)
    y = (rng.random(rows) < sigmoid(x @ np.array([2.0, -1.0, 0.0]) - 0.5)).astype(float)
    return x, y, np.ones(rows)


def test_the_weights_that_made_the_labels_are_found():
    weights, bias = fit_logistic(*made_rows(), 0.1)
    assert weights == pytest.approx([2.0, -1.0, 0.0], abs=0.25) and bias == pytest.approx(-0.5, abs=0.25)


def test_the_same_rows_give_the_same_weights():
    first, second = fit_logistic(*made_rows(500), 2.0), fit_logistic(*made_rows(500), 2.0)
    assert first[0].tobytes() == second[0].tobytes() and first[1] == second[1]


def test_a_heavier_penalty_draws_the_weights_to_zero():
    light, heavy = fit_logistic(*made_rows(500), 1.0)[0], fit_logistic(*made_rows(500), 500.0)[0]
    assert np.abs(heavy).sum() < np.abs(light).sum()


def test_scores_that_are_too_bold_are_calibrated_down():
    x, y, importance = made_rows()
    bold = 3 * (x @ np.array([2.0, -1.0, 0.0]) - 0.5)
    slope, _ = calibrate(bold, y, importance)
    assert slope == pytest.approx(1 / 3, abs=0.05)


def test_the_threshold_lies_in_the_middle_of_the_equally_good_ones():
    threshold, f1 = best_threshold([0.1, 0.2, 0.8, 0.9], [False, False, True, True], [1.0] * 4)
    assert f1 == 1.0 and threshold == pytest.approx(0.505, abs=0.02)
