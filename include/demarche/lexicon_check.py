"""Reports words of the rules that do no work or the wrong one: lexicon, schemes, actors, instruments, quotations.

Run it as `python -m demarche.lexicon_check [TEXTS...] [--rules FOLDER] [--all]`. It reads the demo's newsroom and the
texts given, prints the faults, counts what may be meant so, and fails on a fault, and on more of the rest than
`accepted.toml` of the rules allows. The checks are in `core.rulefaults`.
"""

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from demarche.adapters.rulebook import SHIPPED, read_lexicon, read_table
from demarche.adapters.territories import territory_names
from demarche.core import rulefaults
from demarche.core.actors import Gazetteer
from demarche.core.forms import GROUP
from demarche.core.instruments import CueFinder
from demarche.core.lexicon import Lexicon
from demarche.core.matching import Matcher
from demarche.core.rulefaults import Finding, Report
from demarche.core.rulewords import ANY, RuleWord, actor_words, instrument_words, lexicon_words, quote_words
from demarche.demo.newsroom import load_newsroom


class Rules:
    """The rules of a folder, as tables and as what reads them."""

    def __init__(self, folder: Path) -> None:
        tables = read_lexicon(folder)
        self._actors = read_table(folder / "actors.toml")
        instruments = read_table(folder / "instruments.toml")
        self.lexicon = Lexicon.from_tables(tables)
        self._gazetteer = Gazetteer.from_tables(self._actors, territory_names())
        self._cues = CueFinder(instruments)
        self.terms = list(lexicon_words(tables))
        self.names = list(actor_words(self._actors))
        self.others = [*instrument_words(instruments), *quote_words(read_table(folder / "quotes.toml"))]

    def meanings(self, word: RuleWord) -> list[str]:
        """What is found in a text of this word alone."""
        lang = "en" if word.lang == ANY else word.lang
        if word.table == "lexicon":
            return [term.concept for term in self.lexicon.terms(word.text, "", lang)]
        if word.table == "instruments":
            return [concept for concept, _, _ in self._cues.find(f"{word.text} ", lang)]
        if word.table in ("quotes", "actors.people", "actors.origin_words"):
            return [word.meaning] if Matcher([word.pattern]).hits(word.text) else []
        found = [mention.code for mention in self._gazetteer.mentions(word.text, lang, word.on)]
        if word.meaning.startswith(GROUP):
            members = self._actors["groups"]["members"][word.meaning.removeprefix(GROUP)].split()
            return [word.meaning] if set(members) <= set(found) else found
        return found


def findings(rules: Rules, reports: Sequence[Report]) -> Iterator[Finding]:
    """Everything that the checks say about these rules over these reports."""
    words = [*rules.terms, *rules.names, *rules.others]
    yield from rulefaults.doubled(words)
    yield from rulefaults.shadowed(words)
    yield from rulefaults.silent(words, rules.meanings)
    yield from rulefaults.two_codes(rules.names)
    yield from rulefaults.two_schemes(rules.terms, rules.lexicon.schemes)
    yield from rulefaults.spelled_alike(rules.terms, rulefaults.group_of(rules.lexicon))
    yield from rulefaults.over_reports(words, rules.lexicon, reports)
    yield from rulefaults.foreign(rules.terms, rules.lexicon, reports)
    yield from rulefaults.in_foreign_words(rules.terms, rules.lexicon, [*rules.names, *rules.others])


def shipped_reports() -> Iterator[dict[str, str]]:
    """The reports of the demo's newsroom."""
    for entry in load_newsroom().entries:
        for version in entry.versions:
            yield {"title": version.title, "summary": version.summary, "lang": entry.language}


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the findings; 1 where one of them is a fault, or where more than were accepted may be one."""
    parser = argparse.ArgumentParser(prog="python -m demarche.lexicon_check", description=__doc__)
    parser.add_argument("texts", nargs="*", type=Path, help="JSON lines with title, summary and lang")
    parser.add_argument("--rules", type=Path, default=SHIPPED, help="rules folder")
    parser.add_argument("--all", action="store_true", help="print what may be meant so as well")
    options = parser.parse_args(arguments)
    rows = [*shipped_reports(), *(row for path in options.texts for row in _rows(path))]
    found = list(findings(Rules(options.rules), rulefaults.reports_of(rows)))
    faults = [finding for finding in found if finding.is_fault]
    for finding in found if options.all else faults:
        word = finding.word
        mark = "fault" if finding.is_fault else "look"
        line = (mark, finding.kind, word.table, word.lang, word.meaning, word.written, finding.says)
        sys.stdout.write("\t".join(line) + "\n")
    counts = Counter((finding.kind, finding.word.table.partition(".")[0]) for finding in found if not finding.is_fault)
    told = "; ".join(f"{kind} in {table}: {count}" for (kind, table), count in sorted(counts.items()))
    sys.stderr.write(f"{len(faults)} faults over {len(rows)} reports. Worth a look (--all lists them): {told}\n")
    too_many = list(_beyond_accepted(counts, options.rules / "accepted.toml"))
    sys.stderr.writelines(f"{line}\n" for line in too_many)
    return 1 if faults or too_many else 0


def _beyond_accepted(counts: Mapping[tuple[str, str], int], path: Path) -> Iterator[str]:
    """What exceeds the counts that the file accepts; nothing where the rules have no such file."""
    if not path.exists():
        return
    for kind, tables in read_table(path).items():
        for table in sorted({table for of, table in counts if of == kind} | tables.keys()):
            found, accepted = counts.get((kind, table), 0), tables.get(table, 0)
            if found > accepted:
                yield f"{kind} in {table}: {found}, of which {accepted} are accepted in {path}; --all lists them"


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return (json.loads(line) for line in content.decode("utf-8").split("\n") if line.strip())


if __name__ == "__main__":
    raise SystemExit(main())
