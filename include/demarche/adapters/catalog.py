"""The feed catalogue on disk: reads the shipped pack and an operator's own changes to it, and writes them.

Says nothing about when a feed is polled, and never asks the network whether an address still answers.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from demarche.adapters.files import replacing
from demarche.model import ORGANISATIONS, Feed, FeedKind

SHIPPED_FEEDS = Path(__file__).resolve().parent.parent / "rules" / "feeds"

# The keys of a [[feed]] table: how the file calls it, the field of Feed, whether it must be there.
KEYS = (
    ("id", "feed_id", str, True),
    ("url", "url", str, True),
    ("outlet", "outlet", str, True),
    ("country", "country", str, True),
    ("language", "language", str, True),
    ("kind", "kind", str, True),
    ("topic", "topic", str, False),
    ("is_state_owned", "is_state_owned", bool, False),
    ("source", "source", str, False),
    ("last_good_on", "last_good_on", date, False),
)
MUTE_KEYS = (("id", str, True), ("reason", str, True), ("on", date, True))

# ISO 3166-1 alpha-2 and XK (Kosovo): a code that is not in use is a typing error.
COUNTRY_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
LANGUAGE_CODES = (  # ISO 639-1
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja "
    "jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb "
    "nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq "
    "sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
COUNTRIES = frozenset(COUNTRY_CODES.split())
LANGUAGES = frozenset(LANGUAGE_CODES.split())
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_ID = 64  # characters: a feed's id becomes part of file names
MAX_ADDRESS = 2_048  # characters


class CatalogError(ValueError):
    """A catalogue that cannot be used; the message names the file, the feed, the key and what is wrong."""


@dataclass(frozen=True, slots=True)
class Mute:
    """A feed that the operator does not want polled, since when and why."""

    feed_id: str
    reason: str
    on: date


@dataclass(frozen=True, slots=True)
class Overlay:
    """What an operator changed about the pack: feeds of their own, and feeds that are silenced."""

    feeds: tuple[Feed, ...] = ()
    mutes: tuple[Mute, ...] = ()


def read_feeds(path: Path | None = None, overlay: Path | None = None) -> tuple[Feed, ...]:
    """The feeds to poll, by id: the shipped pack, or a TOML file, or a folder of them, under the operator's overlay.

    An overlay that does not exist changes nothing. Its feeds take the place of those with the same id or address, so a
    later pack that brings an address the operator had already added is no error; its mutes take feeds out.
    Raises CatalogError.
    """
    feeds = _read_pack(SHIPPED_FEEDS if path is None else path)
    own = read_overlay(overlay) if overlay is not None else Overlay()
    ids, addresses = {f.feed_id for f in own.feeds}, {same_address(f.url) for f in own.feeds}
    kept = [f for f in feeds if f.feed_id not in ids and same_address(f.url) not in addresses]
    silent = {mute.feed_id for mute in own.mutes}
    return _by_id(f for f in (*kept, *own.feeds) if f.feed_id not in silent)


def read_overlay(path: Path) -> Overlay:
    """The operator's own feeds and mutes, or nothing where the file does not exist. Raises CatalogError."""
    if not path.exists():
        return Overlay()
    tables = _tables(path, ("feed", "mute"))
    feeds = _unique((_feed(path, n, table), path, n) for n, table in enumerate(tables["feed"], 1))
    mutes = tuple(_mute(path, n, table) for n, table in enumerate(tables["mute"], 1))
    for n, mute in enumerate(mutes, 1):
        if mute.feed_id in {earlier.feed_id for earlier in mutes[: n - 1]}:
            raise CatalogError(f'{path}: mute "{mute.feed_id}": muted twice')
    return Overlay(_by_id(feeds), mutes)


def added(overlay: Overlay, feed: Feed, source: str = "added by hand") -> Overlay:
    """The overlay with a feed of the operator's own; one that is there under the same id is replaced.

    Raises CatalogError where the feed is not complete or its address is already there under another id.
    """
    feed = replace(feed, source=feed.source or source)
    _feed(Path("feeds.toml"), 1, _table(feed))
    for other in overlay.feeds:
        if other.feed_id != feed.feed_id and same_address(other.url) == same_address(feed.url):
            raise CatalogError(f'feed "{feed.feed_id}": url: the address is already there as "{other.feed_id}"')
    kept = (f for f in overlay.feeds if f.feed_id != feed.feed_id)
    return replace(overlay, feeds=_by_id((*kept, feed)))


