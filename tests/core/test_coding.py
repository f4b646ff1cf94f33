"""Reports are coded: who acts on whom, with what, in which frame, with the words that decided it."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from demarche.adapters.rulebook import SHIPPED, read_arrays, read_lexicon, read_table, read_weights
from demarche.adapters.territories import territory_names
from demarche.core.actors import Gazetteer
from demarche.core.closereading import CloseReader
from demarche.core.coding import Coder
from demarche.core.lexicon import Lexicon
from demarche.core.meaning import MeaningTable
from demarche.core.plover import PloverTable
from demarche.core.quotes import QuoteFinder
from demarche.core.roles import RoleTable
from demarche.model import FRAMES, INSTRUMENTS, SIGNS, STAGES, Candidate

GOLDEN = Path(__file__).parent.parent / "golden" / "coding.jsonl"
CASES = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
FOUNDING = {
    "en": (
        "US tells its diplomats to raise violent crimes by migrants with European allies",
        "A cable instructs embassies to press the governments of Germany, France and Sweden over violent crimes "
        "associated with people of a migration background, and to warn that EU-US cooperation in NATO could suffer.",
    ),
    "de": (
        "USA weisen Diplomaten an: Gewalttaten von Migranten bei europäischen Verbündeten ansprechen",
        "Die Botschaften sollen in Deutschland, Frankreich und Schweden Gewaltverbrechen durch Menschen mit "
        "Migrationshintergrund zur Sprache bringen und vor Folgen für die Zusammenarbeit mit EU und Nato warnen.",
    ),
    "fr": (
        "Washington demande à ses diplomates d'évoquer les crimes violents de migrants avec les alliés européens",
        "Les ambassades doivent interpeller l'Allemagne, la France et la Suède sur la criminalité de personnes issues "
        "de l'immigration ; la coopération entre l'UE et les Etats-Unis et l'OTAN sont évoquées.",
    ),
    "es": (
        "EE UU ordena a sus diplomáticos plantear a los aliados europeos los crímenes violentos de migrantes",
        "Las embajadas deben exigir a Alemania, Francia y Suecia medidas contra la violencia de personas de origen "
        "migrante, según una instrucción que menciona la OTAN y la cooperación entre la UE y Estados Unidos.",
    ),
    "pl": (
        "USA nakazują dyplomatom poruszać z europejskimi sojusznikami przestępstwa migrantów",
        "Ambasady mają domagać się od Niemiec, Francji i Szwecji działań wobec brutalnych przestępstw osób "
        "o pochodzeniu migracyjnym; mowa o bezpieczeństwie, NATO i współpracy UE z USA.",
    ),
}


@cache
def coder(reads_closely: bool = True) -> Coder:
    gazetteer = Gazetteer.from_tables(read_table(SHIPPED / "actors.toml"), territory_names())
    weights = read_weights(SHIPPED / "model" / ("coding-reader.json" if reads_closely else "coding.json"))
    return Coder(
        gazetteer,
        read_table(SHIPPED / "instruments.toml"),
        "test",
        weights,
        meaning=MeaningTable(**read_arrays(SHIPPED / "model" / "meaning.npz")).vector,
        closely=CloseReader(read_arrays(SHIPPED / "model" / "reader.npz")).read if reads_closely else None,
        schemes=Lexicon.from_tables(read_lexicon(SHIPPED), only_schemes=True),
    )


both_ways = pytest.mark.parametrize("reads_closely", [True, False], ids=["closely", "by words alone"])


def report(title: str, lang: str = "en", day: str = "2024-03-05", summary: str = "") -> Candidate:
    return Candidate("r", title, summary, lang=lang, date=datetime.fromisoformat(day).replace(tzinfo=UTC))


@both_ways
@pytest.mark.parametrize("case", CASES, ids=[f"{c['id']} {c['construction']}" for c in CASES])
def test_headline_is_coded(case: dict[str, list[str]], reads_closely: bool) -> None:
    coding = coder(reads_closely).code(
        report(str(case["title"]), str(case["lang"]), str(case["date"]), str(case["summary"]))
    )
    assert (list(coding.initiators), list(coding.targets)) == (case["initiators"], case["targets"])
    assert set(case["instruments"]) <= set(coding.instruments)
    if case["about"]:
        assert list(coding.about) == case["about"]
    assert coding.stage == case.get("stage", coding.stage)
    assert coding.sign == case.get("sign", coding.sign)


@both_ways
@pytest.mark.parametrize("lang", FOUNDING)
def test_the_founding_story_is_coded_in_five_languages(lang: str, reads_closely: bool) -> None:
    title, summary = FOUNDING[lang]
    coding = coder(reads_closely).code(report(title, lang, "2025-11-25", summary))
    assert coding.initiators == ("US",)
    assert "EU" in coding.targets
    assert "demarche" in coding.instruments
    assert "security" in coding.frames


def test_the_headlines_speak_many_languages() -> None:
    assert len(CASES) >= 120
    assert len({case["lang"] for case in CASES}) >= 15


def test_every_code_comes_from_the_closed_lists() -> None:
    for case in CASES:
        coding = coder().code(report(str(case["title"]), str(case["lang"])))
        assert set(coding.instruments) <= set(INSTRUMENTS)
        assert set(coding.frames) <= set(FRAMES)
        assert coding.stage in STAGES
        assert coding.sign in SIGNS


def test_evidence_stands_at_the_place_it_names() -> None:
    title = "Greece accuses Turkey of using migrants as blackmail"
    summary = "Athens spoke of a threat to security. Ankara rejected the charge."
    coding = coder().code(report(title, summary=summary))
    texts = {"title": title, "summary": summary}
    assert coding.evidence
    for proof in coding.evidence:
        if proof.field != "learned":
            assert texts[proof.field][proof.start : proof.end] == proof.term
    assert {"demarche", "instrumentalisation"} <= {proof.code for proof in coding.evidence}
    assert coding.sentence == title


@both_ways
def test_every_code_has_its_words_or_is_marked_as_learned(reads_closely: bool) -> None:
    for case in CASES:
        coding = coder(reads_closely).code(report(case["title"], case["lang"], case["date"]))
        behind = {proof.code: proof for proof in coding.evidence}
        codes = {*coding.instruments, *coding.frames, coding.stage, coding.sign}
        assert codes <= set(behind) <= codes | set(coding.about)
        assert all((proof.term == "") == (proof.field == "learned") for proof in coding.evidence)


def test_stage_sign_and_nationality_have_the_words_that_decided_them() -> None:
    coding = coder().code(report("Chile threatens to expel Haitian migrants", summary="Peru is not concerned."))
    terms = {proof.code: proof.term for proof in coding.evidence}
    assert (terms["threatened"], terms["coercive"], terms["HT"]) == ("threatens", "threatens", "Haitian")


def test_nobody_named_means_nobody_coded() -> None:
    coding = coder().code(report("Migrants wait at the border for a decision"))
    assert (coding.initiators, coding.targets, coding.direction_confidence) == ((), (), 0.0)


def test_an_offer_to_people_of_a_territory_is_aimed_at_the_state_that_speaks_for_it() -> None:
    coding = coder().code(report("UK offers visas to Hong Kongers"))
    assert (coding.initiators, coding.targets, coding.about) == (("GB",), ("CN",), ("HK",))


@pytest.mark.parametrize(
    ("title", "about"),
    [
        ("Peru protests to Spain over visa requirement", ("PE",)),
        ("Jordan asks Canada to lift visa ban", ("JO",)),
        ("Mali condemns French travel ban", ("ML",)),
        ("EU protests to Australia over visa suspension", ()),  # nobody says whom it hits
        ("Canada suspends visas for Peru", ("PE",)),
        ("Vatican condemns Italy's deportations", ()),  # nobody migrates from there
    ],
)
def test_a_protest_against_a_visa_ban_is_about_those_who_protest(title: str, about: tuple[str, ...]) -> None:
    assert coder().code(report(title)).about == about


def test_a_target_that_only_the_nationality_tells_is_as_sure_as_who_acts() -> None:
    coding = coder().code(report("Ireland: visas for Sudanese students"))
    assert (coding.initiators, coding.targets) == (("IE",), ("SD",))
    assert 0.5 < coding.direction_confidence <= 1.0


def test_where_several_acts_leave_a_report_without_a_side_the_sentence_of_the_act_tells_both() -> None:
    title = "Belgium demands that Iraq take back deported migrants"
    rest = "Spain and Morocco met on Monday. Sweden, Chile and Peru were absent. Kenya, Ghana and Mali said nothing."
    coding = coder().code(report(title, summary=rest))
    assert (coding.initiators, coding.targets, coding.sentence) == (("BE",), ("IQ",), title)
    assert coding.direction_confidence > 0.5


def test_one_actor_alone_has_no_target() -> None:
    coding = coder().code(report("Norway announces stricter asylum rules"))
    assert coding.targets == ()


def test_an_empty_report_is_coded_without_complaint() -> None:
    assert coder().code(Candidate("empty", "")).initiators == ()


def test_text_is_read_where_there_is_no_summary() -> None:
    coding = coder().code(
        Candidate("t", "Row over returns", text="Denmark accuses Iraq of refusing deportees.", lang="en")
    )
    assert set(coding.initiators) | set(coding.targets) == {"DK", "IQ"}
    assert all(proof.field in ("title", "text", "learned") for proof in coding.evidence)


def test_the_same_report_is_always_coded_alike() -> None:
    one = report("Malta and Libya sign a migration deal")
    assert coder().code(one) == coder().code(one)


def test_rules_alone_code_where_no_weights_are_given() -> None:
    gazetteer = Gazetteer.from_tables(read_table(SHIPPED / "actors.toml"), territory_names(["en"]))
    coding = Coder(gazetteer, read_table(SHIPPED / "instruments.toml"), "rules").code(
        report("Latvia demands that Belarus take back migrants")
    )
    assert (coding.initiators, coding.targets) == (("LV",), ("BY",))


def full_coder() -> Coder:
    gazetteer = Gazetteer.from_tables(read_table(SHIPPED / "actors.toml"), territory_names(["en"]))
    return Coder(
        gazetteer,
        read_table(SHIPPED / "instruments.toml"),
        "test",
        read_weights(SHIPPED / "model" / "coding.json"),
        plover=PloverTable.from_table(read_table(SHIPPED / "plover.toml")),
        roles=RoleTable.from_table(read_table(SHIPPED / "roles.toml")),
        quotes=QuoteFinder(read_table(SHIPPED / "quotes.toml")),
        meaning=MeaningTable(**read_arrays(SHIPPED / "model" / "meaning.npz")).vector,
    )


def test_a_coding_carries_its_event_its_roles_and_its_quotations() -> None:
    title = "Mexico accepts deportation flights from US"
    summary = 'The planes landed on Monday. "We will receive our people with dignity," Sheinbaum said.'
    coding = full_coder().code(report(title, day="2025-02-03", summary=summary))
    assert (coding.plover_event, coding.cameo) == ("COOPERATE", "060")  # and not CAMEO 174: both governments want it
    assert {(r.code, r.role) for r in coding.roles} == {("MX", "sending"), ("US", "destination")}
    assert [(q.speaker, q.field) for q in coding.quotes] == [("MX", "summary")]
    assert summary[coding.quotes[0].start : coding.quotes[0].end] == coding.quotes[0].words


def test_the_evidence_sentence_stands_where_its_offsets_say() -> None:
    title, summary = "Row over returns", "Nothing new in the morning. Denmark accuses Iraq of refusing deportees."
    coding = full_coder().code(report(title, summary=summary))
    texts = {"title": title, "summary": summary}
    assert coding.sentence
    assert texts[coding.sentence_field][coding.sentence_start : coding.sentence_end] == coding.sentence


@pytest.mark.parametrize(
    ("title", "lang", "initiators", "targets"),
    [
        ("Baltic states close border with Belarus over migrants", "en", ("EE", "LT", "LV"), ("BY",)),
        ("Visegrad countries reject EU migrant quotas", "en", ("CZ", "HU", "PL", "SK"), ("EU",)),
        ("Państwa bałtyckie chcą zamknąć granicę z Białorusią", "pl", ("EE", "LT", "LV"), ("BY",)),
    ],
)
def test_a_group_acts_as_its_members(title: str, lang: str, initiators: tuple[str], targets: tuple[str]) -> None:
    coding = coder().code(report(title, lang))
    assert (coding.initiators, coding.targets) == (initiators, targets)


def test_states_that_all_lead_a_cooperative_act_act_with_each_other() -> None:
    coding = coder().code(report("Baltic states open a travel bubble for their citizens"))
    assert coding.initiators == coding.targets == ("EE", "LT", "LV")
