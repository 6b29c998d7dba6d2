"""The two ceremonies of WebAuthn Level 3: what a browser is asked, and every check of what it answers (sections 7.1 and 7.2).

Pure: no database, no clock. Whatever is wrong with an answer is a refusal with one word, never an exception: an answer is untrusted input.
"""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import decode_credential_public_key
from webauthn.helpers.decoded_public_key_to_cryptography import decoded_public_key_to_cryptography
from webauthn.helpers.parse_authenticator_data import parse_authenticator_data
from webauthn.helpers.parse_cbor import parse_cbor

LONGEST_ANSWER = 16 * 1024
LONGEST_CREDENTIAL_ID = 1023  # section 7.1, step 25
ALGORITHMS = (COSEAlgorithmIdentifier.ECDSA_SHA_256, COSEAlgorithmIdentifier.EDDSA, COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256)
TRANSPORTS = ("ble", "hybrid", "internal", "nfc", "smart-card", "usb")
# Nothing is asked about the maker, so an honest browser sends one of these; the readers of all the others are never reached.
_FORMATS = ("none", "packed")
_RSA_BITS = range(2048, 8193)
_MILLISECONDS = 300_000


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who asks: the domain that keys are bound to, the name people see, the one origin that may answer."""

    id: str
    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer taken apart far enough to know what it answers; nothing in it is true yet."""

    challenge: str
    credential_id: bytes
    user_handle: bytes | None
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that passed every check of a registration."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    transports: str
    discoverable: bool | None
    user_verified: bool
    backup_eligible: bool
    backed_up: bool


@dataclass(frozen=True, slots=True)
class Assertion:
    """An answer that passed every check but that of the counter, which is one statement with its write."""

    sign_count: int
    user_verified: bool
    backup_eligible: bool
    backed_up: bool


def creation_options(
    party: RelyingParty, challenge: str, *, handle: bytes, username: str, name: str, known: Sequence[bytes]
) -> dict[str, Any]:
    """PublicKeyCredentialCreationOptionsJSON. known: what the person has, so that one authenticator is not enrolled twice."""
    return {
        "rp": {"id": party.id, "name": party.name},
        "user": {"id": b64(handle), "name": username, "displayName": name},
        "challenge": challenge,
        "pubKeyCredParams": [{"type": "public-key", "alg": int(alg)} for alg in ALGORITHMS],
        "timeout": _MILLISECONDS,
        "excludeCredentials": [{"type": "public-key", "id": b64(one)} for one in known],
        "authenticatorSelection": {"residentKey": "preferred", "requireResidentKey": False, "userVerification": "preferred"},
        "attestation": "none",
        "extensions": {"credProps": True},
    }


def request_options(
    party: RelyingParty, challenge: str, *, verification: str, allowed: Sequence[tuple[bytes, str]] = ()
) -> dict[str, Any]:
    """PublicKeyCredentialRequestOptionsJSON. allowed: (credential id, transports) of the person, none to let any passkey answer."""
    return {
        "challenge": challenge,
        "timeout": _MILLISECONDS,
        "rpId": party.id,
        "allowCredentials": [
            {"type": "public-key", "id": b64(one), **({"transports": hints.split()} if hints else {})} for one, hints in allowed
        ],
        "userVerification": verification,
    }


def read(text: str) -> Answer | None:
    """What an answer says it answers; None for what is no answer at all."""
    if not text or len(text) > LONGEST_ANSWER:
        return None
    try:
        raw = json.loads(text)
        response = raw["response"]
        client_data = json.loads(unb64(response["clientDataJSON"]))
        challenge, handle = client_data["challenge"], response.get("userHandle")
        credential_id = unb64(raw["rawId"])
        found = Answer(challenge, credential_id, unb64(handle) if handle else None, raw)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return found if isinstance(challenge, str) and 0 < len(challenge) <= 100 and challenge.isascii() and credential_id else None


