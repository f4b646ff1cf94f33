"""How fast the warehouse is: load, checks, publication, and each mart's question, at 10^5 and 10^6 articles.

    python benchmarks/warehouse.py [--articles 100000 1000000] [--runs 20] [--keep FOLDER]

The warehouse is invented: a year of 1,000 feeds, 1.4 sightings an article, as many rejected entries as articles, three
attempts an article, stories of four articles, a page of 3 KB for a tenth of the sightings, versions, links, labels and
decisions. Rows go straight into raw and core, since judging a million texts would measure the judge; what is measured
afterwards is the real path: the tables behind the marts made anew, one staged quarter hour of 500 entries merged with
all that the database does for its groups, the checks, the publication. (Which reports are copies is found in Python from
the last fortnight alone, and not measured here.) Then every question is asked of the published copy, each in a connection
opened beforehand, `--runs` times. Figures are seconds of the clock (of the processor), and for questions milliseconds,
median / 95th percentile of both. A view without a question is an error.
"""

# ruff: noqa: E501 (questions stand on one line, as they are asked)

import argparse
import hashlib
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from demarche.adapters.warehouse import GroupedTables, Recall, Warehouse
from demarche.model import Feed, Fetch, Outcome
from demarche.settings import Settings
from demarche.steps.grouping import lay_decisions
from demarche.steps.staging import fetch_row, write_rows
from demarche.steps.storing import publish_copy

START = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 365
FEEDS = 1_000
QUARTER = 900_000_000  # microseconds

WORDS = (
    "minister border talks visa return agreement refugees asylum embassy summit deal flights accord patrol migrants "
    "government rejects accuses pledges funding quota relocation camp crossing route smugglers treaty demands warns "
    "ambassador neighbours partner ban entry waiver workers remittances nationals protest council vote delegation"
).split()
SPICES = (
    "移民外交",
    "難民協定",
    "المهاجرين",
    "мигранты",
    "Μετανάστες",
    "Flüchtlinge",
    "réfugiés",
    "ผู้ลี้ภัย",
    "προσφυγες",
    "이주민",
)
ACTORS = ("US", "EU", "TR", "DE", "GR", "TN", "LY", "PL", "BY", "MX", "VE", "GB", "RW", "FR", "MA", "IT", "AL", "DZ")
CODES = {
    "instruments": ("demarche", "readmission", "deportation", "visa_restriction", "border_measure", "consultation"),
    "stages": ("stated", "demanded", "threatened", "talks", "announced", "agreed", "carried_out", "rejected"),
    "signs": ("cooperative", "coercive", "mixed", "neutral"),
    "frames": ("security", "sovereignty", "humanitarian", "economy", "rights_law"),
}

