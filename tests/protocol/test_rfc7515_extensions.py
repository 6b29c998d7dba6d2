"""Headers of JWTs that nobody honest sends: whatever demands an extension is refused, whatever it looks like (found by fuzzing)."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from joserfc import jws

from idp.protocol.rfc7523_private_key_jwt import ASSERTION_TYPE
from tests.protocol.conftest import House
from tests.protocol.signing import JWKS, KEY, proof, request_object
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
DEMANDING: list[dict[str, Any]] = [
    {"crit": None}, {"crit": 1}, {"crit": [[]]}, {"crit": []}, {"crit": ["x"], "x": 1}, {"crit": ["b64"], "b64": False}, {"b64": True},
]  # fmt: skip


def resigned(token: str, **header: Any) -> str:
    """The same claims under another header, signed by the client's own key; nothing checks what is signed."""
    head = json.dumps({"alg": "ES256", "kid": KEY.kid, **header}).encode()
    signing = _base64(head) + b"." + token.split(".")[1].encode()
    return (signing + b"." + _base64(jws.JWSRegistry.algorithms["ES256"].sign(signing, KEY))).decode()


def _base64(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


@spec("RFC 7515", "4.1.11")
@spec("RFC 7797", "6")
@pytest.mark.parametrize("header", DEMANDING, ids=json.dumps)
def test_a_request_object_that_demands_an_extension_is_refused(signed_in: House, header: dict[str, Any]) -> None:
    rp = signed_in.rp("strict", auth_method="private_key_jwt", jwks=JWKS, request_object_alg="ES256")
    good = resigned(request_object(signed_in, rp))
    assert "code" in rp.browser.get(f"/authorize?client_id=strict&request={good}", {}).params
    assert rp.browser.get(f"/authorize?client_id=strict&request={resigned(good, **header)}", {}).status == 400


@spec("RFC 7515", "4.1.11")
@pytest.mark.parametrize("header", DEMANDING, ids=json.dumps)
def test_an_assertion_that_demands_an_extension_is_refused(signed_in: House, header: dict[str, Any]) -> None:
    rp = signed_in.rp("strict", auth_method="private_key_jwt", jwks=JWKS)
    good = proof(signed_in, "strict", "1")["client_assertion"]
    asked = {"grant_type": "refresh_token", "refresh_token": "x" * 43, "client_assertion_type": ASSERTION_TYPE}
    answer = rp.token(**asked, client_assertion=resigned(good, **header))
    assert (answer.status, answer.error) == (401, "invalid_client")
    assert rp.token(**asked, client_assertion=resigned(good)).error == "invalid_grant"  # the client itself is known
