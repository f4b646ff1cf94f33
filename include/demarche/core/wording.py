"""Turns a title or summary into folded words, stems, numbers and names that can be compared.

Owns what counts as a word in any script. It does not compare texts and knows no meaning of any word.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from sys import intern

# Letters that Unicode does not decompose, and signs that typesetters swap freely.
_SWAPS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h",
        "ё": "е", "ς": "σ", "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ٱ": "ا", "ـ": None, "\u200b": None,
        "\u200c": None, "\u200d": None, "\ufeff": None, "\u00ad": None, "\u200e": None, "\u200f": None,
    }
)  # fmt: skip
_MARKS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]")
_POINTS = re.compile(r"[\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0640]")
_VOWEL_SIGNS = (
    r"\u0900-\u0903\u093a-\u094f\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u0a3c-\u0a51\u0abc-\u0acd\u0b3c-\u0b57"
)
_VOWEL_SIGNS += r"\u0bbe-\u0bcd\u0c3e-\u0c56\u0cbc-\u0cd6\u0d3e-\u0d4d\u0dca-\u0ddf"
_UNSPACED = r"\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_NUMBER = re.compile(r"\d{1,3}(?:[.,\u00a0\u202f ]\d{3})+(?!\d)|\d+(?:[.,]\d+)?")
_WORD = re.compile(rf"[{_UNSPACED}]+|(?:(?![{_UNSPACED}])(?:[^\W_]|[{_VOWEL_SIGNS}]))+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")  # what _WORD finds in most text, several times as fast
_SIMPLE_WORD = re.compile(r"[^\W_]+")  # what _WORD finds in text without the signs of _INTRICATE
_INTRICATE = re.compile(
    rf"[{_UNSPACED}{_VOWEL_SIGNS}\u00ad\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u200b-\u200f\ufeff]"
)
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_SEPARATORS = re.compile(r"[.,\u00a0\u202f ]")
_APOSTROPHES = re.compile(r"(?<=\w)['’ʼ](?:s\b)?")
_CAPITALISED = re.compile(r"\b[^\W\d_]\w*")
_INNER_WORD = re.compile(r"(?<=[\w,;)’'»”\"] )[^\W\d_]\w+")  # not the first of a sentence
_LONG_WORD = re.compile(r"[^\W\d_]{5,}")
_CLUSTERS = (("sch", "s"), ("sh", "s"), ("ch", "k"), ("cz", "k"), ("sz", "s"), ("ph", "f"), ("ck", "k"), ("th", "t"))
# Consonants in Latin letters, roughly as they sound; vowels and half-vowels fall away.
_SOUNDS = str.maketrans(
    {
        **dict.fromkeys("aeiouyjhўйёеаоуиіїыэюяъьєαεηιουωξ", ""), "c": "k", "q": "k", "w": "v", "x": "ks",
        **dict(zip("бвгджзклмнпрстфхцчшщґ", "bvgdgzklmnprstfhckssg", strict=True)),
        **dict(zip("βγδζθκλμνπρστφχψ", "bgdztklmnprstfhp", strict=True)),
        **dict(zip("بتثجحخدذرزسشصضطظغفقكلمنوهيپچژگ", "bttghhddrzsssdtzgfkklmnvhjbczg", strict=True)),
        **dict.fromkeys("اعءؤئو", ""),
        **dict(zip("בגדזחטכךלמםנןספףצץקרשת", "bgdzhtkklmmnnsffcckrst", strict=True)), **dict.fromkeys("אהויע", ""),
    }
)  # fmt: skip
_TWINS = re.compile(r"(.)\1+")
UNSEEN_KEPT = 200_000  # words whose rarity is kept once it was asked for
WORDS_KEPT = 200_000  # words whose stem is kept
_TYPOGRAPHIC = (
    ("’", "'"),
    ("‘", " "),
    ("“", " "),
    ("”", " "),
    ("„", " "),
    ("–", " "),
    ("—", " "),
    ("…", " "),
    ("\u00a0", " "),
)
SOUNDS = 4  # consonants: Kaczyński and Kaczyńskiego, relocation and relokacja agree in them
_NOUNS_CAPITALISED = ("de", "lb")
STEM = 6  # letters: long enough to tell words apart, short enough to drop most endings of inflected languages


def fold(text: str) -> str:
    """The text as it is compared: lower case, without accents, vowel points or typographic variants."""
    if text.isascii():
        return text.casefold()
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return unicodedata.normalize("NFC", bare).translate(_SWAPS)


def without_points(text: str) -> str:
    """Arabic and Hebrew without vowel points, which some outlets set and others leave out."""
    return text if text.isascii() else _POINTS.sub("", text)


def words(text: str) -> list[str]:
    """The folded words in order; runs of scripts without spaces come as overlapping pairs of characters."""
    folded = _APOSTROPHES.sub(" ", fold(text))
    if text.isascii():
        return _ASCII_WORD.findall(folded)
    runs: list[str] = _WORD.findall(folded)
    if not _IS_UNSPACED.search(text):
        return runs
    found: list[str] = []
    for run in runs:
        if len(run) > 1 and _IS_UNSPACED.match(run):
            found.extend(first + second for first, second in pairwise(run))
        else:
            found.append(run)
    return found


def stem(word: str) -> str:
    """The first letters of a word, without the Arabic article."""
    if word[:2] == "ال" and len(word) > 4:
        word = word[2:]
    return intern(word[:STEM])


def stems(text: str) -> tuple[str, ...]:
    """The stem of each word in order, figures left out.

    Most text is split first and folded word by word, each word once in a process; the rest is folded first.
    """
    if not text.isascii():
        for sign, plain in _TYPOGRAPHIC:
            text = text.replace(sign, plain)
    text = text.lower()
    if not text.isascii() and (_INTRICATE.search(text) or not unicodedata.is_normalized("NFKC", text)):
        return tuple([stem(word) for word in words(text) if not word.isdigit()])
    if "'" in text or "ʼ" in text:
        text = _APOSTROPHES.sub(" ", text)
    found = _ASCII_WORD.findall(text) if text.isascii() else _SIMPLE_WORD.findall(text)
    return tuple(filter(None, map(_STEMS.__getitem__, found)))


def numbers(text: str) -> frozenset[str]:
    """The numbers written in figures, in one notation: '1,500', '1.500' and '1 500' are all 1500, '2,4' is 2.4."""
    found = set()
    for token in _NUMBER.findall(text):
        groups = _SEPARATORS.split(token)
        if len(groups) > 1 and all(len(group) == 3 for group in groups[1:]):
            token = "".join(groups)
        else:
            token = ".".join(groups)
        found.add("".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in token).lstrip("0") or "0")
    return frozenset(found)


def names(text: str, lang: str = "") -> frozenset[str]:
    """Folded capitalised words inside sentences; none in headline case, nor in German, which capitalises all nouns."""
    if lang in _NOUNS_CAPITALISED or is_headline_case(text):
        return frozenset()
    return frozenset(fold(word) for word in _INNER_WORD.findall(text) if word[0].isupper())


def sounds(text: str) -> frozenset[str]:
    """The first consonants of each long word in Latin letters, by which names and loan words agree across languages."""
    found = set()
    for word in _LONG_WORD.findall(fold(text)):
        for cluster, sound in _CLUSTERS:
            word = word.replace(cluster, sound)
        skeleton = _TWINS.sub(r"\1", word.removeprefix("ال").translate(_SOUNDS))[:SOUNDS]
        if len(skeleton) == SOUNDS:
            found.add(skeleton)
    return frozenset(found)


def is_headline_case(text: str) -> bool:
    """True where most words are capitalised, so that a capital says nothing about names."""
    initials = [word[0] for word in _CAPITALISED.findall(text) if len(word) > 3]
    return len(initials) >= 3 and sum(c.isupper() for c in initials) > 0.7 * len(initials)


class _Stems(dict[str, str]):
    """Stem by lower-case word; the empty text for figures."""

    def __missing__(self, word: str) -> str:
        folded = fold(word)
        known = "" if folded.isdigit() else stem(folded)
        if len(self) < WORDS_KEPT:
            self[word] = known
        return known


_STEMS = _Stems()


@dataclass(frozen=True)
class Reading:
    """One piece of text, taken apart once. Slots would forbid the cached parts."""

    text: str
    lang: str = ""

    def words(self) -> list[str]:
        """Folded words in order, figures left out. Not kept: a window holds many thousand texts."""
        return [word for word in words(self.text) if not word.isdigit()]

    @cached_property
    def word_set(self) -> frozenset[str]:
        """Folded words, each once."""
        return frozenset(self.words())

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """The stem of each word, in order."""
        return stems(self.text)

    @cached_property
    def is_unspaced(self) -> bool:
        """True for text of a script that does not part its words."""
        return bool(_IS_UNSPACED.search(self.text))

    @cached_property
    def pair_numbers(self) -> list[int]:
        """Each two neighbouring stems, in order, as a number that is good for comparing within one process only."""
        return list(map(hash, pairwise(self.stems)))

    @cached_property
    def pairs(self) -> frozenset[int]:
        """The same, each once."""
        return frozenset(self.pair_numbers)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The numbers in figures."""
        return numbers(self.text)

    @cached_property
    def names(self) -> frozenset[str]:
        """Folded words that a capital inside a sentence marks as names; none where every word has a capital."""
        return names(self.text, self.lang)


class Background:
    """How rare a word is in news at large; an unseen word counts as rare."""

    def __init__(self, bands: Mapping[str, str], unseen: float) -> None:
        self._rarity = _Rarities(
            unseen, {word: float(band) for band, listed in bands.items() for word in listed.split()}
        )

    def rarity(self, stemmed: str) -> float:
        """Inverse document frequency, natural logarithm: 0 for a word in every report, about 9 for a name."""
        return self._rarity[stemmed]

    def rarities(self, stems: Iterable[str]) -> list[float]:
        """The same of many stems, in their order."""
        return list(map(self._rarity.__getitem__, stems))


class _Rarities(dict[str, float]):
    """Rarity by stem. Short unlisted words are rather function words of a language without counts."""

    def __init__(self, unseen: float, listed: Mapping[str, float]) -> None:
        super().__init__(listed)
        self._unseen = unseen

    def __missing__(self, stemmed: str) -> float:
        known = self._unseen if len(stemmed) > 3 or not stemmed.isascii() else self._unseen / 2
        if len(self) < UNSEEN_KEPT:
            self[stemmed] = known
        return known
