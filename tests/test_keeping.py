"""The past is kept: compacted, expired, backed up and rebuilt, and the marts stay what they were."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from builders import FOUNDING, NOON, QUARTER, a_feed, feeds_toml, rss
from demarche import steps
from demarche.adapters.archive import Archive, ArchiveError, window_folder
from demarche.adapters.backup import BackupError
from demarche.adapters.containers import slices
from demarche.adapters.warehouse import Warehouse, WarehouseError
from demarche.commands import running
from demarche.core.windows import ended_key
from feed_server import Reply
from readers import ask, digest, publish

LATER = datetime(2026, 6, 1, tzinfo=UTC)
REPORTS = (
    (*FOUNDING, "us"),
    ("Storks begin their migration to the south", "Thousands of white storks gather over the coast.", "b"),
    ("Italy and Tunisia sign migration deal", "Rome will pay Tunis under a readmission agreement.", "d"),
    ("Court sentences burglar to two years", "A city court ruled on Monday.", "c"),
    ("Poland accuses Belarus of sending migrants across the border", "Warsaw summoned the Belarusian envoy.", "p"),
    ("Museum opens a new wing", "Visitors came in great numbers.", "m"),
)
LABEL = (
    '{"url": "https://news.example/x", "label": 2, "labelled_by": "Ada", "labelled_at": "2026-03-10T12:00:00+00:00"}\n'
)
PAGE = b"<html><head><title>Report</title></head><body><article><p>%s</p></article></body>"


@pytest.fixture
def kept(server, settings):
    """Three days of one feed whose pages are captured, built and published."""
    base = server.url("").rstrip("/")
    server.serve("/robots.txt", Reply(status=404))
    for _, summary, path in REPORTS:
        server.serve(f"/{path}", Reply(PAGE % (summary.encode() * 9), content_type="text/html; charset=utf-8"))
    polls = [Reply(rss(*REPORTS[max(0, n - 3) : n + 1], base=base)) for n in range(len(REPORTS))]
    settings = replace(settings, max_interval_minutes=5)
    settings.feeds.write_text(feeds_toml(a_feed(server.serve("/f.xml", *polls), "a")), encoding="utf-8")
    for number in range(len(REPORTS)):
        now = NOON + number % 2 * QUARTER + number // 2 * timedelta(days=1)
        key = ended_key(now)
        steps.collect(key, settings=settings, now=now)
        steps.build(key, settings=settings, now=now)
    publish(settings)
    return settings


def archived(settings):
    """Everything that the archive gives its readers: attempts, and each record's bytes."""
    archive = Archive(settings.archive)
    found = []
    for window_at in archive.windows(NOON - timedelta(days=9), NOON + timedelta(days=9)):
        for fetch in archive.fetches(window_at):
            records = archive.records(window_at, fetch.warc_file, [fetch.record_id]) if fetch.record_id else ()
            found.append((window_at, fetch, [(record.body, record.headers) for record in records]))
    return found


def raw_files(settings):
    """The bytes of each batch's files by name, wherever they lie."""
    archive = Archive(settings.archive)
    found = {}
    for window_at in archive.windows(NOON - timedelta(days=9), NOON + timedelta(days=9)):
        for fetch in archive.fetches(window_at):
            if fetch.warc_file:
                for name in (fetch.warc_file, fetch.warc_file.replace(".warc.gz", ".ledger")):
                    with archive.opened(window_at, name) as file:
                        found[name] = file.read()
    return found


def test_a_compacted_month_has_few_files_and_the_same_bytes_and_marts(kept):
    before, files, marts = archived(kept), raw_files(kept), digest(kept)
    done = steps.compact_month("2026-03", settings=kept, now=LATER)
    assert done.files_after < done.files_before
    assert done.damaged == []
    assert archived(kept) == before
    assert raw_files(kept) == files
    assert not any(kept.archive.rglob("[0-9][0-9][0-9][0-9]/*.ledger"))
    list(steps.rebuild_all(settings=kept, now=LATER))
    publish(kept)
    assert digest(kept) == marts


def test_compacting_twice_changes_nothing_and_takes_in_what_came_later(kept):
    steps.compact_month("2026-03", settings=kept, now=LATER)
    names = sorted(kept.archive.rglob("*"))
    steps.compact_month("2026-03", settings=kept, now=LATER)
    assert sorted(kept.archive.rglob("*")) == names
    archive = Archive(kept.archive)
    with archive.batch(NOON.replace(minute=0), "feeds", "import") as batch:
        pass
    steps.compact_month("2026-03", settings=kept, now=LATER)
    day = window_folder(kept.archive, NOON).parent
    assert f"{batch.stem}.ledger" in slices(day)
    assert not any(day.glob("1200/*"))


