"""Reads an article's web page: its words, its metadata, and what kind of page it is.

It fetches nothing and never raises on any bytes.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

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
from demarche.model import Page

MAX_HTML = 6_000_000  # characters of a page that are looked at
MAX_TEXT = 400_000  # characters of article text that are kept
SHORT = 250  # characters; an extraction below it makes the fallbacks try
TAG = re.compile(r"<[^<>]{0,5000}>")


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
