"""Fits the coder's weights to labelled reports, and measures them on events that they have not seen.

    L="--lessons tests/golden/coding.jsonl"
    python benchmarks/fit_coding.py LABELLED.jsonl $L --answers OUT.jsonl   # cross-validated answers, for a scorer
    python benchmarks/fit_coding.py LABELLED.jsonl $L --out include/demarche/rules/model/coding.json

Reports with the same actors are one event: they are always held back together.
"""

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from demarche.adapters.rulebook import SHIPPED, read_table
from demarche.adapters.territories import territory_names
from demarche.core.actors import Gazetteer
from demarche.core.coding import Coder, Findings
from demarche.core.direction import Act, act_words, describe_pairing, expand
from demarche.core.logistic import fit_logistic
from demarche.model import Candidate

FOLDS = 10
RARE = 4  # reports in which a feature must occur
PENALTIES = {"plain": 1.0, "joined": 4.0, "body": 6.0}
SMALLEST = 0.02  # weights below this say nothing and are not written
Row = dict[str, Any]
Example = tuple[Mapping[str, float], float]


def read_rows(path: Path) -> list[Row]:
    """The relevant labelled reports."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row.get("label", 2) == 2]


def candidate_of(row: Row) -> Candidate:
    """A labelled report as the coder sees it: title and summary."""
    day = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC) if row["date"] else None
    return Candidate(row["id"], row["title"], row["summary"] or "", lang=row["lang"], date=day)


def fold_of(row: Row) -> int:
    """The fold that holds back all reports about these actors."""
    actors = ",".join(sorted({*row["initiators"], *row["targets"]}))
    return int(hashlib.sha256(actors.encode()).hexdigest(), 16) % FOLDS


def fit(examples: Sequence[Example], penalty: Callable[[str], float]) -> dict[str, float]:
    """Weights of named features, with a bias; each feature gets the penalty of its name."""
    counts = Counter(name for features, _ in examples for name in features)
    names = sorted(name for name, count in counts.items() if count >= RARE)
    place = {name: number for number, name in enumerate(names)}
    x = np.zeros((len(examples), len(names)))
    y = np.array([label for _, label in examples])
    for number, (features, _) in enumerate(examples):
        for name, value in features.items():
            if name in place:
                x[number, place[name]] = value
    weights, bias = fit_logistic(x, y, np.ones(len(y)), np.array([penalty(name) for name in names]))
    learned = {name: round(float(w), 3) for name, w in zip(names, weights, strict=True) if abs(w) >= SMALLEST}
    return {"bias": round(bias, 3), **learned}


def involved_examples(rows: Sequence[Row], findings: Sequence[Findings]) -> list[Example]:
    """An example for each actor named in each report: is it a side of the act? One annotator's actors are left out."""
    examples: list[Example] = []
    for row, found in zip(rows, findings, strict=True):
        words = act_words(found.concepts)
        sides = {*row["initiators"], *row["targets"]}
        doubtful = {*row.get("initiators_also", ()), *row.get("targets_also", ())} - sides
        examples.extend((expand(s, words), float(s.code in sides)) for s in found.standings if s.code not in doubtful)
    return examples


def is_joint(row: Row) -> bool:
    """True where both sides act together."""
    return len(row["initiators"]) > 1 and row["initiators"] == row["targets"]


def lead_examples(rows: Sequence[Row], findings: Sequence[Findings]) -> list[Example]:
    """An example for each side of an act that is not joint: does it lead?"""
    examples: list[Example] = []
    for row, found in zip(rows, findings, strict=True):
        only = set(row["initiators"]) ^ set(row["targets"])
        words = act_words(found.concepts)
        if not is_joint(row):
            examples.extend(
                (expand(s, words), float(s.code in row["initiators"])) for s in found.standings if s.code in only
            )
    return examples


def joint_examples(rows: Sequence[Row], findings: Sequence[Findings], acts: Sequence[Act]) -> list[Example]:
    """An example for each report: is the act joint?"""
    return [
        (
            describe_pairing(f.standings, f.concepts, act),
            float(is_joint(row)),
        )
        for row, f, act in zip(rows, findings, acts, strict=True)
    ]


def penalty_of(name: str) -> float:
    """Joined features and words of the body are many and rare."""
    return PENALTIES["joined"] if "*" in name else PENALTIES["body"] if name.startswith("body:") else PENALTIES["plain"]


def fit_all(rows: Sequence[Row], findings: Sequence[Findings], acts: Sequence[Act]) -> dict[str, Any]:
    """The whole model."""
    examples = (
        ("involved", involved_examples(rows, findings)),
        ("joint", joint_examples(rows, findings, acts)),
        ("leads", lead_examples(rows, findings)),
    )
    return {"direction": {name: fit(rows_of, penalty_of) for name, rows_of in examples}}


def cross_validate(
    rows: Sequence[Row],
    lessons: Sequence[Row],
    outline: Callable[[Row], tuple[Findings, Act]],
    new: Callable[..., Coder],
) -> list[Row]:
    """Answers to every report from weights that saw no report about the same actors, but all lessons."""
    read = [outline(row) for row in rows]
    taught = [outline(row) for row in lessons]
    answers: list[Row] = []
    for held in range(FOLDS):
        inside = [n for n, row in enumerate(rows) if fold_of(row) != held]
        seen = [*(read[n] for n in inside), *taught]
        model = fit_all([*(rows[n] for n in inside), *lessons], [f for f, _ in seen], [a for _, a in seen])
        answers += [asdict(new(model).code(candidate_of(row))) for row in rows if fold_of(row) == held]
    return answers


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("labelled", nargs="+", type=Path)
    parser.add_argument("--lessons", type=Path, help="headlines of our own, one for each construction; never held back")
    parser.add_argument("--answers", type=Path, help="where the cross-validated answers go")
    parser.add_argument("--out", type=Path, help="where the weights fitted to all reports go")
    options = parser.parse_args()
    gazetteer = Gazetteer.from_tables(read_table(SHIPPED / "actors.toml"), territory_names())
    instruments = read_table(SHIPPED / "instruments.toml")

    def coder_with(weights: Mapping[str, Any] | None = None) -> Coder:
        return Coder(gazetteer, instruments, "fit", weights)

    reader = coder_with()

    def outline(row: Row) -> tuple[Findings, Act]:
        found = reader.find(candidate_of(row))
        return found, reader.outline(found)

    rows = [row for path in options.labelled for row in read_rows(path)]
    lessons = read_rows(options.lessons) if options.lessons else []
    if options.answers:
        answers = cross_validate(rows, lessons, outline, coder_with)
        options.answers.write_text("".join(json.dumps(a, default=str) + "\n" for a in answers), encoding="utf-8")
    if options.out:
        note = {
            "command": "python benchmarks/fit_coding.py LABELLED.jsonl … --lessons tests/golden/coding.jsonl --out "
            "include/demarche/rules/model/coding.json",
            "reports": len(rows),
            "lessons": len(lessons),
        }
        read = [outline(row) for row in (*rows, *lessons)]
        model = fit_all([*rows, *lessons], [f for f, _ in read], [a for _, a in read])
        kept = json.loads(options.out.read_text(encoding="utf-8")) if options.out.exists() else {}
        note = {**kept.get("about", {}), **note}  # benchmarks/fit_choices.py writes the other part
        options.out.write_text(json.dumps({**kept, "about": note, **model}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
