"""Ids of entries and fetches: the same words give the same id, on every machine and in every replay."""

import hashlib
from datetime import UTC, datetime

from demarche.model import Entry


def short_hash(*parts: str) -> str:
    """16 hex digits (64 bits) of the parts: at ten million rows two would meet once in 400,000 such tables."""
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def entry_id(feed_id: str, entry: Entry) -> str:
    """Id of what one feed said once. An edit of title or summary is a new entry.

    Dates, tags and authors are left out: feeds that stamp every entry anew at each poll would never stop.
    """
    return short_hash(feed_id, entry.guid or entry.url, entry.url, entry.title, entry.summary)


def fetch_id(kind: str, feed_id: str, url: str, started_at: datetime) -> str:
    """Id of one attempt."""
    return short_hash(kind, feed_id, url, started_at.astimezone(UTC).isoformat())
