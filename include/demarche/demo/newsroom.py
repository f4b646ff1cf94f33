"""The invented newsroom of the demonstration: its outlets, its entries, and what a good coder would say of each.

Owns the content model and the reading of `newsroom/*.toml`; it renders and serves nothing.

How the content is written. `outlets.toml` lists the outlets; every other file holds `[[entry]]` tables:

    key = "it-tn-protocol-it"             # unique, part of the address
    outlet = "lo-stretto"
    at = 2026-10-05T09:20:00Z             # when it is published, UTC
    title, summary, text                  # paragraphs of the text are parted by empty lines
    section, byline, tags                 # optional
    copy_of = "key of the wire's entry"   # optional: carries its text, and its title and summary unless given
    story = "it-tn-protocol"              # the development it reports; empty where it is out of scope
    initiators, targets, about, instruments   # the expected codes, as the codebook defines them
    [[entry.update]]                      # optional: a later version at the same address
    at, title, summary, text              # what is not given stays as it was

An entry is relevant exactly where it has a story. Countries are real; every event, outlet and quotation is invented.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.resources import files
from typing import Any

from demarche.model import FeedKind

OPENS_AT = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)
CLOSES_AT = datetime(2026, 10, 6, 22, 0, tzinfo=UTC)
OUTLETS_FILE = "outlets.toml"

FORMATS = ("rss", "atom", "rdf", "json")
BEHAVIOURS = (
    "steady",  # answers
    "slow",  # answers after SLOW_SECONDS
    "missing",  # 404
    "gone",  # 410
    "broken",  # XML that no parser can save
    "landing",  # an HTML page where the feed was
)
VALIDATORS = (
    "none",
    "etag",
    "date",  # Last-Modified
    "both",
    "hourly",  # wrong: names a state for a whole hour, so a change is hidden until the hour turns
    "fresh",  # wrong: a new ETag with each answer, though the body is the same
)


class NewsroomError(ValueError):
    """Content that contradicts itself; the message names the entry."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """An invented publisher and the habits of its feed."""

    slug: str
    name: str
    country: str  # ISO 3166-1 alpha-2
    language: str  # ISO 639-1
    kind: FeedKind
    format: str  # one of FORMATS
    behaviour: str = "steady"  # one of BEHAVIOURS
    validators: str = "none"  # one of VALIDATORS
    encoding: str = "utf-8"
    topic: str = ""
    tagline: str = ""
    tracking: str = ""  # query string that the feed, but not the page, adds to its links
    is_state_owned: bool | None = None
    has_markup: bool = False  # summaries carry HTML
    is_compressed: bool = False

    @property
    def feed_path(self) -> str:
        """Where the feed lies on the server."""
        return f"/{self.slug}/feed.{'json' if self.format == 'json' else 'xml'}"

    @property
    def host(self) -> str:
        """The host that the outlet would have; used in guids only, never in links."""
        return f"{self.slug}.example"


@dataclass(frozen=True, slots=True)
class Version:
    """The words of an entry from a moment on."""

    at: datetime
    title: str
    summary: str
    text: str

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text's paragraphs, each on one line."""
        return tuple(" ".join(part.split()) for part in self.text.split("\n\n") if part.strip())


@dataclass(frozen=True, slots=True)
class WrittenEntry:
    """One entry of the newsroom with all its versions and the codes it should get."""

    key: str
    outlet: str
    language: str
    versions: tuple[Version, ...]  # oldest first
    section: str = "world"
    byline: str = ""
    tags: tuple[str, ...] = ()
    article: str = ""  # key of the entry whose report this is; copies share it
    story: str = ""
    initiators: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()

    @property
    def is_relevant(self) -> bool:
        """True where the entry is migration diplomacy."""
        return bool(self.story)

    @property
    def published_at(self) -> datetime:
        """When the first version came out."""
        return self.versions[0].at

    @property
    def path(self) -> str:
        """Where the article page lies on the server."""
        return f"/{self.outlet}/{self.section}/{self.published_at:%Y/%m/%d}/{self.key}"

    def version_at(self, now: datetime) -> Version | None:
        """The newest version at a moment; None before the entry is published."""
        return next((version for version in reversed(self.versions) if version.at <= now), None)


@dataclass(frozen=True)
class Newsroom:
    """All outlets and entries; what is public depends on the moment asked about."""

    outlets: tuple[Outlet, ...]
    entries: tuple[WrittenEntry, ...]  # in order of publication
    furniture: Mapping[str, Mapping[str, str]]  # by language, the words that stand around an article
    opens_at: datetime = OPENS_AT
    closes_at: datetime = CLOSES_AT

    @cached_property
    def outlet_by_slug(self) -> dict[str, Outlet]:
        """Outlets by their slug."""
        return {outlet.slug: outlet for outlet in self.outlets}

    @cached_property
    def entry_by_path(self) -> dict[str, WrittenEntry]:
        """Entries by the path of their page."""
        return {entry.path: entry for entry in self.entries}

    def public_entries(self, outlet: Outlet, now: datetime) -> tuple[WrittenEntry, ...]:
        """What an outlet has published by a moment, newest first."""
        mine = (entry for entry in self.entries if entry.outlet == outlet.slug and entry.published_at <= now)
        return tuple(sorted(mine, key=lambda entry: entry.published_at, reverse=True))

    def changed_at(self, outlet: Outlet, now: datetime) -> datetime:
        """When the outlet last published or changed something; the opening hour where it has not yet."""
        changes = [v.at for entry in self.public_entries(outlet, now) for v in entry.versions if v.at <= now]
        return max(changes, default=self.opens_at)

    def feeds_toml(self, base_url: str) -> str:
        """A feeds file (`DEMARCHE_FEEDS`) that names each outlet's feed under a server's address."""
        return "\n".join(_feed_table(outlet, base_url.rstrip("/")) for outlet in self.outlets)


