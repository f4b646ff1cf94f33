"""The first look at a page: title, description, language and date by pattern, a hundred times faster than reading it.

An imported page becomes an entry by what is found here, whatever the rules say of it later, so that a replay under
other rules gives the same entries.
"""

import html
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from demarche.core.encodings import decoded_text
from demarche.core.entries import Claims, entry_of
from demarche.core.language import detect_language
from demarche.core.languagetags import language_code
from demarche.model import Entry

HEAD = 200_000  # characters in which a head is looked for; some pages carry their styles before it
META = re.compile(r"<meta\b([^>]{1,4000})>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([a-z:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
TITLE = re.compile(r"<title[^>]*>(.{0,2000}?)</title", re.IGNORECASE | re.DOTALL)
HTML_TAG = re.compile(r"<html\b([^>]{0,2000})>", re.IGNORECASE)
HEAD_END = re.compile(r"</head\s*>|<body\b", re.IGNORECASE)
PUBLISHED = re.compile(r'"datePublished"\s*:\s*("(?:[^"\\]|\\.){4,60}")')
CANONICAL = re.compile(r"<link\b([^>]{0,4000}\bcanonical\b[^>]{0,4000})>", re.IGNORECASE)
TITLES = ("og:title", "twitter:title")
SUMMARIES = ("og:description", "description", "twitter:description")
DATES = (
    "article:published_time",
    "datepublished",
    "date",
    "dc.date.issued",
    "publish-date",
    "pubdate",
    "parsely-pub-date",
)
LANGUAGES = ("og:locale", "content-language", "language", "dc.language")


@dataclass(frozen=True, slots=True)
class Opening:
    """What a page says of itself before one reads it."""

    entry: Entry
    declared: str  # the language it says it is in


def opening_of(body: bytes, content_type: str, url: str, seen_at: datetime) -> Opening | None:
    """A page's opening; None where it has no title, so that nothing is known of what it reports."""
    markup = decoded_text(body, content_type)[0][:HEAD]
    end = HEAD_END.search(markup)
    head = markup[: end.start()] if end else markup
    meta = _meta(head)
    title = _first(meta, TITLES)
    if not title:
        own = TITLE.search(head)
        title = html.unescape(own[1]) if own else ""
    if not title.strip():
        return None
    root = HTML_TAG.search(markup[:20_000])
    lang = _attributes(root[1]).get("lang", "") if root else ""
    declared = language_code(lang) or next((c for name in LANGUAGES if (c := language_code(meta.get(name, "")))), "")
    canonical = CANONICAL.search(head)
    link = html.unescape(_attributes(canonical[1]).get("href", "")) if canonical else ""
    entry = entry_of(
        Claims(
            title=title,
            links=(url,),
            summaries=tuple(text for name in SUMMARIES if (text := meta.get(name, ""))),
            guid=f"page:{link or url}",  # not what a feed says of the same report: this one comes with its text
            published=tuple(_dates(meta, markup)),
            language=declared,
        ),
        seen_at=seen_at,
    )
    return Opening(entry=entry, declared=declared) if entry.title else None


def language_of(opening: Opening) -> str:
    """The language that the words are in, or und."""
    return detect_language(f"{opening.entry.title}. {opening.entry.summary}"[:600], opening.declared)


def _meta(head: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for tag in META.finditer(head):
        attributes = _attributes(tag[1])
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or ""
        name = name or attributes.get("http-equiv", "")
        if name and attributes.get("content"):
            found.setdefault(name.lower(), html.unescape(attributes["content"]))
    return found


def _attributes(text: str) -> dict[str, str]:
    return {found[1].lower(): found[2] or found[3] or found[4] or "" for found in ATTRIBUTE.finditer(text)}


def _first(meta: dict[str, str], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := meta.get(name, "").strip())), "")


def _dates(meta: dict[str, str], markup: str) -> Iterator[tuple[str, str]]:
    described = PUBLISHED.search(markup)
    if described:
        with suppress(ValueError):
            yield "datePublished", str(json.loads(described[1]))
    for name in DATES:
        if text := meta.get(name, ""):
            yield name, text
