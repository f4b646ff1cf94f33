"""Fits the coder's weights to labelled reports, and measures them on events that they have not seen.

    L="--lessons tests/golden/coding.jsonl"
    python benchmarks/fit_coding.py LABELLED.jsonl $L --answers OUT.jsonl   # cross-validated answers, for a scorer
    python benchmarks/fit_coding.py LABELLED.jsonl $L --out include/demarche/rules/model/coding.json
    python benchmarks/fit_coding.py LABELLED.jsonl $L --readings labels/readings.jsonl \
        --out include/demarche/rules/model/coding-reader.json

Reports with the same actors are one event: they are always held back together. Readings are those of
benchmarks/fit_reader.py, each by a close reader that had not seen the report's month or composed event.
"""

import argparse
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fit_direction import Lesson, fit_direction, labelled_way

from demarche.adapters.rulebook import SHIPPED, read_lexicon, read_table
from demarche.adapters.territories import territory_names
from demarche.contracts import candidate_from
from demarche.core.actors import Gazetteer
from demarche.core.closereading import CloseReading, body_of, known_readings, reading_key
from demarche.core.coding import Coder, Findings
from demarche.core.direction import Act
from demarche.core.lexicon import Lexicon
from demarche.labelled import rows_of
from demarche.model import Candidate

FOLDS = 10
LESSON_COUNTS = 4  # a headline of our own shows one construction plainly, a report seldom does
Row = dict[str, Any]


def read_rows(*paths: Path) -> list[Row]:
    """The labelled reports that have codes: all relevant ones, and borderline ones that were coded to teach."""
    return [row for path in paths for row in rows_of(path) if "initiators" in row]


def fold_of(row: Row) -> int:
    """The fold that holds back all reports about these actors."""
    actors = ",".join(sorted({*row["initiators"], *row["targets"]}))
    return number_of(actors) % FOLDS


def number_of(text: str) -> int:
    """A stable number of an event's key."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def is_measured(row: Row) -> bool:
    """True for the half of the composed events that nobody read while the words were written."""
    return "event" in row and number_of(row["event"]) % 2 == 1


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Answers, one a line."""
    path.write_text("".join(json.dumps(row, default=str) + "\n" for row in rows), encoding="utf-8")


def read_readings(path: Path) -> Callable[..., CloseReading | None]:
    """What the close reader said of each labelled report, found by its words.

    None where it was not asked for codes: some reports are called relevant by one reader and not by another.
    """
    said = known_readings(path.read_text(encoding="utf-8").splitlines())

    def read(candidate: Candidate, *_: object) -> CloseReading | None:
        reading = said.get(reading_key(candidate.title, body_of(candidate)))
        return reading if reading and reading.codes else None

    return read


def lesson_of(row: Row, read: tuple[Findings, Act], coder: Coder) -> Lesson:
    """A labelled report as the weights see it."""
    case = coder.lay_out(*read)
    return Lesson(case, labelled_way(case, set(row["initiators"]), set(row["targets"])), "event" in row)


def cross_validate(
    rows: Sequence[Row],
    lessons: Sequence[Row],
    teach: Callable[[Row], Lesson],
    new: Callable[..., Coder],
) -> list[Row]:
    """Answers to every report from weights that saw no report about the same actors, but all lessons."""
    read = [teach(row) for row in rows]
    taught = [teach(row) for row in lessons]
    answers: list[Row] = []
    for held in range(FOLDS):
        inside = [lesson for row, lesson in zip(rows, read, strict=True) if fold_of(row) != held]
        coder = new({"direction": fit_direction([*inside, *taught])})
        answers += [asdict(coder.code(candidate_from(row))) for row in rows if fold_of(row) == held]
    return answers


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("labelled", nargs="+", type=Path)
    parser.add_argument("--lessons", type=Path, help="headlines of our own, one for each construction; never held back")
    parser.add_argument(
        "--composed",
        nargs="*",
        type=Path,
        default=[],
        help="composed reports, never held back; their habits stay their own",
    )
    parser.add_argument(
        "--composed-answers", type=Path, help="answers to the half of them that the weights did not see"
    )
    parser.add_argument("--readings", type=Path, help="held-back close readings of all these reports")
    parser.add_argument("--answers", type=Path, help="where the cross-validated answers go")
    parser.add_argument("--out", type=Path, help="where the weights fitted to all reports go")
    options = parser.parse_args()
    gazetteer = Gazetteer.from_tables(read_table(SHIPPED / "actors.toml"), territory_names())
    instruments = read_table(SHIPPED / "instruments.toml")
    schemes = Lexicon.from_tables(read_lexicon(SHIPPED), only_schemes=True)

    closely = read_readings(options.readings) if options.readings else None

    def coder_with(weights: Mapping[str, Any] | None = None) -> Coder:
        return Coder(gazetteer, instruments, "fit", weights, closely=closely, schemes=schemes)

    reader = coder_with()

    def teach(row: Row) -> Lesson:
        found = reader.find(candidate_from(row))
        return lesson_of(row, (found, reader.outline(found)), reader)

    rows = read_rows(*options.labelled)
    lessons = read_rows(options.lessons) * LESSON_COUNTS if options.lessons else []
    composed = read_rows(*options.composed)
    if options.composed_answers:
        coder = coder_with(
            {"direction": fit_direction([teach(r) for r in (*rows, *lessons, *composed) if not is_measured(r)])}
        )
        write_rows(
            options.composed_answers, [asdict(coder.code(candidate_from(r))) for r in composed if is_measured(r)]
        )
    if options.answers:
        write_rows(options.answers, cross_validate(rows, [*lessons, *composed], teach, coder_with))
    if options.out:
        files = " ".join(f"labels/{path.name}" for path in options.composed)
        note = {
            "command": "python benchmarks/fit_coding.py LABELLED.jsonl … --lessons tests/golden/coding.jsonl "
            f"--composed {files}{' --readings labels/readings.jsonl' if closely else ''} "
            f"--out include/demarche/rules/model/{options.out.name}",
            "reports": len(rows),
            "lessons": len(lessons) // LESSON_COUNTS,
            "composed": len(composed),
        }
        model = {"direction": fit_direction([teach(row) for row in (*rows, *lessons, *composed)])}
        kept = json.loads(options.out.read_text(encoding="utf-8")) if options.out.exists() else {}
        note = {**kept.get("about", {}), **note}  # benchmarks/fit_choices.py writes the other part
        options.out.write_text(json.dumps({**kept, "about": note, **model}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
