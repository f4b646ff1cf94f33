"""The network edge against a real server that misbehaves in every way we could think of."""

import asyncio
import gzip
import ipaddress
import random
import ssl
import time
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
import zstandard
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from demarche.adapters.addresses import read_url
from demarche.adapters.http import Client, read_authorities, user_agent
from demarche.model import Answer, Outcome
from demarche.settings import Settings
from feed_server import FeedServer, RawScript, Reply, Request, Wire, raw

HOME = "127.0.0.1"  # the only address that the tests' settings allow
ELSEWHERE = "127.0.0.2"  # the same server, but a private address that nothing allows
MAX_BODY = 200_000
SETTINGS = Settings(
    allow_networks=(f"{HOME}/32",),
    host_delay=0.0,
    connections_per_host=64,
    connect_timeout=0.5,
    first_byte_timeout=0.4,
    total_timeout=0.9,
    max_body=MAX_BODY,
    max_headers=8_192,
    max_redirects=5,
)


@pytest.fixture(scope="module")
def server():
    with FeedServer() as running:
        yield running
    assert running.errors == []


@pytest.fixture(autouse=True)
def forget_requests(server):
    server.requests.clear()
    server.bytes_sent = 0


def get(url: str, settings: Settings = SETTINGS, *, resolver=None, **options: str) -> Answer:
    """One fetch with a client of its own."""

    async def fetch() -> Answer:
        async with Client(settings, resolver=resolver) as client:
            return await client.get(url, **options)

    return asyncio.run(fetch())


def get_all(urls: list[str], settings: Settings = SETTINGS, *, resolver=None) -> list[Answer]:
    """Many fetches at once with one client."""

    async def fetch() -> list[Answer]:
        async with Client(settings, resolver=resolver) as client:
            return list(await asyncio.gather(*(client.get(url) for url in urls)))

    return asyncio.run(fetch())


def names(table: dict[str, list[str]]):
    """A resolver that knows these names; each look-up of a name takes the next answer, the last one stays."""
    asked: dict[str, int] = {}

    async def resolve(host: str) -> list[str]:
        if host not in table:
            raise OSError(f"{host}: name not known")
        turn = asked[host] = asked.get(host, -1) + 1
        answer = table[host][min(turn, len(table[host]) - 1)]
        return answer.split(",") if answer else []

    return resolve


# --- the hostile table -------------------------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
PAGE = b"<rss version='2.0'><channel><title>t</title></channel></rss>"


async def endless_body(_: Request, wire: Wire) -> None:
    await wire.send(HEAD + b"\r\n")
    while True:
        await wire.send(b"x" * 65_536)


