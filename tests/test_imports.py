"""Imports against stand-ins of the real archives: what comes, what is missing and why, and what a person is told."""

import gzip
import json
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from builders import FOUNDING, a_feed, feeds_toml, rss
from demarche import steps
from demarche.adapters.archive import Archive
from demarche.adapters.warehouse import Published
from demarche.cli import main
from demarche.core.past.gdelt import STAMP
from demarche.core.past.request import THEMES, Request
from demarche.core.windows import import_window
from demarche.steps.importing import Limits
from feed_server import Reply
from past_server import Kept, PastServer, gkg_row, list_of, packed
from warcs import a_page, warc_of, write

DAY = date(2026, 3, 10)
START = datetime(2026, 3, 10, tzinfo=UTC)
NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
FEED = "https://herald.example/rss"
STORY = "https://herald.example/1"
PAGE = a_page(*FOUNDING, text=f"{FOUNDING[1]}\n" * 6)
OTHER = a_page("Apples are ripe", "The harvest in the valley is good this year.")


@pytest.fixture
def past():
    with PastServer() as running:
        yield running


@pytest.fixture
def home(settings, past):
    """Settings with two feeds, that ask the stand-ins."""
    feeds = a_feed(FEED, "herald", outlet="Herald"), a_feed("https://courier.example/rss", "courier")
    settings.feeds.write_text(feeds_toml(*feeds), encoding="utf-8")
    return replace(
        settings,
        wayback_url=past.base,
        ccnews_url=past.base,
        gdelt_url=past.base,
        gdelt_doc_url=past.base,
        import_retry_wait=0.01,
        import_tries=3,
    )


def run(home, source: str, *, limits: Limits | None = None, **values):
    request = Request(**{"source": source, "first": DAY, "last": DAY, **values})
    batches = steps.plan_import(request, settings=home, now=NOW)
    is_all = steps.run_import(request.import_id, batches, settings=home, now=NOW, limits=limits)
    return steps.sum_up(request.import_id, settings=home, now=NOW, is_spent=not is_all)


def fetches(home, day: datetime = START):
    archive = Archive(home.archive)
    return [f for at in archive.windows(day, day + timedelta(days=1)) for f in archive.fetches(at)]


def rows(home, query: str, *days: str):
    for day in days or (DAY.isoformat(),):
        steps.build(day, settings=home, now=NOW)
    steps.publish_copy(settings=home, now=NOW, is_forced=True)
    return Published(home).query(query)[1]


def a_capture(hour: float, *items: tuple[str, ...], **values) -> Kept:
    return Kept(FEED, START + timedelta(hours=hour), rss(*items or ((*FOUNDING, "1"),)), **values)


# --- the Wayback Machine -------------------------------------------------------------------------------------------


def test_captures_of_a_feed_lie_in_windows_of_their_own_with_their_own_time_and_where_they_come_from(home, past):
    past.kept = [a_capture(1.1), a_capture(9.3, ("Apples", "Ripe.", "2"), headers=(("ETag", '"a"'),))]
    summary = run(home, "wayback", feeds=("herald",))
    assert (summary.got, summary.missing, summary.problems) == (2, {}, ())
    found = fetches(home)
    assert [f.started_at for f in found] == [kept.at for kept in past.kept]
    assert [(f.window_at, f.origin, f.kind) for f in found] == [
        (import_window(kept.at), "wayback", "feed") for kept in past.kept
    ]
    assert all(f.window_at.minute % 15 == 1 for f in found)
    assert found[1].etag == '"a"'
    warc = next(home.archive.rglob(found[0].warc_file)).read_bytes()
    text = b"".join(gzip.decompress(b"\x1f\x8b\x08" + part) for part in warc.split(b"\x1f\x8b\x08")[1:]).decode()
    assert f"WARC-Refers-To: {found[0].record_id}" in text
    assert f"via: {past.base}/web/{past.kept[0].stamp}id_/{FEED}" in text


def test_an_index_of_many_pages_is_read_to_its_end(home, past):
    past.kept = [a_capture(n / 4, (f"Title {n}", "Words.", str(n))) for n in range(23)]
    past.page_size = 5
    assert run(home, "wayback", feeds=("herald",)).got == 23
    assert len(past.asked("/cdx/search/cdx")) == 5


