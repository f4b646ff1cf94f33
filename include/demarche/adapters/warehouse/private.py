"""The private file: loads that replace whole windows, and the checks after them. One writer at a time."""

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from demarche.adapters.warehouse.opening import WarehouseError, exclusive, limits
from demarche.adapters.warehouse.schema import SQL, migrate
from demarche.settings import Settings

# Readable by DuckDB 1.4 to 2.0 clients, and with compressed strings (docs/decisions/0003).
STORAGE_VERSION = "v1.4.0"

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

# An entry belongs to the earliest window that showed it, so windows may be loaded in any order:
# an entry that an earlier window holds is dropped from the load, one that a later window holds moves here.
DROP_WINDOWS = "DELETE FROM {table} WHERE window_at IN (FROM staged_windows)"
FIND_KNOWN = """
CREATE TEMP TABLE known_entries AS
SELECT s.entry_id FROM staged_entries s JOIN raw.entries e USING (entry_id) WHERE e.window_at < s.window_at
"""
DROP_KNOWN = "DELETE FROM staged_{name} WHERE entry_id IN (FROM known_entries)"
DROP_LATER = "DELETE FROM {table} WHERE entry_id IN (SELECT entry_id FROM staged_entries)"

NOTE_LOAD = """
INSERT INTO core.loads
SELECT $now, $start, $end, $windows, (SELECT count(*) FROM staged_fetches), count(*),
    count(*) FILTER (WHERE band = 'accepted'), count(*) FILTER (WHERE band = 'review'),
    count(*) FILTER (WHERE band = 'rejected'), $rules_version, $code_version
FROM staged_verdicts
"""

