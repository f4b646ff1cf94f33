"""Coverage and alerts: what the ledger of attempts lets an analyst claim."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from demarche.adapters.warehouse.checking import choose_checked
from demarche.adapters.warehouse.derived import make_derived
from demarche.adapters.warehouse.schema import SQL, migrate
from demarche.model import Outcome

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
SECOND_OF_MARCH = "'2026-03-02 00:00:00Z', '2026-03-03 00:00:00Z'"
CHECKS = ("coverage_has_no_hole", "fetches_have_an_outcome")


@pytest.fixture
def warehouse():
    """An empty warehouse in memory, with the two feeds `a` (Germany) and `b` (France)."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        migrate(connection)
        add_feed(connection, "a", country="DE", language="de")
        add_feed(connection, "b", country="FR", language="fr")
        yield connection


def add_feed(connection, feed_id, *, country="DE", language="de"):
    connection.execute(
        "INSERT INTO raw.feeds VALUES (?, ?, ?, ?, ?, 'press', '', false, true)",
        [feed_id, f"https://{feed_id}.example/rss", f"Outlet {feed_id}", country, language],
    )


def poll(feed_id, at, outcome="unchanged", *, entries=0, new=0, overlap=None, **values):
    """One attempt. An `at` in hours counts from the Monday."""
    started_at = at if isinstance(at, datetime) else MONDAY + at * HOUR
    address = f"https://{feed_id}.example/rss"
    row = {"fetch_id": f"{feed_id}-{started_at.isoformat()}", "window_at": started_at, "kind": "feed"}
    row |= {"feed_id": feed_id, "url": address, "final_url": address, "started_at": started_at, "outcome": outcome}
    row |= {"entries": entries, "new_entries": new, "overlap": overlap, "etag": "", "last_modified": "", "digest": ""}
    return row | values


def new(feed_id, at, overlap, *, entries=20, **values):
    """An answer with new entries that shares this part of its entries with the one before."""
    fresh = entries if overlap is None else round(entries * (1 - overlap))
    return poll(feed_id, at, "new", entries=entries, new=fresh, overlap=overlap, **values)


def load(connection, rows):
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" for _ in names)
    connection.execute("BEGIN")
    connection.executemany(
        f"INSERT INTO raw.fetches ({columns}) VALUES ({marks})", [[row.get(name) for name in names] for row in rows]
    )
    make_derived(connection)
    connection.execute("COMMIT")


def ask(connection, query, *values):
    return connection.execute(query, list(values)).fetchall()


def spans(connection, feed_id="a"):
    """State, reason, and both ends in hours from the Monday."""
    rows = ask(
        connection,
        "SELECT state, reason, from_at, to_at FROM mart.coverage_spans WHERE feed_id = ? ORDER BY from_at",
        feed_id,
    )
    return [(state, reason, (start - MONDAY) / HOUR, (end - MONDAY) / HOUR) for state, reason, start, end in rows]


FIRST = new("a", 1, None)
BEFORE = ("not_polled", "before_first_poll", 0, 1)


