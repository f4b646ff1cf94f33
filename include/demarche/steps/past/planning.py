"""Cuts a request into units of work, and says beforehand what it will take."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from demarche.adapters.past.files import FilesError, found_files, warc_parts
from demarche.core.codings import decoded
from demarche.core.opml import import_opml
from demarche.core.past.ccnews import ListError, list_urls, read_list
from demarche.core.past.cdx import NoIndexError, collapsed
from demarche.core.past.gdelt import gkg_urls
from demarche.core.past.outlets import Outlets
from demarche.core.past.request import Request, is_chosen
from demarche.core.past.units import Problem, Unit, months_between
from demarche.core.windows import days_between
from demarche.model import Feed, Outcome
from demarche.steps.past.asking import Asker
from demarche.steps.past.files import snapshot_units
from demarche.steps.past.wayback import read_captures

SAMPLE = 12  # units whose index or size a dry run asks for; the others are taken to be like them
RATE = 4e6  # bytes a second that an archive may be expected to give
STREAMS = ("english", "translated")


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an import will take. `is_sampled` where only a part of the units was asked for."""

    units: int
    requests: int
    bytes: int
    is_sampled: bool
    delay: float  # seconds between two requests to one host

    @property
    def hours(self) -> float:
        """How long it takes where one host gives all of it."""
        return max(self.requests * self.delay, self.bytes / RATE) / 3600


async def planned(request: Request, feeds: tuple[Feed, ...], asker: Asker) -> tuple[list[Unit], list[Problem], Outlets]:
    """The units of a request, what cannot be planned, and the feeds that it may meet. Only ccnews asks for lists."""
    problems: list[Problem] = []
    if request.source != "files":
        feeds = _with_lists(request, feeds)
    outlets = Outlets.of(feeds)
    chosen = [outlets.by_id[name] for name in sorted(outlets.by_id) if is_chosen(name, request.feeds)]
    units: list[Unit] = []
    match request.source:
        case "wayback":
            units = [
                Unit(f"wayback/{feed.feed_id}/{start:%Y-%m}", feed.feed_id, feed.feed_id, feed.url, start, end)
                for feed in chosen
                for start, end in months_between(request.start, request.end)
            ]
        case "paged-feeds":
            units = [Unit(f"paged/{feed.feed_id}", feed.feed_id, feed.feed_id, feed.url) for feed in chosen]
        case "sitemaps":
            units = list(_sitemap_units(request, chosen))
        case "gdelt" | "gdelt-doc":
            units = list(_gdelt_units(request))
        case "ccnews":
            units, problems = await _ccnews_units(request, asker)
        case "files":
            units, problems = _file_units(request, outlets)
    return units, problems, outlets


