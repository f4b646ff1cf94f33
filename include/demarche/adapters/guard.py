"""Decides which addresses the collector may connect to. Opens no connection itself.

The rule is closed: http and https to public unicast addresses, plus the networks that the setting names.
It is applied to the address that is about to be connected to, so a name that changes its answer gains nothing.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SCHEMES = ("http", "https")

# The IANA special-purpose registries, with the word that a refusal is explained by. First match names it.
# Listed in full, not left to `is_global`, whose answer differs between Python releases and which calls
# multicast, 6to4 and NAT64 global although each can carry a packet to a private host.
REFUSED = tuple(
    (ip_network(network), word)
    for network, word in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by carriers (CGNAT)"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local (cloud metadata)"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("100::/64", "discard-only"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private (unique local)"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)

# Names that mean a machine near the resolver. Needed only behind a proxy, where the address is not ours to see.
LOCAL_NAMES = re.compile(r"(^|\.)(localhost|local|internal|localdomain|home\.arpa)\.?$", re.IGNORECASE)

# The WHATWG test for "this host is meant as an IPv4 number": its last label is decimal or hexadecimal.
_ENDS_IN_A_NUMBER = re.compile(r"(^|\.)(\d+|0x[0-9a-f]*)\.?$", re.IGNORECASE)


class RefusedAddressError(OSError):
    """An address that the guard does not allow; raised where only an exception can stop a connection."""


class Guard:
    """The rule, with the networks that the operator allows beyond it."""

    def __init__(self, allow_networks: Iterable[str] = ()) -> None:
        """Networks in CIDR form; raises ValueError on one that is not."""
        self._allowed: tuple[Network, ...] = tuple(ip_network(network, strict=False) for network in allow_networks)

    def refusal_of_address(self, text: str) -> str:
        """Why this numeric address must not be connected to, or an empty string when it may."""
        try:
            address: Address = ip_address(text.partition("%")[0])
        except ValueError:
            return f"{text} is not an address"
        if any(address in network for network in self._allowed):
            return ""
        for network, word in REFUSED:
            if address in network:
                return f"{text} is {word}"
        return "" if address.is_global else f"{text} is not a public address"

    def refusal_of_host(
        self, scheme: str, host: str, *, has_credentials: bool = False, is_proxied: bool = False
    ) -> str:
        """Why an address with these parts must not be asked for, or an empty string. Looks nothing up.

        `host` is as it would be connected to: lower case, international names in their ASCII form, no brackets.
        """
        if scheme not in SCHEMES:
            return f"the scheme {scheme or '(none)'} is not http or https"
        if has_credentials:
            return "an address with a user name or password"
        if not host:
            return "no host in the address"
        if ":" in host:
            return self.refusal_of_address(host)
        if _ENDS_IN_A_NUMBER.search(host):
            return self._refusal_of_number(host)
        if is_proxied and LOCAL_NAMES.search(host):
            return f"{host} is a local name"
        return ""

    def _refusal_of_number(self, host: str) -> str:
        """Dotted decimal is checked; octal, hexadecimal, short and single-number forms are never honest."""
        try:
            return self.refusal_of_address(str(IPv4Address(host)))
        except ValueError:
            return f"{host} is a number form of an address"