def removed(overlay: Overlay, feed_id: str) -> Overlay:
    """The overlay without a feed of the operator's own. Feeds of the pack are muted, not removed."""
    return replace(overlay, feeds=tuple(f for f in overlay.feeds if f.feed_id != feed_id))


def muted(overlay: Overlay, feed_id: str, reason: str, on: date) -> Overlay:
    """The overlay with a feed silenced; a feed that is muted already gets the new reason and day."""
    _mute(Path("feeds.toml"), 1, {"id": feed_id, "reason": reason, "on": on})
    mutes = (m for m in overlay.mutes if m.feed_id != feed_id)
    return replace(overlay, mutes=tuple(sorted((*mutes, Mute(feed_id, reason, on)), key=lambda m: m.feed_id)))


def unmuted(overlay: Overlay, feed_id: str) -> Overlay:
    """The overlay with a feed polled again."""
    return replace(overlay, mutes=tuple(m for m in overlay.mutes if m.feed_id != feed_id))


def write_feeds(path: Path, feeds: Iterable[Feed]) -> None:
    """A catalogue file, sorted by id; the old one is replaced in one step or left as it was."""
    _write(path, "\n".join(_lines("feed", _table(feed)) for feed in _by_id(feeds)))


def write_overlay(path: Path, overlay: Overlay) -> None:
    """The operator's file: feeds by id, then mutes."""
    mutes = ({"id": m.feed_id, "reason": m.reason, "on": m.on} for m in overlay.mutes)
    tables = [_lines("feed", _table(feed)) for feed in _by_id(overlay.feeds)]
    _write(path, "\n".join((*tables, *(_lines("mute", mute) for mute in mutes))))


def same_address(url: str) -> str:
    """What two spellings of one feed's address share: no scheme, no default port, no closing slash."""
    parts = urlsplit(url)
    host = (parts.hostname or "") + (f":{parts.port}" if parts.port not in (None, 80, 443) else "")
    return host + parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")


def _read_pack(path: Path) -> tuple[Feed, ...]:
    """All feeds of a file, or of the TOML files of a folder; ids and addresses are unique over all of them."""
    if path.is_dir():
        files = sorted(path.glob("*.toml"))
        if not files:
            raise CatalogError(f"{path}: no *.toml file in this folder")
    else:
        files = [path]
    return _unique(
        (_feed(file, n, table), file, n)
        for file in files
        for n, table in enumerate(_tables(file, ("feed",))["feed"], 1)
    )


def _tables(path: Path, names: tuple[str, ...]) -> dict[str, list[Any]]:
    """The arrays of tables of one file, none of them under another name."""
    try:
        loaded = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CatalogError(f"{path}: no such file or folder") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(f"{path}: {error}") from error
    for name, value in loaded.items():
        if name not in names:
            raise CatalogError(f"{path}: unknown table or key {name!r}: say {_either(f'[[{n}]]' for n in names)}")
        if not isinstance(value, list):
            raise CatalogError(f"{path}: {name}: write [[{name}]], with two brackets")
    return {name: loaded.get(name, []) for name in names}


def _feed(path: Path, position: int, table: Any) -> Feed:
    """One [[feed]] table as a Feed. Raises CatalogError that names the key."""
    where = _where(path, "feed", position, table)
    _check_keys(where, table, [(key, kind, needed) for key, _, kind, needed in KEYS])
    values = {field: table[key] for key, field, _, _ in KEYS if key in table}
    if not SLUG.fullmatch(values["feed_id"]) or len(values["feed_id"]) > MAX_ID:
        _fail(where, "id", values["feed_id"], f"lower-case letters, digits and single hyphens, {MAX_ID} at most")
    _check_address(where, values["url"])
    if not values["outlet"].strip():
        _fail(where, "outlet", values["outlet"], "the outlet's name")
    if values["country"] not in COUNTRIES and values["country"] not in ORGANISATIONS:
        _fail(
            where, "country", values["country"], f"an ISO 3166-1 code such as DE, or one of {', '.join(ORGANISATIONS)}"
        )
    if values["language"] not in LANGUAGES:
        _fail(where, "language", values["language"], "an ISO 639-1 code such as ar")
    if values["kind"] not in tuple(FeedKind):
        _fail(where, "kind", values["kind"], _either(FeedKind))
    return Feed(**{**values, "kind": FeedKind(values["kind"])})


