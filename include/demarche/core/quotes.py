"""Finds what is said in quotation marks, and who says it.

Owns marks, verbs of saying (rules/quotes.toml) and the choice of the speaker. It finds no actors itself.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from demarche.core.forms import ALIASES, parse_form
from demarche.core.matching import FREE, Matcher, is_unspaced
from demarche.core.sentences import sentences
from demarche.model import Mention, Quote

# Opening and closing marks; the same opening mark closes differently from language to language. A mark inside a word
# is an apostrophe.
_PAIRS = (
    ("“", "”"),
    ("„", '“”"'),
    ("«", "»"),
    ("»", "«"),
    ("”", "”"),
    ("‹", "›"),
    ("「", "」"),
    ("『", "』"),
    ("《", "》"),
    ('"', '"'),
)
_QUOTED = re.compile(
    "|".join(
        rf"{re.escape(opening)}(?P<q{number}>[^{re.escape(opening + closing)}\n]{{2,400}})[{re.escape(closing)}]"
        for number, (opening, closing) in enumerate(_PAIRS)
    )
    + r"|(?<!\w)['‘](?P<single>(?:[^'‘’\n]|(?<=\w)['’](?=\w)){2,300})['’](?!\w)"
)
_OPENING = re.compile("[“„«»”‹「『《\"‘]|(?<!\\w)'")
_WORDS = re.compile(r"\w+(?:['’]\w+)*", re.UNICODE)
# A person's name: two to four words with capitals, particles between them allowed.
_NAME = re.compile(
    r"[^\W\d_a-zà-öø-ÿа-яё]\w+(?:[ -](?:(?:al|bin|de|del|der|di|van|von|el|da)[ -])?[^\W\d_a-zà-öø-ÿа-яё]\w+){1,3}"
)
MIN_WORDS = 3  # fewer words in marks are a name, a term or irony
MIN_WORDS_ALONE = 5  # … and so are some more where nobody is said to speak
MIN_UNSPACED = 8  # letters, in scripts without spaces
REACH = 70  # letters between the verb and the speaker
LIMIT = 5  # quotations of one report that are kept


class QuoteFinder:
    """Finds quotations in a text whose actors are known."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        """`table` is rules/quotes.toml."""
        self._verbs: Mapping[str, str] = table["verbs"]
        self._matchers: dict[str, Matcher] = {}

    def find(self, text: str, field: str, lang: str, mentions: Sequence[Mention]) -> list[Quote]:
        """The quotations of one field in its order, at most LIMIT."""
        spans = list(_quoted(text))
        if not spans:
            return []
        verbs = [(start, end) for _, start, end in self._matcher(lang).hits(text)]
        borders = sentences(text, lang=lang)
        found = []
        for start, end in spans:
            size = _size(text[start:end])
            if size < MIN_WORDS:
                continue
            speaker, is_said = _speaker(text, (start, end), spans, verbs, borders, mentions)
            if is_said or size >= MIN_WORDS_ALONE:
                found.append(Quote(speaker, text[start:end], field, start, end))
        return found[:LIMIT]

    def _matcher(self, lang: str) -> Matcher:
        language = ALIASES.get(lang, lang)
        language = language if language in self._verbs else "en"
        if language not in self._matchers:
            self._matchers[language] = Matcher([parse_form(w, FREE)[0] for w in self._verbs[language].split()])
        return self._matchers[language]


def _quoted(text: str) -> Iterator[tuple[int, int]]:
    """The places of the words between marks, without the marks and the space beside them."""
    done = 0
    for mark in _OPENING.finditer(text):
        match = _QUOTED.match(text, mark.start()) if mark.start() >= done else None
        if match is None:
            continue
        done = match.end()
        start, end = match.span(match.lastgroup or 0)
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        yield start, end


def _size(words: str) -> int:
    """Length in words; in scripts without spaces a count that compares with it."""
    if is_unspaced(words):
        return MIN_WORDS_ALONE if len(words) >= MIN_UNSPACED else 0
    return len(_WORDS.findall(words))


def _speaker(
    text: str,
    quote: tuple[int, int],
    spans: Sequence[tuple[int, int]],
    verbs: Sequence[tuple[int, int]],
    borders: Sequence[tuple[int, int]],
    mentions: Sequence[Mention],
) -> tuple[str, bool]:
    """Who speaks (code, name or nothing), and whether a verb or a colon says that somebody does."""
    start, end = quote
    first = max((b for b, _ in borders if b <= start), default=0)
    last = min((e for _, e in borders if e >= end), default=len(text))

    def is_outside(place: int) -> bool:
        return first <= place < last and not any(s <= place < e for s, e in spans)

    people = [(m.start, m.end, m.code) for m in mentions if m.role == "agent" and is_outside(m.start)]
    names = [
        (n.start(), n.end(), n.group())
        for n in _NAME.finditer(text, first, last)
        if is_outside(n.start()) and not any(s < n.end() and n.start() < e for s, e, _ in people)
    ]
    before = text[first:start].rstrip(" \"'“„«»‘「")
    if before.endswith((":", "：")):
        place = first + len(before)
        who = [c for c in (*people, *names) if c[1] <= place]
        return (max(who)[2] if who else ""), True
    spoken = [(s, e) for s, e in verbs if is_outside(s)]
    if not spoken:
        return "", False
    # The verb nearest to the words, and of those that may speak the one nearest to the verb.
    verb = min(spoken, key=lambda v: min(abs(v[1] - start), abs(v[0] - end)))
    near = [(min(abs(s - verb[1]), abs(verb[0] - e)), label) for s, e, label in (*people, *names)]
    near = [candidate for candidate in near if candidate[0] <= REACH]
    return (min(near)[1] if near else ""), True
