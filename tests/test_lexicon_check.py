"""The check of the rules reads them as they are used, fails on faults and counts the rest."""

import json
import shutil

import pytest

from demarche import lexicon_check
from demarche.adapters.rulebook import SHIPPED


@pytest.fixture
def rules(tmp_path):
    """A copy of the shipped rules, to be spoiled."""
    shutil.copytree(SHIPPED, tmp_path / "rules", ignore=shutil.ignore_patterns("feeds", "model"))
    return tmp_path / "rules"


def spoil(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_rules_have_no_fault_and_the_rest_is_listed_on_request(capsys):
    assert lexicon_check.main([]) == 0
    quiet = capsys.readouterr()
    assert quiet.out == ""
    assert "0 faults" in quiet.err
    assert "shadowed in lexicon" in quiet.err


def test_a_fault_of_each_table_fails_the_check_and_is_named(rules, capsys):
    spoil(rules / "lexicon" / "pl.toml", "mask = [", 'mask = [ "uchodźc",')
    spoil(rules / "lexicon" / "cs.toml", '"letecký most"', '"letecký most", "Letecký most"')
    spoil(rules / "actors.toml", "[words.de]", '[words.de]\nXX = "finn"')
    assert lexicon_check.main(["--rules", str(rules)]) == 1
    faults = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert {fault[0] for fault in faults} == {"fault"}
    named = [tuple(fault[1:6]) for fault in faults]
    assert ("silent", "lexicon", "pl", "people", "uchodźc") in named
    assert ("doubled", "lexicon", "cs", "corridor", "Letecký most") in named
    assert [name[:3] for name in named if name[0] == "two codes"] == [("two codes", "actors.words", "de")]


def test_more_words_in_each_others_shadow_than_were_accepted_fail_the_check(rules, capsys):
    spoil(rules / "accepted.toml", "lexicon = 779", "lexicon = 778")
    assert lexicon_check.main(["--rules", str(rules)]) == 1
    assert "shadowed in lexicon: 779, of which 778 are accepted in " in capsys.readouterr().err
    (rules / "accepted.toml").unlink()
    assert lexicon_check.main(["--rules", str(rules)]) == 0


def test_texts_that_are_given_count_with_those_that_are_shipped(tmp_path, capsys):
    texts = tmp_path / "texts.jsonl"
    rows = [{"title": "Un migrante arriva", "lang": "it", "summary": None}] * 400
    texts.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert lexicon_check.main([str(texts), "--all"]) == 1
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    always = [line[5] for line in lines if line[:5] == ["fault", "everywhere", "lexicon", "it", "people"]]
    assert always == ["migrant"]
