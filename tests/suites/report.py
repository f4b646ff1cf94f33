"""Plays other parsers' suites and writes docs/parsers.md: met, different on purpose, not kept.

cd tests && PYTHONPATH=../include:. python -m suites.report ../../shared/data/feeds > ../docs/parsers.md
"""

import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from suites import feed_rs, gofeed, wellformed
from suites.expectations import NOT_KEPT, Case, Difference, differences

TABLE = Path(__file__).with_name("differences.toml")
HEAD = """# Other parsers' expectations

<!-- Written by tests/suites/report.py; a test compares. -->

The suites of three other parsers are played against ours (`tests/test_parser_suites.py`, with the documents of
`../shared/data/feeds`, which are not part of this project). A document with several expectations counts several times.
Expectations concern title, address, guid, dates, authors, categories, language, summary, picture, number of entries
and, where it is said, the version. Values are compared as our model writes them: words without markup, whole addresses,
moments in UTC to the second. One on content or description is met by either, as one text of an entry is kept.

"""
NOT_KEPT_WORDS = """
"Not kept" are fields that our model leaves out: rights, generators, contributors, sources, enclosures that are no
pictures, mail addresses, types and bases of texts, and whatever else nobody asks of a report.

miniflux and the C# FeedReader have documents there but no expectations; they are among those that every test run reads
whole (no exception, at least feedparser's entries).

## Different on purpose

| suite | documents | field | count | reason |
| --- | --- | --- | ---: | --- |
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of differences."""

    suite: str
    name: str
    field: str
    count: int
    reason: str

    def covers(self, difference: Difference) -> bool:
        """Whether this line is about that difference."""
        same = (self.suite, self.field) == (difference.suite, difference.field)
        return same and fnmatchcase(difference.name, self.name)


def table() -> list[Row]:
    """The reasoned differences."""
    return [Row(**row) for row in tomllib.loads(TABLE.read_text(encoding="utf-8"))["difference"]]


def cases(root: Path) -> list[Case]:
    """The documents of all suites below a folder."""
    return [case for suite in (wellformed, gofeed, feed_rs) for case in suite.cases(root)]


def unexplained(found: list[Difference], rows: list[Row]) -> list[str]:
    """Differences without a line, and lines whose count is not that of their differences."""
    counts: Counter[Row] = Counter()
    complaints = []
    for difference in found:
        row = next((row for row in rows if row.covers(difference)), None)
        if row is None:
            complaints.append(f"{difference.suite} {difference.name} {difference.field}: {difference.words}")
        else:
            counts[row] += 1
    return complaints + [
        f"{r.suite} {r.name} {r.field}: {counts[r]}, not {r.count}" for r in rows if counts[r] != r.count
    ]


def page(played: list[Case], found: list[Difference]) -> str:
    """The page as Markdown."""
    lines = ["| suite | documents | expectations | met | different on purpose | not kept |", "| --- |" + " ---: |" * 5]
    for suite in dict.fromkeys(case.suite for case in played):
        mine = [case for case in played if case.suite == suite]
        fields = Counter(e.field for case in mine for e in case.expectations)
        different = sum(difference.suite == suite for difference in found)
        kept = fields.total() - fields[NOT_KEPT]
        cells = (f"{n:,}" for n in (len(mine), fields.total(), kept - different, different, fields[NOT_KEPT]))
        lines.append(f"| {suite} | {' | '.join(cells)} |")
    rows = [f"| {r.suite} | `{r.name}` | {r.field} | {r.count} | {r.reason} |" for r in table()]
    return HEAD + "\n".join(lines) + "\n" + NOT_KEPT_WORDS + "\n".join(rows) + "\n"


def main() -> int:
    played = cases(Path(sys.argv[1]))
    found = [difference for case in played for difference in differences(case)]
    print(page(played, found), end="")
    complaints = unexplained(found, table())
    print(*complaints, sep="\n", file=sys.stderr)
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
