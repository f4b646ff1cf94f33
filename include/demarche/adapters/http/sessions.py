"""Opens sessions whose connections go to allowed addresses only and whose certificates are verified. Asks nothing."""

import socket
import ssl
from collections.abc import Callable
from functools import cache

import aiohttp
import certifi
from aiohttp.abc import AbstractResolver, ResolveResult

from demarche.adapters.addresses import Resolver
from demarche.adapters.guard import Guard, RefusedAddressError
from demarche.settings import Settings

MAX_HEADER_LINES = 256  # as many as a careless server sends; each line is bounded by the setting as well
DNS_TTL = 120  # seconds an answer is used within a batch; the checked address stays the one connected to
IDLE_GRACE = 2.0  # seconds beyond the host delay that a connection waits for the host's next turn


def open_session(settings: Settings, lookup: Resolver, guard: Guard, *, is_kept: bool) -> aiohttp.ClientSession:
    """A session that keeps its connections for the host's next turn, or closes each after its answer."""
    # A proxy looks names up and connects for us: it is the trusted hop, so its own address is not checked.
    checked = None if settings.proxy else guard
    connector = aiohttp.TCPConnector(
        resolver=_GuardedResolver(lookup, checked),
        socket_factory=_guarded_socket(checked),
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
            total=None,  # one deadline over all hops, kept by the client
            connect=settings.connect_timeout,
            sock_read=settings.first_byte_timeout,
        ),
        max_line_size=settings.max_headers,
        max_field_size=settings.max_headers,
        max_headers=MAX_HEADER_LINES,
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
