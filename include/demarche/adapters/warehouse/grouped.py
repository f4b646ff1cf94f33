"""The tables that follow from the groupings of a load: wires, versions, links of stories and redirects.

Reads and writes them inside a load that is in progress; what to write is decided elsewhere.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb

from demarche.adapters.warehouse.decided import DecidedTables
from demarche.adapters.warehouse.rows import insert_rows, read_rows

# The origin that most sightings of an article name, of equals the one named first, is that of all of them. Wires follow
# from an article's sightings, so that others than the touched articles keep theirs; rows of an older release may lack
# them. Few name any, so only their entries are read.
WIRES = """
INSERT INTO touched_articles SELECT DISTINCT article_id FROM core.groupings WHERE wire IS NULL;
CREATE OR REPLACE TEMP TABLE named AS
SELECT article_id, arg_max(byline, (sightings, -named_us, byline)) AS wire
FROM (
    SELECT g.article_id, g.byline, count(*) AS sightings, epoch_us(min(e.seen_at)) AS named_us
    FROM core.groupings g JOIN raw.entries e ON e.entry_id = g.entry_id AND e.window_at = g.window_at
    WHERE g.byline <> '' AND g.article_id IN (FROM touched_articles)
    GROUP BY g.article_id, g.byline
)
GROUP BY article_id;
UPDATE core.groupings g SET wire = t.wire
FROM (
    SELECT DISTINCT t.article_id, coalesce(n.wire, '') AS wire
    FROM touched_articles t LEFT JOIN named n ON n.article_id = t.article_id
) t
WHERE g.article_id = t.article_id AND g.wire IS DISTINCT FROM t.wire;
"""

# All sightings of the articles that the load or a decision changes, in arrival order. Entries before the first of them
# are not read.
WORDED = """
CREATE OR REPLACE TEMP TABLE worded AS
WITH changed AS (SELECT unnest(from_json($regrouped, '["VARCHAR"]')) AS article_id)
SELECT g.article_id, g.entry_id, g.window_at,
    coalesce(g.window_at >= $start::TIMESTAMPTZ, false) OR g.article_id IN (FROM changed) AS is_renewed
FROM core.groupings g
WHERE g.article_id IN (FROM changed UNION ALL SELECT article_id FROM core.groupings WHERE window_at >= $start)
"""
WORDINGS = """
SET VARIABLE worded_from = (SELECT min(window_at) FROM worded);
SELECT g.article_id, g.is_renewed, e.entry_id, epoch_us(e.window_at) AS window_at, e.feed_id,
    coalesce(f.outlet, e.feed_id) AS outlet,
    coalesce(nullif(e.canonical_url, ''), e.url, '') AS address, e.title, coalesce(e.summary, '') AS summary
FROM worded g JOIN raw.entries e USING (entry_id, window_at) LEFT JOIN raw.feeds f ON f.feed_id = e.feed_id
WHERE e.window_at >= getvariable('worded_from')
ORDER BY g.article_id, e.window_at, e.seen_at, e.entry_id
"""
DROP_VERSIONS = """
DELETE FROM core.versions WHERE window_at >= $start::TIMESTAMPTZ
    OR entry_id IN (SELECT entry_id FROM worded WHERE is_renewed)
"""

# Each accepted article of a story with the codes of its first sighting. Few entries are part of one, so they are
# found first.
REPORTS = """
WITH told AS MATERIALIZED (
    SELECT entry_id, window_at, article_id, story_id FROM core.groupings WHERE story_id <> '' AND window_at >= $since
), coded AS MATERIALIZED (
    SELECT t.*, k.initiators, k.targets, k.about, k.instruments, k.stage
    FROM told t JOIN core.codings k USING (entry_id, window_at)
)
SELECT c.story_id, e.seen_at, c.initiators, c.targets, c.about, c.instruments, c.stage
FROM coded c JOIN raw.entries e USING (entry_id, window_at) JOIN core.verdicts v USING (entry_id, window_at)
WHERE v.band = 'accepted' AND e.window_at >= $since AND v.window_at >= $since
QUALIFY row_number() OVER (PARTITION BY c.story_id, c.article_id ORDER BY e.seen_at, e.entry_id) = 1
ORDER BY e.seen_at, e.entry_id
"""
BEGUN = """
SELECT story_id FROM core.groupings
WHERE story_id <> '' AND story_id IN (SELECT story_id FROM core.groupings WHERE window_at >= $since)
GROUP BY story_id HAVING min(window_at) >= $since
"""

DROP_LINKS = """
CREATE OR REPLACE TEMP TABLE links_before AS FROM core.story_links;
CREATE OR REPLACE TEMP TABLE gone_stories AS
SELECT l.story_id FROM (SELECT story_id FROM core.story_links UNION SELECT follows_story_id FROM core.story_links) l
ANTI JOIN core.groupings g ON g.story_id = l.story_id;
DELETE FROM core.story_links WHERE story_id IN (FROM gone_stories) OR follows_story_id IN (FROM gone_stories);
"""
TOUCH_LINKED = """
INSERT INTO touched_stories SELECT DISTINCT story_id FROM (
    (FROM links_before EXCEPT FROM core.story_links) UNION ALL (FROM core.story_links EXCEPT FROM links_before));
