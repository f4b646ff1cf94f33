"""The step that plans a run: which feeds are due, in which batch, and which pages still wait. Fetches nothing."""

import json
import logging
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

from demarche.adapters.catalog import read_feeds
from demarche.adapters.feed_state import FeedStates
from demarche.core.planning import dealt, due_feeds
from demarche.core.urls import host_of
from demarche.core.windows import is_late, span_of_key
from demarche.model import Feed, FeedKind
from demarche.settings import Settings
from demarche.steps.staging import fresh, staged, write_rows

log = logging.getLogger(__name__)

PAGE_PATIENCE = timedelta(days=2)  # how long a page without room waits; a host that never has room is let go


def plan_feeds(key: str, *, settings: Settings, now: datetime) -> list[str]:
    """Choose the feeds that are due and deal them into batches; returns the batches' names.

    Where no feed is due but pages wait, one batch without feeds captures them: a run that was killed after its feeds
    were polled finds none of them due when it is repeated, and its pages would come a window late.

    A run that comes too late for its key plans nothing: RSS shows the present, which is no part of that window.
    """
    span = span_of_key(key)
    if is_late(span, now=now, grace=timedelta(minutes=settings.late_minutes)):
        log.warning("%s ended at %s: today's entries are not filed under it; backfill rebuild_days", key, span.end)
        return []
    feeds = read_feeds(settings.feeds, settings.own_feeds)
    states = FeedStates(settings.state)
    waiting = states.waiting_pages(now - PAGE_PATIENCE)
    batches = dealt(due_feeds(feeds, states.read(), now=now), settings.batches) or (((),) if waiting else ())
    folder = fresh(plan_folder(settings, key))
    names = [f"b{number:02d}" for number in range(len(batches))]
    for name, batch in zip(names, batches, strict=True):
        plan = {"planned_at": now.isoformat(), "feeds": [asdict(feed) for feed in batch]}
        (folder / f"{name}.json").write_text(json.dumps(plan, default=str), encoding="utf-8")
    _deal_waiting_pages(folder, names, waiting)
    log.info("%s: %d of %d feeds are due, in %d batches", key, sum(map(len, batches)), len(feeds), len(names))
    return names


def read_plan(settings: Settings, key: str, batch: str) -> dict[str, Any]:
    """What was planned for a batch: `planned_at` and `feeds`."""
    text = (plan_folder(settings, key) / f"{batch}.json").read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]


def plan_folder(settings: Settings, key: str) -> Path:
    return settings.state / "plans" / staged(settings, key).name


def planned_feed(values: dict[str, Any]) -> Feed:
    """A feed as the plan has it: reading ten thousand of them from TOML takes longer than fetching a batch."""
    good_on = values["last_good_on"]
    return Feed(
        **values | {"kind": FeedKind(values["kind"]), "last_good_on": date.fromisoformat(good_on) if good_on else None}
    )


def time_left(planned_at: datetime, budget: float, now: datetime) -> float:
    """Seconds in which fetches may still begin, counted from the plan, so that a run ends before the next begins."""
    return max(0.0, budget - (now - planned_at).total_seconds())


def _deal_waiting_pages(folder: Path, names: list[str], waiting: list[tuple[str, str, str]]) -> None:
    """Hand the pages that earlier runs had no room for to this run's batches; a host's stay together."""
    dealt_to: dict[str, list[dict[str, str]]] = {name: [] for name in names}
    for url, entry, feed_id in waiting:
        name = names[crc32(host_of(url).encode()) % len(names)]
        dealt_to[name].append({"url": url, "entry_id": entry, "feed_id": feed_id})
    for name, pages in dealt_to.items():
        write_rows(folder / f"{name}.waiting.jsonl", pages)
