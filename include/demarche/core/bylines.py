"""Names the wire or outlet that a report comes from, where text, byline or address tells. One only quoted is none.

It reads one sighting at a time; which sighting speaks for an article is decided elsewhere.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from demarche.core.titles import OUTLET_WORDS
from demarche.core.urls import site_of

HEAD = 120  # characters from the beginning within which a place and a wire stand
TAIL = 90
# "told Reuters" quotes; "mit dpa", "source: PAP" signs.
_WITH = r"(?:mit|von|with|via|avec|con|com|med|met|z|źródło|source|quelle|fonte|fuente|kaynak|источник|المصدر)\s*:?\s+"
_PARTS = re.compile(
    r"\s*(?:[,;/|&+()·•]|\s[-–—]\s|\b(?:and|with|und|mit|et|avec|con|y|via|by|von|par|por)\b)\s*", re.IGNORECASE
)
_FIRST_ELSEWHERE = re.compile(
    r"(?:originally (?:published|appeared) (?:on|in|by|at)|first (?:published|appeared) (?:on|in|by|at)|"
    r"(?:read the )?(?:full|original) (?:article|story) (?:on|at)|zuerst erschienen (?:bei|in|auf)|"
    r"publié (?:initialement|d'abord) (?:par|sur)|publicado originalmente (?:en|por))\s+"
    r"(?:the )?([^\W\d_][\w&'’ .-]{1,40}?)\s*(?:[.,;|(]|$)",
    re.IGNORECASE,
)
_ELSEWHERE_WORDS = ("originally", "first", "full", "original", "zuerst", "publié", "publicado")  # one is in each
_PICTURE = re.compile(r"(?:\bvia\s[^()]*\)|getty|images|photo|handout)", re.IGNORECASE)  # credits of pictures
_QUOTE = re.compile(r"[\"“”«»„]")
_OPENING = re.compile(r"[(（\[/—–-]")  # what stands before a sign at the head
_ENDING = ")）]/."  # what may stand behind one at the tail
_LAST_PART = re.compile(r"[/,]\w+$")
_TITLE_END = re.compile(r"\s+[-–—|]\s+((?:[^-–—|]|(?<=\w)-(?=\w)){2,40})$")
_AROUND_NAME = re.compile(  # what stands around a wire's name in a byline: "Redazione ANSA", "Reuters Staff"
    r"^(?:by|redazione|redacción|rédaction|redaktion|source|źródło|quelle|fonte|fuente|kaynak)\s*:?\s+"
    r"|\s+(?:staff(?: writers?)?|reporters?|writers?|correspondents?|editors?)$",
    re.IGNORECASE,
)
_LAST_WORDS = 400  # characters at the end in which rights and the desk's own signature stand


@dataclass(frozen=True, slots=True)
class Signs:
    """What of one sighting may tell its origin. Addresses are absolute; the canonical one is what the page claims."""

    outlet: str = ""
    title: str = ""
    summary: str = ""
    text: str = ""
    url: str = ""
    canonical_url: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    site_name: str = ""


@dataclass(frozen=True, slots=True)
class KnownOutlet:
    """An outlet whose feeds are watched. `site` is empty where others have feeds at the same one."""

    name: str
    site: str = ""
    is_wire: bool = False


class Bylines:
    """The signs of the wires, compiled once."""

    def __init__(
        self,
        wires: Mapping[str, Mapping[str, Any]],
        aggregators: Mapping[str, Any] | None = None,
        outlets: Iterable[KnownOutlet] = (),
    ) -> None:
        """`wires` and `aggregators` are tables of grouping.toml.

        Of the `outlets`, those that are wires sign as others do, by their names; all are origins of aggregated copies.
        """
        self._of_sign: dict[str, str] = {}
        self._of_outlet: dict[str, str] = {}
        self._of_name: dict[str, str] = {}
        for wire, known in wires.items():
            written = [sign.replace("_", " ") for sign in known["signs"].split()]
            self._of_sign |= dict.fromkeys(written, wire)
            self._of_outlet |= {outlet.casefold(): wire for outlet in known["outlets"].split()}
            names = [name.replace("_", " ") for name in known.get("names", "").split()]
            # Abbreviations of two to four letters are words and initials elsewhere: as tags they tell nothing.
            self._of_name |= {name.casefold(): wire for name in (*names, *(s for s in written if len(s) > 4))}
        marks = [(wire, mark) for wire, known in wires.items() for mark in known.get("marks", ())]
        self._marks = [(re.compile(mark), wire) for wire, mark in marks]
        self._watched: dict[str, str] = {}  # names and sites of outlets
        for outlet in outlets:
            self._watch(outlet)
        self._long_names = tuple(f" {name}" for name in self._of_name if " " in name)
        self._written = tuple(self._of_sign)
        self._aggregators = frozenset((aggregators or {}).get("sites", ()))
        signs = "|".join(re.escape(sign) for sign in sorted(self._of_sign, key=len, reverse=True))
        opened = r"(?:[(（\[]\s*(?:[a-zäöü]{2,4}/)?|(?<!\w)/)"  # with an editor's initials: (red/dpa)
        self._head = re.compile(
            rf"{opened}\s*({signs})(?:[/, ][^)）\]/]{{0,30}})?\s*[)）\]/]|[—–-]\s*({signs})\s*[.:,—–-]"
        )
        owners = "|".join(re.escape(owner) for owner in sorted((*self._of_sign, *self._of_name), key=len, reverse=True))
        # With a year: the credit of a picture has none.
        self._rights = re.compile(
            rf"(?:©|\([cC]\)|[Cc]opyright(?: ©)?)\s*\d{{4}},?\s+(?:[Tt]he\s+)?((?i:{owners}))(?!\w)"
        )
        self._tail = re.compile(rf"(?:(?i:{_WITH})|(?:{opened}|[—–-])\s*)({signs})(?:[/,]\w+)?\s*[)）\]/.]*\s*$")

    def _watch(self, outlet: KnownOutlet) -> None:
        """Know an outlet by its name and site; a wire that no table has signs by its name."""
        name = _plain(outlet.name)
        known = self._of_outlet.get(name) or self._of_name.get(name) or self._of_outlet.get(outlet.site)
        for key in filter(None, (name, outlet.site)):
            self._watched[key] = known or outlet.name
        if not outlet.is_wire:
            return
        self._of_outlet |= dict.fromkeys(filter(None, (name, outlet.site)), known or outlet.name)
        if len(name) > 4:
            self._of_name.setdefault(name, known or outlet.name)
        if not known:
            self._of_sign[outlet.name] = outlet.name

    def origin(self, signs: Signs) -> str:
        """The wire, else the other outlet, that this sighting says it comes from; empty where nothing tells.

        A wire's own outlet comes first, then the byline, the text, tags, and last what the address or title of an
        aggregated copy names.
        """
        found = self._of_outlet.get(_plain(signs.outlet)) or self._of_outlet.get(site_of(signs.url))
        return (
            found
            or self._of_authors(signs.authors)
            or self._of_text(signs.summary)
            or self._of_text(signs.text)
            or next((self._of_name[tag.casefold()] for tag in signs.tags if tag.casefold() in self._of_name), "")
            or self._of_other_outlet(signs)
        )

    def wire(self, text: str, outlet: str = "") -> str:
        """The wire's name, e.g. 'Reuters' for 'LISBON (Reuters) - …'; empty where nothing tells."""
        return self._of_outlet.get(_plain(outlet)) or self._of_text(text)

    def _of_text(self, text: str) -> str:
        text = text.strip()
        head = text[:HEAD]
        found = self._head.search(head) if _OPENING.search(head) else None
        if found and not _is_dateline(text[: found.start()]):
            found = None
        if not found and self._ends_in_sign(text):
            found = self._tail.search(text[-TAIL:])
        if found and not _PICTURE.search(found[0]):
            return self._of_sign[next(group for group in found.groups() if group)]
        return self._of_last_words(text[-_LAST_WORDS:])

    def _of_last_words(self, end: str) -> str:
        """'© 2026 AFP' and what a wire's desk itself leaves at the end of its texts."""
        for pattern, wire in self._marks:
            if pattern.search(end):
                return wire
        found = self._rights.search(end) if "©" in end or "opyright" in end else None
        return self._of_sign.get(found[1]) or self._of_name[found[1].casefold()] if found else ""

    def _ends_in_sign(self, text: str) -> bool:
        """False where the pattern of the tail, which is slow, cannot match."""
        end = text[-TAIL:].rstrip(_ENDING).rstrip()
        return end.endswith(self._written) or _LAST_PART.sub("", end).endswith(self._written)

    def _of_authors(self, authors: tuple[str, ...]) -> str:
        """'Jane Doe, Reuters', 'AFP' and 'mit dpa' name a wire; 'Reuters Institute' does not."""
        for author in authors:
            for part in _PARTS.split(author):
                name = _AROUND_NAME.sub("", part)
                plain = name.casefold().removeprefix("the ")
                wire = self._of_sign.get(name) or self._of_name.get(plain)
                if not wire and plain.endswith(self._long_names):  # "Jane Doe Associated Press"
                    wire = next(self._of_name[long.strip()] for long in self._long_names if plain.endswith(long))
                if wire:
                    return wire
        return ""

    def _of_other_outlet(self, signs: Signs) -> str:
        """The outlet whose copy this is: named by the canonical address, by the text, or beside an aggregator."""
        site = site_of(signs.url)
        canonical = site_of(signs.canonical_url)
        if canonical and canonical not in self._aggregators and _label(canonical) != _label(site):
            return self._known(canonical)
        end = (signs.text or signs.summary)[-400:]
        lower = end.lower()
        said = _FIRST_ELSEWHERE.search(end) if any(word in lower for word in _ELSEWHERE_WORDS) else None
        if said and self._is_named(said[1]) and not _is_own(said[1], signs.outlet, site):
            return self._known(said[1])
        if site in self._aggregators:
            named = _TITLE_END.search(signs.title)
            if signs.site_name and _label(site) not in signs.site_name.casefold():
                return self._known(signs.site_name)
            if named and self._is_named(named[1]):
                return self._known(named[1])
        return ""

    def _is_named(self, name: str) -> bool:
        """True for a name that is a wire's, a watched or plainly an outlet's: 'The Harbour Times', not 'May 2019'."""
        return name[:1].isupper() and bool(
            OUTLET_WORDS.search(name) or _plain(name) in self._watched or self._known(name) != name.strip()
        )

    def _known(self, name: str) -> str:
        """The wire or watched outlet that a site or name belongs to, else the name itself."""
        name = name.strip()
        plain = _plain(name)
        return self._of_outlet.get(plain) or self._of_name.get(name.casefold()) or self._watched.get(plain) or name


def _plain(outlet: str) -> str:
    return outlet.casefold().removeprefix("www.").removeprefix("the ").strip()


def _is_own(name: str, outlet: str, site: str) -> bool:
    """True where an outlet names itself, or a part of its house."""
    return _plain(name) == _plain(outlet) or bool(site and _label(site) in _plain(name))


def _label(site: str) -> str:
    """A site without what it is registered under: bbc for bbc.co.uk and bbc.com."""
    return site.split(".")[0]


def _is_dateline(before: str) -> bool:
    """True for 'LISBON, March 3 ' or 'Mexico City ' and for nothing at all; not for the beginning of a sentence."""
    if _QUOTE.search(before):
        return False
    plain = before.replace(",", " ").split()
    common = sum(word[0].islower() for word in plain)
    has_case = any(word[0].isupper() for word in plain)  # where letters have none, only a short one is told
    return len(plain) <= (8 if has_case else 3) and common <= any(word[0].isdigit() for word in plain)
