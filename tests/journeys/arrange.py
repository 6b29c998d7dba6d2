"""People and applications for journeys and real clients, made on a running server's database through the services."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyotp

from demo.browser import Browser
from idp.authn.models import Passkey
from idp.clients.metadata import NewClient
from idp.directory.people import NewPerson
from idp.kernel.actor import OPERATOR
from idp.kernel.randomness import SystemRandomness, new_id
from tests.running import RunningServer


@dataclass(slots=True)
class Employee:
    """A person who can sign in; with a TOTP key when enrolled."""

    username: str
    number: str
    name: str
    password: str
    email: str
    totp_secret: str | None = None
    recovery_codes: tuple[str, ...] = ()

    def code(self, steps: int = 0) -> str:
        """The code of the moment, or of `steps` time steps later: a code is good once, so a second sign-in needs the next."""
        assert self.totp_secret is not None
        return pyotp.TOTP(self.totp_secret).at(datetime.now(UTC), counter_offset=steps)


def employee(server: RunningServer, *, enrolled: bool = True, government: str = "12.71", invited: bool = False) -> Employee:
    """A new PNS of a government."""
    mark = secrets.token_hex(4)
    number = f"19860926201001{1 + secrets.randbelow(2)}{1 + secrets.randbelow(999):03}"
    made = Employee(f"pegawai.{mark}", number, f"Siti Rahmawati {mark}", secrets.token_urlsafe(18), f"{mark}@pegawai.example")
    with server.services() as services:
        while services.people.find_for_sign_in(made.number):
            made.number = f"19860926201001{1 + secrets.randbelow(2)}{1 + secrets.randbelow(999):03}"
        person = services.people.create(
            OPERATOR,
            NewPerson(
                username=made.username, name=made.name, number=made.number, email=made.email, government_code=government,
                status="invited" if invited else "active",
            ),
        )  # fmt: skip
        if not invited:
            services.people.verify_email(OPERATOR, person.id)
            services.passwords.set(OPERATOR, person, made.password)
    if enrolled and not invited:
        enrol(server, made)
    return made


def enrol(server: RunningServer, who: Employee) -> None:
    """A TOTP key and recovery codes, as an operator hands them out."""
    with server.services() as services:
        person = services.people.need(who.username)
        who.totp_secret = services.factors.enrol_for(OPERATOR, person).secret
        who.recovery_codes = tuple(services.factors.regenerate_recovery_codes(OPERATOR, person))


def passkey(server: RunningServer, who: Employee, name: str = "Ponsel kantor") -> None:
    """A passkey to be seen in pages; no device has it."""
    now = datetime.now(UTC)
    with server.services() as services:
        person = services.people.need(who.username)
        services.session.add(Passkey(
            id=new_id(SystemRandomness(), now), person_id=person.id, credential_id=secrets.token_bytes(32), public_key=b"", sign_count=0,
            aaguid="", transports="internal", name=name, discoverable=True, backup_eligible=False, backed_up=False, created_at=now,
        ))  # fmt: skip


def application(server: RunningServer, client_id: str, redirect_uri: str, **more: Any) -> str | None:
    """A registered application; gives its secret. Its client id is made unique by the caller."""
    with server.services() as services:
        new = NewClient(client_id=client_id, redirect_uris=(redirect_uri,), **{"first_party": True, **more})
        _, secret = services.registry.create(OPERATOR, new)
    return secret


def application_without_people(server: RunningServer, client_id: str, **values: Any) -> str | None:
    """A machine client: client credentials only; gives its secret."""
    with server.services() as services:
        new = NewClient(client_id=client_id, grants=("client_credentials",), scopes=(), **values)
        _, secret = services.registry.create(OPERATOR, new)
    return secret


def sign_in(browser: Browser, who: Employee, *, steps: int = 0) -> None:
    """Fill in the provider's pages; the browser is at the sign-in form."""
    browser.submit({"username": who.number, "password": who.password}, button="login-submit")
    if browser.page.find("input", name="code") is not None:
        browser.submit({"code": who.code(steps)}, button="code-submit")
    through_pages_about_data(browser)


def through_pages_about_data(browser: Browser) -> None:
    """Where the provider shows which data an application receives, go on."""
    if browser.page.find("button", id="consent-allow") is not None:
        browser.submit(button="consent-allow")


def sign_out(browser: Browser) -> None:
    """Confirm where the provider asks; the browser has opened the end-session address."""
    if browser.page.find("button", id="logout-confirm") is not None:
        browser.submit(button="logout-confirm")
