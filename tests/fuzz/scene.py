"""The installation that is fuzzed: applications of every kind, a person who is signed in, and live credentials on demand.

Credentials are named by a case and made when it is sent, so that a case means the same whenever it is sent again: a fresh code
each time, tokens and sessions renewed every so many cases.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from html import unescape
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, Key, OctKey, RSAKey
from sqlalchemy import text

from idp.clients.metadata import DEVICE_GRANT, EXCHANGE_GRANT, NewClient
from idp.directory.new_person import NewPerson
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock, epoch
from idp.protocol.rfc7523_private_key_jwt import ASSERTION_TYPE
from idp.wiring import Deps, Services
from tests.fuzz.judge import Law
from tests.fuzz.wire import Got, Sent, Wire
from tests.protocol.certificates import self_signed
from tests.protocol.proofs import Prover, _base64
from tests.protocol.rich import FIELDS
from tests.rp import FORM, basic

API = "https://arsip.example.org/api"
VERIFIER = "fuzz-" + "v" * 43
CHALLENGE = _base64(sha256(VERIFIER.encode()).digest()).decode()
ALGS = ["ES256", "RS256", "PS256", "HS256", "none"]
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_CODE = ("authorization_code", "refresh_token")
_RENEWED_EVERY = 60
_ONCE = frozenset(
    {
        "code", "assertion", "request_object", "request_uri", "interaction", "interaction_data", "interaction_account", "user_code",
        "device_page", "csrf", "device_code", "approved_device",
    }
)  # fmt: skip
KEY = ECKey.generate_key("P-256", {"kid": "k1"}, private=True)
RSA = RSAKey.generate_key(2048, {"kid": "r1"}, private=True)
STRANGERS = ECKey.generate_key("P-256", {"kid": "k1"}, private=True)
SHARED = OctKey.import_key(b"a shared key that no client has registered, ever")
JWKS = {"keys": [KEY.as_dict(private=False), RSA.as_dict(private=False)]}


def _host(name: str) -> str:
    return f"https://{name}.example.org"


def clients(certificate: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What is registered: one application of every kind."""
    signs = {"auth_method": "private_key_jwt", "jwks": JWKS}
    return {
        "web": {
            "redirect_uris": (_host("web") + "/cb", _host("web") + "/cb2?page=1"), "grants": (*_CODE, EXCHANGE_GRANT),
            "frontchannel_logout_uri": _host("web") + "/front", "backchannel_logout_uri": _host("web") + "/back",
            "scopes": ("openid", "profile", "email", "phone", "offline_access", "arsip:read"), "resources": (API,),
            "home_uri": _host("web") + "/",
        },
        "loose": {"require_pkce": False, "auth_method": "client_secret_post", "userinfo_alg": "RS256"},
        "spa": {"auth_method": "none"},
        "native": {"auth_method": "none", "redirect_uris": ("http://127.0.0.1/cb", "org.example.app:/cb")},
        "asks": {"first_party": False},
        "jwt": {**signs, "request_object_alg": "ES256", "response_alg": "ES256", "require_pkce": False},
        "dpop": {**signs, "dpop": True},
        "fapi": {**signs, "profile": "fapi2-message-signing"},
        "tls": {"auth_method": "self_signed_tls_client_auth", "jwks": certificate, "certificate_bound": True},
        "batch": {"grants": ("client_credentials",), "redirect_uris": (), "scopes": ("arsip:read", "arsip:write"), "resources": (API,)},
        "arsip": {"grants": ("client_credentials",), "redirect_uris": (), "scopes": ("arsip:read",), "audience": (API,),
        "introspection_alg": "ES256"},
        "tv": {"auth_method": "none", "grants": (DEVICE_GRANT, "refresh_token"), "redirect_uris": ()},
        "kiosk": {"grants": (DEVICE_GRANT, "refresh_token"), "redirect_uris": ()},
        "off": {},
    }  # fmt: skip


def refreshes(client: str) -> bool:
    """Whether the application of that name gets codes and refresh tokens."""
    return client not in ("batch", "arsip", "tv", "kiosk")


