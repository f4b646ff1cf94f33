"""Every setting of Demarche: its name in the environment, its unit and its default.

Owns the reading of the environment; nothing else in the project looks at it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any


class SettingsError(ValueError):
    """A setting that cannot be used; the message names the variable."""


def _says(env: str, about: str) -> dict[str, str]:
    """What a setting carries for its readers: its variable, and its meaning with the unit."""
    return {"env": env, "about": about}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process. Sizes are bytes, times are seconds unless the name says otherwise."""

    home: Path = field(
        default=Path("data"),
        metadata=_says("DEMARCHE_HOME", "folder of archive, warehouse, published file and reports"),
    )
    feeds: Path | None = field(
        default=None, metadata=_says("DEMARCHE_FEEDS", "feeds file or folder of them; empty means the shipped pack")
    )
    rules: Path | None = field(
        default=None, metadata=_says("DEMARCHE_RULES", "rules folder; empty means the shipped rules")
    )
    embedder: str = field(
        default="",
        metadata=_says("DEMARCHE_EMBEDDER", "sentence embedder that helps the judge: e5, or empty for none"),
    )
    close_reading: bool = field(
        default=True,
        metadata=_says("DEMARCHE_CLOSE_READING", "whether likely reports are read by the small transformer, too"),
    )

    user_agent: str = field(
        default="Demarche/0.1 (+news research; set DEMARCHE_CONTACT)",
        metadata=_says("DEMARCHE_USER_AGENT", "how the collector names itself"),
    )
    contact: str = field(
        default="", metadata=_says("DEMARCHE_CONTACT", "mail or web address that is added to the user agent")
    )
    proxy: str = field(
        default="", metadata=_says("DEMARCHE_PROXY", "address of an HTTP proxy for all fetches; a trusted hop")
    )
    allow_networks: tuple[str, ...] = field(
        default=(),
        metadata=_says(
            "DEMARCHE_ALLOW_NETWORKS", "private networks that may be fetched, in CIDR form, separated by commas"
        ),
    )
    batches: int = field(default=4, metadata=_says("DEMARCHE_BATCHES", "mapped fetch tasks a run at most"))
    connections: int = field(default=64, metadata=_says("DEMARCHE_CONNECTIONS", "open connections a batch at most"))
    connections_per_host: int = field(
        default=2, metadata=_says("DEMARCHE_CONNECTIONS_PER_HOST", "open connections to one host")
    )
    host_delay: float = field(
        default=1.0, metadata=_says("DEMARCHE_HOST_DELAY", "seconds between two starts at one host")
    )
    connect_timeout: float = field(
        default=10.0, metadata=_says("DEMARCHE_CONNECT_TIMEOUT", "seconds until a connection must stand")
    )
    first_byte_timeout: float = field(
        default=20.0, metadata=_says("DEMARCHE_FIRST_BYTE_TIMEOUT", "seconds until the answer must begin")
    )
    total_timeout: float = field(
        default=45.0, metadata=_says("DEMARCHE_TOTAL_TIMEOUT", "seconds for one attempt with its redirects")
    )
    max_body: int = field(default=10_000_000, metadata=_says("DEMARCHE_MAX_BODY", "bytes of a body as received"))
    max_decoded: int = field(
        default=40_000_000, metadata=_says("DEMARCHE_MAX_DECODED", "bytes of a body after decompression")
    )
    max_headers: int = field(default=32_768, metadata=_says("DEMARCHE_MAX_HEADERS", "bytes of one answer's headers"))
    max_redirects: int = field(default=5, metadata=_says("DEMARCHE_MAX_REDIRECTS", "redirects in one attempt"))
    max_url: int = field(default=2_048, metadata=_says("DEMARCHE_MAX_URL", "characters of an address"))
    max_entries: int = field(
        default=2_000, metadata=_says("DEMARCHE_MAX_ENTRIES", "entries taken from one feed document")
    )
    max_depth: int = field(
        default=200, metadata=_says("DEMARCHE_MAX_DEPTH", "elements inside each other in one feed document")
    )
    max_entities: int = field(
        default=64,
        metadata=_says("DEMARCHE_MAX_ENTITIES", "entities of 64 characters at most that one document may declare"),
    )
    min_interval_minutes: int = field(
        default=5, metadata=_says("DEMARCHE_MIN_INTERVAL", "minutes between two polls of a feed at least")
    )
    max_interval_minutes: int = field(
        default=1_440, metadata=_says("DEMARCHE_MAX_INTERVAL", "minutes between two polls of a feed at most")
    )
    late_minutes: int = field(
        default=15, metadata=_says("DEMARCHE_LATE", "minutes after its window's end that a run may still collect")
    )
    capture_pages: bool = field(
        default=True, metadata=_says("DEMARCHE_CAPTURE_PAGES", "whether pages of entries past the gate are fetched")
    )
    max_pages_per_host: int = field(
        default=20, metadata=_says("DEMARCHE_MAX_PAGES_PER_HOST", "pages of one host that a batch fetches at most")
    )
    feeds_budget: float = field(
        default=420.0,
        metadata=_says(
            "DEMARCHE_FEEDS_BUDGET", "seconds after the plan in which feeds are asked; others are first next time"
        ),
    )
    pages_budget: float = field(
        default=660.0,
        metadata=_says(
            "DEMARCHE_PAGES_BUDGET", "seconds after the plan in which pages are asked for; others are first next time"
        ),
    )
    robots: bool = field(default=True, metadata=_says("DEMARCHE_ROBOTS", "whether robots.txt is obeyed for pages"))
    robots_feeds: bool = field(
        default=False,
        metadata=_says(
            "DEMARCHE_ROBOTS_FEEDS", "whether robots.txt is obeyed for feeds too, which are published for programs"
        ),
    )
    keep_published: int = field(
        default=5, metadata=_says("DEMARCHE_KEEP_PUBLISHED", "earlier published copies that are kept")
    )
    max_shrink: float = field(
        default=0.1, metadata=_says("DEMARCHE_MAX_SHRINK", "share of its rows that a published copy may lose at once")
    )
    keep_feeds_days: int = field(
        default=0,
        metadata=_says("DEMARCHE_KEEP_FEEDS_DAYS", "days that feed bodies stay in the archive; 0 means for ever"),
    )
    keep_pages_days: int = field(
        default=0,
        metadata=_says("DEMARCHE_KEEP_PAGES_DAYS", "days that captured pages stay in the archive; 0 means for ever"),
    )
    keep_text_days: int = field(
        default=0,
        metadata=_says("DEMARCHE_KEEP_TEXT_DAYS", "days that page text stays in the warehouse; 0 means for ever"),
    )
    database: Path | None = field(
        default=None,
        metadata=_says("DEMARCHE_WAREHOUSE", "the private database file; empty means warehouse/ in DEMARCHE_HOME"),
    )
    warehouse_memory: str = field(
        default="2GB", metadata=_says("DEMARCHE_WAREHOUSE_MEMORY", "memory limit of the database")
    )
    warehouse_threads: int = field(default=2, metadata=_says("DEMARCHE_WAREHOUSE_THREADS", "threads of the database"))
    lock_timeout: float = field(
        default=600.0, metadata=_says("DEMARCHE_LOCK_TIMEOUT", "seconds to wait for the warehouse")
    )
    opinion_url: str = field(
        default="",
        metadata=_says(
            "DEMARCHE_OPINION_URL",
            "OpenAI-compatible address that is asked about reports in review, such as http://127.0.0.1:11434/v1; "
            "empty means nobody is asked",
        ),
    )
    opinion_model: str = field(default="", metadata=_says("DEMARCHE_OPINION_MODEL", "model that is asked there"))
    opinion_key: str = field(
        default="",
        repr=False,
        metadata=_says("DEMARCHE_OPINION_KEY", "key for it; sent as a bearer token, never logged"),
    )
    opinion_timeout: float = field(
        default=20.0, metadata=_says("DEMARCHE_OPINION_TIMEOUT", "seconds until one answer must be there")
    )
    opinion_budget: float = field(
        default=120.0, metadata=_says("DEMARCHE_OPINION_BUDGET", "seconds of a run that asking may take")
    )
    opinion_tokens: int = field(
        default=200_000, metadata=_says("DEMARCHE_OPINION_TOKENS", "tokens that may be spent in 24 hours")
    )
    wayback_url: str = field(
        default="https://web.archive.org",
        metadata=_says("DEMARCHE_WAYBACK_URL", "address of the Wayback Machine that imports ask"),
    )
    ccnews_url: str = field(
        default="https://data.commoncrawl.org",
        metadata=_says("DEMARCHE_CCNEWS_URL", "address of Common Crawl's data that imports ask"),
    )
    gdelt_url: str = field(
        default="http://data.gdeltproject.org",
        metadata=_says("DEMARCHE_GDELT_URL", "address of GDELT's files that imports ask"),
    )
    gdelt_doc_url: str = field(
        default="https://api.gdeltproject.org",
        metadata=_says("DEMARCHE_GDELT_DOC_URL", "address of GDELT's DOC API that imports ask"),
    )
    import_retry_wait: float = field(
        default=5.0,
        metadata=_says(
            "DEMARCHE_IMPORT_RETRY_WAIT", "seconds before an import asks again after a failure; doubles with each try"
        ),
    )
    import_tries: int = field(
        default=5, metadata=_says("DEMARCHE_IMPORT_TRIES", "times that an import asks for one address at most")
    )
    port: int = field(default=8080, metadata=_says("DEMARCHE_PORT", "port of the Airflow page on 127.0.0.1"))

    @property
    def archive(self) -> Path:
        """Folder of WARC files and ledgers."""
        return self.home / "archive"

    @property
    def warehouse(self) -> Path:
        """The private database file: one writer, never opened by analysts."""
        return self.database or self.home / "warehouse" / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """The read-only copy that analysts open."""
        return self.home / "published" / "demarche.duckdb"

    @property
    def reports(self) -> Path:
        """Folder of reports for people."""
        return self.home / "reports"

    @property
    def own_feeds(self) -> Path:
        """The operator's own feeds and mutes, laid over the pack."""
        return self.home / "feeds.toml"

    @property
    def state(self) -> Path:
        """Folder of what the collector remembers between runs."""
        return self.home / "state"

    @property
    def decisions(self) -> Path:
        """Folder of what people decided: append-only files of labels, and of articles and stories merged."""
        return self.home / "decisions"

    @property
    def labels(self) -> Path:
        """Analysts' labels of single reports."""
        return self.decisions / "labels.jsonl"

    @property
    def opinions(self) -> Path:
        """Second opinions, kept so that a replay gives what was decided."""
        return self.decisions / "opinions.jsonl"

    @property
    def imports(self) -> Path:
        """Folder of imports: what was asked, and a journal of what is done."""
        return self.home / "imports"

    @property
    def staging(self) -> Path:
        """Folder of judged and coded windows on their way into the warehouse; another warehouse has another."""
        return self.home / "staging" / (self.database.stem if self.database else "")


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment; an empty variable means its default.

    Raises SettingsError that names the variable, what it holds and what it should hold.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for f in fields(Settings):
        raw = environ.get(f.metadata["env"], "").strip()
        if raw:
            values[f.name] = _value(f.metadata["env"], raw, f.default)
    return _absolute(Settings(**values))


def _absolute(settings: Settings) -> Settings:
    """The same settings with a home that no later change of folder can move."""
    database = settings.database.absolute() if settings.database else None
    return replace(settings, home=settings.home.absolute(), database=database)


def _value(env: str, raw: str, default: Any) -> Any:
    """The text of a variable as the type of its default."""
    if isinstance(default, bool):
        if raw.lower() in ("1", "true", "yes", "on"):
            return True
        if raw.lower() in ("0", "false", "no", "off"):
            return False
        raise SettingsError(f"{env}={raw!r}: say true or false")
    if isinstance(default, tuple):
        return tuple(part.strip() for part in raw.split(",") if part.strip())
    if isinstance(default, int | float):
        try:
            number = type(default)(raw)
        except ValueError:
            raise SettingsError(f"{env}={raw!r}: not a number") from None
        if number < 0:
            raise SettingsError(f"{env}={raw!r}: must not be negative")
        return number
    return Path(raw) if default is None or isinstance(default, Path) else raw
