"""`archive`, `backup` and `restore`: what keeps the past, how large it grows, and how it comes back."""

import sys
from datetime import datetime
from pathlib import Path

from demarche import steps
from demarche.settings import Settings


def compact(settings: Settings, now: datetime, *, month: str) -> int:
    """Compact a finished month of the archive; exit status 1 where damaged files were left as they were."""
    done = steps.compact_month(month, settings=settings, now=now)
    print(
        f"{month}: {done.files_before} files of {done.bytes_before / 1e6:.1f} MB became "
        f"{done.files_after} of {done.bytes_after / 1e6:.1f} MB",
        file=sys.stderr,
    )
    for damage in done.damaged:
        print(f"left as it was: {damage}", file=sys.stderr)
    return 1 if done.damaged else 0


def expire(settings: Settings, now: datetime, *, also_cited: bool, is_sure: bool) -> int:
    """Say, or with `is_sure` do, what the retention settings ask for."""
    if not (settings.keep_feeds_days or settings.keep_pages_days or settings.keep_text_days):
        print("demarche: everything is kept for ever; DEMARCHE_KEEP_PAGES_DAYS=365 would change that", file=sys.stderr)
        return 0
    counts = steps.expire(settings=settings, now=now, also_cited=also_cited, is_dry=not is_sure)
    said = f"{counts.get('records', 0)} records ({counts.get('bytes', 0) / 1e6:.1f} MB), {counts.get('texts', 0)} texts"
    print(f"{said} dropped" if is_sure else f"{said} would be dropped; say --yes to do it", file=sys.stderr)
    return 0


def back_up(settings: Settings, now: datetime, *, target: Path, with_archive: bool) -> int:
    """Write a backup."""
    files, size = steps.back_up(target, settings=settings, now=now, with_archive=with_archive)
    print(f"{files} files, {size / 1e6:.1f} MB, in {target}", file=sys.stderr)
    return 0


def restore(settings: Settings, now: datetime, *, source: Path, is_forced: bool) -> int:
    """Bring a backup back, and publish what came."""
    about = steps.restore(source, settings=settings, is_forced=is_forced)
    print(f"{about['files']} files of {about['made_at']} in {settings.home}", file=sys.stderr)
    if settings.warehouse.exists():
        steps.publish_copy(settings=settings, now=now, is_forced=True)
        print(f"published {settings.published}", file=sys.stderr)
    return 0
