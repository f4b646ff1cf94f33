"""When a feed is asked again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demarche.core.freshness import fresh_until, retry_at
from demarche.core.politeness import (
    GOOD,
    SEVERITY,
    NextPoll,
    Pace,
    Poll,
    has_false_validators,
    next_poll,
    permanent_redirect_target,
    should_send_validators,
)
from demarche.model import Outcome

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SHORTEST, LONGEST = 5 * MINUTE, DAY


def after(poll: Poll, pace: Pace | None = None, feed_id: str = "feed") -> NextPoll:
    """The decision after a poll; by default of a feed that was polled an interval ago."""
    pace = pace or Pace(interval=HOUR, last_good_at=NOW - HOUR)
    return next_poll(feed_id, poll, pace, shortest=SHORTEST, longest=LONGEST)


def wait(decision: NextPoll) -> timedelta:
    assert decision.due_at is not None
    return decision.due_at - NOW


# --- the interval follows the overlap ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "overlap", "interval"),
    [
        (Outcome.NEW, 0.9, 70 * MINUTE),
        (Outcome.NEW, 2 / 3, 70 * MINUTE),
        (Outcome.NEW, 0.5, 60 * MINUTE),
        (Outcome.NEW, 1 / 3, 60 * MINUTE),
        (Outcome.NEW, 0.2, 30 * MINUTE),
        (Outcome.NEW, 0.0, SHORTEST),
        (Outcome.NEW, None, 60 * MINUTE),
        (Outcome.NOT_MODIFIED, None, 70 * MINUTE),
        (Outcome.UNCHANGED, 1.0, 70 * MINUTE),
        (Outcome.EMPTY, None, 70 * MINUTE),
    ],
)
def test_much_overlap_polls_slower_and_little_polls_faster(outcome, overlap, interval):
    assert after(Poll(NOW, outcome, overlap=overlap)).pace.interval == interval


def test_after_a_gap_a_small_overlap_does_not_blame_the_interval():
    pace = Pace(interval=HOUR, last_good_at=NOW - 3 * HOUR)
    assert after(Poll(NOW, Outcome.NEW, overlap=0.0), pace).pace.interval == HOUR
    assert after(Poll(NOW, Outcome.NEW, overlap=0.9), pace).pace.interval == 70 * MINUTE


def test_a_feed_that_is_quiet_for_a_month_is_slowed_by_hours():
    poll = Poll(NOW, Outcome.NOT_MODIFIED, quiet_for=timedelta(days=40))
    assert after(poll).pace.interval == 2 * HOUR


def test_a_busy_feed_is_not_slowed_below_its_posting_rate():
    poll = Poll(NOW, Outcome.NEW, overlap=0.95, entries=100, entries_per_day=48)
    assert after(poll).pace.interval == 30 * MINUTE


@pytest.mark.parametrize(("interval", "overlap", "expected"), [(6 * MINUTE, 0.1, SHORTEST), (LONGEST, 1.0, LONGEST)])
def test_the_interval_stays_between_the_settings(interval, overlap, expected):
    pace = Pace(interval=interval, last_good_at=NOW - interval)
    assert after(Poll(NOW, Outcome.NEW, overlap=overlap), pace).pace.interval == expected


def test_a_wire_that_loses_entries_reaches_its_pace_in_one_poll_and_leaves_it_slowly():
    pace = Pace(interval=DAY, last_good_at=NOW - DAY)
    pace = after(Poll(NOW, Outcome.NEW, overlap=0.0), pace).pace
    assert pace.interval == SHORTEST
    for _ in range(3):
        pace = after(Poll(NOW, Outcome.NEW, overlap=0.8), pace).pace
    assert pace.interval == SHORTEST + 30 * MINUTE


# --- what the publisher says about caching -----------------------------------------------------------------------


def test_the_longest_of_ttl_and_freshness_lengthens_the_wait():
    assert wait(after(Poll(NOW, Outcome.NOT_MODIFIED, ttl_minutes=180))) >= 3 * HOUR
    assert wait(after(Poll(NOW, Outcome.NOT_MODIFIED, ttl_minutes=180, fresh_until=NOW + 5 * HOUR))) >= 5 * HOUR
    assert wait(after(Poll(NOW, Outcome.NOT_MODIFIED, ttl_minutes=10))) < 78 * MINUTE


def test_a_hint_of_a_year_is_a_day():
    decision = after(Poll(NOW, Outcome.NOT_MODIFIED, ttl_minutes=525_600, fresh_until=NOW + timedelta(days=365)))
    assert DAY <= wait(decision) <= DAY * 1.1


def test_a_hint_that_loses_entries_is_not_followed():
    lossy = Poll(NOW, Outcome.NEW, overlap=0.0, ttl_minutes=720)
    assert wait(after(lossy)) < 6 * MINUTE
    busy = Poll(NOW, Outcome.NEW, overlap=0.9, ttl_minutes=720, entries=20, entries_per_day=60)
    assert wait(after(busy)) <= 160 * MINUTE * 1.1  # by then a third of its twenty entries is replaced


def test_a_hint_that_has_lost_entries_once_is_not_followed_again():
    hinted = Poll(NOW, Outcome.NOT_MODIFIED, ttl_minutes=600)
    pace = after(hinted).pace
    assert pace.wait == 10 * HOUR
    late = NOW + 10 * HOUR
    lossy = Poll(late, Outcome.NEW, overlap=0.1, ttl_minutes=600)
    pace = next_poll("feed", lossy, pace, shortest=SHORTEST, longest=LONGEST).pace
    assert not pace.is_hint_trusted
    calm = Poll(late + HOUR, Outcome.NEW, overlap=0.9, ttl_minutes=600)
    assert next_poll("feed", calm, pace, shortest=SHORTEST, longest=LONGEST).pace.wait < 2 * HOUR


# --- failures ----------------------------------------------------------------------------------------------------


def test_every_outcome_is_good_or_has_a_severity_or_is_special():
    special = {Outcome.GONE, Outcome.INTERNAL_ERROR}
    assert GOOD | SEVERITY.keys() | special == set(Outcome)
    assert not GOOD & SEVERITY.keys()


def test_410_mutes_and_nothing_else_does():
    for outcome in Outcome:
        assert (after(Poll(NOW, outcome)).due_at is None) == (outcome is Outcome.GONE)


def test_failures_wait_longer_each_time_by_their_severity():
    pace = Pace(last_good_at=NOW)
    waits = {}
    for outcome in (Outcome.FORBIDDEN, Outcome.NOT_FOUND, Outcome.TIMEOUT):
        counted = pace
        waits[outcome] = []
        for _ in range(4):
            decision = after(Poll(NOW, outcome), counted)
            counted = decision.pace
            waits[outcome].append(wait(decision))
        assert waits[outcome] == sorted(waits[outcome])
    assert waits[Outcome.FORBIDDEN][3] > waits[Outcome.NOT_FOUND][3] > waits[Outcome.TIMEOUT][3]


def test_a_dead_feed_is_asked_ever_more_rarely_up_to_a_month_and_never_given_up():
    pace, at, polls = Pace(last_good_at=NOW), NOW, []
    while at < NOW + timedelta(days=3 * 365):
        decision = next_poll("dead", Poll(at, Outcome.NOT_FOUND), pace, shortest=SHORTEST, longest=LONGEST)
        assert decision.due_at is not None
        polls.append(decision.due_at - at)
        pace, at = decision.pace, decision.due_at
    assert polls == sorted(polls)
    assert DAY * 30 <= polls[-1] <= DAY * 33
    assert sum(1 for pause in polls if pause <= DAY) > 20  # most tries come early, while a return is likely
    assert len(polls) < 160


def test_a_feed_that_returns_has_its_old_interval_and_a_clean_slate():
    pace = Pace(interval=2 * HOUR, failures=40, last_good_at=NOW - 60 * DAY)
    decision = after(Poll(NOW, Outcome.NEW, overlap=0.0), pace)
    assert decision.pace == Pace(2 * HOUR, 0.0, NOW, 2 * HOUR)


def test_our_own_fault_is_not_counted():
    pace = Pace(interval=HOUR, failures=2.0, last_good_at=NOW - HOUR)
    assert after(Poll(NOW, Outcome.INTERNAL_ERROR), pace).pace == pace


def test_retry_after_is_obeyed_whatever_else_is_decided():
    for outcome in (Outcome.RATE_LIMITED, Outcome.NEW, Outcome.SERVER_ERROR):
        decision = after(Poll(NOW, outcome, overlap=0.5, retry_at=NOW + 7 * HOUR))
        assert timedelta(0) <= wait(decision) - 7 * HOUR <= MINUTE
    assert wait(after(Poll(NOW, Outcome.RATE_LIMITED))) >= 30 * MINUTE


# --- jitter and bounds -------------------------------------------------------------------------------------------


def test_feeds_of_one_interval_are_spread_and_each_keeps_its_place():
    poll = Poll(NOW, Outcome.NEW, overlap=0.5)
    due = [after(poll, feed_id=f"feed-{i}").due_at for i in range(200)]
    assert due == [after(poll, feed_id=f"feed-{i}").due_at for i in range(200)]
    assert len(set(due)) == 200
    assert min(due) - NOW < 61 * MINUTE
    assert max(due) - NOW > 65 * MINUTE


@given(
    outcome=st.sampled_from([outcome for outcome in Outcome if outcome is not Outcome.GONE]),
    overlap=st.none() | st.floats(0, 1),
    entries=st.integers(0, 5_000),
    entries_per_day=st.none() | st.floats(0, 1e6),
    quiet_for=st.none() | st.timedeltas(timedelta(0), timedelta(days=4_000)),
    hint=st.none() | st.timedeltas(timedelta(days=-4_000), timedelta(days=4_000)),
    ttl=st.none() | st.integers(-(10**9), 10**12),
    interval=st.timedeltas(timedelta(0), timedelta(days=60)),
    planned=st.none() | st.timedeltas(timedelta(0), timedelta(days=60)),
    failures=st.floats(0, 1e4),
    gap=st.none() | st.timedeltas(timedelta(0), timedelta(days=400)),
)
def test_no_feed_is_asked_too_soon_or_forgotten(
    outcome, overlap, entries, entries_per_day, quiet_for, hint, ttl, interval, planned, failures, gap
):
    poll = Poll(
        NOW,
        outcome,
        overlap,
        entries,
        entries_per_day,
        quiet_for,
        fresh_until=None if hint is None else NOW + hint,
        ttl_minutes=ttl,
    )
    decision = after(poll, Pace(interval, failures, None if gap is None else NOW - gap, planned))
    limit = 30 * DAY if outcome in SEVERITY else max(LONGEST, interval)
    assert SHORTEST <= wait(decision) <= limit * 1.1
    assert decision.reason
    if outcome in GOOD:
        assert SHORTEST <= decision.pace.interval <= LONGEST
        assert decision.pace.failures == 0


# --- headers -----------------------------------------------------------------------------------------------------

SENT = ("Date", "Wed, 01 May 2030 12:00:00 GMT")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 2 * MINUTE),
        (" 120 ", 2 * MINUTE),
        ("120.7", 2 * MINUTE),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("99999999999999999999", DAY),
        ("86401", DAY),
        ("Wed, 01 May 2030 13:00:00 GMT", HOUR),
        ("Wednesday, 01-May-30 13:00:00 GMT", HOUR),
        ("Wed May  1 13:00:00 2030", HOUR),
        ("Wed, 01 May 2030 15:00:00 +0200", HOUR),
        ("Tue, 30 Apr 2030 13:00:00 GMT", None),
        ("Wed, 01 May 2099 13:00:00 GMT", DAY),
        ("Wed, 99 May 2030 99:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_a_date(value, expected):
    found = retry_at([("retry-after", value)], NOW)
    assert found == (None if expected is None else NOW + expected)


def test_a_date_is_read_against_the_clock_that_wrote_it():
    wrong_by_a_day = ("Date", "Thu, 02 May 2030 12:00:00 GMT")
    later = "Thu, 02 May 2030 12:10:00 GMT"
    assert retry_at([wrong_by_a_day, ("Retry-After", later)], NOW) == NOW + 10 * MINUTE
    assert fresh_until([wrong_by_a_day, ("Expires", later)], NOW) == NOW + 10 * MINUTE


def test_without_the_header_there_is_nothing_to_wait_for():
    assert retry_at([SENT], NOW) is None
    assert fresh_until([SENT], NOW) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("Cache-Control", "public, max-age=600")], 10 * MINUTE),
        ([("Cache-Control", 'max-age="600"')], 10 * MINUTE),
        ([("CACHE-CONTROL", "MAX-AGE=600"), ("Age", "540")], MINUTE),
        ([("Cache-Control", "max-age=600"), ("Age", "700")], None),
        ([("Cache-Control", "s-maxage=600")], None),
        ([("Cache-Control", "max-age=0"), ("Expires", "Wed, 01 May 2030 13:00:00 GMT")], None),
        ([("Cache-Control", "no-cache, max-age=600")], None),
        ([("Cache-Control", "no-store")], None),
        ([("Cache-Control", "max-age=31536000")], DAY),
        ([("Cache-Control", "max-age=lots")], None),
        ([("Cache-Control", "private"), ("Cache-Control", "max-age=60")], MINUTE),
        ([("Expires", "Wed, 01 May 2030 13:00:00 GMT"), SENT], HOUR),
        ([("Expires", "Wed, 01 May 2030 13:00:00 GMT")], HOUR),
        ([("Expires", "0"), SENT], None),
        ([("Expires", "-1"), SENT], None),
        ([("Expires", "Wed, 01 May 2030 11:00:00 GMT"), SENT], None),
        ([("Cache-Control", "max-age=60"), ("Expires", "Wed, 01 May 2030 13:00:00 GMT")], MINUTE),
    ],
)
def test_freshness_is_read_as_http_caching_defines_it(headers, expected):
    assert fresh_until(headers, NOW) == (None if expected is None else NOW + expected)


@given(st.lists(st.tuples(st.sampled_from(["Retry-After", "Expires", "Date", "Age", "Cache-Control"]), st.text())))
def test_no_header_can_raise(headers):
    for read in (retry_at, fresh_until):
        found = read(headers, NOW)
        assert found is None or NOW < found <= NOW + DAY


# --- addresses that moved ----------------------------------------------------------------------------------------

OLD, NEW = "http://a.example/feed", "https://b.example/feed"


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], None),
        ([[(301, NEW)]] * 2, None),
        ([[(301, NEW)]] * 3, NEW),
        ([[(308, NEW)]] * 3, NEW),
        ([[(301, NEW)], [(308, NEW)], [(301, NEW)]], NEW),
        ([[], [(301, NEW)], [(301, NEW)], [(301, NEW)]], NEW),
        ([[(301, NEW)], [(301, NEW)], []], None),
        ([[(301, NEW)], [(301, "https://c.example/")], [(301, NEW)]], None),
        ([[(302, NEW)]] * 3, None),
        ([[(307, NEW)]] * 3, None),
        ([[(301, "https://a.example/feed"), (301, NEW)]] * 3, NEW),
        ([[(301, NEW), (302, "https://cdn.example/x?token=1")]] * 3, NEW),
        ([[(302, "https://cdn.example/"), (301, NEW)]] * 3, None),
        ([[(301, OLD)]] * 3, None),
    ],
)
def test_an_address_is_rewritten_after_three_identical_permanent_redirects(history, expected):
    assert permanent_redirect_target(OLD, history) == expected


def test_a_move_that_gives_up_encryption_is_not_made_for_good():
    assert permanent_redirect_target(NEW, [[(301, OLD)]] * 3) is None


# --- validators --------------------------------------------------------------------------------------------------


def test_validators_are_sent_while_they_are_trusted_and_a_body_was_seen_within_a_day():
    assert should_send_validators(NOW, NOW - HOUR, is_trusted=True)
    assert not should_send_validators(NOW, NOW - HOUR, is_trusted=False)
    assert not should_send_validators(NOW, NOW - DAY, is_trusted=True)
    assert not should_send_validators(NOW, None, is_trusted=True)


@pytest.mark.parametrize(
    ("before", "after_it", "expected"),
    [
        (('"1"', "", "aa"), ('"1"', "", "bb"), True),
        (('W/"1"', "", "aa"), ('W/"1"', "", "bb"), True),
        (('"1"', "", "aa"), ('"2"', "", "bb"), False),
        (('"1"', "", "aa"), ('"1"', "", "aa"), False),
        (("", "Mon", "aa"), ("", "Mon", "bb"), True),
        (("", "Mon", "aa"), ("", "Tue", "bb"), False),
        (('"1"', "Mon", "aa"), ('"2"', "Mon", "bb"), False),
        (("", "", "aa"), ("", "", "bb"), False),
        (('"1"', "", ""), ('"1"', "", "bb"), False),
        (('"1"', "", "aa"), ('"1"', "", ""), False),
    ],
)
def test_a_validator_that_stays_while_the_body_changes_is_false(before, after_it, expected):
    assert has_false_validators(before, after_it) is expected
