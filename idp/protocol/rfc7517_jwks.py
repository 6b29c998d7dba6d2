"""RFC 7517 - the JWK Set.  https://www.rfc-editor.org/rfc/rfc7517

§5  public keys as the ring publishes them   document
The bytes are made once per change of the ring; each key has `kid`, `use` and `alg`.
"""

from typing import Any

from idp.keys.ring import KeyRing
from idp.protocol.conf import Conf

SPEC = "RFC 7517"
PATH = "/jwks"
MAX_AGE_SECONDS = 300


def metadata(conf: Conf) -> dict[str, Any]:
    """RFC 8414 section 2."""
    return {"jwks_uri": conf.url(PATH)}


def document(ring: KeyRing) -> tuple[bytes, str]:
    """The bytes and their entity tag, without quotes."""
    return ring.jwks()