def _mute(path: Path, position: int, table: Any) -> Mute:
    """One [[mute]] table as a Mute. Raises CatalogError that names the key."""
    where = _where(path, "mute", position, table)
    _check_keys(where, table, MUTE_KEYS)
    if not SLUG.fullmatch(table["id"]):
        _fail(where, "id", table["id"], "a feed's id")
    if not table["reason"].strip():
        _fail(where, "reason", table["reason"], "why the feed is muted")
    return Mute(table["id"], table["reason"], table["on"])


def _check_keys(where: str, table: Any, keys: Iterable[tuple[str, type, bool]]) -> None:
    """Raises CatalogError unless the table has all keys it needs, no other, and values of the right type."""
    keys = list(keys)
    if not isinstance(table, dict):
        raise CatalogError(f"{where}: not a table")
    known = [key for key, _, _ in keys]
    for key in table:
        if key not in known:
            raise CatalogError(f"{where}: unknown key {key!r}; known are {', '.join(known)}")
    for key, kind, needed in keys:
        if key not in table:
            if needed:
                raise CatalogError(f"{where}: the key {key!r} is missing")
            continue
        value = table[key]
        # A TOML date and time is a date for Python too, but not a day.
        if not isinstance(value, kind) or isinstance(value, datetime):
            _fail(where, key, value, {str: "text", bool: "true or false", date: "a day such as 2026-01-31"}[kind])


def _check_address(where: str, url: str) -> None:
    """Raises CatalogError unless the address is one that may be fetched."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # urlsplit finds a bad port only when asked for it
    except ValueError:
        _fail(where, "url", url, "an address")
    if parts.scheme not in ("http", "https"):
        _fail(where, "url", url, "an address that begins with https:// or http://")
    if not parts.hostname or not url.isprintable() or " " in url or len(url) > MAX_ADDRESS:
        _fail(where, "url", url, f"an address with a host, without spaces, {MAX_ADDRESS} characters at most")
    if parts.username is not None or parts.password is not None:
        raise CatalogError(f"{where}: url: an address must not carry a user name or password")


def _unique(found: Iterable[tuple[Feed, Path, int]]) -> tuple[Feed, ...]:
    """The feeds, by id. Raises CatalogError with both places where an id or an address comes twice."""
    ids: dict[str, str] = {}
    addresses: dict[str, str] = {}
    feeds = []
    for feed, path, position in found:
        place = f'{path}: feed {position} ("{feed.feed_id}")'
        for key, value, seen in (("id", feed.feed_id, ids), ("url", same_address(feed.url), addresses)):
            if value in seen:
                raise CatalogError(f"{place}: {key}: {value!r} is already at {seen[value]}")
            seen[value] = place
        feeds.append(feed)
    return _by_id(feeds)


def _by_id(feeds: Iterable[Feed]) -> tuple[Feed, ...]:
    return tuple(sorted(feeds, key=lambda feed: feed.feed_id))


def _where(path: Path, name: str, position: int, table: Any) -> str:
    """How a message names a table: by its id where it has one, else by its position in the file."""
    named = table.get("id") if isinstance(table, dict) else None
    return f'{path}: {name} "{named}"' if isinstance(named, str) and named else f"{path}: {name} {position}"


def _fail(where: str, key: str, value: Any, wanted: str) -> NoReturn:
    raise CatalogError(f"{where}: {key}: {value!r} is not {wanted}")


def _either(names: Iterable[str]) -> str:
    return " or ".join(str(name) for name in names)


def _table(feed: Feed) -> dict[str, Any]:
    """A feed as its table in the file: keys in their order, what is not known left out."""
    values = {key: getattr(feed, field) for key, field, _, _ in KEYS}
    return {key: value for key, value in values.items() if value not in (None, "")}


def _lines(name: str, table: Mapping[str, Any]) -> str:
    """One table in TOML."""
    return f"[[{name}]]\n" + "".join(f"{key} = {_literal(value)}\n" for key, value in table.items())


def _literal(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    # A JSON string is a TOML string, but for this one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
