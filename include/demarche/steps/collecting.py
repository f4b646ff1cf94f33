"""The steps that touch the network: plan, fetch feeds, capture pages, land. A failure of the network is a row."""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from demarche.adapters.archive import Archive, Batch, digest_of
from demarche.adapters.catalog import read_feeds
from demarche.adapters.feed_state import FeedStates
from demarche.adapters.http import Client, user_agent
from demarche.adapters.robots import Robots
from demarche.core.codings import decoded
from demarche.core.identity import fetch_id
from demarche.core.planning import dealt, due_feeds
from demarche.core.politeness import retry_at, should_send_validators
from demarche.core.polling import Bounds, Polled, poll_result
from demarche.core.urls import host_of
from demarche.core.windows import Span, is_late, span_of_key
from demarche.model import Answer, Candidate, Entry, Feed, FeedState, Fetch, Outcome
from demarche.settings import Settings
from demarche.steps.staging import fresh, read_rows, staged, write_rows
from demarche.steps.workbench import workbench

log = logging.getLogger(__name__)

PAGE_TRIES = 3  # a page that failed three times is left alone: title and summary were judged already
PAGE_TYPES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
TRANSIENT = frozenset(
    {Outcome.TIMEOUT, Outcome.CONNECT_ERROR, Outcome.DNS_ERROR, Outcome.SERVER_ERROR, Outcome.RATE_LIMITED}
)


@dataclass(frozen=True, slots=True)
class WantedPage:
    """A page to capture, and the entry that leads to it."""

    url: str
    entry_id: str
    feed_id: str


def plan_feeds(key: str, *, settings: Settings, now: datetime) -> list[str]:
    """Choose the feeds that are due and deal them into batches; returns the batches' names.

    A run that comes too late for its key plans nothing: RSS shows the present, which is no part of that window.
    """
    span = span_of_key(key)
    if is_late(span, now=now, grace=timedelta(minutes=settings.late_minutes)):
        log.warning("%s ended at %s: today's entries are not filed under it; backfill rebuild_days", key, span.end)
        return []
    feeds = read_feeds(settings.feeds, settings.home / "feeds.toml")
    batches = dealt(due_feeds(feeds, FeedStates(settings.state).read(), now=now), settings.batches)
    folder = fresh(_plan_folder(settings, key))
    names = [f"b{number:02d}" for number in range(len(batches))]
    for name, batch in zip(names, batches, strict=True):
        plan = {"planned_at": now.isoformat(), "feeds": [feed.feed_id for feed in batch]}
        (folder / f"{name}.json").write_text(json.dumps(plan), encoding="utf-8")
    log.info("%s: %d of %d feeds are due, in %d batches", key, sum(map(len, batches)), len(feeds), len(names))
    return names


