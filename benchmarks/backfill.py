"""How long days of the archive take to build, step by step.

    python benchmarks/backfill.py --days 4 --entries 20000 --workers 2

Makes an archive of invented entries (about one in eighty is migration diplomacy, in six languages), builds its days as
a backfill does, as many at the same time as it has workers, and prints wall and processor seconds of each step, and
what they come to for thirty days. Airflow adds about two seconds a task to that: to measure it, too,

    python benchmarks/backfill.py --days 4 --entries 20000 --only-archive FOLDER

leaves such an archive, and how it is backfilled through Airflow is said in benchmarks/README.md.
"""

import argparse
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from xml.sax.saxutils import escape

from demarche import steps
from demarche.adapters.archive import Archive, digest_of
from demarche.model import Fetch, Outcome
from demarche.settings import Settings
from demarche.steps.workbench import workbench

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
FEEDS = 100
PER_POLL = 10  # new entries in one body; half as many stay from the poll before
RELEVANT = 1 / 80
STEPS = ("load_entries", "judge_entries", "code_entries", "merge_stories", "check_warehouse", "publish_copy")
PLACES = "Varna Porto Gdansk Split Malmo Trieste Galway Cadiz Bergen Izmir Tromso Bari Brno Gent Vigo Turku".split()
WORDS = {
    "en": "council mayor bridge school budget harvest match festival theatre strike court doctor storm train museum",
    "de": "Rat Haushalt Schule Brücke Ernte Spiel Theater Streik Gericht Arzt Sturm Bahn Museum Wetter Stadion",
    "fr": "conseil budget école pont récolte match théâtre grève tribunal médecin tempête train musée stade",
    "es": "consejo presupuesto escuela puente cosecha partido teatro huelga tribunal médico tormenta tren museo",
    "it": "consiglio bilancio scuola ponte raccolto partita teatro sciopero tribunale medico tempesta treno museo",
    "pl": "rada budżet szkoła most zbiory mecz teatr strajk sąd lekarz burza pociąg muzeum stadion",
}
PAIRS = (("Italy", "Tunisia"), ("Spain", "Morocco"), ("Germany", "Turkey"), ("Poland", "Belarus"), ("France", "Mali"))
ACTS = (
    "signs a readmission agreement with",
    "threatens visa sanctions over deportations against",
    "summons ambassador over migrants from",
)


def item(chance: random.Random, language: str, number: int) -> tuple[str, str]:
    """Title and summary of one invented entry."""
    if chance.random() < RELEVANT:
        a, b = chance.choice(PAIRS)
        place = chance.choice(PLACES)
        return (
            f"{a} {chance.choice(ACTS)} {b}, {place} {number}",
            f"Ministers of {a} and {b} met in {place} about returns.",
        )
    words = WORDS[language].split()
    said = " ".join(chance.choices([*words, *PLACES], k=9))
    return f"{said} {number}", " ".join(chance.choices([*words, *PLACES], k=35))