def test_equal_captures_are_revisits_that_nobody_is_asked_for(home, past):
    past.kept = [a_capture(n) for n in range(1, 5)]
    assert run(home, "wayback", feeds=("herald",)).got == 4
    assert sum(request.path.startswith("/web/") for request in past.requests) == 1
    found = fetches(home)
    assert [bool(f.refers_to) for f in found] == [False, True, True, True]
    assert {f.refers_to for f in found[1:]} == {found[0].record_id}
    assert [str(f.outcome) for f in found] == ["new", "unchanged", "unchanged", "unchanged"]


def test_what_cannot_be_played_back_is_missing_with_its_reason_and_the_rest_comes(home, past):
    past.kept = [
        a_capture(1),
        a_capture(2, ("B", "b", "2"), replay="blocked"),
        a_capture(3, ("C", "c", "3"), replay="gap"),
        a_capture(4, ("D", "d", "4"), replay="own page"),
        a_capture(5, ("E", "e", "5"), replay="elsewhere"),
        a_capture(6, ("F", "f", "6")),
    ]
    summary = run(home, "wayback", feeds=("herald",))
    assert summary.got == 2
    assert summary.missing == {"blocked": 2, "not captured": 1, "redirected to another capture": 1}
    assert rows(home, "SELECT subject, asked, got, missing, is_whole FROM mart.imports") == [("herald", 6, 2, 4, True)]


def test_rate_limits_are_waited_for_and_then_the_capture_comes(home, past):
    past.kept = [a_capture(1)]
    past.limits = Counter(index=1, memento=2)
    past.retry_after = ""
    assert run(home, "wayback", feeds=("herald",)).got == 1


def test_a_rate_limit_that_does_not_end_is_told_and_the_next_run_brings_the_rest(home, past):
    past.kept = [a_capture(1)]
    past.limits, past.retry_after = Counter(index=3), ""
    summary = run(home, "wayback", feeds=("herald",))
    assert (summary.done, summary.failed) == (0, 1)
    assert "rate_limited" in summary.problems[0]
    again = run(home, "wayback", feeds=("herald",))
    assert (again.done, again.failed, again.got, again.problems) == (1, 0, 1, ())


def test_a_month_without_captures_is_a_gap_that_is_written_down(home, past):
    assert run(home, "wayback", feeds=("herald",)).missing == {"no capture this month": 1}


def test_an_index_that_is_a_web_page_is_an_error_that_says_so(home, past):
    past.index_answer = Reply(b"<html><title>Be patient</title></html>", content_type="text/html")
    summary = run(home, "wayback", feeds=("herald",))
    assert summary.failed == 1
    assert "wayback/herald/2026-03" in summary.problems[0]
    assert "Be patient" in summary.problems[0]


def test_pages_of_entries_that_pass_the_gate_come_as_they_were_near_that_day(home, past):
    past.kept = [
        Kept(
            FEED,
            START + timedelta(hours=1),
            rss((*FOUNDING, "1"), ("Apples", "The harvest is good.", "2"), base="https://herald.example"),
        ),
        Kept(STORY, START + timedelta(hours=7), PAGE, mime="text/html"),
        Kept("https://herald.example/2", START + timedelta(hours=7), OTHER, mime="text/html"),
    ]
    summary = run(home, "wayback", feeds=("herald",), pages="wayback")
    assert summary.got == 2
    page = next(f for f in fetches(home) if f.kind == "page")
    assert (page.url, page.started_at, page.feed_id) == (STORY, START + timedelta(hours=7), "herald")
    assert rows(home, "SELECT count(*), max(outlet) FROM mart.articles") == [(1, "Herald")]
    assert rows(home, "SELECT count(*) FROM raw.entries WHERE url = 'https://herald.example/1'") == [(2,)]


def test_a_spent_budget_ends_an_import_that_goes_on_where_it_was(home, past):
    past.kept = [a_capture(n / 3, (f"Title {n}", "Words.", str(n))) for n in range(60)]
    first = run(home, "wayback", feeds=("herald",), limits=Limits(requests=40))
    assert (first.is_spent, first.done, first.got) == (True, 0, 25)
    second = run(home, "wayback", feeds=("herald",))
    assert (second.is_spent, second.done, second.got, second.known) == (False, 1, 60, 0)
    assert sum(request.path.startswith("/web/") for request in past.requests) == 39 + 35


