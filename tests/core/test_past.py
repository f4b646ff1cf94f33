"""What other archives say: indexes, lists, rows, tables and file names, the good and the broken."""

from datetime import UTC, date, datetime, timedelta
from pathlib import PurePath
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from builders import a_feed, an_answer
from demarche.core.past.ccnews import ListError, list_urls, read_list
from demarche.core.past.cdx import (
    Memento,
    NoIndexError,
    collapsed,
    index_url,
    memento_url,
    original_headers,
    read_index,
    read_memento,
)
from demarche.core.past.filenames import feed_names, moment_in_name
from demarche.core.past.gdelt import GdeltError, Sighting, Wanted, doc_query, gkg_urls, read_doc, read_gkg, unpacked
from demarche.core.past.openings import language_of, opening_of
from demarche.core.past.outlets import Outlets
from demarche.core.past.paging import older_page
from demarche.core.past.request import THEMES, Request, RequestError, is_chosen, is_wanted_host
from demarche.core.past.rows import BadRow, ColumnError, Item, read_csv, read_json_lines
from demarche.core.past.units import Tallies, Unit, dealt_lanes, months_between
from demarche.model import Outcome
from past_server import gkg_row, packed
from warcs import a_page

AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
BASE = "https://archive.example"
URL = "https://news.example/feed"


def line(stamp: str, digest: str = "AAA", status: str = "200", url: str = URL) -> str:
    return f"example,news)/feed {stamp} {url} text/xml {status} {digest} 512"


# --- the Wayback Machine -------------------------------------------------------------------------------------------


def test_an_index_is_asked_for_a_span_whose_end_is_not_in_it():
    asked = parse_qs(urlsplit(index_url(BASE, URL, AT, AT + timedelta(days=1), filters=("!statuscode:[45]..",))).query)
    assert (asked["from"], asked["to"]) == (["20260310093000"], ["20260311092959"])
    assert asked["url"] == [URL]
    assert asked["filter"] == ["!statuscode:[45].."]
    assert "collapse" not in asked
    assert "collapse" in parse_qs(urlsplit(index_url(BASE, URL, AT, AT, collapses=True)).query)


def test_a_resume_key_goes_back_as_it_was_printed():
    page = read_index(f"{line('20260310093000')}\n\nexample%2Cnews%29%2F+20260310\n".encode())
    assert page.resume_key == "example%2Cnews%29%2F+20260310"
    asked = index_url(BASE, URL, AT, AT, resume_key=page.resume_key)
    assert asked.endswith("resumeKey=example%252Cnews%2529%252F%2B20260310")


def test_lines_of_an_index_that_cannot_be_read_are_told_and_the_others_kept():
    text = "\n".join(
        [line("20260310093000"), line("20260012170449"), "a b c", line("20260310103000", url="some/thing")]
    )
    page = read_index(text.encode())
    assert [capture.stamp for capture in page.captures] == ["20260310093000"]
    assert [number for number, _ in page.bad] == [2, 3, 4]


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><html><head><title>503 Slow down</title></head></html>",
        b"org.archive.util.io.RuntimeIOException: Blocked Site Error",
    ],
)
def test_an_index_answer_that_is_no_index_is_an_error_that_says_what_it_was(body):
    with pytest.raises(NoIndexError, match=r"Slow down|Blocked"):
        read_index(body)


def test_captures_come_in_order_each_moment_once_and_repeats_are_marked():
    stamps = [("20260310100000", "B"), ("20260310090000", "A"), ("20260310090000", "A"), ("20260310093000", "A")]
    page = read_index("\n".join(line(stamp, digest) for stamp, digest in stamps).encode())
    assert [(capture.stamp[8:], repeats) for capture, repeats in collapsed(page.captures)] == [
        ("090000", False),
        ("093000", True),
        ("100000", False),
    ]


MEMENTO = (("Memento-Datetime", "Tue, 10 Mar 2026 09:30:00 GMT"), ("X-Archive-Orig-ETag", '"a"'))
PLAYED = memento_url(BASE, "20260310093000", URL)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"headers": (), "problem": Outcome.NOT_FOUND, "status": 404}, "not captured"),
        ({"headers": (("X-Archive-Wayback-Runtime-Error", "Blocked Site Error"),)}, "blocked: Blocked Site Error"),
        ({"headers": ()}, "blocked: the archive answered with a page of its own"),
        ({"headers": (), "problem": Outcome.RATE_LIMITED, "note": "status 429"}, "rate_limited: status 429"),
        ({"headers": MEMENTO, "final_url": "https://news.example/feed"}, "left the archive"),
    ],
)
def test_an_answer_without_a_memento_says_why(values, expected):
    found = read_memento(an_answer(b"x", **{"url": PLAYED, "final_url": PLAYED, **values}), BASE)
    assert isinstance(found, str)
    assert found.startswith(expected)


