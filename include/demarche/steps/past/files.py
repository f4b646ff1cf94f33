"""What people have on disk: feed documents by name and time, and tables of addresses or reports."""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path

from demarche.adapters.past.files import FilesError, found_files, read_lines, read_whole
from demarche.core.past.filenames import feed_names, moment_in_name
from demarche.core.past.outlets import Outlets
from demarche.core.past.paging import self_address
from demarche.core.past.request import Request, is_chosen, is_wanted_host
from demarche.core.past.rows import BadRow, Item, read_csv, read_json_lines, zone_of
from demarche.core.past.units import Problem, Unit, months_between
from demarche.core.urls import host_of
from demarche.steps.past.candidates import Lead, take_pages
from demarche.steps.past.filing import archived_answer, state_from, state_values
from demarche.steps.past.items import Report, file_reports
from demarche.steps.past.wayback import page_leads
from demarche.steps.past.work import Part, Work

PART = 50  # documents between two notes in the journal
ROWS = 2_000  # rows of a table that are filed together
HEAD = 60_000  # bytes in which a feed names itself


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A feed document on disk, with the feed that it is of and when it was kept."""

    path: Path
    feed_id: str
    captured_at: datetime


def snapshot_units(request: Request, outlets: Outlets) -> tuple[list[Unit], list[Problem]]:
    """Units for the feed documents of a request, a month of a feed each; and files whose feed or time is unknown."""
    snapshots, problems = find_snapshots(request, outlets)
    feeds = sorted({snapshot.feed_id for snapshot in snapshots})
    units = []
    for feed_id in feeds:
        times = [snapshot.captured_at for snapshot in snapshots if snapshot.feed_id == feed_id]
        for start, end in months_between(request.start, request.end):
            if any(start <= at < end for at in times):
                units.append(Unit(f"feed/{feed_id}/{start:%Y-%m}", feed_id, feed_id, "", start, end))
    return units, problems


def find_snapshots(request: Request, outlets: Outlets) -> tuple[list[Snapshot], list[Problem]]:
    """The feed documents in the days of a request, oldest first."""
    zone = zone_of(request.timezone)
    snapshots, problems = [], []
    for path in _documents(request.paths):
        moment = moment_in_name(path.name, zone)
        feed_id = _feed_of(path, outlets)
        if moment is None:
            problems.append(Problem(str(path), "", "no date in its name, such as 20260522T1830"))
        elif not feed_id:
            named = ", ".join(feed_names(path.name, path.parent.name)) or "nothing"
            problems.append(Problem(str(path), "", f"of which feed is it? Its name says {named}; `demarche feeds add`"))
        elif request.start <= moment < request.end and is_chosen(feed_id, request.feeds):
            snapshots.append(Snapshot(path, feed_id, moment))
    return sorted(snapshots, key=lambda s: (s.captured_at, str(s.path))), problems


async def import_snapshots(work: Work) -> AsyncIterator[Part]:
    """File a month of a feed's documents as if they had been polled when they were kept."""
    feed = work.outlets.by_id[work.unit.subject]
    snapshots, _ = find_snapshots(work.request, work.outlets)
    state = state_from(feed.feed_id, work.state)
    leads: list[Lead] = []
    done = 0
    for snapshot in snapshots:
        at = snapshot.captured_at
        mark = f"{at.isoformat()} {snapshot.path.name}"
        is_in_unit = work.unit.start is not None and work.unit.end is not None and work.unit.start <= at < work.unit.end
        if snapshot.feed_id != feed.feed_id or not is_in_unit or (work.position and mark <= work.position):
            continue
        tally = work.tallies.at(feed.feed_id, at)
        try:
            body = read_whole(snapshot.path, work.settings.max_body)
        except FilesError as error:
            work.problems.append(Problem(str(snapshot.path), "", str(error)))
            tally.missing["unreadable file"] += 1
            continue
        known = work.filing.known("feed", feed.feed_id, feed.url, at)
        answer = archived_answer(feed.url, at, (("Content-Type", "application/xml"),), body)
        _, state, new = work.filing.feed(feed, state, answer, (("via", f"file {snapshot.path.name}"),))
        tally.known += known is not None
        tally.got += known is None
        leads += page_leads(work, feed, new, at)
        done += 1
        if done % PART == 0:
            await take_pages(work, leads)
            leads = []
            yield Part(mark, state_values(state))
    await take_pages(work, leads)
    yield Part(state=state_values(state), is_done=True)


async def import_table(work: Work) -> AsyncIterator[Part]:
    """File the rows of a table: those with a title as entries, and the pages of all where the request wants pages."""
    path = Path(work.unit.address)
    read = read_json_lines if work.unit.unit_id.startswith("jsonl/") else read_csv
    rows = read(read_lines(path), dict(work.request.columns), work.request.timezone)
    begun = int(work.position or 0)
    wanted = (row for row in rows if row.number > begun or not row.number)
    while chunk := list(islice(wanted, ROWS)):
        items = list(_usable(work, path, chunk))
        file_reports(work, [_report(work, path, item) for item in items if item.title])
        await take_pages(work, [_lead(work, path, item) for item in items])
        if work.request.pages == "none":
            for item in items:
                if not item.title:
                    at = item.date or work.request.start
                    work.tallies.at(_feed_id(work, item), at).missing["no title, and pages were not asked for"] += 1
        yield Part(str(max(row.number for row in chunk)))
    yield Part(is_done=True)


def _usable(work: Work, path: Path, rows: Iterable[Item | BadRow]) -> Iterator[Item]:
    """The rows that can be used; of the others a problem each."""
    for row in rows:
        where = f"row {row.number}"
        if isinstance(row, BadRow):
            work.problems.append(Problem(str(path), where, row.message))
        elif row.date is None:
            work.problems.append(Problem(str(path), where, "no date, so that nobody knows when it was seen"))
        elif not work.is_asked_for(row.date):
            message = f"{row.date:%Y-%m-%d} lies outside {work.request.first} to {work.request.last}"
            work.problems.append(Problem(str(path), where, message))
        elif is_wanted_host(host_of(row.url), frozenset(work.request.hosts)):
            yield row


def _report(work: Work, path: Path, item: Item) -> Report:
    return Report(
        url=item.url,
        feed_id=_feed_id(work, item),
        seen_at=item.date or work.request.start,
        title=item.title,
        summary=item.summary,
        language=item.language,
        guid=item.guid,
        source=f"{path.name}, row {item.number}",
    )


def _lead(work: Work, path: Path, item: Item) -> Lead:
    return Lead(item.url, _feed_id(work, item), item.date or work.request.start, f"{path.name}, row {item.number}")


def _feed_id(work: Work, item: Item) -> str:
    return item.feed if item.feed in work.outlets.by_id else work.outlets.outlet_id(item.url)


@lru_cache(maxsize=4)
def _documents(paths: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(path for kind, path in found_files(paths) if kind == "feed")


def _feed_of(path: Path, outlets: Outlets) -> str:
    """The feed that a document is of: by its file's name, its folder's, or the address that it gives itself."""
    for name in feed_names(path.name, path.parent.name):
        if name in outlets.by_id:
            return name
    try:
        head = read_whole(path, 50_000_000)[:HEAD]
    except FilesError:
        return ""
    feed = outlets.feed_at(self_address(head))
    return feed.feed_id if feed else ""
