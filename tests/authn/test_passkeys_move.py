"""A provider that moves inside its domain: passkeys bound to the domain go with it, those bound to the host stay behind."""

import json
import re
import shutil

import pytest

from idp.app import create_app
from idp.directory.new_person import NewPerson
from idp.kernel.actor import OPERATOR
from idp.wiring import Deps, Services
from tests.authenticator import Authenticator
from tests.running import test_settings
from tests.spec import spec

OLD, NEW, PASSWORD = "https://sso.sumutprov.go.id", "https://masuk.sumutprov.go.id", "gajah biru menari pelan"


@pytest.fixture
def at(tmp_path, sqlite_template):
    """The same installation at an address."""
    path = tmp_path / "idp.db"
    shutil.copy(sqlite_template, path)
    keys, made = test_settings("sqlite://"), []

    def started(issuer, domain):
        settings = test_settings(
            f"sqlite:///{path}", issuer=issuer, passkey_rp_id=domain, argon2_memory_kib=19456, secret_key=keys.secret_key,
            data_keys=keys.data_keys,
        )  # fmt: skip
        app = create_app(settings)
        made.append(app.deps)
        return app

    yield started
    for deps in made:
        deps.database.dispose()


def _person(deps: Deps) -> str:
    with deps.database.unit() as session:
        services = Services(deps, session)
        person = services.people.create(OPERATOR, NewPerson(username="rina", name="Rina", status="active"))
        services.passwords.set(OPERATOR, person, PASSWORD)
        return person.id


def _enrol(app, issuer, device):
    with app.deps.database.unit() as session:
        services = Services(app.deps, session)
        person, actor = services.people.need("rina"), OPERATOR
        asked = services.authn.passkeys.ask_new(person, "here")
        services.authn.passkeys.enrol(actor, person, json.dumps(device.create(asked)), "HP", "here")
    return asked["rp"]["id"]


def _comes_in(app, issuer, device):
    """With the passkey alone, over the pages."""
    browser = app.test_client()
    page = browser.get("/sign-in", base_url=issuer).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    sent = {"X-CSRFToken": token, "Origin": issuer}
    asked = browser.post("/sign-in/passkey/options", base_url=issuer, headers=sent).get_json()["publicKey"]
    form = {"csrf_token": token, "credential": json.dumps(device.get(asked))}
    return browser.post("/sign-in/passkey", data=form, base_url=issuer, headers={"Origin": issuer}).status_code == 303


@spec("WebAuthn", "4")
@pytest.mark.parametrize(("domain", "moves"), [("sumutprov.go.id", True), (None, False)])
def test_a_passkey_of_the_domain_outlives_a_move(at, domain, moves):
    old, device = at(OLD, domain), Authenticator(OLD)
    _person(old.deps)
    assert _enrol(old, OLD, device) == (domain or "sso.sumutprov.go.id")
    assert _comes_in(old, OLD, device)
    new = at(NEW, domain)
    device.origin = NEW
    known = {"sumutprov.go.id"} if domain else {"sso.sumutprov.go.id"}
    assert _comes_in(new, NEW, device) if moves else new.deps.settings.relying_party_id not in known


@spec("attacks.md", "M8")
def test_other_hosts_of_the_domain_get_no_answer_accepted(at):
    """The browser lets every page under the domain ask; only those of the issuer are listened to."""
    app, device = at(OLD, "sumutprov.go.id"), Authenticator(OLD)
    _person(app.deps)
    _enrol(app, OLD, device)
    for origin in (NEW, "https://sumutprov.go.id", "https://blog.sumutprov.go.id", "http://sso.sumutprov.go.id"):
        device.origin = origin
        assert not _comes_in(app, OLD, device), origin
    device.origin = OLD
    assert _comes_in(app, OLD, device)
