"""Writes the texts of labels/reading-c.jsonl that lie in other forms beside the checkout, as JSON lines for training.

    python benchmarks/further_texts.py ../shared/data further.jsonl
    python -m demarche.training ... labels/reading-c.jsonl --texts ... further.jsonl

Sources: title groups, revisions, pairs and stories of data/dups, coded sentences of data/events, feed snapshots.
"""

import csv
import html
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import feedparser

Row = dict[str, str]
_TAG = re.compile(r"<[^>]+>")
_GAP = re.compile(r"\s{2,}")


def plain(text: str | None) -> str:
    """Text without tags and runs of blanks."""
    return " ".join(html.unescape(_TAG.sub(" ", text or "")).split())


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSON lines file."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def row(source: str, key: str, title: str, summary: str | None = "", **known: str | None) -> Row:
    """One report in the form that training reads."""
    rest = {name: known.get(name) or "" for name in ("date", "lang", "outlet")}
    return {"id": f"{source}:{key}", "title": title, "summary": plain(summary), **rest}


def groups(source: str, path: Path) -> Iterator[Row]:
    """The first report of each group of equal titles or addresses."""
    for group in lines(path):
        first = group["items"][0]
        known = {name: first.get(name) for name in ("date", "lang", "outlet")}
        yield row(source, first["url"], first["title"], first.get("summary"), **known)


def dups(folder: Path) -> Iterator[Row]:
    """Everything of data/dups."""
    yield from groups("syndicated", folder / "syndicated_exact_title_groups.jsonl")
    yield from groups("same_url", folder / "same_url_across_feeds_2023.jsonl")
    for page in lines(folder / "article_revisions_2020_21.jsonl"):
        last = page["versions"][-1]
        yield row("revisions", page["url"], last["title"], last.get("summary"), date=last["seen"][:10], lang="en")
    for story in lines(folder / "uci_news_aggregator_stories_2014.jsonl"):
        yield row("uci", story["url"], story["title"], date="2014-04", lang="en", outlet=story["publisher"])
    for pair in lines(folder / "semeval2022_task8_pairs.jsonl"):
        for place, key in enumerate(pair["pair_id"].split("_"), 1):
            title, _, rest = _GAP.sub("\0", pair[f"text{place}"], count=1).partition("\0")
            yield row("semeval", key, title[:200], rest[:700], date="2020-04", lang=pair[f"lang{place}"])


def sentences(path: Path) -> Iterator[Row]:
    """Coded sentences, each as a title."""
    with path.open(encoding="utf-8") as file:
        for one in csv.DictReader(file, delimiter="\t"):
            yield row("plover", one["sentence_id"], one["sentence"], lang="en", outlet="plover")


def snapshots(folder: Path) -> Iterator[Row]:
    """Entries of the feed snapshots."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json"):
        for entry in feedparser.parse(str(path), sanitize_html=False, resolve_relative_uris=False).entries:
            when = entry.get("published_parsed")
            date = f"{when[0]:04d}-{when[1]:02d}-{when[2]:02d}" if when else ""
            link, title = entry.get("link", ""), plain(entry.get("title"))
            yield row("snapshots", link, title, entry.get("summary"), date=date, lang="en", outlet=path.parent.name)


def main() -> None:
    """Reads the command line: the data folder and the file to write."""
    data, out = Path(sys.argv[1]), Path(sys.argv[2])
    with out.open("w", encoding="utf-8") as file:
        for part in (
            dups(data / "dups"),
            sentences(data / "events" / "plover_train.tsv"),
            snapshots(data / "feeds" / "snapshots_gesab001_2020-2021"),
        ):
            for found in part:
                file.write(json.dumps(found, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
