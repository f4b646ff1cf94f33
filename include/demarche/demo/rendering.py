"""How the newsroom looks on the wire: feeds in four formats and article pages, as bytes at a moment.

Pure: it reads no clock and opens no socket.
"""

import json
from datetime import datetime
from email.utils import format_datetime
from html import escape

from demarche.demo.newsroom import Newsroom, Outlet, Version, WrittenEntry

MEDIA_TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
    "json": "application/feed+json",
}

RIGHT_TO_LEFT = {"ar"}
NAVIGATION = ("home", "politics", "world", "sport")

# Cut off in a tag, with a bare ampersand and a control character: what a crashed generator leaves behind.
BROKEN_FEED = b"<?xml version='1.0'?><rss version='2.0'><channel><title>Tangled & Sons \x01</tit<item></channel><<"


def render_feed(newsroom: Newsroom, outlet: Outlet, now: datetime, base_url: str) -> bytes:
    """An outlet's feed document at a moment, in its format and encoding, links under `base_url`."""
    entries = [(entry, version) for entry in newsroom.public_entries(outlet, now) if (version := entry.version_at(now))]
    if outlet.format == "json":
        return _json_feed(outlet, entries, base_url)
    changed_at = newsroom.changed_at(outlet, now)
    document = {"rss": _rss, "atom": _atom, "rdf": _rdf}[outlet.format](outlet, entries, changed_at, base_url)
    prolog = f'<?xml version="1.0" encoding="{outlet.encoding}"?>\n'
    return (prolog + document).encode(outlet.encoding, "xmlcharrefreplace")


def link_of(outlet: Outlet, entry: WrittenEntry, base_url: str) -> str:
    """The link as the feed gives it, with the outlet's tracking parameters."""
    return base_url + entry.path + (f"?{outlet.tracking}" if outlet.tracking else "")


def guid_of(outlet: Outlet, entry: WrittenEntry) -> str:
    """An identifier that is no address (RFC 4151)."""
    return f"tag:{outlet.host},2026:{entry.key}"


def _iso(moment: datetime) -> str:
    """A moment as RFC 3339 writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _summary(outlet: Outlet, entry: WrittenEntry, version: Version, base_url: str) -> str:
    """The summary as the feed's generator hands it to the format: plain words, or HTML with a picture and a link."""
    if not outlet.has_markup:
        return version.summary
    picture = f'<img src="{base_url}{entry.path}.jpg" alt="" width="320" height="180">'
    more = f'<a href="{base_url}{entry.path}">[&hellip;]</a>'
    return f"{picture}<p>{escape(version.summary, quote=False)}</p><p>{more}</p>"


def _rss(outlet: Outlet, entries: list[tuple[WrittenEntry, Version]], changed_at: datetime, base_url: str) -> str:
    """RSS 2.0 with Dublin Core authors."""
    rows = []
    for entry, version in entries:
        author = f"<dc:creator>{escape(entry.byline)}</dc:creator>" if entry.byline else ""
        tags = "".join(f"<category>{escape(tag)}</category>" for tag in entry.tags)
        rows.append(
            f"<item><title>{escape(version.title)}</title>"
            f"<link>{escape(link_of(outlet, entry, base_url))}</link>"
            f"<description>{escape(_summary(outlet, entry, version, base_url))}</description>"
            f"{author}{tags}"
            f'<guid isPermaLink="false">{guid_of(outlet, entry)}</guid>'
            f"<pubDate>{format_datetime(entry.published_at)}</pubDate></item>\n"
        )
    return (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">'
        f"<channel>\n<title>{escape(outlet.name)}</title><link>{base_url}/{outlet.slug}/</link>"
        f"<description>{escape(outlet.tagline)}</description><language>{outlet.language}</language>"
        f'<atom:link href="{base_url}{outlet.feed_path}" rel="self" type="application/rss+xml"/>'
        f"<lastBuildDate>{format_datetime(changed_at)}</lastBuildDate>\n{''.join(rows)}</channel></rss>\n"
    )


