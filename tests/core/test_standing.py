"""Two names are parts of one list whatever articles and commas stand between them."""

import pytest

from demarche.core.standing import LinkWords

LINKS = LinkWords(
    {"with": frozenset(("and", "und", "et", "with")), "to": frozenset(("to",)), "between": frozenset(("between",))}
)


def are_joined(text: str, left: str, right: str) -> bool:
    at = text.index(left)
    return LINKS.joins(text, at, at + len(left), text.index(right))


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("Spain, Italy", "Spain", "Italy"),
        ("Spain & Italy", "Spain", "Italy"),
        ("Spain and Italy", "Spain", "Italy"),
        ("Honduras, and Guatemala", "Honduras", "Guatemala"),
        ("Mexico and the United States", "Mexico", "United States"),
        ("La France et l'Italie", "France", "Italie"),
        ("Deutschland und die Türkei", "Deutschland", "Türkei"),
        ("appel au Guatemala, au Salvador", "Guatemala", "Salvador"),
        ("a letter to Spain and to Italy", "Spain", "Italy"),
    ],
)
def test_names_with_a_word_of_joining_between_them_are_a_list(text: str, left: str, right: str) -> None:
    assert are_joined(text, left, right)


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("Spain the Italy", "Spain", "Italy"),
        ("Spain accuses Italy", "Spain", "Italy"),
        ("Spain, to Italy", "Spain", "Italy"),
        ("Spain: and Italy", "Spain", "Italy"),
        ("Spain and a minister who once lived in Italy", "Spain", "Italy"),
        ("Spain and, Italy", "Spain", "Italy"),
    ],
)
def test_other_words_between_two_names_part_them(text: str, left: str, right: str) -> None:
    assert not are_joined(text, left, right)
