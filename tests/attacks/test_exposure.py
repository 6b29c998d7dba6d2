"""X1, X2, X7: calls to inner addresses, what logs say, what malformed input shows (attacks.md)."""

import json
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from idp.clients.client_keys import ClientKeys
from idp.clients.fetch import FetchFailed, GuardedHttp
from idp.kernel.clock import SystemClock
from tests.attacks.forge import encode
from tests.attacks.stage import Human, Stage, at_once
from tests.rp import FORM, RelyingParty
from tests.running import ROOT
from tests.spec import spec

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class _Canary(ThreadingHTTPServer):
    seen: list[str]
    gate: Event


class _Sings(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.seen.append(self.path)  # type: ignore[attr-defined]
        self.server.gate.wait(4)  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"keys": []}')

    do_POST = do_GET  # noqa: N815 - the name that the library calls

    def log_message(self, *_: Any) -> None:
        """Be quiet."""


@pytest.fixture
def canary() -> Iterator[_Canary]:
    """A server inside, which nothing from outside may make us call."""
    server = _Canary(("127.0.0.1", 0), _Sings)
    server.seen, server.gate = [], Event()
    server.gate.set()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def _inside(port: int) -> list[str]:
    return [
        f"http://127.0.0.1:{port}/", f"https://127.0.0.1:{port}/", f"http://localhost:{port}/", f"https://localhost:{port}/",
        f"http://[::1]:{port}/", f"https://[::1]:{port}/", "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/",
        "http://169.254.169.254/", f"https://127.1:{port}/", f"https://2130706433:{port}/", f"https://0x7f000001:{port}/",
        f"https://[::ffff:127.0.0.1]:{port}/", "https://[64:ff9b::7f00:1]/", "https://0.0.0.0/", "https://192.168.1.1/", "https://[fd00::1]/",
        "file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", f"https://user@127.0.0.1:{port}/", f"https://127.0.0.1:{port}#@example.org/",
    ]  # fmt: skip


