"""Says which page an address means: absolute and canonical forms, sites, targets of redirects.

It opens no connection and knows no feed.
"""

import base64
import binascii
import re
from urllib.parse import quote, unquote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

from demarche.core.hosts import ascii_host, plain_host, registered_part
from demarche.core.trackers import (
    SITE_TRACKERS,
    TRACKER_PREFIXES,
    TRACKER_VALUES,
    TRACKERS,
)

DEFAULT_PORTS = {"http": 80, "https": 443}

# Redirects that carry their target: host pattern, path pattern, parameters that hold it.
REDIRECTS = (
    (re.compile(r"(?:www\.|news\.)?google\.[a-z.]{2,6}$"), re.compile(r"/(?:url|imgres)$"), ("url", "q", "imgrefurl")),
    (re.compile(r"(?:www\.)?bing\.com$"), re.compile(r"/(?:news/apiclick\.aspx|ck/a|alink/link)$"), ("url", "u")),
    (re.compile(r"(?:l|lm|www|m)\.facebook\.com$"), re.compile(r"/(?:l\.php|flx/warn/?)$"), ("u",)),
    (re.compile(r"l\.(?:instagram|threads|messenger)\.com$"), re.compile(r"/?$"), ("u",)),
    (re.compile(r"(?:t\.umblr|href\.li|l\.wl)\.?(?:com|co)?$"), re.compile(r"/(?:redirect)?$"), ("z", "u")),
    (re.compile(r"(?:www\.)?youtube\.com$"), re.compile(r"/redirect$"), ("q",)),
    (re.compile(r"(?:away\.)?vk\.com$"), re.compile(r"/away(?:\.php)?$"), ("to",)),
    (re.compile(r"(?:www\.)?linkedin\.com$"), re.compile(r"/(?:redir/redirect|safety/go)$"), ("url",)),
    (re.compile(r"(?:steamcommunity|out\.reddit)\.com$"), re.compile(r"/"), ("url",)),
    (re.compile(r"(?:www\.)?msn\.com$"), re.compile(r"/(?:[a-z-]+/)?(?:redirect|outlink)"), ("url", "u")),
    (re.compile(r"(?:[a-z0-9-]+\.)?safelinks\.protection\.outlook\.com$"), re.compile(r"/"), ("url",)),
    (
        re.compile(r"(?:go\.skimresources|click\.linksynergy|go\.redirectingat)\.com$"),
        re.compile(r"/"),
        ("url", "murl"),
    ),
    (re.compile(r"duckduckgo\.com$"), re.compile(r"/l/?$"), ("uddg",)),
    (re.compile(r"news\.url\.google\.com$"), re.compile(r"/"), ("q", "url")),
)
ANY_REDIRECT = re.compile("|".join(f"(?:{host.pattern})" for host, _, _ in REDIRECTS))
# AMP caches put the publisher's address in the path, with /s/ for https.
AMP_CACHE = re.compile(r"^/(?:amp|c|v|r|a)/(?:(s)/)?([^/]+\.[^/]+)(/.*)?$")
GOOGLE_NEWS_ARTICLE = re.compile(r"/(?:rss/|__i/rss/rd/)?articles/([\w-]+)")
ADDRESS_IN_BYTES = re.compile(rb"https?://[\x21-\x7e]+")

AMP_VALUES = {"amp": {"", "1", "true", "yes"}, "_amp": {"", "1", "true"}, "outputtype": {"amp", "amphtml"}}
ARTICLE_SEGMENT = re.compile(r"(?=.{8})(?:.*-.*-|.*\d)")  # a slug or a number, not the name of a section
SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?;]*", re.IGNORECASE)
UNUSABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
PATH_SAFE = "/!$&'()*+,;=:@~-._"
QUERY_SAFE = "!$'()*,;:@/?~-._"
# An address that absolute_url would give back as it is, with its host.
WHOLE = re.compile(r"https?://([a-z0-9.-]+)/[A-Za-z0-9/_.~,=&+!$'()*@:%-]*(?:\?[A-Za-z0-9/_.~,=&+!$'()*@:%-]+)?")
PLAIN = re.compile(r"[A-Za-z0-9/_.~,-]*")  # nothing that percent-encoding could spell in two ways
PASSES = 6  # canonical forms settle in two passes; more only for addresses made to be nested


def absolute_url(url: str, base: str = "") -> str:
    """The address as a fetcher can use it: absolute, http or https, ASCII; "" for anything else."""
    text = UNUSABLE.sub("", url.strip()).strip().replace("\\", "/")
    if not text:
        return ""
    whole = WHOLE.fullmatch(text)
    if whole is not None and ascii_host(whole[1]) == whole[1]:
        return text
    try:
        if text.startswith("//") and not base:
            text = "https:" + text
        is_whole = text[:8].lower().startswith(("http://", "https://"))  # urljoin would drop a ; at its end
        parts = urlsplit(urljoin(base, text) if base and not is_whole else text)
        scheme, host, port = parts.scheme.lower(), ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        return ""
    if scheme not in DEFAULT_PORTS or not host:
        return ""
    if port is not None and port != DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    path = quote(parts.path, safe=PATH_SAFE + "%[]|")
    query = quote(parts.query, safe=PATH_SAFE + "%?[]|")
    return urlunsplit((scheme, host, path or "/", query, quote(parts.fragment, safe=PATH_SAFE + "%?")))


