"""The composed streams of reports are whole: what fits or measures weights must not be wrong itself."""

import re
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from demarche.labelled import rows_of

LABELS = Path(__file__).resolve().parents[1] / "labels"
KEYS = ["id", "event", "story", "copy", "outlet", "lang", "date", "title", "summary"]
pytestmark = pytest.mark.parametrize("rows", ["composed_stories", "harder_stories"], indirect=True)


@pytest.fixture(scope="module")
def rows(request):
    return list(rows_of(LABELS / f"{request.param}.jsonl"))


def test_every_report_has_all_keys_a_title_a_language_a_time_and_an_invented_outlet(rows):
    for row in rows:
        assert list(row) == KEYS, row["id"]
        assert row["title"].strip() and row["event"] and row["story"], row["id"]
        assert re.fullmatch(r"[a-z]{2,3}", row["lang"]) and row["outlet"].endswith(".example"), row["id"]
        assert datetime.fromisoformat(row["date"].replace("Z", "+00:00")).utcoffset() is not None, row["id"]


def test_ids_are_unique(rows):
    assert len({row["id"] for row in rows}) == len(rows)


@pytest.mark.parametrize("name", ["story", "lang"])
def test_copies_are_of_one_story_and_language(rows, name):
    groups = defaultdict(list)
    for row in rows:
        if row["copy"]:
            groups[row["event"], row["story"], row["copy"]].append(row[name])
    assert groups
    for key, values in groups.items():
        assert len(values) > 1 and len(set(values)) == 1, key
