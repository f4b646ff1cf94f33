"""What people do about verdicts: look one up, label it, and see what new rules would change before they do.

Reads the published copy only, so that it never waits for a load.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime

from demarche.adapters.files import append_line
from demarche.adapters.warehouse import OF_ENTRY, Published
from demarche.core.labels import label_id, standing_labels
from demarche.core.urls import canonical_url
from demarche.core.windows import DAY, DAY_KEY, Span, days_between
from demarche.model import Candidate, Label
from demarche.settings import Settings
from demarche.steps.revising import Decider, read_labels
from demarche.steps.staging import Row

FIND = """
WITH chosen AS MATERIALIZED (FROM raw.entries {which})
SELECT e.*, v.* EXCLUDE (entry_id, window_at), g.article_id, nullif(g.story_id, '') AS story_id,
    nullif(concat_ws('; ', g.decided, g.reason), '') AS reason,
    f.outlet, f.country, f.language AS feed_language, x.outcome, x.status, x.warc_file, x.record_id,
    p.captured_at, p.access, p.text, l.label, l.labelled_by, l.labelled_at, l.note AS label_note,
    m.title AS copied_title, coalesce(mf.outlet, m.feed_id) AS copied_outlet,
    (SELECT count(*) FROM core.groupings c WHERE c.article_id = g.article_id) AS sightings
FROM chosen e
JOIN core.verdicts v USING (entry_id)
LEFT JOIN core.groupings g USING (entry_id)
LEFT JOIN raw.feeds f ON f.feed_id = e.feed_id
LEFT JOIN raw.fetches x ON x.fetch_id = e.fetch_id
LEFT JOIN LATERAL (SELECT min_by(text, captured_at) AS text, min(captured_at) AS captured_at,
        min_by(access, captured_at) AS access FROM raw.pages p WHERE {of_entry}) p ON true
LEFT JOIN raw.entries m ON m.entry_id = g.copied_entry_id AND m.entry_id <> e.entry_id
LEFT JOIN raw.feeds mf ON mf.feed_id = m.feed_id
-- The newest label of an address stands.
LEFT JOIN (FROM core.labels QUALIFY row_number() OVER (PARTITION BY url ORDER BY labelled_at DESC, label_id DESC) = 1) l
    ON l.url = e.canonical_url
ORDER BY e.seen_at, e.entry_id
"""
BY_NAMES = """
WHERE entry_id IN (SELECT unnest($names)) OR url IN (SELECT unnest($names))
    OR canonical_url IN (SELECT unnest($names))
    OR entry_id IN (SELECT entry_id FROM core.groupings
        WHERE article_id IN (SELECT unnest($names)) OR automatic_article_id IN (SELECT unnest($names)))
"""
BY_WINDOW = "WHERE window_at >= $start AND window_at < $end"


class ReviewError(LookupError):
    """A report that is not there, or a label that cannot be given; the message says which."""


@dataclass(frozen=True, slots=True)
class Change:
    """An entry whose band would change."""

    entry_id: str
    title: str
    url: str
    before: str
    after: str
    score_before: float
    score_after: float


def find_entries(name: str, *, settings: Settings) -> list[Row]:
    """Every entry with this address in any of its forms, or this entry or article id, with all that became of it."""
    names = [name, canonical_url(name)] if "://" in name else [name]
    return _find(settings, BY_NAMES, {"names": names})


def label_report(
    name: str, label: int, *, by: str, note: str, settings: Settings, now: datetime
) -> tuple[list[Label], list[str]]:
    """Keep a person's label of a report, for good. Returns it with the keys of the days that it changes.

    Labels go by address: that of an article is kept for each address at which its copies stand.

    Raises ReviewError for a name that is neither an address nor a known id, and where nobody says who labels.
    """
    if not by.strip():
        raise ReviewError("say who labels: --by NAME")
    found = find_entries(name, settings=settings) if settings.published.exists() else []
    if not found and "://" not in name:
        raise ReviewError(f"{name!r}: no entry or article of that id is published; give the address of the report")
    entries: dict[str, str] = {}  # the first at each address
    for row in found:
        entries.setdefault(row["canonical_url"] or row["url"] or "", row["entry_id"])
    entries.pop("", None)
    if not found:
        entries = {canonical_url(name): ""}
    if not any(entries):
        raise ReviewError(f"{name!r}: this entry has no address, and labels go by address")
    at = now.isoformat()
    kept = [
        Label(label_id(url, by, at), url, label, by, at, entry_id=entry_id, note=note)
        for url, entry_id in entries.items()
    ]
    for each in kept:
        append_line(settings.labels, asdict(each))
    return kept, sorted({f"{row['window_at']:{DAY_KEY}}" for row in found})


def labelled_reports(*, settings: Settings) -> Iterator[Row]:
    """The labels that stand, in the form that training reads, with the words of the report where they are known."""
    standing = sorted(standing_labels(read_labels(settings)).items())
    names = [label.entry_id or address for address, label in standing]
    found = _find(settings, BY_NAMES, {"names": names}) if settings.published.exists() else []
    first: dict[str, Row] = {}
    for row in found:
        for name in (row["entry_id"], row["url"], row["canonical_url"]):
            first.setdefault(name, row)
    for name, (_, label) in zip(names, standing, strict=True):
        words = first.get(name, {})
        yield {
            "source": "analyst",
            "key": label.url,
            "label": label.label,
            "reader": label.labelled_by,
            "note": label.note,
            **({"title": words["title"], "summary": words["summary"], "text": words["text"] or ""} if words else {}),
            **({"lang": words["lang"], "outlet": words["outlet"], "date": words["seen_at"]} if words else {}),
        }


def rejudge_days(
    first: date, last: date, *, settings: Settings, now: datetime
) -> Iterator[tuple[Span, int, list[Change]]]:
    """Each day with its number of entries, and those whose band the rules of today would change. Writes nothing."""
    for day in days_between(first, last):
        decider = Decider(settings, day, now, may_ask=False)
        rows = _find(settings, BY_WINDOW, {"start": day.start, "end": day.start + DAY})
        changes = []
        for row in rows:
            verdict = decider.decide(_candidate(row))
            if verdict.band != row["band"]:
                changes.append(
                    Change(
                        row["entry_id"],
                        row["title"],
                        row["url"] or "",
                        row["band"],
                        verdict.band,
                        row["score"],
                        verdict.score,
                    )
                )
        yield day, len(rows), changes


def _candidate(row: Row) -> Candidate:
    return Candidate(
        id=row["entry_id"],
        title=row["title"],
        summary=row["summary"] or "",
        text=(row["text"] or "") if row["has_page"] else "",
        url=row["url"] or "",
        lang=row["language"] or row["feed_language"] or "",
        outlet=row["outlet"] or row["feed_id"],
        date=row["published_at"] or row["seen_at"],
    )


def _find(settings: Settings, which: str, parameters: dict[str, object]) -> list[Row]:
    return Published(settings).rows(FIND.format(which=which, of_entry=OF_ENTRY), parameters)
