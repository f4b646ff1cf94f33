"""What sites themselves still have of their past: sitemaps with their indexes, and feeds that go on page by page.

All of it is captured now, so it is filed under now; the days asked for choose by date of publication.
"""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from demarche.core.codings import decoded
from demarche.core.feeds import parse_feed, sitemap_children
from demarche.core.past.paging import older_page
from demarche.core.past.units import Problem
from demarche.core.urls import absolute_url
from demarche.model import Answer, Entry, Feed, FeedState
from demarche.steps.past.asking import Asker
from demarche.steps.past.candidates import Lead, take_pages
from demarche.steps.past.filing import archived_answer
from demarche.steps.past.wayback import page_leads
from demarche.steps.past.work import Part, Work

MAX_SITEMAPS = 200  # of one site in one import
MAX_OLDER = 100  # older parts of one feed that are followed
USUAL = ("/sitemap_news.xml", "/news-sitemap.xml", "/sitemap.xml")
NAMED = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
SLACK = timedelta(days=1)  # between a child's date and those of the pages in it


async def import_sitemaps(work: Work) -> AsyncIterator[Part]:
    """File the news sitemaps of a site that reach into the days asked for, and the pages that plain ones list."""
    start = work.unit.address
    waiting = [start] if urlsplit(start).path not in ("", "/") else await _sitemaps_of(work, start)
    seen: set[str] = set()
    while waiting and len(seen) < MAX_SITEMAPS:
        url = waiting.pop(0)
        if url in seen:
            continue
        seen.add(url)
        answer = await _asked(work, url)
        if answer is None:
            continue
        body = decoded(answer.raw, answer.header("content-encoding"), work.settings.max_decoded).body
        children = sitemap_children(body, answer.header("content-type"))
        if children:
            waiting += [child for child, moment in children if moment is None or moment >= work.request.start - SLACK]
            continue
        await _file_sitemap(work, url, answer, body)
        yield Part()
    if waiting:
        work.problems.append(Problem(start, "", f"more than {MAX_SITEMAPS} sitemaps: {len(waiting)} were left out"))
    yield Part(is_done=True)


async def import_paged_feed(work: Work) -> AsyncIterator[Part]:
    """File a feed and its older parts, until they are older than the days asked for."""
    feed = work.outlets.by_id[work.unit.subject]
    url = work.position or work.unit.address
    seen: set[str] = set()
    while url and url not in seen and len(seen) < MAX_OLDER:
        seen.add(url)
        answer = await _asked(work, url)
        if answer is None:
            break
        body = decoded(answer.raw, answer.header("content-encoding"), work.settings.max_decoded).body
        entries = parse_feed(body, url=url, limit=work.settings.max_entries, seen_at=answer.started_at).entries
        if not entries:
            work.tallies.at(feed.feed_id, answer.started_at).missing["no entries"] += 1
            break
        new = _file_document(work, feed, url, answer)
        work.tallies.at(feed.feed_id, answer.started_at).got += 1
        await take_pages(work, page_leads(work, feed, new, answer.started_at))
        oldest = min((entry.published_at for entry in entries if entry.published_at), default=None)
        following = older_page(body, url)
        url = "" if oldest is not None and oldest < work.request.start else following
        if url:
            yield Part(url)
    if url and len(seen) >= MAX_OLDER:
        work.problems.append(Problem(feed.url, "", f"goes on after {MAX_OLDER} parts: the rest was left out"))
    yield Part(is_done=True)


async def _file_sitemap(work: Work, url: str, answer: Answer, body: bytes) -> None:
    document = parse_feed(body, url=url, limit=work.settings.max_entries, seen_at=answer.started_at)
    if document.version != "sitemap":
        work.problems.append(Problem(url, "", "; ".join(document.problems) or "no sitemap"))
        return
    wanted = [entry for entry in document.entries if _is_of_these_days(work, entry.published_at)]
    outlet = work.outlets.outlet_id(url)
    if any(entry.title for entry in wanted):
        feed = work.outlets.by_id.get(outlet) or Feed(outlet, url, outlet, "", "")
        _file_document(work, feed, url, answer)
        work.tallies.at(outlet, answer.started_at).got += 1
    leads = [
        Lead(entry.url, outlet, entry.published_at or answer.started_at, url)
        for entry in wanted
        if entry.url and (not entry.title or page_leads(work, _titled(outlet), (("", entry),), answer.started_at))
    ]
    await take_pages(work, leads)


def _file_document(work: Work, feed: Feed, url: str, answer: Answer) -> tuple[tuple[str, Entry], ...]:
    headers = tuple((n, v) for n, v in answer.headers if n.lower() != "transfer-encoding")
    kept = archived_answer(url, answer.started_at, headers, answer.raw, final_url=answer.final_url)
    _, _, new = work.filing.feed(feed, FeedState(feed_id=feed.feed_id), kept, (("via", "live"),))
    return new


async def _asked(work: Work, url: str) -> Answer | None:
    """The answer of an address that robots.txt allows; else a problem and nothing."""
    if work.settings.robots and not await work.robots.is_allowed(url):
        work.problems.append(Problem(url, "", "robots.txt does not allow it"))
        return None
    answer = await work.asker.get(url, accept="application/xml, text/xml;q=0.9, */*;q=0.5")
    if answer.problem is not None:
        work.problems.append(Problem(url, "", f"{answer.problem}, {answer.note}"))
        return None
    return answer


async def _sitemaps_of(work: Work, site: str) -> list[str]:
    """The sitemaps that a site's robots.txt names, else the first usual address that answers."""
    answer = await work.asker.get(site.rstrip("/") + "/robots.txt")
    if answer.problem is None:
        body = decoded(answer.raw, answer.header("content-encoding"), work.settings.max_decoded).body
        named = [absolute_url(found) for found in NAMED.findall(body.decode("utf-8", "replace"))]
        if any(named):
            return [url for url in named if url]
    return await _first_that_answers(work.asker, [site.rstrip("/") + path for path in USUAL])


async def _first_that_answers(asker: Asker, urls: list[str]) -> list[str]:
    for url in urls:
        if (await asker.get(url)).problem is None:
            return [url]
    return urls[-1:]


def _is_of_these_days(work: Work, moment: datetime | None) -> bool:
    return moment is not None and work.is_asked_for(moment)


def _titled(outlet: str) -> Feed:
    return Feed(outlet, "", outlet, "", "")
