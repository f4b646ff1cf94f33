"""The feeds as a page for people: what the pack covers, by country, by language and by who speaks.

Reads no file: the feeds and the countries' names come in as values.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from demarche.model import ORGANISATIONS, Feed, FeedKind

KIND_NAMES = {
    FeedKind.PRESS: "press and broadcasters",
    FeedKind.WIRE: "news agencies",
    FeedKind.GOVERNMENT: "governments and parliaments",
    FeedKind.IO: "international organisations",
    FeedKind.NGO: "associations and research institutes",
}

SHOWN = 16  # values of one cell before the rest is only counted

INTRODUCTION = """\
# Feeds

<!-- This page is generated: `make docs` writes it anew from include/demarche/rules/feeds/, and a test compares. -->

Demarche ships a pack of {feeds} feeds of {outlets} outlets in {countries} countries and territories, {organisations}
international organisations and {languages} languages. It leans towards what migration diplomacy needs: news agencies
and the national press along migration routes and in destination states, foreign and interior ministries, EU and UN
bodies, associations, and outlets that write about nothing else. Some are in languages that the judge has no
lexicon for, so that hardly anything of theirs is accepted: `mart.feeds.is_judged` tells.

## Your own list

Leave the pack as it is and say what should differ, in `feeds.toml` in the data folder (`DEMARCHE_HOME`):

```toml
[[feed]]                      # one more, or in place of the pack's feed with this id or address
id = "harbour-post"           # lower-case letters, digits, hyphens; never changed later, the history hangs on it
url = "https://news.example/rss.xml"
outlet = "Harbour Post"
country = "MT"                # ISO 3166-1, where the outlet sits; or EU, UN, UNHCR, IOM, …
language = "en"               # ISO 639-1, of the feed
kind = "press"                # press, wire, government, io, ngo
topic = "migration"           # optional: what a feed of a part of the outlet is about
is_state_owned = false        # optional: does the state own it? Left out where that is not well known
source = "added by hand"      # optional: where the address was found
last_good_on = 2026-01-31     # optional

[[mute]]                      # not polled any more
id = "al-khaleej"
reason = "answers with a login page"
on = 2026-01-31
```

`demarche feeds add`, `mute`, `import-opml` and `export-opml` edit this file for you (they write it anew, so comments
in it are lost); `DEMARCHE_FEEDS` names another pack, a file or a folder of them.

Public-service broadcasters that a law of their own keeps at a distance (BBC, ARD, CBC …) carry no `is_state_owned`.

## Where the addresses come from, and how good they are

`source` says where an address was found, `last_good_on` the last day on which it is known to have been good there:

| source | what it means | feeds | with a day |
| --- | --- | ---: | ---: |
{sources}

The day of the Kagi catalogue is that of the copy used (2026-05-12). Kagi asks that listed feeds work and are
fresh, so the day says "listed as working", not "fetched by us". The copies of the other two carry no day.
Addresses written by hand are what the outlets are known to use; nobody has checked them for this pack.
Feeds move and die: `demarche feeds check` fetches all of them, says which answer, and writes a report. A feed that does
not answer costs little, it is asked ever more rarely.

Only addresses and facts were taken, no descriptions. The catalogues: Kagi Kite (MIT, © 2024 Kagi Search),
awesome-rss-feeds (CC0), newscatcher (MIT).
"""

BY_COUNTRY = "The country is where the outlet sits: the BBC's Hausa service counts for the United Kingdom.\n\n"

SOURCES = {
    "kagi kite catalogue, MIT": "listed in the catalogue of Kagi News",
    "awesome-rss-feeds, CC0": "listed in awesome-rss-feeds",
    "newscatcher, MIT": "listed in the data of newscatcher",
    "written by hand": "from general knowledge of the outlet",
}


def feeds_page(feeds: Sequence[Feed], names: Mapping[str, str]) -> str:
    """The whole page in Markdown; `names` are the countries' names by code."""
    places = {feed.country for feed in feeds}
    introduction = INTRODUCTION.format(
        feeds=len(feeds),
        outlets=len({feed.outlet for feed in feeds}),
        countries=len(places.difference(ORGANISATIONS)),
        organisations=len(places.intersection(ORGANISATIONS)),
        languages=len({feed.language for feed in feeds}),
        sources=_source_rows(feeds),
    )
    parts = (
        introduction,
        "## Who speaks\n\n" + kind_table(feeds),
        "## By country\n\n" + BY_COUNTRY + coverage_table(feeds, names),
        "## By language\n\n" + language_table(feeds),
    )
    return "\n".join(parts)


def coverage_table(feeds: Iterable[Feed], names: Mapping[str, str]) -> str:
    """Feeds by country and language in Markdown: the most first, then by code."""
    by_country = _grouped(feeds, lambda feed: feed.country)
    rows = [
        (
            _named(code, names),
            code,
            len(members),
            _counted(f.language for f in members),
            _counted(f.kind for f in members),
        )
        for code, members in sorted(by_country.items(), key=_most_first)
    ]
    return _table(("country", "code", "feeds", "languages", "kinds"), rows)


def language_table(feeds: Iterable[Feed]) -> str:
    """Feeds by language in Markdown: the most first, then by code."""
    by_language = _grouped(feeds, lambda feed: feed.language)
    rows = [
        (code, len(members), _counted(f.country for f in members))
        for code, members in sorted(by_language.items(), key=_most_first)
    ]
    return _table(("language", "feeds", "countries"), rows)


def kind_table(feeds: Iterable[Feed]) -> str:
    """Feeds by who speaks, in Markdown, in the order of FeedKind."""
    counts = Counter(feed.kind for feed in feeds)
    return _table(("kind", "who", "feeds"), [(kind.value, name, counts[kind]) for kind, name in KIND_NAMES.items()])


def _source_rows(feeds: Iterable[Feed]) -> str:
    """The rows of the table of sources; a source that the page does not explain stands under its own words."""
    by_source = _grouped(feeds, lambda feed: feed.source)
    rows = []
    for source, members in sorted(by_source.items(), key=_most_first):
        dated = sum(feed.last_good_on is not None for feed in members)
        rows.append(f"| {source} | {SOURCES.get(source, '')} | {len(members)} | {dated} |")
    return "\n".join(rows)


def _grouped(feeds: Iterable[Feed], key: Callable[[Feed], str]) -> dict[str, list[Feed]]:
    groups: dict[str, list[Feed]] = {}
    for feed in feeds:
        groups.setdefault(key(feed), []).append(feed)
    return groups


def _most_first(item: tuple[str, list[Feed]]) -> tuple[int, str]:
    return -len(item[1]), item[0]


def _counted(values: Iterable[str]) -> str:
    """The values with their counts, the most first: `ar 4, fr 2`; a long tail is only counted."""
    counts = sorted(Counter(str(value) for value in values).items(), key=lambda item: (-item[1], item[0]))
    named = ", ".join(f"{value} {count}" for value, count in counts[:SHOWN])
    return f"{named} and {len(counts) - SHOWN} more" if len(counts) > SHOWN else named


def _named(code: str, names: Mapping[str, str]) -> str:
    """The country's name; an organisation's code is its name."""
    return names.get(code, code.replace("_", " ").title() if "_" in code else code)


def _table(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """A Markdown table; columns of numbers are aligned right."""
    rows = list(rows)
    rule = ["---:" if rows and isinstance(rows[0][n], int) else "---" for n in range(len(head))]
    lines = [head, rule, *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
