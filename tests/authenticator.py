"""A software authenticator, with the browser in front of it: makes passkeys and answers challenges, honestly or with any field forged.

WebAuthn Level 3, sections 5.8.1 (client data), 6.1 (authenticator data), 6.5.4 (attestation object), 5.1.8 (JSON of an answer).
It trusts nobody's library for what it writes, so that what reads it is tested by something else than itself.
"""

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any, Literal

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa


class Flag(IntFlag):
    """The flags of authenticator data."""

    UP = 0x01  # somebody was there
    UV = 0x04  # and was recognised
    BE = 0x08  # the key may be copied to other devices
    BS = 0x10  # and has been
    AT = 0x40  # attested credential data follows
    ED = 0x80  # extensions follow


class Alg(IntEnum):
    """COSE algorithms (RFC 9053, RFC 8812)."""

    ES256 = -7
    EDDSA = -8
    RS256 = -257


_PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
Kind = Literal["webauthn.create", "webauthn.get"]


def b64(data: bytes) -> str:
    """base64url without padding, as all members of an answer are."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Back."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Credential:
    """One key pair: what it is called, whose it is, how often it was used."""

    id: bytes
    private: _PrivateKey
    alg: int
    handle: bytes
    count: int = 0

    def sign(self, data: bytes) -> bytes:
        """A signature as the algorithm wants it."""
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(data, ec.ECDSA(hashes.SHA256()))
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(data)

    def cose(self) -> dict[int, Any]:
        """The public half as a COSE key (RFC 9052 section 7)."""
        public = self.private.public_key()
        if isinstance(public, ec.EllipticCurvePublicKey):
            numbers = public.public_numbers()
            return {1: 2, 3: self.alg, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        if isinstance(public, rsa.RSAPublicKey):
            found = public.public_numbers()
            return {1: 3, 3: self.alg, -1: found.n.to_bytes((found.n.bit_length() + 7) // 8, "big"), -2: found.e.to_bytes(3, "big")}
        return {1: 1, 3: self.alg, -1: 6, -2: public.public_bytes_raw()}


def new_key(alg: int) -> _PrivateKey:
    """A fresh private key; an unknown algorithm gets one of ES256, to lie with."""
    if alg == Alg.RS256:
        return rsa.generate_private_key(65537, 2048)
    return ed25519.Ed25519PrivateKey.generate() if alg == Alg.EDDSA else ec.generate_private_key(ec.SECP256R1())


@dataclass
class Authenticator:
    """Keys of one person's device.

    origin: of the page the browser shows; counts: False for a device that does not count (its count stays 0, as with copied
    passkeys); flags: what it says about the person and its keys. The keyword arguments of `create` and `get` forge one field each.
    """

    origin: str
    counts: bool = True
    flags: Flag = Flag.UP | Flag.UV
    alg: int = Alg.ES256
    credentials: list[Credential] = field(default_factory=list)

    @property
    def one(self) -> Credential:
        """The newest key."""
        return self.credentials[-1]

    def create(self, options: Mapping[str, Any], *, keep: bool = True, **forged: Any) -> dict[str, Any]:
        """Answer `navigator.credentials.create`; gives RegistrationResponseJSON.

        forged: alg, credential_id, cose (a map, or bytes), fmt, statement, attested (bytes), attestation (bytes), and those of
        `_client_data` and `_authenticator_data`.
        """
        alg = forged.get("alg", self.alg)
        handle = unb64(options["user"]["id"])
        made = Credential(forged.get("credential_id", secrets.token_bytes(32)), new_key(alg), alg, handle)
        client_data = self._client_data("webauthn.create", options, forged)
        cose = forged.get("cose", made.cose())
        key = cose if isinstance(cose, bytes) else cbor2.dumps(cose)
        attested = forged.get("attested", bytes(16) + struct.pack(">H", len(made.id) & 0xFFFF) + made.id + key)
        data = self._authenticator_data(options["rp"]["id"], made, forged, Flag.AT, attested)
        told = {"fmt": forged.get("fmt", "none"), "attStmt": forged.get("statement", {}), "authData": data}
        if keep:
            self.credentials.append(made)
        return self._answer(made, forged, {
            "clientDataJSON": b64(client_data), "attestationObject": b64(forged.get("attestation", cbor2.dumps(told))),
            "authenticatorData": b64(data), "publicKeyAlgorithm": alg, "transports": ["internal"],
        })  # fmt: skip

    def get(self, options: Mapping[str, Any], *, credential: Credential | None = None, **forged: Any) -> dict[str, Any]:
        """Answer `navigator.credentials.get`; gives AuthenticationResponseJSON.

        forged: user_handle (None leaves it out), signature, signed_by, and those of `_client_data` and `_authenticator_data`.
        """
        used = credential or self.one
        if self.counts:
            used.count += 1
        client_data = self._client_data("webauthn.get", options, forged)
        data = self._authenticator_data(options.get("rpId", "localhost"), used, forged)
        signature = forged.get("signed_by", used).sign(data + hashlib.sha256(client_data).digest())
        response = {
            "clientDataJSON": b64(client_data), "authenticatorData": b64(data),
            "signature": b64(forged.get("signature", signature)),
        }  # fmt: skip
        handle = forged.get("user_handle", used.handle)
        if handle is not None:
            response["userHandle"] = b64(handle)
        return self._answer(used, forged, response)

    def _client_data(self, kind: Kind, options: Mapping[str, Any], forged: Mapping[str, Any]) -> bytes:
        """forged: client_data (bytes), type, challenge (bytes), origin, cross_origin, top_origin."""
        if "client_data" in forged:
            return bytes(forged["client_data"])
        challenge = b64(forged["challenge"]) if "challenge" in forged else options["challenge"]
        told = {
            "type": forged.get("type", kind), "challenge": challenge, "origin": forged.get("origin", self.origin),
            "crossOrigin": forged.get("cross_origin", False),
        }  # fmt: skip
        if "top_origin" in forged:
            told["topOrigin"] = forged["top_origin"]
        return json.dumps(told).encode()

    def _authenticator_data(
        self, rp_id: str, used: Credential, forged: Mapping[str, Any], also: int = 0, attested: bytes = b""
    ) -> bytes:
        """forged: authenticator_data (bytes), rp_id, flags, count, tail (bytes)."""
        if "authenticator_data" in forged:
            return bytes(forged["authenticator_data"])
        flags = forged.get("flags", int(self.flags) | also)
        named = hashlib.sha256(forged.get("rp_id", rp_id).encode()).digest()
        count = forged.get("count", used.count)
        return named + struct.pack(">BI", int(flags), count) + attested + bytes(forged.get("tail", b""))

    def _answer(self, used: Credential, forged: Mapping[str, Any], response: dict[str, Any]) -> dict[str, Any]:
        """forged: id, raw_id (bytes), kind."""
        return {
            "id": b64(forged.get("id", used.id)), "rawId": b64(forged.get("raw_id", used.id)), "type": forged.get("kind", "public-key"),
            "authenticatorAttachment": "platform", "clientExtensionResults": {"credProps": {"rk": True}}, "response": response,
        }  # fmt: skip
