"""OpenID Connect Core 1.0 - ID token.  https://openid.net/specs/openid-connect-core-1_0.html

§2       claims of the ID token              id_token
§3.1.3.6 at_hash                             at_hash
§12.2    ID token of a refresh               id_token
Tighter than the specification: `aud` is one string, `kid` always, claims of scopes belong to userinfo and come here
only when the `claims` parameter asks for them; `sid` differs per client, so that it links nobody across applications.
"""

import hashlib
from base64 import urlsafe_b64encode
from typing import Any

from idp.clients.snapshot import ClientSnapshot
from idp.directory.claims import claims_for, permitted, scopes_to_load
from idp.kernel.clock import epoch
from idp.protocol.conf import Conf, Desk
from idp.protocol.rfc7516_encryption import encrypted
from idp.tokens.view import GrantView

SPEC = "OIDC Core"
ALGS = ("RS256", "ES256")
TYP = "JWT"


def metadata(conf: Conf) -> dict[str, Any]:
    """OIDC Discovery section 3."""
    del conf
    return {
        "id_token_signing_alg_values_supported": list(ALGS),
        "subject_types_supported": ["pairwise", "public"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"],
    }


def id_token(desk: Desk, client: ClientSnapshot, grant: GrantView, access_token: str | None, *, nonce: str | None) -> str:
    """The ID token of a grant; auth_time is the true time of the authentication, in refreshed tokens as well (section 12.2)."""
    now = epoch(desk.clock.now())
    claims = _asked_for(desk, client, grant) | {
        "iss": desk.conf.issuer,
        "sub": grant.subject,
        "aud": client.client_id,
        "iat": now,
        "exp": now + desk.conf.lifetimes.id_token_seconds,
        "auth_time": epoch(grant.auth_time),
        "acr": grant.acr,
        "amr": grant.amr.split(),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    if grant.session_id is not None:
        claims["sid"] = sid(grant.session_id, client.client_id)
    if access_token is not None:
        claims["at_hash"] = at_hash(access_token)
    signed = desk.ring.sign(claims, alg=client.id_token_alg, typ=TYP)
    return signed if client.id_token_key_alg is None else encrypted(desk, client, signed, client.id_token_key_alg)


def at_hash(access_token: str) -> str:
    """The left half of the token's SHA-256 (both our algorithms hash with it; section 3.1.3.6)."""
    return urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16]).rstrip(b"=").decode()


def sid(session_id: str, client_id: str) -> str:
    """The session identifier a client sees (OIDC Back-Channel Logout section 2.1): stable for both, linkable by nobody else."""
    value = hashlib.sha256(f"sid\0{session_id}\0{client_id}".encode()).digest()[:18]
    return urlsafe_b64encode(value).decode()


def _asked_for(desk: Desk, client: ClientSnapshot, grant: GrantView) -> dict[str, Any]:
    asked = permitted(requested(grant.claims, "id_token"), client.scopes)
    if not asked:
        return {}
    profile = desk.directory.profile(grant.person_id, scopes_to_load((), asked))
    granted = {"nik"} & set(grant.scope.split())
    return claims_for(profile, granted if "nik" in asked else (), asked) if profile else {}


def requested(claims: dict[str, Any] | None, member: str) -> dict[str, Any]:
    """One member of a stored `claims` parameter (section 5.5)."""
    found = (claims or {}).get(member)
    return found if isinstance(found, dict) else {}
