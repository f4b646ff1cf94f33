"""The limits of a poll, from the settings."""

from datetime import timedelta

from demarche.core.polling import Bounds
from demarche.settings import Settings


def poll_bounds(settings: Settings) -> Bounds:
    """The limits of a poll that the settings give."""
    return Bounds(
        max_decoded=settings.max_decoded,
        max_entries=settings.max_entries,
        max_depth=settings.max_depth,
        max_entities=settings.max_entities,
        shortest=timedelta(minutes=settings.min_interval_minutes),
        longest=timedelta(minutes=settings.max_interval_minutes),
    )
