"""What the plans oidcc-basic and oidcc-formpost-basic check, module by module: static and dynamic client, query and form_post."""

import json
import re
import secrets
import time
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from tests.conformance.conftest import Make, new_browser
from tests.conformance.plans import module
from tests.conformance.suite import FORM, HOME, Flow, Suite, check_refusal, check_userinfo, left_hash, unpadded, unsigned
from tests.spec import spec

OPENID = {
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "nbf",
    "jti",
    "sid",
    "s_hash",
    "txn",
}


@pytest.fixture(params=["default", "form_post"])
def response_mode(request: pytest.FixtureRequest) -> str:
    """The suite's variant response_mode."""
    return str(request.param)


@pytest.fixture
def rp(make: Make, registration: str, response_mode: str) -> Suite:
    made = make(registration)
    made.response_mode = response_mode
    return made


@module("oidcc-server")
@spec("OIDC Core", "3.1.3.7")
def test_oidcc_server(rp: Suite) -> None:
    flow = rp.flow()
    assert flow.claims["at_hash"] == left_hash(flow.tokens["access_token"])
    assert set(flow.claims) <= OPENID  # nothing that was not asked for
    code = flow.answer.params["code"]
    assert len(code) * 8 >= 128
    assert len(set(code)) > 12  # looks random


@module("oidcc-response-type-missing")
@spec("RFC 6749", "3.1.1")
def test_oidcc_response_type_missing(rp: Suite) -> None:
    answer = rp.authorize(response_type=None)
    assert answer.error in ("invalid_request", "unsupported_response_type")
    assert "code" not in answer.params


@module("oidcc-idtoken-signature")
@spec("OIDC Core", "10.1")
def test_oidcc_idtoken_signature(rp: Suite) -> None:
    header = rp.flow().header
    assert header["alg"] == "RS256"
    assert header["kid"]


@module("oidcc-userinfo-get")
@spec("OIDC Core", "5.3.1")
def test_oidcc_userinfo_get(rp: Suite) -> None:
    flow = rp.flow()
    answer = rp.userinfo(flow.tokens["access_token"])
    assert answer.headers["Content-Type"].split(";")[0] == "application/json"
    check_userinfo(answer.json(), flow.claims)


@module("oidcc-userinfo-post-header")
@spec("OIDC Core", "5.3.1")
def test_oidcc_userinfo_post_header(rp: Suite) -> None:
    flow = rp.flow()
    answer = rp.userinfo(flow.tokens["access_token"], "POST")
    assert answer.status_code == 200
    check_userinfo(answer.json(), flow.claims)


@module("oidcc-userinfo-post-body")
@spec("RFC 6750", "2.2", "MAY")
def test_oidcc_userinfo_post_body(rp: Suite) -> None:
    flow = rp.flow()
    body = urlencode({"access_token": flow.tokens["access_token"]})
    answer = requests.post(rp.provider.metadata["userinfo_endpoint"], data=body, headers=FORM, timeout=10)
    assert answer.status_code == 200
    check_userinfo(answer.json(), flow.claims)


@module("oidcc-ensure-request-without-nonce-succeeds-for-code-flow")
@spec("OIDC Core", "3.1.2.1")
def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(rp: Suite) -> None:
    assert "nonce" not in rp.flow(nonce=None).claims


SCOPES = {
    "profile": {"name", "preferred_username", "updated_at"},
    "email": {"email", "email_verified"},
    "address": set(),
    "phone": set(),
    "all": {"name", "email", "email_verified"},
}


@module(*(f"oidcc-scope-{name}" for name in SCOPES))
@spec("OIDC Core", "5.4")
@pytest.mark.parametrize("scope", SCOPES)
def test_oidcc_scope(rp: Suite, scope: str) -> None:
    asked = "openid email phone address profile" if scope == "all" else f"openid {scope}"
    flow = rp.flow(scope=asked)
    assert flow.userinfo.keys() >= SCOPES[scope]
    assert set(flow.claims) <= OPENID  # claims of scopes belong to userinfo
    assert ("name" in flow.userinfo) is ("profile" in asked)
    assert ("email" in flow.userinfo) is ("email" in asked)


@module("oidcc-alternate-happy-flow")
@spec("RFC 6749", "3.3")
def test_oidcc_alternate_happy_flow(rp: Suite) -> None:
    values = rp.request(scope="email openid")
    answer = rp.send(dict(reversed(values.items())))
    tokens = rp.redeem(answer.params["code"]).json()
    assert rp.userinfo(tokens["access_token"]).json()["email"] == rp.who.email