@spec("attacks.md", "X1")
@spec("ASVS 5.0", "13.2.4")
def test_no_inner_address_is_registered_or_called(stage: Stage, canary: _Canary) -> None:
    port = canary.server_address[1]
    guarded = GuardedHttp(())
    for uri in _inside(port):
        assert isinstance(guarded.get_json(uri), FetchFailed) and isinstance(guarded.post_form(uri, {"a": "b"}), FetchFailed), uri
    command = [str(Path(sys.executable).with_name("idp")), "client", "create", "--client-id", "inner", "--redirect-uri", "https://a.example/cb"]
    closed = {**stage.server.environment, "IDP_ALLOWED_NETWORKS": ""}
    for more in (["--auth-method", "private_key_jwt", "--jwks-uri", f"http://127.0.0.1:{port}/"],
                 ["--backchannel-logout-uri", f"http://localhost:{port}/"]):  # fmt: skip
        done = subprocess.run([*command, *more], cwd=ROOT, env=closed, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    assert not canary.seen
    # Where the operator allows the network, the same address works: the guard refuses, it is not broken.
    assert GuardedHttp(stage.server.settings.allowed_networks).get_json(f"http://127.0.0.1:{port}/") == {"keys": []}
    assert canary.seen == ["/"]


@spec("attacks.md", "X1")
def test_no_request_makes_us_fetch_an_address_of_a_strangers_choice(stage: Stage, user: Human, canary: _Canary) -> None:
    uri = f"http://127.0.0.1:{canary.server_address[1]}/"
    rp = stage.rp(stage.visitor(user))
    for name in ("request_uri", "jwks_uri", "sector_identifier_uri", "logo_uri", "request", "registration", "client_uri", "resource"):
        rp.begin(**{name: uri})
        rp.token(grant_type="authorization_code", code="x", **{name: uri})
    rp.token(grant_type="x", client_assertion=uri, client_assertion_type=uri)
    assert not canary.seen


@spec("attacks.md", "X1")
def test_invented_key_names_cost_a_client_one_call(stage: Stage, canary: _Canary) -> None:
    """Its key set is fetched for what anybody may send; so it is fetched seldom."""
    keys = ClientKeys(GuardedHttp(stage.server.settings.allowed_networks), SystemClock())
    rp = stage.rp(auth_method="private_key_jwt", jwks_uri=f"http://127.0.0.1:{canary.server_address[1]}/k", grants=("client_credentials",),
                  redirect_uris=(), post_logout_redirect_uris=(), scopes=())  # fmt: skip
    with stage.unit() as services:
        client = services.registry.get(rp.client_id)
    for number in range(20):
        keys.of(client, f"kid-{number}")
    assert len(canary.seen) == 1


@spec("attacks.md", "X1")
def test_a_clients_slow_server_holds_nobody_up(stage: Stage, canary: _Canary) -> None:
    rp = stage.rp(auth_method="private_key_jwt", jwks_uri=f"http://127.0.0.1:{canary.server_address[1]}/slow",
                  grants=("client_credentials",), redirect_uris=(), post_logout_redirect_uris=(), scopes=())  # fmt: skip
    assertion = f"{encode({'alg': 'ES256', 'kid': 'invented'})}.{encode({'iss': rp.client_id, 'sub': rp.client_id})}.AA"
    canary.gate.clear()
    asking = Thread(target=lambda: rp.token(grant_type="client_credentials", client_assertion=assertion, client_assertion_type=ASSERTION))
    asking.start()
    try:
        for _ in range(100):
            if canary.seen:
                break
            time.sleep(0.05)
        assert canary.seen
        began = time.monotonic()
        for _ in range(4):
            assert stage.visitor().get("/sign-in").status_code == 200
            stage.rp().token(grant_type="client_credentials")
        assert asking.is_alive() or time.monotonic() - began < 3, "they waited for a stranger's server"
    finally:
        canary.gate.set()
        asking.join(10)


@spec("attacks.md", "X2")
@spec("ASVS 5.0", "16.2.5")
def test_logs_and_audit_hold_no_secret_and_no_forged_line(stage: Stage) -> None:
    """Reads everything that the server has said so far in this run, also of the other attacks."""
    who = stage.human(enrolled=True)
    visitor = stage.visitor()
    forged = "\r\n2026-01-01T00:00:00Z [info] forged line \x1b[31m</script>\"' " + "x" * 3000
    visitor.http.headers["User-Agent"] = "UA" + forged.replace("\r\n", " ").replace("\x1b", "")
    rp = stage.rp(visitor)
    for _ in range(2):
        assert visitor.password(forged, who.password).status_code in (400, 429)
        rp.begin(client_id=forged)
        rp.begin(state=forged, scope=forged, login_hint=forged[:200])
        visitor.get("/" + quote(forged[:500]))
        rp.token(grant_type=forged, code=forged)
    code_typed, recovery = who.code(), who.recovery_codes[0]
    assert visitor.password(who).status_code == 303 and visitor.code(code_typed).status_code == 303
    code = rp.code()
    tokens = rp.redeem(code).json
    rp.userinfo(tokens["access_token"])
    rp.refresh(tokens["refresh_token"])
    wrong = secrets.token_urlsafe(12)
    rp.call("/token", {"grant_type": "refresh_token", "refresh_token": wrong})
    rp.redeem(wrong)
    for path in (f"/reset/{wrong}", f"/activate/{wrong}", f"/sign-in?return_to=/{wrong}"):
        visitor.get(path)
    visitor.password(wrong, wrong, "?again=1")  # a password typed into the field of the name
    said = stage.server.log.read_text(errors="replace")
    stored = json.dumps([list(map(str, row)) for row in stage.sql("SELECT * FROM audit_events ORDER BY id DESC LIMIT 400")])
    hidden = [who.password, who.totp, recovery, code, wrong, rp.secret, tokens["access_token"], tokens["refresh_token"], tokens["id_token"],
              rp.verifier, stage.server.settings.secret_key, *stage.server.settings.data_keys,
              *(cookie.value for cookie in visitor.http.cookies if cookie.name != "idp_lang")]  # fmt: skip
    for secret in hidden:
        assert secret and secret not in said, f"in the log: {secret[:6]}…"
        assert secret not in stored, f"in the audit record: {secret[:6]}…"
    assert f" {code_typed} " not in said
    assert not re.search(r"^2026-01-01T00:00:00Z", said, re.M) and "\x1b[31m</script>" not in said
    assert max(map(len, said.splitlines())) < 4000


MALFORMED = ["\x00", "a\x00b", "%00", "\ud800", "é" * 200, "9" * 400, "-1", "[]", "{}", "[" * 2000, "../../etc/passwd", "a.b.c", "http://[::1",
             "\r\nX-Injected: 1", "\u202e", "😀" * 50, "x" * 5000, "' OR 1=1 --", "${7*7}", "{{7*7}}", "2" * 26]  # fmt: skip
CLAIMS = ['{"id_token":{"acr":{"values":5}}}', '{"id_token":{"acr":{"value":{}}}}', '{"userinfo":{"a\\u0000b":null}}',
          '{"userinfo":{"\\ud800":null}}',
          '{"userinfo":{"name":{"value":1e999}}}', '{"userinfo":{"name":{"value":NaN}}}', '{"id_token":{"sub":{"value":["x"]}}}',
          '{"userinfo":{"name":{"values":{"a":[1]}}}}', '{"id_token":{"acr":{"essential":true,"values":[1,null,"x"]}}}']  # fmt: skip


def _form(**values: str) -> str:
    return urlencode({name: value.encode("utf-8", "surrogatepass") for name, value in values.items()})


@spec("attacks.md", "X7")
@spec("ASVS 5.0", "16.5.1")
def test_malformed_input_breaks_no_route(stage: Stage, user: Human) -> None:
    visitor = stage.visitor(user)
    rp = stage.rp(visitor)
    token, kind = visitor.token(), {"Content-Type": FORM}
    paths = ["/interaction/{}", "/interaction/{}/data", "/interaction/{}/account", "/reset/{}", "/activate/{}", "/sign-in?flow={}",
    "/?q={}",
             "/sign-in?return_to={}", "/logout?id_token_hint={}", "/static/{}", "/{}", "/userinfo?access_token={}",
             "/account/{}"]  # fmt: skip
    for bad in MALFORMED:
        raw = quote(bad.encode("utf-8", "surrogatepass"), safe="")
        for path in paths:
            answer = visitor.get(path.format(raw))
            assert answer.status_code < 500 and "X-Injected" not in answer.headers, (path, bad[:20])
        for path in ("/account/sessions/{}/end", "/account/factors/{}/remove", "/interaction/{}/data", "/interaction/{}/account"):
            assert visitor.send(path.format(raw), {"csrf_token": token, "choice": "allow"}).status_code < 500, (path, bad[:20])
        for path, name in (("/account/applications/withdraw", "client_id"), ("/language", "return_to"), ("/forgot-password", "username"),
                           ("/activate", "code"), ("/sign-in", "username"), ("/account/factors/add", "name")):  # fmt: skip
            answer = visitor.send(path, _form(csrf_token=token, **{name: bad}, password="x", language="id"), kind)
            assert answer.status_code < 500 and "X-Injected" not in answer.headers, (path, bad[:20])
        for name in ("client_id", "redirect_uri", "scope", "state", "nonce", "claims", "prompt", "max_age", "acr_values", "login_hint",
                     "ui_locales", "resource", "code_challenge", "id_token_hint", "response_mode"):  # fmt: skip
            query = rp.request() + "&" + _form(**{name: bad}) if name not in rp.request() else _form(**{name: bad})
            assert visitor.get("/authorize?" + query).status_code < 500, (name, bad[:20])
        for path in ("/token", "/introspect", "/revoke"):
            body = _form(grant_type="authorization_code", code=bad, redirect_uri=bad, code_verifier=bad, token=bad, refresh_token=bad)
            assert rp.back.post(path, body, {**kind, "Authorization": "Basic " + raw[:50]}).status < 500, (path, bad[:20])


@spec("attacks.md", "X7")
def test_odd_claims_requests_break_nothing(stage: Stage, user: Human) -> None:
    rp = stage.rp(stage.visitor(user), first_party=False)
    for claims in CLAIMS:
        for more in ({}, {"prompt": "none"}):
            answer = rp.begin(claims=claims, **more)
            assert answer.status == 303, (claims, answer.status)
            assert rp.browser.get(answer.location, {}).status < 500 if answer.location.startswith("/") else True
    ours = stage.rp(stage.visitor(user))
    for claims in CLAIMS:
        if "code" in (answer := ours.begin(claims=claims)).params:
            assert ours.userinfo(ours.redeem(answer.params["code"]).json["access_token"]).ok


@spec("attacks.md", "X7")
def test_a_first_visit_in_many_tabs_at_once_breaks_nothing(stage: Stage) -> None:
    who = stage.human()
    for _ in range(3):
        rp = stage.rp(stage.visitor(who))
        rp.begin(prompt="none", scope="openid nonsense")  # both workers know the client
        cookie = {"Cookie": "idp_session=" + next(one.value for one in rp.browser.session.cookies if one.name == "idp_session")}  # type: ignore[attr-defined]
        statuses = at_once(8, lambda _, rp=rp, cookie=cookie: rp.back.get("/authorize?" + rp.request(), cookie).status)  # type: ignore[misc]
        assert set(statuses) == {303}, statuses


@spec("attacks.md", "X7")
def test_nothing_inner_is_shown(stage: Stage, user: Human) -> None:
    visitor = stage.visitor(user)
    for path in ("/.git/config", "/.git/HEAD", "/debug", "/console", "/docs", "/openapi.json", "/admin", "/server-status", "/.env",
    "/wsgi.py",
                 "/idp.db", "/var/idp.db", "/backup.zip", "/sign-in.bak", "/sign-in~", "/static/", "/static/..%2f..%2fwsgi.py",
                 "/static/%2e%2e/app.py", "/static/../app.py", "/?__debugger__=yes&cmd=resource&f=style.css", "/metrics"):  # fmt: skip
        answer = visitor.get(path)
        allowed = (403,) if path == "/admin" else (200, 400, 404)  # an area that everybody may know of, and few may enter
        assert answer.status_code in allowed and (answer.status_code != 200 or path.startswith("/?")), path
        assert not re.search(r"werkzeug|granian|python/|flask|sqlite|psycopg|traceback", answer.text, re.I), path
    for method in ("TRACE", "CONNECT", "PROPFIND", "DELETE", "PUT"):
        for path in ("/", "/token", "/sign-in", "/nowhere"):
            answer = visitor.send(path, None, {"X-Canary": "sings"}, method)
            assert answer.status_code in (400, 404, 405) and "sings" not in answer.text, (method, path)
    for path in ("/", "/token", "/authorize", "/sign-in"):
        assert visitor.send(path, None, None, "OPTIONS").status_code in (200, 204)
    page = visitor.get("/nowhere")
    assert page.headers["X-Request-Id"] in page.text, "an incident number, and nothing else"


@spec("attacks.md", "X7")
def test_broken_http_is_answered_or_dropped(stage: Stage) -> None:
    host, port = "127.0.0.1", int(stage.server.base.rpartition(":")[2])
    for raw in (b"GET / HTTP/1.1\r\n\r\n", b"GET http://evil.test/account HTTP/1.1\r\nHost: evil.test\r\n\r\n", b"\x00\x01\x02\r\n\r\n",
                b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                b"POST /token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nzz\r\n",
                b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + b"a=b; " * 20_000 + b"\r\n\r\n"):  # fmt: skip
        with socket.create_connection((host, port), timeout=5) as wire:
            try:
                wire.sendall(raw)
                wire.shutdown(socket.SHUT_WR)
                answer = wire.recv(4096)
            except OSError:
                answer = b""
        assert not answer or answer.split(b" ")[1][:1] in (b"2", b"3", b"4"), (raw[:40], answer[:80])
        assert b"evil.test" not in answer.split(b"\r\n\r\n")[0]


def test_a_relying_party_of_these_tests_still_works(stage: Stage, user: Human) -> None:
    rp: RelyingParty = stage.rp(stage.visitor(user))
    assert rp.userinfo(rp.tokens()["access_token"]).ok
