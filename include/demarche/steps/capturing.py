"""The step that captures the pages of entries that pass the gate. A page that fails is a row."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from demarche.adapters.archive import Archive, Batch, digest_of
from demarche.adapters.feed_state import FeedStates
from demarche.adapters.http import Client, OutOfBudgetError, user_agent
from demarche.adapters.robots import Robots
from demarche.core.codings import decoded
from demarche.core.polling import attempt
from demarche.core.urls import host_of
from demarche.core.windows import Span, span_of_key
from demarche.model import Answer, Fetch, Outcome
from demarche.settings import Settings
from demarche.steps.keeping import denied, keep_answer, running_clock
from demarche.steps.planning import plan_folder, read_plan, time_left
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
    folder = plan_folder(settings, key)
    # Waiting pages first; an entry that was edited since then takes the place of its earlier version.
    rows = [row for part in ("waiting", "pages") for row in read_rows(folder / f"{batch}.{part}.jsonl")]
    asked_for = list({row["url"]: WantedPage(**row) for row in rows}.values())
    states = FeedStates(settings.state)
    before = states.captured(page.url for page in asked_for)
    worthy = [page for page in asked_for if _is_worth_a_try(page, before.get(page.url))]
    wanted = _capped(worthy, settings.max_pages_per_host)
    if not asked_for:
        return {}
    fetches: list[tuple[WantedPage, Fetch]] = []
    if wanted:
        planned_at = datetime.fromisoformat(read_plan(settings, key, batch)["planned_at"])
        budget = time_left(planned_at, settings.pages_budget, now)
        with Archive(settings.archive).batch(span.start, "pages", batch) as files:
            asyncio.run(_capture_all(wanted, span, settings, running_clock(now), files, fetches, budget))
    tries = {page.url: before.get(page.url, ("", 0, ""))[1] + 1 for page, _ in fetches}
    states.note_pages(
        (page.url, page.entry_id, tries[page.url], str(fetch.outcome), fetch.started_at) for page, fetch in fetches
    )
    done = {page.url for page, fetch in fetches if not _may_pass(fetch.outcome, tries[page.url])}
    left = [page for page in worthy if page.url not in done]
    idle = [page.url for page in asked_for if page not in worthy]
    states.settle_pages([*done, *idle], [(page.url, page.entry_id, page.feed_id) for page in left], now)
    outcomes = Counter(str(fetch.outcome) for _, fetch in fetches)
    log.info("%s %s: %d pages, %s; %d wait", key, batch, len(fetches), dict(outcomes), len(left))
    return dict(outcomes)


async def _capture_all(
    wanted: list[WantedPage],
    span: Span,
    settings: Settings,
    clock: Callable[[], datetime],
    files: Batch,
    fetches: list[tuple[WantedPage, Fetch]],
    budget: float,
) -> None:
    async def capture(client: Client, robots: Robots, page: WantedPage) -> None:
        if settings.robots and not await robots.is_allowed(page.url):
            answer = denied(page.url, clock())
        else:
            answer = await client.get(page.url, accept=PAGE_TYPES)
        fetch = _page_fetch(page, answer, span, settings)
        if answer.status is not None:
            record = keep_answer(files, answer, answer.started_at, repeats=None, digest=fetch.digest)
            fetch = replace(fetch, warc_file=files.warc_file, record_id=record)
        files.fetches.append(fetch)
        fetches.append((page, fetch))

    async def capture_in_time(client: Client, robots: Robots, page: WantedPage) -> None:
        with suppress(OutOfBudgetError):
            await capture(client, robots, page)

    async with Client(settings, clock=clock, budget=budget) as client:
        robots = Robots(client, user_agent(settings))
        async with asyncio.TaskGroup() as group:
            for page in wanted:
                group.create_task(capture_in_time(client, robots, page))


def _page_fetch(page: WantedPage, answer: Answer, span: Span, settings: Settings) -> Fetch:
    """The ledger's line for one attempt at a page."""
    body, outcome, note = b"", answer.problem, answer.note
    if outcome is None:
        undone = decoded(answer.raw, answer.header("content-encoding"), settings.max_decoded)
        body, outcome, note = undone.body, undone.problem or Outcome.NEW, undone.note
    fetch = attempt("page", page.feed_id, answer, window_at=span.start, outcome=outcome, note=note)
    return replace(fetch, bytes_decoded=len(body), digest=digest_of(body) if body else "")


def _is_worth_a_try(page: WantedPage, before: tuple[str, int, str] | None) -> bool:
    """Whether a page is new, its entry was edited, or the last try failed for a reason that passes."""
    if before is None:
        return True
    entry, tries, outcome = before
    return entry != page.entry_id or _may_pass(outcome, tries)


def _may_pass(outcome: str, tries: int) -> bool:
    """Whether a failure may be over at the next try."""
    return outcome in TRANSIENT and tries < PAGE_TRIES


def _capped(wanted: list[WantedPage], most: int) -> list[WantedPage]:
    """At most so many pages of one host, since a crawl-delay would hold the whole batch; the others wait."""
    counts: Counter[str] = Counter()
    chosen = []
    for page in wanted:
        counts[host_of(page.url)] += 1
        if counts[host_of(page.url)] <= most:
            chosen.append(page)
    return chosen
