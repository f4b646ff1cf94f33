"""The values that pass between the stages, and the closed lists they are coded with.

Owns names and shapes only, and the text of a time. It imports nothing of ours and decides nothing.
Times are timezone-aware UTC datetimes; ids are 16 lower-case hex digits unless said otherwise.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum


def utc_text(moment: datetime, timespec: str = "auto") -> str:
    """A time as every file of ours says it: ISO 8601 in UTC, with a Z."""
    return moment.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


class FeedKind(StrEnum):
    """Who speaks through a feed."""

    PRESS = "press"
    WIRE = "wire"
    GOVERNMENT = "government"
    IO = "io"
    NGO = "ngo"


class Outcome(StrEnum):
    """How one attempt to fetch ended. Closed list; every attempt has exactly one."""

    NEW = "new"  # a feed with entries not seen before, or a page captured
    UNCHANGED = "unchanged"  # a readable body, nothing in it is new
    NOT_MODIFIED = "not_modified"  # 304
    EMPTY = "empty"  # a readable feed without a single entry
    NOT_A_FEED = "not_a_feed"  # HTML, JSON of another kind, plain text
    UNREADABLE = "unreadable"  # broken beyond what the parser can repair
    GONE = "gone"  # 410
    NOT_FOUND = "not_found"  # 404
    FORBIDDEN = "forbidden"  # 401, 402, 403, 407, 451
    RATE_LIMITED = "rate_limited"  # 429, or 503 with Retry-After
    CLIENT_ERROR = "client_error"  # any other 4xx
    SERVER_ERROR = "server_error"  # 5xx
    BAD_RESPONSE = "bad_response"  # breaks HTTP, or a status outside 200 to 599
    DNS_ERROR = "dns_error"
    CONNECT_ERROR = "connect_error"  # refused, reset, closed before the end
    TLS_ERROR = "tls_error"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"  # body, decompressed body, headers or URL above the limit
    BAD_ENCODING = "bad_encoding"  # gzip, deflate, brotli or zstd data that cannot be decoded
    BAD_REDIRECT = "bad_redirect"  # too many, a loop, no or a wrong Location
    REFUSED_ADDRESS = "refused_address"  # scheme or address that the guard does not allow
    ROBOTS_DENIED = "robots_denied"
    INTERNAL_ERROR = "internal_error"  # our bug: the traceback is in the log


class Band(StrEnum):
    """What the judge decided."""

    ACCEPTED = "accepted"
    REVIEW = "review"
    REJECTED = "rejected"


INSTRUMENTS = (
    "demarche",
    "consultation",
    "readmission",
    "deportation",
    "third_country",
    "visa_restriction",
    "visa_facilitation",
    "aid_for_control",
    "economic_pressure",
    "border_measure",
    "border_cooperation",
    "instrumentalisation",
    "labour_mobility",
    "burden_sharing",
    "sanctions",
    "rupture",
    "nationals_abroad",
    "multilateral",
)
STAGES = (
    "considered",
    "announced",
    "demanded",
    "threatened",
    "talks",
    "agreed",
    "in_force",
    "carried_out",
    "rejected",
    "suspended",
    "stated",
)
SIGNS = ("cooperative", "coercive", "mixed", "neutral")
FRAMES = (
    "security",
    "sovereignty",
    "economy",
    "welfare",
    "humanitarian",
    "rights_law",
    "identity",
    "health",
    "solidarity",
)
ROLES = ("sending", "transit", "destination", "host")  # where an actor stands on the way of the migrants
ORGANISATIONS = (
    "EU",
    "UN",
    "UNHCR",
    "IOM",
    "NATO",
    "AFRICAN_UNION",
    "ASEAN",
    "ECOWAS",
    "COE",
    "OSCE",
    "ARAB_LEAGUE",
    "G7",
    "G20",
)


@dataclass(frozen=True, slots=True)
class Feed:
    """A source, as the feed pack describes it. `feed_id` is a readable slug such as `bbc-world`."""

    feed_id: str
    url: str
    outlet: str
    country: str  # ISO 3166-1 alpha-2, or an organisation's code
    language: str  # ISO 639-1
    kind: FeedKind = FeedKind.PRESS
    topic: str = ""
    is_state_owned: bool | None = None
    source: str = ""  # where the address was found
    last_good_on: date | None = None


TITLE_LENGTH = 500  # characters of an entry's title that are kept


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed said about one report. Text is plain, links are absolute, times are UTC or None."""

    title: str
    url: str
    summary: str = ""
    guid: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    date_note: str = ""  # why the date was chosen, repaired or dropped
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = ""
    image_url: str = ""
    canonical_url: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """An article's web page as captured. `access` says what kind of page it was."""

    url: str
    title: str = ""
    text: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    authors: tuple[str, ...] = ()
    canonical_url: str = ""
    language: str = ""
    site_name: str = ""
    section: str = ""
    description: str = ""
    access: str = "open"  # open, paywall, consent_wall, soft_404, script_only, empty


