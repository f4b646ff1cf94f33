"""Decides for each sighting, in arrival order, which article it copies and which story it tells.

Puts duplicates and stories together and forgets what has left the look-back window. It reads no clock and no disk:
the state after `remember_…` is the state after `add`, so the past can be replayed from any moment.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from demarche.core.duplicates import CopyFinder, Report
from demarche.core.kinds import REPORT, KindTeller
from demarche.core.language import normalise_code
from demarche.core.pagekeys import PageKeys
from demarche.core.stories import Joining, StoryFinder
from demarche.core.tellings import Telling, words_of
from demarche.core.titles import normalised_title
from demarche.core.urls import canonical_url
from demarche.core.wording import Background, fold, without_points
from demarche.model import Candidate, Grouping

ALGORITHM = 4  # of signatures: one more whenever the same rules and words give others


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the grouper needs of one candidate. Only accepted ones open or join stories."""

    candidate: Candidate
    seen_at: datetime  # arrival time, UTC
    actors: frozenset[str] = frozenset()  # ISO codes of agents and people named
    initiators: frozenset[str] = frozenset()  # those of them that act
    instruments: frozenset[str] = frozenset()
    is_accepted: bool = True
    concepts: frozenset[str] = frozenset()  # of the lexicon, where known
    address: str = ""  # canonical, where it is already known; else it is made from the candidate's url


Read = tuple[Sighting, Report, Telling | None]


@dataclass(frozen=True, slots=True)
class Signature:
    """What of a sighting finds its like, so that a later run need not read its words again.

    Sightings that share no number are never compared as copies: an address counts in the whole
    look-back, words for `words_within`. An accepted sighting has what stories are compared by.
    """

    entry_id: str
    address: int | None
    keys: tuple[int, ...]
    telling: Telling | None = None


class Grouper:
    """Recent sightings with their decisions. `rules` is grouping.toml, with background.toml under 'background'."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        known = rules.get("background", {})
        background = Background(known.get("bands", {}), rules["unseen_rarity"])
        self.lookback = timedelta(days=rules["lookback_days"])
        said = json.dumps(rules, sort_keys=True, ensure_ascii=False, default=str)
        self.version = f"{ALGORITHM}-{hashlib.blake2b(said.encode(), digest_size=6).hexdigest()}"
        self._read: dict[str, Read] = {}  # for a signature, not added yet
        self._rules = rules
        self._kinds = KindTeller(rules["kinds"])
        self._page_keys = PageKeys(rules.get("addresses", {}))
        self._copies = CopyFinder(rules["duplicates"], background, rules.get("aggregators", {}).get("sites", ()))
        self._stories = StoryFinder(rules["stories"], background)

    @property
    def words_within(self) -> timedelta:
        """How long after each other two sightings may share words and be compared as copies."""
        return self._copies.words_within

    def signature(self, sighting: Sighting, *, is_next: bool = False) -> Signature:
        """What finds a sighting's like, good for as long as `version` is the same.

        What was read of one that is added next is kept until then.
        """
        read = self._take_apart(sighting)
        if is_next:
            self._read[sighting.candidate.id] = read
        _, report, telling = read
        return Signature(
            entry_id=sighting.candidate.id,
            address=_number(f"address {report.address}") if report.address else None,
            keys=tuple([_number(key) for key in self._copies.keys(report)]),
            telling=telling,
        )

    def remember_report(self, sighting: Sighting, article_id: str) -> None:
        """Restores what an earlier sighting copies. Call in arrival order, before any `add`."""
        self._copies.forget(sighting.seen_at, self.lookback)
        self._copies.add(self._report(sighting), article_id)

    def remember_telling(self, telling: Telling, article_id: str, story_id: str) -> None:
        """Restores which story an earlier sighting tells. Call in arrival order, before any `add`."""
        self._stories.forget(telling.seen_at - self.lookback)
        self._stories.add(telling, article_id, story_id)

    def add(self, sighting: Sighting) -> Grouping:
        """Decides about the next sighting in arrival order and keeps it."""
        self._copies.forget(sighting.seen_at, self.lookback)
        self._stories.forget(sighting.seen_at - self.lookback)
        read = self._read.pop(sighting.candidate.id, None)
        if read is None or read[0] is not sighting:  # the same entry may come twice
            read = self._take_apart(sighting)
        _, report, telling = read
        copied = self._copies.find(report)
        article_id = copied.article_id if copied else _derived("article", sighting.candidate.id)
        self._copies.add(report, article_id)
        joining = self._tell(telling, article_id) if telling else Joining("", "")
        return Grouping(
            id=sighting.candidate.id,
            article_id=article_id,
            story_id=joining.story_id,
            reason="; ".join(filter(None, (copied.reason if copied else "first report", joining.reason))),
            joined_article_id=joining.article_id,
            copied_id=copied.report_id if copied else "",
        )

    def size(self) -> tuple[int, int]:
        """Sightings kept for finding copies, and accepted ones kept for finding stories."""
        return len(self._copies), len(self._stories)

    def _tell(self, telling: Telling, article_id: str) -> Joining:
        """The story of an accepted sighting and why: its article's, the most alike, or a new one. It is kept there."""
        known = self._stories.story_of(article_id)
        if known:
            joining = Joining(known, f"in story {known} with its article")
        else:
            found = self._stories.find(telling)
            joining = found or Joining(_derived("story", article_id), "opens a story")
        self._stories.add(telling, article_id, joining.story_id)
        return joining

    def _take_apart(self, sighting: Sighting) -> Read:
        """A sighting as copies are sought and, where it is accepted, as stories are."""
        return sighting, self._report(sighting), self._telling(sighting) if sighting.is_accepted else None

    def _report(self, sighting: Sighting) -> Report:
        candidate = sighting.candidate
        return Report(
            id=candidate.id,
            seen_at=sighting.seen_at,
            title=candidate.title,
            lead=lead_of(candidate, self._rules["duplicates"]["lead_characters"]),
            lang=normalise_code(candidate.lang),
            title_key=fold(normalised_title(without_points(candidate.title), candidate.outlet)),
            address=self._page_keys.key(sighting.address or (canonical_url(candidate.url) if candidate.url else "")),
            outlet=candidate.outlet,
            kind=self._kinds.kind(candidate.title, candidate.url),
            actors=sighting.actors,
        )

    def _telling(self, sighting: Sighting) -> Telling:
        candidate = sighting.candidate
        lead = lead_of(candidate, self._rules["stories"]["lead_characters"])
        return Telling(
            id=candidate.id,
            seen_at=sighting.seen_at,
            words=words_of(candidate.title, lead),
            lang=normalise_code(candidate.lang),
            actors=sighting.actors,
            initiators=sighting.initiators,
            concepts=sighting.concepts | sighting.instruments,
            draws=self._kinds.kind(candidate.title, candidate.url) == REPORT,
        )


def lead_of(candidate: Candidate, characters: int) -> str:
    """The beginning of the summary; where a feed gives none, of the text. A list of other reports is left out."""
    return (candidate.summary or candidate.text)[:characters].partition("•")[0]


def _derived(kind: str, source: str) -> str:
    """Sixteen hex digits that follow from the id of the first sighting alone, so that a replay finds them again."""
    return hashlib.blake2b(f"{kind}:{source}".encode(), digest_size=8).hexdigest()


def _number(key: str) -> int:
    """A key as 32 bits that are the same in every process. Two keys of one number cost a comparison, no more."""
    return crc32(key.encode("utf-8", "surrogatepass"))
