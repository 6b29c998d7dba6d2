"""Values that have broken servers before, and credentials that are real, nearly real, or real and signed over nonsense."""

import json
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.scene import ALGS, KEY, STRANGERS, Scene, clients
from tests.protocol.rich import LETTER

CLIENTS = sorted(clients({}))
NASTY = [
    "", " ", "\x00", "a\x00b", "%00", "%", "%zz", "\ud800", "é" * 300, "9" * 400, "-1", "0", "1e309", "NaN", "null", "true", "[]", "{}",
    '{"userinfo":1}', '{"id_token":{"acr":{"values":[{}]}}}', '{"userinfo":{"sub":{"value":[[]]}}}', '{"id_token":{"":null}}', "[" * 3000,
    '{"a":' * 900, '"\\ud800"', "..", "../../etc/passwd", "a.b.c", "a.b.c.d.e", "e30.e30.", "e30.e30.e30", "eyJhbGciOiJub25lIn0.e30.",
    "eyJhbGciOiJSUzI1NiIsImtpZCI6WzFdfQ.W10.AA", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AA.AA.AA", "http://[::1", "http://[",
    "//evil.example",
    "/\\evil.example", "https://evil.example/cb", "https://web.example.org/cb", "https://web.example.org/cb/../x", "https://web.example.org@evil.example/cb",
    "http://127.0.0.1:99999/cb", "http://127.0.0.1:8080/cb", "javascript:alert(1)", "data:text/html,x", "' OR 1=1 --",
    "\r\nSet-Cookie: a=b",
    "\u202e", "😀", "\ufeff", "ａ", "none login", "none", "login", "consent", "select_account", "S256", "plain", "openid",
    "openid openid", "nik",
    "arsip:read", "authorization_code", "refresh_token", "client_credentials", "password", "implicit", "code", "token",
    "code id_token", "none code",
    "query", "fragment", "form_post", "jwt", "form_post.jwt", "query.jwt", "2" * 26, "x" * 5000, "x" * 20_000,
    "99999999999999999999", "1" * 5000,
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:token-type:access_token",
    "urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:request_uri:x", "https://arsip.example.org/api", "https://arsip.example.org/api#x",
    '[{"type":"x"}]', '[{"type":1}]', '[{}]', '[[]]', "urn:idsumut:acr:2", "id id en-US-x-y zz", "access_token", "id_token",
]  # fmt: skip
ODD: list[Any] = [
    None, True, False, 0, -1, 1, 1e308, 10**30, -(10**30), 1.5, "", "x", "\x00", "\ud800", "9" * 400, [], [[]], [None], ["x", 1],
    {}, {"x": {}},
    {"": []}, ["https://evil.example"], "x" * 5000, [1] * 300, "none", {"kty": "oct", "k": "AA"},
]  # fmt: skip
CLAIMS = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "response_type", "redirect_uri", "scope", "state", "nonce",
"claims",
          "max_age", "prompt", "code_challenge", "resource", "request", "request_uri", "acr_values", "authorization_details",
          "htm", "htu", "ath", "x"]  # fmt: skip
HEADERS = ["alg", "kid", "typ", "jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc", "cty", "x"]
SPOILT = [*[""] * 40, "cut", "flip", "twice", "upper", "padded", "space", "nul", "tail"]


@dataclass(frozen=True)
class Live:
    """A credential that is made when the case is sent. spoilt: what happens to it on the way."""

    kind: str
    of: str
    spoilt: str = ""

    def text(self, scene: Scene) -> str:
        """The value."""
        return spoil(scene.live(self.kind, self.of), self.spoilt)


@dataclass(frozen=True)
class Signed:
    """A JWT that a client signs: an assertion, a request object, a DPoP proof, or over other claims and headers than those."""

    of: str
    kind: str = "assertion"
    path: str = "/token"
    claims: tuple[tuple[str, Any], ...] = ()
    header: tuple[tuple[str, Any], ...] = ()
    alg: str = "ES256"
    strange: bool = False
    whole: Any = None
    spoilt: str = ""
    token: Live | None = None

    def text(self, scene: Scene) -> str:
        """The value."""
        changes, header = {name: json.loads(value) for name, value in self.claims}, {name: json.loads(value) for name, value in self.header}
        if self.kind == "proof":
            method, token = ("POST", None) if self.token is None else ("GET", self.token.text(scene))
            return spoil(scene.prover.proof(self.path, method, token=token, head=header, **changes), self.spoilt)
        claims: Any = scene.claims(self.of)
        if self.kind == "request_object":
            claims, header = claims | scene.asked(self.of), {"typ": "oauth-authz-req+jwt"} | header
        claims = claims | changes if self.whole is None else json.loads(self.whole)
        return spoil(scene.signed(claims, key=STRANGERS if self.strange else KEY, **({"alg": self.alg} | header)), self.spoilt)


