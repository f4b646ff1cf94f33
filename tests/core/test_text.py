"""Plain text from markup, sentences in many scripts, titles as keys, folded letters."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demarche.core.languagetags import language_code
from demarche.core.text import folded, normalised_title, plain_text, sentences, shortened, summary_text


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("plain", "plain"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("mi<b>gra</b>nts &amp; co", "migrants & co"),
        ("line<br/>two<ul><li>a</li><li>b</li></ul>c", "line two a b c"),
        ("a <script>x()</script><style>y</style>b<!-- c -->", "a b"),
        ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;", "One Two"),
        ("AT&amp;amp;T", "AT&T"),
        ("Tom &amp;#8217;s", "Tom ’s"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("a\u00adb \ufeffc\u200bd\n\te", "ab cd e"),
        ("می‌خواهد", "می‌خواهد"),
        ("<td>a</td><td>b</td>", "a b"),
        ("<a", "<a"),
        ("", ""),
    ],
)
def test_markup_becomes_plain_text(markup, expected):
    assert plain_text(markup) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("Ministers met. <a href='x'>Continue reading...</a>", "Ministers met."),
        ("<figure><img><figcaption>Photo: an agency</figcaption></figure><p>Talks.</p>", "Talks."),
        ("Talks went on […] The post Talks appeared first on The Gazette.", "Talks went on…"),
        ("Es geht weiter. Weiterlesen →", "Es geht weiter."),
        ("Un accord est signé. Lire la suite", "Un accord est signé."),
        ("He wanted to read more", "He wanted to read more"),
        ("Sie wollten mehr", "Sie wollten mehr"),
        ("<a href='x'>Comments</a>", ""),
    ],
)
def test_a_summary_loses_what_says_nothing(markup, expected):
    assert summary_text(markup) == expected


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("The U.S. President met Mr. Hale. They agreed.", "en", ["The U.S. President met Mr. Hale.", "They agreed."]),
        ("It is law in the U.S. The court said so.", "en", ["It is law in the U.S.", "The court said so."]),
        ("J. D. Hale said 3.5 million came. He left.", "en", ["J. D. Hale said 3.5 million came.", "He left."]),
        (
            "Am 3. Oktober kam z. B. Frau Dr. Kern. Dann sie.",
            "de",
            ["Am 3. Oktober kam z. B. Frau Dr. Kern.", "Dann sie."],
        ),
        ("M. Petit a dit oui. Puis il partit.", "fr", ["M. Petit a dit oui.", "Puis il partit."]),
        ("Это сказал г. Иванов. Он ушёл.", "ru", ["Это сказал г. Иванов.", "Он ушёл."]),
        ("他说。我们来了！真的？", "zh", ["他说。", "我们来了！", "真的？"]),
        ("「行く。」と言った。", "ja", ["「行く。」", "と言った。"]),
        ("قال الوزير. هل يأتي؟ نعم۔", "ar", ["قال الوزير.", "هل يأتي؟", "نعم۔"]),
        ("यह है। वह है।", "hi", ["यह है।", "वह है।"]),
        ('"Stop!" he said. No.', "en", ['"Stop!" he said.', "No."]),
        ("Line one\nLine two", "", ["Line one", "Line two"]),
        ("   ", "", []),
    ],
)
def test_sentences_end_where_they_end(text, lang, expected):
    assert [text[start:end] for start, end in sentences(text, lang=lang)] == expected


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="aB. !?\n。؟।\"'1Mr", max_size=80) | st.text(max_size=80))
def test_sentences_are_in_order_and_cover_every_letter(text):
    spans = sentences(text)
    covered = "".join(text[start:end] for start, end in spans)
    assert "".join(covered.split()) == "".join(text.split())
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


@pytest.mark.parametrize(
    ("title", "outlet", "expected"),
    [
        ("BREAKING: States sign deal | Harbour News", "", "states sign deal"),
        ("UPDATE 1-States sign deal", "", "states sign deal"),
        ("States sign deal – Das Blatt", "Das Blatt", "states sign deal"),
        ("Germany – a country of migration", "", "germany a country of migration"),
        ("Eilmeldung: Das war's", "", "das wars"),
        ("States' “new” deal!", "", "states new deal"),
    ],
)
def test_a_title_has_one_key(title, outlet, expected):
    assert normalised_title(title, outlet) == expected


@given(st.text(max_size=60))
def test_folding_keeps_every_offset(text):
    assert len(folded(text)) == len(text)
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("İSTANBUL Łódź Été", "istanbul lodz ete"), ("Йод ЁЖ", "йод еж"), ("أحمد", "احمد"), ("がぎ", "がぎ")],
)
def test_letters_that_writers_exchange_are_one(text, expected):
    assert folded(text) == expected


@pytest.mark.parametrize(("length", "expected"), [(100, "One two. Three four."), (12, "One two."), (6, "One…")])
def test_text_is_cut_at_a_sentence_or_a_word(length, expected):
    assert shortened("One two. Three four.", length) == expected


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en-US", "en"), ("pt_BR", "pt"), ("English", "en"), ("ger", "de"), ("x-default", ""), ("", ""), ("nb-NO", "no")],
)
def test_a_language_tag_means_a_code(tag, code):
    assert language_code(tag) == code


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>/ab&;#p!-[]\"'= é", max_size=120))
def test_any_markup_is_plain_text(markup):
    for text in (plain_text(markup), summary_text(markup)):
        assert text == text.strip()
        assert "  " not in text
        text.encode("utf-8")


def test_a_comment_that_nobody_closes_hides_the_rest():
    assert plain_text("<p>Talks resume</p><!-- cut off here") == "Talks resume"
    assert plain_text("<p>Talks</p><!-- a --><p>resume</p>") == "Talks resume"