def write_day(archive: Archive, day: datetime, entries: int) -> int:
    """One archived day: every feed polled every quarter hour it has something new. Returns its new entries."""
    polls = entries // (FEEDS * PER_POLL)  # of each feed
    languages = list(WORDS)
    count = 0
    for poll in range(polls):
        window_at = day + timedelta(minutes=15 * int(poll * 96 / polls))
        with archive.batch(window_at, "feeds", "b00") as files:
            for feed in range(FEEDS):
                chance = random.Random(f"{day}:{poll}:{feed}")
                before = random.Random(f"{day}:{poll - 1}:{feed}")
                language = languages[feed % len(languages)]
                old = [item(before, language, (poll - 1) * PER_POLL + n) for n in range(PER_POLL)][-PER_POLL // 2 :]
                shown = [item(chance, language, poll * PER_POLL + n) for n in range(PER_POLL)] + (old if poll else [])
                count += PER_POLL
                text = "".join(
                    f"<item><title>{escape(t)}</title><description>{escape(s)}</description>"
                    f"<link>https://f{feed}.example/{digest_of(t.encode())[:12]}</link></item>"
                    for t, s in shown
                )
                body = f'<rss version="2.0"><channel><title>{feed}</title>{text}</channel></rss>'.encode()
                at = window_at + timedelta(seconds=feed)
                url = f"https://f{feed}.example/feed.xml"
                record = files.keep_response(
                    url=url,
                    captured_at=at,
                    status="200 OK",
                    headers=[("Content-Type", "application/rss+xml")],
                    body=body,
                )
                files.fetches.append(
                    Fetch(
                        fetch_id=digest_of(f"{url}{at}".encode())[:16],
                        window_at=window_at,
                        kind="feed",
                        feed_id=f"f{feed}",
                        url=url,
                        final_url=url,
                        started_at=at,
                        duration_ms=20,
                        outcome=Outcome.NEW,
                        status=200,
                        bytes_received=len(body),
                        bytes_decoded=len(body),
                        digest=digest_of(body),
                        entries=len(shown),
                        new_entries=PER_POLL,
                        warc_file=files.warc_file,
                        record_id=record,
                    )
                )
    return count


def processor_seconds() -> float:
    """Of this process so far, on all its cores."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def build_day(settings: Settings, now: datetime, day: datetime) -> dict[str, tuple[float, float]]:
    """All steps of one day; wall and processor seconds of each, waiting for the warehouse included."""
    spent = {}
    for name in STEPS:
        key = () if name in ("check_warehouse", "publish_copy") else (f"{day:%Y-%m-%d}",)
        began, used = time.perf_counter(), processor_seconds()
        getattr(steps, name)(*key, settings=settings, now=now)
        spent[name] = (round(time.perf_counter() - began, 1), round(processor_seconds() - used, 1))
    print(f"{day:%Y-%m-%d} {spent}", flush=True)
    return spent


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=2)
    parser.add_argument("--entries", type=int, default=20_000, help="new entries a day")
    parser.add_argument("--workers", type=int, default=1, help="days that are built at the same time")
    parser.add_argument("--newest-first", action="store_true", help="build the last day first")
    parser.add_argument("--only-archive", type=Path, help="folder to leave the archive in; builds nothing")
    options = parser.parse_args()
    home = options.only_archive or Path(tempfile.mkdtemp(prefix="demarche-backfill-"))
    home.mkdir(parents=True, exist_ok=True)
    feeds = home / "feeds.toml"
    feeds.write_text(
        "\n".join(
            f'[[feed]]\nid = "f{n}"\nurl = "https://f{n}.example/feed.xml"\noutlet = "Outlet {n}"\ncountry = "GB"\n'
            f'language = "{list(WORDS)[n % len(WORDS)]}"\nkind = "press"\n'
            for n in range(FEEDS)
        ),
        encoding="utf-8",
    )
    settings = Settings(home=home, feeds=feeds)
    days = [BEGIN + timedelta(days=number) for number in range(options.days)]
    entries = sum(write_day(Archive(settings.archive), day, options.entries) for day in days)
    if options.only_archive:
        print(f"{entries} entries of {len(days)} days in {settings.archive}; feeds in {feeds}")
        return 0
    bench = workbench(settings)
    _ = (bench.judge, bench.coder)  # once a process, not once a day
    began = time.perf_counter()
    with ProcessPoolExecutor(options.workers, mp_context=get_context("fork")) as workers:
        ordered = days[::-1] if options.newest_first else days
        spent = list(workers.map(partial(build_day, settings, days[-1] + timedelta(days=2)), ordered))
    wall = (time.perf_counter() - began) / len(days)
    cpu = sum(seconds[1] for day in spent for seconds in day.values()) / len(days)
    figures = {
        "entries": entries,
        "days": len(days),
        "workers": options.workers,
        "load of the machine": os.getloadavg()[0],
        "seconds of each day (wall, processor)": spent,
        "seconds a day (wall, processor)": [round(wall, 1), round(cpu, 1)],
        "minutes for 30 days (wall, processor)": [round(wall / 2, 1), round(cpu / 2, 1)],
        "warehouse MB": round(settings.warehouse.stat().st_size / 1e6),
    }
    print(json.dumps(figures, indent=1))
    shutil.rmtree(home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
