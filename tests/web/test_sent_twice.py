"""A form of the second step sent twice (pressed twice, reloaded): both lead to the same place, and it costs nothing.

`twin` is the same browser as it was before the first answer arrived: of two clicks the browser drops the first answer, cookies and all.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from idp.audit.tags import Tag
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from tests.authenticator import Authenticator
from tests.spec import spec
from tests.web.conftest import Siti
from tests.web.test_signin import demand_two_factors
from tests.web.test_ways_on import apps, authorize, begin
from tests.web.visitor import PASSWORD, Visitor, code_at, token_of

__all__ = ["apps"]
ISSUER = "http://localhost:8000"


def twin(visitor: Visitor) -> Visitor:
    """This browser as it is now; what one of the two is told later, the other does not hear."""
    other = Visitor(visitor.client.application.test_client())
    other.client._cookies = dict(visitor.client._cookies)
    return other


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account").status_code == 200


def refusals(unit: Any, siti: Siti) -> list[str]:
    with unit() as services:
        return [event.tag for event in services.audit.history(("person", siti.id), [Tag.FACTOR_REFUSE])]


@pytest.fixture
def codes(unit: Any, siti_with_app: Siti) -> list[str]:
    with unit() as services:
        return list(services.factors.regenerate_recovery_codes(OPERATOR, services.people.need(siti_with_app.username)))


@spec("issue", "session-expiry and back-button behaviour that never shows a raw error")
def test_a_code_pressed_twice_signs_in_once(visitor: Visitor, apps: None, siti_with_app: Siti, clock: FrozenClock, unit: Any) -> None:
    path = visitor.sign_in(path=begin(visitor, "one")).headers["Location"]
    token, code, second = token_of(visitor.get(path)), code_at(siti_with_app.secret or "", clock), twin(visitor)
    first = visitor.send(path, token, code=code)
    assert first.headers["Location"].startswith("/interaction/") and is_in(visitor)
    again = second.send(path, token, code=code)
    assert (again.status_code, again.headers["Location"]) == (303, first.headers["Location"])
    assert is_in(second) and is_in(visitor), "one session, and neither answer ends it"
    with unit() as services:
        assert len(services.sessions.list(siti_with_app.id)) == 1
    assert second.get(first.headers["Location"]).headers["Location"].startswith("https://one.example.go.id/cb?code=")
    assert second.client.get_cookie("idp_device"), "nor is this a new device next time"


def test_one_that_is_signed_in_by_now_is_led_on(visitor: Visitor, siti_with_app: Siti, clock: FrozenClock) -> None:
    """Reloaded, or sent again from the page one went back to, minutes later, with the same code or another."""
    path = visitor.sign_in(path="/sign-in?return_to=/account/sessions").headers["Location"]
    token, code = token_of(visitor.get(path)), code_at(siti_with_app.secret or "", clock)
    first = visitor.send(path, token, code=code)
    assert first.headers["Location"] == "/account/sessions"
    session = visitor.client.get_cookie("idp_session")
    clock.advance(seconds=240)
    for typed in (code, "123456"):
        again = visitor.send(path, token, code=typed)
        assert (again.status_code, again.headers["Location"]) == (303, "/account/sessions")
        assert visitor.client.get_cookie("idp_session") == session


def _recovery(visitor: Visitor, codes: list[str]) -> tuple[str, dict[str, str]]:
    return "/sign-in/recovery-code?lost=1", {"code": codes[0]}


@pytest.mark.parametrize("make", [_recovery])
def test_a_recovery_code_pressed_twice_costs_one(
    visitor: Visitor, siti_with_app: Siti, codes: list[str], unit: Any, make: Callable[..., tuple[str, dict[str, str]]]
) -> None:
    visitor.sign_in()
    path, fields = make(visitor, codes)
    token, second = token_of(visitor.get(path)), twin(visitor)
    first = visitor.send(path, token, **fields)
    assert first.headers["Location"].startswith("/account/recovered")
    again = second.send(path, token, **fields)
    assert (again.status_code, again.headers["Location"]) == (303, first.headers["Location"]) and is_in(second)
    with unit() as services:
        assert services.factors.recovery_codes_left(siti_with_app.id) == 9
    assert not refusals(unit, siti_with_app)


def test_a_key_pressed_twice_signs_in_once(visitor: Visitor, siti: Siti, unit: Any, clock: FrozenClock) -> None:
    device = Authenticator(ISSUER)
    visitor.sign_in()
    _key(visitor, "/account/passkeys/add", device, making=True)
    clock.advance(seconds=60)
    path = visitor.sign_in(path="/sign-in?again=1&return_to=/account").headers["Location"]
    assert path == "/sign-in/security-key"
    token = token_of(visitor.get(path))
    answer = json.dumps(device.get(_question(visitor, path, token)))
    second = twin(visitor)
    first, again = visitor.send(path, token, credential=answer), second.send(path, token, credential=answer)
    assert first.headers["Location"] == again.headers["Location"] == "/account"
    assert is_in(second) and is_in(visitor) and not refusals(unit, siti)


def _question(visitor: Visitor, path: str, token: str) -> Any:
    asked = visitor.client.post(f"{path}/options", base_url=ISSUER, headers={"X-CSRFToken": token})
    return asked.get_json()["publicKey"]


def _key(visitor: Visitor, path: str, device: Authenticator, *, making: bool) -> TestResponse:
    token = token_of(visitor.get(path))
    question = _question(visitor, path, token)
    return visitor.send(path, token, credential=json.dumps(device.create(question) if making else device.get(question)), name="HP")


def test_an_app_confirmed_twice_shows_the_same_recovery_codes(visitor: Visitor, siti: Siti, clock: FrozenClock, unit: Any) -> None:
    """They are shown once; whoever presses twice sees the second answer only."""
    demand_two_factors(unit)
    visitor.sign_in()
    page = visitor.get("/sign-in/enrol")
    secret = re.search(r'id="totp-secret">([A-Z2-7 ]+)<', page.text)
    assert secret
    token, second = token_of(page), twin(visitor)
    fields = {"code": code_at(secret[1].replace(" ", ""), clock), "name": "HP"}
    shown = [_codes_of(browser.send("/sign-in/enrol", token, **fields)) for browser in (visitor, second)]
    assert len(shown[0]) == 10 and shown[0] == shown[1]
    assert second.send("/sign-in/recovery-codes", token).headers["Location"] == "/"
    assert is_in(second)


def _codes_of(answer: TestResponse) -> list[str]:
    return re.findall(r"<li>([0-9a-z-]{29})</li>", answer.text)


def test_a_password_chosen_twice_is_chosen_once(visitor: Visitor, siti_with_app: Siti, clock: FrozenClock, unit: Any) -> None:
    with unit() as services:
        services.passwords.set(OPERATOR, services.people.need(siti_with_app.username), PASSWORD, must_change=True)
    visitor.sign_in()
    path = visitor.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock)).headers["Location"]
    assert path == "/sign-in/password"
    token, second, new = token_of(visitor.get(path)), twin(visitor), "kancil merah melompat jauh"
    for browser in (visitor, second):
        assert browser.send(path, token, new_password=new, confirm_password=new).headers["Location"] == "/"
        assert is_in(browser)


# Never for somebody else.


@spec("attacks.md", "M1")
def test_another_browser_gets_nothing_for_the_same_code(
    visitor: Visitor, another: Visitor, siti_with_app: Siti, clock: FrozenClock
) -> None:
    code = code_at(siti_with_app.secret or "", clock)
    for browser in (visitor, another):
        browser.sign_in()
    assert visitor.post("/sign-in/code", code=code).status_code == 303
    refused = another.post("/sign-in/code", code=code)
    assert refused.status_code == 400 and not is_in(another)


@spec("attacks.md", "M1")
@pytest.mark.parametrize("lacks", ["idp_browser", "idp_sign_in", "code", "time", "path"])
def test_it_takes_the_same_browser_the_same_form_and_a_moment(
    visitor: Visitor, siti_with_app: Siti, clock: FrozenClock, lacks: str
) -> None:
    """A stolen cookie of the half-done sign-in, or a code looked over a shoulder, opens nothing that the other would not."""
    visitor.sign_in()
    path, code = "/sign-in/code", code_at(siti_with_app.secret or "", clock)
    token, thief = token_of(visitor.get(path)), twin(visitor)
    visitor.send(path, token, code=code)
    if lacks.startswith("idp_"):
        thief.client.set_cookie(lacks, "x" * 43)
    if lacks == "code":
        code = f"{(int(code) + 1) % 1_000_000:06}"
    if lacks == "time":
        clock.advance(seconds=31)
    answer = thief.send("/sign-in/recovery-code" if lacks == "path" else path, token, code=code)
    if lacks == "idp_browser":
        assert answer.status_code == 403, "nor is a form of another browser taken at all"
    else:
        assert answer.headers["Location"].startswith("/sign-in?expired=1")
    assert not is_in(thief) and is_in(visitor)


@spec("attacks.md", "S2")
def test_it_opens_nothing_once_one_has_signed_out(visitor: Visitor, siti_with_app: Siti, clock: FrozenClock) -> None:
    visitor.sign_in()
    token, second, code = token_of(visitor.get("/sign-in/code")), twin(visitor), code_at(siti_with_app.secret or "", clock)
    visitor.send("/sign-in/code", token, code=code)
    visitor.post("/logout", page="/logout", confirm="yes")
    assert not is_in(visitor)
    second.send("/sign-in/code", token, code=code)
    assert not is_in(second)


@spec("attacks.md", "S1")
def test_somebody_else_who_signed_in_meanwhile_stays(
    visitor: Visitor, siti_with_app: Siti, clock: FrozenClock, unit: Any
) -> None:
    from idp.directory.people import NewPerson

    with unit() as services:
        other = services.people.create(OPERATOR, NewPerson(username="budi.siregar", name="Budi Siregar", status="active"))
        services.passwords.set(OPERATOR, other, PASSWORD)
    visitor.sign_in()
    token, code = token_of(visitor.get("/sign-in/code")), code_at(siti_with_app.secret or "", clock)
    second = twin(visitor)
    visitor.send("/sign-in/code", token, code=code)
    half = second.client.get_cookie("idp_sign_in")
    assert half
    second.sign_in("budi.siregar")
    second.client.set_cookie("idp_sign_in", half.value)
    second.send("/sign-in/code", token, code=code)
    assert "Budi Siregar" in second.get("/account").text


def test_a_request_that_two_tabs_answer_alike_leads_each_to_its_own(
    visitor: Visitor, apps: None, siti_with_app: Siti, clock: FrozenClock
) -> None:
    paths = [visitor.sign_in(path=begin(visitor, name)).headers["Location"] for name in ("one", "two")]
    token, code = token_of(visitor.get(paths[0])), code_at(siti_with_app.secret or "", clock)
    for path, name in zip(paths, ("one", "two"), strict=True):
        where = visitor.send(path, token, code=code).headers["Location"]
        assert visitor.get(where).headers["Location"].startswith(f"https://{name}.example.go.id/cb?code=")
    assert authorize("one")
