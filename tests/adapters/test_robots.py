"""What robots.txt lets us fetch."""

import asyncio
import gzip
import time

import pytest

from demarche.adapters.http import Client
from demarche.adapters.robots import Robots, matches, parse_robots, product_token
from demarche.settings import Settings
from feed_server import FeedServer, Reply, raw

SETTINGS = Settings(
    allow_networks=("127.0.0.1/32",),
    host_delay=0.0,
    connect_timeout=0.5,
    first_byte_timeout=0.3,
    total_timeout=0.6,
    max_body=2_000_000,
)
AGENT = "Demarche/0.1 (+news research)"


@pytest.fixture
def server():
    with FeedServer() as running:
        yield running


def ask(server: FeedServer, *paths: str) -> list[bool]:
    """Whether each page may be fetched, one after the other with one client."""

    async def fetch() -> list[bool]:
        async with Client(SETTINGS) as client:
            robots = Robots(client, AGENT)
            return [await robots.is_allowed(server.url(path)) for path in paths]

    return asyncio.run(fetch())


def allows(text: str, path: str) -> bool:
    return parse_robots(text, "demarche").is_allowed(f"https://example.org{path}")


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/", "/anything", True),
        ("/fish", "/fish.html", True),
        ("/fish", "/Fish", False),
        ("/fish", "/catfish", False),
        ("/fish*", "/fishheads?id=1", True),
        ("/fish/", "/fish", False),
        ("/*.php", "/folder/index.php?x", True),
        ("/*.php", "/windows.PHP", False),
        ("/*.php$", "/file.php", True),
        ("/*.php$", "/file.php?x", False),
        ("/fish*.php", "/fishheads/catfish.php", True),
        ("/a*b*c$", "/aXbYc", True),
        ("/a*b*c$", "/abc/d", False),
        ("/abc$", "/abc", True),
        ("/abc$", "/abcd", False),
        ("/ab*b$", "/ab", False),
        ("*", "/x", True),
        ("/$", "/", True),
        ("/$", "/x", False),
    ],
)
def test_patterns_match_as_the_standard_says(pattern, path, expected):
    assert matches(pattern, path) is expected


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("", "/x", True),
        ("<html><body>hello</body></html>", "/x", True),
        ("User-agent: *\nDisallow: /", "/x", False),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        ("User-agent: *\nDisallow:", "/x", True),
        ("Disallow: /", "/x", True),  # before any user-agent
        ("User-agent: other\nDisallow: /", "/x", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Demarche\nDisallow: /private", "/x", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Demarche\nDisallow: /private", "/private/1", False),
        ("user-AGENT: dEmArChE/2.0\nDISALLOW: /x", "/x", False),
        ("User-agent: Demarchebot\nDisallow: /", "/x", True),
        ("User-agent: a\nUser-agent: demarche\nDisallow: /x", "/x", False),
        (
            "User-agent: demarche\nDisallow: /x\n\nUser-agent: b\nDisallow: /\n\nUser-agent: demarche\nDisallow: /y",
            "/y",
            False,
        ),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/c", False),
        ("User-agent: *\nDisallow: /page\nAllow: /page", "/page", True),  # a tie
        ("User-agent: *\nAllow: /p\nDisallow: /*.htm", "/page.htm", False),
        ("User-agent: * # all of you\nDisallow: /x # not here\n", "/x", False),
        ("\ufeffUser-agent: *\r\nDisallow: /x\r\n", "/x", True),  # the mark is removed where bytes are read
        ("User-agent: *\nSitemap: https://example.org/s.xml\nDisallow: /x", "/x", False),
        ("User-agent: *\nDisallow: x", "/x", False),
        ("User-agent: *\nDisallow: /a%3cd.html", "/a%3Cd.html", False),
        ("User-agent: *\nDisallow: /%7Ejoe/", "/~joe/", False),
        ("User-agent: *\nDisallow: /нет", "/%D0%BD%D0%B5%D1%82", False),
        ("User-agent: *\nDisallow: /a%2Fb", "/a/b", True),
        ("User-agent: *\nDisallow: /a%2Ab", "/a*b", False),
        ("User-agent: *\nDisallow: /a%2Ab", "/aXb", True),
        ("User-agent: *\nDisallow: /a$b", "/a$b", False),
        ("User-agent: *\nDisallow: /*?print=", "/x?print=1", False),
        ("User-agent: demarche\nCrawl-delay: 5\nUser-agent: *\nDisallow: /", "/x", True),
    ],
)
def test_rules_are_read_as_the_standard_says(text, path, expected):
    assert allows(text, path) is expected


