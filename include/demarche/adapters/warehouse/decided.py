"""What people decided about articles and stories, and laying it over the groupings.

Reads and writes inside a load that is in progress; what belongs where is decided elsewhere. Everything follows from
what grouping found, so that repeating a load repeats it: where nobody decided, an entry is in the article, and an
article in the story, that grouping found. Only rows that are to change are written.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from demarche.adapters.warehouse.rows import insert_rows, read_rows
from demarche.model import ARTICLES, Subject

ARTICLE_DECISIONS = """
SELECT decision_id, "action", withdraws_decision_id, decided_at, entry_ids AS ids, into_entry_ids AS into_ids
FROM core.article_decisions ORDER BY decided_at, decision_id
"""
# Articles named by decisions are found by their sightings: an article's id changes where earlier evidence turns up. A
# sighting that has since been merged into another article speaks for that one no more.
_FOUND = """(
    SELECT n.decision_id, list(DISTINCT g.article_id) AS article_ids
    FROM core.groupings g
    JOIN (SELECT decision_id, decided_at, unnest({entry_ids}) AS entry_id FROM core.story_decisions) n
        ON n.entry_id = g.entry_id
    LEFT JOIN placed_entries p ON p.part_id = g.entry_id
    LEFT JOIN core.article_decisions m
        ON m.decision_id = p.decision_id AND m."action" = 'merge' AND m.decided_at > n.decided_at
    WHERE m.decision_id IS NULL
    GROUP BY n.decision_id)"""
STORY_DECISIONS = f"""
SELECT d.decision_id, d."action", d.withdraws_decision_id, d.decided_at,
    coalesce(f.article_ids, d.article_ids) AS ids, coalesce(i.article_ids, d.into_article_ids) AS into_ids
FROM core.story_decisions d
LEFT JOIN {_FOUND.format(entry_ids="entry_ids")} f ON f.decision_id = d.decision_id
LEFT JOIN {_FOUND.format(entry_ids="into_entry_ids")} i ON i.decision_id = d.decision_id
ORDER BY d.decided_at, d.decision_id
"""
ENTRIES = """
WITH concerned AS (
    SELECT DISTINCT automatic_article_id FROM core.groupings WHERE entry_id IN (SELECT unnest($ids))
)
SELECT g.entry_id AS id, g.automatic_article_id AS whole_id, e.seen_at, coalesce(g.copied_entry_id, '') AS joined_id
FROM core.groupings g JOIN concerned USING (automatic_article_id) JOIN raw.entries e USING (entry_id, window_at)
"""
# An article's story is that of the sightings which were found in it; one that only people made has that of its first.
_PLACE = "(g.automatic_article_id <> g.article_id, g.window_at, g.entry_id)"
MEMBERS = f"""
WITH concerned AS (
    SELECT DISTINCT automatic_story_id FROM core.groupings
    WHERE automatic_story_id <> '' AND article_id IN (SELECT unnest($ids))
), sightings AS (
    SELECT g.* FROM core.groupings g
    WHERE g.automatic_story_id <> '' AND g.article_id IN (
        SELECT article_id FROM core.groupings JOIN concerned USING (automatic_story_id))
), become AS (
    SELECT g.automatic_article_id, arg_min(g.article_id, {_PLACE}) AS article_id FROM core.groupings g
    WHERE g.automatic_article_id IN (SELECT joined_article_id FROM sightings) GROUP BY g.automatic_article_id
)
SELECT g.article_id AS id, arg_min(g.automatic_story_id, {_PLACE}) AS whole_id, min(e.seen_at) AS seen_at,
    coalesce(arg_min(coalesce(b.article_id, g.joined_article_id), {_PLACE}), '') AS joined_id
