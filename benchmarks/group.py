"""How fast sightings are grouped: 5,000 new ones against many remembered, with and without accepted ones.

    python benchmarks/group.py [REMEMBERED] [NEW]

The texts are made of words drawn by rank, so that common words are as common as in news; one in six is a copy.
"""

import random
import sys
import time
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "include"))

from demarche.core.grouping import Grouper, Sighting  # noqa: E402
from demarche.model import Candidate, Grouping  # noqa: E402

RULES = ROOT / "include" / "demarche" / "rules"
CODES = "US MX DE PL BY FR GB IT TN LY TR GR EU ES MA".split()


def rules() -> dict[str, object]:
    """The shipped rules."""
    return {
        **tomllib.loads((RULES / "grouping.toml").read_text(encoding="utf-8")),
        "background": tomllib.loads((RULES / "background.toml").read_text(encoding="utf-8")),
    }


def sightings(count: int, accepted: float) -> list[Sighting]:
    """Sightings over twelve days in arrival order."""
    draw = random.Random(6)
    bands = tomllib.loads((RULES / "background.toml").read_text(encoding="utf-8"))["bands"]
    ranked = [word for band in sorted(bands, key=float) for word in bands[band].split() if word.isascii()]

    def text(length: int) -> str:
        return " ".join(ranked[min(int(draw.paretovariate(0.25)) - 1, len(ranked) - 1)] for _ in range(length))

    start, found = datetime(2026, 3, 1, tzinfo=UTC), []
    recent: list[Candidate] = []
    for n in range(count):
        at = start + timedelta(days=12 * n / count)
        title, summary = text(10), text(35)
        if recent and draw.random() < 1 / 6:
            summary = draw.choice(recent[-2000:]).summary
        candidate = Candidate(f"n{n}", title, summary, url=f"https://o{n % 200}.example/world/{n}?utm_source=rss",
                              lang="en", outlet=f"o{n % 200}", date=at)  # fmt: skip
        recent.append(candidate)
        actors = frozenset(draw.sample(CODES, 2))
        found.append(Sighting(candidate, at, actors=actors, is_accepted=draw.random() < accepted))
    return found


def measure(remembered: int, new: int, accepted: float) -> None:
    """Prints one line: rates of remembering and adding, memory of the process."""
    stream = sightings(remembered + new, accepted)
    grouper = Grouper(rules())
    began = time.perf_counter()
    for n, seen in enumerate(stream[:remembered]):
        story = f"{n % max(1, remembered // 3):016x}" if seen.is_accepted else ""
        grouper.remember(seen, Grouping(seen.candidate.id, f"{n:016x}", story, ""))
    middle = time.perf_counter()
    copies = sum("first report" not in grouper.add(seen).reason for seen in stream[remembered:])
    ended = time.perf_counter()
    print(
        f"{accepted:4.0%} accepted: {remembered:,} remembered in {middle - began:.1f} s "
        f"({remembered / (middle - began):,.0f}/s), {new:,} added in {ended - middle:.1f} s "
        f"({new / (ended - middle):,.0f}/s), {copies:,} copies, {psutil.Process().memory_info().rss / 1e6:,.0f} MB"
    )


if __name__ == "__main__":
    stored = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    fresh = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    for share in (0.03, 0.3):
        measure(stored, fresh, share)
