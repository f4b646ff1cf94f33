"""What a poll of a feed means: its outcome, the entries it brought, and when to come back.

Takes the network's answer as a value. It neither fetches nor stores.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from demarche.core.codings import decoded
from demarche.core.feeds import parse_feed, sitemap_children
from demarche.core.freshness import fresh_until, retry_at
from demarche.core.identity import entry_id, fetch_id
from demarche.core.politeness import (
    GOOD,
    Pace,
    Poll,
    has_false_validators,
    next_poll,
    permanent_redirect_target,
)
from demarche.core.xmlscan import MAX_DEPTH, MAX_ENTITIES
from demarche.model import Answer, Entry, Feed, FeedDocument, FeedState, Fetch, Outcome

MINUTE = timedelta(minutes=1)
REMEMBERED_REDIRECTS = 3  # as many as a move needs to be believed
RATE_WEIGHT = 0.3  # of the newest interval in the posting rate: a week's rhythm shows, one busy hour does not


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of a poll, from the settings."""

    max_decoded: int  # bytes
    max_entries: int
    shortest: timedelta  # between two polls
    longest: timedelta
    max_depth: int = MAX_DEPTH  # of elements in XML
    max_entities: int = MAX_ENTITIES  # that one document declares


@dataclass(frozen=True, slots=True)
class Polled:
    """One poll, understood. `fetch` lacks the WARC record, which does not exist yet."""

    fetch: Fetch
    state: FeedState
    new_entries: tuple[tuple[str, Entry], ...]  # id and entry
    is_repeat: bool  # the body is the one of the poll before: a revisit record says it all
    child_url: str = ""  # the newest sitemap, where the body is an index of sitemaps: its entries are the feed's


def poll_result(feed: Feed, before: FeedState, answer: Answer, *, window_at: datetime, bounds: Bounds) -> Polled:
    """Understand one answer of a feed."""
    body, digest, document, outcome, note = _read(before, answer, feed, bounds)
    read = entries_of_document(feed.feed_id, document, dict(before.blocks))
    ids = before.entry_ids if outcome is Outcome.UNCHANGED else read.ids
    known = frozenset(before.entry_ids)
    new = tuple((i, entry) for i, entry in read.parsed.items() if i not in known)
    if outcome is None:
        # A feed whose XML broke before its first entry is not one that has nothing to say.
        is_broken = any(problem.startswith("invalid XML") for problem in document.problems)
        nothing = Outcome.UNREADABLE if is_broken else Outcome.EMPTY
        outcome = Outcome.NEW if new else (Outcome.UNCHANGED if ids else nothing)
    overlap = len(known.intersection(ids)) / len(ids) if ids and before.entry_ids else None
    fetch = replace(
        attempt("feed", feed.feed_id, answer, window_at=window_at, outcome=outcome, note=note),
        bytes_decoded=len(body),
        digest=digest,
        entries=len(ids),
        new_entries=len(new),
        overlap=overlap,
    )
    state = _state_after(before, answer, fetch, ids, read.blocks)
    if changes := list(_changes(before, state, answer)):
        fetch = replace(fetch, note="; ".join(part for part in (note, *changes) if part))
    state = _scheduled(feed, before, state, fetch, answer, document.ttl_minutes, bounds)
    is_repeat = outcome is Outcome.NOT_MODIFIED or bool(digest and digest == before.digest and before.record_id)
    child = _newest_child(body, answer) if document.version == "sitemapindex" else ""
    return Polled(fetch=fetch, state=state, new_entries=new, is_repeat=is_repeat, child_url=child)


