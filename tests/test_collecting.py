"""What a run does with feeds and pages that do not fit, that moved, and that lie."""

import gzip
import zlib
from dataclasses import replace

import brotli
import pytest
import zstandard

from builders import NOON, QUARTER, a_feed, feeds_toml, rss
from demarche import steps
from demarche.adapters.archive import Archive
from demarche.adapters.feed_state import FeedStates
from demarche.core.polling import poll_result
from demarche.core.windows import ended_key, span_of_key
from demarche.model import Outcome
from demarche.steps import collecting
from feed_server import Reply, Request, raw

MIGRATION = "Ministers agreed on the return of rejected asylum seekers to Tunisia under a readmission agreement."
GOOD = Reply(rss(("A report of some words", "a", "1")))


def reports(count: int, first: int = 0):
    numbers = range(first, first + count)
    return [(f"Report number {n} on the asylum talks", f"{MIGRATION} {n}", f"p{n}") for n in numbers]


def write_feeds(settings, *feeds):
    settings.feeds.write_text(feeds_toml(*feeds), encoding="utf-8")


def collect(settings, now=NOON):
    """One run of collecting; returns the window's attempts."""
    key = ended_key(now)
    steps.collect(key, settings=settings, now=now)
    return Archive(settings.archive).fetches(span_of_key(key).start)


def attempts(fetches, kind="feed"):
    return [(fetch.feed_id, fetch.outcome) for fetch in fetches if fetch.kind == kind]


@pytest.fixture
def no_pages(settings):
    return replace(settings, capture_pages=False)


# --- budgets -------------------------------------------------------------------------------------------------------


def test_feeds_that_do_not_fit_into_a_runs_time_are_first_in_the_next(server, no_pages):
    slow = replace(no_pages, connections=1, feeds_budget=1.5, first_byte_timeout=10.0, total_timeout=20.0)
    urls = [server.serve(f"/f{n}", Reply(rss((f"Report of feed {n}", "a", "1")), delay=0.5)) for n in range(6)]
    write_feeds(slow, *(a_feed(url, f"f{n}") for n, url in enumerate(urls)))
    first = {fetch.feed_id for fetch in collect(slow)}
    assert 1 <= len(first) < 6
    assert set(FeedStates(slow.state).read()) == first
    second = [fetch.feed_id for fetch in collect(replace(slow, feeds_budget=60.0), NOON + QUARTER)]
    assert set(second[: 6 - len(first)]) == {f"f{n}" for n in range(6)} - first


def test_a_run_without_time_asks_nobody_and_loses_nothing(server, no_pages):
    write_feeds(no_pages, a_feed(server.serve("/f", Reply(rss(("A report of some words", "a", "1")))), "f"))
    assert collect(replace(no_pages, feeds_budget=0.0)) == ()
    assert server.requests == []
    assert attempts(collect(no_pages, NOON + QUARTER)) == [("f", Outcome.NEW)]


def test_pages_that_do_not_fit_come_first_in_the_next_run(server, settings):
    settings = replace(settings, max_pages_per_host=2, max_interval_minutes=5)
    base = server.url("").rstrip("/")
    for n in range(7):
        server.serve(f"/p{n}", Reply(b"<html><body><p>A page.</p></body></html>", content_type="text/html"))
    feed = server.serve("/f", Reply(rss(*reports(5), base=base)), Reply(rss(*reports(2, first=5), base=base)))
    write_feeds(settings, a_feed(feed, "f"))
    asked = []
    for number in range(4):
        collect(settings, NOON + number * QUARTER)
        asked.append([r.path for r in server.requests if r.path.startswith("/p")][sum(map(len, asked)) :])
    assert [len(pages) for pages in asked] == [2, 2, 2, 1]
    assert sorted(path for pages in asked for path in pages) == [f"/p{n}" for n in range(7)]
    assert "/p5" not in asked[1]  # the newcomers wait behind those that waited


def test_a_page_that_failed_for_a_passing_reason_is_tried_again_and_not_for_ever(server, settings):
    settings = replace(settings, max_interval_minutes=5)
    base = server.url("").rstrip("/")
    server.serve("/p0", Reply(status=503), Reply(b"<html><body><p>Here.</p></body></html>", content_type="text/html"))
    server.serve("/p1", Reply(status=503))
    server.serve("/p2", Reply(status=404))
    write_feeds(settings, a_feed(server.serve("/f", Reply(rss(*reports(3), base=base))), "f"))
    for number in range(5):
        collect(settings, NOON + number * QUARTER)
    assert [len(server.asked(f"/p{n}")) for n in range(3)] == [2, 3, 1]


# --- what is remembered ---------------------------------------------------------------------------------------------


