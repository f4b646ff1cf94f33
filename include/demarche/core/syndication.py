"""Reads what feedparser made of an entry or a feed: its claims, and how long it asks to be left alone.

It does not call feedparser and judges nothing; `core.entries` does that.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from demarche.core.entries import Claims

# Minutes in the periods of the syndication module.
PERIODS = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
LONGEST_TTL = 43_200  # minutes; a feed that asks for more has a mistake in it
# Dates as feedparser names them, best first.
PUBLISHED = ("published", "issued", "dcterms_issued", "prism_publicationdate", "created", "dcterms_created", "dc_date")
UPDATED = ("updated", "modified", "dcterms_modified", "dcterms_valid")


def entry_claims(entry: Mapping[str, Any], feed_language: str) -> Claims:
    """What one entry of feedparser's says."""
    entry = dict(entry)  # feedparser's own dictionary looks for every key under several names, which takes its time
    details = [entry.get("title_detail"), entry.get("summary_detail"), *(entry.get("content") or [])]
    languages = [detail.get("language") for detail in details if isinstance(detail, Mapping)]
    return Claims(
        title=word(entry, "title"),
        links=tuple(_links(entry)),
        summaries=tuple(_summaries(entry)),
        guid=word(entry, "id"),
        published=_dates(entry, PUBLISHED),
        updated=_dates(entry, UPDATED),
        authors=tuple(_authors(entry)),
        tags=tuple(str(tag.get("label") or tag.get("term") or "") for tag in entry.get("tags") or ()),
        language=word(entry, "language") or next((str(tag) for tag in languages if tag), "") or feed_language,
        images=tuple(_images(entry)),
    )


def word(values: Mapping[str, Any], name: str) -> str:
    """A value if it is text. dict.get, because feedparser answers for `updated` with `published`."""
    value = dict.get(values, name) if isinstance(values, dict) else None
    return value if isinstance(value, str) else ""


def _dates(entry: Mapping[str, Any], names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The date claims under these names."""
    return tuple((name, text) for name in names if (text := word(entry, name)))


def _links(entry: Mapping[str, Any]) -> Iterable[str]:
    """Addresses of the report, best first."""
    yield word(entry, "feedburner_origlink")
    yield word(entry, "link")
    links = [dict(link) for link in entry.get("links") or () if dict.get(link, "href")]
    yield from (link["href"] for link in links if link.get("rel") in ("alternate", None))
    if word(entry, "id").startswith(("http://", "https://")):
        yield word(entry, "id")
    yield from (link["href"] for link in links if link.get("rel") in ("via", "related", "canonical"))
    yield from (link["href"] for link in links if link.get("rel") == "enclosure")


def _summaries(entry: Mapping[str, Any]) -> Iterable[str]:
    """Markup that tells what the report says, best first."""
    yield word(entry, "summary")
    for content in entry.get("content") or ():
        if isinstance(content, Mapping) and str(content.get("type", "text")).startswith(("text", "application/xhtml")):
            yield word(content, "value")
    yield word(entry, "subtitle")
    yield word(entry, "media_caption")


def _authors(entry: Mapping[str, Any]) -> Iterable[str]:
    """Names of those who wrote the report."""
    whole = word(entry, "author")
    authors = [author for author in entry.get("authors") or () if isinstance(author, Mapping)]
    names = [word(author, "name") for author in authors]
    is_cut = any(_is_cut(word(author, "email"), whole) for author in authors)
    yield from names if any(names) and not is_cut else [whole]


def _is_cut(email: str, whole: str) -> bool:
    """True where a mail address goes on: feedparser ends it after four letters and takes the rest for the name."""
    rest = whole.partition(email)[2] if email else ""
    return rest[:1].isalnum()


def _images(entry: Mapping[str, Any]) -> Iterable[str]:
    """Addresses of pictures that belong to the report, best first."""
    for media in entry.get("media_content") or ():
        if media.get("medium") == "image" or str(media.get("type", "image")).startswith("image"):
            yield str(media.get("url", ""))
    yield from (str(media.get("url", "")) for media in entry.get("media_thumbnail") or ())
    yield from (
        str(link.get("href", "")) for link in entry.get("links") or () if str(link.get("type")).startswith("image")
    )
    image = entry.get("image")
    if isinstance(image, Mapping):
        yield str(image.get("href") or image.get("url") or "")


def ttl_minutes(feed: Mapping[str, Any]) -> int | None:
    """How long the feed asks to be left alone: RSS ttl, else the syndication module's period over frequency."""
    ttl = word(feed, "ttl").strip()
    if ttl.isascii() and ttl.isdigit() and len(ttl) < 7:
        minutes = int(ttl)
    else:
        frequency = word(feed, "sy_updatefrequency").strip()
        times = int(frequency) if frequency.isascii() and frequency.isdigit() and len(frequency) < 5 else 1
        minutes = PERIODS.get(word(feed, "sy_updateperiod").strip().lower(), 0) // max(times, 1)
    return minutes if 0 < minutes <= LONGEST_TTL else None
