"""What the plans of FAPI 2.0 check of tokens that are bound to a key (DPoP)."""

import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from joserfc.jwk import ECKey

from tests.conformance.conftest import with_assertions
from tests.conformance.fapi import Fapi
from tests.conformance.plans import module
from tests.conformance.suite import check_refusal, checked_tokens, unpadded, unsigned
from tests.spec import spec

pytestmark = with_assertions
FAPI = "fapi2-security-profile-final-"
PROOF = ("invalid_request", "invalid_grant", "invalid_dpop_proof")
PAR = "pushed_authorization_request_endpoint"


@pytest.fixture(params=[False, True], ids=["security_profile", "message_signing"])
def rp(request: pytest.FixtureRequest, fapi: Callable[..., Fapi]) -> Fapi:
    return fapi(signed=request.param)


def other_key() -> ECKey:
    return ECKey.generate_key("P-256", private=True)


@module(f"{FAPI}ensure-holder-of-key-required")
@spec("FAPI 2.0", "5.3.2.1", "SHALL")
def test_ensure_holder_of_key_required(rp: Fapi) -> None:
    code = rp.code()
    check_refusal(rp.redeem(code, headers={}), *PROOF)
    checked_tokens(rp.redeem(code))  # what was refused used nothing up


@module(f"{FAPI}check-dpop-proof-nbf-exp")
@spec("RFC 9449", "4.2")
def test_check_dpop_proof_nbf_exp(rp: Fapi) -> None:
    now = int(time.time())
    times = {"nbf": now, "exp": now + 300}
    tokens = checked_tokens(rp.redeem(rp.code(), headers=rp.proof("token_endpoint", **times)))
    assert rp.userinfo(tokens["access_token"], **times).status_code == 200


@module(f"{FAPI}ensure-dpopproof-with-iat-10seconds-before-succeeds", f"{FAPI}ensure-dpopproof-with-iat-10seconds-after-succeeds")
@spec("FAPI 2.0", "5.3.2.1", "SHALL")
@pytest.mark.parametrize("seconds", [-10, 10])
def test_clocks_may_differ_a_little(rp: Fapi, seconds: int) -> None:
    iat = int(time.time()) + seconds
    pushed = rp.push(headers=rp.proof(PAR, iat=iat))
    tokens = checked_tokens(rp.redeem(rp.visit(pushed).params["code"], headers=rp.proof("token_endpoint", iat=iat)))
    assert rp.userinfo(tokens["access_token"], iat=iat).status_code == 200


@module(f"{FAPI}ensure-mismatched-dpop-jkt-fails")
@spec("RFC 9449", "10.1", "MUST")
def test_ensure_mismatched_dpop_jkt_fails(rp: Fapi) -> None:
    asked = rp.request(dpop_jkt=str(other_key().thumbprint()))
    check_refusal(rp.push(asked, headers=rp.proof(PAR)), "invalid_request", "invalid_dpop_proof")


@module(f"{FAPI}ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt")
@spec("RFC 9449", "10.1", "MUST")
def test_a_code_bound_by_a_proof_needs_its_key(rp: Fapi) -> None:
    code = rp.visit(rp.push(headers=rp.proof(PAR))).params["code"]
    check_refusal(rp.redeem(code, headers=rp.proof("token_endpoint", key=other_key())), *PROOF)


@module(f"{FAPI}ensure-token-endpoint-fails-with-mismatched-dpop-jkt")
@spec("RFC 9449", "10", "MUST")
def test_a_code_bound_by_dpop_jkt_needs_its_key(rp: Fapi) -> None:
    check_refusal(rp.redeem(rp.code(dpop_jkt=str(other_key().thumbprint()))), *PROOF)


@module(f"{FAPI}ensure-dpopproof-at-par-endpoint-binding-success", f"{FAPI}ensure-dpop-auth-code-binding-success")
@spec("RFC 9449", "10.1")
@pytest.mark.parametrize("named", [False, True])
def test_a_bound_code_works_with_its_key(rp: Fapi, named: bool) -> None:
    asked = rp.request(**({"dpop_jkt": str(rp.proving.thumbprint())} if named else {}))
    tokens = checked_tokens(rp.redeem(rp.visit(rp.push(asked, headers=rp.proof(PAR))).params["code"]))
    assert rp.userinfo(tokens["access_token"]).status_code == 200


def upper(address: str) -> str:
    """Another way to write the same scheme and host."""
    parts = urlsplit(address)
    return parts._replace(scheme=parts.scheme.upper(), netloc=parts.netloc.upper()).geturl()


@module(f"{FAPI}dpop-negative-tests")
@spec("RFC 9449", "4.3", "MUST")
@spec("RFC 9449", "7.1", "MUST")
def test_dpop_negative_tests(rp: Fapi) -> None:
    token, now, here = rp.flow().tokens["access_token"], int(time.time()), rp.provider.metadata["userinfo_endpoint"]
    private = rp.proving.as_dict(private=True)
    broken: dict[str, dict[str, Any]] = {
        "no typ": {"head": {"typ": None}}, "no jwk": {"head": {"jwk": None}}, "odd typ": {"head": {"typ": "JWT"}},
        "private jwk": {"head": {"jwk": private}}, "foreign jwk": {"head": {"jwk": other_key().as_dict(private=False)}},
        "no jti": {"jti": None}, "no htm": {"htm": None}, "no htu": {"htu": None}, "no iat": {"iat": None}, "no ath": {"ath": None},
        "other htm": {"htm": "POST"}, "other htu": {"htu": f"{rp.provider.base}/other"}, "future": {"iat": now + 3600},
        "past": {"iat": now - 3600}, "other ath": {"ath": "x" * 43}, "other key": {"key": other_key()},
    }  # fmt: skip
    for name, change in broken.items():
        assert rp.userinfo(token, **change).status_code in (400, 401), name
    fine: dict[str, dict[str, Any]] = {
        "query": {"htu": f"{here}?a=b#c"}, "case": {"htu": upper(here)}, "more": {"head": {"more": 1}, "more": "x"},
    }  # fmt: skip
    for name, change in fine.items():
        assert rp.userinfo(token, **change).status_code == 200, name
    for name, headers in bare(rp, token).items():
        assert requests.get(here, headers=headers, timeout=10).status_code in (400, 401), name
    assert rp.userinfo(token).status_code == 200


def bare(rp: Fapi, token: str) -> dict[str, dict[str, str]]:
    """Headers that are wrong as a whole; the last repeats a proof that was used."""
    ath = unpadded(sha256(token.encode()).digest())
    proofs = [rp.proof("userinfo_endpoint", "GET", ath=ath)["DPoP"] for _ in range(5)]
    bound, (head, body, _) = {"Authorization": f"DPoP {token}"}, proofs[0].split(".")
    used = {**bound, "DPoP": proofs[4]}
    assert requests.get(rp.provider.metadata["userinfo_endpoint"], headers=used, timeout=10).status_code == 200
    return {
        "no proof": bound, "bearer without": {"Authorization": f"Bearer {token}"},
        "bearer": {"Authorization": f"Bearer {token}", "DPoP": proofs[1]}, "two": {**bound, "DPoP": f"{proofs[2]}, {proofs[3]}"},
        "upper case": {**bound, "DPoP": proofs[2].upper()}, "no JWT": {**bound, "DPoP": "x"},
        "alg none": {**bound, "DPoP": unsigned({"htm": "GET"})}, "bad signature": {**bound, "DPoP": f"{head}.{body}.{'A' * 86}"},
        "again": used,
    }  # fmt: skip
