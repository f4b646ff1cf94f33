"""A closed database file copied block by block, each held against the checksum that it begins with.

Does not read what is in the blocks: that takes DuckDB several times as long.
"""

import errno
import fcntl
import mmap
import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

# storage_info.hpp and checksum.cpp of DuckDB's source: three headers of 4 KiB, then blocks; a block's first
# eight bytes are 5381 and all its other words times this factor, combined by exclusive or.
HEADERS = 3 * 4096
BLOCK = 262_144
SEED = np.uint64(5381)
FACTOR = np.uint64(0xBF58476D1CE4E5B9)
PART = 32 * BLOCK  # that is read while the one before is written
PAST_CACHE = getattr(os, "O_DIRECT", 0)


@dataclass(frozen=True, slots=True)
class Copied:
    """How many blocks were copied, and the numbers of those whose checksum is another."""

    blocks: int
    odd: frozenset[int]

    def is_whole(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Whether every block of the copy, which this connection has open, bears the right checksum.

        False says only that DuckDB has to be asked: a block that is not in use may hold anything, and another release
        may write other blocks.
        """
        ((size, count),) = connection.execute(
            "SELECT block_size, total_blocks FROM pragma_database_size() WHERE database_name = current_database()"
        ).fetchall()
        return bool(size == BLOCK and 0 < count <= self.blocks and not any(number < count for number in self.odd))


def copy_blocks(source: Path, target: Path) -> Copied:
    """Copy a database file that nobody has open.

    Written past the page cache where the file system can do that: a copy of gigabytes would push out of it what
    analysts and the next load read, and memory that has to be found for it costs more than the disk.
    """
    blocks, odd = 0, []
    products = np.empty(BLOCK // 8, dtype="<u8")
    descriptor = _opened(target)
    try:
        with source.open("rb", buffering=0) as file, ThreadPoolExecutor(1) as writer:
            # Memory of whole pages, which writing past the cache asks for.
            idle, busy = (memoryview(mmap.mmap(-1, PART)) for _ in range(2))
            file.readinto(idle[:HEADERS])
            written: Future[None] = writer.submit(_write, descriptor, idle[: min(HEADERS, source.stat().st_size)])
            while True:
                idle, busy = busy, idle
                size = file.readinto(idle)
                for start in range(0, size, BLOCK):
                    if start + BLOCK > size or not _is_whole(idle[start : start + BLOCK], products):
                        odd.append(blocks)
                    blocks += 1
                written.result()
                if not size:
                    return Copied(blocks, frozenset(odd))
                written = writer.submit(_write, descriptor, idle[:size])
    finally:
        os.close(descriptor)


def _is_whole(data: memoryview, products: np.ndarray) -> bool:  # type: ignore[type-arg]
    block = np.frombuffer(data, dtype="<u8")
    np.multiply(block, FACTOR, out=products)
    return bool(block[0] == SEED ^ np.bitwise_xor.reduce(products[1:]))


def _opened(target: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    try:
        return os.open(target, flags | PAST_CACHE, 0o644)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return os.open(target, flags, 0o644)


def _write(descriptor: int, left: memoryview) -> None:
    """Write all of it; through the cache where the file system, or the odd end of a damaged file, asks for that."""
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except OSError as error:
            flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
            if error.errno != errno.EINVAL or not flags & PAST_CACHE:
                raise
            fcntl.fcntl(descriptor, fcntl.F_SETFL, flags & ~PAST_CACHE)