Value = str | Live | Signed


def spoil(text: str, how: str) -> str:
    """A credential that something happened to."""
    middle = len(text) // 2
    done = {
        "cut": text[:-4], "flip": text[:middle] + ("A" if text[middle : middle + 1] != "A" else "B") + text[middle + 1 :],
        "twice": text + text,
        "upper": text.upper(), "padded": text + "==", "space": f" {text} ", "nul": text + "\x00", "tail": text + ".x",
    }  # fmt: skip
    return done.get(how, text)


def mostly(often: st.SearchStrategy[Any], *seldom: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One strategy more often than all the others together."""
    return st.sampled_from([often] * (2 * len(seldom)) + list(seldom)).flatmap(lambda chosen: chosen)


client = st.sampled_from(CLIENTS)
_LETTER_MEMBERS = ["type", "actions", "unit", "most", "until", "urgent", "from", "locations", "datatypes", "identifier", "privileges", "x"]
details = st.builds(
    lambda changes, more: json.dumps([LETTER | dict(changes), *more]),
    st.lists(st.tuples(st.sampled_from(_LETTER_MEMBERS), st.sampled_from(ODD)), max_size=1),
    st.sampled_from([[], [], [], [LETTER], [{}], [{"type": "surat"}], [[]], [LETTER] * 30]),
)
nasty = st.one_of(
    st.sampled_from(NASTY), st.sampled_from(NASTY), st.text(max_size=30), st.text("0123456789abcdef.-_~ \"'\\<>{}[]", max_size=60)
)
_odd = st.one_of(st.sampled_from(ODD), st.text(max_size=12)).map(json.dumps)
_changed = st.one_of(st.just(()), st.lists(st.tuples(st.sampled_from(CLAIMS), _odd), max_size=2).map(tuple))
_headed = st.one_of(st.just(()), st.just(()), st.lists(st.tuples(st.sampled_from(HEADERS), _odd), max_size=2).map(tuple))
_alg = st.sampled_from(["ES256"] * 16 + ALGS)
spoilt = st.sampled_from(SPOILT)


def live(*kinds: str, of: st.SearchStrategy[str] = client) -> st.SearchStrategy[Live]:
    """Credentials of these kinds, of any client."""
    return st.builds(Live, st.sampled_from(kinds), of, spoilt)


def signed(kind: str, of: st.SearchStrategy[str] = client, path: str = "/token") -> st.SearchStrategy[Signed]:
    """A JWT of a client over odd claims and headers."""
    whole = st.sampled_from([None] * 12 + [json.dumps(one) for one in ODD[:12]])
    strange = st.sampled_from([False] * 9 + [True])
    return st.builds(Signed, of, st.just(kind), st.just(path), _changed, _headed, _alg, strange, whole, spoilt)


assertion = signed("assertion", st.sampled_from(["jwt", "dpop", "fapi"]))
request_object = signed("request_object", st.sampled_from(["jwt", "jwt", "fapi", "web"]))
anything: st.SearchStrategy[Value] = st.one_of(
    nasty, nasty, nasty,
    live("code", "access_token", "refresh_token", "id_token", "secret", "request_uri", "device_code", "request_object", "assertion"),
    request_object, assertion,
)  # fmt: skip
authorization = st.one_of(
    st.sampled_from(
        ["", "Basic", "Basic ====", "Basic Og==", "Basic " + "A" * 9000, "Basic d2ViOg==", "Basic d2ViOng6eQ==", "Bearer",
        "Bearer ", "Bearer \xff",
         "Bearer e30.e30.e30", "DPoP x", "DPoP", ": ;", "Digest x", "bearer  x", "Basic \xe9\xe9", "Basic JTAwOiUwMA==",
         "Basic JWZmOiVmZg=="]
    ),
    st.text(max_size=20).map(lambda text: "Basic " + b64encode(text.encode("utf-8", "surrogatepass")).decode()),
)  # fmt: skip
