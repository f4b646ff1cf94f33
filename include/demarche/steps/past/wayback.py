"""Feeds from the Wayback Machine: a month of a feed's captures is a unit of work."""

from collections.abc import AsyncIterator
from datetime import datetime

from demarche.core.codings import decoded
from demarche.core.past.cdx import (
    Capture,
    IndexPage,
    NoIndexError,
    collapsed,
    index_url,
    memento_url,
    read_index,
    read_memento,
)
from demarche.core.past.units import Problem
from demarche.model import Answer, Candidate, Entry, Feed
from demarche.steps.past.asking import Asker
from demarche.steps.past.candidates import Lead, fault_of, is_memento, kept_answer, reason_of, take_pages
from demarche.steps.past.filing import archived_answer, state_from, state_values
from demarche.steps.past.work import Part, Work

PART = 25  # captures between two notes in the journal
INDEX_PAGES = 200  # of one unit; a feed that was captured every second would have more
# Redirects and errors of then are no documents. A revisit has no status of its own.
FILTERS = ("!statuscode:[345]..",)


async def import_feed_month(work: Work) -> AsyncIterator[Part]:
    """File a month of a feed: a new body as a response, an equal one as a revisit that is not even asked for."""
    feed = work.outlets.by_id[work.unit.subject]
    captures, problems = await read_captures(
        work.asker, work.settings.wayback_url, work.unit.address, work.unit.start, work.unit.end
    )
    work.problems += problems
    state = state_from(feed.feed_id, work.state)
    last: Answer | None = None
    leads: list[Lead] = []
    done = 0
    for capture, is_repeat in collapsed(captures):
        if work.position and capture.stamp <= work.position:
            continue
        answer = await _answer(work, feed, capture, last if is_repeat else None)
        if isinstance(answer, str):
            work.tallies.at(feed.feed_id, capture.captured_at).missing[answer] += 1
        else:
            last = answer
            known = work.filing.known("feed", feed.feed_id, feed.url, answer.started_at)
            _, state, new = work.filing.feed(feed, state, answer, (("via", _via(work, capture)),))
            tally = work.tallies.at(feed.feed_id, capture.captured_at)
            tally.known += known is not None
            tally.got += known is None
            leads += page_leads(work, feed, new, answer.started_at)
        done += 1
        if done % PART == 0:
            await take_pages(work, leads)
            leads = []
            yield Part(capture.stamp, state_values(state))
    if not captures:
        work.tallies.at(feed.feed_id, work.unit.start or work.request.start).missing["no capture this month"] += 1
    await take_pages(work, leads)
    yield Part(state=state_values(state), is_done=True)


async def read_captures(
    asker: Asker, base: str, url: str, start: datetime | None, end: datetime | None
) -> tuple[list[Capture], list[Problem]]:
    """All lines of the index for an address, page by page, and the lines that could not be read.

    Raises NoIndexError where an answer is no index: nothing is known of the unit then.
    """
    if start is None or end is None:
        raise ValueError("an index is read for a span")
    captures: list[Capture] = []
    problems: list[Problem] = []
    resume_key, keys = "", set()
    for number in range(1, INDEX_PAGES + 1):
        page = await _index_page(asker, base, url, start, end, resume_key)
        captures += page.captures
        problems += [Problem(f"index of {url}, page {number}", f"line {line}", why) for line, why in page.bad]
        resume_key = page.resume_key
        if not resume_key:
            return captures, problems
        if resume_key in keys:
            raise NoIndexError(f"the index gave the same resume key twice for {url}")
        keys.add(resume_key)
    raise NoIndexError(f"more than {INDEX_PAGES} pages of captures of {url}: ask for fewer days")


def page_leads(work: Work, feed: Feed, new: tuple[tuple[str, Entry], ...], seen_at: datetime) -> list[Lead]:
    """The pages of new entries that pass the gate, where the request wants pages."""
    if work.request.pages == "none":
        return []
    return [
        Lead(entry.url, feed.feed_id, entry.published_at or seen_at, f"entry {identity}")
        for identity, entry in new
        if entry.url
        and work.judge.passes_gate(
            Candidate(identity, entry.title, entry.summary, lang=entry.language or feed.language), detects=False
        )
    ]


async def _index_page(asker: Asker, base: str, url: str, start: datetime, end: datetime, resume_key: str) -> IndexPage:
    asked = index_url(base, url, start, end, resume_key=resume_key, filters=FILTERS)
    answer = await asker.get(asked, accept="text/plain, */*;q=0.5")
    blocked = answer.header("x-archive-wayback-runtime-error")
    if blocked:
        raise NoIndexError(f"{url}: the archive does not show it: {blocked[:160]}")
    if answer.problem is not None:
        raise NoIndexError(f"the index of {url} cannot be had: {answer.problem}, {answer.note}")
    body = decoded(answer.raw, answer.header("content-encoding"), asker.settings.max_decoded)
    if body.problem is not None:
        raise NoIndexError(f"the index of {url}: {body.note}")
    return read_index(body.body)


async def _answer(work: Work, feed: Feed, capture: Capture, same: Answer | None) -> Answer | str:
    """The archived answer of a capture, or why there is none. Equal bodies and known ones are not asked for."""
    if same is not None:
        return archived_answer(feed.url, capture.captured_at, same.headers, same.raw, final_url=same.final_url)
    known = work.filing.known("feed", feed.feed_id, feed.url, capture.captured_at)
    body = work.filing.body_of(known) if known else None
    if known and body is not None:
        return archived_answer(feed.url, capture.captured_at, (), body, final_url=known.final_url)
    base = work.settings.wayback_url
    answer = await work.asker.get(_via(work, capture), is_final=is_memento)
    memento = read_memento(answer, base)
    if isinstance(memento, str):
        return reason_of(memento)
    if memento.captured_at != capture.captured_at:
        return "redirected to another capture"
    return fault_of(memento) or kept_answer(memento, url=feed.url)


def _via(work: Work, capture: Capture) -> str:
    return memento_url(work.settings.wayback_url, capture.stamp, capture.url)
