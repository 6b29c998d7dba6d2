"""What fapi2-security-profile-final and fapi2-message-signing-final check of requests, codes, clients and answers."""

import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.conformance.conftest import new_browser, with_assertions
from tests.conformance.fapi import RSA, Fapi, refused
from tests.conformance.plans import module
from tests.conformance.suite import HOME, Provider, check_refusal
from tests.spec import spec

FAPI = "fapi2-security-profile-final-"
CLIENT = ("invalid_client", "invalid_request")


@pytest.fixture(params=[False, True], ids=["security_profile", "message_signing"])
def signed(request: pytest.FixtureRequest) -> bool:
    """Which of the two plans."""
    return bool(request.param)


@pytest.fixture
def rp(fapi: Callable[..., Fapi], signed: bool) -> Fapi:
    return fapi(signed=signed)


@module(f"{FAPI}discovery-end-point-verification")
@spec("FAPI 2.0", "5.3.2.2", "SHALL")
def test_discovery_end_point_verification(provider: Provider) -> None:
    found = provider.metadata
    assert "code" in found["response_types_supported"]
    assert "jwt" in found["response_modes_supported"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["pushed_authorization_request_endpoint"].startswith(provider.base)
    assert isinstance(found["require_pushed_authorization_requests"], bool)
    assert "S256" in found["code_challenge_methods_supported"]
    assert "private_key_jwt" in found["token_endpoint_auth_methods_supported"]
    assert {"PS256", "ES256"} <= set(found["request_object_signing_alg_values_supported"])
    assert {"PS256", "ES256"} <= set(found["token_endpoint_auth_signing_alg_values_supported"])


@module(f"{FAPI}happy-flow")
@spec("FAPI 2.0", "5.3.2.2", "SHALL")
def test_happy_flow(fapi: Callable[..., Fapi], signed: bool) -> None:
    query = f"{HOME}/callback?dummy1=lorem&dummy2=ipsum"
    first, second = fapi(signed=signed), fapi(signed=signed, redirect_uris=[query])
    second.redirect_uri = query
    one, two = first.flow(), second.flow(scope="openid profile")
    assert one.header["alg"] == two.header["alg"] == "ES256"
    assert second.browser.page.url.startswith(f"{query}&")
    check_refusal(second.call("token_endpoint", grant_type="refresh_token", refresh_token="x" * 40), "invalid_grant", "unauthorized_client")


@module(f"{FAPI}user-rejects-authentication")
@spec("RFC 6749", "4.1.2.1")
def test_user_rejects_authentication(fapi: Callable[..., Fapi], signed: bool) -> None:
    rp = fapi(signed=signed, first_party=False)
    rp.allows = False
    assert rp.visit(rp.push()).error == "access_denied"


@module(f"{FAPI}ensure-authorization-request-without-state-success", f"{FAPI}ensure-authorization-request-without-nonce-success")
@spec("OIDC Core", "3.1.2.1")
def test_without_state_and_without_nonce(rp: Fapi) -> None:
    assert "state" not in rp.visit(rp.push(rp.request(state=None))).params
    assert "nonce" not in rp.flow(nonce=None).claims


@module(
    f"{FAPI}ensure-authorization-request-with-64-char-nonce-success", f"{FAPI}ensure-authorization-request-with-long-nonce",
    f"{FAPI}ensure-authorization-request-with-long-state",
)  # fmt: skip
@spec("FAPI 2.0", "5.3.2.2", "SHALL")
def test_long_nonces_and_states(rp: Fapi) -> None:
    rp.flow(nonce=secrets.token_hex(32))
    rp.flow(nonce=secrets.token_hex(192), state=secrets.token_hex(192))


@module(f"{FAPI}ensure-other-scope-order-succeeds")
@spec("RFC 6749", "3.3")
def test_ensure_other_scope_order_succeeds(rp: Fapi) -> None:
    assert rp.flow(scope="email profile openid").userinfo["email"] == rp.who.email


@module(f"{FAPI}test-claims-parameter-identity-claims")
@spec("OIDC Core", "5.5")
def test_claims_parameter_identity_claims(rp: Fapi) -> None:
    flow = rp.flow(claims='{"userinfo":{"name":{"essential":true},"email":null}}')
    assert (flow.userinfo["name"], flow.userinfo["email"]) == (rp.who.name, rp.who.email)


@module(f"{FAPI}access-token-type-header-case-sensitivity")
@spec("RFC 9110", "11.1")
def test_access_token_type_header_case_sensitivity(rp: Fapi) -> None:
    token = rp.flow().tokens["access_token"]
    for scheme in ("dpop", "DPOP", "dPoP") if rp.dpop else ("bearer", "BEARER", "bEaReR"):
        assert rp.userinfo(token, scheme=scheme).status_code == 200


@module(f"{FAPI}plain-fapi-tolerate-unregistered-redirect-uri", f"{FAPI}ensure-redirect-uri-in-authorization-request")
@spec("RFC 9126", "2.4")
@pytest.mark.parametrize("address", [f"{HOME}/other", None])
def test_only_registered_addresses(rp: Fapi, address: str | None) -> None:
    check_refusal(rp.push(rp.request(redirect_uri=address)), "invalid_request")


@module(f"{FAPI}ensure-unsigned-authorization-request-without-using-par-fails")
@spec("FAPI 2.0", "5.3.2.2", "SHALL")
def test_ensure_unsigned_authorization_request_without_using_par_fails(rp: Fapi) -> None:
    answer = rp.read(rp.send(rp.request()))
    assert answer.error == "invalid_request"
    assert "code" not in answer.params


@module(f"{FAPI}ensure-response-type-code-idtoken-fails", f"{FAPI}ensure-response-type-token-fails")
@spec("FAPI 2.0", "5.3.2.2", "SHALL")
@pytest.mark.parametrize("response_type", ["code id_token", "token"])
def test_other_response_types_fail(rp: Fapi, response_type: str) -> None:
    assert refused(
        rp, rp.push(rp.request(response_type=response_type)), "invalid_request", "unsupported_response_type", "unauthorized_client"
    )


@module(f"{FAPI}ensure-client-id-in-token-endpoint", f"{FAPI}ensure-authorization-code-is-bound-to-client")
@spec("RFC 6749", "4.1.3", "MUST")
def test_a_code_is_its_clients(fapi: Callable[..., Fapi], signed: bool, rp: Fapi) -> None:
    other = fapi(signed=signed)
    code = rp.code()
    named = rp.redeem(code, client_id=other.client_id)
    assert named.status_code in (400, 401)
    assert named.json()["error"] in ("invalid_client", "invalid_request", "invalid_grant")
    check_refusal(other.redeem(rp.code(), code_verifier=rp.verifier), "invalid_grant")


@module(f"{FAPI}attempt-reuse-authorization-code-after-one-second")
@spec("RFC 6749", "4.1.2", "MUST NOT")
def test_attempt_reuse_authorization_code(rp: Fapi) -> None:
    code = rp.code()
    token = rp.redeem(code).json()["access_token"]
    check_refusal(rp.redeem(code), "invalid_grant")
    assert rp.userinfo(token).status_code == 401


@module(f"{FAPI}ensure-token-endpoint-fails-with-expired-auth-code")
@spec("FAPI 2.0", "5.3.2.1", "SHALL")
def test_an_expired_code_fails(rp: Fapi, later: Callable[[str], None]) -> None:
    code = rp.code()
    later(f"UPDATE grants SET code_expires_at = :past WHERE client_id = '{rp.client_id}'")
    check_refusal(rp.redeem(code), "invalid_grant")


def assertions(rp: Fapi) -> dict[str, dict[str, str]]:
    """Client assertions of which each breaks one rule."""
    now = int(time.time())
    return {
        "RS256": rp.assertion(key=RSA, alg="RS256"), "none": {},
        "expired": rp.assertion(iat=now - 360, nbf=now - 360, exp=now - 300), "other aud": rp.assertion(aud="https://other.example.org"),
        "no sub": rp.assertion(sub=None),
    }  # fmt: skip


@module(
    f"{FAPI}ensure-signed-client-assertion-with-RS256-fails", f"{FAPI}ensure-client-assertion-in-token-endpoint",
    f"{FAPI}ensure-client-assertion-with-exp-is-5-minutes-in-past-fails", f"{FAPI}ensure-client-assertion-with-wrong-aud-fails",
    f"{FAPI}ensure-client-assertion-with-no-sub-fails",
)  # fmt: skip
@spec("FAPI 2.0", "5.3.2.1", "SHALL")
@with_assertions
def test_a_client_proves_itself_at_the_token_endpoint(rp: Fapi) -> None:
    code = rp.code()
    for name, bad in assertions(rp).items():
        answer = rp.redeem(code, assertion=bad, client_id=rp.client_id)
        assert answer.status_code in (400, 401), name
        assert answer.json()["error"] in CLIENT, name
    assert rp.redeem(code).status_code == 200  # none of them used the code up


@module(f"{FAPI}refresh-token")
@spec("FAPI 2.0", "5.3.2.1", "SHALL")
def test_refresh_token(fapi: Callable[..., Fapi], signed: bool) -> None:
    grants: dict[str, Any] = {"grant_types": ["authorization_code", "refresh_token"]}
    first, second = fapi(signed=signed, **grants), fapi(signed=signed, **grants)
    flow = first.flow(scope="openid offline_access", prompt="consent")
    held = flow.tokens["refresh_token"]
    check_refusal(second.call("token_endpoint", grant_type="refresh_token", refresh_token=held), "invalid_grant")
    asked = {"grant_type": "refresh_token", "refresh_token": held, "client_id": first.client_id}
    unproved = first.over_another_connection().call("token_endpoint", headers=first.proof("token_endpoint"), assertion={}, **asked)
    assert unproved.json()["error"] in CLIENT
    again = first.call("token_endpoint", grant_type="refresh_token", refresh_token=held)
    assert again.status_code == 200, again.text
    assert again.json().get("refresh_token", held) == held  # no rotation (section 5.3.2.1)
    assert first.userinfo(again.json()["access_token"]).status_code == 200


@module(f"{FAPI}par-ensure-reused-request-uri-prior-to-auth-completion-succeeds", f"{FAPI}par-attempt-reuse-request_uri")
@spec("RFC 9126", "7.3", "SHOULD")
def test_a_request_uri_works_until_it_is_answered(rp: Fapi) -> None:
    pushed = rp.push()
    rp.browser = new_browser()
    rp.browser.open(f"{rp.provider.metadata['authorization_endpoint']}?client_id={rp.client_id}&request_uri={pushed.json()['request_uri']}")
    assert rp.browser.page.path == "/sign-in"
    assert "code" in rp.visit(pushed).params
    assert refused(rp, pushed)


@module(f"{FAPI}par-attempt-to-use-expired-request_uri")
@spec("RFC 9126", "4", "MUST")
def test_an_expired_request_uri_fails(rp: Fapi, later: Callable[[str], None]) -> None:
    pushed = rp.push()
    later(f"UPDATE pushed_requests SET expires_at = :past WHERE client_id = '{rp.client_id}'")
    assert refused(rp, pushed)


@module(
    f"{FAPI}par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
    f"{FAPI}par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
)
@spec("FAPI 2.0", "5.3.2.1", "SHALL")
@with_assertions
def test_clocks_may_differ_a_little(rp: Fapi) -> None:
    now = int(time.time())
    assert rp.push(assertion=rp.assertion(iat=now + 8, nbf=now + 8, exp=now + 68)).status_code == 201
    late = rp.push(assertion=rp.assertion(iat=now + 70, nbf=now + 70, exp=now + 130))
    assert late.status_code in (400, 401)
    assert late.json()["error"] in CLIENT


@module(f"{FAPI}par-attempt-to-use-request_uri-for-different-client")
@spec("RFC 9126", "2.2", "MUST")
def test_a_request_uri_is_its_clients(fapi: Callable[..., Fapi], signed: bool, rp: Fapi) -> None:
    other = fapi(signed=signed)
    assert refused(other, rp.push(), *("invalid_request", "invalid_request_uri", "invalid_request_object", "invalid_client"))


@module(f"{FAPI}par-authorization-request-containing-request_uri-form-param")
@spec("RFC 9126", "2.1", "MUST")
def test_a_request_uri_cannot_be_pushed(rp: Fapi) -> None:
    check_refusal(rp.push(plain={"request_uri": "urn:ietf:params:oauth:request_uri:x"}), "invalid_request")


@module(f"{FAPI}par-attempt-invalid-http-method")
@spec("RFC 9126", "2.3")
def test_par_attempt_invalid_http_method(provider: Provider) -> None:
    endpoint = provider.metadata["pushed_authorization_request_endpoint"]
    assert {requests.request(method, endpoint, timeout=10).status_code for method in ("GET", "PUT")} <= {400, 404, 405}


@module(f"{FAPI}par-ensure-pkce-required", f"{FAPI}par-plain-pkce-rejected")
@spec("FAPI 2.0", "5.3.2.2", "SHALL")
@pytest.mark.parametrize("method", [None, "plain"])
def test_pkce_is_required_and_never_plain(rp: Fapi, method: str | None) -> None:
    asked = rp.request(code_challenge="x" * 43 if method else None, code_challenge_method=method)
    check_refusal(rp.push(asked), "invalid_request")


@module(f"{FAPI}ensure-pkce-code-verifier-required", f"{FAPI}incorrect-pkce-code-verifier-rejected")
@spec("RFC 7636", "4.6", "MUST")
@pytest.mark.parametrize("verifier", [None, "x" * 43])
def test_the_verifier_is_required(rp: Fapi, verifier: str | None) -> None:
    check_refusal(rp.redeem(rp.code(), code_verifier=verifier), "invalid_grant")


@module(f"{FAPI}par-without-duplicate-parameters")
@spec("RFC 9101", "5")
def test_par_without_duplicate_parameters(rp: Fapi) -> None:
    assert "code" in rp.visit(rp.push()).params


@module(
    f"{FAPI}par-test-array-as-audience-fails", f"{FAPI}par-test-par-endpoint-url-as-audience-fails",
    f"{FAPI}par-test-token-endpoint-url-as-audience-fails",
)  # fmt: skip
@spec("FAPI 2.0", "5.3.2.1", "SHALL")
@with_assertions
def test_assertions_are_for_the_issuer_alone(rp: Fapi) -> None:
    found = rp.provider.metadata
    for aud in ([found["pushed_authorization_request_endpoint"]], [found["issuer"]], found["pushed_authorization_request_endpoint"],
                found["token_endpoint"]):  # fmt: skip
        answer = rp.push(assertion=rp.assertion(aud=aud))
        assert answer.status_code in (400, 401)
        assert answer.json()["error"] in CLIENT
