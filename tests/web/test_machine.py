"""The short way of machines gives what the long way gives, and steps aside where it does not know better."""

import json
from base64 import b64encode

import pytest

from idp.kernel.actor import OPERATOR
from idp.web import machine
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

VARYING = {"X-Request-Id", "Date"}


@pytest.fixture
def basic(app, deps) -> str:
    from idp.clients.registry import NewClient
    from idp.wiring import Services

    deps.ring.ensure(OPERATOR)
    with deps.database.unit() as session:
        new = NewClient(client_id="machine", name="Machine", redirect_uris=(), grants=("client_credentials",), scopes=("reports",))
        _, secret = Services(deps, session).registry.create(OPERATOR, new)
    return "Basic " + b64encode(f"machine:{secret}".encode()).decode()


@pytest.fixture
def both_ways(client, monkeypatch):
    """Ask a thing by the short way, then by the long one."""

    def ask(method: str, path: str, **said):
        short = client.open(path, method=method, **said)
        with monkeypatch.context() as patch:
            patch.setattr(machine.Machines, "answer", lambda *_: None)
            return short, client.open(path, method=method, **said)

    return ask


def _head(answer) -> dict[str, str]:
    return {name: value for name, value in sorted(answer.headers.items()) if name not in VARYING}


@pytest.mark.parametrize("path", sorted(machine.DOCUMENTS))
@spec("RFC 8414", "3")
def test_documents_are_the_same_both_ways(both_ways, path):
    short, long = both_ways("GET", path)
    assert (short.status_code, short.data, _head(short)) == (long.status_code, long.data, _head(long))


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("POST", "/token", {}),
        ("POST", "/token", {"grant_type": "client_credentials"}),
        ("POST", "/token", {"grant_type": "password"}),
        ("POST", "/introspect", {"token": "x"}),
        ("POST", "/revoke", {"token": "x"}),
        ("GET", "/userinfo", None),
        ("POST", "/userinfo", {"access_token": "x.y.z"}),
    ],
)
@spec("RFC 6749", "5.2")
def test_refusals_are_the_same_both_ways(both_ways, method, path, form):
    short, long = both_ways(method, path, data=form)
    assert (short.status_code, short.data, _head(short)) == (long.status_code, long.data, _head(long))


@spec("RFC 6749", "4.4")
def test_a_token_comes_with_the_same_headers_both_ways(both_ways, basic):
    short, long = both_ways("POST", "/token", data={"grant_type": "client_credentials"}, headers={"Authorization": basic})
    assert short.status_code == long.status_code == 200
    assert short.json["scope"] == long.json["scope"] == "reports"
    # The tokens differ, and with them, perhaps, their length.
    assert {**_head(short), "Content-Length": ""} == {**_head(long), "Content-Length": ""}


@pytest.mark.parametrize("length", ["-1", "x", "99999999999"])
def test_a_length_that_is_not_one_is_left_to_the_long_way(client, length):
    answer = client.post("/token", data="grant_type=client_credentials", headers={"Content-Length": length})
    assert answer.status_code in (400, 411, 413), answer.status_code


def test_what_fails_unforeseen_is_said_by_the_long_way(client, monkeypatch, basic):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("idp.protocol.rfc6749_client_credentials.access_token", broken)
    answer = client.post("/token", data={"grant_type": "client_credentials"}, headers={"Authorization": basic})
    assert answer.status_code == 500
    assert json.loads(answer.data)["error"] == "server_error"
    assert "ZeroDivision" not in answer.text


@pytest.mark.parametrize("path", ["/token", "/par", "/introspect", "/revoke", "/device_authorization", "/register"])
@spec("RFC 9126", "2.3")
def test_the_wrong_method_is_told_to_a_machine_in_its_own_words(client, path):
    """Never as a page of ours."""
    answer = client.get(path)
    assert answer.status_code == 405 and answer.mimetype == "application/json" and "error" in answer.get_json()
    assert "Set-Cookie" not in answer.headers
