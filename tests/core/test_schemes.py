"""A reader of news knows whose act a name is; so do judge and coder, and they tell such states from named ones."""

from datetime import UTC, datetime
from functools import cache

import pytest

from demarche.adapters.rulebook import SHIPPED, read_lexicon, read_table
from demarche.adapters.territories import territory_names
from demarche.commands.explaining import explained
from demarche.core.actors import Gazetteer
from demarche.core.coding import Coder
from demarche.core.lexicon import Lexicon, LexiconError
from demarche.core.naming import measure_namings
from demarche.core.relevance import has_object
from demarche.core.schemes import SchemeError, read_schemes
from demarche.core.signals import measure, read_parts
from demarche.model import INSTRUMENTS, ORGANISATIONS, Candidate
from demarche.settings import Settings
from demarche.steps.workbench import workbench

ROW = {
    "id": "harbour_plan",
    "about": "test",
    "kind": "deal",
    "initiators": ["GB"],
    "targets": ["RW"],
    "instrument": "third_country",
    "years": [[2022, 2024], [2026]],
    "names": {"en": ["harbour plan"]},
}
# A title that names no state at all, and the sides that its scheme implies.
NAMED = [
    ("en", "2019-06-01", "Remain in Mexico to be widened, official says", ["US"], ["MX"]),
    ("es", "2019-06-01", "Amplían el programa «Quédate en México»", ["US"], ["MX"]),
    ("en", "2023-03-25", "Roxham Road is shut overnight", ["US", "CA"], ["US", "CA"]),
    ("en", "2025-04-02", "Families wait for word from Cecot", ["US", "SV"], ["US", "SV"]),
    ("fr", "2025-08-10", "« Un pour un » : le premier renvoi est pour demain", ["GB", "FR"], ["GB", "FR"]),
    ("it", "2024-10-20", "I centri in Albania restano vuoti", ["IT", "AL"], ["IT", "AL"]),
    ("de", "2023-06-29", "Gericht kippt den Ruanda-Plan", ["GB", "RW"], ["GB", "RW"]),
    ("pl", "2021-09-01", "Trzydziesty dzień koczowania w Usnarzu", ["BY"], ["PL", "LT", "LV"]),
    ("es", "2021-05-19", "La crisis de Ceuta deja ocho mil devueltos", ["MA"], ["ES"]),
    ("tr", "2016-06-10", "Geri kabul anlaşması askıya mı alınıyor?", ["EU", "TR"], ["EU", "TR"]),
    ("ar", "2025-02-10", "قمة طارئة ضد مخطط التهجير", ["IL", "US"], ["EG", "JO"]),
    ("ru", "2023-11-20", "Закрыты пункты Ваалимаа и Нуйямаа", ["RU"], ["FI"]),
    ("zh", "2022-06-15", "遣送盧旺達的首班飛機被迫取消", ["GB", "RW"], ["GB", "RW"]),
    ("hi", "2024-02-09", "मुक्त आवाजाही व्यवस्था खत्म होगी", ["IN"], ["MM"]),
    ("ko", "2023-10-13", "강제북송 규탄 집회가 열렸다", ["CN"], ["KP"]),
    ("hr", "2019-11-12", "Kamp Vučjak ostaje bez vode", ["HR"], ["BA"]),
    ("el", "2020-02-29", "Ένταση στις Καστανιές", ["TR"], ["GR"]),
    ("sq", "2024-01-01", "Liberalizimi i vizave hyn në fuqi", ["EU", "XK"], ["EU", "XK"]),
]


def read(title, lang="en", day="2023-06-01", summary=""):
    date = datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
    return Candidate("r", title, summary, lang=lang, date=date)


@cache
def lexicon():
    return Lexicon.from_tables(read_lexicon(SHIPPED))


@cache
def gazetteer():
    return Gazetteer.from_tables(read_table(SHIPPED / "actors.toml"), territory_names())


@cache
def coder():
    schemes = Lexicon.from_tables(read_lexicon(SHIPPED), only_schemes=True)
    return Coder(gazetteer(), read_table(SHIPPED / "instruments.toml"), "test", schemes=schemes)


def parts_of(report):
    return read_parts(report, lexicon(), report.lang, gazetteer().mentions)


def schemes_in(report):
    return [naming.scheme.id for part in parts_of(report) for naming in part.namings]


