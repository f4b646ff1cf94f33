"""Backups: copies of files in a folder of their own, with a manifest of their sizes and SHA-256 sums.

Owns the manifest and its proof. Which files make up a backup, the steps say.
"""

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from demarche.adapters.files import replacing, sha256

MANIFEST = "manifest.json"
UNFINISHED = ".unfinished.json"  # what an earlier backup in this folder held, while a new one is written


class BackupError(RuntimeError):
    """A backup that cannot be made, or is not what its manifest says; the message names the file."""


def files_under(folder: Path, name: str) -> list[tuple[str, Path]]:
    """The files of a folder under the name that it has in the backup; none where it is absent."""
    return [
        (f"{name}/{path.relative_to(folder)}", path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith((".lock", ".tmp"))
    ]


def write_backup(target: Path, files: Iterable[tuple[str, Path]], about: dict[str, Any]) -> tuple[int, int]:
    """Put files into a new or earlier backup folder, its manifest last; returns their number and bytes.

    Archive files never change under their names: they are linked where that is possible, and those of the backup
    before are taken over. What is no longer there is removed. Until the new manifest is written there is none.
    """
    target.mkdir(parents=True, exist_ok=True)
    unfinished = target / UNFINISHED
    if (target / MANIFEST).exists():
        (target / MANIFEST).replace(unfinished)
    elif not unfinished.exists() and any(target.iterdir()):
        raise BackupError(f"{target}: holds something that is no backup; name an empty folder")
    before = _manifest(unfinished)["files"] if unfinished.exists() else {}
    unfinished.write_text(json.dumps({"files": before}), encoding="utf-8")
    listed: dict[str, dict[str, Any]] = {}
    for name, source in files:
        kept = target / name
        if name.startswith("archive/") and name in before and kept.exists():
            listed[name] = before[name]
            continue
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.unlink(missing_ok=True)
        _link_or_copy(source, kept, is_linked=name.startswith("archive/"))
        listed[name] = {"bytes": kept.stat().st_size, "sha256": sha256(kept)}
    for name in before.keys() - listed.keys():
        (target / name).unlink(missing_ok=True)
    with replacing(target / MANIFEST) as temporary:
        temporary.write_text(json.dumps({**about, "files": listed}, indent=1, ensure_ascii=False), encoding="utf-8")
    unfinished.unlink()
    return len(listed), sum(entry["bytes"] for entry in listed.values())


def proven_backup(source: Path) -> dict[str, Any]:
    """The manifest of a backup whose every file is as it says. Raises BackupError that names the first that is not."""
    manifest = _manifest(source / MANIFEST)
    for name, entry in manifest["files"].items():
        path = source / name
        if not path.is_file():
            raise BackupError(f"{path}: the manifest names it, and it is not there")
        if path.stat().st_size != entry["bytes"] or sha256(path) != entry["sha256"]:
            raise BackupError(f"{path}: is not what the manifest says; the backup is damaged")
    return manifest


def copy_from(source: Path, names: Iterable[str], home: Path) -> int:
    """Copy files of a backup to their places under a folder, each whole or not at all; returns how many."""
    count = 0
    for count, name in enumerate(names, 1):  # noqa: B007
        with replacing(home / name) as temporary:
            shutil.copyfile(source / name, temporary)
    return count


def _manifest(path: Path) -> dict[str, Any]:
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        dict(values["files"])
    except FileNotFoundError:
        raise BackupError(f"{path}: is not there, so this is no backup, or one that was not finished") from None
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{path}: cannot be read: {error}") from error
    return values


def _link_or_copy(source: Path, kept: Path, *, is_linked: bool) -> None:
    if is_linked:
        try:
            os.link(source, kept)
            return
        except OSError:  # another disk, or one without links
            pass
    shutil.copyfile(source, kept)