@pytest.mark.parametrize(
    ("polls", "expected"),
    [
        pytest.param(
            [FIRST, new("a", 9, 0.4), new("a", 20, 0.05)],
            [BEFORE, ("covered", "overlap", 1, 20), ("not_polled", "no_later_poll", 20, 24)],
            id="overlap covers the time between two answers, however long",
        ),
        pytest.param(
            [FIRST, new("a", 9, 0.0), new("a", 20, 0.5)],
            [
                BEFORE,
                ("possibly_lost", "no_overlap", 1, 9),
                ("covered", "overlap", 9, 20),
                ("not_polled", "no_later_poll", 20, 24),
            ],
            id="no overlap bounds what may be lost by the two answers",
        ),
        pytest.param(
            [FIRST, poll("a", 9, "not_modified"), new("a", 12, 0.0)],
            [
                BEFORE,
                ("covered", "overlap", 1, 9),
                ("possibly_lost", "no_overlap", 9, 12),
                ("not_polled", "no_later_poll", 12, 24),
            ],
            id="a 304 covers the time up to it",
        ),
        pytest.param(
            [FIRST, poll("a", 9, "timeout"), poll("a", 10, "server_error"), new("a", 12, 0.2)],
            [BEFORE, ("covered", "overlap", 1, 12), ("not_polled", "no_later_poll", 12, 24)],
            id="failures between two answers that overlap lose nothing",
        ),
        pytest.param(
            [FIRST, poll("a", 9, "timeout"), poll("a", 12, "not_found")],
            [BEFORE, ("not_answered", "failing", 1, 12), ("not_polled", "no_later_poll", 12, 24)],
            id="failures after the last answer leave the time open",
        ),
        pytest.param(
            [poll("a", 1, "dns_error"), new("a", 5, None), poll("a", 7)],
            [
                BEFORE,
                ("not_answered", "never_answered_before", 1, 5),
                ("covered", "overlap", 5, 7),
                ("not_polled", "no_later_poll", 7, 24),
            ],
            id="the first answer proves nothing about the time before",
        ),
        pytest.param(
            [poll("a", 1, "forbidden"), poll("a", 5, "forbidden")],
            [BEFORE, ("not_answered", "never_answered_before", 1, 5), ("not_polled", "no_later_poll", 5, 24)],
            id="a feed that never answered",
        ),
        pytest.param(
            [FIRST, poll("a", 2, "empty"), poll("a", 4, "empty"), new("a", 6, None)],
            [
                BEFORE,
                ("possibly_lost", "emptied", 1, 2),
                ("covered", "overlap", 2, 4),
                ("possibly_lost", "after_empty", 4, 6),
                ("not_polled", "no_later_poll", 6, 24),
            ],
            id="a feed that lost its entries and found others",
        ),
        pytest.param(
            [FIRST, new("a", 6, None)],
            [BEFORE, ("possibly_lost", "unknown_before", 1, 6), ("not_polled", "no_later_poll", 6, 24)],
            id="what the collector forgot is not claimed",
        ),
        pytest.param(
            [FIRST, poll("a", 6, "new", entries=20, new=3)],
            [BEFORE, ("covered", "overlap", 1, 6), ("not_polled", "no_later_poll", 6, 24)],
            id="known entries are overlap, also where an import wrote no share",
        ),
        pytest.param(
            [poll("b", 3)],
            [("not_polled", "never_polled", 0, 24)],
            id="a feed of the pack that nobody polled",
        ),
    ],
)
def test_the_time_of_a_feed_is_cut_into_spans(warehouse, polls, expected):
    load(warehouse, polls)
    assert spans(warehouse) == expected


def test_a_304_of_a_feed_whose_validators_lie_proves_nothing(warehouse):
    load(
        warehouse,
        [
            new("a", 1, None, etag='"1"', digest="aa"),
            poll("a", 3, "not_modified", etag='"1"'),
            new("a", 5, 0.5, etag='"1"', digest="bb"),
            poll("a", 7, "not_modified", etag='"1"'),
        ],
    )
    assert spans(warehouse)[1:] == [
        ("covered", "overlap", 1, 5),
        ("not_answered", "validators_lie", 5, 7),
        ("not_polled", "no_later_poll", 7, 24),
    ]


@pytest.mark.parametrize(
    ("documents", "is_lying"),
    [
        ([("E1", "", "aa"), ("E1", "", "bb")], True),
        ([("", "Mon", "aa"), ("", "Mon", "bb")], True),
        ([("E1", "Mon", "aa"), ("E2", "Mon", "bb")], False),  # the ETag moved; Last-Modified has a coarse grain
        ([("E1", "", "aa"), ("E2", "", "bb"), ("E1", "", "aa")], False),  # two servers behind one name
        ([("", "", "aa"), ("", "", "bb")], False),
    ],
)
def test_validators_lie_when_one_of_them_came_with_two_documents(warehouse, documents, is_lying):
    load(
        warehouse,
        [
            new("a", 1 + hour, 0.5 if hour else None, etag=etag, last_modified=modified, digest=digest)
            for hour, (etag, modified, digest) in enumerate(documents)
        ],
    )
    assert bool(ask(warehouse, "FROM mart.lying_validators")) is is_lying
    assert bool(ask(warehouse, "FROM mart.alerts WHERE kind = 'validators_lie' AND is_open")) is is_lying


