"""The record of what happened, put together: what seals, signs, checks, deletes and exports it, each in units of its own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from idp.audit.export import syslog
from idp.audit.export.offline import Reader
from idp.audit.export.proven import ProvenExport, Source
from idp.audit.export.tables import csv_lines
from idp.audit.log import AuditLog
from idp.audit.proof.checkpoints import Checkpoints
from idp.audit.proof.retention import Retention
from idp.audit.proof.seals import Sealing
from idp.audit.proof.store import ProofStore
from idp.audit.search.reader import RecordReader
from idp.audit.search.store import SearchStore
from idp.audit.search.wanted import Wanted
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.kernel.actor import Actor
from idp.kernel.lazily import lazily
from idp.kernel.randomness import new_id
from idp.keys.audit_keys import PublicKeys
from idp.wiring.deps import Deps
from idp.wiring.services import Services

Style = Literal["jsonl", "csv", "syslog"]


class Record:
    """Everything about the record that is more than writing one event."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    @lazily
    def sealing(self) -> Sealing:
        """Extends the chains."""
        return Sealing(self._deps.database, self._deps.clock, self._deps.audit_keys.signer)

    @lazily
    def checkpoints(self) -> Checkpoints:
        """Signs where the chains stand."""
        keys = self._deps.audit_keys
        return Checkpoints(self._deps.database, self._deps.clock, keys.signer, keys.checker)

    @lazily
    def retention(self) -> Retention:
        """Deletes what is past keeping."""
        deps = self._deps
        return Retention(
            deps.database, deps.clock, deps.audit_keys.signer, deps.audit_keys.checker, deps.settings.audit_retention
        )

    def export(self, actor: Actor, wanted: Wanted, style: Style) -> Iterator[bytes]:
        """Record that `actor` exports, then give the lines; they are made while they are read, in a unit of their own."""
        deps = self._deps
        self.sealing.round()
        signer, now = deps.audit_keys.signer(), deps.clock.now()
        name = new_id(deps.randomness, now)
        with deps.database.unit() as session:
            for government in (None,) if wanted.governments is None else wanted.governments:
                AuditLog(AuditStore(session), deps.clock).record(
                    Tag.AUDIT_EXPORT, actor, subject=("audit_export", name), government=government or None, style=style, **wanted.as_dict()
                )
        keys = deps.audit_keys
        return self._lines(wanted, style, Source(name, now, deps.settings.issuer, keys.public(), keys.endorsements()), signer)

    def _lines(self, wanted: Wanted, style: Style, source: Source, signer: Any) -> Iterator[bytes]:
        host = urlsplit(self._deps.settings.issuer).hostname or "-"
        with self._deps.database.unit(read_only=True) as session:
            if style == "jsonl":
                yield from ProvenExport(ProofStore(session), SearchStore(session), signer, source).lines(wanted)
            elif style == "csv":
                yield from csv_lines(SearchStore(session).onward(wanted))
            else:
                yield from (syslog.message(row, host) + b"\n" for row in SearchStore(session).onward(wanted))


def record_reader(services: Services) -> RecordReader:
    """Looking into the record, in a unit of work."""
    return RecordReader(SearchStore(services.session), services.audit)


def reader(trusted: Sequence[Mapping[str, Any]] = ()) -> Reader:
    """Checks an export; trusted: public keys of one's own, else those that the file brings are taken."""
    return Reader(lambda keys, endorsements: PublicKeys(trusted or keys, endorsements))
