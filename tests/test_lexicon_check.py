"""The check of the lexicon names terms that stand twice, are shadowed, never fire or fire everywhere."""

from demarche.core.lexicon import Lexicon
from demarche.lexicon_check import doubled_terms, fired_terms, idle_and_busy_terms, shadowed_terms

TABLES = {
    "concepts": {"people": {"group": "object", "gate": 1}, "visa": {"group": "object", "gate": 0.5}},
    "en": {"terms": {"people": ["migrant", "migrants", "Migrant", "exile"], "visa": ["visa|", "visas|"]}},
}


def test_a_term_that_stands_twice_is_named():
    assert doubled_terms(TABLES) == [("en", "people", "Migrant", "stands twice")]


def test_a_longer_term_behind_a_stem_is_shadowed_and_a_closed_word_shadows_nothing():
    assert shadowed_terms(TABLES) == [("en", "people", "migrants", "shadowed by 'migrant'")]


def test_idle_and_busy_terms_are_told_by_reports():
    rows = [{"title": "Exile", "lang": "en"}, *({"title": "Rain", "lang": "en"} for _ in range(3))]
    findings = idle_and_busy_terms(TABLES, *fired_terms(Lexicon.from_tables(TABLES), rows))
    assert ("en", "people", "exile", "fires in 1 of 4 reports") in findings
    assert ("en", "visa", "visa|", "never fires") in findings
