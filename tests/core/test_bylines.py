"""The wire of origin is named where a report is signed, not where a wire is quoted."""

import tomllib

import pytest

from core.grouping_rules import RULES, grouping_rules
from demarche.core.bylines import Bylines, KnownOutlet, Signs
from demarche.core.urls import site_of

BYLINES = Bylines(grouping_rules()["wires"], grouping_rules()["aggregators"])


@pytest.mark.parametrize(
    ("text", "outlet", "wire"),
    [
        ("LISBON (Reuters) - Portugal eases visas for seasonal workers.", "", "Reuters"),
        ("Mexico City (AP) — Two governments agree on flights.", "", "AP"),
        ("Berlin (dpa) - Der Vertrag ist unterzeichnet.", "", "dpa"),
        ("Berlin (dpa/bb) - Der Vertrag ist unterzeichnet.", "", "dpa"),
        ("Der Vertrag ist unterzeichnet. Mit dpa", "", "dpa"),
        ("Der Vertrag ist unterzeichnet. (mit dpa)", "", "dpa"),
        ("Rząd przedłużył kontrole. (PAP)", "", "PAP"),
        ("Rząd przedłużył kontrole. Źródło: PAP", "", "PAP"),
        ("(ANSA) - ROMA, 3 MAR - Firmata l'intesa.", "", "ANSA"),
        ("Madrid (EFE).- El ministro firmó el acuerdo.", "", "EFE"),
        ("МОСКВА, 12 мая - ТАСС. Стороны подписали протокол.", "", "TASS"),
        ("The ministers met in Ankara.", "aa.com.tr", "Anadolu Agency"),
        ("A diplomat told Reuters that talks had failed.", "", ""),
        ("Die Agentur dpa berichtete zuerst darüber, hieß es.", "", ""),
        ("The Middle East and North Africa (MENA) took in fewer people.", "", ""),
        ("Ministers of the group, the bloc's rotating chair (PTI) said, will meet.", "", ""),
        ("", "", ""),
    ],
)
def test_the_wire_is_read_from_its_sign(text: str, outlet: str, wire: str) -> None:
    assert BYLINES.wire(text, outlet) == wire


@pytest.mark.parametrize(
    ("signs", "origin"),
    [
        (Signs(authors=("Jane Doe", "Reuters")), "Reuters"),
        (Signs(authors=("Agence France-Presse",)), "AFP"),
        (Signs(authors=("By The Associated Press",)), "AP"),
        (Signs(authors=("Jane Doe and Juan Pérez, AP",)), "AP"),
        (Signs(authors=("red/dpa",)), "dpa"),
        (Signs(authors=("Reuters Institute",)), ""),
        (Signs(authors=("Reuters Staff",)), "Reuters"),
        (Signs(authors=("JANE DOE Associated Press",)), "AP"),
        (Signs(authors=("By JANE DOE - Associated Press",)), "AP"),
        (Signs(authors=("Źródło: PAP",)), "PAP"),
        (Signs(authors=("Redazione ANSA",)), "ANSA"),
        (Signs(text="Two states agree. (Reporting by Jane Doe in Lisbon; Editing by John Roe)"), "Reuters"),
        (Signs(text="Two states agree. Our Standards: The Thomson Reuters Trust Principles."), "Reuters"),
        (Signs(text="Two states agree. © dpa-infocom, dpa:260303-99-123456/2"), "dpa"),
        (Signs(text="Two states agree. Copyright 2026 The Associated Press. All rights reserved."), "AP"),
        (Signs(text="Two states agree. © 2026 AFP"), "AFP"),
        (Signs(text="Two states agree. - Agence France-Presse"), "AFP"),
        (Signs(text="Two states agree. Associated Press writer John Doe in Rome contributed to this report."), "AP"),
        (Signs(text="Two states agree. Photo © AFP"), ""),
        (Signs(text="Reporting by our staff. Editing follows."), ""),
        (Signs(url="https://www.msn.com/en-us/news/x", title="Two states agree | AP News"), "AP"),
        (Signs(tags=("Migration", "Reuters")), "Reuters"),
        (Signs(tags=("MENA", "TAP", "AA")), ""),
        (Signs(url="https://www.reuters.com/world/x"), "Reuters"),
        (Signs(url="https://copies.test/x", canonical_url="https://www.herald.org/y"), "herald.org"),
        (Signs(url="https://www.bbc.com/x", canonical_url="https://www.bbc.co.uk/x"), ""),
        (Signs(url="https://copies.test/x", canonical_url="https://apnews.com/x"), "AP"),
        (Signs(url="https://www.msn.com/en-us/news/x", title="They agree - The Herald"), "The Herald"),
        (Signs(url="https://news.google.com/articles/x", title="Two states agree - Reuters"), "Reuters"),
        (Signs(url="https://www.msn.com/en-us/news/x", title="Two states agree", site_name="MSN"), ""),
        (Signs(url="https://a.test/x", title="Two states agree - a report"), ""),
        (Signs(text="Two states agree. This article was originally published by Harbour Herald."), "Harbour Herald"),
        (Signs(outlet="Harbour Herald", text="It was originally published by Harbour Herald."), ""),
        (Signs(summary="Two states agree, an official told AFP on Monday."), ""),
        (Signs(summary="A minister at the border. (Jane Doe/Reuters)"), ""),  # who took the picture
        (Signs(summary="A minister at the border. (Ministry handout via Reuters)"), ""),
        (Signs(summary="(Jane Doe/AFP via Getty Images)"), ""),
        (Signs(summary='قالت وكالة "تاس" (TASS) إن الوزير وصل.'), ""),
        (Signs(summary="الرباط (رويترز) - وصل الوزير."), "Reuters"),
        (Signs(summary="A version of this story was first published in March 2019."), ""),
        (Signs(url="https://harbour.test/x", summary="It first appeared in Harbour News Morning."), ""),
        (Signs(url="https://www.msn.com/x", title="The plan is dead - and nobody mourns it"), ""),
    ],
)  # fmt: skip
def test_the_origin_is_read_from_byline_text_tags_and_addresses(signs: Signs, origin: str) -> None:
    assert BYLINES.origin(signs) == origin


