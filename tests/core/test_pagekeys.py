"""The addresses of one page meet under one key, however the page is dressed; other pages do not."""

import pytest

from core.grouping_rules import grouping_rules
from demarche.core.pagekeys import PageKeys
from demarche.core.urls import canonical_url

KEYS = PageKeys(grouping_rules()["addresses"])


def key(url):
    return KEYS.key(canonical_url(url))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.bbc.com/news/articles/c1", "https://www.bbc.co.uk/news/articles/c1"),
        ("https://edition.cnn.com/2026/01/02/world/a-b/index.html", "https://www.cnn.com/2026/01/02/world/a-b"),
        ("https://a.example/politik/ein-bericht-123-amp", "https://a.example/politik/ein-bericht-123"),
        ("https://a.example/inland/ein-bericht-123~amp.html", "https://a.example/inland/ein-bericht-123.html"),
        ("https://www.msn.com/en-gb/news/a/ar-AA1abcd", "https://www.msn.com/en-us/news/world/b-c/ar-AA1abcd"),
        ("https://a.example/report-1?amp_js_v=0.1&usqp=mq", "https://a.example/report-1"),
        ("https://a.example/report-1?view=amp", "https://a.example/report-1"),
        ("https://mobil.a.example/news//report-1", "https://a.example/news/report-1"),
        ("https://touch.a.example/report-1", "https://wap.a.example/report-1"),
    ],
)
def test_two_dresses_of_one_page_meet(one, other):
    assert key(one) == key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.msn.com/en-gb/news/a/ar-AA1abcd", "https://www.msn.com/en-gb/news/a/ar-AA1abce"),
        ("https://a.example/report?view=2", "https://a.example/report?view=3"),
        ("https://a.example/tag/swamp", "https://a.example/tag/sw"),
        ("https://a.example/5-amp", "https://a.example/5"),
        ("https://mobil.example/report-1", "https://example/report-1"),
    ],
)
def test_two_pages_do_not(one, other):
    assert key(one) != key(other)


@pytest.mark.parametrize(
    "url", ["https://ministry.example/", "https://www.ministry.example", "https://m.a.example/?utm_x=1"]
)
def test_a_front_page_is_no_address_of_a_report(url):
    assert key(url) == ""