async def estimated(request: Request, units: list[Unit], asker: Asker) -> Estimate:
    """What the units will take: exactly where a few can be asked about, else by a sample of them."""
    delay = asker.settings.host_delay
    if request.source == "files":
        sizes = {path: Path(path).stat().st_size for path in {u.address.partition("!")[0] for u in units} if path}
        return Estimate(len(units), 0, sum(sizes.values()), is_sampled=False, delay=delay)
    step = max(1, len(units) // SAMPLE)
    sample = units[::step][:SAMPLE]
    requests = size = 0
    for unit in sample:
        asked, weighs = await _unit_estimate(request, unit, asker)
        requests, size = requests + asked, size + weighs
    factor = len(units) / len(sample) if sample else 0
    return Estimate(len(units), round(requests * factor), round(size * factor), len(sample) < len(units), delay)


async def _unit_estimate(request: Request, unit: Unit, asker: Asker) -> tuple[int, int]:
    """Requests and bytes of one unit."""
    settings = asker.settings
    match request.source:
        case "wayback":
            try:
                captures, _ = await read_captures(asker, settings.wayback_url, unit.address, unit.start, unit.end)
            except NoIndexError:
                return 1, 0
            new = [capture for capture, is_repeat in collapsed(captures) if not is_repeat]
            return 1 + len(captures) // 5_000 + len(new), sum(capture.length for capture in new)
        case "ccnews":
            size = await _size_of(asker, f"{settings.ccnews_url.rstrip('/')}/{unit.address}")
            return 1 + size // 8_000_000, size
        case "gdelt":
            start, end = unit.start or request.start, unit.end or request.end
            files = [url for _, name, url in gkg_urls(settings.gdelt_url, start, end) if name == unit.subject]
            return len(files), len(files) * await _size_of(asker, files[len(files) // 2])
        case _:
            # One answer of each at least; how far they go on is known only by going.
            return 1, 200_000


async def _size_of(asker: Asker, url: str) -> int:
    """Bytes of a file, by asking for its first one."""
    answer = await asker.get(url, span=(0, 0))
    total = answer.header("content-range").rpartition("/")[2]
    return int(total) if total.isdigit() else len(answer.raw)


def _with_lists(request: Request, feeds: tuple[Feed, ...]) -> tuple[Feed, ...]:
    """The feeds of the pack, or those of the OPML files that the request names."""
    if not request.paths:
        return feeds
    known = {feed.url: feed for feed in feeds}
    listed = []
    for kind, path in found_files(request.paths):
        if kind != "opml":
            raise FilesError(f"{path}: {request.source} takes lists of feeds as OPML, and no other files")
        listed += [known.get(feed.url, feed) for feed in import_opml(path.read_bytes())]
    return tuple({feed.feed_id: feed for feed in listed}.values())


def _sitemap_units(request: Request, chosen: list[Feed]) -> Iterator[Unit]:
    """A site or a sitemap each: those named, else the sites of the feeds."""
    named = [host if "//" in host else f"https://{host}/" for host in request.hosts]
    if not named:
        parts = [urlsplit(feed.url) for feed in chosen]
        named = [urlunsplit((p.scheme, p.netloc, "/", "", "")) for p in parts]
    for address in dict.fromkeys(named):
        yield Unit(f"sitemap/{address}", address, address, address)


def _gdelt_units(request: Request) -> Iterator[Unit]:
    for day in days_between(request.first, request.last):
        if request.source == "gdelt-doc":
            yield Unit(f"doc/{day.key}", day.key, "gdelt-doc", "", day.start, day.end)
            continue
        for stream in STREAMS:
            yield Unit(f"gkg/{stream}/{day.key}", f"{stream}/{day.key}", stream, "", day.start, day.end)


async def _ccnews_units(request: Request, asker: Asker) -> tuple[list[Unit], list[Problem]]:
    units, problems = [], []
    for month, url in list_urls(asker.settings.ccnews_url, request.first, request.last):
        answer = await asker.get(url)
        if answer.problem is not None:
            if answer.problem is not Outcome.NOT_FOUND or month >= f"{request.first:%Y-%m}":
                problems.append(Problem(url, "", f"{answer.problem}, {answer.note}"))
            continue
        try:
            body = decoded(answer.raw, answer.header("content-encoding"), asker.settings.max_decoded).body
            files = read_list(body, request.start, request.end)
        except ListError as error:
            problems.append(Problem(url, "", str(error)))
            continue
        for path, begins_at in files:
            units.append(Unit(path, path, path.rpartition("/")[2], path, begins_at, begins_at + timedelta(hours=24)))
    return units, problems


def _file_units(request: Request, outlets: Outlets) -> tuple[list[Unit], list[Problem]]:
    units, problems = snapshot_units(request, outlets)
    for kind, path in found_files(request.paths):
        where = str(path.absolute())
        if kind in ("warc", "wacz"):
            try:
                parts = warc_parts(path)
            except FilesError as error:
                problems.append(Problem(str(path), "", str(error)))
                continue
            for part in parts:
                address = f"{where}!{part}" if part else where
                units.append(Unit(f"warc/{address}", address, path.name, address))
        elif kind in ("csv", "jsonl"):
            units.append(Unit(f"{kind}/{where}", where, path.name, where))
        elif kind == "opml":
            problems.append(Problem(str(path), "", "a list of feeds: `demarche feeds import-opml` adds them"))
    return units, problems
