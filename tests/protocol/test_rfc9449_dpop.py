"""Tokens that only the holder of a key can use."""

import warnings
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.kernel.clock import epoch
from tests.protocol.conftest import BATCH, House
from tests.protocol.proofs import Prover
from tests.rp import Heard, RelyingParty, payload
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
SPA = {"auth_method": "none", "redirect_uris": ("https://spa.example.org/cb",)}


@pytest.fixture
def prover(house: House) -> Prover:
    return Prover(lambda: epoch(house.clock.now()))


def redeem(rp: RelyingParty, headers: dict[str, str], code: str | None = None) -> Heard:
    values = {"code": code or rp.code(), "code_verifier": rp.verifier, "redirect_uri": rp.redirect_uri}
    return rp.token(headers, grant_type="authorization_code", **values)


def ask(rp: RelyingParty, headers: dict[str, str]) -> Heard:
    return rp.back.get("/userinfo", headers)


@spec("RFC 9449", "5")
@spec("RFC 9449", "7.1")
def test_a_token_is_bound_to_the_key_of_its_proof(rp: RelyingParty, prover: Prover) -> None:
    answer = redeem(rp, prover.at_token())
    assert answer.json["token_type"] == "DPoP"
    token = answer.json["access_token"]
    assert payload(token)["cnf"] == {"jkt": prover.thumbprint}
    assert ask(rp, prover.at_userinfo(token)).json["sub"]
    told = rp.introspect(token).json
    assert (told["token_type"], told["cnf"]) == ("DPoP", {"jkt": prover.thumbprint})


@spec("RFC 9449", "7.1", "MUST")
def test_a_bound_token_is_worth_nothing_to_anybody_else(rp: RelyingParty, prover: Prover, house: House) -> None:
    token = redeem(rp, prover.at_token()).json["access_token"]
    thief = Prover(prover.now)
    tries: dict[str, dict[str, str]] = {
        "as bearer": {"Authorization": f"Bearer {token}"},
        "as bearer with a proof": {"Authorization": f"Bearer {token}", "DPoP": prover.proof("/userinfo", "GET", token=token)},
        "without a proof": {"Authorization": f"DPoP {token}"},
        "with another key": thief.at_userinfo(token),
        "without ath": prover.at_userinfo(token, ath=None),
        "ath of another": prover.at_userinfo(token, ath="x" * 43),
        "odd ath": prover.at_userinfo(token, ath=7),
        "another method": prover.at_userinfo(token, htm="POST"),
        "another place": prover.at_userinfo(token, htu=prover.base + "/token"),
    }
    for name, headers in tries.items():
        answer = ask(rp, headers)
        assert answer.status == 401, name
        assert answer.headers["WWW-Authenticate"].startswith("DPoP error="), name
        assert 'algs="ES256 PS256 EdDSA Ed25519"' in answer.headers["WWW-Authenticate"], name
    in_body = rp.back.post("/userinfo", f"access_token={token}", {"Content-Type": "application/x-www-form-urlencoded"})
    assert in_body.status == 401
    assert ask(rp, prover.at_userinfo(token)).ok


@spec("RFC 9449", "7.1", "MUST")
def test_a_bearer_token_does_not_pass_for_a_bound_one(rp: RelyingParty, prover: Prover) -> None:
    token = rp.tokens()["access_token"]
    assert ask(rp, prover.at_userinfo(token)).status == 401
    assert rp.userinfo(token).ok
    assert ask(rp, {}).status == 401


@spec("RFC 9449", "4.3", "MUST")
def test_a_proof_that_breaks_a_rule_is_refused(rp: RelyingParty, prover: Prover) -> None:
    now = prover.now()
    claims: dict[str, dict[str, Any]] = {
        "no jti": {"jti": None}, "odd jti": {"jti": 1}, "empty jti": {"jti": ""}, "no method": {"htm": None},
        "other method": {"htm": "GET"},
        "lower case": {"htm": "post"}, "no place": {"htu": None}, "other place": {"htu": prover.base + "/userinfo"},
        "other host": {"htu": "http://evil.test/token"}, "user in place": {"htu": "http://a@localhost:8000/token"},
        "odd port": {"htu": "http://localhost:x/token"}, "no iat": {"iat": None}, "text iat": {"iat": "now"}, "old": {"iat": now - 61},
        "future": {"iat": now + 120}, "endless": {"iat": 1e300}, "true iat": {"iat": True},
        "foreign nonce": {"nonce": "x"}, "odd nonce": {"nonce": 1},
    }  # fmt: skip
    for name, change in claims.items():
        answer = redeem(rp, prover.at_token(**change))
        assert (answer.status, answer.error) == (400, "use_dpop_nonce" if "nonce" in name else "invalid_dpop_proof"), name
    private = prover.key.as_dict(private=True)
    other = ECKey.generate_key("P-256").as_dict(private=False)
    heads: dict[str, dict[str, Any]] = {
        "typ": {"typ": "jwt"}, "private": {"jwk": private}, "no jwk": {"jwk": None}, "foreign jwk": {"jwk": other},
        "symmetric": {"jwk": {"kty": "oct", "k": "eA"}},
        "odd jwk": {"jwk": {"kty": "EC", "crv": "P-256", "x": 1, "y": []}}, "no kty": {"jwk": {}}, "list kty": {"jwk": {"kty": []}},
        "list crv": {"jwk": {**other, "crv": []}},
    }  # fmt: skip
    for name, change in heads.items():
        answer = redeem(rp, prover.at_token(head=change))
        assert (answer.status, answer.error) == (400, "invalid_dpop_proof"), name
    good = prover.proof("/token")
    unsigned = urlsafe_b64encode(b'{"typ":"dpop+jwt","alg":"none"}').decode().rstrip("=") + "." + good.split(".")[1] + "."
    two = f"{good}, {prover.proof('/token')}"
    for text in ("", "x", "a.b.c", "e30.e30.e30", "W10.W10.", good[:-8] + "AAAAAAAA", good + "!", unsigned, two, "x" * 9000, "ä.b.c"):
        assert redeem(rp, {"DPoP": text}).error == "invalid_dpop_proof", text[:30]


