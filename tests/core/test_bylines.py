"""The wire of origin is named where a report is signed, not where a wire is quoted."""

import pytest

from core.grouping_rules import grouping_rules
from demarche.core.bylines import Bylines

BYLINES = Bylines(grouping_rules()["wires"])


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
        ("The ministers met in Ankara.", "aa.com.tr", "AA"),
        ("A diplomat told Reuters that talks had failed.", "", ""),
        ("Die Agentur dpa berichtete zuerst darüber, hieß es.", "", ""),
        ("", "", ""),
    ],
)
def test_the_wire_is_read_from_its_sign(text: str, outlet: str, wire: str) -> None:
    assert BYLINES.wire(text, outlet) == wire
