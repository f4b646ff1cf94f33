"""The command line's contracts: JSON lines in and out, bad lines named, good ones answered."""

import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from builders import FOUNDING, rss
from demarche.cli import main
from demarche.contracts import LineError, candidate_of, read_candidates
from demarche.model import FRAMES, INSTRUMENTS, SIGNS, STAGES

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = Path(__file__).parent / "golden"
WORDS = "judge code group parse extract collect build publish sql demo feeds history doctor tables".split()


@pytest.fixture
def demarche(monkeypatch, capsys, tmp_path):
    """Call the command line in this process; returns exit status, answers and messages."""
    monkeypatch.setenv("DEMARCHE_HOME", str(tmp_path / "home"))

    def call(*words: str, lines: list | None = None, text: str | None = None):
        given = text if text is not None else "\n".join(json.dumps(line) for line in lines or [])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
        status = main(words)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def answers(out: str) -> list[dict]:
    return [json.loads(line) for line in out.splitlines()]


def founding() -> list[dict]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((GOLDEN / "founding").glob("*.json"))]


def test_judge_answers_each_line_in_order_with_the_promised_keys(demarche):
    lines = [
        {"id": "a", "title": FOUNDING[0], "summary": FOUNDING[1]},
        {"id": 7, "title": "Storks begin their migration", "summary": None, "lang": "en", "date": "2026-03-01"},
    ]
    status, out, err = demarche("judge", lines=lines)
    first, second = answers(out)
    assert (status, err) == (0, "")
    assert list(first) == ["id", "relevant", "band", "score", "lang", "terms", "rules_version"]
    assert (first["id"], first["relevant"], first["band"], first["lang"]) == ("a", True, "accepted", "en")
    assert (second["id"], second["relevant"], second["band"]) == ("7", False, "rejected")
    assert 0 <= second["score"] < first["score"] <= 1


def test_the_words_of_a_fired_term_stand_where_the_offsets_say(demarche):
    line = {"id": "a", "title": FOUNDING[0], "summary": FOUNDING[1]}
    (answer,) = answers(demarche("judge", lines=[line])[1])
    assert answer["terms"]
    for term in answer["terms"]:
        assert set(term) == {"concept", "term", "field", "start", "end"}
        assert line[term["field"]][term["start"] : term["end"]].strip()


def test_explain_adds_each_features_part_in_the_score(demarche):
    (answer,) = answers(demarche("judge", "--explain", lines=[{"id": "a", "title": FOUNDING[0]}])[1])
    assert {"feature", "value", "log_odds"} == set(answer["contributions"][0])


@pytest.mark.parametrize("lang", ["", "de", "de-AT", "DE", "German", "en", "und"])
def test_code_reads_a_report_in_its_own_language_whatever_was_declared(demarche, lang):
    line = {"id": "a", "title": "Österreich fordert von Ungarn die Rücknahme von Asylbewerbern", "lang": lang}
    (answer,) = answers(demarche("code", lines=[line])[1])
    assert (answer["initiators"], answer["targets"]) == (["AT"], ["HU"])


def test_code_answers_with_the_codebooks_codes(demarche):
    (answer,) = answers(demarche("code", lines=[{"id": "a", "title": FOUNDING[0], "summary": FOUNDING[1]}])[1])
    assert list(answer)[:9] == [
        "id",
        "initiators",
        "targets",
        "about",
        "instruments",
        "stage",
        "sign",
        "frames",
        "evidence",
    ]
    assert set(answer["instruments"]) <= set(INSTRUMENTS)
    assert set(answer["frames"]) <= set(FRAMES)
    assert answer["stage"] in STAGES
    assert answer["sign"] in SIGNS
    assert answer["evidence"]["sentence"]


