"""Describes how each actor stands in a report: where it is named, and by which words it is tied to the act.

Owns the features of an actor's places. It finds no actors and weighs nothing.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from demarche.core.matching import fold, fold_with_offsets
from demarche.core.schemes import Naming
from demarche.model import ORGANISATIONS, Mention

LINKS = ("by", "with", "between", "to", "in", "from")
LINK_KINDS = (*LINKS, "say", "passive", "preposition", "pressing")
_FAR = 220  # letters of the body after which an actor is mostly background
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?", re.UNICODE)
_LONG_GAP = 20  # letters between two names of a list
_STOPS = ".!?:;"
_HYPHEN = re.compile(r"^\s?[-–—/]\s?$|^-\w+\s?[-–]?$")
_PLAIN_WORDS = frozenset(
    (
        "the le la les l der die das den dem el los las il lo gli i o a os as new president prime minister its their "
        "his her former neighbouring government officials prezydent premier rzad fellow far-right both other some"
    ).split()
)
_OWNING = re.compile(r"['’]s?\s")
_TOKEN = re.compile(r"[^\W_]+|[^\w\s']", re.UNICODE)


class LinkWords:
    """The words of a language that tie an actor to the act."""

    def __init__(self, kinds: Mapping[str, frozenset[str]]) -> None:
        """`kinds` has the words of each of LINK_KINDS; of a word of several links the first of LINKS counts."""
        of = {kind: kinds.get(kind, frozenset()) for kind in LINK_KINDS}
        self._link_of = {word: kind for kind in reversed(LINKS) for word in of[kind]}
        self.joining, self._pressing, self._verbs = of["with"], of["pressing"], of["say"]
        self._marks, self._prepositions = of["passive"], of["preposition"]

    def before(self, text: str, start: int) -> str:
        """The kind of link before this place: by, with, between, to, in, from, or nothing."""
        if start and (text[start - 1].isalnum() or text[start - 1] in _STOPS):
            return self._link_of.get(text[start - 1], "")  # in scripts without spaces it is one letter
        words = _WORD.findall(_folded(text, max(0, start - 40), start).rsplit(", ", 1)[-1])[-3:]
        for place in range(len(words) - 1, -1, -1):
            link = self._link_of.get(words[place])
            if link:  # "under pressure from X" is X's act
                return "by" if place > 0 and words[place - 1] in self._pressing else link
            if words[place] not in _PLAIN_WORDS:
                return ""
        return ""

    def joins(self, text: str, left_start: int, left_end: int, right_start: int) -> bool:
        """True where two names are parts of one list: "X, Y", "X and the Y", "X, and Y", "to X, to Y"."""
        if right_start - left_end >= _LONG_GAP:
            return False
        again = _WORD.findall(_folded(text, max(0, left_start - 12), left_start))[-1:]
        between = _TOKEN.findall(_folded(text, left_end, right_start))
        glue = [token for token in between if token not in _PLAIN_WORDS and token not in again]
        if glue and glue[-1] in self.joining:
            return glue[:-1] in ([], [","])
        return glue in ([","], ["&"])

    def says(self, text: str, start: int, end: int) -> bool:
        """True where a verb of saying stands beside the mention."""
        if not self._verbs.isdisjoint(_words_after(text, end)[:2]):
            return True
        return not self._verbs.isdisjoint(_WORD.findall(_folded(text, max(0, start - 14), start))[-1:])

    def suffers(self, text: str, end: int) -> bool:
        """True for "X accused of", "X urged to", "X sous pression": the actor is whom somebody else acts upon."""
        words = _words_after(text, end)[:4]
        for number, word in enumerate(words[:3]):
            if word in self._marks:
                return not self._prepositions or not self._prepositions.isdisjoint(words[number + 1 : number + 2])
        return False


@lru_cache(maxsize=64)  # two questions are asked of every mention
def _words_after(text: str, end: int) -> list[str]:
    return _WORD.findall(_folded(text, end, end + 45))


def _folded(text: str, start: int, end: int) -> str:
    """A piece of the text, folded: of a text whose letters keep their places it is cut from what is known already."""
    folded, offsets = fold_with_offsets(text)
    return folded[start:end] if offsets is None else fold(text[start:end])


@dataclass(slots=True)
class Standing:
    """How one actor stands in a report; the features by name."""

    code: str
    features: dict[str, float] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)  # actors beside it in a list: "Guatemala, Honduras and Mexico"

    def add(self, name: str, value: float = 1.0) -> None:
        """Counts a feature up to 2."""
        known = self.features.get(name)
        self.features[name] = value if known is None else min(2.0, known + value)


def describe_actors(
    title: str,
    body: str,
    title_mentions: Sequence[Mention],
    body_mentions: Sequence[Mention],
    links: LinkWords,
    implied: Mapping[str, str],
    namings: Sequence[Naming] = (),
) -> list[Standing]:
    """The actors of a report in order of appearance, with their features. `implied` maps code to title or summary.

    The states of the schemes in `namings` are actors, too.
    """
    standings: dict[str, Standing] = {}
    in_title, in_body = _ranks(title_mentions), _ranks(body_mentions)
    for where, text, mentions in (("title", title, title_mentions), ("body", body, body_mentions)):
        for number, mention in enumerate(mentions):
            standing = standings.setdefault(mention.code, Standing(mention.code))
            if mention.role == "people":
                standing.add(f"people_{where}")
                continue
            _describe(standing, where, text, mentions, number, links)
    for code in [c for c in standings if c not in in_title and c not in in_body]:
        del standings[code]  # people only: they are what the act is about
    for code, place in implied.items():
        if code not in standings:
            standings[code] = Standing(code)
            standings[code].add(f"implied_{place}")
    _add_schemes(standings, namings)
    _join_lists(standings, {m.code for m in title_mentions})
    parties = len({*in_title.values()} | {code for code in standings if code not in in_title})
    for standing in standings.values():
        _rank(standing, in_title, in_body)
        standing.add("alone" if parties == 1 else "many" if parties > 4 else "few")
    return list(standings.values())


def _add_schemes(standings: dict[str, Standing], namings: Sequence[Naming]) -> None:
    """Adds what the schemes of a report say of their states; and their other states, where it lacks a second actor."""
    is_whole = len(standings) >= 2
    for naming in namings:
        scheme, where = naming.scheme, "title" if naming.term.field == "title" else "body"
        for side, codes in (("initiator", scheme.initiators), ("target", scheme.targets)):
            implied = [c for c in codes if c not in standings and scheme.implies_parties and not is_whole]
            for code in implied:
                standings[code] = Standing(
                    code, {"implied_scheme": 1.0, f"implied_scheme_{where}": 1.0}, set(implied) - {code}
                )
            for code in codes:
                if code in standings:
                    standings[code].features[f"scheme_{side}"] = 1.0
                    standings[code].features[f"scheme_{side}_{where}"] = 1.0


def _ranks(mentions: Sequence[Mention]) -> dict[str, int]:
    """The actors in the order of their first naming; the members of one group share a rank."""
    ranks: dict[str, int] = {}
    places: dict[int, int] = {}
    for mention in mentions:
        if mention.role == "agent" and mention.code not in ranks:
            ranks[mention.code] = places.setdefault(mention.start, len(places))
    return ranks


def _join_lists(standings: Mapping[str, Standing], in_title: Collection[str]) -> None:
    """Gives all actors of one list the same list. In the body only actors whom the title does not name are joined."""
    for standing in standings.values():
        standing.listed = {
            c for c in standing.listed if c in standings and (c in in_title) == (standing.code in in_title)
        }
    for code in standings:
        reached, new = {code}, {code}
        while new:
            new = {c for each in new for c in standings[each].listed} - reached
            reached |= new
        for each in reached - {code}:
            standings[each].listed |= reached - {each}


def _rank(standing: Standing, in_title: Mapping[str, int], in_body: Mapping[str, int]) -> None:
    """Adds what the order of the actors says."""
    code = standing.code
    if code in in_title:
        rank = in_title[code]
        standing.add("title_first" if rank == 0 else "title_second" if rank == 1 else "title_later")
        if len(set(in_title.values())) == 1:
            standing.add("title_only")
    elif code in in_body:
        others = {rank for c, rank in in_body.items() if c not in in_title and rank < in_body[code]}
        standing.add("body_first" if not others else "body_later")
        standing.add(f"body_with_{min(len(set(in_title.values())), 2)}_in_title")
    if code in in_body:
        if code in in_title:
            standing.add("both_fields")
        if in_body[code] == 0:
            standing.add("body_leads")
    if code in ORGANISATIONS:
        standing.add("organisation")


def _describe(
    standing: Standing, where: str, text: str, mentions: Sequence[Mention], number: int, links: LinkWords
) -> None:
    """Adds what the place of one mention says."""
    mention = mentions[number]
    standing.add(f"mentions_{where}", 0.5)
    link = links.before(text, mention.start)
    if link:
        standing.add(f"{link}_{where}")
    if links.says(text, mention.start, mention.end):
        standing.add(f"says_{where}")
    if mention.kind == "leader":
        standing.add(f"leader_{where}")
    if mention.kind == "capital" and link == "in":
        standing.add(f"place_{where}")
    if links.suffers(text, mention.end):
        standing.add(f"passive_{where}")
    if _OWNING.match(text[mention.end : mention.end + 3]):
        standing.add(f"owner_{where}")
    if where == "body" and mention.start > _FAR:
        standing.add("far_body")
    if mention.kind == "body":
        standing.add(f"body_name_{where}")
    after = text[mention.end : mention.end + 2]
    if (mention.start == 0 and after[:1] in (":", "：")) or after == " :":
        standing.add("speaker_colon" if mention.kind == "leader" else "topic_colon")
    elif mention.start <= 3:
        standing.add(f"opens_{where}")
    if where == "title" and mention.kind != "leader" and _is_prefix(text, mention):
        standing.add("prefix_title")
    for neighbour in (number - 1, number + 1):
        if 0 <= neighbour < len(mentions) and mentions[neighbour].code != mention.code:
            other = mentions[neighbour]
            left, right = (other, mention) if neighbour < number else (mention, other)
            gap = text[left.end : right.start]
            if left.start == right.start:  # members of one group
                standing.listed.add(other.code)
            elif _HYPHEN.match(gap) or (not gap and text[right.start - 1] == "-"):
                standing.add(f"hyphen_{where}")
            elif links.joins(text, left.start, left.end, right.start):
                standing.add(f"pair_{where}")
                if where == "title" or "mentions_title" not in standing.features:
                    standing.listed.add(other.code)


def _is_prefix(title: str, mention: Mention) -> bool:
    """True within a topic before a colon: "War in Ukraine, live: …"."""
    if ":" not in title and "：" not in title:
        return False
    colon = re.search(r"\s?[:：]\s?", title)
    return colon is not None and mention.start > 0 and mention.end < colon.start() and colon.end() < len(title) - 15
