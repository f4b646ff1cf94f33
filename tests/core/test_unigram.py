"""Words are split into the likeliest pieces, and each piece knows where it stands."""

import pytest

from demarche.core.unigram import SPACE, Vocabulary

PIECES = ["<unk>", f"{SPACE}visa", f"{SPACE}vis", "a", "s", SPACE, "v", "i", "ß"]
SCORES = [0.0, -4.0, -3.0, -2.0, -2.5, -5.0, -6.0, -6.0, -7.0]


def vocabulary():
    return Vocabulary(PIECES, SCORES, unknown=0)


def names_of(text):
    return [PIECES[piece.number] for piece in vocabulary().split(text)]


def test_the_likeliest_split_wins_over_the_longest_first_piece():
    assert names_of("visas") == [f"{SPACE}visa", "s"]
    cheaper = Vocabulary(PIECES, [0.0, -9.0, *SCORES[2:]], unknown=0)
    assert [PIECES[piece.number] for piece in cheaper.split("visas")] == [f"{SPACE}vis", "a", "s"]


def test_a_character_that_no_piece_holds_is_unknown_and_the_rest_is_still_split():
    assert names_of("visaქs") == [f"{SPACE}visa", "<unk>", "s"]


def test_pieces_stand_where_their_letters_do():
    text = "no visas,  visa"
    for piece in vocabulary().split(text):
        name = PIECES[piece.number]
        if name != "<unk>" and name != SPACE:
            assert text[piece.start : piece.end] == name.removeprefix(SPACE)


def test_compatible_characters_count_as_their_plain_form():
    assert names_of("ｖｉｓａ") == [f"{SPACE}visa"]


def test_a_character_that_becomes_several_leaves_its_pieces_the_whole_word():
    (word,) = {(piece.start, piece.end) for piece in Vocabulary(PIECES, SCORES, 0).split("ﬁ")}
    assert word == (0, 1)


def test_pieces_without_scores_are_refused():
    with pytest.raises(ValueError, match="9 pieces with 1 scores"):
        Vocabulary(PIECES, [0.0], 0)
