"""The archive: what was written comes back, and a killed or damaged batch is never taken for a whole one."""

from datetime import UTC, datetime, timedelta

import pytest

from builders import NOON
from demarche.adapters.archive import Archive, ArchiveError, window_folder
from demarche.adapters.ledger import LedgerError, line_of, read_ledger
from demarche.model import Fetch, Outcome

WINDOW = datetime(2026, 3, 10, 11, 45, tzinfo=UTC)


def a_fetch(number: int = 1, **values) -> Fetch:
    defaults = {
        "fetch_id": f"{number:016x}",
        "window_at": WINDOW,
        "kind": "feed",
        "feed_id": "example",
        "url": "https://news.example/feed",
        "final_url": "https://news.example/feed",
        "started_at": NOON + timedelta(seconds=number),
        "duration_ms": 12,
        "outcome": Outcome.NEW,
        "status": 200,
    }
    return Fetch(**{**defaults, **values})


def test_responses_and_revisits_come_back_as_they_were_written(tmp_path):
    archive = Archive(tmp_path)
    with archive.batch(WINDOW, "feeds", "b00") as files:
        first = files.keep_response(
            url="https://news.example/feed?a=ü",
            captured_at=NOON,
            status="200 OK",
            headers=[("Content-Encoding", "gzip"), ("ETag", '"x"')],
            body=b"\x1f\x8b not really gzip \x00\r\n\r\n",
        )
        second = files.keep_revisit(
            url="https://news.example/feed",
            captured_at=NOON,
            status="304 Not Modified",
            headers=[],
            digest="ab" * 32,
            refers_to=first,
        )
        files.fetches.append(a_fetch(1, warc_file=files.warc_file, record_id=first))
    (fetch,) = archive.fetches(WINDOW)
    response, revisit = archive.records(WINDOW, fetch.warc_file, [first, second])
    assert response.record_id == fetch.record_id
    assert response.body == b"\x1f\x8b not really gzip \x00\r\n\r\n"
    assert response.header("content-encoding") == "gzip"
    assert response.captured_at == NOON
    assert revisit.is_revisit
    assert revisit.body == b""


def test_a_ledger_line_comes_back_as_the_same_attempt(tmp_path):
    fetch = a_fetch(retry_at=NOON, overlap=0.5, note="tücke\nzeile", status=None, outcome=Outcome.TIMEOUT)
    (tmp_path / "x.ledger").write_text(line_of(fetch) + "\n", encoding="utf-8")
    assert list(read_ledger(tmp_path / "x.ledger")) == [fetch]


def test_a_batch_that_is_killed_leaves_nothing_that_a_reader_opens(tmp_path):
    archive = Archive(tmp_path)
    with pytest.raises(KeyboardInterrupt), archive.batch(WINDOW, "feeds", "b00") as files:
        files.fetches.append(a_fetch())
        raise KeyboardInterrupt
    assert archive.fetches(WINDOW) == ()
    assert archive.windows(WINDOW, WINDOW + timedelta(hours=1)) == ()
    assert list(window_folder(tmp_path, WINDOW).iterdir()) == []


def test_windows_and_span_say_what_is_there(tmp_path):
    archive = Archive(tmp_path)
    assert archive.span() is None
    for window_at in (WINDOW, WINDOW + timedelta(days=2, minutes=15)):
        with archive.batch(window_at, "feeds", "b00") as files:
            files.fetches.append(a_fetch(window_at=window_at))
    assert archive.windows(WINDOW, WINDOW + timedelta(days=9)) == (WINDOW, WINDOW + timedelta(days=2, minutes=15))
    assert archive.windows(WINDOW + timedelta(minutes=1), WINDOW + timedelta(days=1)) == ()
    assert archive.span() == (datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 3, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:-40],  # within the last record: a reader of WARC takes it for a shorter one
        lambda data: data[:-40] + b"\0" * 40,
        lambda data: b"not a WARC file",
    ],
)
def test_a_damaged_file_is_an_error_that_names_it(tmp_path, damage):
    archive = Archive(tmp_path)
    with archive.batch(WINDOW, "feeds", "b00") as files:
        for number in range(3):
            record = files.keep_response(
                url="https://news.example/feed",
                captured_at=NOON,
                status="200 OK",
                headers=[],
                body=bytes(range(256)) * 40,
            )
            files.fetches.append(a_fetch(number, warc_file=files.warc_file, record_id=record))
    path = window_folder(tmp_path, WINDOW) / files.warc_file
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ArchiveError, match=files.warc_file):
        list(archive.records(WINDOW, files.warc_file, [fetch.record_id for fetch in files.fetches]))


def test_a_bad_ledger_line_is_an_error_that_names_file_and_line(tmp_path):
    (tmp_path / "x.ledger").write_text(line_of(a_fetch()) + "\n{broken\n", encoding="utf-8")
    with pytest.raises(LedgerError, match=r"x\.ledger, line 2"):
        list(read_ledger(tmp_path / "x.ledger"))
