"""Says which outcome a failure on the network means. Causes and handles none of them."""

import errno
import ssl
from collections.abc import Iterator

import aiohttp
from aiohttp.http_exceptions import LineTooLong

from demarche.adapters.guard import RefusedAddressError
from demarche.model import Outcome

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


def outcome_of_failure(error: BaseException) -> tuple[Outcome, str]:
    """The outcome of what aiohttp raised. The cause decides where it says more than its wrapper."""
    chain = list(_causes(error))
    for link in chain:
        if isinstance(link, RefusedAddressError):
            return Outcome.REFUSED_ADDRESS, str(link)
        if isinstance(link, LineTooLong) or "Too many headers" in str(link):
            return Outcome.TOO_LARGE, "a line or the number of headers above the limit"
        if isinstance(link, OSError) and link.errno in EXHAUSTED:
            return Outcome.INTERNAL_ERROR, one_line(link)
    if isinstance(error, aiohttp.ClientPayloadError) and (
        any(isinstance(link, ConnectionError) for link in chain) or "Not enough data" in str(error)
    ):
        return Outcome.CONNECT_ERROR, "the connection ended before the body did"
    if type(error) is TimeoutError:
        return Outcome.TIMEOUT, "the attempt took longer than all its hops may"
    for kind, outcome in FAILURES:
        if isinstance(error, kind):
            return outcome, one_line(error)
    return Outcome.BAD_RESPONSE, one_line(error)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it was raised from, outermost first."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or getattr(link, "os_error", None)


def one_line(error: BaseException) -> str:
    """An exception in one line of at most 200 characters."""
    words = " ".join(str(error).split()).encode("utf-8", "replace").decode()
    return f"{type(error).__name__}: {words}".rstrip(": ")[:200]
