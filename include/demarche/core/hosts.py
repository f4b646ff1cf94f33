"""Says whose a host is: its one spelling, the part that somebody registered, the labels that choose a screen.

Owns the tables of suffixes. It knows no addresses, see `urls`.
"""

import re
from functools import lru_cache


def _labels(table: str) -> frozenset[str]:
    """The entries of a table that is written as words."""
    return frozenset(table.split())


# Second labels under a country that anybody can register below (co.uk, com.au, gob.mx ...).
REGISTRY_LABELS = _labels(
    "ac ad asn asso co com ed edu go gob gouv gov govt gub gv id info lg ltd ltda me med mil mod ne net nhs nic nom "
    "or org parliament plc police press sch school web"
)
# Countries without such registries: what stands before them is the site itself (com.de is somebody's).
FLAT_COUNTRIES = _labels("be ca ch cz de dk ee eu fi ie is li lt lu lv nl no se si sk")
# Hosts under which every label is another publisher.
SHARED_HOSTS = _labels(
    "ac.be altervista.org appspot.com blogger.com blogs.com blogspot.com canalblog.com cloudfront.net free.fr gc.ca "
    "ghost.io github.io gitlab.io gov.ie hatenablog.com herokuapp.com livejournal.com medium.com narod.ru netlify.app "
    "over-blog.com pages.dev s3.amazonaws.com squarespace.com substack.com tumblr.com typepad.com ucoz.ru vercel.app "
    "web.app webnode.com weebly.com wixsite.com wordpress.com"
)
COPY_HOSTS = ("www.", "m.", "mobile.", "amp.")  # the same page for another screen
HOST_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$")


@lru_cache(maxsize=4096)
def ascii_host(host: str) -> str:
    """The host in lower-case ASCII (IDNA), or "" where it is no host."""
    host = host.lower().rstrip(".")
    if ":" in host:  # IPv6; urlsplit has checked the brackets
        return f"[{host}]" if re.fullmatch(r"[0-9a-f:.]+", host) else ""
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii").lower()
        except UnicodeError:
            return ""
    labels = host.split(".")
    return host if len(host) <= 253 and all(HOST_LABEL.match(label) for label in labels) else ""


@lru_cache(maxsize=4096)
def plain_host(host: str) -> str:
    """The host without the labels that choose a screen, as long as a publisher's name is left."""
    for prefix in COPY_HOSTS * 2:
        rest = host.removeprefix(prefix)
        if rest != host and registered_part(rest):
            host = rest
    return host


@lru_cache(maxsize=4096)
def registered_part(host: str) -> str:
    """The registrable domain of a host, or "" for a bare public suffix."""
    labels = host.split(".")
    if len(labels) < 2 or not labels[-1].strip("0123456789]"):
        return host if host.startswith("[") or (len(labels) == 4 and host.replace(".", "").isdigit()) else ""
    size = 2
    is_country = len(labels[-1]) == 2 and labels[-1] not in FLAT_COUNTRIES
    if is_country and labels[-2] in REGISTRY_LABELS:
        size = 3
    for length in (2, 3):
        if ".".join(labels[-length:]) in SHARED_HOSTS or (length == 2 and labels[-2:-1] == ["blogspot"]):
            size = length + 1
    return ".".join(labels[-size:]) if len(labels) >= size else ""