FROM sightings g JOIN raw.entries e USING (entry_id, window_at)
LEFT JOIN become b ON b.automatic_article_id = g.joined_article_id
GROUP BY g.article_id
"""
REGROUP = """
CREATE OR REPLACE TEMP TABLE regrouped AS
SELECT g.entry_id, g.window_at, g.article_id, coalesce(p.whole_id, g.automatic_article_id) AS wanted
FROM core.groupings g LEFT JOIN placed_entries p ON p.part_id = g.entry_id
WHERE g.article_id <> wanted;
INSERT INTO touched_articles SELECT article_id FROM regrouped UNION SELECT wanted FROM regrouped;
UPDATE core.groupings g SET article_id = r.wanted
FROM regrouped r WHERE r.entry_id = g.entry_id AND r.window_at = g.window_at;
"""
# Where people put what, and in which words that is told.
_PLACED = """(
    SELECT p.*, d."action" || ' by ' || d.decided_by || ' (decision ' || d.decision_id || ')' AS told
    FROM placed_{parts} p LEFT JOIN core.{whole}_decisions d ON d.decision_id = p.decision_id)"""
MISPLACED = f"""
CREATE OR REPLACE TEMP TABLE misplaced AS
WITH homes AS (
    SELECT g.article_id, arg_min(g.automatic_story_id, {_PLACE}) AS story_id FROM core.groupings g
    WHERE g.automatic_story_id <> '' AND g.article_id IN (SELECT whole_id FROM placed_entries) GROUP BY g.article_id
)
SELECT g.entry_id, g.window_at, g.article_id,
    CASE WHEN g.automatic_story_id <> '' THEN coalesce(a.whole_id, h.story_id, g.automatic_story_id)
        ELSE g.automatic_story_id END AS wanted,
    nullif(concat_ws('; ', e.told, CASE WHEN g.automatic_story_id <> '' THEN a.told END), '') AS said
FROM core.groupings g
LEFT JOIN {_PLACED.format(parts="entries", whole="article")} e ON e.part_id = g.entry_id
LEFT JOIN {_PLACED.format(parts="articles", whole="story")} a ON a.part_id = g.article_id
LEFT JOIN homes h ON h.article_id = g.article_id
WHERE g.story_id <> wanted OR g.decided IS DISTINCT FROM said;
INSERT INTO touched_articles SELECT DISTINCT article_id FROM misplaced;
UPDATE core.groupings g SET story_id = m.wanted, decided = m.said
FROM misplaced m WHERE m.entry_id = g.entry_id AND m.window_at = g.window_at;
"""


class DecidedTables:
    """These tables in one transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def replace_decisions(self, subject: Subject, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Replace the copy of the decisions about articles or stories; returns whether it was another before."""
        table = f"core.{subject.whole}_decisions"
        before = self._connection.execute(f"SELECT decision_id FROM {table}").fetchall()
        self._connection.execute(f"DELETE FROM {table}")
        insert_rows(self._connection, table, rows)
        return {identity for (identity,) in before} != {row["decision_id"] for row in rows}

    def decisions(self, subject: Subject) -> list[dict[str, Any]]:
        """The decisions in their order, with the entries or articles that hold now what they were about.

        Those about stories follow from where entries were placed last.
        """
        return read_rows(self._connection, ARTICLE_DECISIONS if subject == ARTICLES else STORY_DECISIONS)

    def members_with(self, subject: Subject, ids: Iterable[str]) -> list[dict[str, Any]]:
        """The entries of all articles, or articles of all stories, before decisions, that hold any of these."""
        return read_rows(self._connection, ENTRIES if subject == ARTICLES else MEMBERS, {"ids": sorted(ids)})

    def place_entries(self, placings: Iterable[Mapping[str, str]]) -> set[str]:
        """Put entries into the articles that were decided, and all others where grouping put them.

        A placing has `part_id`, `whole_id` and `decision_id`.
        Returns the articles that gained or lost any by that.
        """
        self._keep("placed_entries", placings)
        self._connection.execute(REGROUP)
        rows = self._connection.execute("SELECT article_id, wanted FROM regrouped").fetchall()
        return {article_id for row in rows for article_id in row}

    def place_articles(self, placings: Iterable[Mapping[str, str]]) -> None:
        """Put articles into the stories that were decided, and all others where grouping put them."""
        self._keep("placed_articles", placings)
        self._connection.execute(MISPLACED)

    def _keep(self, table: str, placings: Iterable[Mapping[str, str]]) -> None:
        columns = "part_id VARCHAR, whole_id VARCHAR, decision_id VARCHAR"
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")
        insert_rows(self._connection, table, placings)
