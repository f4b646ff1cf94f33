"""The private file: loads that replace whole windows, and the checks after them. One writer at a time."""

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from demarche.adapters.warehouse.checking import CheckResult, run_checks
from demarche.adapters.warehouse.derived import note_before, refresh
from demarche.adapters.warehouse.grouped import GroupedTables
from demarche.adapters.warehouse.migration import (
    attach,
    beside,
    migrate_copy,
    read_whole,
    remove_database,
    sync,
)
from demarche.adapters.warehouse.opening import WarehouseError, exclusive, limits
from demarche.adapters.warehouse.recalled import OF_ENTRY
from demarche.adapters.warehouse.rows import insert_file, insert_rows, quoted, read_rows
from demarche.adapters.warehouse.schema import is_old, migrate
from demarche.settings import Settings

TABLES = {
    "fetches": "raw.fetches",
    "pages": "raw.pages",
    "entries": "raw.entries",
    "verdicts": "core.verdicts",
    "codings": "core.codings",
    "groupings": "core.groupings",
    "feeds": "raw.feeds",
    "labels": "core.labels",
    "imports": "core.imports",
}
STAGED = ("fetches", "pages", "entries", "verdicts", "codings")

_OF_PAGES = """
SELECT e.* FROM raw.entries e SEMI JOIN (
    SELECT e.entry_id, e.window_at
    FROM raw.entries e JOIN ({captured}) c ON c.url = e.url AND c.window_at < e.window_at + INTERVAL 1 DAY
    LEFT JOIN raw.pages p ON p.window_at < c.window_at AND p.access IN ('open', 'paywall') AND {of_entry}
    WHERE e.window_at >= $since AND e.window_at < $before AND p.url IS NULL
) r ON r.entry_id = e.entry_id AND r.window_at = e.window_at
WHERE e.window_at >= $since AND e.window_at < $before ORDER BY e.window_at, e.seen_at, e.entry_id
"""
OF_PAGES = _OF_PAGES.format(
    captured="""
    SELECT unnest(from_json($pages, '[{"url": "VARCHAR", "window_at": "TIMESTAMPTZ"}]'), max_depth := 2)
    """,
    of_entry=OF_ENTRY,
)
OF_STAGED_PAGES = _OF_PAGES.format(
    captured="SELECT url, window_at FROM staged_pages WHERE origin = 'live' AND access IN ('open', 'paywall')",
    of_entry=OF_ENTRY,
)
DROP_REVISED = """
DELETE FROM {table} USING staged_revised r WHERE r.entry_id = {name}.entry_id AND r.window_at = {name}.window_at
"""
# Another load may have brought, moved or dropped entries or pages since this one was read.
WRONGLY_REVISED = f"""
WITH wanted AS (SELECT entry_id, window_at FROM ({OF_STAGED_PAGES})),
revised AS (SELECT entry_id, window_at FROM staged_revised)
SELECT count(*) FROM ((FROM wanted EXCEPT FROM revised) UNION ALL (FROM revised EXCEPT FROM wanted))
"""

# An entry belongs to the earliest window that showed it, so windows may be loaded in any order:
# an entry that an earlier window holds is dropped from the load, one that a later window holds moves here.
DROP_WINDOWS = "DELETE FROM {table} WHERE window_at IN (FROM staged_windows)"
FIND_KNOWN = """
CREATE TEMP TABLE known_entries AS
SELECT s.entry_id FROM staged_entries s JOIN loaded_before e USING (entry_id) WHERE e.window_at < s.window_at
    AND e.window_at NOT IN (FROM staged_windows)
"""
DROP_KNOWN = "DELETE FROM staged_{name} WHERE entry_id IN (FROM known_entries)"
# By window, too, since that lets DuckDB pass over all others.
DROP_LATER = """
DELETE FROM {table} USING loaded_before b
WHERE b.entry_id = {name}.entry_id AND b.window_at = {name}.window_at
    AND b.entry_id IN (SELECT entry_id FROM staged_entries)
"""