def _feed_table(outlet: Outlet, base_url: str) -> str:
    """One `[[feed]]` table."""
    words = {
        "id": outlet.slug,
        "url": base_url + outlet.feed_path,
        "outlet": outlet.name,
        "country": outlet.country,
        "language": outlet.language,
        "kind": outlet.kind.value,
        "topic": outlet.topic,
        "source": "the invented newsroom of the demonstration",
    }
    lines = [f'{key} = "{value}"' for key, value in words.items() if value]
    if outlet.is_state_owned is not None:
        lines.append(f"is_state_owned = {str(outlet.is_state_owned).lower()}")
    return "\n".join(("[[feed]]", *lines, ""))


def load_newsroom() -> Newsroom:
    """The shipped newsroom. Raises NewsroomError where its content contradicts itself."""
    folder = files("demarche.demo").joinpath("newsroom")
    names = sorted(part.name for part in folder.iterdir() if part.name.endswith(".toml"))
    tables = {name: tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8")) for name in names}
    publishers = tables.pop(OUTLETS_FILE)
    outlets = tuple(_outlet(row) for row in publishers["outlet"])
    rows = [row for table in tables.values() for row in table.get("entry", ())]
    entries = read_entries(rows, {outlet.slug: outlet for outlet in outlets})
    entries.sort(key=lambda entry: (entry.published_at, entry.key))
    return Newsroom(outlets=outlets, entries=tuple(entries), furniture=publishers["furniture"])


def _outlet(row: Mapping[str, Any]) -> Outlet:
    """An outlet from its table; a word outside the closed lists is an error."""
    outlet = Outlet(**{**row, "kind": FeedKind(row["kind"])})
    for value, allowed in (
        (outlet.format, FORMATS),
        (outlet.behaviour, BEHAVIOURS),
        (outlet.validators, VALIDATORS),
    ):
        if value not in allowed:
            raise NewsroomError(f"outlet {outlet.slug}: {value!r} is none of {', '.join(allowed)}")
    return outlet


def read_entries(rows: Iterable[Mapping[str, Any]], outlets: Mapping[str, Outlet]) -> list[WrittenEntry]:
    """Entries from their tables, copies filled in from what they copy. Raises NewsroomError."""
    by_key: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        if row["key"] in by_key:
            raise NewsroomError(f"entry {row['key']}: written twice")
        by_key[row["key"]] = row
    return [_entry(row, by_key, outlets) for row in by_key.values()]


def _entry(
    row: Mapping[str, Any], by_key: Mapping[str, Mapping[str, Any]], outlets: Mapping[str, Outlet]
) -> WrittenEntry:
    """One entry; a copy takes words and codes from its source, but neither its place nor its later versions."""
    source = by_key.get(row.get("copy_of", row["key"]))
    if source is None or row["outlet"] not in outlets:
        raise NewsroomError(f"entry {row['key']}: unknown outlet or source")
    outlet = outlets[row["outlet"]]
    own = {"at", "outlet", "section", "tags", "update"}
    words = {**{key: value for key, value in source.items() if key not in own}, **row}
    if outlet.language != outlets[source["outlet"]].language:
        raise NewsroomError(f"entry {row['key']}: a copy in another language is a translation, write it out")
    return WrittenEntry(
        key=row["key"],
        outlet=outlet.slug,
        language=outlet.language,
        versions=_versions(words),
        section=words.get("section", "world"),
        byline=words.get("byline", ""),
        tags=tuple(words.get("tags", ())),
        article=source["key"],
        story=words.get("story", ""),
        initiators=tuple(words.get("initiators", ())),
        targets=tuple(words.get("targets", ())),
        about=tuple(words.get("about", ())),
        instruments=tuple(words.get("instruments", ())),
    )


def _versions(words: Mapping[str, Any]) -> tuple[Version, ...]:
    """The first version and its updates; an update repeats what it does not change."""
    versions = [Version(words["at"], words["title"], words["summary"], words["text"])]
    for update in words.get("update", ()):
        last = versions[-1]
        if update["at"] <= last.at:
            raise NewsroomError(f"entry {words['key']}: an update must be later than what it updates")
        versions.append(
            Version(
                update["at"],
                update.get("title", last.title),
                update.get("summary", last.summary),
                update.get("text", last.text),
            )
        )
    return tuple(versions)
