"""Feeds as OPML, the list that feed readers exchange: reads proposals from it and writes our feeds to it.

Decides nothing about a proposal: what an OPML file does not say (country, kind, often language) stays open.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from html import entities
from urllib.parse import urlsplit
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from demarche.model import Feed, FeedKind

NAMESPACE = "urn:demarche:feeds"  # OPML lets a list carry attributes of its own in a namespace of its own
MAX_FEEDS = 50_000  # of one file; a reader's export has hundreds
MAX_ID = 64  # characters

# Letters that do not fall apart into a Latin letter and an accent.
LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "þ": "th", "œ": "oe"})
PREDEFINED = ("amp", "lt", "gt", "quot", "apos")
AMPERSAND = re.compile(rb"&(#\d+;|#x[0-9a-fA-F]+;|[A-Za-z][A-Za-z0-9]*;)?")


class OpmlError(ValueError):
    """A file that is not OPML, or not safe to read; the message says which and where."""


def import_opml(body: bytes) -> tuple[Feed, ...]:
    """The feeds that an OPML file lists, as proposals in its order, each address once.

    A file of our own comes back as it was written. In another's, `country` and often `language` are empty and `kind`
    is press: the catalogue takes such a feed only when a person has filled them in. A bare `&` and HTML's entities,
    which many readers write, are understood. Raises OpmlError for anything with a DOCTYPE: that is where entity
    bombs and outside files come from, and OPML needs none.
    """
    try:
        outlines = _outlines(body)
    except expat.ExpatError:
        outlines = _outlines_of_repaired(body)
    feeds: dict[str, Feed] = {}
    ids: set[str] = set()
    for outline in outlines:
        url = outline.get("xmlUrl", "").strip()
        if url and url not in feeds:
            feed = _proposal(url, outline, ids)
            ids.add(feed.feed_id)
            feeds[url] = feed
    return tuple(feeds.values())


def export_opml(feeds: Iterable[Feed], title: str = "Demarche") -> str:
    """An OPML 2.0 document of the feeds, in folders by country, sorted by country and id; loses nothing."""
    folders: dict[str, list[Feed]] = {}
    for feed in sorted(feeds, key=lambda f: (f.country, f.feed_id)):
        folders.setdefault(feed.country, []).append(feed)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" xmlns:demarche="{NAMESPACE}">',
        f"  <head><title>{escape(title)}</title></head>",
        "  <body>",
    ]
    for country, members in folders.items():
        lines.append(f"    <outline text={quoteattr(country or '?')}>")
        lines += [f"      <outline {_attributes(feed)}/>" for feed in members]
        lines.append("    </outline>")
    return "\n".join((*lines, "  </body>", "</opml>", ""))


def slug(text: str) -> str:
    """A feed's id from a name: lower-case Latin letters and digits, single hyphens; empty where nothing is left."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(LETTERS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_ID].strip("-")


def _outlines(body: bytes) -> list[dict[str, str]]:
    """The attributes of every outline, at any depth, in document order. Raises OpmlError and expat's own error."""
    outlines: list[dict[str, str]] = []
    roots: list[str] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        if not roots:
            roots.append(name)
            if name != "opml":
                raise OpmlError(f"not OPML: the document is <{name}>")
        if name == "outline":
            if len(outlines) >= MAX_FEEDS:
                raise OpmlError(f"more than {MAX_FEEDS} outlines")
            outlines.append(attributes)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(body, True)
    except (LookupError, UnicodeError, ValueError) as error:  # an encoding that Python or expat does not know
        raise OpmlError(f"not readable: {error}") from error
    return outlines


def _outlines_of_repaired(body: bytes) -> list[dict[str, str]]:
    """The outlines after bare ampersands and HTML's entities were written as XML wants them. Raises OpmlError."""
    try:
        return _outlines(AMPERSAND.sub(_repair, body))
    except expat.ExpatError as error:
        raise OpmlError(f"not well-formed XML: {error}") from error


def _refuse_doctype(*_declaration: object) -> None:
    raise OpmlError("a DOCTYPE: refused, it could hold entities that blow up or name other files")


def _repair(found: re.Match[bytes]) -> bytes:
    inside = found[1]
    if inside is None:
        return b"&amp;"
    name = inside[:-1].decode()
    if name.startswith("#") or name in PREDEFINED:
        return found[0]
    point = entities.name2codepoint.get(name)
    return f"&#{point};".encode() if point else b"&amp;" + inside


def _proposal(url: str, outline: dict[str, str], taken: set[str]) -> Feed:
    """One outline as a Feed whose id no other one has."""

    def own(name: str) -> str:
        return outline.get(f"{NAMESPACE} {name}", "").strip()

    outlet = own("outlet") or outline.get("title", "").strip() or outline.get("text", "").strip() or _host(url)
    language = outline.get("language", "").strip().lower().replace("_", "-").partition("-")[0]
    return Feed(
        feed_id=_free_id(own("id") or slug(outlet) or slug(_host(url)) or "feed", taken),
        url=url,
        outlet=" ".join(outlet.split()),
        country=own("country"),
        language=language if re.fullmatch(r"[a-z]{2}", language) else "",
        kind=FeedKind(own("kind")) if own("kind") in tuple(FeedKind) else FeedKind.PRESS,
        topic=own("topic"),
        is_state_owned={"true": True, "false": False}.get(own("is_state_owned")),
        source=own("source"),
        last_good_on=_day(own("last_good_on")),
    )


def _free_id(wanted: str, taken: set[str]) -> str:
    """The id, with a number behind it where another feed has it already."""
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted[: MAX_ID - 4]}-{number}" in taken:
        number += 1
    return f"{wanted[: MAX_ID - 4]}-{number}"


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _attributes(feed: Feed) -> str:
    """One feed as the attributes of its outline: OPML's own first, then ours."""
    state = {True: "true", False: "false", None: ""}[feed.is_state_owned]
    attributes = {
        "type": "rss",
        "text": f"{feed.outlet} ({feed.topic})" if feed.topic else feed.outlet,
        "xmlUrl": feed.url,
        "language": feed.language,
        "demarche:id": feed.feed_id,
        "demarche:outlet": feed.outlet,
        "demarche:country": feed.country,
        "demarche:kind": feed.kind.value,
        "demarche:topic": feed.topic,
        "demarche:is_state_owned": state,
        "demarche:source": feed.source,
        "demarche:last_good_on": feed.last_good_on.isoformat() if feed.last_good_on else "",
    }
    return " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items() if value)
