"""Makes many small archive files into few big ones, and drops records that are to be kept no longer.

Owns the order of writing and deleting, so that a reader finds everything at any moment and a killed run is simply
repeated. Records are copied byte by byte. What is to be dropped, the caller says.
"""

import fcntl
import hashlib
import os
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from demarche.adapters.archive import Archive, ArchiveError, members, window_folder
from demarche.adapters.containers import Slice, generation, index_paths, open_slice, slices, write_index
from demarche.adapters.ledger import LedgerError, line_of, read_lines
from demarche.model import Fetch

BLOCK = 1 << 20  # bytes copied at once


@dataclass(slots=True)
class Compacted:
    """What a run did: files and bytes before and after, and the damaged files it left as they were."""

    files_before: int = 0
    files_after: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    damaged: list[str] = field(default_factory=list)


@contextmanager
def compacting(root: Path) -> Iterator[None]:
    """Only one process rewrites the archive at a time. Raises ArchiveError where another does."""
    root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(root / ".compacting.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ArchiveError(f"{root}: another process is compacting it") from None
    finally:
        os.close(descriptor)


def compact_day(root: Path, day: datetime, done: Compacted) -> None:
    """Make the small files of one day that no index names yet into one more generation of big ones."""
    folder = window_folder(root, day).parent
    if not folder.is_dir():
        return
    _tidy(folder)
    _count(folder, done, is_before=True)
    archive, known = Archive(root), slices(folder)
    writer = _Generation(folder)
    for window_at in archive.windows(day, day + timedelta(days=1)):
        window = window_folder(root, window_at)
        for ledger in sorted(path for path in window.glob("*.ledger") if path.name not in known):
            try:
                names = _whole_files(archive, window_at, ledger)
            except (ArchiveError, LedgerError, OSError) as error:
                done.damaged.append(str(error))
                continue
            for name in (*names, ledger.name):
                with (window / name).open("rb") as file:
                    writer.add(window.name, name, file)
    writer.close()
    _tidy(folder)
    _count(folder, done, is_before=False)


def expire_day(root: Path, day: datetime, kinds: Collection[str], is_kept: Callable[[Fetch], bool]) -> tuple[int, int]:
    """Drop the bodies of some kinds (feeds, pages) that are not to be kept; returns records and bytes dropped.

    Their attempts stay in the ledger, without a record. Nothing is written where nothing is to be dropped.
    """
    folder = window_folder(root, day).parent
    _tidy(folder)
    archive = Archive(root)
    writer = _Generation(folder)
    dropped = size = 0
    for at, name in _ledgers(archive, day, kinds):
        count, saved = _without_dropped(archive, writer, at, name, is_kept)
        dropped, size = dropped + count, size + saved
    writer.close()
    _tidy(folder)
    return dropped, size


def expirable(root: Path, day: datetime, kinds: Collection[str], is_kept: Callable[[Fetch], bool]) -> tuple[int, int]:
    """How many records of a day would be dropped, and how many bytes they took on the wire; nothing is changed."""
    archive = Archive(root)
    gone: list[Fetch] = []
    for at, name in _ledgers(archive, day, kinds):
        gone += (fetch for fetch in _fetches(archive, at, name) if fetch.record_id and not is_kept(fetch))
    return len(gone), sum(fetch.bytes_received for fetch in gone)


def _ledgers(archive: Archive, day: datetime, kinds: Collection[str]) -> Iterator[tuple[datetime, str]]:
    """The ledgers of a day that tell of some kinds, with their windows."""
    for window_at, names in archive.ledgers(day, day + timedelta(days=1)).items():
        for name in names:
            if _kind(name) in kinds:
                yield datetime.fromisoformat(window_at), name


def _without_dropped(
    archive: Archive, writer: "_Generation", at: datetime, ledger: str, is_kept: Callable[[Fetch], bool]
) -> tuple[int, int]:
    """Write a ledger and its WARC files again without what is not kept; returns records and bytes dropped."""
    fetches = _fetches(archive, at, ledger)
    gone = {fetch.record_id for fetch in fetches if fetch.record_id and not is_kept(fetch)}
    if not gone:
        return 0, 0
    window = window_folder(archive.root, at)
    saved = 0
    for name in sorted({fetch.warc_file for fetch in fetches if fetch.warc_file}):
        with archive.opened(at, name) as file:
            places = list(members(file, window / name))
        kept = [place for place in places if place[0] not in gone]
        saved += sum(length for identity, _, length in places if identity in gone)
        with archive.opened(at, name) as file:
            writer.add(window.name, name, _Joined(_pieces(file, kept)))
    lines = (line_of(_expired(fetch) if fetch.record_id in gone else fetch) + "\n" for fetch in fetches)
    writer.add(window.name, ledger, _Joined(line.encode() for line in lines))
    return len(gone), saved


def _expired(fetch: Fetch) -> Fetch:
    note = "; ".join(part for part in (fetch.note, "the body was kept no longer") if part)
    return replace(fetch, warc_file="", record_id="", note=note)


def _fetches(archive: Archive, at: datetime, ledger: str) -> list[Fetch]:
    with archive.opened(at, ledger) as file:
        return list(read_lines(file, window_folder(archive.root, at) / ledger))


class _Generation:
    """Big files of one day while they are written: one WARC file and one ledger for each kind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stem = f"day-{max((generation(path) for path in index_paths(folder)), default=0) + 1}"
        self._places: list[tuple[str, Slice]] = []
        self._files: dict[str, BinaryIO] = {}

    def add(self, window: str, name: str, source: "BinaryIO | _Joined") -> None:
        """Append one old file."""
        suffix = name.split(".", 1)[1]
        big = f"{self.stem}.{_kind(name)}.{suffix}"
        if big not in self._files:
            self._files[big] = (self.folder / big).open("w+b")
        file, start, digest = self._files[big], self._files[big].tell(), hashlib.sha256()
        while block := source.read(BLOCK):
            digest.update(block)
            file.write(block)
        self._places.append((name, Slice(window, big, start, file.tell() - start, digest.hexdigest())))

    def close(self) -> None:
        """Read back what was written, then write the index, which makes it hold."""
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
            file.close()
        for name, place in self._places:
            if _sha256(self.folder, place) != place.sha256:
                raise ArchiveError(f"{self.folder / place.file}: {name} was not written well; nothing was deleted")
        if self._places:
            write_index(self.folder / f"{self.stem}.index", self._places)


class _Joined:
    """Pieces of bytes, read like a file."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)

    def read(self, _size: int) -> bytes:
        """The next piece that holds anything; nothing at the end."""
        return next((piece for piece in self._pieces if piece), b"")


def _pieces(file: BinaryIO, places: Iterable[tuple[str, int, int]]) -> Iterator[bytes]:
    """The records of a WARC file that lie at these places, in order."""
    at = 0
    for _, start, length in places:
        while at < start:
            at += len(file.read(min(BLOCK, start - at)))
        while at < start + length:
            block = file.read(min(BLOCK, start + length - at))
            at += len(block)
            yield block


def _whole_files(archive: Archive, window_at: datetime, ledger: Path) -> list[str]:
    """The WARC files of a ledger, each read whole once. Raises ArchiveError where a record is missing or damaged."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for fetch in _fetches(archive, window_at, ledger.name):
        if fetch.record_id:
            wanted[fetch.warc_file].add(fetch.record_id)
    own = ledger.with_suffix(".warc.gz")  # also where no attempt got an answer
    if own.exists():
        wanted.setdefault(own.name, set())
    for name, records in wanted.items():
        with archive.opened(window_at, name) as file:
            found = {identity for identity, _, _ in members(file, ledger.with_name(name))}
        with archive.opened(window_at, name) as file:
            _prove_end(file, ledger.with_name(name))
        if missing := records - found:
            raise ArchiveError(f"{ledger.with_name(name)}: {len(missing)} records that its ledger names are not there")
    return sorted(wanted)


def _prove_end(file: BinaryIO, path: Path) -> None:
    """Raise ArchiveError where a gzip file ends within a member: what is appended to it could not be read."""
    member = zlib.decompressobj(wbits=31)
    try:
        while block := file.read(BLOCK):
            while block:
                member = zlib.decompressobj(wbits=31) if member.eof else member
                member.decompress(block)
                block = member.unused_data
    except zlib.error as error:
        raise ArchiveError(f"{path}: {error}") from error
    if not member.eof:
        raise ArchiveError(f"{path}: the file is cut short")


def _tidy(folder: Path) -> None:
    """Delete what an index has made superfluous, and what a killed run left behind."""
    places = slices(folder)
    live = {place.file for place in places.values()}
    for path in folder.glob("day-*"):
        if path.suffix != ".index" and path.name not in live:
            path.unlink()
    for path in folder.glob(".day-*.tmp"):
        path.unlink()
    for name, place in places.items():
        (folder / place.window / name).unlink(missing_ok=True)
    for window in folder.glob("[0-9][0-9][0-9][0-9]"):
        for path in window.glob(".*.tmp"):
            path.unlink()
        if not any(window.iterdir()):
            window.rmdir()


def _count(folder: Path, done: Compacted, *, is_before: bool) -> None:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    if is_before:
        done.files_before, done.bytes_before = done.files_before + len(sizes), done.bytes_before + sum(sizes)
    else:
        done.files_after, done.bytes_after = done.files_after + len(sizes), done.bytes_after + sum(sizes)


def _sha256(day: Path, place: Slice) -> str:
    with open_slice(day, place) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _kind(name: str) -> str:
    """What a batch of this name holds: pages, or feeds and what else shows entries."""
    return "pages" if name.startswith("pages-") else "feeds"


def month_days(month: str) -> list[datetime]:
    """The days of a month such as 2026-10. Raises ArchiveError where it names none."""
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise ArchiveError(f"{month!r} names no month: say 2026-10") from None
    days = [first + timedelta(days=number) for number in range(31)]
    return [day for day in days if day.month == first.month]
