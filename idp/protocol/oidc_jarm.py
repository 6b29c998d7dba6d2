"""JARM - JWT-secured authorization response mode for OAuth 2.0.  https://openid.net/specs/oauth-v2-jarm-final.html

§2.1    iss, aud, exp beside the parameters    secured
§2.2    signed, then encrypted where asked     secured
§2.3.1  query.jwt, and jwt for a code          secured
§2.3.3  form_post.jwt                          secured
"""

from typing import Any

from idp.clients.snapshot import ClientSnapshot
from idp.kernel.clock import epoch
from idp.protocol.conf import Conf, Desk
from idp.protocol.errors import Answer, ProtocolError
from idp.protocol.rfc7516_encryption import ENC, KEY_ALGS, encrypted

SPEC = "JARM"
LIFE_SECONDS = 300


def metadata(conf: Conf) -> dict[str, Any]:
    """Section 4."""
    del conf
    return {
        "response_modes_supported": ["query.jwt", "form_post.jwt", "jwt"],
        "authorization_signing_alg_values_supported": ["RS256", "ES256"],
        "authorization_encryption_alg_values_supported": list(KEY_ALGS),
        "authorization_encryption_enc_values_supported": [ENC],
    }


def secured(desk: Desk, client: ClientSnapshot, answer: Answer) -> Answer:
    """An answer with its parameters in one signed JWT; the transport is that of its mode."""
    claims: dict[str, Any] = dict(answer.params) | {"aud": client.client_id, "exp": epoch(desk.clock.now()) + LIFE_SECONDS}
    token = desk.ring.sign(claims, alg=client.response_alg or client.id_token_alg)
    if client.response_key_alg is not None:
        try:
            token = encrypted(desk, client, token, client.response_key_alg)
        except ProtocolError as error:
            # Its keys cannot be had now: it hears that, signed, and nothing that was meant for its eyes alone.
            kept = {name: value for name, value in claims.items() if name in ("iss", "aud", "exp", "state")}
            kept |= {"error": "temporarily_unavailable", "error_description": error.description}
            token = desk.ring.sign(kept, alg=client.response_alg or client.id_token_alg)
    mode = "form_post" if answer.mode == "form_post.jwt" else "query"
    return Answer(mode, answer.redirect_uri, (("response", token),))
