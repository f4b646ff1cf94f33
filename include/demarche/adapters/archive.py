"""The archive: what came over the network, as WARC files (ISO 28500) with a ledger beside each.

Owns names, places and the writing and reading of records. It does not parse what it keeps.

    archive/2026/11/22/1815/feeds-b03-7d1c9a52.warc.gz     responses and revisits of one batch
    archive/2026/11/22/1815/feeds-b03-7d1c9a52.ledger      every attempt of that batch

The ledger is written last. A WARC file without one is the rest of a killed task, and no reader opens it.
"""

import hashlib
import io
import os
import uuid
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from demarche.adapters.ledger import read_ledger, write_ledger
from demarche.model import Fetch

Headers = Sequence[tuple[str, str]]

NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
SAME_DIGEST = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


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
        self._writer = WARCWriter(self._file, gzip=True)
        self._writer.write_record(
            self._writer.create_warcinfo_record(
                self.warc_file, {"software": "Demarche", "format": "WARC File Format 1.1", "isPartOf": name}
            )
        )

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
        headers: Headers,
        body: bytes,
        is_truncated: bool = False,
    ) -> str:
        """Write a response as it was received; returns the record's id."""
        http = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
        extra = _dated(captured_at) | ({"WARC-Truncated": "unspecified"} if is_truncated else {})
        record = self._writer.create_warc_record(
            url, "response", payload=io.BytesIO(body), http_headers=http, warc_headers_dict=extra
        )
        self._writer.write_record(record)
        return str(record.rec_headers.get_header("WARC-Record-ID"))

    def keep_revisit(
        self, *, url: str, captured_at: datetime, status: str, headers: Headers, digest: str, refers_to: str
    ) -> str:
        """Write that an address still gave what record `refers_to` holds; returns the record's id."""
        http = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
        profile = NOT_MODIFIED if status.startswith("304") else SAME_DIGEST
        extra = {**_dated(captured_at), "WARC-Profile": profile}
        if refers_to:
            extra["WARC-Refers-To"] = refers_to
        if digest:
            extra["WARC-Payload-Digest"] = f"sha256:{digest}"
        record = self._writer.create_warc_record(url, "revisit", http_headers=http, warc_headers_dict=extra)
        self._writer.write_record(record)
        return str(record.rec_headers.get_header("WARC-Record-ID"))

    def keep_metadata(
        self, *, refers_to: str, url: str, captured_at: datetime, fields: Sequence[tuple[str, str]]
    ) -> None:
        """Write what is known about record `refers_to` beyond what was received: where an import had it from."""
        text = "".join(f"{name}: {value}\r\n" for name, value in fields).encode("utf-8", "replace")
        record = self._writer.create_warc_record(
            url,
            "metadata",
            payload=io.BytesIO(text),
            warc_content_type="application/warc-fields",
            warc_headers_dict={**_dated(captured_at), "WARC-Refers-To": refers_to},
        )
        self._writer.write_record(record)

    def keep_resource(self, *, url: str, captured_at: datetime, content_type: str, body: bytes) -> str:
        """Write a document that came without an HTTP answer; returns the record's id."""
        record = self._writer.create_warc_record(
            url,
            "resource",
            payload=io.BytesIO(body),
            warc_content_type=content_type,
            warc_headers_dict=_dated(captured_at),
        )
        self._writer.write_record(record)
        return str(record.rec_headers.get_header("WARC-Record-ID"))

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
        found = []
        day = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        while day < end:
            for folder in sorted((self.root / day.strftime("%Y/%m/%d")).glob("[0-9][0-9][0-9][0-9]")):
                window_at = day.replace(hour=int(folder.name[:2]), minute=int(folder.name[2:]))
                if start <= window_at < end and any(folder.glob("*.ledger")):
                    found.append(window_at)
            day += timedelta(days=1)
        return tuple(found)

    def ledgers(self, start: datetime, end: datetime) -> dict[str, list[str]]:
        """The windows with start <= window < end that hold anything, as ISO times, with the names of their ledgers."""
        return {
            window_at.isoformat(): sorted(path.name for path in window_folder(self.root, window_at).glob("*.ledger"))
            for window_at in self.windows(start, end)
        }

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
        folder = window_folder(self.root, window_at)
        found = [fetch for path in sorted(folder.glob("*.ledger")) for fetch in read_ledger(path)]
        return tuple(sorted(found, key=lambda fetch: (fetch.started_at, fetch.fetch_id)))

    def records(self, window_at: datetime, warc_file: str, wanted: Collection[str]) -> Iterator[Record]:
        """The wanted responses and revisits of one WARC file, in order.

        Raises ArchiveError that names the file and the place, also where a wanted record is absent: the reader of
        WARC takes a file that was cut short for one that has ended.
        """
        path = window_folder(self.root, window_at) / warc_file
        found: set[str] = set()
        try:
            with path.open("rb") as file:
                for number, record in enumerate(ArchiveIterator(file, check_digests=True), 1):
                    identity = record.rec_headers.get_header("WARC-Record-ID")
                    if identity in wanted:
                        found.add(identity)
                        yield _record(path, number, record)
        except (OSError, EOFError, zlib.error, ArchiveLoadFailed) as error:
            raise ArchiveError(f"{path}: {error}") from error
        if missing := set(wanted) - found:
            raise ArchiveError(
                f"{path}: {len(missing)} of {len(wanted)} records that its ledger names are not there, "
                f"such as {min(missing)}: the file is damaged"
            )


def _dated(captured_at: datetime) -> dict[str, str]:
    return {"WARC-Date": captured_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def _record(path: Path, number: int, record: object) -> Record:
    headers = record.rec_headers  # type: ignore[attr-defined]
    body = record.raw_stream.read()  # type: ignore[attr-defined]
    checker = record.digest_checker  # type: ignore[attr-defined]
    if checker is not None and checker.passed is False:
        raise ArchiveError(f"{path}, record {number}: the digest does not match, the file is damaged")
    http = record.http_headers  # type: ignore[attr-defined]
    return Record(
        record_id=headers.get_header("WARC-Record-ID"),
        url=headers.get_header("WARC-Target-URI"),
        captured_at=datetime.fromisoformat(headers.get_header("WARC-Date")),
        headers=tuple(http.headers) if http is not None else (("Content-Type", headers.get_header("Content-Type")),),
        body=body,
        is_revisit=record.rec_type == "revisit",  # type: ignore[attr-defined]
    )


def digest_of(body: bytes) -> str:
    """SHA-256 of a body, hex: what the ledger calls its digest."""
    return hashlib.sha256(body).hexdigest()
