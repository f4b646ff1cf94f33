"""Mutates feed documents for as long as you like and looks for an exception, a long silence or a lost entry.

    cd tests && PYTHONPATH=../include:. python -m fuzz.feeds --minutes 10 [--seed 1] [--corpus FOLDER]

What it finds is written to the folder `findings` with the seed; give a file as --only to play it again. The corpus is
tests/golden/feeds, and a folder of your own beside it. Not a test: pytest does not collect it, test_fuzz.py plays a
second of it.
"""

import argparse
import contextlib
import random
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from demarche.core.codings import decoded
from demarche.core.discovery import discover_feeds
from demarche.core.feeds import entry_blocks, parse_feed, sitemap_children
from demarche.core.identity import entry_id
from demarche.core.opml import OpmlError, import_opml
from demarche.core.pages import extract_page

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "feeds"
SEEN_AT = datetime(2026, 3, 10, tzinfo=UTC)
LONGEST = 20.0  # seconds of CPU for one document of this size
LARGEST = 200_000  # bytes
TYPES = ("", "application/rss+xml", "text/xml; charset=utf-16", "text/html; charset=koi8-r", "application/json")
CODINGS = ("", "gzip", "deflate", "br", "zstd", "gzip, br", "x-unknown")

# What breaks parsers, by itself and in the middle of something else.
PIECES = (
    b"<", b">", b"&", b"&#0;", b"&#xD800;", b"&#99999999;", b"&amp;amp;", b"]]>", b"<![CDATA[", b"<!--", b"-->",
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"\xed\xa0\x80", b"\r\n\r\n", b"</item>", b"<item>", b"<entry/>",
    b"<item><item>", b'<item rdf:about="', b"<?xml version='1.1'?>", b'<?xml version="1.0" encoding="utf-7"?>',
    b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]>", b"&b;", b"<base href='//'/>", b"xml:base=':'",
    b"<link>http://[</link>", b"<guid isPermaLink='true'>http://x:y</guid>", b"<pubDate>31 Feb 0000 25:61</pubDate>",
    b"<updated>99999-12-31T23:59:60+99:99</updated>", b"<dc:date>-0001</dc:date>", b"<ttl>\xd9\xa1</ttl>",
    b'"items":[', b"{}", b"[[[[", b'\\ud800', b"1e999", b"<author>" + b"a@" * 50, b"<urlset>", b"<sitemapindex>",
    b"<loc>http://a/\xe2\x80\xae</loc>", b"<content type='xhtml'><div>", b"<title type='base64'>", b"\xe2\x80\xa8" * 9,
)  # fmt: skip


class FindingError(Exception):
    """Something that must not be."""


def seeds(folder: Path | None) -> list[bytes]:
    """The documents that mutation begins with."""
    places = [GOLDEN, *([folder] if folder else [])]
    files = [path for place in places for path in sorted(place.rglob("*")) if path.is_file()]
    return [body for path in files if 0 < len(body := path.read_bytes()) <= LARGEST]


def mutated(body: bytes, others: list[bytes], draw: random.Random) -> bytes:
    """The document after one to twelve accidents."""
    data = bytearray(body)
    for _ in range(draw.randint(1, 12)):
        place, length = draw.randrange(len(data) + 1), draw.choice((1, 2, 8, 64, 512, 4_096))
        match draw.randrange(7):
            case 0:
                data[place : place + length] = b""
            case 1:
                data[place:place] = draw.choice(PIECES)
            case 2:
                data[place : place + length] = draw.randbytes(min(length, 64))
            case 3:
                data[place:place] = data[place : place + length] * draw.choice((2, 3, 20))
            case 4:
                other = draw.choice(others)
                start = draw.randrange(len(other))
                data[place : place + length] = other[start : start + length]
            case 5:
                if place < len(data):
                    data[place] ^= 1 << draw.randrange(8)
            case _:
                data[place:] = b"" if draw.random() < 0.3 else data[place:]
        del data[LARGEST:]
    return bytes(data)


def check(body: bytes, draw: random.Random) -> None:
    """Call every entry point of the parsers. Raises FindingError, or whatever a parser raises."""
    kind = draw.choice(TYPES)
    url = draw.choice(("", "https://news.example/feed", "http://[", "ftp://x"))
    whole = parse_feed(body, url=url, content_type=kind, limit=300, seen_at=SEEN_AT)
    ids = [entry_id("f", entry) for entry in whole.entries]
    for entry in whole.entries:
        for text in (entry.title, entry.summary, entry.url, entry.guid, *entry.authors, *entry.tags):
            text.encode()
    if whole.block_digests:
        if len(whole.block_digests) != len(whole.entries):
            raise FindingError(f"{len(whole.block_digests)} blocks, {len(whole.entries)} entries")
        known = set(draw.sample(whole.block_digests, draw.randint(0, len(whole.block_digests))))
        part = parse_feed(body, url=url, content_type=kind, limit=300, seen_at=SEEN_AT, known_blocks=known)
        expected = [i for i, d in zip(ids, whole.block_digests, strict=True) if not part.skipped or d not in known]
        if [entry_id("f", entry) for entry in part.entries] != expected:
            raise FindingError("the entries differ when some blocks are known")
    entry_blocks(body, kind)
    sitemap_children(body, kind)
    discover_feeds(body, url)
    extract_page(body, url=url, content_type=kind)
    with contextlib.suppress(OpmlError):  # its promised error
        import_opml(body)
    decoded(body, draw.choice(CODINGS), 1_000_000)


def finding_in(body: bytes, seed: str, run: Callable[[bytes, random.Random], None] = check) -> str:
    """What is wrong with the parsers' answer to a document, "" where nothing is."""
    began = time.process_time()
    try:
        run(body, random.Random(seed))
    except Exception:  # anything at all is a finding
        return traceback.format_exc(limit=-6)
    spent = time.process_time() - began
    return f"{spent:.1f} s of CPU" if spent > LONGEST else ""


def documents(corpus: list[bytes], seed: int) -> Iterator[tuple[str, bytes]]:
    """Mutants without an end, each with the seed that makes it again."""
    number = 0
    while True:
        name = f"{seed}-{number}"
        draw = random.Random(name)
        yield name, mutated(draw.choice(corpus), corpus, draw)
        number += 1


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--minutes", type=float, default=10)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--corpus", type=Path, help="a folder of documents to begin with, beside tests/golden/feeds")
    words.add_argument("--findings", type=Path, default=Path("findings"))
    words.add_argument("--only", type=Path, help="check this one file, whose name is its seed")
    options = words.parse_args()
    if options.only:
        found = finding_in(options.only.read_bytes(), options.only.name)
        print(found or "nothing")
        return bool(found)
    corpus = seeds(options.corpus)
    end = time.monotonic() + options.minutes * 60
    count = bad = 0
    for name, body in documents(corpus, options.seed):
        if time.monotonic() > end:
            break
        count += 1
        if found := finding_in(body, name):
            bad += 1
            options.findings.mkdir(exist_ok=True)
            (options.findings / name).write_bytes(body)
            print(f"--- {options.findings / name}\n{found}", flush=True)
    print(f"{count} documents from {len(corpus)} seeds in {options.minutes:g} minutes, {bad} findings")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
