"""A request's unit of work: the services over one session, committed when the work returns and rolled back when it raises."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from idp.kernel.errors import Busy
from idp.kernel.logs import logger
from idp.wiring import Deps, Services

log = logger("idp.web")

MAX_BODY = 64 * 1024
_PASSING = frozenset(
    {"QueryCanceled", "LockNotAvailable", "AdminShutdown", "CannotConnectNow", "DeadlockDetected", "ConnectionTimeout", "DiskFull"}
)


@contextmanager
def unit_of_work(deps: Deps, *, read_only: bool) -> Iterator[Services]:
    """The services of one unit; raises Busy where the database cannot be reached or was too slow (503 with Retry-After)."""
    try:
        with deps.database.unit(read_only=read_only) as session:
            yield Services(deps, session)
    except (DBAPIError, PoolTimeout) as error:
        if isinstance(error, PoolTimeout) or error.connection_invalidated or _is_transient(error):
            log.warning("database unavailable", error=type(error).__name__)
            raise Busy("database.unavailable", "The service is briefly unavailable; try again.", retry_after=2) from error
        raise


def _is_transient(error: DBAPIError) -> bool:
    name = type(error.orig).__name__
    if type(error.orig).__module__ == "sqlite3":
        # SQLite has one name for "busy" and for "no such column"; only the first passes.
        return any(word in str(error.orig) for word in ("locked", "busy", "disk", "unable to open"))
    return name == "OperationalError" or name in _PASSING
