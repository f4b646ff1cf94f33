"""An embedder is loaded by name, only when it is installed and its weights are those that were measured."""

import hashlib

import pytest

from demarche.adapters import embedders
from demarche.adapters.embedders import EmbedderError, Package, check_weights, load_embedder


def test_an_unknown_embedder_is_refused_by_name():
    with pytest.raises(EmbedderError, match="no embedder 'word2vec'"):
        load_embedder("word2vec")


def test_an_embedder_that_is_not_installed_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(embedders.KNOWN, "absent", Package("no_such_embedder", "weights.bin", "0" * 64))
    with pytest.raises(EmbedderError, match="requirements-embedder"):
        load_embedder("absent")


def test_weights_with_another_checksum_are_refused(tmp_path):
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"weights")
    check_weights(weights, hashlib.sha256(b"weights").hexdigest())
    weights.write_bytes(b"other weights")
    with pytest.raises(EmbedderError, match="expected"):
        check_weights(weights, hashlib.sha256(b"weights").hexdigest())
    with pytest.raises(EmbedderError, match="No such file"):
        check_weights(tmp_path / "absent", "0" * 64)
