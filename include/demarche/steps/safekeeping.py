"""The steps that put everything into a backup and bring it back."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from demarche import __version__
from demarche.adapters.backup import BackupError, copy_from, files_under, proven_backup, write_backup
from demarche.adapters.feed_state import FeedStates
from demarche.adapters.warehouse import Warehouse
from demarche.settings import Settings

WAREHOUSE = "warehouse/warehouse.duckdb"
STATE = "state/collector.sqlite"


def back_up(target: Path, *, settings: Settings, now: datetime, with_archive: bool = True) -> tuple[int, int]:
    """Write a backup of warehouse, state, decisions, own feeds and archive; returns its files and bytes.

    The archive is read last, so that it holds all that the warehouse speaks of.
    """
    about = {"made_at": now.isoformat(), "code_version": __version__, "has_archive": with_archive}
    scratch = settings.home / "state" / ".backup.sqlite"
    FeedStates(settings.state).copy_to(scratch)
    try:
        return write_backup(target, _parts(settings, scratch, with_archive=with_archive), about)
    finally:
        scratch.unlink(missing_ok=True)


def restore(source: Path, *, settings: Settings, is_forced: bool) -> dict[str, Any]:
    """Bring a backup back, after every file of it was proven; returns its manifest without the list of files.

    Raises BackupError where something is in the way and nobody forced it. What the backup does not hold stays.
    """
    manifest = proven_backup(source)
    names = list(manifest["files"])
    if WAREHOUSE in names and settings.warehouse != settings.home / WAREHOUSE:
        raise BackupError("DEMARCHE_WAREHOUSE is set; unset it to restore into DEMARCHE_HOME, then move the file")
    present = [name for name in names if (settings.home / name).exists()]
    if present and not is_forced:
        raise BackupError(
            f"{settings.home / present[0]} and {len(present) - 1} more files exist already; "
            "`demarche restore --force` overwrites them"
        )
    warehouse = Warehouse(settings)
    with warehouse.held():
        for database in (name for name in names if name in (WAREHOUSE, STATE)):
            for log in ("wal", "-wal", "-shm"):  # of the file that is overwritten; it must not be replayed
                path = settings.home / (f"{database}.{log}" if log == "wal" else f"{database}{log}")
                path.unlink(missing_ok=True)
        copy_from(source, names, settings.home)
    return {name: value for name, value in manifest.items() if name != "files"} | {"files": len(names)}


def _parts(settings: Settings, state: Path, *, with_archive: bool) -> Iterator[tuple[str, Path]]:
    """The files of a backup by name. The warehouse is closed and nobody writes to it until the next is asked for."""
    if settings.warehouse.exists():
        with Warehouse(settings).settled() as whole:
            yield WAREHOUSE, whole
    yield STATE, state
    yield from files_under(settings.decisions, "decisions")
    if settings.own_feeds.exists():
        yield settings.own_feeds.name, settings.own_feeds
    if with_archive:
        yield from files_under(settings.archive, "archive")