# Numbers that look random and are not: the same warehouse at every run. {n} is the row, {salt} the column.
FILL = """
CREATE TEMP MACRO chance(n, salt) AS (hash(n, salt) % 1000000) / 1000000.0;
CREATE TEMP MACRO pick(options, n, salt) AS options[1 + (hash(n, salt) % len(options))::BIGINT];
CREATE TEMP MACRO phrase(n, salt) AS pick($phrases, n, salt);
CREATE TEMP MACRO passage(n) AS phrase(n, 1) || ' ' || phrase(n, 2) || ' ' || phrase(n, 3) || ' ' || phrase(n, 4);
CREATE TEMP MACRO ident(kind, n) AS substr(md5(kind || n), 1, 16);
CREATE TEMP MACRO quarter(us) AS make_timestamptz((us // 900000000 * 900000000)::BIGINT);

INSERT INTO raw.feeds
SELECT 'feed-' || i, 'https://feed-' || i || '.example/rss', 'Outlet ' || i // 2, pick($actors, i, 'c'),
    pick(['en', 'de', 'fr', 'es', 'ar', 'tr', 'zh', 'ru'], i, 'l'), 'press', '', false FROM range($feeds) t(i);

INSERT INTO raw.fetches BY NAME
SELECT ident('f', i) AS fetch_id, quarter(us) AS window_at, 'feed' AS kind, 'feed-' || i % $feeds AS feed_id,
    'https://feed-' || i % $feeds || '.example/rss' AS url, url AS final_url, make_timestamptz(us) AS started_at,
    (50 + 400 * chance(i, 'd'))::BIGINT AS duration_ms,
    CASE WHEN chance(i, 'o') < 0.02 THEN 'timeout' WHEN chance(i, 'o') < 0.5 THEN 'not_modified'
        WHEN chance(i, 'o') < 0.75 THEN 'unchanged' ELSE 'new' END AS outcome,
    200 AS status, 9000 AS bytes_received, 40000 AS bytes_decoded, md5('b' || i) AS digest, md5('e' || i) AS etag,
    CASE WHEN outcome IN ('new', 'unchanged') THEN 30 ELSE 0 END AS entries,
    CASE WHEN outcome = 'new' THEN 1 + (hash(i, 'n') % 6)::INTEGER ELSE 0 END AS new_entries,
    CASE WHEN outcome = 'new' THEN CASE WHEN chance(i, 'g') < 0.004 THEN 0.0 ELSE 1 - new_entries / 30.0 END END AS overlap,
    '' AS note, 'window.warc.gz' AS warc_file, ident('r', i) AS record_id, 'live' AS origin
FROM (SELECT i, ($start_us + i * ($span_us // $fetches) + (hash(i, 's') % 600000000))::BIGINT AS us
    FROM range($fetches) t(i));

CREATE TEMP TABLE sighted AS
SELECT i, (i / 1.4)::BIGINT AS article, ($start_us + i * ($span_us // $sightings))::BIGINT AS us,
    'feed-' || hash(i, 'f') % $feeds AS feed_id FROM range($sightings) t(i);

INSERT INTO raw.entries BY NAME
SELECT ident('e', i) AS entry_id, quarter(us) AS window_at, feed_id, ident('f', i % $fetches) AS fetch_id,
    make_timestamptz(us) AS seen_at,
    pick($actors, article // 4, 'a') || ' ' || phrase(article, 0) || ' ' || pick($spices, article, 'sp') AS title,
    passage(i) AS summary, 'https://news.example/' || i AS url, '' AS canonical_url, 'g' || i AS guid,
    make_timestamptz((us - (hash(i, 'p') % 7200000000))::BIGINT) AS published_at, '' AS date_note, 'en' AS "language",
    '' AS image_url, 'live' AS origin
FROM sighted
UNION ALL BY NAME
SELECT ident('x', i) AS entry_id, quarter(us) AS window_at, 'feed-' || hash(i, 'f') % $feeds AS feed_id,
    ident('f', i % $fetches) AS fetch_id, make_timestamptz(us) AS seen_at, phrase(-i, 0) AS title,
    passage(-i) AS summary, 'https://news.example/x' || i AS url, 'live' AS origin
FROM (SELECT i, ($start_us + i * ($span_us // $articles))::BIGINT AS us FROM range($articles) t(i));

INSERT INTO core.verdicts BY NAME
SELECT entry_id, window_at,
    CASE WHEN guid IS NULL THEN 'rejected' WHEN chance(entry_id, 'b') < 0.85 THEN 'accepted' ELSE 'review' END AS band,
    chance(entry_id, 'q') AS score, 'en' AS lang, false AS has_page,
    [{concept: 'border', term: 'border', field: 'title', "start": 3, "end": 9}] AS terms,
    [{feature: 'bias', "value": 1.0, log_odds: -1.2}, {feature: 'border', "value": 2.0, log_odds: 1.7}] AS contributions,
    'rules-1' AS rules_version, 'judge' AS decided_by
FROM raw.entries;

INSERT INTO core.codings BY NAME
SELECT ident('e', i) AS entry_id, quarter(us) AS window_at, [pick($actors, article // 4, 'a')] AS initiators,
    [pick($actors, article // 4, 't')] AS targets, [pick($actors, article, 'm')] AS about,
    list_distinct([pick($instruments, article // 4, 'i'), pick($instruments, article, 'j')]) AS instruments,
    pick($stages, article, 'st') AS stage, pick($signs, article // 4, 'si') AS "sign",
    list_distinct([pick($frames, article, 'fr'), pick($frames, article, 'fs')]) AS frames,
    passage(i) AS sentence, chance(i, 'dc') AS direction_confidence,
    [{code: 'demarche', term: 'demands', field: 'title', "start": 3, "end": 9}] AS evidence, 'rules-1' AS rules_version,
    'ACCUSE' AS plover_event, 'disapprove' AS plover_mode, '111' AS cameo
FROM sighted;

INSERT INTO core.groupings BY NAME
SELECT ident('e', i) AS entry_id, quarter(us) AS window_at, ident('a', article) AS article_id,
    CASE WHEN v.band = 'accepted' THEN ident('s', article // 4) ELSE '' END AS story_id, story_id AS automatic_story_id,
    'same words' AS reason,
    CASE WHEN chance(article, 'wi') < 0.3 THEN pick(['Wire One', 'Wire Two', 'Wire Three'], article, 'wn') ELSE '' END AS wire,
    wire AS byline
FROM sighted JOIN core.verdicts v ON v.entry_id = ident('e', i);

INSERT INTO raw.pages BY NAME
SELECT ident('p', i) AS fetch_id, quarter(us) AS window_at, feed_id, 'https://news.example/' || i AS url,
    make_timestamptz(us) AS captured_at, 'A page' AS title, repeat(passage(i) || '. ' || passage(-i) || '. ', 7) AS "text", 'open' AS access
FROM sighted WHERE i % 10 = 0;

INSERT INTO core.versions BY NAME
SELECT ident('e', i) AS entry_id, quarter(us) AS window_at, ident('a', article) AS article_id, feed_id AS thread,
    1 + (hash(i, 'ver') % 3)::INTEGER AS version, ident('e', i - 1) AS follows_entry_id,
    [{"before": 'talks', "after": 'threats'}, {"before": phrase(i, 0), "after": phrase(i, 0)}] AS title_changes,
    [{"before": passage(i), "after": passage(i)}] AS summary_changes
FROM sighted WHERE i % 20 = 0;

INSERT INTO core.story_links
SELECT ident('s', n), ident('s', n - 1 - (hash(n, 'l') % 50)::BIGINT), 'same pair' FROM range(100, $articles // 4) t(n) WHERE n % 10 = 0;

INSERT INTO core.labels
SELECT 'label-' || i, 'https://news.example/' || i, ident('e', i), (hash(i, 'la') % 3)::INTEGER, 'ada', make_timestamptz(us), ''
FROM sighted WHERE i % ($sightings // 2000) = 0;

INSERT INTO core.imports
SELECT 'import-1', 'wayback', 'wayback', 'feed-' || n, DATE '2025-01-01' + d::INTEGER, 96, 90, 2, 4, '', true, now()
FROM range(40) t(n), range(90) u(d);

INSERT INTO core.loads SELECT make_timestamptz(($start_us + $span_us)::BIGINT), make_timestamptz($start_us::BIGINT),
    make_timestamptz(($start_us + $span_us)::BIGINT), 1, 0, 0, 0, 0, 0, 'rules-1', '0';
"""

