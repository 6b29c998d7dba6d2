"""The judge of the fuzzer finds what it is there to find: an answer of each unsafe kind, and none of the safe ones."""

import json

import pytest

from tests.fuzz import judge
from tests.fuzz.judge import Law, Unsafe
from tests.fuzz.wire import Got, Sent

BASE = "http://localhost:8000"
LAW = Law(BASE, {"web": ("https://web.example.org/cb", "http://127.0.0.1/cb")}, origins={"https://web.example.org"}, secrets={"hush-hush"})
KEPT = (("X-Request-Id", "x"), ("X-Content-Type-Options", "nosniff"))
JSON = (*KEPT, ("Content-Type", "application/json"), ("Cache-Control", "no-store"))
PAGE = (*KEPT, ("Content-Type", "text/html; charset=utf-8"))
ASKED = Sent("GET", "/authorize?client_id=web&redirect_uri=https%3A%2F%2Fweb.example.org%2Fcb")
CALLED = Sent("POST", "/token", (("Authorization", "Basic eDp5"),), b"code=abc")


def refusal(status: int = 400, *headers: tuple[str, str], **body: object) -> Got:
    said = {"error": "invalid_grant", "error_description": "no"} | body
    return Got(status, (*JSON, *headers), json.dumps(said).encode())


def to(location: str) -> Got:
    return Got(303, (*KEPT, ("Location", location)), b"")


@pytest.mark.parametrize(
    "got",
    [
        to("/sign-in"), to(BASE + "/x"), to("https://web.example.org/cb?code=1&iss=http%3A%2F%2Flocalhost%3A8000"),
        to("http://127.0.0.1:4711/cb?code=1&iss=http%3A%2F%2Flocalhost%3A8000"), Got(200, PAGE, b'<a href="/x">x</a>'),
    ],
)  # fmt: skip
def test_a_safe_page_is_safe(got: Got) -> None:
    LAW.judge(ASKED, got, errors=None)


@pytest.mark.parametrize("got", [refusal(), refusal(401, ("WWW-Authenticate", "Basic"), error="invalid_client"), Got(200, JSON, b"{}")])
def test_a_safe_answer_to_a_machine_is_safe(got: Got) -> None:
    LAW.judge(CALLED, got, errors=judge.TOKEN, given=["abc"])


@pytest.mark.parametrize(
    "got",
    [
        Got(500, PAGE, b""), Got(503, PAGE, b""), to("https://evil.example/cb"), to("//evil.example"), to("/\\evil.example"),
        to("https://web.example.org/cb.evil.example?code=1"), to("http://127.0.0.1:4711@evil.example/cb?code=1"), to("https://web.example.org/cb?code=1"),
        to("https://web.example.org/cb?error=oops&iss=http%3A%2F%2Flocalhost%3A8000"), Got(307, (*KEPT, ("Location", "/x")), b""),
        Got(200, (*PAGE, ("Refresh", "4; url=https://evil.example")), b""), Got(200, PAGE, b'<form action="https://evil.example">'),
        Got(200, PAGE, b'<a href="javascript:alert(1)">x</a>'), Got(200, PAGE, b'<iframe src="//evil.example"></iframe>'),
        Got(400, PAGE, b"Traceback (most recent call last)"), Got(200, PAGE, b"hush-hush"), Got(200, PAGE, b'{"kty":"RSA","d":"x"}'),
        Got(200, (*PAGE, ("Access-Control-Allow-Origin", "*")), b""), Got(200, (*PAGE, ("X-Said", "a\r\nSet-Cookie: b")), b""),
        Got(200, (("X-Request-Id", "x"),), b""),
    ],
)  # fmt: skip
def test_an_unsafe_page_is_found(got: Got) -> None:
    with pytest.raises(Unsafe):
        LAW.judge(ASKED, got, errors=None)


@pytest.mark.parametrize(
    "got",
    [
        refusal(error="http_405"), refusal(error=["invalid_grant"]), refusal(error_description='a "quote"'),
        refusal(error_description="abc"),
        refusal(error_description="é"), refusal(401, error="invalid_client"), Got(400, JSON, b"[]"), Got(400, JSON, b"{"), Got(400,
        PAGE, b"<p>no"),
        Got(200, (*KEPT, ("Content-Type", "application/json")), b"{}"), Got(303, (*JSON, ("Location", "/sign-in")), b""),
        refusal(incident=7),
    ],
)  # fmt: skip
def test_an_unsafe_answer_to_a_machine_is_found(got: Got) -> None:
    with pytest.raises(Unsafe):
        LAW.judge(CALLED, got, errors=judge.TOKEN, given=["abc"])


def test_a_code_goes_to_its_own_client_only() -> None:
    with pytest.raises(Unsafe):
        LAW.judge(Sent("GET", "/authorize?client_id=other"), to("https://web.example.org/cb?error=access_denied&iss=" + BASE), errors=None)