def test_group_gives_copies_one_article_and_reports_of_one_act_one_story(demarche):
    lines = [
        {"id": "1", "title": FOUNDING[0], "summary": FOUNDING[1], "outlet": "a", "date": "2026-03-10"},
        {"id": "2", "title": FOUNDING[0], "summary": FOUNDING[1], "outlet": "b", "date": "2026-03-10"},
        {"id": "3", "title": "Japan and Nepal sign a deal on care workers", "outlet": "a", "date": "2026-03-10"},
    ]
    first, copy, other = answers(demarche("group", lines=lines)[1])
    assert list(first) == ["id", "article_id", "story_id", "reason"]
    assert copy["article_id"] == first["article_id"]
    assert other["article_id"] != first["article_id"]
    assert other["story_id"] != first["story_id"]


@pytest.mark.parametrize("word", ["judge", "code", "group"])
def test_a_bad_line_is_named_and_the_good_ones_are_answered(demarche, word):
    good = json.dumps({"id": "a", "title": FOUNDING[0]})
    text = f'{good}\nnot json\n\n{{"title": "no id"}}\n{{"id": "b"}}\n{{"id": "c", "title": 5}}\n{good}\n'
    status, out, err = demarche(word, text=text)
    assert status == 1
    assert [answer["id"] for answer in answers(out)] == ["a", "a"]
    assert [line.split(":")[0] for line in err.splitlines()] == ["line 2", "line 4", "line 5", "line 6"]


@pytest.mark.parametrize("word", ["judge", "code", "group"])
def test_nothing_in_gives_nothing_out(demarche, word):
    assert demarche(word, text="") == (0, "", "")


@pytest.mark.parametrize(
    "line",
    [
        '{"id": "x", "title": ""}',
        '{"id": "x", "title": "\\ud83d broken pair"}',
        '{"id": "x", "title": "\\u0000 \\u202e odd"}',
        json.dumps({"id": "x", "title": "word " * 5000, "text": "long " * 20000}),
        '{"id": "x", "title": "A", "date": "2026-03-01T10:00:00+05:30", "unknown": [1]}',
    ],
)
def test_odd_but_valid_lines_are_answered(demarche, line):
    for word in ("judge", "code", "group"):
        status, out, _ = demarche(word, text=line)
        assert status == 0
        assert answers(out)[0]["id"] == "x"


@pytest.mark.parametrize(("told", "day"), [("2014", (2014, 1, 1)), ("2014-04", (2014, 4, 1))])
def test_a_date_without_a_day_is_its_first_one(told, day):
    assert candidate_of(json.dumps({"id": "x", "title": "A", "date": told})).date == datetime(*day, tzinfo=UTC)


def test_a_wrong_date_is_an_error_that_shows_it():
    with pytest.raises(LineError, match="'date' is '14-04'"):
        candidate_of('{"id": "x", "title": "A", "date": "14-04"}')
    with pytest.raises(LineError, match="'date' is 'yesterday'"):
        candidate_of('{"id": "x", "title": "A", "date": "yesterday"}')


