"""Finds the feeds that a web page offers. It proposes; nothing in the project follows a proposal by itself."""

import re
from urllib.parse import urlsplit

from bs4 import Tag

from demarche.core.encodings import decoded_text
from demarche.core.metadata import attribute_of, parted, soup_of
from demarche.core.text import tidy
from demarche.core.urls import absolute_url

MAX_HTML = 6_000_000  # characters of a page that are looked at
MAX_FEEDS = 50

OFFERS = re.compile(
    r"""<(?:link|base)\b(?:[^>"']|"[^"]{0,4000}"|'[^']{0,4000}'){0,400}>|<a\b[^>]{0,4000}>.{0,500}?</a\s*>""",
    re.IGNORECASE | re.DOTALL,
)
FEED_TYPES = re.compile(
    r"application/(?:rss|atom|rdf)\+xml|application/feed\+json|application/json\+feed", re.IGNORECASE
)
XML_TYPES = re.compile(r"(?:application|text)/(?:xml|json)", re.IGNORECASE)
FEED_ADDRESS = re.compile(r"(?:^|[/._?=-])(?:rss|feeds?|atom|rdf|xmlrss)(?:$|[/._?=&-]|\d)", re.IGNORECASE)
COMMENT_FEED = re.compile(r"comments?(?:/|$)|kommentare", re.IGNORECASE)


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
