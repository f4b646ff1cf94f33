"""Reads what a web page says of itself: linked data, OpenGraph, meta elements, and the markup that carries them.

It does not look at the article's text.
"""

import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag, XMLParsedAsHTMLWarning

from demarche.core.entries import person_names
from demarche.core.languagetags import language_code
from demarche.core.linkeddata import article_description, is_locked, people, words
from demarche.core.text import plain_text, shortened, text_of_node
from demarche.core.urls import absolute_url, canonical_url

warnings.filterwarnings("ignore", category=XMLParsedAsHTMLWarning)  # XML that came for a page is read as one

# What no reader sees; a description of the article may be among the scripts.
UNSEEN = re.compile(r"<!--|<(script|style|noscript|template|svg|iframe)\b", re.IGNORECASE)
CLOSING = {
    name: re.compile(rf"</{name}\b[^>]{{0,200}}>", re.IGNORECASE)
    for name in ("script", "style", "noscript", "template", "svg", "iframe")
}
# The elements that carry metadata: BeautifulSoup gets these alone, as building a whole page costs more than its text.
METADATA = re.compile(
    r"""<(?:meta|link|time|base)\b(?:[^>"']|"[^"]{0,4000}"|'[^']{0,4000}'){0,400}>"""
    r"""|<(title|h1|address)\b[^>]{0,1000}>.{0,2000}?</\1\s*>""",
    re.IGNORECASE | re.DOTALL,
)
HTML_TAG = re.compile(r"<html\b[^>]{0,2000}>", re.IGNORECASE)
LANG_ATTRIBUTE = re.compile(r"""\b(?:xml:)?lang\s*=\s*["']?([A-Za-z]{2,3}(?:[-_][A-Za-z]{2,8})?)""", re.IGNORECASE)
LINKED_DATA = re.compile(r"ld\+json", re.IGNORECASE)

TITLES = ("og:title", "twitter:title", "dc.title", "dcterms.title", "parsely-title", "sailthru.title", "title")
DESCRIPTIONS = ("og:description", "description", "twitter:description", "dc.description", "sailthru.description")
PUBLISHED = (
    "article:published_time", "og:article:published_time", "article:published", "datepublished", "og:published_time",
    "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "publish-date", "publish_date",
    "publication_date", "published_at", "pubdate", "dc.date.issued", "dcterms.issued", "dcterms.date", "dc.date",
    "dcterms.created", "dc.date.created", "article.published", "published-date", "displaydate", "date", "datecreated",
    "rnews:datepublished", "last-published", "citation_date", "ptime", "vr:published_time",
)  # fmt: skip
UPDATED = (
    "article:modified_time", "og:article:modified_time", "datemodified", "og:updated_time", "article:updated_time",
    "lastmod", "last-modified", "dcterms.modified", "dc.date.modified", "article.updated", "modified",
)  # fmt: skip
AUTHORS = (
    "author", "article:author_name", "article:author", "parsely-author", "sailthru.author", "dc.creator",
    "dcterms.creator", "byl", "byline", "cxenseparse:author", "twitter:creator_name", "citation_author",
)  # fmt: skip
SECTIONS = ("article:section", "section", "parsely-section", "cxenseparse:recs:category", "dc.subject", "category")
SITE_NAMES = ("og:site_name", "application-name", "al:android:app_name", "twitter:app:name:iphone", "publisher")
LANGUAGES = ("content-language", "og:locale", "language", "dc.language", "dcterms.language", "inlanguage")


@dataclass(frozen=True, slots=True)
class Head:
    """A page's metadata: the description of its article, and its meta elements by name in lower case."""

    soup: BeautifulSoup  # of the metadata elements only
    meta: Mapping[str, tuple[str, ...]]
    article: Mapping[str, Any]

    def first(self, names: Iterable[str]) -> str:
        """What the first of these meta elements that says anything says."""
        return next((text for name in names for text in self.meta.get(name, ()) if text), "")


def parted(markup: str) -> tuple[str, tuple[str, ...]]:
    """The markup without scripts, styles and comments, and the scripts that describe the article."""
    pieces, linked, position = [], [], 0
    while True:
        found = UNSEEN.search(markup, position)
        if found is None:
            break
        pieces.append(markup[position : found.start()])
        name = (found[1] or "").lower()
        if name:
            closing = CLOSING[name].search(markup, found.end())
            start, end = (closing.start(), closing.end()) if closing else (len(markup), len(markup))
            opening, _, inside = markup[found.start() : start].partition(">")
            if name == "script" and LINKED_DATA.search(opening):
                linked.append(inside)
            elif name == "noscript":
                pieces.append(inside)
        else:
            end = markup.find("-->", found.end())
            end = end + 3 if end >= 0 else len(markup)
        position = end
    return "".join((*pieces, markup[position:])), tuple(linked)


