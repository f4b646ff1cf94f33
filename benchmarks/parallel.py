"""Whether translated news gets the verdict and the countries of its English original, by language.

    python benchmarks/parallel.py DOCUMENTS

DOCUMENTS is JSON lines of {doc, lang, title, text}, the same documents in every language. Few of them are relevant, so
agreement of verdicts says most about false alarms; the gate and the mean difference of scores say more.
"""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "include"))

from demarche.model import Band, Candidate, Verdict  # noqa: E402
from demarche.settings import Settings  # noqa: E402
from demarche.steps.workbench import workbench  # noqa: E402

Read = tuple[bool, Verdict, frozenset[str]]  # past the gate, the verdict, the countries named


def read_documents(path: Path) -> dict[str, dict[str, Read]]:
    """What the rules make of each document, by language and document."""
    bench = workbench(Settings())
    found: dict[str, dict[str, Read]] = defaultdict(dict)
    for line in path.read_text(encoding="utf-8").split("\n"):
        if not line.strip():
            continue
        row = json.loads(line)
        title, text, lang = row["title"].strip(), row["text"], row["lang"]
        candidate = Candidate(id=row["doc"], title=title, text=text, lang=lang)
        named = frozenset(mention.code for mention in bench.gazetteer.mentions(f"{title}\n{text}", lang))
        found[lang][row["doc"]] = (bench.judge.passes_gate(candidate), bench.judge.judge(candidate), named)
    return found


def main() -> None:
    """Prints the table, a language a row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", type=Path)
    found = read_documents(parser.parse_args().documents)
    print("| language | documents | same verdict | same at the gate | scores apart | countries found again |")
    print("| --- | --- | --- | --- | --- | --- |")
    for lang in sorted(set(found) - {"en"}):
        pairs = [(read, found["en"][doc]) for doc, read in found[lang].items() if doc in found["en"]]
        verdicts = sum((a[1].band == Band.ACCEPTED) == (b[1].band == Band.ACCEPTED) for a, b in pairs)
        gates = sum(a[0] == b[0] for a, b in pairs)
        apart = sum(abs(a[1].score - b[1].score) for a, b in pairs)
        again, named = sum(len(a[2] & b[2]) for a, b in pairs), sum(len(b[2]) for _, b in pairs)
        print(
            f"| {lang} | {len(pairs)} | {verdicts / len(pairs):.3f} | {gates / len(pairs):.3f} "
            f"| {apart / len(pairs):.3f} | {again / max(1, named):.3f} |"
        )
    bands = [read[1].band.value for read in found["en"].values()]
    print(f"\nEnglish: {', '.join(f'{band} {bands.count(band)}' for band in sorted(set(bands)))}")


if __name__ == "__main__":
    main()
