"""How fast and how small collecting is: ten thousand feeds in one run, beside the `reader` library.

    python benchmarks/collect.py [--feeds 10000] [--parallelism 4] [--reader PYTHON] [--reader-feeds 500]

A server in a process of its own answers like the world does: 70 % of the feeds 304, 20 % the body they had, 10 % new
entries, all after 50 to 500 ms, and 2 % fail. The feeds live on 4,000 hosts. The memory of an earlier round is written
down without asking for it; the round that is measured is collected by the real steps, planning and each batch in
processes of their own as LocalExecutor runs them. `reader` (PyPI) updates a part of the feeds in threads on the same
server, its first round not counted; PYTHON is an interpreter that has it, and without one that part is left out.
"""

import argparse
import asyncio
import gzip
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

ROOT = Path(__file__).resolve().parents[1]
INCLUDE = ROOT / "include"

HOSTS = 4_000
ITEMS = 30
NEW_ITEMS = 3  # that come to a feed which has something new
VARIANTS = 40  # of documents; more would measure the server's memory
FIRST = datetime(2026, 3, 10, 12, 1, tzinfo=UTC)
SECOND = FIRST + timedelta(hours=2)  # past every first interval, before validators are left out to probe
KEY = "2026-03-10T13:45:00"
WORDS = (
    "government minister council report city court market year people plan election budget police school energy "
    "trade border company hospital weather river bank union price festival championship parliament region study "
    "system service project water transport agreement visit talks president leader opposition party team season"
).split()
MOVING = "Ministers agreed to speed up the return of rejected asylum seekers under a new readmission agreement."

# --- the server --------------------------------------------------------------------------------------------------


def kind_of(number: int) -> str:
    """What a feed does in the second round."""
    if number % 50 == 49:
        return ("404", "500", "closed", "html")[number // 50 % 4]
    share = number % 10
    return "304" if share < 7 else ("same" if share < 9 else "new")


def document(variant: int, turn: int) -> bytes:
    """An RSS document of a usual size. In the second round some items are new and as many have left."""
    start = NEW_ITEMS * turn
    items = []
    for n in range(start + ITEMS, start, -1):
        draw = random.Random(variant * 1_000 + n)
        title = " ".join(draw.choices(WORDS, k=9)).capitalize()
        text = " ".join(draw.choices(WORDS, k=60)).capitalize() + (f". {MOVING}" if draw.random() < 0.02 else ".")
        place = f"https://outlet{variant}.example/2026/03/{n}"
        items.append(
            f"<item><title>{title}</title><link>{place}</link><guid>{place}</guid><category>news</category>"
            f"<pubDate>Tue, 10 Mar 2026 {n % 12:02}:00:00 GMT</pubDate><dc:creator>Ann Author</dc:creator>"
            f"<description>&lt;p&gt;{text}&lt;/p&gt;&lt;img src=&quot;{place}.jpg&quot;/&gt;</description></item>"
        )
    head = f"<title>Outlet {variant}</title><link>https://outlet{variant}.example/</link><language>en</language>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"{head}<lastBuildDate>Tue, 10 Mar 2026 {12 + 2 * turn}:00:00 GMT</lastBuildDate>{''.join(items)}"
        "</channel></rss>"
    ).encode()


class Conversation(asyncio.Protocol):
    """One connection to the server. As little work as possible: it shares the cores with what is measured."""

    turn = 0
    bodies: ClassVar[dict[tuple[int, int, bool], bytes]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, _, self.received = self.received.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1]
            if path.startswith(b"/round/"):
                Conversation.turn = int(path[7:])
                self.transport.write(b"HTTP/1.1 204 OK\r\nConnection: close\r\n\r\n")
                continue
            number = int(path[1:])
            latency = 0.05 + 0.45 * (hashlib.md5(path).digest()[0] / 255)
            asyncio.get_running_loop().call_later(latency, self.answer, number, head.lower())

    def answer(self, number: int, head: bytes) -> None:
        """What feed `number` says in this round."""
        kind = kind_of(number) if self.turn else "new"
        if kind == "closed":
            self.transport.close()
        elif kind in ("404", "500"):
            self.send(kind.encode() + b" No", b"<html>no</html>", b"text/html")
        elif kind == "html":
            self.send(b"200 OK", b"<!doctype html><html><body><p>We are back soon.</p></body></html>", b"text/html")
        elif kind == "304" and b"if-none-match" in head:
            self.transport.write(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n')
        else:
            turn = self.turn if kind == "new" else 0
            packed = b"gzip" in head
            more = b'ETag: "1"\r\n' if kind_of(number) == "304" else b""
            more += b"Content-Encoding: gzip\r\n" if packed else b""
            self.send(b"200 OK", self.bodies[number % VARIANTS, turn, packed], b"application/rss+xml", more)

    def send(self, status: bytes, body: bytes, kind: bytes, more: bytes = b"") -> None:
        self.transport.write(
            b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n%b\r\n%b" % (status, kind, len(body), more, body)
        )


def serve(home: Path) -> None:
    """Listen on every address of this machine's loopback network until killed."""
    for variant in range(VARIANTS):
        for turn in (0, 1):
            body = document(variant, turn)
            Conversation.bodies[variant, turn, False] = body
            Conversation.bodies[variant, turn, True] = gzip.compress(body, 6)

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Conversation, "0.0.0.0", 0, backlog=4_096)
        (home / "port").write_text(str(server.sockets[0].getsockname()[1]))
        await server.serve_forever()

    asyncio.run(run())


