"""Dates in the spellings of feeds and pages."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demarche.core.calendars import month_number
from demarche.core.dates import date_in_path, parsed_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue, 21 Apr 2020 00:37:34 GMT", "2020-04-21T00:37:34"),
        ("Mon, 5 Oct 20 10:00 EST", "2020-10-05T15:00:00"),
        ("Tue, 21 Apr 2020 24:00:00 GMT", "2020-04-22T00:00:00"),
        ("Tue, 21 Apr 2020 10:00:60 GMT", "2020-04-21T10:00:59"),
        ("2020-04-21T12:43:01+12:00", "2020-04-21T00:43:01"),
        ("2020-04-21T12:43:01.123Z", "2020-04-21T12:43:01"),
        ("2020-04-21T10:00:00+0530", "2020-04-21T04:30:00"),
        ("2020-04-21 10:00:00 UTC", "2020-04-21T10:00:00"),
        ("2020-04", "2020-04-01T00:00:00"),
        ("20200421T124301Z", "2020-04-21T12:43:01"),
        ("2020-112", "2020-04-21T00:00:00"),
        ("2020-W05-3", "2020-01-29T00:00:00"),
        ("1587429781", "2020-04-21T00:43:01"),
        ("1587429781000", "2020-04-21T00:43:01"),
        ("Tue Apr 21 12:43:01 EDT 2020", "2020-04-21T16:43:01"),
        ("April 21, 2020 3:05 pm", "2020-04-21T15:05:00"),
        ("21/Apr/2020:10:00:00 +0100", "2020-04-21T09:00:00"),
        ("Tue, 21 Apr 2020 10:00:00 GMT+0200 (Central European Summer Time)", "2020-04-21T08:00:00"),
        ("21 avril 2020 à 15h05", "2020-04-21T15:05:00"),
        ("mar, 21 apr 2020 10:00:00 +0200", "2020-04-21T08:00:00"),
        ("Montag, 3. März 2025 - 09:15 Uhr", "2025-03-03T09:15:00"),
        ("1º de mayo de 2020", "2020-05-01T00:00:00"),
        ("21 de abril de 2020", "2020-04-21T00:00:00"),
        ("21 kwietnia 2020 15:05", "2020-04-21T15:05:00"),
        ("21 апреля 2020 г. 15:05 МСК", "2020-04-21T12:05:00"),
        ("Çar, 22 Nis 2020 10:00:00 +0300", "2020-04-22T07:00:00"),
        ("Τετ, 22 Απρ 2020 10:00:00 EEST", "2020-04-22T07:00:00"),
        ("الثلاثاء, 21 أبريل 2020 15:05", "2020-04-21T15:05:00"),
        ("٢١ شباط ٢٠٢٠", "2020-02-21T00:00:00"),
        ("21 अप्रैल 2020", "2020-04-21T00:00:00"),
        ("2020年4月21日 下午3:05", "2020-04-21T15:05:00"),
        ("2020년 4월 21일 오후 3:05", "2020-04-21T15:05:00"),
        ("Ngày 21 tháng 4 năm 2020, 15:05", "2020-04-21T15:05:00"),
        ("21 เมษายน 2563 15:05", "2020-04-21T15:05:00"),
        ("21.04.2020 15:05", "2020-04-21T15:05:00"),
        ("04/21/2020", "2020-04-21T00:00:00"),
        ("05/06/2020 3:04 PM", "2020-05-06T15:04:00"),
        ("05/06/2020 15:04", "2020-06-05T15:04:00"),
    ],
)
def test_a_date_is_read(text, expected):
    assert parsed_date(text) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "12", "0000-00-00", "31 Feb 2020", "21 Foo 2020", "9" * 300, "2020-13-45", "12:30"]
)
def test_what_is_no_date_is_none(text):
    assert parsed_date(text) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://e.example/2024/05/17/talks", "2024-05-17"),
        ("https://e.example/world/2024/may/17/talks", "2024-05-17"),
        ("https://e.example/a/20240517/talks", "2024-05-17"),
        ("https://e.example/2024/13/17/talks", None),
        ("https://e.example/talks-2024", None),
    ],
)
def test_a_day_in_an_address_is_found(url, expected):
    found = date_in_path(url)
    assert (found and found.date().isoformat()) == expected


def test_a_month_is_known_by_an_unambiguous_beginning():
    assert month_number("Septemb") == 9
    assert month_number("ju") == 0


moments = st.datetimes(datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2090-01-01")).map(
    lambda moment: moment.replace(microsecond=0)
)
offsets = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@settings(deadline=None)
@given(moments, offsets)
def test_standard_spellings_come_back_as_the_same_moment(moment, zone):
    aware = moment.replace(tzinfo=zone)
    assert parsed_date(aware.isoformat()) == aware
    assert parsed_date(format_datetime(aware)) == aware
    assert parsed_date(aware.strftime("%a %b %d %H:%M:%S %z %Y")) == aware


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789 :-/.,TZ+JanFebмая年月日上午pm", max_size=40) | st.text(max_size=60))
def test_any_text_is_a_moment_in_utc_or_none(text):
    moment = parsed_date(text)
    assert moment is None or moment.utcoffset() == timedelta(0)