def attempt(kind: str, feed_id: str, answer: Answer, *, window_at: datetime, outcome: Outcome, note: str) -> Fetch:
    """The ledger's line for one attempt at a feed or a page, without what its body holds."""
    return Fetch(
        fetch_id=fetch_id(kind, feed_id, answer.url, answer.started_at),
        window_at=window_at,
        kind=kind,
        feed_id=feed_id,
        url=answer.url,
        final_url=answer.final_url,
        started_at=answer.started_at,
        duration_ms=answer.duration_ms,
        outcome=outcome,
        status=answer.status,
        bytes_received=len(answer.raw),
        etag=answer.header("etag"),
        last_modified=answer.header("last-modified"),
        retry_at=retry_at(answer.headers, answer.started_at),
        note=note,
    )


def _changes(before: FeedState, state: FeedState, answer: Answer) -> Iterator[str]:
    """What a person should know of this poll's effect on the polls to come."""
    if state.url != before.url:
        yield f"moved for good: from now on {state.url} is asked instead of {answer.url}"
    if before.is_trusted and not state.is_trusted:
        yield "its validators stayed while the body changed: not sent again"


def _newest_child(body: bytes, answer: Answer) -> str:
    """The sitemap of an index that changed last; of those without a date the last one, where archives put it."""
    children = sitemap_children(body, answer.header("content-type"))
    dated = [(moment, url) for url, moment in children if moment is not None]
    return max(dated)[1] if dated else (children[-1][0] if children else "")


@dataclass(frozen=True, slots=True)
class ReadEntries:
    """The entries of one document. Those whose block was known have an id only: they were parsed before."""

    ids: tuple[str, ...] = ()  # in document order, each once
    parsed: Mapping[str, Entry] = field(default_factory=dict)  # by id, in document order; of equal ones the first
    blocks: tuple[tuple[str, str], ...] = ()  # digest and id; empty where items cannot be told apart


def entries_of_document(feed_id: str, document: FeedDocument, known: Mapping[str, str]) -> ReadEntries:
    """The entries of a document that was parsed without the blocks that `known` (digest → entry id) holds."""
    parsed: dict[str, Entry] = {}
    ids: dict[str, None] = {}
    blocks: dict[str, str] = {}
    fresh = iter(document.entries)
    for digest in document.block_digests:
        if document.skipped and digest in known:
            identity = known[digest]
        else:
            entry = next(fresh)
            identity = entry_id(feed_id, entry)
            parsed.setdefault(identity, entry)
        ids[identity] = None
        blocks[digest] = identity
    for entry in fresh:  # all of them where there are no blocks
        identity = entry_id(feed_id, entry)
        parsed.setdefault(identity, entry)
        ids[identity] = None
    return ReadEntries(ids=tuple(ids), parsed=parsed, blocks=tuple(blocks.items()))


def entries_of_body(
    feed_id: str,
    raw: bytes,
    *,
    encoding: str,
    content_type: str,
    url: str,
    seen_at: datetime,
    bounds: Bounds,
    known: Mapping[str, str] | None = None,
) -> ReadEntries:
    """The entries of an archived body; none where it cannot be read. `known` blocks (digest → id) are not parsed."""
    undone = decoded(raw, encoding, bounds.max_decoded)
    if undone.problem is not None:
        return ReadEntries()
    known = known or {}
    document = parse_feed(
        undone.body,
        url=url,
        content_type=content_type,
        limit=bounds.max_entries,
        seen_at=seen_at,
        known_blocks=known.keys(),
        max_depth=bounds.max_depth,
        max_entities=bounds.max_entities,
    )
    return entries_of_document(feed_id, document, known)


