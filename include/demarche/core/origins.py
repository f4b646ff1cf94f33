"""Tells people's origins from actors: "Syrian refugees", "chauffeur routier roumain", "obywatele Iraku".

Owns the grammar of origins in the languages that it knows. It finds neither names nor nouns of people.
"""

import re
from dataclasses import dataclass

from demarche.core.matching import fold

_PEOPLE_GAP = 22  # letters between an origin and its people: "Romanian truck driver"
_ARTICLES = re.compile(r"^(?:the|les|der|die|das|lo|el|la|los|las|il|gli|i|l'|o|a|os|as|al|ال)$")
_WORDS = re.compile(r"\w+", re.UNICODE)
_BREAK = re.compile(r"[.,;:、，。：；!?()\[\]«»\"“”„|/–—\n]|\s-\s")
_LIST_GAP = re.compile(r"^(?:, | and |, and | et | und | y | e | i | oraz | и | و|、)$")
_ADJECTIVE_AFTER = frozenset("fr es it pt ca ro ar fa ur he vi id ms sw so sq".split())
_LINKS = frozenset(
    "to and in for with on at of by from says said tells asks over as after amid into against who that".split()
)
_UNSPACED = frozenset(["zh", "ja", "th", "my", "km", "lo"])
_UNSPACED_LINKS = frozenset(["", "的", "籍", "の", "人", "裔"])
_OWN_ADJECTIVES = frozenset(["tr", "az", "nl", "de", "sv", "da", "no", "fi", "hu", "et", "el", "lt", "lv", "af"])
_SMALL_ADJECTIVES = frozenset(
    [
        "de",
        "sv",
        "da",
        "no",
        "fi",
        "hu",
        "et",
        "lt",
        "lv",
        "pl",
        "cs",
        "sk",
        "sl",
        "hr",
        "sr",
        "mk",
        "bg",
        "ru",
        "uk",
        "be",
    ]
)
_GENITIVE = frozenset("pl ru uk cs sk hr sr sl bg mk lt lv el".split())


@dataclass(frozen=True, slots=True)
class Scene:
    """A text with the places of its nouns of people ("refugees", "truck drivers")."""

    text: str
    language: str
    crowd: list[tuple[int, int]]
    origins: frozenset[str]
    names: frozenset[str]  # the states' plain names
    demonym: re.Pattern[str] | None

    def belong_together(self, start: int, end: int, first: int, last: int) -> bool:
        """True where the name at start..end tells the origin of the people at first..last."""
        if first >= end:  # "Romanian truck drivers"
            gap = self.text[end:first]
            if len(gap) > _PEOPLE_GAP or self.language in _ADJECTIVE_AFTER or _BREAK.search(gap):
                return False
            if self.language in _UNSPACED:
                return gap in _UNSPACED_LINKS
            is_plain_name = fold(self.text[start:end]) in self.names
            if is_plain_name and (self.language in _OWN_ADJECTIVES or gap.strip()):
                return False  # a subject and its verb: "Chad hosts refugees"
            if self.language in _SMALL_ADJECTIVES and self.text[start].isupper() and start > 0:
                return False  # a noun: "fordert, dass Marokko Bürger zurücknimmt"
            words = _WORDS.findall(gap)
            if len(words) > 1 or not all(w[0].islower() and len(w) > 2 and w not in _LINKS for w in words):
                return False
            if self.language == "en" and words and words[0].endswith(("s", "ed", "ing")):
                return False  # a verb: "UK deports workers"
            return self.text[start:end][-2:] not in ("'s", "’s") and gap[:1] not in ("'", "’")
        if last > start:
            return False
        gap = self.text[last:start]
        if len(gap) > _PEOPLE_GAP or _BREAK.search(gap):
            return False
        between = [w for w in fold(gap).replace("'", " ").split() if not _ARTICLES.match(w)]
        if not between:  # "réfugiés syriens", "obywatele Iraku"
            return self.language in _ADJECTIVE_AFTER or self.language in _GENITIVE
        return len(between) == 1 and between[0] in self.origins  # "refugees from Syria"


def extend_lists(text: str, chosen: list[tuple[int, int, str, str]], roles: list[str]) -> None:
    """Carries the role of people along a list: "citizens of Sudan, Syria and Yemen"."""
    for number in range(1, len(chosen)):
        gap = text[chosen[number - 1][1] : chosen[number][0]]
        if roles[number - 1] == "people" and chosen[number][3] in ("name", "adjective") and _LIST_GAP.match(gap):
            roles[number] = "people"
