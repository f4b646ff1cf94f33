"""`collect`, `build`, `publish`, `sql`, `history` and `tables`: the pipeline without Airflow, and looks at its data."""

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table

from demarche import steps
from demarche.adapters.archive import Archive
from demarche.adapters.warehouse import Published, data_dictionary, macro_dictionary
from demarche.contracts import line_of
from demarche.core.windows import DAY, days_between, ended_key, span_of_key
from demarche.settings import Settings


def collect(settings: Settings, now: datetime, *, key: str | None) -> int:
    """Collect once for the quarter hour that ended last, or for a key."""
    key = key or ended_key(now)
    counts = steps.collect(key, settings=settings, now=now)
    print(f"{key}: {counts['feeds']} feeds and {counts['pages']} pages in {settings.archive}", file=sys.stderr)
    print(key)
    return 0


def build(settings: Settings, now: datetime, *, key: str | None, first: date | None, last: date | None) -> int:
    """Build one key, a range of days, or every day of the archive; then publish once."""
    keys = [key] if key else _days(settings, first, last)
    if not keys:
        print(f"demarche: {settings.archive} is empty; `demarche collect` fills it", file=sys.stderr)
        return 1
    for each in keys:
        span_of_key(each)
    for each, counts in steps.build_each(keys, settings=settings, now=now):
        print(f"{each}: {_said(counts)}", file=sys.stderr)
    return publish(settings, now, is_forced=False)


def rebuild(settings: Settings, now: datetime, *, is_forced: bool) -> int:
    """Build everything from the archive alone into a new warehouse, let it take the old one's place, and publish."""
    if Archive(settings.archive).span() is None:
        print(f"demarche: {settings.archive} is empty, so there is nothing to rebuild from", file=sys.stderr)
        return 1
    for each, counts in steps.rebuild_all(settings=settings, now=now):
        print(f"{each}: {_said(counts)}", file=sys.stderr)
    return publish(settings, now, is_forced=is_forced)


def publish(settings: Settings, now: datetime, *, is_forced: bool) -> int:
    """Publish the warehouse as it is."""
    counts = steps.publish_copy(settings=settings, now=now, is_forced=is_forced)
    print(f"published {settings.published}: {_said(counts)}", file=sys.stderr)
    return 0


def sql(settings: Settings, query: str, out: TextIO, *, form: str) -> int:
    """Print what a query on the published copy gives: as a table, as CSV or as JSON lines."""
    published = Published(settings)
    if form == "jsonl":
        out.writelines(line_of(row) + "\n" for row in published.rows(query))
        return 0
    names, rows = published.query(query)
    if form == "csv":
        import csv

        writer = csv.writer(out)
        writer.writerow(names)
        writer.writerows([[_cell(value) for value in row] for row in rows])
    else:
        print_table(names, rows, out)
    return 0


def history(settings: Settings, out: TextIO, *, first: date | None, last: date | None) -> int:
    """Print what the archive holds, by day: how far back a backfill can reach."""
    archive = Archive(settings.archive)
    rows = []
    for key in _days(settings, first, last):
        start = span_of_key(key).start
        windows = archive.windows(start, start + DAY)
        fetches = [fetch for window_at in windows for fetch in archive.fetches(window_at)]
        kinds = Counter(fetch.kind for fetch in fetches)
        feeds = len({fetch.feed_id for fetch in fetches})
        received = sum(fetch.bytes_received for fetch in fetches)
        if windows:
            rows.append((key, len(windows), feeds, kinds["feed"], kinds["page"], f"{received / 1e6:.1f}"))
    print_table(["day", "windows", "feeds", "feed attempts", "page attempts", "MB received"], rows, out)
    return 0


def tables(out: TextIO) -> int:
    """Print the page about the analysts' tables that docs/tables.md is."""
    out.write("# The tables analysts are promised\n\n")
    out.write(
        "Made by `make docs` from the comments in `include/demarche/sql/marts`. Times are UTC; days are UTC days.\n"
    )
    view = ""
    for name, about, column, kind, meaning in data_dictionary():
        if name != view:
            view = name
            out.write(f"\n## mart.{name}\n\n{about}.\n\n| column | type | meaning |\n| --- | --- | --- |\n")
        out.write(f"| `{column}` | {kind.replace('|', chr(92) + '|')} | {meaning} |\n")
    out.write(
        "\n## Questions with parameters\n\nTable macros: `FROM mart.name(…)`.\n\n"
        "| macro | what it answers |\n| --- | --- |\n"
    )
    for name, parameters, about in macro_dictionary():
        out.write(f"| `mart.{name}({parameters})` | {about} |\n")
    return 0


def print_table(names: Sequence[str], rows: Sequence[Sequence[Any]], out: TextIO) -> None:
    """Rows for people. Every row and column is printed; cells wrap where the screen is narrow."""
    console = Console(file=out, width=None if out.isatty() else 200)
    table = Table(show_edge=False, pad_edge=False)
    for position, name in enumerate(names):
        numbers = all(isinstance(row[position], int | float) for row in rows)
        table.add_column(name, justify="right" if rows and numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console.print(table, markup=False)
    console.print(f"{len(rows)} row{'' if len(rows) == 1 else 's'}", style="dim")


def _cell(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(_cell(part) for part in value)
    return str(value)


def _days(settings: Settings, first: date | None, last: date | None) -> list[str]:
    """Keys of the days from first to last; without them, those that the archive holds."""
    span = Archive(settings.archive).span()
    if first is None or last is None:
        if span is None:
            return []
        first, last = first or span[0].date(), last or span[1].date()
    return [day.key for day in days_between(first, last)]


def _said(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
