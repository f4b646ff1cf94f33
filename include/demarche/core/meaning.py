"""Turns a text into a short vector that says roughly what it is about, by adding up what its words bring.

Owns the static embedding: which pieces of a word count, and how their vectors are added. What a vector means to the
judge is in `core.relevance`; how the table was made is in benchmarks/fit_meaning.py.
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from demarche.core.matching import fold, is_unspaced

Vector = NDArray[np.float64]
Rows = NDArray[np.int64]

READ_CHARACTERS = 300  # of the summary, and as many of the text
GROUP = 4  # letters: endings of inflected languages and parts of compounds share such groups
WORDS_KEPT = 20_000  # words whose rows are remembered, about five megabytes
TEXTS_KEPT = 64  # the second model, and then the coder, ask about what the judge has just read
BEGINNING = 5  # letters by which the forms of a word agree
_WORD = re.compile(r"\w+")


def read_words(title: str, *bodies: str) -> str:
    """The words of a report whose meaning is asked for: its title, and the beginning of each of its other texts."""
    return " ".join(" ".join([f"{title}.", *(body[:READ_CHARACTERS] for body in bodies)]).split())


def pieces(text: str) -> Iterator[str]:
    """What stands for each word: itself, its beginning, its groups of letters; pairs where nothing parts words."""
    for word in _WORD.findall(fold(text)):
        yield from _pieces_of(word)


def _pieces_of(word: str) -> Iterator[str]:
    """The same of one folded word."""
    if is_unspaced(word):
        yield from (f"c{word[n : n + 2]}" for n in range(len(word) - 1))
        yield from (f"c{letter}" for letter in word)
        return
    yield f"w{word}"
    if len(word) >= BEGINNING:
        yield f"p{word[:BEGINNING]}"
    bounded = f"<{word}>"
    yield from (f"g{bounded[n : n + GROUP]}" for n in range(len(bounded) - GROUP + 1))


@lru_cache(maxsize=WORDS_KEPT)  # reports share most of their words
def _rows_of(word: str, rows: int) -> Rows:
    """The rows of a folded word's pieces in a table of `rows` rows."""
    return np.array([crc32(piece.encode()) % rows for piece in _pieces_of(word)], dtype=np.int64)


def count_pieces(text: str, rows: int) -> tuple[Rows, Vector]:
    """The rows of a text in a table of `rows` rows, ascending, and how much each of them counts.

    That is one and the logarithm of how often its pieces stand in the text. Pieces are told apart by their checksum, so
    no list of words is needed (feature hashing, Weinberger et al. 2009).
    """
    words = _WORD.findall(fold(text))
    if not words:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    every = np.concatenate([_rows_of(word, rows) for word in words])
    every.sort()
    is_first = np.ones(len(every), dtype=bool)  # np.unique says the same in twice the time
    np.not_equal(every[1:], every[:-1], out=is_first[1:])
    places = is_first.nonzero()[0]
    counts = np.append(places[1:], len(every)) - places
    return every.take(places), 1.0 + np.log(counts)


class MeaningTable:
    """Vectors of pieces, one byte a number, whose sum comes close to the sentence vector of a large language model."""

    def __init__(self, numbers: NDArray[np.int8], scales: NDArray[np.float32]) -> None:
        """`numbers` has a row for each checksum, `scales` its size. Raises ValueError where they do not fit."""
        if numbers.ndim != 2 or scales.shape != (len(numbers),):
            raise ValueError(f"a table of {numbers.shape} numbers does not fit {scales.shape} scales")
        self._numbers = numbers
        self._scales = scales
        self._remembered = lru_cache(maxsize=TEXTS_KEPT)(self._sum)

    @property
    def size(self) -> int:
        """How many numbers a vector has."""
        return int(self._numbers.shape[1])

    def vector(self, text: str) -> Vector:
        """The vector of a text, of length one; zeros for a text without a known piece. Not to be written to."""
        return self._remembered(text)

    def _sum(self, text: str) -> Vector:
        rows, counts = count_pieces(text, len(self._numbers))
        if not len(rows):
            return np.zeros(self.size)
        summed: Vector = (counts * self._scales.take(rows)) @ self._numbers.take(rows, axis=0).astype(np.float64)
        length = math.sqrt(summed @ summed)
        return summed / length if length else summed
