"""How fast reports are grouped: many from empty, and new ones against many stored ones through the warehouse.

    python benchmarks/group.py [--empty 100000] [--days 60] [--stored 100000] [--new 5000] [--accepted 0.03]
        [--store FOLDER]

The texts are made of words drawn as often as the background says they occur, 6 in 100 of them names that no list has;
one in six is a copy. What is grouped from empty arrives over `--days`. The stored reports all lie within the
look-back; they are 10,000 texts over and over, with other keys each time, as other reports would have. Making texts
is not counted.
"""

import argparse
import contextlib
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp
from pathlib import Path

import duckdb
import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "include"))

from demarche.adapters.warehouse import Load, Warehouse  # noqa: E402
from demarche.adapters.warehouse.derived import note_before  # noqa: E402
from demarche.adapters.warehouse.private import TABLES  # noqa: E402
from demarche.adapters.warehouse.rows import insert_rows  # noqa: E402
from demarche.core.grouping import Sighting  # noqa: E402
from demarche.core.windows import Span  # noqa: E402
from demarche.model import Candidate  # noqa: E402
from demarche.settings import Settings  # noqa: E402
from demarche.steps.grouping import _signature_row, _telling_row, group_load  # noqa: E402
from demarche.steps.workbench import Workbench, workbench  # noqa: E402

RULES = ROOT / "include" / "demarche" / "rules"
CODES = "US MX DE PL BY FR GB IT TN LY TR GR EU ES MA".split()
START = datetime(2026, 3, 1, tzinfo=UTC)
BLOCK = 10_000  # texts made at once; the stored ones repeat them
TITLE, LEAD = 10, 35  # words
NAMES, NAMED = 200_000, 0.06  # words that no list has, and their share of all

STORED = """
INSERT INTO raw.entries BY NAME
SELECT b.entry_id || '-' || r.i AS entry_id, $start + (r.i * $step) * INTERVAL 1 SECOND AS window_at, 'f' AS feed_id,
    'x' AS fetch_id, window_at AS seen_at, b.title, b.summary, b.url || '-' || r.i AS url, url AS canonical_url
FROM block b, range($times) r(i);
INSERT INTO core.verdicts BY NAME
SELECT e.entry_id, e.window_at, 'x' AS rules_version, 0.5 AS score, 'en' AS lang, false AS has_page,
    CASE WHEN is_accepted THEN 'accepted' ELSE 'review' END AS band
FROM raw.entries e JOIN block b ON b.entry_id = split_part(e.entry_id, '-', 1);
INSERT INTO core.groupings BY NAME
SELECT e.entry_id, e.window_at, 'a' || e.entry_id AS article_id, '' AS reason,
    CASE WHEN b.is_accepted THEN 's' || (hash(e.entry_id) % ($stories + 1)) ELSE '' END AS story_id,
    story_id AS automatic_story_id, '' AS joined_article_id, '' AS byline, '' AS wire
FROM raw.entries e JOIN block b ON b.entry_id = split_part(e.entry_id, '-', 1);
INSERT INTO core.signatures BY NAME
SELECT e.entry_id, e.window_at, $version AS version, hash(b.address, e.entry_id) AS address,
    [hash(k, e.entry_id) FOR k IN b.keys] AS keys
FROM raw.entries e JOIN block b ON b.entry_id = split_part(e.entry_id, '-', 1);
INSERT INTO core.tellings BY NAME
SELECT b.* EXCLUDE (title, summary, url, is_accepted, version, keys, address)
    REPLACE (e.entry_id AS entry_id, e.window_at AS window_at, e.seen_at AS seen_at)
FROM raw.entries e JOIN block b ON b.entry_id = split_part(e.entry_id, '-', 1) WHERE b.is_accepted
"""


BLOCK_TABLE = """
CREATE TABLE block AS SELECT t.*, s.version, s.address, s.keys, '' AS title, '' AS summary, '' AS url,
    false AS is_accepted
FROM core.tellings t, core.signatures s LIMIT 0
"""


