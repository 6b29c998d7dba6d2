"""The loop: claim a promise, do it, say how it went; between promises, housekeeping in small batches."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.db.session import Database
from idp.kernel.actor import SYSTEM
from idp.kernel.clock import Clock
from idp.kernel.logs import logger
from idp.outbox.queue import Outbox, Work

log = logger("idp.jobs")

IDLE_SECONDS = 0.5
HOUSEKEEPING = timedelta(minutes=1)


class Undeliverable(Exception):
    """Trying again cannot help (the address does not exist, the client is gone)."""


Handler = Callable[[Work], None]


class Worker:
    """Runs handlers over the outbox.

    outbox: makes an Outbox over a session; handlers: by kind, called outside any transaction (delivery may be slow);
    housekeep: one round of cleaning, in units of its own.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        outbox: Callable[[Session], Outbox],
        handlers: Mapping[str, Handler],
        housekeep: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._outbox = outbox
        self._handlers = handlers
        self._housekeep = housekeep
        self._cleaned_at: datetime | None = None

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a failure of the loop itself is logged and survived."""
        while not stop.is_set():
            try:
                busy = self.step()
                self._clean_now_and_then()
            except Exception as error:
                log.error("worker failed", exc_info=error)
                busy = False
                stop.wait(2)
            if not busy:
                stop.wait(IDLE_SECONDS)

    def drain(self, limit: int = 1000) -> int:
        """Do all work due now, at most `limit`; gives how many promises were tried."""
        return next((count for count in range(limit) if not self.step()), limit)

    def step(self) -> bool:
        """Do one piece of due work; False when there was none."""
        with self._database.unit() as session:
            work = self._outbox(session).claim()
        if work is None:
            return False
        error, final = self._attempt(work)
        with self._database.unit() as session:
            outbox = self._outbox(session)
            if error is None:
                outbox.done(work)
            elif outbox.failed(work, error, final=final):
                self._give_up(session, work, error)
        return True

    def _attempt(self, work: Work) -> tuple[str | None, bool]:
        handler = self._handlers.get(work.kind)
        if handler is None:
            return f"no handler for {work.kind}", True
        try:
            handler(work)
        except Undeliverable as error:
            return str(error) or "undeliverable", True
        except Exception as error:  # noqa: BLE001 - whatever a mail server or a client does, the promise stays
            log.warning("delivery failed", kind=work.kind, work=work.id, attempt=work.attempts, error=type(error).__name__)
            return type(error).__name__, False
        return None, False

    def _give_up(self, session: Session, work: Work, error: str) -> None:
        tag = Tag.LOGOUT_FAIL if work.kind == "backchannel_logout" else Tag.MAIL_FAIL
        who = work.payload.get("person_id")
        AuditLog(AuditStore(session), self._clock).record(
            tag, SYSTEM, subject=("person", who) if who else None, client_id=work.payload.get("client_id"),
            promise=work.id, error=error, attempts=work.attempts,
        )  # fmt: skip
        log.error("promise given up", kind=work.kind, work=work.id, error=error)

    def _clean_now_and_then(self) -> None:
        now = self._clock.now()
        if self._cleaned_at is None or now - self._cleaned_at >= HOUSEKEEPING:
            self._cleaned_at = now
            self._housekeep()
