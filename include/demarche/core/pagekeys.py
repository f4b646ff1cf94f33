"""Makes the key under which the addresses of one page meet when copies are sought.

It is coarser than the canonical address, which is stored and part of an entry's identity and so may not change: here a
publisher's domains and the editions of one page meet, too. Which do is data, rules/grouping.toml.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

_AMP_SLUG = re.compile(r"(?<=[^/]{8})[-~]amp(?=\.html?$|$)", re.IGNORECASE)
_INDEX = re.compile(r"/index\.(?:html?|php|jsp)$", re.IGNORECASE)
_SLASHES = re.compile(r"/{2,}")


class PageKeys:
    """The hosts that mean one site, and what in an address says how a page is shown and not which."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        """`rules` is the table [addresses] of grouping.toml."""
        self._hosts: dict[str, str] = dict(rules.get("hosts", {}))
        self._screens: tuple[str, ...] = tuple(rules.get("screens", ()))
        self._shown = frozenset(rules.get("parameters", ()))
        self._articles = [(site, re.compile(pattern)) for site, pattern in rules.get("articles", {}).items()]

    def key(self, address: str) -> str:
        """The key of a canonical address; "" for a whole site, to whose front page many reports may link."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return address
        host = parts.netloc
        for screen in self._screens:
            if host.startswith(screen) and host.count(".") > 1:
                host = host[len(screen) :]
        host = self._hosts.get(host, host)
        query = "&".join(pair for pair in parts.query.split("&") if not self._says_how(pair))
        path = _AMP_SLUG.sub("", _INDEX.sub("", _SLASHES.sub("/", parts.path)))
        if path in ("", "/") and not query and not parts.fragment:
            return ""
        for site, pattern in self._articles:
            if host == site and (found := pattern.search(path)):
                return f"{host}/{found[0].strip('/')}"
        return "".join([host, path, f"?{query}" if query else "", f"#{parts.fragment}" if parts.fragment else ""])

    def _says_how(self, pair: str) -> bool:
        return pair in self._shown or pair.partition("=")[0] in self._shown
