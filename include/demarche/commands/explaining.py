"""A verdict in words that a person reads: band, score, who decided, the terms that fired, each signal's part."""

from collections.abc import Mapping
from typing import Any

from demarche.model import GATE, GATE_WEIGHT

SHOWN = 12  # signals; the rest are summed


def explained(verdict: Mapping[str, Any]) -> str:
    """The paragraphs about one verdict. Keys are those of core.verdicts."""
    lines = [
        f"judged    {verdict['band']} with score {verdict['score']:.2f} in language {verdict['lang']}"
        f" by {verdict['decided_by'] or 'judge'}, rules {verdict['rules_version']}"
    ]
    if verdict["first_band"]:
        lines.append(f"          at first {verdict['first_band']} with score {verdict['first_score']:.2f}")
    terms, parts = verdict["terms"] or [], verdict["contributions"] or []
    if not terms and not parts:
        return "\n".join([*lines, "          the gate found no word for people who cross borders"])
    if [part["feature"] for part in parts] == [GATE_WEIGHT]:
        weight = f"what was found weighs {parts[0]['value']:g} of {GATE:g}"
        lines.append(f"          the gate stopped it: too few words for people who cross borders, {weight}")
        parts = []
    if terms:
        lines.append(
            "words     " + ", ".join(f"“{t['term']}” ({t['concept']}, {t['field']} {t['start']})" for t in terms)
        )
    lines += [f"{part['log_odds']:+9.2f} {part['feature']} = {part['value']:g}" for part in parts[:SHOWN]]
    if len(parts) > SHOWN:
        rest = sum(part["log_odds"] for part in parts[SHOWN:])
        lines.append(f"{rest:+9.2f} {len(parts) - SHOWN} more signals")
    if parts:
        lines.append(f"{sum(part['log_odds'] for part in parts):+9.2f} together, as log-odds")
    return "\n".join(lines)
