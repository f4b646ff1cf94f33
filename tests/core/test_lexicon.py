"""The lexicon finds concepts in inflected, compounded and unspaced words, and says where."""

import pytest

from demarche.adapters.rulebook import SHIPPED, read_lexicon, read_tables
from demarche.core.lexicon import Lexicon, LexiconError, to_cyrillic

TABLES = read_tables(SHIPPED / "lexicon")
LEXICON = Lexicon.from_tables(TABLES)
SMALL = {
    "concepts": {
        "people": {"group": "object", "gate": 1},
        "border": {"group": "object", "gate": 0.5},
        "mask": {"group": "mask", "gate": 0},
    }
}


def small(lang="en", **terms):
    return Lexicon.from_tables({**SMALL, lang: {"terms": terms}})


def concepts(text, lang):
    return {term.concept for term in LEXICON.terms(text, "title", lang)}


@pytest.mark.parametrize(
    ("lang", "text", "concept"),
    [
        ("en", "Two asylum-seekers were flown home", "people"),
        ("de", "Massenabschiebungen beginnen", "deport"),
        ("de", "Der Bootsflüchtling wartet", "people"),
        ("nl", "De asielzoekersdeal is rond", "people"),
        ("sv", "Båtflyktingar nådde land", "people"),
        ("fi", "Turvapaikanhakijoille annettiin päätös", "people"),
        ("tr", "Göçmenlerin geri kabulü konuşuldu", "return"),
        ("hu", "A menekültekkel tárgyaltak", "people"),
        ("pl", "Rozmowy o uchodźcach trwały", "people"),
        ("pl", "Podpisano umowę o readmisji", "strong"),
        ("ru", "Трудовые мигранты вернулись", "labour"),
        ("ar", "وللاجئين حق العودة", "people"),
        ("he", "והמהגרים עברו", "people"),
        ("he", "השר נפגש עם שר החוץ", "leader"),
        ("fr", "L’accueil des demandeurs d’asile", "people"),
        ("fr", "Des demandeuses d'asile attendent", "people"),
        ("uk", "Заборона в'їзду росіянам", "entryban"),
        ("fa", "پناه\u200cجویان برگشتند", "people"),
        ("el", "ΜΕΤΑΝΑΣΤΕΣ ΣΤΑ ΣΥΝΟΡΑ", "people"),
        ("zh", "两国签署遣返协议", "deport"),
        ("ja", "強制送還を受け入れ", "deport"),
        ("ko", "외국인 노동자를 위한 협정", "labour"),
        ("hr", "Споразум о реадмисији потписан", "return"),
        ("hr", "Sporazum o readmisiji potpisan", "return"),
    ],
)
def test_a_term_is_found_in_the_form_the_language_gives_it(lang, text, concept):
    assert concept in concepts(text, lang)


def test_offsets_point_into_the_original_text():
    text = "Straße gesperrt: die Flüchtlinge aus Łódź"
    term = next(t for t in LEXICON.terms(text, "summary", "de") if t.concept == "people")
    assert (text[term.start : term.end], term.field) == ("Flüchtlinge", "summary")


def test_a_stem_begins_where_a_word_begins():
    assert not small(people=["rant"]).terms("migrant", "title", "en")


def test_a_closed_term_does_not_go_on():
    lexicon = small(people=["exiles|"])
    assert not lexicon.terms("exilesque", "title", "en") and lexicon.terms("the exiles.", "title", "en")


def test_a_masked_term_does_not_count():
    lexicon = small(people=["migra"], mask=["bird migration"])
    assert [t.concept for t in lexicon.terms("bird migration", "title", "en")] == ["mask"]
    assert lexicon.opening("bird migration") == 0
    assert lexicon.opening("bird migration and migrants") == 1


