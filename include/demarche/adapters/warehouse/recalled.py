"""The kept entries that grouping asks for, and what of the earlier ones it needs to know again.

Reads and writes inside a load that is in progress. What a signature holds is decided elsewhere.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from demarche.adapters.warehouse.rows import insert_rows, read_rows

# The page of an entry is the first that was captured in its window or, by the collector, within a day after it. A load
# that brings such a page decides about the entry again, so that it does not matter which of the two comes first.
OF_ENTRY = """
p.url = e.url AND (p.window_at = e.window_at
    OR (p.origin = 'live' AND p.access IN ('open', 'paywall')
        AND p.window_at > e.window_at AND p.window_at < e.window_at + INTERVAL 1 DAY))
"""
_KEPT = """
SELECT e.entry_id, epoch_us(e.window_at) AS window_at, epoch_us(e.seen_at) AS seen_at, e.title, e.summary,
    coalesce(p.page.text, '') AS text, coalesce(nullif(e.canonical_url, ''), e.url) AS url, v.lang,
    coalesce(f.outlet, e.feed_id) AS outlet,
    e.published_at, v.band, [t.concept FOR t IN v.terms] AS concepts,
    k.initiators, k.targets, k.about, k.instruments, g.automatic_article_id AS article_id,
    e.url AS entry_url, e.canonical_url, e.authors, e.tags, p.page.authors AS page_authors,
    p.page.canonical_url AS page_canonical_url, p.page.site_name AS site_name
FROM raw.entries e
JOIN core.verdicts v USING (entry_id, window_at)
LEFT JOIN core.codings k USING (entry_id, window_at)
LEFT JOIN core.groupings g USING (entry_id, window_at)
LEFT JOIN raw.feeds f ON f.feed_id = e.feed_id
{joined}
LEFT JOIN (
    SELECT e.entry_id, arg_min(
        struct_pack(p.text, p.authors, p.canonical_url, p.site_name), (p.window_at, p.captured_at)) AS page
    FROM raw.entries e {narrowed} JOIN raw.pages p ON {of_entry}
    WHERE p.window_at >= $since AND e.window_at >= $since GROUP BY e.entry_id
) p ON p.entry_id = e.entry_id
WHERE v.band <> 'rejected' AND e.window_at >= $since AND v.window_at >= $since {only}
ORDER BY e.window_at, e.seen_at, e.entry_id
"""


def _kept(*, joined: str = "", narrowed: str = "", only: str = "") -> str:
    """The query of kept entries: `joined` and `only` choose among them, `narrowed` spares pages of others."""
    return _KEPT.format(joined=joined, narrowed=narrowed, only=only, of_entry=OF_ENTRY)


TIMES = ("window_at", "seen_at")
KEPT = _kept()
UNSIGNED = _kept(
    joined="ANTI JOIN (FROM core.signatures WHERE version = $version AND window_at >= $since) s USING (entry_id)",
    only="AND e.window_at < $before",
)
# Asked first: where the same entries are kept and signed, which is nearly always so, nothing need be joined.
SIGNED = """
SELECT (SELECT (count(*), bit_xor(hash(entry_id))) FROM core.verdicts
    WHERE band <> 'rejected' AND window_at >= $since AND window_at < $before)
= (SELECT (count(*), bit_xor(hash(entry_id))) FROM core.signatures
    WHERE version = $version AND window_at >= $since AND window_at < $before)
"""
# Entries that share a number with a new one: addresses count in the whole look-back, words for some days only.
SOUGHT = """
CREATE OR REPLACE TEMP TABLE sought AS
SELECT entry_id, window_at FROM core.signatures WHERE window_at >= $since AND window_at < $before
    AND address IN (SELECT unnest(from_json($addresses, '["UBIGINT"]')))
UNION
SELECT entry_id, window_at
FROM (SELECT entry_id, window_at, unnest(keys) AS key FROM core.signatures
    WHERE window_at >= $words_since AND window_at < $before)
