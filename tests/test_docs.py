"""The documentation says what is: commands exist, generated pages are current, links lead somewhere."""

import io
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from demarche.adapters.warehouse import data_dictionary, macro_dictionary
from demarche.commands.running import tables

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
WORDS = set(re.findall(r'words\.add_parser\(\s*"([a-z-]+)"', (ROOT / "include/demarche/cli.py").read_text()))
TARGETS = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
SECRETS = ("POSTGRES_PASSWORD", "AIRFLOW_FERNET_KEY", "AIRFLOW_SECRET_KEY", "AIRFLOW_JWT_SECRET")


def test_the_page_of_the_tables_is_current():
    out = io.StringIO()
    tables(out)
    assert (ROOT / "docs" / "tables.md").read_text(encoding="utf-8") == out.getvalue(), "run `make docs`"


def test_every_view_and_column_of_the_marts_has_a_comment():
    silent = [(view, column) for view, about, column, _, meaning in data_dictionary() if not about or not meaning]
    assert silent == []
    assert [name for name, _, about in macro_dictionary() if not about] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_commands_that_exist(page):
    text = page.read_text(encoding="utf-8")
    quoted = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^(?:\$ )?((?:make|\S*demarche) .+)$", text, re.MULTILINE)
    for command in quoted:
        if found := re.match(r"(?:\.venv/bin/)?demarche ([a-z-]+)", command):
            assert found[1] in WORDS, command
        if found := re.match(r"make ([a-z]+)", command):
            assert found[1] in TARGETS, command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_links_of_a_page_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


def test_the_readme_begins_with_the_two_commands_and_a_picture():
    first_screen = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:30])
    assert "make run" in first_screen
    assert "make test" in first_screen
    assert re.search(r"!\[.+\]\(docs/images/.+\.png\)", first_screen)


def test_make_alone_prints_the_commands():
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("run", "stop", "demo", "test", "check"):
        assert f"make {target}" in done.stdout


def test_the_lock_has_a_hash_for_every_package_and_names_no_registry():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    packages = re.findall(r"^[a-z0-9][^\s;]*==[^\s\\]+", text, re.MULTILINE)
    assert len(packages) > 100
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z0-9])", text) if "==" in block)
    assert "://" not in text


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not installed")
def test_the_compose_file_is_valid_and_asks_for_its_secrets(tmp_path):
    (tmp_path / "empty.env").touch()
    environment = {key: value for key, value in os.environ.items() if key not in SECRETS}
    command = ["docker-compose", "-f", "docker-compose.yaml", "--env-file", str(tmp_path / "empty.env"), "config", "-q"]
    refused = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert refused.returncode != 0
    assert "set it in .env" in refused.stderr
    given = environment | dict.fromkeys(SECRETS, "x")
    accepted = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True)
    assert accepted.returncode == 0, accepted.stderr