def check_registration(answer: Answer, party: RelyingParty) -> NewKey | str:
    """Every check of section 7.1 but that of the challenge's being ours, which the caller has claimed; a word when one fails."""
    problem = _framed(answer) or _attested(answer)
    if problem is not None:
        return problem
    try:
        found = verify_registration_response(
            credential=answer.raw, expected_challenge=unb64(answer.challenge), expected_rp_id=party.id, expected_origin=party.origin,
            require_user_verification=False, supported_pub_key_algs=list(ALGORITHMS),
        )  # fmt: skip
        usable = _usable(found.credential_public_key)
    except Exception:  # noqa: BLE001 - a reader of untrusted CBOR and COSE: whatever it stumbles over is a refusal
        return "invalid"
    if not usable:
        return "key"
    if found.credential_id != answer.credential_id or len(found.credential_id) > LONGEST_CREDENTIAL_ID:
        return "credential_id"
    return NewKey(
        found.credential_id, found.credential_public_key, found.sign_count, str(found.aaguid)[:36], _transports(answer.raw),
        _discoverable(answer.raw), found.user_verified, found.credential_device_type.value == "multi_device", found.credential_backed_up,
    )  # fmt: skip


def check_assertion(
    answer: Answer, party: RelyingParty, *, public_key: bytes, backup_eligible: bool, verified: bool
) -> Assertion | str:
    """Every check of section 7.2 but those of challenge, owner and counter, which are the caller's; a word when one fails.

    verified: the authenticator must have recognised the person, not only felt a touch.
    """
    problem = _framed(answer)
    if problem is not None:
        return problem
    try:
        found = verify_authentication_response(
            credential=answer.raw, expected_challenge=unb64(answer.challenge), expected_rp_id=party.id, expected_origin=party.origin,
            credential_public_key=public_key, credential_current_sign_count=0, require_user_verification=verified,
        )  # fmt: skip
        eligible = bool(parse_authenticator_data(unb64(answer.raw["response"]["authenticatorData"])).flags.be)
    except Exception:  # noqa: BLE001 - see above
        return "invalid"
    if eligible != backup_eligible:  # step 19: it never changes during the life of a key
        return "backup_eligibility"
    return Assertion(found.new_sign_count, found.user_verified, eligible, found.credential_backed_up)


def b64(data: bytes) -> str:
    """base64url without padding, as every member of these messages is."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Back; ValueError for what is not exactly that."""
    try:
        found = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error
    if b64(found) != text:
        raise ValueError("not base64url")
    return found


def _framed(answer: Answer) -> str | None:
    """The library looks at neither: an answer given inside another site's frame is not one of our pages (section 5.8.1)."""
    client_data = json.loads(unb64(answer.raw["response"]["clientDataJSON"]))
    return "cross_origin" if client_data.get("crossOrigin") not in (None, False) or "topOrigin" in client_data else None


def _attested(answer: Answer) -> str | None:
    try:
        told = parse_cbor(unb64(answer.raw["response"]["attestationObject"]))
        sound = told["fmt"] in _FORMATS and (told["fmt"] != "none" or told["attStmt"] == {})
    except Exception:  # noqa: BLE001 - see above
        return "invalid"
    return None if sound else "attestation"


def _usable(encoded: bytes) -> bool:
    """True for a key that is what its algorithm says: the library first looks inside when a signature is checked, a sign-in too late."""
    told = decode_credential_public_key(encoded)
    key, alg = decoded_public_key_to_cryptography(told), told.alg
    if isinstance(key, EllipticCurvePublicKey):
        return alg == COSEAlgorithmIdentifier.ECDSA_SHA_256 and isinstance(key.curve, SECP256R1)
    if isinstance(key, RSAPublicKey):
        return alg == COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256 and key.key_size in _RSA_BITS and key.public_numbers().e >= 3
    return alg == COSEAlgorithmIdentifier.EDDSA and isinstance(key, Ed25519PublicKey)


def _transports(raw: dict[str, Any]) -> str:
    told = raw["response"].get("transports")
    return " ".join(one for one in TRANSPORTS if one in told) if isinstance(told, list) else ""


def _discoverable(raw: dict[str, Any]) -> bool | None:
    results = raw.get("clientExtensionResults")
    properties = results.get("credProps") if isinstance(results, dict) else None
    told = properties.get("rk") if isinstance(properties, dict) else None
    return told if isinstance(told, bool) else None
