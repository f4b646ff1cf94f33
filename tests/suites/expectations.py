"""What other parsers' suites expect of a document, in the words of our model, and whether we meet it.

The suites lie outside this project (`../shared/data/feeds`); nothing of their text is kept here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from demarche.core.dates import parsed_date
from demarche.core.entries import person_names
from demarche.core.feeds import parse_feed
from demarche.core.languagetags import language_code
from demarche.core.text import plain_text, shortened, summary_text, tidy
from demarche.core.urls import absolute_url
from demarche.model import Entry, FeedDocument


@dataclass(frozen=True, slots=True)
class Expectation:
    """One wish: a field of the feed (`entry` is None) or of an entry, and the values, any of which will do.

    A field of several values (authors, tags) has one expectation for each value. `not kept` is a field that our model
    leaves out.
    """

    field: str
    wanted: tuple[str, ...]
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A document of a suite and what its authors expect of it."""

    suite: str
    name: str  # the path inside the suite
    path: Path
    expectations: tuple[Expectation, ...]
    url: str = ""
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """An expectation that is not met. `words` are for the terminal, never for a file."""

    suite: str
    name: str
    field: str
    words: str


NOT_KEPT = "not kept"


def differences(case: Case) -> list[Difference]:
    """What of a case's expectations on fields that we keep is not met."""
    document = parse_feed(case.path.read_bytes(), url=case.url, content_type=case.content_type)
    return [
        Difference(case.suite, case.name, expectation.field, words)
        for expectation in case.expectations
        if expectation.field != NOT_KEPT and (words := _missed(expectation, document, case.url))
    ]


def _missed(expectation: Expectation, document: FeedDocument, base: str) -> str:
    """How an expectation is missed, "" where it is met."""
    kept: Iterable[str]
    if expectation.entry is None:
        kept = [_of_feed(document, expectation.field)]
        base = document.link or base
    elif expectation.entry >= len(document.entries):
        return f"no entry {expectation.entry}: {document.problems}"
    else:
        kept = _of_entry(document.entries[expectation.entry], expectation.field)
        base = document.link or base
    wanted = [NORMAL[expectation.field](value, base) for value in expectation.wanted]
    is_date = expectation.field in ("published", "updated")
    if is_date and not any(wanted) and any(expectation.wanted):
        return f"cannot read the date {expectation.wanted}"  # not the same as an entry without a date
    if any(value in kept for value in wanted) or not any((*wanted, *kept)):
        return ""
    return f"wants {wanted}, has {list(kept)}"


def _of_feed(document: FeedDocument, field: str) -> str:
    values = {"title": document.title, "url": document.link, "language": document.language}
    return values.get(field) or {"version": document.version, "count": str(len(document.entries))}.get(field, "")


def _of_entry(entry: Entry, field: str) -> tuple[str, ...]:
    moments = {"published": entry.published_at, "updated": entry.updated_at}
    if field in moments:
        return (_stamp(moments[field]),)
    words = {
        "title": entry.title,
        "url": entry.url,
        "guid": entry.guid,
        "summary": entry.summary,
        "language": entry.language,
        "image": entry.image_url,
    }
    return (words[field],) if field in words else {"authors": entry.authors, "tags": entry.tags}[field]


def _stamp(moment: datetime | None) -> str:
    """A moment to the second: other parsers keep fractions, and nobody publishes by them."""
    return moment.replace(microsecond=0).isoformat() if moment else ""


# An expected value as our model writes it: words without markup, whole addresses, moments in UTC.
NORMAL: dict[str, Callable[[str, str], str]] = {
    "title": lambda value, _: shortened(plain_text(value), 500),
    "summary": lambda value, _: shortened(summary_text(value), 2_000),
    "url": lambda value, base: absolute_url(value, base),
    "image": lambda value, base: absolute_url(value, base),
    "guid": lambda value, _: tidy(value),
    "published": lambda value, _: _stamp(parsed_date(value)),
    "updated": lambda value, _: _stamp(parsed_date(value)),
    "language": lambda value, _: language_code(value),
    "authors": lambda value, _: next(iter(person_names([value])), ""),
    "tags": lambda value, _: shortened(plain_text(value), 100),
    "version": lambda value, _: value,
    "count": lambda value, _: value,
}
