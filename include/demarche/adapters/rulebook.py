"""Reads the rules: TOML tables and JSON weights on disk. Says nothing about what they mean."""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

SHIPPED = Path(__file__).resolve().parent.parent / "rules"


class RuleError(ValueError):
    """A rule file that cannot be read; the message names the file."""


def read_table(path: Path) -> dict[str, Any]:
    """One TOML file. Raises RuleError with the file's name and the place of the fault."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RuleError(f"{path}: no such rule file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{path}: {error}") from error


def read_tables(folder: Path) -> dict[str, dict[str, Any]]:
    """All TOML files of a folder, by stem, in the order of their names."""
    return {path.stem: read_table(path) for path in sorted(folder.glob("*.toml"))}


def read_lexicon(rules: Path) -> dict[str, dict[str, Any]]:
    """The tables of a rules folder's lexicon, named schemes and frequent stems, as `core.lexicon` takes them.

    A folder need not have the frequent stems (frequent.toml): only speed depends on them.
    """
    tables = {**read_tables(rules / "lexicon"), "schemes": read_table(rules / "schemes.toml")}
    frequent = rules / "frequent.toml"
    return {**tables, "frequent": read_table(frequent)} if frequent.exists() else tables


def read_weights(path: Path) -> dict[str, Any]:
    """A JSON file of weights. Raises RuleError that names it."""
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RuleError(f"{path}: {error}") from error
    if not isinstance(loaded, dict):
        raise RuleError(f"{path}: not a JSON object")
    return loaded


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a numpy archive by name. Raises RuleError that names the file."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, BadZipFile) as error:
        raise RuleError(f"{path}: {error}") from error


def rules_version(folder: Path = SHIPPED) -> str:
    """Twelve hex digits that change whenever a rule that decides does (not feeds, nor what `make check` accepts)."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".toml", ".json", ".npz")):
        if not {"feeds", "accepted.toml"} & set(path.relative_to(folder).parts):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
