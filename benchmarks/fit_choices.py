"""Fits the weights of instruments, stage, sign and frames, and measures them on events that they have not seen.

    L="LABELLED.jsonl … --lessons tests/golden/coding.jsonl --composed labels/composed.jsonl labels/contrasts.jsonl"
    L="$L --near NEAR.jsonl"
    python benchmarks/fit_choices.py $L --answers OUT.jsonl
    python benchmarks/fit_choices.py $L --into include/demarche/rules/model/coding.json
    python benchmarks/fit_choices.py $L --readings labels/readings.jsonl \
        --into include/demarche/rules/model/coding-reader.json

Real relevant reports decide the conventions: a composed one counts less, and a feature that only says "composed" takes
up what its writers did otherwise; so does one for borderline reports (`--near`). With `--measured-half` the composed
events of one half (by the sha256 of their key) are left out of the fit and answered: the half that was read to find
words is not.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from fit_coding import FOLDS, Row, fold_of, is_measured, number_of, read_readings, read_rows, write_rows
from fit_direction import SMALLEST

from demarche.adapters.rulebook import SHIPPED, read_arrays, read_lexicon, read_table
from demarche.adapters.territories import territory_names
from demarche.contracts import candidate_from
from demarche.core.actors import Gazetteer
from demarche.core.arrangement import SideWeights, choose_sides
from demarche.core.choices import BIAS, READ, describe_meaning
from demarche.core.coding import Coder
from demarche.core.instruments import choose_instruments
from demarche.core.lexicon import Lexicon
from demarche.core.logistic import fit_logistic
from demarche.core.meaning import MeaningTable
from demarche.model import FRAMES, INSTRUMENTS, SIGNS, STAGES

RARE = 8  # reports in which a feature must occur
COMPOSED_WORTH = NEAR_WORTH = 0.25
LESSON_WORTH = 4.0  # a headline of our own shows one construction plainly, a report seldom does
UNSAID_WORTH = 0.2  # lessons name what they teach, and not every code that would also be right
# Log-odds are larger than other features; held back, they make instruments worse and all else better.
READ_PENALTY, UNREAD_PENALTY = 20.0, 1e5
OWN_PENALTY, PENALTY = 0.4, 6.0  # what the rules say about the same field needs less proof than a single word
IS_COMPOSED, IS_NEAR = HABITS = "composed", "near"
LESSON = -1  # the fold of headlines of our own, one for each construction: they are never held back
FIELDS: Mapping[str, tuple[str, Sequence[str]]] = {
    "instruments": ("instrument", INSTRUMENTS),
    "stage": ("stage", STAGES),
    "sign": ("sign", SIGNS),
    "frames": ("frame", FRAMES),
}
# The short keys of composed reports, and the names that labelled reports use.
SHORT = {"t": "title", "s": "summary", "l": "lang", "d": "date", "i": "initiators", "g": "targets", "a": "about"}
SHORT |= {"n": "instruments", "f": "frames"}


@dataclass(frozen=True)
class Example:
    """A labelled report and its features."""

    row: Row
    features: Mapping[str, float]
    fold: int
    is_composed: bool
    is_near: bool = False  # a borderline report


def describe(coder: Coder, row: Row, sides: SideWeights) -> dict[str, float]:
    """The features of a labelled report as the coder sees it."""
    found = coder.find(candidate_from(row))
    ruled = choose_instruments(found.ruling.instruments)
    act, points = coder.weigh_rules(found, ruled)
    initiators, targets, _ = choose_sides(coder.lay_out(found, act), sides)
    if len(initiators) > 1 and initiators == targets:
        _, points = coder.weigh_rules(found, ruled, is_joint=True)
    vector = coder.meaning_of(found)
    return coder.describe(found, ruled, act, points) | (describe_meaning(vector) if vector is not None else {})


def worth_of(example: Example, field: str, code: str) -> float:
    """What a report counts for a code: nothing where its annotators differed or nobody said anything."""
    if field not in example.row or code in example.row.get(f"{field}_also", ()):
        return 0.0
    if example.fold == LESSON:
        return LESSON_WORTH if code in example.row[field] else UNSAID_WORTH
    return COMPOSED_WORTH if example.is_composed else NEAR_WORTH if example.is_near else 1.0


def fit_code(examples: Sequence[Example], x: Any, names: Sequence[str], field: str, code: str) -> dict[str, float]:
    """The weights of one code."""
    kind = FIELDS[field][0]
    y = np.array([float(code in example.row.get(field, ())) for example in examples])
    worth = np.array([worth_of(example, field, code) for example in examples])
    own = (f"ruled {kind}:", f"points {kind}:", *HABITS)
    read = UNREAD_PENALTY if field == "instruments" else READ_PENALTY
    penalty = np.array([OWN_PENALTY if n.startswith(own) else read if n.startswith(READ) else PENALTY for n in names])
    weights, bias = fit_logistic(x, y, worth, penalty)
    learned = zip(names, weights.tolist(), strict=True)
    kept = {name: round(weight, 3) for name, weight in learned if abs(weight) >= SMALLEST and name not in HABITS}
    return {BIAS: round(bias, 3), **kept}


def fit_choices(examples: Sequence[Example]) -> dict[str, dict[str, dict[str, float]]]:
    """The whole model: by field, code and feature."""
    counts = Counter(name for example in examples for name in example.features)
    names = [*sorted(name for name, count in counts.items() if count >= RARE), *HABITS]
    place = {name: number for number, name in enumerate(names)}
    x = np.zeros((len(examples), len(names)))
    for number, example in enumerate(examples):
        for name, value in example.features.items():
            if name in place:
                x[number, place[name]] = value
        x[number, place[IS_COMPOSED]] = float(example.is_composed)
        x[number, place[IS_NEAR]] = float(example.is_near)
    return {
        field: {code: fit_code(examples, x, names, field, code) for code in codes}
        for field, (_, codes) in FIELDS.items()
    }


def cross_validate(examples: Sequence[Example], folds: int, new: Callable[[Mapping[str, Any]], Coder]) -> list[Row]:
    """Answers to every report from weights that saw no report of the same event."""
    answers: list[Row] = []
    for held in range(folds):
        inside = [example for example in examples if example.fold == LESSON or example.fold % folds != held]
        coder = new(fit_choices(inside))
        outside = [e.row for e in examples if e.fold != LESSON and not e.is_near and e.fold % folds == held]
        answers += [asdict(coder.code(candidate_from(row))) for row in outside]
    return answers


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("labelled", nargs="+", type=Path)
    parser.add_argument("--lessons", type=Path, help="headlines of our own, one for each construction")
    parser.add_argument("--composed", type=Path, nargs="*", default=[])
    parser.add_argument("--near", type=Path, nargs="*", default=[], help="borderline reports; they are not answered")
    parser.add_argument("--answers", type=Path, help="where the cross-validated answers go")
    parser.add_argument("--measured-half", type=Path, help="where answers to the unread half go, fitted without it")
    parser.add_argument("--readings", type=Path, help="held-back close readings of all these reports")
    parser.add_argument("--weights", type=Path, help="the file with the weights of direction; else the one of --into")
    parser.add_argument("--folds", type=int, default=FOLDS)
    parser.add_argument("--into", type=Path, help="the file of weights whose choices are replaced")
    options = parser.parse_args()
    gazetteer = Gazetteer.from_tables(read_table(SHIPPED / "actors.toml"), territory_names())
    instruments = read_table(SHIPPED / "instruments.toml")
    shipped = SHIPPED / "model" / ("coding-reader.json" if options.readings else "coding.json")
    weights = json.loads((options.weights or options.into or shipped).read_text(encoding="utf-8"))
    closely = read_readings(options.readings) if options.readings else None

    meaning = MeaningTable(**read_arrays(SHIPPED / "model" / "meaning.npz"))
    schemes = Lexicon.from_tables(read_lexicon(SHIPPED), only_schemes=True)

    def coder_with(choices: Mapping[str, Any] | None) -> Coder:
        given = {**weights, "choices": choices}
        return Coder(gazetteer, instruments, "fit", given, meaning=meaning.vector, closely=closely, schemes=schemes)

    reader, sides = coder_with(None), SideWeights(weights["direction"])
    real = read_rows(*options.labelled)
    composed = read_rows(*options.composed)
    examples = [Example(row, describe(reader, row, sides), fold_of(row), False) for row in real]
    examples += [Example(row, describe(reader, row, sides), number_of(row["event"]), True) for row in composed]
    near = read_rows(*options.near)
    examples += [Example(row, describe(reader, row, sides), fold_of(row), False, is_near=True) for row in near]
    for row in read_rows(options.lessons) if options.lessons else ():
        row |= {field: [row[field]] for field in ("stage", "sign") if field in row}
        examples.append(Example(row, describe(reader, row, sides), LESSON, False))
    if options.answers:
        write_rows(options.answers, cross_validate(examples, options.folds, coder_with))
    if options.measured_half:
        coder = coder_with(fit_choices([e for e in examples if not (e.is_composed and is_measured(e.row))]))
        rows = [asdict(coder.code(candidate_from(row))) for row in composed if is_measured(row)]
        write_rows(options.measured_half, rows)
    if options.into:
        note = f"benchmarks/fit_choices.py: {len(real)} reports, {len(near)} borderline, {len(composed)} composed"
        about = {**weights.get("about", {}), "choices": note}
        model = {**weights, "about": about, "choices": fit_choices(examples)}
        options.into.write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
