"""Joins two annotators' labels with the texts that they read, in the form that benchmarks/fit_coding.py takes.

    python benchmarks/join_labels.py labels/annotator-a.jsonl labels/annotator-b.jsonl
        --texts ../shared/data/corpora/*.gz ../shared/data/slices/*.jsonl
        --without ../shared/gold/dev.jsonl --out second.jsonl

    python benchmarks/further_texts.py ../shared/data further.jsonl
    python benchmarks/join_labels.py labels/codes-c.jsonl --texts ../shared/data/corpora/*.gz further.jsonl
        ../shared/gold/stories_dev.jsonl --out third.jsonl

A key with a colon is the name of a set and the first twelve digits of the sha256 of the report's title; where a title
was revised since, or cut elsewhere, the text is not found (7 of 109). A code that both gave is required; one that only
one of them gave is allowed (`…_also`). Reports that one of them called out of scope are left out, and so are those that
are in the set of `--without`.
"""

import argparse
import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
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


def digest_of(title: str) -> str:
    """What a title is known by where a report has no key of its own."""
    return hashlib.sha256(title.strip().encode()).hexdigest()[:12]


def find_text(key: str, texts: Mapping[str, Row], titles: Mapping[str, Row]) -> Row | None:
    """The text of a labelled report: by its key, or by the digest of its title."""
    return texts.get(key) or titles.get(key.rpartition(":")[2])


def choices_of(given: str | list[str] | None) -> set[str]:
    """A stage or a sign as a label gives it: one code, or a list of them."""
    return {given} if isinstance(given, str) and given else set(given or ())


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
    chosen = {name: [choices_of(label.get(name)) for label in labels] for name in CHOICES}
    return row | {name: sorted(set().union(*given)) for name, given in chosen.items()}


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("labels", nargs="+", type=Path)
    parser.add_argument("--texts", nargs="+", type=Path, required=True)
    parser.add_argument("--without", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    read = [row for path in options.texts for row in read_lines(path)]
    texts = {row["id"]: row for row in read}
    titles = {digest_of(row["title"]): row for row in read}
    known = {row["id"] for row in read_lines(options.without)} if options.without else set()
    labels: dict[str, list[Row]] = defaultdict(list)
    for path in options.labels:
        for row in read_lines(path):
            labels[row["key"]].append(row)
    coded = {
        key: rows
        for key, rows in labels.items()
        if key not in known and all(row["label"] == 2 and "initiators" in row for row in rows)
    }
    found = {key: find_text(key, texts, titles) for key in coded}
    joined = [join(key, rows, text) for key, rows in coded.items() if (text := found[key]) is not None]
    print(f"{len(joined)} of {len(coded)} labelled reports have a text")
    options.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in joined), encoding="utf-8")


if __name__ == "__main__":
    main()
