"""Reads gofeed's expectations: a JSON file beside each document, in the parser's own shape or the translator's."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from suites.expectations import NOT_KEPT, Case, Expectation

FOLDER = "gofeed_1.1.3/testdata"
FEED_FIELDS = {"title": "title", "link": "url", "language": "language", "home_page_url": "url"}
ENTRY_FIELDS = {
    "title": "title",
    "link": "url",
    "url": "url",
    "id": "guid",
    "updatedParsed": "updated",
    "publishedParsed": "published",
    "pubDateParsed": "published",
    "date_published": "published",
    "date_modified": "updated",
}
TEXTS = ("description", "summary", "content", "content_html", "content_text")
ALSO = ("feedType", "feedVersion", "version", "updated", "published", "pubDate", "items", "entries", "links", "authors")


def cases(root: Path) -> Iterator[Case]:
    """The documents that have a partner."""
    folder = root / FOLDER
    for path in sorted(folder.rglob("*")):
        partner = path.with_name(path.stem + ("_expected.json" if path.suffix == ".json" else ".json"))
        if path.is_file() and partner != path and partner.is_file() and not path.stem.endswith("_expected"):
            wanted = json.loads(partner.read_text(encoding="utf-8"))
            yield Case("gofeed", str(path.relative_to(folder)), path, tuple(_expectations(wanted)))


def _expectations(feed: Mapping[str, Any]) -> Iterator[Expectation]:
    entries = feed.get("items") or feed.get("entries") or []
    yield Expectation("count", (str(len(entries)),))
    for name, value in feed.items():
        if name in FEED_FIELDS:
            yield Expectation(FEED_FIELDS[name], (_words(value),))
        elif name not in ALSO:
            yield Expectation(NOT_KEPT, ())
    for number, entry in enumerate(entries):
        yield from _of_entry(entry, number)


def _of_entry(entry: Mapping[str, Any], number: int) -> Iterator[Expectation]:
    texts = [_words(entry[name]) for name in TEXTS if entry.get(name)]
    if texts:
        yield Expectation("summary", tuple(texts), number)
    people = entry.get("authors") or [entry[name] for name in ("author",) if entry.get(name)]
    for person in people:
        name = person.get("name") if isinstance(person, dict) else person
        yield Expectation("authors" if name else NOT_KEPT, (str(name),), number)
    for tag in (entry.get("categories") or []) + (entry.get("tags") or []):
        words = (tag.get("label"), tag.get("term"), tag.get("value")) if isinstance(tag, dict) else (tag,)
        yield Expectation("tags", tuple(word for word in words if word), number)
    if pictures := tuple(_words(entry[name]) for name in ("image", "banner_image") if entry.get(name)):
        yield Expectation("image", pictures, number)
    if "guid" in entry:
        yield Expectation("guid", (_words(entry["guid"]),), number)
    for link in entry.get("links") or []:
        if isinstance(link, dict):
            is_ours = link.get("rel") == "alternate" and link.get("href")
            yield Expectation("url" if is_ours else NOT_KEPT, (str(link.get("href")),), number)
    for name, value in entry.items():
        if name in ENTRY_FIELDS:
            yield Expectation(ENTRY_FIELDS[name], (_words(value),), number)
        elif name not in (*TEXTS, *ALSO, "author", "categories", "tags", "image", "banner_image", "guid"):
            yield Expectation(NOT_KEPT, (), number)


def _words(value: Any) -> str:
    """A value, or the `value` or `url` of an object."""
    return str(value.get("value") or value.get("url") or "") if isinstance(value, dict) else str(value)
