"""How fast reports are grouped: from empty, and new ones against many stored ones through the warehouse.

    python benchmarks/group.py [STORED] [NEW] [SHARE ACCEPTED]

The texts are made of words drawn by rank, so that common words are as common as in news; one in six is a copy. The
stored reports are 10,000 such texts over and over, with other keys each time, as other reports would have.
"""

import random
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "include"))

from demarche.adapters.warehouse import Load, Warehouse  # noqa: E402
from demarche.adapters.warehouse.private import TABLES  # noqa: E402
from demarche.core.grouping import Sighting  # noqa: E402
from demarche.core.windows import Span  # noqa: E402
from demarche.model import Candidate  # noqa: E402
from demarche.settings import Settings  # noqa: E402
from demarche.steps.grouping import group_load  # noqa: E402
from demarche.steps.workbench import workbench  # noqa: E402

RULES = ROOT / "include" / "demarche" / "rules"
CODES = "US MX DE PL BY FR GB IT TN LY TR GR EU ES MA".split()
START = datetime(2026, 3, 1, tzinfo=UTC)
BLOCK = 10_000  # texts made; the stored ones repeat them

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
SELECT e.entry_id, e.window_at, $version AS version, [hash(k, e.entry_id) FOR k IN b.keys] AS keys,
    b.title_stems, b.stems, b.sounds
FROM raw.entries e JOIN block b ON b.entry_id = split_part(e.entry_id, '-', 1)
"""


def sightings(count: int, accepted: float, seed: int) -> list[Sighting]:
    """Reports of one quarter hour in arrival order."""
    draw = random.Random(seed)
    bands = tomllib.loads((RULES / "background.toml").read_text(encoding="utf-8"))["bands"]
    ranked = [word for band in sorted(bands, key=float) for word in bands[band].split() if word.isascii()]

    def text(length: int) -> str:
        return " ".join(ranked[min(int(draw.paretovariate(0.25)) - 1, len(ranked) - 1)] for _ in range(length))

    found: list[Sighting] = []
    for n in range(count):
        at = START + timedelta(days=13, milliseconds=n)
        title, summary = text(10), text(35)
        if found and draw.random() < 1 / 6:
            summary = draw.choice(found[-2000:]).candidate.summary
        candidate = Candidate(f"s{seed}n{n}", title, summary, url=f"https://o{n % 200}.example/world/{seed}/{n}",
                              lang="en", outlet=f"o{n % 200}", date=at)  # fmt: skip
        actors = frozenset(draw.sample(CODES, 2))
        found.append(Sighting(candidate, at, actors=actors, is_accepted=draw.random() < accepted))
    return found


def timed(name: str, count: int, work: Callable[[], object]) -> None:
    """Prints wall and processor seconds of some work, and the memory of the process after it."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = psutil.Process().memory_info().rss / 1e6
    print(f"{name}: {wall:.1f} s ({count / wall:,.0f}/s), {cpu:.1f} s of processors, {memory:,.0f} MB", flush=True)


def insert(load: Load, new: list[Sighting], at: datetime) -> None:
    """New reports as the merge finds them: entries with verdicts, without groupings."""
    rows = [{"entry_id": s.candidate.id, "window_at": at, "feed_id": "f", "fetch_id": "x", "seen_at": s.seen_at,
             "title": s.candidate.title, "summary": s.candidate.summary, "url": s.candidate.url,
             "canonical_url": s.candidate.url} for s in new]  # fmt: skip
    load._insert("entries", rows)
    load._insert("verdicts", ({"entry_id": s.candidate.id, "window_at": at, "score": 0.5, "lang": "en",
                               "band": "accepted" if s.is_accepted else "review", "has_page": False,
                               "rules_version": "x"} for s in new))  # fmt: skip


def main(home: Path, stored: int, new: int, accepted: float) -> None:
    """Both measurements."""
    settings = Settings(home=home)
    bench = workbench(settings)
    block = sightings(min(BLOCK, stored), accepted, seed=1)
    fresh = sightings(new, accepted, seed=2)
    grouper = bench.grouper()
    timed(f"{len(block):,} grouped from empty", len(block), lambda: [grouper.add(seen) for seen in block])

    signer = bench.grouper()
    with Warehouse(settings).transaction() as connection:
        load = Load(connection, START, settings.home)
        connection.execute("CREATE TABLE block AS FROM core.signatures, "
                           "(SELECT '' AS title, '' AS summary, '' AS url, false AS is_accepted) LIMIT 0")  # fmt: skip
        rows = [
            {
                **asdict(signer.signature(s)),
                "window_at": START,
                "version": "",
                "title": s.candidate.title,
                "summary": s.candidate.summary,
                "url": s.candidate.url,
                "is_accepted": s.is_accepted,
            }
            for s in block
        ]
        TABLES["block"] = "block"
        load._insert("block", rows)
        times = max(1, stored // len(block))
        values = {"start": START, "step": 12 * 86_400 // times, "times": times, "version": signer.version,
                  "stories": int(stored * accepted / 3)}  # fmt: skip
        for statement in STORED.split(";\n"):
            used = {name: value for name, value in values.items() if f"${name}" in statement}
            connection.execute(statement, used)
        connection.execute("DROP TABLE block")
    at = START + timedelta(days=13)
    with Warehouse(settings).transaction() as connection:
        load = Load(connection, at, settings.home)
        insert(load, fresh, at)
        count = connection.execute("SELECT count(*) FROM core.signatures").fetchall()[0][0]
        timed(
            f"{new:,} grouped against {count:,} stored, {accepted:.0%} accepted",
            new,
            lambda: group_load(load, Span(str(at), at, at + timedelta(minutes=15)), bench=bench, settings=settings),
        )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="demarche-group-") as folder:
        main(
            Path(folder),
            int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
            int(sys.argv[2]) if len(sys.argv) > 2 else 5_000,
            float(sys.argv[3]) if len(sys.argv) > 3 else 0.03,
        )