@module("oidcc-display-page", "oidcc-display-popup")
@spec("OIDC Core", "15.1")
@pytest.mark.parametrize("display", ["page", "popup"])
def test_oidcc_display(rp: Suite, display: str) -> None:
    rp.browser = new_browser()
    rp.flow(display=display)
    assert "/sign-in" in rp.pages


def wait(first: Flow, seconds: int) -> None:
    """Until the person signed in so long ago (the shared browser has usually done so)."""
    time.sleep(max(0.0, first.claims["auth_time"] + seconds + 0.1 - time.time()))


@module("oidcc-prompt-login")
@spec("OIDC Core", "3.1.2.1")
def test_oidcc_prompt_login(rp: Suite) -> None:
    first = rp.flow()
    wait(first, 1)
    second = rp.flow(prompt="login")
    assert "/sign-in" in rp.pages
    assert second.claims["auth_time"] > first.claims["auth_time"]
    assert second.claims["sub"] == first.claims["sub"]


@module("oidcc-prompt-none-not-logged-in")
@spec("OIDC Core", "3.1.2.6", "MUST NOT")
def test_oidcc_prompt_none_not_logged_in(rp: Suite) -> None:
    rp.browser = new_browser()
    answer = rp.authorize(prompt="none", state=secrets.token_urlsafe(96))
    assert answer.arrived
    assert answer.error in ("interaction_required", "login_required", "account_selection_required", "consent_required")


@module("oidcc-prompt-none-logged-in")
@spec("OIDC Core", "3.1.2.1")
def test_oidcc_prompt_none_logged_in(rp: Suite) -> None:
    first = rp.flow()
    second = rp.flow(prompt="none")
    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims["auth_time"] == first.claims["auth_time"]


@module("oidcc-max-age-1")
@spec("OIDC Core", "3.1.2.1")
def test_oidcc_max_age_1(rp: Suite) -> None:
    first = rp.flow()
    wait(first, 2)
    second = rp.flow(max_age="1")
    assert "/sign-in" in rp.pages
    assert second.claims["auth_time"] > first.claims["auth_time"]
    assert time.time() - second.claims["auth_time"] < 5


@module("oidcc-max-age-10000")
@spec("OIDC Core", "2")
def test_oidcc_max_age_10000(rp: Suite) -> None:
    first, second = rp.flow(max_age="15000"), rp.flow(max_age="10000")
    assert "/sign-in" not in rp.pages
    assert first.claims["auth_time"] == second.claims["auth_time"]
    assert first.claims["sub"] == second.claims["sub"]


@module("oidcc-ensure-request-with-unknown-parameter-succeeds")
@spec("RFC 6749", "3.1")
def test_oidcc_ensure_request_with_unknown_parameter_succeeds(rp: Suite) -> None:
    rp.flow(extra="foobar")


@module("oidcc-id-token-hint")
@spec("OIDC Core", "3.1.2.1")
def test_oidcc_id_token_hint(rp: Suite) -> None:
    first = rp.flow()
    second = rp.flow(prompt="none", id_token_hint=first.tokens["id_token"])
    assert {first.claims["sub"], first.claims["auth_time"]} == {second.claims["sub"], second.claims["auth_time"]}


@module("oidcc-login-hint")
@spec("OIDC Core", "3.1.2.1")
def test_oidcc_login_hint(rp: Suite) -> None:
    rp.flow(login_hint="buffy@wolfram.example")


@module("oidcc-ui-locales")
@spec("OIDC Core", "15.1")
def test_oidcc_ui_locales(rp: Suite) -> None:
    rp.flow(ui_locales="se")
    rp.browser = new_browser()
    rp.browser.open(f"{rp.provider.metadata['authorization_endpoint']}?{urlencode(rp.request(ui_locales='en'))}")
    assert rp.browser.page.find("html", lang="en") is not None


@module("oidcc-claims-locales")
@spec("OIDC Core", "15.1")
def test_oidcc_claims_locales(rp: Suite) -> None:
    rp.flow(claims_locales="se")


@module("oidcc-ensure-request-with-acr-values-succeeds")
@spec("OIDC Core", "15.1")
def test_oidcc_ensure_request_with_acr_values_succeeds(rp: Suite) -> None:
    known = rp.provider.metadata["acr_values_supported"]
    assert rp.flow(acr_values=" ".join(known)).claims["acr"] in known


@module("oidcc-codereuse")
@spec("RFC 6749", "4.1.2", "MUST NOT")
def test_oidcc_codereuse(rp: Suite) -> None:
    flow = rp.flow()
    check_refusal(rp.redeem(flow.answer.params["code"]), "invalid_grant")


