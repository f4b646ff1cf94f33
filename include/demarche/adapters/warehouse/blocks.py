"""A closed database file copied block by block, each held against the checksum that it begins with.

Does not read what is in the blocks: that takes DuckDB several times as long.
"""

import contextlib
import errno
import fcntl
import mmap
import os
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import duckdb
import numpy as np

# storage_info.hpp and checksum.cpp of DuckDB's source: three headers of 4 KiB, then blocks; a block's first
# eight bytes are 5381 and all its other words times this factor, combined by exclusive or.
HEADERS = 12_288
BLOCK = 262_144
SEED = np.uint64(5381)
FACTOR = np.uint64(0xBF58476D1CE4E5B9)
PART = 32 * BLOCK  # that is read while the one before is written
PAGE = 4096
PAST_CACHE = getattr(os, "O_DIRECT", 0)  # Linux has both
CACHED_ONLY = getattr(os, "RWF_NOWAIT", 0)


@dataclass(frozen=True, slots=True)
class Copied:
    """How many blocks were copied, and the numbers of those whose checksum is another."""

    blocks: int
    odd: frozenset[int]

    def is_whole(self, copy: Path, connection: duckdb.DuckDBPyConnection) -> bool:
        """Whether every block of the copy that is in use bears the right checksum; this connection has it open.

        A block that is not in use may hold anything, or lie behind the end of the file. False says only that DuckDB has
        to be asked: another release may write other blocks.
        """
        ((size, count, free),) = connection.execute(
            "SELECT block_size, total_blocks, free_blocks FROM pragma_database_size() "
            "WHERE database_name = current_database()"
        ).fetchall()
        bad = {number for number in (*self.odd, *range(self.blocks, count)) if number < count}
        if size != BLOCK or not bad:
            return bool(size == BLOCK)
        unused = _free_blocks(copy)
        return len(unused) == free and bad <= unused


def _free_blocks(path: Path) -> set[int]:
    """The numbers of the blocks that a database file calls free; nothing where its list cannot be read.

    single_file_block_manager.cpp and metadata_manager.cpp: of two headers the one with the higher iteration counts; its
    fourth number leads to the list, which is written in 64 parts of a block, each begun by the place of the next one.
    """
    part_size = (BLOCK - 8) // 64 // 8 * 8

    def parts(file: BinaryIO, place: int) -> Iterator[bytes]:
        while place < 1 << 63:
            file.seek(HEADERS + (place & (1 << 56) - 1) * BLOCK + 8 + (place >> 56) * part_size)
            part = file.read(part_size)
            place = struct.unpack("<Q", part[:8])[0]
            yield part[8:]

    with path.open("rb") as file, contextlib.suppress(struct.error):
        headers = []
        for place in (4096, 8192):
            file.seek(place + 8)
            headers.append(struct.unpack("<3Q", file.read(24)))
        content = parts(file, max(headers)[2])
        listed = next(content, b"")
        (count,) = struct.unpack("<Q", listed[:8])
        while len(listed) < 8 * (count + 1) and (more := next(content, b"")):
            listed += more
        return set(struct.unpack(f"<{count}q", listed[8 : 8 * (count + 1)]))
    return set()


def copy_blocks(source: Path, target: Path) -> Copied:
    """Copy a database file that nobody has open.

    Past the page cache where the file system can do that, but for what is in it already: a copy of gigabytes would
    push out what analysts and the next load read, and memory that has to be found for it costs more than the disk.
    """
    blocks, odd, place = 0, [], HEADERS
    products = np.empty(BLOCK // 8, dtype="<u8")
    # Memory of whole pages, which passing the cache asks for.
    idle, busy = (memoryview(mmap.mmap(-1, PART)) for _ in range(2))
    with contextlib.ExitStack() as opened:
        cached, past_cache = (_opened(opened, source, os.O_RDONLY | flag) for flag in (0, PAST_CACHE))
        out = _opened(opened, target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | PAST_CACHE)
        writer = opened.enter_context(ThreadPoolExecutor(1))
        size = _read(cached, past_cache, idle[:HEADERS], 0)
        written: Future[None] = writer.submit(_write, out, idle[:size])
        while True:
            idle, busy = busy, idle
            size = _read(cached, past_cache, idle, place)
            for start in range(0, size, BLOCK):
                if start + BLOCK > size or not _is_whole(idle[start : start + BLOCK], products):
                    odd.append(blocks)
                blocks += 1
            written.result()
            if not size:
                return Copied(blocks, frozenset(odd))
            written = writer.submit(_write, out, idle[:size])
            place += size


def _is_whole(data: memoryview, products: np.ndarray) -> bool:
    block = np.frombuffer(data, dtype="<u8")
    np.multiply(block, FACTOR, out=products)
    return bool(block[0] == SEED ^ np.bitwise_xor.reduce(products[1:]))


def _opened(files: contextlib.ExitStack, path: Path, flags: int) -> int:
    """A descriptor of the file; with the cache where the file system knows no way past it."""
    try:
        descriptor = os.open(path, flags, 0o644)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        descriptor = os.open(path, flags & ~PAST_CACHE, 0o644)
    files.callback(os.close, descriptor)
    return descriptor


def _read(cached: int, past_cache: int, into: memoryview, place: int) -> int:
    """Fill the memory from a place of the file, at its end less; returns how much was read."""
    size = 0
    with contextlib.suppress(BlockingIOError):
        size = os.preadv(cached, [into], place, CACHED_ONLY) // PAGE * PAGE
    while size < len(into) and (more := _tried(past_cache, os.preadv, [into[size:]], place + size)):
        size += more
    return size


def _write(descriptor: int, left: memoryview) -> None:
    while left:
        left = left[_tried(descriptor, os.write, left) :]


def _tried(descriptor: int, work: Callable[..., int], *values: object) -> int:
    """Through the cache where the file system, or the odd end of a damaged file, asks for that."""
    try:
        return work(descriptor, *values)
    except OSError as error:
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        if error.errno != errno.EINVAL or not flags & PAST_CACHE:
            raise
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags & ~PAST_CACHE)
        return work(descriptor, *values)
