"""How fast reports are judged and coded, over corpora beside the checkout: gate, whole judge, coder, on one core.

    python benchmarks/judge.py CORPUS... [--every N] [--plain]

CORPUS is JSON lines with title, summary and lang, plain or gzipped. Seconds are of the processor, so that other work on
the machine counts little; a twentieth of the reports goes first, because rules are compiled when first used. What
passes the gate is coded, by title and summary; without --plain it is read closely for that.
"""

import argparse
import gzip
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "include"))

from demarche.model import Candidate  # noqa: E402
from demarche.settings import Settings  # noqa: E402
from demarche.steps.workbench import workbench  # noqa: E402


def candidates(path: Path, every: int) -> Iterator[Candidate]:
    """Every nth report of a corpus."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for number, line in enumerate(content.decode("utf-8").split("\n")):
        if line.strip() and number % every == 0:
            row = json.loads(line)
            stamp = str(row.get("date") or "")
            yield Candidate(
                id=str(number),
                title=str(row.get("title") or ""),
                summary=str(row.get("summary") or ""),
                text=str(row.get("text") or ""),
                lang=str(row.get("lang") or ""),
                date=datetime.fromisoformat(stamp) if stamp else None,
            )


def seconds(work: Callable[[Candidate], object], reports: Sequence[Candidate]) -> float:
    """Processor seconds of all the reports, once a twentieth of them have made the rules compile."""
    for report in reports[::20]:
        work(report)
    began = time.process_time()
    for report in reports:
        work(report)
    return time.process_time() - began


def measure(path: Path, every: int, *, is_close: bool) -> None:
    """Prints one row of the table."""
    bench = workbench(Settings(close_reading=is_close))
    judge = bench.judge
    reports = list(candidates(path, every))
    gate = seconds(judge.passes_gate, reports)
    whole = seconds(judge.judge, reports)
    passed = [replace(report, text="") for report in reports if judge.passes_gate(report)]
    coded = seconds(bench.coder.code, passed)
    memory = psutil.Process().memory_info().rss / 2**20
    print(
        f"| {path.name} | {len(reports):,} | {len(passed) / len(reports):.1%} | {len(reports) / gate:,.0f} "
        f"| {len(reports) / whole:,.0f} | {len(passed) / coded:,.0f} | {memory:.0f} |",
        flush=True,
    )


def main() -> None:
    """Prints the table, a corpus a row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="without the close reader")
    options = parser.parse_args()
    print("| corpus | reports | pass the gate | gate, reports/s | judge, reports/s | coder, reports/s | memory, MB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for path in options.corpora:
        measure(path, options.every, is_close=not options.plain)


if __name__ == "__main__":
    main()
