"""What merging does after a window's rows are in: copies, stories, decisions of people, wires, versions and links."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from demarche.adapters.warehouse import GroupedTables, Load, Recall
from demarche.core.bylines import KnownOutlet, Signs
from demarche.core.follows import CodedReport, Follower
from demarche.core.grouping import Grouper, Sighting, Signature
from demarche.core.tellings import KeptWords, Telling
from demarche.core.urls import site_of
from demarche.core.versions import Wording, versions
from demarche.core.windows import Span
from demarche.model import Band, Candidate, FeedKind
from demarche.settings import Settings
from demarche.steps.decided import Laid, lay_decisions
from demarche.steps.staging import Row

if TYPE_CHECKING:
    from demarche.core.bylines import Bylines
    from demarche.steps.workbench import Workbench

EVER = datetime(1970, 1, 1, tzinfo=UTC)


@contextmanager
def _uncollected() -> Iterator[None]:
    """What grouping remembers stays until its end; to look for garbage in it again and again takes a tenth longer."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_uncollected()
def group_load(load: Load, span: Span, *, bench: "Workbench", settings: Settings) -> None:
    """Group every kept entry from the span on, and write all that follows from that, in the load's transaction."""
    grouper = bench.grouper()
    recall = Recall(load.connection, span.start)
    new = [(row, _sighting(row)) for row in recall.kept_entries()]
    _remember(recall, grouper, new)
    load.replace_groupings(_groupings(new, grouper, bench.bylines(_outlets(recall))))
    tables = GroupedTables(load.connection, span.start)
    laid = lay_decisions(tables.decided, settings)
    settle(tables, bench.follower, laid, since=EVER if laid.is_changed else span.start)


def settle(tables: GroupedTables, follower: Follower, laid: Laid, *, since: datetime) -> None:
    """Write what follows from who belongs where: wires, versions, and what stories begun since a moment follow."""
    tables.fill_wires()
    tables.replace_versions(list(_versions(tables, laid.article_ids)))
    _replace_links(tables, follower, since=since)


def _replace_links(tables: GroupedTables, follower: Follower, *, since: datetime) -> None:
    """Find anew what the stories follow that a load from `since` on can have changed."""
    begun_since = since if since == EVER else since - follower.opening - timedelta(days=1)
    stories = tables.stories_begun(begun_since)
    if not stories:
        tables.replace_links((), ())
        return
    reports = [
        CodedReport(
            story_id=row["story_id"],
            seen_at=row["seen_at"],
            actors=frozenset((*(row["initiators"] or ()), *(row["targets"] or ()))),
            about=frozenset(row["about"] or ()),
            instruments=frozenset(row["instruments"] or ()),
            stage=row["stage"],
        )
        for row in tables.reports(begun_since if since == EVER else begun_since - follower.within - timedelta(days=1))
    ]
    tables.replace_links(stories, [asdict(link) for link in follower.links(reports, stories)])


def _remember(recall: Recall, grouper: Grouper, new: list[tuple[Row, Sighting]]) -> None:
    """Remember, as they were decided, the earlier entries that any new one may be compared with.

    They are found by their signatures; those of another version of the rules, or missing, are made from the text.
    """
    since = recall.start - grouper.lookback
    earlier = [(row, grouper.signature(_sighting(row))) for row in recall.unsigned_entries(since, grouper.version)]
    latest = [(row, grouper.signature(sighting, is_next=True)) for row, sighting in new]
    signed = [*earlier, *latest]
    recall.replace_signatures(
        [_signature_row(row, signature, grouper.version) for row, signature in signed],
        [_telling_row(row, signature.telling) for row, signature in signed if signature.telling],
        kept_since=since - grouper.lookback,  # once more as long: the next load may begin earlier than this one
    )
    for row in recall.likely_copies(
        since,
        recall.start - grouper.words_within,
        {signature.address for _, signature in latest if signature.address is not None},
        {key for _, signature in latest for key in signature.keys},
    ):
        grouper.remember_report(_sighting(row), row["article_id"])
    for row in recall.tellings(since):
        grouper.remember_telling(_telling(row), row["article_id"], row["story_id"])


def _signature_row(row: Row, signature: Signature, version: str) -> Row:
    return {
        "entry_id": signature.entry_id,
        "window_at": row["window_at"],
        "version": version,
        "address": signature.address,
        "keys": signature.keys,
    }


def _telling_row(row: Row, telling: Telling) -> Row:
    """What stories are compared by; lists are parted by spaces, which none of their words has."""
    words = telling.words
    lists = {
        "title_stems": words.title_stems,
        "lead_stems": words.stems - words.title_stems,
        "sounds": words.sounds,
        "numbers": words.numbers,
        "actors": telling.actors,
        "initiators": telling.initiators,
        "concepts": telling.concepts,
    }
    return {
        "entry_id": telling.id,
        "window_at": row["window_at"],
        "seen_at": telling.seen_at,
        "lang": telling.lang,
        "draws": telling.draws,
        **{name: " ".join(sorted(values)) for name, values in lists.items()},
    }


