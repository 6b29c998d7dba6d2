"""Randomness is handed in; secrets are compared and stored only as digests."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Protocol

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


class Randomness(Protocol):
    """Gives unpredictable bytes."""

    def bytes(self, size: int) -> bytes:
        """`size` random bytes from a cryptographic source."""


class SystemRandomness:
    """The operating system's cryptographic source."""

    def bytes(self, size: int) -> bytes:
        """`size` random bytes (ASVS 11.5.1)."""
        return secrets.token_bytes(size)


def opaque(randomness: Randomness, size: int = 32) -> str:
    """A URL-safe secret of `size` random bytes (default 256 bit), without padding."""
    return urlsafe_b64encode(randomness.bytes(size)).rstrip(b"=").decode()


def letters(randomness: Randomness, count: int) -> str:
    """`count` characters of 5 random bits each, from an alphabet without i, l, o, u."""
    return "".join(_CROCKFORD[byte & 31] for byte in randomness.bytes(count))


def new_id(randomness: Randomness, now: datetime) -> str:
    """A 26-character identifier that sorts by time: 48 bits of milliseconds, 80 random bits.

    It names things; it is never a secret and never authority.
    """
    number = (int(now.timestamp() * 1000) << 80) | int.from_bytes(randomness.bytes(10), "big")
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -5, -5))


def digest(secret: str) -> bytes:
    """SHA-256 of a high-entropy secret: what is stored instead of it (ASVS 11.4.2 does not apply: not a password)."""
    return hashlib.sha256(secret.encode()).digest()


def same(left: bytes | str, right: bytes | str) -> bool:
    """Compare in constant time."""
    one = left.encode() if isinstance(left, str) else left
    other = right.encode() if isinstance(right, str) else right
    return hmac.compare_digest(one, other)
