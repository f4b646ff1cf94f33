"""The invented newsroom says what it promises, and its server behaves as its outlets do."""

import gzip
import json
import re
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from xml.etree import ElementTree

import pytest

from demarche.demo.newsroom import Newsroom, NewsroomError, Outlet, WrittenEntry, load_newsroom, read_entries
from demarche.demo.rendering import render_feed, render_page
from demarche.demo.server import SLOW_SECONDS, NewsroomServer
from demarche.model import INSTRUMENTS, ORGANISATIONS, Feed, FeedKind

FOUNDING = Path(__file__).parent.parent / "golden" / "founding"
BASE_URL = "http://127.0.0.1:1"
MISBEHAVING = {"shuttered-times": 404, "last-edition": 410}


@pytest.fixture(scope="module")
def newsroom() -> Newsroom:
    return load_newsroom()


@pytest.fixture(scope="module")
def shared_server(newsroom: Newsroom) -> Iterator[NewsroomServer]:
    with NewsroomServer(newsroom) as server:
        yield server


@pytest.fixture
def server(shared_server: NewsroomServer) -> NewsroomServer:
    shared_server.now = shared_server.newsroom.closes_at
    return shared_server


def ask(server: NewsroomServer, path: str, **headers: str) -> HTTPResponse:
    """One request; names of headers are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = urlopen(Request(server.base_url + path, headers=named), timeout=10)
    assert isinstance(answer, HTTPResponse)
    return answer


def status_of(server: NewsroomServer, path: str, **headers: str) -> int:
    try:
        return ask(server, path, **headers).status
    except HTTPError as error:
        return error.code


def entry(newsroom: Newsroom, key: str) -> WrittenEntry:
    return next(e for e in newsroom.entries if e.key == key)


def titles_of(outlet: Outlet, document: bytes) -> list[str]:
    """The entries' titles in a feed document of any of the four formats."""
    if outlet.format == "json":
        return [row["title"] for row in json.loads(document)["items"]]
    root = ElementTree.fromstring(document)
    rows = [node for node in root.iter() if node.tag.rpartition("}")[2] in ("item", "entry")]
    return [child.text or "" for row in rows for child in row if child.tag.rpartition("}")[2] == "title"]


# The content.


def test_the_newsroom_has_about_eighty_reports_in_ten_languages_from_a_dozen_outlets(newsroom: Newsroom) -> None:
    assert 75 <= len({e.article for e in newsroom.entries}) <= 95
    assert {"en", "de", "fr", "es", "it", "pl", "tr", "ar", "pt", "nl"} == {e.language for e in newsroom.entries}
    assert len({e.outlet for e in newsroom.entries}) >= 12
    assert min(Counter(e.language for e in newsroom.entries).values()) >= 4


def test_every_instrument_of_the_codebook_happens(newsroom: Newsroom) -> None:
    assert {code for e in newsroom.entries for code in e.instruments} == set(INSTRUMENTS)


def test_every_language_has_both_relevant_entries_and_others(newsroom: Newsroom) -> None:
    for language in {e.language for e in newsroom.entries}:
        kinds = {e.is_relevant for e in newsroom.entries if e.language == language}
        assert kinds == {True, False}, language


def test_an_entry_carries_codes_exactly_where_it_has_a_story(newsroom: Newsroom) -> None:
    for e in newsroom.entries:
        coded = [bool(e.initiators), bool(e.targets), bool(e.instruments)]
        assert coded == [e.is_relevant] * 3, e.key
        for code in (*e.initiators, *e.targets, *e.about):
            assert code in ORGANISATIONS or re.fullmatch("[A-Z]{2}", code), (e.key, code)


def test_every_entry_lies_inside_the_two_days_and_has_words(newsroom: Newsroom) -> None:
    for e in newsroom.entries:
        for version in e.versions:
            assert newsroom.opens_at <= version.at < newsroom.closes_at, e.key
            assert version.title and version.summary and len(version.paragraphs) >= 1, e.key
            assert version.title == version.title.strip()


def test_a_wire_report_is_carried_by_at_least_three_others_word_for_word(newsroom: Newsroom) -> None:
    copies = [e for e in newsroom.entries if e.article == "pl-by-crossings-wire"]
    assert len({e.outlet for e in copies}) >= 4
    assert len({e.versions[0].text for e in copies}) == 1
    assert len({e.versions[0].title for e in copies}) == 2
    assert len({(e.story, e.initiators, e.instruments) for e in copies}) == 1


