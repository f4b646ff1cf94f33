"""Actors are found in many languages, with the right meaning on the day of the text."""

import json
import os
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from demarche.adapters.rulebook import SHIPPED, read_table
from demarche.adapters.territories import territory_names
from demarche.core.actors import Gazetteer
from demarche.model import ORGANISATIONS


@cache
def gazetteer() -> Gazetteer:
    return Gazetteer.from_tables(read_table(SHIPPED / "actors.toml"), territory_names())


def named(text: str, lang: str, on: date | None = date(2024, 5, 1), role: str = "agent") -> list[str]:
    return list(dict.fromkeys(m.code for m in gazetteer().mentions(text, lang, on) if m.role == role))


@pytest.mark.parametrize(
    ("lang", "text", "codes"),
    [
        ("en", "Athens and the White House wait for the Commission in Brussels", ["GR", "US", "EU"]),
        ("de", "Die Bundesregierung streitet mit dem Élysée und polnischen Behörden", ["DE", "FR", "PL"]),
        ("fr", "Le Quai d'Orsay répond à la Farnesina et aux autorités algériennes", ["FR", "IT", "DZ"]),
        ("es", "La Moncloa negocia con Rabat y el gobierno senegalés", ["ES", "MA", "SN"]),
        ("it", "Palazzo Chigi tratta con Tripoli e con i tedeschi", ["IT", "LY", "DE"]),
        ("pt", "O Itamaraty cobra os Estados Unidos", ["BR", "US"]),
        ("nl", "Den Haag praat met de Duitse regering", ["NL", "DE"]),
        ("pl", "Rozmowy Litwy z Białorusią i rządem niemieckim", ["LT", "BY", "DE"]),
        ("tr", "Ankara ile Yunanistan'ın ve İngiliz hükümetinin görüşmesi", ["TR", "GR", "GB"]),
        ("ar", "باريس تنتقد السلطات الجزائرية وبريطانيا", ["FR", "DZ", "GB"]),
        ("ru", "Власти Финляндии и польское МВД ответили Кремлю", ["FI", "PL", "RU"]),
        ("uk", "Польща та угорський уряд", ["PL", "HU"]),
        ("ro", "Ungaria și guvernul german", ["HU", "DE"]),
        ("hu", "A német kormány és Szerbia", ["DE", "RS"]),
        ("cs", "Slovensko a rakouská vláda", ["SK", "AT"]),
        ("sv", "Danmark och den tyska regeringen", ["DK", "DE"]),
        ("fi", "Venäjän ja Ruotsin hallitukset", ["RU", "SE"]),
        ("el", "Η Άγκυρα και η γερμανική κυβέρνηση", ["TR", "DE"]),
        ("bg", "Турция и сръбското правителство", ["TR", "RS"]),
        ("sr", "Мађарска и немачка влада", ["HU", "DE"]),
        ("zh", "英国和法国政府", ["GB", "FR"]),
        ("ja", "ドイツとトルコの政府", ["DE", "TR"]),
        ("fa", "دولت ترکیه و آلمان", ["TR", "DE"]),
        ("id", "Malaysia dan Australia", ["MY", "AU"]),
    ],
)
def test_states_are_named_by_name_adjective_capital_and_palace(lang: str, text: str, codes: list[str]) -> None:
    assert named(text, lang) == codes


@pytest.mark.parametrize(
    ("lang", "text", "people", "agents"),
    [
        ("en", "Lebanon sends Syrian refugees home", ["SY"], ["LB"]),
        ("en", "A Romanian truck driver was held by Austrian police", ["RO"], ["AT"]),
        ("en", "Norway bars citizens of Sudan, Yemen and Somalia", ["SD", "YE", "SO"], ["NO"]),
        ("en", "Rwanda waits for UK asylum seekers", [], ["RW", "GB"]),
        ("fr", "Chypre renvoie des réfugiés syriens", ["SY"], ["CY"]),
        ("de", "Flüchtlinge aus Afghanistan und syrische Familien in Schweden", ["AF", "SY"], ["SE"]),
        ("pl", "Obywatele Iraku na granicy z Łotwą", ["IQ"], ["LV"]),
        ("ru", "Сирийские беженцы в Ливане", ["SY"], ["LB"]),
        ("ar", "لبنان يعيد لاجئين سوريين", ["SY"], ["LB"]),
        ("tr", "Suriyeli mülteciler ve Lübnan", ["SY"], ["LB"]),
    ],
)
def test_origins_of_people_are_not_actors(lang: str, text: str, people: list[str], agents: list[str]) -> None:
    assert named(text, lang, role="people") == people
    assert named(text, lang) == agents


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Congo expels migrants to Angola, Brazzaville says", "CG"),
        ("Congo and Burundi agree", "CD"),
        ("Georgia and Armenia agree on visas", "GE"),
        ("North Korea and Pyongyang: Korean workers leave", "KP"),
        ("Guinea-Bissau protests", "GW"),
        ("Niger closes its border", "NE"),
        ("Equatorial Guinea deports workers", "GQ"),
        ("Chad hosts refugees", "TD"),
    ],
)
def test_ambiguous_names_follow_their_context(text: str, code: str) -> None:
    assert code in named(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        "Atlanta: voters in Georgia and the Senate race in Atlanta",
        "Roast turkey for Thanksgiving: how to cook a Turkey",
        "Michael Jordan opens a museum",
        "A nice island for families",
        "New Mexico and New York sue",
    ],
)
def test_names_of_other_things_are_no_actors(text: str) -> None:
    assert not {"GE", "TR", "JO", "FR", "IS", "MX"}.intersection(named(text, "en"))


