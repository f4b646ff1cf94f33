"""Decides who acts and whom the act addresses, from how the actors stand in the report and what the act is.

Owns the weighing of the actors' features. It finds neither actors nor instruments.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from demarche.core.standing import Standing

SURE, LIKELY = 0.55, 0.3
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
        together = listed[last] & initiators
        if leads[last] < NEARLY_EVEN and together != initiators:
            initiators, targets = initiators - together, together
    if not targets and len(initiators) > 1 and act.sign == "cooperative":  # all lead, so they act with each other
        targets = set(initiators)
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
