"""Who has a say in a verdict: the judge, the page's text, a second opinion, a person; and how people look at it."""

import io
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from builders import FOUNDING, NOON, QUARTER, a_feed, feeds_toml, rss
from demarche import steps
from demarche.adapters.decisions import DecisionError, read_decisions
from demarche.adapters.opinions import OpinionClient, opinion_of
from demarche.adapters.warehouse import Published, Warehouse
from demarche.commands import reviewing
from demarche.core.windows import ended_key, span_of_key
from demarche.model import Band, Candidate, Verdict
from demarche.steps.reviewing import ReviewError
from demarche.steps.revising import Decider, read_labels
from feed_server import Reply
from opinion_server import OpinionServer
from readers import digest

DAY = "2026-03-10"
BIRDS = ("Storks begin their migration to the south", "Thousands of white storks gather over the coast.", "birds")
MINISTER = ("Minister meets counterpart to discuss migration", "They spoke for an hour.", "minister")


@pytest.fixture
def published(server, settings):
    """Three entries of one feed, collected, built and published."""
    feed = a_feed(server.serve("/a.xml", Reply(rss((*FOUNDING, "us"), BIRDS, MINISTER))), "a", outlet="Morning Post")
    settings.feeds.write_text(feeds_toml(feed), encoding="utf-8")
    key = ended_key(NOON)
    steps.collect(key, settings=settings, now=NOON)
    build(settings)
    return settings


def build(settings):
    steps.build(DAY, settings=settings, now=NOON)
    steps.publish_copy(settings=settings, now=NOON, is_forced=True)


def verdict_of(settings, title):
    names, rows = Published(settings).query(
        "SELECT v.*, e.url, g.article_id FROM core.verdicts v JOIN raw.entries e USING (entry_id) "
        "LEFT JOIN core.groupings g USING (entry_id) WHERE e.title = $title",
        {"title": title},
    )
    return dict(zip(names, rows[0], strict=True))


def test_a_label_outranks_the_judge_and_keeps_what_he_said(published):
    before = verdict_of(published, BIRDS[0])
    (kept,), days = steps.label_report(
        before["url"], 2, by="Ada", note="a test", settings=published, now=NOON + timedelta(hours=1)
    )
    assert days == [DAY]
    build(published)
    after = verdict_of(published, BIRDS[0])
    assert (before["band"], after["band"]) == ("rejected", "accepted")
    assert after["score"] == before["score"]
    assert (after["first_band"], after["decided_by"]) == ("rejected", "Ada")
    assert after["article_id"]
    assert Published(published).query("SELECT label_id, label, labelled_by FROM core.labels")[1] == [
        (kept.label_id, 2, "Ada")
    ]


def test_the_page_revises_the_verdict_on_the_headline_and_both_are_kept(server, settings):
    words = " ".join([FOUNDING[1]] * 6)
    html = f"<html><head><title>{FOUNDING[0]}</title></head><body><article><p>{words}</p></article></body></html>"
    path = "migrants-page"
    base = server.serve(f"/{path}", Reply(html.encode(), content_type="text/html")).removesuffix(f"/{path}")
    feed = a_feed(server.serve("/a.xml", Reply(rss(("Concert of migrants and neighbours", "", path), base=base))), "a")
    settings.feeds.write_text(feeds_toml(feed), encoding="utf-8")
    steps.collect(ended_key(NOON), settings=settings, now=NOON)
    build(settings)
    found = verdict_of(settings, "Concert of migrants and neighbours")
    assert found["has_page"]
    assert (found["first_band"], found["decided_by"]) == ("rejected", "text")
    assert found["band"] != "rejected"
    assert found["first_score"] < found["score"]


@pytest.fixture
def late_page(server, settings):
    """Two windows of one feed, built as they come, whose only report has a page that is there in the second; their keys
    and what was said after each.
    """
    words = " ".join([FOUNDING[1]] * 6)
    html = f"<html><head><title>{FOUNDING[0]}</title></head><body><article><p>{words}</p></article></body></html>"
    path = "migrants-page"
    replies = Reply(status=503), Reply(html.encode(), content_type="text/html")
    base = server.serve(f"/{path}", *replies).removesuffix(f"/{path}")
    feed = a_feed(server.serve("/a.xml", Reply(rss(("Concert of migrants and neighbours", "", path), base=base))), "a")
    settings.feeds.write_text(feeds_toml(feed), encoding="utf-8")
    keys, said = [], []
    for now in (NOON, NOON + QUARTER):
        keys.append(ended_key(now))
        steps.collect(keys[-1], settings=settings, now=now)
        steps.build(keys[-1], settings=settings, now=now)
        steps.publish_copy(settings=settings, now=now)
        said.append(verdict_of(settings, "Concert of migrants and neighbours"))
    return keys, said


