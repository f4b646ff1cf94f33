"""Quotations are kept with their speaker, in the marks and with the verbs of many languages."""

from datetime import date
from functools import cache

import pytest

from demarche.adapters.rulebook import SHIPPED, read_table
from demarche.adapters.territories import territory_names
from demarche.core.actors import Gazetteer
from demarche.core.quotes import QuoteFinder
from demarche.model import Quote

DAY = date(2024, 3, 5)


@cache
def tools() -> tuple[Gazetteer, QuoteFinder]:
    return (
        Gazetteer.from_tables(read_table(SHIPPED / "actors.toml"), territory_names()),
        QuoteFinder(read_table(SHIPPED / "quotes.toml")),
    )


def quotes(text: str, lang: str) -> list[Quote]:
    gazetteer, finder = tools()
    return finder.find(text, "summary", lang, gazetteer.mentions(text, lang, DAY))


@pytest.mark.parametrize(
    ("lang", "text", "speaker", "words"),
    [
        ("en", 'Greece said: "We will guard our borders."', "GR", "We will guard our borders."),
        ("en", "“This cannot go on,” Meloni told reporters after meeting Tunisia's envoy.", "IT", "This cannot go on,"),
        ("en", "'We'll take nobody back', says Algeria", "DZ", "We'll take nobody back"),
        ("de", "„Wir nehmen niemanden zurück“, sagte der Minister aus Tunesien.", "TN", "Wir nehmen niemanden zurück"),
        ("de", "»Das ist nicht hinnehmbar«, erklärte Warschau.", "PL", "Das ist nicht hinnehmbar"),
        ("fr", "« Nous ne céderons pas », a déclaré Alger.", "DZ", "Nous ne céderons pas"),
        ("es", "«No vamos a ceder nunca», afirmó Marruecos.", "MA", "No vamos a ceder nunca"),
        ("it", "“Non accetteremo altri arrivi”, ha detto Malta.", "MT", "Non accetteremo altri arrivi"),
        ("pt", "“Não vamos aceitar isto”, disse Portugal.", "PT", "Não vamos aceitar isto"),
        ("nl", "“Wij sluiten de grens”, zei België.", "BE", "Wij sluiten de grens"),
        ("pl", "„Nie przyjmiemy nikogo więcej” – powiedział Orban.", "HU", "Nie przyjmiemy nikogo więcej"),
        ("ru", "«Мы не будем закрывать границу», — заявил Лукашенко.", "BY", "Мы не будем закрывать границу"),
        ("tr", "Yunanistan, “Sınırı kapatmayacağız artık” dedi.", "GR", "Sınırı kapatmayacağız artık"),
        ("ar", 'قالت تونس: "لن نقبل أي مهاجر آخر"', "TN", "لن نقبل أي مهاجر آخر"),
        ("sv", "”Vi tar inte emot fler”, säger Danmark.", "DK", "Vi tar inte emot fler"),
        ("hu", "„Nem fogadunk be senkit” – mondta Orbán.", "HU", "Nem fogadunk be senkit"),
        ("zh", "墨西哥表示：“我们不会接受更多的移民”", "MX", "我们不会接受更多的移民"),
        ("ja", "トルコは「難民をこれ以上受け入れない」と述べた", "TR", "難民をこれ以上受け入れない"),
    ],
)
def test_words_in_marks_have_their_speaker(lang: str, text: str, speaker: str, words: str) -> None:
    found = quotes(text, lang)
    assert [(quote.speaker, quote.words) for quote in found] == [(speaker, words)]
    assert text[found[0].start : found[0].end] == words


def test_a_person_without_a_code_is_named_as_written() -> None:
    assert quotes('"We were left alone for days," said Maria Petrosyan.', "en")[0].speaker == "Maria Petrosyan"


def test_a_term_in_marks_is_no_quotation() -> None:
    assert quotes('Poland speaks of a "hybrid attack" at the border', "en") == []


def test_an_apostrophe_opens_nothing() -> None:
    assert quotes("Italy's plan and Malta's answer don't meet the EU's wishes", "en") == []


def test_words_that_nobody_is_said_to_speak_have_no_speaker() -> None:
    assert quotes('A banner read "go back to where you came from" on Monday', "en")[0].speaker == ""
