"""The rules of the house: who may import whom, which library lives where, which names are not used."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "include" / "demarche"
MODULES = sorted(PACKAGE.rglob("*.py"))

# A layer, and the parts of the package that its modules may import.
LAYERS = {
    "model": set(),
    "settings": set(),
    "core": {"model", "core"},
    "adapters": {"model", "settings", "adapters"},
    "contracts": {"model"},
    "labelled": {"model"},
    "heldback": {"labelled"},
    "training": {"model", "core", "adapters", "labelled", "heldback"},
    "lexicon_check": {"core", "adapters", "demo"},
    "steps": {"model", "settings", "core", "adapters", "steps"},
    "demo": {"model", "demo"},
    "commands": {"model", "settings", "core", "adapters", "steps", "contracts", "commands", "demo", "training"},
    "cli": {"model", "settings", "commands", "standalone"},
    "standalone": {"settings", "adapters"},
    "web": {"model", "settings", "adapters", "steps", "web"},
}
HOMES = {
    "duckdb": ("adapters/warehouse/",),
    "feedparser": ("core/feeds.py",),
    "bs4": ("core/text.py", "core/pages.py", "core/metadata.py", "core/discovery.py"),
    "trafilatura": ("core/pages.py",),
    "aiohttp": ("adapters/http/",),
    "warcio": ("adapters/archive.py",),
    "sqlite3": ("adapters/feed_state.py",),
    "babel": ("adapters/territories.py",),
    "ahocorasick_rs": ("core/matching.py",),
    "py3langid": ("core/language.py",),
    "psutil": ("standalone.py",),
}
IMPURE = {"os", "socket", "subprocess", "pathlib", "shutil", "tempfile", "urllib.request", "asyncio", "time", "random"}
BANNED_NAMES = {"utils", "helpers", "common", "base", "manager", "misc", "constants"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_the_layers_below_it(path):
    if layer(path) == "__init__":
        return
    allowed = LAYERS[layer(path)]
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "demarche" and len(parts) > 1 and parts[1] != "__version__":
            assert parts[1] in allowed or parts[1] == layer(path), f"{path.name} imports {name}"


def test_nothing_under_include_imports_airflow():
    guilty = [str(path) for path in MODULES for name in imports(path) if name.split(".")[0] == "airflow"]
    assert guilty == []


@pytest.mark.parametrize("library", HOMES)
def test_a_library_has_one_home(library):
    users = {
        str(path.relative_to(PACKAGE)) for path in MODULES for name in imports(path) if name.split(".")[0] == library
    }
    strangers = [user for user in users if not user.startswith(HOMES[library])]
    assert strangers == []


def test_the_core_touches_no_clock_disk_network_or_environment():
    for path in sorted((PACKAGE / "core").rglob("*.py")):
        assert not IMPURE.intersection(imports(path)), f"{path.name} imports {IMPURE.intersection(imports(path))}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in ("now", "utcnow", "today"), f"{path.name}, line {node.lineno}: a clock"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("open", "print", "input"), f"{path.name}, line {node.lineno}"


def test_no_module_is_named_after_nothing():
    assert [str(path) for path in MODULES if path.stem in BANNED_NAMES] == []


def test_every_module_says_what_it_owns():
    silent = [str(path) for path in MODULES if ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None]
    assert silent == []


def test_plugins_hold_one_python_file():
    # Airflow runs every .py file there and registers it under its bare name: a file `email.py` would replace the
    # standard library's.
    assert [path.name for path in (ROOT / "plugins").rglob("*.py")] == ["demarche_plugin.py"]
