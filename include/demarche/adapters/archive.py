"""The archive: what came over the network, as WARC files (ISO 28500) with a ledger beside each.

Owns names, places and the writing and reading of records. It does not parse what it keeps.

    archive/2026/11/22/1815/feeds-b03-7d1c9a52.warc.gz     responses and revisits of one batch
    archive/2026/11/22/1815/feeds-b03-7d1c9a52.ledger      every attempt of that batch
    archive/2026/10/05/day-1.index                         a compacted day, see `containers`

The ledger is written last. A WARC file without one is the rest of a killed task, and no reader opens it.
"""

import hashlib
import os
import uuid
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from demarche.adapters import warc
from demarche.adapters.containers import open_slice, slices
from demarche.adapters.ledger import read_lines, write_ledger
from demarche.model import Fetch


class ArchiveError(RuntimeError):
    """An archive file that cannot be read; the message names it and the place."""


@dataclass(frozen=True, slots=True)
class Record:
    """One kept response. `body` is as it was received, content codings not undone; empty for a revisit."""

    record_id: str
    url: str
    captured_at: datetime
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_revisit: bool

    def header(self, name: str) -> str:
        """The first value of an HTTP header, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def window_folder(root: Path, window_at: datetime) -> Path:
    """Where the batches of one arrival window lie."""
    return root / window_at.astimezone(UTC).strftime("%Y/%m/%d/%H%M")


class Batch:
    """The files of one batch while they are written."""

    def __init__(self, folder: Path, kind: str, name: str) -> None:
        self.stem = f"{kind}-{name}-{uuid.uuid4().hex[:8]}"
        self.folder = folder
        self.temporary = folder / f".{self.stem}.warc.gz.tmp"
        self.fetches: list[Fetch] = []
        self._file = self.temporary.open("wb")
        about = (("software", "Demarche"), ("format", "WARC File Format 1.1"), ("isPartOf", name))
        self._file.write(warc.warcinfo(self.warc_file, about, datetime.now(UTC)))

    @property
    def warc_file(self) -> str:
        """The name that the WARC file will have."""
        return f"{self.stem}.warc.gz"

    def keep_response(
        self,
        *,
        url: str,
        captured_at: datetime,
        status: str,
        headers: warc.Headers,
        body: bytes,
        is_truncated: bool = False,
    ) -> str:
        """Write a response as it was received; returns the record's id."""
        identity, record = warc.response(url, captured_at, status, headers, body, is_truncated=is_truncated)
        self._file.write(record)
        return identity

    def keep_revisit(
        self, *, url: str, captured_at: datetime, status: str, headers: warc.Headers, digest: str, refers_to: str
    ) -> str:
        """Write that an address still gave what record `refers_to` holds; returns the record's id."""
        identity, record = warc.revisit(url, captured_at, status, headers, digest=digest, refers_to=refers_to)
        self._file.write(record)
        return identity

    def keep_metadata(self, *, refers_to: str, url: str, captured_at: datetime, fields: warc.Headers) -> None:
        """Write what is known about record `refers_to` beyond what was received: where an import had it from."""
        self._file.write(warc.metadata(url, captured_at, fields, refers_to=refers_to))

    def keep_resource(self, *, url: str, captured_at: datetime, content_type: str, body: bytes) -> str:
        """Write a document that came without an HTTP answer; returns the record's id."""
        identity, record = warc.resource(url, captured_at, content_type, body)
        self._file.write(record)
        return identity

    def close(self) -> None:
        """Give the files their names, the ledger last."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self.temporary.replace(self.folder / self.warc_file)
        write_ledger(self.folder / f"{self.stem}.ledger", self.fetches)

    def abandon(self) -> None:
        """Throw away what was written."""
        self._file.close()
        self.temporary.unlink(missing_ok=True)


class Archive:
    """The archive folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def batch(self, window_at: datetime, kind: str, name: str) -> Iterator[Batch]:
        """A batch to write to; its files appear when the block ends well, and not at all otherwise."""
        batch = self.open_batch(window_at, kind, name)
        try:
            yield batch
        except BaseException:
            batch.abandon()
            raise
        batch.close()

    def open_batch(self, window_at: datetime, kind: str, name: str) -> Batch:
        """A batch that the caller closes or abandons."""
        folder = window_folder(self.root, window_at)
        folder.mkdir(parents=True, exist_ok=True)
        return Batch(folder, kind, name)

    def windows(self, start: datetime, end: datetime) -> tuple[datetime, ...]:
        """The windows with start <= window < end that hold anything, in order."""
        return tuple(datetime.fromisoformat(window_at) for window_at in self.ledgers(start, end))

    def ledgers(self, start: datetime, end: datetime) -> dict[str, list[str]]:
        """The windows with start <= window < end that hold anything, as ISO times, with the names of their ledgers."""
        found: dict[str, list[str]] = {}
        day = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        while day < end:
            for name, names in sorted(self._ledgers_of_day(day, start, end).items()):
                window_at = day.replace(hour=int(name[:2]), minute=int(name[2:]))
                if start <= window_at < end:
                    found[window_at.isoformat()] = sorted(names)
            day += timedelta(days=1)
        return found

    def _ledgers_of_day(self, day: datetime, start: datetime, end: datetime) -> dict[str, set[str]]:
        """Ledger names by window folder (HHMM). Small files first: what is compacted meanwhile is then in the index."""
        folder = window_folder(self.root, day).parent
        found: dict[str, set[str]] = defaultdict(set)
        is_one_window = end - start <= timedelta(minutes=15)
        for window in folder.glob(f"{start.astimezone(UTC):%H%M}" if is_one_window else "[0-9][0-9][0-9][0-9]"):
            if names := {path.name for path in window.glob("*.ledger")}:
                found[window.name] = names
        for name, place in slices(folder).items():
            if name.endswith(".ledger"):
                found[place.window].add(name)
        return found

    def span(self) -> tuple[datetime, datetime] | None:
        """First and last day with anything in the archive, or None where it is empty."""
        days = sorted(
            tuple(int(part) for part in path.relative_to(self.root).parts)
            for path in self.root.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]")
        )
        if not days:
            return None
        return datetime(*days[0], tzinfo=UTC), datetime(*days[-1], tzinfo=UTC)  # type: ignore[arg-type,misc]

    def fetches(self, window_at: datetime) -> tuple[Fetch, ...]:
        """Every attempt of a window, in the order the attempts began."""
        found: list[Fetch] = []
        for names in self.ledgers(window_at, window_at + timedelta(minutes=15)).values():
            for name in names:
                with self.opened(window_at, name) as file:
                    found += read_lines(file, window_folder(self.root, window_at) / name)
        return tuple(sorted(found, key=lambda fetch: (fetch.started_at, fetch.fetch_id)))

    def opened(self, window_at: datetime, name: str) -> BinaryIO:
        """A file of a window, wherever it lies. Raises FileNotFoundError."""
        path = window_folder(self.root, window_at)
        for is_last in (False, True):
            # An index wins over what it replaces, which is deleted after the index was written: so ask twice.
            place = slices(path.parent).get(name)
            try:
                return open_slice(path.parent, place) if place else (path / name).open("rb")
            except FileNotFoundError:
                if is_last:
                    raise
        raise AssertionError("unreachable")

    def records(self, window_at: datetime, warc_file: str, wanted: Collection[str]) -> Iterator[Record]:
        """The wanted responses and revisits of one WARC file, in order.

        Raises ArchiveError that names the file and the place, also where a wanted record is absent: the reader of
        WARC takes a file that was cut short for one that has ended.
        """
        path = window_folder(self.root, window_at) / warc_file
        found: set[str] = set()
        with _naming(path), self.opened(window_at, warc_file) as file:
            for number, record in enumerate(_reader(file), 1):
                identity = record.rec_headers.get_header("WARC-Record-ID")
                if identity in wanted:
                    found.add(identity)
                    yield _record(path, number, record)
        if missing := set(wanted) - found:
            raise ArchiveError(
                f"{path}: {len(missing)} of {len(wanted)} records that its ledger names are not there, "
                f"such as {min(missing)}: the file is damaged"
            )


