"""What the OpenID Foundation's logout plans check, module by module, over real HTTP: static and dynamic client.

Plans: oidcc-rp-initiated-logout, oidcc-frontchannel-rp-initiated-logout. Each test is named after its module.
"""

import json
import re
from base64 import urlsafe_b64encode
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import text

from idp.audit.tags import Tag
from idp.clients.metadata import NewClient
from idp.directory.new_person import NewPerson
from idp.kernel.actor import OPERATOR
from idp.kernel.randomness import SystemRandomness, letters
from tests.rp import Heard, HttpWire, RelyingParty, payload
from tests.running import RunningServer
from tests.spec import spec

# The databases do not differ in any of this; the races are tested on both elsewhere.
pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)

CALLBACK, OUT, FRAME = "https://rp.example.org/cb", "https://rp.example.org/post_logout_redirect", "https://rp.example.org/frontchannel_logout"


def person(server: RunningServer) -> HttpWire:
    """A browser in which somebody is signed in."""
    with server.services() as services:
        one = services.people.create(OPERATOR, NewPerson(username=f"p-{letters(SystemRandomness(), 8)}", name="Siti"))
        token = services.sessions.start(OPERATOR, one.id, ("pwd", "otp", "mfa"), shared=False)
        services.audit.record(Tag.SESSION_START, OPERATOR, subject=("person", one.id))
    browser = HttpWire(server.base)
    browser.session.headers["Cookie"] = f"idp_session={token}"
    return browser


def static_client(server: RunningServer, **more: Any) -> tuple[str, str | None]:
    new = NewClient(f"rp-{letters(SystemRandomness(), 8)}", redirect_uris=(CALLBACK,), post_logout_redirect_uris=(OUT,), **more)
    with server.services() as services:
        client, secret = services.registry.create(OPERATOR, new)
    return client.client_id, secret


