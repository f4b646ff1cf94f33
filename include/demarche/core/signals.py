"""Turns a report into named signals: what it speaks of, who acts in it, and whether an act joins two actors.

Owns the features of the relevance model; each mirrors a part of the codebook's definition (actor, act, other
actor, movement of people) or a reason against it. It weighs nothing.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations, pairwise

from demarche.core.lexicon import Groups, Lexicon
from demarche.core.schemes import Naming, find_namings
from demarche.model import Candidate, Mention, Term

ActorFinder = Callable[[str, str, date | None], tuple[Mention, ...]]

TEXT_CHARACTERS = 1_200  # of the page's text: a report says in its first paragraphs what it is about
SUMMARY_CHARACTERS = 700
NEAR = 90  # characters within which an act and its object belong together
FIELDS = ("title", "summary", "text")

ORGANISATIONS = frozenset(
    ("EU", "UN", "UNHCR", "IOM", "NATO", "AFRICAN_UNION", "ASEAN", "ECOWAS", "COE", "OSCE", "ARAB_LEAGUE", "G7", "G20")
)
PLACE_GAP = 14  # characters between "border" and the states that only say which border it is
OFFICES = frozenset(("leader", "body", "capital"))
# Concepts that are also looked at two by two: which of them stand together says more than each alone.
PAIRED = frozenset(
    "strong scheme relocation people migration deport visa entryban border measure nationals agree protest coerce "
    "demand accept diplomat leader interstate court domestic human rescue covid crime war aid talk weapon joint "
    "territory single goods asylum return labour corridor ship status".split()
)
_WITH = {(one, other): f"with:{one}+{other}" for one, other in combinations(sorted(PAIRED), 2)}
_TITLE_WITH = {pair: f"title_{name}" for pair, name in _WITH.items()}
# Objects that are people on the move, or what is done about them. A border alone may be about land, troops or goods.
PEOPLE_OBJECTS = frozenset(
    "people migration asylum deport return smuggling labour visa entryban relocation scheme strong nationals status "
    "ship corridor".split()
)
DEALINGS = frozenset("agree protest coerce demand accept aid joint talk weapon".split())
_SENTENCE_END = re.compile(r"[.!?…;]+[\s\"'»”’)]+|[。！？؟۔।]+|\n+|\s[|•–—-]\s")


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a report as it was read: its text, its terms and the actors it names."""

    field: str
    text: str
    terms: tuple[Term, ...]
    actors: tuple[Mention, ...]
    places: frozenset[int] = frozenset()  # starts of the actors that only name a border
    namings: tuple[Naming, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence's concepts and actors, by place."""

    terms: tuple[Term, ...]
    actors: tuple[Mention, ...]
    places: frozenset[int]
    is_title: bool
    namings: tuple[Naming, ...] = ()


def read_parts(candidate: Candidate, lexicon: Lexicon, lang: str, find_actors: ActorFinder | None) -> tuple[Part, ...]:
    """The fields of a report that are not empty, with their terms, actors and named schemes."""
    on = candidate.date.date() if candidate.date else None
    texts = (candidate.title, candidate.summary[:SUMMARY_CHARACTERS], candidate.text[:TEXT_CHARACTERS])
    parts = []
    for field, text in zip(FIELDS, texts, strict=True):
        if text.strip():
            terms = lexicon.terms(text, field, lang)
            actors = find_actors(text, _script_of(lang, text), on) if find_actors else ()
            parts.append(Part(field, text, terms, actors, _places(terms, actors)))
    if not any(term.concept in lexicon.schemes for part in parts for term in part.terms):
        return tuple(parts)
    named = {mention.code for part in parts for mention in part.actors}
    return tuple(_with_schemes(part, lexicon, on, named) for part in parts)


def _with_schemes(part: Part, lexicon: Lexicon, on: date | None, named: Collection[str]) -> Part:
    """The part with the schemes that it names, without the terms of those that its words do not mean."""
    namings = find_namings(part.terms, lexicon.schemes, on, named)
    meant = {naming.term for naming in namings}
    terms = tuple(term for term in part.terms if term.concept not in lexicon.schemes or term in meant)
    return replace(part, terms=terms, namings=namings)


def _script_of(lang: str, text: str) -> str:
    """The code under which actors are looked up: Serbian in Cyrillic has names of its own."""
    return "sr" if lang == "hr" and any("\u0400" <= letter <= "\u04ff" for letter in text) else lang


def _places(terms: Sequence[Term], actors: Sequence[Mention]) -> frozenset[int]:
    """Where states only say which border is meant: "the US-Mexico border", "the border with Belarus"."""
    borders = [t for t in terms if t.concept in ("border", "measure")]
    found: set[int] = set()
    if not borders:
        return frozenset()
    for one, other in pairwise(actors):
        if other.start - one.end == 1:  # a hyphen: both are one name
            for t in borders:
                if 0 <= t.start - other.end <= PLACE_GAP or 0 <= one.start - t.end <= PLACE_GAP:
                    found |= {one.start, other.start}
    for mention in actors:
        if any(0 < mention.start - t.end <= PLACE_GAP // 2 and mention.kind != "leader" for t in borders):
            found.add(mention.start)
    return frozenset(found)


def measure(parts: Sequence[Part], groups: Groups) -> dict[str, float]:
    """The signals of a report, by name; absent means zero. Values lie between 0 and 3."""
    signals: dict[str, float] = {}
    title = {t.concept for p in parts if p.field == "title" for t in p.terms} - groups.unsaid
    body = {t.concept for p in parts if p.field != "title" for t in p.terms} - groups.unsaid
    clauses = [clause for part in parts for clause in split_clauses(part)]
    for concept in title:
        signals[f"title:{concept}"] = 1.0
    for concept in body:
        signals[f"body:{concept}"] = 1.0
    _measure_objects(signals, parts, groups.central, title, body)
    _measure_actors(signals, parts)
    _measure_links(signals, clauses, groups)
    _measure_dealings(signals, clauses)
    _measure_conflicts(signals, title, body, groups)
    _measure_company(signals, title, title | body)
    return signals


def _measure_objects(
    signals: dict[str, float],
    parts: Sequence[Part],
    central: frozenset[str],
    title: set[str],
    body: set[str],
) -> None:
    """How plainly the report is about people who cross borders."""
    hits = sum(1 for p in parts for t in p.terms if t.concept in central)
    signals["object:in_title"] = float(bool(title & central))
    signals["object:in_body"] = float(bool(body & central))
    signals["object:hits"] = min(hits, 6) / 2
    signals["object:kinds"] = min(len((title | body) & central), 6) / 2
    signals["object:none_central"] = float(not (title | body) & central)


def _measure_actors(signals: dict[str, float], parts: Sequence[Part]) -> None:
    """Who is named: how many actors that can act, of which kind, and whose people."""
    agents = {m.code for p in parts for m in p.actors if m.role == "agent"}
    in_title = {m.code for p in parts if p.field == "title" for m in p.actors if m.role == "agent"}
    acting = {m.code for p in parts for m in p.actors if m.role == "agent" and m.start not in p.places}
    people = {m.code for p in parts for m in p.actors if m.role == "people"}
    kinds = {m.kind for p in parts for m in p.actors if m.role == "agent"}
    signals["actors:none"] = float(not agents)
    signals["actors:two"] = float(len(agents) >= 2)
    signals["actors:many"] = float(len(agents) >= 3)
    signals["actors:one_in_title"] = float(len(in_title) >= 1)
    signals["actors:two_in_title"] = float(len(in_title) >= 2)
    signals["actors:organisation"] = float(bool(agents & ORGANISATIONS))
    signals["actors:organisation_in_title"] = float(bool(in_title & ORGANISATIONS))
    signals["actors:office"] = float(bool(kinds & OFFICES))
    signals["actors:leader"] = float("leader" in kinds)
    signals["actors:people_named"] = float(bool(people))
    signals["actors:people_only"] = float(bool(people) and not agents)
    signals["actors:two_beside_places"] = float(len(acting) >= 2)
    signals["actors:place_in_title"] = float(any(p.places for p in parts if p.field == "title"))
    signals["actors:place_in_body"] = float(any(p.places for p in parts if p.field != "title"))
    signals["actors:own_people"] = float(bool(people & agents))


def _measure_links(signals: dict[str, float], clauses: Sequence[Clause], groups: Groups) -> None:
    """Whether, in one sentence, an act joins two actors over the movement of people: the definition itself."""
    for clause in clauses:
        where = "title" if clause.is_title else "body"
        agents = [m for m in clause.actors if m.role == "agent"]
        act_terms = [t for t in clause.terms if t.concept in groups.acts]
        object_terms = [t for t in clause.terms if t.concept in groups.objects]
        if not object_terms or not agents:
            continue
        codes = {m.code for m in clause.actors}
        beside = {m.code for m in clause.actors if m.start not in clause.places}
        signals[f"link:{where}_actor_object"] = 1.0
        if act_terms:
            signals[f"link:{where}_actor_act_object"] = 1.0
            if _is_near(act_terms, object_terms):
                signals[f"link:{where}_act_near_object"] = 1.0
        if len(codes) >= 2:
            signals[f"link:{where}_pair_object"] = 1.0
            if act_terms:
                signals[f"link:{where}_pair_act_object"] = 1.0
            if len(beside) >= 2 and act_terms:
                signals[f"link:{where}_free_pair_act_object"] = 1.0
            if _is_between(act_terms, agents, clause.actors):
                signals[f"link:{where}_act_between"] = 1.0
        if any(t.concept in ("diplomat", "interstate", "leader") for t in clause.terms) and act_terms:
            signals[f"link:{where}_office_act_object"] = 1.0


def _measure_dealings(signals: dict[str, float], clauses: Sequence[Clause]) -> None:
    """Whether a sentence says that governments deal with each other over people, and whose word opens the report."""
    only_border = True
    for clause in clauses:
        where = "title" if clause.is_title else "body"
        objects = [t for t in clause.terms if t.concept in PEOPLE_OBJECTS]
        if not objects:
            continue
        only_border = False
        acts = [t for t in clause.terms if t.concept in DEALINGS]
        acting = {m.code for m in clause.actors if m.role == "agent" and m.start not in clause.places}
        people = {m.code for m in clause.actors if m.role == "people"}
        signals[f"deal:{where}_objects"] = max(signals.get(f"deal:{where}_objects", 0.0), min(len(objects), 4) / 2)
        if acts and acting:
            signals[f"deal:{where}_one"] = 1.0
            if len(acting) >= 2:
                signals[f"deal:{where}_two"] = 1.0
            if people - acting:
                signals[f"deal:{where}_one_over_people"] = 1.0
            for concept in {t.concept for t in acts}:
                signals[f"deal:{where}_{concept}"] = 1.0
            if any(t.concept == "interstate" for t in clause.terms):
                signals[f"deal:{where}_unnamed_other"] = 1.0
        if acting and not acts:
            signals[f"deal:{where}_no_act"] = 1.0
        if acts and not acting:
            signals[f"deal:{where}_no_actor"] = 1.0
    if only_border:
        signals["deal:no_people"] = 1.0
        if signals.get("actors:two"):
            signals["deal:no_people_two"] = 1.0


def split_clauses(part: Part) -> list[Clause]:
    """A field's sentences; a title is one, whatever its punctuation."""
    is_title = part.field == "title"
    ends = [] if is_title else [m.end() for m in _SENTENCE_END.finditer(part.text)]
    clauses, begin = [], 0
    for end in [*ends, len(part.text)]:
        terms = tuple(t for t in part.terms if begin <= t.start < end)
        actors = tuple(m for m in part.actors if begin <= m.start < end)
        if terms or actors:
            namings = tuple(n for n in part.namings if begin <= n.term.start < end)
            clauses.append(Clause(terms, actors, part.places, is_title, namings))
        begin = end
    return clauses


def _is_near(some: Sequence[Term], others: Sequence[Term]) -> bool:
    return any(abs(a.start - b.start) <= NEAR and a.start != b.start for a in some for b in others)


def _is_between(acts: Sequence[Term], agents: Sequence[Mention], actors: Sequence[Mention]) -> bool:
    """True where an act stands after an agent and before another actor."""
    return any(a.end <= t.start and t.end <= b.start and a.code != b.code for t in acts for a in agents for b in actors)


def _measure_conflicts(signals: dict[str, float], title: set[str], body: set[str], groups: Groups) -> None:
    """Reasons against, and what takes their force away."""
    has_pair = bool(signals["actors:two"])
    named = title | body
    signals["against:kinds"] = min(len(named & groups.negatives), 6) / 2
    signals["against:title_kinds"] = min(len(title & groups.negatives), 4) / 2
    for concept in ("court", "crime", "domestic", "human", "rescue", "welfare", "war", "digest"):
        if concept in named and not has_pair:
            signals[f"alone:{concept}"] = 1.0
    if "covid" in named and named & {"visa", "border", "measure", "deport", "nationals"}:
        signals["covid:entry"] = 1.0
    if "covid" in named and "entryban" in named:
        signals["covid:entryban"] = 1.0
    if "entryban" in named and named & {"interstate", "nationals", "people", "migration"}:
        signals["entryban:nations"] = 1.0
    if "measure" in named and has_pair and not named & {"covid", "goods", "territory", "travel"}:
        signals["measure:pair"] = 1.0
    if has_pair and named & {"rescue", "human", "crime"} and not named & {"protest", "coerce", "demand", "agree"}:
        signals["pair:no_dealing"] = 1.0
    if "strong" in named and not has_pair:
        signals["strong:no_pair"] = 1.0
    if "border" in named and not named & {"people", "migration", "asylum", "deport", "visa", "measure", "entryban"}:
        signals["border:alone"] = 1.0
    if "listing" in named and named & {"visa", "entryban"}:
        signals["listing:visa"] = 1.0
    if "court" in named and "scheme" in named:
        signals["court:scheme"] = 1.0
    signals["act:kinds"] = min(len(named & groups.acts), 6) / 2
    signals["act:title_kinds"] = min(len(title & groups.acts), 4) / 2


def _measure_company(signals: dict[str, float], title: set[str], everywhere: set[str]) -> None:
    """Which concepts stand together, in the title and in the whole report."""
    signals |= dict.fromkeys([_WITH[pair] for pair in combinations(sorted(everywhere & PAIRED), 2)], 1.0)
    signals |= dict.fromkeys([_TITLE_WITH[pair] for pair in combinations(sorted(title & PAIRED), 2)], 1.0)
    if signals["actors:two_beside_places"]:
        for concept in everywhere & PAIRED:
            signals[f"pair_with:{concept}"] = 1.0
    if signals["actors:two_in_title"]:
        for concept in title & PAIRED:
            signals[f"title_pair_with:{concept}"] = 1.0
