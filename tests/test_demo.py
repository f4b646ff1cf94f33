"""`make demo`: the newsroom goes through the whole pipeline, and what comes out is held against what was written."""

import io
from urllib.parse import urlsplit

import pytest

from demarche.adapters.warehouse import Published
from demarche.commands.demo import demo
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