WHERE key IN (SELECT unnest(from_json($keys, '["UBIGINT"]')))
"""
COPIES = _kept(
    joined="SEMI JOIN sought USING (entry_id, window_at)",
    narrowed="SEMI JOIN sought USING (entry_id, window_at)",
    only="AND e.window_at < $before",
)
TELLINGS = """
WITH told AS MATERIALIZED (  -- few entries are part of a story, so they are found first
    SELECT entry_id, window_at, automatic_article_id AS article_id, automatic_story_id FROM core.groupings
    WHERE automatic_story_id <> '' AND window_at >= $since AND window_at < $before
)
SELECT t.* EXCLUDE (window_at) REPLACE (epoch_us(t.seen_at) AS seen_at), g.article_id,
    g.automatic_story_id AS story_id
FROM core.tellings t JOIN told g USING (entry_id, window_at)
WHERE t.window_at >= $since AND t.window_at < $before
ORDER BY t.window_at, t.seen_at, t.entry_id
"""


@dataclass(frozen=True, slots=True)
class Recall:
    """What grouping reads and keeps, in the transaction of a load whose first window is `start`."""

    connection: duckdb.DuckDBPyConnection
    start: datetime

    def kept_entries(self) -> list[dict[str, Any]]:
        """Accepted entries and those in review from the load on, in arrival order, with their codes."""
        return read_rows(self.connection, KEPT, {"since": self.start}, times=TIMES)

    def feeds(self) -> list[dict[str, Any]]:
        """The feeds that are watched: outlet, address and kind."""
        return read_rows(self.connection, "SELECT outlet, url, kind FROM raw.feeds ORDER BY feed_id")

    def unsigned_entries(self, since: datetime, version: str) -> list[dict[str, Any]]:
        """The kept entries before this load that have no signature of this version."""
        span = {"since": since, "before": self.start, "version": version}
        are_signed = self.connection.execute(SIGNED, span).fetchall()[0][0]
        return [] if are_signed else read_rows(self.connection, UNSIGNED, span, times=TIMES)

    def likely_copies(
        self, since: datetime, words_since: datetime, addresses: Iterable[int], keys: Iterable[int]
    ) -> list[dict[str, Any]]:
        """The kept entries before this load that share an address, or lately a key, in arrival order."""
        span = {"since": since, "before": self.start}
        # As text: of a list DuckDB looks at every value in Python, and asks for pandas each time where it is missing.
        wanted = {"addresses": json.dumps(list(addresses)), "keys": json.dumps(list(keys))}
        self.connection.execute(SOUGHT, {**span, **wanted, "words_since": words_since})
        is_any = self.connection.execute("SELECT count(*) FROM sought").fetchall()[0][0]
        return read_rows(self.connection, COPIES, span, times=TIMES) if is_any else []

    def tellings(self, since: datetime) -> list[dict[str, Any]]:
        """The entries before this load that are part of a story, in arrival order."""
        span = {"since": since, "before": self.start}
        return read_rows(self.connection, TELLINGS, span, times=("seen_at",))

    def replace_signatures(
        self, signatures: Sequence[Mapping[str, Any]], tellings: Sequence[Mapping[str, Any]], *, kept_since: datetime
    ) -> None:
        """Replace what is kept of these entries and of all windows from the load on, and drop the oldest.

        It can be made again from the text, should an earlier day be loaded anew.
        """
        earlier = json.dumps([row["entry_id"] for row in signatures if row["window_at"] < self.start])
        for table, rows in (("core.signatures", signatures), ("core.tellings", tellings)):
            self.connection.execute(
                f"DELETE FROM {table} WHERE window_at >= $start OR window_at < $kept_since",
                {"start": self.start, "kept_since": kept_since},
            )
            if earlier != "[]":
                self.connection.execute(
                    f"DELETE FROM {table} WHERE entry_id IN (SELECT unnest(from_json($entries, '[\"VARCHAR\"]')))",
                    {"entries": earlier},
                )
            insert_rows(self.connection, table, rows)
