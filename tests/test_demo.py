"""`make demo`: the newsroom goes through the whole pipeline, and what comes out is held against what was written."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pytest

from demarche.adapters.warehouse import Published, WarehouseError
from demarche.commands.demo import demo
from demarche.commands.exporting import export
from demarche.demo.newsroom import load_newsroom
from demarche.settings import Settings


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The demo's output, and the copy that it published."""
    folder = tmp_path_factory.mktemp("demo")
    out = io.StringIO()
    assert demo(Settings(home=folder / "data"), out) == 0
    return out.getvalue(), Published(Settings(home=folder / "data-demo")), folder


@pytest.fixture(scope="module")
def verdicts(played):
    """Written entry and band, for every entry that was collected."""
    written = load_newsroom().entry_by_path
    rows = played[1].query("SELECT url, band FROM mart.verdict_audit")[1]
    return [(written[urlsplit(url).path], band) for url, band in rows if urlsplit(url).path in written]


def test_it_prints_stories_with_who_acts_on_whom_and_what_to_type_next(played):
    said = played[0]
    assert "→" in said
    assert "Type next:" in said
    assert "In trouble: The Shuttered Times: not_found" in said
    assert "In trouble: The Slow Tide: timeout" in said


def test_it_uses_a_folder_of_its_own(played):
    assert not (played[2] / "data").exists()


def test_it_leaves_a_folder_alone_that_is_not_a_demo(tmp_path):
    (tmp_path / "data-demo").mkdir()
    (tmp_path / "data-demo" / "thesis.txt").write_text("precious")
    assert demo(Settings(home=tmp_path / "data"), io.StringIO()) == 1
    assert (tmp_path / "data-demo" / "thesis.txt").read_text() == "precious"


def test_most_relevant_entries_are_found_and_few_others(verdicts):
    relevant = [band for entry, band in verdicts if entry.is_relevant]
    others = [band for entry, band in verdicts if not entry.is_relevant]
    assert len(relevant) > 50
    assert len(others) > 25
    assert relevant.count("accepted") / len(relevant) > 0.75
    assert others.count("accepted") / len(others) < 0.15


def test_copies_of_a_wire_report_are_one_article(played):
    newsroom = load_newsroom()
    rows = played[1].query("""
        SELECT e.url, g.article_id FROM core.groupings g JOIN raw.entries e USING (entry_id)
    """)[1]
    articles: dict[str, set[str]] = {}
    for url, article in rows:
        entry = newsroom.entry_by_path.get(urlsplit(url).path)
        if entry is not None:
            articles.setdefault(entry.article, set()).add(article)
    split = {key for key, found in articles.items() if len(found) > 1}
    assert len(articles) > 40
    assert len(split) <= 2, split


def test_the_agency_that_wrote_a_report_is_its_origin_whoever_was_read_first(played):
    rows = played[1].query(
        "SELECT wire, origin, outlet_count FROM mart.articles WHERE list_contains(outlets, 'Meridian Wire')"
    )[1]
    assert len(rows) >= 2 and any(count > 1 for *_, count in rows)
    assert {(wire, origin) for wire, origin, _ in rows} == {("Meridian Wire", "Meridian Wire")}


def test_a_story_has_the_countries_of_all_who_carried_it(played):
    rows = played[1].query(
        "SELECT story_id, countries, list_sort(list_distinct(list(f.country))) "
        "FROM mart.stories, unnest(outlets) o(name) JOIN raw.feeds f ON f.outlet = o.name GROUP BY ALL"
    )[1]
    assert rows and all(countries == carried for _, countries, carried in rows)


def test_an_answer_follows_what_it_answers_and_nothing_else_is_linked_but_the_airline(played):
    _, rows = played[1].query(
        "SELECT later.title, earlier.title FROM mart.story_links l JOIN mart.stories later USING (story_id) "
        "JOIN mart.stories earlier ON earlier.story_id = l.follows_story_id ORDER BY 1"
    )
    assert [(later.split()[0], earlier.split()[0]) for later, earlier in rows] == [("EU", "Poland"), ("Germany", "US")]


def test_the_founding_story_is_one_story_of_the_us_acting_on_the_eu(played):
    rows = played[1].query("""
        SELECT s.initiators, s.targets, s.instruments, s.languages, s.outlet_count FROM mart.stories s
        WHERE list_contains(initiators, 'US') AND list_contains(targets, 'EU') ORDER BY outlet_count DESC
    """)[1]
    initiators, _, instruments, languages, outlets = rows[0]
    assert initiators == ["US"]
    assert "demarche" in instruments
    assert len(languages) >= 4
    assert outlets >= 5


ANALYSES = sorted((Path(__file__).resolve().parent.parent / "docs" / "analyses").glob("*.sql"))


@pytest.mark.parametrize("path", ANALYSES, ids=lambda path: path.stem)
def test_a_worked_analysis_runs_as_written_and_gives_rows(played, path):
    text = path.read_text(encoding="utf-8")
    names, rows = played[1].query(text)
    assert len(rows) >= 3
    assert all(isinstance(value, int | float) for value in rows[0][1:4]), names
    assert text in (path.parent.parent / "analyses.md").read_text(encoding="utf-8")


def test_the_marts_are_exported_with_a_dictionary_and_a_citation(played, tmp_path):
    settings = Settings(home=played[2] / "data-demo")
    now = datetime(2026, 4, 1, tzinfo=UTC)
    for form in ("parquet", "csv"):
        assert export(settings, now, folder=tmp_path, form=form, views=["articles", "mart.events", "quality"]) == 0
        (count,) = duckdb.sql(f"SELECT count(*) FROM '{tmp_path}/articles.{form}'").fetchone()
        assert played[1].query("SELECT count(*) FROM mart.articles")[1] == [(count,)]
    (seen,) = duckdb.sql(f"SELECT min(initiators::JSON->>0) FROM '{tmp_path}/articles.csv'").fetchone()
    assert seen is not None
    with (tmp_path / "dictionary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["view"] for row in rows} == {"articles", "events", "quality"}
    assert all(row["meaning"] for row in rows)
    citation = (tmp_path / "CITATION.txt").read_text()
    assert "Exported 2026-04-01 00:00 UTC" in citation
    assert "rules" in citation
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "CITATION.txt", "articles.csv", "articles.parquet", "dictionary.csv", "events.csv", "events.parquet",
        "quality.csv", "quality.parquet"]  # fmt: skip


def test_an_export_of_what_is_no_mart_says_which_there_are(played, tmp_path):
    with pytest.raises(WarehouseError, match="no such mart: entries; there are alerts, article_decisions"):
        export(
            Settings(home=played[2] / "data-demo"), datetime.now(UTC), folder=tmp_path, form="csv", views=["entries"]
        )