def test_an_estimate_asks_the_index_only_and_counts_what_is_to_come(home, past):
    past.kept = [*(a_capture(n) for n in range(3)), a_capture(5, ("B", "b", "2"))]
    request = Request("wayback", DAY, DAY, feeds=("herald",))
    estimate = steps.estimate_import(request, settings=home, now=NOW)
    assert (estimate.units, estimate.requests, estimate.is_sampled) == (1, 3, False)
    assert estimate.bytes == sum(len(past.kept[n].body) for n in (0, 3))
    assert not any(request.path.startswith("/web/") for request in past.requests)
    assert not home.imports.exists()


# --- WARC files ----------------------------------------------------------------------------------------------------

NINE = START + timedelta(hours=9)
CRAWL = [
    (STORY, NINE, PAGE),
    ("https://www.courier.example/a", NINE, OTHER),
    ("https://elsewhere.example/b", NINE, OTHER),
    ("https://herald.example/old", NINE - timedelta(days=3), OTHER),
]
LISTED = "crawl-data/CC-NEWS/2026/03/CC-NEWS-20260310080000-00007.warc.gz"


def test_common_crawl_is_read_in_ranges_and_only_known_outlets_are_kept(home, past):
    home = replace(home, max_body=1_000)  # so that the file comes in several ranges
    body = warc_of(CRAWL)
    past.files = {"/crawl-data/CC-NEWS/2026/03/warc.paths.gz": list_of(LISTED), f"/{LISTED}": body}
    past.files["/crawl-data/CC-NEWS/2026/02/warc.paths.gz"] = list_of()
    summary = run(home, "ccnews")
    assert (summary.got, summary.problems) == (2, ())
    assert len(past.asked(f"/{LISTED}")) >= 3
    assert sorted((f.feed_id, f.url, f.origin) for f in fetches(home)) == [
        ("courier", "https://www.courier.example/a", "ccnews"),
        ("herald", STORY, "ccnews"),
    ]
    assert rows(home, "SELECT origin, title, outlet FROM raw.entries JOIN raw.feeds USING (feed_id) ORDER BY 3") == [
        ("ccnews", "Apples are ripe", "Example"),
        ("ccnews", FOUNDING[0], "Herald"),
    ]
    assert rows(home, "SELECT count(*) FROM raw.pages") == [(1,)]  # extracted where the gate passes


def test_a_server_without_ranges_is_told_and_nothing_is_lost_of_the_others(home, past):
    home = replace(home, max_body=1_000)
    past.files = {"/crawl-data/CC-NEWS/2026/03/warc.paths.gz": list_of(LISTED), f"/{LISTED}": warc_of(CRAWL)}
    past.serves_ranges = False
    summary = run(home, "ccnews")
    assert summary.failed == 1
    assert LISTED in summary.problems[0]


@pytest.mark.parametrize("languages", [("en",), ("de",)])
def test_languages_are_told_by_the_words_of_the_page(home, tmp_path, languages):
    german = a_page("Außenminister spricht über Rückführungen", "Die Gespräche mit Ankara dauern an.", lang="en")
    file = write(tmp_path / "a.warc.gz", warc_of([(STORY, NINE, PAGE), ("https://herald.example/de", NINE, german)]))
    run(home, "files", paths=(str(file),), languages=languages)
    assert [f.url for f in fetches(home)] == [STORY if languages == ("en",) else "https://herald.example/de"]


def test_warc_wacz_and_plain_files_give_the_same(home, tmp_path):
    found = []
    for name in ("a.warc.gz", "a.warc", "a.wacz"):
        own = replace(home, home=tmp_path / name.replace(".", "-"))
        path = tmp_path / name
        if name.endswith(".wacz"):
            with zipfile.ZipFile(path, "w") as pack:
                pack.writestr("archive/data.warc.gz", warc_of(CRAWL))
                pack.writestr("pages/pages.jsonl", "{}")
        else:
            write(path, warc_of(CRAWL, packs=name.endswith(".gz")))
        assert run(own, "files", paths=(str(path),)).got == 3
        found.append([(f.fetch_id, f.url, f.digest, f.origin) for f in fetches(own)])
    assert found[0] == found[1] == found[2]