def test_an_archived_error_is_a_memento_all_the_same():
    answer = an_answer(b"x", url=PLAYED, final_url=PLAYED, headers=MEMENTO, status=429, problem=Outcome.RATE_LIMITED)
    found = read_memento(answer, BASE)
    assert isinstance(found, Memento)
    assert (found.url, found.captured_at, found.answer.status) == (URL, AT, 429)


def test_the_headers_of_the_site_come_back_without_those_of_the_transfer():
    headers = (
        ("Content-Type", "text/xml"),
        ("Content-Encoding", "gzip"),
        ("Server", "nginx"),
        ("X-Archive-Orig-ETag", '"a"'),
        ("x-archive-orig-content-encoding", "br"),
        ("X-Archive-Orig-Content-Length", "12"),
    )
    assert original_headers(headers) == (("Content-Type", "text/xml"), ("Content-Encoding", "gzip"), ("ETag", '"a"'))


# --- Common Crawl --------------------------------------------------------------------------------------------------


def path_of(stamp: str) -> str:
    return f"crawl-data/CC-NEWS/{stamp[:4]}/{stamp[4:6]}/CC-NEWS-{stamp}-00001.warc.gz"


def test_the_lists_of_all_months_that_may_reach_into_the_days_are_asked_for():
    assert [month for month, _ in list_urls(BASE, date(2026, 3, 1), date(2026, 4, 2))] == [
        "2026-02",
        "2026-03",
        "2026-04",
    ]
    assert [month for month, _ in list_urls(BASE, date(2026, 3, 5), date(2026, 3, 6))] == ["2026-03"]


def test_files_that_begin_in_the_days_are_chosen_and_the_one_before():
    stamps = ("20260309100000", "20260309230000", "20260310010000", "20260310220000", "20260311003000")
    start = datetime(2026, 3, 10, tzinfo=UTC)
    chosen = read_list("\n".join(map(path_of, stamps)).encode(), start, start + timedelta(days=1))
    assert [path.split("-")[-2] for path, _ in chosen] == list(stamps[1:4])


@pytest.mark.parametrize("body", [b"<html>no</html>", b"crawl-data/other/a.warc.gz\n", b"\x1f\x8b\x08broken"])
def test_a_list_that_is_none_is_an_error(body):
    with pytest.raises(ListError):
        read_list(body, AT, AT)


# --- GDELT ---------------------------------------------------------------------------------------------------------


def test_a_quarter_hour_has_two_files():
    urls = [url for _, _, url in gkg_urls(BASE, AT, AT + timedelta(minutes=30))]
    assert urls[:2] == [
        f"{BASE}/gdeltv2/20260310093000.gkg.csv.zip",
        f"{BASE}/gdeltv2/20260310093000.translation.gkg.csv.zip",
    ]
    assert len(urls) == 4


ROWS = b"".join(
    (
        gkg_row(0, AT, "https://a.example/1", themes="TAX;IMMIGRATION", places="GM", title="Talks &amp; returns"),
        gkg_row(1, AT, "https://b.example/2", themes="WB_2837_IMMIGRATION", language="tur", places="TU"),
        gkg_row(2, AT, "https://c.example/3", themes="EPU_ECONOMY", title="Prices"),
        gkg_row(3, AT, "https://d.example/4", themes="IMMIGRATION", kind="2"),
        gkg_row(4, AT, "no address", themes="IMMIGRATION"),
        b"20260310\tIMMIGRATION\n",
    )
)


@pytest.mark.parametrize(
    ("wanted", "urls"),
    [
        (Wanted(themes=frozenset(THEMES)), ["https://a.example/1", "https://b.example/2"]),
        (Wanted(themes=frozenset(THEMES), countries=frozenset({"DE"})), ["https://a.example/1"]),
        (Wanted(themes=frozenset(THEMES), languages=frozenset({"tr"})), ["https://b.example/2"]),
    ],
)
def test_rows_are_chosen_by_theme_country_and_language(wanted, urls):
    assert [row.url for row in read_gkg(ROWS, wanted) if isinstance(row, Sighting)] == urls


