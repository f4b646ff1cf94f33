"""Whether the blocks of a closed database file are what DuckDB wrote, by the checksum that each begins with.

Does not read what is in them: that takes DuckDB several times as long.
"""

from pathlib import Path

import duckdb
import numpy as np

# storage_info.hpp and checksum.cpp of DuckDB's source: three headers of 4 KiB, then blocks; a block's first
# eight bytes are 5381 and all its other words times this factor, combined by exclusive or.
HEADERS = 3 * 4096
SEED = np.uint64(5381)
FACTOR = np.uint64(0xBF58476D1CE4E5B9)


def has_whole_blocks(path: Path, connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether every block of the file, which this connection has open, bears the right checksum.

    False says only that DuckDB has to be asked: a block that is not in use may hold anything, and another release may
    write other blocks.
    """
    size, count = connection.execute(
        "SELECT block_size, total_blocks FROM pragma_database_size() WHERE database_name = current_database()"
    ).fetchall()[0]
    block = np.empty(size // 8, dtype="<u8")
    products = np.empty_like(block)
    with path.open("rb", buffering=0) as file:
        file.seek(HEADERS)
        for _ in range(count):
            if file.readinto(block) != size:  # type: ignore[arg-type]
                return False
            np.multiply(block, FACTOR, out=products)
            if block[0] != SEED ^ np.bitwise_xor.reduce(products[1:]):
                return False
    return bool(count)
