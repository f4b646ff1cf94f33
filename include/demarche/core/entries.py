"""Turns what a feed claims about one report into an Entry: clean words, whole links, believable dates.

It does not know the formats; `core.feeds`, `core.jsonfeeds` and `core.sitemaps` gather the claims.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice

from demarche.core.dates import date_in_path, parsed_date
from demarche.core.languagetags import language_code
from demarche.core.text import plain_text, sentences, shortened, summary_text, tidy
from demarche.core.urls import absolute_url, canonical_url
from demarche.model import TITLE_LENGTH, Entry

SUMMARY_LENGTH = 2_000  # characters; what the judge and the grouper look at
TITLE_MARKUP = 10_000
MARKUP_LENGTH = 40_000  # characters of markup that are cleaned to get such a summary
NAMES = 20  # authors of one entry at most
TAGS = 50
TAG_LENGTH = 100
IMAGES = 10  # pictures in the markup that are looked at

OLDEST = datetime(1990, 1, 1, tzinfo=UTC)  # before there were feeds, so a mistake or a filler
EPOCH_END = datetime(1970, 1, 3, tzinfo=UTC)
FUTURE = timedelta(days=2)  # clocks and zones account for one day; more is an error
OTHER_DATES = 4  # claims that were passed over, in a note
NEAR = timedelta(days=8)  # how far from the day of collection a repaired date may lie

MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
BYLINE = re.compile(
    r"^(?:by|von|par|por|di|de|af|av|door|autor(?:in)?|written by|text)\s*:?\s+(?=[^\W\d_])", re.IGNORECASE
)
BETWEEN_NAMES = re.compile(r"\s*;\s*|\s+(?:and|und|et|y|e|og|och|en|i|и|&)\s+|\s*,\s*(?:and|und)\s+")
IMAGE_TAG = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
IMAGE_SOURCE = re.compile(r"""\bsrc\s*=\s*["']?([^"'\s>]{4,2000})""", re.IGNORECASE)
PIXEL = re.compile(
    r"feedburner|/pixel|\b1x1(?:[./?]|$)|doubleclick|stats\.wordpress|count(?:er)?[./]|\.gif\?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Claims:
    """What the document says about one report, in its own words. Dates stand with the name of their element."""

    title: str = ""
    links: tuple[str, ...] = ()  # best first
    summaries: tuple[str, ...] = ()  # markup, best first; the first that says something is taken
    guid: str = ""
    published: tuple[tuple[str, str], ...] = ()
    updated: tuple[tuple[str, str], ...] = ()
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = ""
    images: tuple[str, ...] = ()


def entry_of(claims: Claims, *, base: str = "", seen_at: datetime | None = None) -> Entry:
    """The entry that the claims amount to. `base` resolves relative links, `seen_at` tells a date in the future."""
    title = shortened(plain_text(claims.title[:TITLE_MARKUP]), TITLE_LENGTH)
    summary = _summary(claims.summaries, title)
    if not title and summary:
        start, end = sentences(summary)[0]
        title = shortened(summary[start:end], TITLE_LENGTH)
    url = next((link for link in (absolute_url(link, base) for link in claims.links) if link), "")
    published_at, updated_at, note = chosen_dates(claims.published, claims.updated, url=url, seen_at=seen_at)
    return Entry(
        title=title,
        url=url,
        summary=summary,
        guid=tidy(claims.guid)[:1_000],
        published_at=published_at,
        updated_at=updated_at,
        date_note=note,
        authors=person_names(claims.authors),
        tags=_distinct((shortened(plain_text(tag), TAG_LENGTH) for tag in claims.tags), TAGS),
        language=language_code(claims.language),
        image_url=_image(claims, base),
        canonical_url=canonical_url(url) if url else "",
    )


def _summary(candidates: Iterable[str], title: str) -> str:
    """The first candidate that says more than the title, cleaned and cut."""
    for markup in candidates:
        text = shortened(summary_text(markup[:MARKUP_LENGTH]), SUMMARY_LENGTH)
        if text and text != title:
            return text
    return ""


def _image(claims: Claims, base: str) -> str:
    """The picture that stands with the report, from its own element or from the markup."""
    tags = (tag[0] for markup in claims.summaries for tag in IMAGE_TAG.finditer(markup[:MARKUP_LENGTH]))
    inside = (source[1] for tag in tags if (source := IMAGE_SOURCE.search(tag)))
    for image in chain(claims.images, islice(inside, IMAGES)):
        url = absolute_url(image.replace("&amp;", "&"), base)
        if url and not PIXEL.search(url):
            return url
    return ""


def person_names(claims: Iterable[str]) -> tuple[str, ...]:
    """Names of authors: without mail addresses and bylines, one each, in order."""
    names = []
    for claim in claims:
        text = MAIL.sub("", plain_text(claim)).replace("mailto:", "").strip(" \t<>()[],;:|-–—/")
        if text.startswith(("http://", "https://")):
            continue
        text = BYLINE.sub("", text).strip()
        parts = BETWEEN_NAMES.split(text)
        if all(len(part.split()) > 1 for part in parts):
            names += parts
        elif text:
            names.append(text)
    return _distinct((name.strip(" ()") for name in names if len(name) <= 200), NAMES)


def _distinct(words: Iterable[str], most: int) -> tuple[str, ...]:
    """The words without repetitions and empty ones, in order."""
    return tuple(dict.fromkeys(word for word in words if word))[:most]


# --- dates ---------------------------------------------------------------------------------------------------------

Claimed = tuple[tuple[str, str], ...]


def chosen_dates(
    published: Claimed, updated: Claimed, *, url: str = "", seen_at: datetime | None = None
) -> tuple[datetime | None, datetime | None, str]:
    """When a report was published and changed, and a note on what was repaired, dropped, borrowed or passed over.

    The first claim that is possible is taken; every other one that names another moment is kept in the note.
    """
    notes: list[str] = []
    published_at = _first_believable(published, seen_at, notes)
    updated_at = _first_believable(updated, seen_at, notes)
    if published_at is None and updated_at is not None:
        published_at = updated_at
        notes.append(f"published taken from {updated[0][0]}")
    if published_at is None and url:
        published_at = date_in_path(url)
        if published_at is not None and _fault(published_at, seen_at):
            published_at = None
        elif published_at is not None:
            notes.append("day taken from the address")
    if published_at is not None and updated_at is not None and updated_at < published_at:
        notes.append("updated before published")
    return published_at, updated_at, "; ".join(notes)


def _first_believable(claims: Claimed, seen_at: datetime | None, notes: list[str]) -> datetime | None:
    """The first claim that is a possible date, repaired if need be; what was wrong goes to the notes."""
    for place, (name, text) in enumerate(claims):
        moment = parsed_date(text)
        if moment is None:
            if text.strip():
                notes.append(f"{name} unreadable: {tidy(text)[:60]}")
            continue
        fault = _fault(moment, seen_at)
        if not fault:
            others = [(other, words) for other, words in claims[place + 1 :] if parsed_date(words) != moment]
            notes += [f"{name} taken, {other} says {tidy(words)[:60]}" for other, words in others[:OTHER_DATES]]
            return moment
        better = _repaired(moment, seen_at)
        if better is not None:
            notes.append(f"{name} repaired from {moment:%Y-%m-%d}: {fault}")
            return better
        notes.append(f"{name} dropped, {moment.year:04}-{moment:%m-%d}: {fault}")
    return None


def _fault(moment: datetime, seen_at: datetime | None) -> str:
    """Why a date is impossible, or ""."""
    if moment < OLDEST:
        return "epoch" if datetime(1969, 12, 30, tzinfo=UTC) < moment < EPOCH_END else "before 1990"
    if seen_at is not None and moment > seen_at + FUTURE:
        return "in the future"
    return ""


def _repaired(moment: datetime, seen_at: datetime | None) -> datetime | None:
    """The date that was probably meant: two digits of a year, day and month exchanged, or last year's number."""
    candidates = []
    if moment.year < 100:
        candidates.append((2000 + moment.year, moment.month, moment.day))
    elif seen_at is not None and moment > seen_at:
        candidates.append((moment.year, moment.day, moment.month))
        candidates += [(year, moment.month, moment.day) for year in (seen_at.year, seen_at.year - 1)]
    for year, month, day in candidates:
        try:
            better = moment.replace(year=year, month=month, day=day)
        except ValueError:
            continue
        if seen_at is None or (moment.year < 100 and better <= seen_at + FUTURE):
            return better
        if seen_at - NEAR <= better <= seen_at + timedelta(days=1):
            return better
    return None
