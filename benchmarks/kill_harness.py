"""Kills collecting, building and publishing at random moments over a replayed month, while analysts read.

    python benchmarks/kill_harness.py --kills 200 --seed 1

An invented newsroom of six feeds publishes for thirty days; each window is collected, built and published by child
processes that get SIGKILL at a random moment and are simply run again, as Airflow would. At the end the marts must
equal those of an undisturbed build of the same archive, every entry that was published must be there once, the
grouping must be that of a run that nobody disturbed at all, and no reader may have seen an error or half a load.
Children are forked from a parent that has imported everything, so that a kill costs a fraction of a second.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Value
from pathlib import Path
from xml.sax.saxutils import escape

from demarche import steps
from demarche.adapters.archive import Archive
from demarche.adapters.warehouse import Published
from demarche.core.windows import ended_key
from demarche.settings import Settings
from demarche.steps.workbench import workbench

BEGIN = datetime(2026, 9, 1, 6, 1, tzinfo=UTC)
FEEDS = 6
SHOWN = 8  # entries in a feed document
PLACES = ("Varna", "Porto", "Gdansk", "Split", "Malmo", "Trieste", "Galway", "Cadiz", "Bergen", "Izmir")
PAIRS = (
    ("Italy", "Tunisia"),
    ("Spain", "Morocco"),
    ("Germany", "Turkey"),
    ("Poland", "Belarus"),
    ("France", "Algeria"),
)
ACTS = (
    (
        "{a} and {b} sign readmission agreement number {n}",
        "{a} will pay {b} to take back its nationals, ministers said in {p}.",
    ),
    (
        "{a} threatens {b} with visa ban number {n} over deportation flights",
        "{a} warned {b} that it must take back rejected asylum seekers, officials said in {p}.",
    ),
    (
        "{a} summons ambassador of {b} over migrants, protest {n}",
        "{a} accused {b} of sending migrants across the border near {p}.",
    ),
)
QUIET = (
    ("Council of {p} repairs bridge number {n}", "Works near {p} will take some weeks."),
    ("Football club of {p} wins match {n}", "Fans in {p} celebrated until late."),
    ("Storks gather for their migration near {p}, count {n}", "Bird watchers in {p} counted {n} nests."),
)
# What an analyst must never see: half a load, or rows that belong to nothing.
PARTIAL = """
WITH last AS (SELECT start_at, max_by(fetches, loaded_at) AS fetches FROM core.loads
    WHERE end_at - start_at = INTERVAL 15 MINUTE GROUP BY start_at),
there AS (SELECT window_at, count(*) AS fetches FROM raw.fetches GROUP BY window_at)
SELECT (SELECT count(*) FROM last LEFT JOIN there ON window_at = start_at
        WHERE coalesce(there.fetches, 0) < last.fetches)
    + (SELECT count(*) FROM raw.entries e ANTI JOIN core.verdicts v USING (entry_id))
    + (SELECT count(*) FROM core.verdicts v ANTI JOIN core.groupings g USING (entry_id) WHERE v.band <> 'rejected'),
    (SELECT count(*) FROM raw.entries), (SELECT count(*) FROM mart.articles)
