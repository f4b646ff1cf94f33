"""Reads feed documents of every format from bytes, whatever state they are in.

It fetches nothing and never raises: what is wrong with a document is among its `problems`.
"""

import io
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import feedparser

from demarche.core.blocks import Block, cut_blocks, without_blocks
from demarche.core.discovery import discover_feeds
from demarche.core.encodings import decoded_text
from demarche.core.entries import entry_of
from demarche.core.jsonfeeds import json_feed
from demarche.core.languagetags import language_code
from demarche.core.sitemaps import sitemap_claims, sitemap_index
from demarche.core.syndication import entry_claims, ttl_minutes, word
from demarche.core.text import plain_text
from demarche.core.urls import absolute_url
from demarche.core.xmlscan import (
    MAX_DEPTH,
    MAX_ENTITIES,
    Scan,
    repaired,
    scanned,
    tolerable,
    with_entities,
    without_prolog,
)
from demarche.model import FeedDocument

# feedparser searches the whole path for a parser that nobody has installed, anew for every document.
feedparser.api.PREFERRED_XML_PARSERS.clear()

LIMIT = 2_000  # entries taken from one document
MAX_TAGS = 600_000  # in the part that is parsed; some ten seconds of work
MAX_BROKEN_TAGS = 60_000  # in ill-formed XML, which the tolerant parser reads ten times slower
REPAIRS = 3  # rounds of mending; each mends another kind of fault
MAX_CHILDREN = 50_000  # sitemaps in one index, by the protocol

HTML_ELEMENT = re.compile(r"<(?:html|head|body)[\s>]", re.IGNORECASE)
HTML = re.compile(r"<!doctype\s+html|<html[\s>]|<(?:head|body)[\s>]", re.IGNORECASE)
ENTRY_TAG = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>/]", re.IGNORECASE)
# feedparser looks for mail addresses in names, in time that grows with the square of their length.
LONG_NAME = re.compile(
    rb"(<(?:[\w.-]+:)?(?:author|creator|managingeditor|webmaster|publisher|owner|contributor|name|email)\b[^<>]{0,500}>"
    rb"(?:<!\[CDATA\[)?[^<\]]{1000})[^<\]]+",
    re.IGNORECASE,
)
# feedparser takes a picture's caption for the summary of the report; under another name it stays what it is.
MEDIA_CAPTION = re.compile(rb"<(/?)media:description(?:\s[^<>]{0,300}?)?(/?)>")
FEED_ROOTS = ("rss", "feed", "rdf")


@dataclass(frozen=True, slots=True)
class _Source:
    """A document in safe UTF-8, as the parsers get it."""

    data: bytes
    scan: Scan
    notes: tuple[str, ...]


def parse_feed(
    body: bytes,
    *,
    url: str = "",
    content_type: str = "",
    limit: int = LIMIT,
    seen_at: datetime | None = None,
    known_blocks: Collection[str] = (),
    max_depth: int = MAX_DEPTH,
    max_entities: int = MAX_ENTITIES,
) -> FeedDocument:
    """What a feed document says. `version` is "" and a problem says why where it is no feed.

    `url` resolves relative links, `seen_at` tells dates in the future, and at most `limit` entries are taken, the
    first ones. Items whose block digest is in `known_blocks` are left out before parsing (`skipped` counts them); all
    others come as without it. Where blocks cannot be told apart for certain, everything is parsed. Elements nested
    deeper than `max_depth` make the document unreadable; of the entities it declares, `max_entities` are put in.
    """
    text, note = decoded_text(body, content_type)
    notes = (note,) if note else ()
    opening = text[:200].lstrip()
    if not opening:
        return FeedDocument(problems=(*notes, "not a feed: empty body"))
    if opening[0] in "{[":
        return _json_document(text, url, limit, seen_at, frozenset(known_blocks), notes)
    source = _prepared(text, notes, max_depth, max_entities)
    if not source.data:
        return FeedDocument(problems=(*notes, _refusal(text, url)))
    if source.scan.refusal:
        return FeedDocument(problems=(*source.notes, f"unreadable: {source.scan.refusal}"))
    if source.scan.root == "sitemapindex":
        count = len(sitemap_index(source.data, MAX_CHILDREN))
        return FeedDocument(
            version="sitemapindex", problems=(*source.notes, f"an index of {count} sitemaps, no entries")
        )
    if source.scan.root == "urlset":
        claims = sitemap_claims(source.data, limit)
        entries = tuple(entry_of(claim, base=url, seen_at=seen_at) for claim in claims)
        return FeedDocument(version="sitemap", entries=entries, problems=source.notes)
    # A feed without entries may still stand under HTML's document type.
    is_feed = source.scan.root in FEED_ROOTS and not source.scan.error
    if (HTML_ELEMENT if is_feed else HTML).search(text[:2_000]) and not ENTRY_TAG.search(text):
        return FeedDocument(problems=(*notes, _refusal(text, url)))
    return _xml_document(source, url, limit, seen_at, frozenset(known_blocks))


def sitemap_children(body: bytes, content_type: str = "") -> tuple[tuple[str, datetime | None], ...]:
    """The sitemaps that an index lists with the dates of their last changes; () for anything else."""
    source = _prepared(decoded_text(body, content_type)[0], ())
    return sitemap_index(source.data, MAX_CHILDREN) if source.scan.root == "sitemapindex" else ()


def entry_blocks(body: bytes, content_type: str = "") -> tuple[str, ...]:
    """The digests of the document's items in order; () where they cannot be told apart for certain."""
    source = _prepared(decoded_text(body, content_type)[0], ())
    return tuple(block.digest for block in _certain_blocks(source))


