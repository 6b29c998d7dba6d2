"""Clients that sign their own assertions."""

import hmac
from base64 import urlsafe_b64encode

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from idp.kernel.clock import epoch
from idp.protocol.rfc7523_private_key_jwt import ASSERTION_TYPE
from tests.protocol.conftest import House
from tests.rp import FORM, Heard, RelyingParty
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

KEY = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig"}, private=True)
OLD = RSAKey.generate_key(2048, {"kid": "k2"}, private=True)


@pytest.fixture
def signer(signed_in: House) -> RelyingParty:
    """An application with two registered keys."""
    jwks = {"keys": [KEY.as_dict(private=False), OLD.as_dict(private=False)]}
    return signed_in.rp("signer", auth_method="private_key_jwt", jwks=jwks)


def assertion(house: House, key: object = KEY, alg: str = "ES256", **changes: object) -> str:
    now = epoch(house.clock.now())
    claims = {
        "iss": "signer", "sub": "signer", "aud": "http://localhost:8000/token", "exp": now + 60, "iat": now, "jti": f"j{now}", **changes,
    }  # fmt: skip
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": getattr(key, "kid", None) or "k1"}, claims, key, algorithms=[alg])  # type: ignore[arg-type]


def redeem(rp: RelyingParty, signed: str, **more: str) -> Heard:
    rp.method = "nothing"
    return rp.redeem(rp.code(), client_assertion_type=ASSERTION_TYPE, client_assertion=signed, **more)


@spec("RFC 7523", "2.2")
def test_a_signed_assertion_authenticates(signed_in: House, signer: RelyingParty) -> None:
    assert redeem(signer, assertion(signed_in)).ok
    assert redeem(signer, assertion(signed_in, jti="2", aud="http://localhost:8000"), client_id="signer").ok
    assert redeem(signer, assertion(signed_in, jti="3", aud=["x", "http://localhost:8000/token"])).ok
    assert redeem(signer, assertion(signed_in, OLD, "RS256", jti="4")).ok
    assert redeem(signer, assertion(signed_in, OLD, "PS256", jti="5")).ok


@spec("RFC 7523", "3", "MUST")
def test_what_breaks_a_rule_is_refused(signed_in: House, signer: RelyingParty) -> None:
    """Attack C5."""
    now = epoch(signed_in.clock.now())
    bad = {
        "expired": {"exp": now - 60},
        "no end": {"exp": None},
        "never ends": {"exp": now + 10_000_000},
        "text end": {"exp": "tomorrow"},
        "huge end": {"exp": 1e300},
        "other audience": {"aud": "https://other.example.org/token"},
        "no audience": {"aud": None},
        "other issuer": {"iss": "app"},
        "other subject": {"sub": "app"},
        "no jti": {"jti": None},
        "from the future": {"iat": now + 3600},
        "not yet": {"nbf": now + 3600},
    }
    for name, change in bad.items():
        answer = redeem(signer, assertion(signed_in, **{"jti": name, **change}))
        assert (answer.status, answer.error) == (401, "invalid_client"), name
    assert redeem(signer, assertion(signed_in)).ok


@spec("RFC 8725", "3.1", "MUST")
def test_the_algorithm_is_the_keys(signed_in: House, signer: RelyingParty) -> None:
    foreign = ECKey.generate_key("P-256", {"kid": "k1"}, private=True)
    assert redeem(signer, assertion(signed_in, foreign, jti="a")).status == 401
    head = urlsafe_b64encode(b'{"alg":"HS256","kid":"k2"}').rstrip(b"=")
    signed = head + b"." + assertion(signed_in, jti="b").split(".")[1].encode()
    mac = hmac.digest(OLD.as_pem(private=False), signed, "sha256")  # the public key as if it were a shared secret
    assert redeem(signer, (signed + b"." + urlsafe_b64encode(mac).rstrip(b"=")).decode()).status == 401
    none = assertion(signed_in, jti="c")
    unsigned = "eyJhbGciOiJub25lIn0." + none.split(".")[1] + "."
    assert redeem(signer, unsigned).status == 401
    for nonsense in ("", "a.b.c", "x" * 9000, "ä.b.c", "e30.e30.e30"):
        assert redeem(signer, nonsense).status == 401


@spec("RFC 7523", "3", "MUST")
def test_an_assertion_is_accepted_once(signed_in: House, signer: RelyingParty) -> None:
    once = assertion(signed_in)
    assert redeem(signer, once).ok
    assert redeem(signer, once).status == 401


def test_another_method_does_not_stand_in_for_it(signed_in: House, signer: RelyingParty) -> None:
    signer.method = "none"
    assert signer.redeem(signer.code()).status == 401
    answer = signer.back.post("/introspect", "token=x&client_id=signer", {"Content-Type": FORM})
    assert answer.status == 401


def test_introspection_and_revocation_take_assertions_too(signed_in: House, signer: RelyingParty) -> None:
    tokens = redeem(signer, assertion(signed_in, jti="1")).json
    values = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion(signed_in, jti="2", aud="http://localhost:8000/introspect")}
    assert signer.call("/introspect", {"token": tokens["access_token"], **values}).json["active"] is True
    values["client_assertion"] = assertion(signed_in, jti="3")
    assert signer.call("/revoke", {"token": tokens["access_token"], **values}).ok
    values["client_assertion"] = assertion(signed_in, jti="4")
    assert signer.call("/introspect", {"token": tokens["access_token"], **values}).json == {"active": False}