@pytest.mark.parametrize("killed_at", ["before the index", "after the index"])
def test_a_killed_compaction_loses_nothing_and_is_finished_by_the_next(kept, killed_at, monkeypatch):
    from demarche.adapters import compaction

    before = archived(kept)
    victim = "write_index" if killed_at == "before the index" else "_tidy"
    real, calls = getattr(compaction, victim), []

    def killed(*arguments):
        calls.append(arguments)
        if victim == "write_index" or len(calls) == 2:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(compaction, victim, killed)
        steps.compact_month("2026-03", settings=kept, now=LATER)
    assert archived(kept) == before
    steps.compact_month("2026-03", settings=kept, now=LATER)
    assert archived(kept) == before
    assert not any(kept.archive.rglob("[0-9][0-9][0-9][0-9]/*.ledger"))


def test_a_damaged_file_is_named_and_left_as_it_was(kept):
    warc = next(window_folder(kept.archive, NOON - QUARTER).parent.rglob("feeds-*.warc.gz"))
    warc.write_bytes(warc.read_bytes()[:-60])
    done = steps.compact_month("2026-03", settings=kept, now=LATER)
    assert [warc.name in damage for damage in done.damaged] == [True]
    assert warc.exists()
    with pytest.raises(ArchiveError, match=warc.name):
        archived(kept)


def test_a_month_that_has_not_finished_is_not_compacted(kept):
    with pytest.raises(ArchiveError, match="has not finished"):
        steps.compact_month("2026-03", settings=kept, now=NOON + timedelta(days=5))


def test_expiry_keeps_what_published_rows_cite_and_the_marts_stay_after_a_rebuild(kept):
    marts = digest(kept)
    strict = replace(kept, keep_feeds_days=30, keep_pages_days=30)
    would = steps.expire(settings=strict, now=LATER, also_cited=False, is_dry=True)
    before = archived(kept)
    assert would["records"] > 0
    done = steps.expire(settings=strict, now=LATER, also_cited=False, is_dry=False)
    assert done["records"] == would["records"]
    gone = [fetch for _, fetch, _ in archived(kept) if "kept no longer" in fetch.note]
    assert len(gone) == done["records"]
    assert len(archived(kept)) == len(before)  # every attempt is still in the ledger
    assert steps.expire(settings=strict, now=LATER, also_cited=False, is_dry=True)["records"] == 0
    list(steps.rebuild_all(settings=kept, now=LATER))
    publish(kept, is_forced=True)
    assert digest(kept) == marts


def test_nothing_expires_by_default_and_young_bodies_stay(kept):
    before = archived(kept)
    assert steps.expire(settings=kept, now=LATER, also_cited=True, is_dry=False) == {}
    young = replace(kept, keep_feeds_days=365, keep_pages_days=365, keep_text_days=365)
    assert sum(steps.expire(settings=young, now=LATER, also_cited=True, is_dry=False).values()) == 0
    assert archived(kept) == before


def test_what_was_never_loaded_does_not_expire(kept):
    Warehouse(kept).remove()
    strict = replace(kept, keep_feeds_days=30)
    with pytest.raises(WarehouseError, match="build first"):
        steps.expire(settings=strict, now=LATER, also_cited=False, is_dry=False)
    steps.build("2026-03-10", settings=kept, now=LATER)
    before = {fetch.fetch_id for _, fetch, records in archived(kept) if records and fetch.window_at.day > 10}
    steps.expire(settings=strict, now=LATER, also_cited=False, is_dry=False)
    assert {fetch.fetch_id for _, fetch, records in archived(kept) if records and fetch.window_at.day > 10} == before


def test_cited_bodies_and_texts_go_when_one_says_so(kept):
    strict = replace(kept, keep_feeds_days=30, keep_pages_days=30, keep_text_days=30)
    count = ask(kept, "SELECT count(*) FROM raw.pages WHERE text <> ''")[0][0]
    assert steps.expire(settings=strict, now=LATER, also_cited=False, is_dry=True)["texts"] < count
    done = steps.expire(settings=strict, now=LATER, also_cited=True, is_dry=False)
    assert done["texts"] == count
    assert not any(records for _, fetch, records in archived(kept) if not fetch.refers_to)
    publish(kept)
    assert ask(kept, "SELECT count(*) FROM raw.pages WHERE text <> ''") == [(0,)]


def test_a_backup_comes_back_elsewhere_with_the_same_marts(kept, tmp_path):
    (kept.home / "decisions").mkdir()
    (kept.home / "decisions" / "labels.jsonl").write_text(LABEL, encoding="utf-8")
    steps.back_up(tmp_path / "backup", settings=kept, now=LATER)
    elsewhere = replace(kept, home=tmp_path / "elsewhere")
    about = steps.restore(tmp_path / "backup", settings=elsewhere, is_forced=False)
    assert about["has_archive"]
    publish(elsewhere)
    assert digest(elsewhere) == digest(kept)
    assert archived(elsewhere) == archived(kept)
    assert (elsewhere.decisions / "labels.jsonl").read_text() == LABEL
    list(steps.rebuild_all(settings=elsewhere, now=LATER))
    publish(elsewhere)
    assert digest(elsewhere) == digest(kept)


