"""Asks the network for one address at a time, within limits and politely; every end is a value.

Does not undo content codings, parse, decide when to ask again, or keep anything between batches.
"""

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import aiohttp
import certifi
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from yarl import URL

from demarche.adapters.addresses import Resolver, SystemNames, host_of, read_url
from demarche.adapters.guard import Guard, RefusedAddressError
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

MAX_HEADER_LINES = 256  # as many as a careless server sends; each line is bounded by the setting as well
MAX_ERROR_BODY = 65_536  # bytes of an error's page that are worth keeping for whoever asks why
DNS_TTL = 120  # seconds an answer is used within a batch; the checked address stays the one connected to
IDLE_GRACE = 2.0  # seconds beyond the host delay that a connection waits for the host's next turn

# This machine has no more of something: not the server's fault, so the feed must not wait for it.
EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL)

# What aiohttp raises, most special first, as the outcome it means; _failure knows what the type does not tell.
FAILURES: tuple[tuple[type[BaseException], Outcome], ...] = (
    (aiohttp.ConnectionTimeoutError, Outcome.TIMEOUT),
    (aiohttp.ServerTimeoutError, Outcome.TIMEOUT),
    (TimeoutError, Outcome.TIMEOUT),
    (aiohttp.ClientConnectorDNSError, Outcome.DNS_ERROR),
    (aiohttp.ClientSSLError, Outcome.TLS_ERROR),
    (ssl.SSLError, Outcome.TLS_ERROR),
    (aiohttp.ClientHttpProxyError, Outcome.CONNECT_ERROR),
    (aiohttp.ClientResponseError, Outcome.BAD_RESPONSE),
    (aiohttp.InvalidURL, Outcome.REFUSED_ADDRESS),
    (aiohttp.ClientPayloadError, Outcome.BAD_RESPONSE),
    (aiohttp.ClientConnectionError, Outcome.CONNECT_ERROR),
    (OSError, Outcome.CONNECT_ERROR),
    (aiohttp.ClientError, Outcome.BAD_RESPONSE),
)