@module("oidcc-codereuse-30seconds")
@spec("RFC 6749", "4.1.2", "SHOULD")
def test_oidcc_codereuse_30seconds(rp: Suite) -> None:
    # A second use is judged by the code alone, never by how late it comes: the suite's half minute is not waited for here.
    flow = rp.flow()
    check_refusal(rp.redeem(flow.answer.params["code"]), "invalid_grant")
    assert rp.userinfo(flow.tokens["access_token"]).status_code == 401


@module("oidcc-ensure-registered-redirect-uri")
@spec("RFC 6749", "3.1.2.4", "MUST NOT")
def test_oidcc_ensure_registered_redirect_uri(rp: Suite) -> None:
    answer = rp.authorize(redirect_uri=f"{rp.redirect_uri}/{secrets.token_hex(4)}")
    assert not answer.arrived
    assert answer.page.status == 400
    assert answer.error


@module("oidcc-ensure-post-request-succeeds")
@spec("OIDC Core", "3.1.2.1")
def test_oidcc_ensure_post_request_succeeds(rp: Suite) -> None:
    assert rp.redeem(rp.authorize(post=True).params["code"]).status_code == 200


@module("oidcc-server-client-secret-post")
@spec("RFC 6749", "2.3.1", "MAY")
def test_oidcc_server_client_secret_post(make: Make, registration: str, response_mode: str) -> None:
    rp = make(registration, token_endpoint_auth_method="client_secret_post")
    rp.response_mode = response_mode
    rp.flow()


@module("oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported")
@spec("OIDC Core", "3.1.2.6")
def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(rp: Suite) -> None:
    answer = rp.authorize(request_uri=f"{HOME}/requests/{secrets.token_hex(4)}")
    assert answer.error == "request_uri_not_supported"


@module("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported")
@spec("OIDC Core", "3.1.2.6")
def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(rp: Suite) -> None:
    asked = rp.request()
    outside = {name: asked[name] for name in ("client_id", "redirect_uri", "scope", "response_type", "state")}
    answer = rp.send(outside | {"request": unsigned(asked)})
    assert answer.error == "request_not_supported"
    assert answer.params["state"] == asked["state"]


@module("oidcc-claims-essential")
@spec("OIDC Core", "5.5")
def test_oidcc_claims_essential(rp: Suite) -> None:
    flow = rp.flow(claims=json.dumps({"userinfo": {"name": {"essential": True}}}))
    assert flow.userinfo["name"] == rp.who.name
    assert "name" not in flow.claims


@module("oidcc-ensure-request-object-with-redirect-uri")
@spec("OIDC Core", "6.1")
def test_oidcc_ensure_request_object_with_redirect_uri(rp: Suite) -> None:
    asked = rp.request()
    outside = {name: asked[name] for name in ("client_id", "scope", "response_type")} | {"redirect_uri": f"{HOME}/other"}
    answer = rp.send(outside | {"request": unsigned(asked)})
    assert not answer.arrived
    assert answer.page.status == 400


@module("oidcc-refresh-token")
@spec("OIDC Core", "12.2")
def test_oidcc_refresh_token(make: Make, registration: str, response_mode: str) -> None:
    grants: dict[str, Any] = {"grant_types": ["authorization_code", "refresh_token"]}
    first, second = make(registration, **grants), make(registration, **grants)
    first.response_mode = second.response_mode = response_mode
    flow = first.flow(scope="openid offline_access", prompt="consent")
    answer = first.call("token_endpoint", grant_type="refresh_token", refresh_token=flow.tokens["refresh_token"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    again = answer.json()
    _, claims = first.verified(again["id_token"])
    assert all(claims[name] == flow.claims[name] for name in ("iss", "sub", "aud", "auth_time"))
    assert claims["iat"] >= flow.claims["iat"]
    assert claims.get("nonce", flow.claims["nonce"]) == flow.claims["nonce"]
    assert first.userinfo(again["access_token"]).status_code == 200
    other = second.flow(scope="openid offline_access", prompt="consent", nonce=secrets.token_urlsafe(32)[:43])
    stolen = first.call("token_endpoint", grant_type="refresh_token", refresh_token=other.tokens["refresh_token"])
    check_refusal(stolen, "invalid_grant")
    assert "refresh_token" in first.provider.metadata["grant_types_supported"]


@module("oidcc-ensure-request-with-valid-pkce-succeeds")
@spec("RFC 7636", "4.6")
def test_oidcc_ensure_request_with_valid_pkce_succeeds(rp: Suite) -> None:
    verifier = secrets.token_urlsafe(48)
    challenge = unpadded(sha256(verifier.encode()).digest())
    assert re.fullmatch(r"[\w-]{43}", challenge)
    rp.flow(verifier=verifier, code_challenge=challenge, code_challenge_method="S256")
