"""Which feeds are due, and how they are dealt."""

from datetime import timedelta

from builders import NOON, a_feed
from demarche.core.planning import dealt, due_feeds
from demarche.model import FeedState


def test_never_polled_feeds_come_first_and_then_the_longest_overdue():
    feeds = [a_feed(f"https://{name}.example/feed", name) for name in ("late", "new", "later", "early", "muted")]
    states = {
        "late": FeedState("late", due_at=NOON - timedelta(minutes=5)),
        "later": FeedState("later", due_at=NOON - timedelta(hours=5)),
        "early": FeedState("early", due_at=NOON + timedelta(minutes=1)),
        "muted": FeedState("muted", is_muted=True),
    }
    assert [feed.feed_id for feed in due_feeds(feeds, states, now=NOON)] == ["new", "later", "late"]


def test_few_feeds_make_one_batch_and_many_no_more_than_asked_for():
    few = [a_feed(f"https://h{n}.example/feed", f"f{n}") for n in range(30)]
    many = [a_feed(f"https://h{n}.example/feed", f"f{n}") for n in range(2000)]
    assert len(dealt(few, 8)) == 1
    batches = dealt(many, 8)
    assert len(batches) == 8
    assert sorted(feed.feed_id for batch in batches for feed in batch) == sorted(feed.feed_id for feed in many)
    assert max(map(len, batches)) - min(map(len, batches)) <= 1


def test_feeds_of_one_host_stay_in_one_batch():
    feeds = [a_feed(f"https://h{n % 7}.example/feed{n}", f"f{n}") for n in range(300)]
    batches = dealt(feeds, 16)
    for host in range(7):
        holding = [batch for batch in batches if any(f"//h{host}." in feed.url for feed in batch)]
        assert len(holding) == 1


def test_nothing_due_makes_no_batch():
    assert dealt([], 16) == ()
