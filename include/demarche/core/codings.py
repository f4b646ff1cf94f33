"""Undoes HTTP content codings (gzip, deflate, brotli, zstd, stacked ones) within a bound on memory.

It does not fetch, and it does not decode characters.
"""

import re
import zlib
from collections.abc import Callable, Iterator

import brotli
import zstandard

from demarche.model import Decoded, Outcome

MAX_LAYERS = 4  # nobody stacks more codings in earnest; each layer of a bomb multiplies the work
STEP = 65_536  # bytes of output asked for at a time
# A zstd block of four bytes can stand for 128 KiB, so the input goes in by so few bytes that a step stays under 4 MiB.
ZSTD_STEP = 128
ZSTD_MIN_WINDOW = 8 * 1024 * 1024  # RFC 9659: what every HTTP client must accept
ZSTD_MAX_WINDOW = 128 * 1024 * 1024

GZIP_MAGIC = b"\x1f\x8b\x08"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# How documents of text begin once byte order marks and white space are gone.
TEXT_OPENINGS = (b"<", b"{", b"[", b"#", b'"')
# Compressed data nearly always has one of these early; text has none (NUL belongs to UTF-16).
CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
TEXT_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class _BrokenError(ValueError):
    """Data that ends early or is no data of its coding."""


def decoded(body: bytes, encoding: str, limit: int) -> Decoded:
    """The body without the codings that the Content-Encoding header `encoding` names.

    Never holds much more than `limit` bytes of output: more is Outcome.TOO_LARGE. Broken or truncated data is
    Outcome.BAD_ENCODING. A header that lies is overruled by what the bytes plainly are, with a note.
    """
    names = [name.strip().lower() for name in encoding.split(",")]
    layers = [name for name in reversed(names) if name not in ("", "identity", "none")]
    if len(layers) > MAX_LAYERS:
        return Decoded(problem=Outcome.BAD_ENCODING, note=f"{len(layers)} stacked codings")
    notes: list[str] = []
    for layer in layers:
        step = _one_layer(body, layer, limit)
        if step.problem is not None:
            return step
        body = step.body
        notes += [step.note] if step.note else []
    for _ in range(2):  # a .xml.gz file: compressed without a header, or once more than the header says
        hidden = _hidden_coding(body)
        if not hidden:
            break
        step = _one_layer(body, hidden, limit)
        if step.problem is not None:
            return step
        body = step.body
        notes.append(f"{hidden} that the header does not name")
    if len(body) > limit:
        return Decoded(problem=Outcome.TOO_LARGE, note=f"more than {limit} bytes")
    return Decoded(body=body, note="; ".join(notes))


def _one_layer(body: bytes, name: str, limit: int) -> Decoded:
    """The body with one coding undone; text that was never coded passes with a note."""
    if not body:
        return Decoded()
    stream = STREAMS.get(name)
    if stream is None:
        if is_text(body):
            return Decoded(body=body, note=f"unknown coding {name[:40]!r} on a plain body")
        return Decoded(problem=Outcome.BAD_ENCODING, note=f"unknown coding {name[:40]!r}")
    if name in ("gzip", "x-gzip", "zstd") and _hidden_coding(body) == "" and is_text(body):
        return Decoded(body=body, note=f"header says {name}, body is plain")
    pieces, size = [], 0
    try:
        for piece in stream(body, limit):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                return Decoded(problem=Outcome.TOO_LARGE, note=f"{name}: more than {limit} bytes")
    except (_BrokenError, zlib.error, brotli.error, zstandard.ZstdError, MemoryError) as error:
        if is_text(body):
            return Decoded(body=body, note=f"header says {name}, body is plain")
        hidden = _hidden_coding(body)
        if hidden and hidden != name and not (hidden == "gzip" and name == "x-gzip"):
            return _one_layer(body, hidden, limit)
        return Decoded(problem=Outcome.BAD_ENCODING, note=f"{name}: {error}")
    return Decoded(body=b"".join(pieces))


def _hidden_coding(body: bytes) -> str:
    """The coding that the first bytes give away, or ""."""
    if body.startswith(GZIP_MAGIC):
        return "gzip"
    return "zstd" if body.startswith(ZSTD_MAGIC) else ""


def is_text(body: bytes) -> bool:
    """True where the bytes plainly begin a document of text."""
    head = body[:512]
    for mark in TEXT_MARKS:
        head = head.removeprefix(mark)
    if CONTROLS.search(head):
        return False
    return head.lstrip(b"\x00 \t\r\n").startswith(TEXT_OPENINGS)


def _inflated(body: bytes, window_bits: int) -> Iterator[bytes]:
    """The output of zlib data, in steps; members that follow each other (gzip) are joined."""
    while body:
        engine = zlib.decompressobj(window_bits)
        data = body
        while not engine.eof:
            piece = engine.decompress(data, STEP)
            data = engine.unconsumed_tail
            if piece:
                yield piece
            elif not data and not engine.eof:
                raise _BrokenError("truncated")
        body = engine.unused_data
        if not body.startswith(GZIP_MAGIC[:2]):  # padding and trailing rubbish are common and harmless
            return


def _gunzipped(body: bytes, _limit: int) -> Iterator[bytes]:
    return _inflated(body, 16 + zlib.MAX_WBITS)


def _deflated(body: bytes, _limit: int) -> Iterator[bytes]:
    """zlib data as RFC 9110 wants it, or raw deflate data as many servers send it."""
    try:
        zlib.decompressobj().decompress(body[:64], 1)
    except zlib.error:
        return _inflated(body, -zlib.MAX_WBITS)
    return _inflated(body, zlib.MAX_WBITS)


def _unbrotlied(body: bytes, _limit: int) -> Iterator[bytes]:
    engine = brotli.Decompressor()
    data = body
    while not engine.is_finished():
        piece = engine.process(data, output_buffer_limit=STEP)
        data = b""
        if piece:
            yield piece
        elif engine.can_accept_more_data():
            raise _BrokenError("truncated")


def _unzstded(body: bytes, limit: int) -> Iterator[bytes]:
    window = min(max(limit, ZSTD_MIN_WINDOW), ZSTD_MAX_WINDOW)
    maker = zstandard.ZstdDecompressor(max_window_size=window)
    engine = maker.decompressobj()
    position = 0
    while position < len(body):
        piece = engine.decompress(body[position : position + ZSTD_STEP])
        position += ZSTD_STEP
        if piece:
            yield piece
        if engine.eof:
            position = min(position, len(body)) - len(engine.unused_data)
            if not body.startswith(ZSTD_MAGIC, position):
                return
            engine = maker.decompressobj()
    if not engine.eof:
        raise _BrokenError("truncated")


STREAMS: dict[str, Callable[[bytes, int], Iterator[bytes]]] = {
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _deflated,
    "br": _unbrotlied,
    "zstd": _unzstded,
}