# The page of an entry is the one captured in the entry's own window: a page that came later would make a replay of
# the day differ from what the live path decided.
KEPT_ENTRIES = """
SELECT e.entry_id, e.window_at, e.seen_at, e.title, e.summary, coalesce(p.text, '') AS text,
    coalesce(nullif(e.canonical_url, ''), e.url) AS url, v.lang, coalesce(f.outlet, e.feed_id) AS outlet,
    e.published_at, v.band, [t.concept FOR t IN v.terms] AS concepts,
    k.initiators, k.targets, k.about, k.instruments, g.article_id, g.story_id, g.reason
FROM raw.entries e
JOIN core.verdicts v USING (entry_id)
LEFT JOIN core.codings k USING (entry_id)
LEFT JOIN core.groupings g USING (entry_id)
LEFT JOIN raw.feeds f ON f.feed_id = e.feed_id
LEFT JOIN (SELECT window_at, url, min_by(text, captured_at) AS text FROM raw.pages GROUP BY ALL) p
    ON p.window_at = e.window_at AND p.url = e.url
WHERE v.band <> 'rejected' AND e.window_at >= $since
ORDER BY e.window_at, e.seen_at, e.entry_id
"""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check after a load. `sample` holds up to five offending rows as JSON."""

    name: str
    failures: int
    sample: str

    @property
    def is_passed(self) -> bool:
        """True where the check found nothing."""
        return self.failures == 0


@dataclass(frozen=True, slots=True)
class Load:
    """A load in progress: what may be read and written before it becomes visible."""

    connection: duckdb.DuckDBPyConnection
    start: datetime
    folder: Path

    def replace_feeds(self, feeds: Iterable[Mapping[str, Any]]) -> None:
        """Replace the list of feeds."""
        self.connection.execute("DELETE FROM raw.feeds")
        self._insert("feeds", feeds)

    def replace_labels(self, labels: Iterable[Mapping[str, Any]]) -> None:
        """Replace what people said of single reports."""
        self.connection.execute("DELETE FROM core.labels")
        self._insert("labels", labels)

    def replace_imports(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Replace the list of what imports asked for and got."""
        self.connection.execute("DELETE FROM core.imports")
        self._insert("imports", rows)

    def kept_entries(self, since: datetime) -> list[dict[str, Any]]:
        """Accepted entries and those in review from a window on, in arrival order, with their codes and groups."""
        result = self.connection.execute(KEPT_ENTRIES, {"since": since})
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def replace_groupings(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace the groups of everything from the load's first window on."""
        self.connection.execute("DELETE FROM core.groupings WHERE window_at >= $start", {"start": self.start})
        self._insert("groupings", rows)

    def note(self, *, now: datetime, end: datetime, windows: int, rules_version: str, code_version: str) -> None:
        """Write down that this load happened."""
        values = {"now": now, "start": self.start, "end": end, "windows": windows}
        self.connection.execute(NOTE_LOAD, {**values, "rules_version": rules_version, "code_version": code_version})

    def counts(self) -> dict[str, int]:
        """What the load brought: entries, and verdicts by band."""
        rows = self.connection.execute("SELECT band, count(*) FROM staged_verdicts GROUP BY band").fetchall()
        return {"entries": sum(count for _, count in rows), **dict(sorted(rows))}

    def _insert(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        path = self.folder / f".{name}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False, default=_text) + "\n" for row in rows)
        _insert_lines(self.connection, TABLES[name], path, like=TABLES[name])
        path.unlink()


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
    def settled(self) -> Iterator[Path]:
        """The file closed and whole, its write-ahead log merged, while nobody can write to it."""
        with exclusive(self.path, self.settings.lock_timeout):
            with self._opened() as connection:
                connection.execute("CHECKPOINT warehouse")
            yield self.path

    @contextlib.contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = duckdb.connect(config=limits(self.settings))
        try:
            connection.execute("SET TimeZone = 'UTC'")
            location = str(self.path).replace("'", "''")
            connection.execute(f"ATTACH '{location}' AS warehouse (STORAGE_VERSION '{STORAGE_VERSION}')")
            connection.execute("USE warehouse")
            migrate(connection)
            yield connection
        except duckdb.Error as error:
            raise WarehouseError(f"{self.path}: {error}") from error
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
                _insert_lines(connection, f"staged_{name}", staged / f"{name}.jsonl", like=TABLES[name])
            for name in (*STAGED, "groupings"):
                connection.execute(DROP_WINDOWS.format(table=TABLES[name]))
            connection.execute(FIND_KNOWN)
            for name in ("verdicts", "codings", "entries"):
                connection.execute(DROP_KNOWN.format(name=name))
            for name in ("groupings", "verdicts", "codings", "entries"):
                connection.execute(DROP_LATER.format(table=TABLES[name]))
            for name in STAGED:
                connection.execute(f"INSERT INTO {TABLES[name]} BY NAME FROM staged_{name}")
            yield Load(connection, start=start, folder=staged)

    def check(self, now: datetime) -> tuple[CheckResult, ...]:
        """Run every file of sql/checks and keep the results."""
        with self.transaction() as connection:
            results = tuple(_checked(connection, path) for path in sorted((SQL / "checks").glob("*.sql")))
            connection.executemany(
                "INSERT INTO core.check_results VALUES (?, ?, ?, ?, ?)",
                [(now, r.name, r.is_passed, r.failures, r.sample) for r in results],
            )
        return results


def _checked(connection: duckdb.DuckDBPyConnection, path: Path) -> CheckResult:
    """The result of one check file: a query for the rows that break its rule."""
    text = path.read_text(encoding="utf-8")
    failures, sample = connection.execute(
        f"WITH broken AS ({text}) "
        "SELECT (SELECT count(*) FROM broken), (SELECT to_json(list(b)) FROM (FROM broken LIMIT 5) b)"
    ).fetchall()[0]
    return CheckResult(name=path.stem, failures=failures, sample=sample or "")


def _insert_lines(connection: duckdb.DuckDBPyConnection, into: str, path: Path, *, like: str) -> None:
    """Insert a file of JSON lines whose keys are columns of the table `like`; a missing file has no lines."""
    if not path.exists() or path.stat().st_size == 0:
        return
    columns = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {like}").fetchall()}
    listed = ", ".join(f"\"{name}\": '{kind}'" for name, kind in columns.items())
    location = str(path).replace("'", "''")
    connection.execute(
        f"INSERT INTO {into} BY NAME FROM read_json('{location}', format = 'newline_delimited', "
        f"maximum_object_size = 67108864, columns = {{{listed}}})"
    )


def _text(value: Any) -> str:
    """A value that JSON lacks: times as UTC text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)
