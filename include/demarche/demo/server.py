"""A small real web server on 127.0.0.1 that publishes the newsroom at a simulated moment.

Owns sockets, validators and misbehaviour; what the documents say comes from `rendering`.
"""

import gzip
import hashlib
import logging
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from demarche.demo.newsroom import Newsroom, Outlet
from demarche.demo.rendering import BROKEN_FEED, MEDIA_TYPES, render_feed, render_front_page, render_page

log = logging.getLogger(__name__)

SLOW_SECONDS = 2.5  # longer than the one second that the demonstration waits
IDLE_SECONDS = 30  # after which a connection that says nothing is closed
ROBOTS = "User-agent: *\nDisallow: /potomac-ledger/members/\nAllow: /\n"
HTML = "text/html; charset=utf-8"


class NewsroomServer:
    """Serves a newsroom on a free port while the context is open.

    `now` is the simulated moment (aware UTC) and may be set at any time; `base_url` has no slash at its end.
    """

    def __init__(self, newsroom: Newsroom, now: datetime | None = None) -> None:
        self.newsroom = newsroom
        self.now = now or newsroom.opens_at
        self.closing = Event()
        self.answers: dict[tuple[str, int], int] = {}  # how often a path was answered with a status
        self.serial = count(1)
        self._lock = Lock()
        self._http = _Listener(("127.0.0.1", 0), self)
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def base_url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()  # wakes a slow answer
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def note_answer(self, path: str, status: int) -> None:
        """Counts an answer, so that a test can see what was asked."""
        with self._lock:
            self.answers[path, status] = self.answers.get((path, status), 0) + 1


class _Listener(ThreadingHTTPServer):
    """The socket, with a queue long enough for a collector that opens many connections at once."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], owner: NewsroomServer) -> None:
        self.owner = owner
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: _Listener
    server_version = "Newsroom/1"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answers a feed, a page, robots.txt or 404."""
        owner = self.server.owner
        path = urlsplit(self.path).path
        outlet = owner.newsroom.outlet_by_slug.get(path.lstrip("/").partition("/")[0])
        if path == "/robots.txt":
            self._answer(HTTPStatus.OK, ROBOTS.encode(), "text/plain; charset=utf-8")
        elif outlet is None:
            self._answer_missing()
        elif path == outlet.feed_path:
            self._answer_feed(outlet)
        else:
            self._answer_page(outlet, path)

    do_HEAD = do_GET  # noqa: N815

    def _answer_feed(self, outlet: Outlet) -> None:
        """An outlet's feed, or what the outlet does instead."""
        owner = self.server.owner
        if outlet.behaviour == "missing":
            self._answer_missing()
        elif outlet.behaviour == "gone":
            self._answer(HTTPStatus.GONE, b"This feed has ended.\n", "text/plain; charset=utf-8")
        elif outlet.behaviour == "broken":
            self._answer(HTTPStatus.OK, BROKEN_FEED, "application/rss+xml")
        elif outlet.behaviour == "landing":
            page = render_front_page(owner.newsroom, outlet, owner.now, owner.base_url)
            self._answer(HTTPStatus.OK, page, HTML)
        else:
            if outlet.behaviour == "slow":
                owner.closing.wait(SLOW_SECONDS)
            self._answer_document(outlet, owner.now)

    def _answer_document(self, outlet: Outlet, now: datetime) -> None:
        """A feed document, or 304 where the client's validator names the present state."""
        owner = self.server.owner
        body = render_feed(owner.newsroom, outlet, now, owner.base_url)
        headers = self._validators(outlet, now, body)
        if self._is_known(headers):
            self._answer(HTTPStatus.NOT_MODIFIED, b"", "", headers)
            return
        if outlet.is_compressed and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, mtime=0)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        charset = "" if outlet.format == "json" else f"; charset={outlet.encoding}"
        self._answer(HTTPStatus.OK, body, MEDIA_TYPES[outlet.format] + charset, headers)

    def _validators(self, outlet: Outlet, now: datetime, body: bytes) -> dict[str, str]:
        """ETag and Last-Modified as the outlet's software sends them, right or wrong."""
        owner = self.server.owner
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        changed = format_datetime(owner.newsroom.changed_at(outlet, now), usegmt=True)
        return {
            "none": {},
            "etag": {"ETag": tag},
            "date": {"Last-Modified": changed},
            "both": {"ETag": tag, "Last-Modified": changed},
            "hourly": {"ETag": f'W/"{now:%Y%m%d%H}"'},
            "fresh": {"ETag": f'"answer-{next(owner.serial)}"', "Last-Modified": format_datetime(now, usegmt=True)},
        }[outlet.validators]

    def _is_known(self, headers: dict[str, str]) -> bool:
        """Whether the client has this state already; an ETag outranks a date (RFC 9110, 13.2.2)."""
        asked = self.headers.get("If-None-Match")
        if asked is not None:
            known = [tag.strip().removeprefix("W/") for tag in asked.split(",")]
            return "ETag" in headers and headers["ETag"].removeprefix("W/") in known
        since = self.headers.get("If-Modified-Since")
        return since is not None and since == headers.get("Last-Modified")

    def _answer_page(self, outlet: Outlet, path: str) -> None:
        """An article page or the outlet's front page, if it is public by now."""
        owner = self.server.owner
        page: bytes | None = None
        if path == f"/{outlet.slug}/":
            page = render_front_page(owner.newsroom, outlet, owner.now, owner.base_url)
        elif path in owner.newsroom.entry_by_path:
            page = render_page(owner.newsroom, owner.newsroom.entry_by_path[path], owner.now, owner.base_url)
        if page is None:
            self._answer_missing()
        else:
            self._answer(HTTPStatus.OK, page, HTML)

    def _answer_missing(self) -> None:
        self._answer(HTTPStatus.NOT_FOUND, b"<!doctype html><title>404</title><h1>Not found</h1>\n", HTML)

    def _answer(self, status: HTTPStatus, body: bytes, media_type: str, headers: dict[str, str] | None = None) -> None:
        """Sends a whole answer; a client that has gone away is no fault of ours."""
        self.server.owner.note_answer(urlsplit(self.path).path, int(status))
        try:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            if status != HTTPStatus.NOT_MODIFIED:
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header: the simulated moment, as every other time that the newsroom tells."""
        return format_datetime(self.server.owner.now, usegmt=True)

    def log_message(self, format: str, *args: object) -> None:
        """Requests go to the log at debug level, not to standard error."""
        log.debug(format, *args)
