"""The tables that marts are read from: made anew when their text changes, brought up to date inside each load.

Owns when and for which rows they are written; what they hold is in sql/derived. Whoever changes groups, verdicts or
links inside a load writes down which articles and stories that touches: nothing here compares all of them.
"""

from pathlib import Path

import duckdb

SQL = Path(__file__).resolve().parent.parent.parent / "sql" / "derived"

TOUCHED = """
CREATE OR REPLACE TEMP TABLE touched_articles (article_id VARCHAR);
CREATE OR REPLACE TEMP TABLE touched_stories (story_id VARCHAR);
CREATE OR REPLACE TEMP TABLE touched_entries (entry_id VARCHAR, window_at TIMESTAMPTZ);
CREATE OR REPLACE TEMP TABLE touched_days (what VARCHAR, day DATE);
"""

# What one row of each table is about, in parts that the memory of a connection holds easily, oldest first where that is
# known; and the scripts that write one part, given what it touches. Scripts that are not here look at days.
PART = 50_000
PARTS = {
    "touched_articles": (
        """
        SELECT article_id, (row_number() OVER (ORDER BY min(window_at), article_id) - 1) // $part AS part
        FROM core.groupings GROUP BY article_id
        """,
        ("01_articles.sql", "03_events.sql"),
    ),
    "touched_stories": (
        """
        SELECT story_id, (row_number() OVER (ORDER BY min(first_seen_at), story_id) - 1) // $part AS part
        FROM derived.articles WHERE story_id IS NOT NULL GROUP BY story_id
        """,
        ("02_stories.sql",),
    ),
    "touched_entries": (
        """
        SELECT entry_id, window_at, (row_number() OVER (ORDER BY window_at) - 1) // ($part * 3) AS part FROM raw.entries
        """,
        ("08_entries.sql",),
    ),
}
EVERY_DAY = """
INSERT INTO touched_days SELECT DISTINCT 'entry', derived.utc_day(window_at) FROM raw.entries;
INSERT INTO touched_days SELECT DISTINCT 'window', derived.utc_day(window_at) FROM raw.fetches;
INSERT INTO touched_days SELECT DISTINCT 'poll', derived.utc_day(started_at) FROM raw.fetches WHERE kind = 'feed';
"""

# What a load is about to replace: days that lose rows, entries that lose their verdict, articles that lose a sighting.
# Entries move here from later windows, wherever in time these are.
NOTE_BEFORE = """
CREATE OR REPLACE TEMP TABLE loaded_before AS
SELECT entry_id, window_at FROM raw.entries WHERE entry_id IN (SELECT entry_id FROM staged_entries);
INSERT INTO touched_entries SELECT entry_id, window_at FROM raw.entries WHERE window_at IN (FROM staged_windows);
INSERT INTO touched_entries FROM loaded_before;
INSERT INTO touched_entries SELECT entry_id, window_at FROM staged_revised;
INSERT INTO touched_articles SELECT g.article_id FROM core.groupings g SEMI JOIN touched_entries t
    ON t.entry_id = g.entry_id AND t.window_at = g.window_at;
INSERT INTO touched_days SELECT DISTINCT 'entry', derived.utc_day(window_at)
FROM (FROM loaded_before UNION ALL SELECT entry_id, window_at FROM staged_revised);
"""
# The same statements after the load find the days that gained some.
NOTE_DAYS = """
INSERT INTO touched_days SELECT DISTINCT 'entry', derived.utc_day(window_at) FROM staged_windows;
INSERT INTO touched_days SELECT DISTINCT 'window', derived.utc_day(window_at) FROM staged_windows;
INSERT INTO touched_days SELECT DISTINCT 'poll', derived.utc_day(started_at) FROM raw.fetches
WHERE kind = 'feed' AND window_at IN (FROM staged_windows);
"""
NOTE_AFTER = """
INSERT INTO touched_entries SELECT entry_id, window_at FROM raw.entries WHERE window_at IN (FROM staged_windows);
INSERT INTO touched_articles SELECT article_id FROM core.groupings WHERE window_at IN (FROM staged_windows);
INSERT INTO touched_entries
SELECT entry_id, window_at FROM derived.verdict_audit WHERE article_id IN (FROM touched_articles);
INSERT INTO touched_entries SELECT entry_id, window_at FROM core.groupings WHERE article_id IN (FROM touched_articles);
"""

# What the next checks look at; it stays until they have passed.
NOTE_UNCHECKED = """
INSERT INTO core.unchecked_windows
SELECT window_at FROM touched_entries UNION FROM staged_windows EXCEPT FROM core.unchecked_windows
"""

NOTE_FEEDS = "CREATE OR REPLACE TEMP TABLE feeds_before AS FROM raw.feeds"
CHANGED_FEEDS = """
CREATE OR REPLACE TEMP TABLE changed_feeds AS
SELECT DISTINCT feed_id FROM (
    (FROM raw.feeds EXCEPT FROM feeds_before) UNION ALL (FROM feeds_before EXCEPT FROM raw.feeds))
"""
OF_CHANGED_FEEDS = """
INSERT INTO touched_entries SELECT entry_id, window_at FROM raw.entries WHERE feed_id IN (FROM changed_feeds);
INSERT INTO touched_articles SELECT g.article_id FROM core.groupings g SEMI JOIN touched_entries t
    ON t.entry_id = g.entry_id AND t.window_at = g.window_at;
"""


def make_derived(connection: duckdb.DuckDBPyConnection) -> None:
    """Make all of them anew from raw and core."""
    connection.execute("DROP SCHEMA IF EXISTS derived CASCADE")
    connection.execute("CREATE SCHEMA derived")
    connection.execute((SQL / "00_tables.sql").read_text(encoding="utf-8"))
    connection.execute(TOUCHED)
    connection.execute(EVERY_DAY)
    in_parts: set[str] = set()
    for table, (query, names) in PARTS.items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE every_part AS {query}", {"part": PART})
        for part in connection.execute("SELECT DISTINCT part FROM every_part ORDER BY part").fetchall():
            connection.execute(f"DELETE FROM {table}")
            connection.execute(f"INSERT INTO {table} SELECT * EXCLUDE (part) FROM every_part WHERE part = ?", part)
            for name in names:
                connection.execute((SQL / name).read_text(encoding="utf-8"))
        in_parts.update(names)
    connection.execute("DROP TABLE every_part")
    for path in _scripts():
        if path.name not in in_parts:
            connection.execute(path.read_text(encoding="utf-8"))


def note_before(connection: duckdb.DuckDBPyConnection) -> None:
    """Remember what a load is about to replace; its windows and entries are staged by now."""
    connection.execute(TOUCHED)
    connection.execute(NOTE_BEFORE)
    connection.execute(NOTE_DAYS)
    connection.execute(NOTE_FEEDS)


def refresh(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring them up to date with what a load changed, in the transaction of the load."""
    connection.execute(NOTE_DAYS)
    connection.execute(CHANGED_FEEDS)
    if connection.execute("SELECT count(*) FROM changed_feeds").fetchall() != [(0,)]:
        connection.execute(OF_CHANGED_FEEDS)
    connection.execute(NOTE_AFTER)
    connection.execute(NOTE_UNCHECKED)
    for path in _scripts():
        connection.execute(path.read_text(encoding="utf-8"))


def _scripts() -> list[Path]:
    """The files that write, in order; the first makes the tables."""
    return sorted(SQL.glob("*.sql"))[1:]
