"""GDELT 2.0: a day of one stream of GKG files, or a day of the DOC API, is a unit of work.

What a row tells is filed as an entry where GDELT kept a title; the page behind it is taken as the request says.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from demarche.core.codings import decoded
from demarche.core.past.gdelt import (
    DOC_RECORDS,
    QUARTER,
    STAMP,
    GdeltError,
    Sighting,
    Wanted,
    doc_query,
    doc_url,
    gkg_urls,
    read_doc,
    read_gkg,
    unpacked,
)
from demarche.core.past.request import is_wanted_host
from demarche.core.past.units import Problem
from demarche.core.urls import host_of
from demarche.model import Answer, Outcome
from demarche.steps.past.candidates import Lead, take_pages
from demarche.steps.past.items import Report, file_reports
from demarche.steps.past.work import Part, Work

MAX_FILE = 100_000_000  # bytes of a packed GKG file; most have 5 to 15 million
PART = 8  # quarter hours between two notes in the journal


async def import_gkg_day(work: Work) -> AsyncIterator[Part]:
    """File what the GKG files of a day and stream say, quarter hour by quarter hour."""
    stream = work.unit.subject
    start, end = _span(work)
    done = 0
    for moment, name, url in gkg_urls(work.settings.gdelt_url, start, end):
        stamp = moment.strftime(STAMP)
        if name != stream or (work.position and stamp <= work.position):
            continue
        sightings = await _gkg_file(work, moment, url)
        await _file(work, sightings, url)
        done += 1
        if done % PART == 0:
            yield Part(stamp)
    yield Part(is_done=True)


async def import_doc_day(work: Work) -> AsyncIterator[Part]:
    """File what the DOC API finds for a day. A full answer hides others, so its span is halved and asked again."""
    query = doc_query(work.request.themes, work.request.countries, work.request.languages)
    spans = [_span(work)]
    while spans:
        start, end = spans.pop()
        url = doc_url(work.settings.gdelt_doc_url, query, start, end)
        answer = await work.asker.get(url, accept="application/json, */*;q=0.5")
        if answer.problem is not None:
            raise GdeltError(f"the DOC API for {start:%Y-%m-%d %H:%M}: {answer.problem}, {answer.note}")
        sightings = read_doc(_body(work, answer))
        if len(sightings) >= DOC_RECORDS and end - start > QUARTER:
            middle = start + (end - start) / 2
            spans += [(middle, end), (start, middle)]
            continue
        if len(sightings) >= DOC_RECORDS:
            work.tallies.at("gdelt-doc", start).missing["more than the API gives for a quarter hour"] += 1
        await _file(work, list(sightings), url)
    yield Part(is_done=True)


async def _gkg_file(work: Work, moment: datetime, url: str) -> list[Sighting]:
    """The wanted rows of one file; a file that is missing or damaged is tallied and told."""
    wanted = Wanted(
        themes=frozenset(work.request.themes),
        countries=frozenset(code.upper() for code in work.request.countries),
        languages=frozenset(work.request.languages),
    )
    answer = await work.asker.get_long(url, MAX_FILE)
    name = url.rpartition("/")[2]
    if answer.problem is not None:
        work.tallies.at(f"gkg-{work.unit.subject}", moment).missing[str(answer.problem)] += 1
        # GDELT skips quarter hours; any other failure is worth a person's look.
        if answer.problem is not Outcome.NOT_FOUND:
            work.problems.append(Problem(name, "", f"{answer.problem}, {answer.note}"))
        return []
    try:
        text = unpacked(answer.raw)
    except GdeltError as error:
        work.tallies.at(f"gkg-{work.unit.subject}", moment).missing["unreadable"] += 1
        work.problems.append(Problem(name, "", str(error)))
        return []
    work.tallies.at(f"gkg-{work.unit.subject}", moment).got += 1
    sightings = []
    for row in read_gkg(text, wanted):
        if isinstance(row, Sighting):
            sightings.append(row)
        else:
            work.problems.append(Problem(name, f"row {row[0]}", row[1]))
    return sightings


async def _file(work: Work, sightings: list[Sighting], url: str) -> None:
    hosts = frozenset(work.request.hosts)
    chosen = [s for s in sightings if is_wanted_host(host_of(s.url), hosts)]
    file_reports(work, [_report(work, s, url) for s in chosen if s.title])
    await take_pages(work, [Lead(s.url, work.outlets.outlet_id(s.url), s.seen_at, url) for s in chosen])
    if work.request.pages == "none":
        for sighting in chosen:
            if not sighting.title:
                tally = work.tallies.at(work.outlets.outlet_id(sighting.url), sighting.seen_at)
                tally.missing["no title, and pages were not asked for"] += 1


def _report(work: Work, sighting: Sighting, url: str) -> Report:
    return Report(
        url=sighting.url,
        feed_id=work.outlets.outlet_id(sighting.url),
        seen_at=sighting.seen_at,
        title=sighting.title,
        language=sighting.language,
        tags=sighting.themes,
        source=url,
    )


def _body(work: Work, answer: Answer) -> bytes:
    undone = decoded(answer.raw, answer.header("content-encoding"), work.settings.max_decoded)
    if undone.problem is not None:
        raise GdeltError(undone.note)
    return undone.body


def _span(work: Work) -> tuple[datetime, datetime]:
    start = work.unit.start or work.request.start
    return start, work.unit.end or start + timedelta(days=1)
