"""`feeds`: the sources, as a list and put to the test, and an operator's own changes to them."""

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import chain, count
from pathlib import Path
from typing import TextIO

from demarche.adapters.catalog import (
    CatalogError,
    Overlay,
    added,
    muted,
    read_feeds,
    read_overlay,
    same_address,
    unmuted,
    write_overlay,
)
from demarche.adapters.http import Client
from demarche.adapters.territories import territory_names
from demarche.commands.running import print_table
from demarche.contracts import line_of
from demarche.core.codings import decoded
from demarche.core.discovery import discover_feeds
from demarche.core.feed_pack import feeds_page
from demarche.core.opml import export_opml, import_opml
from demarche.core.politeness import GOOD
from demarche.core.polling import poll_result
from demarche.core.windows import quarter_of
from demarche.model import Answer, Feed, FeedState, Fetch
from demarche.settings import Settings
from demarche.steps.limits import poll_bounds


def list_feeds(settings: Settings, out: TextIO, *, form: str) -> int:
    """Print the feeds that are collected."""
    feeds = read_feeds(settings.feeds, settings.own_feeds)
    if form == "jsonl":
        out.writelines(line_of({name: getattr(feed, name) for name in feed.__slots__}) + "\n" for feed in feeds)
        return 0
    rows = [(f.feed_id, f.outlet, f.country, f.language, f.kind, f.url) for f in feeds]
    print_table(["feed", "outlet", "country", "language", "kind", "address"], rows, out)
    return 0


def feeds_table(out: TextIO) -> int:
    """Print the page about the shipped pack that docs/feeds.md is."""
    out.write(feeds_page(read_feeds(), territory_names(["en"])["en"]))
    return 0


def add_feed(settings: Settings, feed: Feed) -> int:
    """Add a feed of the operator's own. Its id must be free: an id that is taken would silently replace that feed."""
    overlay = settings.own_feeds
    if feed.feed_id in {other.feed_id for other in read_feeds(settings.feeds, overlay)}:
        print(f'demarche: there is a feed "{feed.feed_id}" already; choose another id', file=sys.stderr)
        return 1
    _change(overlay, added(read_overlay(overlay), feed))
    print(f"added {feed.feed_id} to {overlay}", file=sys.stderr)
    return 0


def mute_feed(settings: Settings, feed_id: str, *, reason: str, on: date) -> int:
    """Stop polling a feed, or with an empty reason poll it again."""
    overlay = settings.own_feeds
    own = read_overlay(overlay)
    known = {feed.feed_id for feed in read_feeds(settings.feeds)} | {feed.feed_id for feed in own.feeds}
    if feed_id not in known:
        print(f'demarche: there is no feed "{feed_id}"', file=sys.stderr)
        return 1
    _change(overlay, muted(own, feed_id, reason, on) if reason else unmuted(own, feed_id))
    print(f"{'muted' if reason else 'polling again'}: {feed_id}", file=sys.stderr)
    return 0


def import_feeds(settings: Settings, file: Path, *, country: str, language: str) -> int:
    """Add the feeds of an OPML file that are new; what it does not say is taken from the options."""
    overlay = settings.own_feeds
    own = read_overlay(overlay)
    taken = {feed.feed_id for feed in read_feeds(settings.feeds, overlay)}
    addresses = {same_address(feed.url) for feed in read_feeds(settings.feeds, overlay)}
    new = status = 0
    for proposal in import_opml(file.read_bytes()):
        if same_address(proposal.url) in addresses:
            continue
        feed = replace(
            proposal,
            feed_id=_free_id(proposal.feed_id, taken),
            country=proposal.country or country,
            language=proposal.language or language,
        )
        try:
            own = added(own, feed, source=f"imported from {file.name}")
        except CatalogError as error:
            print(f"{file}: {error}", file=sys.stderr)
            status = 1
            continue
        taken.add(feed.feed_id)
        addresses.add(same_address(feed.url))
        new += 1
    _change(overlay, own)
    print(f"added {new} feeds to {overlay}", file=sys.stderr)
    return status


def export_feeds(settings: Settings, out: TextIO) -> int:
    """Print the feeds that are collected as OPML."""
    out.write(export_opml(read_feeds(settings.feeds, settings.own_feeds)))
    return 0


def discover(settings: Settings, url: str, out: TextIO) -> int:
    """Print the feeds that a web page names; exit status 1 where it names none."""
    answer = asyncio.run(_answer(settings, url))
    if answer.problem is not None:
        print(f"demarche: {url}: {answer.problem} {answer.note}", file=sys.stderr)
        return 1
    body = decoded(answer.raw, answer.header("content-encoding"), settings.max_decoded).body
    found = discover_feeds(body, answer.final_url)
    print_table(["address", "title"], found, out)
    return 0 if found else 1


def check_feeds(settings: Settings, now: datetime, out: TextIO, *, only: str) -> int:
    """Fetch every feed once, print how each did and write it to a report; exit status 1 where one did not answer."""
    feeds = [feed for feed in read_feeds(settings.feeds, settings.own_feeds) if only in feed.feed_id]
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
    columns = ["feed", "outcome", "status", "entries", "ms", "note"]
    summary = ", ".join(f"{n} {outcome}" for outcome, n in Counter(row[1] for row in rows).most_common())
    print_table(columns, rows, out)
    print(summary, file=out)
    report = settings.reports / f"feeds-{now:%Y-%m-%dT%H%M}.md"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(_check_report(columns, rows, summary, now), encoding="utf-8")
    print(f"wrote {report}", file=sys.stderr)
    return 0 if all(fetch.outcome in GOOD for fetch in found) else 1


def _check_report(columns: list[str], rows: Sequence[Sequence[object]], summary: str, now: datetime) -> str:
    """The check's table as Markdown, the feeds that failed first."""
    lines = [f"# Feeds, {now:%Y-%m-%d %H:%M} UTC", "", summary, ""]
    lines += [
        "| " + " | ".join("" if cell is None else str(cell).replace("|", "\\|") for cell in cells) + " |"
        for cells in (columns, ["---"] * len(columns), *rows)
    ]
    return "\n".join([*lines, ""])


async def _answer(settings: Settings, url: str) -> Answer:
    async with Client(settings) as client:
        return await client.get(url, accept="text/html, */*;q=0.5")


def _change(path: Path, overlay: Overlay) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_overlay(path, overlay)


def _free_id(wanted: str, taken: set[str]) -> str:
    """The id, with a number where another feed has it."""
    names = chain([wanted], (f"{wanted}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)


async def _polled(settings: Settings, feeds: list[Feed], now: datetime) -> list[Fetch]:
    bounds = poll_bounds(settings)

    async def poll(client: Client, feed: Feed) -> Fetch:
        answer = await client.get(feed.url)
        state = FeedState(feed_id=feed.feed_id)
        return poll_result(feed, state, answer, window_at=quarter_of(now), bounds=bounds).fetch

    async with Client(settings) as client:
        return await asyncio.gather(*(poll(client, feed) for feed in feeds))