def soup_of(markup: str) -> BeautifulSoup:
    """Markup as BeautifulSoup reads it; nothing where it breaks the parser."""
    try:
        return BeautifulSoup(markup, "lxml")
    except (ValueError, AssertionError, RecursionError, TypeError):
        return BeautifulSoup("", "lxml")


def head_of(visible: str, scripts: tuple[str, ...]) -> Head:
    """The metadata of a page."""
    soup = soup_of("\n".join(found[0] for found in METADATA.finditer(visible)))
    meta: dict[str, list[str]] = {}
    for tag in soup.find_all("meta"):
        content = attribute_of(tag, "content").strip()
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = attribute_of(tag, attribute).strip().lower()
            if name and content:
                meta.setdefault(name, []).append(content)
    return Head(soup, {name: tuple(values) for name, values in meta.items()}, article_description(scripts))


def attribute_of(tag: Any, name: str) -> str:
    """An attribute as text, also where BeautifulSoup gives a list."""
    value = tag.get(name)
    return " ".join(value) if isinstance(value, list) else str(value or "")


def title_of(head: Head, site_name: str) -> str:
    """The headline, without the site's name at its end."""
    own = head.soup.find("title")
    heading = next((tag for tag in head.soup.find_all("h1") if tag.get_text(strip=True)), None)
    for candidate in (
        words(head.article.get("headline")),
        head.first(TITLES),
        text_of_node(heading) if isinstance(heading, Tag) else "",
        own.get_text() if isinstance(own, Tag) else "",
        words(head.article.get("name")),
    ):
        title = _without_site(plain_text(candidate), site_name)
        if title:
            return shortened(title, 500)
    return ""


def _without_site(title: str, site_name: str) -> str:
    """A title without ` | Site` at its end."""
    if site_name and title.casefold().endswith(site_name.casefold()):
        rest = title[: len(title) - len(site_name)].rstrip()
        if rest and rest[-1] in "|-–—·:•»" and len(rest) > 12:
            return rest.rstrip("|-–—·:•» ")
    return "" if title.casefold() == site_name.casefold() else title


def published_claims(head: Head) -> tuple[tuple[str, str], ...]:
    """Claims of the day of publication, best first."""
    claims = [("datePublished", words(head.article.get("datePublished")))]
    claims += [(name, text) for name in PUBLISHED for text in head.meta.get(name, ())[:1]]
    times = [attribute_of(tag, "datetime") for tag in head.soup.find_all("time") if tag.get("datetime")]
    marked = [
        attribute_of(tag, "datetime")
        for tag in head.soup.find_all("time")
        if tag.get("pubdate") is not None or "datepublished" in attribute_of(tag, "itemprop").lower()
    ]
    claims += [("time", text) for text in (*marked[:1], *times[:1])]
    claims += [("dateCreated", words(head.article.get("dateCreated")))]
    return tuple((name, text) for name, text in claims if text)


def updated_claims(head: Head) -> tuple[tuple[str, str], ...]:
    """Claims of the last change, best first."""
    claims = [("dateModified", words(head.article.get("dateModified")))]
    claims += [(name, text) for name in UPDATED for text in head.meta.get(name, ())[:1]]
    return tuple((name, text) for name, text in claims if text)


def authors_of(head: Head) -> tuple[str, ...]:
    """The names of those who wrote the article."""
    named = person_names(people(head.article.get("author")) or people(head.article.get("creator")))
    if named:
        return named
    for name in AUTHORS:
        named = person_names(head.meta.get(name, ()))
        if named:
            return named
    linked = [tag.get_text(" ") for tag in head.soup.find_all("address")]
    return person_names(text for text in linked if 1 < len(text.split()) < 6)


def canonical_of(head: Head, url: str) -> str:
    """The page's own idea of its address in canonical form; a mistaken one (the front page) gives way to `url`."""
    links = [tag for tag in head.soup.find_all("link") if "canonical" in attribute_of(tag, "rel").lower().split()]
    claims = [attribute_of(tag, "href") for tag in links] + [head.first(("og:url",)), words(head.article.get("url"))]
    for claim in claims:
        address = canonical_url(claim, absolute_url(url)) if claim else ""
        if address and (urlsplit(address).path != "/" or urlsplit(address).query or not url):
            return address
    return canonical_url(url)


def language_of(head: Head, markup: str) -> str:
    """The language that the page says it is in."""
    opening = HTML_TAG.search(markup[:20_000])
    attribute = LANG_ATTRIBUTE.search(opening[0]) if opening else None
    for claim in (attribute[1] if attribute else "", words(head.article.get("inLanguage")), head.first(LANGUAGES)):
        if language_code(claim):
            return language_code(claim)
    return ""


def is_locked_page(head: Head) -> bool:
    """True where the metadata says that one must pay."""
    tier = head.first(("article:content_tier", "og:article:content_tier", "content_tier")).lower()
    return is_locked(head.article) or tier in ("locked", "metered", "premium", "paid")
