"""Files survive kills and second writers: whole or not at all, and line by line."""

import hashlib
import json
import threading

import pytest

from demarche.adapters.decisions import read_decisions
from demarche.adapters.files import TAIL, append_line, replacing, sha256

LONG = "x" * (2 * TAIL + 5)  # more than is read at once
OLD, NEW = {"n": 1}, {"n": 2, "words": "Ανακοίνωση 移民"}
TAILS = {
    "nothing": (b"", []),
    "whole lines": (b'{"n": 1}\n', [OLD]),
    "a line written by hand, without its end": (b'{"n": 1}', [OLD]),
    "half a line": (b'{"n": 1}\n{"n": 2, "wo', [OLD]),
    "half a letter": (b'{"n": 1}\n{"words": "\xe7\xa7', [OLD]),
    "only half a line": (b'{"n"', []),
    "zeros, as after a power cut": (b'{"n": 1}\n' + bytes(3 * TAIL), [OLD]),
    "a long line": (json.dumps({"n": LONG}).encode() + b"\n", [{"n": LONG}]),
    "a long line by hand": (b'{"n": 1}\n' + json.dumps({"n": LONG}).encode(), [OLD, {"n": LONG}]),
    "half a long line": (b'{"n": 1}\n{"n": "' + LONG.encode(), [OLD]),
    "an end where a block begins": (b'{"n": 1}\n' + b'{"n": "' + b"x" * (TAIL - 8), [OLD]),
}


@pytest.mark.parametrize("tail", TAILS)
def test_a_line_is_added_whatever_the_writer_before_left(tmp_path, tail):
    content, kept = TAILS[tail]
    path = tmp_path / "folder" / "lines.jsonl"
    path.parent.mkdir()
    path.write_bytes(content)
    append_line(path, NEW)
    assert read_decisions(path) == [*kept, NEW]
    assert path.read_bytes().endswith(b"\n")


def test_half_a_pair_of_letters_stops_nobody(tmp_path):
    append_line(tmp_path / "lines.jsonl", {"words": "a\ud83db"})
    assert read_decisions(tmp_path / "lines.jsonl") == [{"words": "a?b"}]


def test_writers_at_the_same_time_lose_no_line(tmp_path):
    path = tmp_path / "lines.jsonl"

    def write(name):
        for n in range(25):
            append_line(path, {"name": name, "n": n, "words": LONG})

    writers = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted((row["name"], row["n"]) for row in read_decisions(path)) == [
        (name, n) for name in range(4) for n in range(25)
    ]


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "folder" / "plan.json"
    with replacing(path) as temporary:
        temporary.write_text("old")
        assert not path.exists()
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_text("new")
        temporary.write_text(str(1 / 0))
    assert path.read_text() == "old"
    assert [each.name for each in path.parent.iterdir()] == ["plan.json"]


def test_the_checksum_of_a_file_is_that_of_its_bytes(tmp_path):
    content = b"abc" * 1_000_000
    (tmp_path / "a").write_bytes(content)
    assert sha256(tmp_path / "a") == hashlib.sha256(content).hexdigest()