@dataclass(frozen=True, slots=True)
class Fetch:
    """One attempt to read an address, as the ledger keeps it. Bytes are counts, durations milliseconds."""

    fetch_id: str
    window_at: datetime  # start of the arrival window, the partition key
    kind: str  # feed or page
    feed_id: str  # of the feed, or of the feed that led to the page
    url: str
    final_url: str
    started_at: datetime
    duration_ms: int
    outcome: Outcome
    status: int | None = None
    bytes_received: int = 0
    bytes_decoded: int = 0
    digest: str = ""  # sha256 of the decoded body, hex; empty without a body
    etag: str = ""
    last_modified: str = ""
    retry_at: datetime | None = None
    entries: int = 0
    new_entries: int = 0
    overlap: float | None = None  # share of the entries that the poll before had too; None at the first poll
    note: str = ""  # the error, or what a person should know
    warc_file: str = ""
    record_id: str = ""
    refers_to: str = ""  # record id of the response that a revisit repeats
    origin: str = "live"  # live, wayback, ccnews, gdelt or import


@dataclass(frozen=True, slots=True)
class Answer:
    """What one attempt to read an address brought. It is a value, also where the network failed."""

    url: str
    final_url: str
    started_at: datetime
    duration_ms: int
    problem: Outcome | None  # None: status 200 to 299 or 304, read whole
    status: int | None = None
    reason: str = ""
    http_version: str = ""
    headers: tuple[tuple[str, str], ...] = ()  # as received
    raw: bytes = b""  # as received: chunks joined, content codings not undone
    redirects: tuple[tuple[int, str], ...] = ()  # status and target of each hop
    note: str = ""  # what went wrong, for people

    def header(self, name: str) -> str:
        """First value of a header, whatever its case; nothing where it is absent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is remembered of a feed between two polls."""

    feed_id: str
    url: str = ""  # the address in use, after confirmed permanent redirects
    etag: str = ""
    last_modified: str = ""
    is_trusted: bool = True  # False once its validators stayed while the body changed
    digest: str = ""  # of the last body
    record_id: str = ""  # WARC record of the last body
    body_at: datetime | None = None  # when the last body came
    polled_at: datetime | None = None
    good_at: datetime | None = None
    new_at: datetime | None = None  # when the last new entry came
    due_at: datetime | None = None
    interval_minutes: float = 60.0
    wait_minutes: float = 0.0  # that was chosen after the last poll, hints and back-off included
    is_hint_trusted: bool = True  # False once following the publisher's caching hints lost entries
    failures: float = 0.0  # counted by severity since the last good poll
    entries_per_day: float = 0.0
    is_muted: bool = False
    redirects: tuple[tuple[tuple[int, str], ...], ...] = ()  # hops of the last good polls, oldest first
    entry_ids: tuple[str, ...] = ()  # of the last readable body
    reason: str = ""  # why it is due when it is
    # Digest of each item of the last readable body and the entry it became: what has one is not parsed again.
    blocks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A report's text as the judge, the coder and the grouper see it: the contracts' input line."""

    id: str
    title: str
    summary: str = ""
    text: str = ""
    url: str = ""
    lang: str = ""
    outlet: str = ""
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A lexicon term that fired. `start` and `end` are character offsets in `field` (title, summary or text)."""

    concept: str
    term: str
    field: str
    start: int
    end: int


