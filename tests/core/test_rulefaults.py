"""Rules that do no work or the wrong one are named, and what may be meant so is told from faults."""

from datetime import date

import pytest

from demarche.core import rulefaults
from demarche.core.lexicon import Lexicon
from demarche.core.matching import Matcher
from demarche.core.rulewords import actor_words, instrument_words, lexicon_words, quote_words

CONCEPTS = {
    "people": {"group": "object", "gate": 1},
    "visa": {"group": "object", "gate": 0.5},
    "talk": {"group": "act", "gate": 0},
    "mask": {"group": "mask", "gate": 0},
}


def lexicon(**languages):
    tables = {"concepts": CONCEPTS, **{lang: {"terms": terms} for lang, terms in languages.items()}}
    return list(lexicon_words(tables)), Lexicon.from_tables(tables)


def scheme(name, years, written, **more):
    sides = {"initiators": ["US"], "instrument": "deportation", "kind": "ban", "about": "test"}
    return {"id": name, "years": years, "names": {"en": [written]}, **sides, **more}


def actors(**tables):
    empty = {"bodies": {}, "words": {}, "places": {}, "people": {}, "origin_words": {}}
    given = {"meta": {"tail": 8}, "groups": {"words": {}}, "leaders": {"terms": []}, **empty, **tables}
    return list(actor_words(given))


def told(findings):
    return [(f.word.lang, f.word.meaning, f.word.written, f.is_fault) for f in findings]


def alone(lexicon):
    return lambda word: [term.concept for term in lexicon.terms(word.text, "", word.lang)]


def test_a_term_that_stands_twice_is_a_fault():
    terms, _ = lexicon(en={"people": ["migrant", "exile", "Migrant"], "visa": ["visa", "visa|"]})
    assert told(rulefaults.doubled(terms)) == [("en", "people", "Migrant", True)]


def test_a_name_or_a_cue_that_stands_twice_is_worth_a_look():
    names = actors(words={"es": {"DE": "alemán aleman =Berlin"}})
    cues = list(instrument_words({"concepts": {"en": {"curb": "=ban =ban ban"}}}))
    verbs = list(quote_words({"verbs": {"fr": "=lancé =lance"}}))
    assert told(rulefaults.doubled([*names, *cues, *verbs])) == [
        ("es", "DE", "aleman", False),
        ("en", "curb", "=ban", False),
        ("fr", "verb", "=lance", False),
    ]


@pytest.mark.parametrize(
    ("terms", "shadows"),
    [
        (["migrant", "migrants"], ["migrants"]),
        (["visa|", "visas|"], []),
        (["visa", "visa policy"], ["visa policy"]),
        (["*flucht", "fluchtweg"], []),
    ],
)
def test_a_longer_term_behind_a_stem_is_shadowed_and_a_closed_word_shadows_nothing(terms, shadows):
    found = list(rulefaults.shadowed(lexicon(en={"people": terms})[0]))
    assert [finding.word.written for finding in found] == shadows
    assert not any(finding.is_fault for finding in found)


def test_a_stem_shadows_a_name_only_as_far_as_it_reaches():
    names = actors(words={"en": {"CA": "canad canadian canadaphilosophers", "US": "america"}})
    assert [finding.word.written for finding in rulefaults.shadowed(names)] == ["canadian"]


def test_a_term_that_its_own_language_masks_never_fires():
    terms, compiled = lexicon(pl={"talk": ["wizyt", "rozmow"], "visa": ["wiz"], "mask": ["wizyt"]})
    (finding,) = rulefaults.silent(terms, alone(compiled))
    assert (finding.word.meaning, finding.word.written, finding.is_fault) == ("talk", "wizyt", True)
    assert "gives mask" in finding.says


def test_a_word_without_a_hit_in_itself_never_fires():
    names = actors(words={"en": {"US": "=usa"}})
    found = list(rulefaults.silent(names, lambda word: [word.meaning] if Matcher([word.pattern]).hits("x") else []))
    assert [finding.says for finding in found] == ["never fires: a text of it alone finds nothing"]


def test_a_name_of_two_actors_in_one_language_is_a_fault():
    names = actors(
        words={"zh": {"US": "美中", "CN": "中国 美中"}, "en": {"CA": "=London"}},
        places={"any": {"GB": "London"}, "ko": {"JP": "London"}},
    )
    assert {(f.word.lang, f.word.meaning) for f in rulefaults.two_codes(names)} == {
        ("zh", "CN"),
        ("any", "GB"),
    }


def test_one_name_in_two_languages_is_no_collision():
    assert list(rulefaults.two_codes(actors(words={"de": {"GE": "georgi"}, "en": {"US": "georgi"}}))) == []


def test_a_leader_is_asked_for_on_a_day_in_office():
    (leader,) = actors(leaders={"terms": [{"code": "FR", "forms": "Dupont", "from": date(2026, 1, 1)}]})
    assert (leader.on, leader.needs_capital) == (date(2026, 1, 1), True)


