"""What people decided about stories wins over what was found, and goes on deciding about what comes later."""

from datetime import UTC, datetime, timedelta

from demarche.core.decisions import Decision, Member, Placing, placings, split_id

START = datetime(2026, 3, 2, tzinfo=UTC)


def member(article: str, story: str, hours: float = 0, joined: str = "") -> Member:
    return Member(article, story, START + timedelta(hours=hours), joined)


def decision(action: str, articles: str, into: str = "", hours: float = 10, name: str = "d") -> Decision:
    return Decision(name, action, START + timedelta(hours=hours), frozenset(articles.split()), frozenset(into.split()))


def stories_of(members: list[Member], decisions: list[Decision]) -> dict[str, str]:
    return {part: placing.whole_id for part, placing in placings(members, decisions).items()}


FOUND = [member("a", "A"), member("b", "A", 1, "a"), member("c", "C", 2), member("d", "C", 3, "c")]


def test_without_decisions_nothing_moves() -> None:
    assert stories_of(FOUND, []) == {}


def test_a_merge_moves_the_whole_story_with_what_came_later() -> None:
    late = member("late", "C", 50, "d")
    assert stories_of([*FOUND, late], [decision("merge", "c d", "a b")]) == dict.fromkeys(("c", "d", "late"), "A")


def test_an_article_that_the_grouping_has_since_put_elsewhere_moves_alone() -> None:
    found = [*FOUND, member("e", "E"), member("f", "E", 1, "e")]
    assert stories_of(found, [decision("merge", "c d e", "a")]) == dict.fromkeys(("c", "d", "e"), "A")


def test_a_split_takes_the_named_articles_and_later_ones_that_are_most_like_them() -> None:
    like_b, like_a = member("x", "A", 20, "b"), member("y", "A", 21, "a")
    like_x, early = member("z", "A", 22, "x"), member("early", "A", 2, "b")
    moved = stories_of([*FOUND, like_b, like_a, like_x, early], [decision("split", "b")])
    assert moved == dict.fromkeys(("b", "x", "z"), split_id("d"))


def test_later_decisions_win() -> None:
    split, back = decision("split", "b", name="one"), decision("merge", "b", "a", hours=20, name="two")
    assert stories_of(FOUND, [split, back]) == {}
    assert stories_of(FOUND, [split]) == {"b": split_id("one")}


def test_what_moves_says_which_decision_moved_it_last() -> None:
    split, other = decision("split", "b", name="one"), decision("merge", "b", "c", hours=20, name="two")
    assert placings(FOUND, [split, other]) == {"b": Placing("C", "two")}


def test_a_decision_about_articles_that_are_gone_does_nothing() -> None:
    assert stories_of(FOUND, [decision("merge", "gone", "a"), decision("merge", "a", "gone")]) == {}
