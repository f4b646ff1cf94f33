"""Addresses: one form for one page, and never one form for two."""

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demarche.core.urls import absolute_url, canonical_url, host_of, real_target, site_of


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://WWW.Example.com:80/A/%7euser/?b=2&a=1&utm_source=x#top", "https://example.com/A/~user?a=1&b=2"),
        ("https://www.bbc.co.uk/news/a-1?at_medium=RSS&at_campaign=K", "https://bbc.co.uk/news/a-1"),
        ("https://www.dw.com/en/x/a-1?maca=en-rss-all-1-xml-mrss", "https://dw.com/en/x/a-1"),
        ("https://www.aljazeera.com/n/1?traffic_source=rss", "https://aljazeera.com/n/1"),
        ("https://www.nytimes.com/a.html?smid=tw&partner=rss&emc=rss", "https://nytimes.com/a.html"),
        ("https://www.lemonde.fr/a_1.html?xtor=RSS-3208", "https://lemonde.fr/a_1.html"),
        ("https://www.msn.com/en/news/x/ar-AA1?ocid=msn&cvid=9", "https://msn.com/en/news/x/ar-AA1"),
        ("https://e.com/a?cmpid=1&CMP=2&ito=3&ns_mchannel=4&fbclid=5&gclid=6&mc_cid=7&igshid=8", "https://e.com/a"),
        ("https://e.com/?p=12&amp;ref=rss", "https://e.com/?p=12"),
        ("https://e.com/a?ref=12345", "https://e.com/a?ref=12345"),
        ("https://e.com/a?source=rss", "https://e.com/a"),
        ("https://e.com/a?source=48213", "https://e.com/a?source=48213"),
        ("https://amp.theguardian.com/world/2020/apr/20/a-b", "https://theguardian.com/world/2020/apr/20/a-b"),
        ("https://e.com/news/amp/world-12345678", "https://e.com/news/world-12345678"),
        ("https://e.com/2020/a-long-slug/amp/", "https://e.com/2020/a-long-slug"),
        ("https://e.com/2020/a-long-slug.amp.html?amp=1&outputType=amp", "https://e.com/2020/a-long-slug.html"),
        ("https://m.e.com/a/1", "https://e.com/a/1"),
        ("https://mobile.e.com.tr/a/1", "https://e.com.tr/a/1"),
        ("https://e.com/a;jsessionid=0A1B?x=1", "https://e.com/a?x=1"),
        ("https://e.com/a/../b/./c//d", "https://e.com/b/c//d"),
        ("https://bücher.example/ü?q=ä b", "https://xn--bcher-kva.example/%C3%BC?q=%C3%A4%20b"),
        ("https://user:pw@e.com/a", "https://e.com/a"),
        ("https://e.com:8443/a", "https://e.com:8443/a"),
        ("https://e.com./a", "https://e.com/a"),
        ("https://e.com/#!/story/5", "https://e.com/#!/story/5"),
        ("//e.com/a", "https://e.com/a"),
        (" https://e.com/a\n", "https://e.com/a"),
    ],
)
def test_an_address_has_one_form(url, expected):
    assert canonical_url(url) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://data.europa.eu/1", "https://europa.eu/1"),
        ("https://e.com/Article/AbC", "https://e.com/article/abc"),
        ("https://e.com/?id=1", "https://e.com/?id=2"),
        ("https://e.com/?article=1", "https://e.com/"),
        ("https://e.com/a?page=2", "https://e.com/a"),
        ("https://e.com/a%2Fb", "https://e.com/a/b"),
        ("https://m.blogspot.com/a", "https://blogspot.com/a"),
        ("https://www.gov.uk/a", "https://gov.uk/a"),
        ("https://e.com/shop/amp", "https://e.com/shop"),
        ("https://e.com/#!/a", "https://e.com/#!/b"),
        ("https://de.e.com/a", "https://fr.e.com/a"),
    ],
)
def test_different_pages_stay_different(one, other):
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    "url",
    ["", "mailto:a@e.com", "javascript:alert(1)", "ftp://e.com/", "https://", "http://[::1", "http://e.com:99999/",
     "not an address", "https://exa mple.com/", "data:text/html,x",
     "http://-.example-/", "https://" + "a" * 300 + ".com"],
)  # fmt: skip
def test_what_cannot_be_fetched_has_no_form(url):
    assert canonical_url(url) == ""


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://www.google.com/url?rct=j&url=https://e.com/a%3Fx%3D1&ct=ga", "https://e.com/a?x=1"),
        ("https://www.google.com/amp/s/www.e.com/a-b/amp", "https://www.e.com/a-b/amp"),
        ("https://www-e-com.cdn.ampproject.org/c/s/www.e.com/a", "https://www.e.com/a"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fe.com%2Fa&h=1", "https://e.com/a"),
        ("https://t.umblr.com/redirect?z=https%3A%2F%2Fe.com%2Fa&t=1", "https://e.com/a"),
        ("http://www.bing.com/news/apiclick.aspx?ref=x&url=https%3a%2f%2fe.com%2fa", "https://e.com/a"),
        ("https://news.google.com/rss/articles/CBMiEWh0dHBzOi8vZS5jb20vYS1i0gEA?oc=5", "https://e.com/a-b"),
        ("https://e.com/login?url=https://other.com/", "https://e.com/login?url=https://other.com/"),
    ],
)
def test_a_redirect_that_names_its_target_leads_there(url, target):
    assert real_target(url) == target


