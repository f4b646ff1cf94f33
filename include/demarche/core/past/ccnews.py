"""Common Crawl's news dataset: the lists of its WARC files by month, and when a file begins. It fetches nothing."""

import re
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

FILE = re.compile(r"^crawl-data/CC-NEWS/(\d{4})/(\d\d)/CC-NEWS-(\d{14})-\d+\.warc\.gz$")
LONGEST_FILE = timedelta(hours=24)  # that one file's captures may span; most take an hour or two
MAX_LIST = 50_000_000  # bytes of a month's list; the longest have some 700 lines


class ListError(ValueError):
    """A list of files that is none."""


def list_urls(base: str, first: date, last: date) -> Iterator[tuple[str, str]]:
    """Month and address of each list that may name files with captures of these days."""
    # A file that began on the evening before the first day holds captures of it.
    month = (first - LONGEST_FILE).replace(day=1)
    while month <= last:
        yield f"{month:%Y-%m}", f"{base.rstrip('/')}/crawl-data/CC-NEWS/{month:%Y}/{month:%m}/warc.paths.gz"
        month = (month + timedelta(days=32)).replace(day=1)


def read_list(body: bytes, start: datetime, end: datetime) -> tuple[tuple[str, datetime], ...]:
    """Path and beginning of each file that may hold captures with start <= moment < end. Raises ListError."""
    text = body
    if body[:2] == b"\x1f\x8b":
        try:
            text = zlib.decompressobj(31).decompress(body, MAX_LIST)
        except zlib.error as error:
            raise ListError(f"the list cannot be unpacked: {error}") from error
    lines = [line.strip() for line in text.decode("utf-8", "replace").splitlines() if line.strip()]
    if lines and lines[0].startswith("<"):
        raise ListError("the list is a web page, not lines of paths")
    found = []
    for number, line in enumerate(lines, 1):
        named = FILE.match(line)
        if named is None:
            raise ListError(f"line {number} of the list is {line[:80]!r}, no path of a WARC file")
        begins_at = datetime.strptime(named[3], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        if start - LONGEST_FILE < begins_at < end:
            found.append((line, begins_at))
    # Within a day only the file before the first moment can reach into the span; those before it are left out.
    early = [each for each in found if each[1] < start]
    return tuple(early[-1:] + [each for each in found if each[1] >= start])