def test_a_truncated_file_is_an_error_that_names_file_and_record_and_the_good_part_is_kept(
    home, tmp_path, capsys, monkeypatch
):
    file = write(tmp_path / "cut.warc.gz", warc_of(CRAWL)[:-200])
    monkeypatch.setenv("DEMARCHE_HOME", str(home.home))
    monkeypatch.setenv("DEMARCHE_FEEDS", str(home.feeds))
    words = ["history", "import", "files", str(file), "--from", "2026-03-10", "--to", "2026-03-10"]
    assert main(words) == 1
    told = capsys.readouterr().err
    assert "cut.warc.gz, record" in told
    assert "cut off" in told
    assert len(fetches(home)) == 3
    assert main(words) == 1  # nothing is left to do, and the damage is still there
    assert len(fetches(home)) == 3
    assert main(["history"]) == 0
    assert "2026-03-10" in capsys.readouterr().out


def test_a_feed_in_a_warc_file_is_a_feed(home, tmp_path):
    data = warc_of([(FEED, NINE, rss((*FOUNDING, "1")))], packs=False)
    assert b"text/html; charset=utf-8" in data
    file = write(tmp_path / "f.warc", data.replace(b"text/html; charset=utf-8", b"application/rss+xml     "))
    run(home, "files", paths=(str(file),))
    assert [(f.kind, f.feed_id, f.entries) for f in fetches(home)] == [("feed", "herald", 1)]


def test_importing_the_same_twice_files_nothing_twice(home, tmp_path):
    first, second = write(tmp_path / "a.warc.gz", warc_of(CRAWL)), write(tmp_path / "b.warc.gz", warc_of(CRAWL))
    assert run(home, "files", paths=(str(first),)).got == 3
    again = run(home, "files", paths=(str(second),))
    assert (again.got, again.known) == (0, 3)
    assert len(fetches(home)) == 3


# --- tables and files ----------------------------------------------------------------------------------------------


def test_a_table_of_reports_becomes_entries_and_bad_rows_are_named(home, tmp_path):
    table = tmp_path / "clippings.csv"
    table.write_text(
        "link,headline,day,note\n"
        f'{STORY},"{FOUNDING[0]}",2026-03-10T09:30:00Z,a\n'
        "https://herald.example/2,Apples,2026-03-10T09:31:00Z,b\n"
        "no address,Apples,2026-03-10T09:31:00Z,b\n"
        "https://herald.example/3,Late,2026-03-19T09:31:00Z,b\n",
        encoding="utf-8",
    )
    summary = run(home, "files", paths=(str(table),), columns=(("date", "day"), ("title", "headline")))
    assert summary.got == 2
    assert [problem.partition("clippings.csv, ")[2] for problem in summary.problems] == [
        "row 4: column 'link' is 'no address', no address",
        "row 5: 2026-03-19 lies outside 2026-03-10 to 2026-03-10",
    ]
    assert rows(home, "SELECT title, feed_id, origin, published_at FROM raw.entries ORDER BY url")[0] == (
        FOUNDING[0],
        "herald",
        "import",
        NINE + timedelta(minutes=30),
    )


def test_a_wrong_column_is_an_error_that_names_the_file(home, tmp_path):
    table = write(tmp_path / "t.jsonl", json.dumps({"link": STORY}).encode())
    summary = run(home, "files", paths=(str(table),), columns=(("url", "adress"),))
    assert (summary.done, summary.failed) == (0, 1)
    assert "t.jsonl" in summary.problems[0]
    assert "no column 'adress'" in summary.problems[0]


def test_addresses_without_a_title_bring_their_pages(home, past, tmp_path):
    past.kept = [Kept(STORY, NINE, PAGE, mime="text/html")]
    table = write(tmp_path / "t.csv", f"url,date\n{STORY},2026-03-09\nhttps://herald.example/9,2026-03-10\n".encode())
    summary = run(home, "files", paths=(str(table),), pages="wayback", first=date(2026, 3, 9))
    assert (summary.got, summary.missing) == (1, {"not captured": 1})
    assert [f.url for f in fetches(home)] == [STORY]


