"""Reads dates in the spellings that feeds and pages use. It has no clock and does not judge what is plausible."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from demarche.core.calendars import AFTERNOON, FORENOON, ZONES, month_number

LONGEST = 200  # characters; no date is longer, and an attack is
BUDDHIST_YEARS = 543  # Thai feeds count from the death of the Buddha

# The two spellings of nearly all feeds, whole; what they leave out, the patterns below read.
MAIL_DATE = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) "
    r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d) (?:GMT|UTC|Z|([+-])(0\d|1[0-4])([0-5]\d))"
)
WEB_DATE = re.compile(
    r"[12]\d{3}-(?:0[1-9]|1[0-2])-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)"
)
MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}

ISO = re.compile(
    r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?|(\d{2})(\d{2})|-?(\d{3}))?(?![\d-])"
    r"(?:\s*[Tt,]?\s*(\d{1,2}.*))?$"
)
ISO_WEEK = re.compile(r"(\d{4})-?W(\d{2})(?:-?([1-7]))?(?:T(.*))?$")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})T?(\d{2})(\d{2})(\d{2})?(.*)$")
SECONDS = re.compile(r"(\d{9,10})(?:\.\d+)?$|(\d{13})$")
CLOCK = re.compile(r"(?<!\d)(\d{1,2})\s?[:hH.：時时시]\s?(\d{2})\s?분?(?:\s?[:.：]\s?(\d{2})(?:[.,:]\d+)?)?(?!\d)")
OFFSET = re.compile(r"(?:(?:GMT|UTC|UT|Z)\s*)?([+−–-])\s?(\d{1,2})(?::?(\d{2}))?(?::\d{2})?(?!\d)", re.IGNORECASE)
DAY_MONTH_YEAR = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|\.|o|a|°|-an?|η|ה|,)?[\s\-/.]*(?:de[ln]?\s|d['’]|of\s|ta['’]\s)?"
    r"([^\W\d_][^\s\d,/()-]*(?:\s(?:الثاني|الأول|الاول))?)[\s\-/.,]*(?:de[l]?\s|of\s|г\.?\s)?['’]?(\d{4}(?!\d)|\d{2}(?![\d:]))"
)
MONTH_DAY_YEAR = re.compile(r"([^\W\d_][\w.]*)[\s.]*(\d{1,2})(?:st|nd|rd|th)?[\s,.]+(?:[^\d\s]+\s)?(\d{4})(?![\d:])")
ASCTIME = re.compile(r"([^\W\d_]+)\s+(\d{1,2})\s+\d{1,2}:\d{2}(?::\d{2})?\s+(?:.*\s)?(\d{4})$")
YEAR_MONTH_DAY = re.compile(r"(?<!\d)(\d{4})[\s.,-]+([^\W\d_][^\s\d,/()-]*)[\s.,-]+(\d{1,2})(?!\d)")
EAST_ASIAN = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
VIETNAMESE = re.compile(r"(\d{1,2})\s(?:tháng|thang)\s(\d{1,2})[\s,]+(?:năm\s)?(\d{4})", re.IGNORECASE)
NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})[./-](\d{4}|\d{2})(?![\d:])")
WORDS = re.compile(r"[^\W\d_][^\s\d,;:()]*")
IN_PATH = re.compile(r"/((?:19|20)\d{2})[/-]?(0[1-9]|1[0-2]|[a-z]{3})[/-]?(0[1-9]|[12]\d|3[01])(?=[/_.-]|$)")


@lru_cache(maxsize=8192)
def parsed_date(text: str) -> datetime | None:
    """The moment that a date in almost any spelling names, in UTC; None where it names none.

    Without a zone it is taken as UTC, without a time as midnight. `05/06/2020` is 5 June unless AM or PM or a
    number above twelve says that the month stands first.
    """
    text = _plain(text)
    if not text or len(text) > LONGEST or not any(sign.isdigit() for sign in text):
        return None
    try:
        return _usual(text) or _iso(text) or _epoch(text) or _worded(text) or _numeric(text)
    except (ValueError, OverflowError):  # the thirtieth of February, the year 0, an offset of 99 hours
        return None


def date_in_path(url: str) -> datetime | None:
    """The day that an address carries in its path (`/2024/05/17/`), or None."""
    found = IN_PATH.search(url)
    if not found:
        return None
    month = int(found[2]) if found[2].isdigit() else month_number(found[2])
    try:
        return datetime(int(found[1]), month, int(found[3]), tzinfo=UTC)
    except ValueError:
        return None


def _plain(text: str) -> str:
    """The text on one line, in ASCII digits and without signs that nobody sees."""
    text = " ".join(text[: LONGEST * 2].replace("\u200e", "").replace("\u200f", "").replace("ـ", "").split())
    if text.isascii():
        return text
    return "".join(_ascii_digit(sign) for sign in unicodedata.normalize("NFKC", text))


def _ascii_digit(sign: str) -> str:
    """0 to 9 for a decimal digit of any script, else the same character."""
    return sign if sign.isascii() or not sign.isdecimal() else str(unicodedata.decimal(sign))


def _usual(text: str) -> datetime | None:
    """RFC 822 with the time and zone written out, or ISO 8601 likewise."""
    if WEB_DATE.fullmatch(text) and int(text[:4]) < 2400:  # Thai years have later numbers
        return datetime.fromisoformat(text).astimezone(UTC)
    found = MAIL_DATE.fullmatch(text)
    if not found or int(found[3]) >= 2400:
        return None
    day, month, year, hour, minute, second = int(found[1]), MONTHS[found[2]], *map(int, found.group(3, 4, 5, 6))
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    if not found[7]:
        return moment
    east = timedelta(hours=int(found[8]), minutes=int(found[9]))
    return moment - east if found[7] == "+" else moment + east


def _iso(text: str) -> datetime | None:
    """ISO 8601 and W3CDTF, with the liberties that feeds take."""
    compact = COMPACT.match(text)
    if compact and 1900 <= int(compact[1]) <= 2100 and 1 <= int(compact[2]) <= 12:
        day = datetime(int(compact[1]), int(compact[2]), int(compact[3]), tzinfo=UTC)
        return _at(day, f"{compact[4]}:{compact[5]}:{compact[6] or '00'}{compact[7]}")
    week = ISO_WEEK.match(text)
    if week:
        day = datetime.fromisocalendar(int(week[1]), int(week[2]), int(week[3] or 1)).replace(tzinfo=UTC)
        return _at(day, week[4] or "")
    found = ISO.match(text)
    if not found:
        return None
    year = int(found[1])
    if found[6]:
        day = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=int(found[6]) - 1)
        return _at(day, found[7] or "")
    month, number = int(found[2] or found[4] or 1), int(found[3] or found[5] or 1)
    if month > 12 >= number:  # year, day, month
        month, number = number, month
    return _at(datetime(_common_year(year), month, number, tzinfo=UTC), found[7] or "")


def _epoch(text: str) -> datetime | None:
    """Seconds or milliseconds since 1970."""
    found = SECONDS.match(text)
    if not found:
        return None
    seconds = int(found[1]) if found[1] else int(found[2]) / 1000
    return datetime.fromtimestamp(seconds, tz=UTC)


def _worded(text: str) -> datetime | None:
    """Dates with the month as a word, or with the signs of East Asia."""
    asian = EAST_ASIAN.search(text)
    if asian:
        return _at(datetime(int(asian[1]), int(asian[2]), int(asian[3]), tzinfo=UTC), text[asian.end() :])
    viet = VIETNAMESE.search(text)
    if viet:
        day = datetime(int(viet[3]), int(viet[2]), int(viet[1]), tzinfo=UTC)
        return _at(day, text[: viet.start()] + " " + text[viet.end() :])
    for pattern, order in ((DAY_MONTH_YEAR, "dmy"), (MONTH_DAY_YEAR, "mdy"), (ASCTIME, "mdy"), (YEAR_MONTH_DAY, "ymd")):
        for found in pattern.finditer(text):
            parts = dict(zip(order, found.groups(), strict=True))
            month = month_number(parts["m"])
            if month:
                day = datetime(_full_year(parts["y"]), month, int(parts["d"]), tzinfo=UTC)
                # asctime has its clock inside the date, all others around it
                rest = text if pattern is ASCTIME else f"{text[: found.start()]} {text[found.end() :]}"
                return _at(day, rest)
    return None


def _numeric(text: str) -> datetime | None:
    """Day, month and year as numbers."""
    found = NUMERIC.search(text)
    if not found:
        return None
    first, second = int(found[1]), int(found[3])
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    is_american = found[2] == "/" and first <= 12 and (second > 12 or bool(re.search(r"\d\s?[AaPp]\.?[Mm]\b", rest)))
    day, month = (second, first) if is_american or (second > 12 >= first) else (first, second)
    return _at(datetime(_full_year(found[4]), month, day, tzinfo=UTC), rest)


def _full_year(digits: str) -> int:
    """A year of two digits as RFC 2822 reads it, else the number itself."""
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 70 else 1900)
    return _common_year(year)


def _common_year(year: int) -> int:
    """The year of our era; years from 2400 on are counted as in Thailand."""
    return year - BUDDHIST_YEARS if 2400 < year < 2700 else year


def _at(day: datetime, rest: str) -> datetime | None:
    """The moment on a day that the rest of the text names, in UTC."""
    clock = CLOCK.search(rest)
    if clock:
        hour, minute, second = int(clock[1]), int(clock[2]), min(int(clock[3] or 0), 59)
        around, tail = rest, rest[clock.end() :]
    else:
        alone = re.match(r"\s*T?(\d{1,2})\s*(?=Z|[+-]|$|[AaPp]\.?[Mm])", rest)
        if not alone:
            return day
        hour, minute, second, around, tail = int(alone[1]), 0, 0, rest, rest[alone.end() :]
    words = {word.strip(".").casefold() for word in WORDS.findall(around)} | {"".join(tail.split()[:1]).casefold()}
    if hour < 12 and (words & AFTERNOON or re.match(r"\s?p\.?\s?m", tail, re.IGNORECASE)):
        hour += 12
    elif hour == 12 and (words & FORENOON or re.match(r"\s?a\.?\s?m", tail, re.IGNORECASE)):
        hour = 0
    if hour > 24 or minute > 59:
        return day
    moment = day + timedelta(hours=hour, minutes=minute, seconds=second)
    return moment - timedelta(minutes=_zone(tail))


def _zone(tail: str) -> int:
    """Minutes east of Greenwich that the text after a time names; 0 without a zone."""
    found = OFFSET.search(tail)
    if found:
        digits = found[2]
        hours, minutes = int(digits), int(found[3] or 0)
        if hours <= 15 and minutes < 60:
            return (hours * 60 + minutes) * (1 if found[1] == "+" else -1)
        return 0
    for word in WORDS.findall(tail):
        name = word.strip(".()").casefold()
        if name in ZONES:
            return ZONES[name]
    return 0
