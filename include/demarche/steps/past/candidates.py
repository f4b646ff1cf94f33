"""Pages that something else led to: an entry of an imported feed, a row of GDELT's or of a table, a sitemap.

Each is taken from the Wayback Machine as it was nearest to its day, or live as it is now.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from demarche.adapters.feed_state import FeedStates
from demarche.core.past.cdx import STAMP, Memento, memento_url, original_headers, read_memento
from demarche.model import Answer
from demarche.steps.past.filing import archived_answer
from demarche.steps.past.work import Work

NEAR = timedelta(days=30)  # a capture from farther away may show another page
PAGE_TYPES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class Lead:
    """A page to take: its address, the feed or outlet it is filed under, and the day it is of."""

    url: str
    feed_id: str
    at: datetime
    why: str


async def take_pages(work: Work, leads: Iterable[Lead]) -> None:
    """File the pages that can be had, at most as many as the request allows; tally what is missing and why."""
    if work.request.pages == "none":
        return
    wanted = {lead.url: lead for lead in leads}
    captured = FeedStates(work.settings.state).captured(wanted)
    asked = 0
    for url, lead in wanted.items():
        tally = work.tallies.at(lead.feed_id, lead.at)
        if captured.get(url, ("", 0, ""))[2] == "new":
            tally.known += 1
        elif asked >= work.request.max_pages:
            tally.missing["over the limit of pages"] += 1
        else:
            asked += 1
            missing = await (_from_wayback if work.request.pages == "wayback" else _from_live)(work, lead)
            if missing:
                tally.missing[missing] += 1
            else:
                tally.got += 1


async def _from_wayback(work: Work, lead: Lead) -> str:
    """File the page as it was captured nearest to its day; returns why there is none, or ""."""
    base = work.settings.wayback_url
    via = memento_url(base, lead.at.strftime(STAMP), lead.url)
    memento = read_memento(await work.asker.get(via, accept=PAGE_TYPES, is_final=is_memento), base)
    if isinstance(memento, str):
        return reason_of(memento)
    if abs(memento.captured_at - lead.at) > NEAR:
        return "captured at another time only"
    fault = fault_of(memento)
    if fault:
        return fault
    answer = kept_answer(memento, url=lead.url)
    work.filing.page(lead.feed_id, answer, (("via", memento.answer.final_url), ("because", lead.why)))
    return ""


async def _from_live(work: Work, lead: Lead) -> str:
    """File the page as it is now; returns why there is none, or ""."""
    if work.settings.robots and not await work.robots.is_allowed(lead.url):
        return "robots_denied"
    answer = await work.asker.get(lead.url, accept=PAGE_TYPES)
    if answer.problem is not None:
        return str(answer.problem)
    headers = tuple((n, v) for n, v in answer.headers if n.lower() != "transfer-encoding")
    kept = archived_answer(lead.url, answer.started_at, headers, answer.raw, final_url=answer.final_url)
    work.filing.page(lead.feed_id, kept, (("via", "live"), ("because", lead.why)))
    return ""


def is_memento(answer: Answer) -> bool:
    """Whether an answer is an archived one, whatever its status was then."""
    return bool(answer.header("memento-datetime"))


def fault_of(memento: Memento) -> str:
    """Why an archived answer is no document, or ""."""
    answer = memento.answer
    if answer.status != 200:
        return f"archived status {answer.status}"
    return str(answer.problem) if answer.problem is not None else ""


def reason_of(message: str) -> str:
    """The kind of a message, which can be counted."""
    return message.partition(":")[0]


def kept_answer(memento: Memento, *, url: str) -> Answer:
    """An archived answer as the site gave it, under the address that was asked for."""
    headers = original_headers(memento.answer.headers)
    return archived_answer(url, memento.captured_at, headers, memento.answer.raw, final_url=memento.url)
