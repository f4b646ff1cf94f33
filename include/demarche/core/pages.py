"""Reads an article's web page: its words, its metadata, what kind of page it is, and the feeds it names.

It fetches nothing and never raises on any bytes.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import trafilatura
from bs4 import Tag

from demarche.core.access import Shape, kind_of_access
from demarche.core.encodings import decoded_text
from demarche.core.entries import chosen_dates
from demarche.core.linkeddata import words
from demarche.core.metadata import (
    DESCRIPTIONS,
    SECTIONS,
    SITE_NAMES,
    attribute_of,
    authors_of,
    canonical_of,
    head_of,
    is_locked_page,
    language_of,
    parted,
    published_claims,
    soup_of,
    title_of,
    updated_claims,
)
from demarche.core.text import plain_text, shortened, text_of_node, tidy
from demarche.core.urls import absolute_url
from demarche.model import Page

MAX_HTML = 6_000_000  # characters of a page that are looked at
MAX_TEXT = 400_000  # characters of article text that are kept
SHORT = 250  # characters; an extraction below it makes the fallbacks try
MAX_FEEDS = 50

OFFERS = re.compile(
    r"""<(?:link|base)\b(?:[^>"']|"[^"]{0,4000}"|'[^']{0,4000}'){0,400}>|<a\b[^>]{0,4000}>.{0,500}?</a\s*>""",
    re.IGNORECASE | re.DOTALL,
)
TAG = re.compile(r"<[^<>]{0,5000}>")
FEED_TYPES = re.compile(
    r"application/(?:rss|atom|rdf)\+xml|application/feed\+json|application/json\+feed", re.IGNORECASE
)
XML_TYPES = re.compile(r"(?:application|text)/(?:xml|json)", re.IGNORECASE)
FEED_ADDRESS = re.compile(r"(?:^|[/._?=-])(?:rss|feeds?|atom|rdf|xmlrss)(?:$|[/._?=&-]|\d)", re.IGNORECASE)
COMMENT_FEED = re.compile(r"comments?(?:/|$)|kommentare", re.IGNORECASE)


def extract_page(html: bytes, url: str = "", content_type: str = "") -> Page:
    """The article of a page, and what the page says of itself. `access` tells what kind of page it is."""
    markup = decoded_text(html, content_type)[0][:MAX_HTML]
    if not markup.strip():
        return Page(url=url, access="empty")
    visible, scripts = parted(markup)
    head = head_of(visible, scripts)
    site_name = tidy(plain_text(head.first(SITE_NAMES) or words(head.article.get("publisher"))))
    title = title_of(head, site_name)
    text = _article_text(markup, head.article)[:MAX_TEXT]
    published_at, updated_at, _ = chosen_dates(published_claims(head), updated_claims(head), url=url)
    shape = Shape(
        url=url, title=title, text=text, markup=markup, is_locked=is_locked_page(head), seen=_seen_text(visible, text)
    )
    return Page(
        url=url,
        title=title,
        text=text,
        published_at=published_at,
        updated_at=updated_at,
        authors=authors_of(head),
        canonical_url=canonical_of(head, url),
        language=language_of(head, markup),
        site_name=site_name,
        section=shortened(plain_text(words(head.article.get("articleSection")) or head.first(SECTIONS)), 100),
        description=shortened(plain_text(head.first(DESCRIPTIONS) or words(head.article.get("description"))), 2_000),
        access=kind_of_access(shape),
    )


def discover_feeds(html: bytes, url: str) -> tuple[tuple[str, str], ...]:
    """Address and title of the feeds that a page offers: announced ones first, then links that look like feeds."""
    markup = decoded_text(html)[0][:MAX_HTML]
    soup = soup_of("\n".join(found[0] for found in OFFERS.finditer(parted(markup)[0])))
    base_tag = soup.find("base")
    base = absolute_url(attribute_of(base_tag, "href"), url) if isinstance(base_tag, Tag) else ""
    found: dict[str, str] = {}
    late: dict[str, str] = {}
    for tag in soup.find_all(["link", "a"]):
        kind, address = attribute_of(tag, "type"), attribute_of(tag, "href")
        target = absolute_url(address, base or url)
        if not target:
            continue
        label = tidy(attribute_of(tag, "title") or tag.get_text(" "))[:200]
        is_alternate = "alternate" in attribute_of(tag, "rel").lower()
        if tag.name == "link" and is_alternate and (FEED_TYPES.search(kind) or _is_vague_feed(kind, address)):
            chosen = late if COMMENT_FEED.search(address) else found
            chosen.setdefault(target, label)
        elif tag.name == "a" and (FEED_TYPES.search(kind) or FEED_ADDRESS.search(urlsplit(target).path)):
            late.setdefault(target, label)
    return tuple((found | {k: v for k, v in late.items() if k not in found}).items())[:MAX_FEEDS]


def _is_vague_feed(kind: str, address: str) -> bool:
    """True for a type that is only XML or JSON with an address that says feed."""
    return bool(XML_TYPES.search(kind) and FEED_ADDRESS.search(address))


# --- text ----------------------------------------------------------------------------------------------------------


def _article_text(markup: str, article: Mapping[str, Any]) -> str:
    """The article's words, a paragraph a line: trafilatura's, or a fallback's where they are few."""
    best = _extracted(markup)
    if len(best) >= SHORT:
        return best
    for fallback in (_lines(_plain_lines(words(article.get("articleBody")))), _ruled_text(markup)):
        if len(fallback) > 2 * len(best):
            best = fallback
    return best


def _extracted(markup: str) -> str:
    """trafilatura's extraction, or ""."""
    try:
        text = trafilatura.extract(markup, fast=True, include_comments=False)
    except Exception:  # deep inside are lxml, regular expressions and recursion; any page must end as a value
        return ""
    return _lines(text or "")


def _plain_lines(body: str) -> str:
    """A body of text or markup with its lines kept."""
    return "\n".join(plain_text(line) for line in re.split(r"\n+|</p>|<br\s*/?>", body))


def _lines(text: str) -> str:
    """Lines in order, tidy and without empty ones."""
    return "\n".join(line for line in map(tidy, text.split("\n")) if line)


def _ruled_text(markup: str) -> str:
    """The paragraphs of the element that holds most of them: what is left when trafilatura finds nothing."""
    soup = soup_of(parted(markup[: MAX_HTML // 4])[0])  # lxml: html.parser needs quadratic time for open brackets
    weights: dict[int, int] = {}
    holders: dict[int, Tag] = {}
    for paragraph in _paragraphs(soup):
        parent = paragraph.parent
        if isinstance(parent, Tag):
            holders[id(parent)] = parent
            weights[id(parent)] = weights.get(id(parent), 0) + len(paragraph.get_text(strip=True))
    if not weights:
        return ""
    best = holders[max(weights, key=lambda key: weights[key])]
    return _lines("\n".join(text_of_node(p).replace("\n", " ") for p in _paragraphs(best)))


def _paragraphs(node: Tag) -> Iterator[Tag]:
    """The paragraphs of running text below a node."""
    for paragraph in node.find_all("p"):
        if paragraph.find_parent(["footer", "nav", "aside", "form", "header"]) is None:
            yield paragraph


def _seen_text(visible: str, text: str) -> str:
    """What a reader sees of a page with little text; of others nothing, as nobody asks."""
    return plain_text(TAG.sub(" ", visible[:400_000]))[:20_000] if len(text) < 4 * SHORT else ""