def test_one_pinned_entry_is_no_overlap_after_a_gap_in_which_all_others_went_by(warehouse):
    steady = [new("a", 24 + hour, 0.5) for hour in range(48)]  # ten of twenty entries go each hour
    pinned = [new("a", 24 + 58, 0.05), new("a", 24 + 59, 0.05)]
    load(warehouse, [FIRST, *steady, *pinned])
    states = [row for row in spans(warehouse) if row[0] == "possibly_lost"]
    assert states == [("possibly_lost", "outlived", 71, 82)]


def test_a_lost_span_over_midnight_is_bounded_on_both_days(warehouse):
    load(warehouse, [FIRST, poll("a", 22), new("a", 26, 0.0), poll("a", 48.5)])
    rows = ask(
        warehouse,
        "SELECT state, covered_share, possibly_lost_share, not_polled_share, gap_from_at, gap_to_at, poll_count "
        "FROM mart.coverage WHERE feed_id = 'a' ORDER BY day",
    )
    first, second, third = rows
    assert first[:4] == ("possibly_lost", pytest.approx(21 / 24), pytest.approx(2 / 24), pytest.approx(1 / 24))
    assert second == (
        *("possibly_lost", pytest.approx(22 / 24), pytest.approx(2 / 24), 0.0),
        *(MONDAY + DAY, MONDAY + 26 * HOUR, 1),
    )
    assert third[0] == "not_polled"


def test_a_day_is_covered_only_after_the_next_day_has_proven_it(warehouse):
    polls = [new("a", 0, None), *(poll("a", hour) for hour in range(1, 24))]
    load(warehouse, polls)
    assert ask(warehouse, "SELECT state FROM mart.coverage WHERE feed_id = 'a'") == [("not_polled",)]
    load(warehouse, [poll("a", 24.25)])
    days = "SELECT state, covered_share FROM mart.coverage WHERE feed_id = 'a' ORDER BY day"
    assert ask(warehouse, days)[0] == ("covered", 1.0)


def test_countries_and_languages_add_up_their_feeds(warehouse):
    add_feed(warehouse, "c", country="DE", language="tr")
    whole = [new("a", 0, None), poll("a", 12), poll("a", 25)]
    load(warehouse, [*whole, poll("c", 12, "timeout"), poll("c", 20, "timeout")])
    rows = ask(
        warehouse,
        "SELECT scope, subject, feed_count, covered_feed_count, answered_feed_count FROM mart.coverage_daily "
        "WHERE day = DATE '2026-03-02' AND scope <> 'outlet' ORDER BY ALL",
    )
    assert rows == [
        ("all", "all", 3, 1, 1),
        ("country", "DE", 2, 1, 1),
        ("country", "FR", 1, 0, 0),
        ("language", "de", 1, 1, 1),
        ("language", "fr", 1, 0, 0),
        ("language", "tr", 1, 0, 0),
    ]


def test_windows_say_what_was_in_each_of_them(warehouse):
    load(warehouse, [FIRST, poll("a", 1.5), new("a", 2.1, 0.0), poll("a", 2.3, "timeout")])
    rows = ask(
        warehouse,
        "SELECT state FROM mart.coverage_windows('2026-03-02 00:45:00Z', '2026-03-02 02:45:00Z') "
        "WHERE feed_id = 'a' ORDER BY window_at",
    )
    assert [state for (state,) in rows] == [
        *("not_polled", "covered", "covered"),  # from 0:45
        *("possibly_lost", "possibly_lost", "possibly_lost"),  # from 1:30
        *("not_answered", "not_polled"),  # from 2:15
    ]


def add_report(connection, feed_id, at, band="accepted"):
    seen_at = MONDAY + at * HOUR
    identity = f"{feed_id}{at}"
    connection.execute(
        "INSERT INTO raw.entries (entry_id, window_at, feed_id, fetch_id, seen_at, title) VALUES (?, ?, ?, ?, ?, 'x')",
        [identity, seen_at, feed_id, f"{feed_id}-{seen_at.isoformat()}", seen_at],
    )
    connection.execute(
        "INSERT INTO core.verdicts (entry_id, window_at, band, score, lang, has_page, rules_version) "
        "VALUES (?, ?, ?, 1, 'de', false, '1')",
        [identity, seen_at, band],
    )


