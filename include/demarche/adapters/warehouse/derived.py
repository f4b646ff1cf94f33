"""The tables that marts are read from: made anew when their text changes, brought up to date inside each load.

Owns when and for which rows they are written; what they hold is in sql/derived.
"""

from pathlib import Path

import duckdb

SQL = Path(__file__).resolve().parent.parent.parent / "sql" / "derived"

TOUCHED = """
CREATE OR REPLACE TEMP TABLE touched_articles (article_id VARCHAR);
CREATE OR REPLACE TEMP TABLE touched_stories (story_id VARCHAR);
CREATE OR REPLACE TEMP TABLE touched_days (what VARCHAR, day DATE);
"""

# Articles in the order of their first window, in parts that the memory of a connection holds easily.
PART = 50_000
EVERY_ARTICLE = """
CREATE OR REPLACE TEMP TABLE every_article AS
SELECT article_id, (row_number() OVER (ORDER BY min(window_at), article_id) - 1) // $part AS part
FROM core.groupings GROUP BY article_id
"""
EVERYTHING = """
INSERT INTO touched_days SELECT DISTINCT 'entry', (window_at AT TIME ZONE 'UTC')::DATE FROM raw.entries;
INSERT INTO touched_days SELECT DISTINCT 'window', (window_at AT TIME ZONE 'UTC')::DATE FROM raw.fetches;
INSERT INTO touched_days
SELECT DISTINCT 'poll', DATE '1970-01-01' + (epoch_us(started_at) // 86400000000)::INTEGER FROM raw.fetches
WHERE kind = 'feed';
"""

# Days that lose rows: those of the windows that are replaced, and of the later windows from which an entry moves here.
# The same statements after the load find the days that gained some.
NOTE_DAYS = """
INSERT INTO touched_days SELECT DISTINCT 'entry', (window_at AT TIME ZONE 'UTC')::DATE FROM staged_windows;
INSERT INTO touched_days SELECT DISTINCT 'window', (window_at AT TIME ZONE 'UTC')::DATE FROM staged_windows;
INSERT INTO touched_days
SELECT DISTINCT 'entry', (window_at AT TIME ZONE 'UTC')::DATE FROM raw.entries
WHERE entry_id IN (SELECT entry_id FROM staged_entries);
INSERT INTO touched_days
SELECT DISTINCT 'poll', DATE '1970-01-01' + (epoch_us(started_at) // 86400000000)::INTEGER FROM raw.fetches
WHERE kind = 'feed' AND window_at IN (FROM staged_windows);
"""

NOTE_FEEDS = "CREATE OR REPLACE TEMP TABLE feeds_before AS FROM raw.feeds"

CHANGED_FEEDS = """
CREATE OR REPLACE TEMP TABLE changed_feeds AS
SELECT DISTINCT feed_id FROM (
    (FROM raw.feeds EXCEPT FROM feeds_before) UNION ALL (FROM feeds_before EXCEPT FROM raw.feeds))
"""

# An article is touched where its groups or verdicts are others than its row was made from, wherever in time, and where
# one of its sightings was loaded again: its coding may have changed.
CHANGED_ARTICLES = """
INSERT INTO touched_articles
SELECT coalesce(n.article_id, a.article_id)
FROM (
    SELECT g.article_id,
        bit_xor(hash(g.entry_id, g.story_id, g.reason, g.wire, v.band, v.score, v.decided_by)) AS signature
    FROM core.groupings g JOIN core.verdicts v ON v.entry_id = g.entry_id GROUP BY g.article_id
) n FULL JOIN derived.articles a ON a.article_id = n.article_id
WHERE n.signature IS DISTINCT FROM a.signature
UNION SELECT article_id FROM core.groupings WHERE window_at IN (FROM staged_windows)
"""
OF_CHANGED_FEEDS = """
INSERT INTO touched_articles
SELECT g.article_id FROM core.groupings g
JOIN raw.entries e ON e.entry_id = g.entry_id SEMI JOIN changed_feeds c ON c.feed_id = e.feed_id
"""


def make_derived(connection: duckdb.DuckDBPyConnection) -> None:
    """Make all of them anew from raw and core."""
    connection.execute("DROP SCHEMA IF EXISTS derived CASCADE")
    connection.execute("CREATE SCHEMA derived")
    connection.execute((SQL / "00_tables.sql").read_text(encoding="utf-8"))
    connection.execute(TOUCHED)
    connection.execute(EVERYTHING)
    connection.execute(EVERY_ARTICLE, {"part": PART})
    articles, *others = _scripts()
    parts = connection.execute("SELECT DISTINCT part FROM every_article ORDER BY part").fetchall()
    for part in parts:
        connection.execute("DELETE FROM touched_articles")
        connection.execute("INSERT INTO touched_articles SELECT article_id FROM every_article WHERE part = ?", part)
        connection.execute(articles)
    connection.execute("INSERT INTO touched_articles SELECT article_id FROM every_article")
    connection.execute("DROP TABLE every_article")
    for script in others:
        connection.execute(script)


def note_before(connection: duckdb.DuckDBPyConnection) -> None:
    """Remember what a load is about to replace; its windows and entries are staged by now."""
    connection.execute(TOUCHED)
    connection.execute(NOTE_DAYS)
    connection.execute(NOTE_FEEDS)


def refresh(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring them up to date with what a load changed, in the transaction of the load."""
    connection.execute(NOTE_DAYS)
    connection.execute(CHANGED_FEEDS)
    connection.execute(CHANGED_ARTICLES)
    if connection.execute("SELECT count(*) FROM changed_feeds").fetchall() != [(0,)]:
        connection.execute(OF_CHANGED_FEEDS)
    for script in _scripts():
        connection.execute(script)


def _scripts() -> list[str]:
    """The files that write, in order; the first makes the tables."""
    return [path.read_text(encoding="utf-8") for path in sorted(SQL.glob("*.sql"))[1:]]
