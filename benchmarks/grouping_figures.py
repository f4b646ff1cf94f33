"""What grouping reached of labelled reports: stories, pairs across languages, copies. Fits nothing.

Used by fit_grouping.py.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fit_coding import number_of

from demarche.core.grouping import Grouper, Sighting

FOLDS = 4
LARGEST = ("title42-end-2023", "eu-asylum-pact-council-2023-06", "us-mexico-talks-2023-12")  # a fold each


@dataclass(frozen=True)
class Told:
    """A report with what is known of it: its event, its story, and the copies it is one of."""

    sighting: Sighting
    event: str
    story: str
    copy: str = ""
    is_real: bool = False

    @property
    def id(self) -> str:
        """The report's key."""
        return self.sighting.candidate.id

    @property
    def fold(self) -> int:
        """Where it is held back, together with its event."""
        if self.is_real:
            return LARGEST.index(self.event) if self.event in LARGEST else FOLDS - 1
        return number_of(f"{self.event}f") % FOLDS


def answers(reports: Sequence[Told], rules: Mapping[str, Any], mark: str = "") -> dict[str, tuple[str, str]]:
    """Article and story of each report, in the order given; `mark` tells the answers of one fold from another's."""
    grouper = Grouper(rules)
    found = [grouper.add(report.sighting) for report in reports]
    return {each.id: (mark + each.article_id, mark + each.story_id) for each in found}


def b_cubed(reports: Sequence[Told], found: Mapping[str, tuple[str, str]]) -> tuple[float, float, float]:
    """Precision, recall and F1 of stories (Bagga and Baldwin 1998)."""
    right, given = defaultdict(set), defaultdict(set)
    for report in reports:
        right[report.story].add(report.id)
        given[found[report.id][1]].add(report.id)
    shared = [(len(right[r.story] & given[found[r.id][1]]), r) for r in reports]
    precision = sum(n / len(given[found[r.id][1]]) for n, r in shared) / len(reports)
    recall = sum(n / len(right[r.story]) for n, r in shared) / len(reports)
    return precision, recall, 2 * precision * recall / (precision + recall)


def describe(name: str, reports: Sequence[Told], found: Mapping[str, tuple[str, str]]) -> None:
    """Prints what was reached: stories, pairs of reports across languages within an event, pairs of copies."""
    across, copies = [0, 0, 0], [0, 0, 0]  # right, wrong, missed
    begun, joined = set(), set()
    events: dict[str, list[Told]] = defaultdict(list)
    for report in reports:
        events[report.event].append(report)
    for told_of in events.values():
        for at, one in enumerate(told_of):
            for other in told_of[:at]:
                is_story, is_copy = one.story == other.story, one.copy == other.copy
                are = [a == b for a, b in zip(found[one.id], found[other.id], strict=True)]
                if one.sighting.candidate.lang != other.sighting.candidate.lang:
                    count(across, is_story, are[1])
                    begun |= {one.story} if is_story else set()
                    joined |= {one.story} if is_story and are[1] else set()
                else:
                    count(copies, is_copy, are[0])
    of_event = [b_cubed(told_of, found)[2] for told_of in events.values()]
    p, r, f1 = b_cubed(reports, found)
    print(f"{name}: {len(reports)} reports of {len(events)} events; B-cubed P {p:.3f} R {r:.3f} F1 {f1:.3f}, "
          f"mean of events {sum(of_event) / len(of_event):.3f}")  # fmt: skip
    print(f"    across languages: {across[0]} of {across[0] + across[2]} pairs joined, {across[1]} wrong ones; "
          f"{len(joined)} of {len(begun)} stories; copies F1 {f1_of(copies):.3f} {copies}", flush=True)  # fmt: skip


def count(sums: list[int], is_true: bool, is_given: bool) -> None:
    """Adds a pair to right, wrong and missed."""
    sums[0] += is_true and is_given
    sums[1] += is_given and not is_true
    sums[2] += is_true and not is_given


def f1_of(sums: Sequence[int]) -> float:
    """F1 of right, wrong and missed."""
    return 2 * sums[0] / max(1, 2 * sums[0] + sums[1] + sums[2])


def auc(scores: Any, is_one: Any) -> float:
    """The part of pairs of a true and a false one in which the true one has the higher score."""
    true, false = scores[is_one][:, None], scores[~is_one]
    return float(((true > false) + (true == false) / 2).mean())