class UndoneError(Exception):
    """Ends a transaction whose changes are not to stay."""


class Newsroom:
    """Reports in arrival order, of words as often as the background says they occur, and of names of its own."""

    def __init__(self, accepted: float, seed: int) -> None:
        self._draw = np.random.default_rng(seed)
        self._seed, self._accepted, self._written = seed, accepted, 0
        bands = tomllib.loads((RULES / "background.toml").read_text(encoding="utf-8"))["bands"]
        listed = {word: exp(-float(band)) for band, words in bands.items() for word in words.split() if word.isascii()}
        self._words = [*listed, *(f"n{self._draw.integers(1 << 40):x}" for _ in range(NAMES))]
        often = np.array(list(listed.values()))
        rare = 1 / np.arange(1, NAMES + 1)
        shares = np.concatenate([(1 - NAMED) * often / often.sum(), NAMED * rare / rare.sum()])
        self._bounds = np.cumsum(shares / shares.sum())
        self._leads: list[str] = []

    def write(self, count: int, since: datetime, step: timedelta) -> list[Sighting]:
        """The next reports, one each step; one in six has the lead of one of the last 2,000 under its own title."""
        drawn = np.searchsorted(self._bounds, self._draw.random((count, TITLE + LEAD)))
        found = []
        for n, numbers in enumerate(drawn.tolist()):
            words = [self._words[min(number, len(self._words) - 1)] for number in numbers]
            title, lead = " ".join(words[:TITLE]), " ".join(words[TITLE:])
            if self._leads and self._draw.random() < 1 / 6:
                lead = self._leads[self._draw.integers(len(self._leads))]
            self._leads = [*self._leads[-1999:], lead] if n % 20 == 0 else [*self._leads, lead]
            id, outlet = f"s{self._seed}n{self._written}", f"o{self._written % 200}"
            url, at = f"https://{outlet}.example/world/{self._seed}/{self._written}", since + n * step
            candidate = Candidate(id, title, lead, url=url, lang="en", outlet=outlet, date=at)
            actors = frozenset(CODES[k] for k in self._draw.integers(len(CODES), size=2).tolist())
            is_accepted = self._draw.random() < self._accepted
            found.append(Sighting(candidate, at, actors=actors, is_accepted=is_accepted, address=url))
            self._written += 1
        return found


