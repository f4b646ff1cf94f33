"""A real web server on a loopback port whose every answer, and every way of failing, is scripted by a test.

Raw asyncio in a thread of its own: it has to break HTTP in ways that no server library allows.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 404: "Not Found", 410: "Gone"}


@dataclass(frozen=True)
class Request:
    """What a client asked. Header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    local: str  # the server's address that was connected to
    at: float  # the server's clock, seconds
    connection: int  # number of the connection, counted from 1

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


@dataclass(frozen=True)
class Reply:
    """A well-formed answer; `delay` in seconds. With an etag or last_modified it answers 304 to the same validator."""

    body: bytes = b""
    status: int = 200
    headers: Sequence[tuple[str, str]] = ()
    delay: float = 0.0
    etag: str = ""
    last_modified: str = ""
    content_type: str = "application/rss+xml"

    def for_request(self, request: Request) -> "Reply":
        """Itself, or the 304 that the request's validators deserve."""
        validators = []
        if self.etag:
            validators.append(("ETag", self.etag))
        if self.last_modified:
            validators.append(("Last-Modified", self.last_modified))
        headers = (*self.headers, *validators)
        is_same_tag = self.etag and request.headers.get("if-none-match") == self.etag
        is_same_date = (
            not self.etag and self.last_modified and request.headers.get("if-modified-since") == self.last_modified
        )
        if is_same_tag or is_same_date:
            return Reply(status=304, headers=headers, delay=self.delay)
        return Reply(self.body, self.status, headers, self.delay, content_type=self.content_type)

    def as_bytes(self) -> bytes:
        """The answer on the wire."""
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.status != 304 and self.status >= 200:
            lines += [f"Content-Type: {self.content_type}", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + self.body


class Wire:
    """The open connection, for scripts that answer byte by byte."""

    def __init__(self, writer: asyncio.StreamWriter, server: "FeedServer") -> None:
        self._writer = writer
        self._server = server

    async def send(self, data: bytes) -> None:
        """Write and wait until the other side takes it."""
        self._writer.write(data)
        self._server.bytes_sent += len(data)
        await self._writer.drain()

    async def drip(self, data: bytes, pause: float) -> None:
        """Send byte by byte with a pause (seconds) after each."""
        for i in range(len(data)):
            await self.send(data[i : i + 1])
            await asyncio.sleep(pause)

    async def sleep(self, seconds: float) -> None:
        """Say nothing for a while."""
        await asyncio.sleep(seconds)

    def reset(self) -> None:
        """Break the connection with a TCP reset."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


RawScript = Callable[[Request, Wire], Awaitable[None]]  # answers on the wire; the connection is closed after it
Script = Reply | RawScript | Callable[[Request], Reply]


def raw(*parts: bytes, pause: float = 0.0) -> RawScript:
    """A script that sends these bytes and closes."""

    async def play(_: Request, wire: Wire) -> None:
        for part in parts:
            await wire.send(part)
            if pause:
                await wire.sleep(pause)

    return play


@dataclass
class FeedServer:
    """`with FeedServer() as server:` listens on all of 127.0.0.0/8 at one free port.

    A path answers with its script; a list of scripts is played in order, the last one for ever. Unknown paths
    answer 404. `requests` holds what was asked, in order.
    """

    tls: ssl.SSLContext | None = None
    greeting: bytes = b""  # sent to whoever connects, before any question
    requests: list[Request] = field(default_factory=list)
    bytes_sent: int = 0
    connections: int = 0
    open_now: int = 0
    open_most: int = 0
    errors: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._scripts: dict[str, list[Script]] = {}
        self._asked: dict[str, int] = defaultdict(int)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="feed-server", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        listening.result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def serve(self, path: str, *scripts: Script) -> str:
        """Set what a path answers, and return its address."""
        self._scripts[path] = list(scripts)
        self._asked[path] = 0
        return self.url(path)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path under any name or address of this machine."""
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def asked(self, path: str) -> list[Request]:
        """The requests for a path."""
        return [request for request in self.requests if request.path == path]

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._converse, "0.0.0.0", 0, ssl=self.tls, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until somebody closes it."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        number = self.connections
        self.open_now += 1
        self.open_most = max(self.open_most, self.open_now)
        try:
            writer.write(self.greeting)
            while await self._answer(reader, writer, number):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the client went away, which many tests want
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # a script's fault, for the test to look at
            self.errors.append(error)
        finally:
            self.open_now -= 1
            self._tasks.discard(task)
            with contextlib.suppress(Exception):
                writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> bool:
        """One request and its answer; True while the connection may live on."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        local = writer.get_extra_info("sockname")[0]
        request = Request(method, target, headers, local, self._loop.time(), number)
        self.requests.append(request)
        script = self._next_script(request.path)
        if not isinstance(script, Reply):
            answered = script(request) if not asyncio.iscoroutinefunction(script) else None
            if answered is None:
                await script(request, Wire(writer, self))  # type: ignore[call-arg,misc]
                return False
            script = answered
        reply = script.for_request(request)
        if reply.delay:
            await asyncio.sleep(reply.delay)
        data = reply.as_bytes()
        self.bytes_sent += len(data)
        writer.write(data)
        await writer.drain()
        return headers.get("connection", "").lower() != "close"

    def _next_script(self, path: str) -> Script:
        scripts = self._scripts.get(path)
        if not scripts:
            return Reply(b"nothing here", status=404, content_type="text/plain")
        turn = min(self._asked[path], len(scripts) - 1)
        self._asked[path] += 1
        return scripts[turn]
