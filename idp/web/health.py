"""Liveness, readiness, metrics."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, request

from idp.kernel.randomness import same
from idp.web.edge import deps
from idp.web.guards import operator_token, public
from idp.web.metrics import render

bp = Blueprint("health", __name__)
View = TypeVar("View", bound=Callable[..., Any])


def without_unit(view: View) -> View:
    """Mark a view that must answer without the database."""
    view.__no_unit__ = True  # type: ignore[attr-defined]
    return view


@bp.get("/healthz")
@without_unit
@public
def healthz() -> Response:
    """The process lives."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@without_unit
@public
def readyz() -> Response:
    """The process can serve: its database answers."""
    ready = deps().database.ping()
    return Response("ready\n" if ready else "database unavailable\n", 200 if ready else 503, mimetype="text/plain")


@bp.get("/metrics")
@without_unit
@operator_token
def metrics() -> Response:
    """Prometheus metrics, for the holder of `IDP_METRICS_TOKEN` only; without that setting there is no such page."""
    token = deps().settings.metrics_token
    given = request.headers.get("Authorization", "")
    if token is None:
        return Response("not found\n", 404, mimetype="text/plain")
    if not same(given, f"Bearer {token}"):
        return Response("unauthorized\n", 401, {"WWW-Authenticate": "Bearer"}, mimetype="text/plain")
    return Response(render(os.environ.get("PROMETHEUS_MULTIPROC_DIR")), mimetype="text/plain")
