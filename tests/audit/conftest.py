"""A record to spoil: written, sealed, signed, exported, and a hand that gets past every trigger."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from idp.audit.log import AuditLog
from idp.audit.proof.online import Verdict, check_all
from idp.audit.proof.seals import GRACE
from idp.audit.proof.store import ProofStore
from idp.audit.search.wanted import Wanted
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.kernel.actor import OPERATOR, Actor
from idp.wiring import Deps
from idp.wiring.record import Record, reader

TABLES = ("audit_events", "audit_seals", "audit_checkpoints", "audit_prunings")
SITI = Actor("person", "01PERSONSITI", "01SESSIONSITI", "10.0.0.7", "Browser/1", "req-1")


class Ledger:
    """The record of one installation as its operator, its auditor and its enemy have it."""

    def __init__(self, deps: Deps) -> None:
        self.deps, self.record = deps, Record(deps)

    def write(self, count: int, government: str | None = "12.71", tag: Tag = Tag.SESSION_START, **details: object) -> None:
        """Events with every column filled."""
        with self.deps.database.unit() as session:
            log = AuditLog(AuditStore(session), self.deps.clock)
            for number in range(count):
                log.record(tag, SITI, subject=("person", "01PERSONSITI"), government=government, client_id="c1", number=number, **details)

    def seal(self) -> int:
        """Let a minute pass, then seal."""
        self.deps.clock.advance(seconds=GRACE.total_seconds() + 1)
        return self.record.sealing.round()

    def sign(self) -> int:
        """Checkpoints of every chain."""
        return len(self.record.checkpoints.round(now_too=True, most=100))

    def verify(self) -> dict[str, Verdict]:
        """Online."""
        with self.deps.database.unit(read_only=True) as session:
            return {verdict.chain: verdict for verdict in check_all(ProofStore(session), self.deps.audit_keys.checker())}

    def findings(self) -> list[tuple[str, str, int | None]]:
        """(kind, chain, event) of everything found online."""
        return [(one.kind, one.chain, one.event) for verdict in self.verify().values() for one in verdict.findings]

    def export(self, wanted: Wanted | None = None) -> list[bytes]:
        """The lines of an export."""
        return list(self.record.export(OPERATOR, wanted or Wanted(), "jsonl"))

    def check(self, lines: list[bytes], *, own_key: bool = True) -> list[Verdict]:
        """Offline, with the installation's key or with the one that the file brings."""
        return list(reader(self.deps.audit_keys.public() if own_key else ()).read(lines))

    @contextmanager
    def hostile(self) -> Iterator[Callable[[str], None]]:
        """Statements of somebody who owns the database: triggers are gone."""
        database = self.deps.database
        with database.unit() as session:
            if database.is_sqlite:
                for table in TABLES:
                    for verb in ("update", "delete"):
                        session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
            else:
                session.execute(text("SET LOCAL session_replication_role = replica"))
            yield lambda statement, **values: session.execute(text(statement), values)

    def numbers(self, government: str = "12.71") -> list[int]:
        """The numbers of a government's events."""
        with self.deps.database.unit(read_only=True) as session:
            return [row.id for row in ProofStore(session).span(government, 0, 2**60)]


@pytest.fixture
def ledger(deps: Deps) -> Ledger:
    """An empty record."""
    return Ledger(deps)


@pytest.fixture
def full(ledger: Ledger) -> Ledger:
    """Three chains, several seals, two checkpoints each."""
    for _ in range(2):
        for government in ("12.71", "12.72", None):
            ledger.write(4, government)
        ledger.seal()
        ledger.write(3, "12.71")
        ledger.seal()
        ledger.sign()
    assert not ledger.findings()
    return ledger


def write_lines(path: Path, lines: list[bytes]) -> Path:
    """An export as a file."""
    path.write_bytes(b"".join(lines))
    return path
