"""Decides who acts and whom the act addresses, from where and how the actors are named.

Owns the features of an actor in a report and their weighing. It finds neither actors nor instruments.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from demarche.core.matching import fold
from demarche.model import ORGANISATIONS, Mention

SURE, LIKELY = 0.5, 0.3
NEARLY_EVEN, BY_LEADS, BODY_LEADS = 0.65, 0.95, 0.8
_ACCORD = ("title:deal", "title:talks", "title:signed")
_DISPUTE = ("title:accuse", "title:refuse", "title:demand", "title:threat", "title:suspend", "title:instruct")
_SIDE_BY_SIDE = ("hyphen_title", "pair_title", "with_title", "between_title")
# Concepts of rules/instruments.toml that change what an actor's place means, and the places that they change.
ACT_WORDS = ("deal", "talks", "accuse", "demand", "refuse", "threat", "suspend", "signed", "offshore", "deport", "visa",
             "share", "weapon", "border", "joint_control", "cooperate", "own_nationals", "travel_ban")  # fmt: skip
_JOINED = frozenset(
    ["title_first", "title_second", "title_later", "title_only", "body_first", "body_later", "body_with_1_in_title",
     "body_with_0_in_title", "body_with_2_in_title", "opens_title", "says_title", "leader_title", "hyphen_title",
     "pair_title", "with_title", "to_title"]
)  # fmt: skip
LINKS = ("by", "with", "between", "to", "in", "from")
LINK_KINDS = (*LINKS, "say", "passive", "preposition", "pressing")
_FAR = 220  # letters of the body after which an actor is mostly background
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?", re.UNICODE)
_STOPS = ".!?:;"
_HYPHEN = re.compile(r"^\s?[-–—/]\s?$|^-\w+\s?[-–]?$")
_PLAIN_WORDS = frozenset(
    [
        "the",
        "le",
        "la",
        "les",
        "l",
        "der",
        "die",
        "das",
        "den",
        "dem",
        "el",
        "los",
        "las",
        "il",
        "lo",
        "gli",
        "i",
        "o",
        "a",
        "os",
        "as",
        "new",
        "president",
        "prime",
        "minister",
        "its",
        "their",
        "his",
        "her",
        "former",
        "neighbouring",
        "government",
        "officials",
        "prezydent",
        "premier",
        "rzad",
        "fellow",
        "far-right",
        "both",
        "other",
        "some",
    ]
)
_OWNING = re.compile(r"['’]s?\s")


@dataclass(frozen=True, slots=True)
class LinkWords:
    """The words of a language that tie an actor to the act."""

    kinds: Mapping[str, frozenset[str]]

    def before(self, text: str, start: int) -> str:
        """The kind of link before this place: by, with, between, to, in, from, or nothing."""
        if start and (text[start - 1].isalnum() or text[start - 1] in _STOPS):
            return self._unspaced(text, start)
        words = _WORD.findall(fold(text[max(0, start - 40) : start]).rsplit(", ", 1)[-1])[-3:]
        for place in range(len(words) - 1, -1, -1):
            for kind in LINKS:
                if words[place] in self.kinds.get(kind, ()):  # "under pressure from X" is X's act
                    is_pressing = place > 0 and words[place - 1] in self.kinds.get("pressing", ())
                    return "by" if is_pressing else kind
            if words[place] not in _PLAIN_WORDS:
                return ""
        return ""

    def _unspaced(self, text: str, start: int) -> str:
        """The link in scripts without spaces: the one letter before the name."""
        return next((kind for kind in LINKS if text[start - 1] in self.kinds.get(kind, ())), "")

    def says(self, text: str, start: int, end: int) -> bool:
        """True where a verb of saying stands beside the mention."""
        verbs = self.kinds.get("say", frozenset())
        after = _words_after(text, end)
        before = _WORD.findall(fold(text[max(0, start - 14) : start]))[-1:]
        return any(word in verbs for word in (*after[:2], *before))

    def suffers(self, text: str, end: int) -> bool:
        """True for "X accused of", "X urged to", "X sous pression": the actor is whom somebody else acts upon."""
        words = _words_after(text, end)[:4]
        marks, prepositions = self.kinds.get("passive", frozenset()), self.kinds.get("preposition", frozenset())
        for number, word in enumerate(words[:3]):
            if word in marks:
                return not prepositions or any(after in prepositions for after in words[number + 1 : number + 2])
        return False


@lru_cache(maxsize=64)  # two questions are asked of every mention
def _words_after(text: str, end: int) -> list[str]:
    return _WORD.findall(fold(text[end : end + 45]))


@dataclass(slots=True)
class Standing:
    """How one actor stands in a report; the features by name."""

    code: str
    features: dict[str, float] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)  # actors beside it in a list: "Guatemala, Honduras and Mexico"

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
    for code in [c for c in standings if c not in title_codes and c not in body_codes]:
        del standings[code]  # people only: they are what the act is about
    for code, place in implied.items():
        if code not in standings:
            standings[code] = Standing(code)
            standings[code].add(f"implied_{place}")
    beside = {m.code for m in title_mentions}
    for standing in standings.values():  # a list in the body joins only actors whom the title does not name
        standing.listed = {c for c in standing.listed if (c in beside) == (standing.code in beside)}
    ranked_title = list(title_codes)
    ranked_body = list(body_codes)
    for code, standing in standings.items():
        if code in title_codes:
            rank = ranked_title.index(code)
            standing.add("title_first" if rank == 0 else "title_second" if rank == 1 else "title_later")
            if len(ranked_title) == 1:
                standing.add("title_only")
        elif code in body_codes:
            rank = ranked_body.index(code)
            others = sum(1 for c in ranked_body[:rank] if c not in title_codes)
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
            if _HYPHEN.match(gap):
                standing.add(f"hyphen_{where}")
            elif len(gap) < 20 and ((glue := fold(gap).strip()) in (",", "&") or glue in links.kinds.get("with", ())):
                standing.add(f"pair_{where}")
                if where == "title" or "mentions_title" not in standing.features:
                    standing.listed.add(other.code)


def _is_prefix(title: str, mention: Mention) -> bool:
    """True within a topic before a colon: "War in Ukraine, live: …"."""
    if ":" not in title and "：" not in title:
        return False
    colon = re.search(r"\s?[:：]\s?", title)
    return colon is not None and mention.start > 0 and mention.end < colon.start() and colon.end() < len(title) - 15


def act_words(concepts: Mapping[str, float]) -> tuple[str, ...]:
    """The title's concepts that change what a place in the title means ("X and Y sign a deal")."""
    return tuple(name for name in ACT_WORDS if concepts.get(name, 0.0) >= 0.9)


