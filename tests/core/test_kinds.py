"""A headline's label tells a live blog or a comment from a report, and words of the headline itself do not."""

import pytest

from core.grouping_rules import grouping_rules
from demarche.core.kinds import REPORT, KindTeller

TELLER = KindTeller(grouping_rules()["kinds"])


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Live: ministers meet in Brussels", "live"),
        ("Ministers meet in Brussels – as it happened", "live"),
        ("Ministers meet in Brussels | Live", "live"),
        ("DIRECT - Accord migratoire : le point", "live"),
        ("Diretta: vertice sui migranti", "live"),
        ("NA ŻYWO: Szczyt w sprawie migracji", "live"),
        ("Opinion: a deal to regret", "opinion"),
        ("A deal to regret | Opinion", "opinion"),
        ("Tribune : un accord regrettable", "opinion"),
        ("TRIBUNE. Un accord regrettable", "opinion"),
        ("Éditorial. Un accord regrettable", "opinion"),
        ("Meinung: Ein Abkommen, das man bereut", "opinion"),
        ("Leitartikel: Ein Abkommen, das man bereut", "opinion"),
        ("Мнение: соглашение, о котором пожалеют", "opinion"),
        ("رأي: اتفاق يؤسف له", "opinion"),
        ("Morning briefing: what you need to know", "digest"),
    ],
)
def test_a_label_at_either_end_is_told(title, kind):
    assert TELLER.kind(title, "") == kind


@pytest.mark.parametrize(
    "title",
    [
        "Public opinion: most Poles back the deal with Mauritania",
        "EU seeks comment: Tunis is silent",
        "Migrants who live: a count of the living at sea",
        "Chicago Tribune: mayor protests against flights",
        "Ministers meet in Brussels",
    ],
)
def test_a_word_of_the_headline_is_no_label(title):
    assert TELLER.kind(title, "") == REPORT


def test_an_address_tells_where_the_headline_does_not():
    assert TELLER.kind("A deal to regret", "https://a.example/commentisfree/2026/a-deal") == "opinion"
