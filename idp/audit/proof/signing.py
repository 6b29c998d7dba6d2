"""Who signs, and who checks a signature: two small shapes that a room of keys fills."""

from collections.abc import Mapping
from typing import Any, Protocol


class Signer(Protocol):
    """Signs with the audit key of this installation."""

    def sign(self, words: bytes) -> tuple[str, bytes]:
        """The name of the key, and its bare signature over `words`."""

    def state(self, statement: Mapping[str, Any]) -> str:
        """`statement` as a compact JWS, which any JOSE library can read (RFC 7515 section 3.1)."""


class Checker(Protocol):
    """Checks with the public audit keys that it trusts."""

    def signed(self, kid: str, words: bytes, signature: bytes) -> bool:
        """True when the key of this name signed exactly these words."""

    def read(self, statement: str) -> dict[str, Any] | None:
        """What a compact JWS states, when one of the trusted keys signed it; else None."""
