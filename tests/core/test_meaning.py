"""A text's vector is the sum of what its words bring: near for what means the same, in whatever form or script."""

import numpy as np
import pytest

from demarche.adapters.rulebook import SHIPPED, RuleError, read_arrays
from demarche.core.meaning import MeaningTable, count_pieces, pieces

SHIPPED_TABLE = MeaningTable(**read_arrays(SHIPPED / "model" / "meaning.npz"))


def likeness(one, other):
    return float(SHIPPED_TABLE.vector(one) @ SHIPPED_TABLE.vector(other))


def test_a_word_brings_itself_its_beginning_and_its_groups_of_letters():
    assert list(pieces("Visas")) == ["wvisas", "pvisas", "g<vis", "gvisa", "gisas", "gsas>"]


def test_an_unspaced_script_brings_pairs_and_single_letters():
    assert list(pieces("移民問")) == ["c移民", "c民問", "c移", "c民", "c問"]


def test_a_piece_that_stands_twice_counts_less_than_double():
    (rows, once), (same, thrice) = count_pieces("un", 1 << 20), count_pieces("un un un", 1 << 20)
    assert rows.tolist() == same.tolist() == sorted(set(rows.tolist()))
    assert all(one == 1.0 < three < 3.0 for one, three in zip(once, thrice, strict=True))


def test_a_vector_has_length_one_and_a_text_without_words_has_none():
    assert np.linalg.norm(SHIPPED_TABLE.vector("Rabat reprend ses ressortissants")) == pytest.approx(1.0)
    assert not SHIPPED_TABLE.vector(" -- ").any()


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("Tunis takes back its nationals", "Tunis reprend ses ressortissants expulsés"),
        ("Ankara droht mit Öffnung der Grenze", "Ankara threatens to open the border"),
        ("Visumfreiheit für Georgier ausgesetzt", "EU suspends visa-free travel for Georgians"),
        ("السعودية ترحل عمالا مخالفين", "Saudi Arabia deports irregular workers"),
    ],
)
def test_an_act_told_in_another_language_lies_nearer_than_something_else(one, same):
    assert likeness(one, same) > likeness(one, "The village bakery wins a prize for its bread")


def test_a_table_whose_parts_do_not_fit_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        MeaningTable(np.zeros((4, 2), dtype=np.int8), np.zeros(3, dtype=np.float32))


def test_an_unreadable_table_is_named(tmp_path):
    path = tmp_path / "meaning.npz"
    path.write_bytes(b"not a table")
    with pytest.raises(RuleError, match=r"meaning\.npz"):
        read_arrays(path)
