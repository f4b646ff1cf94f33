"""Which feeds are due, and how they are dealt into batches. Takes the time as a value."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from demarche.core.urls import host_of
from demarche.model import Feed, FeedState

FEEDS_A_BATCH = 250  # below that a mapped task, which begins with a second of imports, costs more than its fetches


def due_feeds(feeds: Iterable[Feed], states: Mapping[str, FeedState], *, now: datetime) -> tuple[Feed, ...]:
    """The feeds to poll now: never polled ones first, then by how long they have been due."""
    due = []
    for feed in feeds:
        state = states.get(feed.feed_id)
        if state is None or state.due_at is None:
            if state is None or not state.is_muted:
                due.append((0.0, feed.feed_id, feed))
        elif not state.is_muted and state.due_at <= now:
            due.append((state.due_at.timestamp(), feed.feed_id, feed))
    return tuple(feed for _, _, feed in sorted(due, key=lambda entry: entry[:2]))


def dealt(feeds: Sequence[Feed], most: int) -> tuple[tuple[Feed, ...], ...]:
    """At most `most` batches of about equal size. Feeds of one host stay together, so that its limits hold."""
    count = max(1, min(most, -(-len(feeds) // FEEDS_A_BATCH)))
    hosts: dict[str, list[Feed]] = defaultdict(list)
    for feed in feeds:
        hosts[host_of(feed.url)].append(feed)
    place = {feed.feed_id: number for number, feed in enumerate(feeds)}
    batches: list[list[Feed]] = [[] for _ in range(count)]
    for _, group in sorted(hosts.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        min(batches, key=len).extend(group)
    # Each batch in the order given, the longest overdue first: what does not fit a run's time is then first next time.
    return tuple(tuple(sorted(batch, key=lambda feed: place[feed.feed_id])) for batch in batches if batch)
