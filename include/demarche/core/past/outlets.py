"""Whose page an address is: the feeds of the pack by host and address."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from demarche.core.urls import canonical_url, host_of, site_of
from demarche.model import Feed


@dataclass(frozen=True, slots=True)
class Outlets:
    """The feeds of a pack, to be found by an address. Of several the one with the first id stands for the outlet."""

    by_id: dict[str, Feed] = field(default_factory=dict)
    by_address: dict[str, Feed] = field(default_factory=dict)
    by_host: dict[str, Feed] = field(default_factory=dict)
    by_site: dict[str, Feed] = field(default_factory=dict)

    @classmethod
    def of(cls, feeds: Iterable[Feed]) -> "Outlets":
        """The directory of these feeds."""
        outlets = cls()
        for feed in sorted(feeds, key=lambda f: f.feed_id):
            outlets.by_id[feed.feed_id] = feed
            outlets.by_address.setdefault(canonical_url(feed.url), feed)
            outlets.by_host.setdefault(bare_host(feed.url), feed)
            outlets.by_site.setdefault(site_of(feed.url), feed)
        return outlets

    def feed_at(self, url: str) -> Feed | None:
        """The feed that is published at an address."""
        return self.by_address.get(canonical_url(url))

    def outlet_id(self, url: str) -> str:
        """The id under which a page of an address is filed: that of its outlet's feed, else the host itself."""
        host = bare_host(url)
        feed = self.by_host.get(host) or self.by_site.get(site_of(url))
        return feed.feed_id if feed else host

    def hosts(self) -> frozenset[str]:
        """The registered names of all outlets."""
        return frozenset(site for site in self.by_site if site)


def bare_host(url: str) -> str:
    """The host without `www.`."""
    return host_of(url).removeprefix("www.")
