"""A second factor is suggested on the way to an application, until it is answered; off unless the installation wants it."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.clients.metadata import NewClient
from idp.db.session import Database
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from idp.settings import Settings
from tests.running import test_settings
from tests.spec import spec
from tests.web.conftest import Siti
from tests.web.test_signin import demand_two_factors
from tests.web.test_ways_on import authorize, begin
from tests.web.visitor import Visitor, code_at

PAGE = "/account/factors/suggested"


@pytest.fixture(autouse=True)
def one(unit: Any, siti: Siti) -> None:
    """An application of the government that asks nothing."""
    with unit() as services:
        new = NewClient("one", "App one", redirect_uris=("https://one.example.go.id/cb",), first_party=True)
        services.registry.create(OPERATOR, new)


@pytest.fixture
def settings(database: Database, request: pytest.FixtureRequest) -> Settings:
    """Of an installation that suggests, for tests that ask for `suggesting`."""
    wanted = "suggesting" in request.fixturenames
    return test_settings(database.url.render_as_string(hide_password=False), suggest_second_factor=wanted)


@pytest.fixture
def suggesting() -> None:
    """An installation that suggests."""


def _to_page(visitor: Visitor, **more: str) -> str:
    """Sign in for the application; gives where the browser is sent."""
    path = visitor.get(visitor.get(authorize("one", **more)).headers["Location"]).headers["Location"]
    return str(visitor.sign_in(path=path).headers["Location"])


def _ends_at_the_application(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).headers["Location"].startswith("https://one.example.go.id/cb?code=")


@spec("issue", "a second factor suggested, not forced")
def test_it_is_off_unless_the_installation_wants_it(visitor: Visitor) -> None:
    where = _to_page(visitor)
    assert where.startswith("/interaction/")
    _ends_at_the_application(visitor, where)


@spec("issue", "a second factor suggested, dismissible, remembered")
def test_not_now_leads_to_the_application_and_is_remembered(visitor: Visitor, another: Visitor, suggesting: None) -> None:
    where = _to_page(visitor)
    assert where.startswith(PAGE + "?then=%2Finteraction%2F")
    page = visitor.get(where)
    then = parse_qs(urlsplit(where).query)["then"][0]
    assert "App one" in page.text and "<script" not in page.text
    assert "form-action 'self' https://one.example.go.id" in page.headers["Content-Security-Policy"]
    answer = visitor.post("/account/factors/later", page=where, then=then)
    assert answer.headers["Location"] == then
    _ends_at_the_application(visitor, then)
    assert _to_page(another).startswith("/interaction/")


@spec("issue", "a second factor suggested, dismissible, remembered")
def test_setting_it_up_leads_on_to_the_application(visitor: Visitor, another: Visitor, suggesting: None, clock: FrozenClock) -> None:
    where = _to_page(visitor)
    link = re.search(r'href="(/account/factors/add\?then=[^"]+)"', visitor.get(where).text)
    assert link
    page = visitor.get(link[1]).text
    then = parse_qs(urlsplit(where).query)["then"][0]
    assert f'<a href="{then}" id="add-cancel">' in page
    secret = re.search(r'id="totp-secret">([A-Z2-7 ]+)<', page)
    assert secret
    shown = visitor.post(link[1], code=code_at(secret[1].replace(" ", ""), clock), name="HP")
    assert f'href="{then}" id="codes-saved"' in shown.text
    assert visitor.get(where).headers["Location"] == then, "who has one is not asked"
    _ends_at_the_application(visitor, then)
    assert _to_page(another).startswith("/sign-in/code")


def test_it_comes_again_until_it_is_answered(visitor: Visitor, another: Visitor, suggesting: None) -> None:
    for browser in (visitor, another):
        where = _to_page(browser)
        assert where.startswith(PAGE)
        _ends_at_the_application(browser, parse_qs(urlsplit(where).query)["then"][0])


@spec("OIDC Core 1.0", "3.1.2.1")
def test_never_with_prompt_none_nor_again_in_a_session(visitor: Visitor, suggesting: None, clock: FrozenClock) -> None:
    nobody = visitor.get(authorize("one", prompt="none")).headers["Location"]
    assert "error=login_required" in nobody
    assert _to_page(visitor).startswith(PAGE)
    for more in ({"prompt": "none"}, {}):
        assert "cb?code=" in visitor.get(authorize("one", **more)).headers["Location"]
    clock.advance(seconds=60)
    assert _to_page(visitor, prompt="login").startswith("/interaction/"), "proving again is no first sign-in"


def test_never_where_policy_demands_one_nor_on_a_shared_computer_nor_to_the_start_page(
    visitor: Visitor, another: Visitor, suggesting: None, unit: Any
) -> None:
    assert another.sign_in().headers["Location"] == "/", "the start page says it itself"
    shared = Visitor(visitor.client.application.test_client())
    assert shared.sign_in(path=begin(shared, "one"), shared_computer="y").headers["Location"].startswith("/interaction/")
    demand_two_factors(unit)
    assert _to_page(visitor).startswith("/sign-in/enrol")


@pytest.mark.parametrize("then", ["https://evil.test/", "//evil.test", "/\\evil.test"])
def test_neither_answer_leads_to_another_site(visitor: Visitor, then: str) -> None:
    visitor.sign_in()
    assert 'name="then" value="/"' in visitor.get(f"{PAGE}?then={then}").text
    assert visitor.post("/account/factors/later", page=PAGE, then=then).headers["Location"] == "/"
