"""People say which sightings are one report: their word wins, outlives replays, and shows in all that follows."""

import json
from datetime import timedelta

import pytest

from builders import NOON, QUARTER, rss
from demarche import cli, steps
from demarche.adapters.decisions import DecisionError
from demarche.adapters.files import append_line
from demarche.model import ARTICLES, STORIES
from demarche.steps.correcting import CorrectionError, apply_decisions, merge, split, withdraw
from demarche.steps.decided import decisions_about
from demarche.steps.reviewing import find_entries
from grouped_reports import ITALY, POLAND, ask, ask_private, run, serve, show, story_of

# Another text of the same report, too unlike to be seen as a copy of it.
RETOLD = (
    "Tunis takes money from Rome to halt departures of migrants and readmits its citizens",
    "Under an accord signed on Monday, the Italian government finances the Tunisian coast guard.",
    "retold",
)
WIRED = (
    "Rome's accord with Tunis: money for returns of irregular migrants",
    "ROME (ANSA) - The Italian government finances the Tunisian coast guard; Tunis readmits migrants it is asked to.",
    "wired",
)


def article_of(settings, title):
    ((article_id,),) = ask(
        settings, "SELECT DISTINCT article_id FROM mart.verdict_audit WHERE title = $title", title=title
    )
    return article_id


def entries_of(settings, outlet):
    rows = ask(settings, "SELECT entry_id FROM mart.verdict_audit WHERE outlet = $o ORDER BY 1", o=outlet)
    return [entry_id for (entry_id,) in rows]


def articles(settings):
    """Titles of the articles that stand, with outlets."""
    return dict(ask(settings, "SELECT title, list_sort(outlets) FROM mart.articles"))


def rebuild(settings):
    settings.warehouse.unlink()
    steps.build("2026-03-10", settings=settings, now=NOON + timedelta(days=1))
    steps.publish_copy(settings=settings, now=NOON + timedelta(days=1))


@pytest.fixture
def retold(server, settings):
    """One report that two outlets copy, another telling of it by a third, and something else."""
    serve(
        server,
        settings,
        morning=[rss(ITALY, POLAND)],
        evening=[rss(ITALY, base="https://evening.example")],
        herald=[rss(RETOLD, base="https://herald.example")],
    )
    run(settings, NOON)
    assert len(articles(settings)) == 3
    return settings


def test_two_articles_that_are_one_report_become_one_in_the_story_of_the_second(retold):
    one, other = article_of(retold, RETOLD[0]), article_of(retold, ITALY[0])
    story = story_of(retold, ITALY[0])
    merge(ARTICLES, one, other, by="Ada", note="same accord", settings=retold, now=NOON + QUARTER)
    show(retold)
    for _ in range(2):
        query = "SELECT article_id, story_id, sighting_count, list_sort(outlets), wire FROM mart.articles"
        assert ask(retold, f"{query} WHERE article_id = $a", a=other) == [
            (other, story, 3, ["Evening", "Herald", "Morning"], "Reuters")
        ]
        assert ask(retold, "SELECT count(*) FROM mart.articles") == [(2,)]
        (reason,) = [row["reason"] for row in find_entries(one, settings=retold)]
        assert reason.startswith("merge by Ada (decision ")
        rebuild(retold)
    query = 'SELECT "action", article_id, into_article_id, is_found, is_withdrawn FROM mart.article_decisions'
    assert ask(retold, query) == [("merge", one, other, True, False)]
    steps.check_warehouse(settings=retold, now=NOON, is_whole=True)


def test_a_story_whose_only_article_was_merged_into_another_leads_to_that_ones(retold):
    one, story, into = article_of(retold, POLAND[0]), story_of(retold, POLAND[0]), story_of(retold, ITALY[0])
    merge(ARTICLES, one, article_of(retold, ITALY[0]), by="Ada", note="", settings=retold, now=NOON + QUARTER)
    show(retold)
    assert ask(retold, "SELECT story_id, successor_story_id FROM mart.story_redirects") == [(story, into)]


