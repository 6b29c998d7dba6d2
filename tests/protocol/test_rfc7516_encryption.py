"""What a client asked to have encrypted or signed for it."""

import pytest
from joserfc import jwe

from tests.protocol.conftest import House
from tests.protocol.signing import JWKS, KEY, RSA
from tests.rp import RelyingParty, header, payload
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@spec("OIDC Core", "10.2", "MUST")
@spec("RFC 7516", "3.1")
@spec("RFC 7516", "4.1.10")
@pytest.mark.parametrize(("alg", "key"), [("ECDH-ES", KEY), ("RSA-OAEP-256", RSA)])
def test_id_token_and_userinfo_are_signed_then_encrypted(signed_in: House, alg: str, key: object) -> None:
    rp = signed_in.rp("sealed", jwks=JWKS, id_token_key_alg=alg, userinfo_key_alg=alg)
    tokens = rp.tokens()
    userinfo = rp.userinfo(tokens["access_token"])
    assert userinfo.headers["Content-Type"] == "application/jwt"
    for sealed in (tokens["id_token"], userinfo.text):
        head = header(sealed)
        assert (head["alg"], head["enc"], head["cty"]) == (alg, "A256GCM", "JWT")
        inner = jwe.decrypt_compact(sealed, key, algorithms=[alg, "A256GCM"]).plaintext  # type: ignore[arg-type]
        assert inner is not None
        assert payload(inner.decode())["aud"] == "sealed"


@spec("RFC 9701", "4")
@spec("RFC 9701", "5", "MUST")
@spec("RFC 9701", "6")
def test_introspection_as_a_signed_jwt(rp: RelyingParty) -> None:
    token = rp.tokens()["access_token"]
    accept = {"Accept": "application/token-introspection+jwt"}
    answer = rp.call("/introspect", {"token": token}, accept)
    assert answer.headers["Content-Type"] == "application/token-introspection+jwt"
    assert header(answer.text)["typ"] == "token-introspection+jwt"
    said = payload(answer.text)
    assert (said["iss"], said["aud"]) == ("http://localhost:8000", "app")
    assert {"sub", "exp"}.isdisjoint(said)
    assert said["token_introspection"]["active"] is True
    assert rp.userinfo(answer.text).status == 401
    unknown = rp.call("/introspect", {"token": "x"}, accept)
    assert payload(unknown.text)["token_introspection"] == {"active": False}
    assert rp.introspect(token).json["active"] is True
