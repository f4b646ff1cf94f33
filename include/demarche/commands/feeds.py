"""`feeds`: the sources, as a list and put to the test."""

import asyncio
import sys
from collections import Counter
from datetime import datetime
from typing import TextIO

from demarche.adapters.catalog import read_feeds
from demarche.adapters.http import Client
from demarche.commands.running import print_table
from demarche.contracts import line_of
from demarche.core.politeness import GOOD
from demarche.core.polling import poll_result
from demarche.core.windows import quarter_of
from demarche.model import Feed, FeedState, Fetch
from demarche.settings import Settings
from demarche.steps.limits import poll_bounds


def list_feeds(settings: Settings, out: TextIO, *, form: str) -> int:
    """Print the feeds that are collected."""
    feeds = read_feeds(settings.feeds, settings.home / "feeds.toml")
    if form == "jsonl":
        out.writelines(line_of({name: getattr(feed, name) for name in feed.__slots__}) + "\n" for feed in feeds)
        return 0
    rows = [(f.feed_id, f.outlet, f.country, f.language, f.kind, f.url) for f in feeds]
    print_table(["feed", "outlet", "country", "language", "kind", "address"], rows, out)
    return 0


def check_feeds(settings: Settings, now: datetime, out: TextIO, *, only: str) -> int:
    """Fetch every feed once, keep nothing, print how each did; exit status 1 where one did not answer."""
    feeds = [feed for feed in read_feeds(settings.feeds, settings.home / "feeds.toml") if only in feed.feed_id]
    if not feeds:
        print(f"demarche: no feed has {only!r} in its id", file=sys.stderr)
        return 1
    found = asyncio.run(_polled(settings, feeds, now))
    rows = [
        (
            fetch.feed_id,
            str(fetch.outcome),
            fetch.status,
            fetch.entries,
            fetch.duration_ms,
            fetch.note or fetch.final_url,
        )
        for fetch in sorted(found, key=lambda fetch: (fetch.outcome in GOOD, fetch.feed_id))
    ]
    print_table(["feed", "outcome", "status", "entries", "ms", "note"], rows, out)
    print(", ".join(f"{n} {outcome}" for outcome, n in Counter(row[1] for row in rows).most_common()), file=out)
    return 0 if all(fetch.outcome in GOOD for fetch in found) else 1


async def _polled(settings: Settings, feeds: list[Feed], now: datetime) -> list[Fetch]:
    bounds = poll_bounds(settings)

    async def poll(client: Client, feed: Feed) -> Fetch:
        answer = await client.get(feed.url)
        state = FeedState(feed_id=feed.feed_id)
        return poll_result(feed, state, answer, window_at=quarter_of(now), bounds=bounds).fetch

    async with Client(settings) as client:
        return await asyncio.gather(*(poll(client, feed) for feed in feeds))
