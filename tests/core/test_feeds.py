"""Feeds of every format and in every state, from bytes to entries."""

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demarche.core.feeds import entry_blocks, parse_feed, sitemap_children
from demarche.model import FeedDocument

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "feeds"
SEEN_AT = datetime(2025, 6, 8, 12, tzinfo=UTC)
SEEN_EARLIER = datetime(2025, 1, 14, 12, tzinfo=UTC)  # the day of the samples with impossible dates
SAMPLES = sorted(path for path in GOLDEN.iterdir() if not path.name.endswith(".expected.json"))


def _item(number: int, extra: str = "") -> str:
    return (
        f"<item><title>Talks, round {number}</title><link>https://e.example/{number}</link>"
        f"<description>{extra}</description></item>"
    )


def _rss(*items: str, head: str = "") -> bytes:
    return f'<rss version="2.0"><channel><title>T</title>{head}{"".join(items)}</channel></rss>'.encode()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_reads_as_recorded(path, golden):
    seen_at = SEEN_EARLIER if path.name == "impossible-dates.xml" else SEEN_AT
    document = parse_feed(path.read_bytes(), url="https://feeds.example/all", seen_at=seen_at)
    shown = json.dumps(asdict(document), ensure_ascii=False, indent=1, default=str)
    golden(path.with_name(path.name + ".expected.json"), shown + "\n")


def test_there_are_enough_samples():
    assert len(SAMPLES) >= 20


def test_items_seen_before_are_left_out_and_the_others_are_the_same():
    body = _rss(*map(_item, range(6)))
    full = parse_feed(body)
    known = {full.block_digests[1], full.block_digests[4]}
    rest = parse_feed(body, known_blocks=known)
    assert rest.entries == tuple(entry for i, entry in enumerate(full.entries) if i not in (1, 4))
    assert rest.skipped == 2
    assert rest.block_digests == full.block_digests == entry_blocks(body)


def test_a_changed_item_has_a_new_digest():
    before, after = parse_feed(_rss(_item(1), _item(2))), parse_feed(_rss(_item(1, "more"), _item(2)))
    assert before.block_digests[0] != after.block_digests[0]
    assert before.block_digests[1] == after.block_digests[1]


def test_a_changed_language_of_the_feed_makes_all_items_new():
    english = parse_feed(_rss(_item(1), head="<language>en</language>"))
    german = parse_feed(_rss(_item(1), head="<language>de</language>"), known_blocks=english.block_digests)
    assert [entry.language for entry in german.entries] == ["de"]


def test_a_new_build_date_of_the_feed_changes_no_item():
    first = parse_feed(_rss(_item(1), head="<lastBuildDate>Mon, 06 Jan 2025 10:00:00 GMT</lastBuildDate>"))
    second = parse_feed(_rss(_item(1), head="<lastBuildDate>Tue, 07 Jan 2025 10:00:00 GMT</lastBuildDate>"))
    assert first.block_digests == second.block_digests


def test_an_item_tag_inside_cdata_or_a_comment_ends_no_item():
    odd = "<item><title>Odd</title><description><![CDATA[a </item> b <item>]]></description><!-- </item> --></item>"
    full = parse_feed(_rss(odd, _item(2)))
    assert len(full.block_digests) == 2
    assert [e.title for e in parse_feed(_rss(odd, _item(2)), known_blocks=full.block_digests[:1]).entries] == [
        "Talks, round 2"
    ]


def test_ill_formed_feeds_are_parsed_whole_whatever_is_known():
    body = b"<rss><channel><item><title>a</title></wrong></item><item><title>b</title></item></channel></rss>"
    document = parse_feed(body, known_blocks={"0" * 16})
    assert [entry.title for entry in document.entries] == ["a", "b"]
    assert document.block_digests == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=40), st.booleans()), max_size=8))