def test_a_crawl_delay_is_read_and_nonsense_is_not():
    assert parse_robots("User-agent: *\nCrawl-delay: 2.5\nDisallow: /x", "demarche").crawl_delay == 2.5
    assert parse_robots("User-agent: *\nCrawl-delay: soon", "demarche").crawl_delay is None
    assert parse_robots("User-agent: *\nCrawl-delay: -1", "demarche").crawl_delay is None


def test_our_name_in_robots_txt_is_the_first_product():
    assert product_token(AGENT) == "demarche"
    assert product_token("Mozilla/5.0 (x)") == "mozilla"
    assert product_token("") == ""


def test_a_hostile_pattern_costs_no_time():
    text = "User-agent: *\n" + "\n".join(f"Disallow: /{'*a' * 200}b{i}$" for i in range(500))
    begun = time.perf_counter()
    assert allows(text, "/" + "a" * 2_000)
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (Reply(b"User-agent: *\nDisallow: /x"), False),
        (Reply(b"\xef\xbb\xbfUser-agent: *\nDisallow: /x"), False),
        (Reply(b"User-agent: *\nAllow: /"), True),
        (Reply(gzip.compress(b"User-agent: *\nDisallow: /x"), headers=[("Content-Encoding", "gzip")]), False),
        (Reply(b"not gzip", headers=[("Content-Encoding", "gzip")]), True),
        (Reply(b"no", status=401), True),
        (Reply(b"no", status=403), True),
        (Reply(b"no", status=404), True),
        (Reply(b"gone", status=410), True),
        (Reply(b"slower", status=429), False),
        (Reply(b"oops", status=500), False),
        (Reply(b"busy", status=503), False),
        (Reply(status=301, headers=[("Location", "/elsewhere")]), False),
        (Reply(status=301, headers=[("Location", "/robots.txt")]), True),
        (Reply(b"User-agent: *\nDisallow: /x\n" + b"#" * 600_000 + b"\nAllow: /x\n"), False),  # beyond 500 KiB
        (Reply(b"User-agent: *\nDisallow: /x\n" + b"#" * 2_100_000), False),  # too large to begin with
        (raw(), False),
        (raw(b"nonsense\r\n\r\n"), False),
    ],
)
def test_what_the_answer_for_robots_txt_means(server, script, expected):
    server.serve("/robots.txt", script)
    server.serve("/elsewhere", Reply(b"User-agent: *\nDisallow: /x"))
    assert ask(server, "/x") == [expected]


def test_robots_txt_is_asked_for_once_a_host(server):
    server.serve("/robots.txt", Reply(b"User-agent: *\nDisallow: /no", delay=0.05))

    async def fetch() -> list[bool]:
        async with Client(SETTINGS) as client:
            robots = Robots(client, AGENT)
            pages = [server.url(path) for path in ("/yes", "/no/1", "/yes/2", "/no")]
            return list(await asyncio.gather(*(robots.is_allowed(page) for page in pages)))

    assert asyncio.run(fetch()) == [True, False, True, False]
    assert len(server.asked("/robots.txt")) == 1


def test_a_crawl_delay_holds_for_the_fetches_after_it(server):
    server.serve("/robots.txt", Reply(b"User-agent: *\nCrawl-delay: 0.2\nAllow: /"))
    server.serve("/x", Reply(b"page"))

    async def fetch() -> None:
        async with Client(SETTINGS) as client:
            assert await Robots(client, AGENT).is_allowed(server.url("/x"))
            await asyncio.gather(client.get(server.url("/x")), client.get(server.url("/x")))

    asyncio.run(fetch())
    first, second, third = (request.at for request in server.requests)
    assert second - first > 0.15
    assert third - second > 0.15
