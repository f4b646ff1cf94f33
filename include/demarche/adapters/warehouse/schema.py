"""The schema of the warehouse: numbered files applied once, marts made anew whenever their text changes."""

import hashlib
from pathlib import Path

import duckdb

from demarche.adapters.warehouse.derived import make_derived
from demarche.adapters.warehouse.opening import WarehouseError

SQL = Path(__file__).resolve().parent.parent.parent / "sql"


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the database of this connection to the newest schema; each file is one transaction."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS core")
    connection.execute("CREATE TABLE IF NOT EXISTS core.schema_files (name VARCHAR, applied_at TIMESTAMPTZ)")
    applied = {row[0] for row in connection.execute("SELECT name FROM core.schema_files").fetchall()}
    files = sorted((SQL / "schema").glob("*.sql"))
    if unknown := applied - {path.name for path in files}:
        raise WarehouseError(
            f"this warehouse was written by a newer Demarche, which knows {', '.join(sorted(unknown))}: "
            "use that release, or rebuild the warehouse from the archive"
        )
    for path in files:
        if path.name not in applied:
            connection.execute("BEGIN")
            connection.execute(path.read_text(encoding="utf-8"))
            connection.execute("INSERT INTO core.schema_files VALUES (?, now())", [path.name])
            connection.execute("COMMIT")
    _make_marts(connection)


def _make_marts(connection: duckdb.DuckDBPyConnection) -> None:
    """Views, and the tables behind them, follow from their text: they are made anew where it has changed."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((SQL / "marts").glob("*.sql")))
    stored = "\n".join(path.read_text(encoding="utf-8") for path in sorted((SQL / "derived").glob("*.sql")))
    fingerprint = hashlib.sha256((stored + text).encode()).hexdigest()
    if connection.execute("SELECT fingerprint FROM core.mart_version").fetchall() == [(fingerprint,)]:
        return
    connection.execute("BEGIN")
    connection.execute("DROP SCHEMA IF EXISTS mart CASCADE")
    make_derived(connection)
    connection.execute("CREATE SCHEMA mart")
    connection.execute(text)
    connection.execute("DELETE FROM core.mart_version")
    connection.execute("INSERT INTO core.mart_version VALUES (?)", [fingerprint])
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
