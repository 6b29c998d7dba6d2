"""Every route declares who may reach it; a test walks the URL map and fails on one that does not."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import current_app, redirect, request

from idp.authn.sessions import LiveSession
from idp.kernel.errors import NotAllowed
from idp.policy.assurance import is_remembered
from idp.web.edge import deps, live_session, services

View = TypeVar("View", bound=Callable[..., Any])


def _mark(view: View, guard: str) -> View:
    view.__guard__ = guard  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Anyone may reach this."""
    return _mark(view, "public")


def client_endpoint(view: View) -> View:
    """A machine endpoint: the protocol itself authenticates; no cookie is read, no CSRF token is expected."""
    view.__csrf_exempt__ = True  # type: ignore[attr-defined]
    return _mark(view, "client_endpoint")


def operator_token(view: View) -> View:
    """For the operator's own tools, with a token of the settings."""
    return _mark(view, "operator_token")


def read_only(view: View) -> View:
    """The view promises to write nothing: its unit takes no lock and commits nothing."""
    view.__read_only__ = True  # type: ignore[attr-defined]
    return view


def sign_in_path(*, again: bool = False) -> str:
    """The sign-in page that leads back to where the person is; it says so when a form was not saved."""
    query = {"return_to": nearest_page()}
    if again:
        query["again"] = "1"
    elif request.method not in ("GET", "HEAD"):
        query["lost"] = "1"
    return "/sign-in?" + urlencode(query)


def signed_in(view: View) -> View:
    """Only with a live session that is as strong as policy demands of this person (attack M3)."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        live = live_session()
        if live is None:
            return redirect(sign_in_path(), 303)
        if services().dance.is_weak(live):
            return redirect("/sign-in/step-up?" + urlencode({"return_to": nearest_page()}), 303)
        return view(*args, **kwargs)

    return _mark(cast(View, guarded), "signed_in")


def fresh(view: View, *, minutes: int = 5) -> View:
    """Only shortly after a full authentication, second factor included where there is one (ASVS 7.5.1, attack M6).

    A page asks to prove again; a change sent without it is refused.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        live = live_session()
        if live is None:
            return redirect(sign_in_path(), 303)
        if not is_fresh(live, minutes):
            if request.method != "GET":
                raise NotAllowed("session.not_fresh", "Confirm that it is you, then try again.")
            return redirect(sign_in_path(again=True), 303)
        return view(*args, **kwargs)

    return _mark(cast(View, guarded), "fresh")


def is_fresh(live: LiveSession, minutes: int) -> bool:
    """True within `minutes` of an authentication that used all the person has to prove."""
    if is_remembered(live.amr):
        return False  # the second factor was not proved, only remembered
    recent = deps().clock.now() - live.auth_time <= timedelta(minutes=minutes)
    return recent and not services().dance.is_weak(live, with_own_factor=True)


def nearest_page() -> str:
    """The address of this page; for a form that was sent, of the page it stands on: itself or the nearest one above that opens."""
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    routes, path = current_app.create_url_adapter(request), request.path
    while routes is not None and path.strip("/") and not routes.test(path, "GET"):
        path = path.rpartition("/")[0]
    return path or "/"
