"""RFC 7636 - Proof Key for Code Exchange.  https://www.rfc-editor.org/rfc/rfc7636

§4.3  challenge at /authorize   require_challenge
§4.6  verifier at /token        transform
Tighter than the RFC: S256 only, a missing method is not taken for plain (RFC 9700 section 2.1.1); required of public
clients always and of confidential ones unless a switch of the client turns it off.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from typing import Any

from idp.clients.snapshot import ClientSnapshot
from idp.protocol.conf import Conf
from idp.protocol.errors import ProtocolError

SPEC = "RFC 7636"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
NEVER = "-"  # hashes of verifiers have 43 characters


def metadata(conf: Conf) -> dict[str, Any]:
    """S256 (RFC 8414 section 2)."""
    del conf
    return {"code_challenge_methods_supported": ["S256"]}


def require_challenge(client: ClientSnapshot, challenge: str | None, method: str | None) -> str | None:
    """The challenge a code will be bound to; None only where the client need not send one (section 4.3)."""
    if challenge is None:
        if method is not None:
            raise ProtocolError("invalid_request", "code_challenge_method came without code_challenge")
        if client.require_pkce or client.public:
            raise ProtocolError("invalid_request", "PKCE is required: send code_challenge with code_challenge_method=S256")
        return None
    if method != "S256":
        raise ProtocolError("invalid_request", "code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise ProtocolError("invalid_request", "code_challenge must be 43 characters of base64url")
    return challenge


def transform(verifier: str | None) -> str | None:
    """What the verifier hashes to (section 4.6); a malformed one hashes to what no challenge is; None for none."""
    if verifier is None:
        return None
    if not _VERIFIER.fullmatch(verifier):
        return NEVER
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
