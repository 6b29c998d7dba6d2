"""The relying party of the kit: what every module of the suite does and checks, over real HTTP.

A module's test says only what is particular to it. `flow` is the common part: authorization request, answer, tokens, the
standard checks of the ID token (OIDC Core section 3.1.3.7), userinfo.
"""

import base64
import hashlib
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from demo.browser import Browser, Form, Page
from tests.journeys.arrange import Employee

HOME = "https://rp.example.org"
CALLBACK, OUT = f"{HOME}/callback", f"{HOME}/post_logout_redirect"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Provider:
    """What is known of the provider: its discovery document and its keys."""

    base: str
    metadata: dict[str, Any]

    @classmethod
    def at(cls, base: str) -> "Provider":
        """Read the discovery document."""
        found = requests.get(f"{base}/.well-known/openid-configuration", timeout=10)
        assert found.status_code == 200
        assert found.headers["Content-Type"].split(";")[0] == "application/json"
        return cls(base, found.json())

    @cached_property
    def keys(self) -> KeySet:
        """The keys it signs with, as published when they were first needed."""
        return KeySet.import_key_set(requests.get(self.metadata["jwks_uri"], timeout=10).json())


@dataclass(frozen=True)
class Answer:
    """What arrived at the redirect URI, and how; `arrived` is false where the provider kept the browser on a page of its own."""

    params: dict[str, str]
    page: Page
    arrived: bool

    @property
    def error(self) -> str | None:
        """The error code, from the address or from the provider's page."""
        shown = self.page.text_of("span", class_="mono") if self.page.find(id="oauth-error") is not None else None
        return self.params.get("error") or shown


@dataclass(frozen=True)
class Flow:
    """A whole sign-in: answer, token endpoint's answer, ID token's claims and header, userinfo."""

    answer: Answer
    tokens: dict[str, Any]
    claims: dict[str, Any]
    header: dict[str, Any]
    userinfo: dict[str, Any]


