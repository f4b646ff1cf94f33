"""The pack is whole and valid, an operator's own file lies over it, and every mistake is named with its place."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from demarche.adapters.catalog import (
    COUNTRIES,
    CatalogError,
    Mute,
    Overlay,
    added,
    muted,
    read_feeds,
    read_overlay,
    removed,
    same_address,
    unmuted,
    write_feeds,
    write_overlay,
)
from demarche.adapters.territories import territory_names
from demarche.core.feed_pack import SOURCES, feeds_page
from demarche.model import Feed, FeedKind

PAGE = Path(__file__).resolve().parents[2] / "docs" / "feeds.md"
TABLE = """[[feed]]
id = "harbour-post"
url = "https://news.example/rss.xml"
outlet = "Harbour Post"
country = "MT"
language = "en"
kind = "press"
"""
HARBOUR = Feed("harbour-post", "https://news.example/rss.xml", "Harbour Post", "MT", "en")
FULL = Feed(
    feed_id="state-wire",
    url="http://wire.example/a?b=1",
    outlet='The "Wire" \\ Agency\x7f',
    country="LY",
    language="ar",
    kind=FeedKind.WIRE,
    topic="migration",
    is_state_owned=True,
    source="x",
    last_good_on=date(2026, 1, 31),
)


def table(**changes: str) -> str:
    """The sample table with some values written anew; an empty one leaves the key out."""
    values = dict(line.split(" = ", 1) for line in TABLE.splitlines()[1:])
    values.update(changes)
    return "[[feed]]\n" + "".join(f"{key} = {value}\n" for key, value in values.items() if value)


def write(folder: Path, text: str, name: str = "own.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_pack_covers_what_it_promises() -> None:
    feeds = read_feeds()
    assert len(feeds) >= 400
    assert len({feed.language for feed in feeds}) >= 30
    assert len({feed.country for feed in feeds} & COUNTRIES) >= 80
    assert {feed.kind for feed in feeds} == set(FeedKind)


def test_the_packs_ids_are_unique_and_sorted() -> None:
    ids = [feed.feed_id for feed in read_feeds()]
    assert ids == sorted(set(ids))


def test_every_feed_of_the_pack_says_where_its_address_is_from() -> None:
    for feed in read_feeds():
        assert feed.source in SOURCES, feed.feed_id
        assert feed.last_good_on is None or feed.source != "written by hand", feed.feed_id


def test_no_two_feeds_of_the_pack_read_the_same_address() -> None:
    addresses = [same_address(feed.url).removeprefix("www.") for feed in read_feeds()]
    assert len(addresses) == len(set(addresses))


def test_the_page_about_the_feeds_is_in_step_with_the_pack() -> None:
    expected = feeds_page(read_feeds(), territory_names(["en"])["en"])
    assert PAGE.read_text(encoding="utf-8") == expected, "run `make docs`"


def test_a_file_and_a_folder_of_files_are_read(tmp_path: Path) -> None:
    one = write(tmp_path, TABLE)
    write(tmp_path, table(id='"a-second"', url='"https://second.example/"'), "second.toml")
    assert read_feeds(one) == (HARBOUR,)
    assert [feed.feed_id for feed in read_feeds(tmp_path)] == ["a-second", "harbour-post"]


def test_what_is_written_is_read_back_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "new" / "feeds.toml"
    write_feeds(path, [FULL, HARBOUR])
    assert read_feeds(path) == (HARBOUR, FULL)
    assert [entry.name for entry in path.parent.iterdir()] == ["feeds.toml"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[feed", "own.toml: "),
        ("[[feeds]]\n", r"own.toml: unknown table or key 'feeds': say \[\[feed\]\]"),
        ("[feed]\n", r"own.toml: feed: write \[\[feed\]\], with two brackets"),
        ("feed = 3", r"own.toml: feed: write \[\[feed\]\]"),
        ("feed = [3]", "own.toml: feed 1: not a table"),
        (table(id=""), "own.toml: feed 1: the key 'id' is missing"),
        (TABLE + table(id="", url='"https://b.example/"'), "own.toml: feed 2: the key 'id' is missing"),
        (table(url=""), "own.toml: feed \"harbour-post\": the key 'url' is missing"),
        (table(kind=""), "own.toml: feed \"harbour-post\": the key 'kind' is missing"),
        (table(colour='"red"'), "feed \"harbour-post\": unknown key 'colour'; known are id, url, outlet"),
        (table(id='"Harbour Post"'), "id: 'Harbour Post' is not lower-case letters"),
        (table(id='"../x"'), "id: '../x' is not lower-case letters"),
        (table(id=f'"{"x" * 65}"'), "id: 'x+' is not lower-case letters, digits and single hyphens, 64 at most"),
        (table(outlet='" "'), "outlet: ' ' is not the outlet's name"),
        (table(outlet="3"), "outlet: 3 is not text"),
        (table(country='"UK"'), "country: 'UK' is not an ISO 3166-1 code such as DE, or one of EU, UN"),
        (table(language='"eng"'), "language: 'eng' is not an ISO 639-1 code such as ar"),
        (table(kind='"blog"'), "kind: 'blog' is not press or wire or government or io or ngo"),
        (table(url='"ftp://a.example/"'), "url: 'ftp://a.example/' is not an address that begins with https://"),
        (table(url='"news.example/rss"'), "url: 'news.example/rss' is not an address that begins with https://"),
        (table(url='"https:///rss"'), "url: 'https:///rss' is not an address with a host"),
        (table(url='"https://a.example/a b"'), "is not an address with a host, without spaces"),
        (table(url='"https://a.example:99999/"'), "url: 'https://a.example:99999/' is not an address"),
        (table(url='"https://[::1/"'), "is not an address"),
        (table(is_state_owned='"no"'), "is_state_owned: 'no' is not true or false"),
        (table(last_good_on='"2026-01-31"'), "last_good_on: '2026-01-31' is not a day such as 2026-01-31"),
        (table(last_good_on="2026-01-31T10:00:00Z"), "last_good_on: .* is not a day such as"),
    ],
)
def test_a_mistake_is_named_with_file_feed_and_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        read_feeds(write(tmp_path, text))


def test_a_password_in_an_address_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="must not carry a user name or password") as caught:
        read_feeds(write(tmp_path, table(url='"https://me:hunter2@a.example/"')))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (table(url='"https://other.example/"'), "id: 'harbour-post' is already at .*own.toml: feed 1"),
        (table(id='"other"'), "url: 'news.example/rss.xml' is already at .*own.toml: feed 1 ..harbour-post"),
        (table(id='"other"', url='"http://NEWS.example:80/rss.xml/"'), "url: 'news.example/rss.xml' is already at"),
    ],
)
def test_what_comes_twice_is_named_with_both_places(tmp_path: Path, second: str, message: str) -> None:
    write(tmp_path, TABLE)
    write(tmp_path, second, "then.toml")
    with pytest.raises(CatalogError, match=f"then.toml: feed 1 .*{message}"):
        read_feeds(tmp_path)


def test_a_catalogue_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"gone\.toml: no such file"):
        read_feeds(tmp_path / "gone.toml")
    with pytest.raises(CatalogError, match=r"no \*\.toml file in this folder"):
        read_feeds(tmp_path)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogError, match=r"own\.toml: "):
        read_feeds(tmp_path / "own.toml")


def test_an_operators_feeds_join_and_replace_and_mutes_take_out(tmp_path: Path) -> None:
    pack = tmp_path / "pack.toml"
    feeds = [replace(HARBOUR, feed_id=f"feed-{n}", url=f"https://news.example/{n}") for n in range(4)]
    write_feeds(pack, feeds)
    own = Overlay(
        (
            replace(HARBOUR, feed_id="feed-0", url="https://moved.example/"),
            replace(HARBOUR, feed_id="mine", url="https://news.example/1/"),
            HARBOUR,
        ),
        (Mute("feed-2", "noise", date(2026, 1, 31)), Mute("never-there", "noise", date(2026, 1, 31))),
    )
    write_overlay(tmp_path / "feeds.toml", own)
    read = read_feeds(pack, tmp_path / "feeds.toml")
    assert [(feed.feed_id, feed.url) for feed in read] == [
        ("feed-0", "https://moved.example/"),
        ("feed-3", "https://news.example/3"),
        ("harbour-post", HARBOUR.url),
        ("mine", "https://news.example/1/"),
    ]


def test_without_an_operators_file_nothing_changes(tmp_path: Path) -> None:
    assert read_feeds(None, tmp_path / "feeds.toml") == read_feeds()
    assert read_overlay(tmp_path / "feeds.toml") == Overlay()


def test_an_operators_changes_are_written_and_read_back(tmp_path: Path) -> None:
    overlay = muted(added(Overlay(), FULL), "noisy", "says nothing", date(2026, 2, 1))
    overlay = added(muted(overlay, "dead", "gone", date(2026, 2, 1)), HARBOUR)
    write_overlay(tmp_path / "feeds.toml", overlay)
    assert read_overlay(tmp_path / "feeds.toml") == overlay
    assert [feed.source for feed in overlay.feeds] == ["added by hand", "x"]
    assert [mute.feed_id for mute in overlay.mutes] == ["dead", "noisy"]


def test_changes_can_be_taken_back() -> None:
    overlay = muted(added(Overlay(), HARBOUR), "noisy", "says nothing", date(2026, 2, 1))
    assert unmuted(removed(overlay, "harbour-post"), "noisy") == Overlay()


def test_adding_under_the_same_id_replaces_and_muting_again_renews_the_reason() -> None:
    overlay = added(added(Overlay(), HARBOUR), replace(HARBOUR, url="https://moved.example/"))
    assert [feed.url for feed in overlay.feeds] == ["https://moved.example/"]
    overlay = muted(muted(overlay, "noisy", "one", date(2026, 2, 1)), "noisy", "two", date(2026, 2, 2))
    assert overlay.mutes == (Mute("noisy", "two", date(2026, 2, 2)),)


@pytest.mark.parametrize(
    ("feed", "message"),
    [
        (replace(HARBOUR, country=""), "the key 'country' is missing"),
        (replace(HARBOUR, url="gopher://a.example/"), "url: "),
        (replace(HARBOUR, feed_id="other"), "url: the address is already there as .harbour-post."),
    ],
)
def test_a_feed_that_is_not_complete_or_there_already_is_not_added(feed: Feed, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        added(added(Overlay(), HARBOUR), feed)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[mute]]\nid = "a"\non = 2026-01-31\n', "feeds.toml: mute \"a\": the key 'reason' is missing"),
        ('[[mute]]\nid = "a"\nreason = " "\non = 2026-01-31\n', "reason: ' ' is not why the feed is muted"),
        ('[[mute]]\nid = "A b"\nreason = "x"\non = 2026-01-31\n', "id: 'A b' is not a feed's id"),
        ('[[mute]]\nid = "a"\nreason = "x"\non = "today"\n', "on: 'today' is not a day such as 2026-01-31"),
        ('[[mute]]\nid = "a"\nreason = "x"\non = 2026-01-31\n' * 2, 'mute "a": muted twice'),
    ],
)
def test_a_mistake_in_a_mute_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        read_feeds(None, write(tmp_path, text, "feeds.toml"))
