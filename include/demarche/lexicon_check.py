"""Reports terms of the lexicon that do no work: shadowed, doubled, and, over texts, never or nearly always firing.

Owns the checks; it changes no rule. Run it as `python -m demarche.lexicon_check [TEXTS...] [--rules FOLDER]`;
it fails on doubled terms only, because whether a term fires depends on the texts.
"""

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from demarche.adapters.rulebook import SHIPPED, read_tables
from demarche.core.lexicon import CONCEPTS_TABLE, INSIDE, WHOLE, Lexicon
from demarche.core.matching import fold

ALWAYS = 0.2  # a term in a fifth of all reports tells nothing

Finding = tuple[str, str, str, str]  # language, concept, term, what is wrong


def doubled_terms(tables: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """Terms that stand twice under one concept of one language, once letters are folded."""
    found: list[Finding] = []
    for lang, concept, terms in _term_lists(tables):
        seen: set[str] = set()
        for term in terms:
            if fold(term) in seen:
                found.append((lang, concept, term, "stands twice"))
            seen.add(fold(term))
    return found


def shadowed_terms(tables: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """Terms that a shorter stem of the same concept and language finds already."""
    found: list[Finding] = []
    for lang, concept, terms in _term_lists(tables):
        stems = {fold(term) for term in terms if not term.endswith(WHOLE) and not term.startswith(INSIDE)}
        for term in terms:
            form = fold(term.removesuffix(WHOLE).removeprefix(INSIDE))
            shorter = next((form[:n] for n in range(1, len(form)) if form[:n] in stems), None)
            if shorter is not None:
                found.append((lang, concept, term, f"shadowed by {shorter!r}"))
    return found


def fired_terms(lexicon: Lexicon, rows: Iterable[Mapping[str, Any]]) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """In how many reports each (concept, term) fires, all languages at once, and how many reports each language has."""
    fired: Counter[tuple[str, str]] = Counter()
    reports: Counter[str] = Counter()
    for row in rows:
        text = f"{row.get('title') or ''}\n{row.get('summary') or ''}"
        fired.update({(term.concept, term.term) for term in lexicon.terms(text, "", str(row.get("lang") or ""))})
        reports[str(row.get("lang") or "")] += 1
    return fired, reports


def idle_and_busy_terms(
    tables: Mapping[str, Mapping[str, Any]], fired: Mapping[tuple[str, str], int], reports: Mapping[str, int]
) -> list[Finding]:
    """Terms of the languages among the reports that never fire, or fire in a fifth of all reports and more."""
    found: list[Finding] = []
    total = sum(reports.values())
    for lang, concept, terms in _term_lists(tables):
        for term in terms:
            count = fired.get((concept, term), 0)
            if lang in reports and not count:
                found.append((lang, concept, term, "never fires"))
            elif total and count >= ALWAYS * total:
                found.append((lang, concept, term, f"fires in {count} of {total} reports"))
    return found


def _term_lists(tables: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[str, str, Sequence[str]]]:
    for lang, table in tables.items():
        if lang != CONCEPTS_TABLE:
            for concept, terms in table["terms"].items():
                yield lang, concept, terms


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return (json.loads(line) for line in content.decode("utf-8").split("\n") if line.strip())


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the findings; 1 where a term stands twice."""
    parser = argparse.ArgumentParser(prog="python -m demarche.lexicon_check", description=__doc__)
    parser.add_argument("texts", nargs="*", type=Path, help="JSON lines with title, summary and lang")
    parser.add_argument("--rules", type=Path, default=SHIPPED, help="rules folder")
    options = parser.parse_args(arguments)
    tables = read_tables(options.rules / "lexicon")
    doubled = doubled_terms(tables)
    findings = [*doubled, *shadowed_terms(tables)]
    if options.texts:
        rows = (row for path in options.texts for row in _rows(path))
        findings += idle_and_busy_terms(tables, *fired_terms(Lexicon.from_tables(tables), rows))
    for finding in findings:
        sys.stdout.write("\t".join(finding) + "\n")
    return 1 if doubled else 0


if __name__ == "__main__":
    raise SystemExit(main())
