"""The step that captures the pages of entries that pass the gate. A page that fails is a row."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from demarche.adapters.archive import Archive, Batch, digest_of
from demarche.adapters.feed_state import FeedStates
from demarche.adapters.http import Client, user_agent
from demarche.adapters.robots import Robots
from demarche.core.codings import decoded
from demarche.core.identity import fetch_id
from demarche.core.politeness import retry_at
from demarche.core.urls import host_of
from demarche.core.windows import Span, span_of_key
from demarche.model import Answer, Fetch, Outcome
from demarche.settings import Settings
from demarche.steps.collecting import keep_answer, plan_folder, running_clock
from demarche.steps.staging import read_rows

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


def capture_pages(key: str, batch: str, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Fetch the pages of the batch's new entries that pass the gate, each once; returns the number by outcome."""
    span = span_of_key(key)
    wanted = [WantedPage(**row) for row in read_rows(plan_folder(settings, key) / f"{batch}.pages.jsonl")]
    states = FeedStates(settings.state)
    before = states.captured(page.url for page in wanted)
    wanted = [page for page in wanted if _is_worth_a_try(page, before.get(page.url))]
    wanted = _capped(wanted, settings.max_pages_per_host)
    if not wanted:
        return {}
    fetches: list[tuple[WantedPage, Fetch]] = []
    with Archive(settings.archive).batch(span.start, "pages", batch) as files:
        asyncio.run(_capture_all(wanted, span, settings, running_clock(now), files, fetches))
    states.note_pages(
        (page.url, page.entry_id, before.get(page.url, ("", 0, ""))[1] + 1, str(fetch.outcome), fetch.started_at)
        for page, fetch in fetches
    )
    outcomes = Counter(str(fetch.outcome) for _, fetch in fetches)
    log.info("%s %s: %d pages, %s", key, batch, len(fetches), dict(outcomes))
    return dict(outcomes)


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
            record = keep_answer(files, answer, answer.started_at, repeats=None, digest=fetch.digest)
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
