"""Windows and keys."""

from datetime import UTC, date, datetime, timedelta

import pytest

from demarche.core.windows import WindowError, days_between, ended_key, is_late, quarter_of, span_of_key


@pytest.mark.parametrize(
    ("key", "start", "length"),
    [
        ("2026-11-22T18:15:00", datetime(2026, 11, 22, 18, 15, tzinfo=UTC), timedelta(minutes=15)),
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC), timedelta(days=1)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC), timedelta(days=1)),
    ],
)
def test_a_key_names_a_quarter_hour_or_a_day(key, start, length):
    span = span_of_key(key)
    assert (span.start, span.end) == (start, start + length)


@pytest.mark.parametrize("key", ["", "today", "2026-11-22T18:07:00", "2026-02-30", "2026-11-22T18:15", "22.11.2026"])
def test_any_other_key_is_an_error_that_shows_it(key):
    with pytest.raises(WindowError, match="names no window"):
        span_of_key(key)


def test_a_collection_files_under_the_quarter_hour_that_ended_last():
    assert ended_key(datetime(2026, 11, 22, 18, 16, 3, tzinfo=UTC)) == "2026-11-22T18:00:00"
    assert ended_key(datetime(2026, 1, 1, 0, 0, tzinfo=UTC)) == "2025-12-31T23:45:00"


def test_a_moment_of_another_zone_lies_in_the_same_quarter():
    moment = datetime.fromisoformat("2026-11-22T23:46:00+05:45")
    assert quarter_of(moment) == datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


def test_a_collection_is_late_when_the_next_window_has_ended_too():
    span = span_of_key("2026-11-22T18:00:00")
    grace = timedelta(minutes=15)
    assert not is_late(span, now=datetime(2026, 11, 22, 18, 15, 2, tzinfo=UTC), grace=grace)
    assert not is_late(span, now=datetime(2026, 11, 22, 18, 45, tzinfo=UTC), grace=grace)
    assert is_late(span, now=datetime(2026, 11, 22, 18, 46, tzinfo=UTC), grace=grace)


def test_days_between_counts_both_ends():
    assert [span.key for span in days_between(date(2026, 2, 27), date(2026, 3, 1))] == [
        "2026-02-27",
        "2026-02-28",
        "2026-03-01",
    ]