def test_a_page_that_comes_in_a_later_window_revises_the_verdict_and_both_are_kept(settings, late_page):
    before, after = late_page[1]
    assert (before["band"], before["has_page"], before["first_band"]) == ("rejected", False, None)
    assert (after["first_band"], after["decided_by"], after["has_page"]) == ("rejected", "text", True)
    assert after["band"] != "rejected"
    assert after["first_score"] == before["score"] < after["score"]
    assert after["window_at"] == before["window_at"]
    assert after["article_id"]
    counts = Published(settings).query("SELECT entry_count FROM mart.runs ORDER BY start_at")[1]
    assert counts == [(1,), (0,)]  # it is still the first window's entry


@pytest.mark.parametrize("order", ["newest first", "the day", "each again", "everything"])
def test_a_late_page_says_the_same_whichever_window_is_built_first(settings, late_page, order):
    keys, (_, said) = late_page
    live = digest(settings), said
    if order == "everything":
        list(steps.rebuild_all(settings=settings, now=NOON))
    else:
        if order != "each again":
            Warehouse(settings).remove()
        for key in {"newest first": keys[::-1], "the day": [DAY], "each again": keys}[order]:
            steps.build(key, settings=settings, now=NOON)
    steps.check_warehouse(settings=settings, now=NOON, is_whole=True)
    steps.publish_copy(settings=settings, now=NOON, is_forced=True)
    assert (digest(settings), verdict_of(settings, "Concert of migrants and neighbours")) == live
    assert said["has_page"]


def test_a_late_page_counts_where_its_entry_is_merged_after_the_page_was_read(settings, late_page):
    keys, (_, said) = late_page
    live = digest(settings), said
    Warehouse(settings).remove()
    earlier, later = keys
    steps.load_entries(later, settings=settings, now=NOON)
    steps.judge_entries(later, settings=settings, now=NOON)
    steps.code_entries(later, settings=settings, now=NOON)
    steps.build(earlier, settings=settings, now=NOON)  # its page is not loaded yet
    steps.merge_stories(later, settings=settings, now=NOON)
    steps.check_warehouse(settings=settings, now=NOON)
    steps.publish_copy(settings=settings, now=NOON, is_forced=True)
    assert (digest(settings), verdict_of(settings, "Concert of migrants and neighbours")) == live


def test_the_last_word_counts_and_every_word_is_kept(published):
    url = verdict_of(published, FOUNDING[0])["url"]
    for hours, (label, who) in enumerate([(0, "Ada"), (1, "Bo"), (0, "Cy")]):
        steps.label_report(url, label, by=who, note="", settings=published, now=NOON + timedelta(hours=hours))
    build(published)
    after = verdict_of(published, FOUNDING[0])
    assert (after["band"], after["decided_by"], after["article_id"]) == ("rejected", "Cy", None)
    assert len(read_labels(published)) == 3


@pytest.mark.parametrize("dress", ["?utm_source=x", "#top"])
def test_a_label_holds_for_an_address_in_any_dress(published, dress):
    url = verdict_of(published, BIRDS[0])["url"]
    steps.label_report(url + dress, 1, by="Ada", note="", settings=published, now=NOON)
    build(published)
    assert verdict_of(published, BIRDS[0])["band"] == "review"


def test_the_label_of_an_article_holds_for_every_address_of_its_copies(server, settings):
    feeds = [
        a_feed(server.serve(f"/{name}.xml", Reply(rss((*FOUNDING, name), base=f"https://{name}.example"))), name)
        for name in ("one", "two")
    ]
    settings.feeds.write_text(feeds_toml(*feeds), encoding="utf-8")
    steps.collect(ended_key(NOON), settings=settings, now=NOON)
    build(settings)
    ask = Published(settings).query
    ((article, addresses),) = ask(
        "SELECT article_id, count(DISTINCT url) FROM core.groupings JOIN raw.entries USING (entry_id) GROUP BY ALL"
    )[1]
    assert addresses == 2
    reviewing.label(settings, NOON, article, 0, by="Ada", note="", is_applied=True)
    assert ask("SELECT DISTINCT band, decided_by FROM mart.verdict_audit")[1] == [("rejected", "Ada")]


