"""Text is cut into the same stems whichever way it is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demarche.core.wording import stem, stems, words

SIGNS = st.sampled_from([*"’‘“”„–—… '-.,ʼ\u00a0\u00ad\u0301\u200d\u0640\u064e"])
LETTERS = st.sampled_from([*"aeszABC019éöüßłøÇİıñжЁяΣςאבﬁ½²٣", "ال", "لاجئ", "移民", "ไทย", "हिन्दी"])


@given(st.lists(st.one_of(LETTERS, SIGNS), max_size=40).map("".join))
def test_the_quick_way_gives_the_stems_of_the_slow_one(text: str) -> None:
    assert stems(text) == tuple(stem(word) for word in words(text) if not word.isdigit())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Turkey’s “readmission” deal – 2016…", ("turkey", "readmi", "deal")),
        ("Zwölf Flüchtlinge", ("zwolf", "flucht")),
        ("عودة اللاجئين", ("عوده", "لاجيين")),
    ],
)
def test_stems_are_folded_and_short(text: str, expected: tuple[str, ...]) -> None:
    assert stems(text) == expected
