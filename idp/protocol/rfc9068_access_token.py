"""RFC 9068 - JWT profile for access tokens.  https://www.rfc-editor.org/rfc/rfc9068

§2.1  typ at+jwt, asymmetric signature   access_token
§2.2  claims                             access_token
§4    what a token must hold             read
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from idp.clients.snapshot import ClientSnapshot
from idp.kernel.clock import epoch
from idp.protocol.conf import Conf, Desk
from idp.tokens.view import GrantView

SPEC = "RFC 9068"
TYP = "at+jwt"


@dataclass(frozen=True, slots=True)
class Issued:
    """An access token and what goes with it into the answer."""

    token: str
    expires_in: int
    token_type: str


def metadata(conf: Conf) -> dict[str, Any]:
    """The RFC defines no member."""
    del conf
    return {}


def access_token(
    desk: Desk, client: ClientSnapshot, *, grant: GrantView | None, scope: Sequence[str], audience: Sequence[str],
    details: Sequence[dict[str, Any]] = (),
) -> Issued:  # fmt: skip
    """A signed access token: of a person when there is a grant, of the client itself otherwise (sections 2.1 and 2.2).

    It is bound to whoever proved a key in this request (`desk.sender`).
    """
    now, life = epoch(desk.clock.now()), desk.conf.lifetimes.access_token_seconds
    claims: dict[str, Any] = {
        "iss": desk.conf.issuer,
        "sub": grant.subject if grant else client.client_id,
        "aud": audience[0] if len(audience) == 1 else list(audience),
        "client_id": client.client_id,
        "scope": " ".join(scope),
        "iat": now,
        "exp": now + life,
        "jti": desk.ledger.new_jti(grant),
    }
    if grant is not None:
        claims |= {"auth_time": epoch(grant.auth_time), "acr": grant.acr, "amr": grant.amr.split()}
    if details:
        claims["authorization_details"] = [*details]  # RFC 9396 section 9.1
    if confirmation := desk.sender.confirmation:
        claims["cnf"] = confirmation
    return Issued(desk.ring.sign(claims, alg=client.access_token_alg, typ=TYP), life, desk.sender.token_type)


def read(desk: Desk, token: str) -> dict[str, Any] | None:
    """The claims of a token that we signed as an access token and that has not expired, else None (section 4)."""
    claims = desk.ring.verify(token, typ=TYP)
    if claims is None or claims.get("iss") != desk.conf.issuer:
        return None
    expires, jti = claims.get("exp"), claims.get("jti")
    if not isinstance(expires, int) or expires <= epoch(desk.clock.now()) or not isinstance(jti, str):
        return None
    return claims


def audience_of(claims: dict[str, Any]) -> frozenset[str]:
    """`aud` as a set, whether it is a string or a list (RFC 7519 section 4.1.3)."""
    aud = claims.get("aud")
    return frozenset([aud] if isinstance(aud, str) else aud if isinstance(aud, list) else ())
