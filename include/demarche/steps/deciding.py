"""The steps that decide about single entries: a verdict for each, a coding for those that were not rejected."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from demarche.adapters.catalog import read_feeds
from demarche.core.language import UNKNOWN
from demarche.core.windows import PAGE_WAITS, span_of_key
from demarche.model import Band, Candidate
from demarche.settings import Settings
from demarche.steps.loading import LIVE, is_readable
from demarche.steps.revising import Decider
from demarche.steps.staging import Row, read_rows, row_of, staged, write_rows
from demarche.steps.workbench import workbench

log = logging.getLogger(__name__)


def judge_entries(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Give every staged entry a verdict; returns the number of entries by band."""
    decider = Decider(settings, span_of_key(key), now)
    counts: Counter[str] = Counter()

    def verdicts() -> Iterator[Row]:
        for row, candidate in _candidates(key, settings):
            verdict = decider.decide(candidate)
            counts[verdict.band] += 1
            values = row_of(verdict)
            values.pop("id")
            yield {
                "entry_id": row["entry_id"],
                "window_at": row["window_at"],
                "has_page": bool(candidate.text),
                **values,
            }

    write_rows(staged(settings, key) / "verdicts.jsonl", verdicts())
    log.info("%s judged at %s: %s", key, now, dict(counts))
    return dict(counts)


def code_entries(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Code every staged entry that was not rejected, in the language that its verdict found."""
    coder = workbench(settings).coder
    folder = staged(settings, key)
    verdicts = read_rows(folder / "verdicts.jsonl")
    kept = {row["entry_id"]: row["lang"] for row in verdicts if row["band"] != Band.REJECTED}

    def codings() -> Iterator[Row]:
        for row, candidate in _candidates(key, settings):
            if row["entry_id"] in kept:
                told = kept[row["entry_id"]]
                coding = row_of(coder.code(candidate if told == UNKNOWN else replace(candidate, lang=told)))
                coding.pop("id")
                yield {"entry_id": row["entry_id"], "window_at": row["window_at"], **coding}

    count = write_rows(folder / "codings.jsonl", codings())
    log.info("%s coded at %s: %d", key, now, count)
    return {"coded": count}


def _candidates(key: str, settings: Settings) -> Iterator[tuple[Row, Candidate]]:
    """The staged entries as the judge and the coder see them, and those of earlier windows whose page has come."""
    folder = staged(settings, key)
    texts = _texts(folder)
    feeds = {feed.feed_id: feed for feed in read_feeds(settings.feeds, settings.own_feeds)}
    for row in chain(read_rows(folder / "entries.jsonl"), read_rows(folder / "revised.jsonl")):
        feed = feeds.get(row["feed_id"])
        published = row["published_at"]
        yield (
            row,
            Candidate(
                id=row["entry_id"],
                title=row["title"],
                summary=row["summary"],
                text=_text(row, texts.get(row["url"], ())),
                url=row["url"],
                lang=row["language"] or (feed.language if feed else ""),
                outlet=feed.outlet if feed else row["feed_id"],
                date=datetime.fromisoformat(published or row["seen_at"]),
            ),
        )


def _texts(folder: Path) -> dict[str, list[Row]]:
    """The staged pages by address, in the order they were captured."""
    found: dict[str, list[Row]] = defaultdict(list)
    for page in chain(read_rows(folder / "pages.jsonl"), read_rows(folder / "ahead.jsonl")):
        if is_readable(page):
            found[page["url"]].append(page)
    for pages in found.values():
        pages.sort(key=lambda page: (page["window_at"], page["captured_at"]))
    return found


def _text(entry: Row, pages: Sequence[Row]) -> str:
    """The text of the first page captured in the entry's window or, by the collector, in the day after it."""
    seen_at = datetime.fromisoformat(entry["window_at"])
    for page in pages:
        wait = datetime.fromisoformat(page["window_at"]) - seen_at
        if not wait or (page["origin"] == LIVE and timedelta() < wait < PAGE_WAITS):
            return page["text"] or ""
    return ""
