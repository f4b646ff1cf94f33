#!/usr/bin/env bash
# Answers the labelled sets beside the checkout through the command line and scores them: bash benchmarks/quality.sh ../shared
set -euo pipefail
shared=$(cd "${1:-../shared}" && pwd)
cd "$(dirname "$0")/.."
demarche=.venv/bin/demarche
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

score() { .venv/bin/python "$shared/eval/score.py" "$@"; }

$demarche judge <"$shared/gold/dev.jsonl" >"$work/judge"
score relevance "$shared/gold/dev.jsonl" "$work/judge"
$demarche code <"$shared/gold/dev.jsonl" >"$work/code"
score coding "$shared/gold/dev.jsonl" "$work/code"

# `group` takes its lines in arrival order.
.venv/bin/python - "$shared/gold" "$work" <<'PYTHON'
import json
import sys
from pathlib import Path

gold, work = Path(sys.argv[1]), Path(sys.argv[2])
pairs = [json.loads(line) for line in (gold / "pairs_dev.jsonl").read_text().splitlines()]
both = {row[side]["id"]: row[side] for row in pairs for side in ("item_a", "item_b")}
stories = [json.loads(line) for line in (gold / "stories_dev.jsonl").read_text().splitlines()]
for name, rows in (("pairs", both.values()), ("stories", stories)):
    ordered = sorted(rows, key=lambda row: (row["date"], row["id"]))
    (work / f"{name}.in").write_text("".join(json.dumps(row) + "\n" for row in ordered))
PYTHON
for name in pairs stories; do
    $demarche group <"$work/$name.in" >"$work/$name"
    score "$name" "$shared/gold/${name}_dev.jsonl" "$work/$name"
done

.venv/bin/python - "$shared/data/html/scrapinghub" "$work" <<'PYTHON'
import gzip
import json
import sys
from pathlib import Path

from demarche.core.pages import extract_page

folder, work = Path(sys.argv[1]), Path(sys.argv[2])
gold = json.loads((folder / "ground-truth.json").read_text())
pages = {path.name.split(".")[0]: path for path in folder.rglob("*.html*")}
with (work / "extract").open("w") as out:
    for key, truth in gold.items():
        body = pages[key].read_bytes()
        body = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        out.write(json.dumps({"id": key, "text": extract_page(body, truth.get("url", "")).text}) + "\n")
PYTHON
score extract "$shared/data/html/scrapinghub/ground-truth.json" "$work/extract"
