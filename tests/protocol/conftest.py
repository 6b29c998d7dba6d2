"""A provider with one person signed in, and as many applications as a test wants."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from idp.audit.tags import Tag
from idp.clients.metadata import NewClient
from idp.directory.new_person import NewPerson
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from idp.keys import material
from idp.web import cookies
from idp.wiring import Deps, Services
from tests.rp import FlaskWire, RelyingParty

_KEYS = cycle([rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(4)])
# A server without people: client credentials only.
BATCH: dict[str, Any] = {
    "grants": ("client_credentials",),
    "redirect_uris": (),
    "post_logout_redirect_uris": (),
    "scopes": ("reports",),
}
CALLBACK = "https://app.example.org/cb"


@dataclass
class House:
    """The provider of a test, its clock, and a browser."""

    app: Flask
    deps: Deps
    clock: FrozenClock
    browser: FlaskClient
    people: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def unit(self) -> Iterator[Services]:
        """Services in one committed unit of work."""
        with self.deps.database.unit() as session:
            yield Services(self.deps, session)

    def person(self, username: str = "siti", **values: Any) -> str:
        """A person; gives their id. A second call with the same name gives the same person."""
        if username not in self.people:
            given = {"name": "Siti Nurhaliza Lubis", "email": f"{username}@example.go.id"} | values
            with self.unit() as services:
                self.people[username] = services.people.create(OPERATOR, NewPerson(username=username, **given)).id
        return self.people[username]

    def sign_in(self, username: str = "siti", amr: tuple[str, ...] = ("pwd", "otp", "mfa"), browser: FlaskClient | None = None) -> str:
        """Give the browser a live session of the person; gives the session's id."""
        with self.unit() as services:
            token = services.sessions.start(OPERATOR, self.person(username), amr, shared=False)
            live = services.sessions.find(token)
            services.audit.record(Tag.SESSION_START, OPERATOR, subject=("person", self.person(username)))
        assert live is not None
        (browser or self.browser).set_cookie(cookies.SESSION, token, domain="localhost")
        return live.id

    def sign_out(self) -> None:
        """Take the cookie away; the session itself stays."""
        self.browser.delete_cookie(cookies.SESSION, domain="localhost")

    def change(self, client_id: str, **columns: str) -> None:
        """Change a registration, as another process would."""
        assigned = ", ".join(f"{name} = :{name}" for name in columns)
        statement = f"UPDATE clients SET {assigned}, version = version + 1 WHERE client_id = :client_id"
        with self.deps.database.unit() as session:
            session.execute(text(statement), {**columns, "client_id": client_id})

    def rp(self, client_id: str = "app", *, browser: FlaskClient | None = None, scope: str | None = None, **values: Any) -> RelyingParty:
        """A registered application; first-party, so that no page comes between."""
        given: dict[str, Any] = {
            "name": client_id.title(),
            "redirect_uris": (CALLBACK,),
            "post_logout_redirect_uris": ("https://app.example.org/out",),
            "first_party": True,
            "grants": ("authorization_code", "refresh_token"),
            "scopes": ("openid", "profile", "email", "asn", "offline_access"),
        } | values
        with self.unit() as services:
            client, secret = services.registry.create(OPERATOR, NewClient(client_id=client_id, **given))
        return RelyingParty(
            FlaskWire(browser or self.browser),
            FlaskWire(self.app.test_client()),
            client.client_id,
            given["redirect_uris"][0] if given["redirect_uris"] else "",
            secret,
            client.auth_method,
            scope or "openid profile email",
        )



@pytest.fixture(autouse=True)
def _few_rsa_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real RSA keys, made once for the run and used in turn: making them would be most of the time of these tests."""
    monkeypatch.setattr(material.rsa, "generate_private_key", lambda **_: next(_KEYS))


@pytest.fixture
def house(app: Flask, deps: Deps, clock: FrozenClock) -> House:
    """The provider with its keys; nobody is signed in."""
    deps.ring.ensure(OPERATOR)
    return House(app, deps, clock, app.test_client())


@pytest.fixture
def signed_in(house: House) -> House:
    """The provider, and a browser in which Siti signed in with two factors."""
    house.sign_in()
    return house


@pytest.fixture
def rp(signed_in: House) -> RelyingParty:
    """A confidential application, and Siti signed in."""
    return signed_in.rp()


@pytest.fixture
def public(signed_in: House) -> RelyingParty:
    """A public application, and Siti signed in."""
    return signed_in.rp("spa", auth_method="none", redirect_uris=("https://spa.example.org/cb",))
