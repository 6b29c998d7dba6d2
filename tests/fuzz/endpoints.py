"""Every protocol endpoint: the honest requests it is sent, the parameters it reads, the errors it may give."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from idp.clients.metadata import DEVICE_GRANT, EXCHANGE_GRANT
from idp.protocol import oidc_discovery, rfc7517_jwks, rfc7591_registration, rfc8414_metadata, rfc8628_device
from idp.protocol.rfc8693_token_exchange import ACCESS_TOKEN
from tests.fuzz import judge
from tests.fuzz.cases import NAMED, Case, Endpoint, Pairs
from tests.fuzz.scene import API, CHALLENGE, VERIFIER
from tests.fuzz.values import ODD, Live, Signed, client, details, live, mostly, nasty, request_object, signed

_GRANTED = ["web", "loose", "spa", "native", "jwt", "dpop", "fapi", "tls"]
_URI = {"web": "https://web.example.org/cb", "native": "http://127.0.0.1/cb"}
_AUTH = [
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "resource",
    "audience",
    "scope",
    "authorization_details",
    "x",
]
_PROVED = st.sampled_from(["web", "web", "loose", "batch", "arsip", "jwt", "tls", "spa", "tv", "off"])


def _uri(name: str) -> str:
    return _URI.get(name, f"https://{name}.example.org/cb")


def _post(path: str, proved: str, *params: tuple[str, Any], **more: Any) -> Case:
    return Case("POST", path, tuple(params), proved=proved, **more)


# -- authorize ------------------------------------------------------------------------------------------------------

_ASKED = [
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
    "response_mode", "prompt",
    "max_age", "display", "ui_locales", "claims", "claims_locales", "id_token_hint", "login_hint", "acr_values", "request", "request_uri",
    "registration", "resource", "dpop_jkt", "authorization_details", "code", "x",
]  # fmt: skip
_MORE: st.SearchStrategy[Pairs] = st.one_of(
    st.just(()),
    st.sampled_from(["none", "login", "consent", "select_account", "none login", "login consent"]).map(
        lambda prompt: (("prompt", prompt),)
    ),
    st.sampled_from(["query", "form_post", "jwt", "query.jwt", "form_post.jwt", "fragment"]).map(lambda mode: (("response_mode", mode),)),
    st.sampled_from(["0", "1", "10000", "-1", "x"]).map(lambda age: (("max_age", age),)),
    live("id_token").map(lambda hint: (("id_token_hint", hint),)),
    st.sampled_from(
        ['{"userinfo":{"email":{"essential":true}},"id_token":{"acr":{"values":["x"]}}}', '{"id_token":{"sub":{"value":"x"}}}']
    ).map(lambda claims: (("claims", claims),)),
    st.just((("resource", API), ("resource", API))),
    details.map(lambda value: (("authorization_details", value),)),
    st.just((("acr_values", "urn:idsumut:acr:3"),)),
)


def _plain(name: str, more: Pairs) -> Pairs:
    return (
        ("response_type", "code"), ("client_id", name), ("redirect_uri", _uri(name)), ("scope", "openid profile"), ("state", "s"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE), ("code_challenge_method", "S256"), *more,
    )  # fmt: skip


_asking = st.sampled_from(["web", "web", "loose", "spa", "native", "asks", "jwt", "tls"])
_ASKS: st.SearchStrategy[Pairs] = st.one_of(
    st.builds(_plain, st.one_of(_asking, _asking, client), _MORE),
    st.builds(_plain, _asking, _MORE),
    request_object.map(lambda signed: (("client_id", signed.of), ("request", signed), ("response_type", "code"), ("scope", "openid"))),
    live("request_uri", of=st.sampled_from(["web", "dpop", "fapi", "spa"])).map(lambda uri: (("client_id", uri.of), ("request_uri", uri))),
)
_browser = st.sampled_from([True, True, True, False])
AUTHORIZE = [
    Endpoint(
        "authorize-get",
        st.builds(lambda asks, browser: Case("GET", "/authorize", query=asks, browser=browser), _ASKS, _browser),
        _ASKED, good=frozenset({303, 400}),
    ),
    Endpoint(
        "authorize-post",
        st.builds(lambda asks, browser: Case("POST", "/authorize", asks, browser=browser), _ASKS, _browser),
        _ASKED, good=frozenset({303, 400}),
    ),
]  # fmt: skip

# -- the token endpoint, grant by grant --------------------------------------------------------------------------------

_proof = signed("proof", st.just("dpop"))


def _bound(name: str, case: Case, proof: Signed) -> Case:
    return Case(**{**vars(case), "headers": (("DPoP", proof),)}) if name in ("dpop", "fapi") else case


def _code(name: str, code: Live, proof: Signed) -> Case:
    form = (("grant_type", "authorization_code"), ("code", code), ("redirect_uri", _uri(name)), ("code_verifier", VERIFIER))
    return _bound(name, _post("/token", name, *form), proof)


def _refresh(name: str, token: Live, proof: Signed, scope: Pairs) -> Case:
    return _bound(name, _post("/token", name, ("grant_type", "refresh_token"), ("refresh_token", token), *scope), proof)


def _machine(name: str, more: Pairs) -> Case:
    return _post("/token", name, ("grant_type", "client_credentials"), *more)


def _own(make: Any, kind: str, names: list[str], *rest: Any) -> st.SearchStrategy[Case]:
    """Mostly a client's own credential; sometimes another's."""
    return st.sampled_from(names).flatmap(
        lambda name: st.builds(make, st.just(name), live(kind, of=st.sampled_from([name] * 9 + ["web"])), *rest)
    )


_scope = st.sampled_from([(), (("scope", "openid"),), (("scope", "openid arsip:read nik"),), (("resource", API),)])
_api_scope = st.sampled_from([(), (), (("scope", "arsip:read"),), (("resource", API),), (("scope", "openid"),)])
_rich = details.map(lambda value: (("authorization_details", value),))
_credentials = st.builds(_machine, st.sampled_from(["batch"] * 4 + ["arsip", "web"]), st.one_of(_api_scope, _rich))
_exchange = st.builds(
    lambda token, of: _post("/token", of, ("grant_type", EXCHANGE_GRANT), ("subject_token", token), ("subject_token_type",
    ACCESS_TOKEN), ("audience", "arsip")),
    live(*["access_token"] * 5, "id_token", "refresh_token", of=st.sampled_from(["web"] * 5 + ["loose"])), st.sampled_from(["web",
    "web", "web", "loose"]),
)  # fmt: skip
_device = st.builds(
    lambda code, of: _post("/token", of, ("grant_type", DEVICE_GRANT), ("device_code", code)),
    live("device_code", "approved_device", of=st.just("tv")), st.sampled_from(["tv", "tv", "kiosk", "web"]),
)  # fmt: skip
_unknown = st.builds(lambda grant, of: _post("/token", of, ("grant_type", grant), ("username", "siti"), ("password", "x")), nasty, _PROVED)
_assertions = st.builds(
    lambda made: Case("POST", "/token", (("grant_type", "refresh_token"), ("refresh_token", Live("refresh_token", made.of)),
    ("client_id", made.of),
                      ("client_assertion", made), ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"))),
    signed("assertion", st.sampled_from(["jwt", "jwt", "fapi"])),
)  # fmt: skip
_BODY = [
    "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "device_code", "subject_token", "subject_token_type",
    "actor_token",
    "actor_token_type", "requested_token_type", "username", "password", "assertion", *_AUTH,
]  # fmt: skip
TOKEN = [
    Endpoint(f"token-{name}", honest, _BODY, judge.TOKEN, good)
    for name, honest, good in (
        ("code", _own(_code, "code", _GRANTED, _proof), frozenset({200, 400})),
        ("refresh", _own(_refresh, "refresh_token", _GRANTED, _proof, _scope), frozenset({200, 400})),
        ("client-credentials", _credentials, frozenset({200, 400})),
        ("device", _device, frozenset({400})),
        ("exchange", _exchange, frozenset({200, 400})),
        ("assertion", _assertions, frozenset({200, 400})),
        ("unknown", _unknown, frozenset({400})),
    )
]

# -- other endpoints of machines -------------------------------------------------------------------------------------

_pushed = st.one_of(
    st.sampled_from(["web", "loose", "spa", "jwt", "dpop", "tls"]).flatmap(
        lambda name: st.builds(lambda more: _post("/par", name, *_plain(name, more)), _MORE)
    ),
    request_object.map(lambda made: _post("/par", made.of, ("client_id", made.of), ("request", made))),
)


def _told(token: Live, how: str) -> Case:
    if how == "body":
        return Case("POST", "/userinfo", (("access_token", token),))
    return Case(how, "/userinfo", headers=(("Authorization", _Bearer("Bearer", token)),))


class _Bearer(Live):
    """A token behind its scheme."""

    def __init__(self, scheme: str, token: Live) -> None:
        super().__init__(token.kind, token.of, token.spoilt)
        object.__setattr__(self, "scheme", scheme)

    def text(self, scene: Any) -> str:
        """The header."""
        return f"{self.scheme} {super().text(scene)}"  # type: ignore[attr-defined]


def _told_bound(token: Live, scheme: str, proof: Signed) -> Case:
    return Case("GET", "/userinfo", headers=(("Authorization", _Bearer(scheme, token)), ("DPoP", replace(proof, token=token))))


_some_token = live(
    "access_token", "access_token", "refresh_token", "id_token", "code", of=st.sampled_from(["web", "loose", "spa", "jwt", "batch", "tls"])
)
_question = st.builds(lambda token, hint, of: ((("token", token), *hint), of), _some_token,
                      st.sampled_from([(), (("token_type_hint", "access_token"),), (("token_type_hint", "refresh_token"),)]),
                      _PROVED)  # fmt: skip
MACHINES = [
    Endpoint("par", _pushed, [*_ASKED, *_AUTH], judge.PAR, frozenset({201, 400})),
    Endpoint(
        "userinfo",
        st.one_of(
            st.builds(_told, _some_token, st.sampled_from(["GET", "GET", "POST", "body"])),
            st.builds(_told_bound, live("access_token", of=st.sampled_from(["dpop", "fapi"])), st.sampled_from(["DPoP"] * 5 + ["Bearer"]),
                      signed("proof", st.just("dpop"), "/userinfo")),
        ),
        ["access_token", "schema", "x"], judge.BEARER, frozenset({200, 400}),
    ),
    Endpoint("introspect", _question.map(lambda asked: _post("/introspect", asked[1], *asked[0])), ["token", "token_type_hint",
    *_AUTH], judge.QUESTION,
             frozenset({200, 400})),
    Endpoint("revoke", _question.map(lambda asked: _post("/revoke", asked[1], *asked[0])), ["token", "token_type_hint", *_AUTH],
    judge.QUESTION,
             frozenset({200, 400})),
    Endpoint("device_authorization",
             st.builds(lambda of, scope: _post(rfc8628_device.PATH, of, *scope), st.sampled_from(["tv", "kiosk", "tv", "kiosk", "web"]),
                       st.sampled_from([(("scope", "openid"),), (("scope", "openid profile offline_access"),), (), (("resource", API),)])),
             ["scope", *_AUTH], judge.TOKEN, frozenset({200, 400})),
    Endpoint("documents",
             st.builds(lambda path: Case("GET", path), st.sampled_from([oidc_discovery.PATH, rfc8414_metadata.PATH, rfc7517_jwks.PATH])),
             ["x"], frozenset({"invalid_request"}), frozenset({200})),
]  # fmt: skip

# -- registration ----------------------------------------------------------------------------------------------------

_GOOD: dict[str, Any] = {
    "redirect_uris": ["https://dcr.example.org/cb"], "client_name": "Arsip", "client_name#id": "Arsip", "client_uri": "https://dcr.example.org/",
    "post_logout_redirect_uris": ["https://dcr.example.org/out"], "token_endpoint_auth_method": "client_secret_basic",
    "response_types": ["code"],
    "grant_types": ["authorization_code", "refresh_token"], "scope": "openid profile", "subject_type": "public",
    "contacts": ["a@example.org"],
    "logo_uri": "https://dcr.example.org/logo.png", "id_token_signed_response_alg": "ES256", "application_type": "web",
    "backchannel_logout_uri": "https://dcr.example.org/bc", "frontchannel_logout_uri": "https://dcr.example.org/fc", "software_id": "x",
}  # fmt: skip
_MEMBERS = [*_GOOD, *(name for name, _, _ in rfc7591_registration.MEMBERS), "software_statement", "client_id", "client_secret",
"request_uris",
            "tls_client_auth_subject_dn", "tls_client_auth_san_ip", "default_acr_values", "id_token_encrypted_response_enc",
            "sector_identifier_uri"]  # fmt: skip
_ADDRESSES = ["http://127.0.0.1:1/", "https://evil.example@dcr.example.org/", "javascript:alert(1)", "file:///etc/passwd", "https://169.254.169.254/",
              "https://dcr.example.org/cb#x", "https://[::1", "//x", "https://dcr.example.org/ä", "https://dcr.example.org:0/",
              "https://x:99999999/"]  # fmt: skip
_member = st.one_of(st.sampled_from(ODD), nasty, st.sampled_from(_ADDRESSES), st.lists(st.one_of(nasty,
st.sampled_from(_ADDRESSES)), max_size=2),
                    st.just({"keys": [{"kty": "RSA", "n": "AQ", "e": "AQAB"}]}), st.just({"keys": [{"kty": "EC", "crv": "P-256",
                    "x": "AA", "y": 1}]}),
                    st.just({"keys": [[]]}), st.just({"keys": [{"kty": "OKP", "crv": "X", "x": "", "d": "AA"}]}))  # fmt: skip


def _metadata(kept: int, changes: list[tuple[str, Any]]) -> dict[str, Any]:
    return {"client_id": NAMED} | dict(list(_GOOD.items())[:kept]) | dict(changes)


_changes = st.sampled_from([0, 1, 1, 2]).flatmap(
    lambda size: st.lists(st.tuples(st.sampled_from(_MEMBERS), _member), min_size=size, max_size=size)
)
_documents = st.builds(_metadata, st.integers(1, len(_GOOD)), _changes)
_written = mostly(
    _documents.map(json.dumps), st.sampled_from(ODD).map(json.dumps), nasty,
    _documents.map(lambda body: json.dumps(body, ensure_ascii=False)), _documents.map(lambda body: json.dumps(body)[:-1]),
    st.just('{"redirect_uris":["https://a.example/cb"],"redirect_uris":[1]}'), st.just("[" * 20_000), st.just("\ufeff{}"),
)  # fmt: skip
_initial = _Bearer("Bearer", Live("initial_token", "web"))
_JSON = "application/json"


class _Managed(Live):
    """Where a registered client manages itself, or the token for it."""

    def __init__(self, part: int) -> None:
        super().__init__("registration", "web")
        object.__setattr__(self, "part", part)

    def text(self, scene: Any) -> str:
        """The address, or the header."""
        found = super().text(scene).split(" ")[self.part]  # type: ignore[attr-defined]
        return f"Bearer {found}" if self.part else f"{rfc7591_registration.PATH}/{found}"  # type: ignore[attr-defined]


_strange_path = st.sampled_from(["web", "", "x", "%00", "%ff", "..", "a/b", "x" * 3000]).map(lambda x: f"/register/{x}")
_path = mostly(st.just(_Managed(0)), _strange_path)
REGISTRATION = [
    Endpoint("register", st.builds(lambda body: Case("POST", rfc7591_registration.PATH, headers=(("Authorization", _initial),),
    kind=_JSON, document=body), _written),
             errors=judge.REGISTER, good=frozenset({201, 400})),
    Endpoint("management",
             st.builds(lambda method, path, body: Case(method, path, headers=(("Authorization", _Managed(1)),), kind=_JSON, document=body),
                       st.sampled_from(["GET", "GET", *["PUT"] * 5, "DELETE"]), _path, _written),
             errors=judge.REGISTER, good=frozenset({200, 400})),
]  # fmt: skip

# -- pages -----------------------------------------------------------------------------------------------------------

_OUT = ["id_token_hint", "logout_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales", "confirm", "csrf_token", "x"]
_gone = st.sampled_from([(), (("client_id", "web"), ("post_logout_redirect_uri", "https://web.example.org/out"), ("state", "s")),
(("client_id", "off"),),
                         (("client_id", "spa"), ("post_logout_redirect_uri", "https://web.example.org/out"))])  # fmt: skip
_hinted = st.builds(
    lambda hint, more: (*more, ("id_token_hint", hint)), live("id_token", of=st.sampled_from(["web", "web", "spa", "loose"])), _gone
)
_csrf = Live("csrf", "")
_confirmed = st.builds(lambda more: (*more, ("confirm", "1"), ("csrf_token", _csrf)), st.one_of(_gone, _hinted))
_leaves = st.one_of(_gone, _hinted, _confirmed)
_typed = st.one_of(live("user_code", of=st.just("tv")), nasty)
PAGES = [
    Endpoint("logout",
             st.builds(lambda method, out, browser: Case(method, "/logout", **{"query" if method == "GET" else "params": out},
             browser=browser),
                       st.sampled_from(["GET", "POST"]), _leaves, _browser),
             _OUT, good=frozenset({200, 303, 400})),
    Endpoint("device-page",
             st.one_of(
                 st.builds(lambda code: Case("GET", rfc8628_device.PAGE, query=(("user_code", code),), browser=True), _typed),
                 st.builds(lambda code: Case("POST", rfc8628_device.PAGE, (("csrf_token", _csrf), ("user_code", code)),
                 browser=True), _typed),
                 st.builds(lambda page, choice: Case("POST", page, (("csrf_token", _csrf), ("choice", choice)), browser=True),
                           live("device_page", of=st.just("tv")), st.one_of(st.sampled_from(["allow", "deny"]), nasty)),
                 st.builds(lambda page: Case("GET", page, browser=True), live("device_page", of=st.just("tv"))),
                 st.builds(lambda done: Case("GET", "/device/done", query=(("declined", done),)), nasty),
             ),
             ["user_code", "csrf_token", "choice", "declined", "x"], good=frozenset({200})),
    Endpoint("interaction",
             st.one_of(
                 st.builds(lambda page, browser: Case("GET", page, browser=browser), live("interaction", of=st.just("asks")), _browser),
                 st.builds(lambda page, choice: Case("POST", page, (("csrf_token", _csrf), ("choice", choice)), browser=True),
                           live("interaction_data", "interaction_account", of=st.just("asks")), st.one_of(st.sampled_from(["allow",
                           "deny"]), nasty)),
             ),
             ["csrf_token", "choice", "account", "x"], good=frozenset({303})),
]  # fmt: skip

ENDPOINTS = [*AUTHORIZE, *TOKEN, *MACHINES, *REGISTRATION, *PAGES]
# Which of them (by the first part of its name) sends to which address; a house test compares this with the application's routes.
PATHS = {
    "/authorize": "authorize", "/token": "token", "/par": "par", "/userinfo": "userinfo", "/introspect": "introspect", "/revoke": "revoke",
    rfc8628_device.PATH: "device_authorization", "/device": "device", "/device/<>": "device", "/device/done": "device",
    rfc7591_registration.PATH: "register", f"{rfc7591_registration.PATH}/<>": "management", "/logout": "logout",
    oidc_discovery.PATH: "documents", rfc8414_metadata.PATH: "documents", rfc7517_jwks.PATH: "documents",
    "/interaction/<>": "interaction", "/interaction/<>/data": "interaction", "/interaction/<>/account": "interaction",
}  # fmt: skip
