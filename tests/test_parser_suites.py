"""What the suites of other parsers expect is met, or differs for a reason that is written down."""

import io
import os
from pathlib import Path

import feedparser
import pytest

from demarche.core.feeds import parse_feed
from suites.expectations import Case, Difference, Expectation, differences
from suites.report import Row, cases, page, table, unexplained

SHARED = Path(os.environ.get("DEMARCHE_SHARED") or Path(__file__).resolve().parents[2] / "shared") / "data" / "feeds"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "parsers.md"
STEP = 8  # of feedparser's answers, which take half a minute for all documents, every eighth is compared


@pytest.fixture
def documents():
    if not SHARED.is_dir():
        pytest.skip("the collection of real feeds is not beside this checkout")
    return SHARED


@pytest.mark.shared
def test_other_parsers_expectations_are_met_or_differ_for_a_reason(documents):
    played = cases(documents)
    found = [difference for case in played for difference in differences(case)]
    assert unexplained(found, table()) == []
    assert page(played, found) == PAGE.read_text(encoding="utf-8")


@pytest.mark.shared
def test_every_real_document_is_read_with_at_least_the_entries_that_feedparser_finds(documents):
    paths = sorted(path for path in documents.rglob("*") if path.is_file())
    for number, path in enumerate(paths):
        body = path.read_bytes()
        found = len(parse_feed(body).entries)
        if number % STEP == 0:
            assert found >= len(feedparser.parse(io.BytesIO(body)).entries), path


def _case(tmp_path, *expectations):
    path = tmp_path / "feed.xml"
    item = "<item><title>One &amp;amp; two</title><author>a@e.example (Ana Ruiz)</author></item>"
    path.write_text(f'<rss version="2.0"><channel>{item}</channel></rss>')
    return Case("own", "feed.xml", path, expectations)


@pytest.mark.parametrize(
    ("expectation", "fields"),
    [
        (Expectation("title", ("One & two",), 0), []),
        (Expectation("title", ("<b>One</b> &amp; two",), 0), []),
        (Expectation("title", ("Three",), 0), ["title"]),
        (Expectation("title", ("One",), 1), ["title"]),
        (Expectation("authors", ("Ana Ruiz",), 0), []),
        (Expectation("authors", ("Ana",), 0), ["authors"]),
        (Expectation("count", ("2",)), ["count"]),
        (Expectation("published", ("no date at all",), 0), ["published"]),
        (Expectation("not kept", ("anything",), 0), []),
    ],
)
def test_an_expectation_is_met_in_the_words_of_our_model_or_it_is_not(tmp_path, expectation, fields):
    assert [difference.field for difference in differences(_case(tmp_path, expectation))] == fields


def test_a_difference_without_a_line_and_a_line_without_its_differences_are_told():
    found = [Difference("own", "a/1.xml", "title", "x"), Difference("own", "a/2.xml", "title", "x")]
    assert unexplained(found, [Row("own", "a/*.xml", "title", 2, "why")]) == []
    assert unexplained(found, [Row("own", "a/*.xml", "title", 1, "why")]) == ["own a/*.xml title: 2, not 1"]
    assert len(unexplained(found, [Row("own", "a/1.xml", "title", 1, "why")])) == 1
    assert len(unexplained([], [Row("own", "a/1.xml", "title", 1, "why")])) == 1
