"""The checksums by which a published copy is proven, held against files that DuckDB itself wrote."""

from dataclasses import replace

import duckdb
import pytest

from demarche.adapters.warehouse import Published, Warehouse, WarehouseError
from demarche.adapters.warehouse.blocks import BLOCK, HEADERS, _free_blocks, copy_blocks


@pytest.fixture
def holed(settings):
    """A warehouse file in which a table was dropped, so that blocks in its midst are not in use."""
    Warehouse(settings).last_load()
    with duckdb.connect(str(settings.warehouse)) as connection:
        for statement in (
            "CREATE TABLE core.dropped AS SELECT md5(i::VARCHAR) AS words FROM range(100000) t(i)",
            "CHECKPOINT",
            "CREATE TABLE core.kept AS SELECT md5(i::VARCHAR) AS words FROM range(100000) t(i)",
            "CHECKPOINT",
            "DROP TABLE core.dropped",
            "CHECKPOINT",
        ):
            connection.execute(statement)
    return settings


def blocks(path):
    """Numbers of the blocks that hold the values of the table that was kept, and of those that are not in use."""
    with duckdb.connect(str(path), read_only=True) as connection:

        def numbers(query):
            return {block for (block,) in connection.execute(query).fetchall() if block >= 0}

        tables = connection.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        used = numbers("SELECT block_id FROM pragma_metadata_info()")
        for (table,) in tables:
            used |= numbers(f"SELECT block_id FROM pragma_storage_info('{table}')")
        (total,) = connection.execute("SELECT total_blocks FROM pragma_database_size()").fetchone()
        return sorted(numbers("SELECT block_id FROM pragma_storage_info('core.kept')")), sorted({*range(total)} - used)


def damage(path, block):
    """Turn one bit of a block."""
    with path.open("r+b") as file:
        file.seek(HEADERS + block * BLOCK + 4096)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 1]))


def is_whole(path):
    """Whether a copy of the file, which is what it is, has whole blocks."""
    copy = path.with_name("copy")
    copied = copy_blocks(path, copy)
    assert copy.read_bytes() == path.read_bytes()
    with duckdb.connect(str(copy), read_only=True) as connection:
        return copied.is_whole(copy, connection)


def test_the_blocks_of_a_healthy_file_bear_the_checksums_that_are_reckoned(holed):
    assert all(blocks(holed.warehouse))
    assert is_whole(holed.warehouse)


def test_a_bit_turned_in_any_block_is_noticed(holed):
    used, unused = blocks(holed.warehouse)
    for block in (*used, unused[0]):
        damage(holed.warehouse, block)
        assert copy_blocks(holed.warehouse, holed.home / "copy").odd == {block}
        assert is_whole(holed.warehouse) == (block in unused)
        damage(holed.warehouse, block)
        assert is_whole(holed.warehouse)


def test_a_bad_block_that_is_not_in_use_does_not_stop_a_publication(holed):
    damage(holed.warehouse, blocks(holed.warehouse)[1][0])
    assert Published(holed).replace_by(Warehouse(holed)) == {"raw.fetches": 0, "raw.entries": 0, "core.verdicts": 0}
    assert copy_blocks(holed.published, holed.home / "copy").odd


def test_a_bad_block_that_is_in_use_stops_it(holed):
    damage(holed.warehouse, blocks(holed.warehouse)[0][0])
    with pytest.raises(WarehouseError, match="not published"):
        Published(holed).replace_by(Warehouse(holed))
    assert not holed.published.exists()


def test_a_file_that_ends_within_a_block_is_copied_as_it_is_and_is_not_whole(holed):
    with holed.warehouse.open("r+b") as file:
        file.truncate(HEADERS + 2 * BLOCK + 1001)
    copied = copy_blocks(holed.warehouse, holed.home / "copy")
    assert (holed.home / "copy").read_bytes() == holed.warehouse.read_bytes()
    assert (copied.blocks, 2 in copied.odd) == (3, True)


def test_blocks_behind_the_end_of_the_file_matter_only_where_they_are_in_use(holed):
    used, unused = blocks(holed.warehouse)
    copied = copy_blocks(holed.warehouse, holed.home / "copy")
    with duckdb.connect(str(holed.warehouse), read_only=True) as connection:
        assert _free_blocks(holed.warehouse) == set(unused)
        assert replace(copied, odd=frozenset(unused)).is_whole(holed.warehouse, connection)
        assert not replace(copied, odd=frozenset({*unused, used[-1]})).is_whole(holed.warehouse, connection)
        assert not replace(copied, blocks=used[-1]).is_whole(holed.warehouse, connection)
