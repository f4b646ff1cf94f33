"""Replaying the past gives the ids that the live path gave, wherever the replay begins."""

import math
import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.grouping_rules import START, grouping_rules, recall, sighting
from demarche.core.grouping import Grouper, Sighting, Signature
from demarche.model import Grouping

RULES = grouping_rules()
STATES = ["Chad", "Libya", "Malta", "Serbia", "Oman", "Nepal", "Peru", "Laos"]
ACTS = ["signs returns deal with", "closes crossing to", "summons envoy of", "opens visa talks with", "sends police to"]
TAILS = [
    "after weeks of talks in the capital",
    "as boats keep arriving at the coast",
    "said the foreign minister Salma Renko",
]


def stream(seed: int, length: int, days: float) -> list[Sighting]:
    """Reports in arrival order that repeat each other in all the ways the grouper looks for."""
    draw = random.Random(seed)
    hours, found = 0.0, []
    for n in range(length):
        hours += draw.expovariate(length / (24 * days))
        one, other = draw.sample(STATES, 2)
        if draw.random() < 0.2:
            hours = float(math.ceil(hours))  # equal moments and exact window borders happen
        end = draw.choice(["", " live updates", " in 12 days", " in 3 days"])
        lead = f"{one} and {other} {draw.choice(TAILS)} {draw.choice(TAILS)}, {draw.randint(1, 9)} said."
        found.append(
            sighting(
                f"s{n}",
                f"{one} {draw.choice(ACTS)} {other}{end}",
                draw.choice(["", lead]),
                hours=hours,
                url=draw.choice(["", f"https://o{draw.randint(1, 3)}.example/{draw.randint(1, length // 3)}"]),
                outlet=f"o{draw.randint(1, 3)}",
                lang=draw.choice(["en", "en", "fr"]),
                actors=frozenset({one, other}),
                is_accepted=draw.random() < 0.7,
            )
        )  # fmt: skip
    return found


def in_one_go(sightings: list[Sighting]) -> list[Grouping]:
    grouper = Grouper(RULES)
    return [grouper.add(seen) for seen in sightings]


def in_windows(sightings: list[Sighting], width: timedelta) -> list[Grouping]:
    """Each window by a fresh grouper that recalls by their signatures what it needs, as the pipeline does."""
    decided: list[Grouping] = []
    signatures: list[Signature] = []
    while len(decided) < len(sightings):
        at = sightings[len(decided)].seen_at
        opened = START + width * ((at - START) // width)
        grouper = Grouper(RULES)
        new = [seen for seen in sightings[len(decided) :] if seen.seen_at < opened + width]
        latest = [grouper.signature(seen, is_next=True) for seen in new]
        known = list(zip(sightings, decided, signatures, strict=False))
        recall(grouper, [each for each in known if each[0].seen_at >= opened - grouper.lookback], latest, opened)
        decided += [grouper.add(seen) for seen in new]
        signatures += latest
    return decided


def test_a_signature_has_the_version_of_its_rules_and_is_the_same_in_every_process() -> None:
    seen = sighting("a", "Chad signs returns deal with Malta after talks", url="https://o.example/1")
    one, other = Grouper(RULES), Grouper({**RULES, "lookback_days": 13})
    mine, yours = one.signature(seen), other.signature(seen)
    assert (mine.address, mine.keys) == (yours.address, yours.keys)
    assert mine.telling and yours.telling and set(mine.telling.places()) == set(yours.telling.places())
    assert one.version != other.version
    assert mine.address == 3443020236


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), days=st.sampled_from([2.0, 20.0, 60.0]), hours=st.sampled_from([0.25, 6.0, 24.0]))
def test_quarter_hours_give_what_one_go_gives(seed: int, days: float, hours: float) -> None:
    sightings = stream(seed, 60, days)
    assert in_windows(sightings, timedelta(hours=hours)) == in_one_go(sightings)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), begin=st.integers(1, 79))
def test_a_replay_from_the_middle_gives_the_same_ids(seed: int, begin: int) -> None:
    sightings = stream(seed, 80, 30.0)
    whole = in_one_go(sightings)
    grouper = Grouper(RULES)
    for seen, grouping in zip(sightings[:begin], whole[:begin], strict=True):
        grouper.remember_report(seen, grouping.article_id)
        if telling := grouper.signature(seen).telling:
            grouper.remember_telling(telling, grouping.article_id, grouping.story_id)
    assert [grouper.add(seen) for seen in sightings[begin:]] == whole[begin:]


def test_the_streams_contain_what_the_replay_tests_are_about() -> None:
    reasons = [grouping.reason for seed in range(5) for grouping in in_one_go(stream(seed, 80, 20.0))]
    for expected in (
        "same address",
        "same title",
        "near-duplicate",
        "joins story",
        "opens a story",
        "with its article",
    ):
        assert any(expected in reason for reason in reasons), expected


def test_ids_are_sixteen_hex_digits_and_follow_from_the_first_sighting() -> None:
    one = Grouper(RULES).add(sighting("first", "Tonga and Samoa agree on seasonal workers"))
    again = Grouper(RULES).add(sighting("first", "Another title altogether for this id"))
    assert (one.article_id, one.story_id) == (again.article_id, again.story_id)
    for identifier in (one.article_id, one.story_id):
        assert len(identifier) == 16 and set(identifier) <= set("0123456789abcdef")
    assert one.article_id != one.story_id


def test_it_works_without_summary_language_outlet_or_background() -> None:
    grouper = Grouper({key: value for key, value in RULES.items() if key != "background"})
    first = grouper.add(sighting("a", "Ghana and Togo reopen the Aflao crossing to migrants", lang=""))
    second = grouper.add(sighting("b", "Ghana and Togo reopen the Aflao crossing to migrants", lang=""))
    assert first.article_id == second.article_id and first.story_id == second.story_id


@pytest.mark.parametrize("text", ["", " ", "🙂", "…", "1", "غ", "移民", "a\u0301" * 50, "x" * 5000])
def test_any_title_is_grouped(text: str) -> None:
    assert Grouper(RULES).add(sighting("odd", text, text, actors=frozenset({"DE"}))).article_id


def test_old_state_is_dropped() -> None:
    grouper = Grouper(RULES)
    for seen in stream(7, 120, 200.0):
        grouper.add(seen)
    grouper.add(sighting("late", "Nothing like it", hours=24 * 400))
    assert grouper.size() == (1, 1)