def test_items_that_stay_are_known_by_their_blocks_and_counted_as_before(server, no_pages):
    one, two = rss(*reports(6)), rss(*reports(6, first=2))
    write_feeds(no_pages, a_feed(server.serve("/f", Reply(one), Reply(two)), "f"))
    (first,) = collect(no_pages)
    state = FeedStates(no_pages.state).read(["f"])["f"]
    assert len(state.blocks) == 6
    assert tuple(identity for _, identity in state.blocks) == state.entry_ids
    (second,) = collect(no_pages, NOON + QUARTER)
    assert (first.entries, first.new_entries, first.overlap) == (6, 6, None)
    assert (second.entries, second.new_entries, second.overlap) == (6, 2, pytest.approx(4 / 6))


def test_a_feed_that_moved_for_good_says_so_in_the_ledger(server, no_pages):
    no_pages = replace(no_pages, max_interval_minutes=5)
    target = server.serve("/new", Reply(rss(("A report of some words", "a", "1"))))
    write_feeds(no_pages, a_feed(server.serve("/old", Reply(status=301, headers=[("Location", target)])), "f"))
    notes = [collect(no_pages, NOON + number * QUARTER)[0].note for number in range(4)]
    assert notes[:2] == ["", ""]
    assert notes[2].startswith(f"moved for good: from now on {target}")
    assert len(server.asked("/old")) == 3


def test_a_feed_whose_validators_lie_is_asked_without_them_and_says_so(server, no_pages):
    no_pages = replace(no_pages, max_interval_minutes=5)

    def lying(request: Request) -> Reply:  # a new body every time under one ETag
        return Reply(rss((f"Report number {len(server.requests)}", "a", "1")), headers=[("ETag", '"same"')])

    write_feeds(no_pages, a_feed(server.serve("/f", lying), "f"))
    notes = [collect(no_pages, NOON + number * QUARTER)[0].note for number in range(3)]
    assert notes == ["", "its validators stayed while the body changed: not sent again", ""]
    assert ["if-none-match" in request.headers for request in server.requests] == [False, True, False]


def test_a_feed_that_is_gone_is_muted(server, no_pages):
    no_pages = replace(no_pages, max_interval_minutes=5)
    write_feeds(no_pages, a_feed(server.serve("/f", Reply(status=410)), "f"))
    assert attempts(collect(no_pages)) == [("f", Outcome.GONE)]
    assert collect(no_pages, NOON + 40 * QUARTER) == ()


# --- other kinds of feeds -------------------------------------------------------------------------------------------


def test_the_newest_sitemap_of_an_index_is_read_and_the_index_asked_again(server, no_pages):
    no_pages = replace(no_pages, max_interval_minutes=5)
    pages = "".join(f"<url><loc>https://news.example/{n}</loc></url>" for n in range(3))
    march = server.serve("/march", Reply(f"<urlset>{pages}</urlset>".encode(), etag='"m"'))
    february = server.serve("/february", Reply(b"<urlset/>"))
    index = (
        f"<sitemapindex><sitemap><loc>{march}</loc><lastmod>2026-03-10</lastmod></sitemap>"
        f"<sitemap><loc>{february}</loc><lastmod>2026-02-28</lastmod></sitemap></sitemapindex>"
    )
    write_feeds(no_pages, a_feed(server.serve("/index", Reply(index.encode())), "f"))
    assert attempts(collect(no_pages)) == [("f", Outcome.EMPTY), ("f", Outcome.NEW)]
    assert attempts(collect(no_pages, NOON + QUARTER)) == [("f", Outcome.EMPTY), ("f", Outcome.UNCHANGED)]
    assert [request.path for request in server.requests] == ["/index", "/march"] * 2


def test_robots_txt_binds_feeds_only_where_the_setting_says_so(server, no_pages):
    no_pages = replace(no_pages, max_interval_minutes=5)
    server.serve("/robots.txt", Reply(b"User-agent: *\nDisallow: /f", content_type="text/plain"))
    write_feeds(no_pages, a_feed(server.serve("/f", Reply(rss(("A report of some words", "a", "1")))), "f"))
    assert attempts(collect(no_pages)) == [("f", Outcome.NEW)]
    assert attempts(collect(replace(no_pages, robots_feeds=True), NOON + QUARTER)) == [("f", Outcome.ROBOTS_DENIED)]


# --- what one feed may not do to the others ---------------------------------------------------------------------------


def test_a_status_line_that_is_no_ascii_is_kept_as_it_was_received(server, no_pages):
    body = rss(("A report of some words", "a", "1"))
    head = f"HTTP/1.1 200 Schön\r\nX-Note: wért\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    write_feeds(no_pages, a_feed(server.serve("/f", raw(head + body)), "f"), a_feed(server.serve("/g", GOOD), "g"))
    fetches = collect(no_pages)
    assert dict(attempts(fetches)) == {"f": Outcome.NEW, "g": Outcome.NEW}
    (fetch,) = (fetch for fetch in fetches if fetch.feed_id == "f")
    (record,) = Archive(no_pages.archive).records(fetch.window_at, fetch.warc_file, [fetch.record_id])
    assert record.body == body
    assert record.header("X-Note") == "wért"


