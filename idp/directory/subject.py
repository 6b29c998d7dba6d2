"""The `sub` of a person: random, and different for each sector (OIDC Core section 8.1)."""

import hmac
from base64 import urlsafe_b64encode


def subject(person_seed: bytes, person_id: str, sector: str | None) -> str:
    """The subject identifier of a person for a sector, or the public one when `sector` is None.

    Derived from 32 random bytes of the person's row, so it is stable, says nothing about the person (never a NIP),
    and two sectors cannot link theirs. 32 characters, 192 bit.
    """
    message = f"public:{person_id}" if sector is None else f"pairwise:{person_id}:{sector}"
    return urlsafe_b64encode(hmac.digest(person_seed, message.encode(), "sha256")[:24]).decode()
