"""RFC 7523 - JWT for client authentication (`private_key_jwt`).  https://www.rfc-editor.org/rfc/rfc7523

§2.2  assertion of a client                 authenticate
§3    issuer, subject, audience, times, jti  check_claims
Tighter than the RFC: `jti` is required and accepted once, on all workers (OIDC Core section 9); an assertion lives an
hour at most; only asymmetric algorithms, pinned to the type of the registered key (RFC 8725 section 3.1).
"""

import binascii
import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from idp.clients.snapshot import ClientSnapshot
from idp.kernel.clock import epoch, from_epoch
from idp.protocol import fapi2_profile
from idp.protocol.conf import Conf
from idp.protocol.request import OAuthRequest

SPEC = "RFC 7523"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGS = ("RS256", "PS256", "ES256", "EdDSA")
_FITS = {"RSA": ("RS256", "PS256"), "EC": ("ES256",), "OKP": ("EdDSA",)}
_IMPORT: dict[Any, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_EXTENSIONS = frozenset({"crit", "b64"})  # we know none, and a JWT has no use for RFC 7797


class _Registry(jws.JWSRegistry):
    """One algorithm, without the warning about EdDSA's old name at each use: clients have no newer one yet."""

    def get_alg(self, name: str) -> Any:
        """The algorithm, if it is the one that is allowed."""
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError(f"{name} is not allowed")
        return self.algorithms[name]


_REGISTRIES = {alg: _Registry(algorithms=[alg]) for alg in ALGS}
_LONGEST = 8192
_LONGEST_LIFE = 3600
_SKEW = 30


@dataclass(frozen=True, slots=True)
class NotProved:
    """The assertion does not authenticate anyone; client_id as far as it named one. hint: what its developer may be told."""

    client_id: str | None
    reason: str
    hint: str | None = None


def metadata(conf: Conf) -> dict[str, Any]:
    """The method and its algorithms at each endpoint that authenticates clients."""
    del conf
    places = ("token_endpoint", "introspection_endpoint", "revocation_endpoint")
    methods = {f"{place}_auth_methods_supported": ["private_key_jwt"] for place in places}
    return methods | {f"{place}_auth_signing_alg_values_supported": list(ALGS) for place in places}


def authenticate(request: OAuthRequest) -> ClientSnapshot | NotProved:
    """The client whose registered key signed the assertion of this request (section 2.2)."""
    assertion, named = request.payload.get("client_assertion") or "", request.payload.client_id
    if request.payload.get("client_assertion_type") != ASSERTION_TYPE:
        return NotProved(named, "assertion_type")
    parts = read_jwt(assertion)
    if parts is None:
        return NotProved(named, "malformed")
    header, claims = parts
    client_id = claims.get("sub")
    if not isinstance(client_id, str) or claims.get("iss") != client_id or (named and named != client_id):
        return NotProved(named, "issuer")
    client = request.desk.registry.find(client_id)
    if client is None or not client.enabled:
        return NotProved(client_id, "unknown")
    kid = header.get("kid") if isinstance(header.get("kid"), str) else None
    if client.jwks_uri is not None:
        request.desk.ledger.settle()  # its server may take seconds, and anybody can send this: no transaction waits for it
    if not signed_by(assertion, header, request.desk.client_keys.of(client, kid), kid):
        return NotProved(client_id, "signature")
    if problem := fapi2_profile.assertion_problem(client, header, claims, request.desk.conf.issuer):
        return NotProved(client_id, "profile", problem)
    now = request.desk.clock.now()
    reason = check_claims(claims, now, {request.desk.conf.issuer, request.desk.conf.url("/token"), request.uri})
    if reason:
        return NotProved(client_id, reason)
    if not request.desk.ledger.use_assertion(client_id, claims["jti"], from_epoch(claims["exp"]) + timedelta(seconds=_SKEW)):
        return NotProved(client_id, "replayed")
    return client


def check_claims(claims: dict[str, Any], now: datetime, audiences: set[str]) -> str | None:
    """Why a genuine assertion is not accepted now, or None (section 3, points 3 to 7)."""
    aud = claims.get("aud")
    named = {aud} if isinstance(aud, str) else {value for value in aud if isinstance(value, str)} if isinstance(aud, list) else set()
    if not named & audiences:
        return "audience"
    if problem := times_problem(claims, now):
        return problem
    jti = claims.get("jti")
    # isprintable also keeps out half a surrogate, which has no bytes to be remembered by.
    return None if isinstance(jti, str) and 1 <= len(jti) <= 512 and jti.isprintable() else "jti"


def times_problem(claims: dict[str, Any], now: datetime) -> str | None:
    """Why a JWT of a client does not count now, or None: it ends, within an hour, and has begun."""
    moment = epoch(now)
    times = [claims.get("exp"), claims.get("nbf", 0), claims.get("iat", 0)]
    expires, not_before, issued = (value if _is_number(value) else None for value in times)
    if expires is None or not_before is None or issued is None:
        return "times"
    if not moment - _SKEW < expires <= moment + _LONGEST_LIFE + _SKEW:
        return "expired" if expires <= moment - _SKEW else "lives_too_long"
    return "not_yet" if not_before > moment + _SKEW or issued > moment + _SKEW else None


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12  # a date, not an overflow


def _part(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def read_jwt(assertion: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Header and claims of a compact JWT, unchecked; None when it is not one, or demands an extension (RFC 7515 section 4.1.11)."""
    if len(assertion) > _LONGEST or not assertion.isascii() or assertion.count(".") != 2:
        return None
    header, claims = (_part(part) for part in assertion.split(".")[:2])
    if header is None or claims is None or not header.keys().isdisjoint(_EXTENSIONS):
        return None
    return header, claims


def signed_by(text: str, header: dict[str, Any], jwks: Any, kid: str | None) -> bool:
    """True when a key of the set signed `text`, by an algorithm that fits the key's type (RFC 8725 section 3.1)."""
    alg = header.get("alg")
    for key in import_keys(jwks, kid):
        if alg not in _FITS[key.key_type]:
            continue
        try:
            jws.deserialize_compact(text, key, registry=_REGISTRIES[str(alg)])
        except (JoseError, ValueError):
            continue
        return True
    return False


def import_keys(document: Any, kid: str | None) -> tuple[Key, ...]:
    """The usable signature keys of a JWK Set, those of this `kid` where one is named (RFC 7517 section 5)."""
    found: list[Key] = []
    members = document.get("keys") if isinstance(document, dict) else None
    for jwk in members if isinstance(members, list) else ():
        kind = _IMPORT.get(jwk.get("kty")) if isinstance(jwk, dict) else None
        if kind is None or jwk.get("use", "sig") != "sig" or (kid is not None and jwk.get("kid", kid) != kid):
            continue
        try:
            found.append(kind.import_key(jwk))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return tuple(found)
