"""The guards that keep equal templates apart: other figures, dates, names or countries, another kind of text.

Owns what speaks against a copy although the words are nearly the same. How alike two texts are is decided elsewhere.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from demarche.core.wording import Reading


@dataclass(frozen=True, slots=True)
class Told:
    """One report as the guards read it. `address` is a page's key, `kind` is report, live, opinion or digest."""

    seen_at: datetime
    title: Reading
    summary: Reading
    outlet: str = ""
    address: str = ""
    kind: str = "report"
    actors: frozenset[str] = frozenset()


class Guards:
    """What speaks against a copy. `rules` is the table [duplicates] of grouping.toml, `aggregators` are sites."""

    def __init__(self, rules: Mapping[str, Any], aggregators: Collection[str] = ()) -> None:
        self._rules = rules
        self._aggregators = tuple(aggregators)
        self._series_gap = timedelta(hours=rules["series_hours"])
        self._calendar = frozenset(word for listed in rules["calendar"].values() for word in listed.split())
        self._numerals = frozenset(word for listed in rules["numerals"].values() for word in listed.split())

    def veto(self, one: Told, other: Told) -> str:
        """Why two texts of nearly the same words are two reports all the same; empty if nothing speaks against it."""
        if self._is_second_piece(one, other):
            return "another piece of the same outlet"
        is_template = _is_one_template(one.title, other.title)
        if not is_template and self._is_same_lead(one, other):  # a new headline over the old text, or a stock phrase
            return "another issue of a series" if self._is_series(one, other) else ""
        if one.kind != other.kind and not (one.outlet == other.outlet and self._is_same_lead(one, other)):
            return "another kind of text"
        if self.figures_differ(one.title, other.title):
            return "other figures or dates"
        if _unshared_names(one, other) and _unshared_names(other, one):
            return "other names"
        if not is_template:
            return ""
        if _is_one_template(one.summary, other.summary):
            if self.figures_differ(one.summary, other.summary):
                return "other figures in one template"
            if _fills_its_slot(one, other) and _fills_its_slot(other, one):
                return "other words in the slots of one template"
        if one.actors - other.actors and other.actors - one.actors:
            return "other countries"
        return ""

    def _is_second_piece(self, one: Told, other: Told) -> bool:
        """True for two addresses of one outlet under unlike titles: a video or comment over a known lead, a series.

        A report that is only retitled keeps its address; sites that carry others' reports have many of one. Titles of
        a series share its name, so those of other days must have more in common.
        """
        if not one.outlet or one.outlet != other.outlet or not one.address or not other.address:
            return False
        if one.address == other.address or any(site in one.address for site in self._aggregators):
            return False
        mine, yours = _long_stems(one.title), _long_stems(other.title)
        is_later = abs(one.seen_at - other.seen_at) >= self._series_gap
        least = self._rules["later_piece_share" if is_later else "piece_share"]
        return bool(len(mine & yours) < least * min(len(mine), len(yours)))

    def _is_series(self, one: Told, other: Told) -> bool:
        """True for one outlet's reports of different days whose titles share nothing: 'Best photos of the week'."""
        if one.outlet != other.outlet or abs(one.seen_at - other.seen_at) < self._series_gap:
            return False
        return bool(len(one.title.pairs & other.title.pairs) <= self._rules["series_share"] * len(one.title.pairs))

    def _is_same_lead(self, one: Told, other: Told) -> bool:
        """True where two summaries are long enough to be telling, and the same but for a word or two."""
        mine, yours = one.summary.pairs, other.summary.pairs
        if len(mine & yours) < self._rules["lead_pairs"] or self.figures_differ(one.summary, other.summary):
            return False
        return bool(len(mine & yours) >= self._rules["lead_share"] * len(mine | yours))

    def is_namesake(self, one: Told, other: Told) -> bool:
        """True where two reports share a title and are two all the same: a stock title, a series, a comment.

        Their texts name other countries altogether, or others in one template; or one is marked as another kind of
        text in its title; or one outlet gives other figures on another day or at another address.
        """
        if one.actors and other.actors and not one.actors & other.actors:
            return True
        is_otherwise = one.actors - other.actors and other.actors - one.actors
        if is_otherwise and _is_one_template(one.summary, other.summary):
            return True
        if one.kind != other.kind and one.title.stems != other.title.stems:  # not by their addresses alone
            return not (one.outlet == other.outlet and self._is_same_lead(one, other))
        if one.outlet != other.outlet:
            return False
        is_elsewhere = bool(one.address and other.address and one.address != other.address)
        if one.seen_at.date() == other.seen_at.date() and not is_elsewhere:
            return False
        return self.figures_differ(one.summary, other.summary)

    def is_next_in_place(self, one: Told, other: Told) -> bool:
        """True where a page shows the next of a series: another day, and a title that differs in figures or dates."""
        if abs(one.seen_at - other.seen_at) < self._series_gap or not _is_one_template(one.title, other.title):
            return False
        return self.figures_differ(one.title, other.title)

    def figures_differ(self, one: Reading, other: Reading) -> bool:
        """True where each text has numbers, in figures or words, or days and months, that the other lacks."""
        return any(
            mine - yours and yours - mine
            for mine, yours in (
                (one.numbers, other.numbers),
                (one.word_set & self._numerals, other.word_set & self._numerals),
                (one.word_set & self._calendar, other.word_set & self._calendar),
            )
        )


def _long_stems(reading: Reading) -> set[str]:
    """The stems of a title without its short words; all where it has no others, as in scripts without spaces."""
    return {stem for stem in reading.stems if len(stem) > 3} or set(reading.stems)


def _is_one_template(one: Reading, other: Reading) -> bool:
    """True where two texts are the same but for a few words (figures not counted)."""
    every = len(one.word_set | other.word_set)
    odd = len(one.word_set ^ other.word_set)
    # One name in a script without spaces is several of the pairs of characters that stand for words.
    return odd <= max(4, every * (0.4 if one.is_unspaced else 0.25)) and odd <= every / 2


def _fills_its_slot(one: Told, other: Told) -> bool:
    """True where a word of the title that the other lacks comes again in the summary: what the template is about."""
    known = {word[:4] for word in other.title.word_set | other.summary.word_set}
    return any(word[:4] not in known for word in one.title.word_set & one.summary.word_set)


def _unshared_names(one: Told, other: Told) -> set[str]:
    """Names in the title of the first that the second does not mention at all; the first four letters must agree."""
    known = {word[:4] for word in other.title.word_set | other.summary.word_set}
    return {name for name in one.title.names if name[:4] not in known}