def signals_of(report):
    parts = parts_of(report)
    return measure(parts, lexicon().groups) | measure_namings(parts, lexicon().groups.acts)


@pytest.mark.parametrize(("lang", "day", "title", "initiators", "targets"), NAMED)
def test_a_scheme_is_known_by_its_name_in_the_language_of_the_report(lang, day, title, initiators, targets):
    [naming] = [naming for part in parts_of(read(title, lang, day)) for naming in part.namings][:1]
    assert (list(naming.scheme.initiators), list(naming.scheme.targets)) == (initiators, targets)
    assert has_object(read(title, lang, day), lexicon()) or naming.scheme.kind in ("place", "forum")


@pytest.mark.parametrize(("lang", "day", "title", "initiators", "targets"), NAMED)
def test_the_states_of_a_scheme_are_parties_unless_it_is_a_mere_place(lang, day, title, initiators, targets):
    found = coder().find(read(title, lang, day))
    parties = {standing.code: standing.features for standing in found.standings}
    if found.namings[0].scheme.kind == "place":
        assert not any("implied_scheme" in features for features in parties.values())
        return
    assert {code for code, features in parties.items() if "scheme_initiator" in features} == set(initiators)
    assert {code for code, features in parties.items() if "scheme_target" in features} == set(targets)


def test_the_term_of_a_scheme_has_its_place_in_the_text():
    title = "Critics call the Rwanda plan a waste"
    [term] = [t for part in parts_of(read(title)) for t in part.terms if t.concept == "scheme:rwanda_plan"]
    assert (term.field, title[term.start : term.end]) == ("title", "Rwanda plan")


@pytest.mark.parametrize(("day", "known"), [("2018-02-01", True), ("2023-02-01", False), ("2025-07-01", True)])
def test_a_name_means_its_scheme_in_the_years_that_the_table_gives(day, known):
    assert ("us_travel_ban" in schemes_in(read("Trump defends the travel ban", day=day))) is known


def test_a_report_without_a_day_may_mean_every_scheme():
    assert schemes_in(read("Title 42 is back", day="")) == ["title_42"]


def test_a_name_that_others_use_too_needs_one_of_its_actors_beside_it():
    assert schemes_in(read("Washington defends the travel ban", day="2025-07-01")) == ["us_travel_ban"]
    assert schemes_in(read("Vienna defends the travel ban", day="2025-07-01")) == []
    assert schemes_in(read("A travel ban is defended", day="2025-07-01", summary="The White House has spoken.")) == [
        "us_travel_ban"
    ]


def test_a_name_that_needs_company_does_not_open_the_gate_and_no_term_of_it_is_kept():
    assert not has_object(read("No more Third World countries, please", day="2025-12-01"), lexicon())
    terms = [t.concept for part in parts_of(read("A travel ban is defended", day="2025-07-01")) for t in part.terms]
    assert "scheme:us_travel_ban" not in terms and "entryban" in terms


def test_a_place_does_not_open_the_gate_alone():
    assert not has_object(read("A music festival in Ventimiglia"), lexicon())
    assert has_object(read("Migrants camp at Ventimiglia"), lexicon())


def test_of_names_inside_one_another_the_longest_counts():
    report = read("La caravana pide un acuerdo de tercer país seguro entre Canadá y otros", "es", "2019-07-01")
    assert schemes_in(report) == ["us_canada_safe_third"]


def test_states_of_a_scheme_do_not_count_as_named_actors():
    signals = signals_of(read("Rwanda plan: ministers defend the cost"))
    assert signals["actors:two"] == 0.0 and signals["implied:title_two"] == 1.0
    assert signals["implied:title_completes"] == 1.0 and signals["implied:title_own_named"] == 1.0
    named = signals_of(read("London and Kigali defend the Rwanda plan"))
    assert named["actors:two"] == 1.0 and named["implied:title_completes"] == 0.0


def test_a_scheme_of_one_state_is_told_from_one_between_states():
    assert signals_of(read("Title 42 is back", day="2022-01-01"))["scheme:interstate"] == 1.0
    assert signals_of(read("Operation Triton ends", day="2014-11-01"))["scheme:interstate"] == 1.0
    assert "scheme:interstate" not in signals_of(read("The weather will be fine"))


