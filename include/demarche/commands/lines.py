"""`judge`, `code`, `group`, `parse` and `extract`: JSON lines or a document in, JSON lines out."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from demarche.commands.explaining import explained
from demarche.contracts import (
    LineError,
    coding_line,
    entry_line,
    feed_line,
    grouping_line,
    line_of,
    page_line,
    read_candidates,
    verdict_line,
)
from demarche.core.feeds import parse_feed
from demarche.core.grouping import Sighting
from demarche.core.language import UNKNOWN, told_language
from demarche.core.languagetags import language_code
from demarche.core.pages import extract_page
from demarche.core.relevance import judged_opening
from demarche.model import Candidate
from demarche.settings import Settings
from demarche.steps.workbench import workbench

UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


def judge(settings: Settings, lines: Iterable[str], out: TextIO, *, is_explained: bool, form: str = "") -> int:
    """Answer each candidate with its verdict; `form` is text or jsonl, without it text for a person at a terminal."""
    judge = workbench(settings).judge
    if form == "text" or (is_explained and not form and out.isatty()):
        return _answer(lines, out, lambda c: f"{c.title}\n{explained(asdict(judge.judge(c)))}\n")
    return _answer(lines, out, lambda c: verdict_line(judge.judge(c), is_explained=is_explained))


def code(settings: Settings, lines: Iterable[str], out: TextIO) -> int:
    """Answer each candidate, taken as relevant, with its coding."""
    coder = workbench(settings).coder
    return _answer(lines, out, lambda c: coding_line(coder.code(_in_its_language(c))))


def group(settings: Settings, lines: Iterable[str], out: TextIO) -> int:
    """Answer each candidate, in arrival order and taken as relevant, with its article and story."""
    bench = workbench(settings)
    grouper = bench.grouper()
    latest = UNDATED

    def answer(candidate: Candidate) -> dict[str, Any]:
        nonlocal latest
        # Arrival order is the order of the lines; a date that goes back does not turn time back.
        latest = max(latest, candidate.date or latest)
        coding = bench.coder.code(_in_its_language(candidate))
        sighting = Sighting(
            candidate=candidate,
            seen_at=latest,
            actors=frozenset((*coding.initiators, *coding.targets, *coding.about)),
            initiators=frozenset(coding.initiators),
            instruments=frozenset(coding.instruments),
            concepts=frozenset(term.concept for term in bench.judge.judge(candidate).terms),
        )
        return grouping_line(grouper.add(sighting))

    return _answer(lines, out, answer)


def parse(settings: Settings, file: str, out: TextIO, *, url: str, content_type: str, only_feed: bool) -> int:
    """Answer a feed document with one line per entry; what is wrong with it goes to standard error."""
    body = _bytes(file)
    if body is None:
        return 1
    document = parse_feed(body, url=url, content_type=content_type, limit=settings.max_entries, seen_at=None)
    for problem in document.problems:
        print(f"{file}: {problem}", file=sys.stderr)
    if only_feed:
        out.write(line_of(feed_line(document)) + "\n")
    else:
        out.writelines(line_of(entry_line(entry)) + "\n" for entry in document.entries)
    return 0 if document.version else 1


def extract(file: str, out: TextIO, *, url: str, content_type: str) -> int:
    """Answer a web page with its text and metadata."""
    body = _bytes(file)
    if body is None:
        return 1
    out.write(line_of(page_line(extract_page(body, url=url, content_type=content_type))) + "\n")
    return 0


def _in_its_language(candidate: Candidate) -> Candidate:
    """The candidate with the language that the judge finds, whatever was declared; the pipeline codes it so, too."""
    told = told_language(judged_opening(candidate), candidate.lang)
    return candidate if told == UNKNOWN else replace(candidate, lang=told)


def _answer(lines: Iterable[str], out: TextIO, answer: Callable[[Candidate], dict[str, Any] | str]) -> int:
    """One answer a line, in order; a bad line gets a message with its number and makes the exit status 1."""
    status = 0
    for number, candidate in read_candidates(lines):
        if isinstance(candidate, LineError):
            print(f"line {number}: {candidate}", file=sys.stderr)
            status = 1
        else:
            lang = language_code(candidate.lang) or candidate.lang  # de-AT, DE, German: all are de
            given = answer(replace(candidate, lang=lang))
            out.write((given if isinstance(given, str) else line_of(given)) + "\n")
    out.flush()
    return status


def _bytes(file: str) -> bytes | None:
    """The document: a file, or standard input for `-`."""
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        return None
