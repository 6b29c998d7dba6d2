"""OpenID Connect Core 1.0 - the authentication request.  https://openid.net/specs/openid-connect-core-1_0.html

§3.1.2.1  prompt                      prompts
§3.1.2.1  max_age                     max_age
§3.1.2.1  id_token_hint               hint
§3.1.2.1  acr_values                  words
§3.1.2.1  ui_locales                  words
§5.5      claims                      claims_asked
§7.2.1    registration                refuse_objects
Tighter than the specification: an unknown prompt is an error, so that nobody believes it was honoured.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from idp.directory.claims import permitted
from idp.protocol.conf import Conf, Desk
from idp.protocol.errors import ProtocolError
from idp.protocol.oidc_core_id_token import requested
from idp.protocol.rfc9068_access_token import audience_of

SPEC = "OIDC Core"
PROMPTS = ("none", "login", "consent", "select_account")
_SECONDS = re.compile(r"[0-9]{1,9}")
_MOST_WORDS = 20
_LONGEST_WORD = 100
_OF_THE_TOKEN = ("sub", "acr", "auth_time", "amr")  # members of the ID token itself, whatever the scopes


@dataclass(frozen=True, slots=True)
class Hint:
    """What a genuine id_token_hint says, expired or not."""

    subject: str
    client_ids: frozenset[str]
    sid: str | None


def metadata(conf: Conf) -> dict[str, Any]:
    """OIDC Discovery section 3; Initiating User Registration section 6 for the prompts."""
    return {
        "prompt_values_supported": list(PROMPTS),
        "acr_values_supported": ["urn:sumut:acr:1", "urn:sumut:acr:2", "urn:sumut:acr:3"],
        "ui_locales_supported": list(conf.ui_locales),
    }


def refuse_objects(parameters: dict[str, str]) -> None:
    """Registration in the request is not offered, and never silently ignored (section 7.2.1)."""
    if "registration" in parameters:
        raise ProtocolError("registration_not_supported", "the parameter registration is not offered to this client")


def prompts(text: str | None) -> tuple[str, ...]:
    """The prompts asked for, without repeats; none stands alone."""
    found = tuple(dict.fromkeys((text or "").split()))
    if not set(found) <= set(PROMPTS):
        raise ProtocolError("invalid_request", "prompt may hold none, login, consent and select_account")
    if "none" in found and len(found) > 1:
        raise ProtocolError("invalid_request", "prompt=none must stand alone")
    return found


def max_age(text: str | None) -> int | None:
    """Seconds since the last authentication that are still good; 0 means anew."""
    if text is None:
        return None
    if not _SECONDS.fullmatch(text):
        raise ProtocolError("invalid_request", "max_age must be a number of seconds")
    return int(text)


def words(text: str | None) -> tuple[str, ...]:
    """Values separated by spaces, in order of preference; too many and too long ones are left out: a stranger's request is kept."""
    return tuple(word for word in dict.fromkeys((text or "").split()) if len(word) <= _LONGEST_WORD)[:_MOST_WORDS]


def claims_asked(text: str | None, scopes: Iterable[str]) -> dict[str, Any] | None:
    """The `claims` parameter with its two members and nothing else (section 5.5); members of other names are ignored.

    scopes: those the client is registered for. A claim of another scope, or one that is not known here, is left out, as
    section 5.5 wants it; of a request for a value only what can be compared is kept, so that no odd JSON is stored.
    """
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ProtocolError("invalid_request", "claims must be a JSON object")
    kept: dict[str, Any] = {}
    for member in ("userinfo", "id_token"):
        wanted = value.get(member)
        if wanted is None:
            continue
        if not isinstance(wanted, dict) or not all(ask is None or isinstance(ask, dict) for ask in wanted.values()):
            raise ProtocolError("invalid_request", f"claims.{member} must be an object of null or objects")
        known = permitted(wanted, scopes) | {name: wanted[name] for name in _OF_THE_TOKEN if name in wanted}
        kept[member] = {name: _plain(ask) for name, ask in known.items()}
    return kept or None


def _plain(ask: dict[str, Any] | None) -> dict[str, Any] | None:
    if ask is None:
        return None
    value, values = ask.get("value"), ask.get("values")
    plain: dict[str, Any] = {"essential": True} if ask.get("essential") is True else {}
    if isinstance(value, str):
        plain["value"] = value
    if isinstance(values, list):
        plain["values"] = [one for one in values if isinstance(one, str)]
    return plain


def subject_asked(claims: dict[str, Any] | None) -> str | None:
    """The one `sub` an ID token is wanted for, if any (section 5.5.1): another person gives login_required."""
    wanted = requested(claims, "id_token").get("sub")
    value = wanted.get("value") if isinstance(wanted, dict) else None
    return value if isinstance(value, str) else None


def hint(desk: Desk, token: str) -> Hint | None:
    """Read an ID token of ours that comes back as a hint: the signature counts, its time does not (section 3.1.2.1)."""
    claims = desk.ring.verify(token)
    if claims is None or claims.get("iss") != desk.conf.issuer or "exp" not in claims or "iat" not in claims:
        return None
    subject, sid = claims.get("sub"), claims.get("sid")
    if not isinstance(subject, str):
        return None
    return Hint(subject, audience_of(claims), sid if isinstance(sid, str) else None)


def hint_for(desk: Desk, client_id: str, token: str | None) -> str | None:
    """The subject a hint names, which must be an ID token given to this client."""
    if token is None:
        return None
    found = hint(desk, token)
    if found is None or client_id not in found.client_ids:
        raise ProtocolError("invalid_request", "id_token_hint is not an ID token that was issued to this client")
    return found.subject
