"""The JSON lines that other tools rely on: candidates in, verdicts, codings and groups out.

Owns the shapes of a line and the message about a bad one. It judges nothing.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from typing import Any

from demarche.model import TITLE_LENGTH, Candidate, Coding, Entry, FeedDocument, Grouping, Page, Verdict, utc_text

FIRST_DAY = "0000-01-01"
COARSE = (len("2026"), len("2026-03"))  # of an archive that knows no day
TEXTS = ("title", "summary", "text", "url", "lang", "outlet")


class LineError(ValueError):
    """An input line that cannot be answered; the message says what is wrong with it."""


def read_candidates(lines: Iterable[str]) -> Iterator[tuple[int, Candidate | LineError]]:
    """Line numbers, from 1, with the candidate or what is wrong. Empty lines are passed over."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, candidate_of(line)
            except LineError as error:
                yield number, error


def candidate_of(line: str) -> Candidate:
    """One input line as a candidate. Raises LineError."""
    try:
        values = json.loads(line)
    except ValueError as error:
        raise LineError(f"not JSON: {error}") from error
    return candidate_from(values)


def candidate_from(values: Any) -> Candidate:
    """The JSON object of an input line, or of a labelled report, as a candidate. Raises LineError."""
    if not isinstance(values, dict):
        raise LineError("not a JSON object")
    identity = values.get("id")
    if isinstance(identity, bool) or not isinstance(identity, str | int) or identity == "":
        raise LineError("key 'id' is missing or neither a text nor a number")
    texts = {}
    for name in TEXTS:
        value = values.get(name)
        if value is not None and not isinstance(value, str):
            raise LineError(f"key {name!r} is {value!r}, not a text")
        # Half a surrogate pair is valid in JSON and in no encoding: it would stop the output.
        texts[name] = (value or "").encode("utf-8", "replace").decode("utf-8")
    if values.get("title") is None:
        raise LineError("key 'title' is missing")
    texts["title"] = texts["title"][:TITLE_LENGTH]  # as of feeds: what is longer is no title, and would be read whole
    return Candidate(id=str(identity), date=_date(values.get("date")), **texts)


def verdict_line(verdict: Verdict, *, is_explained: bool = False) -> dict[str, Any]:
    """The answer of `demarche judge`."""
    answer: dict[str, Any] = {
        "id": verdict.id,
        "relevant": verdict.is_relevant,
        "band": verdict.band,
        "score": round(verdict.score, 4),
        "lang": verdict.lang,
        "terms": [asdict(term) for term in verdict.terms],
        "rules_version": verdict.rules_version,
    }
    if is_explained:
        answer["contributions"] = [asdict(part) for part in verdict.contributions]
    return answer


def coding_line(coding: Coding) -> dict[str, Any]:
    """The answer of `demarche code`."""
    return {
        "id": coding.id,
        "initiators": coding.initiators,
        "targets": coding.targets,
        "about": coding.about,
        "instruments": coding.instruments,
        "stage": coding.stage,
        "sign": coding.sign,
        "frames": coding.frames,
        "evidence": {
            "sentence": coding.sentence,
            "field": coding.sentence_field,
            "start": coding.sentence_start,
            "end": coding.sentence_end,
            "words": [asdict(words) for words in coding.evidence],
        },
        "plover_event": coding.plover_event,
        "plover_mode": coding.plover_mode,
        "cameo": coding.cameo,
        "roles": [asdict(role) for role in coding.roles],
        "quotes": [asdict(quote) for quote in coding.quotes],
        "direction_confidence": coding.direction_confidence,
        "rules_version": coding.rules_version,
    }


def grouping_line(grouping: Grouping) -> dict[str, Any]:
    """The answer of `demarche group`."""
    return {name: getattr(grouping, name) for name in ("id", "article_id", "story_id", "reason")}


def entry_line(entry: Entry) -> dict[str, Any]:
    """One entry of `demarche parse`."""
    return asdict(entry)


def feed_line(document: FeedDocument) -> dict[str, Any]:
    """A feed's own words, for `demarche parse --feed`."""
    values = asdict(document)
    values.pop("entries")
    return values


def page_line(page: Page) -> dict[str, Any]:
    """The answer of `demarche extract`."""
    values = asdict(page)
    values["lang"] = values.pop("language")
    return values


def line_of(values: dict[str, Any]) -> str:
    """An answer as one line of JSON."""
    return json.dumps(values, ensure_ascii=False, default=_text)


def _date(value: Any) -> datetime | None:
    """A date or a time of ISO 8601 as UTC, a year or month as its first day; nothing where there is none."""
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise LineError(f"key 'date' is {value!r}, not a text")
    try:
        found = datetime.fromisoformat(value + FIRST_DAY[len(value) :] if len(value) in COARSE else value)
    except ValueError:
        raise LineError(f"key 'date' is {value!r}, no date of ISO 8601") from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
