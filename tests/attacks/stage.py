"""What an attack needs: people, applications, browsers of several parties, on the running multi-worker server.

Arranged through the services (the cheapest way); what is attacked goes over HTTP only.
"""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, TypeVar

import pyotp
import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import text

from idp.clients.metadata import NewClient
from idp.directory.new_person import NewPerson
from idp.kernel.actor import OPERATOR
from idp.policy.assurance import AFTER_CODE, AFTER_PASSWORD
from idp.web import cookies
from idp.wiring import Deps, Services
from tests.rp import HttpWire, RelyingParty
from tests.running import RunningServer

CALLBACK = "https://app.example.org/cb"
EVIL = "https://evil.test"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_T = TypeVar("_T")


@dataclass(slots=True)
class Human:
    """A person of the installation and what they know."""

    id: str
    username: str
    email: str
    password: str
    totp: str | None = None
    recovery_codes: list[str] = field(default_factory=list)

    def code(self, steps: int = 0) -> str:
        """The code of the moment, or of `steps` time steps later."""
        assert self.totp is not None
        return pyotp.TOTP(self.totp).at(datetime.now(UTC), counter_offset=steps)

    def wrong_code(self) -> str:
        """A code that fits no time step near now, so that it is neither right nor explained by a wrong clock."""
        near = {self.code(step) for step in range(-30, 31)}
        return next(text for text in (f"{number:06}" for number in range(1000)) if text not in near)