def test_a_fault_of_our_own_with_one_feed_is_its_row_and_costs_no_other(server, no_pages, monkeypatch):
    def faulty(feed, *words, **more):
        if feed.feed_id == "f" and words[1].problem is None:
            raise LookupError("a bug")
        return poll_result(feed, *words, **more)

    monkeypatch.setattr(collecting, "poll_result", faulty)
    write_feeds(no_pages, a_feed(server.serve("/f", GOOD), "f"), a_feed(server.serve("/g", GOOD), "g"))
    fetches = collect(no_pages)
    assert dict(attempts(fetches)) == {"f": Outcome.INTERNAL_ERROR, "g": Outcome.NEW}
    assert [fetch.note for fetch in fetches if fetch.feed_id == "f"] == ["LookupError: a bug"]


# --- what is on the wire ----------------------------------------------------------------------------------------------

PACKED = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("coding", PACKED)
def test_each_coding_is_asked_for_and_undone_and_a_bomb_of_it_is_refused(server, no_pages, coding):
    no_pages = replace(no_pages, max_decoded=50_000)
    named = [("Content-Encoding", coding)]
    good = Reply(PACKED[coding](rss(*reports(3))), headers=named)
    bomb = Reply(PACKED[coding](b" " * 5_000_000), headers=named)
    write_feeds(no_pages, a_feed(server.serve("/f", good), "f"), a_feed(server.serve("/g", bomb), "g"))
    fetches = {fetch.feed_id: fetch for fetch in collect(no_pages)}
    assert (fetches["f"].outcome, fetches["f"].entries) == (Outcome.NEW, 3)
    assert fetches["g"].outcome is Outcome.TOO_LARGE
    assert all(coding in request.headers["accept-encoding"] for request in server.requests)


LIMITS = {
    "max_body": (100, Outcome.TOO_LARGE),
    "max_decoded": (100, Outcome.TOO_LARGE),
    "max_headers": (40, Outcome.TOO_LARGE),
    "max_url": (20, Outcome.TOO_LARGE),
    "max_redirects": (0, Outcome.BAD_REDIRECT),
    "max_depth": (4, Outcome.UNREADABLE),
    "first_byte_timeout": (0.2, Outcome.TIMEOUT),
    "total_timeout": (0.2, Outcome.TIMEOUT),
}


@pytest.mark.parametrize("name", LIMITS)
def test_each_limit_is_a_setting_that_ends_in_its_outcome(server, no_pages, name):
    value, outcome = LIMITS[name]
    long_way = rss(*reports(3)).replace(b"<description>", b"<x><y/></x><description>")
    target = server.serve("/target", Reply(long_way, delay=0.5))
    write_feeds(no_pages, a_feed(server.serve("/f", Reply(status=302, headers=[("Location", target)])), "f"))
    assert attempts(collect(replace(no_pages, **{name: value}))) == [("f", outcome)]
    assert attempts(collect(no_pages, NOON + 4 * QUARTER)) == [("f", Outcome.NEW)]


def test_entries_above_the_limit_are_left_out(server, no_pages):
    write_feeds(no_pages, a_feed(server.serve("/f", Reply(rss(*reports(5)))), "f"))
    (fetch,) = collect(replace(no_pages, max_entries=2))
    assert (fetch.entries, fetch.outcome) == (2, Outcome.NEW)


def test_through_a_proxy_a_feed_is_polled_and_its_redirect_to_a_private_address_is_not(server, no_pages):
    proxied = replace(no_pages, proxy=server.url("").rstrip("/"), allow_networks=(), max_interval_minutes=5)
    server.serve("http://feeds.example/f", Reply(rss(*reports(3)), etag='"1"'))
    server.serve("http://feeds.example/g", Reply(status=302, headers=[("Location", "http://169.254.169.254/key")]))
    write_feeds(proxied, a_feed("http://feeds.example/f", "f"), a_feed("http://feeds.example/g", "g"))
    assert dict(attempts(collect(proxied))) == {"f": Outcome.NEW, "g": Outcome.REFUSED_ADDRESS}
    assert dict(attempts(collect(proxied, NOON + QUARTER)))["f"] is Outcome.NOT_MODIFIED
    assert not any("169.254" in request.target for request in server.requests)


def test_a_feed_says_who_asks_and_where_to_complain(server, no_pages):
    named = replace(no_pages, user_agent="Desk/2", contact="desk@news.example")
    write_feeds(named, a_feed(server.serve("/f", GOOD), "f"))
    collect(named)
    assert [request.headers["user-agent"] for request in server.requests] == ["Desk/2 (desk@news.example)"]
