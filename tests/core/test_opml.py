"""Lists from feed readers are taken as they are; what could blow up is refused; our own come back unchanged."""

from datetime import date

import pytest

from demarche.core.opml import MAX_ID, OpmlError, export_opml, import_opml, slug
from demarche.model import Feed, FeedKind

FEEDS = (
    Feed(
        "harbour-post",
        "https://news.example/rss.xml?a=1&b=<2>",
        'The "Harbour" Post & Sons',
        "MT",
        "en",
        FeedKind.PRESS,
        "migration",
        False,
        "added by hand",
        date(2026, 1, 31),
    ),
    Feed("ministry", "https://ministry.example/feed", "Ministère de l’Intérieur", "FR", "fr", FeedKind.GOVERNMENT),
    Feed("state-wire", "https://wire.example/أخبار.xml", "وكالة", "LY", "ar", FeedKind.WIRE, is_state_owned=True),
)


def opml(outlines: str) -> bytes:
    return f'<?xml version="1.0"?>\n<opml version="1.1"><head/><body>{outlines}</body></opml>'.encode()


def test_our_own_list_comes_back_as_it_was_written() -> None:
    assert sorted(import_opml(export_opml(FEEDS).encode()), key=lambda f: f.feed_id) == list(FEEDS)


def test_the_same_feeds_make_the_same_document_in_whatever_order_they_come() -> None:
    assert export_opml(FEEDS) == export_opml(reversed(FEEDS))


def test_another_readers_list_gives_proposals_without_a_country() -> None:
    (feed,) = import_opml(
        opml('<outline text="Press"><outline type="rss" text="Łódź  Daily" xmlUrl=" https://a.example/f "/></outline>')
    )
    assert feed == Feed("lodz-daily", "https://a.example/f", "Łódź Daily", country="", language="")


@pytest.mark.parametrize(
    ("attributes", "outlet", "feed_id"),
    [
        ('title="T" text="X" xmlUrl="https://a.example/f"', "T", "t"),
        ('text="X" xmlUrl="https://a.example/f"', "X", "x"),
        ('xmlUrl="https://www.a.example/f"', "a.example", "a-example"),
        ('text="Газета" xmlUrl="https://www.a.example/f"', "Газета", "a-example"),
        ('text="Газета" xmlUrl="https://[broken/f"', "Газета", "feed"),
    ],
)
def test_a_proposal_is_named_after_what_the_list_says_or_the_host(attributes: str, outlet: str, feed_id: str) -> None:
    (feed,) = import_opml(opml(f"<outline {attributes}/>"))
    assert (feed.outlet, feed.feed_id) == (outlet, feed_id)


@pytest.mark.parametrize(("said", "language"), [("de", "de"), ("pt-BR", "pt"), ("en_US", "en"), ("unknown", "")])
def test_the_language_is_kept_where_it_is_one(said: str, language: str) -> None:
    (feed,) = import_opml(opml(f'<outline text="A" xmlUrl="https://a.example/f" language="{said}"/>'))
    assert feed.language == language


def test_an_address_counts_once_and_equal_names_get_different_ids() -> None:
    one = '<outline text="Radio" xmlUrl="https://a.example/1"/>'
    two = '<outline text="Radio" xmlUrl="https://a.example/2"/><outline text="Radio" xmlUrl="https://a.example/3"/>'
    feeds = import_opml(opml(one + one + two))
    assert [feed.feed_id for feed in feeds] == ["radio", "radio-2", "radio-3"]


def test_bare_ampersands_and_entities_of_html_are_understood() -> None:
    (feed,) = import_opml(
        opml('<outline text="Caf&eacute; &amp; Bar&nbsp;A & B" xmlUrl="https://a.example/?x=1&y=2"/>')
    )
    assert (feed.outlet, feed.url) == ("Café & Bar A & B", "https://a.example/?x=1&y=2")


def test_a_list_in_another_encoding_is_read() -> None:
    text = '<?xml version="1.0" encoding="iso-8859-1"?><opml><body><outline text="Über" xmlUrl="https://a.example/"/></body></opml>'
    (feed,) = import_opml(text.encode("latin-1"))
    assert feed.outlet == "Über"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'<!DOCTYPE o [<!ENTITY a "aaaa">]><opml><body>&a;</body></opml>', "DOCTYPE"),
        (b'<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml/>', "DOCTYPE"),
        (b'<!DOCTYPE opml SYSTEM "http://dtd.example/opml.dtd"><opml/>', "DOCTYPE"),
        (b"<rss><channel/></rss>", "not OPML: the document is <rss>"),
        (b"<opml><body>", "not well-formed"),
        (b"\x00\x01\x02", "not well-formed"),
        (b"", "not well-formed"),
    ],
)
def test_what_is_no_safe_opml_is_refused_with_the_reason(body: bytes, message: str) -> None:
    with pytest.raises(OpmlError, match=message):
        import_opml(body)


def test_a_million_nested_outlines_end_in_an_error_not_in_a_crash() -> None:
    with pytest.raises(OpmlError, match="more than 50000 outlines"):
        import_opml(b"<opml><body>" + b'<outline text="x">' * 1_000_000)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Le Monde diplomatique", "le-monde-diplomatique"),
        ("Süddeutsche Zeitung", "suddeutsche-zeitung"),
        ("Þjóðin – Straße & Ørsted", "thjodin-strasse-orsted"),
        ("Новости", ""),
        ("x" * 100, "x" * MAX_ID),
    ],
)
def test_a_name_becomes_an_id(name: str, expected: str) -> None:
    assert slug(name) == expected


@pytest.mark.parametrize("encoding", ["viscii", "big5", "no-such-thing"])
def test_an_encoding_that_cannot_be_read_is_the_promised_error(encoding):
    with pytest.raises(OpmlError, match="not readable"):
        import_opml(f'<?xml version="1.0" encoding="{encoding}"?><opml/>'.encode())
