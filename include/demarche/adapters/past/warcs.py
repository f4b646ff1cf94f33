"""Reads WARC files of others as they stream in: cut off, damaged, chunked or packed, from disk or in pieces.

Owns the scanning; the archive's own files are read by `adapters.archive`. It is fed with bytes and asks for nothing,
so the same scanner serves a local file and byte ranges from afar. Unwanted records are skipped, not kept in memory.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

GZIP = b"\x1f\x8b\x08"
UNPACKED_AT_ONCE = 4_000_000  # bytes: a few packed ones may stand for thousands of times as many
HEADER_LIMIT = 65_536  # bytes of one WARC header
CHUNK_SIZE = re.compile(rb"^([0-9a-fA-F]{1,8})[^\r\n]{0,200}\r?\n")

Wants = Callable[[dict[str, str]], bool]


@dataclass(frozen=True, slots=True)
class Scanned:
    """A wanted record. `offset` is where its compressed member begins, from where reading can start again."""

    number: int
    offset: int
    headers: dict[str, str]  # of the WARC record, names in lower case
    content: bytes
    is_cut: bool = False  # longer than the limit


@dataclass(frozen=True, slots=True)
class Damage:
    """A place where the file cannot be read."""

    number: int
    offset: int
    message: str


@dataclass(slots=True)
class Scanner:
    """Takes a WARC file piece by piece and gives its wanted records."""

    wants: Wants
    limit: int  # bytes of one record that are kept
    offset: int = 0  # of the next byte to be fed
    number: int = 0  # records begun
    safe_offset: int = 0  # where reading can start again without losing or repeating a whole record
    is_packed: bool | None = None
    _began_at: int = 0  # where reading began: later than 0 where an earlier run had read before
    _unpack: "zlib._Decompress | None" = None
    _member_at: int = 0
    _pending: bytes = b""  # unpacked bytes not yet understood
    _headers: dict[str, str] | None = None
    _left: int = 0  # bytes of the record's content still to come
    _kept: list[bytes] = field(default_factory=list)
    _kept_size: int = 0
    _is_wanted: bool = False
    _is_cut: bool = False
    _is_lost: bool = False  # damage was told; the next member is looked for

    def __post_init__(self) -> None:
        self._began_at = self.offset

    def feed(self, piece: bytes) -> Iterator[Scanned | Damage]:
        """The records that end in this piece."""
        if self.is_packed is None and piece:
            self.is_packed = piece[:1] == GZIP[:1]
            self._member_at = self.safe_offset = self.offset
        if not self.is_packed:
            start = self.offset
            self.offset += len(piece)
            yield from self._take(piece, start)
            return
        while piece:
            if self._unpack is None:
                skipped = self._next_member(piece)
                piece = piece[skipped:]
                self.offset += skipped
                if not piece:
                    return
                self._unpack = zlib.decompressobj(31)
                self._member_at = self.offset
            try:
                out = self._unpack.decompress(piece, UNPACKED_AT_ONCE)
            except zlib.error as error:
                yield Damage(self.number, self._member_at, f"cannot be unpacked: {error}")
                self._reset(is_lost=True)
                self.offset += 1
                piece = piece[1:]
                continue
            yield from self._take(out, self._member_at)
            is_end = self._unpack.eof
            rest = self._unpack.unused_data if is_end else self._unpack.unconsumed_tail
            self.offset += len(piece) - len(rest)
            piece = rest
            if is_end:
                self._unpack = None
                yield from self._end_member()

    def finish(self) -> Damage | None:
        """What is wrong with the end of the file: a record that was cut off, or nothing at all in it."""
        is_inside = self._unpack is not None or self._headers is not None or bool(self._pending.strip())
        if is_inside and not self._is_lost:
            return Damage(max(self.number, 1), self._member_at, "cut off: the file ends inside this record")
        if not self.number and not self._began_at:
            return Damage(0, 0, "no WARC record in it")
        return None

    def _next_member(self, piece: bytes) -> int:
        """How many bytes lie before the next member: none, but after damage."""
        if piece.startswith(GZIP) or (not self._is_lost and GZIP.startswith(piece[:3])):
            return 0
        found = piece.find(GZIP)
        return found if found >= 0 else len(piece)

    def _end_member(self) -> Iterator[Damage]:
        if self._headers is not None:
            yield Damage(self.number, self._member_at, f"its content lacks {self._left} bytes")
            self._reset(is_lost=False)
        self._pending = b""
        self._is_lost = False
        self.safe_offset = self.offset

    def _reset(self, *, is_lost: bool) -> None:
        self._unpack = None
        self._pending = b""
        self._headers = None
        self._kept, self._kept_size = [], 0
        self._is_lost = is_lost

    def _take(self, data: bytes, offset: int) -> Iterator[Scanned | Damage]:
        """Understand unpacked bytes."""
        while True:
            if self._headers is not None:
                if len(data) < self._left:
                    self._keep(data)
                    self._left -= len(data)
                    return
                self._keep(data[: self._left])
                data = data[self._left :]
                if self._is_wanted:
                    content = b"".join(self._kept)
                    yield Scanned(self.number, self._member_at, self._headers, content, self._is_cut)
                self._headers, self._kept, self._kept_size = None, [], 0
                if not self.is_packed:
                    self.safe_offset = self.offset - len(data)
            self._pending += data
            data = b""
            start = self._pending.lstrip(b"\r\n")
            if not self.is_packed:
                self._member_at = self.offset - len(start)
            end = start.find(b"\r\n\r\n")
            if end < 0:
                self._pending = start
                if len(start) > HEADER_LIMIT or (start and not b"WARC/".startswith(start[:5])):
                    yield Damage(self.number, offset, "no WARC header where one should begin")
                    self._pending = b""
                    self._is_lost = True
                return
            headers = _headers(start[:end])
            data = start[end + 4 :]
            self._pending = b""
            if headers is None:
                yield Damage(self.number, offset, "no WARC header where one should begin")
                self._is_lost = True
                return
            self.number += 1
            self._headers = headers
            self._left = int(headers["content-length"])
            self._is_wanted = self.wants(headers)
            self._is_cut = False

    def _keep(self, data: bytes) -> None:
        if not self._is_wanted:
            return
        room = self.limit - self._kept_size
        if len(data) > room:
            self._is_cut = True
            data = data[: max(room, 0)]
        if data:
            self._kept.append(data)
            self._kept_size += len(data)


@dataclass(frozen=True, slots=True)
class Archived:
    """The HTTP response in a record's content. `body` is unchunked, content codings not undone."""

    status: str  # such as `200 OK`
    code: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first value of a header, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def read_response(content: bytes) -> Archived | None:
    """The response in a record; None where there is none."""
    head, mark, body = content.partition(b"\r\n\r\n")
    if not mark:
        head, mark, body = content.partition(b"\n\n")
    lines = head.decode("utf-8", "replace").splitlines()
    parts = lines[0].split(" ", 1) if lines else []
    if len(parts) < 2 or not parts[0].startswith("HTTP/") or not parts[1][:3].isdigit():
        return None
    headers = tuple(
        (name.strip(), value.strip()) for name, colon, value in (line.partition(":") for line in lines[1:]) if colon
    )
    chunked = any(name.lower() == "transfer-encoding" and "chunked" in value.lower() for name, value in headers)
    if chunked:
        body = _unchunked(body)
        headers = tuple(
            (f"X-Archive-{name}" if name.lower() == "transfer-encoding" else name, value) for name, value in headers
        )
    return Archived(parts[1].strip(), int(parts[1][:3]), headers, body)


def _unchunked(body: bytes) -> bytes:
    """The body without the sizes of its chunks; as it is where they were taken away before."""
    parts: list[bytes] = []
    rest = body
    while rest:
        size = CHUNK_SIZE.match(rest)
        if size is None:
            return b"".join(parts) if parts else body
        length = int(size[1], 16)
        if length == 0:
            return b"".join(parts)
        parts.append(rest[size.end() : size.end() + length])
        rest = rest[size.end() + length :].lstrip(b"\r\n")
    return b"".join(parts)


def _headers(text: bytes) -> dict[str, str] | None:
    """The fields of a WARC header; None where it is none."""
    if not text.startswith(b"WARC/"):
        return None
    fields: dict[str, str] = {}
    for line in text.decode("utf-8", "replace").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    return fields if fields.get("content-length", "").isdigit() else None