WHOLE = [new("a", 0, None), poll("a", 12), new("a", 25, 0.9)]


@pytest.mark.parametrize(
    ("polls", "reports", "question", "may_claim", "answer"),
    [
        (WHOLE, [], "of_country := 'DE'", True, "yes: all 1 feeds"),
        (WHOLE, [("a", 12, "rejected")], "of_country := 'DE'", True, "yes: all 1 feeds"),
        (WHOLE, [("a", 12, "accepted")], "of_country := 'DE'", False, "no: 1 accepted"),
        # It came with the answer that proves the day's end, so it may have been there before midnight.
        (WHOLE, [("a", 25, "accepted")], "of_country := 'DE'", False, "no: 1 accepted"),
        (WHOLE, [("a", 12, "review")], "of_country := 'DE'", False, "not yet: 1 reports"),
        (WHOLE, [("b", 12, "accepted")], "in_language := 'de'", True, "yes: all 1 feeds"),
        (WHOLE, [], "of_outlet := 'Outlet a'", True, "yes: all 1 feeds"),
        (WHOLE, [], "of_country := 'FR'", False, "no: 1 of 1 feeds"),
        (WHOLE, [], "of_outlet := 'Outlet a', of_country := 'FR'", False, "no: no feed"),
        (WHOLE[:2], [], "of_country := 'DE'", False, "no: 1 of 1 feeds"),
        ([WHOLE[0], new("a", 25, 0.0)], [], "of_country := 'DE'", False, "no: 1 of 1 feeds"),
    ],
)
def test_silence_may_be_claimed_only_where_all_was_seen(warehouse, polls, reports, question, may_claim, answer):
    for report in reports:
        add_report(warehouse, *report)
    load(warehouse, polls)
    ((claim, words),) = ask(
        warehouse,
        f"SELECT may_claim, answer FROM mart.may_claim_silence({SECOND_OF_MARCH}, {question})",
    )
    assert claim is may_claim
    assert words.startswith(answer)


def test_feeds_in_languages_that_are_not_judged_claim_no_silence(warehouse):
    load(warehouse, WHOLE)
    warehouse.execute("UPDATE raw.feeds SET is_judged = false WHERE country = 'DE'")
    alone = ask(
        warehouse,
        f"SELECT may_claim, answer, unjudged_feed_count, unjudged_languages "
        f"FROM mart.may_claim_silence({SECOND_OF_MARCH}, of_country := 'DE')",
    )
    assert alone == [(False, "no: all 1 feeds are in languages that are not judged (de)", 1, ["de"])]
    beside = ask(warehouse, f"SELECT feed_count, unjudged_feed_count FROM mart.may_claim_silence({SECOND_OF_MARCH})")
    assert beside[0][1] == 1 and beside[0][0] >= 1
    assert ask(warehouse, "SELECT is_judged FROM mart.feeds WHERE country = 'DE'") == [(False,)]


@pytest.mark.parametrize(("hour", "accepted"), [(12, 1), (12.5, 0)])
def test_a_report_counts_when_the_first_answer_after_the_end_brought_it(warehouse, hour, accepted):
    add_report(warehouse, "a", hour)
    load(warehouse, WHOLE)
    span = "'2026-03-02 00:00:00Z', '2026-03-02 11:00:00Z'"
    query = f"SELECT is_covered, accepted_count FROM mart.may_claim_silence({span}, of_country := 'DE')"
    assert ask(warehouse, query) == [(True, accepted)]


def test_silence_is_not_claimed_outside_the_collection_or_over_an_empty_span(warehouse):
    load(warehouse, WHOLE)
    ask_for = "SELECT may_claim, covered_share FROM mart.may_claim_silence({}, of_country := 'DE')"
    assert ask(warehouse, ask_for.format("'2026-02-01 00:00:00Z', '2026-02-02 00:00:00Z'")) == [(False, 0.0)]
    assert ask(warehouse, ask_for.format("'2026-03-02 00:00:00Z', '2026-03-02 00:00:00Z'")) == [(False, 0.0)]
    assert ask(warehouse, ask_for.format("'2026-03-01 12:00:00Z', '2026-03-02 12:00:00Z'")) == [(False, 0.5)]