def test_a_sighting_that_is_no_copy_becomes_an_article_of_its_own_in_the_same_story(retold):
    article, story = article_of(retold, ITALY[0]), story_of(retold, ITALY[0])
    (entry,) = entries_of(retold, "Evening")
    _, made = split(ARTICLES, article, [entry], by="Bo", note="", settings=retold, now=NOON + QUARTER)
    show(retold)
    for _ in range(2):
        rows = ask(retold, "SELECT article_id, story_id, outlets FROM mart.articles WHERE title = $t", t=ITALY[0])
        assert sorted(rows) == sorted([(article, story, ["Morning"]), (made, story, ["Evening"])])
        rebuild(retold)


def test_what_arrives_later_follows_the_sighting_that_it_copies(server, settings):
    later = (WIRED[0] + " again", WIRED[1], "later")
    serve(
        server,
        settings,
        morning=[rss(ITALY), rss(ITALY)],
        herald=[rss(WIRED, base="https://herald.example"), rss(WIRED, base="https://herald.example")],
        evening=[rss(), rss(later, base="https://evening.example")],
    )
    run(settings, NOON)
    article = article_of(settings, ITALY[0])
    merge(ARTICLES, article_of(settings, WIRED[0]), article, by="Ada", note="", settings=settings, now=NOON + QUARTER)
    show(settings)
    (entry,) = entries_of(settings, "Herald")
    _, made = split(ARTICLES, article, [entry], by="Bo", note="", settings=settings, now=NOON + QUARTER)
    run(settings, NOON + 2 * QUARTER)
    assert article_of(settings, later[0]) == made
    live = ask_private(settings, "SELECT entry_id, article_id, story_id, decided FROM core.groupings ORDER BY 1")
    rebuild(settings)
    replayed = ask_private(settings, "SELECT entry_id, article_id, story_id, decided FROM core.groupings ORDER BY 1")
    assert replayed == live


def test_versions_are_counted_in_the_articles_that_people_made(server, settings):
    retitled = (ITALY[0] + " worth 100 million", ITALY[1], "italy")
    serve(server, settings, morning=[rss(ITALY), rss(retitled)])
    for number in range(2):
        run(settings, NOON + number * QUARTER)
    query = "SELECT version, version_count, title FROM mart.article_versions ORDER BY seen_at"
    before = ask(settings, query)
    assert [row[:2] for row in before] == [(1, 2), (2, 2)]
    ((entry,),) = ask(settings, "SELECT entry_id FROM mart.verdict_audit WHERE title = $t", t=retitled[0])
    article = article_of(settings, ITALY[0])
    decision, _ = split(ARTICLES, article, [entry], by="Bo", note="", settings=settings, now=NOON + 2 * QUARTER)
    show(settings)
    assert ask(settings, query) == [(1, 1, ITALY[0]), (1, 1, retitled[0])]
    withdraw(ARTICLES, decision, by="Bo", note="", settings=settings, now=NOON + 3 * QUARTER)
    show(settings)
    assert ask(settings, query) == before


def test_a_merge_that_is_taken_back_leaves_everything_as_it_was(retold):
    query = "SELECT * EXCLUDE (window_at) FROM core.groupings ORDER BY entry_id"
    before = ask_private(retold, query)
    one, other = article_of(retold, RETOLD[0]), article_of(retold, ITALY[0])
    decision = merge(ARTICLES, one, other, by="Ada", note="", settings=retold, now=NOON + QUARTER)
    show(retold)
    assert ask_private(retold, query) != before
    withdraw(ARTICLES, decision, by="Ada", note="", settings=retold, now=NOON + 2 * QUARTER)
    show(retold)
    assert ask_private(retold, query) == before
    assert ask(retold, "FROM mart.story_redirects") == []


def test_an_article_that_was_split_off_stays_in_the_story_that_people_made_of_it(retold):
    """Its sightings were named when the stories were merged, so the word about stories is about it, too."""
    poland, italy = story_of(retold, POLAND[0]), story_of(retold, ITALY[0])
    merge(STORIES, italy, poland, by="Ada", note="", settings=retold, now=NOON + QUARTER)
    show(retold)
    (entry,) = entries_of(retold, "Evening")
    article = article_of(retold, ITALY[0])
    split(ARTICLES, article, [entry], by="Bo", note="", settings=retold, now=NOON + 2 * QUARTER)
    show(retold)
    assert ask(retold, "SELECT DISTINCT story_id FROM mart.articles WHERE title = $t", t=ITALY[0]) == [(poland,)]


