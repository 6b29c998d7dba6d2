"""The worker's rounds over the record: seal, count, send on, sign once a day, delete what is past keeping."""

from datetime import datetime, timedelta

from idp.administration.reports.gathering import Gathering
from idp.audit.proof.checkpoints import Checkpoints
from idp.audit.proof.retention import Retention
from idp.audit.proof.seals import Sealing
from idp.jobs.collector import Collector
from idp.kernel.clock import Clock
from idp.kernel.logs import logger

log = logger("idp.jobs.record")

HOURLY = timedelta(hours=1)


class RecordKeeping:
    """One round a minute; collector: None when the record is not sent on."""

    def __init__(
        self, clock: Clock, sealing: Sealing, checkpoints: Checkpoints, retention: Retention, collector: Collector | None,
        gathering: Gathering,
    ) -> None:  # fmt: skip
        self._gathering = gathering
        self._clock, self._sealing, self._checkpoints, self._retention, self._collector = clock, sealing, checkpoints, retention, collector
        self._pruned_at: datetime | None = None

    def round(self) -> dict[str, int]:
        """Do what is due; gives how many events were sealed, sent and deleted, and how many checkpoints were signed."""
        done = {"sealed": self._sealing.round(), "checkpoints": self._sign(), "counted": self._gathering.round()}
        if self._collector is not None:
            done["sent"] = self._collector.round()
        now = self._clock.now()
        if self._pruned_at is None or now - self._pruned_at >= HOURLY:
            done["expired"] = self._retention.round()
            # A round that had its fill goes on at the next one.
            self._pruned_at = now if not done["expired"] else None
        return done

    def _sign(self) -> int:
        signed = self._checkpoints.round(most=2)  # each is checked first, and letters wait meanwhile
        for one in signed:
            # The log leaves this machine, as a rule: a checkpoint that stands elsewhere shows when the record's end is taken away.
            log.info("audit checkpoint", chain=one.chain, statement_sha256=one.digest, findings=len(one.findings))
            for finding in one.findings[:10]:
                log.error("the audit record was tampered with", **finding.as_dict())
        return len(signed)
