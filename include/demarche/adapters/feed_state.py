"""What the collector remembers between runs: validators, back-off and what each feed showed last.

A small SQLite file, because several batches write at once and DuckDB allows one process.
It holds nothing that analysts need; losing it costs one full round of fetches, nothing else.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path

from demarche.model import FeedState

SCHEMA = """
CREATE TABLE IF NOT EXISTS feeds (feed_id TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS memories (feed_id TEXT PRIMARY KEY, entry_ids TEXT NOT NULL, blocks TEXT NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pages (url TEXT PRIMARY KEY, entry_id TEXT NOT NULL, tries INTEGER NOT NULL,
    outcome TEXT NOT NULL, tried_at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS waiting (url TEXT PRIMARY KEY, entry_id TEXT NOT NULL, feed_id TEXT NOT NULL,
    since TEXT NOT NULL) WITHOUT ROWID;
"""


TIMES = ("body_at", "polled_at", "good_at", "new_at", "due_at")
NAMES = frozenset(field.name for field in fields(FeedState))
MEMORY = frozenset(("entry_ids", "blocks"))  # in a table of their own: a plan of ten thousand feeds needs none


class StateError(RuntimeError):
    """A state file that cannot be read or written; the message names it."""


class FeedStates:
    """The state file. Safe for several processes; each change is one transaction."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "collector.sqlite"
        with self._connection() as connection:
            connection.executescript("PRAGMA journal_mode=WAL;" + SCHEMA)

    def copy_to(self, path: Path) -> None:
        """Copy the file as one transaction sees it."""
        path.unlink(missing_ok=True)
        with self._connection() as connection:
            connection.execute("VACUUM INTO ?", (str(path),))

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self.path, timeout=60)
            try:
                with connection:
                    yield connection
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise StateError(f"{self.path}: {error}; without it every feed is read once in full") from error

    def read(self, feed_ids: Collection[str] | None = None) -> dict[str, FeedState]:
        """The states of these feeds as far as they were polled, with what each showed last.

        Without names those of all feeds, for planning: without the entries, which are most of the bytes.
        """
        with self._connection() as connection:
            if feed_ids is None:
                return {name: _state(text) for name, text in connection.execute("SELECT feed_id, state FROM feeds")}
            states = {}
            query = "SELECT state, entry_ids, blocks FROM feeds LEFT JOIN memories USING (feed_id) WHERE feed_id = ?"
            for feed_id in feed_ids:
                for text, *memory in connection.execute(query, (feed_id,)):
                    states[feed_id] = _with_memory(_state(text), *memory)
            return states

    def write(
        self, states: Iterable[FeedState], wanted: Iterable[tuple[str, str, str]] = (), now: datetime | None = None
    ) -> None:
        """Replace the states of these feeds, and let the pages that they lead to wait, all or nothing: what shows
        their entries as known must not lose their pages. A page is an address, an entry and a feed.
        """
        since = now.isoformat() if now else ""
        kept = list(states)
        rows = [(state.feed_id, _text(state)) for state in kept]
        memories = [(state.feed_id, " ".join(state.entry_ids), _block_text(state)) for state in kept]
        with self._connection() as connection:
            connection.executemany("INSERT OR REPLACE INTO feeds VALUES (?, ?)", rows)
            connection.executemany("INSERT OR REPLACE INTO memories VALUES (?, ?, ?)", memories)
            connection.executemany(
                "INSERT INTO waiting VALUES (?, ?, ?, ?) "
                "ON CONFLICT (url) DO UPDATE SET entry_id = excluded.entry_id, feed_id = excluded.feed_id",
                [(*page, since) for page in wanted],
            )

    def captured(self, urls: Iterable[str]) -> dict[str, tuple[str, int, str]]:
        """For the addresses tried before: the entry that led there, the number of tries, the last outcome."""
        wanted = set(urls)
        with self._connection() as connection:
            rows = connection.execute("SELECT url, entry_id, tries, outcome FROM pages")
            return {url: (entry_id, tries, outcome) for url, entry_id, tries, outcome in rows if url in wanted}

    def note_pages(self, rows: Iterable[tuple[str, str, int, str, datetime]]) -> None:
        """Remember attempts at pages: address, entry, tries so far, outcome, time."""
        values = [(url, entry_id, tries, outcome, at.isoformat()) for url, entry_id, tries, outcome, at in rows]
        with self._connection() as connection:
            connection.executemany("INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?)", values)

    def waiting_pages(self, since: datetime) -> list[tuple[str, str, str]]:
        """Address, entry and feed of the pages that have waited from `since` on, the longest first."""
        query = "SELECT url, entry_id, feed_id FROM waiting WHERE since >= ? ORDER BY since, url"
        with self._connection() as connection:
            connection.execute("DELETE FROM waiting WHERE since < ?", (since.isoformat(),))
            return connection.execute(query, (since.isoformat(),)).fetchall()

    def settle_pages(self, done: Iterable[str], left: Iterable[tuple[str, str, str]], now: datetime) -> None:
        """Take the addresses that are done with from the waiting list, and put on it what is left, if it is new."""
        with self._connection() as connection:
            connection.executemany("DELETE FROM waiting WHERE url = ?", [(url,) for url in done])
            connection.executemany(
                "INSERT OR IGNORE INTO waiting VALUES (?, ?, ?, ?)", [(*page, now.isoformat()) for page in left]
            )


def _text(state: FeedState) -> str:
    values = {name: getattr(state, name) for name in NAMES - MEMORY}
    for name in TIMES:
        values[name] = values[name].isoformat() if values[name] else None
    return json.dumps(values)


def _block_text(state: FeedState) -> str:
    """Digests and ids in turn. Both are hex of one length, so a blank keeps them apart at a third of JSON's bytes."""
    return " ".join(word for pair in state.blocks for word in pair)


def _with_memory(state: FeedState, entry_ids: str | None, blocks: str | None) -> FeedState:
    words = (blocks or "").split()
    return replace(
        state,
        entry_ids=tuple((entry_ids or "").split()),
        blocks=tuple(zip(words[::2], words[1::2], strict=True)),
    )


def _state(text: str) -> FeedState:
    values = {name: value for name, value in json.loads(text).items() if name in NAMES - MEMORY}
    for name in TIMES:
        values[name] = datetime.fromisoformat(values[name]) if values.get(name) else None
    values["redirects"] = tuple(
        tuple((status, target) for status, target in hops) for hops in values.get("redirects", ())
    )
    return FeedState(**values)
