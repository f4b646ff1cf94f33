"""Feeds that go on: the older page that a feed document names (RFC 5005), or that WordPress has under `?paged=`."""

import html
import json
import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from demarche.core.urls import absolute_url

LINK = re.compile(r"<(?:[\w.-]+:)?link\b([^>]{1,4000})>", re.IGNORECASE)
REL = re.compile(r"""\brel\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
HREF = re.compile(r"""\bhref\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
WORDPRESS = re.compile(r"<generator[^>]*>[^<]*wordpress\.org", re.IGNORECASE)
OLDER = ("prev-archive", "next", "previous")  # RFC 5005: archives by prev-archive, pages by next
HEAD = 60_000


def older_page(body: bytes, url: str) -> str:
    """The address of the next older part of a feed, "" where the document names none and is no WordPress feed."""
    text = body[:HEAD].decode("utf-8", "replace")
    if text.lstrip()[:1] == "{":
        return _json_next(body, url)
    links: dict[str, str] = {}
    for tag in LINK.finditer(text):
        rel, href = REL.search(tag[1]), HREF.search(tag[1])
        if rel and href:
            for name in rel[1].lower().split():
                links.setdefault(name, absolute_url(urljoin(url, html.unescape(href[1]))))
    for name in OLDER:
        if links.get(name) and links[name] != absolute_url(url):
            return links[name]
    return _wordpress_page(url) if WORDPRESS.search(text) else ""


def _json_next(body: bytes, url: str) -> str:
    try:
        following = json.loads(body).get("next_url", "")
    except (ValueError, AttributeError):
        return ""
    return absolute_url(urljoin(url, following)) if isinstance(following, str) and following else ""


def _wordpress_page(url: str) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    page = int(query.get("paged", "1")) if query.get("paged", "1").isdigit() else 1
    return urlunsplit(parts._replace(query=urlencode(query | {"paged": str(page + 1)})))


def self_address(body: bytes) -> str:
    """The address that a feed document says it has, or ""."""
    for tag in LINK.finditer(body[:HEAD].decode("utf-8", "replace")):
        rel, href = REL.search(tag[1]), HREF.search(tag[1])
        if rel and href and "self" in rel[1].lower().split():
            return absolute_url(html.unescape(href[1]))
    return ""