def alerts(connection, kind=None):
    return ask(
        connection,
        "SELECT kind, scope, subject, since_at, until_at, expected, seen FROM mart.alerts "
        "WHERE ? IS NULL OR kind = ? ORDER BY ALL",
        kind,
        kind,
    )


def a_rhythm(feed_id, counts):
    """Polls every six hours with new entries, this many on each day; the day before the first is the first poll."""
    yield new(feed_id, MONDAY - 5 * HOUR, None)
    for number, count in enumerate(counts):
        day = MONDAY + number * DAY
        for quarter in range(4):
            fresh = count // 4 + (quarter < count % 4)
            at = day + (quarter * 6 + 1) * HOUR
            if fresh:
                yield poll(feed_id, at, "new", entries=fresh + 5, new=fresh, overlap=5 / (fresh + 5))
            else:
                yield poll(feed_id, at)
    yield poll(feed_id, MONDAY + len(counts) * DAY + HOUR)


USUAL = (40, 44, 38, 42, 41, 12, 10)  # a week with its quiet weekend


@pytest.mark.parametrize(
    ("last_days", "expected"),
    [
        ((40,), []),
        ((30,), []),
        ((12,), [("volume_low", MONDAY + 35 * DAY, None)]),
        ((200,), [("volume_high", MONDAY + 35 * DAY, None)]),
        ((200, 200, 40), [("volume_high", MONDAY + 35 * DAY, MONDAY + 37 * DAY)]),
        ((200, 5), [("volume_high", MONDAY + 35 * DAY, MONDAY + 36 * DAY), ("volume_low", MONDAY + 36 * DAY, None)]),
    ],
)
def test_a_volume_is_held_against_the_same_weekdays_before(warehouse, last_days, expected):
    load(warehouse, a_rhythm("a", [*USUAL * 5, *last_days]))
    found = [(kind, since, until) for kind, scope, _, since, until, *_ in alerts(warehouse) if scope == "feed"]
    assert found == expected


def test_a_quiet_weekend_is_no_alert_with_two_weeks_of_history_either(warehouse):
    load(warehouse, a_rhythm("a", USUAL * 4))
    assert ask(warehouse, "SELECT count(*) > 10, min(baseline) FROM mart.volumes_daily") == [(True, "last days")]
    assert alerts(warehouse) == []


def test_a_volume_is_not_judged_without_two_weeks_of_history(warehouse):
    load(warehouse, a_rhythm("a", [40] * 13 + [400]))
    assert alerts(warehouse) == []


def test_our_own_outage_is_not_the_silence_of_a_feed(warehouse):
    polls = list(a_rhythm("a", [40] * 40))
    outage = (MONDAY + 30 * DAY, MONDAY + 32 * DAY)
    caught_up = poll("a", outage[1] + HOUR, "new", entries=90, new=80, overlap=10 / 90)
    load(warehouse, [caught_up, *(p for p in polls if not outage[0] <= p["started_at"] <= outage[1] + HOUR)])
    assert [kind for kind, *_ in alerts(warehouse) if kind.startswith("volume")] == []


def test_a_language_is_silent_when_its_feeds_are_together(warehouse):
    for feed_id in ("c", "d", "e"):
        add_feed(warehouse, feed_id, country="PL", language="pl")
        load(warehouse, a_rhythm(feed_id, [8, 9, 7, 8, 9, 8, 7] * 5 + [1]))
    found = [row[:3] for row in alerts(warehouse) if row[0].startswith("volume")]
    assert found == [("volume_low", "country", "PL"), ("volume_low", "language", "pl")]


def test_a_feed_that_joins_does_not_make_its_country_loud(warehouse):
    add_feed(warehouse, "c")
    add_feed(warehouse, "d")
    load(warehouse, a_rhythm("a", [40] * 40))
    load(warehouse, a_rhythm("c", [10] * 40))
    late = [row for row in a_rhythm("d", [300] * 40) if row["started_at"] > MONDAY + 30 * DAY]
    load(warehouse, [new("d", MONDAY + 30 * DAY, None, entries=100), *late])
    assert alerts(warehouse) == []


