"""The contrast sets are whole: what teaches reader or coder must not be wrong itself."""

import json
import re
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from demarche.labelled import rows_of
from demarche.model import FRAMES, INSTRUMENTS, ORGANISATIONS, SIGNS, STAGES

LABELS = Path(__file__).resolve().parents[1] / "labels"
CODES = {"instruments": INSTRUMENTS, "stage": STAGES, "sign": SIGNS, "frames": FRAMES}
SIDES = ("initiators", "targets", "about")


TAUGHT, FURTHER, UNSEEN, EARLIER = (
    list(rows_of(LABELS / f"{name}.jsonl")) for name in ("contrasts", "further_contrasts", "contrasts_test", "composed")
)
ROWS = [*TAUGHT, *FURTHER, *UNSEEN]


def test_every_report_has_a_title_a_language_a_day_and_a_label():
    for row in ROWS:
        assert row["title"].strip() and isinstance(row["summary"], str), row["id"]
        assert re.fullmatch(r"[a-z]{2}", row["lang"]) and date.fromisoformat(row["date"]), row["id"]
        assert row["label"] in (0, 1, 2), row["id"]


@pytest.mark.parametrize("name", list(CODES))
def test_relevant_reports_have_the_codebooks_words_only(name):
    for row in ROWS:
        if row["label"] == 2:
            assert set(row[name]) <= set(CODES[name]), row["id"]
            assert name not in ("stage", "sign") or len(row[name]) == 1, row["id"]
            assert name != "instruments" or row[name], row["id"]


def test_sides_are_states_or_organisations():
    for row in ROWS:
        for name in SIDES if row["label"] == 2 else ():
            for code in row[name]:
                assert code in ORGANISATIONS or re.fullmatch(r"[A-Z]{2}", code), row["id"]


def test_most_sets_hold_entries_that_differ_in_label_or_codes():
    sets = defaultdict(list)
    for row in ROWS:
        sets[row["event"]].append(json.dumps([row["label"], *(row.get(name) for name in (*CODES, *SIDES))]))
    alike = [event for event, answers in sets.items() if len(answers) > 1 and len(set(answers)) == 1]
    assert len(alike) < len(sets) / 50, alike


def test_nothing_of_the_test_set_is_taught():
    taught = {row["event"] for row in (*TAUGHT, *FURTHER, *EARLIER)}
    assert not taught & {row["event"] for row in UNSEEN}


def test_ids_are_unique():
    assert len({row["id"] for row in ROWS}) == len(ROWS)
