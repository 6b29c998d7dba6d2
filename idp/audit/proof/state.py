"""How a chain stands, at a glance: for a page that has no time to check millions of events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.audit.proof.signing import Checker
from idp.audit.proof.store import ProofStore

_LATE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ChainState:
    """One chain: sealed up to when, last signed when and over how many events, what that check found; waiting: a seal is overdue since.

    signed: False when the last checkpoint does not verify with the key of this installation.
    """

    chain: str
    sealed_at: datetime | None
    checked_at: datetime | None
    events: int
    found: int
    signed: bool
    waiting: datetime | None

    @property
    def whole(self) -> bool:
        """True when the last check found nothing and its statement is ours."""
        return self.signed and not self.found


def state_of(store: ProofStore, checker: Checker, chains: Iterable[str], now: datetime) -> list[ChainState]:
    """The state of these chains, by name."""
    return [_state(store, checker, chain, now) for chain in sorted(chains)]


def _state(store: ProofStore, checker: Checker, chain: str, now: datetime) -> ChainState:
    seal, checkpoint = store.last_seal(chain), store.last_checkpoint(chain)
    stated = (checker.read(checkpoint.statement) or {}) if checkpoint else {}
    good = checkpoint is None or (stated.get("chain"), stated.get("number")) == (chain, checkpoint.number)
    next_ = store.events(chain, seal.last_event if seal else 0, 1)
    waiting = next_[0].at if next_ and next_[0].at < now - _LATE else None
    return ChainState(
        chain, seal.at if seal else None, checkpoint.at if checkpoint else None, checkpoint.events if checkpoint else 0,
        int(stated.get("found") or 0), good, waiting,
    )  # fmt: skip
