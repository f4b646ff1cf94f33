"""The steps right of the archive: load, judge, code, merge, check, publish. A function of archive, rules and code."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from demarche import __version__
from demarche.adapters.archive import Archive, Record
from demarche.adapters.catalog import read_feeds
from demarche.adapters.warehouse import Published, Warehouse
from demarche.core.codings import decoded
from demarche.core.grouping import Grouper, Sighting
from demarche.core.pages import extract_page
from demarche.core.polling import entries_of_body
from demarche.core.windows import Span, span_of_key
from demarche.model import Band, Candidate, Fetch, Grouping, Outcome
from demarche.settings import Settings
from demarche.steps.collecting import poll_bounds
from demarche.steps.staging import Row, entry_row, fetch_row, fresh, page_row, read_rows, staged, write_rows
from demarche.steps.workbench import workbench

log = logging.getLogger(__name__)

# Entries stay in a feed for days. Knowing those of the last week spares judging them again at each poll; what was
# away for longer is dropped when the window is merged.
KNOWN_FOR = timedelta(days=7)

# Attempts whose body came whole. One that no parser could read is tried again: the parser may have learned.
READ_WHOLE = frozenset({Outcome.NEW, Outcome.UNCHANGED, Outcome.EMPTY, Outcome.NOT_A_FEED, Outcome.UNREADABLE})


class CheckError(RuntimeError):
    """A check after a load found rows that break a rule; the message names check and rows."""


def load_entries(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Read the attempts, the entries and the pages of a key's windows from the archive into the staging folder."""
    span = span_of_key(key)
    folder = fresh(staged(settings, key))
    archive = Archive(settings.archive)
    windows = archive.windows(span.start, span.end)
    fetches = {window_at: archive.fetches(window_at) for window_at in windows}
    seen = Warehouse(settings).known_entries(before=span.start, since=span.start - KNOWN_FOR)
    counts = {
        "windows": len(windows),
        "fetches": write_rows(folder / "fetches.jsonl", (fetch_row(f) for each in fetches.values() for f in each)),
        "entries": write_rows(folder / "entries.jsonl", _entries(archive, fetches, seen, settings)),
        "pages": write_rows(folder / "pages.jsonl", _pages(archive, fetches, settings)),
    }
    log.info("%s loaded at %s: %s", key, now, counts)
    return counts


def judge_entries(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Give every staged entry a verdict; returns the number of entries by band."""
    judge = workbench(settings).judge
    counts: Counter[str] = Counter()

    def verdicts() -> Iterator[Row]:
        for row, candidate in _candidates(key, settings):
            verdict = judge.judge(candidate)
            counts[verdict.band] += 1
            yield {
                "entry_id": row["entry_id"],
                "window_at": row["window_at"],
                "band": verdict.band,
                "score": verdict.score,
                "lang": verdict.lang,
                "has_page": bool(candidate.text),
                "terms": [asdict(term) for term in verdict.terms],
                "contributions": [asdict(part) for part in verdict.contributions],
                "rules_version": verdict.rules_version,
            }

    write_rows(staged(settings, key) / "verdicts.jsonl", verdicts())
    log.info("%s judged at %s: %s", key, now, dict(counts))
    return dict(counts)


def code_entries(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Code every staged entry that was not rejected."""
    coder = workbench(settings).coder
    folder = staged(settings, key)
    kept = {row["entry_id"] for row in read_rows(folder / "verdicts.jsonl") if row["band"] != Band.REJECTED}

    def codings() -> Iterator[Row]:
        for row, candidate in _candidates(key, settings):
            if row["entry_id"] in kept:
                coding = asdict(coder.code(candidate))
                coding.pop("id")
                yield {"entry_id": row["entry_id"], "window_at": row["window_at"], **coding}

    count = write_rows(folder / "codings.jsonl", codings())
    log.info("%s coded at %s: %d", key, now, count)
    return {"coded": count}


def merge_stories(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Replace the key's windows in the warehouse, and group copies and stories anew from there on, all or nothing.

    Later windows are grouped again too, since an earlier report may now be the first of its story. That is why
    windows can be rebuilt in any order and the result is the same.
    """
    span = span_of_key(key)
    bench = workbench(settings)
    folder = staged(settings, key)
    feeds = read_feeds(settings.feeds, settings.home / "feeds.toml")
    windows = len(Archive(settings.archive).windows(span.start, span.end))
    with Warehouse(settings).replacing(start=span.start, end=span.end, staged=folder) as load:
        load.replace_feeds(asdict(feed) | {"source": None, "last_good_on": None} for feed in feeds)
        grouper = bench.grouper()
        kept = load.kept_entries(since=span.start - grouper.lookback)
        load.replace_groupings(_groupings(kept, span, grouper))
        load.note(now=now, windows=windows, rules_version=bench.rules_version, code_version=__version__)
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


def build(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """All steps for one key but publishing: what `demarche build` does."""
    load_entries(key, settings=settings, now=now)
    judge_entries(key, settings=settings, now=now)
    code_entries(key, settings=settings, now=now)
    counts = merge_stories(key, settings=settings, now=now)
    check_warehouse(settings=settings, now=now)
    return counts


def _records(archive: Archive, fetches: dict[datetime, tuple[Fetch, ...]], kind: str) -> Iterator[tuple[Fetch, Record]]:
    """The archived responses of one kind with the attempts that brought them, windows in order."""
    for window_at, attempts in fetches.items():
        files: dict[str, dict[str, Fetch]] = defaultdict(dict)
        for fetch in attempts:
            # A revisit repeats a body that an earlier window has.
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
    for fetch, record in _records(archive, fetches, "feed"):
        entries = entries_of_body(
            fetch.feed_id,
            record.body,
            encoding=record.header("content-encoding"),
            content_type=record.header("content-type"),
            url=fetch.final_url,
            seen_at=fetch.started_at,
            bounds=bounds,
        )
        for identity, entry in entries.items():
            if identity not in seen:
                seen.add(identity)
                yield entry_row(identity, entry, fetch)


def _pages(archive: Archive, fetches: dict[datetime, tuple[Fetch, ...]], settings: Settings) -> Iterator[Row]:
    """Every captured page, read."""
    for fetch, record in _records(archive, fetches, "page"):
        undone = decoded(record.body, record.header("content-encoding"), settings.max_decoded)
        page = extract_page(undone.body, url=fetch.final_url, content_type=record.header("content-type"))
        yield page_row(page, fetch)


def _candidates(key: str, settings: Settings) -> Iterator[tuple[Row, Candidate]]:
    """The staged entries as the judge and the coder see them, with the page captured in the entry's own window."""
    folder = staged(settings, key)
    texts: dict[tuple[str, str], str] = {}
    for page in read_rows(folder / "pages.jsonl"):
        if page["access"] in ("open", "paywall"):
            texts.setdefault((page["window_at"], page["url"]), page["text"] or "")
    feeds = {feed.feed_id: feed for feed in read_feeds(settings.feeds, settings.home / "feeds.toml")}
    for row in read_rows(folder / "entries.jsonl"):
        feed = feeds.get(row["feed_id"])
        published = row["published_at"]
        yield (
            row,
            Candidate(
                id=row["entry_id"],
                title=row["title"],
                summary=row["summary"],
                text=texts.get((row["window_at"], row["url"]), ""),
                url=row["url"],
                lang=row["language"] or (feed.language if feed else ""),
                outlet=feed.outlet if feed else row["feed_id"],
                date=datetime.fromisoformat(published or row["seen_at"]),
            ),
        )


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
        is_accepted=row["band"] == Band.ACCEPTED,
    )
