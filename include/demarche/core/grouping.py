"""Decides for each sighting, in arrival order, which article it copies and which story it tells.

Puts duplicates and stories together and forgets what has left the look-back window. It reads no clock and no disk:
the state after `remember` is the state after `add`, so the past can be replayed from any moment.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from demarche.core.duplicates import CopyFinder, Report
from demarche.core.stories import Joining, StoryFinder, Telling
from demarche.core.titles import normalised_title
from demarche.core.urls import canonical_url
from demarche.core.wording import Background, Reading, fold, without_points
from demarche.model import Candidate, Grouping

ALGORITHM = 2  # of signatures: one more whenever the same rules and words give others


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the grouper needs of one candidate. Only accepted ones open or join stories."""

    candidate: Candidate
    seen_at: datetime  # arrival time, UTC
    actors: frozenset[str] = frozenset()  # ISO codes of agents and people named
    instruments: frozenset[str] = frozenset()
    is_accepted: bool = True
    concepts: frozenset[str] = frozenset()  # of the lexicon, where known: they carry stories across languages
    address: str = ""  # canonical, where it is already known; else it is made from the candidate's url
    vector: tuple[float, ...] = ()  # sentence embedding of title and summary, where an embedder is installed


@dataclass(frozen=True, slots=True)
class Signature:
    """What of a sighting finds its like, so that a later run need not read its words again.

    `keys` are 64-bit numbers: sightings that share none are never compared as copies. Stems and sounds are those of
    an accepted sighting, by which stories are compared.
    """

    entry_id: str
    keys: tuple[int, ...]
    title_stems: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()
    sounds: tuple[str, ...] = ()