def test_a_faint_word_counts_beside_its_concept_only():
    tables = {
        "concepts": {
            "faint": {"group": "hint", "gate": 0.1, "beside": "capital"},
            "capital": {"group": "actor", "gate": 0.3},
            "agree": {"group": "act", "gate": 0.4},
            "sport": {"group": "negative", "gate": -0.5},
        },
        "en": {"terms": {"faint": ["flights"], "capital": ["kabul|"], "agree": ["agree"], "sport": ["football"]}},
    }
    lexicon = Lexicon.from_tables(tables)
    assert lexicon.weight("agreed on flights", "en") == lexicon.opening("agreed on flights") == 0
    assert lexicon.weight("agreed with Kabul", "en") == 0
    assert lexicon.opening("agreed with Kabul on flights") == 0.3
    assert lexicon.weight("agreed with Kabul on flights", "en") == pytest.approx(0.8)
    assert lexicon.weight("agreed with Kabul on football flights", "en") == pytest.approx(0.3)


def test_a_shorter_term_of_the_same_concept_inside_a_longer_one_is_left_out():
    lexicon = small(people=["asylum", "asylum seeker"])
    assert [t.term for t in lexicon.terms("asylum seekers", "title", "en")] == ["asylum seeker"]


def test_every_word_of_a_phrase_is_a_stem_in_an_inflected_language():
    lexicon = Lexicon.from_tables({**SMALL, "pl": {"inflected": True, "terms": {"people": ["obc obywatel"]}}})
    (term,) = lexicon.terms("O obcych obywatelach mowa", "title", "pl")
    assert (term.start, term.end) == (2, 20)
    assert not lexicon.terms("Obywatel obcy", "title", "pl")


@pytest.mark.parametrize("frequent", ["", "obc", "obywatel", "obywatel obc", "obc obywatel panstw", "panstw"])
def test_a_phrase_is_found_whichever_of_its_words_it_is_sought_by(frequent):
    terms = {"people": ["obc obywatel państw|"]}
    lexicon = Lexicon.from_tables({**SMALL, "pl": {"inflected": True, "terms": terms}, "frequent": {"stems": frequent}})
    (term,) = lexicon.terms("O obcych obywatelach państw i o państwach", "title", "pl")
    assert (term.start, term.end) == (2, 27)
    assert not lexicon.terms("O obcych obywatelach państwa", "title", "pl")


def test_a_rules_folder_may_go_without_the_frequent_stems(tmp_path):
    (tmp_path / "lexicon").symlink_to(SHIPPED / "lexicon")
    (tmp_path / "schemes.toml").symlink_to(SHIPPED / "schemes.toml")
    text = "Accord de réadmission : Paris et Alger rouvrent le dialogue sur les laissez-passer consulaires"
    slow, fast = (Lexicon.from_tables(read_lexicon(folder)) for folder in (tmp_path, SHIPPED))
    assert "frequent" not in read_lexicon(tmp_path)
    assert slow.terms(text, "title", "fr") == fast.terms(text, "title", "fr") != ()


def test_terms_of_all_languages_are_sought_where_the_language_is_unknown():
    assert {t.concept for t in LEXICON.terms("Flüchtlinge and مهاجرين", "title", "und")} >= {"people"}


def test_serbian_words_are_written_in_both_scripts():
    assert to_cyrillic("ljudi, njih, džep") == "људи, њих, џеп"


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({}, "no table 'concepts'"),
        ({**SMALL, "en": {"terms": {"unknown": ["x"]}}}, "no concept 'unknown'"),
        ({**SMALL, "en": {"terms": {}}}, "has no terms"),
        ({**SMALL, "frequent": {"words": "the"}}, "'frequent' has no text 'stems'"),
        ({**SMALL, "en": {"terms": {"people": ["|"]}}}, "empty term"),
    ],
)
def test_a_table_that_cannot_be_used_is_named(tables, message):
    with pytest.raises(LexiconError, match=message):
        Lexicon.from_tables(tables)


def test_at_least_twenty_five_languages_name_the_central_concepts():
    full = [
        lang
        for lang in LEXICON.languages
        if {"people", "migration", "deport", "agree", "diplomat", "leader"}
        <= set(TABLES.get(lang, {}).get("terms", {}))
    ]
    assert len(full) >= 25
