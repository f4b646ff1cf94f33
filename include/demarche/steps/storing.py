"""The steps that write: merge a window into the warehouse and group its stories, check, publish."""

import logging
from dataclasses import asdict
from datetime import datetime
from typing import Any

from demarche import __version__
from demarche.adapters.archive import Archive
from demarche.adapters.catalog import read_feeds
from demarche.adapters.warehouse import Published, Warehouse
from demarche.core.grouping import Grouper, Sighting
from demarche.core.windows import Span, span_of_key
from demarche.model import Band, Candidate, Grouping
from demarche.settings import Settings
from demarche.steps.deciding import code_entries, judge_entries
from demarche.steps.loading import load_entries
from demarche.steps.past.tallies import import_rows
from demarche.steps.revising import read_labels
from demarche.steps.staging import Row, read_rows, staged
from demarche.steps.workbench import workbench

log = logging.getLogger(__name__)


READINGS = 3  # of a key that keeps changing under the merge; a window is landed in once or twice


class StaleError(RuntimeError):
    """What was read is not what the archive holds any more."""


class CheckError(RuntimeError):
    """A check after a load found rows that break a rule; the message names check and rows."""


def merge_stories(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Replace the key's windows in the warehouse, and group copies and stories anew from there on, all or nothing.

    Later windows are grouped again too, since an earlier report may now be the first of its story. That is why
    windows can be rebuilt in any order and the result is the same. Only windows that were read are replaced, and a
    window that something has landed in since is read again: a day can be rebuilt while it is still being collected.
    """
    for _ in range(READINGS):
        try:
            return _merged(key, settings=settings, now=now)
        except StaleError as change:
            log.info("%s; reading %s again", change, key)
            load_entries(key, settings=settings, now=now)
            judge_entries(key, settings=settings, now=now)
            code_entries(key, settings=settings, now=now)
    raise StaleError(f"{key}: something landed in its windows during each of {READINGS} readings")


def _merged(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    span = span_of_key(key)
    bench = workbench(settings)
    folder = staged(settings, key)
    feeds = read_feeds(settings.feeds, settings.own_feeds)
    (ledgers,) = read_rows(folder / "windows.jsonl")
    windows = [datetime.fromisoformat(window_at) for window_at in ledgers]
    with Warehouse(settings).replacing(windows, span.start, staged=folder) as load:
        # Asked while the writer's place is held: a window that another run merged since it was read has landed
        # since, too.
        now_there = Archive(settings.archive).ledgers(span.start, span.end)
        if any(now_there.get(window_at) != names for window_at, names in ledgers.items()):
            raise StaleError(f"{key}: the archive has changed since it was read")
        load.replace_feeds(asdict(feed) | {"source": None, "last_good_on": None} for feed in feeds)
        load.replace_labels(asdict(label) for label in read_labels(settings))
        load.replace_imports(import_rows(settings))
        grouper = bench.grouper()
        kept = load.kept_entries(since=span.start - grouper.lookback)
        load.replace_groupings(_groupings(kept, span, grouper))
        load.note(
            now=now, end=span.end, windows=len(windows), rules_version=bench.rules_version, code_version=__version__
        )
        counts = load.counts()
    log.info("%s merged at %s: %s", key, now, counts)
    return counts


def check_warehouse(*, settings: Settings, now: datetime) -> dict[str, int]:
    """Run the checks. Raises CheckError that names each broken rule with some of its rows."""
    results = Warehouse(settings).check(now)
    broken = [result for result in results if not result.is_passed]
    if broken:
        raise CheckError("; ".join(f"{r.name}: {r.failures} rows, such as {r.sample}" for r in broken))
    return {"checks": len(results)}


def publish_copy(*, settings: Settings, now: datetime, is_forced: bool = False) -> dict[str, int]:
    """Replace the copy that analysts open; returns its counts of rows."""
    counts = Published(settings).replace_by(Warehouse(settings), is_forced=is_forced)
    log.info("published at %s: %s", now, counts)
    return counts


def _groupings(kept: list[Row], span: Span, grouper: Grouper) -> list[Row]:
    """Article and story of every kept entry from the span on; earlier ones are remembered as they were decided."""
    rows = []
    for row in kept:
        sighting = _sighting(row)
        if row["window_at"] < span.start and row["article_id"]:
            grouper.remember(
                sighting,
                Grouping(
                    id=row["entry_id"],
                    article_id=row["article_id"],
                    story_id=row["story_id"] or "",
                    reason=row["reason"],
                ),
            )
            continue
        grouping = grouper.add(sighting)
        rows.append(
            {
                "entry_id": row["entry_id"],
                "window_at": row["window_at"],
                "article_id": grouping.article_id,
                "story_id": grouping.story_id,
                "reason": grouping.reason,
            }
        )
    return rows


def _sighting(row: dict[str, Any]) -> Sighting:
    return Sighting(
        candidate=Candidate(
            id=row["entry_id"],
            title=row["title"],
            summary=row["summary"] or "",
            text=row["text"],
            url=row["url"] or "",
            lang=row["lang"],
            outlet=row["outlet"],
            date=row["published_at"],
        ),
        seen_at=row["seen_at"],
        actors=frozenset((*(row["initiators"] or ()), *(row["targets"] or ()), *(row["about"] or ()))),
        instruments=frozenset(row["instruments"] or ()),
        concepts=frozenset(row["concepts"] or ()),
        is_accepted=row["band"] == Band.ACCEPTED,
    )