@pytest.mark.parametrize(
    ("url", "host", "site"),
    [
        ("https://news.bbc.co.uk/a", "news.bbc.co.uk", "bbc.co.uk"),
        ("https://www.spiegel.de/", "www.spiegel.de", "spiegel.de"),
        ("https://data.europa.eu/", "data.europa.eu", "europa.eu"),
        ("https://me.substack.com/p/1", "me.substack.com", "me.substack.com"),
        ("https://a.blogspot.com.tr/", "a.blogspot.com.tr", "blogspot.com.tr"),
        ("http://192.0.2.7/a", "192.0.2.7", "192.0.2.7"),
        ("mailto:a@e.com", "", ""),
    ],
)
def test_host_and_site_are_told(url, host, site):
    assert host_of(url) == host
    assert site_of(url) == site


def test_relative_addresses_need_their_base():
    assert absolute_url("../x y?q=ü", "https://e.com/a/b/c") == "https://e.com/a/x%20y?q=%C3%BC"
    assert absolute_url("/x") == ""


hosts = st.sampled_from(
    ["e.com", "www.e.com", "m.amp.www.e.co.uk", "www.google.com", "news.google.com", "e.cdn.ampproject.org"]
)
paths = st.text(alphabet="abAB019-._~/%&=;:@!$'()*+,üя年 ?#[]|", max_size=40) | st.sampled_from(
    ["/amp/amp/a-long-slug-1/amp", "/a-long-slug-1.amp.html/amp", "/c/s/www.e.com/amp/s/x", "/url?q=https://www.google.com/url?q=x"]
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(hosts, paths)
def test_the_form_of_a_form_is_itself(host, path):
    form = canonical_url(f"http://{host}/{path}")
    assert canonical_url(form) == form


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_an_answer(text):
    form = canonical_url(text)
    assert form == "" or form.startswith("https://")
    assert form.isascii()
    assert canonical_url("https://e.com/a?" + quote(text) + "&utm_source=x").startswith("https://e.com/a")


@settings(max_examples=300, deadline=None)
@given(hosts, paths, st.sampled_from(["", "https://base.example/a/b", "http://base.example/?q"]))
def test_a_whole_address_stays_as_it_is_whatever_it_is_resolved_against(host, path, base):
    whole = absolute_url(f"http://{host}/{path}")
    assert absolute_url(whole, base) == whole


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://e.com/a?", "https://e.com/a"),
        ("https://e.com/a#", "https://e.com/a"),
        ("https://e.com", "https://e.com/"),
        ("https://a..b/c", ""),
        ("https://E.com/a", "https://e.com/a"),
        ("https://e.com/a/../b", "https://e.com/a/../b"),
    ],
)
def test_an_address_is_made_whole(url, expected):
    assert absolute_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://www.msn.com/en-us/outlink?url=https%3A%2F%2Fe.com%2Fa&cvid=1",
        "https://www.msn.com/redirect?u=https%3A%2F%2Fe.com%2Fa",
    ],
)
def test_a_redirect_of_msn_leads_to_its_target(url):
    assert canonical_url(url) == "https://e.com/a"
