"""Asks other archives through the one client: within a budget, again after what passes, and slower when told so."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from demarche.adapters.http import CODINGS, Client
from demarche.core.freshness import retry_at
from demarche.model import Answer, Outcome
from demarche.settings import Settings

PASSING = frozenset(
    {Outcome.RATE_LIMITED, Outcome.SERVER_ERROR, Outcome.TIMEOUT, Outcome.CONNECT_ERROR, Outcome.DNS_ERROR}
)
LONGEST_WAIT = 900.0  # seconds before the same address is asked again, whatever a server says


class SpentError(Exception):
    """The budget of an import is spent. What is done is kept, and the rest is for another run."""


class Budget:
    """How much an import may still ask; 0 stands for no limit."""

    def __init__(self, *, requests: int = 0, megabytes: float = 0, minutes: float = 0) -> None:
        self.requests_left = requests or None
        self.bytes_left = megabytes * 1e6 or None
        self._ends_at = time.monotonic() + minutes * 60 if minutes else None
        self.requests = 0
        self.bytes = 0

    def spend_request(self) -> None:
        """Count a request that is about to be made. Raises SpentError."""
        self.check()
        self.requests += 1
        if self.requests_left is not None:
            self.requests_left -= 1

    def spend_bytes(self, count: int) -> None:
        """Count what came."""
        self.bytes += count
        if self.bytes_left is not None:
            self.bytes_left -= count

    def check(self) -> None:
        """Raises SpentError where nothing is left."""
        if self.requests_left is not None and self.requests_left <= 0:
            raise SpentError("its requests are spent")
        if self.bytes_left is not None and self.bytes_left <= 0:
            raise SpentError("its bytes are spent")
        if self._ends_at is not None and time.monotonic() >= self._ends_at:
            raise SpentError("its time is over")


class Asker:
    """One import's access to the network."""

    def __init__(self, client: Client, settings: Settings, budget: Budget) -> None:
        self.client = client
        self.settings = settings
        self.budget = budget

    async def get(
        self,
        url: str,
        *,
        accept: str = "*/*",
        span: tuple[int, int] | None = None,
        is_final: Callable[[Answer], bool] = lambda _: False,
    ) -> Answer:
        """The answer of an address, asked again while its failure may pass and `is_final` does not accept it."""
        tries = max(1, self.settings.import_tries)
        for number in range(1, tries + 1):
            self.budget.spend_request()
            # A range of packed bytes is a range of something else.
            codings = "identity" if span else CODINGS
            answer = await self.client.get(url, accept=accept, codings=codings, span=span)
            self.budget.spend_bytes(len(answer.raw))
            if answer.problem not in PASSING or is_final(answer) or number == tries:
                break
            await asyncio.sleep(self._wait(answer, number))
        return answer

    async def get_long(self, url: str, limit: int) -> Answer:
        """The answer of an address whose file may be longer than one body may be, read in ranges up to a limit."""
        size = self.settings.max_body
        answer = await self.get(url, span=(0, size - 1))
        parts = [answer.raw]
        while answer.problem is None and answer.status == 206 and len(answer.raw) == size:
            begun = sum(map(len, parts))
            if begun >= limit:
                return replace(answer, problem=Outcome.TOO_LARGE, note=f"more than {limit} bytes")
            following = await self.get(url, span=(begun, begun + size - 1))
            if following.status == 416:
                break
            answer = following
            parts.append(answer.raw)
        return replace(answer, raw=b"".join(parts))

    def _wait(self, answer: Answer, number: int) -> float:
        """Seconds before the next try: what the server asks for, else twice as long each time."""
        now = datetime.now(UTC)
        told = retry_at(answer.headers, now)
        wait = (told - now).total_seconds() if told else self.settings.import_retry_wait * 2 ** (number - 1)
        return min(wait, LONGEST_WAIT)