@spec("RFC 9449", "4.3")
def test_htu_is_compared_as_an_address(rp: RelyingParty, prover: Prover) -> None:
    for same in ("http://LOCALHOST:8000/token", "HTTP://localhost:8000/token?a=b", "http://localhost:8000/token#x"):
        assert redeem(rp, prover.at_token(htu=same)).ok, same


@spec("RFC 9449", "4.2")
@pytest.mark.parametrize("alg", ["ES256", "PS256", "EdDSA", "Ed25519"])
def test_every_offered_algorithm_works(rp: RelyingParty, house: House, alg: str) -> None:
    keys = {"ES256": lambda: ECKey.generate_key("P-256"), "PS256": lambda: RSAKey.generate_key(2048)}
    prover = Prover(lambda: epoch(house.clock.now()), key=keys.get(alg, lambda: OKPKey.generate_key("Ed25519"))(), alg=alg)
    assert redeem(rp, prover.at_token()).json["token_type"] == "DPoP"


@spec("RFC 9449", "4.2", "MUST")
def test_other_algorithms_and_keys_do_not(rp: RelyingParty, house: House) -> None:
    with warnings.catch_warnings(action="ignore"):
        small = RSAKey.generate_key(1024)
    for key, alg in ((RSAKey.generate_key(2048), "RS256"), (ECKey.generate_key("P-384"), "ES384"), (small, "PS256")):
        prover = Prover(lambda: epoch(house.clock.now()), key=key, alg=alg)
        assert redeem(rp, prover.at_token()).error == "invalid_dpop_proof", alg


@spec("RFC 9449", "11.1", "MUST")
def test_a_proof_works_once_at_every_endpoint(rp: RelyingParty, prover: Prover) -> None:
    once = prover.at_token()
    token = redeem(rp, once).json["access_token"]
    assert redeem(rp, once).error == "invalid_dpop_proof"
    asked = prover.at_userinfo(token)
    assert ask(rp, asked).ok
    again = ask(rp, asked)
    assert (again.status, again.error) == (401, "invalid_dpop_proof")


@spec("RFC 9449", "10", "MUST")
def test_a_code_bound_to_a_key_is_redeemed_with_that_key_only(rp: RelyingParty, prover: Prover) -> None:
    code = rp.code(dpop_jkt=prover.thumbprint)
    for headers in ({}, Prover(prover.now).at_token()):
        assert redeem(rp, headers, code).error == "invalid_grant"
    assert redeem(rp, prover.at_token(), code).json["token_type"] == "DPoP"
    assert rp.begin(dpop_jkt="short").params["error"] == "invalid_request"


@spec("RFC 9449", "5", "MUST")
def test_a_public_clients_refresh_token_is_bound_to_its_key(signed_in: House, prover: Prover) -> None:
    spa = signed_in.rp("spa", **SPA)
    first = redeem(spa, prover.at_token()).json["refresh_token"]
    thief = Prover(prover.now)
    for headers in (None, thief.at_token()):
        assert spa.token(headers, grant_type="refresh_token", refresh_token=first).error == "invalid_grant"
    second = spa.token(prover.at_token(), grant_type="refresh_token", refresh_token=first)
    assert second.json["token_type"] == "DPoP"
    assert payload(second.json["access_token"])["cnf"] == {"jkt": prover.thumbprint}
    assert spa.token(None, grant_type="refresh_token", refresh_token=second.json["refresh_token"]).error == "invalid_grant"


@spec("RFC 9449", "5")
def test_a_confidential_client_may_change_its_key(rp: RelyingParty, prover: Prover) -> None:
    refresh = redeem(rp, prover.at_token()).json["refresh_token"]
    other = Prover(prover.now)
    answer = rp.token(other.at_token(), grant_type="refresh_token", refresh_token=refresh)
    assert payload(answer.json["access_token"])["cnf"] == {"jkt": other.thumbprint}


