"""Says word by word how one version of a title or summary became the next. It does not decide what is a version."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

# A word with the signs that cling to it; in scripts without spaces every character stands alone.
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+|\s+")
MOST = 2_000  # words of each version that are compared: matching takes time with the square of them


@dataclass(frozen=True, slots=True)
class Change:
    """A passage of one version and what stands in its place in the next; equal texts say that it stayed."""

    before: str
    after: str

    @property
    def is_kept(self) -> bool:
        """True for a passage that both versions have."""
        return self.before == self.after


def changes(before: str, after: str) -> tuple[Change, ...]:
    """The passages kept and changed, in order. Joined, they give both texts back, to the last space."""
    old, new = _tokens(before), _tokens(after)
    found: list[Change] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        change = Change("".join(old[i:j]), "".join(new[k:m]))
        if kind == "equal" and change.before.isspace() and found and not found[-1].is_kept:
            # A space between two changed words is no passage: "four men" became "five women", once.
            found[-1] = Change(found[-1].before + change.before, found[-1].after + change.after)
        elif kind != "equal" and found and not found[-1].is_kept:
            found[-1] = Change(found[-1].before + change.before, found[-1].after + change.after)
        else:
            found.append(change)
    return tuple(found)


def history(versions: Iterable[str]) -> tuple[tuple[Change, ...], ...]:
    """The changes from each version to the next, oldest first; versions that repeat the one before are left out."""
    distinct: list[str] = []
    for version in versions:
        if not distinct or version != distinct[-1]:
            distinct.append(version)
    return tuple(changes(before, after) for before, after in pairwise(distinct))


def _tokens(text: str) -> list[str]:
    """Words and the spaces between them; what is beyond the limit is one token, so that nothing is lost."""
    tokens: list[str] = _TOKEN.findall(text)
    limit = 2 * MOST
    return tokens if len(tokens) <= limit else [*tokens[:limit], "".join(tokens[limit:])]


@dataclass(frozen=True, slots=True)
class Wording:
    """One sighting of an article in the words that a feed gave. `thread` is one outlet's address of the article."""

    entry_id: str
    feed_id: str
    thread: str
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class Version:
    """A wording that its thread had not shown before, and what it changed; the first of a thread changed nothing."""

    entry_id: str
    thread: str
    number: int
    follows_entry_id: str = ""
    title_changes: tuple[Change, ...] = ()
    summary_changes: tuple[Change, ...] = ()


def versions(wordings: Iterable[Wording]) -> tuple[Version, ...]:
    """The versions among the sightings of one article, which come in arrival order.

    A wording that the thread has shown before, or that another feed only cuts elsewhere, is no
    version. It is compared with the last version in its own feed, else with the last one in any.
    """
    threads: dict[str, list[Wording]] = {}
    found: list[Version] = []
    for wording in wordings:
        shown = threads.setdefault(wording.thread, [])
        if any(_is_same(wording, other) for other in shown):
            continue
        before = next((other for other in reversed(shown) if other.feed_id == wording.feed_id), None)
        before = before or (shown[-1] if shown else None)
        shown.append(wording)
        number = len(shown)
        if before is None:
            found.append(Version(wording.entry_id, wording.thread, number))
            continue
        title, summary = changes(before.title, wording.title), changes(before.summary, wording.summary)
        found.append(Version(wording.entry_id, wording.thread, number, before.entry_id, title, summary))
    return tuple(found)


def _is_same(one: Wording, other: Wording) -> bool:
    """True for equal words; between feeds also where one summary is the beginning of the other, cut with dots."""
    if _squeezed(one.title) != _squeezed(other.title):
        return False
    if one.feed_id == other.feed_id:
        return _squeezed(one.summary) == _squeezed(other.summary)
    short, long = sorted((_squeezed(one.summary), _squeezed(other.summary)), key=len)
    return long.startswith(short.rstrip(".… ["))


def _squeezed(text: str) -> str:
    return " ".join(text.split())