def dynamic_client(server: RunningServer, **more: Any) -> tuple[str, str | None]:
    token = json.loads(server.idp("registration-token", "create", "--json"))["initial_access_token"]
    metadata = {"redirect_uris": [CALLBACK], "post_logout_redirect_uris": [OUT], **more}
    answer = requests.post(f"{server.base}/register", json=metadata, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.status_code == 201, answer.text
    return answer.json()["client_id"], answer.json()["client_secret"]


@pytest.fixture(params=["static_client", "dynamic_client"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def relying_party(server: RunningServer, kind: str, **more: Any) -> RelyingParty:
    client_id, secret = {"static_client": static_client, "dynamic_client": dynamic_client}[kind](server, **more)
    # Whoever operates the installation admits the client; no page about data comes between.
    with server.services() as services:
        opened = "UPDATE clients SET access = 'everyone', first_party = true, version = version + 1 WHERE client_id = :id"
        services.session.execute(text(opened), {"id": client_id})
    return RelyingParty(person(server), HttpWire(server.base), client_id, CALLBACK, secret, scope="openid profile")


@pytest.fixture
def rp(server: RunningServer, kind: str) -> RelyingParty:
    return relying_party(server, kind)


def press(rp: RelyingParty, page: Heard) -> Heard:
    """Press "sign out" on the confirmation page."""
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
    fields = {unescape(name): unescape(value) for name, value in hidden}
    cookies = "; ".join([str(rp.browser.session.headers["Cookie"]), *(f"{c.name}={c.value}" for c in rp.browser.session.cookies)])  # type: ignore[attr-defined]
    answer = requests.post(
        f"{rp.browser.base}/logout", data=fields | {"confirm": "yes"}, headers={"Cookie": cookies}, allow_redirects=False, timeout=10  # type: ignore[attr-defined]
    )  # fmt: skip
    return Heard(answer.status_code, answer.headers, answer.content)


def signed_out(rp: RelyingParty) -> bool:
    """The check that ends these modules: prompt=none is an error now."""
    return rp.begin(prompt="none").params.get("error") == "login_required"


def not_called(page: Heard) -> bool:
    """The OP shows a page of its own and does not lead to the relying party."""
    return page.status in (200, 400) and "Location" not in page.headers and "Refresh" not in page.headers


@spec("OIDC RP-Initiated Logout", "2")
def test_oidcc_rp_initiated_logout(rp: RelyingParty) -> None:
    answer = rp.logout(id_token_hint=rp.tokens()["id_token"], post_logout_redirect_uri=OUT, state="s1")
    assert answer.location == f"{OUT}?state=s1"
    assert signed_out(rp)


@spec("OIDC RP-Initiated Logout", "2.1")
def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(server: RunningServer) -> None:
    found = HttpWire(server.base).get("/.well-known/openid-configuration", {}).json
    assert found["end_session_endpoint"] == f"{server.base}/logout"


@spec("OIDC RP-Initiated Logout", "3")
def test_oidcc_rp_initiated_logout_no_state(rp: RelyingParty) -> None:
    assert rp.logout(id_token_hint=rp.tokens()["id_token"], post_logout_redirect_uri=OUT).location == OUT
    assert signed_out(rp)


@spec("OIDC RP-Initiated Logout", "3", "MUST NOT")
@pytest.mark.parametrize("module", ["bad-post-logout-redirect-uri", "query-added-to-post-logout-redirect-uri"])
def test_oidcc_rp_initiated_logout_with_another_address(rp: RelyingParty, module: str) -> None:
    target = f"{OUT}?foo=bar" if module.startswith("query") else f"{OUT}random"
    page = rp.logout(id_token_hint=rp.tokens()["id_token"], post_logout_redirect_uri=target, state="s")
    assert not_called(page) and 'id="logout-error"' in page.text


@spec("OIDC RP-Initiated Logout", "4", "MUST NOT")
@pytest.mark.parametrize("module", ["modified-id-token-hint", "bad-id-token-hint"])
def test_oidcc_rp_initiated_logout_with_a_false_hint(rp: RelyingParty, module: str) -> None:
    head, body, signature = rp.tokens()["id_token"].split(".")
    none = urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    hint = f"{none}.{body}." if module.startswith("modified") else f"{head}.{body}.{signature[::-1]}"
    page = rp.logout(id_token_hint=hint, post_logout_redirect_uri=OUT, state="s")
    assert not_called(page) and 'id="logout-error"' in page.text


@spec("OIDC RP-Initiated Logout", "2", "SHOULD")
def test_oidcc_rp_initiated_logout_no_id_token_hint(rp: RelyingParty) -> None:
    rp.tokens()
    page = rp.logout(post_logout_redirect_uri=OUT, state="s")
    assert not_called(page) and 'id="logout-error"' in page.text


@spec("OIDC RP-Initiated Logout", "2")
@pytest.mark.parametrize("module", ["no-params", "only-state", "no-post-logout-redirect-uri"])
def test_oidcc_rp_initiated_logout_shows_that_it_is_done(rp: RelyingParty, module: str) -> None:
    hint = rp.tokens()["id_token"]
    sent = {"no-params": {}, "only-state": {"state": "s"}, "no-post-logout-redirect-uri": {"id_token_hint": hint, "state": "s"}}[module]
    page = rp.logout(**sent)
    assert not_called(page)
    if "id_token_hint" not in sent:
        assert 'id="logout-confirm"' in page.text
        page = press(rp, page)
    assert not_called(page) and 'id="logout-done"' in page.text
    assert signed_out(rp)


@spec("OIDC Front-Channel Logout", "3")
def test_oidcc_frontchannel_logout_discovery_endpoint_verification(server: RunningServer) -> None:
    found = HttpWire(server.base).get("/.well-known/openid-configuration", {}).json
    assert found["frontchannel_logout_supported"] is True
    assert found["frontchannel_logout_session_supported"] is True


@spec("OIDC Front-Channel Logout", "2")
def test_oidcc_frontchannel_rp_initiated_logout(server: RunningServer, kind: str) -> None:
    rp = relying_party(server, kind, frontchannel_logout_uri=FRAME, frontchannel_logout_session_required=True)
    hint = rp.tokens()["id_token"]
    page = rp.logout(id_token_hint=hint, post_logout_redirect_uri=OUT, state="s1")
    (framed,) = (unescape(found) for found in re.findall(r'<iframe src="([^"]+)"', page.text))
    assert framed.startswith(FRAME + "?")
    assert parse_qs(urlsplit(framed).query) == {"iss": [payload(hint)["iss"]], "sid": [payload(hint)["sid"]]}  # and nothing unexpected
    assert page.headers["Refresh"].endswith(f"url={OUT}?state=s1")
    assert signed_out(rp)
