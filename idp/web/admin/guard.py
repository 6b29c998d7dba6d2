"""The one guard of the administration area: second factor, right, and for what is dangerous a fresh proof.

Who comes in holds an administrative role and a session of two factors (`acr` 2 at least, whatever the rules say of others). Scope, that
is whether this person or unit is theirs, is asked by the service behind the view (`idp.administration.scope`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import g, redirect, request
from werkzeug.wrappers import Response

from idp.administration.errors import RightMissing, unknown
from idp.authn.sessions import LiveSession
from idp.kernel.errors import Invalid, NotAllowed
from idp.policy.assurance import rank
from idp.policy.permissions import Officer, Permission
from idp.web.admin.kept_form import keep_form
from idp.web.edge import live_session, services
from idp.web.guards import is_fresh, nearest_page, sign_in_path

View = TypeVar("View", bound=Callable[..., Any])
FRESH_MINUTES = 5
_LEAST_RANK = 2


@dataclass(frozen=True, slots=True)
class Needs:
    """What a route asks for; the role matrix is made of these."""

    permission: Permission | None
    everywhere: bool
    fresh: bool


def admin(permission: Permission | None = None, *, everywhere: bool = False, fresh: bool = False) -> Callable[[View], View]:
    """Only for whoever holds `permission` at some place (None: any administrative role), with two factors.

    everywhere: the page concerns the whole installation, so the right must be held everywhere. fresh: only within five minutes of a
    full authentication (ASVS 7.5.1, 7.5.3, attack M6); a page asks to prove again and comes back, a form sent without it is refused,
    kept, and filled in again afterwards (`kept_form.form_of`).
    """

    def guarding(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            away = _entrance(permission, everywhere=everywhere, fresh=fresh)
            return away if away is not None else view(*args, **kwargs)

        guarded.__guard__ = "admin"  # type: ignore[attr-defined]
        guarded.__needs__ = Needs(permission, everywhere, fresh)  # type: ignore[attr-defined]
        return cast(View, guarded)

    return guarding


def officer() -> Officer:
    """Who administers in this request, with the roles they hold at this moment; read once a request."""
    if "officer" not in g:
        live = live_session()
        if live is None:
            raise NotAllowed("session.none", "Sign in first.")
        g.officer = services().administration.scope.officer(live.person_id)
    return cast(Officer, g.officer)


def _entrance(permission: Permission | None, *, everywhere: bool, fresh: bool) -> Response | None:
    """Where to go first, or None to come in; raises RightMissing."""
    live = live_session()
    if live is None:
        return redirect(sign_in_path(), 303)
    if any("\0" in str(value) for value in (request.view_args or {}).values()):
        raise unknown()
    if any("\0" in value for name, value in request.args.items(multi=True) if name != "q"):
        raise Invalid("admin.unreadable", "the address has characters that cannot be")
    who = officer()
    if not who.permissions:
        raise RightMissing(permission, code="admin.none")
    if rank(live.acr) < _LEAST_RANK or services().dance.is_weak(live):
        return redirect("/sign-in/step-up?" + urlencode({"return_to": nearest_page()}), 303)
    if permission is not None and not who.reach(permission):
        raise RightMissing(permission)
    if permission is not None and everywhere and not who.reach(permission).everywhere:
        raise RightMissing(permission, code="admin.everywhere")
    return _prove_again(live) if fresh and not is_fresh(live, FRESH_MINUTES) else None


def _prove_again(live: LiveSession) -> Response:
    if request.method not in ("GET", "HEAD"):
        keep_form(live.person_id)
        raise NotAllowed("session.not_fresh", "Confirm that it is you, then try again.")
    return redirect(sign_in_path(again=True), 303)
