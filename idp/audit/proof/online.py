"""Checking the chains where they live: every event against its seal, every seal against the checkpoints."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from idp.audit.proof.chain import START, Seal, span
from idp.audit.proof.check import ChainChecker, Finding
from idp.audit.proof.signing import Checker
from idp.audit.proof.store import ProofStore

MOST_FINDINGS = 1000  # a chain: whoever spoils more has been found out


@dataclass(slots=True)
class Verdict:
    """What a check found for one chain. head, value: the last seal and its hash; unsealed: events that nothing proves yet."""

    chain: str
    seals: int = 0
    events: int = 0
    checkpoints: int = 0
    unsealed: int = 0
    head: int = 0
    value: bytes = START
    findings: list[Finding] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """True when nothing grave was found."""
        return not any(finding.grave for finding in self.findings)

    def add(self, findings: Iterable[Finding]) -> None:
        """Keep what was found, up to a bound."""
        self.findings.extend(findings)
        del self.findings[MOST_FINDINGS:]


def check_all(store: ProofStore, checker: Checker) -> Iterator[Verdict]:
    """Every chain from its first event on, then what was signed about all of them together; one at a time."""
    for chain in store.chains():
        yield check_chain(store, chain, checker)
    together = Verdict("*", findings=check_heads(store, checker))
    if together.findings:
        yield together


def check_chain(store: ProofStore, chain: str, checker: Checker, since: Any = None) -> Verdict:
    """One chain, from its first event on, or from a checkpoint (a row) on that was checked before."""
    verdict = Verdict(chain)
    steps, checkpoints = _begin(store, chain, checker, since), iter(() if since else store.checkpoints(chain))
    waiting = next(checkpoints, None)
    for seal in store.seals(chain, steps.number):
        verdict.add(_check_seal(store, steps, seal))
        verdict.seals += 1
        while waiting is not None and waiting.seal <= steps.number:
            verdict.add(steps.checkpoint(waiting.statement, number=waiting.number))
            verdict.checkpoints += 1
            waiting = next(checkpoints, None)
    while waiting is not None:
        verdict.add(steps.checkpoint(waiting.statement, number=waiting.number))
        verdict.checkpoints += 1
        waiting = next(checkpoints, None)
    verdict.head, verdict.value = steps.number, steps.value
    verdict.events = steps.events - (since.events if since else 0)
    verdict.unsealed = store.unsealed(chain, steps.last_event)
    return verdict


def _begin(store: ProofStore, chain: str, checker: Checker, since: Any) -> ChainChecker:
    before = store.seal(chain, since.seal) if since else None
    if before is None:
        return ChainChecker(chain, checker)
    return ChainChecker(chain, checker, number=since.seal, value=before.hash, events=since.events, last_event=before.last_event)


def _check_seal(store: ProofStore, steps: ChainChecker, seal: Seal) -> list[Finding]:
    leaves = seal.leaves
    first, last = span(leaves)
    last = max(last, steps.last_event)
    # Events first: one that is deleted on time meanwhile is then named by a statement that is read after it.
    rows = list(store.seen(steps.chain, steps.last_event, last))
    excused = store.prunings(steps.chain, first, last) if len(rows) < len(leaves) // 40 else []
    return steps.seal(seal, rows, excused)


def check_heads(store: ProofStore, checker: Checker) -> list[Finding]:
    """The newest statement about all chains together: none of them may have gone or lost its end."""
    last = store.last_checkpoint("*")
    return check_statement(store, checker, last.statement) if last else []


def check_statement(store: ProofStore, checker: Checker, statement: str) -> list[Finding]:
    """A checkpoint that was kept elsewhere, or one about all chains, against the chains as they stand now."""
    stated = checker.read(statement)
    if stated is None or stated.get("kind") not in ("audit-checkpoint", "audit-heads"):
        return [Finding("checkpoint", "*", "a checkpoint is not signed by a trusted key")]
    heads = stated["heads"] if stated["kind"] == "audit-heads" else {stated["chain"]: {"seal": stated["seal"], "hash": stated["hash"]}}
    found = []
    for chain, head in heads.items():
        seal = store.seal(chain, head["seal"])
        if seal is None:
            says = f"the checkpoint of {stated['day']} names seal {head['seal']}, which is gone"
            found.append(Finding("truncated", chain, says, at=stated["at"], seal=head["seal"]))
        elif seal.hash.hex() != head["hash"]:
            says = f"seal {head['seal']} is not the one that the checkpoint of {stated['day']} signed"
            found.append(Finding("checkpoint", chain, says, at=stated["at"], seal=head["seal"]))
    return found
