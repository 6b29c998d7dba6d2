"""FAPI 2.0 as one setting of a client, and signed answers (JARM)."""

import json
from typing import Any

import pytest
from joserfc import jwe, jws
from joserfc.jwk import KeySet

from idp.kernel.clock import epoch
from idp.kernel.errors import Invalid
from tests.protocol.conftest import House
from tests.protocol.signing import ISSUER, JWKS, KEY, RSA, proof, request_object
from tests.protocol.test_rfc9126_par import visit
from tests.rp import Heard, RelyingParty, header, payload
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def signer(signed_in: House) -> RelyingParty:
    rp = signed_in.rp("fapi", profile="fapi2-message-signing", auth_method="private_key_jwt", jwks=JWKS)
    rp.method = "nothing"
    return rp


def push(house: House, rp: RelyingParty, number: str, **changes: Any) -> Heard:
    asked = {"response_mode": "jwt"} | changes
    return rp.call("/par", {"request": request_object(house, rp, **asked), **proof(house, rp.client_id, number)})


@spec("FAPI 2.0", "5.3.1")
@spec("JARM", "2.1")
def test_message_signing_from_end_to_end(signed_in: House, signer: RelyingParty) -> None:
    answer = visit(signer, push(signed_in, signer, "1").json["request_uri"])
    assert set(answer.params) == {"response"}
    token = answer.params["response"]
    assert header(token)["alg"] == "ES256"
    keys = KeySet.import_key_set(json.loads(signed_in.browser.get("/jwks").data))
    jws.deserialize_compact(token, keys, algorithms=["ES256"])
    said = payload(token)
    assert (said["iss"], said["aud"], said["state"]) == (ISSUER, "fapi", signer.state)
    assert 0 < said["exp"] - epoch(signed_in.clock.now()) <= 600
    assert "code" in said


@spec("JARM", "2.3.1")
@spec("JARM", "2.3.3")
@spec("JARM", "2.3.1")
def test_errors_and_forms_are_signed_too(signed_in: House, rp: RelyingParty) -> None:
    assert payload(rp.begin(response_mode="query.jwt", scope="nothing").params["response"])["error"] == "invalid_scope"
    form = rp.begin(response_mode="form_post.jwt")
    assert form.status == 200
    assert "code" in payload(form.params["response"])
    assert rp.begin(response_mode="fragment.jwt").params["error"] == "invalid_request"


@spec("JARM", "2.2")
@spec("RFC 7516", "3.1")
@spec("RFC 7516", "4.1.10")
def test_an_answer_is_encrypted_to_the_client_that_asks(signed_in: House) -> None:
    rp = signed_in.rp("sealed", jwks=JWKS, response_key_alg="ECDH-ES", response_alg="ES256")
    token = rp.begin(response_mode="jwt").params["response"]
    inner = jwe.decrypt_compact(token, KEY, algorithms=["ECDH-ES", "A256GCM"]).plaintext
    assert inner is not None
    assert "code" in payload(inner.decode())


@spec("FAPI 2.0", "5.3.2.2", "SHALL")
def test_refusals_name_their_clause(signed_in: House, signer: RelyingParty) -> None:
    assert "5.3.2.2" in signer.begin(response_mode="query").params["error_description"]
    plain = {"response_type": "code", "redirect_uri": signer.redirect_uri, "scope": "openid", "response_mode": "jwt"}
    plain |= {"code_challenge": signer.challenge, "code_challenge_method": "S256"}
    unsigned = signer.call("/par", {**plain, **proof(signed_in, "fapi", "2")})
    assert "5.3.1" in unsigned.json["error_description"]
    open_answer = push(signed_in, signer, "3", response_mode="query")
    assert "JARM" in open_answer.json["error_description"]
    now = epoch(signed_in.clock.now())
    for number, change in (("4", {"nbf": None}), ("5", {"nbf": now - 3700}), ("6", {"nbf": now - 1000, "exp": now + 3000})):
        answer = push(signed_in, signer, number, **change)
        assert answer.error == "invalid_request_object"
        assert "5.3.1" in answer.json["error_description"]


@spec("FAPI 2.0", "5.3.2.1", "SHALL")
@spec("FAPI 2.0", "5.4.1", "SHALL")
def test_client_assertions_are_for_the_issuer_and_never_pkcs1(signed_in: House, signer: RelyingParty) -> None:
    def with_proof(number: str, **changes: Any) -> Heard:
        signed = request_object(signed_in, signer, response_mode="jwt")
        return signer.call("/par", {"request": signed, **proof(signed_in, "fapi", number, **changes)})

    for number, change in (("a", {"aud": ISSUER + "/token"}), ("b", {"aud": [ISSUER]}), ("c", {"key": RSA, "alg": "RS256"})):
        answer = with_proof(number, **change)
        assert (answer.status, answer.error) == (401, "invalid_client")
        assert "FAPI 2.0 section" in answer.json["error_description"]
    assert with_proof("d").status == 201
    assert with_proof("e", key=RSA, alg="PS256").status == 201


def test_a_profile_turns_on_what_it_takes_and_refuses_what_it_forbids(signed_in: House, signer: RelyingParty) -> None:
    with signed_in.unit() as services:
        client = services.registry.get("fapi")
    assert client.require_par
    assert client.require_pkce
    assert client.require_request_object
    assert (client.id_token_alg, client.access_token_alg, client.response_alg) == ("ES256", "ES256", "ES256")
    for bad in (
        {"auth_method": "client_secret_basic"},
        {"auth_method": "private_key_jwt", "jwks": JWKS, "redirect_uris": ("http://127.0.0.1/cb",)},
        {"auth_method": "private_key_jwt", "jwks": JWKS, "request_object_alg": "RS256"},
    ):
        with pytest.raises(Invalid, match=r"FAPI 2\.0"):
            signed_in.rp("bad", profile="fapi2-security-profile", **bad)
