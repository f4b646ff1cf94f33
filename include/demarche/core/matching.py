"""Finds many words at once in text of any script, and says where (the only home of ahocorasick_rs).

Owns folding of letters and the rules for where a word may begin and end. It knows no meaning of any word.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import ahocorasick_rs

Mode = Literal["stem", "word", "inside", "substring"]
FREE = -1

# Letters that Unicode does not decompose but readers and keyboards treat as variants.
_REPLACED = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h", "ŋ": "n",
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\n": " ", "\r": " ", "\t": " ",
    "ё": "е", "ς": "σ", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ة": "ه", "ہ": "ه",
    "ھ": "ه", "ۀ": "ه", "ک": "ك", "ݢ": "ك", "ؤ": "و", "ئ": "ي",
}  # fmt: skip
_DROPPED = set("\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u0640")
_DECOMPOSED = ((0x00C0, 0x024F), (0x0370, 0x03FF), (0x1E00, 0x1FFF), (0xFF01, 0xFF5E), (0xFB00, 0xFB06))
_MARKS_DROPPED = ((0x0300, 0x036F), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670))
# Scripts written without spaces: a term is found anywhere in the run of letters.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_REST_OF_WORD = re.compile(r"[^\W_]*")  # letters and figures, as `str.isalnum` tells them
_ARABIC_CLITICS = frozenset(
    f"{conjunction}{preposition}"
    for conjunction in ("", "و", "ف", "ا")
    for preposition in ("", "ال", "ب", "بال", "ل", "لل", "ك", "كال", "س", "فال")
) - {"", "ا"}
_HEBREW_CLITICS = frozenset(
    f"{first}{second}{third}"
    for first in ("", "ו")
    for second in ("", "ש", "כש", "מש", "לכש")
    for third in ("", "ה", "ב", "ל", "מ", "כ", "מה")
) - {""}


def _in(code: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _fold_letter(letter: str) -> str:
    """One character as it is compared: lower case, without accents, vowel points or typographic variants."""
    if letter in _DROPPED or _in(ord(letter), _MARKS_DROPPED):
        return ""
    folded = letter.lower()
    if len(folded) > 1:  # İ becomes i and a combining dot
        folded = "".join(c for c in folded if not unicodedata.combining(c))
    if folded in _REPLACED:
        return _REPLACED[folded]
    if folded and _in(ord(folded[0]), _DECOMPOSED):
        parts = (c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
        return "".join(_REPLACED.get(c, c) for c in parts)
    return folded


class _Folding(dict[str, str]):
    """Folded letters, worked out once each; remembers which of them change the length of a text."""

    def __init__(self) -> None:
        self._uneven: set[str] = set()
        self._of_uneven = re.compile(r"(?!)")

    def __missing__(self, letter: str) -> str:
        folded = self[letter] = _fold_letter(letter)
        if len(folded) != 1:
            self._uneven.add(letter)
            self._of_uneven = re.compile("[" + re.escape("".join(sorted(self._uneven))) + "]")
        return folded

    def uneven_places(self, text: str) -> list[int]:
        """Where in an already folded `text` letters stand that folding drops or draws out; mostly nowhere."""
        return [found.start() for found in self._of_uneven.finditer(text)]


_FOLDING = _Folding()


def fold(text: str) -> str:
    """The text as it is compared; may be shorter or longer than the original."""
    if text.isascii():
        return _fold_ascii(text)
    if len(text.encode(errors="replace")) < _FEW_FOREIGN * len(text):
        return _fold_ascii(_FOREIGN.sub(lambda letter: _FOLDING[letter[0]], text))
    return "".join(map(_FOLDING.__getitem__, text))


def _fold_ascii(text: str) -> str:
    """What folding does to letters of ASCII; four replacements take a quarter of the time of one translation."""
    return text.lower().replace("\n", " ").replace("\r", " ").replace("\t", " ").replace("`", "'")


_FOREIGN = re.compile(r"[^\x00-\x7f]")
_FEW_FOREIGN = 1.15  # bytes a character: below it only the letters beyond ASCII are looked up, one by one


@lru_cache(maxsize=64)  # a report's title and body are read several times over
def fold_with_offsets(text: str) -> tuple[str, list[int] | None]:
    """The folded text, and for each of its characters the place in the original; None where places are equal."""
    folded = fold(text)
    places = [] if text.isascii() else _FOLDING.uneven_places(text)
    if not places:
        return folded, None
    offsets: list[int] = []
    begin = 0
    for place in places:
        offsets.extend(range(begin, place))
        offsets.extend([place] * len(_FOLDING[text[place]]))
        begin = place + 1
    offsets.extend(range(begin, len(text) + 1))
    return folded, offsets


def is_unspaced(text: str) -> bool:
    """True where the text holds letters of a script that is written without spaces."""
    return _UNSPACED.search(text) is not None


_LAST_WITHOUT_MARKS = "\u02ff"


def _is_letter(letter: str) -> bool:
    return letter.isalnum() or (letter > _LAST_WITHOUT_MARKS and unicodedata.category(letter)[0] == "M")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A word to be found.

    `stem`: begins where a word begins, ends anywhere (at most `tail` letters before the word's end, FREE for any).
    `word`: the whole word. `inside`: anywhere in a word, as in German compounds. `substring`: anywhere at all.
    Scripts without spaces are always `substring`. Arabic and Hebrew words may carry their written-on particles.
    `is_cased`: the original letters must be the same, as for the acronym US.
    """

    text: str
    mode: Mode = "stem"
    tail: int = FREE
    is_cased: bool = False