"""

# Most publications lose no story, and need not read any sighting to know it.
GONE = """
CREATE OR REPLACE TEMP TABLE gone_stories AS
SELECT DISTINCT story_id FROM before.core.groupings b ANTI JOIN derived.stories s ON s.story_id = b.story_id
WHERE b.story_id <> ''
"""
# An id that is gone leads to the story that holds most of its sightings now. `gone` has story_id and entry_id of each.
_BEST = """heirs AS (
    SELECT gone.story_id, g.story_id AS successor, count(*) AS n
    FROM gone LEFT JOIN core.groupings g ON g.entry_id = gone.entry_id AND g.story_id <> '' GROUP BY ALL
), best AS (
    SELECT story_id, arg_max(successor, (n, successor)) AS successor,
        coalesce(max(n) FILTER (WHERE successor IS NOT NULL), 0) AS n, sum(n) AS total
    FROM heirs GROUP BY story_id
)"""
_SHARE = "b.n || ' of its ' || b.total || ' sightings are there now'"
BECOME = f"""
WITH gone AS (
    SELECT story_id, entry_id FROM before.core.groupings WHERE story_id IN (FROM gone_stories)
), {_BEST}
SELECT b.story_id, b.successor,
    CASE WHEN b.successor IS NULL THEN 'none of its ' || b.total || ' sightings is in a story any more'
        WHEN s.story_id IS NOT NULL THEN s."action" || ' by ' || s.decided_by
        ELSE {_SHARE} END AS reason
FROM best b
LEFT JOIN (SELECT story_id, max_by("action", decided_at) AS "action", max_by(decided_by, decided_at) AS decided_by
    FROM core.story_decisions m
    WHERE "action" = 'merge'
        AND NOT EXISTS (SELECT 1 FROM core.story_decisions w WHERE w.withdraws_decision_id = m.decision_id)
    GROUP BY story_id) s USING (story_id)
"""
# What was merged may since have been split off, or be elsewhere by new evidence. The sightings that a merge named are
# known, so the story that holds most of them is looked for again.
MOVED_ON = f"""
WITH merged AS (
    SELECT d.story_id, d.entry_ids FROM core.story_decisions d SEMI JOIN core.story_redirects USING (story_id)
    WHERE d."action" = 'merge' AND len(d.entry_ids) > 0
    QUALIFY row_number() OVER (PARTITION BY d.story_id ORDER BY d.decided_at DESC, d.decision_id) = 1
), gone AS (
    SELECT story_id, unnest(entry_ids) AS entry_id FROM merged
), {_BEST}
UPDATE core.story_redirects r SET successor_story_id = b.successor, reason = {_SHARE}
FROM best b
WHERE b.story_id = r.story_id AND b.successor IS NOT NULL AND b.successor IS DISTINCT FROM r.successor_story_id
"""
CHAINED = """
UPDATE core.story_redirects r SET successor_story_id = n.successor_story_id
FROM core.story_redirects n WHERE n.story_id = r.successor_story_id
"""


class GroupedTables:
    """These tables in one transaction; `start` is the first window that the load may change."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, start: datetime | None = None) -> None:
        self._connection = connection
        self._start = start
        self.decided = DecidedTables(connection)

    def fill_wires(self) -> None:
        """Give every article the origin that its sightings name."""
        self._connection.execute(WIRES)

    def wordings(self, regrouped: Iterable[str]) -> list[dict[str, Any]]:
        """All sightings of the articles that the load changes, and of these, article by article, in arrival order.

        `is_renewed` says of which the versions are to be replaced.
        """
        values = {"start": self._start, "regrouped": json.dumps(sorted(regrouped))}
        self._connection.execute(WORDED, values)
        return read_rows(self._connection, WORDINGS, times=("window_at",))

    def replace_versions(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace the versions of the load's windows and later ones, and of the sightings that were read last."""
        self._connection.execute(DROP_VERSIONS, {"start": self._start})
        insert_rows(self._connection, "core.versions", rows)

    def reports(self, since: datetime) -> list[dict[str, Any]]:
        """The accepted articles of the windows since a moment, with story and codes, in arrival order."""
        return read_rows(self._connection, REPORTS, {"since": since})

    def stories_begun(self, since: datetime) -> set[str]:
        """The stories whose first sighting came since a moment."""
        return {row["story_id"] for row in read_rows(self._connection, BEGUN, {"since": since})}

    def replace_links(self, story_ids: Iterable[str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace the links of these stories, and drop those of stories that are no more."""
        self._connection.execute(DROP_LINKS)
        self._connection.execute(
            "DELETE FROM core.story_links WHERE story_id IN (SELECT unnest(from_json($stories, '[\"VARCHAR\"]')))",
            {"stories": json.dumps(sorted(story_ids))},
        )
        insert_rows(self._connection, "core.story_links", rows)
        self._connection.execute(TOUCH_LINKED)

    def redirect_from_published(self, now: datetime) -> int:
        """Say of every story id that a published copy shows and this warehouse has not, what has become of it.

        The copy is attached as `before`. Its redirects are kept, so that they outlive a warehouse that is built anew.
        An id that is there again loses its redirect; one that led to an id that is gone now leads to that one's
        successor; one whose articles an analyst has since moved leads to where they are.
        Returns how many ids have a redirect.
        """
        run = self._connection.execute
        run("DELETE FROM core.story_redirects")
        known = run("SELECT 1 FROM duckdb_tables() WHERE database_name = 'before' AND table_name = 'story_redirects'")
        if known.fetchall():  # a release before this one published none
            run("INSERT INTO core.story_redirects FROM before.core.story_redirects")
        run(GONE)
        if run("SELECT count(*) FROM gone_stories").fetchall() != [(0,)]:
            run(
                "INSERT INTO core.story_redirects SELECT story_id, successor, reason, $now FROM (" + BECOME + ")",
                {"now": now},
            )
        run("DELETE FROM core.story_redirects WHERE story_id IN (SELECT story_id FROM derived.stories)")
        run(CHAINED)
        run(MOVED_ON)
        return int(run("SELECT count(*) FROM core.story_redirects").fetchall()[0][0])
