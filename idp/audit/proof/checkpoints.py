"""Signed checkpoints: once a day for each chain, and for all of them together; or when an operator asks.

What a chain gained since its last checkpoint is checked before it is signed; a checkpoint says how much was found to be wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from idp.audit.log import AuditLog
from idp.audit.proof.chain import digest_of
from idp.audit.proof.check import Finding
from idp.audit.proof.online import check_chain
from idp.audit.proof.signing import Checker, Signer
from idp.audit.proof.store import ProofStore
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.db.session import Database
from idp.kernel.actor import SYSTEM, Actor
from idp.kernel.clock import Clock

EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Signed:
    """One new checkpoint, and what the check before it found."""

    chain: str
    statement: str
    findings: tuple[Finding, ...]

    @property
    def digest(self) -> str:
        """What names it in a log."""
        return digest_of(self.statement)


class Checkpoints:
    """Signs where the chains stand, in units of its own."""

    def __init__(self, database: Database, clock: Clock, signer: Callable[[], Signer], checker: Callable[[], Checker]) -> None:
        self._database, self._clock, self._signer, self._checker = database, clock, signer, checker

    def round(self, actor: Actor = SYSTEM, *, now_too: bool = False, most: int = 10) -> list[Signed]:
        """Sign at most so many chains that have had no checkpoint today (UTC), or, `now_too`, since their last seal; then all together.

        A round is bounded since each chain is checked first; the next round goes on.
        """
        signer, checker = self._signer(), self._checker()
        with self._database.unit(read_only=True) as session:
            due = self._due(ProofStore(session), now_too)
        signed = [self._sign(chain, actor, signer, checker) for chain in due[:most]]
        if due and len(due) <= most:
            signed.append(self._sign_heads(signer))
        return signed

    def _due(self, store: ProofStore, now_too: bool) -> list[str]:
        today, due = self._clock.now().date(), []
        for chain in store.chains():
            last, seal = store.last_checkpoint(chain), store.last_seal(chain)
            if seal is not None and (last is None or (last.seal < seal.number and (now_too or last.at.date() < today))):
                due.append(chain)
        return due

    def _sign(self, chain: str, actor: Actor, signer: Signer, checker: Checker) -> Signed:
        with self._database.unit(read_only=True) as session:
            store = ProofStore(session)
            before = store.last_checkpoint(chain)
            verdict = check_chain(store, chain, checker, since=before)
        now = self._clock.now()
        with self._database.unit() as session:
            store = ProofStore(session)
            statement = {
                "kind": "audit-checkpoint", "chain": chain, "seal": verdict.head, "hash": verdict.value.hex(),
                "events": (before.events if before else 0) + verdict.events, "found": len(verdict.findings),
            }  # fmt: skip
            text = _append(store, signer, chain, before, statement, now)
            self._record(session, actor, chain, verdict.head, verdict.findings)
        return Signed(chain, text, tuple(verdict.findings))

    def _sign_heads(self, signer: Signer) -> Signed:
        with self._database.unit() as session:
            store = ProofStore(session)
            heads = {}
            for chain in store.chains():
                if last := store.last_checkpoint(chain):
                    seal = store.seal(chain, last.seal)
                    heads[chain] = {"seal": last.seal, "hash": seal.hash.hex() if seal else "", "events": last.events}
            events = sum(head["events"] for head in heads.values())
            statement = {"kind": "audit-heads", "seal": 0, "events": events, "heads": heads}
            text = _append(store, signer, EVERYTHING, store.last_checkpoint(EVERYTHING), statement, self._clock.now())
        return Signed(EVERYTHING, text, ())

    def _record(self, session: Session, actor: Actor, chain: str, seal: int, findings: list[Finding]) -> None:
        first = findings[0] if findings else None
        AuditLog(AuditStore(session), self._clock).record(
            Tag.AUDIT_CHECKPOINT, actor, subject=("audit_chain", chain), government=chain or None, seal=seal, found=len(findings),
            first_finding=first.kind if first else None, first_event=first.event if first else None,
        )  # fmt: skip


def _append(store: ProofStore, signer: Signer, chain: str, before: Any, statement: dict[str, Any], now: datetime) -> str:
    number = before.number + 1 if before else 1
    text = signer.state(
        {**statement, "number": number, "day": now.date().isoformat(), "at": now.isoformat(),
         "previous": digest_of(before.statement) if before else None}
    )  # fmt: skip
    store.add_checkpoint(chain=chain, number=number, seal=statement["seal"], events=statement["events"], statement=text, at=now)
    return text