# Whether all patterns of a form begin where a word begins, and nowhere else (most of what the automaton finds lies
# inside other words: these are told apart at once); whether particles at most may stand before them; these particles;
# and each pattern's index and mode.
_Form = tuple[bool, bool, frozenset[str] | None, tuple[tuple[int, tuple[str, int, str]], ...]]


class Matcher:
    """Finds all its patterns in a text in one pass (Aho-Corasick; method: Aho and Corasick 1975)."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        """Raises ValueError for a pattern without a letter."""
        self._patterns = tuple(patterns)
        by_form: dict[str, list[int]] = {}
        for index, pattern in enumerate(self._patterns):
            form = fold(pattern.text)
            if not form.strip():
                raise ValueError(f"pattern {index} ({pattern.text!r}) holds no letter")
            by_form.setdefault(form, []).append(index)
        self._forms = [
            self._form_of(form, [(i, self._mode_of(self._patterns[i], form)) for i in indexes])
            for form, indexes in by_form.items()
        ]
        # Of the three automata the compact one: a table of states takes eight times its memory and saves a fifth of
        # its time, which is 5 of the 30 microseconds that a report costs.
        compact = ahocorasick_rs.Implementation.ContiguousNFA
        self._engine = ahocorasick_rs.AhoCorasick(list(by_form), implementation=compact) if by_form else None

    @staticmethod
    def _form_of(form: str, modes: Sequence[tuple[int, tuple[str, int, str]]]) -> "_Form":
        clitics = _clitics_of(form)
        is_bound = all(mode[0] in ("stem", "word") for _, mode in modes)
        return is_bound and clitics is None and form[0].isalnum(), is_bound, clitics, tuple(modes)

    @staticmethod
    def _mode_of(pattern: Pattern, form: str) -> tuple[str, int, str]:
        mode: str = "substring" if is_unspaced(form) else pattern.mode
        return mode, 0 if mode == "word" else pattern.tail, pattern.text if pattern.is_cased else ""

    def hits(self, text: str) -> list[tuple[int, int, int]]:
        """(pattern index, start, end) in the original text, overlapping, in order of their ends.

        `end` of a stem or an inside match is the end of its word.
        """
        if self._engine is None:
            return []
        folded, offsets = fold_with_offsets(text)
        forms = self._forms
        found: list[tuple[int, int, int]] = []
        for number, start, end in self._engine.find_matches_as_indexes(folded, overlapping=True):
            opens_word, is_bound, clitics, modes = forms[number]
            begins = start == 0 or not folded[start - 1].isalnum()
            if not begins:
                if opens_word:
                    continue
                begins = not folded[start].isalnum() or (clitics is not None and _is_clitic(folded, start, clitics))
                if is_bound and not begins:
                    continue
            word_end = _end_of_word(folded, end)
            for index, (mode, tail, cased) in modes:
                if not begins and mode in ("stem", "word"):
                    continue
                stop = end
                if mode != "substring":
                    if 0 <= tail < word_end - end:
                        continue
                    stop = word_end
                first, last = (start, stop) if offsets is None else (offsets[start], offsets[stop - 1] + 1)
                if cased and text[first : first + len(cased)] != cased:
                    continue
                found.append((index, first, last))
        return found


def _end_of_word(folded: str, end: int) -> int:
    """Where the word ends that goes on, or does not, after a match that ends at `end`; marks belong to it."""
    if not folded[end - 1].isalnum():
        return end
    end = _REST_OF_WORD.match(folded, end).end()  # type: ignore[union-attr]  # it matches nothing, too
    length = len(folded)
    if end < length and folded[end] > _LAST_WITHOUT_MARKS:
        while end < length and _is_letter(folded[end]):
            end += 1
    return end


def _clitics_of(form: str) -> frozenset[str] | None:
    """The particles that may be written onto the front of this form, None where its script has none."""
    if "\u0600" <= form[0] <= "\u06ff":
        return _ARABIC_CLITICS
    return _HEBREW_CLITICS if "\u0590" <= form[0] <= "\u05ff" else None


def _is_clitic(folded: str, start: int, clitics: frozenset[str]) -> bool:
    """True where only such particles stand between the word's beginning and `start`."""
    begin = start
    while begin > 0 and start - begin < 5 and folded[begin - 1].isalnum():
        begin -= 1
    return (begin == 0 or not folded[begin - 1].isalnum()) and folded[begin:start] in clitics