class Grouper:
    """Recent sightings with their decisions. `rules` is grouping.toml, with background.toml under 'background'."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        known = rules.get("background", {})
        background = Background(known.get("bands", {}), rules["unseen_rarity"])
        self.lookback = timedelta(days=rules["lookback_days"])
        said = json.dumps(rules, sort_keys=True, ensure_ascii=False, default=str)
        self.version = f"{ALGORITHM}-{hashlib.blake2b(said.encode(), digest_size=6).hexdigest()}"
        self._reports: dict[str, Report] = {}  # read for a signature, not added yet
        self._rules = rules
        self._marks = {
            kind: {"title": [fold(mark) for mark in marks["title"]], "address": list(marks["address"])}
            for kind, marks in rules["kinds"].items()
        }
        self._copies = CopyFinder(rules["duplicates"], background, rules.get("aggregators", {}).get("sites", ()))
        self._stories = StoryFinder(rules["stories"], background)

    def signature(self, sighting: Sighting, *, is_next: bool = False) -> Signature:
        """What finds a sighting's like, good for as long as `version` is the same.

        What was read of one that is added next is kept until then.
        """
        report = self._report(sighting)
        if is_next:
            self._reports[sighting.candidate.id] = report
        keys = tuple(_number(key) for key in self._copies.keys(report))
        if not sighting.is_accepted:
            return Signature(sighting.candidate.id, keys)
        telling = self._telling(sighting)
        self._stories.prepare(telling)
        parts = (telling.title_stems, telling.stems, telling.sounds)
        return Signature(sighting.candidate.id, keys, *(tuple(sorted(part)) for part in parts))

    def remember(
        self,
        sighting: Sighting,
        grouping: Grouping,
        signature: Signature | None = None,
        *,
        is_sought: bool = True,
    ) -> None:
        """Restores an earlier decision without deciding anew. Call in arrival order, before any `add`.

        A sighting that shares no key with any that will be added need not be sought among copies.
        """
        self._forget(sighting.seen_at)
        if is_sought:
            self._copies.add(self._report(sighting), grouping.article_id)
        if grouping.story_id:
            self._stories.add(self._telling(sighting, signature), grouping.article_id, grouping.story_id)

    def add(self, sighting: Sighting) -> Grouping:
        """Decides about the next sighting in arrival order and keeps it."""
        self._forget(sighting.seen_at)
        report = self._reports.pop(sighting.candidate.id, None) or self._report(sighting)
        copied = self._copies.find(report)
        article_id = copied.article_id if copied else _derived("article", sighting.candidate.id)
        reasons = [copied.reason if copied else "first report"]
        joining = Joining("", "")
        if sighting.is_accepted:
            joining = self._tell(sighting, article_id)
            reasons.append(joining.reason)
        grouping = Grouping(
            id=sighting.candidate.id,
            article_id=article_id,
            story_id=joining.story_id,
            reason="; ".join(reasons),
            joined_article_id=joining.article_id,
        )
        self._copies.add(report, article_id)
        if grouping.story_id:
            self._stories.add(self._telling(sighting), article_id, grouping.story_id)
        return grouping

    def size(self) -> tuple[int, int]:
        """Sightings kept for finding copies, and accepted ones kept for finding stories."""
        return len(self._copies), len(self._stories)

    def _tell(self, sighting: Sighting, article_id: str) -> Joining:
        """The story of an accepted sighting and why: its article's, the most alike, or a new one."""
        known = self._stories.story_of(article_id)
        if known:
            return Joining(known, f"in story {known} with its article")
        joining = self._stories.find(self._telling(sighting))
        return joining or Joining(_derived("story", article_id), "opens a story")

    def _forget(self, now: datetime) -> None:
        self._copies.forget(now, self.lookback)
        self._stories.forget(now - self.lookback)

    @staticmethod
    def _lead(candidate: Candidate, characters: int) -> str:
        """The beginning of the summary; where a feed gives none, of the text. A list of other reports is left out."""
        return (candidate.summary or candidate.text)[:characters].partition("•")[0]

    def _report(self, sighting: Sighting) -> Report:
        candidate = sighting.candidate
        return Report(
            id=candidate.id,
            seen_at=sighting.seen_at,
            title=candidate.title,
            lead=self._lead(candidate, self._rules["duplicates"]["lead_characters"]),
            lang=candidate.lang,
            title_key=fold(normalised_title(without_points(candidate.title), candidate.outlet)),
            address=sighting.address or (canonical_url(candidate.url) if candidate.url else ""),
            outlet=candidate.outlet,
            kind=self._kind(candidate),
            actors=sighting.actors,
        )

    def _telling(self, sighting: Sighting, signature: Signature | None = None) -> Telling:
        candidate = sighting.candidate
        lead = self._lead(candidate, self._rules["stories"]["lead_characters"])
        known = signature or Signature(candidate.id, ())
        return Telling(
            id=candidate.id,
            seen_at=sighting.seen_at,
            title=Reading(candidate.title, candidate.lang),
            summary=Reading(lead, candidate.lang),
            lang=candidate.lang,
            actors=sighting.actors,
            concepts=sighting.concepts | sighting.instruments,
            vector=sighting.vector,
            draws=self._kind(candidate) == "report",
            title_stems=frozenset(known.title_stems),
            stems=frozenset(known.stems),
            sounds=frozenset(known.sounds),
        )

    def _kind(self, candidate: Candidate) -> str:
        """What the title or address says of the kind of text: live, opinion, digest, or a plain report."""
        title, address = f" {fold(candidate.title)} ", candidate.url.casefold()
        kinds: dict[str, dict[str, list[str]]] = self._marks
        for kind, marks in kinds.items():
            if any(mark in title for mark in marks["title"]) or any(mark in address for mark in marks["address"]):
                return kind
        return "report"


def _derived(kind: str, source: str) -> str:
    """Sixteen hex digits that follow from the id of the first sighting alone, so that a replay finds them again."""
    return hashlib.blake2b(f"{kind}:{source}".encode(), digest_size=8).hexdigest()


def _number(key: str) -> int:
    """A key as 64 bits that are the same in every process."""
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
