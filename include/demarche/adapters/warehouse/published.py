"""The published copy: replaced whole, by rename, and opened by anybody at any moment."""

import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from demarche.adapters.warehouse.blocks import Copied, copy_blocks
from demarche.adapters.warehouse.migration import read_whole, remove_database, sync
from demarche.adapters.warehouse.opening import WarehouseError, limits
from demarche.adapters.warehouse.private import Warehouse
from demarche.adapters.warehouse.schema import pending
from demarche.settings import Settings

log = logging.getLogger(__name__)

COUNTED = ("raw.fetches", "raw.entries", "core.verdicts")


class Published:
    """The copy that analysts open."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.path = settings.published

    def replace_by(self, warehouse: Warehouse, *, is_forced: bool = False) -> dict[str, int]:
        """Replace the copy by a fresh one of the warehouse. Returns the counts of rows in it.

        Raises WarehouseError, and leaves the copy before in place, where the new one cannot be read or has lost more
        than the allowed share of its rows and nobody forced it.
        """
        if not warehouse.path.exists():
            raise WarehouseError(f"{warehouse.path}: nothing was loaded yet, so there is nothing to publish")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with warehouse.settled() as whole:
            for left in self.path.parent.glob(f"{self.path.name}.tmp-*"):
                left.unlink()
            fresh = self.path.with_name(f"{self.path.name}.tmp-{os.getpid()}")
            try:
                copied = copy_blocks(whole, fresh)  # safe only because no DuckDB of this process has the file open
                before = self._counts_before()
                counts = self._proven(fresh, whole, copied, before={} if is_forced else before)
                sync(fresh)
                fresh.chmod(0o444)
                if before:  # a damaged copy is not worth keeping
                    self._keep_previous()
                fresh.replace(self.path)
            finally:
                remove_database(fresh)  # there only where something failed; a full disk needs the room
            sync(self.path.parent)
        return counts

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Column names and rows of one query. Raises WarehouseError with DuckDB's message."""
        if not self.path.exists():
            raise WarehouseError(f"{self.path}: nothing is published yet; `demarche build` does it")
        try:
            with duckdb.connect(str(self.path), read_only=True, config=limits(self.settings)) as connection:
                connection.execute("SET TimeZone = 'UTC'")
                try:
                    result = connection.execute(sql, parameters or {})
                except (duckdb.BinderException, duckdb.CatalogException) as error:
                    if pending(connection):
                        raise WarehouseError(
                            f"{self.path}: published by an older release, which had not all that is asked for; "
                            f"the next build replaces it, `demarche publish` at once ({error})"
                        ) from error
                    raise
                return [column[0] for column in result.description or []], result.fetchall()
        except duckdb.Error as error:
            raise WarehouseError(str(error)) from error

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The same, each row by column name."""
        names, rows = self.query(sql, parameters)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def read_whole(self) -> None:
        """Read every value. Raises WarehouseError where the file is damaged."""
        try:
            with duckdb.connect(str(self.path), read_only=True, config=limits(self.settings)) as connection:
                read_whole(connection)
        except duckdb.Error as error:
            raise WarehouseError(f"{self.path}: {error}") from error

    def _proven(self, fresh: Path, whole: Path, copied: Copied, *, before: Mapping[str, int]) -> dict[str, int]:
        """The counts of a fresh copy that can be read and has not shrunk."""
        try:
            counts = _counts(fresh, copied)
        except WarehouseError as damage:
            raise WarehouseError(
                f"{whole}: not published, its copy cannot be read; "
                f"`demarche rebuild --all` makes it anew from the archive ({damage})"
            ) from damage
        for name, count in before.items():
            if counts[name] < count * (1 - self.settings.max_shrink):
                raise WarehouseError(
                    f"{self.path}: not replaced, {name} would fall from {count} to {counts[name]} rows; "
                    "look at the last loads, and run `demarche publish --force` if that is right"
                )
        return counts

    def _counts_before(self) -> dict[str, int]:
        """The counts of the copy that is to be replaced; nothing where it is absent or damaged."""
        if not self.path.exists():
            return {}
        try:
            return _counts(self.path)
        except WarehouseError as damage:
            log.warning("%s; a fresh copy takes its place", damage)
            return {}

    def _keep_previous(self) -> None:
        """Keep the copy that is about to be replaced, as a second name of the same file, and drop the oldest ones."""
        history = self.path.parent / "history"
        history.mkdir(exist_ok=True)
        made = datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
        kept = history / f"demarche-{made:%Y%m%dT%H%M%S%f}Z.duckdb"
        kept.unlink(missing_ok=True)
        kept.hardlink_to(self.path)
        copies = sorted(history.glob("demarche-*.duckdb"))
        for old in copies[: max(0, len(copies) - self.settings.keep_published)]:
            old.unlink()


def _counts(path: Path, copied: Copied | None = None) -> dict[str, int]:
    """Rows by table of a database file that nobody writes to. DuckDB opens a damaged file, and notices when reading."""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            if copied and not copied.is_whole(path, connection):
                read_whole(connection)
            return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in COUNTED}
    except duckdb.Error as error:
        raise WarehouseError(f"{path}: {error}") from error
