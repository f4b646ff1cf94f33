"""How an old warehouse is brought to the newest schema: on a copy, which takes the old file's place when it is whole.

Owns the order of the moves. What the newest schema is, `schema` says.
"""

import os
import shutil
from pathlib import Path

import duckdb

from demarche.adapters.warehouse.opening import WarehouseError
from demarche.adapters.warehouse.rows import quoted
from demarche.adapters.warehouse.schema import migrate

# Readable by DuckDB 1.4 to 2.0 clients, and with compressed strings (docs/decisions/0003).
STORAGE_VERSION = "v1.4.0"


def attach(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make this file the database of a connection."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(
        f"SET temp_directory = {quoted(beside(path, 'spill'))}"
    )  # else .tmp in whatever folder is current
    connection.execute(f"ATTACH {quoted(path)} AS warehouse (STORAGE_VERSION '{STORAGE_VERSION}')")
    connection.execute("USE warehouse")


def migrate_copy(path: Path, config: dict[str, object]) -> None:
    """Migrate a copy of a closed database file, and let it take the file's place.

    The caller holds the writer's place. Raises WarehouseError, and leaves the file as it was, where the copy cannot
    be migrated or loses rows.
    """
    copy = beside(path, "migrating")
    remove_database(copy)
    try:
        shutil.copyfile(path, copy)
        with duckdb.connect(config=config) as connection:  # type: ignore[arg-type]
            attach(connection, copy)
            before = _rows(connection)
            migrate(connection)
            after = _rows(connection)
            connection.execute("CHECKPOINT warehouse")
        if lost := [name for name, count in before.items() if after.get(name) != count]:
            raise WarehouseError(f"rows of {', '.join(lost)} would be lost")
        sync(copy)
        copy.replace(path)
        sync(path.parent)
    except (OSError, duckdb.Error, WarehouseError) as error:
        raise WarehouseError(
            f"{path}: could not be brought to this release's schema and is as it was: {error}"
        ) from error
    finally:
        remove_database(copy)


def beside(path: Path, purpose: str) -> Path:
    """The name of a database file on its way to take the place of another."""
    return path.with_name(f"{path.name}.{purpose}")


def remove_database(path: Path) -> None:
    """Remove a database file and its write-ahead log."""
    for each in (path, path.with_name(f"{path.name}.wal")):
        each.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Make a file or folder survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_whole(connection: duckdb.DuckDBPyConnection) -> None:
    """Read every value of every table, so that a damaged block is an error."""
    for name in _tables(connection, ("raw", "core", "derived")):
        connection.execute(f"SELECT bit_xor(hash(t)) FROM {name} t").fetchall()


def _rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows by table, without those that say which schema and marts there are: a migration adds to them."""
    return {
        name: connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
        for name in _tables(connection, ("raw", "core"))
        if name not in ('core."schema_files"', 'core."mart_version"')
    }


def _tables(connection: duckdb.DuckDBPyConnection, schemas: tuple[str, ...]) -> list[str]:
    """The tables of these schemas of the database in use, as SQL names them."""
    found = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database() ORDER BY ALL"
    ).fetchall()
    return [f'{schema}."{table}"' for schema, table in found if schema in schemas]
