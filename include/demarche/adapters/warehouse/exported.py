"""Files made of the published copy: Parquet or CSV of each mart, and what its columns mean. It words no citation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from demarche.adapters.warehouse.opening import WarehouseError, limits
from demarche.adapters.warehouse.rows import quoted
from demarche.settings import Settings

SUFFIXES = {"parquet": "parquet", "csv": "csv"}
OPTIONS = {"parquet": "FORMAT parquet, COMPRESSION zstd", "csv": "FORMAT csv, HEADER"}

COLUMNS = """
SELECT c.table_name, c.column_name, c.data_type, coalesce(c.comment, '')
FROM duckdb_columns() c
WHERE c.schema_name = 'mart' AND c.database_name = current_database() ORDER BY c.table_name, c.column_index
"""
ORIGIN = """
SELECT (SELECT min(day) FROM mart.daily), (SELECT max(day) FROM mart.daily),
    (SELECT list_sort(list(DISTINCT rules_version)) FROM derived.articles),
    (SELECT arg_max(code_version, loaded_at) FROM mart.runs), (SELECT max(loaded_at) FROM mart.runs)
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a mart, as the data dictionary describes it."""

    view: str
    name: str
    kind: str
    about: str

    @property
    def is_nested(self) -> bool:
        """True where a cell holds a list or a structure."""
        return self.kind.endswith("]") or self.kind.startswith("STRUCT")


@dataclass(frozen=True, slots=True)
class Origin:
    """What a copy was made of: days with data, versions of rules and code, and when it was loaded last."""

    first_day: date | None
    last_day: date | None
    rules_versions: tuple[str, ...]
    code_version: str
    loaded_at: datetime | None


class Export:
    """Files of one published copy: all come from the same one, also where a newer one is published meanwhile."""

    def __init__(self, settings: Settings) -> None:
        if not settings.published.exists():
            raise WarehouseError(f"{settings.published}: nothing is published yet; `demarche build` does it")
        try:
            self._connection = duckdb.connect(str(settings.published), read_only=True, config=limits(settings))
            self._connection.execute("SET TimeZone = 'UTC'")
            self.columns = tuple(Column(*row) for row in self._connection.execute(COLUMNS).fetchall())
        except duckdb.Error as error:
            raise WarehouseError(f"{settings.published}: {error}") from error

    def close(self) -> None:
        """Give the copy back."""
        self._connection.close()

    def views(self, wanted: Sequence[str] = ()) -> tuple[str, ...]:
        """Names of the marts, or of the wanted ones. Raises WarehouseError for a name that is none."""
        names = tuple(dict.fromkeys(column.view for column in self.columns))
        if unknown := [name for name in wanted if name.removeprefix("mart.") not in names]:
            raise WarehouseError(f"no such mart: {', '.join(unknown)}; there are {', '.join(names)}")
        return tuple(name.removeprefix("mart.") for name in wanted) or names

    def origin(self) -> Origin:
        """What the copy was made of."""
        first_day, last_day, rules, code, loaded_at = self._connection.execute(ORIGIN).fetchall()[0]
        return Origin(first_day, last_day, tuple(rules or ()), code or "", loaded_at)

    def write(self, view: str, folder: Path, form: str) -> int:
        """Write one mart; returns its number of rows. The file is there whole or not at all.

        In CSV, lists and structures are JSON. Rows are sorted, so that equal marts give equal files.
        """
        path = folder / f"{view}.{SUFFIXES[form]}"
        part = path.with_name(f".{path.name}.part")
        try:
            self._connection.execute(f"SET temp_directory = {quoted(folder / '.spill')}")
            result = self._connection.execute(
                f"COPY (SELECT {self._selected(view, form)} FROM mart.{view} ORDER BY ALL) "
                f"TO {quoted(part)} ({OPTIONS[form]})"
            )
            count = int(result.fetchall()[0][0])
        except duckdb.Error as error:
            part.unlink(missing_ok=True)
            raise WarehouseError(f"{path}: {error}") from error
        part.replace(path)
        return count

    def _selected(self, view: str, form: str) -> str:
        columns = [column for column in self.columns if column.view == view]
        if form != "csv":
            return ", ".join(f'"{column.name}"' for column in columns)
        return ", ".join(
            f'to_json("{column.name}") AS "{column.name}"' if column.is_nested else f'"{column.name}"'
            for column in columns
        )
