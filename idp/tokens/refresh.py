"""Refresh tokens, derived instead of stored; pure.

``<grant id>.<generation>.<proof>``: the proof is an HMAC, under the lookup key, of the grant's code digest (itself
the trace of a 256-bit secret) and the generation. Whoever reads the database cannot make one without the key; whoever
has the key cannot make one without the database. The successor of a token is known without being stored, so an
identical retry can be given the same one (RFC 9700 section 4.14.2).
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass

from idp.kernel.randomness import same
from idp.kernel.sealing import Sealer

_PREFIX = "rt_"


@dataclass(frozen=True, slots=True)
class Presented:
    """A refresh token taken apart; nothing of it is proved yet."""

    grant_id: str
    generation: int
    proof: str


def parse(token: str) -> Presented | None:
    """Take a token apart, or None when it cannot be one of ours."""
    if len(token) > 120 or not token.isascii() or not token.startswith(_PREFIX):
        return None
    parts = token.removeprefix(_PREFIX).split(".")
    if len(parts) != 3 or len(parts[0]) != 26 or not parts[0].isalnum() or len(parts[1]) > 9 or not parts[1].isdigit():
        return None
    return Presented(parts[0], int(parts[1]), parts[2])


def make(sealer: Sealer, grant_id: str, code_digest: bytes, generation: int) -> str:
    """The refresh token of one generation of a grant."""
    return f"{_PREFIX}{grant_id}.{generation}.{_proof(sealer, grant_id, code_digest, generation)}"


def proves(sealer: Sealer, presented: Presented, code_digest: bytes) -> bool:
    """True when the presented token is the one `make` gives."""
    return same(presented.proof, _proof(sealer, presented.grant_id, code_digest, presented.generation))


def _proof(sealer: Sealer, grant_id: str, code_digest: bytes, generation: int) -> str:
    value = sealer.lookup(f"{grant_id}.{generation}.{code_digest.hex()}", "refresh token")
    return urlsafe_b64encode(value).rstrip(b"=").decode()