def test_a_feed_document_of_an_unknown_feed_or_time_is_named(home, tmp_path):
    write(tmp_path / "kept" / "herald" / "20260310T0900.xml", rss((*FOUNDING, "1")))
    write(tmp_path / "kept" / "herald" / "latest.xml", rss((*FOUNDING, "1")))
    write(tmp_path / "kept" / "nobody" / "20260310T0900.xml", rss((*FOUNDING, "1")))
    by_itself = rss((*FOUNDING, "1")).replace(
        b"<channel>",
        b'<channel><atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="https://courier.example/rss"/>',
    )
    write(tmp_path / "kept" / "other" / "20260310T0900.xml", by_itself)
    summary = run(home, "files", paths=(str(tmp_path / "kept"),))
    assert summary.got == 2
    assert {f.feed_id for f in fetches(home)} == {"herald", "courier"}
    assert len(summary.problems) == 2
    assert "no date in its name" in summary.problems[0]
    assert "of which feed" in summary.problems[1]


# --- GDELT ---------------------------------------------------------------------------------------------------------


def gkg_files(past: PastServer) -> None:
    at = NINE + timedelta(minutes=30)
    english = gkg_row(0, at, STORY, themes="IMMIGRATION", title=FOUNDING[0]) + gkg_row(
        1, at, "https://courier.example/z", themes="TAX_FOOD", title="Apples"
    )
    translated = (
        gkg_row(0, at, "https://zeitung.example/2", themes="REFUGEES", language="deu") + b"broken IMMIGRATION\n"
    )
    stem = f"/gdeltv2/{at.strftime(STAMP)}"
    past.files = {
        f"{stem}.gkg.csv.zip": packed("a.csv", english),
        f"{stem}.translation.gkg.csv.zip": packed("b.csv", translated),
        f"/gdeltv2/{NINE.strftime(STAMP)}.gkg.csv.zip": b"no zip",
    }


def test_rows_of_gdelt_become_entries_and_their_pages_come_from_the_wayback_machine(home, past):
    gkg_files(past)
    past.kept = [Kept("https://zeitung.example/2", NINE + timedelta(hours=2), PAGE, mime="text/html")]
    summary = run(home, "gdelt", themes=THEMES, pages="wayback")
    assert summary.missing["not_found"] == 96 * 2 - 3
    assert summary.missing["unreadable"] == 1
    assert any("no zip that can be read" in problem for problem in summary.problems)
    assert any("translation.gkg.csv.zip, row 2: 1 columns" in problem for problem in summary.problems)
    assert rows(home, "SELECT feed_id, title, origin FROM raw.entries ORDER BY 1") == [
        ("herald", FOUNDING[0], "gdelt"),
        ("zeitung.example", FOUNDING[0], "gdelt"),
    ]


def test_a_file_of_gdelt_that_is_longer_than_a_body_may_be_comes_in_ranges(home, past):
    rows_of = b"".join(
        gkg_row(n, NINE, f"{STORY}-{n}-{n * 7919}", themes="REFUGEES", title=f"T {n}") for n in range(99)
    )
    past.files = {f"/gdeltv2/{NINE.strftime(STAMP)}.gkg.csv.zip": packed("a.csv", rows_of)}
    assert len(next(iter(past.files.values()))) > 1_200
    summary = run(replace(home, max_body=400), "gdelt", themes=THEMES)
    assert summary.problems == ()
    assert sum(f.entries for f in fetches(home)) == 99


def test_a_full_answer_of_the_doc_api_is_asked_again_in_halves(home, past):
    past.articles = [
        {
            "url": f"https://herald.example/{n}",
            "title": f"Title {n}",
            "seendate": (START + timedelta(minutes=3 * n)).strftime("%Y%m%dT%H%M%SZ"),
            "language": "English",
        }
        for n in range(400)
    ]
    summary = run(home, "gdelt-doc", themes=THEMES)
    assert (summary.got, summary.missing) == (400, {})
    assert len(past.asked("/api/v2/doc/doc")) == 3


