"""Grace is told at sign-in: until when, or how often, one may go on without; with a way to set it up now, and without a script."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.clients.metadata import NewClient
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from tests.spec import spec
from tests.web.conftest import Siti
from tests.web.test_ways_on import authorize
from tests.web.visitor import Visitor

PAGE = "/account/factors/coming"
DAY = 86_400


@pytest.fixture
def rule(unit: Any, siti: Siti) -> Any:
    """Makes a rule for everybody."""

    def make(level: str = "any", **values: Any) -> None:
        with unit() as services:
            services.enforcement.set(OPERATOR, "global", "", level, **values)

    return make


def _where(visitor: Visitor, path: str = "/sign-in") -> str:
    return str(visitor.sign_in(path=path).headers["Location"])


@spec("issue 5", "1: grace in days is told at sign-in")
def test_days_of_grace_are_told_with_their_end(visitor: Visitor, rule: Any, clock: FrozenClock) -> None:
    rule(grace_days=10)
    where = _where(visitor)
    assert where == PAGE + "?then=%2F"
    page = visitor.get(where)
    assert "25 Maret 2027" in page.text and "<script" not in page.text
    assert 'href="/account/factors/add?then=%2F"' in page.text and 'id="coming-later"' in page.text
    assert visitor.get("/").status_code == 200
    clock.advance(seconds=10 * DAY)
    assert visitor.get("/").headers["Location"].startswith("/sign-in")
    assert _where(Visitor(visitor.client.application.test_client())).startswith("/sign-in/enrol")


@spec("issue 5", "1: grace in sign-ins is told at sign-in")
def test_sign_ins_are_counted_down_and_the_last_is_named(visitor: Visitor, rule: Any, clock: FrozenClock) -> None:
    rule(grace_sign_ins=2)
    first, second, third = (Visitor(visitor.client.application.test_client()) for _ in range(3))
    assert "1 kali lagi" in first.get(_where(first)).text
    assert "terakhir" in second.get(_where(second)).text
    assert first.get("/").status_code == 200
    assert _where(third).startswith("/sign-in/enrol")
    clock.advance(seconds=DAY / 2)
    assert second.get("/").headers["Location"].startswith("/sign-in")


@spec("issue 5", "1: grace at an application")
def test_later_leads_to_the_application(visitor: Visitor, rule: Any, unit: Any) -> None:
    with unit() as services:
        new = NewClient("one", "App one", redirect_uris=("https://one.example.go.id/cb",), first_party=True)
        services.registry.create(OPERATOR, new)
        services.enforcement.set(OPERATOR, "client", "one", "phishing_resistant", grace_days=3)
    assert _where(Visitor(visitor.client.application.test_client())) == "/"
    where = _where(visitor, visitor.get(visitor.get(authorize("one")).headers["Location"]).headers["Location"])
    page = visitor.get(where)
    then = parse_qs(urlsplit(where).query)["then"][0]
    assert "App one" in page.text and "/account/passkeys/add" in page.text
    assert "form-action 'self' https://one.example.go.id" in page.headers["Content-Security-Policy"]
    assert visitor.get(then).headers["Location"].startswith("https://one.example.go.id/cb?code=")


def test_who_has_a_factor_is_told_nothing(visitor: Visitor, siti_with_app: Siti, rule: Any, clock: FrozenClock) -> None:
    from tests.web.visitor import code_at

    rule(grace_sign_ins=1)
    where = _where(visitor)
    assert where == "/sign-in/code"
    assert visitor.post(where, code=code_at(siti_with_app.secret or "", clock)).headers["Location"] == "/"
    assert visitor.get(PAGE + "?then=/account").headers["Location"] == "/account"


def test_a_rule_is_announced_before_it_starts(visitor: Visitor, rule: Any, clock: FrozenClock) -> None:
    rule(starts_at=clock.now() + timedelta(days=7), grace_sign_ins=3)
    page = visitor.get(_where(visitor))
    assert "22 Maret 2027" in page.text and "3 kali" in page.text
    assert visitor.get("/").status_code == 200
