"""`demarche feeds`: an operator's own changes to the pack."""

import io

import pytest

from builders import NOON, a_feed, feeds_toml, rss
from demarche.cli import main
from demarche.commands.feeds import check_feeds
from feed_server import Reply


@pytest.fixture
def feeds(monkeypatch, capsys, tmp_path):
    """Call `demarche feeds …` over a pack of two feeds."""
    pack = tmp_path / "pack.toml"
    pack.write_text(feeds_toml(a_feed("https://a.example/feed", "a"), a_feed("https://b.example/feed", "b")))
    monkeypatch.setenv("DEMARCHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DEMARCHE_FEEDS", str(pack))
    monkeypatch.setenv("DEMARCHE_ALLOW_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("DEMARCHE_HOST_DELAY", "0")

    def call(*words: str):
        status = main(["feeds", *words])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


NEW = ("--id", "c", "--url", "https://c.example/rss", "--outlet", "C", "--country", "MT", "--language", "en")


def listed(feeds) -> list[str]:
    return [line.split('"feed_id": "')[1].split('"')[0] for line in feeds("list", "--format", "jsonl")[1].splitlines()]


def test_a_feed_that_was_added_is_collected(feeds):
    assert feeds("add", *NEW)[0] == 0
    assert listed(feeds) == ["a", "b", "c"]


def test_an_id_that_is_taken_is_refused(feeds):
    status, _, err = feeds("add", "--id", "a", *NEW[2:])
    assert status == 1
    assert 'there is a feed "a" already' in err


def test_a_feed_that_is_incomplete_is_refused_with_the_key(feeds):
    status, _, err = feeds("add", *NEW[:-3], "XQ", "--language", "en")
    assert status == 1
    assert "country" in err


def test_a_muted_feed_is_not_collected_until_it_is_unmuted(feeds):
    assert feeds("mute", "a", "--reason", "a login page")[0] == 0
    assert listed(feeds) == ["b"]
    assert feeds("unmute", "a")[0] == 0
    assert listed(feeds) == ["a", "b"]
    assert feeds("mute", "zzz", "--reason", "x")[0] == 1


def test_opml_goes_out_and_comes_in_again(feeds, tmp_path):
    feeds("add", *NEW)
    exported = feeds("export-opml")[1]
    (tmp_path / "own.opml").write_text(exported.replace("c.example", "d.example"))
    assert feeds("import-opml", str(tmp_path / "own.opml"))[0] == 0
    assert listed(feeds) == ["a", "b", "c", "c-2"]


def test_opml_of_another_reader_takes_country_and_language_from_the_options(feeds, tmp_path):
    opml = tmp_path / "other.opml"
    opml.write_text('<opml version="2.0"><body><outline text="New" xmlUrl="https://e.example/f"/></body></opml>')
    status, _, err = feeds("import-opml", str(opml))
    assert status == 1
    assert "country" in err
    assert feeds("import-opml", str(opml), "--country", "CY", "--language", "el")[0] == 0
    assert len(listed(feeds)) == 3


def test_check_says_how_each_feed_did_and_fails_where_one_is_dead(feeds, server, tmp_path):
    good = a_feed(server.serve("/good", Reply(rss(("One", "a", "1")))), "good")
    dead = a_feed(server.serve("/dead", Reply(status=404)), "dead")
    (tmp_path / "pack.toml").write_text(feeds_toml(good, dead))
    status, out, _ = feeds("check")
    assert status == 1
    assert "1 not_found, 1 new" in out or "1 new, 1 not_found" in out
    assert feeds("check", "--only", "good")[0] == 0


def test_discover_prints_the_feeds_that_a_page_names(feeds, server):
    page = b'<html><head><link rel="alternate" type="application/rss+xml" title="News" href="/rss.xml"></head></html>'
    status, out, _ = feeds("discover", server.serve("/", Reply(page, content_type="text/html")))
    assert status == 0
    assert "/rss.xml" in out
    assert feeds("discover", server.serve("/none", Reply(b"<p>x", content_type="text/html")))[0] == 1


def test_checking_feeds_writes_a_report_with_the_failures_first(server, settings, tmp_path):
    good = server.serve("/good", Reply(rss(("A report of some words", "a", "1"))))
    settings.feeds.write_text(feeds_toml(a_feed(good, "a-good"), a_feed(server.url("/none"), "b-bad")))
    assert check_feeds(settings, NOON, io.StringIO(), only="") == 1
    (report,) = settings.reports.glob("feeds-*.md")
    table = [line for line in report.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert table[2].startswith("| b-bad | not_found | 404 |")
    assert table[3].startswith("| a-good | new | 200 | 1 |")
