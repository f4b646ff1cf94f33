"""The shipped rules of grouping, and short ways to make sightings. No test in here."""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from demarche.core.grouping import Sighting
from demarche.model import Candidate

RULES = Path(__file__).resolve().parents[2] / "include" / "demarche" / "rules"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def grouping_rules() -> dict[str, Any]:
    """grouping.toml with background.toml, as the pipeline passes them."""
    return {
        **tomllib.loads((RULES / "grouping.toml").read_text(encoding="utf-8")),
        "background": tomllib.loads((RULES / "background.toml").read_text(encoding="utf-8")),
    }


def sighting(id: str, title: str, summary: str = "", *, hours: float = 0.0, **more: Any) -> Sighting:
    """A sighting some hours after the start; `more` goes to the candidate or the sighting, by its name."""
    seen_at = START + timedelta(hours=hours)
    of_candidate = {key: more.pop(key) for key in ("url", "lang", "outlet", "text") if key in more}
    candidate = Candidate(id=id, title=title, summary=summary, date=seen_at, **{"lang": "en", **of_candidate})
    return Sighting(candidate=candidate, seen_at=seen_at, **more)