def test_an_answer_of_the_doc_api_in_plain_words_fails_the_day_with_its_words(home, past):
    past.doc_answer = b"Timespan is too short."
    summary = run(home, "gdelt-doc", themes=THEMES)
    assert summary.failed == 1
    assert "Timespan is too short" in summary.problems[0]


# --- sites themselves ----------------------------------------------------------------------------------------------


def test_news_sitemaps_are_followed_from_their_index_and_robots_is_obeyed(home, past):
    def urlset(path: str, title: str, day: str) -> bytes:
        news = f"<news:publication_date>{day}</news:publication_date><news:title>{title}</news:title>"
        return (
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
            'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
            f"<url><loc>https://herald.example/{path}</loc><news:news>{news}</news:news></url></urlset>"
        ).encode()

    index = "".join(
        f"<sitemap><loc>{past.base}/{name}.xml</loc><lastmod>{day}</lastmod></sitemap>"
        for name, day in (("old", "2026-01-01"), ("march", "2026-03-10"), ("hidden", "2026-03-10"))
    )
    past.serve("/robots.txt", Reply(f"User-agent: *\nDisallow: /hidden\nSitemap: {past.base}/index.xml\n".encode()))
    past.serve("/index.xml", Reply(f"<sitemapindex>{index}</sitemapindex>".encode()))
    past.serve("/march.xml", Reply(urlset("1", FOUNDING[0], "2026-03-10T08:00:00Z")))
    past.serve("/hidden.xml", Reply(urlset("2", FOUNDING[0], "2026-03-10T08:00:00Z")))
    summary = run(home, "sitemaps", hosts=(past.base + "/",))
    assert summary.got == 1
    assert [problem for problem in summary.problems if "robots.txt" in problem] == list(summary.problems)
    assert len(summary.problems) == 1
    assert not past.asked("/old.xml")
    assert not past.asked("/hidden.xml")


def test_a_paged_feed_is_followed_until_it_is_older_than_the_days_asked_for(home, past):
    def part(number: int) -> Reply:
        day = (START - timedelta(days=number - 1)).strftime("%a, %d %b %Y 08:00:00 GMT")
        item = f"<item><title>Report {number}</title><link>https://p.example/{number}</link><pubDate>{day}</pubDate></item>"
        return Reply(
            f"<rss version='2.0'><channel><generator>https://wordpress.org/?v=6</generator>{item}</channel></rss>".encode()
        )

    address = past.serve("/feed", part(1), part(2), part(3), part(4))
    home.feeds.write_text(feeds_toml(a_feed(address, "paged")), encoding="utf-8")
    summary = run(home, "paged-feeds", first=DAY - timedelta(days=1))
    assert summary.got == 3
    assert [request.target for request in past.asked("/feed")] == ["/feed", "/feed?paged=2", "/feed?paged=3"]


# --- the command line ----------------------------------------------------------------------------------------------


def test_the_command_says_what_it_takes_and_ends_with_a_status_that_tells(home, past, monkeypatch, capsys):
    past.kept = [a_capture(n, (f"Title {n}", "Words.", str(n))) for n in range(5)]
    for name, value in {
        "HOME": home.home,
        "FEEDS": home.feeds,
        "WAYBACK_URL": past.base,
        "ALLOW_NETWORKS": "127.0.0.0/8",
        "HOST_DELAY": "0",
    }.items():
        monkeypatch.setenv(f"DEMARCHE_{name}", str(value))
    words = ["history", "import", "wayback", "--from", "2026-03-10", "--to", "2026-03-10", "--feeds", "herald"]
    assert main([*words, "--dry-run"]) == 0
    assert "1 units, 6 requests" in capsys.readouterr().out
    assert main([*words, "--max-requests", "3"]) == 3
    assert "goes on from here" in capsys.readouterr().err
    assert main(words) == 0
    assert "1 of 1 units done; 5 filed" in capsys.readouterr().out
    assert main(["history", "import", "wayback", "--from", "2026-03-10", "--to", "2026-03-09"]) == 1
    assert "before they begin" in capsys.readouterr().err
