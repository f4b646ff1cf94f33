"""Joins two annotators' labels with the texts that they read, in the form that benchmarks/fit_coding.py takes.

    python benchmarks/join_labels.py labels/annotator-a.jsonl labels/annotator-b.jsonl
        --texts ../shared/data/corpora/*.gz ../shared/data/slices/*.jsonl
        --without ../shared/gold/dev.jsonl --out second.jsonl

A code that both gave is required; one that only one of them gave is allowed (`…_also`). Reports that one of them called
out of scope are left out, and so are those that are in the set of `--without`.
"""

import argparse
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LISTS = ("initiators", "targets", "about", "instruments", "frames")
CHOICES = ("stage", "sign")
Row = dict[str, Any]


def read_lines(path: Path) -> Iterator[Row]:
    """The rows of a JSON lines file, packed or not."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    return (json.loads(line) for line in text.splitlines() if line.strip())


def join(key: str, labels: list[Row], text: Row) -> Row:
    """One labelled report."""
    lang = text.get("lang") or labels[0]["lang"]
    row: Row = {"id": key, "lang": lang, "date": text.get("date"), "label": 2, "annotators": len(labels)}
    row |= {"title": text["title"], "summary": text.get("summary") or ""}
    for name in LISTS:
        given = [set(label.get(name) or ()) for label in labels]
        row[name] = sorted(set.intersection(*given))
        doubtful = set.union(*given).difference(row[name])
        if doubtful:
            row[f"{name}_also"] = sorted(doubtful)
    return row | {name: sorted({label[name] for label in labels if label.get(name)}) for name in CHOICES}


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("labels", nargs="+", type=Path)
    parser.add_argument("--texts", nargs="+", type=Path, required=True)
    parser.add_argument("--without", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    texts = {row["id"]: row for path in options.texts for row in read_lines(path)}
    known = {row["id"] for row in read_lines(options.without)} if options.without else set()
    labels: dict[str, list[Row]] = defaultdict(list)
    for path in options.labels:
        for row in read_lines(path):
            labels[row["key"]].append(row)
    joined = [
        join(key, rows, texts[key])
        for key, rows in labels.items()
        if key in texts and key not in known and all(row["label"] == 2 and "initiators" in row for row in rows)
    ]
    options.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in joined), encoding="utf-8")


if __name__ == "__main__":
    main()
