"""Figures of held-back rows: borderline and composed ones are no errors, and complete times are measured apart."""

from dataclasses import replace

import numpy as np
import pytest

from demarche.heldback import average_precision, interval, report
from demarche.labelled import BORDERLINE, RELEVANT, Labelled
from demarche.model import Candidate


def rows_of_a_year(per_month: int = 2) -> list[Labelled]:
    """One relevant and one other report a month."""
    return [
        Labelled(Candidate(f"{month}-{n}", "title", lang="en"), RELEVANT if n == 0 else 0, f"2024-{month:02d}", "file")
        for month in range(1, 13)
        for n in range(per_month)
    ]


def test_precision_and_recall_count_rows_that_are_plainly_relevant_or_not() -> None:
    rows = rows_of_a_year()
    rows.append(replace(rows[0], label=BORDERLINE, candidate=Candidate("b", "title", lang="en")))
    rows.append(replace(rows[0], is_composed=True))
    called = np.array([row.label == RELEVANT for row in rows])
    called[0], called[1], called[-2] = False, True, True  # one missed, one wrong, one borderline called
    (line, *_) = report(rows, called.astype(float), called, {})
    assert line.startswith("all: 12 relevant, precision 0.917 recall 0.917 F1 0.917")
    assert line.endswith("borderline called 1 of 1")


def test_a_group_with_few_relevant_rows_has_no_figure() -> None:
    rows = rows_of_a_year()[:18]
    assert report(rows, np.zeros(18), np.zeros(18, dtype=bool), {}) == []


def test_entries_of_a_complete_time_are_measured_by_the_labels_that_were_read_there() -> None:
    rows = rows_of_a_year()
    called = np.array([row.label == RELEVANT for row in rows])
    whole = {row.candidate.id: row.label for row in rows[:-1]} | {rows[0].candidate.id: 0}
    *_, line = report(rows, called.astype(float), called, {"months": whole})
    assert line.startswith("complete months, 23 entries: 11 relevant, precision 0.917 recall 1.000")


def test_the_interval_is_drawn_from_whole_months() -> None:
    rows = rows_of_a_year()
    called = np.array([row.label == RELEVANT and row.month < "2024-07" for row in rows])
    f1, low, high = interval(rows, called)
    assert f1 == pytest.approx(2 * 6 / (2 * 6 + 6))
    assert low < f1 < high
    assert interval(rows, np.array([row.label == RELEVANT for row in rows])) == (1.0, 1.0, 1.0)


def test_average_precision_is_one_where_all_relevant_rows_come_first() -> None:
    truth = np.array([True, True, False])
    assert average_precision(np.array([3.0, 2.0, 1.0]), truth) == 1.0
    assert average_precision(np.array([1.0, 3.0, 2.0]), truth) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(np.array([1.0]), np.array([False])) == 0.0