def expand(standing: Standing, words: Sequence[str]) -> dict[str, float]:
    """The actor's features, and the telling ones joined with the act's words."""
    features = dict(standing.features)
    for name, value in standing.features.items():
        if name in _JOINED:
            for word in words:
                features[f"{name}*{word}"] = value
    return features


@dataclass(frozen=True, slots=True)
class Act:
    """What is known of an act before its sides are: the first instrument, how far it has come, its sign."""

    instrument: str
    stage: str
    sign: str


def describe_pairing(standings: Sequence[Standing], concepts: Mapping[str, float], act: Act) -> dict[str, float]:
    """Features of the report that tell a joint act (a deal, talks) from one side's act upon another."""
    features = {
        f"{'title' if weight >= 0.9 else 'body'}:{name}": 1.0 for name, weight in concepts.items() if name[1] != "_"
    }
    features[f"instrument:{act.instrument}"] = 1.0
    features[f"stage:{act.stage}"] = 1.0
    features[f"sign:{act.sign}"] = 1.0
    if act.sign == "cooperative":
        features[f"cooperative*{act.instrument}"] = features[f"cooperative*{act.stage}"] = 1.0
    in_title = [s for s in standings if "mentions_title" in s.features]
    features[f"actors:{min(len(in_title), 3)}"] = 1.0
    for name in (
        "hyphen_title",
        "pair_title",
        "with_title",
        "between_title",
        "to_title",
        "says_title",
        "by_title",
        "speaker_colon",
    ):
        if any(name in s.features for s in in_title):
            features[name] = 1.0
    if any("pair_body" in s.features or "hyphen_body" in s.features or "between_body" in s.features for s in standings):
        features["pair_body"] = 1.0
    return features


