"""Tests for what the coding rules make of a report without actors and learned weights."""

from functools import cache

import pytest

from demarche.adapters.rulebook import SHIPPED, read_table
from demarche.core.rulings import RuleReader
from demarche.model import Candidate


@cache
def rules() -> RuleReader:
    return RuleReader(read_table(SHIPPED / "instruments.toml"))


@pytest.mark.parametrize(
    ("lang", "title", "signal"),
    [
        ("en", "Ghana agrees to take back its citizens from Germany", "ruled instrument:readmission"),
        ("de", "Georgien und Österreich: Visapflicht fällt weg", "ruled instrument:visa_facilitation"),
        ("pl", "Gruzja przyjmie z powrotem swoich obywateli z Czech", "ruled instrument:readmission"),
        ("en", "Ghana agrees to take back its citizens from Germany", "ruled stage:agreed"),
    ],
)
def test_what_would_be_coded_is_a_signal(lang: str, title: str, signal: str) -> None:
    assert rules().signals(Candidate("r", title, lang=lang), lang)[signal] == 1.0


def test_a_report_of_no_act_says_so() -> None:
    signals = rules().signals(Candidate("r", "Storks return early this year", lang="en"), "en")
    assert signals["first:none"] == 1.0 and not any(name.startswith("ruled instrument") for name in signals)


def test_signals_are_bounded_however_often_a_text_repeats_itself() -> None:
    summary = "Security, terrorism, crime: the minister warned of security, terrorism and crime. " * 8
    signals = rules().signals(Candidate("r", "Minister warns of crime", summary, lang="en"), "en")
    assert 0 < max(signals.values()) <= 2.0


def test_the_title_weighs_more_than_the_summary() -> None:
    words = "Ghana agrees to take back its citizens from Germany"
    named, below = (
        rules().signals(report, "en")["points instrument:readmission"]
        for report in (Candidate("a", words, lang="en"), Candidate("b", "News of the day", words, lang="en"))
    )
    assert named > below > 0
