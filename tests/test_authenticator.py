"""The software authenticator speaks as real ones do: an implementation that is not ours accepts it, and refuses what it forges."""

import pytest
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers.exceptions import WebAuthnException

from tests.authenticator import Alg, Authenticator, Flag, b64, unb64
from tests.spec import spec

ORIGIN, ASKED = "http://localhost:8000", b"\x01" * 32
CREATE = {"challenge": b64(ASKED), "rp": {"id": "localhost"}, "user": {"id": b64(b"handle")}}
GET = {"challenge": b64(ASKED), "rpId": "localhost"}


@spec("WebAuthn", "7.1")
@spec("WebAuthn", "7.2")
@pytest.mark.parametrize("alg", list(Alg))
def test_what_it_makes_and_answers_is_accepted(alg: Alg) -> None:
    device = Authenticator(ORIGIN, alg=alg)
    made = verify_registration_response(
        credential=device.create(CREATE), expected_challenge=ASKED, expected_rp_id="localhost", expected_origin=ORIGIN,
        require_user_verification=True,
    )  # fmt: skip
    assert made.credential_id == device.one.id and not made.sign_count
    answer = device.get(GET)
    used = verify_authentication_response(
        credential=answer, expected_challenge=ASKED, expected_rp_id="localhost", expected_origin=ORIGIN,
        credential_public_key=made.credential_public_key, credential_current_sign_count=made.sign_count, require_user_verification=True,
    )  # fmt: skip
    assert used.new_sign_count == 1 and unb64(answer["response"]["userHandle"]) == b"handle"


@pytest.mark.parametrize(
    "forged",
    [{"challenge": b"x"}, {"origin": "http://evil.test"}, {"rp_id": "evil.test"}, {"type": "webauthn.create"}, {"flags": Flag.UP},
     {"flags": Flag.UV}, {"count": 0}, {"signature": b"x" * 70}],
)  # fmt: skip
def test_what_it_forges_differs_where_it_says(forged: dict[str, object]) -> None:
    device = Authenticator(ORIGIN)
    made = verify_registration_response(
        credential=device.create(CREATE), expected_challenge=ASKED, expected_rp_id="localhost", expected_origin=ORIGIN
    )
    with pytest.raises(WebAuthnException):
        verify_authentication_response(
            credential=device.get(GET, **forged), expected_challenge=ASKED, expected_rp_id="localhost", expected_origin=ORIGIN,
            credential_public_key=made.credential_public_key, credential_current_sign_count=5, require_user_verification=True,
        )  # fmt: skip
