"""Reads feed-rs's expectations: its own model of each document, as JSON beside it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from suites.expectations import NOT_KEPT, Case, Expectation

FOLDER = "feed-rs/feed-rs/fixture"


def cases(root: Path) -> Iterator[Case]:
    """The documents that have a partner."""
    folder = root / FOLDER
    for partner in sorted(folder.rglob("*.serde.json")):
        stem = partner.name.removesuffix(".serde.json")
        path = next(p for p in partner.parent.glob(stem + ".*") if p != partner and p.stem == stem)
        wanted = json.loads(partner.read_text(encoding="utf-8"))
        source = path.read_bytes()
        yield Case("feed-rs", str(path.relative_to(folder)), path, tuple(_expectations(wanted, source)))


def _expectations(feed: Mapping[str, Any], source: bytes) -> Iterator[Expectation]:
    yield Expectation("count", (str(len(feed["entries"])),))
    if title := _content(feed["title"]):
        yield Expectation("title", (title,))
    if feed["language"]:
        yield Expectation("language", (feed["language"],))
    if links := _pages(feed["links"]):
        yield Expectation("url", links)
    for name in ("authors", "contributors", "categories", "description", "generator", "icon", "logo", "rights", "ttl"):
        if feed[name]:
            yield Expectation(NOT_KEPT, ())
    for number, entry in enumerate(feed["entries"]):
        yield from _of_entry(entry, number, source)


def _of_entry(entry: Mapping[str, Any], number: int, source: bytes) -> Iterator[Expectation]:
    # Entries without an id get one made by feed-rs, which is nothing that the document says.
    is_said = entry["id"].encode() in source
    yield Expectation("guid" if is_said else NOT_KEPT, (entry["id"],), number)
    if title := _content(entry["title"]):
        yield Expectation("title", (title,), number)
    if texts := tuple(filter(None, (_content(entry["summary"]), _body(entry["content"])))):
        yield Expectation("summary", texts, number)
    if links := _pages(entry["links"]):
        yield Expectation("url", links, number)
    for name in ("published", "updated"):
        if entry[name]:
            yield Expectation(name, (entry[name],), number)
    for person in entry["authors"]:
        yield Expectation("authors", (person["name"],), number)
    for tag in entry["categories"]:
        yield Expectation("tags", (tag["label"] or tag["term"], tag["term"]), number)
    if entry["language"]:
        yield Expectation("language", (entry["language"],), number)
    if pictures := tuple(_pictures(entry["media"])):
        yield Expectation("image", pictures, number)
    for name in ("contributors", "source", "rights", "base"):
        if entry[name]:
            yield Expectation(NOT_KEPT, (), number)


def _content(value: Mapping[str, Any] | None) -> str:
    return str(value["content"]) if value else ""


def _body(value: Mapping[str, Any] | None) -> str:
    return str(value["body"] or "") if value else ""


def _pages(links: list[Mapping[str, Any]]) -> tuple[str, ...]:
    """The links that lead to the page that a reader would open."""
    return tuple(link["href"] for link in links if link["rel"] in (None, "alternate"))


def _pictures(media: list[Mapping[str, Any]]) -> Iterator[str]:
    for thing in media:
        for file in thing["content"]:
            if str(file["content_type"]).startswith("image/") and file["url"]:
                yield file["url"]
        yield from (thumbnail["image"]["uri"] for thumbnail in thing["thumbnails"])
