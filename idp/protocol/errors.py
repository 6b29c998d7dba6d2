"""Errors and answers. The only maker of an answer that leads to an application: it adds `state` and `iss`.

Shown: on our own page, because the client or its redirect URI is not (yet) known to be good; never redirected.
Answer: to the validated redirect URI. Reply: the answer of a machine endpoint.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from authlib.oauth2 import OAuth2Error

from idp.kernel.scopes import parse

NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))


class ProtocolError(OAuth2Error):  # type: ignore[misc]
    """An error of RFC 6749 section 5.2 (and of the extensions that add codes), with a fixed English description."""

    def __init__(self, error: str, description: str, *, status: int = 400, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(error=error, description=plain(description), status_code=status)
        self.more_headers = headers

    def get_headers(self) -> list[tuple[str, str]]:
        """Headers of the JSON answer (RFC 6749 section 5.2)."""
        return [("Content-Type", "application/json"), *NO_STORE, *self.more_headers]


def scopes_of(text: str | None) -> tuple[str, ...]:
    """The tokens of a scope parameter; raises ProtocolError `invalid_scope` when it is malformed (RFC 6749 section 3.3)."""
    try:
        return parse(text)
    except ValueError as error:
        raise ProtocolError("invalid_scope", "the scope is malformed") from error


@dataclass(frozen=True, slots=True)
class Shown:
    """An error for our own page (HTTP 400)."""

    error: str
    description: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes to the application through the browser. mode: ``query`` (a redirect) or ``form_post``."""

    mode: str
    redirect_uri: str
    params: tuple[tuple[str, str], ...]

    @property
    def location(self) -> str:
        """Where to redirect; the registered URI's own query stays (RFC 6749 section 3.1.2)."""
        joint = "&" if "?" in self.redirect_uri else "?"
        return self.redirect_uri + joint + urlencode(self.params, quote_via=quote, safe="")


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of a machine endpoint. origins: those that may read it across origins (CORS)."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]
    origins: frozenset[str] = field(default=frozenset())


def answer(issuer: str, mode: str, redirect_uri: str, state: str | None, params: Mapping[str, str | None]) -> Answer:
    """An authorization response; `state` comes back unchanged, `iss` says who answered (RFC 9207 section 2)."""
    values = [(name, value) for name, value in params.items() if value is not None]
    if state is not None:
        values.append(("state", state))
    return Answer(mode, redirect_uri, (*values, ("iss", issuer)))


def json_reply(status: int, body: Mapping[str, Any], headers: tuple[tuple[str, str], ...] = NO_STORE) -> Reply:
    """A JSON answer."""
    raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    return Reply(status, raw, (("Content-Type", "application/json"), *headers))


def plain(text: str) -> str:
    """`text` within the characters an error description may have (RFC 6749 section 5.2)."""
    return "".join(c if " " <= c <= "~" and c not in '"\\' else "'" if c in '"\\' else "?" for c in text)[:300]
