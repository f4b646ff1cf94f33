"""The shipped rules of grouping, and short ways to make sightings. No test in here."""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from demarche.core.grouping import Grouper, Sighting, Signature
from demarche.model import Candidate, Grouping

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


def recall(
    grouper: Grouper, known: list[tuple[Sighting, Grouping, Signature]], latest: list[Signature], since: datetime
) -> None:
    """Remember of the look-back before a moment what the pipeline would ask the warehouse for."""
    addresses = {signature.address for signature in latest} - {None}
    keys = {key for signature in latest for key in signature.keys}
    for seen, grouping, signature in known:
        has_words = seen.seen_at >= since - grouper.words_within and not keys.isdisjoint(signature.keys)
        if has_words or signature.address in addresses:
            grouper.remember_report(seen, grouping.article_id)
    for _, grouping, signature in known:
        if signature.telling:
            grouper.remember_telling(signature.telling, grouping.article_id, grouping.story_id)