def test_rows_that_cannot_be_read_are_told_with_their_line():
    told = [row for row in read_gkg(ROWS, Wanted(themes=frozenset(THEMES))) if not isinstance(row, Sighting)]
    assert [number for number, _ in told] == [5, 6]
    assert "2 columns" in told[1][1]


def test_the_title_that_a_row_keeps_is_plain_text():
    found = next(row for row in read_gkg(ROWS, Wanted()) if isinstance(row, Sighting))
    assert (found.title, found.language, found.seen_at) == ("Talks & returns", "en", AT)


def test_a_zip_that_is_none_is_an_error():
    assert unpacked(packed("a.csv", b"x")) == b"x"
    with pytest.raises(GdeltError):
        unpacked(packed("a.csv", b"x" * 5000)[:-30])
    with pytest.raises(GdeltError):
        unpacked(b"<html>404</html>")


def test_the_doc_api_is_asked_in_its_own_words():
    assert doc_query(("IMMIGRATION", "REFUGEES"), ("DE",), ("tr",)) == (
        "(theme:IMMIGRATION OR theme:REFUGEES) sourcecountry:GM sourcelang:tr"
    )


def test_an_answer_of_the_doc_api_in_plain_words_is_an_error_that_repeats_them():
    assert read_doc(b"{}") == ()
    with pytest.raises(GdeltError, match="query was too short"):
        read_doc(b"Your query was too short or too long.")


# --- what people have ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bbc/20200421T124301_5b7b7491.xml", datetime(2020, 4, 21, 12, 43, 1, tzinfo=UTC)),
        ("2026-03-10.xml", datetime(2026, 3, 10, 12, 0, tzinfo=UTC)),
        ("feed_2026-03-10_09-30.rss", AT),
        ("20260310T113000+0200-world.xml", AT),
        ("20260310T093000Z.xml", AT),
        ("99999999.xml", None),
        ("world.xml", None),
    ],
)
def test_a_name_tells_when_a_file_was_kept(name, expected):
    assert moment_in_name(PurePath(name).name, UTC_ZONE) == expected


def test_a_name_without_a_zone_is_in_the_zone_that_was_told():
    assert moment_in_name("20260310T103000.xml", ZoneInfo("Europe/Berlin")) == AT


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bbc/20200421T124301_5b7b7491.xml", ("bbc",)),
        ("old/bbc-world_2026-03-10.xml.gz", ("bbc-world", "old")),
    ],
)
def test_a_file_and_its_folder_name_the_feed(name, expected):
    assert feed_names(PurePath(name).name, PurePath(name).parent.name) == expected


TABLE = (
    "link;headline;day\n"
    "https://a.example/1;Talks on visas;2026-03-10 09:30\n"
    "ftp://a.example/2;Wrong;2026-03-10\n"
    "https://a.example/3;Undated;some day\n"
    "https://a.example/4;Short\n"
)


def test_a_table_is_read_by_the_columns_that_it_has_and_bad_rows_are_told():
    rows = list(read_csv(TABLE.splitlines(keepends=True), {"date": "day"}, "Europe/Berlin"))
    assert rows[0] == Item(2, "https://a.example/1", "Talks on visas", date=AT - timedelta(hours=1))
    assert [row.number for row in rows[1:] if isinstance(row, BadRow)] == [3, 4, 5]


@pytest.mark.parametrize(
    ("columns", "message"),
    [({"url": "adress"}, "no column 'adress'"), ({"headline": "a"}, "none of our columns"), ({"date": "when"}, "when")],
)
def test_a_wrong_column_is_an_error_that_names_those_that_there_are(columns, message):
    with pytest.raises(ColumnError, match=message):
        list(read_csv(TABLE.splitlines(keepends=True), columns, "UTC"))


def test_json_lines_are_read_and_bad_ones_told():
    lines = ['{"url": "https://a.example/1", "title": "A", "date": "2026-03-10T09:30:00Z"}', "{", "[]"]
    rows = list(read_json_lines(lines, {}, "Europe/Berlin"))
    assert rows[0] == Item(1, "https://a.example/1", "A", date=AT)
    assert [row.number for row in rows[1:]] == [2, 3]


# --- pages, feeds and requests -------------------------------------------------------------------------------------


