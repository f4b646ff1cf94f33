"""Turns the schemes that a report names into signals: whose they are, and what the report says about them.

Owns what a named scheme adds to the signals of relevance. States that only a scheme brings in never count as named.
"""

from collections.abc import Collection, Sequence

from demarche.core.signals import DEALINGS, Clause, Part, split_clauses

AGAINST = ("court", "domestic", "human", "crime", "rescue", "covid", "war", "digest")


def measure_namings(parts: Sequence[Part], acts: Collection[str]) -> dict[str, float]:
    """The signals of the schemes that a report names, by name; none without a scheme."""
    schemes = {naming.scheme for part in parts for naming in part.namings}
    if not schemes:
        return {}
    in_title = {naming.scheme for part in parts if part.field == "title" for naming in part.namings}
    signals = {"scheme:named": 1.0, "scheme:title": float(bool(in_title)), "scheme:several": float(len(schemes) > 1)}
    signals["scheme:interstate"] = float(any(scheme.is_interstate for scheme in schemes))
    signals["scheme:title_interstate"] = float(any(scheme.is_interstate for scheme in in_title))
    signals["scheme:joint"] = float(any(scheme.is_joint for scheme in schemes))
    for scheme in schemes:
        signals[f"scheme:kind_{scheme.kind}"] = signals[f"scheme:instrument_{scheme.instrument}"] = 1.0
    said = {term.concept for part in parts for term in part.terms}
    for concept in AGAINST:
        signals[f"scheme:with_{concept}"] = float(concept in said)
    _measure_states(signals, parts)
    for part in parts:
        for clause in split_clauses(part):
            if clause.namings:
                _measure_clause(signals, clause, acts)
    return signals


def _measure_states(signals: dict[str, float], parts: Sequence[Part]) -> None:
    """Which of the schemes' states are named, and which pairs of actors only the schemes make whole."""
    for where, fields in (("report", parts), ("title", [part for part in parts if part.field == "title"])):
        agents = {m.code for part in fields for m in part.actors if m.role == "agent"}
        states = {code for part in fields for naming in part.namings for code in naming.scheme.states}
        if not states:
            continue
        signals[f"implied:{where}_two"] = float(len(agents | states) >= 2)
        signals[f"implied:{where}_completes"] = float(len(agents) < 2 <= len(agents | states))
        signals[f"implied:{where}_alone"] = float(not agents)
        signals[f"implied:{where}_own_named"] = float(bool(agents & states))
        signals[f"implied:{where}_own_pair_named"] = float(len(agents & states) >= 2)
        signals[f"implied:{where}_other_named"] = float(bool(agents - states))


def _measure_clause(signals: dict[str, float], clause: Clause, acts: Collection[str]) -> None:
    """What one sentence says beside a scheme's name."""
    where = "title" if clause.is_title else "body"
    agents = {mention.code for mention in clause.actors if mention.role == "agent"}
    states = {code for naming in clause.namings for code in naming.scheme.states}
    done = {term.concept for term in clause.terms}.intersection(acts)
    if not done:
        return
    signals["scheme:beside_act"] = signals[f"scheme:{where}_beside_act"] = 1.0
    if agents:
        signals[f"scheme:{where}_actor_act"] = 1.0
    if len(agents | states) >= 2:
        signals[f"implied:{where}_pair_act"] = 1.0
    if agents - states:
        signals[f"implied:{where}_other_act"] = 1.0
    for concept in done & DEALINGS:
        signals[f"scheme:beside_{concept}"] = 1.0
