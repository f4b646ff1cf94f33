"""`demo`: two days of an invented newsroom, collected and built from end to end on this machine."""

import shutil
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.table import Table

from demarche import steps
from demarche.adapters.warehouse import Published
from demarche.core.windows import ended_key, quarter_of
from demarche.demo.newsroom import load_newsroom
from demarche.demo.server import NewsroomServer
from demarche.settings import Settings

MARK = ".demarche-demo"  # only a folder with this file in it is emptied
ROUNDS = 10  # quarter hours that are played, spread over the newsroom's two days

STORIES = """
SELECT first_seen_at, who, instruments, outlet_count, title, languages
FROM mart.stories WHERE seen_on = (SELECT max(seen_on) FROM mart.stories)
ORDER BY outlet_count DESC, first_seen_at
"""
TROUBLE = "SELECT outlet, last_outcome, last_note FROM mart.feed_health WHERE health <> 'well' ORDER BY outlet"
TOTALS = "SELECT sum(entry_count), sum(accepted_count), sum(article_count), sum(story_count) FROM mart.daily"


def demo(settings: Settings, out: TextIO) -> int:
    """Play the newsroom into a data folder of its own, and print the last day's stories."""
    home = settings.home.with_name(f"{settings.home.name}-demo")
    if not _emptied(home):
        print(f"demarche: {home} holds something that is not a demo; move it away", file=sys.stderr)
        return 1
    newsroom = load_newsroom()
    with NewsroomServer(newsroom) as server:
        local = _local(settings, home, newsroom.feeds_toml(server.base_url))
        moments = _moments(newsroom.opens_at, newsroom.closes_at)
        for moment in moments:
            server.now = moment
            key = ended_key(moment)
            counts = steps.collect(key, settings=local, now=moment)
            built = steps.build(key, settings=local, now=moment)
            print(
                f"  {moment:%a %H:%M}  {counts['feeds']} feeds polled, {counts['pages']} pages captured, "
                f"{built['entries']} new entries, {built.get('accepted', 0)} accepted",
                file=out,
                flush=True,
            )
        steps.publish_copy(settings=local, now=moments[-1])
    _report(Published(local), home, out)
    return 0


def _emptied(home: Path) -> bool:
    """Make the demo's folder anew; False where it is not ours to empty."""
    if home.exists() and any(home.iterdir()) and not (home / MARK).exists():
        return False
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (home / MARK).touch()
    return True


def _local(settings: Settings, home: Path, feeds: str) -> Settings:
    """Settings of the demo: everything on this machine, as fast as it goes."""
    (home / "newsroom.toml").write_text(feeds, encoding="utf-8")
    return replace(
        settings,
        home=home,
        feeds=home / "newsroom.toml",
        allow_networks=("127.0.0.0/8",),
        proxy="",
        host_delay=0.0,
        connections_per_host=16,
        first_byte_timeout=1.0,
        total_timeout=3.0,
        max_interval_minutes=10,
        min_interval_minutes=5,
    )


def _moments(opens_at: datetime, closes_at: datetime) -> list[datetime]:
    """The moments of the collections, evenly spread, the last one at closing time."""
    step = (closes_at - opens_at) / ROUNDS
    return [quarter_of(opens_at + step * number) + timedelta(minutes=1) for number in range(1, ROUNDS + 1)]


def _report(published: Published, home: Path, out: TextIO) -> None:
    """Print the newest day's stories, the feeds in trouble, and what to type next."""
    console = Console(file=out, width=None if out.isatty() else 140)
    table = Table(title="\nStories of the last day", title_justify="left", show_edge=False, pad_edge=False)
    for name in ("who → whom", "instruments", "outlets", "languages", "story"):
        table.add_column(name, justify="right" if name == "outlets" else "left", overflow="fold")
    for _, who, instruments, outlets, title, languages in published.query(STORIES)[1]:
        table.add_row(who, ", ".join(instruments or []), str(outlets), " ".join(languages), title)
    console.print(table)
    entries, accepted, articles, stories = published.query(TOTALS)[1][0]
    console.print(
        f"\nTwo days: {entries} entries, {accepted} accepted, {articles} independent articles, {stories} stories.",
        markup=False,
    )
    for outlet, outcome, note in published.query(TROUBLE)[1]:
        console.print(f"In trouble: {outlet}: {outcome}{f' ({note})' if note else ''}", markup=False, style="dim")
    console.print(
        f"""
Type next:
  DEMARCHE_HOME={home} .venv/bin/demarche sql "SELECT initiator, target, instrument, sign, sentence FROM mart.events"
  DEMARCHE_HOME={home} .venv/bin/demarche sql "SELECT band, score, title, terms FROM mart.verdict_audit ORDER BY score"
  DEMARCHE_HOME={home} .venv/bin/demarche history
""",
        markup=False,
        highlight=False,
    )