def fetch_feeds(key: str, batch: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Fetch the feeds of one batch into the archive; returns the number of attempts by outcome.

    Feeds that this plan's earlier try has polled already are left out, so that a retry asks nobody twice.
    """
    span = span_of_key(key)
    plan = json.loads((_plan_folder(settings, key) / f"{batch}.json").read_text(encoding="utf-8"))
    planned_at = datetime.fromisoformat(plan["planned_at"])
    chosen = set(plan["feeds"])
    states = FeedStates(settings.state)
    known = states.read()
    feeds = [
        feed
        for feed in read_feeds(settings.feeds, settings.home / "feeds.toml")
        if feed.feed_id in chosen and not _was_polled(known.get(feed.feed_id), since=planned_at)
    ]
    polled: list[tuple[Feed, Polled]] = []
    with Archive(settings.archive).batch(span.start, "feeds", batch) as files:
        asyncio.run(_poll_all(feeds, known, span, settings, _clock(now), files, polled))
    states.write(poll.state for _, poll in polled)
    _want_pages(settings, key, batch, polled)
    outcomes = Counter(str(poll.fetch.outcome) for _, poll in polled)
    log.info("%s %s: %d feeds, %s", key, batch, len(polled), dict(outcomes))
    return dict(outcomes)


def capture_pages(key: str, batch: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Fetch the pages of the batch's new entries that pass the gate, each once; returns the number by outcome."""
    span = span_of_key(key)
    wanted = [WantedPage(**row) for row in read_rows(_plan_folder(settings, key) / f"{batch}.pages.jsonl")]
    states = FeedStates(settings.state)
    before = states.captured(page.url for page in wanted)
    wanted = [page for page in wanted if _is_worth_a_try(page, before.get(page.url))]
    wanted = _capped(wanted, settings.max_pages_per_host)
    if not wanted:
        return {}
    fetches: list[tuple[WantedPage, Fetch]] = []
    with Archive(settings.archive).batch(span.start, "pages", batch) as files:
        asyncio.run(_capture_all(wanted, span, settings, _clock(now), files, fetches))
    states.note_pages(
        (page.url, page.entry_id, before.get(page.url, ("", 0, ""))[1] + 1, str(fetch.outcome), fetch.started_at)
        for page, fetch in fetches
    )
    outcomes = Counter(str(fetch.outcome) for _, fetch in fetches)
    log.info("%s %s: %d pages, %s", key, batch, len(fetches), dict(outcomes))
    return dict(outcomes)


def land_window(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Count what the window holds. Its ledgers are the proof that it landed, so there is nothing to write."""
    span = span_of_key(key)
    fetches = Archive(settings.archive).fetches(span.start)
    counts = Counter(fetch.kind for fetch in fetches)
    log.info("%s landed by %s: %s", key, now, dict(counts))
    return {"feeds": counts["feed"], "pages": counts["page"]}


def collect(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """All steps of a collection, one after the other: what `demarche collect` does."""
    for batch in plan_feeds(key, settings=settings, now=now):
        fetch_feeds(key, batch, settings=settings, now=now)
        capture_pages(key, batch, settings=settings, now=now)
    return land_window(key, settings=settings, now=now)


async def _poll_all(
    feeds: list[Feed],
    known: dict[str, FeedState],
    span: Span,
    settings: Settings,
    clock: Callable[[], datetime],
    files: Batch,
    polled: list[tuple[Feed, Polled]],
) -> None:
    bounds = poll_bounds(settings)

    async def poll(client: Client, feed: Feed) -> None:
        state = known.get(feed.feed_id) or FeedState(feed_id=feed.feed_id)
        sends = should_send_validators(clock(), state.body_at, is_trusted=state.is_trusted)
        answer = await client.get(
            state.url or feed.url,
            etag=state.etag if sends else "",
            last_modified=state.last_modified if sends else "",
        )
        result = poll_result(feed, state, answer, window_at=span.start, bounds=bounds)
        result = _kept(result, state, answer, files)
        polled.append((feed, result))

    async with Client(settings, clock=clock) as client, asyncio.TaskGroup() as group:
        for feed in feeds:
            group.create_task(poll(client, feed))


def _kept(result: Polled, before: FeedState, answer: Answer, files: Batch) -> Polled:
    """The same poll with its record in the archive."""
    fetch = result.fetch
    if answer.status is not None:
        record = _keep(
            files,
            answer,
            fetch.started_at,
            repeats=before.record_id if result.is_repeat else None,
            digest=fetch.digest,
        )
        fetch = replace(
            fetch,
            warc_file=files.warc_file,
            record_id=record,
            refers_to=before.record_id if result.is_repeat else "",
        )
    files.fetches.append(fetch)
    has_new_body = fetch.digest and not result.is_repeat and fetch.digest == result.state.digest
    state = replace(result.state, record_id=fetch.record_id) if has_new_body else result.state
    return replace(result, fetch=fetch, state=state)


def _keep(files: Batch, answer: Answer, captured_at: datetime, *, repeats: str | None, digest: str) -> str:
    """Write an answer to the archive; returns the record's id."""
    status = f"{answer.status} {answer.reason}".strip()
    # The chunks were joined while reading, so the header would lie about the body that is kept.
    headers = [
        (f"X-Archive-{name}" if name.lower() == "transfer-encoding" else name, value) for name, value in answer.headers
    ]
    if repeats is not None:
        return files.keep_revisit(
            url=answer.final_url,
            captured_at=captured_at,
            status=status,
            headers=headers,
            digest=digest,
            refers_to=repeats,
        )
    return files.keep_response(
        url=answer.final_url,
        captured_at=captured_at,
        status=status,
        headers=headers,
        body=answer.raw,
        is_truncated=answer.problem is not None,
    )


async def _capture_all(
    wanted: list[WantedPage],
    span: Span,
    settings: Settings,
    clock: Callable[[], datetime],
    files: Batch,
    fetches: list[tuple[WantedPage, Fetch]],
) -> None:
    async def capture(client: Client, robots: Robots, page: WantedPage) -> None:
        if settings.robots and not await robots.is_allowed(page.url):
            answer = Answer(
                url=page.url, final_url=page.url, started_at=clock(), duration_ms=0, problem=Outcome.ROBOTS_DENIED
            )
        else:
            answer = await client.get(page.url, accept=PAGE_TYPES)
        fetch = _page_fetch(page, answer, span, settings)
        if answer.status is not None:
            record = _keep(files, answer, answer.started_at, repeats=None, digest=fetch.digest)
            fetch = replace(fetch, warc_file=files.warc_file, record_id=record)
        files.fetches.append(fetch)
        fetches.append((page, fetch))

    async with Client(settings, clock=clock) as client:
        robots = Robots(client, user_agent(settings))
        async with asyncio.TaskGroup() as group:
            for page in wanted:
                group.create_task(capture(client, robots, page))


def _page_fetch(page: WantedPage, answer: Answer, span: Span, settings: Settings) -> Fetch:
    """The ledger's line for one attempt at a page."""
    body, outcome, note = b"", answer.problem, answer.note
    if outcome is None:
        undone = decoded(answer.raw, answer.header("content-encoding"), settings.max_decoded)
        body, outcome, note = undone.body, undone.problem or Outcome.NEW, undone.note
    return Fetch(
        fetch_id=fetch_id("page", page.feed_id, page.url, answer.started_at),
        window_at=span.start,
        kind="page",
        feed_id=page.feed_id,
        url=page.url,
        final_url=answer.final_url,
        started_at=answer.started_at,
        duration_ms=answer.duration_ms,
        outcome=outcome,
        status=answer.status,
        bytes_received=len(answer.raw),
        bytes_decoded=len(body),
        digest=digest_of(body) if body else "",
        etag=answer.header("etag"),
        last_modified=answer.header("last-modified"),
        retry_at=retry_at(answer.headers, answer.started_at),
        note=note,
    )


def _want_pages(settings: Settings, key: str, batch: str, polled: list[tuple[Feed, Polled]]) -> None:
    """Write down the pages of new entries that pass the gate."""
    wanted: dict[str, dict[str, Any]] = {}
    if settings.capture_pages:
        judge = workbench(settings).judge
        for feed, poll in polled:
            for identity, entry in poll.new_entries:
                if entry.url and judge.passes_gate(_candidate(identity, entry, feed)):
                    wanted.setdefault(entry.url, {"url": entry.url, "entry_id": identity, "feed_id": feed.feed_id})
    write_rows(_plan_folder(settings, key) / f"{batch}.pages.jsonl", wanted.values())


def _candidate(identity: str, entry: Entry, feed: Feed) -> Candidate:
    return Candidate(
        id=identity,
        title=entry.title,
        summary=entry.summary,
        url=entry.url,
        lang=entry.language or feed.language,
        outlet=feed.outlet,
        date=entry.published_at,
    )


def poll_bounds(settings: Settings) -> Bounds:
    """The limits of a poll that the settings give."""
    return Bounds(
        max_decoded=settings.max_decoded,
        max_entries=settings.max_entries,
        shortest=timedelta(minutes=settings.min_interval_minutes),
        longest=timedelta(minutes=settings.max_interval_minutes),
    )


def _is_worth_a_try(page: WantedPage, before: tuple[str, int, str] | None) -> bool:
    """Whether a page is new, its entry was edited, or the last try failed for a reason that passes."""
    if before is None:
        return True
    entry, tries, outcome = before
    return entry != page.entry_id or (outcome in TRANSIENT and tries < PAGE_TRIES)


def _capped(wanted: list[WantedPage], most: int) -> list[WantedPage]:
    """At most so many pages of one host: a crawl-delay would hold the whole batch. The verdict stands without them."""
    counts: Counter[str] = Counter()
    chosen = []
    for page in wanted:
        counts[host_of(page.url)] += 1
        if counts[host_of(page.url)] <= most:
            chosen.append(page)
    return chosen


def _was_polled(state: FeedState | None, *, since: datetime) -> bool:
    return state is not None and state.polled_at is not None and state.polled_at >= since


def _clock(now: datetime) -> Callable[[], datetime]:
    """A clock that starts at `now` and runs with the real one: a simulated day passes at the right speed."""
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)


def _plan_folder(settings: Settings, key: str) -> Path:
    return settings.state / "plans" / staged(settings, key).name
