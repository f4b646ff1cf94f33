"""Describes a report's parties, the pairs of them and the act by features, to weigh who acts on whom.

Owns the features. It finds neither actors nor instruments and chooses nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from demarche.core.closereading import bounded
from demarche.core.instruments import Cue
from demarche.core.standing import Standing
from demarche.model import ORGANISATIONS, Mention

_DISPUTE = ("title:accuse", "title:refuse", "title:demand", "title:threat", "title:suspend", "title:instruct")
_ACCORD = ("title:deal", "title:talks", "title:signed")
_SIDE_BY_SIDE = ("hyphen_title", "pair_title", "with_title", "between_title")
_IN_TITLE = frozenset(("mentions_title", "implied_title", "implied_scheme_title"))
_PAIRED_IN_BODY = frozenset(("pair_body", "hyphen_body", "between_body"))
_LINKED = (*_SIDE_BY_SIDE, "to_title", "says_title", "by_title", "speaker_colon")
# Concepts of rules/instruments.toml that change what an actor's place means, and the places that they change.
ACT_WORDS = ("deal", "talks", "accuse", "demand", "refuse", "threat", "suspend", "signed", "offshore", "deport", "visa",
             "share", "weapon", "border", "joint_control", "cooperate", "own_nationals", "travel_ban")  # fmt: skip
READ_PARTS = ("read_initiator", "read_target")  # features that hold log-odds of a close reading
_JOINED = frozenset(
    ["title_first", "title_second", "title_later", "title_only", "body_first", "body_later", "body_with_1_in_title",
     "body_with_0_in_title", "body_with_2_in_title", "opens_title", "says_title", "leader_title", "hyphen_title",
     "pair_title", "with_title", "to_title"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """What is known of an act before its sides are: the first instrument, how far it has come, its sign."""

    instrument: str
    stage: str
    sign: str


@dataclass(frozen=True, slots=True)
class Field:
    """The title or the body: the states named in it as agents, and its words of instruments, both in order."""

    name: str
    agents: Sequence[Mention]
    cues: Sequence[Cue]

    def first(self, codes: Collection[str]) -> Mention | None:
        """Where one of these actors is named first."""
        return next((mention for mention in self.agents if mention.code in codes), None)


@dataclass(frozen=True, slots=True)
class Party:
    """One actor, or the actors of one list or group, which always share a role."""

    codes: tuple[str, ...]
    features: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Case:
    """A report as it is weighed; `pairs` has the features of each ordered pair of two parties, by their places."""

    parties: Sequence[Party]
    form: Mapping[str, float]
    pairs: Mapping[tuple[int, int], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class World:
    """What is known of states beside the report: the state of the report's language, and where people move to."""

    home: str
    destinations: Collection[str]

    def kind(self, code: str) -> str:
        """eu, agency (another organisation), destination or origin."""
        if code == "EU":
            return "eu"
        if code in ORGANISATIONS:
            return "agency"
        return "destination" if code in self.destinations else "origin"


def describe_case(
    standings: Sequence[Standing],
    concepts: Mapping[str, float],
    fields: tuple[Field, Field],
    people: Collection[str],
    act: Act,
    world: World,
    most: int,
) -> Case:
    """The features of a report's parties (at most so many: those of the title first), pairs and act."""
    groups = _group(standings, most)
    words = act_words(concepts)
    parties = [
        Party(tuple(s.code for s in group), _describe_party(group, words, fields, people, act, world))
        for group in groups
    ]
    kinds = [world.kind(party.codes[0]) for party in parties]
    pairs = {
        (i, t): _describe_pair(parties, kinds, (i, t), fields[0], act)
        for i in range(len(parties))
        for t in range(len(parties))
        if i != t
    }
    form = describe_pairing(standings, concepts, act)
    form[f"parties:{len(parties)}"] = 1.0
    return Case(parties, form, pairs)


def add_parts(case: Case, parts: Mapping[str, Sequence[float]]) -> Case:
    """The case with what a close reading says of each party: the log-odds to be an initiator and to be a target."""
    parties = []
    for party in case.parties:
        said = [parts[code] for code in party.codes if code in parts]
        features = dict(party.features)
        if said:
            for place, name in enumerate(READ_PARTS):
                odds = max(own[place] for own in said)
                features[name] = bounded(odds)
        else:
            features["unread"] = 1.0
        parties.append(Party(party.codes, features))
    return Case(parties, case.form, case.pairs)


