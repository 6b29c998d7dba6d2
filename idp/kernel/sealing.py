"""Encryption at rest and keyed lookup, under the operator's data keys (`IDP_DATA_KEYS`).

A sealed value is ``version(1) | key id(4) | nonce(12) | AES-256-GCM ciphertext``; the context
(what the value is and whose) is authenticated, so a value moved to another row does not open.
"""

import hashlib
import hmac
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from idp.kernel.randomness import Randomness

_VERSION = b"\x01"


class CannotOpen(Exception):
    """The value was sealed under a key that is not configured, or was changed, or belongs elsewhere."""


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=purpose.encode()).derive(key)


def decode_key(text: str) -> bytes:
    """A data key from its base64 text (standard or URL-safe); ValueError when it is not 32 bytes."""
    padded = text.strip() + "=" * (-len(text.strip()) % 4)
    raw = urlsafe_b64decode(padded) if set(padded) & set("-_") else b64decode(padded)
    if len(raw) != 32:
        raise ValueError("a data key is 32 bytes in base64")
    return raw


class Sealer:
    """Seals and opens values; the first key seals, every key opens."""

    def __init__(self, keys: Sequence[bytes], randomness: Randomness) -> None:
        if not keys:
            raise ValueError("at least one data key is needed")
        self._randomness = randomness
        self._ciphers = {
            hashlib.sha256(b"idp data key id" + key).digest()[:4]: AESGCM(_derive(key, "idp seal"))
            for key in keys
        }
        self._first = next(iter(self._ciphers))
        # Lookups must survive a rotation of data keys, so they use the oldest key, which stays last in the list.
        self._lookup_key = _derive(keys[-1], "idp lookup")

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt `plain`, bound to `context` (e.g. ``totp:<row id>``)."""
        nonce = self._randomness.bytes(12)
        body = self._ciphers[self._first].encrypt(nonce, plain, context.encode())
        return _VERSION + self._first + nonce + body

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what `seal` gave for the same `context`; raises CannotOpen."""
        cipher = self._ciphers.get(sealed[1:5])
        if sealed[:1] != _VERSION or cipher is None:
            raise CannotOpen("sealed under an unknown data key")
        try:
            return cipher.decrypt(sealed[5:17], sealed[17:], context.encode())
        except InvalidTag as error:
            raise CannotOpen("changed, or sealed for another place") from error

    def is_current(self, sealed: bytes) -> bool:
        """True when the value was sealed under the newest key."""
        return sealed[1:5] == self._first

    def lookup(self, value: str, purpose: str) -> bytes:
        """A keyed hash of `value` by which an encrypted column is found (HMAC-SHA256)."""
        return hmac.digest(self._lookup_key, f"{purpose}\0{value}".encode(), "sha256")


def seal_under(secret: bytes, plain: bytes, randomness: Randomness) -> bytes:
    """Encrypt `plain` so that only who brings `secret` again (256 bits at least of it unguessable) can open it; no data key does."""
    nonce = randomness.bytes(12)
    return nonce + AESGCM(_derive(secret, "idp seal under")).encrypt(nonce, plain, None)


def open_under(secret: bytes, sealed: bytes) -> bytes:
    """Decrypt what `seal_under` gave for the same secret; raises CannotOpen."""
    try:
        return AESGCM(_derive(secret, "idp seal under")).decrypt(sealed[:12], sealed[12:], None)
    except InvalidTag as error:
        raise CannotOpen("sealed under another secret, or changed") from error
