"""RFC 6750 - Bearer token usage.  https://www.rfc-editor.org/rfc/rfc6750

§2.1  in the header                   token_of (a DPoP token too: RFC 9449 section 7.1)
§2.2  in a form body                  token_of
§3    WWW-Authenticate in the answer  challenge
Tighter than the RFC: never in the URL (section 2.3; RFC 9700 section 4.3.2).
"""

from typing import Any

from idp.protocol.conf import Conf
from idp.protocol.errors import NO_STORE, ProtocolError, plain
from idp.protocol.request import OAuthRequest
from idp.protocol.rfc9449_algs import ALGS

SPEC = "RFC 6750"


def metadata(conf: Conf) -> dict[str, Any]:
    """The RFC defines no member; RFC 9728 would."""
    del conf
    return {}


def token_of(request: OAuthRequest) -> str:
    """The one bearer token of a request: header or form body, not both (section 2)."""
    found: list[str] = []
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() in ("bearer", "dpop"):
        found.append(value.strip())
    if request.method == "POST" and request.is_form and (in_body := request.payload.get("access_token")):
        found.append(in_body)
    if len(found) > 1 or request.payload.problem:
        raise challenge("invalid_request", "send the access token once, in the Authorization header or in the form body", 400)
    if not found:
        missing = challenge(None, "an access token is needed", 401)
        missing.more_headers += (challenge(None, "", 401, scheme="DPoP").more_headers[-1],)
        raise missing
    return found[0]


def scheme_of(request: OAuthRequest) -> str:
    """How the access token of a request was sent: ``Bearer`` or ``DPoP`` (RFC 9449 section 7.1)."""
    return "DPoP" if request.headers.get("Authorization", "")[:5].lower() == "dpop " else "Bearer"


def challenge(
    error: str | None,
    description: str,
    status: int,
    *,
    scope: str | None = None,
    scheme: str = "Bearer",
    more: tuple[tuple[str, str], ...] = (),
) -> ProtocolError:
    """The refusal of section 3; without any token it names no error code (section 3.1). more: members of other RFCs."""
    named = [("error", error), ("error_description", plain(description))] if error else []
    named += [("scope", scope)] if scope else []
    named += [*more, *([("algs", " ".join(ALGS))] if scheme == "DPoP" else [])]
    header = ("WWW-Authenticate", " ".join([scheme, ", ".join(f'{name}="{value}"' for name, value in named)]).strip())
    return ProtocolError(error or "invalid_token", description, status=status, headers=(*NO_STORE, header))