TOUCH_GROUPED = "INSERT INTO touched_articles SELECT DISTINCT article_id FROM core.groupings WHERE window_at >= $start"

NOTE_LOAD = """
INSERT INTO core.loads
SELECT $now, $start, $end, $windows, (SELECT count(*) FROM staged_fetches), count(*),
    count(*) FILTER (WHERE band = 'accepted'), count(*) FILTER (WHERE band = 'review'),
    count(*) FILTER (WHERE band = 'rejected'), $rules_version, $code_version
FROM staged_verdicts WHERE window_at IN (FROM staged_windows)
"""

# What a published row cites: the fetch that first showed a kept entry, and the page whose text it was judged by.
LOADED_FETCHES = f"""
SELECT fetch_id, fetch_id IN (
    SELECT e.fetch_id FROM raw.entries e JOIN core.verdicts v USING (entry_id) WHERE v.band <> 'rejected'
    UNION ALL
    SELECT p.fetch_id FROM raw.pages p JOIN raw.entries e ON {OF_ENTRY}
    JOIN core.verdicts v USING (entry_id) WHERE v.band <> 'rejected'
) AS is_cited
FROM raw.fetches WHERE window_at >= $start AND window_at < $end
"""
OLD_TEXTS = f"""
text <> '' AND window_at < $before AND ($also_cited OR fetch_id NOT IN (
    SELECT p.fetch_id FROM raw.pages p JOIN raw.entries e ON {OF_ENTRY}
    JOIN core.verdicts v USING (entry_id) WHERE v.band <> 'rejected'))
"""


