"""Makes a WARC file like Common Crawl's news, imports it and builds its day: speed and memory of each step.

    python benchmarks/history.py --pages 100000 --html ../shared/data/html --work /tmp/history

Pages are those of `--html` (real ones, under invented addresses) and generated ones; one host in `--hosts` is wanted.
Nothing of what it makes is kept with the project.
"""

import argparse
import gzip
import json
import random
import resource
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DAY = datetime(2026, 3, 10, tzinfo=UTC)
SUBJECTS = ("The minister", "The council", "A farmer", "The club", "An actor", "The bank", "The envoy", "The school")
VERBS = ("opened", "praised", "lost", "discussed", "sold", "postponed", "won", "rejected")
OBJECTS = ("a bridge", "the season", "the talks", "a report", "the harvest", "a new album", "the budget", "a museum")
MOVING = ("a readmission agreement", "the return of migrants", "asylum rules at the border")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--html", type=Path, default=None, help="folder of real pages; generated ones alone without it")
    parser.add_argument("--work", type=Path, required=True, help="folder for the file and the data")
    parser.add_argument("--hosts", type=int, default=200, help="hosts in the file")
    parser.add_argument("--wanted", type=int, default=20, help="hosts that are imported")
    parser.add_argument("--step", choices=("import", "build"), help="run one step and print its figures (for itself)")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.step:
        print(json.dumps(run_step(options)))
        return
    path = options.work / "news.warc.gz"
    if not path.exists():
        begun = time.perf_counter()
        write_warc(path, options)
        print(f"made {path}: {path.stat().st_size / 1e6:.0f} MB in {time.perf_counter() - begun:.0f} s")
    for step in ("import", "build"):
        # A process of its own for each, so that its memory is its own.
        command = [sys.executable, __file__, "--step", step, "--work", str(options.work), "--pages", str(options.pages)]
        command += ["--hosts", str(options.hosts), "--wanted", str(options.wanted)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        print(f"{step}: {done.stdout.strip().splitlines()[-1]}", flush=True)


def run_step(options: argparse.Namespace) -> dict[str, float]:
    """One step with its figures; rates are per second of one processor."""
    from demarche import steps
    from demarche.adapters.past.files import read_pieces
    from demarche.adapters.past.warcs import Scanned, Scanner
    from demarche.core.past.request import Request
    from demarche.settings import Settings

    feeds = options.work / "feeds.toml"
    lines = [
        f'[[feed]]\nid = "h{n}"\nurl = "https://h{n}.example/rss"\noutlet = "H{n}"\ncountry = "GB"\nlanguage = "en"\n'
        'kind = "press"\n'
        for n in range(options.wanted)
    ]
    feeds.write_text("\n".join(lines), encoding="utf-8")
    settings = Settings(home=options.work / "home", feeds=feeds)
    now = DAY + timedelta(days=30)
    path = options.work / "news.warc.gz"
    if options.step == "import":
        scanner = Scanner(wants=lambda _: False, limit=1)
        with Clock() as scan:
            for piece in read_pieces(path, "", 0):
                assert not [each for each in scanner.feed(piece) if isinstance(each, Scanned)]
        hosts = tuple(f"h{n}.example" for n in range(options.wanted))
        request = Request("files", DAY.date(), DAY.date(), paths=(str(path),), hosts=hosts)
        with Clock() as clock:
            batches = steps.plan_import(request, settings=settings, now=now)
            steps.run_import(request.import_id, batches, settings=settings, now=now)
        summary = steps.sum_up(request.import_id, settings=settings, now=now)
        return {
            "MB": round(path.stat().st_size / 1e6),
            "records": scanner.number,
            "scanned_per_s": round(scanner.number / scan.seconds),
            "filed": summary.got,
            "problems": len(summary.problems),
            "import_records_per_s": round(scanner.number / clock.seconds),
            "memory_MB": memory(),
        }
    with Clock() as load:
        loaded = steps.load_entries("2026-03-10", settings=settings, now=now)
    with Clock() as judge:
        bands = steps.judge_entries("2026-03-10", settings=settings, now=now)
    with Clock() as rest:
        steps.code_entries("2026-03-10", settings=settings, now=now)
        steps.merge_stories("2026-03-10", settings=settings, now=now)
    return {
        "pages": loaded["fetches"],
        "entries": loaded["entries"],
        "extracted": loaded["pages"],
        "load_pages_per_s": round(loaded["fetches"] / load.seconds),
        "load_and_judge_pages_per_s": round(loaded["fetches"] / (load.seconds + judge.seconds)),
        "code_and_merge_s": round(rest.seconds, 1),
        "memory_MB": memory(),
        **bands,
    }


class Clock:
    """Processor seconds of a block: other work on the machine does not count."""

    def __enter__(self) -> "Clock":
        self.begun = time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.process_time() - self.begun


def memory() -> int:
    """The most memory that this process has had, MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def write_warc(path: Path, options: argparse.Namespace) -> None:
    """A request, a response and a metadata record for each page, over six hours of one day."""
    with path.open("wb") as file:
        for number, body in enumerate(pages(options, random.Random(7))):
            url = f"https://www.h{number % options.hosts}.example/2026/03/{number}"
            at = DAY + timedelta(hours=8, seconds=number * 6 * 3600 / options.pages)
            http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
            asked = b"GET / HTTP/1.1\r\nHost: news.example\r\n\r\n"
            file.write(packed_record("request", "application/http; msgtype=request", url, at, asked))
            file.write(packed_record("response", "application/http; msgtype=response", url, at, http))
            file.write(packed_record("metadata", "application/warc-fields", url, at, b"fetchTimeMs: 120\r\n"))


def packed_record(kind: str, content_type: str, url: str, at: datetime, content: bytes) -> bytes:
    """One WARC record as a gzip member."""
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: {at:%Y-%m-%dT%H:%M:%SZ}\r\n"
        f"WARC-Record-ID: <urn:uuid:{uuid.uuid4()}>\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + content + b"\r\n\r\n", 1)


def pages(options: argparse.Namespace, chance: random.Random) -> Iterator[bytes]:
    """As many pages as asked for: one in twenty a real one with its title changed, the others generated.

    One generated page in twenty-five speaks of migration, more than in the news as a whole.
    """
    real = [read(path) for path in sorted(options.html.rglob("*.html*"))] if options.html else []
    usual = [f"{s} {v} {o}" for s in SUBJECTS for v in VERBS for o in OBJECTS]
    moving = [f"{s} {v} {o}" for s in SUBJECTS for v in VERBS for o in MOVING]
    filler = [" ".join(chance.choices("the of and to in town year people river market school team".split(), k=60))
              for _ in range(400)]  # fmt: skip
    menu = "".join(f'<li><a href="/{n}" class="menu-item item-{n % 97}">Part {n}</a></li>' for n in range(120))
    style = "p{margin:0}" * 200
    for number in range(options.pages):
        if real and number % 20 == 0:
            yield real[number // 20 % len(real)].replace(b"<title>", b"<title>%d " % number, 1)
            continue
        words = moving if number % 25 == 1 else usual
        title = f"{chance.choice(words)} ({number})"
        text = "".join(f"<p>{chance.choice(words)}. {chance.choice(filler)}</p>" for _ in range(14))
        yield (
            f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            f'<meta name="description" content="{chance.choice(words)}."><style>{style}</style></head>'
            f"<body><ul>{menu}</ul><article><h1>{title}</h1>{text}</article></body></html>"
        ).encode()


def read(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


if __name__ == "__main__":
    main()