def test_a_delta_is_the_whole_minus_the_known(items):
    escaped = [(text.replace("&", "&amp;").replace("<", "&lt;"), is_known) for text, is_known in items]
    body = _rss(*(_item(number, text) for number, (text, _) in enumerate(escaped)))
    full = parse_feed(body)
    if not full.block_digests:
        return
    known = {digest for digest, (_, is_known) in zip(full.block_digests, items, strict=True) if is_known}
    fresh = tuple(e for e, d in zip(full.entries, full.block_digests, strict=True) if d not in known)
    assert parse_feed(body, known_blocks=known).entries == fresh


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_json_feed_has_a_delta_too(count):
    items = [{"id": str(n), "url": f"https://e.example/{n}", "title": f"Talks {n}"} for n in range(3)]
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()
    full = parse_feed(body)
    rest = parse_feed(body, known_blocks=full.block_digests[:count])
    assert rest.entries == full.entries[count:]
    assert rest.skipped == count


def test_no_more_entries_than_allowed_are_taken():
    document = parse_feed(_rss(*map(_item, range(50))), limit=10)
    assert len(document.entries) == len(document.block_digests) == 10
    assert document.entries[0].title == "Talks, round 0"
    assert "more than 10 entries" in document.problems[0]


def test_the_children_of_a_sitemap_index_are_listed():
    children = sitemap_children((GOLDEN / "sitemapindex.xml").read_bytes())
    assert children == (("https://kurier.example/news-1.xml.gz", datetime(2025, 5, 1, tzinfo=UTC)),)
    assert sitemap_children(b"<rss/>") == ()


@pytest.mark.parametrize(
    ("content_type", "encoding", "title"),
    [
        ("text/xml; charset=windows-1251", "cp1251", "Послы встретились"),
        ("application/rss+xml; charset=Shift_JIS", "cp932", "大使が会談"),
        ("text/xml", "utf-8", "Botschafter in Zürich"),
        ("text/xml; charset=us-ascii", "utf-8", "Botschafter in Zürich"),
        ("text/xml; charset=nonsense", "utf-8", "Botschafter in Zürich"),
    ],
)
def test_the_header_names_the_encoding_where_the_document_does_not(content_type, encoding, title):
    body = f"<rss><channel><item><title>{title}</title></item></channel></rss>".encode(encoding)
    assert parse_feed(body, content_type=content_type).entries[0].title == title


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "empty body"),
        (b"   \n", "empty body"),
        (b"<!DOCTYPE html><html><body>Hello</body></html>", "HTML"),
        (b"Gateway timeout", "plain text"),
        (b'{"a": 1}', "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"<svg/>", "XML"),
        (b"<rss>" + b"<a>" * 20_000, "deeper"),
        (b"<rss>" + b"<a>" * 300 + b"</a>" * 300 + b"</rss>", "deeper"),
        (b"<rss " + b" ".join(b'a%d="x"' % n for n in range(900)) + b"></rss>", "attributes"),
    ],
)
def test_what_is_no_feed_says_so(body, problem):
    document = parse_feed(body)
    assert document.version == ""
    assert document.entries == ()
    assert problem in document.problems[-1]


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel>" + b"<item>" * 3_000,
        b"<rss><item><a " + b"<a " * 20_000,
        b"<rss><item><title>" + b"<!--" * 20_000,
        b"<!--" * 20_000,
        b"<!DOCTYPE " * 20_000 + b"<rss/>",
        b"<rss><item><title>" + b"<![CDATA[" * 20_000,
        b"<rss><item><title>" + b"&" * 50_000,
        b"<rss><channel><item><description><![CDATA[" + b"<img " * 20_000 + b"]]></description></item></channel></rss>",
        b"<rss><channel><item><author>" + b"a" * 30_000 + b"@" + b"a." * 30_000 + b"</author></item></channel></rss>",
        b"<rss><channel><item><title><![CDATA[" + b"<b>" * 20_000 + b"]]></title></item></channel></rss>",
    ],
    ids=lambda body: body[:24].decode(),
)
def test_hostile_documents_end_soon(body):
    started = os.times().user
    assert isinstance(parse_feed(body), FeedDocument)
    assert os.times().user - started < 10


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_mutated_documents_never_raise(path, data):
    body = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=12))
    document = parse_feed(bytes(body), url="https://feeds.example/all", seen_at=SEEN_AT)
    json.dumps(asdict(document), default=str, ensure_ascii=False).encode("utf-8")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400), st.text(max_size=30))