# What an analyst asks of each view: the month before the newest day, in the order of a list on a screen; and all of it.
QUESTIONS = {
    "articles, newest 100": "FROM mart.articles ORDER BY first_seen_at DESC LIMIT 100",
    "articles, a month of one actor": "SELECT count(*) FROM mart.articles WHERE seen_on >= '2025-12-01' AND list_contains(initiators, 'TR')",
    "articles, count": "SELECT count(*) FROM mart.articles",
    "stories, newest 100": "FROM mart.stories ORDER BY last_seen_at DESC LIMIT 100",
    "stories, a month by outlets": "FROM mart.stories WHERE seen_on >= '2025-12-01' ORDER BY outlet_count DESC, story_id LIMIT 100",
    "stories, count": "SELECT count(*) FROM mart.stories",
    "story_timeline, changes of a month": "FROM mart.story_timeline WHERE is_stage_change AND day >= '2025-12-01' ORDER BY day DESC LIMIT 100",
    "story_timeline, count": "SELECT count(*) FROM mart.story_timeline",
    "events, newest 100": "FROM mart.events WHERE seen_on >= '2025-12-01' ORDER BY first_seen_at DESC LIMIT 100",
    "events, a pair": "SELECT seen_on, count(*) FROM mart.events WHERE initiator = 'US' AND target = 'EU' GROUP BY ALL ORDER BY ALL",
    "events, count": "SELECT count(*) FROM mart.events",
    "country_pairs, all": "FROM mart.country_pairs ORDER BY month, story_count DESC LIMIT 100",
    "country_pairs, a month": "FROM mart.country_pairs WHERE month = '2025-12-01' ORDER BY story_count DESC LIMIT 100",
    "instruments_daily, all": "FROM mart.instruments_daily ORDER BY ALL",
    "frames_daily, all": "FROM mart.frames_daily ORDER BY ALL",
    "daily, all": "FROM mart.daily ORDER BY day",
    "outlets, all": "FROM mart.outlets ORDER BY own_article_count DESC",
    "feeds, all": "FROM mart.feeds ORDER BY accepted_count DESC",
    "feed_health, all": "FROM mart.feed_health ORDER BY failure_streak DESC, feed_id",
    "coverage, a month": "FROM mart.coverage WHERE day >= '2025-12-01' ORDER BY covered_share, day, feed_id LIMIT 100",
    "coverage, count": "SELECT state, count(*) FROM mart.coverage GROUP BY state",
    "coverage_daily, all": "FROM mart.coverage_daily WHERE scope = 'country' ORDER BY ALL",
    "coverage_spans, all": "SELECT state, reason, count(*), sum(hours) FROM mart.coverage_spans GROUP BY ALL",
    "polls_daily, a month": "FROM mart.polls_daily WHERE day >= '2025-12-01' ORDER BY day DESC, feed_id LIMIT 100",
    "volumes_daily, a month": "FROM mart.volumes_daily WHERE day >= '2025-12-01' ORDER BY abs(score) DESC LIMIT 100",
    "alerts, open": "FROM mart.alerts WHERE is_open ORDER BY abs(score) DESC",
    "alerts, count": "SELECT kind, count(*) FROM mart.alerts GROUP BY kind",
    "lying_validators, all": "FROM mart.lying_validators",
    "verdict_audit, a day in review": "FROM mart.verdict_audit WHERE band = 'review' AND window_at >= '2025-12-30' ORDER BY score DESC LIMIT 100",
    "verdict_audit, a month by band": "SELECT band, count(*) FROM mart.verdict_audit WHERE window_at >= '2025-12-01' GROUP BY band",
    "verdict_audit, count": "SELECT count(*) FROM mart.verdict_audit",
    "labels, all": "FROM mart.labels",
    "article_versions, newest 100": "FROM mart.article_versions ORDER BY seen_at DESC LIMIT 100",
    "article_versions, count": "SELECT count(*) FROM mart.article_versions",
    "story_decisions, all": "FROM mart.story_decisions",
    "article_decisions, all": "FROM mart.article_decisions",
    "imports, all": "FROM mart.imports",
    "runs, all": "FROM mart.runs",
    "quality, failed": "FROM mart.quality WHERE NOT is_passed",
    "story_links, all": "FROM mart.story_links",
    "story_redirects, all": "FROM mart.story_redirects",
    "search('visa ban'), 30 days": "FROM mart.search('visa ban', days := 30) LIMIT 100",
    "search('visa ban'), the year": "FROM mart.search('visa ban') LIMIT 100",
    "search('移民'), the year": "FROM mart.search('移民') LIMIT 100",
    "search('zeppelin'), found nowhere": "FROM mart.search('zeppelin') LIMIT 100",
    "about('DE')": "FROM mart.about('DE') LIMIT 100",
    "between('US', 'EU')": "FROM mart.between('US', 'EU') LIMIT 100",
    "timeline(…)": "FROM mart.timeline((SELECT max(story_id) FROM mart.stories))",
    "pressure_index('TR')": "FROM mart.pressure_index('TR')",
    "independent_reports(…)": "FROM mart.independent_reports('2025-12-15')",
    "coverage_between(…), a week": "FROM mart.coverage_between('2025-12-01 00:00:00Z', '2025-12-08 00:00:00Z', of_country := 'DE')",
    "may_claim_silence(…), a week": "FROM mart.may_claim_silence('2025-12-01 00:00:00Z', '2025-12-08 00:00:00Z', of_country := 'DE')",
    "coverage_windows(…), a day": "SELECT state, count(*) FROM mart.coverage_windows('2025-12-01 00:00:00Z', '2025-12-02 00:00:00Z') GROUP BY ALL",
}


