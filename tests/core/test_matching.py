"""Words are found where they begin and end, in every script, at their place in the original text."""

import pytest

from demarche.core.matching import Matcher, Pattern, fold


def found(pattern: Pattern, text: str) -> list[str]:
    return [text[start:end] for _, start, end in Matcher([pattern]).hits(text)]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (Pattern("syri"), "Two Syrians and Assyria", ["Syrians"]),
        (Pattern("niger", "word"), "Niger, not Nigeria", ["Niger"]),
        (Pattern("US", "word", is_cased=True), "the US told us", ["US"]),
        (Pattern("abschieb", "inside"), "gegen Massenabschiebungen", ["abschiebungen"]),
        (Pattern("турец", tail=4), "турецкий и турецкоподданный", ["турецкий"]),
        (Pattern("叙利亚"), "在叙利亚的难民", ["叙利亚"]),
        (Pattern("سوري"), "والسوريين بالأمس", ["سوريين"]),
        (Pattern("ελλάδ"), "της ΕΛΛΆΔΑΣ", ["ΕΛΛΆΔΑΣ"]),
        (Pattern("łotw"), "na ŁOTWIE i Łotwa", ["ŁOTWIE", "Łotwa"]),
        (Pattern("straße", "word"), "Die STRASSE und Straße", ["STRASSE", "Straße"]),
    ],
)
def test_a_word_is_found_only_where_it_may_begin_and_end(pattern: Pattern, text: str, expected: list[str]) -> None:
    assert found(pattern, text) == expected


def test_places_are_those_of_the_original_text_where_folding_changes_its_length() -> None:
    text = "Straße, Äther, Ærø: Syrien"
    assert found(Pattern("syri"), text) == ["Syrien"]


def test_a_pattern_without_a_letter_is_refused() -> None:
    with pytest.raises(ValueError, match="no letter"):
        Matcher([Pattern("  ")])


def test_no_patterns_find_nothing() -> None:
    assert Matcher([]).hits("anything") == []


def test_folding_twice_changes_nothing() -> None:
    for text in ("ŁÓDŹ Çeşme Ἀθῆναι كُتُب İstanbul", "Straße œuvre"):
        assert fold(fold(text)) == fold(text)
