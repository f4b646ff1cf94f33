"""The page as a FastAPI application. It knows nothing of Airflow; who may see it is given by the caller."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader

from demarche.adapters.warehouse import Published, WarehouseError
from demarche.settings import Settings

STORIES = """
SELECT * FROM mart.stories
WHERE $actor = '' OR list_contains(initiators, $actor) OR list_contains(targets, $actor)
ORDER BY last_seen_at DESC, story_id LIMIT 200
"""
ARTICLES = "SELECT * FROM mart.articles WHERE story_id = $story ORDER BY first_seen_at, article_id"
LINKS = """
SELECT l.follows_story_id AS other, true AS is_earlier, l.reason, s.title, s.first_seen_at
FROM mart.story_links l JOIN mart.stories s ON s.story_id = l.follows_story_id WHERE l.story_id = $story
UNION ALL
SELECT l.story_id, false, l.reason, s.title, s.first_seen_at
FROM mart.story_links l JOIN mart.stories s ON s.story_id = l.story_id WHERE l.follows_story_id = $story
ORDER BY first_seen_at, other
"""
MOVED = "SELECT successor_story_id, reason FROM mart.story_redirects WHERE story_id = $story"
FEEDS = """
SELECT * FROM mart.feed_health
ORDER BY health = 'well', health = 'never polled', failure_streak DESC, feed_id
"""
TOTALS = """
SELECT (SELECT count(*) FROM mart.stories) AS stories, (SELECT count(*) FROM mart.articles) AS articles,
    (SELECT count(*) FROM core.verdicts) AS entries, (SELECT max(window_at) FROM raw.fetches) AS newest
"""

Row = dict[str, Any]


def create_app(settings: Callable[[], Settings], dependencies: Sequence[Any] = ()) -> FastAPI:
    """The application. `dependencies` guard every route; the pages that FastAPI adds by itself are off."""
    app = FastAPI(title="Demarche", dependencies=list(dependencies), docs_url=None, redoc_url=None, openapi_url=None)
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, trim_blocks=True
    )

    def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:
        return HTMLResponse(templates.get_template(name).render(**values), status_code=status)

    def rows(query: str, **parameters: str) -> list[Row]:
        return Published(settings()).rows(query, parameters)

    @app.exception_handler(WarehouseError)
    async def unpublished(request: object, error: WarehouseError) -> HTMLResponse:
        return HTMLResponse(templates.get_template("wait.html").render(error=error), status_code=503)

    @app.get("/", response_class=HTMLResponse)
    def stories(actor: str = "") -> HTMLResponse:
        """The newest stories, of one country or organisation where `actor` names it."""
        actor = actor.strip().upper()[:20]
        return page("stories.html", stories=rows(STORIES, actor=actor), totals=rows(TOTALS)[0], actor=actor)

    @app.get("/story/{story}", response_class=HTMLResponse)
    def story(story: str) -> Response:
        """One story with its articles: why each is here. An id that is no longer in use leads to its successor."""
        if articles := rows(ARTICLES, story=story):
            return page("story.html", articles=articles, links=rows(LINKS, story=story), story=story)
        moved = rows(MOVED, story=story)
        if moved and (successor := moved[0]["successor_story_id"]):
            return RedirectResponse(successor, status_code=307)  # relative, as Airflow mounts the page below a prefix
        reason = moved[0]["reason"] if moved else ""
        return page("story.html", 404, articles=[], links=[], story=story, reason=reason)

    @app.get("/feeds", response_class=HTMLResponse)
    def feeds() -> HTMLResponse:
        """Every feed, those in trouble first."""
        return page("feeds.html", feeds=rows(FEEDS))

    return app
