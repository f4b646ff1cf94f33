"""Copies become one article; equal templates stay apart."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.grouping_rules import grouping_rules, sighting
from demarche.core.grouping import Grouper

RULES = grouping_rules()
PAIRS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "golden" / "duplicates.jsonl").read_text(encoding="utf-8").splitlines()
]


def article_ids(pair: dict[str, Any]) -> list[str]:
    grouper = Grouper(RULES)
    found = []
    for side, hours in (("a", 0), ("b", 24 * pair["days_apart"])):
        told = dict(pair[side])
        actors = frozenset(told.pop("actors", ()))
        seen = sighting(side, told.pop("title"), told.pop("summary"), hours=hours, actors=actors, **told)
        found.append(grouper.add(seen).article_id)
    return found


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{n}-{p['a']['lang']}-{p['why']}" for n, p in enumerate(PAIRS)])
def test_copies_merge_and_equal_templates_do_not(pair: dict[str, Any]) -> None:
    first, second = article_ids(pair)
    assert (first == second) == pair["same"]


def test_the_golden_table_is_large_enough_to_mean_something() -> None:
    assert sum(not pair["same"] for pair in PAIRS) >= 40
    assert sum(pair["same"] for pair in PAIRS) >= 30
    assert len({pair["a"]["lang"] for pair in PAIRS if pair["same"]}) >= 8


@pytest.mark.parametrize("pair", [p for p in PAIRS if p["same"]], ids=lambda p: p["why"])
def test_a_copy_far_outside_the_window_is_another_report(pair: dict[str, Any]) -> None:
    first, second = article_ids({**pair, "days_apart": 40})
    assert first != second


def test_the_reason_says_how_a_copy_was_seen() -> None:
    grouper = Grouper(RULES)
    lead = "Serbia will take back people without papers from Austria under a protocol signed on Friday in Belgrade."
    first = grouper.add(sighting("r1", "Serbia and Austria sign protocol on returns", lead, url="https://a.example/x"))
    address = grouper.add(sighting("r2", "Protocol signed", "Details follow.", url="https://www.a.example/x?utm_id=3"))
    title = grouper.add(sighting("r3", "Serbia and Austria sign protocol on returns", "", outlet="b"))
    words = grouper.add(sighting("r4", "Belgrade and Vienna agree on returns", lead, outlet="c"))
    assert first.reason.startswith("first report")
    assert address.reason.startswith("same address as r1")
    assert title.reason.startswith("same title within 3 days as r1")
    assert words.reason.startswith("near-duplicate of r1 (0.")
    assert len({g.article_id for g in (first, address, title, words)}) == 1


def test_two_reports_without_addresses_do_not_share_one() -> None:
    grouper = Grouper(RULES)
    one = grouper.add(sighting("e1", "Peru asks Chile to reopen the crossing at Tacna"))
    other = grouper.add(sighting("e2", "Bangladesh and Myanmar discuss the return of Rohingya"))
    assert one.article_id != other.article_id


def test_empty_titles_are_no_copies_of_each_other() -> None:
    grouper = Grouper(RULES)
    assert grouper.add(sighting("n1", "")).article_id != grouper.add(sighting("n2", "")).article_id
