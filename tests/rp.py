"""A tiny relying party: begin, callback, redeem, refresh, userinfo, logout; over a Flask test client or real HTTP."""

import hashlib
import json
import secrets
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from re import findall
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import requests
from flask.testing import FlaskClient


@dataclass(frozen=True)
class Heard:
    """An answer of the provider."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return self.status == 200

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str | None:
        """The OAuth error code of a JSON answer."""
        found: str | None = self.json.get("error")
        return found

    @property
    def location(self) -> str:
        return self.headers["Location"]

    @property
    def params(self) -> dict[str, str]:
        """The answer's parameters: of a redirect's query, or of a form that posts itself."""
        if self.status in (302, 303):
            return dict(parse_qsl(urlsplit(self.location).query, keep_blank_values=True))
        pairs = findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', self.text)
        return {unescape(name): unescape(value) for name, value in pairs}


class Wire(Protocol):
    """How a relying party and its person's browser reach the provider. Redirects are not followed."""

    def get(self, path: str, headers: Mapping[str, str]) -> Heard: ...

    def post(self, path: str, data: str, headers: Mapping[str, str]) -> Heard: ...


class FlaskWire:
    """In process."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, headers: Mapping[str, str]) -> Heard:
        answer = self.client.get(path, headers=dict(headers))
        return Heard(answer.status_code, answer.headers, answer.data)

    def post(self, path: str, data: str, headers: Mapping[str, str]) -> Heard:
        answer = self.client.post(path, data=data, headers=dict(headers))
        return Heard(answer.status_code, answer.headers, answer.data)


class HttpWire:
    """Over a socket; keeps cookies as a browser does."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path: str, headers: Mapping[str, str]) -> Heard:
        answer = self.session.get(self.base + path, headers=dict(headers), allow_redirects=False, timeout=30)
        return Heard(answer.status_code, answer.headers, answer.content)

    def post(self, path: str, data: str, headers: Mapping[str, str]) -> Heard:
        answer = self.session.post(self.base + path, data=data, headers=dict(headers), allow_redirects=False, timeout=30)
        return Heard(answer.status_code, answer.headers, answer.content)


FORM = "application/x-www-form-urlencoded"


@dataclass
class RelyingParty:
    """One application. `browser` has the person's cookies, `back` is the application's own connection."""

    browser: Wire
    back: Wire
    client_id: str
    redirect_uri: str
    secret: str | None = None
    method: str = "client_secret_basic"
    scope: str = "openid profile email"
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(9))

    @property
    def challenge(self) -> str:
        return urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()

    def request(self, **changes: str | Sequence[str] | None) -> str:
        """The parameters of an authorization request; None leaves one out, a list repeats it."""
        values: dict[str, str | Sequence[str] | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        return urlencode({name: value for name, value in values.items() if value is not None}, doseq=True)

    def begin(self, **changes: str | Sequence[str] | None) -> Heard:
        """Send the browser to /authorize."""
        return self.browser.get("/authorize?" + self.request(**changes), {})

    def code(self, **changes: str | Sequence[str] | None) -> str:
        """A code, for a person who is signed in."""
        answer = self.begin(**changes)
        assert answer.status in (200, 303), answer.text
        params = answer.params
        assert "code" in params, params or answer.location
        assert params.get("state", self.state) == self.state
        return params["code"]

    def token(self, headers: Mapping[str, str] | None = None, **values: str | Sequence[str] | None) -> Heard:
        """POST /token, authenticated as registered."""
        return self.call("/token", values, headers)

    def call(self, path: str, values: Mapping[str, str | Sequence[str] | None], headers: Mapping[str, str] | None = None) -> Heard:
        """POST a form to a machine endpoint, authenticated as registered."""
        form, sent = dict(values), {"Content-Type": FORM, **(headers or {})}
        if self.method == "client_secret_basic" and "Authorization" not in sent:
            sent["Authorization"] = basic(self.client_id, self.secret or "")
        elif self.method == "client_secret_post":
            form = {"client_id": self.client_id, "client_secret": self.secret, **form}
        elif self.method == "none":
            form = {"client_id": self.client_id, **form}
        body = urlencode({name: value for name, value in form.items() if value is not None}, doseq=True)
        return self.back.post(path, body, sent)

    def redeem(self, code: str, *, verifier: str | None = "", redirect_uri: str | None = "", **more: str | None) -> Heard:
        """Exchange a code; an empty value stands for the right one, None leaves it out."""
        return self.token(
            grant_type="authorization_code",
            code=code,
            code_verifier=self.verifier if verifier == "" else verifier,
            redirect_uri=self.redirect_uri if redirect_uri == "" else redirect_uri,
            **more,
        )

    def tokens(self, **changes: str | Sequence[str] | None) -> dict[str, Any]:
        """Everything from /authorize to the token answer."""
        answer = self.redeem(self.code(**changes))
        assert answer.ok, answer.text
        found: dict[str, Any] = answer.json
        return found

    def refresh(self, refresh_token: str, **more: str | Sequence[str] | None) -> Heard:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **more)

    def userinfo(self, access_token: str, headers: Mapping[str, str] | None = None) -> Heard:
        return self.back.get("/userinfo", {"Authorization": f"Bearer {access_token}", **(headers or {})})

    def introspect(self, token: str, **more: str) -> Heard:
        return self.call("/introspect", {"token": token, **more})

    def revoke(self, token: str, **more: str) -> Heard:
        return self.call("/revoke", {"token": token, **more})

    def logout(self, **values: str) -> Heard:
        """Send the browser to the end-session endpoint."""
        return self.browser.get("/logout?" + urlencode(values), {})


def basic(client_id: str, secret: str) -> str:
    """The header of client_secret_basic: both parts form-urlencoded (RFC 6749 section 2.3.1)."""
    return "Basic " + b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode()


def payload(token: str) -> dict[str, Any]:
    """The claims of a JWT, unchecked."""
    return _part(token, 1)


def header(token: str) -> dict[str, Any]:
    """The header of a JWT, unchecked."""
    return _part(token, 0)


def _part(token: str, index: int) -> dict[str, Any]:
    text = token.split(".")[index]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found
