"""A rule that comes into force stops what is weaker, at the next use of each path, in every process of the running server."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from idp.audit.tags import Tag
from idp.clients.metadata import EXCHANGE_GRANT, NewClient
from idp.directory.new_person import NewPerson
from idp.kernel.actor import OPERATOR
from idp.protocol.rfc8693_token_exchange import ACCESS_TOKEN
from tests.rp import HttpWire, RelyingParty
from tests.running import RunningServer
from tests.spec import spec
from tests.web.visitor import PASSWORD, token_of

CALLBACK = "https://app.example.org/cb"
PATIENCE = 12.0  # rules are kept for five seconds by each process


@dataclass
class Scene:
    """A person of Kota Medan with a password only, signed in; applications that hold tokens of theirs."""

    server: RunningServer
    rp: RelyingParty
    tokens: dict[str, Any]
    person_id: str


@pytest.fixture(scope="module")
def scene(server: RunningServer) -> Iterator[Scene]:
    """Everything is given before the rule; then the rule comes, and stays."""
    with server.services() as services:
        new = NewPerson(username="siti", name="Siti Lubis", government_code="12.71", status="active", email="siti@example.go.id")
        person = services.people.create(OPERATOR, new)
        services.passwords.set(OPERATOR, person, PASSWORD)
        wide = ("openid", "profile", "arsip:read", "offline_access")
        _, secret = services.registry.create(
            OPERATOR,
            NewClient(
                "front", "Front", redirect_uris=(CALLBACK,), first_party=True, scopes=wide,
                grants=("authorization_code", "refresh_token", EXCHANGE_GRANT),
            ),
        )  # fmt: skip
        services.registry.create(
            OPERATOR, NewClient("arsip", "Arsip", grants=("client_credentials",), scopes=("arsip:read",), audience=("https://arsip.example/api",))
        )
        services.registry.exchange.allow(OPERATOR, "front", "arsip", "arsip:read")
        token = services.sessions.start(OPERATOR, person.id, ("pwd",), shared=False)
        services.audit.record(Tag.SESSION_START, OPERATOR, subject=("person", person.id))
        person_id = person.id
    browser = HttpWire(server.base)
    browser.session.cookies.set("idp_session", token)
    rp = RelyingParty(browser, HttpWire(server.base), "front", CALLBACK, secret, scope="openid profile arsip:read offline_access")
    before = rp.tokens()
    assert rp.userinfo(before["access_token"]).ok and rp.introspect(before["access_token"]).json["active"]
    assert _exchange(rp, before["access_token"]).ok
    assert browser.get("/", {}).status == 200
    code = rp.code()
    with server.services() as services:
        services.enforcement.set(OPERATOR, "government", "12.71", "any")
    yield Scene(server, rp, {**before, "code": code}, person_id)


def _exchange(rp: RelyingParty, token: str) -> Any:
    given = {"subject_token": token, "subject_token_type": ACCESS_TOKEN, "audience": "arsip", "scope": "arsip:read"}
    return rp.token(grant_type=EXCHANGE_GRANT, **given)


def _soon(ask: Callable[[], bool]) -> None:
    """It holds once both processes have read the rules anew, and goes on to hold."""
    until = time.monotonic() + PATIENCE
    held = 0
    while held < 4:
        held = held + 1 if ask() else 0
        assert time.monotonic() < until, "the rule stopped nothing"
        time.sleep(0.2)


@spec("issue 5", "1: session resume")
def test_a_session_that_goes_on_must_step_up(scene: Scene) -> None:
    _soon(lambda: "/sign-in/step-up" in scene.rp.browser.get("/account", {}).headers.get("Location", ""))


@spec("issue 5", "1: step-up")
def test_an_application_gets_no_code_for_the_weaker_session(scene: Scene) -> None:
    _soon(lambda: scene.rp.begin().location.startswith("/interaction/"))
    assert scene.rp.begin(prompt="none").params["error"] == "interaction_required"


@spec("issue 5", "1: code")
def test_a_code_given_before_is_worth_nothing(scene: Scene) -> None:
    time.sleep(5)
    answer = scene.rp.redeem(scene.tokens["code"])
    assert (answer.status, answer.error) == (400, "invalid_grant")


@spec("RFC 9470", "3")
def test_userinfo_says_which_sign_in_would_do(scene: Scene) -> None:
    _soon(lambda: scene.rp.userinfo(scene.tokens["access_token"]).status == 401)
    answer = scene.rp.userinfo(scene.tokens["access_token"])
    assert answer.error == "insufficient_user_authentication"
    assert 'acr_values="urn:sumut:acr:2"' in answer.headers["WWW-Authenticate"]


@spec("issue 5", "1: introspection")
def test_a_token_given_before_is_not_active(scene: Scene) -> None:
    _soon(lambda: scene.rp.introspect(scene.tokens["access_token"]).json == {"active": False})


@spec("issue 5", "1: token exchange")
def test_a_token_given_before_is_not_exchanged(scene: Scene) -> None:
    _soon(lambda: _exchange(scene.rp, scene.tokens["access_token"]).status == 400)


@spec("issue 5", "1: refresh")
def test_a_refresh_is_refused(scene: Scene) -> None:
    _soon(lambda: scene.rp.refresh(scene.tokens["refresh_token"]).status == 400)
    assert scene.rp.refresh(scene.tokens["refresh_token"]).error == "invalid_grant"


@spec("issue 5", "1: sign-in")
def test_a_sign_in_leads_to_setting_a_factor_up(scene: Scene) -> None:
    def signs_in() -> bool:
        wire = HttpWire(scene.server.base)
        page = wire.session.get(scene.server.base + "/sign-in", timeout=30)
        form = {"csrf_token": token_of(page), "username": "siti", "password": PASSWORD}
        answer = wire.session.post(scene.server.base + "/sign-in", data=form, allow_redirects=False, timeout=30)
        return answer.headers.get("Location", "").startswith("/sign-in/enrol")

    _soon(signs_in)


@spec("issue 5", "1: a stronger session is left alone")
def test_two_factors_go_on_as_before(scene: Scene) -> None:
    with scene.server.services() as services:
        token = services.sessions.start(OPERATOR, scene.person_id, ("pwd", "otp", "mfa"), shared=False)
        services.audit.record(Tag.SESSION_START, OPERATOR, subject=("person", scene.person_id))
    browser = HttpWire(scene.server.base)
    browser.session.cookies.set("idp_session", token)
    rp = RelyingParty(browser, scene.rp.back, "front", CALLBACK, scene.rp.secret, scope=scene.rp.scope)
    given = rp.tokens()
    assert rp.userinfo(given["access_token"]).ok and rp.refresh(given["refresh_token"]).ok
