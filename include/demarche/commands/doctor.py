"""`doctor`: is everything that a run needs in place? One line a check."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

from demarche.adapters.archive import Archive
from demarche.adapters.catalog import read_feeds
from demarche.adapters.feed_state import FeedStates
from demarche.adapters.warehouse import Published, Warehouse, WarehouseError
from demarche.core.windows import DAY
from demarche.settings import Settings
from demarche.steps.retention import archive_damages
from demarche.steps.storing import CheckError, check_warehouse
from demarche.steps.workbench import workbench

STALE = timedelta(hours=1)  # a load that is not published after this long will not be
LEAST_FREE = 2_000_000_000  # bytes: a day of archive, the warehouse, its copy and the copy on its way


class Unwell(Exception):  # noqa: N818 — it is not an error of ours but a finding
    """What a check found wrong, and what to do about it."""


def doctor(settings: Settings, now: datetime, out: TextIO, *, is_deep: bool = False) -> int:
    """Run the checks; exit status 1 where one failed. A deep look reads every byte of archive and databases."""
    status = 0
    for name, check in _checks(settings, now, is_deep=is_deep):
        try:
            found = check()
        except Unwell as finding:
            status = 1
            print(f"FAIL  {name:<10} {finding}", file=out)
        except Exception as error:
            status = 1
            print(f"FAIL  {name:<10} {type(error).__name__}: {error}", file=out)
        else:
            print(f"ok    {name:<10} {found}", file=out)
    return status


def _checks(settings: Settings, now: datetime, *, is_deep: bool) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "python", _python
    yield "home", lambda: _home(settings)
    yield "space", lambda: _space(settings)
    yield "feeds", lambda: _feeds(settings)
    yield "rules", lambda: _rules(settings)
    yield "leaders", lambda: _leaders(settings, now)
    yield "contact", lambda: _contact(settings)
    yield "airflow", _airflow
    yield "state", lambda: f"{len(FeedStates(settings.state).read())} feeds were polled before"
    yield "archive", lambda: _archive(settings, is_deep=is_deep)
    yield "warehouse", lambda: _warehouse(settings, now, is_deep=is_deep)
    yield "published", lambda: _published(settings, now, is_deep=is_deep)
    yield "moved away", lambda: _moved_away(settings)
    yield "leftovers", lambda: _leftovers(settings, now)


def _python() -> str:
    return f"Python {sys.version.split()[0]}"


def _home(settings: Settings) -> str:
    settings.home.mkdir(parents=True, exist_ok=True)
    if not os.access(settings.home, os.W_OK):
        raise Unwell(f"{settings.home} cannot be written to; set DEMARCHE_HOME to a folder that can")
    return str(settings.home)


def _space(settings: Settings) -> str:
    free = shutil.disk_usage(settings.home).free
    if free < LEAST_FREE:
        raise Unwell(f"{free / 1e9:.1f} GB are free at {settings.home}; {LEAST_FREE / 1e9:.0f} GB are needed")
    return f"{free / 1e9:.0f} GB free"


def _feeds(settings: Settings) -> str:
    feeds = read_feeds(settings.feeds, settings.own_feeds)
    if not feeds:
        raise Unwell("the feed pack is empty")
    return f"{len(feeds)} feeds from {settings.feeds or 'the shipped pack'}"


def _rules(settings: Settings) -> str:
    return f"version {workbench(settings).rules_version}"


def _leaders(settings: Settings, now: datetime) -> str:
    # No failure: a name without a term still counts for the past, and the office is found by its state's name.
    ended = workbench(settings).gazetteer.ended_terms(now.date())
    if not ended:
        return "every office in rules/actors.toml has a holder"
    newest = sorted(ended, key=lambda words: words.rsplit(" ", 1)[1], reverse=True)
    return f"{len(ended)} offices in rules/actors.toml have no holder today: {'; '.join(newest)}"


def _contact(settings: Settings) -> str:
    if not settings.contact:
        return "none given; set DEMARCHE_CONTACT, so that publishers can reach you before they block you"
    return settings.contact


def _airflow() -> str:
    if importlib.util.find_spec("airflow") is None:
        return "not installed here; `demarche collect` and `demarche build` run without it"
    dags = Path(__file__).resolve().parents[3] / "dags"
    if not (dags / "collect_feeds.py").exists():
        raise Unwell(f"{dags} has no collect_feeds.py")
    return f"installed, DAGs in {dags}"


def _archive(settings: Settings, *, is_deep: bool) -> str:
    archive = Archive(settings.archive)
    span = archive.span()
    if span is None:
        return "empty; `demarche collect` fills it"
    begin = span[0] if is_deep else span[1]
    attempts, damages = archive_damages(archive, begin, span[1] + DAY)
    if damages:
        raise Unwell(
            f"{len(damages)} damaged files: {'; '.join(damages[:5])}. "
            "Restore them from a backup, or move each with its ledger away"
        )
    read = "every file" if is_deep else "the last day"
    return f"{span[0]:%Y-%m-%d} to {span[1]:%Y-%m-%d}; {attempts} attempts in {read}, all readable"


def _warehouse(settings: Settings, now: datetime, *, is_deep: bool) -> str:
    if not settings.warehouse.exists():
        return "not made yet; the first build makes it"
    with Warehouse(settings).connection() as connection:
        entries = connection.execute("SELECT count(*) FROM raw.entries").fetchall()[0][0]
    if is_deep:
        Warehouse(settings).read_whole()
        try:
            check_warehouse(settings=settings, now=now, is_whole=True)
        except CheckError as error:
            raise Unwell(f"{error}; rebuild those days, or all with `demarche rebuild --all`") from None
    return f"{entries} entries in {settings.warehouse}"


def _published(settings: Settings, now: datetime, *, is_deep: bool) -> str:
    if not settings.published.exists():
        return "not yet; the first build publishes"
    published = Published(settings)
    try:
        _, rows = published.query("SELECT count(*), (SELECT max(loaded_at) FROM core.loads) FROM mart.stories")
        if is_deep:
            published.read_whole()
    except WarehouseError as error:
        raise Unwell(f"{error}; `demarche publish` makes it anew") from None
    ((stories, loaded_at),) = rows
    if settings.warehouse.exists():
        newest = Warehouse(settings).last_load()
        if newest and (loaded_at is None or loaded_at < newest - STALE):
            raise Unwell(
                f"{settings.published}: lacks the loads since {loaded_at}; did a check fail? see the last build"
            )
    age = now - datetime.fromtimestamp(settings.published.stat().st_mtime, UTC)
    return f"{stories} stories, published {age.total_seconds() / 60:.0f} minutes ago"


def _moved_away(settings: Settings) -> str:
    if not settings.warehouse.exists():
        return "nothing"
    loaded = set(Warehouse(settings).loaded_windows())
    if not loaded:
        return "nothing"
    there = set(Archive(settings.archive).windows(min(loaded), max(loaded) + DAY))
    gone = sorted(loaded - there)
    if gone:
        raise Unwell(
            f"{len(gone)} loaded windows are no longer in the archive, from {gone[0]:%Y-%m-%d %H:%M} to "
            f"{gone[-1]:%Y-%m-%d %H:%M}: their rows stay until `demarche rebuild --all`, and would be lost then"
        )
    return "nothing: each loaded window is in the archive"


def _leftovers(settings: Settings, now: datetime) -> str:
    """Temporary files that no running process can still own: they are safe to delete."""
    patterns = (
        (settings.published.parent, "*.tmp-*"),
        (settings.warehouse.parent, "*.migrating"),
        (settings.warehouse.parent, "*.rebuilding"),
        (settings.archive, "*/*/*/*/.*.tmp"),
        (settings.archive, "*/*/*/.*.tmp"),
    )
    found = [path for folder, pattern in patterns for path in folder.glob(pattern) if _is_old(path, now)]
    if found:
        raise Unwell(f"{len(found)} files of killed runs, such as {found[0]}: delete them when nothing runs")
    return "none"


def _is_old(path: Path, now: datetime) -> bool:
    return now - datetime.fromtimestamp(path.stat().st_mtime, UTC) > DAY