@dataclass(frozen=True, slots=True)
class Load:
    """A load in progress: what may be read and written before it becomes visible."""

    connection: duckdb.DuckDBPyConnection
    start: datetime

    def replace_feeds(self, feeds: Iterable[Mapping[str, Any]]) -> None:
        """Replace the list of feeds."""
        self.connection.execute("DELETE FROM raw.feeds")
        insert_rows(self.connection, TABLES["feeds"], feeds)

    def replace_labels(self, labels: Iterable[Mapping[str, Any]]) -> None:
        """Replace what people said of single reports."""
        self.connection.execute("DELETE FROM core.labels")
        insert_rows(self.connection, TABLES["labels"], labels)

    def replace_imports(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Replace the list of what imports asked for and got."""
        self.connection.execute("DELETE FROM core.imports")
        insert_rows(self.connection, TABLES["imports"], rows)

    def replace_groupings(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace the groups of everything from the load's first window on."""
        since = {"start": self.start}
        self.connection.execute(TOUCH_GROUPED, since)
        self.connection.execute("DELETE FROM core.groupings WHERE window_at >= $start", since)
        insert_rows(self.connection, TABLES["groupings"], rows)
        self.connection.execute(TOUCH_GROUPED, since)

    def note(
        self, *, now: datetime, span: tuple[datetime, datetime], windows: int, rules_version: str, code_version: str
    ) -> None:
        """Write down that this load happened; the span is what it was asked to load."""
        values = {"now": now, "start": span[0], "end": span[1], "windows": windows}
        self.connection.execute(NOTE_LOAD, {**values, "rules_version": rules_version, "code_version": code_version})

    def has_revised_all(self, *, before: datetime, since: datetime) -> bool:
        """Whether the earlier entries that were decided again are still those whose page this load brings."""
        span = {"before": before, "since": since}
        return self.connection.execute(WRONGLY_REVISED, span).fetchall() == [(0,)]

    def counts(self) -> dict[str, int]:
        """What the load brought: entries, and verdicts by band."""
        rows = self.connection.execute(
            "SELECT band, count(*) FROM staged_verdicts WHERE window_at IN (FROM staged_windows) GROUP BY band"
        ).fetchall()
        return {"entries": sum(count for _, count in rows), **dict(sorted(rows))}


class Warehouse:
    """The private file."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.path = settings.warehouse

    @contextlib.contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The file, opened by its one writer and brought to the newest schema."""
        with exclusive(self.path, self.settings.lock_timeout), self._opened() as connection:
            yield connection

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Nobody writes to the file while the block runs, nor does the block."""
        with exclusive(self.path, self.settings.lock_timeout):
            yield

    def beside(self, purpose: str) -> Path:
        """A file of another warehouse in the same folder, so that it can take this one's place by rename."""
        return beside(self.path, purpose)

    @contextlib.contextmanager
    def settled(self) -> Iterator[Path]:
        """The file closed and whole, its write-ahead log merged, while nobody can write to it."""
        with exclusive(self.path, self.settings.lock_timeout):
            with self._opened() as connection:
                connection.execute("CHECKPOINT warehouse")
            yield self.path

    def replace_by(self, fresh: Path) -> None:
        """Let a closed and whole database file take this one's place; the caller holds the writer's place.

        What is in the old file does not matter: it may be damaged.
        """
        with contextlib.suppress(WarehouseError), self._opened() as connection:
            connection.execute("CHECKPOINT warehouse")
        sync(fresh)
        # A log that could not be merged belongs to the old file and must not be replayed into the new one.
        self.path.with_name(f"{self.path.name}.wal").unlink(missing_ok=True)
        fresh.replace(self.path)
        sync(self.path.parent)

    def remove(self) -> None:
        """Remove the file."""
        with self.held():
            remove_database(self.path)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = duckdb.connect(config=limits(self.settings))
        try:
            attach(connection, self.path)
            if is_old(connection):
                connection.execute("CHECKPOINT warehouse")
                connection.close()
                migrate_copy(self.path, limits(self.settings))
                connection = duckdb.connect(config=limits(self.settings))
                attach(connection, self.path)
            migrate(connection)
            yield connection
        except duckdb.Error as error:
            damage = isinstance(error, duckdb.IOException | duckdb.SerializationException | duckdb.FatalException)
            advice = "; if the file is damaged, `demarche rebuild --all` makes it anew from the archive"
            raise WarehouseError(f"{self.path}: {error}{advice if damage else ''}") from error
        finally:
            connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """All or nothing. Nothing inside may catch an error of DuckDB and go on: COMMIT would then lose silently."""
        with self.connection() as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")

    def known_entries(self, *, before: datetime, since: datetime) -> set[str]:
        """Ids of the entries of the windows with since <= window < before."""
        if not self.path.exists():
            return set()
        with self.connection() as connection:
            rows = connection.execute(
                "SELECT entry_id FROM raw.entries WHERE window_at >= $since AND window_at < $before",
                {"since": since, "before": before},
            ).fetchall()
        return {row[0] for row in rows}

    def entries_of_pages(
        self, pages: Iterable[Mapping[str, Any]], *, before: datetime, since: datetime
    ) -> list[dict[str, Any]]:
        """The entries with since <= window < before of which none had a page before these, as rows to be staged."""
        named = [{"url": page["url"], "window_at": page["window_at"]} for page in pages]
        with self.connection() as connection:
            return read_rows(
                connection, OF_PAGES, {"pages": json.dumps(named, default=str), "since": since, "before": before}
            )

    def loaded_fetches(self, start: datetime, end: datetime) -> dict[str, bool]:
        """The attempts that were loaded from the windows with start <= window < end: is what they brought cited?"""
        with self.connection() as connection:
            return dict(connection.execute(LOADED_FETCHES, {"start": start, "end": end}).fetchall())

    def drop_texts(self, before: datetime, *, also_cited: bool, is_dry: bool) -> int:
        """Empty the page texts of the windows before a moment; returns how many there are."""
        values = {"before": before, "also_cited": also_cited}
        with self.transaction() as connection:
            count = connection.execute(f"SELECT count(*) FROM raw.pages WHERE {OLD_TEXTS}", values).fetchall()[0][0]
            if not is_dry:
                connection.execute(f"UPDATE raw.pages SET text = '' WHERE {OLD_TEXTS}", values)
        return int(count)

    def last_load(self) -> datetime | None:
        """When the last load was."""
        with self.connection() as connection:
            (row,) = connection.execute("SELECT max(loaded_at) FROM core.loads").fetchall()
        return row[0]  # type: ignore[no-any-return]

    def read_whole(self) -> None:
        """Read every value. Raises WarehouseError where the file is damaged."""
        with self.connection() as connection:
            read_whole(connection)

    def loaded_windows(self) -> tuple[datetime, ...]:
        """The windows that the warehouse holds, in order."""
        with self.connection() as connection:
            rows = connection.execute("SELECT DISTINCT window_at FROM raw.fetches ORDER BY window_at").fetchall()
        return tuple(row[0] for row in rows)

    @contextlib.contextmanager
    def replacing(self, windows: Sequence[datetime], start: datetime, *, staged: Path) -> Iterator[Load]:
        """Replace these windows, the first of which is not before `start`, by the staged files, in one transaction
        with what the block does.
        """
        with self.transaction() as connection:
            connection.execute("CREATE TEMP TABLE staged_windows (window_at TIMESTAMPTZ)")
            connection.execute("INSERT INTO staged_windows SELECT unnest($windows)", {"windows": list(windows)})
            for name in STAGED:
                connection.execute(f"CREATE TEMP TABLE staged_{name} AS FROM {TABLES[name]} LIMIT 0")
                insert_file(connection, f"staged_{name}", staged / f"{name}.jsonl")
            connection.execute("CREATE TEMP TABLE staged_revised AS FROM raw.entries LIMIT 0")
            insert_file(connection, "staged_revised", staged / "revised.jsonl")
            note_before(connection)
            for name in (*STAGED, "groupings"):
                connection.execute(DROP_WINDOWS.format(table=TABLES[name]))
            connection.execute(FIND_KNOWN)
            for name in ("verdicts", "codings", "entries"):
                connection.execute(DROP_KNOWN.format(name=name))
            for name in ("verdicts", "codings"):
                connection.execute(DROP_REVISED.format(table=TABLES[name], name=name))
            for name in ("groupings", "verdicts", "codings", "entries"):
                connection.execute(DROP_LATER.format(table=TABLES[name], name=name))
            for name in STAGED:
                connection.execute(f"INSERT INTO {TABLES[name]} BY NAME FROM staged_{name}")
            yield Load(connection, start=start)
            refresh(connection)

    @contextlib.contextmanager
    def regrouping(self) -> Iterator[GroupedTables]:
        """Change groups alone, in one transaction with the tables behind the marts."""
        with self.transaction() as connection:
            connection.execute("CREATE TEMP TABLE staged_windows (window_at TIMESTAMPTZ)")
            for name in ("entries", "revised"):
                connection.execute(f"CREATE TEMP TABLE staged_{name} AS FROM raw.entries LIMIT 0")
            note_before(connection)
            yield GroupedTables(connection)
            refresh(connection)

    def redirect_stories(self, published: Path, now: datetime) -> int:
        """Keep what has become of the stories that a published copy shows; returns how many are redirected."""
        with self.connection() as connection:
            try:
                connection.execute(f"ATTACH {quoted(published)} AS before (READ_ONLY)")
            except duckdb.Error:  # a damaged copy tells nothing, and is about to be replaced
                return 0
            connection.execute("BEGIN")
            count = GroupedTables(connection).redirect_from_published(now)
            connection.execute("COMMIT")
        return count

    def check(self, now: datetime, *, is_whole: bool = False) -> tuple[CheckResult, ...]:
        """Run every file of sql/checks and keep the results.

        Looks at what loads touched since the checks last passed, beside counts of everything; or at everything.
        """
        with self.transaction() as connection:
            results = run_checks(connection, is_whole=is_whole)
            connection.executemany(
                "INSERT INTO core.check_results VALUES (?, ?, ?, ?, ?)",
                [(now, r.name, r.is_passed, r.failures, r.sample) for r in results],
            )
        return results