class _From(HTTPAdapter):
    """Connections that come from another loopback address: another source to the throttle."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, source_address=(self._address, 0))


class Visitor:
    """One browser: cookies, forms with their token, redirects seen and not followed."""

    def __init__(self, base: str, *, address: str | None = None, language: str = "en") -> None:
        self.base = base
        self.http = requests.Session()
        self.http.trust_env = False
        if address is not None:
            self.http.mount("http://", _From(address))
        # Kept with an exact domain, as the server's own cookies are.
        self.put_cookie("idp_lang", language)

    def put_cookie(self, name: str, value: str) -> None:
        """Plant a cookie, as the server or somebody else might have."""
        self.http.cookies.set(name, value, domain="localhost.local", path="/")

    def cookie(self, name: str) -> str | None:
        """The cookie's value in this browser."""
        return next((one.value for one in self.http.cookies if one.name == name), None)

    def as_host(self, host: str) -> dict[str, str]:
        """Headers of a request whose Host is forged; the cookies go along, as they do where a proxy forwards it."""
        return {"Host": host, "Cookie": "; ".join(f"{one.name}={one.value}" for one in self.http.cookies)}

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> requests.Response:
        """Open a page."""
        return self.http.get(self.base + path, headers=headers, allow_redirects=False, timeout=30)

    def send(
        self, path: str, data: Mapping[str, Any] | str | bytes | None = None, headers: Mapping[str, str] | None = None, method: str = "POST"
    ) -> requests.Response:
        """Send a form exactly as given."""
        return self.http.request(method, self.base + path, data=data, headers=headers, allow_redirects=False, timeout=30)

    def try_to_send(self, path: str, data: Any = None, headers: Mapping[str, str] | None = None) -> int:
        """The status of the answer; 413 where the server closed the connection on a body that is too large."""
        try:
            return self.send(path, data, headers).status_code
        except requests.ConnectionError:
            return 413

    def token(self, page: str = "/sign-in?again=1") -> str:
        """The CSRF token of a page of this browser."""
        answer = self.get(page)
        found = _TOKEN.search(answer.text)
        assert found, f"{page}: {answer.status_code}, no form"
        return unescape(found[1])

    def post(
        self, path: str, data: Mapping[str, Any] | None = None, *, page: str = "/sign-in?again=1", headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """Open a page, then send a form with its token."""
        return self.send(path, {"csrf_token": self.token(page), **(data or {})}, headers)

    def password(self, who: Human | str, password: str | None = None, query: str = "", **more: Any) -> requests.Response:
        """Name and password."""
        name, known = (who.username, who.password) if isinstance(who, Human) else (who, "")
        path = "/sign-in" + query
        return self.post(path, {"username": name, "password": password or known, **more}, page=path)

    def code(self, code: str) -> requests.Response:
        """The second step."""
        return self.post("/sign-in/code", {"code": code}, page="/sign-in/code")

    def is_in(self) -> bool:
        """True when this browser has a live session."""
        return self.get("/account").status_code == 200


@dataclass
class Stage:
    """The running server, and hands behind the scene."""

    server: RunningServer
    deps: Deps

    @contextmanager
    def unit(self) -> Iterator[Services]:
        """Services in one committed unit of work."""
        with self.deps.database.unit() as session:
            yield Services(self.deps, session)

    def sql(self, statement: str, **values: Any) -> list[Any]:
        """Look at, or age, what is stored (this stands in for waiting)."""
        with self.deps.database.unit() as session:
            result = session.execute(text(statement), values)
            return list(result.all()) if result.returns_rows else []

    def moment(self, **back: float) -> str:
        """A moment in the past as the database holds it."""
        at = datetime.now(UTC) - timedelta(**back)
        return at.strftime("%Y-%m-%d %H:%M:%S.%f") + ("+00" if not self.deps.database.is_sqlite else "")

    def events(self, **where: str) -> list[str]:
        """Tags of the audit events about somebody or something, oldest first."""
        condition = " AND ".join(f"{name} = :{name}" for name in where)
        return [row[0] for row in self.sql(f"SELECT tag FROM audit_events WHERE {condition} ORDER BY id", **where)]

    def human(self, *, enrolled: bool = False, **more: Any) -> Human:
        """A new person who can sign in."""
        mark = secrets.token_hex(5)
        who = Human("", f"orang.{mark}", f"{mark}@pegawai.example", secrets.token_urlsafe(18))
        given = {"name": f"Orang Uji {mark}", "email": who.email, **more}
        with self.unit() as services:
            person = services.people.create(OPERATOR, NewPerson(username=who.username, **given))
            who.id = person.id
            if person.status != "invited":
                services.passwords.set(OPERATOR, person, who.password)
            if enrolled:
                who.totp = services.factors.enrol_for(OPERATOR, person).secret
                who.recovery_codes = list(services.factors.regenerate_recovery_codes(OPERATOR, person))
        return who

    def visitor(self, who: Human | None = None, *, address: str | None = None) -> Visitor:
        """A browser; with a live session when somebody is named."""
        made = Visitor(self.server.base, address=address)
        if who is not None:
            with self.unit() as services:
                token = services.sessions.start(OPERATOR, who.id, AFTER_CODE if who.totp else AFTER_PASSWORD, shared=False)
            made.put_cookie(cookies.SESSION, token)
        return made

    def rp(self, browser: Visitor | None = None, *, scope: str | None = None, **values: Any) -> RelyingParty:
        """A registered application of the government's own, and its back channel."""
        given: dict[str, Any] = {
            "client_id": "app-" + secrets.token_hex(4), "redirect_uris": (CALLBACK,), "first_party": True,
            "post_logout_redirect_uris": ("https://app.example.org/out",),
            "scopes": ("openid", "profile", "email", "offline_access"), **values,
        }  # fmt: skip
        with self.unit() as services:
            client, secret = services.registry.create(OPERATOR, NewClient(**given))
        front, back = HttpWire(self.server.base), HttpWire(self.server.base)
        if browser is not None:
            front.session = browser.http
        uri = client.redirect_uris[0] if client.redirect_uris else CALLBACK
        return RelyingParty(front, back, client.client_id, uri, secret, client.auth_method, scope or "openid profile email")


def at_once(times: int, act: Callable[[int], _T]) -> Sequence[_T]:
    """Do it many times in parallel; the answers in order."""
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(act, range(times)))
