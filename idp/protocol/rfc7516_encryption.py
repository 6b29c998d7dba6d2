"""RFC 7516 - Encryption of what a client receives (JWE).  https://www.rfc-editor.org/rfc/rfc7516

§3.1  compact serialisation                        encrypted
§4.1.10  cty JWT: the content is signed            encrypted
The key is the client's own (`jwks` or `jwks_uri`), of the type its algorithm needs and not marked for signatures.
Tighter than the RFC: RSA-OAEP-256 and ECDH-ES with A256GCM only; signed first, always (OIDC Core section 10.2).
"""

from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from idp.clients.snapshot import ClientSnapshot
from idp.protocol.conf import Conf, Desk
from idp.protocol.errors import ProtocolError

SPEC = "RFC 7516"
KEY_ALGS = ("RSA-OAEP-256", "ECDH-ES")
ENC = "A256GCM"
_KINDS: dict[str, Any] = {"RSA-OAEP-256": ("RSA", RSAKey), "ECDH-ES": ("EC", ECKey)}


def metadata(conf: Conf) -> dict[str, Any]:
    """OIDC Discovery section 3, for ID tokens and userinfo."""
    del conf
    places = ("id_token", "userinfo")
    found = {f"{place}_encryption_alg_values_supported": list(KEY_ALGS) for place in places}
    return found | {f"{place}_encryption_enc_values_supported": [ENC] for place in places}


def encrypted(desk: Desk, client: ClientSnapshot, signed: str, alg: str) -> str:
    """A signed JWT, readable by the client alone; raises ProtocolError when it has no key that fits now."""
    kind, importer = _KINDS[alg]
    for jwk in (desk.client_keys.of(client) or {}).get("keys", ()):
        if jwk.get("kty") != kind or jwk.get("use", "enc") != "enc" or jwk.get("alg", alg) != alg:
            continue
        header = {"alg": alg, "enc": ENC, "cty": "JWT"} | ({"kid": jwk["kid"]} if "kid" in jwk else {})
        try:
            return jwe.encrypt_compact(header, signed.encode(), importer.import_key(jwk), algorithms=[alg, ENC])
        except (JoseError, ValueError, TypeError):
            continue
    raise ProtocolError("invalid_client_metadata", f"the client's keys hold none that {alg} can encrypt to now")
