"""What grouping leaves in the warehouse: versions, wires, links, redirects, and the word of people that wins."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from builders import NOON, QUARTER, rss
from demarche import cli, steps
from demarche.adapters.decisions import DecisionError
from demarche.adapters.files import append_line
from demarche.adapters.warehouse import Warehouse
from demarche.core.windows import ended_key
from demarche.model import STORIES
from demarche.steps.correcting import CorrectionError, apply_decisions, merge, split, withdraw
from demarche.steps.decided import decisions_about
from feed_server import Reply
from grouped_reports import ITALY, POLAND, ask, ask_private, run, serve, show, story_of

ITALY_AGAIN = (
    "Italy and Tunisia sign migration deal worth 100 million",
    "TUNIS (Reuters) - Rome will pay Tunis to stop migrant boats and take back its nationals under a readmission deal.",
    "italy",
)
TALKS = (
    "Germany and Ghana open talks on readmission of rejected asylum seekers",
    "Berlin and Accra began negotiations over a readmission agreement for rejected asylum seekers.",
    "talks",
)
SIGNED = (
    "Germany and Ghana sign readmission agreement",
    "Berlin and Accra agreed that Ghana takes back its nationals; ministers signed the readmission accord.",
    "signed",
)


@pytest.fixture
def two_stories(server, settings):
    """Two developments that two outlets report, published once."""
    serve(server, settings, morning=[rss(ITALY, POLAND)], evening=[rss(ITALY, base="https://evening.example")])
    run(settings, NOON)
    return settings


def test_a_changed_title_is_a_version_and_the_changed_words_are_marked(server, settings):
    serve(server, settings, morning=[rss(ITALY), rss(ITALY_AGAIN), rss(ITALY_AGAIN)])
    for number in range(3):
        run(settings, NOON + number * QUARTER)
    rows = ask(
        settings, "SELECT version, version_count, title_diff, summary_diff FROM mart.article_versions ORDER BY 1"
    )
    assert rows[0] == (1, 2, None, None)
    assert rows[1][:3] == (2, 2, "Italy and Tunisia sign migration deal{+ worth 100 million+}")
    assert rows[1][3] == ITALY[1]
    assert ask(settings, "SELECT count(*) FROM mart.articles") == [(1,)]


def test_the_wire_that_one_sighting_names_is_that_of_its_article(two_stories):
    rows = ask(two_stories, "SELECT title, list(DISTINCT wire) FROM core.groupings JOIN raw.entries USING (entry_id) "
                            "GROUP BY title ORDER BY title")  # fmt: skip
    assert rows == [(ITALY[0], ["Reuters"]), (POLAND[0], [""])]


def test_a_page_that_names_its_original_elsewhere_is_a_copy_of_it_under_other_words_too(server, settings):
    body = "<p>Rome pays Tunis and Tunis takes back its nationals, the interior ministers of both said.</p>" * 3
    head = '<head><title>Deal</title><link rel="canonical" href="https://morning.example/italy"></head>'
    page = Reply(f"<html>{head}<body><article>{body}</article></body></html>".encode(), content_type="text/html")
    copied = (
        "Tunis will take back its rejected migrants from Europe, ministers agree",
        "Rome gets what it wanted from North Africa on deportations of migrants.",
        "copied",
    )
    base = server.serve("/copied", page).removesuffix("/copied")
    serve(server, settings, morning=[rss(ITALY, base="https://morning.example")], aggregator=[rss(copied, base=base)])
    for number in range(2):
        run(settings, NOON + number * QUARTER)
    rows = ask(settings, "SELECT list_sort(outlets), sighting_count FROM mart.articles")
    assert rows == [(["Aggregator", "Morning"], 2)]


def test_a_merge_is_applied_wins_and_survives_a_rebuild(two_stories):
    one, other = story_of(two_stories, POLAND[0]), story_of(two_stories, ITALY[0])
    merge(STORIES, one, other, by="Ada", note="one crisis", settings=two_stories, now=NOON + QUARTER)
    apply_decisions(settings=two_stories, now=NOON + QUARTER)
    for _ in range(2):
        steps.publish_copy(settings=two_stories, now=NOON + QUARTER)
        assert {row[0] for row in ask(two_stories, "SELECT story_id FROM mart.stories")} == {other}
        assert ask(two_stories, "SELECT story_id, successor_story_id, reason FROM mart.story_redirects") == [
            (one, other, "merge by Ada")
        ]
        two_stories.warehouse.unlink()
        steps.build("2026-03-10", settings=two_stories, now=NOON + timedelta(days=1))
    assert [row["note"] for row in decisions_about(STORIES, two_stories)] == ["one crisis"]


def test_a_split_makes_a_story_of_its_own_and_can_be_merged_back(two_stories):
    poland, italy = story_of(two_stories, POLAND[0]), story_of(two_stories, ITALY[0])
    merge(STORIES, poland, italy, by="Ada", note="", settings=two_stories, now=NOON + QUARTER)
    apply_decisions(settings=two_stories, now=NOON)
    steps.publish_copy(settings=two_stories, now=NOON)
    ((article,),) = ask(two_stories, "SELECT article_id FROM mart.articles WHERE title = $t", t=POLAND[0])
    _, made = split(STORIES, italy, [article], by="Bo", note="", settings=two_stories, now=NOON + 2 * QUARTER)
    apply_decisions(settings=two_stories, now=NOON)
    steps.publish_copy(settings=two_stories, now=NOON)
    assert story_of(two_stories, POLAND[0]) == made
    assert story_of(two_stories, ITALY[0]) == italy
    merge(STORIES, made, italy, by="Cy", note="", settings=two_stories, now=NOON + 3 * QUARTER)
    steps.build("2026-03-10", settings=two_stories, now=NOON + timedelta(days=1))
    steps.publish_copy(settings=two_stories, now=NOON)
    assert story_of(two_stories, POLAND[0]) == italy
    assert dict(ask(two_stories, "SELECT story_id, successor_story_id FROM mart.story_redirects")) == {
        poland: italy, made: italy
    }  # fmt: skip


def test_a_redirect_leads_to_where_a_split_has_put_the_articles_since(two_stories):
    poland, italy = story_of(two_stories, POLAND[0]), story_of(two_stories, ITALY[0])
    merge(STORIES, poland, italy, by="Ada", note="", settings=two_stories, now=NOON + QUARTER)
    show(two_stories)
    ((article,),) = ask(two_stories, "SELECT article_id FROM mart.articles WHERE title = $t", t=POLAND[0])
    _, made = split(STORIES, italy, [article], by="Bo", note="", settings=two_stories, now=NOON + 2 * QUARTER)
    show(two_stories)
    for _ in range(2):
        assert ask(two_stories, "SELECT story_id, successor_story_id, reason FROM mart.story_redirects") == [
            (poland, made, "1 of its 1 sightings are there now")
        ]
        two_stories.warehouse.unlink()
        steps.build("2026-03-10", settings=two_stories, now=NOON + timedelta(days=1))
        steps.publish_copy(settings=two_stories, now=NOON)


def test_a_merge_that_is_taken_back_leaves_no_trace_but_the_record(two_stories):
    poland, italy = story_of(two_stories, POLAND[0]), story_of(two_stories, ITALY[0])
    merged = merge(STORIES, poland, italy, by="Ada", note="", settings=two_stories, now=NOON + QUARTER)
    show(two_stories)
    withdraw(STORIES, merged, by="Bo", note="two affairs", settings=two_stories, now=NOON + 2 * QUARTER)
    show(two_stories)
    assert (story_of(two_stories, POLAND[0]), story_of(two_stories, ITALY[0])) == (poland, italy)
    assert ask(two_stories, "FROM mart.story_redirects") == []
    query = 'SELECT "action", decided_by, is_withdrawn FROM mart.story_decisions ORDER BY decided_at'
    assert ask(two_stories, query) == [("merge", "Ada", True), ("withdraw", "Bo", False)]
    with pytest.raises(CorrectionError, match="taken back before"):
        withdraw(STORIES, merged, by="Bo", note="", settings=two_stories, now=NOON + 3 * QUARTER)
    with pytest.raises(CorrectionError, match="no such decision"):
        withdraw(STORIES, "f" * 16, by="Bo", note="", settings=two_stories, now=NOON)
    with pytest.raises(CorrectionError, match="takes a decision back itself"):
        withdraw(
            STORIES,
            decisions_about(STORIES, two_stories)[1]["decision_id"],
            by="Bo",
            note="",
            settings=two_stories,
            now=NOON,
        )


def test_a_decision_against_one_that_is_not_shown_yet_is_refused_and_names_it(two_stories):
    poland, italy = story_of(two_stories, POLAND[0]), story_of(two_stories, ITALY[0])
    first = merge(STORIES, poland, italy, by="Ada", note="", settings=two_stories, now=NOON)
    for one, other in ((italy, poland), (poland, italy)):
        with pytest.raises(CorrectionError, match=f"{poland}: is to become part of {italy}; Ada .*{first}"):
            merge(STORIES, one, other, by="Bo", note="", settings=two_stories, now=NOON + QUARTER)
    withdraw(STORIES, first, by="Ada", note="", settings=two_stories, now=NOON + QUARTER)
    merge(STORIES, italy, poland, by="Bo", note="", settings=two_stories, now=NOON + 2 * QUARTER)
    show(two_stories)
    assert story_of(two_stories, ITALY[0]) == poland


def test_articles_can_be_split_off_once_until_that_is_shown(two_stories):
    poland, italy = story_of(two_stories, POLAND[0]), story_of(two_stories, ITALY[0])
    merge(STORIES, poland, italy, by="Ada", note="", settings=two_stories, now=NOON)
    show(two_stories)
    ((article,),) = ask(two_stories, "SELECT article_id FROM mart.articles WHERE title = $t", t=POLAND[0])
    split(STORIES, italy, [article], by="Bo", note="", settings=two_stories, now=NOON + QUARTER)
    with pytest.raises(CorrectionError, match=f"{article}: Bo decided so"):
        split(STORIES, italy, [article], by="Cy", note="", settings=two_stories, now=NOON + 2 * QUARTER)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"action": "spilt"}, "action is 'spilt', not merge, split or withdraw"),
        ({"action": "withdraw"}, "a withdrawal lacks withdraws_decision_id"),
        ({"decided_at": "last tuesday"}, "decided_at is 'last tuesday', not a time"),
        ({"decided_at": "2026-03-10T12:00:00"}, "not a time such as 2026-03-10T12:00:00"),
        ({"decided_by": ""}, "lacks decided_by"),
        ({"article_ids": "abc"}, "article_ids is 'abc', not a list of ids"),
    ],
)
def test_a_decision_that_makes_no_sense_in_the_file_is_named_by_its_line(two_stories, changed, message):
    one, other = story_of(two_stories, POLAND[0]), story_of(two_stories, ITALY[0])
    merge(STORIES, one, other, by="Ada", note="", settings=two_stories, now=NOON)
    path = two_stories.decisions / "stories.jsonl"
    append_line(path, json.loads(path.read_text()) | changed)
    for act in (
        lambda settings: decisions_about(STORIES, settings),
        lambda settings: apply_decisions(settings=settings, now=NOON),
    ):
        with pytest.raises(DecisionError, match=f"stories.jsonl, line 2: .*{message}"):
            act(two_stories)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda s, one, article: merge(STORIES, "f" * 16, one, by="A", note="", settings=s, now=NOON), "no such"),
        (lambda s, one, article: merge(STORIES, one, one, by="A", note="", settings=s, now=NOON), "into itself"),
        (lambda s, one, article: split(STORIES, one, ["0" * 16], by="A", note="", settings=s, now=NOON), "no article"),
        (lambda s, one, article: split(STORIES, one, [article], by="A", note="", settings=s, now=NOON), "not all"),
        (lambda s, one, article: split(STORIES, one, [], by="A", note="", settings=s, now=NOON), "not none"),
    ],
)  # fmt: skip
def test_a_decision_that_makes_no_sense_is_refused_and_not_kept(two_stories, act, message):
    ((article,),) = ask(two_stories, "SELECT article_id FROM mart.articles WHERE title = $t", t=POLAND[0])
    with pytest.raises(CorrectionError, match=message):
        act(two_stories, story_of(two_stories, POLAND[0]), article)
    assert decisions_about(STORIES, two_stories) == []


def test_a_story_that_was_merged_says_which_one_to_name(two_stories):
    one, other = story_of(two_stories, POLAND[0]), story_of(two_stories, ITALY[0])
    merge(STORIES, one, other, by="Ada", note="", settings=two_stories, now=NOON)
    apply_decisions(settings=two_stories, now=NOON)
    steps.publish_copy(settings=two_stories, now=NOON)
    with pytest.raises(CorrectionError, match=f"has become {other}"):
        merge(STORIES, one, other, by="Ada", note="", settings=two_stories, now=NOON)


def test_a_story_whose_first_report_turns_out_to_be_older_is_redirected(server, settings):
    """The evidence changes: the day before is built after the day whose story it begins."""
    serve(server, settings, morning=[rss(ITALY), rss(ITALY)], evening=[rss(), rss(ITALY, base="https://e.example")])
    for now in (NOON, NOON + timedelta(days=1)):
        steps.collect(ended_key(now), settings=settings, now=now)
    steps.build("2026-03-11", settings=settings, now=NOON + timedelta(days=2))
    steps.publish_copy(settings=settings, now=NOON + timedelta(days=2))
    old = story_of(settings, ITALY[0])
    for _ in range(2):
        steps.build("2026-03-10", settings=settings, now=NOON + timedelta(days=2))
        steps.publish_copy(settings=settings, now=NOON + timedelta(days=2))
        new = story_of(settings, ITALY[0])
        assert new != old
        assert ask(settings, "SELECT story_id, successor_story_id FROM mart.story_redirects") == [(old, new)]


def test_a_later_step_of_the_same_matter_follows_the_story_before(server, settings):
    serve(server, settings, morning=[rss(TALKS), rss(SIGNED)])
    later = NOON + timedelta(days=20)
    for now in (NOON, later):
        run(settings, now)
    ((one, other, reason),) = ask(settings, "SELECT story_id, follows_story_id, reason FROM mart.story_links")
    assert (one, other) == (story_of(settings, SIGNED[0]), story_of(settings, TALKS[0]))
    assert reason.startswith("DE+GH; ") and "readmission" in reason
    live = ask(settings, "FROM mart.story_links")
    settings.warehouse.unlink()
    for day in (later, NOON):
        steps.build(day.date().isoformat(), settings=settings, now=later + timedelta(days=1))
    steps.publish_copy(settings=settings, now=later)
    assert ask(settings, "FROM mart.story_links") == live


def test_signatures_are_dropped_with_the_look_back_and_made_again_where_an_old_day_is_loaded_anew(server, settings):
    serve(server, settings, morning=[rss(ITALY), rss(TALKS), rss(SIGNED, TALKS)])
    days = [NOON, NOON + timedelta(days=29), NOON + timedelta(days=31)]
    for now in days:
        run(settings, now)

    def signed():
        return ask_private(settings, "SELECT title FROM core.signatures JOIN raw.entries USING (entry_id) ORDER BY 1")

    def grouped():
        return ask_private(settings, "SELECT entry_id, article_id, automatic_story_id FROM core.groupings ORDER BY 1")

    assert signed() == [(TALKS[0],), (SIGNED[0],)]
    before = grouped()
    steps.build(ended_key(days[0]), settings=settings, now=days[2])
    assert grouped() == before


def test_the_command_line_keeps_decisions_and_lists_them(two_stories, monkeypatch, capsys):
    monkeypatch.setenv("DEMARCHE_HOME", str(two_stories.home))
    monkeypatch.setenv("DEMARCHE_FEEDS", str(two_stories.feeds))
    one, other = story_of(two_stories, POLAND[0]), story_of(two_stories, ITALY[0])
    assert cli.main(["stories", "merge", one, other, "--by", "Ada", "--note", "one crisis"]) == 0
    assert cli.main(["stories", "merge", other, "nonsense", "--by", "Ada"]) == 1
    assert "nonsense: no such story" in capsys.readouterr().err
    assert cli.main(["stories", "decisions", "--format", "jsonl"]) == 0
    (row,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (row["action"], row["decided_by"], row["note"]) == ("merge", "Ada", "one crisis")
    assert cli.main(["stories", "apply"]) == 0
    assert len(ask(two_stories, "FROM mart.stories")) == 1
    assert ask(two_stories, "SELECT decided_by, is_found FROM mart.story_decisions") == [("Ada", True)]
    assert cli.main(["stories", "withdraw", row["decision_id"], "--by", "Ada"]) == 0
    assert cli.main(["stories", "apply"]) == 0
    assert len(ask(two_stories, "FROM mart.stories")) == 2


def test_redirects_wait_until_something_was_published(settings):
    with Warehouse(settings).connection():
        pass
    steps.publish_copy(settings=settings, now=datetime(2026, 3, 10, tzinfo=UTC))
    assert ask(settings, "FROM mart.story_redirects") == []
