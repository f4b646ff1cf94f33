"""Splits words into the pieces of a SentencePiece unigram vocabulary.

Owns the split and where in the text each piece stands. What the pieces mean is in `core.encoder`.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

SPACE = "\u2581"  # begins the first piece of each word
LONGEST = 20  # characters of a piece
UNKNOWN_COST = 10.0  # below the rarest piece: a character that no piece holds
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece's number and its characters in the text, from `start` up to `end`."""

    number: int
    start: int
    end: int


class Vocabulary:
    """Pieces with their log-probabilities; the likeliest split of each word is found (Kudo 2018, Viterbi)."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float], unknown: int) -> None:
        """`scores` are the pieces' log-probabilities; `unknown` is the number of the piece for what is in none.

        Raises ValueError where their counts differ.
        """
        if len(pieces) != len(scores):
            raise ValueError(f"{len(pieces)} pieces with {len(scores)} scores")
        self._numbers = {piece: number for number, piece in enumerate(pieces) if piece and number != unknown}
        self._scores = [float(score) for score in scores]
        self._unknown = unknown
        self._unknown_score = min(self._scores) - UNKNOWN_COST

    def split(self, text: str) -> list[Piece]:
        """The pieces of all words in order; compatible characters count as their plain form."""
        found: list[Piece] = []
        for match in _WORD.finditer(text):
            plain = "".join(unicodedata.normalize("NFKC", match.group()).split())
            start = match.start()
            is_same = len(plain) == len(match.group())
            for number, first, last in self._split_word(SPACE + plain):
                if is_same:
                    found.append(Piece(number, start + max(first - 1, 0), start + max(last - 1, 0)))
                else:  # a character became several: each piece stands for the whole word
                    found.append(Piece(number, start, match.end()))
        return found

    def _split_word(self, word: str) -> list[tuple[int, int, int]]:
        """Number, start and end of each piece of the likeliest split."""
        size = len(word)
        best = [0.0] + [float("-inf")] * size
        back = [(self._unknown, 0)] * (size + 1)
        for start in range(size):
            for end in range(start + 1, min(size, start + LONGEST) + 1):
                number = self._numbers.get(word[start:end])
                if number is not None:
                    score = best[start] + self._scores[number]
                    if score > best[end]:
                        best[end], back[end] = score, (number, start)
            if best[start] + self._unknown_score > best[start + 1]:
                best[start + 1], back[start + 1] = best[start] + self._unknown_score, (self._unknown, start)
        found = []
        end = size
        while end:
            number, start = back[end]
            found.append((number, start, end))
            end = start
        return found[::-1]
