"""What the OpenID Foundation's logout plans check, module by module: static and dynamic client.

Plans: oidcc-rp-initiated-logout, oidcc-backchannel-rp-initiated-logout, oidcc-frontchannel-rp-initiated-logout.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from demo.browser import Page
from tests.conformance.conftest import Make
from tests.conformance.plans import module
from tests.conformance.suite import HOME, OUT, Provider, Suite, unsigned
from tests.running import RunningServer
from tests.spec import spec

FRAME = f"{HOME}/frontchannel_logout"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture(scope="module")
def worker(server: RunningServer) -> Iterator[None]:
    """The process that tells applications of the end of a session."""
    with server.worker():
        yield


@pytest.fixture
def rp(make: Make, registration: str) -> Suite:
    return make(registration)


def logout(rp: Suite, **values: str) -> Page:
    """Send the browser to the end-session endpoint."""
    return rp.browser.open(f"{rp.provider.metadata['end_session_endpoint']}?{urlencode(values)}")


def confirmed(rp: Suite, page: Page) -> Page:
    """Press "sign out" where the provider asks."""
    return rp.browser.submit(button="logout-confirm") if page.find(id="logout-confirm") is not None else page


def signed_out(rp: Suite) -> bool:
    """The check that ends these modules: prompt=none is an error now."""
    return rp.authorize(prompt="none").error == "login_required"


def stays_here(rp: Suite, page: Page) -> bool:
    """The provider shows a page of its own and does not lead to the relying party."""
    return page.url.startswith(rp.provider.base) and page.status in (200, 400) and OUT not in page.markup


def returned(page: Page) -> dict[str, list[str]]:
    """The parameters that came to the post-logout address."""
    assert page.url.split("?")[0] == OUT
    return parse_qs(urlsplit(page.url).query)


@module("oidcc-rp-initiated-logout")
@spec("OIDC RP-Initiated Logout", "2")
def test_oidcc_rp_initiated_logout(rp: Suite) -> None:
    page = logout(rp, id_token_hint=rp.flow().tokens["id_token"], post_logout_redirect_uri=OUT, state="s1")
    assert returned(page) == {"state": ["s1"]}
    assert signed_out(rp)


@module("oidcc-rp-initiated-logout-discovery-endpoint-verification")
@spec("OIDC RP-Initiated Logout", "2.1")
def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(provider: Provider) -> None:
    assert provider.metadata["end_session_endpoint"] == f"{provider.base}/logout"


@module("oidcc-rp-initiated-logout-no-state")
@spec("OIDC RP-Initiated Logout", "3")
def test_oidcc_rp_initiated_logout_no_state(rp: Suite) -> None:
    page = logout(rp, id_token_hint=rp.flow().tokens["id_token"], post_logout_redirect_uri=OUT)
    assert returned(page) == {}
    assert signed_out(rp)


@module("oidcc-rp-initiated-logout-bad-post-logout-redirect-uri", "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri")
@spec("OIDC RP-Initiated Logout", "3", "MUST NOT")
@pytest.mark.parametrize("added", ["random", "?foo=bar"])
def test_oidcc_rp_initiated_logout_with_another_address(rp: Suite, added: str) -> None:
    page = logout(rp, id_token_hint=rp.flow().tokens["id_token"], post_logout_redirect_uri=OUT + added, state="s")
    assert stays_here(rp, page)
    assert page.find(id="logout-error") is not None


@module("oidcc-rp-initiated-logout-modified-id-token-hint", "oidcc-rp-initiated-logout-bad-id-token-hint")
@spec("OIDC RP-Initiated Logout", "4", "MUST NOT")
@pytest.mark.parametrize("kind", ["modified", "bad"])
def test_oidcc_rp_initiated_logout_with_a_false_hint(rp: Suite, kind: str) -> None:
    claims = rp.flow().claims
    own = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(rp.secret or ""), algorithms=["HS256"])
    page = logout(rp, id_token_hint=unsigned(claims) if kind == "modified" else own, post_logout_redirect_uri=OUT, state="s")
    assert stays_here(rp, page)
    assert page.find(id="logout-error") is not None


@module("oidcc-rp-initiated-logout-no-id-token-hint")
@spec("OIDC RP-Initiated Logout", "2", "SHOULD")
def test_oidcc_rp_initiated_logout_no_id_token_hint(rp: Suite) -> None:
    rp.flow()
    page = logout(rp, post_logout_redirect_uri=OUT, state="s")
    assert stays_here(rp, page)
    assert page.find(id="logout-error") is not None


@module(*(f"oidcc-rp-initiated-logout-{name}" for name in ("no-params", "only-state", "no-post-logout-redirect-uri")))
@spec("OIDC RP-Initiated Logout", "2")
@pytest.mark.parametrize("sent", [(), ("state",), ("id_token_hint", "state")])
def test_oidcc_rp_initiated_logout_shows_that_it_is_done(rp: Suite, sent: tuple[str, ...]) -> None:
    known = {"id_token_hint": rp.flow().tokens["id_token"], "state": "s"}
    page = confirmed(rp, logout(rp, **{name: known[name] for name in sent}))
    assert stays_here(rp, page)
    assert page.find(id="logout-done") is not None
    assert signed_out(rp)


@module("oidcc-frontchannel-logout-discovery-endpoint-verification")
@spec("OIDC Front-Channel Logout", "3")
def test_oidcc_frontchannel_logout_discovery_endpoint_verification(provider: Provider) -> None:
    assert provider.metadata["frontchannel_logout_supported"] is True
    assert provider.metadata["frontchannel_logout_session_supported"] is True
    assert provider.metadata["end_session_endpoint"].startswith(provider.base)


@module("oidcc-frontchannel-rp-initiated-logout")
@spec("OIDC Front-Channel Logout", "2")
def test_oidcc_frontchannel_rp_initiated_logout(make: Make, registration: str) -> None:
    rp = make(registration, frontchannel_logout_uri=FRAME, frontchannel_logout_session_required=True)
    flow = rp.flow()
    page = logout(rp, id_token_hint=flow.tokens["id_token"], post_logout_redirect_uri=OUT, state="s1")
    frame = page.find("iframe")
    assert frame is not None
    assert frame.attributes["src"].split("?")[0] == FRAME
    told = parse_qs(urlsplit(frame.attributes["src"]).query)
    assert told == {"iss": [flow.claims["iss"]], "sid": [flow.claims["sid"]]}  # and nothing unexpected
    onward = page.find("a", href=f"{OUT}?state=s1")
    assert onward is not None
    assert signed_out(rp)


@module("oidcc-backchannel-logout-discovery-endpoint-verification")
@spec("OIDC Back-Channel Logout", "2.1")
def test_oidcc_backchannel_logout_discovery_endpoint_verification(provider: Provider) -> None:
    assert provider.metadata["backchannel_logout_supported"] is True
    assert provider.metadata["backchannel_logout_session_supported"] is True
    assert provider.metadata["end_session_endpoint"].startswith(provider.base)


@module("oidcc-backchannel-rp-initiated-logout")
@spec("OIDC Back-Channel Logout", "2.4")
@spec("OIDC Back-Channel Logout", "2.5")
def test_oidcc_backchannel_rp_initiated_logout(make: Make, registration: str, worker: None) -> None:
    with listening() as (address, heard):
        rp = make(registration, backchannel_logout_uri=address)
        flow = rp.flow()
        page = logout(rp, id_token_hint=flow.tokens["id_token"], post_logout_redirect_uri=OUT, state="s1")
        assert returned(page) == {"state": ["s1"]}
        form = heard.get(timeout=20)
    assert set(form) == {"logout_token"}
    header, claims = rp.verified(form["logout_token"][0])
    assert header["typ"] == "logout+jwt"
    assert claims["iss"] == rp.provider.base
    assert claims["aud"] in (rp.client_id, [rp.client_id])
    assert abs(claims["iat"] - time.time()) < 60
    assert claims["exp"] > time.time()
    assert claims["jti"]
    assert claims["events"] == {EVENT: {}}
    assert (claims["sub"], claims["sid"]) == (flow.claims["sub"], flow.claims["sid"])
    assert "nonce" not in claims
    assert signed_out(rp)


@contextmanager
def listening() -> Iterator[tuple[str, "SimpleQueue[dict[str, list[str]]]"]]:
    """An address of the relying party that the provider can call; what was posted there."""
    heard: SimpleQueue[dict[str, list[str]]] = SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.put(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(200)
            self.send_header("Cache-Control", "no-store")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}/backchannel_logout", heard
        served.shutdown()
        thread.join()
