"""Which addresses may be connected to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demarche.adapters.guard import REFUSED, Guard

PUBLIC = ["93.184.215.14", "8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "2606:4700::1111"]

PRIVATE = [
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "unspecified"),
    ("10.255.0.1", "private"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.168.0.1", "private"),
    ("169.254.169.254", "link-local"),
    ("100.64.0.1", "CGNAT"),
    ("100.127.255.255", "CGNAT"),
    ("192.0.0.1", "reserved"),
    ("192.0.2.7", "documentation"),
    ("198.18.0.1", "benchmarking"),
    ("192.88.99.1", "6to4"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::127.0.0.1", "IPv4-compatible"),
    ("::ffff:127.0.0.1", "IPv4-mapped"),
    ("::ffff:8.8.8.8", "IPv4-mapped"),
    ("::ffff:0:7f00:1", "IPv4-translated"),
    ("64:ff9b::7f00:1", "NAT64"),
    ("64:ff9b:1::1", "NAT64"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
    ("2001:db8::1", "documentation"),
    ("2002:7f00:1::", "6to4"),
    ("fc00::1", "private"),
    ("fd00:ec2::254", "private"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
    ("100::1", "discard"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address):
    assert Guard().refusal_of_address(address) == ""


@pytest.mark.parametrize(("address", "word"), PRIVATE)
def test_an_address_that_is_not_public_is_refused_by_its_name(address, word):
    assert word in Guard().refusal_of_address(address)


@pytest.mark.parametrize("text", ["", "localhost", "example.org", "1.2.3", "1.2.3.4.5", "256.1.1.1", "0x7f000001"])
def test_what_is_no_numeric_address_is_refused(text):
    assert Guard().refusal_of_address(text)


def test_a_named_network_is_allowed_and_no_other():
    guard = Guard(["10.1.0.0/16", "fd00::/8", "127.0.0.1"])
    assert [bool(guard.refusal_of_address(address)) for address in ("10.1.2.3", "fd12::1", "127.0.0.1")] == [False] * 3
    assert [bool(guard.refusal_of_address(address)) for address in ("10.2.0.1", "fe80::1", "127.0.0.2")] == [True] * 3
    assert guard.refusal_of_address("::ffff:10.1.2.3")  # another form of an allowed address needs its own word


def test_a_network_that_is_none_is_said_at_once():
    with pytest.raises(ValueError, match="not-a-network"):
        Guard(["not-a-network"])


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0X7F.1",
        "0177.0.0.1",
        "127.1",
        "127.0.1",
        "017700000001",
        "1.2.3.4.5",
        "0x",
        "1.2.3.04",
    ],
)
def test_a_number_form_of_an_address_is_refused_even_where_its_network_is_allowed(host):
    assert "number form" in Guard(["0.0.0.0/0"]).refusal_of_host("http", host)


@pytest.mark.parametrize(
    "host", ["example.org", "1password.example", "4chan.org", "0x.example", "a-1", "3.example", "xn--p1ai"]
)
def test_a_name_is_left_to_the_look_up(host):
    assert Guard().refusal_of_host("https", host) == ""


@pytest.mark.parametrize(
    ("scheme", "host", "word"),
    [
        ("ftp", "example.org", "scheme"),
        ("file", "", "scheme"),
        ("", "", "scheme"),
        ("http", "", "no host"),
        ("http", "127.0.0.1", "loopback"),
        ("http", "::1", "loopback"),
        ("http", "fe80::1%25eth0", "link-local"),
    ],
)
def test_parts_that_are_wrong_are_named(scheme, host, word):
    assert word in Guard().refusal_of_host(scheme, host)


def test_a_password_in_an_address_is_refused():
    assert Guard().refusal_of_host("https", "example.org", has_credentials=True)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "printer.local", "metadata.google.internal", "a.localhost"]
)
def test_behind_a_proxy_local_names_are_refused_because_their_address_is_not_seen(host):
    assert "local name" in Guard().refusal_of_host("http", host, is_proxied=True)
    assert Guard().refusal_of_host("http", host) == ""


@given(st.ip_addresses())
def test_what_python_calls_not_global_is_never_allowed(address):
    is_listed = any(address in network for network, _ in REFUSED)
    assert bool(Guard().refusal_of_address(str(address))) == (is_listed or not address.is_global)
