"""Two versions of a text are compared word by word, and nothing of either is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demarche.core.versions import MOST, Change, changes, history


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("Four ministers meet in Oslo", "Five ministers meet in Oslo", [("Four", "Five")]),
        ("Talks begin", "Talks begin in Accra", [("", " in Accra")]),
        ("Breaking: talks begin", "talks begin", [("Breaking: ", "")]),
        ("Lima recalls four envoys", "Lima recalls five consuls", [("four envoys", "five consuls")]),
        ("المغرب يستدعي السفير", "الجزائر يستدعي السفير", [("المغرب", "الجزائر")]),
        ("东京召见大使", "首尔召见大使", [("东京", "首尔")]),
        ("Same words", "Same words", []),
        ("", "A first summary", [("", "A first summary")]),
    ],
)
def test_the_words_that_changed_are_named(before: str, after: str, changed: list[tuple[str, str]]) -> None:
    found = changes(before, after)
    assert [(change.before, change.after) for change in found if not change.is_kept] == changed


@given(st.text("ab 东é\n", max_size=40), st.text("ab 东é\n", max_size=40))
def test_the_passages_give_both_versions_back(before: str, after: str) -> None:
    found = changes(before, after)
    assert "".join(change.before for change in found) == before
    assert "".join(change.after for change in found) == after


def test_a_very_long_text_is_compared_at_its_beginning_and_kept_whole() -> None:
    tail = " word" * (MOST + 50)
    found = changes("old" + tail, "new" + tail)
    assert found[0] == Change("old", "new")
    assert "".join(change.after for change in found) == "new" + tail


def test_a_history_leaves_out_versions_that_change_nothing() -> None:
    steps = history(["Talks planned", "Talks planned", "Talks begin", "Talks end"])
    assert [[change.after for change in step if not change.is_kept] for step in steps] == [["begin"], ["end"]]


def test_one_version_has_no_history() -> None:
    assert history(["Talks planned"]) == ()