def test_a_label_needs_a_name_and_a_known_report(published):
    with pytest.raises(ReviewError, match="--by"):
        steps.label_report("https://news.example/us", 2, by=" ", note="", settings=published, now=NOON)
    with pytest.raises(ReviewError, match="0123456789abcdef"):
        steps.label_report("0123456789abcdef", 2, by="Ada", note="", settings=published, now=NOON)


def test_labels_are_exported_with_the_words_that_training_needs(published):
    url = verdict_of(published, FOUNDING[0])["url"]
    steps.label_report(url, 2, by="Ada", note="clear", settings=published, now=NOON)
    out = io.StringIO()
    assert reviewing.export_labels(published, out) == 0
    (row,) = map(json.loads, out.getvalue().splitlines())
    assert (row["label"], row["reader"], row["title"]) == (2, "Ada", FOUNDING[0])


def test_labels_are_exported_whether_or_not_their_report_is_known(published):
    known = {title: verdict_of(published, title)["url"] for title in (FOUNDING[0], BIRDS[0])}
    for url in (*known.values(), "https://elsewhere.example/x"):
        steps.label_report(url, 2, by="Ada", note="", settings=published, now=NOON)
    rows = {row["key"]: row for row in steps.labelled_reports(settings=published)}
    assert {rows[url]["title"] for url in known.values()} == set(known)
    assert "title" not in rows["https://elsewhere.example/x"]
    published.published.unlink()
    assert len(list(steps.labelled_reports(settings=published))) == 3


def test_a_broken_line_of_labels_is_named(published):
    published.labels.parent.mkdir(parents=True)
    published.labels.write_text('{"url": "https://a.example", "label": 7, "labelled_by": "x", "labelled_at": "2026"}\n')
    with pytest.raises(DecisionError, match=r"labels\.jsonl, line 1: key 'label' is 7"):
        build(published)


def test_why_tells_the_life_of_an_accepted_entry(published):
    out = io.StringIO()
    assert reviewing.why(published, verdict_of(published, FOUNDING[0])["url"], out, form="text") == 0
    told = out.getvalue()
    for part in (
        FOUNDING[0],
        "from feed a (Morning Post)",
        ".warc.gz",
        "accepted with score",
        "words",
        "story",
        "first",
    ):
        assert part in told


def test_why_tells_who_labelled_the_report_when_and_with_what_words(published):
    url = verdict_of(published, FOUNDING[0])["url"]
    reviewing.label(published, NOON, url, 0, by="Ada", note="a comment, no report", is_applied=True)
    out = io.StringIO()
    reviewing.why(published, url, out, form="text")
    assert f"labelled  0 by Ada, {NOON:%Y-%m-%d %H:%M} UTC: a comment, no report" in out.getvalue()


def test_days_the_wrong_way_round_and_days_without_entries_are_not_rejudged_in_silence(published, capsys):
    out = io.StringIO()
    first, last = date(2026, 3, 10), date(2026, 3, 9)
    assert reviewing.rejudge(published, NOON, out, first=first, last=last, form="text", is_applied=False) == 2
    assert "--from 2026-03-10 is after --to 2026-03-09" in capsys.readouterr().err
    assert reviewing.rejudge(published, NOON, out, first=last, last=last, form="text", is_applied=False) == 1
    assert "no entry of 2026-03-09" in capsys.readouterr().err


def test_why_tells_of_a_rejected_one_too_and_says_where_to_look_for_an_unknown_one(published, capsys):
    out = io.StringIO()
    assert reviewing.why(published, verdict_of(published, BIRDS[0])["url"], out, form="text") == 0
    assert "rejected" in out.getvalue()
    assert "in no article" in out.getvalue()
    assert reviewing.why(published, "https://elsewhere.example/x", out, form="text") == 1
    assert "mart.coverage" in capsys.readouterr().err


def test_rejudging_with_the_same_rules_changes_nothing(published, capsys):
    out = io.StringIO()
    day = date(2026, 3, 10)
    assert reviewing.rejudge(published, NOON, out, first=day, last=day, form="jsonl", is_applied=False) == 0
    assert out.getvalue() == ""
    assert "0 of 3 entries" in capsys.readouterr().err


