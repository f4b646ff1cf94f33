"""GDELT 2.0: which files hold which quarter hours, which of their rows are wanted, and what the DOC API answers.

Written against recorded rows of the Global Knowledge Graph (GKG 2.1). It fetches nothing.
"""

import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from demarche.core.languagetags import language_code
from demarche.core.urls import absolute_url, host_of

STAMP = "%Y%m%d%H%M%S"
QUARTER = timedelta(minutes=15)
COLUMNS = 27
DATE, SOURCE_KIND, URL, THEMES, V2THEMES, LOCATIONS, TRANSLATION, EXTRAS = 1, 2, 4, 7, 8, 9, 25, 26
WEB = "1"  # the source kind of pages on the web
PAGE_TITLE = re.compile(r"<PAGE_TITLE>(.*?)</PAGE_TITLE>", re.DOTALL)
SOURCE_LANGUAGE = re.compile(r"srclc:(\w{2,3})")
MAX_UNPACKED = 400_000_000  # bytes of one GKG file; a usual one has 20 to 60 million
DOC_RECORDS = 250  # that the DOC API gives at most

# GDELT names countries by FIPS 10-4; only codes that differ from ISO 3166 stand here.
FIPS = {
    "AG": "DZ", "AJ": "AZ", "AS": "AU", "AU": "AT", "BA": "BH", "BD": "BM", "BF": "BS", "BG": "BD", "BH": "BZ",
    "BK": "BA", "BL": "BO", "BM": "MM", "BO": "BY", "BP": "SB", "BU": "BG", "BY": "BI", "CB": "KH", "CD": "TD",
    "CE": "LK", "CF": "CG", "CG": "CD", "CH": "CN", "CI": "CL", "CN": "KM", "CS": "CR", "CT": "CF", "DA": "DK",
    "DO": "DM", "DR": "DO", "EI": "IE", "EK": "GQ", "EN": "EE", "ES": "SV", "EZ": "CZ", "GA": "GM", "GB": "GA",
    "GG": "GE", "GJ": "GD", "GM": "DE", "GV": "GN", "HA": "HT", "HO": "HN", "IC": "IS", "IS": "IL", "IV": "CI",
    "IZ": "IQ", "JA": "JP", "KN": "KP", "KS": "KR", "KU": "KW", "KV": "XK", "LE": "LB", "LG": "LV", "LH": "LT",
    "LI": "LR", "LO": "SK", "LS": "LI", "LT": "LS", "MA": "MG", "MG": "MN", "MI": "MW", "MJ": "ME", "MN": "MC",
    "MO": "MA", "MP": "MU", "MU": "OM", "NG": "NE", "NI": "NG", "NS": "SR", "NU": "NI", "OD": "SS", "PA": "PY",
    "PM": "PA", "PO": "PT", "PP": "PG", "PS": "PW", "RI": "RS", "RM": "MH", "RP": "PH", "RS": "RU", "SC": "KN",
    "SE": "SC", "SF": "ZA", "SG": "SN", "SN": "SG", "SP": "ES", "ST": "LC", "SU": "SD", "SW": "SE", "SZ": "CH",
    "TD": "TT", "TI": "TJ", "TN": "TO", "TO": "TG", "TP": "ST", "TS": "TN", "TU": "TR", "TX": "TM", "UK": "GB",
    "UP": "UA", "UV": "BF", "VM": "VN", "VT": "VA", "WA": "NA", "WE": "PS", "WZ": "SZ", "YM": "YE", "ZA": "ZM",
    "ZI": "ZW",
}  # fmt: skip


class GdeltError(ValueError):
    """An answer of GDELT's that cannot be read."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A page that GDELT saw: enough to look for it, and its title where GDELT kept one."""

    url: str
    seen_at: datetime
    title: str = ""
    language: str = ""
    themes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a row must have, one of each kind that is not empty. Countries are ISO codes."""

    themes: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()


def gkg_urls(base: str, start: datetime, end: datetime) -> Iterator[tuple[datetime, str, str]]:
    """Quarter hour, stream (`english` or `translated`) and address of each file for start <= moment < end."""
    moment = start
    while moment < end:
        stem = f"{base.rstrip('/')}/gdeltv2/{moment.strftime(STAMP)}"
        yield moment, "english", f"{stem}.gkg.csv.zip"
        yield moment, "translated", f"{stem}.translation.gkg.csv.zip"
        moment += QUARTER


def unpacked(body: bytes) -> bytes:
    """The one file in a GKG zip. Raises GdeltError."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as pack:
            inside = pack.infolist()
            if len(inside) != 1 or inside[0].file_size > MAX_UNPACKED:
                raise GdeltError(
                    f"a zip of {len(inside)} files, the first of {inside[0].file_size if inside else 0} bytes"
                )
            return pack.read(inside[0])
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise GdeltError(f"no zip that can be read: {error}") from error


