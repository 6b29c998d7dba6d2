"""Nonces that the provider gives out for DPoP proofs (RFC 9449 section 8): derived from time and a data key, kept nowhere.

Every worker knows them, they change every `STEP_SECONDS`, and the one before is still taken.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from idp.kernel.clock import epoch
from idp.kernel.randomness import same
from idp.kernel.sealing import Sealer

STEP_SECONDS = 150


@dataclass(frozen=True, slots=True)
class Nonces:
    """One per process. required: every proof must carry one (`IDP_DPOP_NONCES`)."""

    sealer: Sealer
    required: bool = False

    def current(self, now: datetime) -> str:
        """The nonce to use from now on."""
        return self._of(epoch(now) // STEP_SECONDS)

    def is_good(self, nonce: str, now: datetime) -> bool:
        """True for the present nonce and the one before: for 2.5 to 5 minutes after it was given."""
        step = epoch(now) // STEP_SECONDS
        return any(same(nonce.encode("utf-8", "replace"), self._of(one).encode()) for one in (step, step - 1))

    def _of(self, step: int) -> str:
        return urlsafe_b64encode(self.sealer.lookup(str(step), "dpop nonce")[:18]).decode()