def main() -> None:
    """Measure each size and print a table of Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=20, help="times that each question is asked")
    parser.add_argument("--keep", type=Path, help="folder to leave the databases in, used again where they are there")
    parser.add_argument(
        "--made", action="store_true", help="leave the tables behind the marts of kept databases as they are"
    )
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="demarche-warehouse-"))
    try:
        columns = [
            _measured(folder / str(count), count, options.runs, is_made=options.made) for count in options.articles
        ]
    finally:
        if not options.keep:
            shutil.rmtree(folder)
    print("| | " + " | ".join(f"{count:,} articles" for count in options.articles) + " |")
    print("| --- |" + " ---: |" * len(columns))
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(column[name] for column in columns) + " |")


def _measured(home: Path, articles: int, runs: int, *, is_made: bool) -> dict[str, str]:
    """Every figure of one size, in words."""
    settings = Settings(home=home)
    warehouse = Warehouse(settings)
    found: dict[str, str] = {}
    if not warehouse.path.exists():
        found["rows made, s"] = _said(_timed(lambda: _fill(warehouse, articles)))
    else:
        found["rows made, s"] = "kept"
    if not is_made:
        with duckdb.connect(str(warehouse.path)) as connection:  # so that the next opening makes the marts, and once
            connection.execute("DELETE FROM core.mart_version")
        found["tables behind the marts made anew, s"] = _said(_timed(warehouse.last_load))
    _decide(settings)
    for number in range(1, 4):
        found[f"a quarter hour of 500 entries merged ({number}), s"] = _said(_timed(lambda: _merge(settings)))
    with Warehouse(settings).connection() as connection:
        views = connection.execute("SELECT view_name FROM duckdb_views() WHERE schema_name = 'mart'").fetchall()
        if unasked := [view for (view,) in views if not any(f"mart.{view}" in query for query in QUESTIONS.values())]:
            raise SystemExit(f"no question asks {', '.join(unasked)}")
    found["checks of what the loads touched, s"] = _said(_timed(lambda: warehouse.check(datetime.now(UTC))))
    found["checks of everything, s"] = _said(_timed(lambda: warehouse.check(datetime.now(UTC), is_whole=True)))
    publish_copy(settings=settings, now=datetime.now(UTC))  # so that the next one has a copy to replace
    taken = _timed(lambda: publish_copy(settings=settings, now=datetime.now(UTC)))
    size = settings.published.stat().st_size / 1e9
    found["published file, GB"] = f"{size:.2f}"
    found["publication, s"] = _said(taken)
    found["publication, s/GB"] = _said((taken[0] / size, taken[1] / size))
    config = {"memory_limit": settings.warehouse_memory, "threads": settings.warehouse_threads}
    with duckdb.connect(str(settings.published), read_only=True, config=config) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, query in QUESTIONS.items():
            try:
                times = [_timed(lambda q=query: connection.execute(q).fetchall()) for _ in range(runs)]
            except duckdb.Error as error:
                found[name] = str(error)[:80]
                continue
            (wall, late_wall), (cpu, late_cpu) = (_spread([1000 * each[k] for each in times]) for k in (0, 1))
            found[name] = f"{wall:.0f} / {late_wall:.0f} ({cpu:.0f} / {late_cpu:.0f})"
    return found


def _timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and seconds of the processor: on a machine that others use, only these are of the work."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _said(taken: tuple[float, float]) -> str:
    return f"{taken[0]:.2f} ({taken[1]:.2f})"


def _spread(values: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return statistics.median(values), sorted(values)[int(0.95 * (len(values) - 1) + 0.5)]


def _fill(warehouse: Warehouse, articles: int) -> None:
    """Invented rows for a year."""
    chance = random.Random(7)
    phrases = [" ".join(chance.choices(WORDS, k=8)) for _ in range(1_000)]
    values: dict[str, Any] = {
        "phrases": phrases, "spices": list(SPICES), "actors": list(ACTORS), **{k: list(v) for k, v in CODES.items()},
        "articles": articles, "sightings": int(articles * 1.4), "fetches": articles * 3, "feeds": FEEDS,
        "start_us": int(START.timestamp() * 1e6), "span_us": DAYS * 86_400_000_000,
    }  # fmt: skip
    with warehouse.transaction() as connection:
        for statement in FILL.split(";\n"):
            if text := statement.strip():
                connection.execute(_filled(text, values))


def _filled(statement: str, values: dict[str, Any]) -> str:
    """The statement with its values written out: a macro cannot take parameters."""
    for name in sorted(values, key=len, reverse=True):
        statement = statement.replace(f"${name}", repr(values[name]))
    return statement


def _decide(settings: Settings) -> None:
    """Fifty decisions of a person, each that two stories are one."""
    rows = [
        {"decision_id": f"decision-{n}", "action": "merge", "story_id": _ident("s", n), "into_story_id": _ident("s", n + 1),
         "article_ids": [_ident("a", n * 4)], "into_article_ids": [_ident("a", n * 4 + 4)],
         "entry_ids": [_ident("e", round(n * 5.6))], "decided_by": "ada", "decided_at": START.isoformat()}
        for n in range(100, 150)
    ]  # fmt: skip
    settings.decisions.mkdir(parents=True, exist_ok=True)
    write_rows(settings.decisions / "stories.jsonl", rows)


def _ident(kind: str, number: int) -> str:
    """The macro `ident`."""
    return hashlib.md5(f"{kind}{number}".encode()).hexdigest()[:16]


def _merge(settings: Settings) -> None:
    """One staged quarter hour after the newest, as the steps write it, grouped as each its own article."""
    at = START + timedelta(days=DAYS)
    folder = settings.staging / "benchmark"
    folder.mkdir(parents=True, exist_ok=True)
    window = at.isoformat()
    feeds = [Feed(f"feed-{n}", f"https://feed-{n}.example/rss", f"Outlet {n // 2}", "US", "en") for n in range(FEEDS)]
    fetches = [
        Fetch(
            f"new-{f.feed_id}", at, "feed", f.feed_id, f.url, f.url, at, 20, Outcome.NEW, 200, entries=30, new_entries=1
        )
        for f in feeds[:500]
    ]
    write_rows(folder / "fetches.jsonl", (fetch_row(fetch) for fetch in fetches))
    ids = [(f"new{n:013}", f.feed_id, f"new-{f.feed_id}") for n, f in enumerate(feeds[:500])]
    title, summary = " ".join(WORDS[:9]), " ".join(WORDS[:32])
    write_rows(folder / "entries.jsonl", (
        {"entry_id": e, "window_at": window, "feed_id": f, "fetch_id": t, "seen_at": window, "title": f"{title} {e}",
         "summary": summary, "url": f"https://news.example/{e}"} for e, f, t in ids))  # fmt: skip
    write_rows(folder / "verdicts.jsonl", (
        {"entry_id": e, "window_at": window, "band": "accepted", "score": 0.9, "lang": "en", "has_page": False,
         "rules_version": "rules-1"} for e, _, _ in ids))  # fmt: skip
    write_rows(folder / "codings.jsonl", (
        {"entry_id": e, "window_at": window, "initiators": ["US"], "targets": ["EU"], "instruments": ["demarche"],
         "stage": "stated", "sign": "coercive", "frames": ["security"], "rules_version": "rules-1"} for e, _, _ in ids
    ))  # fmt: skip
    with Warehouse(settings).replacing([at], at, staged=folder) as load:
        rows = [row[:8] for row in load.connection.execute("FROM raw.feeds ORDER BY feed_id").fetchall()]
        names = list(asdict(feeds[0]))[:8]
        load.replace_feeds(dict(zip(names, row, strict=True)) for row in rows)
        kept = Recall(load.connection, at).kept_entries()
        load.replace_groupings(
            [{"entry_id": row["entry_id"], "window_at": at, "article_id": row["entry_id"], "story_id": row["entry_id"],
              "automatic_story_id": row["entry_id"], "byline": "", "reason": "first"} for row in kept]
        )  # fmt: skip
        tables = GroupedTables(load.connection, at)
        lay_decisions(tables, settings)
        tables.fill_wires()
        tables.replace_versions(
            [{"entry_id": row["entry_id"], "window_at": at.isoformat(), "article_id": row["article_id"],
              "thread": row["outlet"], "version": 1} for row in tables.wordings()]
        )  # fmt: skip
        tables.replace_links(tables.stories_begun(at), [])
        load.note(now=at, span=(at, at), windows=1, rules_version="rules-1", code_version="0")


if __name__ == "__main__":
    main()