def test_rejudging_shows_what_other_rules_would_change_and_then_changes_it(published, tmp_path, capsys):
    rules = tmp_path / "rules"
    copy_of_rules(rules)
    for name in ("relevance.json", "relevance-reader.json"):
        weights = json.loads((rules / "model" / name).read_text())
        weights["bands"] = {"accepted": 1.1, "review": 1.05}  # nothing can reach it
        (rules / "model" / name).write_text(json.dumps(weights))
    strict = replace(published, rules=rules)
    day = date(2026, 3, 10)
    out = io.StringIO()
    reviewing.rejudge(strict, NOON, out, first=day, last=day, form="jsonl", is_applied=False)
    changes = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (FOUNDING[0], "accepted", "rejected") in {(c["title"], c["before"], c["after"]) for c in changes}
    assert verdict_of(strict, FOUNDING[0])["band"] == "accepted"
    strict = replace(strict, max_shrink=1.0)
    reviewing.rejudge(strict, NOON, io.StringIO(), first=day, last=day, form="jsonl", is_applied=True)
    assert verdict_of(strict, FOUNDING[0])["band"] == "rejected"


def copy_of_rules(to):
    import shutil

    from demarche.adapters.rulebook import SHIPPED

    shutil.copytree(SHIPPED, to, ignore=shutil.ignore_patterns("feeds"))


@pytest.fixture
def asking(settings):
    """A judge that is unsure, and how to give him somebody to ask."""

    class Unsure(Decider):
        def __init__(self, settings, now, *, may_ask):
            super().__init__(settings, span_of_key(DAY), now, may_ask=may_ask)
            self._judge = self

        def judge(self, candidate):
            return Verdict(candidate.id, Band.REVIEW, 0.4, "en", (), "v")

    def of(server, now=NOON, *, may_ask=True, **values):
        given = {"opinion_url": server.url, "opinion_model": "m", "opinion_timeout": 1.0, **values}
        return Unsure(replace(settings, **given), now, may_ask=may_ask)

    return of


REPORT = Candidate(id="x", title="Two states talk", summary="About returns.", url="https://news.example/x")


@pytest.mark.parametrize(("label", "band"), [(2, Band.ACCEPTED), (1, Band.REVIEW), (0, Band.REJECTED)])
def test_a_second_opinion_settles_what_is_in_review(asking, label, band):
    with OpinionServer(label) as server:
        verdict = asking(server, opinion_key="secret").decide(REPORT)
    assert verdict.band is band
    (asked,) = server.asked
    assert asked["path"] == "/v1/chat/completions"
    assert REPORT.title in asked["messages"][1]["content"]
    assert server.keys == ["Bearer secret"]


def test_an_opinion_is_asked_for_once_and_replays_use_it(asking, settings):
    with OpinionServer(2) as server:
        asking(server).decide(REPORT)
        assert asking(server).decide(REPORT).band is Band.ACCEPTED
        assert len(server.asked) == 1
        late = asking(server, now=NOON + timedelta(days=3))
        assert late.decide(REPORT).band is Band.ACCEPTED
        assert late.decide(replace(REPORT, title="Another")).band is Band.REVIEW
    assert len(server.asked) == 1
    (kept,) = read_decisions(settings.opinions)
    assert kept["reason"] == "two governments deal"


def test_who_may_not_ask_uses_the_opinions_that_are_kept(asking):
    with OpinionServer(2) as server:
        asking(server).decide(REPORT)
        looking = asking(server, may_ask=False)
        assert looking.decide(REPORT).band is Band.ACCEPTED
        assert looking.decide(replace(REPORT, title="Another")).band is Band.REVIEW
    assert len(server.asked) == 1


def test_rejudging_asks_nobody_for_an_opinion(published, tmp_path):
    with OpinionServer(2) as server:
        rules = tmp_path / "unsure"
        copy_of_rules(rules)
        weights = json.loads((rules / "model" / "relevance.json").read_text())
        weights["bands"] = {"accepted": 1.1, "review": 0.0}  # everything that is read is in review
        (rules / "model" / "relevance.json").write_text(json.dumps(weights))
        day = date(2026, 3, 10)
        out = io.StringIO()
        unsure = replace(published, rules=rules, opinion_url=server.url, opinion_model="m")
        reviewing.rejudge(unsure, NOON, out, first=day, last=day, form="jsonl", is_applied=False)
    assert '"after": "review"' in out.getvalue()
    assert server.asked == []


