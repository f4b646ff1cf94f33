"""What an analyst does with a published copy, for tests."""

import hashlib
from datetime import timedelta

from builders import NOON
from demarche import steps
from demarche.adapters.warehouse import Published


def ask(settings, query):
    """The rows of the answer."""
    return Published(settings).query(query)[1]


def digest(settings):
    """A hash of everything that analysts are promised about reports."""
    rows = [ask(settings, f"FROM mart.{view} ORDER BY ALL") for view in ("articles", "stories", "events")]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def publish(settings, **how):
    """Publish some days after everything happened."""
    steps.publish_copy(settings=settings, now=NOON + timedelta(days=9), **how)
