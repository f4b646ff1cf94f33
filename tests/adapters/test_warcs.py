"""WARC files of others: read in pieces of any size, cut off, damaged, chunked; the good part is always kept."""

import gzip
import tracemalloc

import pytest

from demarche.adapters.past.warcs import Damage, Scanned, Scanner, read_response
from warcs import AT, a_page, warc_of

PAGES = [(f"https://h{n}.example/{n}", AT, a_page(f"Title {n}", text="words " * 200)) for n in range(6)]


def scanned(data: bytes, size: int = 4096, *, wants=lambda headers: headers["warc-type"] == "response", limit=10**6):
    scanner = Scanner(wants=wants, limit=limit)
    found = [each for n in range(0, len(data), size) for each in scanner.feed(data[n : n + size])]
    end = scanner.finish()
    return [f for f in found if isinstance(f, Scanned)], [f for f in found if isinstance(f, Damage)] + [end] * bool(end)


@pytest.mark.parametrize("packs", [True, False])
@pytest.mark.parametrize("size", [1, 7, 1000, 10**7])
def test_records_are_the_same_however_the_bytes_come(packs, size):
    records, damage = scanned(warc_of(PAGES, packs=packs), size)
    assert damage == []
    assert [record.headers["warc-target-uri"] for record in records] == [url for url, _, _ in PAGES]
    assert [read_response(record.content).body for record in records] == [body for _, _, body in PAGES]


@pytest.mark.parametrize("packs", [True, False])
def test_reading_can_start_again_at_a_safe_offset(packs):
    data = warc_of(PAGES, packs=packs)
    scanner = Scanner(wants=lambda headers: headers["warc-type"] == "response", limit=10**6)
    half = len(data) // 2
    before = list(scanner.feed(data[:half]))
    assert 0 < scanner.safe_offset <= half
    again = Scanner(wants=scanner.wants, limit=10**6, offset=scanner.safe_offset, safe_offset=scanner.safe_offset)
    after = list(again.feed(data[scanner.safe_offset :]))
    assert again.finish() is None
    assert [r.headers["warc-target-uri"] for r in before + after] == [url for url, _, _ in PAGES]
    assert all(data[r.offset : r.offset + 2] == (b"\x1f\x8b" if packs else b"WA") for r in after)


@pytest.mark.parametrize("packs", [True, False])
def test_a_file_that_was_cut_off_gives_its_whole_records_and_says_where_it_ends(packs):
    data = warc_of(PAGES, packs=packs)
    records, damage = scanned(data[:-300] if not packs else data[:-80])
    assert len(records) == 5
    assert len(damage) == 1
    assert "cut off" in damage[0].message
    assert damage[0].number == 13 or packs


def test_a_damaged_record_is_told_and_the_next_one_read():
    data = bytearray(warc_of(PAGES))
    places = [n for n in range(len(data)) if data[n : n + 3] == b"\x1f\x8b\x08"]
    middle = places[len(places) // 2]
    data[middle + 40 : middle + 60] = b"\x00" * 20
    records, damage = scanned(bytes(data))
    assert len(records) >= 4
    assert damage
    assert damage[0].offset == middle


@pytest.mark.parametrize("data", [b"", b"<html>not found</html>", gzip.compress(b"some text", mtime=0)])
def test_a_file_that_is_no_warc_is_told(data):
    records, damage = scanned(data)
    assert records == []
    assert damage


def test_unwanted_and_overlong_records_do_not_stay_in_memory():
    huge = [("https://a.example/", AT, b"x" * 500_000), *PAGES[:1]]
    records, damage = scanned(warc_of(huge), limit=10_000)
    assert damage == []
    assert (records[0].is_cut, len(records[0].content)) == (True, 10_000)
    assert records[1].is_cut is False
    assert scanned(warc_of(huge), wants=lambda _: False)[0] == []


def test_a_chunked_response_is_joined_and_says_so():
    response = read_response(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html\r\n\r\n"
        b"4\r\nWiki\r\n6;x=y\r\npedia \r\n0\r\n\r\n"
    )
    assert response.body == b"Wikipedia "
    assert response.header("X-Archive-Transfer-Encoding") == "chunked"
    joined = read_response(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n<html>joined before</html>")
    assert joined.body == b"<html>joined before</html>"


def test_content_that_is_no_response_is_none():
    assert read_response(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") is None
    assert read_response(b"") is None


def test_a_bomb_is_unpacked_a_little_at_a_time():
    bomb = warc_of([("https://a.example/", AT, b"0" * 30_000_000)], with_requests=False)
    tracemalloc.start()
    records, damage = scanned(bomb, size=10**6, limit=1_000)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(records), damage) == (1, [])
    assert most < 20_000_000


def test_a_file_that_was_read_to_its_end_before_is_not_damaged():
    data = warc_of(PAGES)
    again = Scanner(wants=lambda _: True, limit=10, offset=len(data), safe_offset=len(data))
    assert again.finish() is None