def test_a_page_is_opened_without_reading_it():
    head = '<meta property="article:published_time" content="2026-03-09T08:00:00Z">'
    body = a_page(
        "Minister &amp; envoy meet",
        "They spoke of visas for the people of both countries &quot;at length&quot;.",
        lang="de-AT",
        head=head,
    )
    opening = opening_of(body, "text/html", "https://a.example/1", AT)
    assert opening is not None
    assert opening.entry.title == "Minister & envoy meet"
    assert opening.entry.summary == 'They spoke of visas for the people of both countries "at length".'
    assert opening.entry.published_at == datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
    assert opening.declared == "de"
    assert language_of(opening) == "en"


def test_a_page_without_a_title_is_no_entry():
    assert opening_of(b"<html><body>words</body></html>", "text/html", "https://a.example/1", AT) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'<feed><link rel="prev-archive" href="/2026/02.xml"/></feed>', "https://a.example/2026/02.xml"),
        (b'<rss><atom:link rel="next" href="https://a.example/feed?p=2"/></rss>', "https://a.example/feed?p=2"),
        (
            b"<rss><generator>https://wordpress.org/?v=6.5</generator></rss>",
            "https://a.example/feed?paged=2",
        ),
        (b'{"version": "x", "next_url": "https://a.example/2.json"}', "https://a.example/2.json"),
        (b"<rss><link>https://a.example</link></rss>", ""),
    ],
)
def test_a_feed_names_its_older_part(body, expected):
    assert older_page(body, "https://a.example/feed") == expected


def test_a_page_is_filed_under_its_outlets_feed_or_else_its_host():
    outlets = Outlets.of([a_feed("https://feeds.a.example/world", "a-world"), a_feed("https://www.b.example/r", "b")])
    assert outlets.outlet_id("https://www.a.example/story/1") == "a-world"
    assert outlets.outlet_id("https://c.example/2") == "c.example"
    assert outlets.feed_at("http://b.example/r").feed_id == "b"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"source": "webcitation"}, "no source"),
        ({"first": date(2026, 3, 9), "last": date(2026, 3, 8)}, r"end .* before"),
        ({"last": date(2026, 5, 1)}, "has not been yet"),
        ({"source": "ccnews", "first": date(2010, 1, 1), "last": date(2010, 2, 1)}, "begins on 2016-08-26"),
        ({"source": "gdelt-doc", "first": date(2025, 1, 1)}, "use gdelt"),
        ({"source": "files"}, "name the files"),
        ({"source": "gdelt", "paths": ("a",)}, "takes no files"),
        ({"languages": ("german",)}, "no code"),
        ({"pages": "google"}, "pages come from"),
    ],
)
def test_a_request_that_cannot_be_carried_out_says_why(values, message):
    request = Request(**{"source": "wayback", "first": date(2026, 3, 1), "last": date(2026, 3, 2), **values})
    with pytest.raises(RequestError, match=message):
        request.checked(date(2026, 4, 1))


def test_the_same_words_are_the_same_import_and_others_another():
    request = Request("wayback", date(2026, 3, 1), date(2026, 3, 2), feeds=("a", "b"), columns=(("url", "link"),))
    assert Request.from_values(request.as_values()) == request
    assert Request.from_values(request.as_values()).import_id == request.import_id
    assert Request("wayback", date(2026, 3, 1), date(2026, 3, 3)).import_id != request.import_id


def test_feeds_and_hosts_are_chosen_by_name():
    assert is_chosen("bbc-world", ("bbc-*",))
    assert not is_chosen("dw-de", ("bbc-*", "dw"))
    assert is_wanted_host("news.bbc.co.uk", frozenset({"bbc.co.uk"}))
    assert not is_wanted_host("notbbc.co.uk", frozenset({"bbc.co.uk"}))


def test_months_are_cut_at_the_ends_of_the_request():
    spans = months_between(datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
    assert [(start.day, end.day) for start, end in spans] == [(20, 1), (1, 1), (1, 2)]


def test_a_lane_stays_together_and_batches_are_of_about_equal_length():
    units = [Unit(f"{lane}{n}", lane, lane) for lane, count in (("a", 3), ("b", 2), ("c", 1)) for n in range(count)]
    batches = dealt_lanes(units, 2)
    assert sorted(len(batch) for batch in batches) == [3, 3]
    assert [unit.unit_id for unit in batches[0]] == ["a0", "a1", "a2"]


def test_tallies_add_up():
    tallies = Tallies()
    tallies.at("a", AT).got += 2
    tallies.at("a", AT).missing["blocked"] += 1
    assert tallies.rows() == [
        {"subject": "a", "day": "2026-03-10", "asked": 3, "got": 2, "known": 0, "missing": {"blocked": 1}}
    ]
