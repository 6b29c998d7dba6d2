"""What the plans of FAPI 2.0 check of clients and tokens that are known by a certificate (mutual TLS)."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import requests

from tests.conformance.conftest import VARIANTS
from tests.conformance.fapi import Fapi
from tests.conformance.plans import module
from tests.conformance.suite import Provider, check_refusal, checked_tokens
from tests.protocol.certificates import self_signed
from tests.rp import payload
from tests.spec import spec

pytestmark = pytest.mark.parametrize("variant", VARIANTS[2:], indirect=True)
FAPI = "fapi2-security-profile-final-"


@pytest.fixture(params=[False, True], ids=["security_profile", "message_signing"])
def rp(request: pytest.FixtureRequest, fapi: Callable[..., Fapi]) -> Fapi:
    return fapi(signed=request.param)


@module(f"{FAPI}discovery-end-point-verification")
@spec("RFC 8705", "3.3")
@spec("RFC 8705", "5")
def test_discovery_names_mutual_tls(provider: Provider, variant: str) -> None:
    found = provider.metadata
    assert found["tls_client_certificate_bound_access_tokens"] is True
    assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(found["token_endpoint_auth_methods_supported"]), variant


@module(f"{FAPI}ensure-holder-of-key-required")
@spec("FAPI 2.0", "5.3.2.1", "SHALL")
@spec("RFC 8705", "3", "MUST")
def test_the_holder_of_the_certificate_is_required(rp: Fapi) -> None:
    code = rp.code()
    others = [rp.over_another_connection(held) for held in (None, self_signed(datetime.now(UTC)))]
    named = {"client_id": rp.client_id}
    for other in others:
        sent = {"grant_type": "authorization_code", "code": code, "code_verifier": rp.verifier, "redirect_uri": rp.redirect_uri}
        check_refusal(other.call("token_endpoint", headers={}, assertion=named, **sent), "invalid_client", status=401)
        check_refusal(other.push(assertion=named), "invalid_client", status=401)
    tokens = checked_tokens(rp.redeem(code))  # what was refused used nothing up
    assert payload(tokens["access_token"])["cnf"] == {"x5t#S256": rp.held.thumbprint if rp.held else None}
    assert rp.userinfo(tokens["access_token"]).status_code == 200
    for other in others:
        stolen = requests.get(
            rp.provider.metadata["userinfo_endpoint"], timeout=10,
            headers=other.connected({"Authorization": f"Bearer {tokens['access_token']}"}),
        )  # fmt: skip
        assert (stolen.status_code, stolen.json()["error"]) == (401, "invalid_token")


@module(f"{FAPI}ensure-client-id-in-token-endpoint")
@spec("RFC 8705", "2", "MUST")
def test_a_client_over_mutual_tls_names_itself(rp: Fapi) -> None:
    answer = rp.call("token_endpoint", grant_type="authorization_code", code=rp.code(), assertion={}, redirect_uri=rp.redirect_uri)
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] in ("invalid_request", "invalid_client", "invalid_grant")
