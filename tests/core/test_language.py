"""Languages are told by the detector, by the feed's word where it is unsure, and by script."""

import pytest

from demarche.core.language import detect_language, name_language, normalise_code, rank_languages, told_language


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("The two governments signed an agreement on the return of migrants on Tuesday", "en"),
        ("Die Regierungen einigten sich am Dienstag auf die Rückführung von Flüchtlingen", "de"),
        ("Les deux gouvernements ont signé mardi un accord sur le retour des migrants", "fr"),
        ("Rządy obu państw podpisały we wtorek umowę o powrocie migrantów", "pl"),
        ("Vlade su u utorak potpisale sporazum o povratku migranata u domovinu", "hr"),
        ("Οι κυβερνήσεις υπέγραψαν", "el"),
        ("הממשלות חתמו", "he"),
        ("難民の受け入れ", "ja"),
        ("난민 협정", "ko"),
    ],
)
def test_a_sentence_is_told_by_its_own_words(text, lang):
    assert detect_language(text) == lang


def test_the_declared_language_decides_where_the_detector_is_unsure_and_thinks_it_likely():
    text = "Macron Merkel"
    likely = rank_languages(text)
    assert likely[0][1] < 0.7
    assert detect_language(text, likely[1][0]) == likely[1][0]


def test_a_declared_language_that_the_detector_thinks_unlikely_is_not_believed():
    assert detect_language("The two governments signed an agreement on Tuesday in the capital", "fi") == "en"


@pytest.mark.parametrize("text", ["", "2024 – 17:30", "!!!"])
def test_a_text_without_letters_has_no_known_language(text):
    assert detect_language(text, "de") == "und"


@pytest.mark.parametrize(
    ("code", "normal"), [("pt-BR", "pt"), ("sr_Latn", "hr"), ("bs", "hr"), ("nb", "no"), ("yue", "zh"), ("EN", "en")]
)
def test_codes_are_written_in_one_way(code, normal):
    assert normalise_code(code) == normal


@pytest.mark.parametrize(
    ("text", "declared", "told"),
    [
        ("Vlade su u utorak potpisale sporazum o povratku migranata u domovinu", "sr", "sr"),
        ("Vlade su u utorak potpisale sporazum o povratku migranata u domovinu", "bs-BA", "bs"),
        ("Vlade su u utorak potpisale sporazum o povratku migranata u domovinu", "en", "hr"),
        ("Владе су у уторак потписале споразум о повратку миграната у домовину", "hr", "sr"),
        ("The two governments signed an agreement on the return of migrants on Tuesday", "sr", "en"),
    ],
)
def test_serbian_and_bosnian_keep_their_names(text, declared, told):
    assert told_language(text, declared) == told


def test_what_is_declared_decides_between_languages_that_the_detector_takes_for_one_another():
    assert name_language("Indonesia dan Malaysia sepakat", "ms", "id") == "id"
    assert name_language("Nigerian visitors need visas", "pcm", "en") == "en"
    assert name_language("Nigerian visitors need visas", "pcm", "fr") == "pcm"
