"""A report's summary and the text of its page share the room that there is for reading them."""

import pytest

from demarche.core.bodies import lay_together, shared_length


def test_the_summary_comes_first_and_the_text_follows():
    assert lay_together("Talks ended.", "Rome and Tunis agreed.", 100) == "Talks ended.\nRome and Tunis agreed."


@pytest.mark.parametrize(("summary", "text"), [("Talks ended.", ""), ("", "Talks ended.")])
def test_either_alone_is_all_there_is(summary, text):
    assert lay_together(summary, text, 5) == "Talks"
    assert shared_length(summary, text, 5) == 5


def test_a_long_summary_leaves_half_of_the_room_to_the_text():
    laid = lay_together("s" * 90, "t" * 90, 40)
    assert (laid.count("s"), laid.count("t"), len(laid)) == (20, 19, 40)
    assert shared_length("s" * 90, "t" * 90, 40) == 20


def test_a_short_text_leaves_the_rest_to_the_summary():
    assert lay_together("s" * 90, "tt", 40) == "s" * 37 + "\ntt"


def test_a_text_that_begins_with_the_summary_is_read_once():
    assert lay_together("Rome and Tunis agreed …", "Rome and Tunis agreed on flights.", 100) == (
        "Rome and Tunis agreed on flights."
    )
    assert shared_length("Rome and Tunis agreed …", "Rome and Tunis agreed on flights.", 100) == 21
