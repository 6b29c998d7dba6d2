"""The edge of the house: request number, unit of work, actor, locale, security headers, one log line a request.

Return commits, raise rolls back: the view runs inside one unit, and the answer leaves only after the commit.
"""

import time
from functools import cached_property
from string import punctuation
from typing import Any, cast
from urllib.parse import quote

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue

from idp.authn.sessions import LiveSession
from idp.kernel.actor import Actor
from idp.kernel.randomness import letters, opaque
from idp.web import cookies
from idp.web.addresses import source
from idp.web.headers import add_security_headers, constant
from idp.web.machine import Machines
from idp.web.metrics import account_for
from idp.web.work import unit_of_work
from idp.wiring import Deps, Services


class Edge(Flask):
    """Flask, with the unit of work around every view."""

    deps: Deps

    def wsgi_app(self, environ: Any, start_response: Any) -> Any:
        """Answer, with the headers that every answer carries; machines by their short way where it serves them."""
        answered = self.machines.answer(environ, start_response)
        if answered is not None:
            return answered
        constant = self.constant_headers
        if not (query := environ.get("QUERY_STRING", "")).isascii():
            environ["QUERY_STRING"] = quote(query, safe=punctuation, encoding="latin-1")

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, headers + constant, *rest)

        return super().wsgi_app(environ, start)

    def ensure_sync(self, func: Any) -> Any:
        """As it is: no view of ours is a coroutine, and looking takes time at every step of every request."""
        return func

    @cached_property
    def machines(self) -> Machines:
        """See `machine.Machines`."""
        return Machines(self.deps, self.constant_headers)

    @cached_property
    def constant_headers(self) -> list[tuple[str, str]]:
        """See `headers.constant`."""
        return constant(https=self.deps.settings.https)

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view in a unit of work; a database that cannot be reached becomes a 503 with Retry-After."""
        kept = g._get_current_object()
        view = self.view_functions.get(request.endpoint or "")
        if view is None or getattr(view, "__no_unit__", False):
            return super().dispatch_request()
        # A DPoP proof is remembered, so that it works once: with one, even a question writes.
        read_only = getattr(view, "__read_only__", False) and "HTTP_DPOP" not in request.environ
        try:
            with unit_of_work(self.deps, read_only=read_only) as services:
                kept.services = services
                return self.make_response(super().dispatch_request())
        finally:
            kept.pop("services", None)


def deps() -> Deps:
    """What this process keeps: settings, database, keys, caches."""
    return cast(Edge, current_app).deps


def services() -> Services:
    """The services of this request's unit of work."""
    return cast(Services, g.services)


def request_id() -> str:
    """The number of this request; shown to people as the incident number."""
    kept = g._get_current_object()
    if "request_id" not in kept:
        kept.request_id = letters(deps().randomness, 10)
    return cast(str, kept.request_id)


def live_session() -> LiveSession | None:
    """The signed-in session of this browser, checked at use; looked up once a request."""
    kept = g._get_current_object()
    if "live_session" not in kept:
        token = cookies.read(cookies.SESSION)
        kept.live_session = services().sessions.find(token) if token else None
    return cast(LiveSession | None, kept.live_session)


def forget_live_session() -> None:
    """Look the session up anew (after it was started or ended in this request)."""
    g.pop("live_session", None)


def client_ip() -> str | None:
    """The address of the other end; X-Forwarded-For counts only from trusted proxies, read from the right (attack P4)."""
    kept = g._get_current_object()
    if "client_ip" not in kept:
        kept.client_ip = source(request.remote_addr, request.headers.get("X-Forwarded-For", ""), deps().settings.trusted_proxies)
    return cast(str | None, kept.client_ip)


def stranger() -> Actor:
    """Whoever sent this request, before anybody asked who that is."""
    return Actor("anonymous", ip=client_ip(), agent=request.headers.get("User-Agent"), request_id=request_id())


def actor() -> Actor:
    """Who does this, as the audit shows it."""
    live = live_session()
    if live is None:
        return stranger()
    return Actor(
        "person",
        id=live.person_id,
        session_id=live.id,
        ip=client_ip(),
        agent=request.headers.get("User-Agent"),
        request_id=request_id(),
    )


def browser() -> str:
    """The secret that binds a flow to this browser; made once, kept in a cookie until the browser closes."""
    if "browser" not in g:
        g.browser = cookies.read(cookies.BROWSER)
        if not g.browser or len(g.browser) > 64:
            g.browser = opaque(deps().randomness)
            g.new_browser = True
    return cast(str, g.browser)


def install(app: Edge) -> None:
    """Hook the edge into `app`."""

    @app.before_request
    def _arrive() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _leave(response: Response) -> Response:
        kept = g._get_current_object()
        if kept.get("new_browser"):
            cookies.set_browser(response, kept.browser)
        add_security_headers(response)
        response.headers["X-Request-Id"] = request_id()
        _account_for(response)
        return response


def _account_for(response: Response) -> None:
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    incoming = request._get_current_object()  # type: ignore[attr-defined]
    rule: Any = incoming.url_rule.rule if incoming.url_rule else "(none)"
    account_for(incoming.method, rule, response.status_code, seconds, request=request_id(), ip=client_ip())