def address(number: int, port: int) -> str:
    """A feed's address: its host is an address in 127.0.0.0/8."""
    host = number % HOSTS
    return f"http://127.1.{host // 250}.{host % 250 + 1}:{port}/{number}"


# --- the collector -----------------------------------------------------------------------------------------------


def prepare(feeds: int) -> None:
    """Write down what the collector would remember of the first round."""
    sys.path.insert(0, str(INCLUDE))
    from demarche.adapters.feed_state import FeedStates
    from demarche.core.feeds import parse_feed
    from demarche.core.polling import entries_of_document
    from demarche.model import FeedState
    from demarche.settings import read_settings

    bodies = [document(variant, 0) for variant in range(VARIANTS)]
    documents = [parse_feed(body, seen_at=FIRST) for body in bodies]
    states = []
    for n in range(feeds):
        read = entries_of_document(f"f{n}", documents[n % VARIANTS], {})
        states.append(
            FeedState(
                feed_id=f"f{n}",
                etag='"1"' if kind_of(n) == "304" else "",
                digest=hashlib.sha256(bodies[n % VARIANTS]).hexdigest(),
                record_id=f"<urn:uuid:{n}>",
                body_at=FIRST,
                polled_at=FIRST,
                good_at=FIRST,
                new_at=FIRST,
                due_at=FIRST + timedelta(hours=1),
                entry_ids=read.ids,
                blocks=read.blocks,
            )
        )
    FeedStates(read_settings().state).write(states)


def plan() -> None:
    """Print the names of the batches."""
    sys.path.insert(0, str(INCLUDE))
    from demarche import steps
    from demarche.settings import read_settings

    print(json.dumps(steps.plan_feeds(KEY, settings=read_settings(), now=SECOND)))


def fetch(batch: str) -> None:
    """Fetch one batch and print its outcomes."""
    sys.path.insert(0, str(INCLUDE))
    from demarche import steps
    from demarche.settings import read_settings

    print(json.dumps(steps.fetch_feeds(KEY, batch, settings=read_settings(), now=SECOND)))


class Watch:
    """Wall, CPU and memory of the processes that are started inside its block."""

    def __enter__(self) -> "Watch":
        self.peak = 0
        self.began = time.perf_counter()
        before = os.times()
        self._cpu = before.children_user + before.children_system
        self._ends = threading.Event()
        self._sampler = threading.Thread(target=self._sample)
        self._sampler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall = time.perf_counter() - self.began
        after = os.times()
        self.cpu = after.children_user + after.children_system - self._cpu
        self._ends.set()
        self._sampler.join()

    def _sample(self) -> None:
        import psutil

        while not self._ends.wait(0.1):
            total = 0
            for child in psutil.Process().children(recursive=True):
                try:
                    if "--serve" not in child.cmdline():
                        total += child.memory_info().rss
                except psutil.Error:
                    continue
            self.peak = max(self.peak, total)


def call(*words: str, python: str = sys.executable, env: dict[str, str] | None = None) -> str:
    """Run this file in a process of its own; returns what it printed."""
    command = [python, str(Path(__file__).resolve()), *words]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def collect(parallelism: int, env: dict[str, str]) -> tuple[Watch, Counter[str]]:
    """One run of collecting: a planning process, then the batches, so many at once."""
    outcomes: Counter[str] = Counter()
    with Watch() as watch:
        batches = json.loads(call("--plan", env=env))
        with ThreadPoolExecutor(parallelism) as pool:
            for printed in pool.map(lambda batch: call("--fetch", batch, env=env), batches):
                outcomes.update(json.loads(printed))
    return watch, outcomes


# --- reader ------------------------------------------------------------------------------------------------------


def read(home: Path, urls: list[str], workers: int) -> None:
    """One threaded update by the reader library; prints seconds."""
    from reader import make_reader

    reader = make_reader(str(home / f"reader{workers}.sqlite"))
    for url in urls:
        reader.add_feed(url, exist_ok=True)
    began = time.perf_counter()
    reader.update_feeds(workers=workers, scheduled=False)
    print(time.perf_counter() - began)


def has_reader(python: str) -> bool:
    """True where this interpreter can import it."""
    return subprocess.run([python, "-c", "import reader"], capture_output=True, check=False).returncode == 0


# --- parsing -----------------------------------------------------------------------------------------------------


