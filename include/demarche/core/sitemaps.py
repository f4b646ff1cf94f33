"""Gathers the claims of sitemaps, news sitemaps and sitemap indexes. It does not fetch what they list."""

import re
from datetime import datetime
from xml.etree import ElementTree

from demarche.core.dates import parsed_date
from demarche.core.entries import Claims
from demarche.core.urls import absolute_url

ELEMENT = re.compile(r"<(?:[\w.-]+:)?(url|sitemap)(?=[\s>])[^>]*>(.*?)</(?:[\w.-]+:)?\1\s*>", re.DOTALL | re.IGNORECASE)
LOCATION = re.compile(
    r"<(?:[\w.-]+:)?loc[^>]*>\s*(?:<!\[CDATA\[)?\s*(.*?)\s*(?:\]\]>)?\s*</", re.DOTALL | re.IGNORECASE
)


def sitemap_claims(data: bytes, limit: int) -> tuple[Claims, ...]:
    """What a urlset says of its first `limit` pages; of broken XML the addresses at least.

    `data` is UTF-8 without a DOCTYPE.
    """
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError:
        return tuple(Claims(links=(link,)) for link in _loose_locations(data, "url", limit))
    pages = [element for element in root if _local(element) == "url"]
    return tuple(_page_claims(page) for page in pages[:limit])


def sitemap_index(data: bytes, limit: int) -> tuple[tuple[str, datetime | None], ...]:
    """The sitemaps that an index lists with the dates of their last changes. `data` is UTF-8 without a DOCTYPE."""
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError:
        return tuple(
            (absolute_url(link), None) for link in _loose_locations(data, "sitemap", limit) if absolute_url(link)
        )
    found = []
    for element in root:
        words = {_local(child): (child.text or "").strip() for child in element}
        url = absolute_url(words.get("loc", ""))
        if url and _local(element) == "sitemap":
            found.append((url, parsed_date(words.get("lastmod", ""))))
    return tuple(found[:limit])


def _page_claims(page: ElementTree.Element) -> Claims:
    """What one url element says, with Google's extensions for news, images and videos."""
    words: dict[str, list[str]] = {}
    for element in page.iter():
        if element.text and element.text.strip():
            words.setdefault(_local(element), []).append(element.text.strip())
    locations = [child.text.strip() for child in page if _local(child) == "loc" and child.text]
    alternates = [
        child.get("href", "") for child in page if _local(child) == "link" and child.get("rel") == "canonical"
    ]
    images = [image for image in words.get("loc", []) if image not in locations] + words.get("thumbnail_loc", [])
    keywords = [word.strip() for text in words.get("keywords", []) for word in text.split(",")]
    dates = [("news:publication_date", text) for text in words.get("publication_date", [])]
    return Claims(
        title=next(iter(words.get("title", [])), ""),
        links=(*locations, *alternates),
        guid=locations[0] if locations else "",
        published=tuple(dates[:1]),
        updated=tuple(("lastmod", text) for text in words.get("lastmod", [])[:1]),
        tags=tuple(keywords),
        language=next(iter(words.get("language", [])), ""),
        images=tuple(images),
    )


def _loose_locations(data: bytes, name: str, limit: int) -> list[str]:
    """The addresses in XML that no parser reads."""
    links = []
    for found in ELEMENT.finditer(data.decode("utf-8", "replace")):
        location = LOCATION.search(found[2]) if found[1].lower() == name else None
        if location:
            links.append(location[1].replace("&amp;", "&"))
        if len(links) >= limit:
            break
    return links


def _local(element: ElementTree.Element) -> str:
    """The name without its namespace, in lower case; "" for comments."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
