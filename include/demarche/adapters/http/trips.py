"""What one attempt gathers on its way from hop to hop. Asks nobody anything."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from demarche.model import Answer, Outcome


@dataclass(frozen=True, slots=True)
class Hop:
    """What one request brought."""

    problem: Outcome | None = None
    note: str = ""
    status: int | None = None
    reason: str = ""
    http_version: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes = b""


class Trip:
    """What one attempt has gathered on its way."""

    def __init__(self, url: str, now: datetime) -> None:
        self.url = url
        self.final_url = url
        self.started_at = now
        self.seconds = 0.0  # on the network
        self.redirects: list[tuple[int, str]] = []
        self.has_started = False

    def start(self, clock: Callable[[], datetime]) -> None:
        """Note the time of the first turn."""
        if not self.has_started:
            self.has_started = True
            self.started_at = clock()

    def end(self, hop: Hop) -> Answer:
        """The attempt as an answer."""
        return Answer(
            url=self.url,
            final_url=self.final_url,
            started_at=self.started_at,
            duration_ms=round(self.seconds * 1000),
            problem=hop.problem,
            status=hop.status,
            reason=hop.reason,
            http_version=hop.http_version,
            headers=hop.headers,
            raw=hop.raw,
            redirects=tuple(self.redirects),
            note=hop.note,
        )
