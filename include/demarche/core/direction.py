"""Decides who acts and whom the act addresses, from where and how the actors are named.

Owns the features of an actor in a report and their weighing. It finds neither actors nor instruments.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from demarche.core.matching import fold
from demarche.model import ORGANISATIONS, Mention

LINKS = ("by", "with", "between", "to", "in", "from")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?", re.UNICODE)
_HYPHEN = re.compile(r"^\s?[-–—/]\s?$|^-\w+\s?[-–]?$")
_PLAIN_WORDS = frozenset(
    ["the", "le", "la", "les", "l", "der", "die", "das", "den", "dem", "el", "los", "las", "il", "lo", "gli", "i", "o", "a",
     "os", "as", "new", "president", "prime", "minister", "its", "their", "his", "her", "former", "neighbouring",
     "government", "officials", "prezydent", "premier", "rzad", "fellow", "far-right", "both", "other", "some"]
)
_SUBJECT_VERBS = re.compile(r"^\s*(?:'s|’s)?\s*\w+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class LinkWords:
    """The words of a language that tie an actor to the act."""

    kinds: Mapping[str, frozenset[str]]

    def before(self, text: str, start: int) -> str:
        """The kind of link before this place: by, with, between, to, in, from, or nothing."""
        words = _WORD.findall(fold(text[max(0, start - 40) : start]))
        if text[max(0, start - 2) : start].strip(" \"'“”«»(‘’") == "" or text[start - 1 : start] in ("-", "'", "’"):
            for word in reversed(words[-3:]):
                for kind in LINKS:
                    if word in self.kinds.get(kind, ()):
                        return kind
                if word not in _PLAIN_WORDS:
                    return ""
        return ""

    def says(self, text: str, start: int, end: int) -> bool:
        """True where a verb of saying stands beside the mention."""
        verbs = self.kinds.get("say", frozenset())
        after = _WORD.findall(fold(text[end : end + 45]))
        before = _WORD.findall(fold(text[max(0, start - 14) : start]))[-1:]
        return any(w in verbs for w in (*after[:2], *before))


@dataclass(slots=True)
class Standing:
    """How one actor stands in a report; the features by name."""

    code: str
    features: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, value: float = 1.0) -> None:
        """Counts a feature up to 2."""
        self.features[name] = min(2.0, self.features.get(name, 0.0) + value)


def describe_actors(
    title: str,
    body: str,
    title_mentions: Sequence[Mention],
    body_mentions: Sequence[Mention],
    links: LinkWords,
    implied: Mapping[str, str],
) -> list[Standing]:
    """The actors of a report in order of appearance, with their features. `implied` maps code to title or summary."""
    standings: dict[str, Standing] = {}
    title_codes = _codes(title_mentions)
    body_codes = _codes(body_mentions)
    for where, text, mentions in (("title", title, title_mentions), ("body", body, body_mentions)):
        for number, mention in enumerate(mentions):
            standing = standings.setdefault(mention.code, Standing(mention.code))
            if mention.role == "people":
                standing.add(f"people_{where}")
                continue
            _describe(standing, where, text, mentions, number, links)
    for code, place in implied.items():
        if code not in standings:
            standings[code] = Standing(code)
            standings[code].add(f"implied_{place}")
    ranked_title = list(title_codes)
    ranked_body = list(body_codes)
    for code, standing in standings.items():
        if code in title_codes:
            place = ranked_title.index(code)
            standing.add("title_first" if place == 0 else "title_second" if place == 1 else "title_later")
            if len(ranked_title) == 1:
                standing.add("title_only")
        elif code in body_codes:
            place = ranked_body.index(code)
            others = sum(1 for c in ranked_body[:place] if c not in title_codes)
            standing.add("body_first" if others == 0 else "body_later")
            standing.add(f"body_with_{min(len(ranked_title), 2)}_in_title")
        if code in body_codes and code in title_codes:
            standing.add("both_fields")
        if code in body_codes and ranked_body[0] == code:
            standing.add("body_leads")
        if code in ORGANISATIONS:
            standing.add("organisation")
        standing.add("alone" if len(standings) == 1 else "many" if len(standings) > 4 else "few")
    return list(standings.values())


def _codes(mentions: Sequence[Mention]) -> list[str]:
    return list(dict.fromkeys(m.code for m in mentions if m.role == "agent"))


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
    if mention.kind == "body":
        standing.add(f"body_name_{where}")
    after = text[mention.end : mention.end + 2]
    if mention.start == 0 and after[:1] in (":", "：") or after == " :":
        standing.add("speaker_colon" if mention.kind == "leader" else "topic_colon")
    elif mention.start <= 3:
        standing.add(f"opens_{where}")
    for neighbour in (number - 1, number + 1):
        if 0 <= neighbour < len(mentions) and mentions[neighbour].code != mention.code:
            other = mentions[neighbour]
            first, last = (other, mention) if neighbour < number else (mention, other)
            between = text[first.end : last.start]
            if _HYPHEN.match(between):
                standing.add(f"hyphen_{where}")
            elif fold(between).strip() in links.kinds.get("with", frozenset()) | {",", "&"}:
                standing.add(f"pair_{where}")


def weigh(
    standing: Standing, context: Sequence[str], weights: Mapping[str, float], bias: str = "bias"
) -> float:
    """Probability that the actor plays the role whose weights are given; context words join some features."""
    score = weights.get(bias, 0.0)
    for name, value in standing.features.items():
        score += value * weights.get(name, 0.0)
        for word in context:
            weight = weights.get(f"{name}*{word}")
            if weight is not None:
                score += value * weight
    for word in context:
        score += weights.get(f"*{word}", 0.0)
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))