def test_the_founding_story_is_told_in_eight_languages_and_goes_on(newsroom: Newsroom) -> None:
    reports = [e for e in newsroom.entries if e.story == "us-migration-crime-cable"]
    assert {e.language for e in reports} == {"en", "de", "fr", "es", "it", "pl", "tr", "ar"}
    assert all(e.initiators == ("US",) and "EU" in e.targets and "demarche" in e.instruments for e in reports)
    followers = [e for e in newsroom.entries if e.story == "berlin-reply-to-us-cable"]
    assert min(e.published_at for e in followers) > max(e.published_at for e in reports)


def test_some_entries_get_new_words_at_the_same_address(newsroom: Newsroom) -> None:
    changed = [e for e in newsroom.entries if len(e.versions) > 1]
    assert len(changed) >= 4
    first, second = entry(newsroom, "us-cable-wire").versions
    assert first.title != second.title and first.text == second.text


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"outlet": "nobody"}, "unknown outlet"),
        ({"copy_of": "nothing"}, "unknown outlet or source"),
        ({"copy_of": "b", "outlet": "de"}, "translation"),
        ({"update": [{"at": datetime(2026, 10, 5, 7, tzinfo=UTC)}]}, "later"),
        ({"key": "b"}, "twice"),
    ],
)
def test_content_that_contradicts_itself_is_refused(row: dict[str, object], message: str) -> None:
    outlets = {
        slug: Outlet(slug, slug, "GB", language, FeedKind.PRESS, "rss")
        for slug, language in (("en", "en"), ("de", "de"))
    }
    whole = {"outlet": "en", "at": datetime(2026, 10, 5, 8, tzinfo=UTC), "title": "t", "summary": "s", "text": "x"}
    with pytest.raises(NewsroomError, match=message):
        read_entries([{**whole, "key": "b"}, {**whole, "key": "a", **row}], outlets)


# The feeds file.


def test_the_feeds_file_names_every_outlet_in_words_that_the_model_knows(newsroom: Newsroom) -> None:
    tables = tomllib.loads(newsroom.feeds_toml("http://127.0.0.1:8000/"))["feed"]
    feeds = [Feed(feed_id=row.pop("id"), **{**row, "kind": FeedKind(row["kind"])}) for row in tables]
    assert [feed.feed_id for feed in feeds] == [outlet.slug for outlet in newsroom.outlets]
    assert all(re.fullmatch(r"http://127\.0\.0\.1:8000/[a-z-]+/feed\.(xml|json)", feed.url) for feed in feeds)
    assert {feed.kind for feed in feeds} >= {FeedKind.PRESS, FeedKind.WIRE, FeedKind.NGO}
    assert [feed.outlet for feed in feeds if feed.is_state_owned] == ["صحيفة المرساة"]


# The documents.


def test_every_steady_feed_is_well_formed_and_lists_what_is_public_newest_first(newsroom: Newsroom) -> None:
    for now in (newsroom.opens_at, datetime(2026, 10, 5, 16, tzinfo=UTC), newsroom.closes_at):
        for outlet in (o for o in newsroom.outlets if o.behaviour in ("steady", "slow")):
            public = newsroom.public_entries(outlet, now)
            words = [version.title for e in public if (version := e.version_at(now))]
            assert titles_of(outlet, render_feed(newsroom, outlet, now, BASE_URL)) == words
            assert [e.published_at for e in public] == sorted((e.published_at for e in public), reverse=True)


def test_feeds_come_in_four_formats_and_three_encodings(newsroom: Newsroom) -> None:
    assert {o.format for o in newsroom.outlets} == {"rss", "atom", "rdf", "json"}
    assert {o.encoding for o in newsroom.outlets} == {"utf-8", "iso-8859-2", "iso-8859-9"}
    polish = render_feed(newsroom, newsroom.outlet_by_slug["trzech-rzek"], newsroom.closes_at, BASE_URL)
    assert "Białorusią".encode("iso-8859-2") in polish


