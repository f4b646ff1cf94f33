"""Addresses in the form that goes on the wire."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demarche.adapters.addresses import host_of, read_url
from demarche.adapters.guard import Guard


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("http://h.example/a%2Fb%7Ec?q=%41&sig=a+b/c==", "http://h.example/a%2Fb%7Ec?q=%41&sig=a+b/c=="),
        ("http://h.example/a b/ü?q=é#part", "http://h.example/a%20b/%C3%BC?q=%C3%A9"),
        (" http://h.example/x#y ", "http://h.example/x"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://h.example/{id}|'[1]", "http://h.example/{id}|'[1]"),
    ],
)
def test_an_address_goes_out_as_written_where_it_can(written, sent):
    assert str(read_url(written)) == sent


@pytest.mark.parametrize("text", ["http://", "http:///x", "http://h:99999/", "http://h:x/", "http://a\\@b/", "0://[]@"])
def test_what_is_no_address_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"."):
        read_url(text)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("http://EXAMPLE.org./x", "example.org"),
        ("http://[::FFFF:7f00:1]:80/", "::ffff:7f00:1"),
        ("http://①②⑦.⓪.⓪.①/", "127.0.0.1"),
        ("http://пример.example/", "xn--e1afmkfd.example"),
    ],
)
def test_a_host_is_named_as_it_is_connected_to(text, host):
    assert host_of(read_url(text)) == host


PIECES = st.text(alphabet="htps:/@[]%.0123456789abxX?#\\ ①é\ud800-_~;=&", max_size=40)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(["", "http://", "http://[::", "https://a@"]), PIECES | st.text())
def test_any_text_is_an_address_or_a_value_error(start, rest):
    try:
        url = read_url(start + rest)
    except ValueError:
        return
    assert isinstance(Guard().refusal_of_host(url.scheme, host_of(url)), str)
    assert "\n" not in str(url)
