"""Reports of one development become one story, across outlets and languages; other developments do not."""

from dataclasses import replace
from typing import Any

import pytest

from core.grouping_rules import START, grouping_rules, sighting
from demarche.core.grouping import Grouper, Sighting
from demarche.core.stories import StoryFinder
from demarche.core.tellings import Telling, compare, words_of
from demarche.core.wording import Background

RULES = grouping_rules()
SUMMIT = [
    (
        "en",
        "Jordan and Germany agree on return of Syrian refugees",
        "Amman and Berlin signed an agreement on the voluntary return of Syrian refugees, "
        "ministers Faisal Daoud and Karla Brandt said on Wednesday.",
        "DE JO SY",
    ),
    (
        "en",
        "Germany signs Syrian returns deal with Jordan",
        "Minister Karla Brandt signed the deal on the return of Syrian refugees with her colleague "
        "Faisal Daoud in Amman.",
        "DE JO SY",
    ),
    (
        "de",
        "Deutschland und Jordanien vereinbaren Rückkehr syrischer Flüchtlinge",
        "Die Ministerin Karla Brandt unterzeichnete in Amman mit Faisal Daoud das Abkommen über die Rückkehr.",
        "DE JO SY",
    ),
    (
        "fr",
        "L'Allemagne et la Jordanie signent un accord sur le retour de réfugiés syriens",
        "Karla Brandt et Faisal Daoud ont signé l'accord à Amman.",
        "DE JO SY",
    ),
    (
        "pl",
        "Niemcy i Jordania podpisały umowę o powrotach syryjskich uchodźców",
        "Karla Brandt i Faisal Daoud podpisali umowę w Ammanie.",
        "DE JO SY",
    ),
    (
        "ar",
        "ألمانيا والأردن يوقعان اتفاقا لعودة اللاجئين السوريين",
        "وقعت الوزيرة كارلا برانت الاتفاق مع فيصل داود في عمان.",
        "DE JO SY",
    ),
]
OTHERS = [
    (
        "en",
        "Colombia sends army to border with Ecuador",
        "Bogota sent soldiers to the Rumichaca crossing after a rise in smuggling.",
        "CO EC",
    ),
    (
        "en",
        "Thailand opens talks with Laos on migrant workers",
        "Bangkok wants to register workers from Laos by June.",
        "TH LA",
    ),
    (
        "de",
        "Thailand und Laos sprechen über Wanderarbeiter",
        "Bangkok will Arbeiter aus Laos bis Juni registrieren.",
        "TH LA",
    ),
    (
        "en",
        "Germany extends border controls with France",
        "Berlin prolonged the checks at the French border by six months.",
        "DE FR",
    ),
]
CONCEPTS = frozenset({"return", "agree", "people"})


def reports(rows: list[tuple[str, str, str, str]], start: int = 0) -> list[Sighting]:
    return [
        sighting(f"{lang}{start + n}", title, summary, hours=start + n, lang=lang, actors=frozenset(actors.split()),
                 concepts=CONCEPTS if rows is SUMMIT else frozenset())
        for n, (lang, title, summary, actors) in enumerate(rows)
    ]  # fmt: skip


def test_reports_of_one_agreement_in_five_languages_are_one_story() -> None:
    grouper = Grouper(RULES)
    assert len({grouper.add(report).story_id for report in reports(SUMMIT)}) == 1


def test_names_that_begin_alike_join_languages_without_actors() -> None:
    grouper = Grouper(RULES)
    told = [
        ("en", "Minister Lindqvist presents the Hallström plan in Karlskrona", "Lindqvist wants Hallström's flights."),
        ("es", "La ministra Lindqvist presenta el plan Hallström en Karlskrona", "Lindqvist quiere los vuelos."),
    ]
    stories = [grouper.add(sighting(lang, title, lead, lang=lang)).story_id for lang, title, lead in told]
    other = grouper.add(
        sighting("x", "El gobierno debate los presupuestos del próximo año", "Votan mañana.", lang="es")
    )
    assert stories[0] == stories[1] != other.story_id


def test_other_developments_between_other_states_stay_apart() -> None:
    grouper = Grouper(RULES)
    summit = {grouper.add(report).story_id for report in reports(SUMMIT)}
    others = [grouper.add(report).story_id for report in reports(OTHERS, start=len(SUMMIT))]
    assert not summit & set(others)
    assert others[0] not in others[1:]
    assert others[1] == others[2]
    assert others[3] not in others[:3]


def test_the_same_words_a_month_later_open_a_new_story() -> None:
    grouper = Grouper(RULES)
    lang, title, summary, _ = SUMMIT[0]
    early = grouper.add(sighting("early", title, summary, lang=lang))
    late = grouper.add(sighting("late", title, summary, hours=24 * 30, lang=lang))
    assert early.story_id != late.story_id


