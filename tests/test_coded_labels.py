"""Codes that readers gave to real reports use the codebook's words, and hold no text."""

import re
from pathlib import Path

import pytest

from demarche.labelled import rows_of
from demarche.model import FRAMES, INSTRUMENTS, ORGANISATIONS, SIGNS, STAGES

LABELS = Path(__file__).resolve().parents[1] / "labels"
FILES = sorted(LABELS.glob("codes-*.jsonl"))
CODES = {"instruments": INSTRUMENTS, "stage": STAGES, "sign": SIGNS, "frames": FRAMES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_codes_are_those_of_the_codebook(path):
    for row in rows_of(path):
        for name, known in CODES.items():
            assert set(row.get(name, ())) <= set(known), row["key"]
        for code in (*row.get("initiators", ()), *row.get("targets", ()), *row.get("about", ())):
            assert code in ORGANISATIONS or re.fullmatch(r"[A-Z]{2}", code), row["key"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_reader_gives_a_report_one_coding(path):
    read = [(row["key"], row["reader"]) for row in rows_of(path)]
    assert len(read) == len(set(read))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_text_of_an_outlet_is_kept(path):
    for row in rows_of(path):
        assert not {"title", "summary", "text"} & set(row), row["key"]


def test_instruments_are_given_where_the_subject_is_migration_and_only_there():
    for name, given in (("codes-g", True), ("codes-h", False), ("codes-i", False), ("codes-j", False)):
        for row in rows_of(LABELS / f"{name}.jsonl"):
            assert bool(row.get("instruments")) == given, row["key"]
