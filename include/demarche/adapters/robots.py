"""Asks hosts' robots.txt whether a page may be fetched, as RFC 9309 says. Fetches no pages."""

import asyncio
import re
import zlib
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from demarche.adapters.http import Client
from demarche.model import Answer, Outcome

MAX_ROBOTS = 512_000  # bytes that are read of a file; RFC 9309 2.5 asks for 500 KiB at least

# What is no answer about the rules means "not now" (RFC 9309 2.3.1.4). 429 counts among these, as for Google:
# a host that has no time for its rules has none for pages.
UNREACHABLE = frozenset(
    {
        Outcome.RATE_LIMITED,
        Outcome.SERVER_ERROR,
        Outcome.BAD_RESPONSE,
        Outcome.DNS_ERROR,
        Outcome.CONNECT_ERROR,
        Outcome.TLS_ERROR,
        Outcome.TIMEOUT,
        Outcome.REFUSED_ADDRESS,
        Outcome.INTERNAL_ERROR,
    }
)


@dataclass(frozen=True, slots=True)
class RobotRules:
    """The rules of one host that concern us: (is allowed, path pattern), and the seconds between two visits."""

    rules: tuple[tuple[bool, str], ...] = ()
    crawl_delay: float | None = None

    def is_allowed(self, url: str) -> bool:
        """The longest matching pattern decides; allow wins a tie; without a match it is allowed."""
        path = _path(url)
        if path == "/robots.txt":
            return True
        best, allowed = -1, True
        for is_allow, pattern in self.rules:
            length = len(pattern)
            if (length > best or (length == best and is_allow)) and matches(pattern, path):
                best, allowed = length, is_allow
        return allowed


ALLOW_ALL = RobotRules()
DISALLOW_ALL = RobotRules(rules=((False, "/"),))


class Robots:
    """Robots rules by origin, asked for once in the client's life."""

    def __init__(self, client: Client, user_agent: str) -> None:
        """Takes the user agent as it is sent; its first product token is what the rules are searched for."""
        self._client = client
        self._token = product_token(user_agent)
        self._rules: dict[str, asyncio.Task[RobotRules]] = {}

    async def is_allowed(self, url: str) -> bool:
        """Whether the host lets us fetch this page. Its crawl-delay is kept by the client from now on."""
        try:
            parts = urlsplit(url)
            origin = f"{parts.scheme}://{parts.netloc}"
        except ValueError:
            return True  # no address at all: refusing it with the right outcome is the client's work
        task = self._rules.get(origin)
        if task is None:
            task = self._rules[origin] = asyncio.create_task(self._ask(origin, parts.hostname or ""))
        return (await asyncio.shield(task)).is_allowed(url)

    async def _ask(self, origin: str, host: str) -> RobotRules:
        answer = await self._client.get(
            f"{origin}/robots.txt", accept="text/plain, */*;q=0.5", codings="gzip, identity"
        )
        rules = rules_from(answer, self._token)
        if rules.crawl_delay:
            self._client.slow_down(host, rules.crawl_delay)
        return rules


def rules_from(answer: Answer, token: str) -> RobotRules:
    """The rules that an answer to the question for robots.txt means (RFC 9309 2.3.1)."""
    if answer.problem in UNREACHABLE:
        return DISALLOW_ALL
    if answer.problem is Outcome.TOO_LARGE:
        return parse_robots(_plain(answer), token) if answer.raw else DISALLOW_ALL
    if answer.problem is not None:
        return ALLOW_ALL  # 4xx, and redirects that lead nowhere: there are no rules
    return parse_robots(_plain(answer), token)


def _plain(answer: Answer) -> str:
    """The file's text, cut at MAX_ROBOTS. We ask for gzip at most; what is broken has no rules."""
    body = answer.raw
    if "gzip" in answer.header("Content-Encoding").lower():
        try:
            body = zlib.decompressobj(wbits=31).decompress(body, MAX_ROBOTS)
        except zlib.error:
            body = b""
    return body[:MAX_ROBOTS].decode("utf-8-sig", "replace")


def product_token(user_agent: str) -> str:
    """The name that robots.txt knows us by, in lower case."""
    found = re.match(r"[A-Za-z_-]+", user_agent.strip())
    return found[0].lower() if found else ""


def parse_robots(text: str, token: str) -> RobotRules:
    """The rules of the groups that name `token`, else of the groups for everybody (`*`). Nothing is ever an error.

    A group is one or more user-agent lines followed by rules; groups of the same name are joined. Unknown lines
    (Sitemap and the like) do not end a group. Crawl-delay is no part of RFC 9309 but widely meant.
    """
    ours = _Group()
    everybodys = _Group()
    open_groups: list[_Group] = []
    is_naming = False
    for line in text.splitlines():
        key, _, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if key in ("user-agent", "useragent"):
            if not is_naming:
                open_groups = []
            is_naming = True
            named = _agent(value)
            if named is not None:
                group = everybodys if named == "*" else ours if named == token else _Group()
                group.is_named = True
                open_groups.append(group)
        elif key in ("allow", "disallow", "crawl-delay"):
            is_naming = False
            for group in open_groups:
                group.add(key, value)
    return (ours if ours.is_named else everybodys).rules()


def _agent(value: str) -> str | None:
    """The product token in a user-agent line: `*`, or its leading name without a version."""
    return "*" if value.startswith("*") else product_token(value) or None


class _Group:
    """One group while it is being read."""

    def __init__(self) -> None:
        self.is_named = False
        self._rules: list[tuple[bool, str]] = []
        self._delay: float | None = None

    def add(self, key: str, value: str) -> None:
        """One rule line; an empty path is no rule."""
        if key == "crawl-delay":
            if re.fullmatch(r"\d{1,6}(\.\d{0,6})?", value):
                self._delay = max(self._delay or 0.0, float(value))
        elif value:
            pattern = _pattern(value)
            self._rules.append((key == "allow", pattern if pattern.startswith(("/", "*")) else f"/{pattern}"))

    def rules(self) -> RobotRules:
        """What was read."""
        return RobotRules(tuple(self._rules), self._delay)


def matches(pattern: str, path: str) -> bool:
    """True where a pattern with `*` (anything) and a final `$` (the end) covers the start of a path.

    Greedy piece by piece, so that no pattern costs more than the path's length times its own.
    """
    is_anchored = pattern.endswith("$")
    first, *rest = (pattern[:-1] if is_anchored else pattern).split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    if not rest:
        return not is_anchored or at == len(path)
    *middle, last = rest
    for piece in middle:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    if is_anchored:
        return len(path) - len(last) >= at and path.endswith(last)
    return path.find(last, at) >= 0


def _path(url: str) -> str:
    """Path and query of an address, in the form that patterns are compared in: `*` and `$` are plain characters."""
    parts = urlsplit(url)
    path = _normal((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    return path.replace("*", "%2A").replace("$", "%24")


def _pattern(text: str) -> str:
    """A rule's path: `*` is a wildcard, a final `$` is the end, any other `$` a plain character."""
    body, end = (text[:-1], "$") if text.endswith("$") else (text, "")
    return _normal(body).replace("$", "%24") + end


def _normal(text: str) -> str:
    """Percent-encoding in one form (RFC 9309 2.2.2): capitals, unreserved characters bare, others encoded."""
    encoded = quote(text, safe="%!$&'()*+,;=:@/?~-._[]", errors="replace")

    def one(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if re.fullmatch(r"[A-Za-z0-9~._-]", character) else found[0].upper()

    return re.sub(r"%([0-9A-Fa-f]{2})", one, encoded)
