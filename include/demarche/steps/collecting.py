"""The steps that fetch a batch of feeds and land a window. A failure of the network is a row. Plans nothing."""

import asyncio
import gc
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from demarche.adapters.archive import Archive, Batch
from demarche.adapters.feed_state import FeedStates
from demarche.adapters.http import Client, OutOfBudgetError, user_agent
from demarche.adapters.robots import Robots
from demarche.core.politeness import should_send_validators
from demarche.core.polling import Polled, poll_result
from demarche.core.windows import Span, span_of_key
from demarche.model import Answer, Candidate, Entry, Feed, FeedState, Outcome
from demarche.settings import Settings
from demarche.steps.keeping import denied, keep_answer, running_clock
from demarche.steps.limits import poll_bounds
from demarche.steps.planning import plan_folder, planned_feed, read_plan, time_left
from demarche.steps.staging import read_rows, write_rows
from demarche.steps.workbench import workbench

log = logging.getLogger(__name__)


def fetch_feeds(key: str, batch: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Fetch the feeds of one batch into the archive; returns the number of attempts by outcome.

    Feeds that this plan's earlier try has polled already are left out, so that a retry asks nobody twice.
    """
    span = span_of_key(key)
    plan = read_plan(settings, key, batch)
    planned_at = datetime.fromisoformat(plan["planned_at"])
    chosen = [planned_feed(values) for values in plan["feeds"]]
    states = FeedStates(settings.state)
    known = states.read([feed.feed_id for feed in chosen])
    feeds = [feed for feed in chosen if not _was_polled(known.get(feed.feed_id), since=planned_at)]
    budget = time_left(planned_at, settings.feeds_budget, now)
    with Archive(settings.archive).batch(span.start, "feeds", batch) as files:
        polling = _Round(settings, span, known, files, now)
        with _rare_garbage_rounds():
            asyncio.run(polling.run(feeds, budget))
    polled = polling.polled
    wanted = _wanted_pages(settings, polled)
    # A task that is killed here has left the pages waiting, and what its earlier try wanted is in the list still.
    states.write((poll.state for _, poll in polled), ((p["url"], p["entry_id"], p["feed_id"]) for p in wanted), now)
    listed = plan_folder(settings, key) / f"{batch}.pages.jsonl"
    write_rows(listed, [*read_rows(listed), *wanted])
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


class _Round:
    """The polls of one batch while they are under way; `polled` holds those that are over."""

    def __init__(
        self, settings: Settings, span: Span, known: dict[str, FeedState], files: Batch, now: datetime
    ) -> None:
        self._settings = settings
        self._span = span
        self._known = known
        self._files = files
        self._clock = running_clock(now)
        self._bounds = poll_bounds(settings)
        self.polled: list[tuple[Feed, Polled]] = []

    async def run(self, feeds: list[Feed], budget: float) -> None:
        """Poll these feeds, as many as find their turn within `budget` seconds."""
        async with Client(self._settings, clock=self._clock, budget=budget) as client:
            robots = Robots(client, user_agent(self._settings))
            async with asyncio.TaskGroup() as group:
                for feed in feeds:
                    group.create_task(self._poll_in_time(client, robots, feed))

    async def _poll_in_time(self, client: Client, robots: Robots, feed: Feed) -> None:
        with suppress(OutOfBudgetError):
            self.polled.append((feed, await self._poll(client, robots, feed)))

    async def _poll(self, client: Client, robots: Robots, feed: Feed) -> Polled:
        """One poll of a feed; of an index of sitemaps, that of its newest child too."""
        state = self._known.get(feed.feed_id) or FeedState(feed_id=feed.feed_id)
        url = state.url or feed.url
        if self._settings.robots_feeds and not await robots.is_allowed(url):
            answer = denied(url, self._clock())
        else:
            sends = should_send_validators(self._clock(), state.body_at, is_trusted=state.is_trusted)
            etag, last_modified = (state.etag, state.last_modified) if sends else ("", "")
            answer = await client.get(url, etag=etag, last_modified=last_modified)
        result = self._understood(feed, state, answer)
        if not result.child_url:
            return result
        child = self._understood(feed, state, await client.get(result.child_url))
        # Validators and redirects were the child's; the next question goes to the index again.
        asked = replace(child.state, url=state.url, redirects=(), etag="", last_modified="", is_trusted=True)
        return replace(child, state=asked)

    def _understood(self, feed: Feed, state: FeedState, answer: Answer) -> Polled:
        """What an answer means, with its record in the archive."""
        try:
            result = poll_result(feed, state, answer, window_at=self._span.start, bounds=self._bounds)
        except Exception as error:  # our own bug with one feed's bytes must not cost the others their poll
            log.exception("%s: understanding what %s sent failed in our own code", feed.feed_id, answer.final_url)
            note = f"{type(error).__name__}: {error}"[:200]
            failed = replace(answer, problem=Outcome.INTERNAL_ERROR, note=note)
            result = poll_result(feed, state, failed, window_at=self._span.start, bounds=self._bounds)
        return _kept(result, state, answer, self._files)


@contextmanager
def _rare_garbage_rounds() -> Iterator[None]:
    """Let Python look for cycles rarely: in a batch nearly everything lives to its end, and looking costs a tenth."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 20)
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*usual)


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


def _wanted_pages(settings: Settings, polled: list[tuple[Feed, Polled]]) -> list[dict[str, Any]]:
    """The pages of new entries that pass the gate."""
    wanted: dict[str, dict[str, Any]] = {}
    if settings.capture_pages:
        judge = workbench(settings).judge
        for feed, poll in polled:
            for identity, entry in poll.new_entries:
                if entry.url and judge.passes_gate(_candidate(identity, entry, feed), detects=False):
                    wanted.setdefault(entry.url, {"url": entry.url, "entry_id": identity, "feed_id": feed.feed_id})
    return list(wanted.values())


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


def _was_polled(state: FeedState | None, *, since: datetime) -> bool:
    return state is not None and state.polled_at is not None and state.polled_at >= since
