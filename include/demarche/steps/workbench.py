"""The judge, the coder and the grouper, made from the rules on disk; once a process, for making them takes a second."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from demarche.adapters.rulebook import SHIPPED, read_table, read_tables, read_weights, rules_version
from demarche.adapters.territories import territory_names
from demarche.core.actors import Gazetteer
from demarche.core.coding import Coder
from demarche.core.grouping import Grouper
from demarche.core.lexicon import Lexicon
from demarche.core.relevance import Judge
from demarche.settings import Settings


@dataclass(frozen=True, slots=True)
class Workbench:
    """What decides, and the version of the rules it decides by."""

    judge: Judge
    coder: Coder
    gazetteer: Gazetteer
    grouping_rules: dict[str, Any]
    rules_version: str

    def grouper(self) -> Grouper:
        """A grouper that remembers nothing yet."""
        return Grouper(self.grouping_rules)


def workbench(settings: Settings) -> Workbench:
    """The workbench for these settings. Raises RuleError where a rule file cannot be read."""
    return _workbench(settings.rules or SHIPPED)


@cache
def _workbench(folder: Path) -> Workbench:
    version = rules_version(folder)
    gazetteer = Gazetteer.from_tables(read_table(folder / "actors.toml"), territory_names())
    judge = Judge(
        Lexicon.from_tables(read_tables(folder / "lexicon")),
        read_weights(folder / "model" / "relevance.json"),
        version,
        gazetteer.mentions,
    )
    grouping_rules = {**read_table(folder / "grouping.toml"), "background": read_table(folder / "background.toml")}
    return Workbench(
        judge=judge,
        coder=Coder(gazetteer, read_table(folder / "instruments.toml"), version),
        gazetteer=gazetteer,
        grouping_rules=grouping_rules,
        rules_version=version,
    )