MISBEHAVIOUR = {
    "an error": {"status": 500},
    "a redirect, which would carry the key away": {"status": 302, "location": "http://127.0.0.1:9/v1"},
    "no JSON": {"body": b"<html>"},
    "another JSON": {"body": b"[1]"},
    "an unknown label": {"label": 5},
    "silence": {"delay": 2.0},
    "a drip": {"drip": True, "body": b" " * 400},
    "nothing": {"body": b""},
}


@pytest.mark.parametrize("how", MISBEHAVIOUR)
def test_an_endpoint_that_misbehaves_changes_no_verdict(asking, how):
    with OpinionServer(**MISBEHAVIOUR[how]) as server:
        decider = asking(server, opinion_timeout=0.5)
        assert decider.decide(REPORT).band is Band.REVIEW


def test_after_three_failures_nobody_is_asked_again_in_the_run(asking):
    with OpinionServer(status=503) as server:
        decider = asking(server)
        for n in range(6):
            decider.decide(replace(REPORT, title=f"Report {n}"))
    assert len(server.asked) == 3


def test_tokens_are_capped_over_a_day(asking):
    with OpinionServer(1, tokens=100) as server:
        for n in range(5):
            asking(server, opinion_tokens=250).decide(replace(REPORT, title=f"Report {n}"))
    assert len(server.asked) == 3


def test_answers_that_cannot_be_read_cost_too_and_are_counted_in_later_runs(asking, settings):
    said = {"choices": [{"message": {"content": "I cannot say."}}], "usage": {"total_tokens": 100}}
    with OpinionServer(body=json.dumps(said).encode()) as server:
        for n in range(5):
            assert asking(server, opinion_tokens=250).decide(replace(REPORT, title=f"Report {n}")).band is Band.REVIEW
    assert len(server.asked) == 3
    assert [(kept["label"], kept["tokens"]) for kept in read_decisions(settings.opinions)] == [(None, 100)] * 3


def test_an_endpoint_that_refuses_costs_nothing(asking, settings):
    with OpinionServer(status=503) as server:
        asking(server).decide(REPORT)
    assert read_decisions(settings.opinions) == []


def test_a_run_stops_asking_when_its_time_is_up(asking):
    with OpinionServer(1) as server:
        asking(server, opinion_budget=0.0).decide(REPORT)
    assert server.asked == []


def test_nobody_is_there(settings):
    client = OpinionClient(replace(settings, opinion_url="http://127.0.0.1:9/v1", opinion_model="m"))
    assert client.ask("q", "r", answer_tokens=10).label is None


def test_an_answer_in_a_fence_is_read():
    body = json.dumps({"choices": [{"message": {"content": 'Sure:\n```json\n{"label": 0, "reason": "sport"}\n```'}}]})
    assert opinion_of(body.encode()).label == 0


def test_a_key_is_in_no_repr(settings):
    assert "hush" not in repr(replace(settings, opinion_key="hush"))


def test_training_counts_the_labels_of_analysts_and_writes_where_it_is_told(published, tmp_path, capsys):
    url = verdict_of(published, FOUNDING[0])["url"]
    steps.label_report(url, 2, by="Ada", note="", settings=published, now=NOON)
    rows = [
        {"id": str(n), "title": FOUNDING[0] if n % 3 == 0 else f"Migrants rest in camp {n}", "label": 2 * (n % 3 == 0)}
        for n in range(60)
    ]
    months = [{**row, "date": f"2025-{n % 12 + 1:02d}-01", "lang": "en"} for n, row in enumerate(rows)]
    labelled = tmp_path / "labelled.jsonl"
    labelled.write_text("".join(json.dumps(row) + "\n" for row in months), encoding="utf-8")
    models = [tmp_path / "one.json", tmp_path / "two.json"]
    for model in models:
        assert reviewing.train(published, [labelled], texts=[], to=model) == 0
    assert "61 rows" in capsys.readouterr().out
    assert models[0].read_bytes() == models[1].read_bytes()
    assert reviewing.train(published, [labelled], texts=[], to=None) == 0
    assert (published.home / "model" / "relevance.json").read_bytes() == models[0].read_bytes()
    assert "relevance-reader.json decides about all that is not ruled out" in capsys.readouterr().err
