"""All steps of a collection or a build in one process, one after the other: what the command line runs."""

from datetime import datetime

from demarche.settings import Settings
from demarche.steps.capturing import capture_pages
from demarche.steps.collecting import fetch_feeds, land_window
from demarche.steps.deciding import code_entries, judge_entries
from demarche.steps.loading import load_entries
from demarche.steps.planning import plan_feeds
from demarche.steps.storing import check_warehouse, merge_stories


def collect(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Plan, fetch, capture and land one key; returns the window's counts."""
    for batch in plan_feeds(key, settings=settings, now=now):
        fetch_feeds(key, batch, settings=settings, now=now)
        capture_pages(key, batch, settings=settings, now=now)
    return land_window(key, settings=settings, now=now)


def build(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Load, judge, code, merge and check one key; returns what it brought. Publishing is left to the caller."""
    load_entries(key, settings=settings, now=now)
    judge_entries(key, settings=settings, now=now)
    code_entries(key, settings=settings, now=now)
    counts = merge_stories(key, settings=settings, now=now)
    check_warehouse(settings=settings, now=now)
    return counts
