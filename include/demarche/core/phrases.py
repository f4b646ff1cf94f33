"""Tells whether the words of a phrase stand around the one by which it was found.

Owns the comparison of inflected words by their stems. It finds no words.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

WORD = re.compile(r"\w+")
REACH = 80  # characters in which the other words of a phrase must stand

Fold = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase whose words are stems: found by one word, then the words before and after are compared."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    closes: bool  # the last word must end where the stem does

    def around(self, text: str, start: int, end: int, folds: Fold) -> tuple[int, int] | None:
        """Start and end of the whole phrase around the word found, at `start`; None where the others do not fit.

        `folds` makes a piece of `text` comparable: the identity where `text` is folded already.
        """
        # Most phrases fall here, before any word is read: a stem stands nowhere near.
        if self.before:
            near = folds(text[max(0, start - REACH) : start])
            for stem in self.before:
                if stem not in near:
                    return None
        if self.after:
            near = folds(text[end : end + REACH])
            for stem in self.after:
                if stem not in near:
                    return None
        if self.before:
            words = list(WORD.finditer(text, max(0, start - REACH), start))[-len(self.before) :]
            if len(words) < len(self.before) or not self._fits(words, self.before, folds, closes=False):
                return None
            start = words[0].start()
        if self.after:
            words = list(islice(WORD.finditer(text, end, end + REACH), len(self.after)))
            if len(words) < len(self.after) or not self._fits(words, self.after, folds, closes=self.closes):
                return None
            end = words[-1].end()
        return start, end

    @staticmethod
    def _fits(words: Sequence[re.Match[str]], stems: Sequence[str], folds: Fold, *, closes: bool) -> bool:
        folded = [folds(word.group()) for word in words]
        if closes and folded[-1] != stems[-1]:
            return False
        return all(word.startswith(stem) for word, stem in zip(folded, stems, strict=True))