def test_no_link_leads_away_from_the_server(newsroom: Newsroom) -> None:
    namespaces = {"http://www.w3.org", "http://purl.org", "https://schema.org", "https://jsonfeed.org"}
    for outlet in newsroom.outlets:
        document = render_feed(newsroom, outlet, newsroom.closes_at, BASE_URL).decode(outlet.encoding)
        hosts = set(re.findall(r"https?://[^/\"<&\s]+", document))
        assert hosts <= {BASE_URL, *namespaces}, outlet.slug


def test_an_update_changes_the_feed_but_neither_link_nor_guid_nor_date(newsroom: Newsroom) -> None:
    outlet = newsroom.outlet_by_slug["meridian-wire"]
    earlier, later = entry(newsroom, "us-cable-wire").versions
    documents = [
        ElementTree.fromstring(render_feed(newsroom, outlet, version.at, BASE_URL)) for version in (earlier, later)
    ]
    rows = [
        {node.tag: node.text for node in row}
        for document in documents
        for row in document.iter("item")
        if (row.findtext("link") or "").endswith("us-cable-wire")
    ]
    assert [row["title"] for row in rows] == [earlier.title, later.title]
    assert all(rows[0][name] == rows[1][name] for name in ("link", "guid", "pubDate"))


def test_a_page_says_everything_twice_and_carries_boilerplate(newsroom: Newsroom) -> None:
    e = entry(newsroom, "eu-tr-visa-tr")
    page = (render_page(newsroom, e, newsroom.closes_at, BASE_URL) or b"").decode()
    linked = json.loads(page.partition('<script type="application/ld+json">')[2].partition("</script>")[0])
    assert linked["headline"] == e.versions[0].title
    assert linked["datePublished"] == "2026-10-05T13:40:00Z"
    assert f'<link rel="canonical" href="{BASE_URL}{e.path}">' in page
    assert '<meta property="og:site_name" content="Yeni Rıhtım">' in page
    assert "<nav>" in page and "cookie-banner" in page and "most-read" in page and '<html lang="tr"' in page


def test_arabic_pages_run_from_right_to_left(newsroom: Newsroom) -> None:
    page = render_page(newsroom, entry(newsroom, "ne-dz-recall-ar"), newsroom.closes_at, BASE_URL) or b""
    assert b'<html lang="ar" dir="rtl">' in page


# The server.


def test_an_entry_and_its_page_appear_when_the_clock_reaches_them(server: NewsroomServer) -> None:
    e = entry(server.newsroom, "se-gh-hub-nl")
    outlet = server.newsroom.outlet_by_slug[e.outlet]
    server.now = e.published_at - timedelta(seconds=1)
    assert e.versions[0].title not in titles_of(outlet, ask(server, outlet.feed_path).read())
    assert status_of(server, e.path) == 404
    server.now = e.published_at
    assert e.versions[0].title in titles_of(outlet, ask(server, outlet.feed_path).read())
    assert e.versions[0].title in ask(server, e.path).read().decode()


def test_every_link_of_every_feed_leads_to_a_page(server: NewsroomServer) -> None:
    for outlet in server.newsroom.outlets:
        for e in server.newsroom.public_entries(outlet, server.now):
            assert status_of(server, e.path + (f"?{outlet.tracking}" if outlet.tracking else "")) == 200


@pytest.mark.parametrize(
    ("slug", "asked", "named"),
    [
        ("meridian-wire", "If_None_Match", "ETag"),
        ("meridian-wire", "If_Modified_Since", "Last-Modified"),
        ("harbour-post", "If_None_Match", "ETag"),
        ("potomac-ledger", "If_Modified_Since", "Last-Modified"),
        ("waymark", "If_None_Match", "ETag"),
    ],
)
def test_a_feed_that_did_not_change_answers_304_and_one_that_did_answers_200(
    server: NewsroomServer, slug: str, asked: str, named: str
) -> None:
    outlet = server.newsroom.outlet_by_slug[slug]
    newest = max(v.at for e in server.newsroom.entries if e.outlet == slug for v in e.versions)
    server.now = newest - timedelta(minutes=1)
    validator = {asked: ask(server, outlet.feed_path).headers[named]}
    assert status_of(server, outlet.feed_path, **validator) == 304
    server.now = newest
    assert status_of(server, outlet.feed_path, **validator) == 200