def test_a_second_backup_into_the_same_folder_holds_the_newest_state(kept, tmp_path):
    steps.back_up(tmp_path / "backup", settings=kept, now=LATER)
    steps.compact_month("2026-03", settings=kept, now=LATER)
    steps.back_up(tmp_path / "backup", settings=kept, now=LATER)
    elsewhere = replace(kept, home=tmp_path / "elsewhere")
    steps.restore(tmp_path / "backup", settings=elsewhere, is_forced=False)
    assert archived(elsewhere) == archived(kept)
    assert not any((tmp_path / "backup").rglob("[0-9][0-9][0-9][0-9]/*.ledger"))


def test_restoring_over_something_needs_force(kept, tmp_path):
    marts = digest(kept)
    steps.back_up(tmp_path / "backup", settings=kept, now=LATER)
    with pytest.raises(BackupError, match="exist already"):
        steps.restore(tmp_path / "backup", settings=kept, is_forced=False)
    with Warehouse(kept).transaction() as connection:
        connection.execute("DELETE FROM core.codings")
    steps.restore(tmp_path / "backup", settings=kept, is_forced=True)
    publish(kept)
    assert digest(kept) == marts


@pytest.mark.parametrize("damage", ["changed", "missing", "no manifest"])
def test_a_damaged_backup_is_not_restored_and_the_file_is_named(kept, tmp_path, damage):
    backup = tmp_path / "backup"
    steps.back_up(backup, settings=kept, now=LATER, with_archive=False)
    victim = backup / ("manifest.json" if damage == "no manifest" else "warehouse/warehouse.duckdb")
    if damage == "changed":
        data = bytearray(victim.read_bytes())
        data[len(data) // 2] ^= 1
        victim.write_bytes(data)
    else:
        victim.unlink()
    elsewhere = replace(kept, home=tmp_path / "elsewhere")
    with pytest.raises(BackupError, match=victim.name):
        steps.restore(backup, settings=elsewhere, is_forced=False)
    assert not elsewhere.warehouse.exists()


def test_a_folder_with_something_else_in_it_is_no_place_for_a_backup(kept, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious", encoding="utf-8")
    with pytest.raises(BackupError, match="no backup"):
        steps.back_up(tmp_path / "mine", settings=kept, now=LATER)


def test_a_whole_rebuild_gives_the_same_marts_and_takes_in_what_lands_meanwhile(kept):
    marts = digest(kept)
    assert running.rebuild(kept, LATER, is_forced=False) == 0
    assert digest(kept) == marts
    building = steps.rebuild_all(settings=kept, now=LATER)
    next(building)  # the first day is built; now a further window lands in it
    with Archive(kept.archive).batch(NOON.replace(hour=15, minute=0), "feeds", "b00"):
        pass
    built = [key for key, _ in building]
    assert built == ["2026-03-11", "2026-03-12", "2026-03-10"]
    publish(kept)
    assert digest(kept) == marts


def test_an_interrupted_whole_rebuild_leaves_the_old_warehouse(kept):
    building = steps.rebuild_all(settings=kept, now=LATER)
    next(building)
    building.close()
    publish(kept)
    steps.check_warehouse(settings=kept, now=LATER)
    assert [path.name for path in kept.warehouse.parent.iterdir() if not path.name.endswith(".lock")] == [
        "warehouse.duckdb"
    ]


def test_windows_that_were_moved_away_keep_their_rows_until_the_whole_rebuild(kept, tmp_path):
    day = window_folder(kept.archive, NOON).parent
    (tmp_path / "away").mkdir()
    day.rename(tmp_path / "away" / "10")
    steps.build("2026-03-10", settings=kept, now=LATER)
    publish(kept)
    query = "SELECT count(*) FROM raw.fetches WHERE window_at < '2026-03-11'"
    assert ask(kept, query)[0][0] > 0
    list(steps.rebuild_all(settings=kept, now=LATER))
    publish(kept, is_forced=True)
    assert ask(kept, query) == [(0,)]


def test_the_manifest_lists_every_file_with_its_sum(kept, tmp_path):
    steps.back_up(tmp_path / "backup", settings=kept, now=LATER)
    manifest = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    present = {
        str(path.relative_to(tmp_path / "backup")) for path in (tmp_path / "backup").rglob("*") if path.is_file()
    }
    assert set(manifest["files"]) == present - {"manifest.json"}
    assert all(len(entry["sha256"]) == 64 for entry in manifest["files"].values())
