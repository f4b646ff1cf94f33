"""The steps that keep the archive small: compact finished months, and let go of what is kept no longer.

Owns what may go. How files are rewritten, the archive knows.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

from demarche.adapters.archive import Archive, ArchiveError
from demarche.adapters.compaction import Compacted, compact_day, compacting, expirable, expire_day, month_days
from demarche.adapters.ledger import LedgerError
from demarche.adapters.warehouse import Warehouse, WarehouseError
from demarche.core.windows import DAY, days_between
from demarche.model import Fetch
from demarche.settings import Settings


def compact_month(month: str, *, settings: Settings, now: datetime) -> Compacted:
    """Make the many small files of a finished month into a few a day. Raises ArchiveError before it has finished."""
    days = month_days(month)
    if now < days[-1] + 2 * DAY:
        raise ArchiveError(f"{month} has not finished: its last windows may still be written to")
    done = Compacted()
    with compacting(settings.archive):
        for day in days:
            compact_day(settings.archive, day, done)
    return done


def expire(*, settings: Settings, now: datetime, also_cited: bool, is_dry: bool) -> dict[str, int]:
    """Let go of bodies and texts that are older than the settings keep them; returns counts and bytes.

    What a published row cites stays, unless `also_cited`. So does what was never loaded: nobody has decided about it.
    """
    counts: Counter[str] = Counter()
    if settings.keep_feeds_days or settings.keep_pages_days:
        with compacting(settings.archive):
            for day, kinds in _old_days(settings, now):
                is_kept = _keeper(settings, day, also_cited=also_cited)
                drop = expirable if is_dry else expire_day
                records, size = drop(settings.archive, day, kinds, is_kept)
                counts["records"] += records
                counts["bytes"] += size
    if settings.keep_text_days and settings.warehouse.exists():
        before = now - timedelta(days=settings.keep_text_days)
        counts["texts"] = Warehouse(settings).drop_texts(before, also_cited=also_cited, is_dry=is_dry)
    return dict(counts)


def archive_damages(archive: Archive, start: datetime, end: datetime) -> tuple[int, list[str]]:
    """Read every file of some windows; returns the number of attempts, and what is wrong with damaged files."""
    attempts, damages = 0, []
    for window_at in archive.windows(start, end):
        try:
            fetches = archive.fetches(window_at)
        except (LedgerError, OSError) as error:
            damages.append(str(error))
            continue
        attempts += len(fetches)
        wanted: dict[str, set[str]] = defaultdict(set)
        for fetch in fetches:
            if fetch.record_id:
                wanted[fetch.warc_file].add(fetch.record_id)
        for warc_file, records in wanted.items():
            try:
                deque(archive.records(window_at, warc_file, records), maxlen=0)
            except ArchiveError as error:
                damages.append(str(error))
    return attempts, damages


def _old_days(settings: Settings, now: datetime) -> list[tuple[datetime, set[str]]]:
    """The days of the archive that are older than a kind is kept, and these kinds."""
    span = Archive(settings.archive).span()
    keep = {"feeds": settings.keep_feeds_days, "pages": settings.keep_pages_days}
    found = []
    for day in days_between(span[0].date(), span[1].date()) if span else ():
        kinds = {kind for kind, days in keep.items() if days and day.end <= now - timedelta(days=days)}
        if kinds:
            found.append((day.start, kinds))
    return found


def _keeper(settings: Settings, day: datetime, *, also_cited: bool) -> Callable[[Fetch], bool]:
    """Whether what an attempt of this day brought must stay."""
    if also_cited:
        return lambda fetch: False
    if not settings.warehouse.exists():
        raise WarehouseError(f"{settings.warehouse}: without it nobody knows what is cited; build first")
    loaded = Warehouse(settings).loaded_fetches(day, day + DAY)
    return lambda fetch: loaded.get(fetch.fetch_id, True)