def test_an_act_beside_the_name_is_a_signal_and_so_is_a_court():
    signals = signals_of(
        read("Summer in the city", summary="Kigali rejected new terms for the Rwanda plan. A fair opens.")
    )
    assert signals["scheme:beside_act"] == 1.0 and signals["scheme:body_actor_act"] == 1.0
    assert signals["scheme:title"] == 0.0
    assert signals_of(read("Supreme Court rules on the Rwanda plan"))["scheme:with_court"] == 1.0


def test_no_single_scheme_is_a_signal():
    assert not any("rwanda_plan" in name for name in signals_of(read("Rwanda plan: ministers defend the cost")))


def test_the_instrument_of_a_scheme_is_a_feature_of_the_choices():
    report = read("Rwanda plan: ministers defend the cost")
    found = coder().find(report)
    features = coder().describe(found, [], *coder().weigh_rules(found, []))
    assert features["scheme:third_country"] == 1.0


def test_the_sides_of_a_scheme_are_a_feature_of_the_pair():
    report = read("Madrid shaken by the Ceuta crisis", day="2021-05-20")
    found = coder().find(report)
    case = coder().lay_out(found, coder().outline(found))
    places = {code: number for number, party in enumerate(case.parties) for code in party.codes}
    assert case.pairs[places["MA"], places["ES"]]["scheme_forward"] == 1.0
    assert case.pairs[places["ES"], places["MA"]]["scheme_backward"] == 1.0


def test_a_coder_without_schemes_knows_none():
    plain = Coder(gazetteer(), read_table(SHIPPED / "instruments.toml"), "test")
    assert plain.find(read("Rwanda plan: ministers defend the cost")).namings == ()


def test_a_verdict_that_is_explained_names_the_scheme(tmp_path):
    verdict = workbench(Settings(home=tmp_path)).judge.judge(read("Rwanda plan: ministers defend the cost"))
    row = {field: getattr(verdict, field) for field in verdict.__dataclass_fields__}
    row["terms"] = [{"term": t.term, "concept": t.concept, "field": t.field, "start": t.start} for t in verdict.terms]
    row["contributions"] = []
    assert "“rwanda plan” (scheme:rwanda_plan, title 0)" in explained(row)


def test_every_scheme_has_known_actors_and_ordered_years():
    for scheme in lexicon().schemes.values():
        assert all(code in ORGANISATIONS or (len(code) == 2 and code.isupper()) for code in scheme.states), scheme.id
        assert scheme.instrument in INSTRUMENTS
        assert all(first <= last for first, last in scheme.years)
        assert list(scheme.years) == sorted(scheme.years)


@pytest.mark.parametrize(
    "changed",
    [
        {"instrument": "magic"},
        {"kind": "rumour"},
        {"about": ""},
        {"names": {}},
        {"between": ["GB", "RW"]},
        {"initiators": []},
    ],
)
def test_a_scheme_that_cannot_be_used_is_named(changed):
    with pytest.raises(SchemeError, match="harbour_plan"):
        read_schemes({"scheme": [{**ROW, **changed}]})


def test_a_scheme_that_stands_twice_is_named():
    with pytest.raises(SchemeError, match="'harbour_plan' stands twice"):
        read_schemes({"scheme": [ROW, ROW]})


def test_a_scheme_may_last_until_somebody_ends_it():
    scheme = read_schemes({"scheme": [ROW]})["scheme:harbour_plan"]
    days = [datetime(year, 7, 1, tzinfo=UTC).date() for year in (2021, 2022, 2025, 2031)]
    assert [scheme.holds(day, ()) for day in days] == [False, True, False, True]


def test_a_name_in_a_language_without_a_lexicon_is_a_fault():
    tables = {"concepts": {}, "en": {"terms": {}}, "schemes": {"scheme": [{**ROW, "names": {"tlh": ["plan"]}}]}}
    with pytest.raises(LexiconError, match="harbour_plan is named in 'tlh'"):
        Lexicon.from_tables(tables)


def test_a_report_that_names_two_actors_needs_none_of_a_scheme():
    found = coder().find(read("Spain and Mauritania review the EU-Mauritania partnership", day="2024-09-01"))
    assert {standing.code for standing in found.standings} == {"EU", "ES", "MR"}
    found = coder().find(read("UNHCR warns Kigali over the Rwanda plan"))
    parties = {standing.code: standing.features for standing in found.standings}
    assert set(parties) == {"UNHCR", "RW"} and "scheme_target" in parties["RW"]
