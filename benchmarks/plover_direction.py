"""Measures who-acts-on-whom on sentences whose source and target are marked (PLOVER's training set).

    python benchmarks/plover_direction.py ../shared/data/events/plover_train.tsv

Counted are sentences whose two marked names each stand for one state or organisation, and not for the same one.
"""

import csv
import sys
from datetime import UTC, datetime
from pathlib import Path

from demarche.adapters.rulebook import SHIPPED, read_arrays, read_lexicon, read_table, read_weights
from demarche.adapters.territories import territory_names
from demarche.core.actors import Gazetteer
from demarche.core.coding import Coder
from demarche.core.lexicon import Lexicon
from demarche.core.meaning import MeaningTable
from demarche.model import Candidate


def main() -> None:
    """Reads the command line."""
    gazetteer = Gazetteer.from_tables(read_table(SHIPPED / "actors.toml"), territory_names(["en"]))
    weights = read_weights(SHIPPED / "model" / "coding.json")
    meaning = MeaningTable(**read_arrays(SHIPPED / "model" / "meaning.npz"))
    rules = read_table(SHIPPED / "instruments.toml")
    schemes = Lexicon.from_tables(read_lexicon(SHIPPED), only_schemes=True)
    coder = Coder(gazetteer, rules, "benchmark", weights, meaning=meaning.vector, schemes=schemes)
    day = datetime(2018, 1, 1, tzinfo=UTC)  # the sentences are mostly of the years before

    def code_of(name: str) -> str:
        codes = {mention.code for mention in gazetteer.mentions(name, "en", day.date())}
        return codes.pop() if len(codes) == 1 else ""

    counts = dict.fromkeys(("sentences", "source", "target", "both", "both found", "first named is source"), 0)
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            source, target = code_of(row["source"]), code_of(row["target"])
            if not source or not target or source == target:
                continue
            coding = coder.code(Candidate("s", row["sentence"], lang="en", date=day))
            counts["sentences"] += 1
            counts["source"] += source in coding.initiators
            counts["target"] += target in coding.targets
            counts["both"] += source in coding.initiators and target in coding.targets
            counts["both found"] += {source, target} <= {*coding.initiators, *coding.targets}
            counts["first named is source"] += row["sentence"].find(row["source"]) < row["sentence"].find(row["target"])
    for name, count in counts.items():
        print(f"{name}: {count} ({count / max(1, counts['sentences']):.3f})")


if __name__ == "__main__":
    main()