"""


def entry(feed: int, number: int) -> tuple[str, str, str]:
    """Title, summary and path of one published entry. Every fourth is a report that all feeds carry."""
    chance = random.Random(f"{number}" if number % 4 == 0 else f"{feed}:{number}")
    a, b = chance.choice(PAIRS)
    title, summary = chance.choice(ACTS if chance.random() < 0.3 else QUIET)
    words = {"a": a, "b": b, "n": number * 10 + (0 if number % 4 == 0 else feed), "p": chance.choice(PLACES)}
    return title.format(**words), summary.format(**words), f"/{feed}/{number}.html"


class Newsroom(BaseHTTPRequestHandler):
    """Serves each feed as it is at the simulated moment, and the pages of its entries."""

    minutes = Value("d", 0.0)  # since BEGIN
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = self.path.strip("/").split("/")
        if parts[-1] == "feed.xml":
            feed = int(parts[0])
            last = int(Newsroom.minutes.value // 180) + feed
            items = (entry(feed, number) for number in range(last, max(-1, last - SHOWN), -1))
            base = f"http://{self.headers['Host']}"
            text = "".join(
                f"<item><title>{escape(t)}</title><description>{escape(s)}</description><link>{base}{p}</link></item>"
                for t, s, p in items
            )
            self._answer(200, f'<rss version="2.0"><channel><title>{feed}</title>{text}</channel></rss>'.encode())
        elif parts[-1].endswith(".html"):
            title, summary, _ = entry(int(parts[0]), int(parts[1].removesuffix(".html")))
            body = f"<html><head><title>{escape(title)}</title></head><body><article>{f'<p>{escape(summary)}</p>' * 5}"
            self._answer(200, body.encode(), "text/html; charset=utf-8")
        else:
            self._answer(404, b"")

    def _answer(self, status: int, body: bytes, kind: str = "application/rss+xml") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def fork(work: Callable[[], None]) -> int:
    """Run something in a child; returns its process id. Exit status 0 where it ended well."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException as error:
        print(f"  {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


@dataclass
class Killer:
    """Runs work in children and kills some of them."""

    chance: random.Random
    wanted: int  # kills in all
    share: float  # of the children that are killed
    kills: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    usual: dict[str, float] = field(default_factory=dict)  # seconds that work took

    def until_done(self, name: str, *works: Callable[[], None]) -> None:
        """Run all at the same time, and again whatever was killed, until each has ended well."""
        left = list(works)
        tries = 0
        while left:
            tries += 1
            if tries > 60:
                raise RuntimeError(f"{name} does not end well")
            left = [work for work, is_done in zip(left, self._tried(name, left), strict=True) if not is_done]

    def _tried(self, name: str, works: list[Callable[[], None]]) -> list[bool]:
        began = time.monotonic()
        children = [fork(work) for work in works]
        deadlines = {
            child: began + self.chance.uniform(0, self.usual.get(name, 1.0) * 1.1)
            for child in children
            if sum(self.kills.values()) < self.wanted and self.chance.random() < self.share
        }
        ended: dict[int, int] = {}
        while len(ended) < len(children):
            for child in children:
                if child in ended:
                    continue
                done, status = os.waitpid(child, os.WNOHANG)
                if done:
                    ended[child] = status
                elif child in deadlines and time.monotonic() > deadlines[child]:
                    os.kill(child, signal.SIGKILL)
                    ended[child] = os.waitpid(child, 0)[1]
            time.sleep(0.002)
        for status in ended.values():
            if os.WIFSIGNALED(status):
                self.kills[name] += 1
            elif status:
                self.failures[name] += 1
            else:
                took = time.monotonic() - began
                self.usual[name] = 0.7 * self.usual.get(name, took) + 0.3 * took
        return [ended[child] == 0 for child in children]


def read_for_ever(settings: Settings, report: Path) -> None:
    """An analyst: asks again and again, keeps one connection open for a while, writes down every surprise."""
    import duckdb

    reads, errors, partial, backwards, before = 0, [], 0, 0, 0
    patient = None
    while True:
        try:
            if settings.published.exists():
                with duckdb.connect(str(settings.published), read_only=True) as connection:
                    ((broken, entries, _),) = connection.execute(PARTIAL).fetchall()
                reads += 1
                partial += broken > 0
                backwards += entries < before
                before = entries
                if reads % 50 == 1:
                    patient = duckdb.connect(str(settings.published), read_only=True)
                if patient is not None:
                    patient.execute("SELECT count(*) FROM mart.stories").fetchall()
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")
        text = json.dumps({"reads": reads, "errors": errors[:5], "partial": partial, "backwards": backwards})
        report.write_text(text, encoding="utf-8")
        time.sleep(2.0)


def marts(settings: Settings) -> str:
    """A hash of everything that analysts are promised about reports, ids and times included."""
    ask = Published(settings).query
    rows = [ask(f"FROM mart.{view} ORDER BY ALL")[1] for view in ("articles", "stories", "events", "verdict_audit")]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def gist(settings: Settings) -> dict[str, object]:
    """What does not depend on the millisecond of a fetch: the entries, their verdicts, and who is with whom."""
    ask = Published(settings).query
    return {
        "entries": sorted(ask("SELECT feed_id, title FROM raw.entries")[1]),
        "bands": sorted(
            ask("SELECT feed_id, title, band, has_page FROM raw.entries JOIN core.verdicts USING (entry_id)")[1]
        ),
        "articles": sorted(
            tuple(sorted(ids)) for (ids,) in ask("SELECT list(entry_id) FROM core.groupings GROUP BY article_id")[1]
        ),
        "stories": sorted(
            tuple(sorted(ids))
            for (ids,) in ask("SELECT list(entry_id) FROM core.groupings WHERE story_id <> '' GROUP BY story_id")[1]
        ),
    }


def collect_and_build(settings: Settings, killer: Killer, days: int, per_day: int, until: float) -> list[datetime]:
    """Play the days through, as far as they come until a moment of the monotonic clock; returns what was played.

    Some days are rebuilt beside the live build.
    """
    played = []
    for number, now in enumerate(moments(days, per_day)):
        if time.monotonic() > until:
            break
        played.append(now)
        Newsroom.minutes.value = (now - BEGIN).total_seconds() / 60
        key = ended_key(now)
        killer.until_done("collect", lambda key=key, now=now: steps.collect(key, settings=settings, now=now))
        works = [lambda key=key, now=now: steps.build(key, settings=settings, now=now)]
        if number and killer.chance.random() < 0.15:
            old = (BEGIN + timedelta(days=killer.chance.randrange(number // per_day + 1))).strftime("%Y-%m-%d")
            works.append(lambda old=old, now=now: steps.build(old, settings=settings, now=now))
        killer.until_done("build", *works)
        killer.until_done("publish", lambda now=now: steps.publish_copy(settings=settings, now=now))
        if number % per_day == per_day - 1:
            spent = {name: round(seconds, 1) for name, seconds in killer.usual.items()}
            print(f"  {now:%d %B}: {sum(killer.kills.values())} kills; seconds of work {spent}", flush=True)
    return played


def collect_and_build_in_peace(settings: Settings, played: list[datetime]) -> None:
    """The same windows, with nobody killed."""
    killer = Killer(random.Random(0), 0, 0.0)
    for now in played:
        Newsroom.minutes.value = (now - BEGIN).total_seconds() / 60
        key = ended_key(now)
        killer.until_done("collect", lambda key=key, now=now: steps.collect(key, settings=settings, now=now))
    for _ in steps.rebuild_all(settings=settings, now=played[-1]):
        pass
    steps.publish_copy(settings=settings, now=played[-1])


def moments(days: int, per_day: int) -> list[datetime]:
    """When the windows are collected."""
    gap = 960 // per_day // 15 * 15
    return [BEGIN + timedelta(days=day, minutes=number * gap) for day in range(days) for number in range(per_day)]


def run(kills: int, seed: int, days: int, per_day: int, share: float, minutes: float) -> dict[str, object]:
    """The whole experiment; returns its figures. Raises AssertionError where something was lost."""
    home = Path(tempfile.mkdtemp(prefix="demarche-kills-"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Newsroom)
    servant = fork(server.serve_forever)
    feeds = home / "feeds.toml"
    feeds.write_text(
        "\n".join(
            f'[[feed]]\nid = "f{n}"\noutlet = "Outlet {n}"\n'
            f'url = "http://127.0.0.1:{server.server_port}/{n}/feed.xml"\n'
            f'country = "GB"\nlanguage = "en"\nkind = "press"\n'
            for n in range(FEEDS)
        ),
        encoding="utf-8",
    )
    disturbed = Settings(
        home=home / "disturbed",
        feeds=feeds,
        allow_networks=("127.0.0.0/8",),
        host_delay=0.0,
        connections_per_host=16,
        max_interval_minutes=5,
        max_pages_per_host=1_000,  # all feeds share a host; which pages a cap leaves waiting depends on milliseconds
        batches=2,
        warehouse_threads=1,
        keep_published=1,
    )
    quiet = replace(disturbed, home=home / "quiet")
    bench = workbench(disturbed)
    print(f"seed {seed}; rules {bench.rules_version}, coder made: {bench.coder is not None}", flush=True)
    _ = bench.judge
    began = time.monotonic()
    reports = [home / f"reader-{number}.json" for number in range(3)]
    readers = [fork(lambda report=report: read_for_ever(disturbed, report)) for report in reports]
    killer = Killer(random.Random(seed), kills, share)
    try:
        played = collect_and_build(disturbed, killer, days, per_day, began + minutes * 60)
        took = time.monotonic() - began
        read = [json.loads(report.read_text(encoding="utf-8")) for report in reports]
        after = marts(disturbed)
        archive = Archive(disturbed.archive)
        again = replace(disturbed, home=home / "again")
        again.home.mkdir()
        (again.home / "archive").symlink_to(disturbed.archive)
        for _ in steps.rebuild_all(settings=again, now=BEGIN + timedelta(days=days)):
            pass
        steps.publish_copy(settings=again, now=BEGIN + timedelta(days=days))
        collect_and_build_in_peace(quiet, played)
        mine, theirs = gist(disturbed), gist(quiet)
        figures = {
            "seed": seed,
            "windows": len(archive.windows(BEGIN - timedelta(days=1), BEGIN + timedelta(days=days + 1))),
            "kills": dict(killer.kills),
            "failures that were no kill": dict(killer.failures),
            "seconds": round(took),
            "entries": len(mine["entries"]),
            "articles": len(mine["articles"]),
            "stories": len(mine["stories"]),
            "reads": sum(each["reads"] for each in read),
            "reader errors": [error for each in read for error in each["errors"]],
            "partial loads seen": sum(each["partial"] for each in read),
            "steps backwards": sum(each["backwards"] for each in read),
            "marts equal an undisturbed build of the same archive": after == marts(again),
            **{f"{name} equal an undisturbed run": mine[name] == theirs[name] for name in mine},
        }
        if mine != theirs:
            for name in mine:
                print(
                    name,
                    [x for x in mine[name] if x not in theirs[name]][:5],
                    [x for x in theirs[name] if x not in mine[name]][:5],
                )
    finally:
        for child in (servant, *readers):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    shutil.rmtree(home)
    return figures


def is_clean(figures: dict[str, object]) -> bool:
    """Whether nothing was lost, doubled or seen half."""
    return (
        not figures["reader errors"]
        and not figures["partial loads seen"]
        and not figures["steps backwards"]
        and all(value for name, value in figures.items() if " equal " in name)
    )


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--per-day", type=int, default=3, help="windows of each day that are collected")
    parser.add_argument("--share", type=float, default=0.5, help="of the children that are killed")
    parser.add_argument("--minutes", type=float, default=1e6, help="after which no further window is begun")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # or the readers would outlive it
    figures = run(**vars(options))
    print(json.dumps(figures, indent=1))
    return 0 if is_clean(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