@pytest.mark.parametrize(
    ("text", "on", "codes"),
    [
        ("Tusk spoke in the evening", date(2017, 3, 1), ["EU"]),
        ("Tusk spoke in the evening", date(2025, 3, 1), ["PL"]),
        ("Rutte spoke in the evening", date(2021, 3, 1), ["NL"]),
        ("Rutte spoke in the evening", date(2025, 3, 1), ["NATO"]),
        ("Merkel spoke in the evening", date(2016, 3, 1), ["DE"]),
        ("Merkel spoke in the evening", date(2024, 3, 1), []),
        ("Trump spoke in the evening", date(2022, 3, 1), []),
        ("Trump spoke in the evening", date(2026, 3, 1), ["US"]),
    ],
)
def test_leaders_stand_for_their_state_while_in_office(text: str, on: date, codes: list[str]) -> None:
    assert named(text, "en", on) == codes


def test_a_border_guard_belongs_to_the_state_whose_adjective_stands_before_it() -> None:
    assert named("Fińska straż graniczna pokazała nagranie", "pl") == ["FI"]


def test_mentions_come_in_text_order_and_do_not_overlap() -> None:
    text = (
        "The European Commission, South Sudan, Sudan and the Democratic Republic of the Congo met in Papua New Guinea"
    )
    mentions = gazetteer().mentions(text, "en")
    assert [m.code for m in mentions] == ["EU", "SS", "SD", "CD", "PG"]
    assert all(a.end <= b.start for a, b in pairwise(mentions))
    assert all(text[m.start : m.end] == m.surface for m in mentions)


def test_an_unknown_language_still_finds_acronyms_and_capitals() -> None:
    assert {"EU", "NATO", "HU"} <= set(named("EU NATO Budapest", ""))


def test_terms_of_office_that_ran_out_are_told() -> None:
    assert any(line.startswith("CO president") for line in gazetteer().ended_terms(date(2026, 11, 1)))
    assert not any(line.startswith("TR president") for line in gazetteer().ended_terms(date(2026, 11, 1)))


def test_every_code_in_the_rules_is_a_state_or_a_known_organisation() -> None:
    rules = read_table(SHIPPED / "actors.toml")
    states = set(territory_names(["en"])["en"]) | {"XK"}
    for table in ("bodies", "words", "places"):
        for lang, codes in rules[table].items():
            unknown = set(codes) - states - set(ORGANISATIONS)
            assert not unknown, (table, lang, unknown)
    assert {t["code"] for t in rules["leaders"]["terms"]} <= states | set(ORGANISATIONS)


def test_every_term_of_office_begins_before_it_ends() -> None:
    terms = read_table(SHIPPED / "actors.toml")["leaders"]["terms"]
    assert len(terms) > 200
    assert all("to" not in t or t["from"] < t["to"] for t in terms)


def test_thirty_languages_have_written_forms() -> None:
    assert len(read_table(SHIPPED / "actors.toml")["words"]) >= 30


LEAST_RECALL = {"de": 0.82, "fr": 0.82, "es": 0.84, "it": 0.81, "tr": 0.85, "ar": 0.85, "pl": 0.82, "el": 0.88}
LEAST_RECALL |= {"hu": 0.83, "ru": 0.87, "fi": 0.84}


