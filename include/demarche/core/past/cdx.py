"""The Wayback Machine's index (CDX) and mementos: addresses to ask, and what the answers say.

Written against recorded answers of web.archive.org. It asks nobody anything.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlencode

from demarche.core.urls import absolute_url
from demarche.model import Answer, Outcome

STAMP = "%Y%m%d%H%M%S"
LIMIT = 5_000  # lines of one index answer; a resume key leads to the next
HTML = re.compile(rb"^\s*<(?:!doctype|html|head|body|title|h1)", re.IGNORECASE)
TITLE = re.compile(rb"<title[^>]*>\s*(.{0,200}?)\s*</title", re.IGNORECASE | re.DOTALL)
PLAYBACK = re.compile(r"/web/(\d{14})[a-z_]*/(.+)$", re.IGNORECASE)
KEPT_PREFIX = "x-archive-orig-"
# What the archived server said of its transfer is no longer true of the body that we got.
TRANSFER = frozenset({"content-encoding", "transfer-encoding", "content-length", "connection", "keep-alive"})
# Fields of the answer that describe the body as it came to us.
CARRIED = frozenset({"content-type", "content-encoding"})


class NoIndexError(ValueError):
    """An index answer that is none."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One line of the index. `status` is None for a revisit, which stands for the body with the same digest."""

    url: str
    captured_at: datetime
    stamp: str
    mime: str
    status: int | None
    digest: str
    length: int


@dataclass(frozen=True, slots=True)
class IndexPage:
    """One answer of the index: its captures, the lines that cannot be read with their numbers, and where to go on."""

    captures: tuple[Capture, ...]
    bad: tuple[tuple[int, str], ...] = ()
    resume_key: str = ""


def index_url(
    base: str,
    url: str,
    start: datetime,
    end: datetime,
    *,
    resume_key: str = "",
    limit: int = LIMIT,
    collapses: bool = False,
    filters: Iterable[str] = (),
) -> str:
    """The address of one page of the index for an address, from `start` up to but without `end`."""
    asked = [("url", url), ("from", start.strftime(STAMP)), ("to", _before(end)), ("limit", str(limit))]
    asked += [("filter", each) for each in filters]
    if collapses:
        asked.append(("collapse", "digest"))
    asked += [("showResumeKey", "true"), ("resolveRevisits", "true")]
    if resume_key:
        # The key is printed quoted and wanted back as it was printed, so it is quoted once more.
        asked.append(("resumeKey", resume_key))
    return f"{base.rstrip('/')}/cdx/search/cdx?{urlencode(asked)}"


def read_index(body: bytes) -> IndexPage:
    """An index answer: lines of seven fields or more, an empty line, and the key of the next page.

    Raises NoIndexError where the answer is a web page or an error message.
    """
    if HTML.search(body[:2_000]):
        title = TITLE.search(body)
        told = title[1].decode("utf-8", "replace") if title else "no title"
        raise NoIndexError(f"the index answered with a web page ({told}), not with lines")
    lines = body.decode("utf-8", "replace").split("\n")
    captures, bad, resume_key = [], [], ""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            rest = [each.strip() for each in lines[number:] if each.strip()]
            resume_key = rest[0] if rest else ""
            break
        read = _capture(line)
        if isinstance(read, str):
            bad.append((number, read))
        else:
            captures.append(read)
    if bad and not captures and "Exception" in lines[0]:
        raise NoIndexError(f"the index failed: {lines[0][:200]}")
    return IndexPage(tuple(captures), tuple(bad), resume_key)


def collapsed(captures: Iterable[Capture]) -> Iterator[tuple[Capture, bool]]:
    """Captures in order, each moment once, with whether its body is the one of the capture before."""
    before: Capture | None = None
    for capture in sorted(captures, key=lambda c: (c.captured_at, c.url)):
        if before is not None and capture.stamp == before.stamp:
            continue
        yield capture, before is not None and capture.digest == before.digest and capture.digest not in ("", "-")
        before = capture


def memento_url(base: str, stamp: str, url: str) -> str:
    """Where a capture is played back as it was received: `id_` leaves out the archive's own additions."""
    return f"{base.rstrip('/')}/web/{stamp}id_/{url}"


@dataclass(frozen=True, slots=True)
class Memento:
    """An archived response: when and from where it was captured, and the answer as the site gave it."""

    url: str
    captured_at: datetime
    answer: Answer


def read_memento(answer: Answer, base: str) -> Memento | str:
    """The archived response in an answer, whatever its status was then; or why there is none."""
    stamped = answer.header("memento-datetime")
    blocked = answer.header("x-archive-wayback-runtime-error")
    if blocked:
        return f"blocked: {blocked[:120]}"
    if not stamped:
        if answer.problem is None:
            return "blocked: the archive answered with a page of its own"
        if answer.problem is Outcome.NOT_FOUND:
            return "not captured"
        return f"{answer.problem}: {answer.note}"[:200]
    place = PLAYBACK.search(answer.final_url)
    if place is None or not answer.final_url.startswith(base.rstrip("/") + "/"):
        return f"left the archive for {answer.final_url[:120]}"
    moment = parsedate_to_datetime(stamped)
    return Memento(
        url=absolute_url(place[2]) or unquote(place[2]),
        captured_at=moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC),
        answer=answer,
    )


def original_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The fields that the site sent, without those of the transfer, and with those that describe the kept body."""
    kept = []
    for name, value in headers:
        lower = name.lower()
        own = lower.removeprefix(KEPT_PREFIX)
        if lower in CARRIED or (own != lower and own not in TRANSFER | CARRIED):
            kept.append((name[len(KEPT_PREFIX) :] if own != lower else name, value))
    return tuple(kept)


def _capture(line: str) -> Capture | str:
    parts = line.split(" ")
    if len(parts) < 7:
        return f"{len(parts)} fields instead of 7: {line[:80]!r}"
    _, stamp, url, mime, status, digest, length = parts[:7]
    try:
        captured_at = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return f"{stamp!r} is no time"
    if not absolute_url(url):
        return f"{url[:80]!r} is no address"
    return Capture(
        url=url,
        captured_at=captured_at,
        stamp=stamp,
        mime=mime,
        status=int(status) if status.isdigit() else None,
        digest=digest,
        length=int(length) if length.isdigit() else 0,
    )


def _before(end: datetime) -> str:
    """The last second before a moment: the index takes `to` as included."""
    return (end - timedelta(seconds=1)).strftime(STAMP)
