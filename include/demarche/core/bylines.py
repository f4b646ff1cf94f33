"""Names the wire that a report comes from, where its text or outlet says so. A wire that is only quoted is none."""

import re
from collections.abc import Mapping
from typing import Any

HEAD = 120  # characters from the beginning within which a place and a wire stand
# "told Reuters" quotes; "mit dpa", "source: PAP" signs.
_WITH = r"(?:mit|von|with|via|avec|con|com|med|met|z|źródło|source|quelle|fonte|fuente|kaynak|источник|المصدر)\s*:?\s+"


class Bylines:
    """The signs of the wires, compiled once. `rules` is the table [wires] of grouping.toml."""

    def __init__(self, rules: Mapping[str, Mapping[str, Any]]) -> None:
        self._of_sign: dict[str, str] = {}
        self._of_outlet: dict[str, str] = {}
        for wire, known in rules.items():
            self._of_sign |= {sign.replace("_", " "): wire for sign in known["signs"].split()}
            self._of_outlet |= {outlet.casefold(): wire for outlet in known["outlets"].split()}
        signs = "|".join(re.escape(sign) for sign in sorted(self._of_sign, key=len, reverse=True))
        self._head = re.compile(
            rf"[(（\[/]\s*({signs})(?:[/, ][^)）\]/]{{0,30}})?\s*[)）\]/]|[—–-]\s*({signs})\s*[.:,—–-]"
        )
        self._tail = re.compile(rf"(?:(?i:{_WITH})|[(（\[/—–-]\s*)({signs})(?:[/,]\w+)?\s*[)）\]/.]*\s*$")

    def wire(self, text: str, outlet: str = "") -> str:
        """The wire's name, e.g. 'Reuters' for 'LISBON (Reuters) - …'; empty where nothing tells."""
        own = self._of_outlet.get(outlet.casefold().removeprefix("www."))
        if own:
            return own
        for found in (self._head.search(text[:HEAD]), self._tail.search(text.strip()[-60:])):
            if found:
                return self._of_sign[next(group for group in found.groups() if group)]
        return ""