def hourly(feed_id, hours, outcome="new"):
    for hour in hours:
        if outcome == "new":
            yield new(feed_id, hour, 0.9 if hour else None)
        else:
            yield poll(feed_id, hour, outcome)


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        pytest.param(hourly("a", range(200, 202), "unchanged"), [], id="two quiet hours"),
        pytest.param(hourly("a", range(200, 212), "not_modified"), [(199, None, 1, 12)], id="twelve quiet hours"),
        pytest.param(hourly("a", range(200, 212), "timeout"), [], id="twelve failures are no silence"),
        pytest.param(
            [*hourly("a", range(200, 212), "unchanged"), *hourly("a", range(212, 214))],
            [(199, 212, 1, 12)],
            id="a silence that ended",
        ),
        pytest.param(
            [*hourly("a", range(200, 202), "unchanged"), *hourly("a", range(202, 220), "timeout"), new("a", 220, 0.5)],
            [],
            id="a pause that was mostly failures",
        ),
    ],
)
def test_a_feed_is_silent_when_it_answers_without_news_for_long(warehouse, rest, expected):
    load(warehouse, [*hourly("a", range(200)), *rest])
    found = [
        ((since - MONDAY) / HOUR, until and (until - MONDAY) / HOUR, usual, seen)
        for _, _, _, since, until, usual, seen in alerts(warehouse, "feed_silent")
    ]
    assert found == expected


def test_nights_are_the_rhythm_of_a_feed_and_no_silence(warehouse):
    days = [day * 24 + hour for day in range(14) for hour in range(8, 23)]
    nights = [day * 24 + hour for day in range(14) for hour in (0, 2, 4, 6, 23)]
    load(warehouse, [*hourly("a", [0]), *hourly("a", days), *hourly("a", nights[1:], "unchanged")])
    assert alerts(warehouse, "feed_silent") == []


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ("ok 4xtimeout ok", []),
        ("ok 5xtimeout ok", [("feed_failing", 5, False)]),
        ("ok 5xtimeout", [("feed_failing", 5, True)]),
        ("5xnot_found", [("feed_failing", 5, True)]),
        ("ok 3xtimeout ok 3xtimeout ok", []),
        ("ok 30xserver_error ok", [("feed_failing", 30, False)]),  # over more than a day
        ("ok 70xserver_error", [("feed_failing", 70, True)]),
        ("ok gone", [("feed_gone", 1, True)]),
        ("ok gone ok", []),
        ("ok 6xgone", [("feed_gone", 6, True)]),
    ],
)
@pytest.mark.parametrize("start", [3, 21.5])
def test_failures_in_a_row_are_one_alert(warehouse, outcomes, expected, start):
    listed = []
    for word in outcomes.split():
        times, _, outcome = word.rpartition("x")
        listed += ["not_modified" if outcome == "ok" else outcome] * int(times or 1)
    load(warehouse, [poll("a", start + hour, outcome) for hour, outcome in enumerate(listed)])
    found = ask(warehouse, "SELECT kind, seen, is_open FROM mart.alerts WHERE kind IN ('feed_failing', 'feed_gone')")
    assert found == expected


@pytest.mark.parametrize(
    ("addresses", "is_moved"),
    [
        (["https://a.example/rss"], False),
        (["https://a.example/rss", "https://a.example/feed"], True),
        (["https://old.example/rss", "https://a.example/rss"], False),  # the pack was corrected
    ],
)
def test_a_feed_that_is_read_elsewhere_than_the_pack_says_has_moved(warehouse, addresses, is_moved):
    load(warehouse, [poll("a", hour, url=url) for hour, url in enumerate(addresses)])
    found = ask(warehouse, "SELECT subject, message FROM mart.alerts WHERE kind = 'feed_moved'")
    assert [subject for subject, _ in found] == (["a"] if is_moved else [])
    assert all("https://a.example/feed" in message for _, message in found)


