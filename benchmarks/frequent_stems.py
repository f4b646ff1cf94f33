"""Counts by which words of the lexicon's phrases a report is reached too often, and writes rules/frequent.toml.

    python benchmarks/frequent_stems.py CORPUS... --out include/demarche/rules/frequent.toml

CORPUS is JSON lines with title, summary and lang, plain or gzipped. A phrase is sought by the word of it that few
reports have; that changes no answer, only how often the other words are looked at in vain.
"""

import argparse
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from demarche.adapters.rulebook import SHIPPED, read_lexicon
from demarche.core.lexicon import INSIDE
from demarche.core.matching import Matcher, Pattern, fold
from demarche.core.phrases import WORD
from demarche.core.rulewords import lexicon_words
from demarche.labelled import rows_of

LISTED = 0.003  # of the reports; between a share of all of them and a part of that in the language that has it most
OF_LANGUAGE = 0.3
LEAST_REPORTS = 150  # in a language, before a share of them says much
CHARACTERS = 600
WIDTH = 120
# Words of these scripts carry particles, so a phrase is sought there by its longest word.
FIRST_WITH_CLITICS, LAST_WITH_CLITICS = "\u0590", "\u06ff"


def phrase_stems(tables: Mapping[str, Any]) -> list[str]:
    """The folded words of all phrases of inflected languages."""
    found = set()
    for word in lexicon_words(tables):
        if " " in word.written and not word.written.startswith(INSIDE):
            found |= {fold(part) for part in WORD.findall(word.written)}
    return sorted(stem for stem in found if not FIRST_WITH_CLITICS <= stem[0] <= LAST_WITH_CLITICS)


def shares(stems: list[str], paths: Iterable[Path], every: int) -> dict[str, float]:
    """How many of the reports hold a word that begins with each stem: half of all, half of their language."""
    matcher = Matcher([Pattern(stem) for stem in stems])
    reports: Counter[str] = Counter()
    carriers: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for path in paths:
        for number, row in enumerate(rows_of(path)):
            if number % every == 0:
                lang = str(row.get("lang") or "")
                reports[lang] += 1
                text = f"{row['title']}\n{(row.get('summary') or '')[:CHARACTERS]}"
                for index in {index for index, *_ in matcher.hits(text)}:
                    carriers[index][lang] += 1
    return {
        stems[index]: (
            langs.total() / reports.total()
            + OF_LANGUAGE * max(count / max(reports[lang], LEAST_REPORTS) for lang, count in langs.items())
        ) / 2
        for index, langs in carriers.items()
    }  # fmt: skip


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=15)
    parser.add_argument("--out", type=Path, default=SHIPPED / "frequent.toml")
    options = parser.parse_args()
    found = shares(phrase_stems(read_lexicon(SHIPPED)), options.corpora, options.every)
    listed = sorted((stem for stem, share in found.items() if share > LISTED), key=lambda stem: (-found[stem], stem))
    lines = textwrap.wrap(" ".join(listed), WIDTH, break_long_words=False, break_on_hyphens=False)
    options.out.write_text(
        "# Stems of the lexicon's phrases that many reports hold, the most frequent first: a phrase is sought by\n"
        "# another of its words where it has one. Only speed depends on it. Made by benchmarks/frequent_stems.py.\n\n"
        'stems = """\n' + "\n".join(lines) + '\n"""\n',
        encoding="utf-8",
    )
    print(f"{len(listed)} of {len(found)} stems: {options.out}")


if __name__ == "__main__":
    main()
