"""Which labelled story follows which by the rule that ships, to be read by a person.

    python benchmarks/follows.py STORIES > links.jsonl

STORIES is JSON lines of {id, title, summary, lang, date, event, story}. All events are laid over each other as they are
dated. Prints a line per link with the words of both stories, and to the screen how many stories could follow one of
their own event, how many do, and how many links lead out of it.
"""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "include"))

from demarche.contracts import candidate_from  # noqa: E402
from demarche.core.follows import CodedReport  # noqa: E402
from demarche.labelled import rows_of  # noqa: E402
from demarche.settings import Settings  # noqa: E402
from demarche.steps.workbench import workbench  # noqa: E402


def coded(row: dict[str, Any]) -> CodedReport:
    """One labelled report by the codes that the coder gives it."""
    candidate = candidate_from(row)
    assert candidate.date, f"{candidate.id} has no date"
    coding = workbench(Settings()).coder.code(candidate)
    return CodedReport(
        story_id=row["story"],
        seen_at=candidate.date,
        actors=frozenset((*coding.initiators, *coding.targets)),
        about=frozenset(coding.about),
        instruments=frozenset(coding.instruments),
        stage=coding.stage,
    )


def main() -> None:
    """Prints links and sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stories", type=Path)
    rows = sorted(rows_of(parser.parse_args().stories), key=lambda row: (row["date"], row["id"]))
    told: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        told[row["story"]].append(row)
    reports = [coded(row) for row in rows]
    links = list(workbench(Settings()).follower.links(reports, set(told)))
    event_of = {story: stories[0]["event"] for story, stories in told.items()}
    own = [link for link in links if event_of[link.story_id] == event_of[link.follows_story_id]]
    for link in links:
        one, other = told[link.story_id], told[link.follows_story_id]
        words = {
            name: [f"{row['date'][:10]} {row['title']}" for row in stories[:3]]
            for name, stories in (("story", one), ("follows", other))
        }
        line = {"story_id": link.story_id, "follows_story_id": link.follows_story_id, "same_event": link in own}
        print(json.dumps({**line, "reason": link.reason, **words}, ensure_ascii=False))
    begun: dict[str, str] = {}
    for row in rows:
        begun.setdefault(row["event"], row["date"][:10])
    later = {story for story, stories in told.items() if stories[0]["date"][:10] > begun[event_of[story]]}
    linked = {link.story_id for link in own}
    print(
        f"{len(told)} stories, {len(later)} begun on a later day than their event; {len(linked & later)} of these "
        f"follow one of their event; {len(links)} links, {len(links) - len(own)} of them to another event",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
