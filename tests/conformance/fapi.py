"""A relying party of FAPI 2.0: pushed requests, private_key_jwt, PKCE, DPoP; under Message Signing also JAR and JARM."""

import json
import secrets
import time
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from joserfc import jws, jwt
from joserfc.jwk import ECKey, Key, RSAKey

from tests.conformance.suite import Answer, Flow, Suite, arrived, check_userinfo, checked_tokens, unpadded
from tests.protocol.certificates import Held

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
RSA = RSAKey.generate_key(2048, {"kid": "rs"}, private=True)
_ANY_HEADER = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
REFUSED = ("invalid_request", "invalid_request_object", "invalid_request_uri", "access_denied")


@dataclass
class Fapi(Suite):
    """key: signs assertions and request objects; proving: signs DPoP proofs; signed: requests are objects, answers are JWTs.

    held: the certificate that it is known by and that its tokens are bound to, instead of assertions and proofs (mutual TLS).
    """

    key: Key = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": secrets.token_hex(4)}, private=True))
    proving: Key = field(default_factory=lambda: ECKey.generate_key("P-256", private=True))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    signed: bool = False
    held: Held | None = None

    def jwks(self) -> dict[str, Any]:
        """What is registered."""
        return {"keys": [self.key.as_dict(private=False), RSA.as_dict(private=False)]}

    @property
    def dpop(self) -> bool:
        """Whether the provider binds tokens to a key by DPoP."""
        return self.held is None and "dpop_signing_alg_values_supported" in self.provider.metadata

    def over_another_connection(self, held: Held | None = None) -> "Fapi":
        """The same party where another certificate, or none, is shown."""
        return replace(self, held=held)

    def connected(self, headers: dict[str, str] | None = None) -> dict[str, str]:
        """The headers of a request over a connection of its own: the proxy hands its certificate on."""
        return (self.held.header if self.held else {}) | (headers or {})

    # -- what it signs ---------------------------------------------------------------------------------------------

    def sign(self, claims: dict[str, Any], *, key: Key | None = None, alg: str = "ES256", **header: Any) -> str:
        """A JWT; a claim of None is left out."""
        used = key or self.key
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": alg, "kid": used.kid, **header}, kept, used, algorithms=[alg])

    def assertion(self, **changes: Any) -> dict[str, str]:
        """The parameters of private_key_jwt; key and alg choose how it is signed. Over mutual TLS a client only names itself."""
        if self.held is not None:
            return {"client_id": self.client_id}
        now, how = int(time.time()), {name: changes.pop(name) for name in ("key", "alg") if name in changes}
        mine = {"iss": self.client_id, "sub": self.client_id, "aud": self.provider.base, "jti": secrets.token_urlsafe(12)}
        claims = mine | {"iat": now, "nbf": now, "exp": now + 60} | changes
        return {"client_assertion_type": ASSERTION, "client_assertion": self.sign(claims, **how)}

    def proof(self, endpoint: str, method: str = "POST", *, key: Key | None = None, head: Any = None, **changes: Any) -> dict[str, str]:
        """The DPoP header of a request to an endpoint of the discovery document; empty where the provider knows no DPoP."""
        if not self.dpop:
            return {}
        used = key or self.proving
        claims = {"jti": secrets.token_urlsafe(12), "htm": method, "htu": self.provider.metadata[endpoint], "iat": int(time.time())}
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": used.as_dict(private=False)} | (head or {})
        header, kept = ({name: value for name, value in part.items() if value is not None} for part in (header, claims | changes))
        return {"DPoP": jws.serialize_compact(header, json.dumps(kept).encode(), used, registry=_ANY_HEADER)}

    # -- the flow --------------------------------------------------------------------------------------------------

    def request(self, **changes: str | None) -> dict[str, str]:
        """PKCE in every request, signed answers under Message Signing."""
        pkce = {"code_challenge": unpadded(sha256(self.verifier.encode()).digest()), "code_challenge_method": "S256"}
        mode = {"response_mode": "jwt"} if self.signed else {}
        return super().request(**(pkce | mode | changes))

    def request_object(self, asked: dict[str, str], *, key: Key | None = None, alg: str = "ES256", **changes: Any) -> str:
        """A request object that holds `asked`."""
        now = int(time.time())
        claims = {"iss": self.client_id, "aud": self.provider.base, "iat": now, "nbf": now, "exp": now + 300, **asked} | changes
        return self.sign(claims, key=key, alg=alg, typ="oauth-authz-req+jwt")

    def push(
        self,
        asked: dict[str, str] | None = None,
        *,
        plain: dict[str, str] | None = None,
        assertion: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **changes: Any,
    ) -> requests.Response:
        """POST to the PAR endpoint. changes: of the request object's claims; plain: parameters beside it."""
        asked = asked or self.request()
        form = {"request": self.request_object(asked, **changes)} if self.signed else asked
        form = {"client_id": self.client_id} | form | (plain or {}) | (self.assertion() if assertion is None else assertion)
        endpoint = self.provider.metadata["pushed_authorization_request_endpoint"]
        return requests.post(endpoint, data=form, headers=self.connected(headers), timeout=10)

    def visit(self, pushed: requests.Response, **beside: str) -> Answer:
        """Send the browser to the authorization endpoint with what the PAR endpoint gave."""
        assert pushed.status_code == 201, pushed.text
        assert pushed.json()["expires_in"] > 0
        return self.read(self.send({"client_id": self.client_id, "request_uri": pushed.json()["request_uri"], **beside}))

    def read(self, answer: Answer) -> Answer:
        """Open a signed answer (JARM section 2.4)."""
        if not self.signed or not answer.arrived:
            return answer
        registered = parse_qs(urlsplit(self.redirect_uri).query)
        assert set(answer.params) - set(registered) == {"response"}
        _, claims = self.verified(answer.params["response"])
        assert claims["aud"] == self.client_id
        assert time.time() < claims["exp"] <= time.time() + 600
        return Answer({name: value for name, value in claims.items() if name not in ("aud", "exp", "iat")}, answer.page, True)

    def code(self, **changes: str | None) -> str:
        """A code, pushed for and answered as asked."""
        asked = self.request(**changes)
        answer = self.visit(self.push(asked, headers={}))
        assert answer.params.get("state") == asked.get("state"), answer
        assert answer.params["iss"] == self.provider.base
        return answer.params["code"]

    def call(
        self, path: str, *, headers: dict[str, str] | None = None, assertion: dict[str, str] | None = None, **form: str
    ) -> requests.Response:
        """POST to a machine endpoint with an assertion and a proof."""
        given = self.proof(path) if headers is None else headers
        sent = (self.assertion() if assertion is None else assertion) | form
        return requests.post(self.provider.metadata[path], data=sent, headers=self.connected(given), timeout=10)

    def redeem(self, code: str, **more: Any) -> requests.Response:
        """Exchange a code; code_verifier=None leaves the verifier out."""
        sent = {"code_verifier": self.verifier, "redirect_uri": self.redirect_uri} | more
        kept = {name: value for name, value in sent.items() if value is not None}
        return self.call("token_endpoint", grant_type="authorization_code", code=code, **kept)

    def userinfo(self, access_token: str, method: str = "GET", *, scheme: str = "", **changes: Any) -> requests.Response:
        """Ask the userinfo endpoint, with a proof where tokens are bound."""
        ath = unpadded(sha256(access_token.encode()).digest())
        proof = self.proof("userinfo_endpoint", method, **({"ath": ath} | changes))
        header = {"Authorization": f"{scheme or ('DPoP' if self.dpop else 'Bearer')} {access_token}", **proof}
        return requests.request(method, self.provider.metadata["userinfo_endpoint"], headers=self.connected(header), timeout=10)

    def flow(self, *, verifier: str | None = None, **changes: str | None) -> Flow:
        """A whole sign-in with the standard checks."""
        nonce = changes.setdefault("nonce", secrets.token_urlsafe(12))
        tokens = checked_tokens(self.redeem(self.code(**changes)))
        assert tokens["token_type"] == ("DPoP" if self.dpop else "Bearer")
        header, claims = self.verified(tokens["id_token"])
        self.check_id_token(claims, nonce)
        info = self.userinfo(tokens["access_token"])
        assert info.status_code == 200, info.text
        check_userinfo(info.json(), claims)
        return Flow(arrived(self.browser.page), tokens, claims, header, info.json())


def refused(party: Fapi, pushed: requests.Response, *errors: str, **beside: str) -> bool:
    """The suite allows a refusal at either place: the PAR endpoint, or the authorization endpoint's page or answer."""
    allowed = errors or REFUSED
    if pushed.status_code != 201:
        return pushed.status_code in (400, 401) and pushed.json()["error"] in allowed
    answer = party.visit(pushed, **beside)
    return "code" not in answer.params and answer.error in allowed
