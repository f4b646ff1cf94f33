"""Values with sensible defaults, so that a test says only what matters to it."""

from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from demarche.model import Answer, Entry, Feed

NOON = datetime(2026, 3, 10, 12, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)

FOUNDING = (
    "US tells its diplomats to press European allies over migrant crime",
    "Washington has instructed its embassies to raise violent crimes associated with people of a migration "
    "background with European governments, a cable shows.",
)


def a_feed(url: str, feed_id: str = "example", **values) -> Feed:
    return Feed(**{"feed_id": feed_id, "url": url, "outlet": "Example", "country": "GB", "language": "en", **values})


def an_entry(title: str = "A title of some words", **values) -> Entry:
    return Entry(**{"title": title, "url": f"https://news.example/{abs(hash(title))}", **values})


def an_answer(body: bytes = b"", **values) -> Answer:
    defaults = {
        "url": "https://news.example/feed",
        "final_url": "https://news.example/feed",
        "started_at": NOON,
        "duration_ms": 20,
        "problem": None,
        "status": 200,
        "raw": body,
    }
    return Answer(**{**defaults, **values})


def rss(*items: tuple[str, ...], base: str = "https://news.example") -> bytes:
    """An RSS document of (title, summary, path) items."""
    entries = "".join(
        f"<item><title>{escape(item[0])}</title><description>{escape(item[1])}</description>"
        f"<link>{base}/{item[2]}</link><guid>{base}/{item[2]}</guid></item>"
        for item in items
    )
    return f'<rss version="2.0"><channel><title>Example</title>{entries}</channel></rss>'.encode()


def feeds_toml(*feeds: Feed) -> str:
    return "\n".join(
        f'[[feed]]\nid = "{f.feed_id}"\nurl = "{f.url}"\noutlet = "{f.outlet}"\ncountry = "{f.country}"\n'
        f'language = "{f.language}"\nkind = "{f.kind}"\n'
        for f in feeds
    )
