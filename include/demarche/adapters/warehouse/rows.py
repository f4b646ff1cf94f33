"""Rows between Python and DuckDB: what a query gives as dictionaries, and dictionaries as rows of a table.

Knows no table. Every way into one goes through JSON, so that DuckDB reads all values with the types of the columns.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

BATCH = 10_000  # rows that are one value on their way into a table
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_rows(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    times: Iterable[str] = (),
) -> list[dict[str, Any]]:
    """The rows of a query by column name.

    The columns that `times` names are microseconds since 1970, as epoch_us gives them: as TIMESTAMPTZ each value
    would ask for its zone, which takes 8 µs, and again whenever it is compared. They come back as times in UTC;
    none may be NULL.
    """
    result = connection.execute(query, parameters or {})
    names = [column[0] for column in result.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    for name in times:
        for row in rows:
            row[name] = EPOCH + timedelta(microseconds=row[name])
    return rows


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows whose keys are columns of the table; other keys are left out, missing ones are NULL."""
    shape = json.dumps([_columns(connection, table)])
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        connection.execute(
            f"INSERT INTO {table} BY NAME SELECT unnest(from_json($rows, $shape), max_depth := 2)",
            {"rows": json.dumps(batch, ensure_ascii=False, default=_text), "shape": shape},
        )


def insert_file(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    """Insert a file of JSON lines, in the same way; a missing file has no lines."""
    if not path.exists() or path.stat().st_size == 0:
        return
    listed = ", ".join(f"\"{name}\": '{kind}'" for name, kind in _columns(connection, table).items())
    connection.execute(
        f"INSERT INTO {table} BY NAME FROM read_json({quoted(path)}, format = 'newline_delimited', "
        f"maximum_object_size = 67108864, columns = {{{listed}}})"
    )


def quoted(path: Path) -> str:
    """A path as SQL text: ATTACH and COPY take no parameters."""
    return "'" + str(path).replace("'", "''") + "'"


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Name and type of each column of a table."""
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE {table}").fetchall()}


def _text(value: Any) -> str:
    """A value that JSON lacks: times as UTC text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)
