"""The step that reads a window from the archive: attempts, entries and pages, into the staging folder."""

import logging
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from demarche.adapters.archive import Archive, Record
from demarche.adapters.warehouse import Warehouse
from demarche.core.codings import decoded
from demarche.core.pages import extract_page
from demarche.core.polling import entries_of_body
from demarche.core.windows import PAGE_WAITS, Span, span_of_key
from demarche.model import Fetch, Outcome
from demarche.settings import Settings
from demarche.steps.limits import poll_bounds
from demarche.steps.past.reading import imported_entries
from demarche.steps.staging import Row, entry_row, fetch_row, fresh, page_row, read_rows, staged, write_rows
from demarche.steps.workbench import workbench

log = logging.getLogger(__name__)

# Entries stay in a feed for days. Knowing those of the last week spares judging them again at each poll; what was
# away for longer is dropped when the window is merged.
KNOWN_FOR = timedelta(days=7)

LIVE = "live"

# Attempts whose body came whole. One that no parser could read is tried again: the parser may have learned.
READ_WHOLE = frozenset({Outcome.NEW, Outcome.UNCHANGED, Outcome.EMPTY, Outcome.NOT_A_FEED, Outcome.UNREADABLE})


def load_entries(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Read the attempts, the entries and the pages of a key's windows from the archive into the staging folder."""
    span = span_of_key(key)
    folder = fresh(staged(settings, key))
    archive = Archive(settings.archive)
    # First of all, so that whatever lands while this step reads is noticed when the key is merged.
    ledgers, ahead = archive.ledgers(span.start, span.end), page_ledgers_ahead(archive, span)
    write_rows(folder / "windows.jsonl", [ledgers, ahead])
    windows = [datetime.fromisoformat(window_at) for window_at in ledgers]
    fetches = {window_at: archive.fetches(window_at) for window_at in windows}
    seen = Warehouse(settings).known_entries(before=span.start, since=span.start - KNOWN_FOR)
    imported_pages: list[Row] = []
    counts = {
        "windows": len(windows),
        "fetches": write_rows(folder / "fetches.jsonl", (fetch_row(f) for each in fetches.values() for f in each)),
        "entries": write_rows(
            folder / "entries.jsonl",
            chain(
                _entries(archive, fetches, seen, settings),
                imported_entries(
                    _records(archive, fetches, "page", is_imported=True),
                    seen,
                    imported_pages,
                    workbench(settings),
                    settings,
                ),
            ),
        ),
        "pages": write_rows(folder / "pages.jsonl", chain(_pages(archive, fetches, settings), imported_pages)),
    }
    counts["pages ahead"] = write_rows(folder / "ahead.jsonl", _pages_ahead(archive, ahead, folder, settings))
    counts["revised"] = write_rows(folder / "revised.jsonl", _revised(folder, span, settings))
    log.info("%s loaded at %s: %s", key, now, counts)
    return counts


def page_ledgers_ahead(archive: Archive, span: Span) -> dict[str, list[str]]:
    """The ledgers of pages after a span, in which pages of its entries may be that had to wait."""
    found = archive.ledgers(span.end, span.end + PAGE_WAITS)
    named = {at: [name for name in names if name.startswith("pages")] for at, names in found.items()}
    return {at: names for at, names in named.items() if names}


def _pages_ahead(archive: Archive, ahead: dict[str, list[str]], folder: Path, settings: Settings) -> Iterator[Row]:
    """The pages of the staged entries that were captured in the windows after theirs."""
    wanted = {row["url"] for row in read_rows(folder / "entries.jsonl")}
    fetches = {
        window_at: tuple(fetch for fetch in archive.fetches(window_at) if fetch.kind == "page" and fetch.url in wanted)
        for window_at in map(datetime.fromisoformat, ahead if wanted else ())
    }
    return _pages(archive, fetches, settings)


def _revised(folder: Path, span: Span, settings: Settings) -> Iterator[Row]:
    """The entries of earlier windows whose page is among the staged ones, and is their first."""
    captured = [row for row in read_rows(folder / "pages.jsonl") if row["origin"] == LIVE and is_readable(row)]
    if captured:
        yield from Warehouse(settings).entries_of_pages(captured, before=span.start, since=span.start - PAGE_WAITS)


def is_readable(page: Row) -> bool:
    """Whether a staged page has a text that an article's verdict may rest on."""
    return page["access"] in ("open", "paywall")


def _records(
    archive: Archive, fetches: dict[datetime, tuple[Fetch, ...]], kind: str, *, is_imported: bool | None = None
) -> Iterator[tuple[Fetch, Record]]:
    """The archived responses of one kind with the attempts that brought them, windows in order."""
    for window_at, attempts in fetches.items():
        files: dict[str, dict[str, Fetch]] = defaultdict(dict)
        for fetch in attempts:
            # A revisit repeats a body that an earlier window has.
            if is_imported is not None and is_imported != (fetch.origin != LIVE):
                continue
            if fetch.kind == kind and fetch.record_id and not fetch.refers_to and fetch.outcome in READ_WHOLE:
                files[fetch.warc_file][fetch.record_id] = fetch
        for warc_file, wanted in files.items():
            for record in archive.records(window_at, warc_file, wanted):
                yield wanted[record.record_id], record


def _entries(
    archive: Archive, fetches: dict[datetime, tuple[Fetch, ...]], seen: set[str], settings: Settings
) -> Iterator[Row]:
    """Every entry that was not seen before, with the first fetch that showed it."""
    bounds = poll_bounds(settings)
    blocks: dict[str, dict[str, str]] = defaultdict(dict)  # of each feed: what the span's earlier bodies held
    for fetch, record in _records(archive, fetches, "feed"):
        read = entries_of_body(
            fetch.feed_id,
            record.body,
            encoding=record.header("content-encoding"),
            content_type=record.header("content-type"),
            url=fetch.final_url,
            seen_at=fetch.started_at,
            bounds=bounds,
            known=blocks[fetch.feed_id],
        )
        blocks[fetch.feed_id].update(read.blocks)
        for identity, entry in read.parsed.items():
            if identity not in seen:
                seen.add(identity)
                yield entry_row(identity, entry, fetch)


def _pages(archive: Archive, fetches: dict[datetime, tuple[Fetch, ...]], settings: Settings) -> Iterator[Row]:
    """Every page that the collector captured, read. Imported ones are entries of their own."""
    for fetch, record in _records(archive, fetches, "page", is_imported=False):
        undone = decoded(record.body, record.header("content-encoding"), settings.max_decoded)
        page = extract_page(undone.body, url=fetch.final_url, content_type=record.header("content-type"))
        yield page_row(page, fetch)
