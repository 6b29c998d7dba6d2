"""Requests in numbers and in the log: route, status, time taken. No person, no client secret, no query."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

from idp.kernel.logs import logger

log = logger("idp.web")

REQUESTS = Counter("idp_requests_total", "Requests answered", ("method", "route", "status"))
SECONDS = Histogram(
    "idp_request_seconds", "Time to answer", ("route",), buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
)
_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"})


def account_for(method: str, route: str, status: int, seconds: float, *, request: str, ip: str | None) -> None:
    """Count one request and write its line; request: its number, which is the incident number too."""
    observe(method, route, status, seconds)
    log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), request=request, ip=ip)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request; unknown methods share one label so that a stranger cannot grow memory."""
    count, duration = _children(method if method in _METHODS else "other", route, status)
    count.inc()
    duration.observe(seconds)


@cache
def _children(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, route, str(status)), SECONDS.labels(route)


def render(directory: str | None) -> bytes:
    """The exposition text; `directory` is PROMETHEUS_MULTIPROC_DIR when several workers run."""
    if directory is None:
        return generate_latest()
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
