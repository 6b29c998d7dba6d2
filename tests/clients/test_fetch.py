"""Calling addresses that clients give."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from joserfc.jwk import ECKey

from idp.clients import fetch
from idp.clients.addresses import reachable
from idp.clients.client_keys import ClientKeys
from idp.clients.fetch import FetchFailed, GuardedHttp
from idp.clients.snapshot import ClientSnapshot
from idp.kernel.clock import FrozenClock

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@dataclass
class Canary:
    """A server on loopback that counts what reaches it."""

    port: int = 0
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@pytest.fixture
def canary() -> Iterator[Canary]:
    """Started for one test."""
    mine = Canary(answers={"/keys": {"keys": []}, "/text": b"no json", "/big": b"x" * 70_000, "/deep": b"[" * 60_000})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            mine.seen.append((self.command, self.path, dict(self.headers), body))
            if self.path == "/redirect":
                self.send_response(302)
                self.send_header("Location", "/keys")
                self.end_headers()
            elif self.path == "/drip":
                self.send_response(200)
                self.end_headers()
                try:
                    for _ in range(60):
                        self.wfile.write(b" ")
                        time.sleep(0.1)
                except OSError:
                    pass
            else:
                answer = mine.answers.get(self.path)
                raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(404 if answer is None else 200)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

        do_POST = do_GET  # noqa: N815 - the name the base class looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    mine.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield mine
    server.shutdown()
    server.server_close()
    thread.join()


def test_loopback_is_refused_unless_allowed(canary: Canary) -> None:
    for url in (
        canary.url("/keys"),
        canary.url("/keys", "localhost"),
        canary.url("/keys", "[::1]"),
        canary.url("/keys").replace("http", "https"),
    ):
        assert GuardedHttp().get_json(url) == FetchFailed("refused")
        assert GuardedHttp((ip_network("10.0.0.0/8"),)).post_form(url, {}) == FetchFailed("refused")
    assert canary.seen == []
    assert GuardedHttp(LOOPBACK).get_json(canary.url("/keys")) == {"keys": []}
    assert GuardedHttp(LOOPBACK).get_json(canary.url("/keys", "localhost")) == {"keys": []}


def test_a_form_is_posted_and_its_status_given(canary: Canary) -> None:
    canary.answers["/bye"] = {}
    assert GuardedHttp(LOOPBACK).post_form(canary.url("/bye"), {"logout_token": "a b+c"}) == 200
    assert GuardedHttp(LOOPBACK).post_form(canary.url("/missing"), {}) == 404
    method, _, headers, body = canary.seen[0]
    assert (method, body) == ("POST", b"logout_token=a+b%2Bc")
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["Host"] == f"127.0.0.1:{canary.port}"
    assert "Cookie" not in headers


def test_a_redirect_is_not_followed(canary: Canary) -> None:
    assert GuardedHttp(LOOPBACK).get_json(canary.url("/redirect")) == FetchFailed("status")
    assert GuardedHttp(LOOPBACK).post_form(canary.url("/redirect"), {}) == 302
    assert [path for _, path, _, _ in canary.seen] == ["/redirect"] * 2


@pytest.mark.parametrize(("path", "reason"), [("/text", "not_json"), ("/big", "too_large"), ("/deep", "not_json"), ("/missing", "status")])
def test_what_is_not_a_small_json_document_fails(canary: Canary, path: str, reason: str) -> None:
    assert GuardedHttp(LOOPBACK).get_json(canary.url(path)) == FetchFailed(reason)


def test_a_trickle_is_cut_off(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "SECONDS", 0.5)
    begun = time.monotonic()
    assert GuardedHttp(LOOPBACK).get_json(canary.url("/drip")) == FetchFailed("too_slow")
    assert time.monotonic() - begun < 3


def test_nobody_there_is_unreachable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert GuardedHttp(LOOPBACK).get_json(f"http://127.0.0.1:{port}/") == FetchFailed("unreachable")


@pytest.mark.parametrize(
    "number", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1", "64:ff9b::7f00:1", "100.64.0.1", "0.0.0.0"]
)
def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    family = socket.AF_INET6 if ":" in number else socket.AF_INET
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(family, socket.SOCK_STREAM, 6, "", (number, 443))])
    assert GuardedHttp().get_json("https://rebind.example.org/") == FetchFailed("refused")


def test_the_judged_number_is_the_one_called(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["127.0.0.1", "10.0.0.1", "10.0.0.1"])
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _host, port, *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]
    )
    adapter = fetch._PinnedAdapter(LOOPBACK)
    assert adapter._address("rebind.example.org", 80) == "127.0.0.1"


def test_a_name_that_does_not_resolve_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    assert GuardedHttp().get_json("https://nowhere.example.org/") == FetchFailed("unreachable")


def test_a_proxy_of_the_environment_is_ignored(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    assert GuardedHttp(LOOPBACK).get_json(canary.url("/keys")) == {"keys": []}


@pytest.mark.parametrize(
    ("number", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1", True),
        ("::ffff:8.8.8.8", True),
        ("::ffff:10.0.0.1", False),
        ("224.0.0.1", False),
        ("192.88.99.1", False),
        ("2002:a00:1::", False),
        ("240.0.0.1", False),
        ("198.18.0.1", False),
    ],
)
def test_which_numbers_are_public(number: str, public: bool) -> None:
    assert reachable(ip_address(number), ()) is public


def _snapshot(**changes: Any) -> ClientSnapshot:
    values = dict.fromkeys(ClientSnapshot.__slots__)
    return ClientSnapshot(**{**values, "client_id": "app", **changes})  # type: ignore[arg-type]


def test_keys_from_a_jwks_uri_are_kept_and_fetched_again_for_an_unknown_name(canary: Canary, clock: FrozenClock) -> None:
    old = ECKey.generate_key("P-256").as_dict(private=False) | {"kid": "old"}
    new = ECKey.generate_key("P-256").as_dict(private=False) | {"kid": "new"}
    canary.answers["/jwks"] = {"keys": [old]}
    keys, client = ClientKeys(GuardedHttp(LOOPBACK), clock), _snapshot(jwks_uri=canary.url("/jwks"))
    assert keys.of(client, "old") == {"keys": [old]}
    assert keys.of(client, "old") == {"keys": [old]}
    assert keys.of(client, "new") == {"keys": [old]}
    assert len(canary.seen) == 1
    canary.answers["/jwks"] = {"keys": [new]}
    clock.advance(seconds=31)
    assert keys.of(client, "new") == {"keys": [new]}
    clock.advance(seconds=61)
    assert keys.of(client, "new") == {"keys": [new]}
    assert len(canary.seen) == 2
    clock.advance(seconds=600)
    keys.of(client, "new")
    assert len(canary.seen) == 3


def test_keys_outlive_a_short_absence_but_not_a_long_one(canary: Canary, clock: FrozenClock) -> None:
    key = ECKey.generate_key("P-256").as_dict(private=False)
    canary.answers["/jwks"] = {"keys": [key]}
    keys, client = ClientKeys(GuardedHttp(LOOPBACK), clock), _snapshot(jwks_uri=canary.url("/jwks"))
    keys.of(client)
    del canary.answers["/jwks"]
    clock.advance(seconds=900)
    assert keys.of(client) == {"keys": [key]}
    clock.advance(seconds=3600)
    assert keys.of(client) is None


def test_private_keys_at_a_jwks_uri_are_refused(canary: Canary, clock: FrozenClock) -> None:
    canary.answers["/jwks"] = {"keys": [ECKey.generate_key("P-256").as_dict(private=True)]}
    assert ClientKeys(GuardedHttp(LOOPBACK), clock).of(_snapshot(jwks_uri=canary.url("/jwks"))) is None


def test_registered_keys_need_no_call(clock: FrozenClock) -> None:
    jwks = {"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}
    assert ClientKeys(GuardedHttp(), clock).of(_snapshot(jwks=jwks)) == jwks
    assert ClientKeys(GuardedHttp(), clock).of(_snapshot()) is None
