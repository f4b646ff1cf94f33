"""Imported pages on their way into the warehouse: each becomes an entry, and is read whole where it passes the gate."""

from collections.abc import Iterable, Iterator

from demarche.adapters.archive import Record
from demarche.core.codings import decoded
from demarche.core.identity import entry_id
from demarche.core.pages import extract_page
from demarche.core.past.openings import opening_of
from demarche.model import Candidate, Fetch
from demarche.settings import Settings
from demarche.steps.staging import Row, entry_row, page_row
from demarche.steps.workbench import Workbench


def imported_entries(
    records: Iterable[tuple[Fetch, Record]], seen: set[str], pages: list[Row], bench: Workbench, settings: Settings
) -> Iterator[Row]:
    """An entry for every imported page that says what it reports and was not seen before.

    A page that passes the gate by title and description is extracted too, and its row added to `pages`: nineteen in
    twenty are not, which is what makes a crawl's month readable.
    """
    for fetch, record in records:
        body = decoded(record.body, record.header("content-encoding"), settings.max_decoded).body
        content_type = record.header("content-type")
        opening = opening_of(body, content_type, fetch.url, fetch.started_at)
        if opening is None:
            continue
        entry = opening.entry
        identity = entry_id(fetch.feed_id, entry)
        if identity in seen:
            continue
        seen.add(identity)
        yield entry_row(identity, entry, fetch)
        if bench.judge.passes_gate(Candidate(identity, entry.title, entry.summary, lang=entry.language)):
            pages.append(page_row(extract_page(body, url=fetch.final_url, content_type=content_type), fetch))
