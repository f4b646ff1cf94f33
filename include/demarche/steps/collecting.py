"""The steps that touch the network: plan, fetch feeds, capture pages, land. A failure of the network is a row."""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

from demarche.adapters.archive import Archive, Batch
from demarche.adapters.catalog import read_feeds
from demarche.adapters.feed_state import FeedStates
from demarche.adapters.http import Client, OutOfBudgetError, user_agent
from demarche.adapters.robots import Robots
from demarche.core.planning import dealt, due_feeds
from demarche.core.politeness import should_send_validators
from demarche.core.polling import Polled, poll_result
from demarche.core.urls import host_of
from demarche.core.windows import Span, is_late, span_of_key
from demarche.model import Answer, Candidate, Entry, Feed, FeedKind, FeedState, Outcome
from demarche.settings import Settings
from demarche.steps.limits import poll_bounds
from demarche.steps.staging import fresh, staged, write_rows
from demarche.steps.workbench import workbench

log = logging.getLogger(__name__)

PAGE_PATIENCE = timedelta(days=2)  # how long a page without room waits; a host that never has room is let go


def plan_feeds(key: str, *, settings: Settings, now: datetime) -> list[str]:
    """Choose the feeds that are due and deal them into batches; returns the batches' names.

    A run that comes too late for its key plans nothing: RSS shows the present, which is no part of that window.
    """
    span = span_of_key(key)
    if is_late(span, now=now, grace=timedelta(minutes=settings.late_minutes)):
        log.warning("%s ended at %s: today's entries are not filed under it; backfill rebuild_days", key, span.end)
        return []
    feeds = read_feeds(settings.feeds, settings.own_feeds)
    states = FeedStates(settings.state)
    batches = dealt(due_feeds(feeds, states.read(), now=now), settings.batches)
    folder = fresh(plan_folder(settings, key))
    names = [f"b{number:02d}" for number in range(len(batches))]
    for name, batch in zip(names, batches, strict=True):
        plan = {"planned_at": now.isoformat(), "feeds": [asdict(feed) for feed in batch]}
        (folder / f"{name}.json").write_text(json.dumps(plan, default=str), encoding="utf-8")
    _deal_waiting_pages(folder, names, states, now)
    log.info("%s: %d of %d feeds are due, in %d batches", key, sum(map(len, batches)), len(feeds), len(names))
    return names


