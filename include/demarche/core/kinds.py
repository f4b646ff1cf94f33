"""Tells from a headline or an address what kind of text a report is: live, opinion, digest, or a plain report.

Owns where a mark must stand. Which marks there are is data, rules/grouping.toml.
"""

import re
from collections.abc import Mapping, Sequence

from demarche.core.wording import fold

REPORT = "report"
_PARTING = r"(?:\s*(?:[:|–—]|//)|\.\s|\s-\s)"  # what stands between a label and the headline


class KindTeller:
    """The kinds of text, each with its labels, words and parts of addresses."""

    def __init__(self, kinds: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        """`kinds` is the table [kinds] of grouping.toml.

        Of each kind, `labels` stand at the beginning or the end of a headline, parted from it by a colon, a dash or a
        bar ("Opinion: …", "… | Opinion"); `words` stand anywhere in it; `address` anywhere in the address.
        """
        self._kinds = [
            (kind, _label_pattern(marks.get("labels", ())), [fold(word) for word in marks.get("words", ())],
             list(marks.get("address", ())))
            for kind, marks in kinds.items()
        ]  # fmt: skip

    def kind(self, title: str, url: str) -> str:
        """The kind of a text with this headline and address; `report` where no mark says otherwise."""
        folded, address = fold(title).strip(), url.casefold()
        for kind, labels, words, parts in self._kinds:
            if labels.search(folded) or any(map(folded.__contains__, words)) or any(map(address.__contains__, parts)):
                return kind
        return REPORT


def _label_pattern(labels: Sequence[str]) -> re.Pattern[str]:
    names = "|".join(re.escape(fold(label)) for label in sorted(labels, key=len, reverse=True))
    return (
        re.compile(rf"^(?:{names}){_PARTING}|{_PARTING}\s*(?:{names})(?:$|{_PARTING})") if names else re.compile("(?!)")
    )
