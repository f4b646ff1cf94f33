"""Records of WARC files: those that people have on disk, and Common Crawl's news in byte ranges.

Both go through one scanner and one choice. What is filed does not depend on how the bytes came.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

from demarche.adapters.past.files import read_pieces
from demarche.adapters.past.warcs import Archived, Damage, Scanned, Scanner, read_response
from demarche.core.codings import decoded
from demarche.core.past.openings import language_of, opening_of
from demarche.core.past.request import is_wanted_host
from demarche.core.past.units import Problem
from demarche.core.urls import absolute_url
from demarche.model import FeedState
from demarche.steps.past.filing import archived_answer
from demarche.steps.past.work import Part, Work

PART = 500  # records filed between two notes in the journal
PIECE = 8_000_000  # bytes that are asked for at once
RESPONSES = frozenset({"response", "resource"})
PAGES = ("text/html", "application/xhtml+xml")
FEEDS = ("rss", "atom", "rdf", "xml", "feed+json")


class RangeError(ValueError):
    """A file that cannot be read in ranges."""


class Harvest:
    """Takes what the scanner finds, files what is wanted and tells where reading can start again."""

    def __init__(self, work: Work, name: str) -> None:
        self.work = work
        self.name = name
        self.hosts = frozenset(host.removeprefix("www.") for host in work.request.hosts)
        if not self.hosts and work.request.source == "ccnews":
            self.hosts = work.outlets.hosts()
        self.filed = 0
        self.last_part = 0
        self.states: dict[str, FeedState] = {}
        self.scanner = Scanner(
            wants=self._is_wanted,
            limit=work.settings.max_body + 65_536,
            offset=int(work.position or 0),
            safe_offset=int(work.position or 0),
        )

    def take(self, piece: bytes) -> None:
        """Read on."""
        for found in self.scanner.feed(piece):
            if isinstance(found, Damage):
                self._tell(found)
            else:
                self._file(found)

    def finish(self) -> None:
        """Tell whether the file ended as it should."""
        damage = self.scanner.finish()
        if damage is not None:
            self._tell(damage)

    def has_part(self) -> bool:
        """Whether enough was filed for a note in the journal."""
        if self.filed - self.last_part < PART:
            return False
        self.last_part = self.filed
        return True

    def _is_wanted(self, headers: dict[str, str]) -> bool:
        if headers.get("warc-type") not in RESPONSES:
            return False
        host = _quick_host(headers.get("warc-target-uri", ""))
        return is_wanted_host(host, self.hosts) if self.hosts else bool(host)

    def _tell(self, damage: Damage) -> None:
        where = f"record {damage.number} at byte {damage.offset}"
        self.work.problems.append(Problem(self.name, where, damage.message))

    def _file(self, found: Scanned) -> None:
        where = f"record {found.number} at byte {found.offset}"
        url = absolute_url(found.headers.get("warc-target-uri", "").strip("<>"))
        try:
            at = datetime.fromisoformat(found.headers.get("warc-date", "")).astimezone(UTC)
        except ValueError:
            message = f"its WARC-Date is {found.headers.get('warc-date', '')!r}"
            self.work.problems.append(Problem(self.name, where, message))
            return
        response = _response(found)
        if not url or response is None or response.code != 200 or not self.work.is_asked_for(at):
            return
        if found.is_cut:
            self.work.problems.append(Problem(self.name, where, f"{url} is longer than {self.scanner.limit} bytes"))
            return
        kind = response.header("content-type").partition(";")[0].strip().lower()
        source = (
            ("via", self.name),
            ("at-byte", str(found.offset)),
            ("original-record", found.headers.get("warc-record-id", "")),
        )
        feed = self.work.outlets.feed_at(url)
        if feed is not None and any(word in kind for word in FEEDS):
            before = self.states.get(feed.feed_id) or FeedState(feed_id=feed.feed_id)
            known = self.work.filing.known("feed", feed.feed_id, feed.url, at)
            answer = archived_answer(feed.url, at, response.headers, response.body, final_url=url)
            _, self.states[feed.feed_id], _ = self.work.filing.feed(feed, before, answer, source)
            self._tally(feed.feed_id, at, is_known=known is not None)
        elif kind in PAGES:
            self._file_page(url, at, response, source)

    def _file_page(self, url: str, at: datetime, response: Archived, source: tuple[tuple[str, str], ...]) -> None:
        if self.work.request.languages and not self._is_in_language(url, at, response):
            return
        outlet = self.work.outlets.outlet_id(url)
        known = self.work.filing.known("page", outlet, url, at)
        if known is None:
            self.work.filing.page(outlet, archived_answer(url, at, response.headers, response.body), source)
        self._tally(outlet, at, is_known=known is not None)

    def _is_in_language(self, url: str, at: datetime, response: Archived) -> bool:
        undone = decoded(response.body, response.header("content-encoding"), self.work.settings.max_decoded)
        opening = opening_of(undone.body, response.header("content-type"), url, at)
        return opening is not None and language_of(opening) in self.work.request.languages

    def _tally(self, subject: str, at: datetime, *, is_known: bool) -> None:
        tally = self.work.tallies.at(subject, at)
        tally.known += is_known
        tally.got += not is_known
        self.filed += 1


async def import_warc(work: Work) -> AsyncIterator[Part]:
    """File the wanted records of a WARC file on disk, or of one in a WACZ package."""
    path, _, part = work.unit.address.partition("!")
    harvest = Harvest(work, work.unit.address)
    for piece in read_pieces(Path(path), part, harvest.scanner.offset):
        for small in _slices(piece):
            harvest.take(small)
            if harvest.has_part():
                yield Part(str(harvest.scanner.safe_offset))
    harvest.finish()
    yield Part(is_done=True)


async def import_ccnews(work: Work) -> AsyncIterator[Part]:
    """File the wanted records of a WARC file of Common Crawl's news, read in byte ranges."""
    harvest = Harvest(work, work.unit.address)
    url = f"{work.settings.ccnews_url.rstrip('/')}/{work.unit.address}"
    size = min(PIECE, work.settings.max_body)
    while True:
        start = harvest.scanner.offset
        answer = await work.asker.get(url, span=(start, start + size - 1))
        if answer.status == 416:
            break
        if answer.problem is not None:
            raise RangeError(f"{work.unit.address} at byte {start}: {answer.problem}, {answer.note}")
        if answer.status != 206 and (start or len(answer.raw) > size):
            raise RangeError(f"{work.unit.address}: the server does not serve byte ranges")
        for small in _slices(answer.raw):
            harvest.take(small)
        if harvest.has_part():
            yield Part(str(harvest.scanner.safe_offset))
        if answer.status != 206 or len(answer.raw) < size or _is_last(answer.header("content-range")):
            break
    harvest.finish()
    yield Part(is_done=True)


def _slices(piece: bytes, size: int = 1 << 18) -> Iterator[bytes]:
    """A piece in smaller ones: less is unpacked, and notes are more frequent."""
    for start in range(0, len(piece), size):
        yield piece[start : start + size]


def _is_last(content_range: str) -> bool:
    """Whether `bytes 0-99/100` is the end of a file."""
    span, _, total = content_range.removeprefix("bytes ").partition("/")
    return total.isdigit() and span.rpartition("-")[2] == str(int(total) - 1)


def _response(found: Scanned) -> Archived | None:
    """The response of a record; a resource is one without headers."""
    if found.headers.get("warc-type") == "response":
        return read_response(found.content)
    kind = found.headers.get("content-type", "")
    return Archived("200 OK", 200, (("Content-Type", kind),), found.content)


def _quick_host(url: str) -> str:
    """The host of an address, roughly, at the cost of a few splits: it is asked for every record of a file."""
    rest = url.strip("<>").partition("://")[2]
    host = rest.partition("/")[0].rpartition("@")[2].partition(":")[0].lower()
    return host.removeprefix("www.")