@dataclass
class Scene:
    """The installation, reached over `wire`. law: what every answer is judged by."""

    deps: Deps
    wire: Wire
    base: str
    law: Law = field(init=False)
    secret: dict[str, str | None] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    person: str = ""
    _kept: dict[tuple[str, str], str] = field(default_factory=dict)
    _age: int = 0

    def __post_init__(self) -> None:
        self.certificate = self_signed(self.deps.clock.now())
        self.prover = Prover(lambda: epoch(self.deps.clock.now()), self.base)
        self.law = Law(self.base, {})
        self._register()
        self.renew()

    @contextmanager
    def unit(self) -> Any:
        """Services in one committed unit of work."""
        with self.deps.database.unit() as session:
            yield Services(self.deps, session)

    def _register(self) -> None:
        redirects, origins = {}, {_host("web"), _host("spa")}
        with self.unit() as services:
            self.person = services.people.create(OPERATOR, NewPerson(username="siti", name="Siti Lubis", email="siti@example.go.id")).id
            for name, values in clients(self.certificate.jwks()).items():
                given = {
                    "redirect_uris": (_host(name) + "/cb",), "first_party": True, "grants": _CODE,
                    "scopes": ("openid", "profile", "email", "offline_access"),
                } | values  # fmt: skip
                given["post_logout_redirect_uris"] = (_host(name) + "/out",) if given["redirect_uris"] else ()
                client, self.secret[name] = services.registry.create(OPERATOR, NewClient(client_id=name, **given))
                redirects[name] = (*client.redirect_uris, *client.post_logout_redirect_uris)
                origins |= set(client.origins)
            types = services.registry.authorization_types
            types.declare(OPERATOR, "surat", title="Letters", title_id="Surat", schema=FIELDS, resources=(API,), without_person=True)
            for name in ("web", "batch"):
                types.allow(OPERATOR, "surat", name)
            services.registry.disable(OPERATOR, "off")
            services.registry.exchange.allow(OPERATOR, "web", "arsip", "arsip:read")
        self.law.redirects, self.law.origins = redirects, origins
        self.law.leads = {_host("web") + "/front", _host("web") + "/", *origins}
        settings = self.deps.settings
        self.law.secrets = {str(settings.secret_key), *settings.data_keys, *(secret for secret in self.secret.values() if secret)}

    # -- cases ------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Time passes between cases; credentials and the session are renewed before they end by themselves."""
        self._age += 1
        if isinstance(self.deps.clock, FrozenClock):
            self.deps.clock.advance(seconds=1)
        if self._age % _RENEWED_EVERY == 0:
            self.renew()

    def renew(self) -> None:
        """A new session; every credential is made anew when next named."""
        self._kept.clear()
        with self.unit() as services:
            token = services.sessions.start(OPERATOR, self.person, ("pwd", "otp", "mfa"), shared=False)
        with self.deps.database.unit() as session:
            session.execute(text("DELETE FROM throttle_counters"))  # how guessing is slowed down is tested elsewhere
        self.cookies = {"idp_session": token, "idp_browser": secrets.token_urlsafe(32), "idp_lang": "en"}
        self.csrf = self._token_of("/device")

    def lost(self) -> None:
        """Something was revoked or ended: begin anew."""
        self._age = -1

    def _token_of(self, path: str) -> str:
        page = self.browse(path)
        found = _CSRF.search(page.text)
        assert found, page
        for cookie in page.all("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return unescape(found[1])

    @property
    def cookie(self) -> str:
        """The Cookie header of the person's browser."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    # -- honest requests, of which credentials are made -------------------------------------------------------------

    def browse(self, path: str) -> Got:
        """Open a page in the person's browser."""
        return self.wire.send(Sent("GET", path, (("Cookie", self.cookie),)))

    def call(self, path: str, client: str, headers: Mapping[str, str] | None = None, **form: str) -> dict[str, Any]:
        """A machine's honest request."""
        proved, more = self.proved(client)
        sent = {"Content-Type": FORM, **proved, **(headers or {})}
        got = self.wire.send(Sent("POST", path, tuple(sent.items()), urlencode(more | form).encode()))
        assert got.status in (200, 201), (path, client, form, got)
        found: dict[str, Any] = json.loads(got.body)
        return found

    def proved(self, client: str) -> tuple[dict[str, str], dict[str, str]]:
        """(headers, parameters) by which a client proves itself as registered."""
        method = {"jwt": "key", "dpop": "key", "fapi": "key", "tls": "tls"}.get(client, "post" if client == "loose" else "basic")
        if method == "key":
            return {}, {"client_id": client, "client_assertion_type": ASSERTION_TYPE, "client_assertion": self.live("assertion", client)}
        if method == "tls":
            return self.certificate.header, {"client_id": client}
        secret = self.secret[client]
        if secret is None:
            return {}, {"client_id": client}
        return ({}, {"client_id": client, "client_secret": secret}) if method == "post" else ({"Authorization": basic(client, secret)}, {})

    def bound(self, client: str, path: str) -> dict[str, str]:
        """The proof of a client whose tokens are bound to a key."""
        return {"DPoP": self.prover.proof(path)} if client in ("dpop", "fapi") else {}

    def asked(self, client: str) -> dict[str, str]:
        """An authorization request."""
        uris = self.law.redirects[client]
        uri = uris[0] if uris else _host(client) + "/cb"
        return {
            "response_type": "code", "client_id": client, "redirect_uri": uri,
            "scope": "openid profile offline_access" + (" arsip:read" if client == "web" else ""), "state": "s",
            "nonce": "n", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
            **({"response_mode": "jwt"} if client == "fapi" else {}),
        }  # fmt: skip

    # -- credentials -------------------------------------------------------------------------------------------------

    def live(self, kind: str, client: str) -> str:
        """A live credential of that kind; some are good once and made each time."""
        make: Callable[[str], str] = getattr(self, f"_{kind}")
        if kind in _ONCE or (kind == "refresh_token" and client in ("spa", "native")):  # which rotate
            self._kept.pop(("tokens", client), None) if kind == "refresh_token" else None
            return make(client)
        if (kind, client) not in self._kept:
            self._kept[kind, client] = make(client)
        return self._kept[kind, client]

    def _code(self, client: str) -> str:
        if not refreshes(client) or client == "off":
            return "x" * 43
        asked = self.asked(client) | {"prompt": "none"} if client != "asks" else self.asked("web")
        if client in ("fapi", "dpop"):
            asked = {"client_id": client, "request_uri": self._request_uri(client)}
        got = self.browse("/authorize?" + urlencode(asked))
        params = {name: values[0] for name, values in parse_qs(urlsplit(got.header("Location") or "").query).items()}
        if "response" in params:
            params = claims_of(params["response"])
        assert "code" in params, (client, got, params)
        return str(params["code"])

    def _tokens(self, client: str) -> str:
        if client in ("batch", "arsip"):
            return json.dumps(self.call("/token", client, grant_type="client_credentials"))
        if not refreshes(client) or client in ("off", "asks"):
            return json.dumps(dict.fromkeys(("access_token", "refresh_token", "id_token"), "x" * 40))
        form = {"grant_type": "authorization_code", "code": self._code(client), "redirect_uri": self.asked(client)["redirect_uri"]}
        return json.dumps(self.call("/token", client, self.bound(client, "/token"), code_verifier=VERIFIER, **form))

    def _of_tokens(self, name: str, client: str) -> str:
        return str(json.loads(self.live("tokens", client)).get(name, "x" * 40))

    def _access_token(self, client: str) -> str:
        return self._of_tokens("access_token", client)

    def _refresh_token(self, client: str) -> str:
        return self._of_tokens("refresh_token", client)

    def _id_token(self, client: str) -> str:
        return self._of_tokens("id_token", client)

    def _secret(self, client: str) -> str:
        return self.secret[client] or "x" * 43

    def _assertion(self, client: str) -> str:
        return self.signed(self.claims(client))

    def _request_object(self, client: str) -> str:
        return self.signed(self.claims(client) | self.asked(client), typ="oauth-authz-req+jwt")

    def _request_uri(self, client: str) -> str:
        if not refreshes(client) or client == "off":
            return "urn:ietf:params:oauth:request_uri:" + "x" * 43
        asked = {"request": self._request_object(client), "client_id": client} if client == "fapi" else self.asked(client)
        return str(self.call("/par", client, self.bound(client, "/par"), **asked)["request_uri"])

    def _device_code(self, client: str) -> str:
        return str(self.call("/device_authorization", client if client in ("tv", "kiosk") else "tv", scope="openid profile")["device_code"])

    def _user_code(self, client: str) -> str:
        return str(self.call("/device_authorization", client if client in ("tv", "kiosk") else "tv", scope="openid profile")["user_code"])

    def _approved_device(self, client: str) -> str:
        given = self.call("/device_authorization", client, scope="openid profile")
        form = {"csrf_token": self.csrf, "user_code": given["user_code"]}
        head = (("Cookie", self.cookie), ("Content-Type", FORM))
        page = self.wire.send(Sent("POST", "/device", head, urlencode(form).encode())).header("Location") or "/device/x"
        self.wire.send(Sent("POST", page, head, urlencode({"csrf_token": self.csrf, "choice": "allow"}).encode()))
        return str(given["device_code"])

    def _device_page(self, client: str) -> str:
        form = urlencode({"csrf_token": self.csrf, "user_code": self._user_code(client)}).encode()
        got = self.wire.send(Sent("POST", "/device", (("Cookie", self.cookie), ("Content-Type", FORM)), form))
        return got.header("Location") or "/device/" + "x" * 26

    def _interaction(self, client: str) -> str:
        asked = self.asked(client if refreshes(client) else "asks")
        return self._paused(asked | {"prompt": "consent"})

    def _interaction_data(self, client: str) -> str:
        return self._interaction(client) + "/data"

    def _interaction_account(self, client: str) -> str:
        return self._paused(self.asked(client) | {"prompt": "select_account"}) + "/account"

    def _paused(self, asked: Mapping[str, str]) -> str:
        location = self.browse("/authorize?" + urlencode(asked)).header("Location") or ""
        return location if location.startswith("/interaction/") else "/interaction/" + "x" * 26

    def _csrf(self, client: str) -> str:
        del client
        return self.csrf

    def _initial_token(self, client: str) -> str:
        del client
        with self.unit() as services:
            made: str = services.registry.registration.create_token(OPERATOR, policy="sandbox", government=None, uses=1000, days=1)[1]
        return made

    def _registration(self, client: str) -> str:
        """A registered client: "id token"."""
        del client
        token = self.live("initial_token", "")
        sent = Sent(
            "POST",
            "/register",
            (("Content-Type", "application/json"), ("Authorization", f"Bearer {token}")),
            b'{"redirect_uris":["https://dcr.example.org/cb"]}',
        )
        made = json.loads(self.wire.send(sent).body)
        return f"{made['client_id']} {made['registration_access_token']}"

    # -- what a client signs -------------------------------------------------------------------------------------------

    def claims(self, client: str) -> dict[str, Any]:
        """Those of an assertion, good for a minute."""
        now = epoch(self.deps.clock.now())
        return {"iss": client, "sub": client, "aud": self.base, "jti": secrets.token_urlsafe(9), "iat": now, "nbf": now, "exp": now + 60}

    def signed(self, claims: Any, *, key: Key = KEY, alg: Any = "ES256", **header: Any) -> str:
        """A JWS over whatever `claims` is; nothing checks what is signed."""
        used = alg if isinstance(alg, str) and alg in ALGS else "ES256"
        by = {"RS256": RSA, "PS256": RSA, "HS256": SHARED}.get(used, key)
        head = {"alg": alg, "kid": by.kid or key.kid, **header}
        raw = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        signing = b".".join((_base64(json.dumps(head).encode()), _base64(raw)))
        signature = b"" if used == "none" else jws.JWSRegistry.algorithms[used].sign(signing, by)
        return (signing + b"." + _base64(signature)).decode()


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a JWT, unchecked."""
    from tests.rp import payload

    return payload(token)


def escaped(value: str) -> str:
    """A value within a form, whatever it holds."""
    return quote(value.encode("utf-8", "surrogatepass"), safe="")
