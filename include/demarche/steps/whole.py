"""All steps of a collection or a build in one process, one after the other: what the command line runs."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from demarche.adapters.archive import Archive
from demarche.adapters.warehouse import Warehouse
from demarche.core.windows import days_between
from demarche.settings import Settings
from demarche.steps.capturing import capture_pages
from demarche.steps.collecting import fetch_feeds, land_window
from demarche.steps.deciding import code_entries, judge_entries
from demarche.steps.loading import load_entries
from demarche.steps.planning import plan_feeds
from demarche.steps.storing import check_warehouse, merge_stories

log = logging.getLogger(__name__)


def collect(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Plan, fetch, capture and land one key; returns the window's counts."""
    for batch in plan_feeds(key, settings=settings, now=now):
        fetch_feeds(key, batch, settings=settings, now=now)
        capture_pages(key, batch, settings=settings, now=now)
    return land_window(key, settings=settings, now=now)


def build(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Load, judge, code, merge and check one key; returns what it brought. Publishing is left to the caller."""
    counts = _brought(key, settings=settings, now=now)
    check_warehouse(settings=settings, now=now)
    return counts


def build_each(keys: Sequence[str], *, settings: Settings, now: datetime) -> Iterator[tuple[str, dict[str, int]]]:
    """Build many keys and check once after the last; gives each key with what it brought."""
    for key in keys:
        yield key, _brought(key, settings=settings, now=now)
    check_warehouse(settings=settings, now=now)


def rebuild_all(*, settings: Settings, now: datetime) -> Iterator[tuple[str, dict[str, int]]]:
    """Build everything from the archive alone into a new warehouse, which then takes the old one's place.

    The old one may be damaged and is not read; live runs may go on writing to it. What they bring meanwhile is in
    the archive, so the days that changed are built again, the last ones while nobody else can write.
    """
    old = Warehouse(settings)
    fresh = replace(settings, database=old.beside("rebuilding"))
    new = Warehouse(fresh)
    new.remove()
    built: dict[str, dict[str, list[str]]] = {}

    def build_changed() -> Iterator[tuple[str, dict[str, int]]]:
        for key, ledgers in _ledgers_by_day(settings).items():
            if built.get(key) != ledgers:
                yield key, _brought(key, settings=fresh, now=now)
                built[key] = ledgers

    try:
        yield from build_changed()
        with old.held():
            yield from build_changed()
            check_warehouse(settings=fresh, now=now, is_whole=True)
            with new.settled() as whole:
                old.replace_by(whole)
    finally:
        new.remove()


def _brought(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Load, judge, code and merge one key."""
    load_entries(key, settings=settings, now=now)
    judge_entries(key, settings=settings, now=now)
    code_entries(key, settings=settings, now=now)
    return merge_stories(key, settings=settings, now=now)


def _ledgers_by_day(settings: Settings) -> dict[str, dict[str, list[str]]]:
    """For each day that the archive holds, its windows and the names of their ledgers."""
    archive = Archive(settings.archive)
    span = archive.span()
    days = days_between(span[0].date(), span[1].date()) if span else ()
    found = {day.key: archive.ledgers(day.start, day.end) for day in days}
    return {key: ledgers for key, ledgers in found.items() if ledgers}
