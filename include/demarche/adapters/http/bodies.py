"""Reads an answer's body up to a limit of bytes and time. Undoes no content coding."""

import asyncio

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from demarche.adapters.http.failures import outcome_of_failure
from demarche.model import Outcome


async def read_body(response: aiohttp.ClientResponse, limit: int, deadline: float) -> tuple[bytes, Outcome | None, str]:
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
        outcome, note = outcome_of_failure(error)
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
