"""Recorded snapshots of nineteen outlets, played through the server: nothing is lost, nothing comes twice."""

import os
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from builders import NOON, QUARTER, a_feed, feeds_toml
from demarche import steps
from demarche.adapters.archive import Archive
from demarche.core.feeds import parse_feed
from demarche.core.identity import entry_id
from demarche.core.windows import ended_key, span_of_key
from demarche.steps.staging import read_rows, staged
from feed_server import Reply

ROOT = Path(__file__).resolve().parents[1]
SNAPSHOTS = Path(os.environ.get("DEMARCHE_SHARED", ROOT.parent / "shared")) / "data/feeds/snapshots_gesab001_2020-2021"
POLLS = 3  # consecutive snapshots of each outlet


@pytest.fixture(scope="module")
def outlets():
    """The first snapshots of every outlet that are feeds (some are error pages), parsed whole, in their order."""
    if not SNAPSHOTS.is_dir():
        pytest.skip(f"{SNAPSHOTS} is not there: set DEMARCHE_SHARED")
    found = {}
    for folder in sorted(path for path in SNAPSHOTS.iterdir() if path.is_dir()):
        bodies = (path.read_bytes() for path in sorted(folder.glob("*.xml")))
        read = ((body, parse_feed(body, content_type="application/rss+xml").entries) for body in bodies)
        found[folder.name] = list(islice(((body, entries) for body, entries in read if entries), POLLS))
    return found


@pytest.mark.shared
def test_replayed_snapshots_lose_no_entry_double_none_and_keep_every_edit(server, settings, outlets):
    settings = replace(settings, capture_pages=False, min_interval_minutes=5, max_interval_minutes=5)
    settings = replace(settings, connect_timeout=30.0, first_byte_timeout=30.0, total_timeout=60.0)
    served = {name: server.serve(f"/{name}", *(Reply(body) for body, _ in polls)) for name, polls in outlets.items()}
    settings.feeds.write_text(feeds_toml(*(a_feed(url, name) for name, url in served.items())), encoding="utf-8")
    said: dict[str, dict[str, str]] = {name: {} for name in outlets}  # what whole parses say: id → guid
    before: dict[str, set[str]] = {}
    for number in range(POLLS):
        now = NOON + number * QUARTER
        steps.collect(ended_key(now), settings=settings, now=now)
        fetches = {f.feed_id: f for f in Archive(settings.archive).fetches(span_of_key(ended_key(now)).start)}
        for name, polls in outlets.items():
            ids = {entry_id(name, entry): entry.guid or entry.url for entry in polls[number][1]}
            known, fetch = before.get(name, set()), fetches[name]
            assert (name, fetch.entries, fetch.new_entries) == (name, len(ids), len(ids.keys() - known))
            assert fetch.overlap == (pytest.approx(len(ids.keys() & known) / len(ids)) if number else None)
            said[name] |= ids
            before[name] = set(ids)
    steps.load_entries("2026-03-10", settings=settings, now=NOON)
    loaded = list(read_rows(staged(settings, "2026-03-10") / "entries.jsonl"))
    assert {(row["feed_id"], row["entry_id"]) for row in loaded} == {(name, i) for name in said for i in said[name]}
    assert len({row["entry_id"] for row in loaded}) == len(loaded)
    versions = Counter((name, guid) for name in said for guid in said[name].values())
    kept = Counter((row["feed_id"], row["guid"] or row["url"]) for row in loaded)
    assert kept == versions
    assert sum(count > 1 for count in versions.values()) >= 5  # edits were among them
