"""The checks after a load: each file of sql/checks is a query for the rows that break its rule.

Owns which rows they look at. What follows from a broken rule, the steps say.
"""

from dataclasses import dataclass

import duckdb

from demarche.adapters.warehouse.schema import SQL

# A check reads these in place of the tables: what loads touched since the checks last passed, or everything.
CHECKED = {
    "fetches": "raw.fetches",
    "entries": "raw.entries",
    "verdicts": "core.verdicts",
    "codings": "core.codings",
    "groupings": "core.groupings",
}
TOUCHED_ONLY = "WHERE window_at IN (FROM core.unchecked_windows)"


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


def run_checks(connection: duckdb.DuckDBPyConnection, *, is_whole: bool) -> tuple[CheckResult, ...]:
    """The result of every check. Where all passed, what was touched counts as checked."""
    results = _results(connection, is_whole=is_whole)
    if not is_whole and not all(result.is_passed for result in results):
        results = _results(connection, is_whole=True)  # a count that is wrong names no row
    if all(result.is_passed for result in results):
        connection.execute("DELETE FROM core.unchecked_windows")
    return results


def choose_checked(connection: duckdb.DuckDBPyConnection, *, is_whole: bool) -> None:
    """Make the views that the checks read."""
    for name, table in CHECKED.items():
        only = "" if is_whole else TOUCHED_ONLY
        connection.execute(f"CREATE OR REPLACE TEMP VIEW checked_{name} AS FROM {table} {only}")


def _results(connection: duckdb.DuckDBPyConnection, *, is_whole: bool) -> tuple[CheckResult, ...]:
    choose_checked(connection, is_whole=is_whole)
    results = []
    for path in sorted((SQL / "checks").glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        failures, sample = connection.execute(
            f"WITH broken AS ({text}) "
            "SELECT (SELECT count(*) FROM broken), (SELECT to_json(list(b)) FROM (FROM broken LIMIT 5) b)"
        ).fetchall()[0]
        results.append(CheckResult(name=path.stem, failures=failures, sample=sample or ""))
    return tuple(results)
