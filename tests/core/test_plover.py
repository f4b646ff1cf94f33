"""Codings join with POLECAT and GDELT: every one has a PLOVER event and a CAMEO code."""

from functools import cache
from itertools import product
from pathlib import Path

import pytest

from demarche.adapters.rulebook import SHIPPED, read_table
from demarche.core.plover import Plover, PloverTable
from demarche.model import INSTRUMENTS, SIGNS, STAGES


@cache
def table() -> PloverTable:
    return PloverTable.from_table(read_table(SHIPPED / "plover.toml"))


@pytest.mark.parametrize(
    ("instrument", "stage", "sign", "event", "cameo"),
    [
        ("demarche", "stated", "coercive", "ACCUSE", "111"),
        ("demarche", "demanded", "neutral", "REQUEST", "100"),
        ("demarche", "announced", "coercive", "REQUEST", "100"),  # an instruction to one's own diplomats
        ("consultation", "talks", "cooperative", "CONSULT", "046"),
        ("readmission", "agreed", "cooperative", "SUPPORT", "057"),
        ("readmission", "rejected", "coercive", "REJECT", "120"),
        ("readmission", "suspended", "coercive", "SANCTION", "164"),
        ("visa_restriction", "announced", "coercive", "COERCE", "172"),
        ("visa_restriction", "threatened", "coercive", "THREATEN", "132"),
        ("visa_facilitation", "announced", "cooperative", "CONCEDE", "081"),
        ("aid_for_control", "carried_out", "cooperative", "AID", "070"),
        ("economic_pressure", "announced", "coercive", "SANCTION", "162"),
        ("border_measure", "in_force", "coercive", "COERCE", "172"),
        ("border_measure", "carried_out", "cooperative", "CONCEDE", "081"),
        ("rupture", "carried_out", "coercive", "SANCTION", "161"),
        ("rupture", "announced", "cooperative", "SUPPORT", "050"),  # the ambassador is sent back
        ("sanctions", "carried_out", "cooperative", "RETREAT", "085"),  # they are lifted
        ("visa_restriction", "stated", "coercive", "ACCUSE", "111"),  # somebody condemns a travel ban
        ("visa_restriction", "demanded", "cooperative", "REQUEST", "100"),  # somebody asks that it be lifted
        ("visa_restriction", "considered", "coercive", "THREATEN", "132"),
        ("deportation", "demanded", "coercive", "REQUEST", "100"),  # a flight is to be halted
        ("instrumentalisation", "stated", "coercive", "ACCUSE", "112"),
        ("consultation", "suspended", "coercive", "SANCTION", "164"),
        ("aid_for_control", "suspended", "coercive", "SANCTION", "162"),
        ("third_country", "carried_out", "coercive", "COERCE", "174"),
        ("labour_mobility", "in_force", "coercive", "COERCE", "172"),  # a ban on going there to work
    ],
)
def test_a_coding_gets_the_event_of_its_act(instrument: str, stage: str, sign: str, event: str, cameo: str) -> None:
    answer = table().event([instrument], stage, sign)
    assert (answer.event, answer.cameo) == (event, cameo)


def test_a_return_flight_that_both_governments_want_is_cooperation() -> None:
    assert table().event(["deportation"], "carried_out", "cooperative").event == "COOPERATE"
    assert table().event(["deportation"], "carried_out", "coercive") == Plover("COERCE", "deport", "174")


def test_the_first_instrument_decides() -> None:
    assert table().event(["rupture", "demarche"], "announced", "coercive").event == "SANCTION"


def test_every_combination_of_codes_has_an_event() -> None:
    for instrument, stage, sign in product(("", *INSTRUMENTS), STAGES, SIGNS):
        answer = table().event([instrument] if instrument else [], stage, sign)
        assert answer.event.isupper()
        assert len(answer.cameo) == 3


def test_a_cooperative_act_is_never_called_coercion() -> None:
    for instrument, stage in product(INSTRUMENTS, set(STAGES) - {"threatened", "considered", "suspended"}):
        assert table().event([instrument], stage, "cooperative").event not in ("COERCE", "SANCTION", "ACCUSE")


@pytest.mark.parametrize("stage", ["stated", "demanded", "considered", "threatened", "talks"])
def test_mere_words_are_never_the_deed_that_they_are_about(stage: str) -> None:
    deeds = {"COERCE", "SANCTION", "CONCEDE", "RETREAT", "AID", "COOPERATE"}
    for instrument, sign in product(INSTRUMENTS, SIGNS):
        assert table().event([instrument], stage, sign).event not in deeds, (instrument, sign)


def test_the_page_shows_the_rows_of_the_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "coding.md").read_text(encoding="utf-8")
    rows = []
    for row in read_table(SHIPPED / "plover.toml")["rows"]:
        lists = [", ".join(row.get(name, ())) for name in ("instruments", "stages", "signs")]
        rows.append("| " + " | ".join([*lists, row["event"], row.get("mode", ""), row["cameo"]]) + " |")
    assert "\n".join(rows) in page


def test_an_unknown_code_in_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown stages"):
        PloverTable.from_table({"rows": [{"stages": ["maybe"], "event": "AGREE", "cameo": "030"}]})
