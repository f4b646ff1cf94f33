"""What imports have done so far, read from their journals: how far each unit is, and what was asked for and got."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from demarche.adapters.past.journal import Journal, journals
from demarche.core.past.request import Request
from demarche.settings import Settings


@dataclass(frozen=True, slots=True)
class Position:
    """How far a unit is, by its last line in the journal."""

    position: str = ""
    state: Any = None
    is_done: bool = False
    is_failed: bool = False


NOTHING = Position()


def positions_of(journal: Journal) -> dict[str, Position]:
    found: dict[str, Position] = {}
    for line in journal.lines():
        found[line["unit"]] = Position(line["position"], line["state"], line["done"], line["failed"])
    return found


def import_rows(settings: Settings) -> list[dict[str, Any]]:
    """What all imports asked for and got, by subject and day, as rows of core.imports."""
    rows = []
    for journal in journals(settings.imports):
        plan = journal.plan()
        if plan is None:
            continue
        request = Request.from_values(plan["request"])
        positions = positions_of(journal)
        is_whole = all(positions.get(unit["unit_id"], NOTHING).is_done for unit in plan["units"])
        sums: dict[tuple[str, str], Counter[str]] = {}
        reasons: dict[tuple[str, str], Counter[str]] = {}
        latest = ""
        for line in journal.lines():
            latest = max(latest, line["at"])
            for row in line["tallies"]:
                key = row["subject"], row["day"]
                sums.setdefault(key, Counter()).update(got=row["got"], known=row["known"])
                reasons.setdefault(key, Counter()).update(row["missing"])
        for (subject, day), counts in sorted(sums.items()):
            missing = reasons[subject, day]
            rows.append(
                {
                    "import_id": journal.import_id,
                    "source": request.source,
                    "origin": request.origin,
                    "subject": subject,
                    "day": day,
                    "asked": counts["got"] + counts["known"] + sum(missing.values()),
                    "got": counts["got"],
                    "known": counts["known"],
                    "missing": sum(missing.values()),
                    "reasons": "; ".join(f"{reason}: {count}" for reason, count in sorted(missing.items()) if count),
                    "is_whole": is_whole,
                    "noted_at": latest,
                }
            )
    return rows