@spec("RFC 9449", "5.2", "MUST")
def test_a_client_registered_for_dpop_gets_no_bearer_token(signed_in: House, prover: Prover) -> None:
    strict = signed_in.rp("strict", dpop=True)
    code = strict.code()
    assert redeem(strict, {}, code).error == "invalid_dpop_proof"
    tokens = redeem(strict, prover.at_token(), code).json
    assert tokens["token_type"] == "DPoP"
    assert strict.refresh(tokens["refresh_token"]).error == "invalid_dpop_proof"
    batch = signed_in.rp("batch", dpop=True, **BATCH)
    assert batch.token(grant_type="client_credentials").error == "invalid_dpop_proof"
    assert batch.token(prover.at_token(), grant_type="client_credentials").json["token_type"] == "DPoP"


def test_a_bearer_token_from_before_the_switch_is_worth_nothing(signed_in: House) -> None:
    app = signed_in.rp("app")
    token = app.tokens()["access_token"]
    signed_in.change("app", dpop="1")
    assert app.userinfo(token).status == 401


@spec("RFC 9449", "7.1")
def test_a_page_may_read_what_it_needs_across_origins(signed_in: House, prover: Prover) -> None:
    spa = signed_in.rp("spa", **SPA)
    answer = redeem(spa, {**prover.at_token(), "Origin": "https://spa.example.org"})
    assert answer.headers["Access-Control-Expose-Headers"] == "DPoP-Nonce, WWW-Authenticate"
    allowed = signed_in.app.test_client().options("/token", headers={"Origin": "https://spa.example.org"})
    assert "DPoP" in allowed.headers["Access-Control-Allow-Headers"]


@spec("RFC 9449", "5.1")
def test_discovery_names_the_algorithms(house: House) -> None:
    found = house.app.test_client().get("/.well-known/openid-configuration").json
    assert found is not None
    assert found["dpop_signing_alg_values_supported"] == ["ES256", "PS256", "EdDSA", "Ed25519"]
    assert "mtls_endpoint_aliases" not in found


@pytest.fixture
def settings(settings: Any, request: pytest.FixtureRequest) -> Any:
    """With nonces where a test asks for them."""
    return settings.model_copy(update={"dpop_nonces": "nonces" in request.keywords})


@spec("RFC 9449", "8", "MUST")
@spec("RFC 9449", "9", "MUST")
@pytest.mark.nonces
def test_a_nonce_is_demanded_where_the_operator_wants_it(rp: RelyingParty, prover: Prover, house: House) -> None:
    refused = redeem(rp, prover.at_token())
    assert (refused.status, refused.error) == (400, "use_dpop_nonce")
    nonce = refused.headers["DPoP-Nonce"]
    answer = redeem(rp, prover.at_token(nonce=nonce))
    assert answer.ok
    assert answer.headers["DPoP-Nonce"] == nonce
    token = answer.json["access_token"]
    asked = ask(rp, prover.at_userinfo(token))
    assert asked.status == 401
    assert 'error="use_dpop_nonce"' in asked.headers["WWW-Authenticate"]
    assert ask(rp, prover.at_userinfo(token, nonce=asked.headers["DPoP-Nonce"])).ok
    # A client whose clock is wrong: the nonce says that the proof is new.
    assert redeem(rp, prover.at_token(nonce=nonce, iat=12)).ok
    house.clock.advance(seconds=400)
    old = redeem(rp, prover.at_token(nonce=nonce))
    assert old.error == "use_dpop_nonce"
    assert old.headers["DPoP-Nonce"] != nonce


@spec("RFC 9449", "10.1", "MUST")
def test_a_pushed_request_is_bound_to_the_key_of_its_proof(rp: RelyingParty, prover: Prover) -> None:
    asked = dict(parse_qsl(rp.request()))
    pushed = rp.call("/par", asked, {"DPoP": prover.proof("/par")})
    assert pushed.status == 201
    there = urlencode({"client_id": rp.client_id, "request_uri": pushed.json["request_uri"]})
    code = rp.browser.get(f"/authorize?{there}", {}).params["code"]
    for headers in ({}, Prover(prover.now).at_token()):
        assert redeem(rp, headers, code).error == "invalid_grant"
    assert redeem(rp, prover.at_token(), code).ok
    other = rp.call("/par", asked | {"dpop_jkt": "x" * 43}, {"DPoP": prover.proof("/par")})
    assert (other.status, other.error) == (400, "invalid_dpop_proof")
    assert rp.call("/par", asked, {"DPoP": prover.proof("/token")}).error == "invalid_dpop_proof"
    assert rp.call("/par", asked | {"dpop_jkt": prover.thumbprint}, {"DPoP": prover.proof("/par")}).status == 201