def _atom(outlet: Outlet, entries: list[tuple[WrittenEntry, Version]], changed_at: datetime, base_url: str) -> str:
    """Atom 1.0 (RFC 4287)."""
    rows = []
    for entry, version in entries:
        tags = "".join(f'<category term="{escape(tag)}"/>' for tag in entry.tags)
        rows.append(
            f"<entry><title>{escape(version.title)}</title>"
            f'<link rel="alternate" type="text/html" href="{escape(link_of(outlet, entry, base_url))}"/>'
            f"<id>{guid_of(outlet, entry)}</id>"
            f"<published>{_iso(entry.published_at)}</published><updated>{_iso(version.at)}</updated>"
            f"<author><name>{escape(entry.byline or outlet.name)}</name></author>{tags}"
            f'<summary type="{"html" if outlet.has_markup else "text"}">'
            f"{escape(_summary(outlet, entry, version, base_url))}</summary></entry>\n"
        )
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}">'
        f"<title>{escape(outlet.name)}</title><subtitle>{escape(outlet.tagline)}</subtitle>"
        f"<id>tag:{outlet.host},2026:feed</id><updated>{_iso(changed_at)}</updated>"
        f'<link rel="self" href="{base_url}{outlet.feed_path}"/>'
        f'<link rel="alternate" href="{base_url}/{outlet.slug}/"/>\n{"".join(rows)}</feed>\n'
    )


def _rdf(outlet: Outlet, entries: list[tuple[WrittenEntry, Version]], changed_at: datetime, base_url: str) -> str:
    """RSS 1.0, which is RDF: the channel lists addresses, the entries stand beside it."""
    links = [escape(link_of(outlet, entry, base_url)) for entry, _ in entries]
    rows = [
        f'<item rdf:about="{link}"><title>{escape(version.title)}</title><link>{link}</link>'
        f"<description>{escape(_summary(outlet, entry, version, base_url))}</description>"
        f"<dc:identifier>{guid_of(outlet, entry)}</dc:identifier>"
        f"<dc:creator>{escape(entry.byline or outlet.name)}</dc:creator>"
        f"<dc:date>{_iso(entry.published_at)}</dc:date></item>\n"
        for link, (entry, version) in zip(links, entries, strict=True)
    ]
    sequence = "".join(f'<rdf:li rdf:resource="{link}"/>' for link in links)
    return (
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<channel rdf:about="{base_url}{outlet.feed_path}"><title>{escape(outlet.name)}</title>'
        f"<link>{base_url}/{outlet.slug}/</link><description>{escape(outlet.tagline)}</description>"
        f"<dc:language>{outlet.language}</dc:language><dc:date>{_iso(changed_at)}</dc:date>"
        f"<items><rdf:Seq>{sequence}</rdf:Seq></items></channel>\n{''.join(rows)}</rdf:RDF>\n"
    )


def _json_feed(outlet: Outlet, entries: list[tuple[WrittenEntry, Version]], base_url: str) -> bytes:
    """JSON Feed 1.1."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "description": outlet.tagline,
        "language": outlet.language,
        "home_page_url": f"{base_url}/{outlet.slug}/",
        "feed_url": base_url + outlet.feed_path,
        "items": [
            {
                "id": guid_of(outlet, entry),
                "url": link_of(outlet, entry, base_url),
                "title": version.title,
                "summary": version.summary,
                "content_text": version.summary,
                "date_published": _iso(entry.published_at),
                "date_modified": _iso(version.at),
                "authors": [{"name": entry.byline or outlet.name}],
                "tags": list(entry.tags),
            }
            for entry, version in entries
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def render_page(newsroom: Newsroom, entry: WrittenEntry, now: datetime, base_url: str) -> bytes | None:
    """An article page at a moment; None before it is published."""
    version = entry.version_at(now)
    if version is None:
        return None
    outlet = newsroom.outlet_by_slug[entry.outlet]
    body = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in version.paragraphs)
    article = (
        f"<article>\n<h1>{escape(version.title)}</h1>\n<p class='standfirst'>{escape(version.summary)}</p>\n"
        f"<p class='byline'>{escape(entry.byline or outlet.name)}, "
        f"<time datetime='{_iso(entry.published_at)}'>{entry.published_at:%d.%m.%Y %H:%M}</time></p>\n"
        f"<div class='article-body' itemprop='articleBody'>\n{body}\n</div>\n</article>"
    )
    head = _page_head(outlet, entry, version, base_url)
    return _html(newsroom, outlet, now, base_url, version.title, head, article)


def render_front_page(newsroom: Newsroom, outlet: Outlet, now: datetime, base_url: str) -> bytes:
    """An outlet's home page, which names its feed in the head."""
    rows = (
        f"<li><a href='{base_url}{entry.path}'>{escape(version.title)}</a></li>"
        for entry in newsroom.public_entries(outlet, now)
        if (version := entry.version_at(now))
    )
    main = f"<h1>{escape(outlet.name)}</h1><ul class='teasers'>{''.join(rows)}</ul>"
    return _html(newsroom, outlet, now, base_url, outlet.name, "", main)