def test_any_bytes_are_an_answer(body, content_type):
    assert isinstance(parse_feed(body, content_type=content_type), FeedDocument)


@pytest.mark.parametrize(
    "feed",
    [
        {"version": "1.0", "items": [{"content_text": "Two ministers met."}]},
        {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "content_text": "Two ministers met."}]},
        {"items": [{"content_text": "Two ministers met."}]},
    ],
    ids=["bare version", "with address", "no version"],
)
def test_a_json_item_that_is_only_text_is_an_entry(feed):
    (entry,) = parse_feed(json.dumps(feed).encode()).entries
    assert (entry.title, entry.summary) == ("Two ministers met.", "Two ministers met.")


def test_json_with_items_of_another_kind_is_no_feed():
    body = json.dumps({"version": "2", "items": [{"id": 1, "title": "A product"}]}).encode()
    assert parse_feed(body).version == ""


def test_a_json_item_without_authors_has_those_of_its_feed():
    items = [{"url": "https://e.example/1"}, {"url": "https://e.example/2", "author": {"name": "Tom Oduya"}}]
    feed = {"version": "https://jsonfeed.org/version/1.1", "authors": [{"name": "Ana Ruiz"}], "items": items}
    assert [e.authors for e in parse_feed(json.dumps(feed).encode()).entries] == [("Ana Ruiz",), ("Tom Oduya",)]


MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'
PICTURE = (
    '<media:content url="https://e.example/a.jpg" medium="image">'
    '<media:description type="plain">A minister waves</media:description></media:content>'
)


@pytest.mark.parametrize(
    ("parts", "summary"),
    [
        (PICTURE + "<description>The talks went on</description>", "The talks went on"),
        ("<description>The talks went on</description>" + PICTURE, "The talks went on"),
        (PICTURE, "A minister waves"),
    ],
    ids=["caption first", "caption last", "caption alone"],
)
def test_a_pictures_caption_is_the_summary_only_where_there_is_no_other(parts, summary):
    body = f'<rss version="2.0" {MEDIA}><channel><item><title>Talks</title>{parts}</item></channel></rss>'.encode()
    (entry,) = parse_feed(body).entries
    assert (entry.summary, entry.image_url) == (summary, "https://e.example/a.jpg")


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("desk@gazette.industries (Ana Ruiz)", ("Ana Ruiz",)),
        ("desk@gazette.example (Ana Ruiz)", ("Ana Ruiz",)),
        ("Ana Ruiz", ("Ana Ruiz",)),
        ("desk@gazette.example", ()),
    ],
)
def test_a_mail_address_is_no_part_of_an_authors_name(author, names):
    (entry,) = parse_feed(_rss(f"<item><title>t</title><author>{author}</author></item>")).entries
    assert entry.authors == names


def test_a_feed_without_entries_under_the_document_type_of_html_is_a_feed():
    head = b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://dtd.example/">'
    assert parse_feed(head + _rss()).version == "rss20"
    assert parse_feed(head + b"<html><body>" + _rss() + b"</body></html>").version == ""


def test_a_date_that_was_passed_over_stays_in_the_note():
    dates = "<pubDate>Tue, 14 Jan 2025 08:00:00 GMT</pubDate><dcterms:created>2025-01-13T08:00:00Z</dcterms:created>"
    names = 'xmlns:dcterms="http://purl.org/dc/terms/"'
    body = f'<rss version="2.0" {names}><channel><item><title>t</title>{dates}</item></channel></rss>'
    (entry,) = parse_feed(body.encode()).entries
    assert entry.published_at == datetime(2025, 1, 14, 8, tzinfo=UTC)
    assert entry.date_note == "published taken, created says 2025-01-13T08:00:00Z"


def test_a_landing_page_in_place_of_a_feed_proposes_and_brings_no_entries():
    page = b'<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/rss.xml"></head></html>'
    document = parse_feed(page, url="https://e.example/news")
    assert document.problems == ("not a feed: HTML, which offers https://e.example/rss.xml",)
    assert (document.version, document.entries) == ("", ())