def _group(standings: Sequence[Standing], most: int) -> list[list[Standing]]:
    """The actors of one list together; in order of appearance, cut to `most` groups."""
    groups: list[list[Standing]] = []
    placed: set[str] = set()
    for standing in standings:
        if standing.code not in placed:
            groups.append([s for s in standings if s.code == standing.code or s.code in standing.listed])
            placed |= {s.code for s in groups[-1]}
    groups.sort(key=lambda group: not any(not _IN_TITLE.isdisjoint(s.features) for s in group))
    return groups[:most]


def act_words(concepts: Mapping[str, float]) -> tuple[str, ...]:
    """The title's concepts that change what a place in the title means ("X and Y sign a deal")."""
    return tuple(name for name in ACT_WORDS if concepts.get(name, 0.0) >= 0.9)


def _describe_party(
    group: Sequence[Standing],
    words: Sequence[str],
    fields: tuple[Field, Field],
    people: Collection[str],
    act: Act,
    world: World,
) -> dict[str, float]:
    """The places of the party's first actor, what kind of actor it is, and the words beside its name."""
    standing = group[0]
    features = dict(standing.features)
    for name, value in standing.features.items():
        if name in _JOINED:
            for word in words:
                features[f"{name}*{word}"] = value
    if len(group) > 1:
        features["group"] = 1.0
    features["home" if standing.code == world.home else "abroad"] = 1.0
    if "by_title" in features and "opens_title" not in features:
        features["led_by"] = 1.0
    kind = f"kind:{world.kind(standing.code)}"
    for name in (kind, f"{kind}*{act.instrument}", f"{kind}*{act.stage}", f"{kind}*{act.sign}"):
        features[name] = 1.0
    if standing.code in people:
        features["people"] = 1.0
    codes = {s.code for s in group}
    for field in fields:
        mention = field.first(codes)
        if mention is None:
            continue
        others = [other.start for other in field.agents if other.code not in codes]
        following = min((start for start in others if start >= mention.end), default=None)
        if field.name == "title":
            features["last_title"] = float(following is None)
        elif "mentions_title" in standing.features:
            continue
        leading = max((start for start in others if start < mention.start), default=-1)
        after = [c for c in field.cues if c.start >= mention.end and (following is None or c.start < following)]
        before = [c for c in field.cues if c.start >= leading and c.end <= mention.start]
        for cue in after[:2]:
            features[f"after_{field.name}:{cue.concept}"] = 1.0
        for cue in before[-1:]:
            features[f"before_{field.name}:{cue.concept}"] = 1.0
    return features


def _describe_pair(
    parties: Sequence[Party], kinds: Sequence[str], places: tuple[int, int], title: Field, act: Act
) -> dict[str, float]:
    """What tells whether the first party acts on the second: order, kinds, the words between the names."""
    initiator, target = places
    field = ["title" if "mentions_title" in parties[place].features else "body" for place in places]
    between = f"kinds:{kinds[initiator]}>{kinds[target]}"
    features = {f"places:{field[0]}>{field[1]}": 1.0, between: 1.0, f"{between}*{act.instrument}": 1.0}
    if initiator < target:
        features["forward"] = features[f"forward*{act.instrument}"] = features[f"forward*{act.stage}"] = 1.0
    else:
        features["backward"] = 1.0
    for way, (one, other) in (("forward", places), ("backward", (target, initiator))):
        if "scheme_initiator" in parties[one].features and "scheme_target" in parties[other].features:
            features[f"scheme_{way}"] = 1.0
    first, second = (title.first(parties[place].codes) for place in places)
    if first is not None and second is not None:
        way = "then"
        if first.start > second.start:
            first, second, way = second, first, "since"
        for cue in title.cues:
            if first.end <= cue.start and cue.end <= second.start:
                features[f"{way}:{cue.concept}"] = 1.0
    return features


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
    linked = {name for s in in_title for name in s.features}
    for name in _LINKED:
        if name in linked:
            features[name] = 1.0
    if any(not _PAIRED_IN_BODY.isdisjoint(s.features) for s in standings):
        features["pair_body"] = 1.0
    if any("scheme_initiator" in s.features and "scheme_target" in s.features for s in standings):
        features["scheme_joint"] = 1.0
    if is_plainly_joint(features):
        features["plainly_joint"] = 1.0
    if is_plainly_one_sided(features):
        features["plainly_one_sided"] = 1.0
    return features


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
