"""Files what an import brought: each capture in the archive under its own time, once, with where it came from.

A capture that the archive has already, from whatever import, is not filed again: that makes a repeated part harmless.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from demarche.adapters.archive import Archive, Batch, digest_of
from demarche.core.codings import decoded
from demarche.core.polling import Bounds, attempt, poll_result
from demarche.core.windows import import_window
from demarche.model import Answer, Feed, FeedState, Fetch, Outcome
from demarche.settings import Settings
from demarche.steps.limits import poll_bounds

OPEN_WINDOWS = 48  # batches that are written to at once; the oldest is closed for the next

Provenance = tuple[tuple[str, str], ...]
Key = tuple[str, str, str, datetime]


class Filing:
    """The batches of one unit of work while it is done."""

    def __init__(self, settings: Settings, origin: str, import_id: str) -> None:
        self.settings = settings
        self.archive = Archive(settings.archive)
        self.origin = origin
        self.import_id = import_id
        self.bounds: Bounds = poll_bounds(settings)
        self._open: dict[datetime, Batch] = {}
        self._filed: dict[datetime, dict[Key, Fetch]] = {}  # of the windows that were looked into

    def known(self, kind: str, feed_id: str, url: str, captured_at: datetime) -> Fetch | None:
        """The line of the ledger for a capture that the archive has, from this or an earlier import."""
        window_at = import_window(captured_at)
        if window_at not in self._filed:
            while len(self._filed) > 8 * OPEN_WINDOWS:
                self._filed.pop(next(iter(self._filed)))
            self._filed[window_at] = {_key(fetch): fetch for fetch in self.archive.fetches(window_at)}
        return self._filed[window_at].get((kind, feed_id if kind == "feed" else "", url, captured_at))

    def feed(
        self, feed: Feed, before: FeedState, answer: Answer, source: Provenance, *, is_resource: bool = False
    ) -> tuple[Fetch, FeedState, tuple[Any, ...]]:
        """File a feed document; returns its ledger line, what to remember of the feed, and its new entries.

        `answer.started_at` is the time of capture. The line is as if the document had been polled then.
        """
        window_at = import_window(answer.started_at)
        polled = poll_result(feed, before, answer, window_at=window_at, bounds=self.bounds)
        fetch = replace(polled.fetch, origin=self.origin, duration_ms=0, retry_at=None)
        filed = self.known("feed", feed.feed_id, answer.url, answer.started_at)
        if filed is None:
            repeats = before.record_id if polled.is_repeat else ""
            filed = self._file(fetch, answer, source, repeats=repeats, is_resource=is_resource)
        has_new_body = fetch.digest and not polled.is_repeat and fetch.digest == polled.state.digest
        state = FeedState(
            feed_id=feed.feed_id,
            digest=polled.state.digest,
            record_id=filed.record_id if has_new_body else before.record_id,
            entry_ids=polled.state.entry_ids,
            blocks=polled.state.blocks,
        )
        return filed, state, polled.new_entries

    def page(self, feed_id: str, answer: Answer, source: Provenance) -> Fetch:
        """File a page that was captured at `answer.started_at`; one that cannot be unpacked is filed as that."""
        filed = self.known("page", feed_id, answer.url, answer.started_at)
        if filed is not None:
            return filed
        undone = decoded(answer.raw, answer.header("content-encoding"), self.settings.max_decoded)
        fetch = attempt(
            "page",
            feed_id,
            answer,
            window_at=import_window(answer.started_at),
            outcome=undone.problem or Outcome.NEW,
            note=undone.note,
        )
        fetch = replace(
            fetch,
            origin=self.origin,
            duration_ms=0,
            retry_at=None,
            bytes_decoded=len(undone.body),
            digest=digest_of(undone.body) if undone.body else "",
        )
        return self._file(fetch, answer, source)

    def body_of(self, fetch: Fetch) -> bytes | None:
        """The body that a line's record holds, content codings undone; None where it repeats another's."""
        if fetch.refers_to or not fetch.record_id or self._open.get(fetch.window_at):
            return None
        for record in self.archive.records(fetch.window_at, fetch.warc_file, {fetch.record_id}):
            undone = decoded(record.body, record.header("content-encoding"), self.settings.max_decoded)
            return None if undone.problem else undone.body
        return None

    def flush(self) -> None:
        """Give all files their names: what was filed so far is in the archive."""
        for window_at in list(self._open):
            self._open.pop(window_at).close()

    def abandon(self) -> None:
        """Throw away what was filed since the last flush."""
        for window_at in list(self._open):
            self._open.pop(window_at).abandon()
            self._filed.pop(window_at, None)

    def _file(
        self,
        fetch: Fetch,
        answer: Answer,
        source: Provenance,
        *,
        repeats: str = "",
        is_resource: bool = False,
    ) -> Fetch:
        batch = self._batch(fetch.window_at)
        at = fetch.started_at
        status = f"{answer.status} {answer.reason}".strip()
        if repeats:
            record = batch.keep_revisit(
                url=answer.final_url,
                captured_at=at,
                status=status,
                headers=answer.headers,
                digest=fetch.digest,
                refers_to=repeats,
            )
        elif is_resource:
            content_type = answer.header("content-type")
            record = batch.keep_resource(
                url=answer.final_url, captured_at=at, content_type=content_type, body=answer.raw
            )
        else:
            record = batch.keep_response(
                url=answer.final_url, captured_at=at, status=status, headers=answer.headers, body=answer.raw
            )
        fields = (("import", self.import_id), ("origin", self.origin), *source)
        batch.keep_metadata(refers_to=record, url=answer.final_url, captured_at=at, fields=fields)
        filed = replace(fetch, warc_file=batch.warc_file, record_id=record, refers_to=repeats)
        batch.fetches.append(filed)
        self._filed.setdefault(fetch.window_at, {})[_key(filed)] = filed
        return filed

    def _batch(self, window_at: datetime) -> Batch:
        batch = self._open.get(window_at)
        if batch is None:
            while len(self._open) >= OPEN_WINDOWS:
                self._open.pop(next(iter(self._open))).close()
            batch = self._open[window_at] = self.archive.open_batch(window_at, "imported", self.import_id)
        return batch


def archived_answer(
    url: str, captured_at: datetime, headers: tuple[tuple[str, str], ...], body: bytes, *, final_url: str = ""
) -> Answer:
    """A capture as the answer that it was."""
    return Answer(
        url=url,
        final_url=final_url or url,
        started_at=captured_at,
        duration_ms=0,
        problem=None,
        status=200,
        reason="OK",
        headers=headers,
        raw=body,
    )


def listed_items(items: list[dict[str, Any]], title: str) -> bytes:
    """Reports of which only a line is known, as the feed document (JSON Feed 1.1) that the archive keeps of them."""
    document: Mapping[str, Any] = {"version": "https://jsonfeed.org/version/1.1", "title": title, "items": items}
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


def state_values(state: FeedState) -> dict[str, Any]:
    """What the journal keeps of a feed between two parts."""
    return {
        "digest": state.digest,
        "record_id": state.record_id,
        "entry_ids": list(state.entry_ids),
    }


def state_from(feed_id: str, values: Mapping[str, Any]) -> FeedState:
    """What `state_values` kept."""
    return FeedState(
        feed_id=feed_id,
        digest=values.get("digest", ""),
        record_id=values.get("record_id", ""),
        entry_ids=tuple(values.get("entry_ids", ())),
    )


def _key(fetch: Fetch) -> Key:
    return fetch.kind, fetch.feed_id if fetch.kind == "feed" else "", fetch.url, fetch.started_at