def parse() -> None:
    """Print the milliseconds that a changed feed costs: plain feedparser, our parser, and ours with known blocks."""
    sys.path.insert(0, str(INCLUDE))
    import feedparser

    from demarche.core.feeds import parse_feed

    pairs = [(document(v, 0), document(v, 1)) for v in range(VARIANTS)]
    known = [parse_feed(before).block_digests for before, _ in pairs]
    ways = {
        "plain feedparser": lambda n: feedparser.parse(pairs[n][1]),
        "whole document": lambda n: parse_feed(pairs[n][1]),
        "new items only": lambda n: parse_feed(pairs[n][1], known_blocks=known[n]),
    }
    found = {}
    for name, way in ways.items():
        best = float("inf")
        for _ in range(3):
            began = time.process_time()
            for n in range(VARIANTS):
                way(n)
            best = min(best, time.process_time() - began)
        found[name] = best / VARIANTS * 1000
    print(json.dumps(found))


def main() -> None:
    """Run it all and print a table."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--feeds", type=int, default=10_000)
    words.add_argument("--parallelism", type=int, default=4, help="batches at once, as LocalExecutor would run them")
    words.add_argument("--reader", default=sys.executable, metavar="PYTHON", help="interpreter that has reader")
    words.add_argument("--reader-feeds", type=int, default=500)
    words.add_argument(
        "--reader-workers", type=int, nargs="+", default=[10, 20], help="threads of reader, one row each"
    )
    for hidden in ("--serve", "--prepare", "--plan", "--fetch", "--read", "--parse"):
        words.add_argument(hidden, nargs="*", help=argparse.SUPPRESS)
    options = words.parse_args()
    if options.serve:
        return serve(Path(options.serve[0]))
    if options.prepare:
        return prepare(int(options.prepare[0]))
    if options.plan is not None:
        return plan()
    if options.fetch:
        return fetch(options.fetch[0])
    if options.read:
        return read(Path(options.read[0]), json.loads(Path(options.read[1]).read_text()), int(options.read[2]))
    if options.parse is not None:
        return parse()
    home = Path(tempfile.mkdtemp(prefix="demarche-collect-"))
    server = subprocess.Popen([sys.executable, __file__, "--serve", str(home)])
    try:
        return measure(options, home)
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(home, ignore_errors=True)


def measure(options: argparse.Namespace, home: Path) -> None:
    """The collector, reader, then the parsers."""
    while not (home / "port").exists() or not (home / "port").read_text():
        time.sleep(0.1)
    port = int((home / "port").read_text())
    feeds = "".join(
        f'[[feed]]\nid = "f{n}"\nurl = "{address(n, port)}"\noutlet = "Outlet {n % VARIANTS}"\ncountry = "GB"\n'
        'language = "en"\nkind = "press"\n'
        for n in range(options.feeds)
    )
    (home / "feeds.toml").write_text(feeds)
    env = {
        **os.environ,
        "DEMARCHE_HOME": str(home / "home"),
        "DEMARCHE_FEEDS": str(home / "feeds.toml"),
        "DEMARCHE_ALLOW_NETWORKS": "127.0.0.0/8",
    }
    with_reader = has_reader(options.reader)
    urls = [address(n, port) for n in range(min(options.reader_feeds, options.feeds))]
    (home / "urls.json").write_text(json.dumps(urls))
    readings = {n: ("--read", str(home), str(home / "urls.json"), str(n)) for n in options.reader_workers}
    call("--prepare", str(options.feeds), env=env)
    for reading in readings.values() if with_reader else ():
        call(*reading, python=options.reader)
    urllib.request.urlopen(f"http://127.0.0.1:{port}/round/1").close()
    watch, outcomes = collect(options.parallelism, env)
    print(f"outcomes: {dict(outcomes)}; load of the machine: {os.getloadavg()[0]:.1f}")
    rows = [("Demarche", sum(outcomes.values()), watch.wall, watch)]
    for workers, reading in readings.items() if with_reader else ():
        with Watch() as watch:
            seconds = float(call(*reading, python=options.reader))
        rows.append((f"reader, {workers} threads", len(urls), seconds, watch))
    print(f"\n{'':20}{'feeds':>7}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'feeds/s':>9}{'CPU ms/feed':>13}")
    for label, count, wall, watch in rows:
        print(
            f"{label:20}{count:7}{wall:8.1f}{watch.cpu:8.1f}{watch.peak / 1e6:9.0f}{count / wall:9.1f}"
            f"{watch.cpu / count * 1000:13.1f}"
        )
    (_, ours, our_wall, _), *others = rows
    for label, theirs, their_wall, _ in others:
        print(f"throughput: {ours / our_wall / (theirs / their_wall):.1f} times that of {label}")
    if not with_reader:
        print("\nreader is not importable here: that part was left out (--reader PYTHON)")
    for name, milliseconds in json.loads(call("--parse")).items():
        print(f"parsing a changed feed, {name:20}{milliseconds:8.2f} ms")


if __name__ == "__main__":
    main()
