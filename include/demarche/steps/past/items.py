"""Reports of which only a line is known (a row of a table or of GDELT's): filed as small feed documents.

Those of one outlet and quarter hour make one document, so that the archive's reader needs nothing new.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demarche.adapters.archive import digest_of
from demarche.core.windows import import_window
from demarche.model import Feed, FeedState
from demarche.steps.past.filing import archived_answer, listed_items
from demarche.steps.past.work import Work

JSON_FEED = "application/feed+json"


@dataclass(frozen=True, slots=True)
class Report:
    """One report as somebody listed it."""

    url: str
    feed_id: str
    seen_at: datetime
    title: str
    source: str  # the file and row, or the address, that lists it
    summary: str = ""
    language: str = ""
    guid: str = ""
    tags: tuple[str, ...] = ()


def file_reports(work: Work, reports: Iterable[Report]) -> None:
    """File the reports as feed documents, and tally them."""
    documents: dict[tuple[datetime, str], list[Report]] = defaultdict(list)
    for report in reports:
        documents[import_window(report.seen_at), report.feed_id].append(report)
    for (_, feed_id), group in sorted(documents.items()):
        at = min(report.seen_at for report in group)
        items = [_item(report) for report in sorted(group, key=lambda r: (r.seen_at, r.url, r.title))]
        body = listed_items(items, f"Reports of {feed_id} that {work.request.source} lists")
        # Named by what it lists: the same rows from the same place are the same document.
        url = f"urn:demarche:{work.request.source}:{digest_of(body)[:16]}"
        filed = work.filing.known("feed", feed_id, url, at)
        if filed is None:
            feed = work.outlets.by_id.get(feed_id) or Feed(feed_id, url, feed_id, "", "")
            answer = archived_answer(url, at, (("Content-Type", JSON_FEED),), body)
            source = (("via", group[0].source), ("reports", str(len(group))))
            work.filing.feed(feed, FeedState(feed_id=feed_id), answer, source, is_resource=True)
        for report in group:
            tally = work.tallies.at(feed_id, report.seen_at)
            tally.known += filed is not None
            tally.got += filed is None


def _item(report: Report) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": report.guid or report.url,
        "url": report.url,
        "title": report.title,
        "date_published": report.seen_at.isoformat(),
        "_demarche": report.source,
    }
    if report.summary:
        item["summary"] = report.summary
    if report.language:
        item["language"] = report.language
    if report.tags:
        item["tags"] = list(report.tags)
    return item
