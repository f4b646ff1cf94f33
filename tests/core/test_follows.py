"""A new development follows earlier ones with the same actors and matter; nothing else does."""

from datetime import timedelta

import pytest

from core.grouping_rules import START, grouping_rules
from demarche.core.follows import CodedReport, Follower

FOLLOWER = Follower(grouping_rules()["follows"])


def report(
    story: str, days: float, actors: str = "DE GH", matter: str = "readmission", stage: str = "talks", about: str = ""
):
    seen_at = START + timedelta(days=days)
    return CodedReport(
        story, seen_at, frozenset(actors.split()), frozenset(about.split()), frozenset(matter.split()), stage
    )


OLD = report("old", 0)


@pytest.mark.parametrize(
    ("new", "follows"),
    [
        (report("new", 20, stage="agreed"), True),
        (report("new", 20), True),
        (report("new", 20, stage="stated"), True),
        (report("new", 6, stage="considered"), False),  # a step back
        (report("new", 20, stage="considered"), True),  # a new round
        (report("new", 20, actors="EU GH"), True),  # the union stands for its member
        (report("new", 20, actors="EU DE"), False),  # that is one side of it
        (report("new", 20, actors="EU TN"), False),
        (report("new", 20, matter="demarche"), True),  # an answer
        (report("new", 20, matter="demarche", actors="DE GH TN"), False),  # of others, too
        (report("new", 61, stage="agreed"), False),  # too late
        (report("new", 20, actors="DE TN", stage="agreed"), False),
        (report("new", 20, actors="DE"), False),  # one actor is no relation
        (report("new", 20, actors="DE GH FR IT PL"), False),  # a summit of many
        (report("new", 20, matter="visa_restriction"), False),
        (report("new", 20, about="SY"), True),  # the old one does not say whose nationals
        (report("old", 20, stage="agreed"), False),  # itself
    ],
)
def test_a_story_follows_by_actors_matter_and_stage(new: CodedReport, follows: bool) -> None:
    assert bool(list(FOLLOWER.links([OLD, new], {new.story_id}))) is follows


def test_other_peoples_nationals_are_another_matter() -> None:
    old, new = report("old", 0, about="SY"), report("new", 9, about="AF")
    assert list(FOLLOWER.links([old, new], {"new"})) == []


def test_a_member_answers_what_was_done_to_its_union() -> None:
    order = report("order", 0, actors="US EU", matter="demarche", stage="announced")
    summons = report("summons", 2, actors="DE US", matter="demarche", stage="carried_out")
    (link,) = FOLLOWER.links([order, summons], {"summons"})
    assert (link.follows_story_id, link.reason.split(";")[0]) == ("order", "EU+US")


def test_two_members_are_not_each_other() -> None:
    old, new = report("old", 0, actors="DE GH"), report("new", 9, actors="FR GH")
    assert list(FOLLOWER.links([old, new], {"new"})) == []


def test_the_nearest_three_are_linked_and_say_why() -> None:
    old = [report(f"old{n}", n) for n in range(5)]
    found = list(FOLLOWER.links([*old, report("new", 10, stage="agreed")], {"new"}))
    assert [link.follows_story_id for link in found] == ["old4", "old3", "old2"]
    assert found[0].reason == "DE+GH; readmission; talks → agreed; 6 days after the report before"


def test_what_comes_later_changes_no_link() -> None:
    reports = [OLD, report("new", 10, stage="agreed")]
    later = [report("old", 11, actors="FR TN"), report("new", 30, actors="FR TN", matter="sanctions")]
    assert list(FOLLOWER.links([*reports, *later], {"new"})) == list(FOLLOWER.links(reports, {"new"}))