def read_gkg(text: bytes, wanted: Wanted) -> Iterator[Sighting | tuple[int, str]]:
    """The wanted rows of a GKG file in order; of one that cannot be read its line number and what is wrong."""
    marks = [theme.encode() for theme in wanted.themes]
    for number, line in enumerate(text.split(b"\n"), 1):
        if not line.strip() or (marks and not any(mark in line for mark in marks)):
            continue
        row = line.decode("utf-8", "replace").rstrip("\r").split("\t")
        if len(row) < COLUMNS - 1:
            yield number, f"{len(row)} columns instead of {COLUMNS}"
            continue
        if row[DATE].lower() == "date" or row[SOURCE_KIND] != WEB:
            continue
        read = _sighting(row, wanted)
        if isinstance(read, str):
            yield number, read
        elif read is not None:
            yield read


def doc_url(base: str, query: str, start: datetime, end: datetime) -> str:
    """The address of one question to the DOC API: articles with start <= moment < end, newest first."""
    asked = {
        "query": query,
        "mode": "artlist",
        "format": "json",
        "maxrecords": str(DOC_RECORDS),
        "sort": "datedesc",
        "startdatetime": start.strftime(STAMP),
        "enddatetime": (end - timedelta(seconds=1)).strftime(STAMP),
    }
    return f"{base.rstrip('/')}/api/v2/doc/doc?{urlencode(asked)}"


def doc_query(themes: tuple[str, ...], countries: tuple[str, ...], languages: tuple[str, ...]) -> str:
    """Themes, countries of the source and languages in the DOC API's words; several of a kind are alternatives."""
    back = {iso: fips for fips, iso in FIPS.items()}
    groups = (
        [f"theme:{theme}" for theme in themes],
        [f"sourcecountry:{back.get(country.upper(), country.upper())}" for country in countries],
        [f"sourcelang:{language}" for language in languages],
    )
    parts = [each[0] if len(each) == 1 else f"({' OR '.join(each)})" for each in groups if each]
    return " ".join(parts)


def read_doc(body: bytes) -> tuple[Sighting, ...]:
    """The articles of a DOC answer. Raises GdeltError: errors come as plain words with status 200."""
    if not body.strip():
        return ()
    try:
        loaded = json.loads(body.decode("utf-8", "replace"), strict=False)
    except ValueError:
        said = body[:200].decode("utf-8", "replace").strip()
        raise GdeltError(f"the DOC API answered {said!r}") from None
    if not isinstance(loaded, dict):
        raise GdeltError(f"the DOC API answered a {type(loaded).__name__}, not an object")
    found = []
    for position, article in enumerate(loaded.get("articles") or (), 1):
        try:
            url = absolute_url(article["url"])
            seen_at = datetime.strptime(article["seendate"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except (KeyError, TypeError, ValueError) as error:
            raise GdeltError(f"article {position} of the DOC answer: {error!r}") from None
        if url:
            title = " ".join(str(article.get("title") or "").split())
            language = language_code(str(article.get("language") or ""))
            found.append(Sighting(url=url, seen_at=seen_at, title=title, language=language))
    return tuple(found)


def _sighting(row: list[str], wanted: Wanted) -> Sighting | str | None:
    themes = {theme for theme in row[THEMES].split(";") if theme}
    themes |= {part.rpartition(",")[0] for part in row[V2THEMES].split(";") if part}
    hits = tuple(sorted(theme for theme in themes if _is_theme(theme, wanted.themes)))
    if wanted.themes and not hits:
        return None
    if wanted.countries and not wanted.countries & {_iso(code) for code in _country_codes(row[LOCATIONS])}:
        return None
    translated = row[TRANSLATION] if len(row) > TRANSLATION else ""
    named = SOURCE_LANGUAGE.search(translated)
    language = language_code(named[1]) if named else "en"
    if wanted.languages and language not in wanted.languages:
        return None
    try:
        seen_at = datetime.strptime(row[DATE], STAMP).replace(tzinfo=UTC)
    except ValueError:
        return f"the date is {row[DATE][:40]!r}"
    url = absolute_url(row[URL])
    if not host_of(url):
        return f"the address is {row[URL][:80]!r}"
    title = PAGE_TITLE.search(row[EXTRAS]) if len(row) > EXTRAS else None
    words = " ".join(html.unescape(title[1]).split()) if title else ""
    return Sighting(url=url, seen_at=seen_at, title=words, language=language, themes=hits)


def _is_theme(theme: str, wanted: frozenset[str]) -> bool:
    return theme in wanted or any(theme.startswith(f"{each}_") for each in wanted)


def _country_codes(locations: str) -> Iterator[str]:
    for place in locations.split(";"):
        parts = place.split("#")
        if len(parts) > 2:
            yield parts[2]


def _iso(fips: str) -> str:
    return FIPS.get(fips, fips)