def canonical_url(url: str, base: str = "") -> str:
    """The one form of all addresses that mean the same page; "" for what is not http or https, or unusable.

    https, no `www.`, AMP or mobile form, no tracking, parameters sorted, redirects with a known target resolved.
    A key to compare with, not an address to fetch. Applying it again changes nothing.
    """
    current = absolute_url(url, base)
    for _ in range(PASSES):
        following = _canonical(real_target(current)) if current else ""
        if following == current:
            return current
        current = following
    return current


def host_of(url: str) -> str:
    """The host in lower-case ASCII without port, or ""."""
    whole = WHOLE.fullmatch(url)
    if whole is not None:
        return ascii_host(whole[1])
    try:
        return ascii_host(urlsplit(url.strip()).hostname or "")
    except ValueError:
        return ""


def site_of(url: str) -> str:
    """The part of the host that somebody registered (`bbc.co.uk`), or "". Takes an address or a bare host."""
    return registered_part(host_of(url) if "//" in url else ascii_host(url.strip()))


def real_target(url: str) -> str:
    """The address that an aggregator's redirect or AMP cache carries in itself, else the same address."""
    for _ in range(PASSES):
        target = _carried(url)
        if not target or target == url:
            return url
        url = target
    return url


def _carried(url: str) -> str:
    """The target one step away, or ""."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return ""
    cached = AMP_CACHE.match(parts.path)
    if cached and (
        host.endswith((".cdn.ampproject.org", ".bing-amp.com"))
        or host == "cdn.ampproject.org"
        or (host.startswith(("www.google.", "google.")) and parts.path.startswith("/amp/"))
    ):
        rest = cached[3] or "/"
        query = f"?{parts.query}" if parts.query else ""
        return absolute_url(f"{'https' if cached[1] else 'http'}://{cached[2]}{rest}{query}")
    if host == "news.google.com":
        found = GOOGLE_NEWS_ARTICLE.search(parts.path)
        if found:
            return _address_in_base64(found[1])
    for host_pattern, path_pattern, names in REDIRECTS if ANY_REDIRECT.match(host) else ():
        if host_pattern.match(host) and path_pattern.match(parts.path):
            values = dict(pair.partition("=")[::2] for pair in parts.query.split("&"))
            for name in names:
                value = unquote(values.get(name, ""))
                if value.startswith("a1aHR0"):  # Bing: a1 and then base64 of http
                    value = _address_in_base64(value[2:])
                if value.startswith(("http://", "https://")):
                    return absolute_url(value)
    return ""


def _address_in_base64(text: str) -> str:
    """The first address in base64 text (the older Google News identifiers hold one), or ""."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return ""
    found = ADDRESS_IN_BYTES.search(raw)
    return absolute_url(found[0].decode("ascii")) if found else ""


def _canonical(url: str) -> str:
    """One pass of normalisation over an absolute address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    host = plain_host(ascii_host(parts.hostname or ""))
    if not host:
        return ""
    netloc = host if port in (None, 80, 443) else f"{host}:{port}"
    query = _plain_query(parts.query, registered_part(host))
    path = _plain_path(parts.path)
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) and len(parts.fragment) > 1 else ""
    return urlunsplit(("https", netloc, path, query, _requoted(fragment, PATH_SAFE + "?")))


def _plain_path(path: str) -> str:
    """The path with one spelling: percent-encoding, dots, AMP forms, no slash at the end."""
    path = SESSION_IN_PATH.sub("", path)
    segments = _requoted(path, PATH_SAFE).split("/")
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    while len(kept) > 1 and kept[-1] == "":
        kept.pop()
    if len(kept) > 2 and any(ARTICLE_SEGMENT.match(segment) for segment in kept):
        kept = [s for i, s in enumerate(kept) if s.lower() != "amp" or i not in (1, len(kept) - 2, len(kept) - 1)]
    last = kept[-1]
    if last.lower().endswith(".amp.html"):
        kept[-1] = last[: -len(".amp.html")] + ".html"
    elif last.lower().endswith(".amp") and len(last) > 12:
        kept[-1] = last[: -len(".amp")]
    return "/".join(kept) if len(kept) > 1 else "/"


def _plain_query(query: str, site: str) -> str:
    """The parameters that identify the page, in one order and spelling."""
    kept = []
    local = SITE_TRACKERS.get(site, frozenset())
    for pair in query.replace("&amp;", "&").split("&"):
        name, _, value = pair.partition("=")
        name, value = _decoded(name), _decoded(value)
        if name and not _is_tracker(name.lower(), value.lower(), local):
            kept.append((name, value))
    return "&".join(
        f"{quote(name, safe=QUERY_SAFE + '[]')}={quote(value, safe=QUERY_SAFE)}" for name, value in sorted(kept)
    )


def _is_tracker(name: str, value: str, local: frozenset[str]) -> bool:
    """True for a parameter that says where a reader came from, not what is read."""
    if name in TRACKERS or name in local or name.startswith(TRACKER_PREFIXES):
        return True
    if name in AMP_VALUES and value in AMP_VALUES[name]:
        return True
    pattern = TRACKER_VALUES.get(name)
    return bool(pattern and pattern.fullmatch(value))


def _decoded(text: str) -> str:
    """A query part without percent-encoding; bytes that are no UTF-8 stay recognisable."""
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8", "replace")


def _requoted(text: str, safe: str) -> str:
    """The same text with one spelling of its percent-encoding; an encoded slash stays encoded."""
    if PLAIN.fullmatch(text):
        return text
    pieces = re.split(r"(%2[fF]|%3[fF]|%23|%25)", text)
    return "".join(
        piece.upper() if index % 2 else quote(unquote_to_bytes(piece), safe=safe) for index, piece in enumerate(pieces)
    )
