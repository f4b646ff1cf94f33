"""`why`, `label`, `rejudge` and `train`: what people ask of verdicts, and what they do about them."""

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

from demarche import steps
from demarche.commands.explaining import explained
from demarche.contracts import line_of
from demarche.settings import Settings


def why(settings: Settings, name: str, out: TextIO, *, form: str) -> int:
    """Tell the life of the entries with this address or id: fetched when, judged how and why, merged with what."""
    found = steps.find_entries(name, settings=settings)
    if not found:
        print(
            f"demarche: {name}: no entry with that address or id is published. `demarche feeds list` says whether its "
            "outlet is watched, and mart.coverage whether its feed was read at the time.",
            file=sys.stderr,
        )
        return 1
    for row in found:
        if form == "jsonl":
            out.write(line_of({key: value for key, value in row.items() if key != "text"}) + "\n")
        else:
            out.write(_life(row) + "\n")
    return 0


def label(settings: Settings, now: datetime, name: str, value: int, *, by: str, note: str, is_applied: bool) -> int:
    """Keep a person's label, and with `is_applied` build the days that it changes."""
    kept, days = steps.label_report(name, value, by=by, note=note, settings=settings, now=now)
    for each in kept:
        print(f"{each.url}: labelled {each.label} by {each.labelled_by}, kept in {settings.labels}", file=sys.stderr)
    if not days:
        print("it holds for every entry of that address that comes", file=sys.stderr)
    elif is_applied:
        return _build(settings, now, days)
    else:
        print(
            f"it shows after {', '.join(days)} is built again: --apply, or a backfill of rebuild_days", file=sys.stderr
        )
    return 0


def export_labels(settings: Settings, out: TextIO) -> int:
    """Print the labels that stand as lines that training reads."""
    out.writelines(line_of(row) + "\n" for row in steps.labelled_reports(settings=settings))
    return 0


def rejudge(
    settings: Settings, now: datetime, out: TextIO, *, first: date, last: date, form: str, is_applied: bool
) -> int:
    """Show which entries the rules of today would judge otherwise; with `is_applied` build their days again."""
    if last < first:
        print(f"demarche rejudge: --from {first} is after --to {last}", file=sys.stderr)
        return 2
    moves: Counter[tuple[str, str]] = Counter()
    days, entries = [], 0
    for span, count, changes in steps.rejudge_days(first, last, settings=settings, now=now):
        entries += count
        if changes:
            days.append(span.key)
        for change in changes:
            moves[change.before, change.after] += 1
            out.write(
                line_of({"day": span.key, **asdict(change)}) + "\n" if form == "jsonl" else _move(span.key, change)
            )
    if not entries:
        print(f"demarche rejudge: no entry of {first} to {last} is published", file=sys.stderr)
        return 1
    print(f"{sum(moves.values())} of {entries} entries would change their band", file=sys.stderr)
    for (before, after), count in sorted(moves.items()):
        print(f"  {before} to {after}: {count}", file=sys.stderr)
    if days and is_applied:
        return _build(settings, now, days)
    if days:
        print(f"days to build again: {' '.join(days)} (--apply, or a backfill of rebuild_days)", file=sys.stderr)
    return 0


def train(
    settings: Settings,
    files: Sequence[Path],
    *,
    texts: Sequence[Path],
    composed: Sequence[Path] = (),
    chosen: Sequence[Path] = (),
    readings: Path | None = None,
    complete: Sequence[Path] = (),
    embedder: str = "",
    to: Path | None,
) -> int:
    """Fit the weights of relevance to labelled files and to the analysts' labels, and print the held-back scores.

    `composed` are reports written for training; they teach a little and are never scored. `chosen` are labelled
    reports that a model was unsure of: they count half. With `readings` (labels/readings.jsonl) the weights beside the
    close reader are fitted, too; without, they stay as they are. `complete` are labels of every entry of some months,
    whose scores are printed apart. Without `to` the weights go to the rules folder of the settings, else beside the
    data: those that ship are never written over.
    """
    from demarche.training import main

    with tempfile.TemporaryDirectory() as folder:
        analysts = Path(folder) / "analysts.jsonl"
        known = [row for row in steps.labelled_reports(settings=settings) if "title" in row]
        analysts.write_text("".join(line_of(row) + "\n" for row in known), encoding="utf-8")
        print(f"{len(known)} labels of analysts count too", file=sys.stderr)
        arguments = [str(path) for path in (analysts, *files)]
        for option, paths in (
            ("--texts", texts),
            ("--composed", composed),
            ("--chosen", chosen),
            ("--complete", complete),
        ):
            if paths:
                arguments += [option, *map(str, paths)]
        if readings:
            arguments += ["--readings", str(readings)]
        if settings.rules:
            arguments += ["--rules", str(settings.rules)]
        if embedder:
            arguments += ["--embedder", embedder]
        target = to or (settings.rules or settings.home) / "model" / "relevance.json"
        status = main([*arguments, "--out", str(target)])
        if not status:
            where = f"{target.parent}: in use where DEMARCHE_RULES names a copy of the rules with them in model/"
            print(f"weights are in {where}", file=sys.stderr)
        return status


def _build(settings: Settings, now: datetime, days: Sequence[str]) -> int:
    for day in days:
        steps.build(day, settings=settings, now=now)
    counts = steps.publish_copy(settings=settings, now=now)
    print(f"built {', '.join(days)} again and published: {counts}", file=sys.stderr)
    return 0


def _move(day: str, change: Any) -> str:
    scores = f"{change.score_before:.2f} to {change.score_after:.2f}"
    return f"{day}  {change.before:>8} to {change.after:<8}  {scores}  {change.title}  {change.url}\n"


def _life(row: dict[str, Any]) -> str:
    """One entry's life as a few paragraphs."""
    lines = [
        row["title"],
        f"  {row['url'] or 'no address'}",
        f"fetched   {row['seen_at']:%Y-%m-%d %H:%M:%S} UTC from feed {row['feed_id']}"
        f" ({row['outlet'] or 'not listed'}): {row['outcome']}, status {row['status']}, {row['origin'] or 'live'}",
        f"window    {row['window_at']:%Y-%m-%dT%H:%M:%S}",
        f"archived  {row['warc_file']} {row['record_id']}",
        f"dated     {_moment(row['published_at'])} ({row['date_note'] or 'as the feed says'})",
    ]
    if row["captured_at"]:
        lines.append(f"page      captured {_moment(row['captured_at'])}, {row['access']}")
    lines.append(explained(row))
    if row["labelled_by"]:
        said = f": {row['label_note']}" if row["label_note"] else ""
        lines.append(f"labelled  {row['label']} by {row['labelled_by']}, {_moment(row['labelled_at'])}{said}")
    if row["article_id"]:
        lines.append(
            f"merged    article {row['article_id']} ({row['sightings']} sightings), "
            f"story {row['story_id'] or 'none'}: {row['reason']}"
        )
        if row["copied_title"]:
            lines.append(f"          which is “{row['copied_title']}” ({row['copied_outlet']})")
    else:
        lines.append("merged    with nothing: rejected entries are in no article")
    return "\n".join(lines) + "\n"


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "no date"
