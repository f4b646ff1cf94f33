"""Reads a report closely: how likely it is relevant, which codes it deserves, and what part each named actor plays.

Owns the answers of a small transformer that was taught with labelled reports, as log-odds. What they weigh beside the
rules is for the judge and the coder; how it was taught is in benchmarks/fit_reader.py.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demarche.core.encoder import Encoder, Matrix, gelu
from demarche.core.unigram import Piece, Vocabulary
from demarche.model import Candidate, Mention

READ_CHARACTERS = 700  # of the summary, or of the text without one
DIGITS = 3  # kept of log-odds, so that machines that add in another order agree
PARTS = ("initiator", "target", "about")
KEPT = 64  # readings: the coder asks about what the judge has just accepted
SUREST = 5.0  # log-odds of a code or a part beyond which a reading says nothing more


def bounded(odds: float, most: float = SUREST) -> float:
    """Log-odds of at most this size."""
    return max(-most, min(most, odds))


def body_of(candidate: Candidate) -> str:
    """What is read of a report beside its title: the beginning of its summary, or of its text without one."""
    return (candidate.summary or candidate.text)[:READ_CHARACTERS]


def reading_key(title: str, body: str) -> str:
    """Sixteen hex digits that stand for what is read of a report."""
    return hashlib.sha256(f"{title}\n{body[:READ_CHARACTERS]}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class CloseReading:
    """What was read in one report, all as log-odds."""

    relevant: float
    borderline: float  # that it is relevant or close to it
    codes: Mapping[str, Mapping[str, float]]  # by kind ("instruments", "stage", "sign", "frames") and code
    parts: Mapping[str, Sequence[float]]  # by actor, one for each of PARTS; empty where no mentions were given


def known_readings(lines: Iterable[str]) -> dict[str, CloseReading]:
    """Readings by key from JSON lines, as benchmarks/fit_reader.py writes them; some without codes and parts."""
    return {
        row["key"]: CloseReading(row["relevant"], row["borderline"], row.get("codes", {}), row.get("parts", {}))
        for row in map(json.loads, lines)
    }


@dataclass(frozen=True, slots=True)
class _Text:
    """A report as the encoder has read it."""

    pieces: Sequence[tuple[int, Piece]]  # of the title and the body as one text, with their rows
    vectors: Matrix
    body_start: int  # where the body begins in that text
    relevance: Sequence[float]
    codes: Mapping[str, Mapping[str, float]]


class CloseReader:
    """The taught transformer; the same report always reads the same."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """`arrays` is rules/model/reader.npz. Raises KeyError where a part is absent."""
        about = json.loads(bytes(arrays["about"]))
        self._vocabulary = Vocabulary(
            bytes(arrays["pieces"]).decode("utf-8").split("\n"), arrays["scores"].tolist(), about["unknown"]
        )
        self._first, self._last = int(about["first"]), int(about["last"])
        self._codes: dict[str, list[str]] = about["codes"]
        self._encoder = Encoder(arrays, int(about["heads"]))
        self._questions = arrays["questions"].astype(np.float32)
        self._heads = {
            name: (arrays[f"{name}.weights"].astype(np.float32).T, arrays[f"{name}.bias"].astype(np.float32))
            for name in ("relevance", *self._codes, "part1", "part2")
        }
        self._read = lru_cache(maxsize=KEPT)(self._read_text)

    def read(self, candidate: Candidate, title: Sequence[Mention] = (), body: Sequence[Mention] = ()) -> CloseReading:
        """The reading of a report's title and the beginning of its summary or text; mentions by their places there."""
        text = self._read(candidate.title, body_of(candidate))
        borderline, relevant = text.relevance
        return CloseReading(relevant, borderline, text.codes, self._parts(text, title, body))

    @staticmethod
    def lay_out(
        title: str, body: str, vocabulary: Vocabulary, ends: tuple[int, int], most: int
    ) -> tuple[list[int], list[tuple[int, Piece]], int]:
        """The numbers that the encoder is given, its rows with the pieces they are, and where the body begins.

        First the mark of a beginning, then the title, the mark of an end, and the body; cut to `most`.
        """
        pieces = vocabulary.split(f"{title}\n{body}")
        head = sum(piece.start < len(title) for piece in pieces)
        numbers = [ends[0], *(p.number for p in pieces[:head]), ends[1], *(p.number for p in pieces[head:])]
        rows = [*range(1, head + 1), *range(head + 2, len(numbers))]
        placed = [(row, piece) for row, piece in zip(rows, pieces, strict=True) if row < most]
        return numbers[:most], placed, len(title) + 1

    def _read_text(self, title: str, body: str) -> _Text:
        numbers, placed, body_start = self.lay_out(
            title, body, self._vocabulary, (self._first, self._last), self._encoder.most
        )
        vectors = self._encoder.vectors(np.array(numbers))
        asked = vectors @ self._questions.T
        asked = np.exp(asked - asked.max(axis=0))
        asked /= asked.sum(axis=0)
        pooled = np.concatenate([vectors.mean(axis=0), (asked.T @ vectors).ravel()])
        return _Text(
            pieces=placed,
            vectors=vectors,
            body_start=body_start,
            relevance=self._ask("relevance", pooled),
            codes={name: dict(zip(codes, self._ask(name, pooled), strict=True)) for name, codes in self._codes.items()},
        )

    def _parts(self, text: _Text, title: Iterable[Mention], body: Iterable[Mention]) -> dict[str, list[float]]:
        """For each actor that is named as one: the log-odds to be an initiator, a target, and whose people it is about.

        Of an actor's mentions the one that speaks most for a part decides about it.
        """
        inner, bias = self._heads["part1"]
        found: dict[str, list[float]] = {}
        for code, start, end in agent_rows(text.pieces, text.body_start, title, body):
            hidden = gelu((text.vectors[start:end].mean(axis=0) @ inner + bias)[None])[0]
            odds = self._ask("part2", hidden)
            found[code] = [max(pair) for pair in zip(found.get(code, odds), odds, strict=True)]
        return found

    def _ask(self, name: str, vector: NDArray[np.float32]) -> list[float]:
        weights, bias = self._heads[name]
        return [round(float(odds), DIGITS) for odds in vector @ weights + bias]


def agent_rows(
    pieces: Sequence[tuple[int, Piece]], body_start: int, title: Iterable[Mention], body: Iterable[Mention]
) -> Iterator[tuple[str, int, int]]:
    """Each actor that is named as one, and from which row up to which it stands; none where the text was cut before."""
    for offset, mentions in ((0, title), (body_start, body)):
        for mention in mentions:
            if mention.role == "agent":
                start, end = mention.start + offset, mention.end + offset
                rows = [row for row, piece in pieces if piece.start < end and piece.end > start]
                if rows:
                    yield mention.code, rows[0], rows[-1] + 1
