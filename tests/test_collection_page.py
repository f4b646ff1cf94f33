"""docs/collection.md says what the code does."""

from pathlib import Path

from demarche.model import Outcome
from hostile_page import hostile_table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "collection.md"


def test_the_table_of_hostile_answers_is_that_of_the_cases_played():
    assert hostile_table() in PAGE.read_text(encoding="utf-8")


def test_every_outcome_is_explained():
    text = PAGE.read_text(encoding="utf-8")
    assert [str(outcome) for outcome in Outcome if f"`{outcome}`" not in text] == []