@pytest.mark.parametrize("word", ["judge", "code", "group"])
def test_answers_are_the_same_in_every_process(word, tmp_path):
    lines = (GOLDEN / "coding.jsonl").read_text(encoding="utf-8")
    told = [
        subprocess.run(
            [sys.executable, "-m", "demarche.cli", word],
            input=lines,
            env={**os.environ, "PYTHONHASHSEED": seed, "DEMARCHE_HOME": str(tmp_path)},
            check=True,
            capture_output=True,
            text=True,
            encoding="utf-8",
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1] != ""


def test_line_numbers_count_empty_lines():
    numbers = [number for number, _ in read_candidates(["\n", '{"id": 1, "title": "A"}\n', "  \n", "x\n"])]
    assert numbers == [2, 4]


def test_parse_gives_one_line_per_entry(demarche, tmp_path):
    feed = tmp_path / "feed.xml"
    feed.write_bytes(rss((*FOUNDING, "us"), ("Other", "words", "o")))
    status, out, _ = demarche("parse", str(feed), "--url", "https://news.example/feed")
    first, second = answers(out)
    assert status == 0
    assert first["title"] == FOUNDING[0]
    assert {"title", "url", "summary", "guid", "published_at", "updated_at", "authors", "tags"} <= set(first)
    assert second["url"] == "https://news.example/o"


def test_parse_of_what_is_no_feed_says_so_and_fails(demarche, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>x</title>")
    status, out, err = demarche("parse", str(page))
    assert (status, out) == (1, "")
    assert str(page) in err


def test_a_file_that_is_not_there_is_named(demarche):
    status, _, err = demarche("parse", "/nowhere/feed.xml")
    assert status == 1
    assert err == "/nowhere/feed.xml: No such file or directory\n"


def test_extract_gives_text_and_metadata(demarche, tmp_path):
    page = tmp_path / "page.html"
    words = "The ministers agreed on the return of nationals. " * 20
    page.write_text(
        f'<html lang="en"><head><title>T</title><link rel="canonical" href="/a"></head>'
        f"<body><article><h1>Ministers agree</h1><p>{words}</p></article></body></html>"
    )
    status, out, _ = demarche("extract", str(page), "--url", "https://news.example/a?utm_source=x")
    (answer,) = answers(out)
    assert status == 0
    assert {"title", "text", "published_at", "authors", "canonical_url", "lang"} <= set(answer)
    assert "agreed on the return" in answer["text"]
    assert answer["canonical_url"] == "https://news.example/a"


def test_the_founding_story_is_found_coded_and_one_story_in_every_language(demarche):
    reports = founding()
    assert len({report["lang"] for report in reports}) >= 5
    verdicts = answers(demarche("judge", lines=reports)[1])
    assert [verdict["relevant"] for verdict in verdicts] == [True] * len(reports)
    for report, coding in zip(reports, answers(demarche("code", lines=reports)[1]), strict=True):
        assert coding["initiators"] == ["US"], report["lang"]
        assert "EU" in coding["targets"], report["lang"]
        assert "demarche" in coding["instruments"], report["lang"]
        assert "security" in coding["frames"], report["lang"]
    groups = answers(demarche("group", lines=sorted(reports, key=lambda report: report["date"]))[1])
    assert len({group["story_id"] for group in groups}) == 1
    assert len({group["article_id"] for group in groups}) == len(reports)


@pytest.mark.parametrize("word", WORDS)
def test_every_word_has_help(word, capsys):
    with pytest.raises(SystemExit) as ended:
        main([word, "--help"])
    assert ended.value.code == 0
    assert "usage: demarche" in capsys.readouterr().out


def test_doctor_is_well_in_a_new_folder_and_names_what_is_not(demarche, tmp_path, monkeypatch):
    status, out, _ = demarche("doctor")
    assert status == 0, out
    assert all(line.startswith("ok ") for line in out.splitlines())
    monkeypatch.setenv("DEMARCHE_FEEDS", str(tmp_path / "absent.toml"))
    status, out, _ = demarche("doctor")
    assert status == 1
    assert next(line for line in out.splitlines() if line.startswith("FAIL")).split()[1] == "feeds"


def test_a_bad_setting_is_one_line_and_status_2(demarche, monkeypatch):
    monkeypatch.setenv("DEMARCHE_BATCHES", "lots")
    status, _, err = demarche("doctor")
    assert status == 2
    assert err == "demarche: DEMARCHE_BATCHES='lots': not a number\n"


def test_sql_before_anything_is_published_says_what_to_do(demarche):
    status, _, err = demarche("sql", "FROM mart.stories")
    assert status == 1
    assert "nothing is published yet" in err
    assert len(err.splitlines()) == 1


def test_a_reader_that_leaves_early_is_no_traceback(tmp_path):
    lines = "\n".join(json.dumps({"id": n, "title": FOUNDING[0]}) for n in range(3000))
    (tmp_path / "lines").write_text(lines)
    command = f'"{sys.executable}" -m demarche.cli judge <"{tmp_path}/lines" | head -1'
    environment = os.environ | {"DEMARCHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "include")}
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=environment)
    assert json.loads(done.stdout)["id"] == "0"
    assert "Traceback" not in done.stderr
