"""Joins two annotators' labels with the texts that they read, in the form that benchmarks/fit_coding.py takes.

    python benchmarks/join_labels.py labels/annotator-a.jsonl labels/annotator-b.jsonl
        --texts ../shared/data/corpora/*.gz ../shared/data/slices/*.jsonl
        --without ../shared/gold/dev.jsonl --out second.jsonl

    python benchmarks/further_texts.py ../shared/data further.jsonl
    T="../shared/data/corpora/*.gz further.jsonl ../shared/gold/stories_dev.jsonl"
    python benchmarks/join_labels.py labels/codes-c.jsonl labels/codes-f.jsonl --texts $T --out third.jsonl
    python benchmarks/join_labels.py labels/codes-d.jsonl --texts $T --out fourth.jsonl
    python benchmarks/join_labels.py labels/codes-g.jsonl --label 1 --texts $T ../shared/data/slices/*.jsonl
        ../shared/gold/dev.jsonl --out borderline.jsonl

A file may hold the labels of two readers. A key with a colon is the name of a set and the first twelve digits of the
sha256 of the report's title; where a title was revised since, or cut elsewhere, the text is not found (5 of 106, 1 of
79). A code that both gave is required; one that only one of them gave is allowed (`…_also`). Reports that one of them
called otherwise (without `--label`: out of scope) are left out, and so are those that are in the set of `--without`.
"""

import argparse
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demarche.labelled import rows_of

LISTS = ("initiators", "targets", "about", "instruments", "frames")
CHOICES = ("stage", "sign")
Row = dict[str, Any]


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
    row: Row = {
        "id": key,
        "lang": lang,
        "date": text.get("date"),
        "label": labels[0]["label"],
        "annotators": len(labels),
    }
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
    parser.add_argument("--label", type=int, default=2, help="the label that all its readers gave a report")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    read = [row for path in options.texts for row in rows_of(path)]
    texts = {row["id"]: row for row in read}
    titles = {digest_of(row["title"]): row for row in read}
    known = {row["id"] for row in rows_of(options.without)} if options.without else set()
    labels: dict[str, list[Row]] = defaultdict(list)
    for path in options.labels:
        for row in rows_of(path):
            labels[row["key"]].append(row)
    coded = {
        key: rows
        for key, rows in labels.items()
        if key not in known and all(row["label"] == options.label and "initiators" in row for row in rows)
    }
    found = {key: find_text(key, texts, titles) for key in coded}
    joined = [join(key, rows, text) for key, rows in coded.items() if (text := found[key]) is not None]
    print(f"{len(joined)} of {len(coded)} labelled reports have a text")
    options.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in joined), encoding="utf-8")


if __name__ == "__main__":
    main()
