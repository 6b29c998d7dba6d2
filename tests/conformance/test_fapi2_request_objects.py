"""What fapi2-message-signing-final checks of request objects."""

import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import ECKey

from tests.conformance.fapi import RSA, Fapi, refused
from tests.conformance.plans import module
from tests.conformance.suite import check_refusal, unsigned
from tests.spec import spec

FAPI = "fapi2-security-profile-final-"
OBJECT = ("invalid_request_object", "invalid_request")


@pytest.fixture
def rp(fapi: Callable[..., Fapi]) -> Fapi:
    return fapi(signed=True)


@module(f"{FAPI}ensure-request-object-with-multiple-aud-succeeds")
@spec("RFC 9101", "4")
def test_several_audiences_succeed(rp: Fapi) -> None:
    assert "code" in rp.visit(rp.push(aud=["https://other.example.org", rp.provider.base])).params


@module(f"{FAPI}ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted")
@spec("FAPI 2.0", "5.3.1", "SHALL")
def test_clocks_may_differ_a_little(rp: Fapi) -> None:
    assert rp.push(nbf=int(time.time()) + 8).status_code == 201


@module(
    f"{FAPI}ensure-request-object-without-exp-fails", f"{FAPI}ensure-request-object-without-nbf-fails",
    f"{FAPI}ensure-expired-request-object-fails", f"{FAPI}ensure-request-object-with-bad-aud-fails",
    f"{FAPI}ensure-request-object-with-exp-over-60-fails", f"{FAPI}ensure-request-object-with-nbf-over-60-fails",
    f"{FAPI}ensure-request-object-without-redirect-uri-fails", f"{FAPI}par-authorization-request-containing-request_uri",
)  # fmt: skip
@spec("FAPI 2.0", "5.3.1", "SHALL")
def test_claims_that_break_a_rule_fail(rp: Fapi) -> None:
    now = int(time.time())
    broken: dict[str, dict[str, Any]] = {
        "no exp": {"exp": None}, "no nbf": {"nbf": None}, "expired": {"nbf": now - 600, "exp": now - 300},
        "other aud": {"aud": "https://other.example.org"}, "exp far": {"exp": now + 4200}, "nbf old": {"nbf": now - 4200},
        "no address": {"redirect_uri": None}, "nested": {"request_uri": "urn:ietf:params:oauth:request_uri:x"},
    }  # fmt: skip
    for name, change in broken.items():
        answer = rp.push(**change)
        assert answer.status_code == 400, name
        assert answer.json()["error"] in OBJECT, name


@module(
    f"{FAPI}ensure-signed-request-object-with-RS256-fails", f"{FAPI}ensure-request-object-signature-algorithm-is-not-none",
    f"{FAPI}ensure-request-object-with-invalid-signature-fails", f"{FAPI}ensure-matching-key-in-authorization-request",
)  # fmt: skip
@spec("FAPI 2.0", "5.4.1", "SHALL")
def test_signatures_that_break_a_rule_fail(rp: Fapi, fapi: Callable[..., Fapi]) -> None:
    check_refusal(rp.push(key=RSA, alg="RS256"), *OBJECT)
    check_refusal(rp.push(key=ECKey.generate_key("P-256", {"kid": rp.key.kid}, private=True)), *OBJECT)
    check_refusal(rp.push(key=fapi(signed=True).key), *OBJECT)
    now = int(time.time())
    claims = {"iss": rp.client_id, "aud": rp.provider.base, "nbf": now, "exp": now + 300, **rp.request()}
    check_refusal(rp.push(plain={"request": unsigned(claims)}), *OBJECT)


@module(f"{FAPI}ensure-unsigned-request-at-par-endpoint-fails")
@spec("FAPI 2.0", "5.3.1", "SHALL")
def test_ensure_unsigned_request_at_par_endpoint_fails(rp: Fapi) -> None:
    asked = rp.request()
    rp.signed = False
    check_refusal(rp.push(asked), *OBJECT)


@module(
    f"{FAPI}ensure-different-nonce-inside-and-outside-request-object", f"{FAPI}ensure-different-state-inside-and-outside-request-object",
    f"{FAPI}state-only-outside-request-object-not-used",
)  # fmt: skip
@spec("RFC 9101", "6.3", "MUST")
def test_what_stands_beside_the_object_does_not_count(rp: Fapi) -> None:
    asked = rp.request()
    answer = rp.visit(rp.push(asked), state=secrets.token_hex(8), nonce=secrets.token_hex(8))
    assert answer.params["state"] == asked["state"]
    assert rp.verified(rp.redeem(answer.params["code"]).json()["id_token"])[1]["nonce"] == asked["nonce"]
    alone = rp.visit(rp.push(rp.request(state=None)), state="outside")
    assert "code" in alone.params
    assert "state" not in alone.params
    assert refused(rp, rp.push(rp.request(code_challenge=None)))
