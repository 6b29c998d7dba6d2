"""OpenID Connect RP-Initiated Logout 1.0.  https://openid.net/specs/openid-connect-rpinitiated-1_0.html

§2  the request, GET and POST                  consider
§3  post_logout_redirect_uri, exactly          consider
§4  what is refused                            consider
Tighter than the specification: without a genuine hint that names this very session, the person is asked first.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from idp.authn.sessions import LiveSession
from idp.clients.snapshot import ClientSnapshot
from idp.protocol.conf import Conf
from idp.protocol.errors import Shown
from idp.protocol.oidc_core_id_token import sid
from idp.protocol.oidc_core_request import Hint, hint
from idp.protocol.request import OAuthRequest

SPEC = "OIDC RP-Initiated Logout"
KEPT = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales")


@dataclass(frozen=True, slots=True)
class Leaving:
    """A logout request that is good. ask: the person must confirm first; target: where to go afterwards, if anywhere."""

    ask: bool
    client: ClientSnapshot | None
    target: str | None
    state: str | None


def metadata(conf: Conf) -> dict[str, Any]:
    """Section 2.1."""
    return {"end_session_endpoint": conf.url("/logout")}


def consider(request: OAuthRequest, live: LiveSession | None) -> Leaving | Shown:
    """Check a logout request against the session of this browser; nothing is ended here."""
    payload = request.payload
    if payload.problem:
        return Shown("invalid_request", payload.problem)
    named, given = payload.get("client_id"), payload.get("id_token_hint")
    found = hint(request.desk, given) if given else None
    if given and found is None:
        return Shown("invalid_request", "id_token_hint is not an ID token of this provider")
    client_id = _client_id(named, found)
    if found is not None and client_id not in found.client_ids:
        return Shown("invalid_request", "id_token_hint was issued to another client than client_id")
    client = request.desk.registry.find(client_id) if client_id else None
    if client_id and (client is None or not client.enabled):
        return Shown("invalid_client", "this client_id is not known here, or is switched off")
    target = payload.get("post_logout_redirect_uri")
    if target is not None and client is None:
        return Shown("invalid_request", "post_logout_redirect_uri needs client_id or id_token_hint")
    if target is not None and client is not None and not client.logs_out_to(target):
        return Shown("invalid_request", "post_logout_redirect_uri is not registered for this client")
    ask = live is not None and not _names(found, live, client_id)
    return Leaving(ask, client, target, payload.get("state"))


def after(leaving: Leaving) -> str | None:
    """Where the browser goes when all is ended, with the state unchanged (section 3)."""
    if leaving.target is None:
        return None
    if leaving.state is None:
        return leaving.target
    joint = "&" if "?" in leaving.target else "?"
    return leaving.target + joint + urlencode({"state": leaving.state}, quote_via=quote, safe="")


def _client_id(named: str | None, found: Hint | None) -> str | None:
    if named is not None or found is None:
        return named
    return next(iter(found.client_ids)) if len(found.client_ids) == 1 else None


def _names(found: Hint | None, live: LiveSession, client_id: str | None) -> bool:
    """True when the hint was given to this client for this very session."""
    return found is not None and client_id is not None and found.sid == sid(live.id, client_id)