def _record(path: Path, number: int, record: object) -> Record:
    headers = record.rec_headers  # type: ignore[attr-defined]
    body = record.raw_stream.read()  # type: ignore[attr-defined]
    _prove(path, number, record)
    http = record.http_headers  # type: ignore[attr-defined]
    return Record(
        record_id=headers.get_header("WARC-Record-ID"),
        url=headers.get_header("WARC-Target-URI"),
        captured_at=datetime.fromisoformat(headers.get_header("WARC-Date")),
        headers=tuple(http.headers) if http is not None else (("Content-Type", headers.get_header("Content-Type")),),
        body=body,
        is_revisit=record.rec_type == "revisit",  # type: ignore[attr-defined]
    )


def _prove(path: Path, number: int, record: object) -> None:
    """Raise ArchiveError where a record that was read to its end is damaged or ended too early."""
    checker = record.digest_checker  # type: ignore[attr-defined]
    if checker is not None and checker.passed is False:
        raise ArchiveError(f"{path}, record {number}: the digest does not match, the file is damaged")
    # The reader of WARC takes a record that was cut short for a shorter one, and then checks no digest.
    if getattr(record.raw_stream, "limit", 0):  # type: ignore[attr-defined]
        raise ArchiveError(f"{path}, record {number}: the file ends in the middle of it")


def _reader(file: BinaryIO) -> Any:
    """The records of a WARC file, one after the other."""
    # A fetching process reads no WARC, and this library's imports cost it a tenth of a second.
    from warcio.archiveiterator import ArchiveIterator

    return ArchiveIterator(file, check_digests=True)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Makes an ArchiveError that names `path` of all that reading a damaged file raises."""
    from warcio.exceptions import ArchiveLoadFailed

    try:
        yield
    except (OSError, EOFError, zlib.error, ArchiveLoadFailed) as error:
        raise ArchiveError(f"{path}: {error}") from error


def members(file: BinaryIO, path: Path) -> Iterator[tuple[str, int, int]]:
    """Id, start and length in bytes of each record of a WARC file. Raises ArchiveError that names `path`."""
    with _naming(path):
        reader = _reader(file)
        for number, record in enumerate(reader, 1):
            record.raw_stream.read()
            _prove(path, number, record)
            identity = record.rec_headers.get_header("WARC-Record-ID")
            yield identity, reader.get_record_offset(), reader.get_record_length()


def digest_of(body: bytes) -> str:
    """SHA-256 of a body, hex: what the ledger calls its digest."""
    return hashlib.sha256(body).hexdigest()
