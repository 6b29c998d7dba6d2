"""The form token: bound to its browser and its moment, and worth nothing without both (ASVS 3.5.1, attack S4)."""

import re

import pytest

from idp.web.csrf import LIFE_SECONDS
from tests.spec import spec
from tests.web.visitor import Visitor, token_of

FORM = {"language": "en", "return_to": "/"}


@pytest.fixture
def visitor(app):
    return Visitor(app.test_client())


def _status(visitor, token):
    return visitor.send("/language", token, **FORM).status_code


@spec("ASVS", "3.5.1")
def test_a_token_works_in_its_own_browser_only(app, visitor):
    mine, other = token_of(visitor.get("/sign-in")), Visitor(app.test_client())
    theirs = token_of(other.get("/sign-in"))
    assert _status(visitor, mine) == 303
    assert _status(visitor, theirs) == 403
    assert _status(other, mine) == 403
    visitor.client.delete_cookie("idp_browser")
    assert _status(visitor, mine) == 403, "the token without its cookie"


@spec("ASVS", "3.5.1")
def test_a_token_ages(visitor, clock):
    token = token_of(visitor.get("/sign-in"))
    clock.advance(seconds=LIFE_SECONDS)
    assert _status(visitor, token) == 303
    clock.advance(seconds=2)
    assert _status(visitor, token) == 403


@spec("ASVS", "3.5.1")
@pytest.mark.parametrize("spoil", [
    lambda moment, proof: "",
    lambda moment, proof: ".",
    lambda moment, proof: proof,
    lambda moment, proof: f"{moment}.",
    lambda moment, proof: f"{int(moment, 16) + 1:x}.{proof}",
    lambda moment, proof: f"{moment}.{proof[:-1]}",
    lambda moment, proof: f"{moment}.{proof}=",
    lambda moment, proof: f"{moment}.é",
    lambda moment, proof: f"\ud800.{proof}",
    lambda moment, proof: f"zz.{proof}",
])  # fmt: skip
def test_nothing_else_passes_for_a_token(visitor, spoil):
    moment, _, proof = token_of(visitor.get("/sign-in")).partition(".")
    assert _status(visitor, spoil(moment, proof).encode("utf-8", "surrogatepass")) == 403


def test_all_forms_of_a_page_carry_the_same_token(visitor):
    page = visitor.get("/sign-in")
    assert len(set(re.findall(r'name="csrf_token" value="([^"]+)"', page.text))) == 1


def test_a_page_with_a_form_marks_its_browser_once(visitor):
    first, second = visitor.get("/sign-in"), visitor.get("/sign-in")
    assert "idp_browser=" in first.headers["Set-Cookie"]
    assert "Set-Cookie" not in second.headers