def parallel_documents() -> dict[str, dict[str, list[str]]]:
    checkout = Path(__file__).resolve().parents[2]
    shared = Path(os.environ.get("DEMARCHE_SHARED", checkout.parent / "shared"))
    path = shared / "data" / "parallel" / "ntrex_dev.jsonl"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    documents: dict[str, dict[str, list[str]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        documents.setdefault(row["lang"], {})[row["doc"]] = [row["title"], *row["text"].split("\n")]
    return documents


@pytest.mark.shared
@pytest.mark.parametrize("lang", LEAST_RECALL)
def test_translations_name_the_states_of_their_english_original(lang: str) -> None:
    documents = parallel_documents()
    hits = total = 0
    for name, originals in documents["en"].items():
        translations = documents[lang][name]
        if len(translations) != len(originals):
            continue
        for original, translation in zip(originals, translations, strict=True):
            expected = {m.code for m in gazetteer().mentions(original, "en", date(2019, 10, 1))}
            got = {m.code for m in gazetteer().mentions(translation, lang, date(2019, 10, 1))}
            total += len(expected)
            hits += len(expected & got)
    assert hits / total >= LEAST_RECALL[lang]


@pytest.mark.parametrize(
    ("text", "lang", "codes"),
    [
        ("Baltic states close the crossing", "en", {"EE", "LT", "LV"}),
        ("Visegrad countries disagree", "en", {"CZ", "HU", "PL", "SK"}),
        ("Państwa bałtyckie proszą o wsparcie", "pl", {"EE", "LT", "LV"}),
        ("Die Golfstaaten beraten", "de", {"AE", "BH", "KW", "OM", "QA", "SA"}),
        ("Les pays du Golfe se réunissent", "fr", {"AE", "BH", "KW", "OM", "QA", "SA"}),
        ("دول الخليج تبحث ملف العمالة", "ar", {"AE", "BH", "KW", "OM", "QA", "SA"}),
        ("The Western Balkans wait", "en", set()),  # nobody has fixed who that is
    ],
)
def test_a_group_of_states_names_its_members(text: str, lang: str, codes: set[str]) -> None:
    assert set(named(text, lang)) == codes


def test_an_ended_term_is_told_once_for_an_office_that_is_still_filled() -> None:
    ended = gazetteer().ended_terms(date(2027, 1, 1))
    offices = [line.split(":")[0] for line in ended]
    assert len(offices) == len(set(offices))
    assert not any("Davutoğlu" in line or "spokesman" in line for line in ended)
    assert "DE chancellor" not in offices


def test_a_term_ends_after_it_began_and_says_where_its_dates_come_from() -> None:
    leaders = read_table(SHIPPED / "actors.toml")["leaders"]
    assert leaders["source"]
    for term in leaders["terms"]:
        assert term["from"] < term.get("to", date.max), term
        assert term.get("source", leaders["source"]).strip(), term
    named = sum("source" in term for term in leaders["terms"])
    assert named / len(leaders["terms"]) > 0.9


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("UK offers visas to Hong Kongers", {"HK": "CN"}),
        ("China protests against London's offer to Hong Kong", {"HK": "CN"}),
        ("Hong Kong and Singapore agree on a travel bubble", {}),
        ("Australia extends visas of Hong Kong students", {}),
        ("London and Beijing quarrel", {}),
    ],
)
def test_a_state_speaks_for_its_territory_where_it_or_who_deals_with_it_acts(text: str, states: dict[str, str]) -> None:
    assert gazetteer().spoken_for(gazetteer().mentions(text, "en")) == states


@pytest.mark.parametrize(
    ("lang", "text", "codes"),
    [
        ("fr", "Belgrade et Bruxelles, les Belges et la Belgique", ["RS", "EU", "BE"]),
        ("pl", "Belgrad i Belgia: deportacyjne loty, Łotysze", ["RS", "BE", "LV"]),
        ("fr", "Un accord franco-italien, la frontière serbe, les autorités lettones", ["FR", "IT", "RS", "LV"]),
        ("it", "Le autorità slovene, bosniache e bulgare", ["SI", "BA", "BG"]),
        ("es", "El gobierno esloveno y las autoridades croatas", ["SI", "HR"]),
        ("en", "The Bibby Stockholm, Roma families, the European Court of Justice", ["EU"]),
        ("fr", "Des migrants sud-américains", []),
        ("ar", "سببا رئيسيا للأزمة", []),
    ],
)
def test_names_that_were_misread_once(lang: str, text: str, codes: list[str]) -> None:
    assert named(text, lang, date(2022, 9, 1)) == codes