def _page_head(outlet: Outlet, entry: WrittenEntry, version: Version, base_url: str) -> str:
    """Canonical link, OpenGraph and JSON-LD of an article page."""
    canonical = base_url + entry.path
    linked = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": version.title,
        "description": version.summary,
        "mainEntityOfPage": canonical,
        "url": canonical,
        "inLanguage": outlet.language,
        "articleSection": entry.section,
        "datePublished": _iso(entry.published_at),
        "dateModified": _iso(version.at),
        "isAccessibleForFree": True,
        "author": [{"@type": "Person" if entry.byline else "Organization", "name": entry.byline or outlet.name}],
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name},
    }
    # A closing tag inside the script would end it, whatever JSON says.
    script = json.dumps(linked, ensure_ascii=False).replace("</", "<\\/")
    properties = {
        "og:type": "article",
        "og:site_name": outlet.name,
        "og:title": version.title,
        "og:description": version.summary,
        "og:url": canonical,
        "og:locale": f"{outlet.language}_{outlet.country}",
        "article:published_time": _iso(entry.published_at),
        "article:modified_time": _iso(version.at),
        "article:section": entry.section,
    }
    metas = "\n".join(f'<meta property="{name}" content="{escape(value)}">' for name, value in properties.items())
    return (
        f'<link rel="canonical" href="{canonical}">\n<meta name="description" content="{escape(version.summary)}">\n'
        f'{metas}\n<script type="application/ld+json">{script}</script>'
    )


def _html(newsroom: Newsroom, outlet: Outlet, now: datetime, base_url: str, title: str, head: str, main: str) -> bytes:
    """A whole page: the main part inside the outlet's navigation, teasers and small print."""
    words = newsroom.furniture[outlet.language]
    front = f"{base_url}/{outlet.slug}/"
    teasers = "".join(
        f"<li><a href='{base_url}{entry.path}'>{escape(version.title)}</a></li>"
        for entry in newsroom.public_entries(outlet, now)[:5]
        if (version := entry.version_at(now))
    )
    direction = "rtl" if outlet.language in RIGHT_TO_LEFT else "ltr"
    links = "".join(f"<li><a href='{front}'>{words[word]}</a></li>" for word in NAVIGATION)
    feed_type = MEDIA_TYPES[outlet.format]
    return (
        f'<!doctype html>\n<html lang="{outlet.language}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)} | {escape(outlet.name)}</title>\n"
        f'<link rel="alternate" type="{feed_type}" title="{escape(outlet.name)}"'
        f' href="{base_url}{outlet.feed_path}">\n{head}\n'
        "<style>body{font-family:serif;margin:auto;max-width:44rem}</style>\n</head>\n<body>\n"
        f"<div class='cookie-banner' role='dialog'><p>{words['cookies']}</p><button>OK</button></div>\n"
        f"<header><a class='logo' href='{front}'>{escape(outlet.name)}</a><nav><ul>{links}</ul></nav></header>\n"
        f"<main>\n{main}\n</main>\n"
        f"<aside class='most-read'><h2>{words['most_read']}</h2><ol>{teasers}</ol></aside>\n"
        f"<div class='newsletter'><p>{words['letter']}</p></div>\n"
        f"<footer><p>© 2026 {escape(outlet.name)}. {escape(outlet.tagline)}</p></footer>\n"
        "<script>window.page = {loaded: true};</script>\n</body>\n</html>\n"
    ).encode()
