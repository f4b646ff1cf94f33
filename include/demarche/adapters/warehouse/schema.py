"""The schema of the warehouse: numbered files applied once, marts made anew whenever their text changes."""

import hashlib
from functools import cache
from pathlib import Path

import duckdb

from demarche.adapters.warehouse.derived import make_derived
from demarche.adapters.warehouse.opening import WarehouseError

SQL = Path(__file__).resolve().parent.parent.parent / "sql"


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the database of this connection to the newest schema; each file is one transaction."""
    late = pending(connection)
    if late:
        # Views speak of columns as they were; they come back below.
        connection.execute("DROP SCHEMA IF EXISTS mart CASCADE")
    for path in late:
        connection.execute("BEGIN")
        if path == _schema_files(SQL)[0]:
            connection.execute("CREATE SCHEMA IF NOT EXISTS core")
            connection.execute("CREATE TABLE IF NOT EXISTS core.schema_files (name VARCHAR, applied_at TIMESTAMPTZ)")
        connection.execute(path.read_text(encoding="utf-8"))
        connection.execute("INSERT INTO core.schema_files VALUES (?, now())", [path.name])
        connection.execute("COMMIT")
    _make_marts(connection, is_forced=bool(late))


def pending(connection: duckdb.DuckDBPyConnection) -> tuple[Path, ...]:
    """The schema files that this database still lacks.

    Raises WarehouseError where it has some that this release does not know.
    """
    applied = _applied(connection)
    files = _schema_files(SQL)
    if unknown := applied - {path.name for path in files}:
        raise WarehouseError(
            f"this warehouse was written by a newer Demarche, which knows {', '.join(sorted(unknown))}: "
            "use that release, or run `demarche rebuild --all`"
        )
    return tuple(path for path in files if path.name not in applied)


def is_old(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether an earlier release made this database; a new one, which has no schema yet, is not old."""
    return bool(_applied(connection)) and bool(pending(connection))


def _applied(connection: duckdb.DuckDBPyConnection) -> set[str]:
    known = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() "
        "AND schema_name = 'core' AND table_name = 'schema_files'"
    ).fetchall()
    return {row[0] for row in connection.execute("SELECT name FROM core.schema_files").fetchall()} if known else set()


@cache
def _schema_files(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted((folder / "schema").glob("*.sql")))


@cache
def _text(folder: Path) -> tuple[str, str]:
    """All that a folder of SQL files says, and a fingerprint of it; read once a process, since every opening asks."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql")))
    return text, hashlib.sha256(text.encode()).hexdigest()


def _make_marts(connection: duckdb.DuckDBPyConnection, *, is_forced: bool) -> None:
    """Views, and the tables behind them, follow from their text: either is made anew where it has changed.

    A view takes no time, the tables of a large warehouse take minutes. So a schema file that changes what rows say
    needs a change of sql/derived beside it.
    """
    text, fingerprint = _text(SQL / "marts")
    _, derived_fingerprint = _text(SQL / "derived")
    found = {row[0] for row in connection.execute("SELECT fingerprint FROM core.mart_version").fetchall()}
    if not is_forced and found == {fingerprint, derived_fingerprint}:
        return
    connection.execute("BEGIN")
    connection.execute("DROP SCHEMA IF EXISTS mart CASCADE")
    if derived_fingerprint not in found:
        make_derived(connection)
    connection.execute("CREATE SCHEMA mart")
    connection.execute(text)
    connection.execute("DELETE FROM core.mart_version")
    connection.execute("INSERT INTO core.mart_version VALUES (?), (?)", [fingerprint, derived_fingerprint])
    connection.execute("COMMIT")


def macro_dictionary() -> list[tuple[str, str, str]]:
    """Name, parameters and comment of every table macro in `mart`, in memory and from sql/ alone."""
    with duckdb.connect() as connection:
        migrate(connection)
        return connection.execute("""
            SELECT function_name, array_to_string(parameters, ', '), comment
            FROM duckdb_functions() WHERE schema_name = 'mart' AND function_type = 'table_macro' ORDER BY ALL
        """).fetchall()


def data_dictionary() -> list[tuple[str, str, str, str, str]]:
    """View, its comment, column, type and comment for everything in `mart`, in memory and from sql/ alone."""
    with duckdb.connect() as connection:
        migrate(connection)
        return connection.execute("""
            SELECT c.table_name, v.comment, c.column_name, c.data_type, c.comment
            FROM duckdb_columns() c
            JOIN duckdb_views() v ON v.schema_name = c.schema_name AND v.view_name = c.table_name
            WHERE c.schema_name = 'mart' ORDER BY c.table_name, c.column_index
        """).fetchall()
