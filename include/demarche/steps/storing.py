"""The steps that write: merge a window into the warehouse and group its stories, check, publish."""

import logging
import shutil
from dataclasses import asdict, replace
from datetime import datetime
from itertools import islice

from demarche import __version__
from demarche.adapters.archive import Archive
from demarche.adapters.catalog import read_feeds
from demarche.adapters.warehouse import Published, Warehouse
from demarche.core.windows import PAGE_WAITS, span_of_key
from demarche.settings import Settings
from demarche.steps.deciding import code_entries, judge_entries
from demarche.steps.grouping import group_load
from demarche.steps.loading import load_entries, page_ledgers_ahead
from demarche.steps.past.tallies import import_rows
from demarche.steps.revising import read_labels
from demarche.steps.staging import read_rows, staged
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
    ledgers, ahead = (*islice(read_rows(folder / "windows.jsonl"), 2), None, None)[:2]
    if ledgers is None:
        raise StaleError(f"{key}: it was merged before, and what was read is gone")
    windows = [datetime.fromisoformat(window_at) for window_at in ledgers]
    revised = [datetime.fromisoformat(row["window_at"]) for row in read_rows(folder / "revised.jsonl")]
    # Grouped anew from the first entry on whose page has come.
    start = min([span.start, *revised])
    with Warehouse(settings).replacing(windows, start, staged=folder) as load:
        # Asked while the writer's place is held: a window that another run merged since it was read has landed
        # since, too.
        archive = Archive(settings.archive)
        now_there = archive.ledgers(span.start, span.end)
        is_same = all(now_there.get(window_at) == names for window_at, names in ledgers.items())
        if not is_same or page_ledgers_ahead(archive, span) != ahead:
            raise StaleError(f"{key}: the archive has changed since it was read")
        if not load.has_revised_all(before=span.start, since=span.start - PAGE_WAITS):
            raise StaleError(f"{key}: earlier entries whose page has come have changed since it was read")
        load.replace_feeds(
            asdict(feed) | {"source": None, "last_good_on": None, "is_judged": bench.judges(feed.language)}
            for feed in feeds
        )
        load.replace_labels(asdict(label) for label in read_labels(settings))
        load.replace_imports(import_rows(settings))
        group_load(load, replace(span, start=start), bench=bench, settings=settings)
        load.note(
            now=now, span=(span.start, span.end), windows=len(windows),
            rules_version=bench.rules_version, code_version=__version__,
        )  # fmt: skip
        counts = load.counts()
    shutil.rmtree(folder, ignore_errors=True)  # months of windows would fill the disk
    log.info("%s merged at %s: %s", key, now, counts)
    return counts


def check_warehouse(*, settings: Settings, now: datetime, is_whole: bool = False) -> dict[str, int]:
    """Run the checks over what loads touched since they last passed, or over everything.

    Raises CheckError that names each broken rule with some of its rows.
    """
    results = Warehouse(settings).check(now, is_whole=is_whole)
    broken = [result for result in results if not result.is_passed]
    if broken:
        raise CheckError("; ".join(f"{r.name}: {r.failures} rows, such as {r.sample}" for r in broken))
    return {"checks": len(results)}


def publish_copy(*, settings: Settings, now: datetime, is_forced: bool = False) -> dict[str, int]:
    """Replace the copy that analysts open; returns its counts of rows."""
    warehouse, published = Warehouse(settings), Published(settings)
    if warehouse.path.exists() and published.path.exists():
        warehouse.redirect_stories(published.path, now)
    counts = published.replace_by(warehouse, is_forced=is_forced)
    log.info("published at %s: %s", now, counts)
    return counts