def _telling(row: Row) -> Telling:
    return Telling(
        id=row["entry_id"],
        seen_at=row["seen_at"],
        words=KeptWords(
            title_stems=row["title_stems"],
            lead_stems=row["lead_stems"],
            sounds=row["sounds"],
            numbers=row["numbers"],
        ),
        lang=row["lang"],
        actors=frozenset(row["actors"].split()),
        initiators=frozenset(row["initiators"].split()),
        concepts=frozenset(row["concepts"].split()),
        draws=row["draws"],
    )


def _groupings(new: list[tuple[Row, Sighting]], grouper: Grouper, bylines: "Bylines") -> list[Row]:
    """Article and story of every kept entry from the span on, in arrival order."""
    rows = []
    for row, sighting in new:
        grouping = grouper.add(sighting)
        rows.append(
            {
                "entry_id": row["entry_id"],
                "window_at": row["window_at"],
                "article_id": grouping.article_id,
                "story_id": grouping.story_id,
                "automatic_article_id": grouping.article_id,
                "automatic_story_id": grouping.story_id,
                "copied_entry_id": grouping.copied_id,
                "joined_article_id": grouping.joined_article_id,
                "byline": bylines.origin(_signs(row)),
                "reason": grouping.reason,
            }
        )
    return rows


def _outlets(recall: Recall) -> list[KnownOutlet]:
    """The outlets whose feeds are watched, each with its site where nobody else has feeds there."""
    rows = [(row["outlet"], site_of(row["url"]), row["kind"] == FeedKind.WIRE) for row in recall.feeds()]
    owners: dict[str, set[str]] = {}
    for outlet, site, _ in rows:
        owners.setdefault(site, set()).add(outlet)
    found = {(outlet, site if len(owners[site]) == 1 else "", is_wire) for outlet, site, is_wire in rows}
    return [KnownOutlet(*each) for each in sorted(found)]


def _sighting(row: dict[str, Any]) -> Sighting:
    return Sighting(
        candidate=Candidate(
            id=row["entry_id"],
            title=row["title"],
            summary=row["summary"] or "",
            text=row["text"],
            url=row["url"] or "",
            lang=row["lang"],
            outlet=row["outlet"],
            date=row["published_at"],
        ),
        seen_at=row["seen_at"],
        actors=frozenset((*(row["initiators"] or ()), *(row["targets"] or ()), *(row["about"] or ()))),
        initiators=frozenset(row["initiators"] or ()),
        instruments=frozenset(row["instruments"] or ()),
        concepts=frozenset(row["concepts"] or ()),
        is_accepted=row["band"] == Band.ACCEPTED,
        address=_address(row),
    )


def _address(row: dict[str, Any]) -> str:
    """The address of the report: where its page says that it is from another site, the address there."""
    own, claimed = row["canonical_url"] or "", row["page_canonical_url"] or ""
    return claimed if claimed and own and site_of(claimed) != site_of(own) else own


def _signs(row: dict[str, Any]) -> Signs:
    return Signs(
        outlet=row["outlet"],
        title=row["title"],
        summary=row["summary"] or "",
        text=row["text"],
        url=row["entry_url"] or "",
        canonical_url=row["page_canonical_url"] or "",
        authors=(*(row["authors"] or ()), *(row["page_authors"] or ())),
        tags=tuple(row["tags"] or ()),
        site_name=row["site_name"] or "",
    )


def _versions(tables: GroupedTables, regrouped: Iterable[str]) -> Iterator[Row]:
    """The versions among the load's sightings, compared with earlier sightings of the same articles too.

    Of articles that people changed, all.
    """
    for article_id, rows in groupby(tables.wordings(regrouped), key=lambda row: row["article_id"]):
        sightings = list(rows)
        window_of = {row["entry_id"]: row["window_at"] for row in sightings if row["is_renewed"]}
        wordings = [
            Wording(row["entry_id"], row["feed_id"], f"{row['outlet']} {row['address']}", row["title"], row["summary"])
            for row in sightings
        ]
        for version in versions(wordings):
            if version.entry_id in window_of:
                yield {
                    "entry_id": version.entry_id,
                    "window_at": window_of[version.entry_id],
                    "article_id": article_id,
                    "thread": version.thread,
                    "version": version.number,
                    "follows_entry_id": version.follows_entry_id,
                    "title_changes": [asdict(change) for change in version.title_changes],
                    "summary_changes": [asdict(change) for change in version.summary_changes],
                }