def choose_sides(
    standings: Sequence[Standing],
    concepts: Mapping[str, float],
    act: Act,
    weights: Mapping[str, Mapping[str, float]],
) -> tuple[set[str], set[str], float]:
    """Initiators, targets, and the mean probability of the choice (0 where a side is empty).

    First who is involved, then whether the act is joint, and only else who leads.
    """
    words = act_words(concepts)
    features = {s.code: expand(s, words) for s in standings}
    involved = {code: _probability(own, weights["involved"]) for code, own in features.items()}
    listed = {s.code: {*s.listed, s.code}.intersection(involved) for s in standings}
    involved = {code: max(involved[c] for c in listed[code]) for code in involved}
    ranked = sorted(involved, key=lambda code: (-involved[code], code))
    chosen = [code for rank, code in enumerate(ranked) if involved[code] >= (LIKELY if rank < 2 else SURE)]
    if not chosen:
        return set(), set(), 0.0
    pairing = describe_pairing(standings, concepts, act)
    joint = _probability(pairing, weights["joint"])
    if len(chosen) > 1 and (joint >= SURE or is_plainly_joint(pairing)) and not is_plainly_one_sided(pairing):
        sure = sum(involved[code] for code in chosen) / len(chosen)
        return set(chosen), set(chosen), max(joint, SURE) * sure
    alone = {code: _lead(features[code], weights["leads"], len(chosen)) for code in features}
    leads = {code: sum(alone[c] for c in listed[code]) / len(listed[code]) for code in chosen}
    in_title = {s.code for s in standings if "mentions_title" in s.features}
    if in_title.intersection(chosen):  # whom only the body names seldom leads where the title names somebody
        leads = {code: lead if code in in_title else lead * BODY_LEADS for code, lead in leads.items()}
    if BY_LEADS in leads.values():
        leads = {code: lead if lead == BY_LEADS else min(lead, 1.0 - BY_LEADS) for code, lead in leads.items()}
    first = max(chosen, key=lambda code: leads[code])
    initiators = {first} | {code for code in chosen if leads[code] >= SURE}
    targets = set(chosen) - initiators
    if not targets and len(chosen) > 1:
        last = min(chosen, key=lambda code: leads[code])
        if leads[last] < NEARLY_EVEN:
            initiators, targets = initiators - {last}, {last}
    sure = sum(involved[c] * (leads[c] if c in initiators else 1.0 - leads[c]) for c in chosen) / len(chosen)
    return initiators, targets, sure if targets else 0.0


def is_plainly_joint(pairing: Mapping[str, float]) -> bool:
    """True for "X and Y sign", "X signs with Y", "X–Y deal", "talks between X and Y"."""
    if "title:talks" in pairing and "actors:2" in pairing and not any(word in pairing for word in _DISPUTE):
        return True
    return any(word in pairing for word in _ACCORD) and any(name in pairing for name in _SIDE_BY_SIDE)


def is_plainly_one_sided(pairing: Mapping[str, float]) -> bool:
    """True where a speaker stands before a colon, or the title speaks of dispute and of no talks."""
    if "speaker_colon" in pairing and "title:signed" not in pairing:
        return True
    return any(word in pairing for word in _DISPUTE) and "title:talks" not in pairing


def _lead(features: Mapping[str, float], weights: Mapping[str, float], actors: int) -> float:
    """Probability that the actor leads; "by X" and a topic before a colon decide it."""
    if "by_title" in features and "opens_title" not in features and actors > 1:
        return BY_LEADS
    if "topic_colon" in features and actors > 1:
        return 1.0 - BY_LEADS
    return _probability(features, weights)


def _probability(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    score = weights.get("bias", 0.0) + sum(value * weights.get(name, 0.0) for name, value in features.items())
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))