def test_an_article_that_is_merged_away_does_not_drag_the_other_into_the_story_it_had(retold):
    one, other = article_of(retold, RETOLD[0]), article_of(retold, ITALY[0])
    story = story_of(retold, ITALY[0])
    split(STORIES, story, [one], by="Ada", note="", settings=retold, now=NOON + QUARTER)
    show(retold)
    assert story_of(retold, RETOLD[0]) != story
    merge(ARTICLES, one, other, by="Bo", note="", settings=retold, now=NOON + 2 * QUARTER)
    show(retold)
    assert ask(retold, "SELECT story_id FROM mart.articles WHERE article_id = $a", a=other) == [(story,)]


def test_a_merged_article_says_which_one_to_name_and_a_pending_merge_is_in_the_way(retold):
    one, other = article_of(retold, RETOLD[0]), article_of(retold, ITALY[0])
    first = merge(ARTICLES, one, other, by="Ada", note="", settings=retold, now=NOON + QUARTER)
    with pytest.raises(CorrectionError, match=f"{one}: is to become part of {other}; Ada .*{first}.*articles apply"):
        merge(ARTICLES, other, one, by="Bo", note="", settings=retold, now=NOON + QUARTER)
    show(retold)
    with pytest.raises(CorrectionError, match=f"{one}: this article has become {other}; use that id"):
        merge(ARTICLES, one, other, by="Bo", note="", settings=retold, now=NOON + QUARTER)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda s, one, entry: merge(ARTICLES, "f" * 16, one, by="A", note="", settings=s, now=NOON), "no such"),
        (lambda s, one, entry: merge(ARTICLES, one, one, by="A", note="", settings=s, now=NOON), "an article cannot"),
        (lambda s, one, entry: merge(ARTICLES, one, one, by=" ", note="", settings=s, now=NOON), "an article cannot"),
        (lambda s, one, entry: merge(ARTICLES, one, article_of(s, POLAND[0]), by=" ", note="", settings=s, now=NOON),
         "needs the name"),
        (lambda s, one, entry: split(ARTICLES, one, ["0" * 16], by="A", note="", settings=s, now=NOON), "no entry of"),
        (lambda s, one, entry: split(ARTICLES, one, [entry], by="A", note="", settings=s, now=NOON), "not all"),
        (lambda s, one, entry: split(ARTICLES, one, [], by="A", note="", settings=s, now=NOON), "not none"),
    ],
)  # fmt: skip
def test_a_decision_that_makes_no_sense_is_refused_and_not_kept(retold, act, message):
    (entry,) = entries_of(retold, "Herald")
    with pytest.raises(CorrectionError, match=message):
        act(retold, article_of(retold, RETOLD[0]), entry)
    assert decisions_about(ARTICLES, retold) == []


def test_a_line_that_makes_no_sense_is_named(retold):
    append_line(retold.decisions / "articles.jsonl", {"decision_id": "d", "action": "merge"})
    with pytest.raises(DecisionError, match=r"articles.jsonl, line 1: a decision about an? article lacks article_id"):
        apply_decisions(settings=retold, now=NOON)


def test_the_command_line_merges_splits_and_lists(retold, monkeypatch, capsys):
    monkeypatch.setenv("DEMARCHE_HOME", str(retold.home))
    monkeypatch.setenv("DEMARCHE_FEEDS", str(retold.feeds))
    one, other = article_of(retold, RETOLD[0]), article_of(retold, ITALY[0])
    assert cli.main(["articles", "merge", one, other, "--by", "Ada", "--note", "same accord"]) == 0
    assert cli.main(["articles", "apply"]) == 0
    assert articles(retold).keys() >= {POLAND[0]} and len(articles(retold)) == 2
    (entry,) = entries_of(retold, "Herald")
    capsys.readouterr()
    assert cli.main(["articles", "split", other, "--entries", entry, "--by", "Bo"]) == 0
    made = capsys.readouterr().out.strip()
    assert cli.main(["articles", "apply"]) == 0
    assert article_of(retold, RETOLD[0]) == made
    capsys.readouterr()
    assert cli.main(["articles", "decisions", "--format", "jsonl"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["action"], row["decided_by"]) for row in rows] == [("merge", "Ada"), ("split", "Bo")]
    assert cli.main(["articles", "withdraw", "nonsense"]) == 1
    assert "`demarche articles decisions` lists them" in capsys.readouterr().err
