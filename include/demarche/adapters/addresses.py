"""Turns addresses as people write them into the form that goes on the wire, and names into numbers.

Judges nothing: which of them may be connected to is the guard's question.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from yarl import URL

Resolver = Callable[[str], Awaitable[list[str]]]  # host name to numeric addresses; OSError when there are none

DNS_THREADS = 16  # look-ups block a thread each; asyncio's own pool has six on two cores

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_READY = re.compile(r"[!-~]+")


def read_url(text: str) -> URL:
    """An address as it goes on the wire: what is legal is left as it is, the rest is percent-encoded.

    Raises ValueError for what is no absolute address. Control characters are refused, not stripped: a line
    break is an attempt to write a header. A backslash is refused because readers disagree where the host ends.
    """
    text = text.strip(" ").partition("#")[0]
    if _CONTROL.search(text) or "\\" in text:
        raise ValueError("control character or backslash in the address")
    # Servers sign paths and queries byte for byte, so nothing is requoted that needs no quoting.
    try:
        url = URL(text, encoded=True) if _READY.fullmatch(text) else URL(text)
        _ = (url.port, url.raw_host, url.raw_authority)  # yarl raises only when a part is asked for
    except IndexError as error:  # yarl's own slip on brackets that hold nothing
        raise ValueError("broken brackets in the address") from error
    if url.scheme in ("http", "https") and not url.raw_host:
        raise ValueError("no host in the address")
    return url


def host_of(url: URL) -> str:
    """The host's name as turns and guard know it: lower case, ASCII, no final dot, no brackets."""
    return (url.raw_host or "").rstrip(".").lower()


class SystemNames:
    """The system's name look-ups, in threads of their own. An instance is a Resolver."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(DNS_THREADS, thread_name_prefix="dns")

    async def __call__(self, host: str) -> list[str]:
        """The addresses of a host in the system's order of preference."""
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host)
        return list(dict.fromkeys(found))

    def close(self) -> None:
        """Start no more look-ups; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str) -> list[str]:
    try:
        return [str(place[0]) for _, _, _, _, place in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except UnicodeError as error:  # a label that is empty or longer than 63 characters
        raise OSError(f"{host[:80]} is no host name: {error}") from error
