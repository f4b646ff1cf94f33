"""Gathers the claims of JSON Feed documents (1.0 and 1.1). It does not judge them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from demarche.core.entries import Claims

VERSION = "jsonfeed.org/version/1"
BARE_VERSIONS = frozenset(("1", "1.0", "1.1"))  # written without the address that the specification asks for
SIGNS = frozenset(
    ("url", "content_html", "content_text")
)  # what only items of a feed have, where the version is missing


@dataclass(frozen=True, slots=True)
class JsonFeed:
    """A JSON Feed's own words and, for each of its items, the claims and a digest."""

    version: str
    title: str
    link: str
    language: str
    claims: tuple[Claims, ...]
    digests: tuple[str, ...]


def json_feed(text: str, limit: int) -> JsonFeed | str:
    """The feed, or why the text is none. At most `limit` items are looked at."""
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"unreadable: {type(error).__name__} in JSON"
    if not isinstance(loaded, dict) or not isinstance(loaded.get("items"), list):
        return "not a feed: JSON without items"
    name = _text(loaded.get("version"))
    items = [item for item in loaded["items"] if isinstance(item, dict)][:limit]
    if VERSION not in name and name not in BARE_VERSIONS and not any(SIGNS & item.keys() for item in items):
        return "not a feed: JSON that is no JSON Feed"
    language = _text(loaded.get("language"))
    people = _people(loaded)
    return JsonFeed(
        version="json11" if name.endswith("1.1") else "json1",
        title=_text(loaded.get("title")),
        link=_text(loaded.get("home_page_url")),
        language=language,
        claims=tuple(_claims(item, language, people) for item in items),
        digests=tuple(_digest(item, [language, *people]) for item in items),
    )


def _digest(item: Mapping[str, Any], outside: list[str]) -> str:
    """The digest of an item and of what outside decides its meaning."""
    written = json.dumps([*outside, item], sort_keys=True).encode("utf-8", "surrogatepass")
    return blake2b(written, digest_size=8).hexdigest()


def _people(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the authors of a feed or an item: `authors` of version 1.1, else `author` of 1.0."""
    authors = values.get("authors")
    people = authors if isinstance(authors, list) else [values.get("author")]
    return _texts([person.get("name") if isinstance(person, dict) else person for person in people])


def _claims(item: Mapping[str, Any], language: str, people: tuple[str, ...]) -> Claims:
    """What one item says. What it leaves out, its feed says for it: `language`, and `people`, the feed's authors."""
    attachments = item.get("attachments")
    files = [file for file in attachments if isinstance(file, dict)] if isinstance(attachments, list) else []
    tags = item.get("tags")
    return Claims(
        title=_text(item.get("title")),
        links=_texts([item.get("url"), item.get("id"), item.get("external_url")]),
        summaries=_texts([item.get("summary"), item.get("content_html"), item.get("content_text")]),
        guid=_text(item.get("id")),
        published=_dated("date_published", item),
        updated=_dated("date_modified", item),
        authors=_people(item) or people,
        tags=_texts(tags if isinstance(tags, list) else []),
        language=_text(item.get("language")) or language,
        images=_texts(
            [item.get("image"), item.get("banner_image")]
            + [file.get("url") for file in files if _text(file.get("mime_type")).startswith("image/")]
        ),
    )


def _dated(name: str, item: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """A date claim with its name, where there is one."""
    text = _text(item.get(name))
    return ((name, text),) if text else ()


def _texts(values: list[Any]) -> tuple[str, ...]:
    """Those of the values that say something, as text."""
    return tuple(text for text in map(_text, values) if text)


def _text(value: Any) -> str:
    """A string, or a number as one; anything else says nothing."""
    if isinstance(value, str):
        return value.encode("utf-8", "ignore").decode("utf-8")  # lone surrogates come in as escapes
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number and abs(value) < 1e18 else ""
