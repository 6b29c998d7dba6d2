"""RFC 9449 - Demonstrating proof of possession (DPoP).  https://www.rfc-editor.org/rfc/rfc9449

§4.3   what a proof must hold            prove
§5     proof at the token endpoint       at_token
§5.1   metadata                          metadata
§7.1   proof at userinfo                 at_resource
§8     nonce of the provider             _check_nonce
§9     … at userinfo too                 _check_nonce
§10    code bound to a key               key_of_code
§11.1  a proof works once                prove
Tighter than the RFC: a proof is good for a minute, and once at any endpoint; a nonce that is not ours is refused even
where none is demanded; RS256 is not offered (FAPI 2.0 section 5.4).
"""

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from idp.audit.tags import Tag
from idp.clients.snapshot import ClientSnapshot
from idp.kernel.clock import epoch
from idp.kernel.randomness import same
from idp.protocol.conf import Conf
from idp.protocol.errors import ProtocolError
from idp.protocol.request import OAuthRequest, Parameters
from idp.protocol.rfc9449_algs import ALGS

SPEC = "RFC 9449"
HEADER = "DPoP"
_FITS = {"EC": ("ES256",), "RSA": ("PS256",), "OKP": ("EdDSA", "Ed25519")}
_IMPORT: dict[Any, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
# Looked up here, not by a registry, which warns of EdDSA's old name at each use; clients have no newer one yet.
_VERIFIERS = {alg: jws.JWSRegistry.algorithms[alg] for alg in ALGS}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST = 8192
_PAST_SECONDS, _FUTURE_SECONDS = 60, 30
_REMEMBERED = timedelta(minutes=10)  # longer than any proof is good for, with a nonce or without
_PORTS = {"https": 443, "http": 80}


def metadata(conf: Conf) -> dict[str, Any]:
    """Section 5.1."""
    del conf
    return {"dpop_signing_alg_values_supported": list(ALGS)}


def at_token(request: OAuthRequest, client: ClientSnapshot) -> str | None:
    """The thumbprint of the key that a token request proves, or None; raises where the client must prove one (section 5)."""
    if request.headers.get(HEADER) is not None:
        return prove(request)
    if client.dpop:
        raise ProtocolError("invalid_dpop_proof", "this client is registered for DPoP: send a proof in the DPoP header")
    return None


def code_key_asked(payload: Parameters) -> str | None:
    """The key that `dpop_jkt` names for the code to be bound to (section 10); raises ProtocolError when it is none."""
    asked = payload.get("dpop_jkt")
    if asked is not None and not _THUMBPRINT.fullmatch(asked):
        raise ProtocolError("invalid_request", "dpop_jkt must be the SHA-256 thumbprint of a key, 43 characters of base64url")
    return asked


def key_of_code(request: OAuthRequest, payload: Parameters) -> str | None:
    """The key a pushed request's code will be bound to: `dpop_jkt`, or that of the proof it came with (section 10.1)."""
    asked = code_key_asked(payload)
    if request.headers.get(HEADER) is None:
        return asked
    proved = prove(request)
    if asked not in (None, proved):
        raise ProtocolError("invalid_dpop_proof", "dpop_jkt names another key than the one that signed the proof")
    return proved


def at_resource(request: OAuthRequest, access_token: str, thumbprint: str) -> None:
    """Check the proof that comes with a bound access token (section 7.1); raises ProtocolError."""
    if request.headers.get(HEADER) is None:
        raise ProtocolError("invalid_token", "the access token is bound to a key: send a proof in the DPoP header")
    if not same(prove(request, access_token=access_token), thumbprint):
        raise ProtocolError("invalid_token", "the access token is bound to another key")


def fresh_nonce(request: OAuthRequest) -> tuple[tuple[str, str], ...]:
    """The header that gives the next nonce; none where nonces are not demanded (section 8.2)."""
    desk = request.desk
    return (("DPoP-Nonce", desk.nonces.current(desk.clock.now())),) if desk.nonces.required else ()


def prove(request: OAuthRequest, *, access_token: str | None = None) -> str:
    """The thumbprint of the key that signed this request's proof, which is used up; raises ProtocolError (section 4.3)."""
    proof = request.headers.get(HEADER, "")
    header, claims = _read(proof)
    key = _key(header)
    if not _verifies(proof, header["alg"], key):
        raise _bad("its signature does not verify")
    thumbprint: str = key.thumbprint()
    _check_claims(request, claims, access_token)
    desk = request.desk
    if not desk.ledger.use_proof(thumbprint, claims["jti"], desk.clock.now() + _REMEMBERED):
        client_id = request.client.client_id if request.client else None
        desk.audit.record(Tag.TOKEN_REFUSE, request.actor, client_id=client_id, reason="replayed_proof")
        raise _bad("it was used before")
    return thumbprint


def _check_claims(request: OAuthRequest, claims: dict[str, Any], access_token: str | None) -> None:
    jti, issued = claims.get("jti"), claims.get("iat")
    if not isinstance(jti, str) or not 1 <= len(jti) <= 512 or not jti.isprintable():
        raise _bad("jti is missing or is not a short printable text")
    if claims.get("htm") != request.method:
        raise _bad("htm is not the method of this request")
    if not _is_here(claims.get("htu"), request):
        raise _bad("htu is not the address of this request")
    if not isinstance(issued, int | float) or isinstance(issued, bool) or not abs(issued) < 1e12:
        raise _bad("iat is missing or is not a number")
    _check_nonce(request, claims.get("nonce"), issued)
    if access_token is not None:
        expected = urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()).rstrip(b"=")
        ath = claims.get("ath")
        if not isinstance(ath, str) or not same(ath.encode("utf-8", "replace"), expected):
            raise _bad("ath is not the hash of the access token")