@pytest.mark.parametrize(
    ("lang", "text", "code"),
    [
        ("tr", "Nijerya ve elçilik", "NG"),
        ("hu", "Nigéria és a nagykövet", "NG"),
        ("cs", "Írán a velvyslanec", "IR"),
        ("de", "Turkmenistan und der Botschafter", "TM"),
    ],
)
def test_a_whole_name_outranks_the_stem_of_another_state_over_the_same_word(lang: str, text: str, code: str):
    assert named(text, lang) == [code]


@pytest.mark.parametrize(
    ("lang", "text", "codes"),
    [
        ("en", "Jordan said on Sunday that it would take no one from Syria", ["JO", "SY"]),
        ("en", "Chad said it had closed its border with Sudan", ["TD", "SD"]),
        ("en", "Guinea and Equatorial Guinea quarrel over fishermen", ["GN", "GQ"]),
        ("en", "Guinea protests to Guinea-Bissau", ["GN", "GW"]),
        ("en", "Guinea-Bissau recalls its envoy, Guinea said nothing", ["GW"]),
        ("en", "Brazil will return citizens of Congo", ["BR", "CD"]),
        ("en", "Georgia and Latvia met in Riga.", ["GE", "LV"]),
        ("en", "Georgia sheriff arrests migrants", []),
        ("en", "Grenada takes up the issue with Canada", ["GD", "CA"]),
        ("en", "Korea asks Pyongyang for its citizens", ["KR", "KP"]),
        ("en", "Samoa writes to New Zealand", ["WS", "NZ"]),
        ("en", "St Kitts and Nevis writes to Canada", ["KN", "CA"]),
        ("en", "St Vincent and the Grenadines writes to Canada", ["VC", "CA"]),
        ("en", "POLAND REJECTS EU PLAN FOR MIGRANTS", ["PL", "EU"]),
        ("en", "Rwanda takes 250 US deportees", ["RW", "US"]),
        ("es", "Panamá recibe a deportados de Estados Unidos", ["PA", "US"]),
        ("sr", "Austrija i Rumunija ukidaju vize", ["AT", "RO"]),
        ("hr", "Србија и Немачка потписале споразум", ["RS", "DE"]),
        ("hr", "Španija i Sjedinjene Države o vizama", ["ES", "US"]),
        ("zh", "阿爾及利亞與突尼西亞", ["DZ", "TN"]),
        ("pt", "Portugal e a Chéquia", ["PT", "CZ"]),
        ("cs", "Vláda v Nigérii jedná s Nigerem", ["NG", "NE"]),
        ("ro", "guvernul Nigeriei și guvernul Nigerului", ["NG", "NE"]),
        ("bg", "Нигер и Нигерия", ["NE", "NG"]),
    ],
)
def test_a_name_keeps_its_meaning_beside_its_namesakes(lang: str, text: str, codes: list[str]) -> None:
    on = date(2024, 5, 1)
    assert list(dict.fromkeys(m.code for m in gazetteer().mentions(text, lang, on))) == codes


MEMBERS = (
    "AF AL DZ AD AO AG AR AM AU AT AZ BS BH BD BB BY BE BZ BJ BT BO BA BW BR BN BG BF BI CV KH CM CA CF TD CL CN "
    "CO KM CD CR CI HR CU CY CZ DK DJ DM DO EC EG SV GQ ER EE SZ ET FJ FI FR GA GM GE DE GH GR GD GT GN GW GY HT "
    "HN HU IS IN ID IR IQ IE IL IT JM JP JO KZ KE KI KP KR KW KG LA LV LB LS LR LY LI LT LU MG MW MY MV ML MT MH "
    "MR MU MX FM MD MC MN ME MA MZ MM NA NR NP NL NZ NI NE NG MK NO OM PK PW PA PG PY PE PH PL PT QA RO RU RW KN "
    "LC VC WS SM ST SA SN RS SC SL SG SK SI SB SO ZA SS ES LK SD SR SE CH SY TJ TZ TH TL TG TO TT TN TR TM TV UG "
    "UA AE GB US UY UZ VU VE VN YE ZM ZW"
).split()


def test_every_member_of_the_united_nations_is_known_by_its_name_in_every_language_of_cldr() -> None:
    misread = {
        (lang, code): found
        for lang, names in territory_names().items()
        if "_" not in lang
        for code in MEMBERS
        if (found := named(names[code], lang)) != [code]
    }
    known = {("ar", "TL"), ("el", "BA"), ("be", "CN"), ("be", "NE")}  # a dash with spaces; not written as elsewhere
    assert {key for key in misread if key[1] != "CD"} <= known, misread
