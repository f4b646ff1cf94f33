"""An embedder is loaded by name, only when it is installed and its weights are those that were measured."""

import hashlib

import pytest

from demarche.adapters.embedders import EmbedderError, check_weights, load_embedder
from demarche.adapters.files import sha256
from demarche.adapters.rulebook import SHIPPED


def test_an_unknown_embedder_is_refused_by_name():
    with pytest.raises(EmbedderError, match="no embedder 'word2vec'"):
        load_embedder("word2vec")


@pytest.fixture
def rules(tmp_path, monkeypatch):
    """Rules that name two embedders: one nobody has installed, and a small one of our own that stands on the path."""
    package = tmp_path / "site" / "tiny_embedder"
    package.mkdir(parents=True)
    (package / "weights.bin").write_bytes(b"weights")
    (package / "__init__.py").write_text(
        "class Tiny:\n"
        "    def __init__(self, path, scale):\n        self.scale = scale\n"
        "    def embed(self, text):\n        return [len(text) * self.scale, 0.0]\n"
    )
    monkeypatch.syspath_prepend(str(package.parent))
    row = 'weights_option = "path"\nweights = "weights.bin"\nprefix = "q: "\nmethod = "embed"\n'
    row += f'sha256 = "{hashlib.sha256(b"weights").hexdigest()}"\noptions = {{ scale = 2.0 }}\n'
    (tmp_path / "embedders.toml").write_text(
        f'[absent]\nmodule = "no_such_embedder"\nmaker = "X"\n{row}'
        f'[tiny]\nmodule = "tiny_embedder"\nmaker = "Tiny"\n{row}'
        f'[odd]\nmodule = "tiny_embedder"\nmaker = "Huge"\n{row}'
    )
    return tmp_path


def test_an_embedder_that_is_not_installed_says_how_to_install_it(rules):
    with pytest.raises(EmbedderError, match="requirements-embedder"):
        load_embedder("absent", rules)


@pytest.mark.parametrize("name", ["tiny", "TINY"])
def test_an_embedder_of_the_operators_own_is_plugged_in_by_its_row(rules, name):
    assert load_embedder(name, rules)("abc").tolist() == [12.0, 0.0]


def test_a_package_that_is_not_as_its_row_says_is_named(rules):
    with pytest.raises(EmbedderError, match=r"'odd' is not as .*embedders\.toml says"):
        load_embedder("odd", rules)


def test_weights_with_another_checksum_are_refused(tmp_path):
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"weights")
    check_weights(weights, hashlib.sha256(b"weights").hexdigest())
    weights.write_bytes(b"other weights")
    with pytest.raises(EmbedderError, match="expected"):
        check_weights(weights, hashlib.sha256(b"weights").hexdigest())
    with pytest.raises(EmbedderError, match="No such file"):
        check_weights(tmp_path / "absent", "0" * 64)


def test_what_ships_of_another_model_has_its_licence_and_the_checksums_of_its_notice():
    folder = SHIPPED / "model"
    notice = (folder / "NOTICE").read_text(encoding="utf-8")
    assert "Permission is hereby granted" in notice and "Copyright (c) Microsoft Corporation" in notice
    for path in folder.glob("*.npz"):
        assert f"{sha256(path)}  {path.name}" in notice, path.name