def test_a_spelling_of_two_meanings_is_worth_a_look_and_a_mask_over_it_a_fault():
    terms, compiled = lexicon(
        bg={"visa": ["визит|"]}, ru={"mask": ["визит"]}, it={"people": ["vita"]}, hu={"talk": ["vita"], "visa": ["viz"]}
    )
    found = rulefaults.spelled_alike(terms, rulefaults.group_of(compiled))
    assert sorted(told(found)) == [
        ("bg", "visa", "визит|", True),
        ("hu", "talk", "vita", False),
        ("it", "people", "vita", False),
        ("ru", "mask", "визит", False),
    ]


def test_what_never_fires_and_what_always_does_is_told_by_reports():
    terms, compiled = lexicon(en={"people": ["exile", "report"], "visa": ["visa|"], "talk": ["talk|"]})
    rows = [("en", f"Report {n}: {'exile' if n < 5 else 'talks'}{' talk' if n == 9 else ''}") for n in range(20)]
    found = {f.word.written: (f.kind, f.is_fault) for f in rulefaults.over_reports(terms, compiled, rows)}
    assert found == {"exile": ("everywhere", False), "report": ("everywhere", True), "visa|": ("not seen", False)}


def test_a_few_reports_prove_no_share():
    terms, compiled = lexicon(en={"people": ["report"]})
    assert list(rulefaults.over_reports(terms, compiled, [("en", "A report")] * 3)) == []


def test_words_of_all_tables_are_counted_over_reports():
    terms, compiled = lexicon(en={"people": ["migrant"]})
    names = actors(words={"en": {"US": "=America"}, "de": {"US": "Amerika"}}, origin_words={"en": "from"})
    found = rulefaults.over_reports([*terms, *names], compiled, [("en", "A migrant from America")] * 30)
    assert {(f.word.written, f.kind, f.is_fault) for f in found} == {
        ("migrant", "everywhere", True),
        ("=America", "everywhere", True),
        ("from", "everywhere", False),  # a preposition is looked for beside people only
    }


def test_a_term_that_fires_in_the_words_of_another_language_is_named_and_often_it_is_a_fault():
    terms, compiled = lexicon(ro={"visa": ["cote|"]}, fr={"people": ["migrant"], "visa": ["visa"]})
    rare = [("fr", "La côte est belle")] + [("fr", "Un migrant")] * 30
    often = [("fr", "La côte est belle")] * 3 + [("fr", "Un migrant")] * 30
    assert told(rulefaults.foreign(terms, compiled, rare)) == [("ro", "visa", "cote|", False)]
    assert told(rulefaults.foreign(terms, compiled, often)) == [("ro", "visa", "cote|", True)]
    seen = rulefaults.foreign(terms, compiled, [("fr", "Visa pour la côte")])
    assert list(seen) == []  # the report's own language says visa already


def test_a_term_inside_a_word_that_another_table_lists_for_another_language_is_worth_a_look():
    terms, compiled = lexicon(ro={"visa": ["cote|"]}, fr={"people": ["migrant"]}, pl={"people": ["poloni"]})
    names = actors(words={"fr": {"CI": "côte_d'ivoire", "SY": "syrien"}, "xx": {"CI": "cote"}})
    assert told(rulefaults.in_foreign_words(terms, compiled, names)) == [("ro", "visa", "cote|", False)]


@pytest.mark.parametrize(
    ("one", "other", "is_fault"),
    [
        (scheme("first", [[2017]], "entry plan"), scheme("second", [[2020, 2021]], "Entry Plan"), True),
        (scheme("first", [[2017, 2019]], "entry plan"), scheme("second", [[2020]], "entry plan"), False),
        (scheme("first", [[2017]], "entry plan"), scheme("second", [[2017]], "entry plan", beside=["GB"]), False),
    ],
)
def test_a_name_of_two_schemes_is_a_fault_where_both_may_be_meant(one, other, is_fault):
    tables = {"concepts": CONCEPTS, "en": {"terms": {}}, "schemes": {"scheme": [one, other]}}
    found = list(rulefaults.two_schemes(lexicon_words(tables), Lexicon.from_tables(tables).schemes))
    assert [(finding.word.meaning, finding.is_fault) for finding in found] == [("scheme:second", is_fault)]


def test_the_name_of_a_scheme_that_a_mask_hides_never_fires():
    tables = {
        "concepts": CONCEPTS,
        "en": {"terms": {"mask": ["entry plan"]}},
        "schemes": {"scheme": [scheme("first", [[2017]], "entry plan")]},
    }
    found = rulefaults.silent(lexicon_words(tables), alone(Lexicon.from_tables(tables)))
    assert told(found) == [("en", "scheme:first", "entry plan", True)]