@dataclass
class Suite:
    """A relying party and the browser of the person who uses it."""

    provider: Provider
    browser: Browser
    who: Employee
    client_id: str
    secret: str | None
    response_mode: str = "default"
    method: str = "client_secret_basic"
    scope: str = "openid"
    redirect_uri: str = CALLBACK
    signing_alg: str = "RS256"
    registration: dict[str, Any] = field(default_factory=dict)
    allows: bool = True
    pages: list[str] = field(default_factory=list)

    # -- the front channel -----------------------------------------------------------------------------------------

    def request(self, **changes: str | None) -> dict[str, str]:
        """The parameters of an authorization request; None leaves one out."""
        values: dict[str, str | None] = {
            "client_id": self.client_id, "redirect_uri": self.redirect_uri, "scope": self.scope, "state": secrets.token_urlsafe(12),
            "nonce": secrets.token_urlsafe(12), "response_type": "code",
            "response_mode": None if self.response_mode == "default" else self.response_mode,
        } | changes  # fmt: skip
        return {name: value for name, value in values.items() if value is not None}

    def send(self, values: dict[str, str], *, post: bool = False) -> Answer:
        """Send the browser to the authorization endpoint and walk through the provider's pages, filling them in."""
        address = self.provider.metadata["authorization_endpoint"]
        self.browser.page = Page(HOME, 0, "")
        if post:
            form = Form({"method": "post", "action": address}, dict(values))
            self.browser.page.forms.append(form)
            self.browser.submit(form=0)
        else:
            self.browser.open(f"{address}?{urlencode(values)}")
        self.pages = []
        for _ in range(3):
            page = self.browser.page
            self.pages.append(page.path)
            if page.find("button", id="login-submit") is not None:
                self.browser.submit({"username": self.who.number, "password": self.who.password}, button="login-submit")
            elif page.find("button", id="consent-allow") is not None:
                self.browser.submit(button="consent-allow" if self.allows else "consent-deny")
        return arrived(self.browser.page)

    def authorize(self, *, post: bool = False, **changes: str | None) -> Answer:
        """An authorization request and its answer, which is checked for what every answer must keep."""
        values = self.request(**changes)
        answer = self.send(values, post=post)
        if answer.arrived:
            assert answer.params.get("state") == values.get("state")
            assert answer.params["iss"] == self.provider.base  # RFC 9207 section 2
            form = values.get("response_mode") == "form_post"
            assert (answer.page.status == 200) is form, "the answer came another way than asked for"
            known = {"state", "iss"} | ({"code"} if "code" in answer.params else {"error", "error_description", "error_uri"})
            assert set(answer.params) <= known
            described = answer.params.get("error_description", "")
            assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*", described), described  # RFC 6749 section 4.1.2.1
        return answer

    # -- the back channel ------------------------------------------------------------------------------------------

    def call(self, path: str, **form: str) -> requests.Response:
        """POST to a machine endpoint, authenticated as registered."""
        endpoint, auth = self.provider.metadata[path], None
        if self.method == "client_secret_basic":
            auth = (self.client_id, self.secret or "")
        elif self.method == "client_secret_post":
            form |= {"client_id": self.client_id, "client_secret": self.secret or ""}
        return requests.post(endpoint, data=form, auth=auth, timeout=10)

    def redeem(self, code: str, **more: str) -> requests.Response:
        """Exchange a code."""
        return self.call("token_endpoint", grant_type="authorization_code", code=code, redirect_uri=self.redirect_uri, **more)

    def userinfo(self, access_token: str, method: str = "GET") -> requests.Response:
        """Ask the userinfo endpoint with the token in the header."""
        header = {"Authorization": f"Bearer {access_token}"}
        return requests.request(method, self.provider.metadata["userinfo_endpoint"], headers=header, timeout=10)

    def verified(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims of a JWT whose signature is the provider's."""
        found = jwt.decode(token, self.provider.keys, algorithms=[self.signing_alg])
        return found.header, found.claims

    def flow(self, *, verifier: str | None = None, **changes: str | None) -> Flow:
        """A whole sign-in with the standard checks."""
        nonce = changes.setdefault("nonce", secrets.token_urlsafe(12))
        answer = self.authorize(**changes)
        assert "code" in answer.params, (answer.params, answer.error, self.pages)
        response = self.redeem(answer.params["code"], **({"code_verifier": verifier} if verifier else {}))
        tokens = checked_tokens(response)
        header, claims = self.verified(tokens["id_token"])
        self.check_id_token(claims, nonce)
        info = self.userinfo(tokens["access_token"])
        assert info.status_code == 200, info.text
        told = info.json() if info.headers["Content-Type"].startswith("application/json") else self.verified(info.text)[1]
        check_userinfo(told, claims)
        return Flow(answer, tokens, claims, header, told)

    def check_id_token(self, claims: dict[str, Any], nonce: str | None) -> None:
        """OIDC Core sections 2 and 3.1.3.7."""
        now = int(time.time())
        assert claims["iss"] == self.provider.base
        assert claims["aud"] in (self.client_id, [self.client_id])
        assert claims.get("azp", self.client_id) == self.client_id
        assert claims["exp"] > now
        assert abs(claims["iat"] - now) < 60
        assert claims.get("nonce") == nonce
        assert claims.get("auth_time", now) <= now + 1
        assert 0 < len(claims["sub"]) <= 255
        assert claims["sub"].isascii()
        assert None not in claims.values()


def arrived(page: Page) -> Answer:
    """Read what the browser carries to the relying party: in the address, or in a form that posts itself."""
    if page.url.startswith(HOME):
        return Answer(dict(parse_qsl(urlsplit(page.url).query, keep_blank_values=True)), page, True)
    for form in page.forms:
        if form.attributes.get("action", "").startswith(HOME):
            assert form.attributes["method"].lower() == "post"
            assert not urlsplit(form.attributes["action"]).query  # nothing in the address (OAuth 2.0 Form Post section 2)
            return Answer(form.fields, page, True)
    return Answer({}, page, False)


def checked_tokens(response: requests.Response) -> dict[str, Any]:
    """A token endpoint's answer that gives tokens (RFC 6749 section 5.1)."""
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].split(";")[0] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    tokens: dict[str, Any] = response.json()
    assert tokens["token_type"].lower() in ("bearer", "dpop")
    assert isinstance(tokens["expires_in"], int)
    assert tokens["expires_in"] > 0
    assert re.fullmatch(r"[\x20-\x7e]{22,}", tokens["access_token"])
    assert re.fullmatch(r"[\x20-\x7e]{22,}", tokens.get("refresh_token", "-" * 22))
    return tokens


def check_refusal(response: requests.Response, *errors: str, status: int = 400) -> None:
    """A machine endpoint's refusal (RFC 6749 section 5.2)."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"].split(";")[0] == "application/json"
    body = response.json()
    assert body["error"] in errors, body
    assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*", body.get("error_description", ""))


def check_userinfo(told: dict[str, Any], claims: dict[str, Any]) -> None:
    """OIDC Core sections 5.1, 5.3.2: the same subject, true types, and no claim without a value."""
    assert told["sub"] == claims["sub"]
    assert None not in told.values()
    assert "" not in told.values()
    for name, kind in (("updated_at", int), ("email_verified", bool), ("phone_number_verified", bool), ("address", dict), ("name", str)):
        assert isinstance(told.get(name, kind()), kind), name


def left_hash(text: str) -> str:
    """at_hash under RS256 and ES256 (OIDC Core section 3.1.3.6)."""
    return unpadded(hashlib.sha256(text.encode()).digest()[:16])


def unpadded(octets: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unsigned(claims: dict[str, Any]) -> str:
    """A JWT with alg none."""
    header, body = (unpadded(json.dumps(part).encode()) for part in ({"alg": "none"}, claims))
    return f"{header}.{body}."