def test_one_feed_hides_changes_until_the_hour_turns(server: NewsroomServer) -> None:
    outlet = server.newsroom.outlet_by_slug["atlas-matin"]
    server.now = datetime(2026, 10, 5, 16, 40, tzinfo=UTC)
    tag = ask(server, outlet.feed_path).headers["ETag"]
    server.now = datetime(2026, 10, 5, 16, 50, tzinfo=UTC)  # an entry came out at 16:45
    assert status_of(server, outlet.feed_path, If_None_Match=tag) == 304
    server.now = datetime(2026, 10, 5, 17, 0, tzinfo=UTC)
    assert status_of(server, outlet.feed_path, If_None_Match=tag) == 200


def test_one_feed_sends_a_new_tag_with_the_same_body(server: NewsroomServer) -> None:
    path = server.newsroom.outlet_by_slug["lo-stretto"].feed_path
    first, second = ask(server, path), ask(server, path)
    assert first.read() == second.read()
    assert first.headers["ETag"] != second.headers["ETag"]


def test_the_wire_compresses_its_feed_where_the_client_allows_it(server: NewsroomServer) -> None:
    path = server.newsroom.outlet_by_slug["meridian-wire"].feed_path
    packed = ask(server, path, Accept_Encoding="gzip, br")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.read()) == ask(server, path).read()


@pytest.mark.parametrize(("slug", "status"), MISBEHAVING.items())
def test_dead_feeds_say_how_they_died(server: NewsroomServer, slug: str, status: int) -> None:
    assert status_of(server, f"/{slug}/feed.xml") == status


def test_the_broken_feed_is_no_xml_and_the_moved_one_is_a_page(server: NewsroomServer) -> None:
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(ask(server, "/tangled-herald/feed.xml").read())
    landing = ask(server, "/nuova-veste/feed.xml")
    assert landing.headers.get_content_type() == "text/html"
    assert b'rel="alternate"' in landing.read()


def test_the_slow_feed_is_slower_than_a_second_and_a_half_and_answers_in_the_end(newsroom: Newsroom) -> None:
    assert SLOW_SECONDS > 1.5
    with NewsroomServer(newsroom, newsroom.closes_at) as server:
        with pytest.raises(TimeoutError):
            urlopen(server.base_url + "/slow-tide/feed.xml", timeout=0.3)
        started = time.monotonic()
        assert len(titles_of(newsroom.outlet_by_slug["slow-tide"], ask(server, "/slow-tide/feed.xml").read())) == 1
        assert time.monotonic() - started >= SLOW_SECONDS * 0.9


def test_closing_does_not_wait_for_a_slow_answer(newsroom: Newsroom) -> None:
    with NewsroomServer(newsroom) as server:
        with pytest.raises(TimeoutError):
            urlopen(server.base_url + "/slow-tide/feed.xml", timeout=0.1)
        started = time.monotonic()
    assert time.monotonic() - started < 1


def test_robots_txt_closes_the_members_pages_where_one_entry_lies(server: NewsroomServer) -> None:
    assert "Disallow: /potomac-ledger/members/" in ask(server, "/robots.txt").read().decode()
    assert [e.key for e in server.newsroom.entries if "/members/" in e.path] == ["us-gt-tariff-potomac"]


def test_the_servers_date_is_the_simulated_one(server: NewsroomServer) -> None:
    server.now = datetime(2026, 10, 6, 9, 30, tzinfo=UTC)
    assert parsedate_to_datetime(ask(server, "/robots.txt").headers["Date"]) == server.now


def test_answers_are_counted_by_path_and_status(newsroom: Newsroom) -> None:
    with NewsroomServer(newsroom) as server:
        for path in ("/robots.txt", "/robots.txt", "/nowhere/", "/"):
            status_of(server, path)
        assert server.answers == {("/robots.txt", 200): 2, ("/nowhere/", 404): 1, ("/", 404): 1}


# The founding story as the tests of the contracts read it.


def test_the_founding_story_lies_ready_in_eight_languages_under_different_headlines() -> None:
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOUNDING.glob("*.json"))]
    assert [report["lang"] for report in reports] == ["ar", "de", "en", "es", "fr", "it", "pl", "tr"]
    assert all(
        set(report) == {"id", "title", "summary", "text", "url", "lang", "outlet", "date"} and all(report.values())
        for report in reports
    )
    for field in ("id", "title", "url", "outlet"):
        assert len({report[field] for report in reports}) == len(reports)
    assert all(len(report["text"]) > 600 for report in reports)