def _read(
    before: FeedState, answer: Answer, feed: Feed, bounds: Bounds
) -> tuple[bytes, str, FeedDocument, Outcome | None, str]:
    """Body, digest, document, outcome as far as it is certain, and a note."""
    nothing = FeedDocument()
    if answer.problem is not None:
        return b"", "", nothing, answer.problem, answer.note
    if answer.status == 304:
        return b"", before.digest, nothing, Outcome.NOT_MODIFIED, ""
    undone = decoded(answer.raw, answer.header("content-encoding"), bounds.max_decoded)
    if undone.problem is not None:
        return b"", "", nothing, undone.problem, undone.note
    digest = hashlib.sha256(undone.body).hexdigest()
    if digest == before.digest and before.entry_ids:
        return undone.body, digest, nothing, Outcome.UNCHANGED, ""
    document = parse_feed(
        undone.body,
        url=answer.final_url,
        content_type=answer.header("content-type"),
        limit=bounds.max_entries,
        seen_at=answer.started_at,
        known_blocks=dict(before.blocks).keys(),
        max_depth=bounds.max_depth,
        max_entities=bounds.max_entities,
    )
    note = "; ".join(document.problems)[:500]
    if not document.version:
        is_broken = bool(document.problems) and document.problems[-1].startswith("unreadable")
        return undone.body, digest, nothing, Outcome.UNREADABLE if is_broken else Outcome.NOT_A_FEED, note
    return undone.body, digest, document, None, note


def _state_after(
    before: FeedState, answer: Answer, fetch: Fetch, ids: tuple[str, ...], blocks: tuple[tuple[str, str], ...]
) -> FeedState:
    """What to remember after this poll, but for when to come back."""
    at = fetch.started_at
    if fetch.outcome not in GOOD:
        return replace(before, polled_at=at)
    redirects = (*before.redirects, answer.redirects)[-REMEMBERED_REDIRECTS:]
    after: dict[str, Any] = {"polled_at": at, "good_at": at, "redirects": redirects}
    moved = permanent_redirect_target(answer.url, redirects)
    if moved is not None:
        after |= {"url": moved, "redirects": ()}
    if fetch.new_entries:
        after["new_at"] = at
    if before.good_at is not None and at > before.good_at:
        rate = fetch.new_entries / ((at - before.good_at) / timedelta(days=1))
        after["entries_per_day"] = before.entries_per_day * (1 - RATE_WEIGHT) + rate * RATE_WEIGHT
    if fetch.outcome is not Outcome.NOT_MODIFIED:
        lied = has_false_validators(
            (before.etag, before.last_modified, before.digest), (fetch.etag, fetch.last_modified, fetch.digest)
        )
        is_same = fetch.digest == before.digest
        after |= {
            "etag": fetch.etag,
            "last_modified": fetch.last_modified,
            "is_trusted": before.is_trusted and not lied,
            "digest": fetch.digest,
            "body_at": at,
            "entry_ids": ids or (before.entry_ids if is_same else ()),
            "blocks": blocks or (before.blocks if is_same else ()),
        }
    return replace(before, **after)  # once: most polls change little, and each copy costs as much as a whole one


def _scheduled(
    feed: Feed,
    before: FeedState,
    state: FeedState,
    fetch: Fetch,
    answer: Answer,
    ttl_minutes: int | None,
    bounds: Bounds,
) -> FeedState:
    """The same state with the time of the next poll."""
    at = fetch.started_at
    poll = Poll(
        at=at,
        outcome=fetch.outcome,
        overlap=fetch.overlap,
        entries=fetch.entries,
        entries_per_day=state.entries_per_day or None,
        quiet_for=at - state.new_at if state.new_at else None,
        retry_at=fetch.retry_at,
        fresh_until=fresh_until(answer.headers, at),
        ttl_minutes=ttl_minutes,
    )
    pace = Pace(
        interval=before.interval_minutes * MINUTE,
        failures=before.failures,
        last_good_at=before.good_at,
        wait=before.wait_minutes * MINUTE if before.wait_minutes else None,
        is_hint_trusted=before.is_hint_trusted,
    )
    following = next_poll(feed.feed_id, poll, pace, shortest=bounds.shortest, longest=bounds.longest)
    return replace(
        state,
        due_at=following.due_at,
        is_muted=following.due_at is None,
        interval_minutes=following.pace.interval / MINUTE,
        wait_minutes=following.pace.wait / MINUTE if following.pace.wait else 0.0,
        is_hint_trusted=following.pace.is_hint_trusted,
        failures=following.pace.failures,
        reason=following.reason,
    )
