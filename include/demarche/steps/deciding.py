"""The steps that decide about single entries: a verdict for each, a coding for those that were not rejected."""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from demarche.adapters.catalog import read_feeds
from demarche.core.windows import span_of_key
from demarche.model import Band, Candidate
from demarche.settings import Settings
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
    """Code every staged entry that was not rejected."""
    coder = workbench(settings).coder
    folder = staged(settings, key)
    kept = {row["entry_id"] for row in read_rows(folder / "verdicts.jsonl") if row["band"] != Band.REJECTED}

    def codings() -> Iterator[Row]:
        for row, candidate in _candidates(key, settings):
            if row["entry_id"] in kept:
                coding = row_of(coder.code(candidate))
                coding.pop("id")
                yield {"entry_id": row["entry_id"], "window_at": row["window_at"], **coding}

    count = write_rows(folder / "codings.jsonl", codings())
    log.info("%s coded at %s: %d", key, now, count)
    return {"coded": count}


def _candidates(key: str, settings: Settings) -> Iterator[tuple[Row, Candidate]]:
    """The staged entries as the judge and the coder see them, with the page captured in the entry's own window."""
    folder = staged(settings, key)
    texts: dict[tuple[str, str], str] = {}
    for page in read_rows(folder / "pages.jsonl"):
        if page["access"] in ("open", "paywall"):
            texts.setdefault((page["window_at"], page["url"]), page["text"] or "")
    feeds = {feed.feed_id: feed for feed in read_feeds(settings.feeds, settings.own_feeds)}
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