def _check_nonce(request: OAuthRequest, nonce: Any, issued: float) -> None:
    """A nonce of ours says when the proof was made; without one, `iat` does (section 4.3, points 10 and 11)."""
    desk = request.desk
    now = desk.clock.now()
    if nonce is None and not desk.nonces.required:
        if not epoch(now) - _PAST_SECONDS <= issued <= epoch(now) + _FUTURE_SECONDS:
            raise _bad("iat is more than a minute ago, or in the future")
        return
    if not isinstance(nonce, str) or not desk.nonces.is_good(nonce, now):
        headers = (("DPoP-Nonce", desk.nonces.current(now)),)
        raise ProtocolError("use_dpop_nonce", "use the nonce of the DPoP-Nonce header in the proof", headers=headers)


def _read(proof: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims; several proofs in one request come joined by a comma, which no proof has (points 1 and 2)."""
    parts = proof.split(".")
    if len(proof) > _LONGEST or not proof.isascii() or len(parts) != 3 or "," in proof:
        raise _bad("the DPoP header must hold exactly one signed JWT")
    try:
        header, claims = (json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, RecursionError) as error:
        raise _bad("it cannot be read") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise _bad("it cannot be read")
    return header, claims


def _key(header: dict[str, Any]) -> Key:
    """The public key in the proof's header (points 4 to 7)."""
    jwk, alg = header.get("jwk"), header.get("alg")
    if header.get("typ") != "dpop+jwt" or "crit" in header or "b64" in header:
        raise _bad("typ must be dpop+jwt, and no critical header is known here")
    if not isinstance(jwk, dict) or _PRIVATE & jwk.keys():
        raise _bad("jwk must be a public key")
    if not isinstance(alg, str) or alg not in _FITS.get(str(jwk.get("kty")), ()):
        raise _bad(f"alg must be one of {', '.join(ALGS)}, and fit the key")
    # A modulus of 2048 to 8192 bits, by its length in base64url: before anything is computed with it.
    if not (342 <= len(str(jwk.get("n"))) <= 1366 if jwk["kty"] == "RSA" else jwk.get("crv") in ("P-256", "Ed25519")):
        raise _bad("the curve or the size of the key is not offered")
    try:
        plain = {name: value for name, value in jwk.items() if name not in ("use", "key_ops", "alg", "x5c")}
        key: Key = _IMPORT[jwk["kty"]].import_key(plain)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _bad("jwk cannot be used") from error
    return key


def _verifies(proof: str, alg: str, key: Key) -> bool:
    signed, _, signature = proof.rpartition(".")
    try:
        return bool(_VERIFIERS[alg].verify(signed.encode(), urlsafe_b64decode(signature + "=" * (-len(signature) % 4)), key))
    except (JoseError, ValueError, TypeError):
        return False


def _is_here(htu: Any, request: OAuthRequest) -> bool:
    """True when `htu` is this endpoint, query and fragment apart, normalised (point 9; RFC 3986 section 6.2.2 and 6.2.3)."""
    if not isinstance(htu, str):
        return False
    wanted = {_plain_address(request.uri), _plain_address(request.uri.replace(request.desk.conf.issuer, request.desk.conf.mtls_origin, 1))}
    return _plain_address(htu) in wanted


def _plain_address(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if "@" in parts.netloc or not parts.hostname:
        return None
    where = parts.hostname if port in (None, _PORTS.get(parts.scheme)) else f"{parts.hostname}:{port}"
    return f"{parts.scheme}://{where}{parts.path or '/'}"


def _bad(why: str) -> ProtocolError:
    return ProtocolError("invalid_dpop_proof", f"the DPoP proof is refused: {why}")
