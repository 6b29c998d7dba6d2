"""A server under measurement, as the workloads see it."""

import base64
import secrets
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True)
class App:
    """A registered confidential client: the same metadata at every server measured."""

    client_id: str
    secret: str
    redirect_uri: str = "http://localhost:9/callback"

    @property
    def basic(self) -> str:
        """The Authorization header's value for client_secret_basic (RFC 6749 section 2.3.1)."""
        pair = f"{quote(self.client_id, safe='')}:{quote(self.secret, safe='')}"
        return "Basic " + base64.b64encode(pair.encode()).decode()


def make_apps() -> dict[str, App]:
    """The benchmark's clients with fresh secrets, the same names at every server."""
    names = ("flow", "flow_es256", "refresh", "machine", "machine_rs256")
    return {name: App(f"bench-{name.replace('_', '-')}", secrets.token_urlsafe(32)) for name in names}


@dataclass(slots=True)
class Tokens:
    """What one flow of one virtual person gave."""

    access: str
    refresh: str | None = None


@dataclass(slots=True)
class Target:
    """Where a server listens, what its endpoints are called, and what each virtual person holds there.

    apps: "flow" (RS256 ID tokens), "flow_es256", "refresh" (with the refresh grant), "machine" (client credentials),
    "machine_rs256" (the same with RS256 access tokens);
    offline: what the authorization request adds to get a refresh token there;
    cookies: one Cookie header per virtual person with a live session; tokens: filled before trials that need them.
    """

    name: str
    port: int
    pid: int
    database_pid: int | None
    authorize: str
    token: str
    userinfo: str
    introspection: str
    discovery: str
    pushed: str
    apps: dict[str, App]
    database: str = ""
    resource: str | None = None
    offline: dict[str, str] = field(default_factory=dict)
    cookies: list[str] = field(default_factory=list)
    tokens: list[Tokens] = field(default_factory=list)
    people: list[tuple[str, str]] = field(default_factory=list)

    @property
    def address(self) -> tuple[str, int]:
        """Loopback only, always."""
        return ("127.0.0.1", self.port)

    def get(self, path: str, *, cookie: str | None = None, bearer: str | None = None, proof: str | None = None) -> bytes:
        """The bytes of a GET; proof: a DPoP proof, to which the token is then bound."""
        scheme = "DPoP" if proof else "Bearer"
        return self._head("GET", path, cookie, f"{scheme} {bearer}" if bearer else None, proof) + b"\r\n"

    def post(
        self, path: str, values: dict[str, str], *, basic: str | None = None, cookie: str | None = None, proof: str | None = None
    ) -> bytes:
        """The bytes of a form POST."""
        body = urlencode(values).encode()
        head = self._head("POST", path, cookie, basic, proof)
        origin = f"Origin: http://localhost:{self.port}\r\n" if cookie else ""
        return head + f"{origin}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    def url(self, path: str) -> str:
        """What the server takes itself to be called at a path."""
        return f"http://localhost:{self.port}{path}"

    def _head(self, method: str, path: str, cookie: str | None, authorization: str | None, proof: str | None = None) -> bytes:
        lines = f"{method} {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\nAccept: */*\r\n"
        if proof:
            lines += f"DPoP: {proof}\r\n"
        if cookie:
            lines += f"Cookie: {cookie}\r\n"
        if authorization:
            lines += f"Authorization: {authorization}\r\n"
        return lines.encode()
