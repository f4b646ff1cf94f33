"""Asks the network for one address at a time, within limits and politely; every end is a value.

Does not undo content codings, parse, decide when to ask again, or keep anything between batches.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from demarche.adapters.addresses import Resolver, SystemNames, host_of, read_url
from demarche.adapters.guard import Guard
from demarche.adapters.http.bodies import read_body
from demarche.adapters.http.failures import one_line, outcome_of_failure
from demarche.adapters.http.sessions import open_session
from demarche.adapters.http.trips import Hop, Trip
from demarche.adapters.statuses import REDIRECTS, first_value, header_text, outcome_of_status
from demarche.adapters.turns import Turns
from demarche.model import Answer, Outcome
from demarche.settings import Settings

log = logging.getLogger(__name__)

CODINGS = "gzip, deflate, br, zstd"
FEED_TYPES = (
    "application/rss+xml, application/atom+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.7"
)

MAX_ERROR_BODY = 65_536  # bytes of an error's page that are worth keeping for whoever asks why


class OutOfBudgetError(Exception):
    """The batch's time was over before an attempt could begin. Nothing was asked."""


class Client:
    """One batch's access to the network, as an async context manager. `get` never raises for what the network does."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        resolver: Resolver | None = None,
        budget: float | None = None,
    ) -> None:
        """`resolver` replaces the system's look-ups; what it answers is checked like any other address.

        `budget` is the seconds in which attempts may begin; one that has begun is finished.
        """
        self._budget = budget
        self._ends_at: float | None = None
        self._settings = settings
        self._clock = clock
        self._guard = Guard(settings.allow_networks)
        self._turns = Turns(settings.connections, settings.connections_per_host, settings.host_delay)
        self._names = SystemNames()
        self._lookup = resolver or self._names
        self._user_agent = user_agent(settings)
        # Most hosts are asked once in a batch. Their connections end with the answer: ten thousand idle sockets
        # would be more than a process may have.
        self._once: aiohttp.ClientSession | None = None
        self._kept: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        if self._budget is not None:
            self._ends_at = asyncio.get_running_loop().time() + self._budget
        self._once = open_session(self._settings, self._lookup, self._guard, is_kept=False)
        self._kept = open_session(self._settings, self._lookup, self._guard, is_kept=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._once, self._kept):
            if session is not None:
                await session.close()
        self._names.close()

    async def get(
        self,
        url: str,
        *,
        etag: str = "",
        last_modified: str = "",
        accept: str = "",
        codings: str = CODINGS,
        span: tuple[int, int] | None = None,
    ) -> Answer:
        """Ask for an address, with its redirects. The validators are sent as given. `span` asks for the bytes from
        the first to the last, both included; a server may answer with the whole all the same.

        The answer's `raw` is the body as received; with a problem, what came before it, never above a limit.
        `problem` is None exactly when an answer with status 200 to 299, or a 304 that was asked for, was read whole.
        `duration_ms` is time on the network: waiting for a turn does not count.
        Raises OutOfBudgetError where the batch's time was over before the turn came.
        """
        headers = {
            "User-Agent": self._user_agent,
            "Accept": accept or FEED_TYPES,
            "Accept-Encoding": codings,
        }
        if span is not None:
            headers["Range"] = f"bytes={span[0]}-{span[1]}"
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        trip = Trip(url, self._clock())
        try:
            hop = await self._follow(trip, headers)
        except OutOfBudgetError:
            raise
        except Exception as error:  # our own bug must not end the batch; it is a row like every other end
            log.exception("fetching %s failed in our own code", url)
            hop = Hop(problem=Outcome.INTERNAL_ERROR, note=one_line(error))
        return trip.end(hop)

    def slow_down(self, host: str, delay: float) -> None:
        """Leave at least `delay` seconds between two starts at this host, for the rest of the batch."""
        self._turns.slow_down(host, delay)

    async def _follow(self, trip: Trip, headers: dict[str, str]) -> Hop:
        """Ask hop by hop until an answer is no redirect."""
        settings = self._settings
        target = trip.url
        seen: set[str] = set()
        hop = Hop()
        while True:
            url, refusal = self._check(target)
            if url is None:
                return refusal
            if str(url) in seen:
                return replace(hop, problem=Outcome.BAD_REDIRECT, note=f"redirects in a loop to {target}")
            seen.add(str(url))
            trip.final_url = target
            hop = await self._visit(trip, url, headers)
            if hop.problem is not None or hop.status not in REDIRECTS:
                return hop
            location = first_value(hop.headers, "Location").strip()
            if not location:
                return replace(hop, problem=Outcome.BAD_REDIRECT, note=f"status {hop.status} without a Location")
            try:
                target, _, _ = urljoin(target, location).partition("#")
            except ValueError as error:
                return replace(hop, problem=Outcome.BAD_REDIRECT, note=f"Location {location[:80]!r}: {error}")
            trip.redirects.append((hop.status, target))
            if len(trip.redirects) > settings.max_redirects:
                return replace(hop, problem=Outcome.BAD_REDIRECT, note=f"more than {settings.max_redirects} redirects")

    def _check(self, target: str) -> tuple[URL | None, Hop]:
        """The address in the form that is connected to, or None and the refusal."""
        if len(target) > self._settings.max_url:
            return None, Hop(problem=Outcome.TOO_LARGE, note=f"an address of {len(target)} characters")
        try:
            url = read_url(target)
        except ValueError as error:
            return None, Hop(problem=Outcome.REFUSED_ADDRESS, note=f"not an address: {one_line(error)}")
        refusal = self._guard.refusal_of_host(
            url.scheme,
            host_of(url),
            has_credentials="@" in url.raw_authority,
            is_proxied=bool(self._settings.proxy),
        )
        return (None, Hop(problem=Outcome.REFUSED_ADDRESS, note=refusal)) if refusal else (url, Hop())

    async def _visit(self, trip: Trip, url: URL, headers: dict[str, str]) -> Hop:
        """One request in the host's turn, within what is left of the attempt's time."""
        host = host_of(url)
        async with AsyncExitStack() as turn:
            loop = asyncio.get_running_loop()
            ends_at = None if trip.has_started else self._ends_at
            try:
                async with asyncio.timeout_at(ends_at):
                    await turn.enter_async_context(self._turns.at(host))
            except TimeoutError:
                raise OutOfBudgetError(trip.url) from None
            if ends_at is not None and loop.time() >= ends_at:  # a turn that was free at once is not waited for
                raise OutOfBudgetError(trip.url)
            begun = loop.time()
            trip.start(self._clock)
            try:
                hop = await self._exchange(url, headers, begun + self._settings.total_timeout - trip.seconds)
            finally:
                trip.seconds += loop.time() - begun
            if hop.problem is Outcome.RATE_LIMITED:
                # Others of the same host wait in this batch. Twice as slow, not silence: a limit often is one path's.
                self._turns.slow_down(host, self._turns.delay_at(host) * 2)
            return hop

    async def _exchange(self, url: URL, headers: dict[str, str], deadline: float) -> Hop:
        """Send one request and read its answer; failures come back as values."""
        session = self._kept if self._turns.is_shared(host_of(url)) else self._once
        if session is None:
            raise RuntimeError("the client is used outside its `async with` block")
        try:
            async with asyncio.timeout_at(deadline):
                response = await session.get(
                    url, headers=headers, allow_redirects=False, proxy=self._settings.proxy or None
                )
        except (aiohttp.ClientError, HttpProcessingError, OSError) as error:
            outcome, note = outcome_of_failure(error)
            return Hop(problem=outcome, note=note)
        is_conditional = "If-None-Match" in headers or "If-Modified-Since" in headers
        try:
            return await self._read(response, deadline, is_conditional)
        finally:
            response.release()

    async def _read(self, response: aiohttp.ClientResponse, deadline: float, is_conditional: bool) -> Hop:
        """The answer with its body. An error's status stands, whatever happens to its body."""
        received = tuple((header_text(name), header_text(value)) for name, value in response.raw_headers)
        version = response.version
        hop = Hop(
            status=response.status,
            reason=header_text((response.reason or "").encode("utf-8", "surrogateescape")),
            http_version=f"{version.major}.{version.minor}" if version else "",
            headers=received,
        )
        size = sum(len(name) + len(value) + 4 for name, value in response.raw_headers)
        if size > self._settings.max_headers:
            return replace(hop, problem=Outcome.TOO_LARGE, note=f"{size} bytes of headers")
        if response.status in REDIRECTS:
            return hop
        outcome, note = outcome_of_status(response.status, received, is_conditional=is_conditional)
        limit = self._settings.max_body if outcome is None else min(MAX_ERROR_BODY, self._settings.max_body)
        raw, problem, why = await read_body(response, limit, deadline)
        if outcome is None:
            outcome, note = problem, why
        return replace(hop, problem=outcome, note=note, raw=raw)


def user_agent(settings: Settings) -> str:
    """How the collector names itself, with the contact in the place that the default leaves for it."""
    contact = settings.contact.strip()
    if not contact:
        return settings.user_agent
    if "set DEMARCHE_CONTACT" in settings.user_agent:
        return settings.user_agent.replace("set DEMARCHE_CONTACT", contact)
    return f"{settings.user_agent} ({contact})"