@pytest.mark.parametrize(("pause", "expected"), [(2, []), (9, [("collection_stopped", 9.0)])])
def test_a_pause_of_the_collector_is_an_alert_of_its_own(warehouse, pause, expected):
    hours = [*range(60), *range(59 + pause, 120)]
    load(warehouse, hourly("a", hours, "unchanged"))
    assert ask(warehouse, "SELECT kind, seen FROM mart.alerts") == expected


def test_alerts_keep_their_id_while_they_last(warehouse):
    load(warehouse, [poll("a", hour, "timeout") for hour in range(6)])
    before = ask(warehouse, "SELECT alert_id, seen FROM mart.alerts")
    load(warehouse, [poll("a", hour, "timeout") for hour in range(6, 9)])
    after = ask(warehouse, "SELECT alert_id, seen FROM mart.alerts")
    assert before[0][0] == after[0][0]
    assert (before[0][1], after[0][1]) == (6, 9)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_days_are_utc_days_wherever_the_analyst_sits(warehouse, zone):
    load(warehouse, [*a_rhythm("a", [*USUAL * 5, 200])])
    views = ("coverage", "coverage_daily", "volumes_daily", "alerts")
    utc = [ask(warehouse, f"FROM mart.{view} ORDER BY ALL") for view in views]
    warehouse.execute(f"SET TimeZone = '{zone}'")
    assert [ask(warehouse, f"FROM mart.{view} ORDER BY ALL") for view in views] == utc


def test_an_empty_warehouse_has_no_coverage_and_no_alerts(warehouse):
    for view in ("coverage_spans", "coverage", "coverage_daily", "volumes_daily", "alerts"):
        assert ask(warehouse, f"FROM mart.{view}") == []
    ((may_claim,),) = ask(warehouse, f"SELECT may_claim FROM mart.may_claim_silence({SECOND_OF_MARCH})")
    assert may_claim is False


def broken(connection, name):
    choose_checked(connection, is_whole=True)
    return ask(connection, (Path(SQL) / "checks" / f"{name}.sql").read_text(encoding="utf-8"))


def test_the_checks_pass_on_all_kinds_of_attempts_and_name_a_strange_one(warehouse):
    outcomes = [str(outcome) for outcome in Outcome]
    polls = [
        new("a", number, 0.5 if number else None) if outcome == "new" else poll("a", number, outcome)
        for number, outcome in enumerate([*outcomes, *reversed(outcomes)])
    ]
    load(warehouse, [*polls, new("b", 30.5, None), new("b", 31, 0.0), poll("b", 50)])
    assert [broken(warehouse, name) for name in CHECKS] == [[], []]
    load(warehouse, [poll("a", 60, "vanished"), poll("a", 61, "new", entries=3, new=4, overlap=1.5)])
    assert [row[1] for row in broken(warehouse, "fetches_have_an_outcome")] == ["vanished", "new"]


def test_every_macro_of_coverage_says_what_it_answers(warehouse):
    rows = ask(
        warehouse,
        "SELECT function_name, comment FROM duckdb_functions() WHERE schema_name = 'mart' "
        "AND (function_name LIKE 'coverage%' OR function_name = 'may_claim_silence') ORDER BY 1",
    )
    assert [name for name, _ in rows] == ["coverage_between", "coverage_windows", "may_claim_silence"]
    assert all(comment for _, comment in rows)


def test_coverage_says_how_many_answers_were_imported(warehouse):
    load(
        warehouse,
        [
            new("a", 1, None),
            new("a", 5, 0.5, origin="wayback"),
            poll("a", 9, origin="wayback"),
            poll("a", 10, "timeout", origin="wayback"),
            poll("b", 9, origin="live"),
        ],
    )
    assert ask(
        warehouse, "SELECT feed_id, poll_count, answered_count, imported_count FROM mart.coverage ORDER BY 1"
    ) == [("a", 4, 3, 2), ("b", 1, 1, 0)]
    assert ask(warehouse, "SELECT sum(imported_count) FROM mart.coverage_daily WHERE scope = 'country'") == [(2,)]
    assert ask(warehouse, "SELECT imported_count FROM mart.polls_daily WHERE feed_id = 'a'") == [(2,)]