WATCHED = Bylines(
    grouping_rules()["wires"],
    grouping_rules()["aggregators"],
    [
        KnownOutlet("Harbour Wire", "harbourwire.example", is_wire=True),
        KnownOutlet("Anadolu Agency", "aa.com.tr", is_wire=True),
        KnownOutlet("Al-Monitor", "al-monitor.com"),
        KnownOutlet("Waymark", "waymark.example"),
    ],
)


@pytest.mark.parametrize(
    ("signs", "origin"),
    [
        (Signs(outlet="Harbour Wire", text="Two states agree."), "Harbour Wire"),
        (Signs(outlet="Paper", text="TUNIS (Harbour Wire) - Two states agree."), "Harbour Wire"),
        (Signs(outlet="Paper", authors=("Jane Doe, Harbour Wire",)), "Harbour Wire"),
        (Signs(outlet="Anadolu Agency"), "Anadolu Agency"),
        (Signs(url="https://news.google.com/articles/x", title="Two states agree - Al-Monitor"), "Al-Monitor"),
        (Signs(url="https://copies.test/x", canonical_url="https://waymark.example/y"), "Waymark"),
        (Signs(outlet="Paper", text="A diplomat told Harbour Wire that talks had failed."), ""),
        (Signs(outlet="Waymark", text="Two states agree."), ""),
    ],
)
def test_a_watched_outlet_is_known_by_its_name_and_site_and_a_wire_among_them_signs_by_its_name(signs, origin) -> None:
    assert WATCHED.origin(signs) == origin


def test_an_agency_goes_by_one_name_as_watched_outlet_and_as_origin() -> None:
    """Else `mart.outlets` has two rows for it, and two copies of one report two origins."""
    packs = [tomllib.loads(path.read_text(encoding="utf-8")) for path in (RULES / "feeds").glob("*.toml")]
    feeds = [feed for pack in packs for feed in pack["feed"] if feed.get("kind") == "wire"]
    wires = {
        feed["outlet"]: BYLINES.wire("", feed["outlet"]) or BYLINES.wire("", site_of(feed["url"])) for feed in feeds
    }
    assert wires["AFP"] == "AFP"
    assert {outlet: wire for outlet, wire in wires.items() if wire not in ("", outlet)} == {}
