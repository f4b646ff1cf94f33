"""Old warehouses open with this release, newer ones are refused, and a migration that fails changes nothing."""

import shutil

import duckdb
import pytest

from demarche.adapters.warehouse import Published, Warehouse, WarehouseError, schema
from demarche.adapters.warehouse.schema import SQL


@pytest.fixture
def old_release(tmp_path, monkeypatch):
    """A context in which only the first schema file is known, as in the first release."""
    folder = tmp_path / "old-sql"
    (folder / "schema").mkdir(parents=True)
    (folder / "marts").mkdir()
    shutil.copy(SQL / "schema" / "001_first_light.sql", folder / "schema")
    (folder / "marts" / "01.sql").write_text("CREATE VIEW mart.entries AS SELECT title FROM raw.entries;")

    def enter():
        patch = pytest.MonkeyPatch()
        patch.setattr(schema, "SQL", folder)
        patch.setattr(
            schema, "make_derived", lambda connection: None
        )  # the first release stored nothing behind its marts
        return patch

    return enter


@pytest.fixture
def old_warehouse(settings, old_release):
    """A warehouse of the first release with a row in it."""
    patch = old_release()
    with Warehouse(settings).transaction() as connection:
        connection.execute(
            "INSERT INTO raw.entries (entry_id, window_at, feed_id, fetch_id, seen_at, title) "
            "VALUES ('e', '2026-01-01 00:00:00+00', 'f', 'x', '2026-01-01 00:00:00+00', 'An old title')"
        )
    patch.undo()
    return Warehouse(settings)


def test_an_old_warehouse_opens_with_its_rows_the_new_columns_and_the_new_marts(old_warehouse):
    with old_warehouse.connection() as connection:
        assert connection.execute("SELECT title, origin FROM raw.entries").fetchall() == [("An old title", "live")]
        applied = [row[0] for row in connection.execute("FROM core.schema_files ORDER BY name").fetchall()]
        assert applied == [path.name for path in sorted((SQL / "schema").glob("*.sql"))]
        assert connection.execute("SELECT count(*) FROM mart.stories").fetchall() == [(0,)]
    left = [path.name for path in old_warehouse.path.parent.iterdir() if not path.name.endswith(".lock")]
    assert left == [old_warehouse.path.name]


def test_an_older_release_refuses_a_newer_warehouse_and_says_what_to_do(settings, old_release):
    with Warehouse(settings).connection():
        pass
    before = settings.warehouse.read_bytes()
    patch = old_release()
    try:
        with (
            pytest.raises(WarehouseError, match=r"newer Demarche.*002_.*rebuild --all"),
            Warehouse(settings).connection(),
        ):
            pass
    finally:
        patch.undo()
    assert settings.warehouse.read_bytes() == before


def test_a_copy_that_an_older_release_published_says_so_until_it_is_replaced(settings, old_release):
    query = "SELECT automatic_article_id FROM core.groupings"
    patch = old_release()
    with Warehouse(settings).connection():
        pass
    Published(settings).replace_by(Warehouse(settings))
    patch.undo()
    with pytest.raises(
        WarehouseError, match=r"published by an older release.*`demarche publish` at once.*automatic_art"
    ):
        Published(settings).query(query)
    Published(settings).replace_by(Warehouse(settings))
    assert Published(settings).query(query)[1] == []
    with pytest.raises(WarehouseError, match=r"^Catalog Error"):
        Published(settings).query("FROM nowhere")


@pytest.mark.parametrize("fault", ["CREATE TABLE broken (", "DELETE FROM raw.entries;"])
def test_a_migration_that_fails_or_loses_rows_leaves_the_old_file_as_it_was(
    old_warehouse, tmp_path, monkeypatch, fault
):
    before = old_warehouse.path.read_bytes()
    broken = tmp_path / "broken-sql"
    shutil.copytree(SQL, broken)
    (broken / "schema" / "999_broken.sql").write_text(fault)
    with monkeypatch.context() as patch:
        patch.setattr(schema, "SQL", broken)
        with pytest.raises(WarehouseError, match="is as it was"), old_warehouse.connection():
            pass
    assert old_warehouse.path.read_bytes() == before
    with old_warehouse.connection() as connection:
        assert connection.execute("SELECT title FROM raw.entries").fetchall() == [("An old title",)]


def test_opening_twice_writes_nothing(settings):
    with Warehouse(settings).connection():
        pass
    before = settings.warehouse.read_bytes()
    with Warehouse(settings).connection():
        pass
    assert settings.warehouse.read_bytes() == before


def test_a_migrated_file_keeps_the_storage_version_that_old_clients_read(old_warehouse):
    with old_warehouse.connection():
        pass
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{old_warehouse.path}' AS w (READ_ONLY)")
        (tags,) = connection.execute("SELECT tags FROM duckdb_databases() WHERE database_name = 'w'").fetchall()[0]
    assert tags["storage_version"].startswith("v1.4")


def test_views_that_changed_are_made_anew_without_the_tables_behind_them(settings, tmp_path, monkeypatch):
    def alerts():
        with Warehouse(settings).connection() as connection:
            return connection.execute("SELECT subject FROM mart.alerts").fetchall()

    with Warehouse(settings).transaction() as connection:
        connection.execute(
            "INSERT INTO derived.alerts (alert_id, kind, scope, subject, is_open) "
            "VALUES ('x', 'k', 'feed', 'kept', true)"
        )
    folder = tmp_path / "next-sql"
    shutil.copytree(SQL, folder)
    monkeypatch.setattr(schema, "SQL", folder)
    with (folder / "marts" / "99_next.sql").open("w") as file:
        file.write("CREATE VIEW mart.next AS SELECT 1 AS one;")
    schema._text.cache_clear()
    assert alerts() == [("kept",)]
    with Warehouse(settings).connection() as connection:
        assert connection.execute("FROM mart.next").fetchall() == [(1,)]
    with (folder / "derived" / "00_tables.sql").open("a") as file:
        file.write("-- said in other words\n")
    schema._text.cache_clear()
    assert alerts() == []
