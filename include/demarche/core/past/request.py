"""What a person asks an import for, checked. It does not plan or fetch."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

DAY = timedelta(days=1)

# Source, the origin its rows carry, and the first day that it can say anything about.
SOURCES: Mapping[str, tuple[str, date]] = {
    "wayback": ("wayback", date(1996, 1, 1)),
    "ccnews": ("ccnews", date(2016, 8, 26)),
    "gdelt": ("gdelt", date(2015, 2, 18)),
    "gdelt-doc": ("gdelt", date(2017, 1, 1)),
    "sitemaps": ("import", date(1990, 1, 1)),
    "paged-feeds": ("import", date(1990, 1, 1)),
    "files": ("import", date(1990, 1, 1)),
}
PAGES = ("none", "wayback", "live")
DOC_WINDOW = timedelta(days=92)  # the DOC API forgets what is older than three months

# GDELT's themes that speak of people who move. It has none for readmission, visa sanctions or return hubs, so the
# judge decides about what they bring, as about everything else.
THEMES = (
    "IMMIGRATION",
    "REFUGEES",
    "SOC_MASSMIGRATION",
    "WB_2837_IMMIGRATION",
    "WB_2836_MIGRATION_POLICIES_AND_JOBS",
    "WB_2844_EMIGRATION",
    "DISCRIMINATION_IMMIGRATION",
)
CODE = re.compile(r"[a-z]{2,3}")


class RequestError(ValueError):
    """A request that cannot be carried out; the message says what was asked and what can be."""


@dataclass(frozen=True, slots=True)
class Request:
    """One import: a source, the days from `first` to `last` (both included, UTC) and what is wanted of them."""

    source: str
    first: date
    last: date
    paths: tuple[str, ...] = ()  # files and folders for the source `files`; lists of feeds (OPML) for others
    feeds: tuple[str, ...] = ()  # feed ids, or beginnings of them with a star; empty means all
    hosts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()  # ISO codes as feeds have them; GDELT's own codes are made from them
    themes: tuple[str, ...] = ()
    pages: str = "none"  # where the pages of candidates come from
    columns: tuple[tuple[str, str], ...] = ()  # ours and theirs, for tables
    timezone: str = "UTC"  # of times in file names and tables that name none
    max_pages: int = 200  # of one feed and month, or of one sitemap or paged feed

    @property
    def origin(self) -> str:
        """What the rows of this import carry as their origin."""
        return SOURCES[self.source][0]

    @property
    def start(self) -> datetime:
        """The first moment asked for."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment not asked for."""
        return datetime(self.last.year, self.last.month, self.last.day, tzinfo=UTC) + DAY

    @property
    def import_id(self) -> str:
        """The same request has the same id: running it again goes on where it stopped."""
        digest = hashlib.blake2b(json.dumps(self.as_values(), sort_keys=True).encode(), digest_size=4).hexdigest()
        return f"{self.source}-{self.first:%Y%m%d}-{self.last:%Y%m%d}-{digest}"

    def as_values(self) -> dict[str, Any]:
        """The request as JSON can hold it."""
        values = asdict(self)
        return values | {"first": self.first.isoformat(), "last": self.last.isoformat(), "columns": dict(self.columns)}

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """The request that `as_values` or a form gave. Raises RequestError."""
        known = {field.name for field in fields(cls)}
        if strange := set(values) - known:
            raise RequestError(f"a request knows nothing of {', '.join(sorted(strange))}")
        read: dict[str, Any] = dict(values)
        for name in ("first", "last"):
            try:
                read[name] = date.fromisoformat(str(values[name]))
            except (KeyError, ValueError):
                raise RequestError(f"{name} is {values.get(name)!r}, no day like 2026-11-22") from None
        for name in ("paths", "feeds", "hosts", "languages", "countries", "themes"):
            given = read.get(name) or ()
            read[name] = tuple(given.split(",")) if isinstance(given, str) else tuple(given)
        columns = read.get("columns") or {}
        read["columns"] = tuple(sorted(columns.items())) if isinstance(columns, Mapping) else tuple(columns)
        return cls(**read)

    def checked(self, today: date) -> Self:
        """The same request, or RequestError where it cannot be carried out."""
        if self.source not in SOURCES:
            raise RequestError(f"no source is called {self.source!r}; there are {', '.join(SOURCES)}")
        if self.first > self.last:
            raise RequestError(f"the days end ({self.last}) before they begin ({self.first})")
        if self.last > today:
            raise RequestError(f"{self.last} has not been yet")
        oldest = SOURCES[self.source][1]
        if self.last < oldest:
            raise RequestError(f"{self.source} begins on {oldest}; {self.last} is before that")
        if self.source == "gdelt-doc" and self.first < today - DOC_WINDOW:
            raise RequestError(
                f"GDELT's DOC API reaches back to {today - DOC_WINDOW}; {self.first} is before that: use gdelt"
            )
        if self.source == "files" and not self.paths:
            raise RequestError("files: name the files or folders to import")
        if self.paths and self.source not in ("files", "wayback", "sitemaps", "paged-feeds"):
            raise RequestError(f"{self.source} takes no files")
        if self.pages not in PAGES:
            raise RequestError(f"pages come from {', '.join(PAGES)}, not from {self.pages!r}")
        for code in (*self.languages, *(country.lower() for country in self.countries)):
            if not CODE.fullmatch(code):
                raise RequestError(f"{code!r} is no code of a language or country, such as de")
        return self


def is_chosen(feed_id: str, chosen: tuple[str, ...]) -> bool:
    """Whether a feed is among those asked for; `bbc-*` asks for all whose id begins so."""
    return not chosen or any(feed_id == c or (c.endswith("*") and feed_id.startswith(c[:-1])) for c in chosen)


def is_wanted_host(host: str, hosts: frozenset[str]) -> bool:
    """Whether a host, or one that it belongs to, is in the list; everything is where the list is empty."""
    if not hosts:
        return True
    while host:
        if host in hosts:
            return True
        host = host.partition(".")[2]
    return False
