"""Real reports in arrival order: in one go, in quarter hours and from the middle they get the same ids."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.grouping_rules import recall
from demarche.contracts import candidate_from
from demarche.core.grouping import Grouper, Sighting, Signature
from demarche.model import Grouping
from demarche.settings import Settings
from demarche.steps.workbench import workbench

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("DEMARCHE_SHARED", ROOT.parent / "shared"))
QUARTER = timedelta(minutes=15)
MOST = 450  # reports of each file: more take minutes, since every quarter hour begins anew


@pytest.fixture(scope="module")
def sightings() -> list[Sighting]:
    """Reports of the stories set, and a complete day of 2023 among them, each at a minute of its day."""
    paths = [SHARED / "gold/stories_dev.jsonl", SHARED / "data/slices/2023-06-09.jsonl"]
    if missing := [path for path in paths if not path.exists()]:
        pytest.skip(f"{missing[0]} is not there: set DEMARCHE_SHARED")
    rows = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()[:MOST]]
    bench = workbench(Settings())
    found = []
    for row in rows:
        at = datetime.fromisoformat(row["date"][:10]).replace(tzinfo=UTC) + timedelta(minutes=int(row["id"], 16) % 1440)
        candidate = replace(candidate_from(row), date=at)
        coding = bench.coder.code(candidate)
        actors = frozenset((*coding.initiators, *coding.targets, *coding.about))
        # All reports of the stories set tell stories, and one in ten of the day.
        is_accepted = "story" in row or int(row["id"], 16) % 10 == 0
        found.append(Sighting(candidate, at, actors=actors, is_accepted=is_accepted))
    return sorted(found, key=lambda seen: (seen.seen_at, seen.candidate.id))


@pytest.fixture(scope="module")
def in_one_go(sightings: list[Sighting]) -> list[Grouping]:
    grouper = workbench(Settings()).grouper()
    return [grouper.add(seen) for seen in sightings]


def recalled(known: list[tuple[Sighting, Grouping, Signature]], new: list[Sighting], since: datetime) -> Grouper:
    """A fresh grouper that remembers what the pipeline would ask the warehouse for."""
    grouper = workbench(Settings()).grouper()
    latest = [grouper.signature(seen, is_next=True) for seen in new]
    recall(grouper, [each for each in known if each[0].seen_at >= since - grouper.lookback], latest, since)
    return grouper


@pytest.mark.shared
def test_quarter_hours_of_real_reports_get_the_ids_of_one_go(sightings, in_one_go):
    signer = workbench(Settings()).grouper()
    known: list[tuple[Sighting, Grouping, Signature]] = []
    while len(known) < len(sightings):
        rest = sightings[len(known) :]
        opened = rest[0].seen_at - (rest[0].seen_at - datetime(2020, 1, 1, tzinfo=UTC)) % QUARTER
        new = [seen for seen in rest if seen.seen_at < opened + QUARTER]
        grouper = recalled(known, new, opened)
        known += [(seen, grouper.add(seen), signer.signature(seen)) for seen in new]
    assert [grouping for _, grouping, _ in known] == in_one_go
    assert any("near-duplicate" in grouping.reason for grouping in in_one_go)
    assert any("joins story" in grouping.reason for grouping in in_one_go)


@pytest.mark.shared
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_real_reports_from_the_middle_get_the_ids_of_one_go(sightings, in_one_go, share):
    middle = int(len(sightings) * share)
    signer = workbench(Settings()).grouper()
    known = [
        (seen, grouping, signer.signature(seen))
        for seen, grouping in zip(sightings[:middle], in_one_go[:middle], strict=True)
    ]
    grouper = recalled(known, sightings[middle:], sightings[middle].seen_at)
    assert [grouper.add(seen) for seen in sightings[middle:]] == in_one_go[middle:]
