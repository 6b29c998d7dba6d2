"""The worker, put together: which handler keeps which promise, and which rooms are pruned."""

from collections.abc import Callable
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from idp.administration.reports.gathering import Gathering
from idp.jobs.collector import Collector, read_address, sender
from idp.jobs.housekeeping import Housekeeping, Prunable
from idp.jobs.letters import MailHandler
from idp.jobs.logout import LogoutHandler
from idp.jobs.record import RecordKeeping
from idp.jobs.worker import Worker
from idp.kernel.actor import SYSTEM
from idp.mail.sender import sender_for
from idp.outbox.queue import Work
from idp.wiring.deps import Deps
from idp.wiring.record import Record
from idp.wiring.services import Services


def build_worker(deps: Deps) -> Worker:
    """The loop of `idp worker`."""
    settings = deps.settings
    handlers: dict[str, Callable[[Work], None]] = {
        "mail": MailHandler(
            sender_for(settings.smtp_url),
            mail_from=settings.mail_from,
            installation_name=settings.installation_name,
            issuer=settings.issuer,
        ),
        "backchannel_logout": LogoutHandler(deps.database, lambda session: Services(deps, session).logout_delivery),
    }
    housekeeping = build_housekeeping(deps)

    def clean() -> None:
        housekeeping.round()
        with deps.database.unit() as session:
            Services(deps, session).reminders.round()

    return Worker(deps.database, deps.clock, lambda session: Services(deps, session).outbox, handlers, clean)


def build_housekeeping(deps: Deps) -> Housekeeping:
    """What `idp prune` and the worker do between deliveries."""

    def rooms(session: Session) -> dict[str, Prunable]:
        services = Services(deps, session)
        return {
            "authn": services.authn,
            "tokens": services.grants,
            "requests": services.dance,
            "pushed": services.pushed,
            "outbox": services.outbox,
            "keys": Keys(deps),
        }

    return Housekeeping(deps.database, build_record_keeping(deps).round, rooms)


def build_record_keeping(deps: Deps) -> RecordKeeping:
    """What the worker does for the record."""
    settings, record = deps.settings, Record(deps)
    collector = None
    if settings.audit_syslog_url:
        address = read_address(settings.audit_syslog_url, str(settings.audit_syslog_ca_file) if settings.audit_syslog_ca_file else None)
        collector = Collector(deps.database, deps.clock, sender(address), urlsplit(settings.issuer).hostname or "-")
    return RecordKeeping(deps.clock, record.sealing, record.checkpoints, record.retention, collector, Gathering(deps.database, deps.clock))


class Keys:
    """The key ring as a room to prune; it works in units of its own."""

    def __init__(self, deps: Deps) -> None:
        self._ring = deps.ring

    def prune(self, *, limit: int) -> int:
        """Forget keys whose signatures have all ended; there are never `limit` of them."""
        del limit
        return self._ring.prune(SYSTEM)