GATE = 1.0  # the sum of gate weights that a report needs; concepts.toml says what each concept brings
# Two features that are no signals: where a report without any signal stands, so that contributions add up to the
# log-odds, and the weight that the words of a report reached which the gate has stopped and no model has weighed.
BASELINE = "baseline"
GATE_WEIGHT = "gate"


@dataclass(frozen=True, slots=True)
class Contribution:
    """One feature's part in a score, in log-odds (`value` times its weight)."""

    feature: str
    value: float
    log_odds: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judge's answer about one candidate. `score` is a probability, 0 to 1."""

    id: str
    band: Band
    score: float
    lang: str
    terms: tuple[Term, ...]
    rules_version: str
    contributions: tuple[Contribution, ...] = ()
    first_band: Band | None = None  # what title and summary alone gave, where something revised it
    first_score: float | None = None
    decided_by: str = "judge"  # judge, text, opinion, or the name of the person whose label it is

    @property
    def is_relevant(self) -> bool:
        """True where the story counts as migration diplomacy."""
        return self.band is Band.ACCEPTED


@dataclass(frozen=True, slots=True)
class Label:
    """A person's judgement of one report: 2 relevant, 1 borderline, 0 not. `labelled_at` is ISO 8601, UTC."""

    label_id: str
    url: str
    label: int
    labelled_by: str
    labelled_at: str
    entry_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """An actor named in a text. `role` is agent (may act) or people (an origin: 'Syrian refugees')."""

    code: str
    surface: str
    start: int
    end: int
    role: str = "agent"
    kind: str = "name"  # name, adjective, capital, leader, body, place, group


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words that decided a code; `learned` in place of a field where no single word did."""

    code: str
    term: str
    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ActorRole:
    """Where an actor stands on the way of the migrants, towards the other side of the act; one of ROLES."""

    code: str
    role: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Words in quotation marks and who speaks them: an actor's code, else the words that name the speaker, or nothing.

    `start` and `end` are character offsets of the words, without their marks, in `field`.
    """

    speaker: str
    words: str
    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Coding:
    """Who acts on whom, with what, in the codebook's closed codes."""

    id: str
    initiators: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    stage: str = "stated"
    sign: str = "neutral"
    frames: tuple[str, ...] = ()
    sentence: str = ""  # the sentence that carries the act
    direction_confidence: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    rules_version: str = ""
    sentence_field: str = ""  # where the sentence stands: title, summary or text, and its character offsets there
    sentence_start: int = 0
    sentence_end: int = 0
    plover_event: str = ""
    plover_mode: str = ""
    cameo: str = ""
    roles: tuple[ActorRole, ...] = ()
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Grouping:
    """Which article a candidate is a copy of, and which story it tells; `reason` says why."""

    id: str
    article_id: str
    story_id: str
    reason: str
    joined_article_id: str = ""  # the article of the story that it was most like, where it joined one
    copied_id: str = ""  # the earlier candidate that it copies, where it does


@dataclass(frozen=True, slots=True)
class Subject:
    """What people merge and split: a `whole` made of `parts`. Both name columns of their decisions."""

    whole: str
    part: str
    wholes: str
    parts: str
    with_article: str  # the whole, as in "a story"

    @property
    def id_name(self) -> str:
        """The column of what ends or is split."""
        return f"{self.whole}_id"

    @property
    def into_name(self) -> str:
        """The column of what takes it in."""
        return f"into_{self.whole}_id"

    @property
    def parts_name(self) -> str:
        """The column of the parts that move."""
        return f"{self.part}_ids"


ARTICLES = Subject("article", "entry", "articles", "entries", "an article")
STORIES = Subject("story", "article", "stories", "articles", "a story")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body after its transfer codings were undone, or why that failed."""

    body: bytes = b""
    problem: Outcome | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A parsed feed: its own words, its entries in document order, and what was wrong with it."""

    title: str = ""
    language: str = ""
    link: str = ""
    version: str = ""  # rss20, atom10, rdf, json1, sitemap …; empty when it is no feed
    ttl_minutes: int | None = None
    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = field(default=())
    block_digests: tuple[str, ...] = ()  # of all items taken, known ones too; empty where items cannot be told apart
    skipped: int = 0  # items left out because their digest was known