class Watch:
    """Adds up wall and processor seconds of some work."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Counts what is done within."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall += time.perf_counter() - wall
        self.cpu += time.process_time() - cpu

    def tell(self, name: str, count: int) -> None:
        """Prints the sums, and the memory of the process."""
        memory = psutil.Process().memory_info().rss / 1e6
        rates = f"{self.wall:.1f} s ({count / self.wall:,.0f}/s), {self.cpu:.1f} s of processors"
        print(f"{name}: {rates} ({count / self.cpu:,.0f}/s), {memory:,.0f} MB", flush=True)


def insert(connection: duckdb.DuckDBPyConnection, new: list[Sighting], at: datetime) -> None:
    """New reports as the merge finds them: entries with verdicts, without groupings."""
    rows = [{"entry_id": s.candidate.id, "window_at": at, "feed_id": "f", "fetch_id": "x", "seen_at": s.seen_at,
             "title": s.candidate.title, "summary": s.candidate.summary, "url": s.candidate.url,
             "canonical_url": s.candidate.url} for s in new]  # fmt: skip
    insert_rows(connection, TABLES["entries"], rows)
    verdicts = [{"entry_id": s.candidate.id, "window_at": at, "score": 0.5, "lang": "en", "has_page": False,
                 "band": "accepted" if s.is_accepted else "review", "rules_version": "x"} for s in new]  # fmt: skip
    insert_rows(connection, TABLES["verdicts"], verdicts)


def from_empty(bench: Workbench, count: int, days: float, accepted: float) -> None:
    """Reports in arrival order through one grouper."""
    newsroom, grouper, watch = Newsroom(accepted, seed=1), bench.grouper(), Watch()
    step = timedelta(days=days) / count
    for start in range(0, count, BLOCK):
        block = newsroom.write(min(BLOCK, count - start), START + start * step, step)
        with watch.running():
            for seen in block:
                grouper.add(seen)
        if start % (10 * BLOCK) == 9 * BLOCK:
            watch.tell(f"{start + BLOCK:,} so far, {grouper.size()} kept", start + BLOCK)
    watch.tell(f"{count:,} grouped from empty, arriving within {days:g} days", count)


def store(connection: duckdb.DuckDBPyConnection, bench: Workbench, block: list[Sighting], times: int) -> None:
    """Entries, verdicts, groupings, signatures and tellings of a block, so many times."""
    signer = bench.grouper()
    connection.execute(BLOCK_TABLE)
    rows = []
    for seen in block:
        signature = signer.signature(seen)
        row = {"window_at": START}
        told = signer.signature(replace(seen, is_accepted=True)).telling
        assert told, "an accepted report tells something"
        rows.append(
            {
                **_telling_row(row, told),
                **_signature_row(row, signature, ""),
                "title": seen.candidate.title,
                "summary": seen.candidate.summary,
                "url": seen.candidate.url,
                "is_accepted": seen.is_accepted,
            }
        )
    insert_rows(connection, "block", rows)
    accepted = sum(seen.is_accepted for seen in block)
    values = {"start": START, "step": 12 * 86_400 // times, "times": times, "version": signer.version,
              "stories": accepted * times // 3}  # fmt: skip
    for statement in STORED.split(";\n"):
        connection.execute(statement, {name: value for name, value in values.items() if f"${name}" in statement})
    connection.execute("DROP TABLE block")


def against_stored(settings: Settings, bench: Workbench, new: list[Sighting], at: datetime) -> None:
    """New reports of one quarter hour, as the merge groups them. The store stays as it was."""
    watch = Watch()
    with contextlib.suppress(UndoneError), Warehouse(settings).transaction() as connection:
        connection.execute("CREATE TEMP TABLE staged_windows (window_at TIMESTAMPTZ)")
        for name in ("entries", "revised"):
            connection.execute(f"CREATE TEMP TABLE staged_{name} AS FROM raw.entries LIMIT 0")
        note_before(connection)
        insert(connection, new, at)
        ((count,),) = connection.execute("SELECT count(*) FROM core.signatures").fetchall()
        load = Load(connection, at)
        with watch.running():
            group_load(load, Span(str(at), at, at + timedelta(minutes=15)), bench=bench, settings=settings)
        ((stories,),) = connection.execute("SELECT count(*) FROM core.tellings").fetchall()
        watch.tell(f"{len(new):,} grouped against {count:,} stored, {stories:,} tellings of stories in all", len(new))
        raise UndoneError


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--empty", type=int, default=100_000)
    asked.add_argument("--days", type=float, default=60)
    asked.add_argument("--stored", type=int, default=100_000)
    asked.add_argument("--new", type=int, default=5_000)
    asked.add_argument("--accepted", type=float, default=0.03)
    asked.add_argument("--store", type=Path, help="folder that keeps the stored reports for the next run")
    args = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="demarche-group-") as folder:
        settings = Settings(home=args.store or Path(folder))
        bench = workbench(settings)
        if args.empty:
            from_empty(bench, args.empty, args.days, args.accepted)
        if args.stored and not settings.warehouse.exists():
            block = Newsroom(args.accepted, seed=2).write(min(BLOCK, args.stored), START, timedelta(0))
            with Warehouse(settings).transaction() as connection:
                store(connection, bench, block, max(1, args.stored // len(block)))
        if args.stored:
            at = START + timedelta(days=13)
            new = Newsroom(args.accepted, seed=3).write(args.new, at, timedelta(milliseconds=1))
            against_stored(settings, bench, new, at)