def _refusal(text: str, url: str) -> str:
    """What a document is that is no feed; of a web page also the feed that it offers, for a person to judge."""
    if not HTML.search(text[:5_000]):
        return "not a feed: plain text"
    offers = [address for address, _ in discover_feeds(text.encode("utf-8"), url) if address != absolute_url(url)]
    return f"not a feed: HTML, which offers {offers[0][:200]}" if offers else "not a feed: HTML"


def _prepared(
    text: str, notes: tuple[str, ...], max_depth: int = MAX_DEPTH, max_entities: int = MAX_ENTITIES
) -> _Source:
    """The document from its root on, without declarations, mended where that makes it well-formed."""
    text, prolog = without_prolog(text)
    if not text:
        return _Source(b"", Scan(), notes)
    if "<!ENTITY" in prolog:
        text = with_entities(text, prolog, max_entities)
    if prolog.strip() and not prolog.lstrip().startswith("<"):
        notes = (*notes, "rubbish before the document")
    data = text.encode("utf-8")
    original, scan = data, scanned(data, max_depth)
    first = scan
    for _ in range(REPAIRS):
        if not scan.error:
            break
        mended = repaired(text, scan)
        if mended == text:
            break
        attempt = mended.encode("utf-8")
        text, data, scan = mended, attempt, scanned(attempt, max_depth)
    if first.error:
        notes = (*notes, f"invalid XML: {first.message}" + ("" if scan.error else ", repaired"))
        if scan.error:  # the tolerant parser does better with the document as it came
            data = tolerable(original.decode("utf-8")).encode("utf-8")
    return _Source(data, scan, notes)


def _certain_blocks(source: _Source) -> tuple[Block, ...]:
    """The item blocks, where the scan confirms that each is one entry."""
    if source.scan.error or not source.scan.entry_count:
        return ()
    blocks = cut_blocks(source.data)
    return blocks if len(blocks) == source.scan.entry_count else ()


def _xml_document(
    source: _Source, url: str, limit: int, seen_at: datetime | None, known: frozenset[str]
) -> FeedDocument:
    """An RSS, RDF, Atom or CDF document."""
    notes = list(source.notes)
    data = source.data
    blocks = _certain_blocks(source)
    spare = (blocks or cut_blocks(data))[limit:]
    if spare:
        notes.append(f"more than {limit} entries: {len(spare)} left out")
        data = without_blocks(data, spare)
    taken = blocks[:limit]
    repeated = [block for block in taken if block.digest in known]
    parsed = _parsed(without_blocks(source.data, [*spare, *repeated]) if repeated else data, source.scan, notes)
    if repeated and (len(parsed.get("entries", ())) != len(taken) - len(repeated) or not parsed.get("version")):
        repeated = []
        parsed = _parsed(data, source.scan, notes)
    entries = parsed.get("entries", ())[:limit]
    if taken and len(entries) != len(taken) - len(repeated):
        taken = ()
    feed = parsed.get("feed", {})
    version = str(parsed.get("version") or "") or ("unknown" if entries else "")
    if not version:
        notes.append("unreadable: no feed in this XML" if source.scan.root in FEED_ROOTS else "not a feed: XML")
    language = word(feed, "language")
    link = absolute_url(word(feed, "link"), absolute_url(url))
    # RSS has no base for relative links; the site's address is right where the feed lives at a hosting service.
    base = link if link and not version.startswith("atom") else absolute_url(url)
    return FeedDocument(
        title=plain_text(word(feed, "title")),
        language=language_code(language),
        link=link,
        version=version,
        ttl_minutes=ttl_minutes(feed),
        entries=tuple(entry_of(entry_claims(entry, language), base=base, seen_at=seen_at) for entry in entries),
        problems=tuple(notes),
        block_digests=tuple(block.digest for block in taken),
        skipped=len(repeated),
    )


def _parsed(data: bytes, scan: Scan, notes: list[str]) -> Mapping[str, Any]:
    """feedparser's reading. It gets UTF-8 and no DOCTYPE; links and markup are cleaned here and not there."""
    most = MAX_BROKEN_TAGS if scan.error else MAX_TAGS
    if data.count(b"<") > most:
        if not scan.error:
            notes.append(f"unreadable: more than {most} tags")
            return {}
        data = b"<".join(data.split(b"<", most + 1)[: most + 1])
        notes.append(f"invalid XML: only the first {most} tags are read")
    data = MEDIA_CAPTION.sub(rb"<\1media:caption\2>", LONG_NAME.sub(rb"\1", data))
    # No content-location: with one, feedparser resolves it anew at every tag; links are made absolute in _entry.
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        result: Mapping[str, Any] = feedparser.parse(
            io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # hostile bytes reach corners of feedparser that raise anything, from KeyError on
        notes.append(f"unreadable: the parser failed with {type(error).__name__}")
        return {}
    return result


def _json_document(
    text: str, url: str, limit: int, seen_at: datetime | None, known: frozenset[str], notes: tuple[str, ...]
) -> FeedDocument:
    """A JSON Feed document, or the reason why it is none."""
    feed = json_feed(text, limit)
    if isinstance(feed, str):
        return FeedDocument(problems=(*notes, feed))
    fresh = [claims for claims, digest in zip(feed.claims, feed.digests, strict=True) if digest not in known]
    return FeedDocument(
        title=plain_text(feed.title),
        language=language_code(feed.language),
        link=absolute_url(feed.link, absolute_url(url)),
        version=feed.version,
        entries=tuple(entry_of(claims, base=absolute_url(url), seen_at=seen_at) for claims in fresh),
        problems=notes,
        block_digests=feed.digests,
        skipped=len(feed.claims) - len(fresh),
    )