@dataclass(frozen=True, slots=True)
class _Hop:
    """What one request brought."""

    problem: Outcome | None = None
    note: str = ""
    status: int | None = None
    reason: str = ""
    http_version: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes = b""


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
        self._once = self._open_session(is_kept=False)
        self._kept = self._open_session(is_kept=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._once, self._kept):
            if session is not None:
                await session.close()
        self._names.close()

    def _open_session(self, *, is_kept: bool) -> aiohttp.ClientSession:
        """A session that keeps its connections for the host's next turn, or closes each after its answer."""
        settings = self._settings
        # A proxy looks names up and connects for us: it is the trusted hop, so its own address is not checked.
        guard = None if settings.proxy else self._guard
        connector = aiohttp.TCPConnector(
            resolver=_GuardedResolver(self._lookup, guard),
            socket_factory=_guarded_socket(guard),
            ssl=read_authorities(),
            ttl_dns_cache=DNS_TTL,
            limit=0,  # the turns limit
            **({"keepalive_timeout": settings.host_delay + IDLE_GRACE} if is_kept else {"force_close": True}),
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            requote_redirect_url=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            timeout=aiohttp.ClientTimeout(
                total=None,  # one deadline over all hops, kept by `get`
                connect=settings.connect_timeout,
                sock_read=settings.first_byte_timeout,
            ),
            max_line_size=settings.max_headers,
            max_field_size=settings.max_headers,
            max_headers=MAX_HEADER_LINES,
        )

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
        trip = _Trip(url, self._clock())
        try:
            hop = await self._follow(trip, headers)
        except OutOfBudgetError:
            raise
        except Exception as error:  # our own bug must not end the batch; it is a row like every other end
            log.exception("fetching %s failed in our own code", url)
            hop = _Hop(problem=Outcome.INTERNAL_ERROR, note=_say(error))
        return trip.end(hop)

    def slow_down(self, host: str, delay: float) -> None:
        """Leave at least `delay` seconds between two starts at this host, for the rest of the batch."""
        self._turns.slow_down(host, delay)

    async def _follow(self, trip: "_Trip", headers: dict[str, str]) -> _Hop:
        """Ask hop by hop until an answer is no redirect."""
        settings = self._settings
        target = trip.url
        seen: set[str] = set()
        hop = _Hop()
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

    def _check(self, target: str) -> tuple[URL | None, _Hop]:
        """The address in the form that is connected to, or None and the refusal."""
        if len(target) > self._settings.max_url:
            return None, _Hop(problem=Outcome.TOO_LARGE, note=f"an address of {len(target)} characters")
        try:
            url = read_url(target)
        except ValueError as error:
            return None, _Hop(problem=Outcome.REFUSED_ADDRESS, note=f"not an address: {_say(error)}")
        refusal = self._guard.refusal_of_host(
            url.scheme,
            host_of(url),
            has_credentials="@" in url.raw_authority,
            is_proxied=bool(self._settings.proxy),
        )
        return (None, _Hop(problem=Outcome.REFUSED_ADDRESS, note=refusal)) if refusal else (url, _Hop())

    async def _visit(self, trip: "_Trip", url: URL, headers: dict[str, str]) -> _Hop:
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

    async def _exchange(self, url: URL, headers: dict[str, str], deadline: float) -> _Hop:
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
            outcome, note = _failure(error)
            return _Hop(problem=outcome, note=note)
        is_conditional = "If-None-Match" in headers or "If-Modified-Since" in headers
        try:
            return await self._read(response, deadline, is_conditional)
        finally:
            response.release()

    async def _read(self, response: aiohttp.ClientResponse, deadline: float, is_conditional: bool) -> _Hop:
        """The answer with its body. An error's status stands, whatever happens to its body."""
        received = tuple((header_text(name), header_text(value)) for name, value in response.raw_headers)
        version = response.version
        hop = _Hop(
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
        raw, problem, why = await _read_body(response, limit, deadline)
        if outcome is None:
            outcome, note = problem, why
        return replace(hop, problem=outcome, note=note, raw=raw)


class _Trip:
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

    def end(self, hop: _Hop) -> Answer:
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


class _GuardedResolver(AbstractResolver):
    """Hands aiohttp only addresses that the guard allows, and only as numbers."""

    def __init__(self, lookup: Resolver, guard: Guard | None) -> None:
        self._lookup = lookup
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The host's allowed addresses. Raises RefusedAddressError when it has others only."""
        addresses = await self._lookup(host)
        if not addresses:
            raise OSError(f"{host} has no address")
        allowed, refusals = [], []
        for address in addresses:
            refusal = self._guard.refusal_of_address(address) if self._guard else ""
            if refusal:
                refusals.append(refusal)
            else:
                allowed.append(address)
        if not allowed:
            raise RefusedAddressError(f"{host}: {'; '.join(refusals)}")
        return [_result(host, address, port) for address in allowed]

    async def close(self) -> None:
        """Nothing is held."""


def _result(host: str, address: str, port: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if ":" in address else socket.AF_INET,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST,
    )


def _guarded_socket(guard: Guard | None) -> Callable[[aiohttp.AddrInfoType], socket.socket]:
    """A socket for an address, if the guard allows it.

    The last look before the connection, at the very address that it goes to: literal addresses
    never pass the resolver, and nothing between there and here is trusted.
    """

    def open_socket(info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, place = info
        refusal = guard.refusal_of_address(str(place[0])) if guard else ""
        if refusal:
            raise RefusedAddressError(refusal)
        return socket.socket(family=family, type=kind, proto=protocol)

    return open_socket


@cache
def read_authorities() -> ssl.SSLContext:
    """Certificates are always verified: against the system's authorities or, in an image without any, certifi's.

    Once in a process: reading the authorities takes 50 ms.
    """
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        context.load_verify_locations(certifi.where())
    return context


def user_agent(settings: Settings) -> str:
    """How the collector names itself, with the contact in the place that the default leaves for it."""
    contact = settings.contact.strip()
    if not contact:
        return settings.user_agent
    if "set DEMARCHE_CONTACT" in settings.user_agent:
        return settings.user_agent.replace("set DEMARCHE_CONTACT", contact)
    return f"{settings.user_agent} ({contact})"


async def _read_body(
    response: aiohttp.ClientResponse, limit: int, deadline: float
) -> tuple[bytes, Outcome | None, str]:
    """The body up to a limit of bytes. Stops at once where the limit or the time ends."""
    claimed = response.content_length
    if claimed is not None and claimed > limit and response.status < 300:
        response.close()
        return b"", Outcome.TOO_LARGE, f"a body of {claimed} bytes is announced, the limit is {limit}"
    _watch(response)
    body = bytearray()  # not a list of pieces: a million one-byte pieces weigh far more than their bytes
    try:
        async with asyncio.timeout_at(deadline):
            async for piece in response.content.iter_any():
                body += piece[: limit + 1 - len(body)]
                if len(body) > limit:
                    response.close()
                    return bytes(body[:limit]), Outcome.TOO_LARGE, f"the body is longer than {limit} bytes"
    except (aiohttp.ClientError, HttpProcessingError, OSError) as error:
        outcome, note = _failure(error)
        return bytes(body), outcome, f"{note}, after {len(body)} bytes of the body"
    return bytes(body), None, ""


def _watch(response: aiohttp.ClientResponse) -> None:
    """End the reading of a body when its connection ends.

    aiohttp 3.14 closes the connection when a later piece of a body breaks HTTP, but tells only the next answer's
    reader; this body's would wait until the attempt's time is over.
    """
    protocol = None if response.connection is None else response.connection.protocol
    closed = None if protocol is None else protocol.closed  # a protocol without waiting answers is false
    content = response.content

    def wake(lost: asyncio.Future[None]) -> None:
        cause = None if lost.cancelled() else lost.exception()
        if not content.is_eof() and content.exception() is None:
            fault = None if protocol is None else protocol.exception()
            content.set_exception(aiohttp.ClientPayloadError(f"breaks HTTP: {fault or cause}"))

    if closed is not None:
        closed.add_done_callback(wake)


def _failure(error: BaseException) -> tuple[Outcome, str]:
    """The outcome of what aiohttp raised. The cause decides where it says more than its wrapper."""
    chain = list(_causes(error))
    for link in chain:
        if isinstance(link, RefusedAddressError):
            return Outcome.REFUSED_ADDRESS, str(link)
        if isinstance(link, LineTooLong) or "Too many headers" in str(link):
            return Outcome.TOO_LARGE, "a line or the number of headers above the limit"
        if isinstance(link, OSError) and link.errno in EXHAUSTED:
            return Outcome.INTERNAL_ERROR, _say(link)
    if isinstance(error, aiohttp.ClientPayloadError) and (
        any(isinstance(link, ConnectionError) for link in chain) or "Not enough data" in str(error)
    ):
        return Outcome.CONNECT_ERROR, "the connection ended before the body did"
    if type(error) is TimeoutError:
        return Outcome.TIMEOUT, "the attempt took longer than all its hops may"
    for kind, outcome in FAILURES:
        if isinstance(error, kind):
            return outcome, _say(error)
    return Outcome.BAD_RESPONSE, _say(error)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it was raised from, outermost first."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or getattr(link, "os_error", None)


def _say(error: BaseException) -> str:
    """An exception in one line of at most 200 characters."""
    words = " ".join(str(error).split()).encode("utf-8", "replace").decode()
    return f"{type(error).__name__}: {words}".rstrip(": ")[:200]