def test_review_and_rejected_reports_have_an_article_but_no_story() -> None:
    grouper = Grouper(RULES)
    grouping = grouper.add(sighting("r", SUMMIT[0][1], is_accepted=False))
    assert grouping.article_id and grouping.story_id == ""
    assert grouping.reason == "first report"


def test_an_accepted_copy_of_a_report_in_review_opens_a_story_for_the_article() -> None:
    grouper = Grouper(RULES)
    waiting = grouper.add(sighting("r", SUMMIT[0][1], SUMMIT[0][2], is_accepted=False))
    accepted = grouper.add(sighting("s", SUMMIT[0][1], SUMMIT[0][2], hours=1))
    assert accepted.article_id == waiting.article_id
    assert accepted.story_id
    assert accepted.reason.endswith("opens a story")


@pytest.mark.parametrize(
    ("title", "url"),
    [
        ("Jordan and Germany agree on return of Syrian refugees: live updates", ""),
        ("Jordan and Germany agree on return of Syrian refugees", "https://x.example/commentisfree/2026/returns"),
        ("Morning briefing: Jordan and Germany agree on return of Syrian refugees", ""),
    ],
)
def test_no_report_joins_a_live_blog_an_opinion_or_a_digest(title: str, url: str) -> None:
    grouper = Grouper(RULES)
    blog = grouper.add(sighting("blog", title, "All that matters this morning.", url=url))
    report = grouper.add(sighting("report", SUMMIT[1][1], SUMMIT[1][2], hours=1))
    assert report.story_id != blog.story_id


def test_an_opinion_joins_the_story_it_is_about() -> None:
    grouper = Grouper(RULES)
    report = grouper.add(sighting("report", SUMMIT[0][1], SUMMIT[0][2]))
    opinion = grouper.add(
        sighting("opinion", "Opinion: The deal of Jordan and Germany on Syrian refugees", SUMMIT[1][2], hours=2)
    )
    assert opinion.story_id == report.story_id
    assert opinion.article_id != report.article_id


def test_the_reason_names_what_joined_a_story() -> None:
    grouper = Grouper(RULES)
    first, second = (grouper.add(report) for report in reports(SUMMIT)[:2])
    assert first.reason == "first report; opens a story"
    assert f"joins story {first.story_id} (" in second.reason
    assert "DE+JO+SY" in second.reason


def told(lang: str, title: str, **more: Any) -> Telling:
    return Telling("t", START, words_of(title, ""), lang=lang, **more)


def signals_of(one: Telling, other: Telling) -> dict[str, float]:
    finder = StoryFinder(RULES["stories"], Background({}, 10.0))
    return compare(one, other, finder.rarity())


@pytest.mark.parametrize(
    ("signal", "alike", "unlike"),
    [
        ("numbers", "Oslo ottaa takaisin 340 ihmistä", "Oslo ottaa takaisin 90 ihmistä"),
        ("sounds", "Kaczyńskiego czeka rozmowa", "Premiera czeka rozmowa"),
        ("all", "Readmission: Oslo unterschreibt", "Abkommen: Regierung unterschreibt"),
    ],
)
def test_across_languages_figures_sounds_and_words_that_begin_alike_speak_for_one_story(signal, alike, unlike):
    one = told("en", "Oslo readmission of 340 people agreed, Kaczynski says")
    found = [signals_of(one, told("xx", title))[signal] for title in (alike, unlike)]
    assert found[0] > found[1]


def test_across_languages_it_counts_who_acts_and_within_one_it_does_not():
    acting = told("en", "A", initiators=frozenset({"NO"}))
    assert signals_of(acting, told("fi", "B", initiators=frozenset({"NO"})))["initiators"] == 1
    assert signals_of(acting, told("fi", "B", initiators=frozenset({"SE"})))["initiators"] == 0
    assert "initiators" not in signals_of(acting, told("en", "B", initiators=frozenset({"NO"})))


def test_every_weight_belongs_to_a_signal():
    for table, langs in (("same_language", ("en", "en")), ("other_language", ("en", "fi"))):
        assert set(RULES["stories"][table]) <= set(signals_of(told(langs[0], "A"), told(langs[1], "B"))), table


def test_a_report_at_the_address_of_a_live_blog_speaks_for_the_article_from_then_on() -> None:
    grouper = Grouper(RULES)
    live, plain, other = reports(SUMMIT)[:3]
    address = "https://a.example/summit"
    blog = replace(live, candidate=replace(live.candidate, title=f"Live: {live.candidate.title}", url=address))
    report = replace(plain, candidate=replace(live.candidate, id=plain.candidate.id, url=address))
    opened = grouper.add(blog)
    assert grouper.add(report).article_id == opened.article_id
    assert grouper.add(other).story_id == opened.story_id
