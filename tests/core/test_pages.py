"""Web pages: article text, metadata, the kind of page, and the feeds they offer."""

import gzip
import json
import os
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demarche.core.discovery import discover_feeds
from demarche.core.linkeddata import article_description
from demarche.core.pages import extract_page
from demarche.model import Page

SHARED = Path(os.environ.get("DEMARCHE_SHARED") or Path(__file__).resolve().parents[3] / "shared")
PARAGRAPHS = (
    "The foreign ministers of two coastal states met on Monday to talk about the return of people without papers.",
    "They had not spoken since the spring, when one of them recalled its ambassador in protest at a new visa rule.",
    "Officials said that a text would be ready within a month, and that both parliaments would have to agree to it.",
    "Aid groups asked to be heard before anything is signed, because the last agreement had left many questions open.",
)
BODY = "<nav>Home World Sport</nav><article><h1>Ministers meet over returns</h1>{}</article><footer>All rights</footer>"
ARTICLE = BODY.format("".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS * 3))
URL = "https://gazette.example/world/2025/01/14/ministers-meet?utm_source=rss"


def _page(head: str = "", body: str = ARTICLE, lang: str = ' lang="en-GB"') -> bytes:
    return f"<!DOCTYPE html><html{lang}><head>{head}</head><body>{body}</body></html>".encode()


def _linked(description: object) -> str:
    text = description if isinstance(description, str) else json.dumps(description)
    return f'<script type="application/ld+json">{text}</script>'


NEWS = {
    "@type": "NewsArticle",
    "headline": "Ministers meet over returns",
    "datePublished": "2025-01-14T09:00:00+01:00",
    "dateModified": "2025-01-14T10:00:00+01:00",
    "author": [{"@type": "Person", "name": "Ana Ruiz"}, {"name": "Tom Oduya"}],
    "articleSection": "World",
    "publisher": {"name": "The Harbour Gazette"},
}


def test_the_text_is_the_article_and_nothing_around_it():
    page = extract_page(_page(), URL)
    assert PARAGRAPHS[0] in page.text
    assert "Sport" not in page.text and "All rights" not in page.text
    assert page.access == "open"


@pytest.mark.parametrize(
    "description",
    [
        NEWS,
        [{"@type": "Organization", "name": "G"}, NEWS],
        {"@context": "https://schema.org", "@graph": [{"@type": "WebPage", "name": "x"}, NEWS]},
        {**NEWS, "@type": ["Article", "https://schema.org/NewsArticle"]},
        json.dumps(NEWS)[:-1] + ",}",
        "<!--\n" + json.dumps(NEWS) + "\n-->",
        json.dumps(NEWS).replace("World", "Wor\tld") + ";",
        json.dumps({"@type": "Organization"}) + "\n" + json.dumps(NEWS),
    ],
    ids=["plain", "list", "graph", "types", "comma", "comment", "control", "two"],
)
def test_metadata_comes_from_linked_data_in_any_shape(description):
    page = extract_page(_page(_linked(description)), URL)
    assert page.title == "Ministers meet over returns"
    assert page.published_at == datetime(2025, 1, 14, 8, tzinfo=UTC)
    assert page.updated_at == datetime(2025, 1, 14, 9, tzinfo=UTC)
    assert page.authors == ("Ana Ruiz", "Tom Oduya")
    assert page.section.startswith("Wor")
    assert page.site_name == "The Harbour Gazette"


def test_metadata_comes_from_meta_elements_where_there_is_no_linked_data():
    head = (
        '<meta property="og:title" content="Ministers &amp; returns | The Gazette">'
        '<meta property="og:site_name" content="The Gazette">'
        '<meta property="article:published_time" content="2025-01-14T08:00:00Z">'
        '<meta name="author" content="By Ana Ruiz"><meta property="article:section" content="World">'
        '<meta name="description" content="Two states > one">'
        '<link rel="canonical" href="/world/2025/01/14/ministers-meet">'
    )
    page = extract_page(_page(head, lang=""), URL)
    assert (page.title, page.site_name, page.section) == ("Ministers & returns", "The Gazette", "World")
    assert page.published_at == datetime(2025, 1, 14, 8, tzinfo=UTC)
    assert page.authors == ("Ana Ruiz",)
    assert page.description == "Two states > one"
    assert page.canonical_url == "https://gazette.example/world/2025/01/14/ministers-meet"


def test_a_page_without_metadata_has_its_heading_and_the_day_of_its_address():
    page = extract_page(_page("<title>Ministers meet over returns</title>"), URL)
    assert page.title == "Ministers meet over returns"
    assert page.published_at == datetime(2025, 1, 14, tzinfo=UTC)
    assert page.language == "en"