def fetch_feeds(key: str, batch: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Fetch the feeds of one batch into the archive; returns the number of attempts by outcome.

    Feeds that this plan's earlier try has polled already are left out, so that a retry asks nobody twice.
    """
    span = span_of_key(key)
    plan = read_plan(settings, key, batch)
    planned_at = datetime.fromisoformat(plan["planned_at"])
    chosen = [_planned_feed(values) for values in plan["feeds"]]
    states = FeedStates(settings.state)
    known = states.read([feed.feed_id for feed in chosen])
    feeds = [feed for feed in chosen if not _was_polled(known.get(feed.feed_id), since=planned_at)]
    polled: list[tuple[Feed, Polled]] = []
    budget = time_left(planned_at, settings.feeds_budget, now)
    with Archive(settings.archive).batch(span.start, "feeds", batch) as files:
        asyncio.run(_poll_all(feeds, known, span, settings, running_clock(now), files, polled, budget))
    states.write(poll.state for _, poll in polled)
    _want_pages(settings, key, batch, polled)
    outcomes = Counter(str(poll.fetch.outcome) for _, poll in polled)
    log.info("%s %s: %d feeds, %s", key, batch, len(polled), dict(outcomes))
    for feed, poll in polled:
        if poll.state.url and poll.state.url != known.get(feed.feed_id, poll.state).url:
            log.warning("%s: %s", feed.feed_id, poll.fetch.note)
    if len(polled) < len(feeds):
        log.warning("%s %s: no time for %d feeds, first next time", key, batch, len(feeds) - len(polled))
    return dict(outcomes)


def land_window(key: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Count what the window holds. Its ledgers are the proof that it landed, so there is nothing to write."""
    span = span_of_key(key)
    fetches = Archive(settings.archive).fetches(span.start)
    counts = Counter(fetch.kind for fetch in fetches)
    log.info("%s landed by %s: %s", key, now, dict(counts))
    return {"feeds": counts["feed"], "pages": counts["page"]}


async def _poll_all(
    feeds: list[Feed],
    known: dict[str, FeedState],
    span: Span,
    settings: Settings,
    clock: Callable[[], datetime],
    files: Batch,
    polled: list[tuple[Feed, Polled]],
    budget: float,
) -> None:
    bounds = poll_bounds(settings)

    async def poll(client: Client, feed: Feed) -> None:
        state = known.get(feed.feed_id) or FeedState(feed_id=feed.feed_id)
        sends = should_send_validators(clock(), state.body_at, is_trusted=state.is_trusted)
        url = state.url or feed.url
        if settings.robots_feeds and not await robots.is_allowed(url):
            answer = denied(url, clock())
        else:
            answer = await client.get(
                url,
                etag=state.etag if sends else "",
                last_modified=state.last_modified if sends else "",
            )
        result = _kept(poll_result(feed, state, answer, window_at=span.start, bounds=bounds), state, answer, files)
        if result.child_url:
            answer = await client.get(result.child_url)
            child = _kept(poll_result(feed, state, answer, window_at=span.start, bounds=bounds), state, answer, files)
            # Validators and redirects were the child's; the next question goes to the index again.
            asked = replace(child.state, url=state.url, redirects=(), etag="", last_modified="", is_trusted=True)
            result = replace(child, state=asked)
        polled.append((feed, result))

    async def poll_in_time(client: Client, feed: Feed) -> None:
        with suppress(OutOfBudgetError):
            await poll(client, feed)

    async with Client(settings, clock=clock, budget=budget) as client:
        robots = Robots(client, user_agent(settings))
        async with asyncio.TaskGroup() as group:
            for feed in feeds:
                group.create_task(poll_in_time(client, feed))


def _kept(result: Polled, before: FeedState, answer: Answer, files: Batch) -> Polled:
    """The same poll with its record in the archive."""
    fetch = result.fetch
    if answer.status is not None:
        record = keep_answer(
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


def keep_answer(files: Batch, answer: Answer, captured_at: datetime, *, repeats: str | None, digest: str) -> str:
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


def denied(url: str, at: datetime) -> Answer:
    """What stands in for an answer that robots.txt did not let us ask for."""
    return Answer(url=url, final_url=url, started_at=at, duration_ms=0, problem=Outcome.ROBOTS_DENIED)


def time_left(planned_at: datetime, budget: float, now: datetime) -> float:
    """Seconds in which fetches may still begin, counted from the plan, so that a run ends before the next begins."""
    return max(0.0, budget - (now - planned_at).total_seconds())


def _deal_waiting_pages(folder: Path, names: list[str], states: FeedStates, now: datetime) -> None:
    """Hand the pages that earlier runs had no room for to this run's batches; a host's stay together."""
    dealt_to: dict[str, list[dict[str, str]]] = {name: [] for name in names}
    for url, entry, feed_id in states.waiting_pages(now - PAGE_PATIENCE) if names else ():
        name = names[crc32(host_of(url).encode()) % len(names)]
        dealt_to[name].append({"url": url, "entry_id": entry, "feed_id": feed_id})
    for name, pages in dealt_to.items():
        write_rows(folder / f"{name}.waiting.jsonl", pages)


def _want_pages(settings: Settings, key: str, batch: str, polled: list[tuple[Feed, Polled]]) -> None:
    """Write down the pages of new entries that pass the gate."""
    wanted: dict[str, dict[str, Any]] = {}
    if settings.capture_pages:
        judge = workbench(settings).judge
        for feed, poll in polled:
            for identity, entry in poll.new_entries:
                if entry.url and judge.passes_gate(_candidate(identity, entry, feed), detects=False):
                    wanted.setdefault(entry.url, {"url": entry.url, "entry_id": identity, "feed_id": feed.feed_id})
    write_rows(plan_folder(settings, key) / f"{batch}.pages.jsonl", wanted.values())


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


def _planned_feed(values: dict[str, Any]) -> Feed:
    """A feed as the plan has it: reading ten thousand of them from TOML takes longer than fetching a batch."""
    good_on = values["last_good_on"]
    return Feed(
        **values | {"kind": FeedKind(values["kind"]), "last_good_on": date.fromisoformat(good_on) if good_on else None}
    )


def _was_polled(state: FeedState | None, *, since: datetime) -> bool:
    return state is not None and state.polled_at is not None and state.polled_at >= since


def running_clock(now: datetime) -> Callable[[], datetime]:
    """A clock that starts at `now` and runs with the real one: a simulated day passes at the right speed."""
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)


def read_plan(settings: Settings, key: str, batch: str) -> dict[str, Any]:
    """What was planned for a batch: `planned_at` and `feeds`."""
    text = (plan_folder(settings, key) / f"{batch}.json").read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]


def plan_folder(settings: Settings, key: str) -> Path:
    return settings.state / "plans" / staged(settings, key).name
