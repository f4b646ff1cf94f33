"""Reads an article's web page: its words, its metadata, what kind of page it is, and the feeds it names.

It fetches nothing and never raises on any bytes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import trafilatura
from bs4 import BeautifulSoup, Tag

from demarche.core.access import Shape, kind_of_access
from demarche.core.encodings import decoded_text
from demarche.core.entries import chosen_dates, person_names
from demarche.core.languagetags import language_code
from demarche.core.linkeddata import article_description, is_locked, people, words
from demarche.core.text import plain_text, shortened, text_of_node, tidy
from demarche.core.urls import absolute_url, canonical_url
from demarche.model import Page

MAX_HTML = 6_000_000  # characters of a page that are looked at
MAX_TEXT = 400_000  # characters of article text that are kept
SHORT = 250  # characters; an extraction below it makes the fallbacks try
MAX_FEEDS = 50

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
OFFERS = re.compile(
    r"""<(?:link|base)\b(?:[^>"']|"[^"]{0,4000}"|'[^']{0,4000}'){0,400}>|<a\b[^>]{0,4000}>.{0,500}?</a\s*>""",
    re.IGNORECASE | re.DOTALL,
)
TAG = re.compile(r"<[^<>]{0,5000}>")
HTML_TAG = re.compile(r"<html\b[^>]{0,2000}>", re.IGNORECASE)
LANG_ATTRIBUTE = re.compile(r"""\b(?:xml:)?lang\s*=\s*["']?([A-Za-z]{2,3}(?:[-_][A-Za-z]{2,8})?)""", re.IGNORECASE)
LINKED_DATA = re.compile(r"ld\+json", re.IGNORECASE)
FEED_TYPES = re.compile(
    r"application/(?:rss|atom|rdf)\+xml|application/feed\+json|application/json\+feed", re.IGNORECASE
)
XML_TYPES = re.compile(r"(?:application|text)/(?:xml|json)", re.IGNORECASE)
FEED_ADDRESS = re.compile(r"(?:^|[/._?=-])(?:rss|feeds?|atom|rdf|xmlrss)(?:$|[/._?=&-]|\d)", re.IGNORECASE)
COMMENT_FEED = re.compile(r"comments?(?:/|$)|kommentare", re.IGNORECASE)

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
class _Head:
    """A page's metadata: the description of its article, and its meta elements by name in lower case."""

    soup: BeautifulSoup  # of the metadata elements only
    meta: Mapping[str, tuple[str, ...]]
    article: Mapping[str, Any]

    def first(self, names: Iterable[str]) -> str:
        """What the first of these meta elements that says anything says."""
        return next((text for name in names for text in self.meta.get(name, ()) if text), "")


def extract_page(html: bytes, url: str = "", content_type: str = "") -> Page:
    """The article of a page, and what the page says of itself. `access` tells what kind of page it is."""
    markup = decoded_text(html, content_type)[0][:MAX_HTML]
    if not markup.strip():
        return Page(url=url, access="empty")
    visible, scripts = _parted(markup)
    head = _head(visible, scripts)
    site_name = tidy(plain_text(head.first(SITE_NAMES) or words(head.article.get("publisher"))))
    title = _title(head, site_name)
    text = _article_text(markup, head.article)[:MAX_TEXT]
    published_at, updated_at, _ = chosen_dates(_published(head), _updated(head), url=url)
    shape = Shape(
        url=url, title=title, text=text, markup=markup, is_locked=_is_locked(head), seen=_seen_text(visible, text)
    )
    return Page(
        url=url,
        title=title,
        text=text,
        published_at=published_at,
        updated_at=updated_at,
        authors=_authors(head),
        canonical_url=_canonical(head, url),
        language=_language(head, markup),
        site_name=site_name,
        section=shortened(plain_text(words(head.article.get("articleSection")) or head.first(SECTIONS)), 100),
        description=shortened(plain_text(head.first(DESCRIPTIONS) or words(head.article.get("description"))), 2_000),
        access=kind_of_access(shape),
    )


def discover_feeds(html: bytes, url: str) -> tuple[tuple[str, str], ...]:
    """Address and title of the feeds that a page offers: announced ones first, then links that look like feeds."""
    markup = decoded_text(html)[0][:MAX_HTML]
    soup = _soup("\n".join(found[0] for found in OFFERS.finditer(_parted(markup)[0])))
    base_tag = soup.find("base")
    base = absolute_url(_attribute(base_tag, "href"), url) if isinstance(base_tag, Tag) else ""
    found: dict[str, str] = {}
    late: dict[str, str] = {}
    for tag in soup.find_all(["link", "a"]):
        kind, address = _attribute(tag, "type"), _attribute(tag, "href")
        target = absolute_url(address, base or url)
        if not target:
            continue
        label = tidy(_attribute(tag, "title") or tag.get_text(" "))[:200]
        is_alternate = "alternate" in _attribute(tag, "rel").lower()
        if tag.name == "link" and is_alternate and (FEED_TYPES.search(kind) or _is_vague_feed(kind, address)):
            chosen = late if COMMENT_FEED.search(address) else found
            chosen.setdefault(target, label)
        elif tag.name == "a" and (FEED_TYPES.search(kind) or FEED_ADDRESS.search(urlsplit(target).path)):
            late.setdefault(target, label)
    return tuple((found | {k: v for k, v in late.items() if k not in found}).items())[:MAX_FEEDS]


def _is_vague_feed(kind: str, address: str) -> bool:
    """True for a type that is only XML or JSON with an address that says feed."""
    return bool(XML_TYPES.search(kind) and FEED_ADDRESS.search(address))


# --- metadata ------------------------------------------------------------------------------------------------------


def _parted(markup: str) -> tuple[str, tuple[str, ...]]:
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


def _soup(markup: str) -> BeautifulSoup:
    """Markup as BeautifulSoup reads it; nothing where it breaks the parser."""
    try:
        return BeautifulSoup(markup, "lxml")
    except (ValueError, AssertionError, RecursionError, TypeError):
        return BeautifulSoup("", "lxml")


def _head(visible: str, scripts: tuple[str, ...]) -> _Head:
    """The metadata of a page."""
    soup = _soup("\n".join(found[0] for found in METADATA.finditer(visible)))
    meta: dict[str, list[str]] = {}
    for tag in soup.find_all("meta"):
        content = _attribute(tag, "content").strip()
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = _attribute(tag, attribute).strip().lower()
            if name and content:
                meta.setdefault(name, []).append(content)
    return _Head(soup, {name: tuple(values) for name, values in meta.items()}, article_description(scripts))


def _attribute(tag: Any, name: str) -> str:
    """An attribute as text, also where BeautifulSoup gives a list."""
    value = tag.get(name)
    return " ".join(value) if isinstance(value, list) else str(value or "")


def _title(head: _Head, site_name: str) -> str:
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


def _published(head: _Head) -> tuple[tuple[str, str], ...]:
    """Claims of the day of publication, best first."""
    claims = [("datePublished", words(head.article.get("datePublished")))]
    claims += [(name, text) for name in PUBLISHED for text in head.meta.get(name, ())[:1]]
    times = [_attribute(tag, "datetime") for tag in head.soup.find_all("time") if tag.get("datetime")]
    marked = [
        _attribute(tag, "datetime")
        for tag in head.soup.find_all("time")
        if tag.get("pubdate") is not None or "datepublished" in _attribute(tag, "itemprop").lower()
    ]
    claims += [("time", text) for text in (*marked[:1], *times[:1])]
    claims += [("dateCreated", words(head.article.get("dateCreated")))]
    return tuple((name, text) for name, text in claims if text)


def _updated(head: _Head) -> tuple[tuple[str, str], ...]:
    """Claims of the last change, best first."""
    claims = [("dateModified", words(head.article.get("dateModified")))]
    claims += [(name, text) for name in UPDATED for text in head.meta.get(name, ())[:1]]
    return tuple((name, text) for name, text in claims if text)


def _authors(head: _Head) -> tuple[str, ...]:
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


def _canonical(head: _Head, url: str) -> str:
    """The page's own idea of its address in canonical form; a mistaken one (the front page) gives way to `url`."""
    links = [tag for tag in head.soup.find_all("link") if "canonical" in _attribute(tag, "rel").lower().split()]
    claims = [_attribute(tag, "href") for tag in links] + [head.first(("og:url",)), words(head.article.get("url"))]
    for claim in claims:
        address = canonical_url(claim, absolute_url(url)) if claim else ""
        if address and (urlsplit(address).path != "/" or urlsplit(address).query or not url):
            return address
    return canonical_url(url)


def _language(head: _Head, markup: str) -> str:
    """The language that the page says it is in."""
    opening = HTML_TAG.search(markup[:20_000])
    attribute = LANG_ATTRIBUTE.search(opening[0]) if opening else None
    for claim in (attribute[1] if attribute else "", words(head.article.get("inLanguage")), head.first(LANGUAGES)):
        if language_code(claim):
            return language_code(claim)
    return ""


def _is_locked(head: _Head) -> bool:
    """True where the metadata says that one must pay."""
    tier = head.first(("article:content_tier", "og:article:content_tier", "content_tier")).lower()
    return is_locked(head.article) or tier in ("locked", "metered", "premium", "paid")


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
    soup = _soup(_parted(markup[: MAX_HTML // 4])[0])  # lxml: html.parser needs quadratic time for open brackets
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
