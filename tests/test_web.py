"""The page: what it shows, and that nobody sees it without login."""

from dataclasses import replace
from shutil import copytree

import duckdb
import pytest
from fastapi import Depends, HTTPException
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from builders import FOUNDING, NOON, a_feed, feeds_toml, rss
from demarche import steps
from demarche.adapters.warehouse import Published
from demarche.core.windows import ended_key
from demarche.web.app import create_app
from feed_server import FeedServer, Reply


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Settings of a folder in which one story is published."""
    from demarche.settings import Settings

    folder = tmp_path_factory.mktemp("web")
    settings = Settings(home=folder / "home", feeds=folder / "feeds.toml", allow_networks=("127.0.0.0/8",))
    with FeedServer() as server:
        title = "US tells its diplomats to press <b>European</b> allies over migrant crime"
        feed = a_feed(server.serve("/feed.xml", Reply(rss((title, FOUNDING[1], "us"), (*FOUNDING, "us2")))))
        settings.feeds.write_text(feeds_toml(feed, a_feed(server.serve("/dead", Reply(status=404)), "dead")))
        key = ended_key(NOON)
        steps.collect(key, settings=settings, now=NOON)
        steps.build(key, settings=settings, now=NOON)
        steps.publish_copy(settings=settings, now=NOON)
    return settings


@pytest.fixture
def page(published):
    return TestClient(create_app(lambda: published))


def test_the_first_page_shows_who_acts_on_whom(page):
    answer = page.get("/")
    assert answer.status_code == 200
    assert "US → EU" in answer.text
    assert "demarche" in answer.text


def test_stories_can_be_asked_for_by_actor(page):
    assert "US → EU" in page.get("/?actor=eu").text
    assert "No story with JP yet" in page.get("/?actor=JP").text


def test_a_story_says_why_it_is_there(page, published):
    ((story,),) = Published(published).query("SELECT story_id FROM mart.articles LIMIT 1")[1]
    text = page.get(f"/story/{story}").text
    assert "Because of:" in text
    assert "Score " in text


def test_an_id_that_was_merged_leads_to_the_story_that_took_it_in_and_an_unknown_one_to_404(published, tmp_path):
    settings = replace(published, home=tmp_path / "home")
    copytree(published.home, settings.home)
    with duckdb.connect(str(settings.published)) as copy:
        ((story,),) = copy.execute("SELECT story_id FROM mart.stories").fetchall()
        for row in (("0ld", story, "merge by Ada"), ("g0ne", None, "none left")):
            copy.execute("INSERT INTO core.story_redirects VALUES (?, ?, ?, now())", row)
    page = TestClient(create_app(lambda: settings), follow_redirects=False)
    moved = page.get("/story/0ld")
    assert (moved.status_code, moved.headers["location"]) == (307, story)
    assert page.get("/story/0ld", follow_redirects=True).url.path == f"/story/{story}"
    assert page.get(f"/story/{story}").status_code == 200
    assert [page.get(f"/story/{id}").status_code for id in ("g0ne", "unknown")] == [404, 404]
    assert "none left" in page.get("/story/g0ne").text


def test_feeds_in_trouble_come_first(page):
    text = page.get("/feeds").text
    assert text.index("dead") < text.index("example")
    assert "not_found" in text


@pytest.mark.parametrize("path", ["/?actor=<script>alert(1)</script>", "/story/<script>alert(1)</script>"])
def test_what_a_feed_or_a_visitor_says_is_never_markup(page, path):
    assert "<script>alert" not in page.get(path).text


def test_markup_in_a_title_is_shown_and_not_run(page):
    assert "<b>European</b>" not in page.get("/").text


def test_before_anything_is_published_it_says_so(published, tmp_path):
    page = TestClient(create_app(lambda: replace(published, home=tmp_path)))
    answer = page.get("/")
    assert answer.status_code == 503
    assert "nothing is published yet" in answer.text


def test_every_route_is_guarded_by_what_the_caller_gives(published):
    def refuse():
        raise HTTPException(401)

    app = create_app(lambda: published, dependencies=[Depends(refuse)])
    client = TestClient(app)
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    assert len(routes) == len(app.routes) == 3
    for route in routes:
        assert client.get(route.path).status_code == 401, route.path


def test_the_plugin_guards_the_page_with_airflows_login(published, airflow_database):
    from demarche_plugin import DemarchePlugin

    (described,) = DemarchePlugin.fastapi_apps
    client = TestClient(described["app"])
    for route in described["app"].routes:
        assert client.get(route.path).status_code in (401, 403, 500), route.path
