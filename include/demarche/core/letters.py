"""Folds letters that writers exchange, one for one. It does not change the length of a text."""

import unicodedata

FOLDED_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "ARABIC")
# Letters that writers exchange and that no decomposition joins.
SAME_LETTERS = {
    "ı": "i", "ł": "l", "đ": "d", "ø": "o", "ħ": "h", "ŧ": "t", "ς": "σ", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه",
    "ٱ": "ا", "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "‐": "-", "‑": "-", "–": "-", "—": "-",
    "“": '"', "”": '"', "„": '"', "\u00a0": " ", "\u202f": " ", "\u2009": " ",
}  # fmt: skip


class _Folding(dict[int, str]):
    """A translation table that learns each character when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = folded_letter = _folded_letter(chr(code))
        return folded_letter


def _folded_letter(letter: str) -> str:
    """One letter for one letter: lower case, without the marks of Latin, Greek, Cyrillic and Arabic script."""
    low = letter.lower()
    base = low[0]  # İ gives i and a dot
    if base in SAME_LETTERS:
        return SAME_LETTERS[base]
    parts = unicodedata.normalize("NFD", base)
    if len(parts) > 1 and base not in "йї" and unicodedata.name(parts[0], "").startswith(FOLDED_SCRIPTS):
        return parts[0]
    return base


_FOLDING = _Folding()


def folded(text: str) -> str:
    """The text in lower case without diacritics, character for character: offsets stay those of `text`."""
    return text.translate(_FOLDING)
