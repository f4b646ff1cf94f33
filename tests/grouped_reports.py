"""Two reports that tests of grouping serve, and what an analyst then reads and decides."""

from builders import NOON, a_feed, feeds_toml
from demarche import steps
from demarche.adapters.warehouse import Published, Warehouse
from demarche.core.windows import ended_key
from demarche.steps.correcting import apply_decisions
from feed_server import Reply

ITALY = (
    "Italy and Tunisia sign migration deal",
    "TUNIS (Reuters) - Rome will pay Tunis to stop migrant boats and take back its nationals under a readmission deal.",
    "italy",
)
POLAND = (
    "Poland accuses Belarus of sending migrants across the border",
    "Warsaw summoned the Belarusian envoy and demanded an end to the migrant pressure at the frontier.",
    "poland",
)


def run(settings, now):
    key = ended_key(now)
    steps.collect(key, settings=settings, now=now)
    steps.build(key, settings=settings, now=now)
    steps.publish_copy(settings=settings, now=now)


def ask(settings, query, **values):
    return Published(settings).query(query, values)[1]


def ask_private(settings, query):
    with Warehouse(settings).transaction() as connection:
        return connection.execute(query).fetchall()


def serve(server, settings, **polls):
    """One feed for each name, with one body per run."""
    feeds = [
        a_feed(server.serve(f"/{name}.xml", *(Reply(body) for body in bodies)), name, outlet=name.title())
        for name, bodies in polls.items()
    ]
    settings.feeds.write_text(feeds_toml(*feeds), encoding="utf-8")


def story_of(settings, title):
    ((story_id,),) = ask(settings, "SELECT DISTINCT story_id FROM mart.articles WHERE title = $title", title=title)
    return story_id


def show(settings):
    """Lay the decisions over the stories and publish."""
    apply_decisions(settings=settings, now=NOON)
    steps.publish_copy(settings=settings, now=NOON)
