"""Requests that no honest browser or library sends, as fuzzing found them: answered, and in the words of whoever asks."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import TimeoutError as PoolTimeout

from idp.kernel.actor import OPERATOR
from idp.wiring import Deps
from tests.fuzz.wire import Sent, WsgiWire
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
MACHINES = ["/token", "/introspect", "/revoke", "/par", "/device_authorization", "/register", "/userinfo", "/jwks", "/register/x"]


@spec("RFC 3986", "2.1")
@pytest.mark.parametrize("path", ["/sign-in", "/logout", "/device", "/forgot-password", "/nowhere", "/authorize", "/activate"])
def test_octets_that_are_no_text_in_the_address_are_read_as_well_as_they_can_be(app: Flask, deps: Deps, path: str) -> None:
    deps.ring.ensure(OPERATOR)
    for query in ("x=\xff\xfe", "user_code=\xc0\xaf", "\xff", "return_to=/\xe9&x=%ff"):
        answer = WsgiWire(app).send(Sent("GET", f"{path}?{query}"))
        assert answer.status < 500, answer


@spec("RFC 6749", "5.2")
@pytest.mark.parametrize("path", MACHINES)
def test_a_machine_that_uses_a_wrong_method_is_told_so_in_the_words_of_oauth(app: Flask, path: str) -> None:
    for method in ("PROPFIND", "PATCH", "GET" if path in ("/token", "/par", "/register") else "PUT"):
        if (path, method) == ("/register/x", "PUT"):
            continue
        answer = WsgiWire(app).send(Sent(method, path, (("Accept", "text/html"),)))
        said: dict[str, Any] = json.loads(answer.body)
        assert answer.status == 405 and said["error"] == "invalid_request"
        assert answer.header("Cache-Control") == "no-store" and answer.header("Allow") and not answer.all("Set-Cookie")


@spec("RFC 6749", "5.2")
@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke", "/par", "/device_authorization", "/register", "/userinfo"])
def test_a_machine_that_must_wait_is_told_so_in_the_words_of_oauth(
    app: Flask, deps: Deps, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise PoolTimeout("QueuePool limit reached")

    monkeypatch.setattr(deps.database, "unit", full)
    for more in ((), (("Origin", "https://app.example.org"),)):  # by the short way, and past it
        answer = WsgiWire(app).send(Sent("POST", path, (("Content-Type", "application/x-www-form-urlencoded"), *more), b"token=x"))
        said = json.loads(answer.body)
        assert (answer.status, said["error"], answer.header("Retry-After")) == (503, "temporarily_unavailable", "2")
        assert "QueuePool" not in answer.text
