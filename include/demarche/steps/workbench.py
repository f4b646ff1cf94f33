"""What decides, made from the rules on disk: once a process, and only the parts that a step asks for."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demarche.adapters.rulebook import SHIPPED, read_arrays, read_lexicon, read_table, read_weights, rules_version
from demarche.settings import Settings

if TYPE_CHECKING:
    from demarche.core.actors import Gazetteer
    from demarche.core.bylines import Bylines, KnownOutlet
    from demarche.core.closereading import CloseReader
    from demarche.core.coding import Coder
    from demarche.core.follows import Follower
    from demarche.core.grouping import Grouper
    from demarche.core.meaning import MeaningTable
    from demarche.core.relevance import Judge


class Workbench:
    """Judge, coder and grouper of one rules folder. Each raises RuleError where a rule file cannot be read."""

    def __init__(self, folder: Path, embedder: str = "", *, close_reading: bool = True) -> None:
        self.folder = folder
        self.embedder = embedder
        self.reads_closely = close_reading and (folder / "model" / "reader.npz").exists()
        self.rules_version = rules_version(folder)
        self._made: dict[str, Any] = {}

    @property
    def gazetteer(self) -> "Gazetteer":
        """Who is named in a text."""
        return self._once("gazetteer", self._make_gazetteer)  # type: ignore[no-any-return]

    def judges(self, language: str) -> bool:
        """Whether there is a lexicon for a language, or none is told."""
        from demarche.core.language import normalise_code

        code = normalise_code(language)
        if not code or (self.folder / "lexicon" / f"{code}.toml").exists():
            return True
        return any(code in table.get("same_as", ()) for table in self._words.values())

    @property
    def judge(self) -> "Judge":
        """Whether it is migration diplomacy."""
        return self._once("judge", self._make_judge)  # type: ignore[no-any-return]

    @property
    def meaning(self) -> "MeaningTable":
        """What a text is about, as a vector."""
        return self._once("meaning", self._make_meaning)  # type: ignore[no-any-return]

    @property
    def close_reader(self) -> "CloseReader":
        """What a small transformer reads in a report."""
        return self._once("close reader", self._make_close_reader)  # type: ignore[no-any-return]

    @property
    def coder(self) -> "Coder":
        """Who acts on whom."""
        return self._once("coder", self._make_coder)  # type: ignore[no-any-return]

    def grouper(self) -> "Grouper":
        """A grouper that remembers nothing yet."""
        from demarche.core.grouping import Grouper

        rules = {**read_table(self.folder / "grouping.toml"), "background": read_table(self.folder / "background.toml")}
        return Grouper(rules)

    def bylines(self, outlets: Iterable["KnownOutlet"] = ()) -> "Bylines":
        """Which wire or outlet a report comes from; `outlets` are those whose feeds are watched."""
        from demarche.core.bylines import Bylines

        rules = self._once("origins", lambda: read_table(self.folder / "grouping.toml"))
        return Bylines(rules["wires"], rules["aggregators"], outlets)

    @property
    def follower(self) -> "Follower":
        """Which story follows which."""
        from demarche.core.follows import Follower

        return Follower(read_table(self.folder / "grouping.toml")["follows"])

    @property
    def _words(self) -> dict[str, dict[str, Any]]:
        """The tables of the lexicon, which the judge reads whole and the coder for the names of schemes."""
        return self._once("words", lambda: read_lexicon(self.folder))  # type: ignore[no-any-return]

    def _once(self, name: str, make: Any) -> Any:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def _make_gazetteer(self) -> "Gazetteer":
        from demarche.adapters.territories import territory_names
        from demarche.core.actors import Gazetteer

        return Gazetteer.from_tables(read_table(self.folder / "actors.toml"), territory_names())

    def _make_judge(self) -> "Judge":
        from demarche.core.lexicon import Lexicon
        from demarche.core.relevance import Judge, Reader
        from demarche.core.rulings import RuleReader

        lexicon = Lexicon.from_tables(self._words)
        weights = read_weights(self.folder / "model" / "relevance.json")
        # The gazetteer comes with the first report that passes the gate: collecting asks for the gate only.
        embed = None
        if self.embedder:
            from demarche.adapters.embedders import load_embedder

            embed = load_embedder(self.embedder, self.folder)
        reader = None
        if self.embedder or self.reads_closely:
            read = "-".join(filter(None, (self.embedder, "reader" if self.reads_closely else "")))
            reader = Reader(
                read_weights(self.folder / "model" / f"relevance-{read}.json"),
                embed=embed,
                meaning=lambda text: self.meaning.vector(text),
                closely=lambda candidate: self.close_reader.read(candidate),
            )
        return Judge(
            lexicon,
            weights,
            self.rules_version,
            lambda *words: self.gazetteer.mentions(*words),
            reader,
            lambda text: self.meaning.vector(text),
            RuleReader(read_table(self.folder / "instruments.toml")),
        )

    def _make_meaning(self) -> "MeaningTable":
        from demarche.core.meaning import MeaningTable

        return MeaningTable(**read_arrays(self.folder / "model" / "meaning.npz"))

    def _make_close_reader(self) -> "CloseReader":
        from demarche.core.closereading import CloseReader

        return CloseReader(read_arrays(self.folder / "model" / "reader.npz"))

    def _make_coder(self) -> "Coder":
        from demarche.core.coding import Coder
        from demarche.core.lexicon import Lexicon
        from demarche.core.plover import PloverTable
        from demarche.core.quotes import QuoteFinder
        from demarche.core.roles import RoleTable

        weights = read_weights(self.folder / "model" / ("coding-reader.json" if self.reads_closely else "coding.json"))
        return Coder(
            self.gazetteer,
            read_table(self.folder / "instruments.toml"),
            self.rules_version,
            weights,
            plover=PloverTable.from_table(read_table(self.folder / "plover.toml")),
            roles=RoleTable.from_table(read_table(self.folder / "roles.toml")),
            quotes=QuoteFinder(read_table(self.folder / "quotes.toml")),
            meaning=lambda text: self.meaning.vector(text),
            closely=(lambda *report: self.close_reader.read(*report)) if self.reads_closely else None,
            schemes=Lexicon.from_tables(self._words, only_schemes=True),
        )


def workbench(settings: Settings) -> Workbench:
    """The workbench for these settings."""
    return _workbench(settings.rules or SHIPPED, settings.embedder, settings.close_reading)


@cache
def _workbench(folder: Path, embedder: str, close_reading: bool) -> Workbench:
    return Workbench(folder, embedder, close_reading=close_reading)
