"""RFC 9701 - JWT response for token introspection.  https://www.rfc-editor.org/rfc/rfc9701

§4    asked for by the Accept header             wanted
§5    iss, aud, iat, token_introspection; typ    secured
§6    the algorithm is the asker's own           secured
"""

from typing import Any

from idp.clients.snapshot import ClientSnapshot
from idp.kernel.clock import epoch
from idp.protocol.conf import Conf, Desk
from idp.protocol.request import OAuthRequest

SPEC = "RFC 9701"
MEDIA_TYPE = "application/token-introspection+jwt"


def metadata(conf: Conf) -> dict[str, Any]:
    """Section 7."""
    del conf
    return {"introspection_signing_alg_values_supported": ["RS256", "ES256"]}


def wanted(request: OAuthRequest) -> bool:
    """True when the asker names the media type (section 4)."""
    kinds = str(request.headers.get("Accept", "")).lower().split(",")
    return MEDIA_TYPE in (kind.split(";", 1)[0].strip() for kind in kinds)


def secured(desk: Desk, asker: ClientSnapshot, answer: dict[str, Any]) -> bytes:
    """The answer of RFC 7662, signed for who asked (section 5); `sub` and `exp` stand inside only, so it is no access token."""
    claims = {"iss": desk.conf.issuer, "aud": asker.client_id, "iat": epoch(desk.clock.now()), "token_introspection": answer}
    return desk.ring.sign(claims, alg=asker.introspection_alg or "RS256", typ="token-introspection+jwt").encode()