async def endless_chunks(_: Request, wire: Wire) -> None:
    await wire.send(CHUNKED)
    while True:
        await wire.send(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


async def tiny_chunks(_: Request, wire: Wire) -> None:
    await wire.send(CHUNKED)
    for _turn in range(10):
        await wire.send(b"1\r\nx\r\n" * 1_000)
    await wire.send(b"0\r\n\r\n")


async def endless_error_body(_: Request, wire: Wire) -> None:
    await wire.send(b"HTTP/1.1 404 Not Found\r\n\r\n")
    while True:
        await wire.send(b"x" * 65_536)


async def endless_header_line(_: Request, wire: Wire) -> None:
    await wire.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        await wire.send(b"x" * 65_536)


async def endless_headers(_: Request, wire: Wire) -> None:
    await wire.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await wire.send(b"X-More: 1\r\n" * 1_000)


async def endless_status_line(_: Request, wire: Wire) -> None:
    await wire.send(b"HTTP/1.1 200 ")
    while True:
        await wire.send(b"O" * 65_536)


async def endless_trailers(_: Request, wire: Wire) -> None:
    await wire.send(CHUNKED + b"4\r\nabcd\r\n0\r\n")
    while True:
        await wire.send(b"X-More: 1\r\n" * 1_000)


async def late_trailers(_: Request, wire: Wire) -> None:
    await wire.send(CHUNKED)
    await wire.sleep(0.05)
    await wire.send(b"4\r\nabcd\r\n0\r\n")
    while True:
        await wire.send(b"X-More: 1\r\n" * 1_000)


async def endless_chunk_extension(_: Request, wire: Wire) -> None:
    await wire.send(CHUNKED + b"4;")
    while True:  # the parser throws it away as it comes: it costs time only, and that ends
        await wire.send(b"x" * 16_384)
        await wire.sleep(0.01)


async def endless_early_hints(_: Request, wire: Wire) -> None:
    while True:
        await wire.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        await wire.sleep(0.01)


async def slow_body(_: Request, wire: Wire) -> None:
    await wire.send(HEAD + b"Content-Length: 1000\r\n\r\n")
    await wire.drip(b"x" * 1_000, 0.02)


async def slow_headers(_: Request, wire: Wire) -> None:
    await wire.drip(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 100, 0.02)


async def silence(_: Request, wire: Wire) -> None:
    await wire.sleep(3)


async def silence_in_the_body(_: Request, wire: Wire) -> None:
    await wire.send(HEAD + b"Content-Length: 1000\r\n\r\nabc")
    await wire.sleep(3)


async def reset_at_once(_: Request, wire: Wire) -> None:
    wire.reset()


async def reset_in_the_body(_: Request, wire: Wire) -> None:
    await wire.send(HEAD + b"Content-Length: 1000\r\n\r\nabc")
    await wire.sleep(0.05)
    wire.reset()


def redirect_for_ever(request: Request) -> Reply:
    number = int(request.target.partition("?")[2] or 0)
    return Reply(status=302, headers=[("Location", f"{request.path}?{number + 1}")])


def redirect_slowly(request: Request) -> Reply:
    return replace(redirect_for_ever(request), delay=0.3)


def to(location: str, status: int = 302) -> Reply:
    """A redirect; `{port}` in the location is the server's."""
    return Reply(status=status, headers=[("Location", location)])


def encoded(coding: str, body: bytes) -> Reply:
    return Reply(body, headers=[("Content-Encoding", coding)])


NOUGHTS = bytes(20_000_000)
RAW_DEFLATE = zlib.compressobj(wbits=-15)
BOMBS = {
    "gzip": gzip.compress(NOUGHTS),
    "deflate": zlib.compress(NOUGHTS),
    "raw deflate": RAW_DEFLATE.compress(NOUGHTS) + RAW_DEFLATE.flush(),
    "br": brotli.compress(NOUGHTS, quality=5),
    "zstd": zstandard.compress(NOUGHTS),
}


@dataclass(frozen=True)
class Hostile:
    """A server's behaviour and the one outcome that it must end in (None: an answer, to be decoded elsewhere)."""

    name: str
    script: Reply | RawScript | Callable[[Request], Reply]
    outcome: Outcome | None
    status: int | None = None
    options: tuple[tuple[str, str], ...] = ()


HOSTILE = [
    # sizes
    *(Hostile(f"a {coding} bomb", encoded(coding.split()[-1], bomb), None, 200) for coding, bomb in BOMBS.items()),
    Hostile("a body without an end", endless_body, Outcome.TOO_LARGE, 200),
    Hostile("chunks without an end", endless_chunks, Outcome.TOO_LARGE, 200),
    Hostile("ten thousand one-byte chunks", tiny_chunks, None, 200),
    Hostile("an announced body above the limit", raw(HEAD + b"Content-Length: 99999999\r\n\r\n"), Outcome.TOO_LARGE),
    Hostile("a body one byte above the limit", Reply(b"x" * (MAX_BODY + 1)), Outcome.TOO_LARGE, 200),
    Hostile("a body of exactly the limit", Reply(b"x" * MAX_BODY), None, 200),
    Hostile("a 404 with a body without an end", endless_error_body, Outcome.NOT_FOUND, 404),
    Hostile("a header line without an end", endless_header_line, Outcome.TOO_LARGE),
    Hostile("header lines without an end", endless_headers, Outcome.TOO_LARGE),
    Hostile("a status line without an end", endless_status_line, Outcome.TOO_LARGE),
    Hostile(
        "headers above the limit together", Reply(PAGE, headers=[("X-A", "x" * 2_000)] * 8), Outcome.TOO_LARGE, 200
    ),
    Hostile("trailers without an end", endless_trailers, Outcome.TOO_LARGE),
    Hostile("a chunk extension without an end", endless_chunk_extension, Outcome.TIMEOUT, 200),
    # time
    Hostile("silence", silence, Outcome.TIMEOUT),
    Hostile("silence in the body", silence_in_the_body, Outcome.TIMEOUT, 200),
    Hostile("a body that drips", slow_body, Outcome.TIMEOUT, 200),
    Hostile("headers that drip", slow_headers, Outcome.TIMEOUT),
    Hostile("interim answers without an end", endless_early_hints, Outcome.TIMEOUT),
    Hostile("redirects that each take their time", redirect_slowly, Outcome.TIMEOUT),
    # broken connections
    Hostile("closing without a byte", raw(), Outcome.CONNECT_ERROR),
    Hostile("a reset before the answer", reset_at_once, Outcome.CONNECT_ERROR),
    Hostile("a reset in the body", reset_in_the_body, Outcome.CONNECT_ERROR, 200),
    Hostile("less body than announced", raw(HEAD + b"Content-Length: 1000\r\n\r\nabc"), Outcome.CONNECT_ERROR, 200),
    Hostile("chunks that break off", raw(CHUNKED + b"10\r\nabc"), Outcome.CONNECT_ERROR, 200),
    Hostile("chunks without the last one", raw(CHUNKED + b"3\r\nabc\r\n"), Outcome.CONNECT_ERROR, 200),
    Hostile("headers that break off", raw(HEAD), Outcome.CONNECT_ERROR),
    # broken HTTP
    Hostile("more body than announced", raw(HEAD + b"Content-Length: 3\r\n\r\nabcdef"), Outcome.BAD_RESPONSE),
    Hostile("a negative length", raw(HEAD + b"Content-Length: -5\r\n\r\nabc"), Outcome.BAD_RESPONSE),
    Hostile("a length that is no number", raw(HEAD + b"Content-Length: many\r\n\r\nabc"), Outcome.BAD_RESPONSE),
    Hostile(
        "a length of thirty digits", raw(HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n"), Outcome.BAD_RESPONSE
    ),
    Hostile("two lengths", raw(HEAD + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabc"), Outcome.BAD_RESPONSE),
    Hostile("a chunk size that is no number", raw(CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n"), Outcome.BAD_RESPONSE),
    Hostile("a chunk size beyond 64 bits", raw(CHUNKED + b"f" * 20 + b"\r\nabc"), Outcome.BAD_RESPONSE),
    Hostile("a chunk longer than its size", raw(CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n"), Outcome.BAD_RESPONSE),
    Hostile("a late chunk size that is no number", raw(CHUNKED, b"zz\r\nabc", pause=0.05), Outcome.BAD_RESPONSE, 200),
    Hostile("a late chunk longer than its size", raw(CHUNKED, b"3\r\nabcdef", pause=0.05), Outcome.BAD_RESPONSE, 200),
    Hostile("late bytes after the body", raw(HEAD + b"Content-Length: 3\r\n\r\nabc", b"def", pause=0.05), None, 200),
    Hostile("late trailers without an end", late_trailers, Outcome.TOO_LARGE, 200),
    Hostile("a reason that is no text", raw(b"HTTP/1.1 200 \xff\xfe\r\nContent-Length: 0\r\n\r\n"), None, 200),
    Hostile("a header that is no UTF-8", raw(HEAD + b"X-A: \xe9\xff\r\nContent-Length: 0\r\n\r\n"), None, 200),
    Hostile(
        "a Location that is no UTF-8", raw(b"HTTP/1.1 302 Found\r\nLocation: /\xe9\xff\r\n\r\n"), Outcome.NOT_FOUND
    ),
    Hostile("a folded header", raw(HEAD + b"X-A: a\r\n b\r\nContent-Length: 0\r\n\r\n"), None, 200),
    Hostile(
        "chunks and a length",
        raw(HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Outcome.BAD_RESPONSE,
    ),
    Hostile("HTML without HTTP", raw(b"<html><body>hello</body></html>\r\n\r\n"), Outcome.BAD_RESPONSE),
    Hostile("another protocol's greeting", raw(b"SSH-2.0-OpenSSH_9.6\r\n"), Outcome.BAD_RESPONSE),
    Hostile("binary noise", raw(bytes(range(256)) * 4), Outcome.BAD_RESPONSE),
    Hostile("a status that is no number", raw(b"HTTP/1.1 abc OK\r\n\r\n"), Outcome.BAD_RESPONSE),
    Hostile("a NUL byte in a header", raw(HEAD + b"X-Nul: a\0b\r\nContent-Length: 0\r\n\r\n"), Outcome.BAD_RESPONSE),
    Hostile("a header without a colon", raw(HEAD + b"nonsense\r\nContent-Length: 0\r\n\r\n"), Outcome.BAD_RESPONSE),
    Hostile("status 999", raw(b"HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n"), Outcome.BAD_RESPONSE, 999),
    Hostile(
        "status 101", raw(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), Outcome.BAD_RESPONSE
    ),
    Hostile("a 304 that nobody asked for", Reply(status=304), Outcome.BAD_RESPONSE, 304),
    Hostile("a body of NUL bytes", Reply(bytes(1_000)), None, 200),
    Hostile("gzip that breaks off", encoded("gzip", gzip.compress(PAGE)[:-12]), None, 200),
    # redirects
    Hostile("redirects without an end", redirect_for_ever, Outcome.BAD_REDIRECT, 302),
    Hostile("a redirect to itself", lambda request: to(request.path), Outcome.BAD_REDIRECT, 302),
    Hostile("a redirect without a Location", Reply(status=301), Outcome.BAD_REDIRECT, 301),
    Hostile("a redirect to an empty Location", to(" "), Outcome.BAD_REDIRECT, 302),
    Hostile("status 300", Reply(status=300), Outcome.BAD_REDIRECT, 300),
    Hostile("status 305", to("http://127.0.0.1:9/", 305), Outcome.BAD_REDIRECT, 305),
    Hostile("a redirect to a file", to("file:///etc/passwd"), Outcome.REFUSED_ADDRESS),
    Hostile("a redirect to a script", to("javascript:alert(1)"), Outcome.REFUSED_ADDRESS),
    Hostile("a redirect to gopher", to("gopher://127.0.0.1:25/_HELO"), Outcome.REFUSED_ADDRESS),
    Hostile("a redirect without a host", to("https:///nowhere"), Outcome.REFUSED_ADDRESS),
    Hostile("a redirect with a password", to("http://user:secret@127.0.0.1/"), Outcome.REFUSED_ADDRESS),
    Hostile("a redirect to an address of 9,000 characters", to("/" + "a" * 3_000), Outcome.TOO_LARGE),
    Hostile("a redirect with a backslash", to("http://127.0.0.1\\@example.org/"), Outcome.REFUSED_ADDRESS),
    Hostile("a redirect to a broken IPv6 address", to("http://[::1/"), Outcome.BAD_REDIRECT, 302),
    Hostile("a redirect to a port that is no number", to("htp://127.0.0.1:-1x/"), Outcome.REFUSED_ADDRESS),
    Hostile("a redirect to port 99999", to("http://127.0.0.1:99999/"), Outcome.REFUSED_ADDRESS),
    *(
        Hostile(f"a redirect to {host}", to(f"http://{host}/latest/meta-data/"), Outcome.REFUSED_ADDRESS)
        for host in (
            "127.0.0.2",
            "10.0.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:169.254.169.254]",
            "[2002:7f00:1::]",
            "[64:ff9b::7f00:1]",
            "[fd00:ec2::254]",
            "[fe80::1%25eth0]",
            "2130706433",
            "0x7f.0.0.1",
            "0177.0.0.1",
            "127.1",
            "①②⑦.⓪.⓪.②",
        )
    ),
]


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_server_ends_in_one_outcome_with_bounded_memory(server, case):
    url = server.serve("/hostile", case.script)
    get(server.url("/warm-up"))  # so that what first calls load does not count
    read_url("http://é.example/")
    server.bytes_sent = 0
    tracemalloc.start()
    try:
        answer = get(url, **dict(case.options))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.problem is case.outcome, answer
    assert case.status is None or answer.status == case.status
    assert len(answer.raw) <= MAX_BODY
    assert peak < 6_000_000
    assert server.bytes_sent < 6_000_000  # sockets' buffers included: the client stopped reading at once
    assert answer.duration_ms < 1_000 * SETTINGS.total_timeout + 600
    assert answer.problem is None or answer.note
    for text in (answer.note, answer.reason, *(part for header in answer.headers for part in header)):
        text.encode()  # whatever came, it can be written to the ledger


def test_the_table_of_hostile_cases_is_long_enough_and_says_nothing_twice():
    assert len(HOSTILE) >= 40
    assert len({case.name for case in HOSTILE}) == len(HOSTILE)


# --- addresses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("ftp://example.org/feed", Outcome.REFUSED_ADDRESS),
        ("file:///etc/passwd", Outcome.REFUSED_ADDRESS),
        ("feed", Outcome.REFUSED_ADDRESS),
        ("", Outcome.REFUSED_ADDRESS),
        ("http://", Outcome.REFUSED_ADDRESS),
        ("http://user@127.0.0.1/", Outcome.REFUSED_ADDRESS),
        ("http://127.0.0.1/\r\nX-Injected: 1", Outcome.REFUSED_ADDRESS),
        ("http://127.0.0.1/\tfeed", Outcome.REFUSED_ADDRESS),
        ("http://127.0.0.2/", Outcome.REFUSED_ADDRESS),
        ("http://2130706433/", Outcome.REFUSED_ADDRESS),
        ("http://[::1]/", Outcome.REFUSED_ADDRESS),
        ("http://[::1/", Outcome.REFUSED_ADDRESS),
        ("http://" + "a" * 70 + ".example/", Outcome.DNS_ERROR),
        ("http://a..example/", Outcome.DNS_ERROR),
        ("http://127.0.0.1/" + "a" * 2_048, Outcome.TOO_LARGE),
    ],
)
def test_an_address_that_cannot_be_asked_is_an_outcome_and_no_exception(url, outcome):
    answer = get(url)
    assert (answer.problem, answer.status, answer.raw) == (outcome, None, b"")
    assert answer.note


def test_a_name_that_changes_its_address_between_fetches_reaches_nothing_private(server):
    server.serve("/feed", Reply(PAGE, headers=[("Connection", "close")]))
    resolver = names({"rebind.test": [HOME, ELSEWHERE]})
    outcomes = [get(server.url("/feed", "rebind.test"), resolver=resolver).problem for _ in range(3)]
    assert outcomes == [None, Outcome.REFUSED_ADDRESS, Outcome.REFUSED_ADDRESS]
    assert {request.local for request in server.requests} == {HOME}


def test_a_name_that_changes_its_address_between_redirects_reaches_nothing_private(server):
    server.serve("/feed", lambda request: Reply(status=302, headers=[("Location", "/next"), ("Connection", "close")]))
    server.serve("/next", Reply(PAGE))
    for table in ({"rebind.test": [HOME, ELSEWHERE]}, {"rebind.test": [f"{ELSEWHERE},{HOME}", ELSEWHERE]}):
        get(server.url("/feed", "rebind.test"), resolver=names(table))
    assert {request.local for request in server.requests} == {HOME}


@pytest.mark.parametrize("answer", [ELSEWHERE, f"{ELSEWHERE},::1,10.1.2.3", "169.254.169.254", "internal.example"])
def test_a_name_with_private_addresses_only_is_refused(server, answer):
    fetched = get(server.url("/feed", "evil.test"), resolver=names({"evil.test": [answer]}))
    assert fetched.problem is Outcome.REFUSED_ADDRESS
    assert server.requests == []


def test_of_a_name_with_a_private_and_an_allowed_address_only_the_allowed_is_connected_to(server):
    server.serve("/feed", Reply(PAGE))
    fetched = get(server.url("/feed", "mixed.test"), resolver=names({"mixed.test": [f"{ELSEWHERE},{HOME}"]}))
    assert fetched.problem is None
    assert [request.local for request in server.requests] == [HOME]


def test_without_a_setting_even_this_machine_is_refused(server):
    settings = replace(SETTINGS, allow_networks=())
    assert get(server.url("/feed"), settings).problem is Outcome.REFUSED_ADDRESS
    assert get(server.url("/feed", "localhost"), settings).problem is Outcome.REFUSED_ADDRESS
    assert server.requests == []


@pytest.mark.parametrize(
    ("table", "outcome"),
    [({}, Outcome.DNS_ERROR), ({"feed.test": [""]}, Outcome.DNS_ERROR)],
)
def test_a_name_without_an_address_is_a_dns_error(table, outcome):
    assert get("http://feed.test/", resolver=names(table)).problem is outcome


def test_a_look_up_that_hangs_ends_in_a_timeout():
    async def hang(_: str) -> list[str]:
        await asyncio.sleep(30)
        return []

    started = time.monotonic()
    assert get("http://feed.test/", resolver=hang).problem is Outcome.TIMEOUT
    assert time.monotonic() - started < 2


def test_a_closed_port_is_a_connect_error():
    assert get("http://127.0.0.1:1/").problem is Outcome.CONNECT_ERROR


# --- what is asked and answered ----------------------------------------------------------------------------------


def test_an_answer_holds_what_was_received(server):
    body = gzip.compress(PAGE)
    url = server.serve(
        "/feed", Reply(body, headers=[("Content-Encoding", "gzip"), ("ETag", 'W/"1"'), ("X-A", "1"), ("X-A", "2")])
    )
    now = datetime(2030, 1, 1, tzinfo=UTC)

    async def fetch() -> Answer:
        async with Client(SETTINGS, clock=lambda: now) as client:
            return await client.get(url)

    answer = asyncio.run(fetch())
    assert (answer.problem, answer.status, answer.reason, answer.http_version) == (None, 200, "OK", "1.1")
    assert answer.raw == body
    assert (answer.url, answer.final_url, answer.redirects, answer.started_at) == (url, url, (), now)
    assert (answer.header("etag"), answer.header("x-a"), answer.header("nothing")) == ('W/"1"', "1", "")
    assert [value for name, value in answer.headers if name == "X-A"] == ["1", "2"]


def test_the_question_names_the_collector_and_what_it_understands(server):
    settings = replace(SETTINGS, contact="desk@example.org")
    get(server.serve("/feed", Reply(PAGE)), settings)
    asked = server.requests[0].headers
    assert asked["user-agent"] == user_agent(settings)
    assert "desk@example.org" in asked["user-agent"]
    assert asked["accept-encoding"] == "gzip, deflate, br, zstd"
    assert "application/rss+xml" in asked["accept"]
    assert "cookie" not in asked


def test_an_own_user_agent_gets_the_contact_appended():
    assert user_agent(Settings(user_agent="Desk/1", contact="a@b.example")) == "Desk/1 (a@b.example)"
    assert user_agent(Settings(user_agent="Desk/1")) == "Desk/1"


def test_validators_are_sent_as_given_and_a_304_is_an_answer(server):
    modified = "Sun, 06 Nov 2022 08:49:37 GMT"
    url = server.serve("/feed", Reply(PAGE, etag='"abc"', last_modified=modified))
    answer = get(url, etag='"abc"', last_modified=modified)
    assert (answer.problem, answer.status, answer.raw) == (None, 304, b"")
    assert server.requests[0].headers["if-none-match"] == '"abc"'
    assert server.requests[0].headers["if-modified-since"] == modified
    assert get(url, etag='"old"').raw == PAGE


def test_validators_are_sent_on_to_the_redirects_target(server):
    server.serve("/new", Reply(PAGE, etag='"abc"'))
    answer = get(server.serve("/old", to("/new", 301)), etag='"abc"')
    assert (answer.problem, answer.status) == (None, 304)


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (200, (), None),
        (204, (), None),
        (206, (), None),
        (400, (), Outcome.CLIENT_ERROR),
        (401, (), Outcome.FORBIDDEN),
        (402, (), Outcome.FORBIDDEN),
        (403, (), Outcome.FORBIDDEN),
        (404, (), Outcome.NOT_FOUND),
        (406, (), Outcome.CLIENT_ERROR),
        (407, (), Outcome.FORBIDDEN),
        (410, (), Outcome.GONE),
        (418, (), Outcome.CLIENT_ERROR),
        (429, (), Outcome.RATE_LIMITED),
        (451, (), Outcome.FORBIDDEN),
        (500, (), Outcome.SERVER_ERROR),
        (503, (), Outcome.SERVER_ERROR),
        (503, (("Retry-After", "120"),), Outcome.RATE_LIMITED),
        (599, (), Outcome.SERVER_ERROR),
        (600, (), Outcome.BAD_RESPONSE),
    ],
)
def test_a_status_decides_the_outcome(server, status, headers, outcome):
    answer = get(server.serve("/feed", Reply(b"" if status == 204 else b"text", status=status, headers=headers)))
    assert (answer.status, answer.problem) == (status, outcome)
    assert answer.raw in (b"text", b"")


def test_redirects_are_followed_and_named(server):
    server.serve("/b", to("c", 302))
    server.serve("/c", to(server.url("/d?x=1#part"), 308))
    server.serve("/d", Reply(PAGE))
    answer = get(server.serve("/a", to("/b", 301)))
    assert answer.problem is None
    assert answer.redirects == ((301, server.url("/b")), (302, server.url("/c")), (308, server.url("/d?x=1")))
    assert answer.final_url == server.url("/d?x=1")


def test_as_many_redirects_as_the_setting_says_are_followed(server):
    def hop(request: Request) -> Reply:
        left = int(request.target.partition("?")[2])
        return to(f"/hop?{left - 1}") if left else Reply(PAGE)

    server.serve("/hop", hop)
    assert get(server.url("/hop?5")).problem is None
    assert get(server.url("/hop?6")).problem is Outcome.BAD_REDIRECT


def test_cookies_are_not_kept(server):
    server.serve("/a", Reply(status=302, headers=[("Location", "/b"), ("Set-Cookie", "id=1; Path=/")]))
    server.serve("/b", Reply(PAGE))
    get(server.url("/a"))
    assert all("cookie" not in request.headers for request in server.requests)


def test_a_fault_of_our_own_is_an_outcome_with_its_name(server):
    async def broken(_: str) -> list[str]:
        raise LookupError("a bug")

    answer = get(server.url("/feed", "feed.test"), resolver=broken)
    assert answer.problem is Outcome.INTERNAL_ERROR
    assert "LookupError" in answer.note


# --- certificates ------------------------------------------------------------------------------------------------


def certificate(folder: Path, address: str, *, is_expired: bool = False) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context with a self-signed certificate for an address, and the certificate's file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "feeds of a test")])
    end = datetime.now(UTC) + timedelta(days=-1 if is_expired else 1)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), end - timedelta(days=9), end)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "public.pem", folder / "private.pem"
    public.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public


@pytest.fixture
def trusting(monkeypatch):
    """Makes the system trust a certificate for the length of a test."""

    def trust(path: Path) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        read_authorities.cache_clear()

    yield trust
    read_authorities.cache_clear()


def test_a_certificate_that_the_system_trusts_is_accepted(tmp_path, trusting):
    context, public = certificate(tmp_path, HOME)
    trusting(public)
    with FeedServer(tls=context) as server:
        assert get(server.serve("/feed", Reply(PAGE))).raw == PAGE


@pytest.mark.parametrize(
    ("address", "is_expired", "is_trusted"),
    [(HOME, False, False), (ELSEWHERE, False, True), (HOME, True, True)],
    ids=["unknown authority", "another host's", "expired"],
)
def test_a_wrong_certificate_is_a_tls_error(tmp_path, trusting, address, is_expired, is_trusted):
    context, public = certificate(tmp_path, address, is_expired=is_expired)
    if is_trusted:
        trusting(public)
    with FeedServer(tls=context) as server:
        answer = get(server.serve("/feed", Reply(PAGE)))
        assert answer.problem is Outcome.TLS_ERROR
        assert "certificate" in answer.note.lower()
        assert server.requests == []


def test_plain_text_on_a_tls_port_is_a_tls_error():
    with FeedServer(greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as plain:
        assert get(plain.url("/feed").replace("http:", "https:")).problem is Outcome.TLS_ERROR


# --- through a proxy ---------------------------------------------------------------------------------------------


def test_a_proxy_is_a_trusted_hop_that_gets_every_request(server):
    settings = replace(SETTINGS, allow_networks=(), proxy=server.url("").rstrip("/"))
    server.serve("http://feeds.example/feed", Reply(PAGE))
    assert get("http://feeds.example/feed", settings).raw == PAGE
    for url in ("http://127.0.0.1/", "http://169.254.169.254/", "http://localhost/", "http://db.internal/"):
        assert get(url, settings).problem is Outcome.REFUSED_ADDRESS
    assert get("https://feeds.example/feed", settings).problem is Outcome.CONNECT_ERROR  # it refuses to tunnel
    assert [request.target for request in server.requests] == ["http://feeds.example/feed", "feeds.example:443"]


# --- politeness --------------------------------------------------------------------------------------------------

HOSTS = {"a.test": [HOME], "b.test": [HOME], "c.test": [HOME]}
PATIENT = replace(SETTINGS, total_timeout=5.0, first_byte_timeout=5.0)


def starts(server: FeedServer, host: str) -> list[float]:
    """When the host's requests came."""
    return [request.at for request in server.requests if request.headers["host"].startswith(host)]


def test_starts_at_one_host_keep_their_distance_and_other_hosts_do_not_wait(server):
    server.serve("/feed", Reply(PAGE))
    urls = [server.url("/feed", host) for host in ("a.test", "a.test", "a.test", "a.test", "b.test")]
    answers = get_all(urls, replace(PATIENT, host_delay=0.2), resolver=names(HOSTS))
    gaps = [
        later - sooner for sooner, later in zip(starts(server, "a.test"), starts(server, "a.test")[1:], strict=False)
    ]
    assert len(gaps) == 3
    assert min(gaps) > 0.15
    assert starts(server, "b.test")[0] - starts(server, "a.test")[0] < 0.15
    assert max(answer.duration_ms for answer in answers) < 300  # waiting for the turn is not the server's time


def test_no_more_requests_than_allowed_are_open_at_once_per_host_and_together(server):
    server.serve("/feed", Reply(PAGE, delay=0.05))
    urls = [server.url("/feed", host) for host in ("a.test", "b.test", "c.test") for _ in range(6)]
    settings = replace(PATIENT, connections=5, connections_per_host=2)
    begun = time.monotonic()
    assert {answer.problem for answer in get_all(urls, settings, resolver=names(HOSTS))} == {None}
    assert time.monotonic() - begun >= 18 / 5 * 0.05
    for host, most in (("a.test", 2), ("b.test", 2), ("", 5)):
        at = starts(server, host)
        assert max(sum(1 for other in at if 0 <= other - start < 0.045) for start in at) <= most


def test_a_host_with_many_feeds_does_not_hold_up_a_host_with_one(server):
    server.serve("/feed", Reply(PAGE, delay=0.03))
    urls = [server.url("/feed", "a.test")] * 20 + [server.url("/feed", "b.test")]
    get_all(urls, replace(PATIENT, connections=2), resolver=names(HOSTS))
    order = [request.headers["host"][0] for request in server.requests]
    assert order.index("b") <= 3


def test_a_host_that_says_429_is_asked_half_as_often(server):
    server.serve("/feed", Reply(status=429), Reply(PAGE))
    get_all([server.url("/feed")] * 3, replace(PATIENT, host_delay=0.1))
    first, second, third = (request.at for request in server.requests)
    assert third - second > 0.15
    assert second - first > 0.15


def test_a_cancelled_fetch_gives_its_turn_to_the_next(server):
    server.serve("/slow", Reply(PAGE, delay=3))
    server.serve("/feed", Reply(PAGE))

    async def fetch() -> list[Outcome | None]:
        async with Client(replace(PATIENT, connections=1)) as client:
            running = asyncio.create_task(client.get(server.url("/slow")))
            waiting = asyncio.create_task(client.get(server.url("/slow")))
            last = [asyncio.create_task(client.get(server.url("/feed"))) for _ in range(3)]
            await asyncio.sleep(0.05)
            waiting.cancel()
            running.cancel()
            return [(await asyncio.wait_for(task, 1)).problem for task in last]

    assert asyncio.run(fetch()) == [None, None, None]


def test_a_connection_is_used_again_within_a_batch(server):
    server.serve("/feed", Reply(PAGE))
    get_all([server.url("/feed")] * 10, replace(SETTINGS, connections_per_host=1))
    assert len({request.connection for request in server.requests}) <= 2  # the first is sent before others wait


def test_hundreds_of_fetches_at_once_all_end(server):
    server.serve("/feed", Reply(PAGE))
    answers = get_all([server.url(f"/feed?{i}") for i in range(300)])
    assert {answer.problem for answer in answers} == {None}
    assert len({answer.url for answer in answers}) == 300


# --- whatever else a server may send -----------------------------------------------------------------------------

SEEDS = [
    Reply(PAGE, headers=[("Content-Encoding", "gzip"), ("ETag", '"1"'), ("Cache-Control", "max-age=60")]).as_bytes(),
    CHUNKED + b"5;a=b\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
    to("http://127.0.0.2:1/x?y#z").as_bytes(),
    b"HTTP/1.1 100 Continue\r\n\r\n" + Reply(PAGE).as_bytes(),
    b"HTTP/1.0 200 OK\r\n\r\n" + PAGE,
]


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The same bytes after one to five accidents."""
    for _ in range(chance.randint(1, 5)):
        at, end = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
        odd = chance.choice([b"", b"\0", b"\r\n", b"\n", b":", b" ", b"-1", b"\xff", b"%", b"9" * 20, data[at:end] * 2])
        data = data[:at] + odd + data[chance.choice([at, at + 1, end]) :]
    return data


def test_no_damaged_answer_is_a_fault_of_ours(server):
    chance = random.Random(20)
    answers = [damaged(chance.choice(SEEDS), chance) for _ in range(400)]

    async def play(request: Request, wire: Wire) -> None:
        data = answers[int(request.target.partition("?")[2])]
        half = len(data) // 2
        await wire.send(data[:half])
        await wire.sleep(0.005)
        await wire.send(data[half:])

    server.serve("/damaged", play)
    fetched = get_all([server.url(f"/damaged?{i}") for i in range(len(answers))], replace(SETTINGS, connections=16))
    assert Outcome.INTERNAL_ERROR not in {answer.problem for answer in fetched}
    assert len({answer.problem for answer in fetched}) > 3  # the damage reaches more than one end
