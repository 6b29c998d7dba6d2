"""Redirect targets: exact, and nothing that looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.urls import local_path, redirect_matches, redirect_uri_problem
from tests.spec import spec

REGISTERED = "https://app.example.org/cb"


@spec("RFC 9700", "2.1")
@pytest.mark.parametrize(
    "asked",
    [
        "https://app.example.org.evil.test/cb",
        "https://app.example.org/cb?x=1",
        "https://app.example.org/cb/x",
        "https://app.example.org/cb/../x",
        "https://app.example.org/CB",
        "http://app.example.org/cb",
        "https://app.example.org:444/cb",
        "https://app.example.org:443/cb",
        "https://app.example.org/cb#f",
        "https://app.example.org/cb#",
        "https://app.example.org@evil.test/cb",
        "https://app.example.org:80@evil.test/cb",
        "https://app.example.org%40evil.test/cb",
        "https://evil@app.example.org/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "",
    ],
)
def test_a_redirect_uri_one_step_away_does_not_match(asked: str) -> None:
    assert not redirect_matches(REGISTERED, asked)


@spec("RFC 9700", "2.1")
@given(st.text(max_size=60))
def test_only_the_same_string_matches(asked: str) -> None:
    assert redirect_matches(REGISTERED, asked) == (asked == REGISTERED)


@spec("RFC 8252", "7.3")
@pytest.mark.parametrize(
    ("registered", "asked", "matches"),
    [
        ("http://127.0.0.1/callback", "http://127.0.0.1:51004/callback", True),
        ("http://[::1]/callback", "http://[::1]:51004/callback", True),
        ("http://127.0.0.1:7000/callback", "http://127.0.0.1:51004/callback", True),
        ("http://127.0.0.1/callback", "http://127.0.0.1:51004/callback?x", False),
        ("http://127.0.0.1/callback", "http://127.0.0.2:51004/callback", False),
        ("http://127.0.0.1/callback", "https://127.0.0.1:51004/callback", False),
        ("http://localhost/callback", "http://localhost:51004/callback", False),
        ("http://127.0.0.1/callback", "http://127.0.0.1:51004@evil.test/callback", False),
        ("http://127.0.0.1/callback", "http://x@127.0.0.1:51004/callback", False),
        ("https://127.0.0.1/callback", "https://127.0.0.1:51004/callback", False),
    ],
)
def test_only_the_port_of_a_loopback_address_may_differ(registered: str, asked: str, matches: bool) -> None:
    assert redirect_matches(registered, asked) is matches


@spec("RFC 6749", "3.1.2")
@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example.org/cb#f",
        "https://u@app.example.org/cb",
        "http://app.example.org/cb",
        "https://*.example.org/cb",
        "https://app.example.org/a/../b",
        "https://app.example.org/a/%2e%2e/b",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https:///cb",
        "https://app.example.org\\@evil.test/",
        "https://app.example.org/ cb",
        "/cb",
        "https://app.example.org:99999/cb",
    ],
)
def test_what_may_not_be_registered(uri: str) -> None:
    assert redirect_uri_problem(uri)


@pytest.mark.parametrize(
    "uri",
    ["https://app.example.org/cb?wp=1", "http://localhost:3000/cb", "http://127.0.0.1/cb", "id.go.sumut.app:/cb"],
)
def test_what_may_be_registered(uri: str) -> None:
    assert redirect_uri_problem(uri) is None


@spec("ASVS", "3.7.2")
@pytest.mark.parametrize("value", ["//evil.test", "https://evil.test", "/\\evil.test", "\\\\evil.test", "", None, "/a\nb", "evil"])
def test_only_a_path_of_our_own_is_followed(value: str | None) -> None:
    assert local_path(value) == "/"


def test_a_local_path_is_kept() -> None:
    assert local_path("/account?x=1") == "/account?x=1"