def test_a_canonical_link_to_the_front_page_is_a_mistake():
    page = extract_page(_page('<link rel="canonical" href="https://gazette.example/">'), URL)
    assert page.canonical_url == "https://gazette.example/world/2025/01/14/ministers-meet"


def test_the_body_in_linked_data_helps_where_the_page_has_none():
    page = extract_page(_page(_linked({**NEWS, "articleBody": "\n".join(PARAGRAPHS)}), "<div id='root'></div>"), URL)
    assert PARAGRAPHS[3] in page.text


@pytest.mark.parametrize(
    ("access", "html"),
    [
        ("paywall", _page(_linked({**NEWS, "isAccessibleForFree": "False"}))),
        ("paywall", _page(_linked({**NEWS, "isAccessibleForFree": False}))),
        ("paywall", _page('<meta property="article:content_tier" content="locked">')),
        ("paywall", _page(body=f"<article><p>{PARAGRAPHS[0]}</p></article><div class='paywall'>Join</div>")),
        ("paywall", _page(body=f"<article><p>{PARAGRAPHS[0]}</p><p>Article réservé aux abonnés</p></article>")),
        ("consent_wall", _page("<title>Before you continue to Gazette</title>",
                               "<p>We and our partners use cookies.</p><button>Accept all cookies</button>")),
        ("soft_404", _page("<title>Page not found | Gazette</title>", "<p>Sorry.</p>")),
        ("soft_404", _page("<title>Gazette</title>", "<h1>404</h1><p>Seite nicht gefunden</p>")),
        ("script_only", _page(body="<div id='root'></div><script>a</script><script>b</script><script>c</script>")),
        ("script_only", _page(body="<p>Please enable JavaScript to continue.</p>")),
        ("empty", b""),
        ("empty", _page(body="")),
        ("open", _page("<title>Not found: the lost ship that ministers sought</title>")),
        ("open", _page(body=ARTICLE + "<div class='paywall'></div><p>We use cookies. Accept all cookies</p>")),
    ],
)  # fmt: skip
def test_the_kind_of_page_is_told(access, html):
    assert extract_page(html, URL).access == access


def test_feeds_are_discovered_with_announced_ones_first():
    html = _page(
        '<base href="https://gazette.example/en/">'
        '<link rel="alternate" type="application/rss+xml" title="All" href="feed.xml">'
        '<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">'
        '<link rel="alternate" type="application/feed+json" href="feed.json">'
        '<link rel="alternate" hreflang="fr" href="/fr/"><link rel="stylesheet" href="rss.css">',
        '<a href="/rss/world">World</a><a href="/about">About</a><a href="javascript:feed()">x</a>',
    )
    assert discover_feeds(html, "https://gazette.example/") == (
        ("https://gazette.example/en/feed.xml", "All"),
        ("https://gazette.example/en/feed.json", ""),
        ("https://gazette.example/comments/feed", "Comments"),
        ("https://gazette.example/rss/world", "World"),
    )


@pytest.mark.parametrize("script", ["", "{", "[[[", "null", '{"@type": {"a": 1}}', '{"@graph": "x"}', "[" * 50_000])
def test_broken_linked_data_is_no_description(script):
    assert article_description([script]) == {}


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 1500))
def test_any_bytes_are_a_page(noise, at):
    whole = _page(_linked(NEWS) + '<meta property="og:title" content="x">')
    assert isinstance(extract_page(whole[:at] + noise + whole[at:], URL), Page)
    assert isinstance(extract_page(noise), Page)


@pytest.mark.parametrize(
    "part", [b"<div>", b"<meta ", b'<meta content="', b"<script>", b"<!--", b"<h1>", b"<p>a<", b"<a href=x>"]
)
def test_hostile_pages_end_soon(part):
    started = os.times().user
    assert isinstance(extract_page(b"<html><body>" + part * 20_000, URL), Page)
    discover_feeds(part * 20_000, URL)
    assert os.times().user - started < 10


@pytest.mark.shared
def test_extraction_is_as_good_as_promised_on_labelled_pages():
    folder = SHARED / "data" / "html" / "scrapinghub"
    if not folder.is_dir():
        pytest.skip("the labelled pages are not beside this checkout")
    gold = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    precision = recall = 0.0
    chosen = list(gold)[::2]
    for name in chosen:
        page = extract_page(gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()), gold[name]["url"])
        found, wanted = _grams(page.text), _grams(gold[name]["articleBody"])
        shared = sum((found & wanted).values())
        precision += shared / max(1, sum(found.values())) / len(chosen)
        recall += shared / sum(wanted.values()) / len(chosen)
    assert 2 * precision * recall / (precision + recall) >= 0.94


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return Counter(tuple(words[i : i + 4]) for i in range(max(0, len(words) - 3)))
