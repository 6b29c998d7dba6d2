"""Whoever sets something up on the way to an application comes back to it: every page that sends them there says where from."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest

from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from tests.authenticator import Authenticator
from tests.spec import spec
from tests.web.conftest import Siti
from tests.web.test_signin import demand_two_factors
from tests.web.test_ways_on import apps, begin
from tests.web.visitor import Visitor, code_at, token_of

__all__ = ["apps"]

FACTORS, ADD = "/account/factors", "/account/passkeys/add"
ISSUER = "http://localhost:8000"


def _link(page: str, element: str) -> str:
    found = re.search(rf'href="([^"]+)" id="{element}"', page)
    assert found, f"no link #{element}"
    return unescape(found[1])


def _add(visitor: Visitor, address: str, device: Authenticator) -> tuple[int, str]:
    """Make a passkey on the page of this address, as its script does; gives the status, and where it leads or what it shows."""
    token = token_of(visitor.get(address))
    asked = visitor.client.post(f"{ADD}/options", base_url=ISSUER, headers={"X-CSRFToken": token})
    answer = json.dumps(device.create(asked.get_json()["publicKey"]))
    query = urlsplit(address).query
    done = visitor.send(f"{ADD}?{query}" if query else ADD, token, credential=answer, name="Laptop")
    return done.status_code, done.headers.get("Location") or done.text


@pytest.mark.parametrize(
    ("page", "element", "back"),
    [
        ("/account/recovered?then=%2Finteraction%2Fabc", "recovered-passkey", "/account/recovered?then=%2Finteraction%2Fabc"),
        ("/account/factors/suggested?then=%2Finteraction%2Fabc", "suggestion-passkey", "/interaction/abc"),
    ],
)
@spec("issue", "losing the phone ends where the person was going")
def test_a_passkey_added_on_the_way_leads_back(visitor: Visitor, siti: Siti, page: str, element: str, back: str) -> None:
    visitor.sign_in()
    address = _link(visitor.get(page).text, element)
    assert address.startswith(ADD)
    assert _link(visitor.get(address).text, "add-cancel") == back
    status, codes = _add(visitor, address, Authenticator(ISSUER))
    assert status == 200 and _link(codes, "codes-saved") == back, "the first one shows recovery codes, which then lead on"


@spec("issue", "losing the phone ends where the person was going")
def test_beside_another_factor_it_leads_back_at_once(visitor: Visitor, siti_with_app: Siti, clock: FrozenClock, unit: Any) -> None:
    with unit() as services:
        services.factors.regenerate_recovery_codes(OPERATOR, services.people.need(siti_with_app.username))
    visitor.sign_in()
    visitor.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock))
    for then, back in (("?then=%2Finteraction%2Fabc", "/interaction/abc"), ("?then=//evil.test", FACTORS), ("", FACTORS)):
        assert _add(visitor, ADD + then, Authenticator(ISSUER)) == (303, back)


@spec("attacks.md", "R4")
@pytest.mark.parametrize("then", ["https://evil.test/", "//evil.test", "/%5Cevil.test"])
def test_it_never_leads_to_another_site(visitor: Visitor, siti: Siti, then: str) -> None:
    visitor.sign_in()
    address = f"{ADD}?then={then}"
    assert _link(visitor.get(address).text, "add-cancel") == FACTORS
    _, codes = _add(visitor, address, Authenticator(ISSUER))
    assert _link(codes, "codes-saved") == FACTORS


def test_the_other_kind_of_factor_is_for_the_same_request(visitor: Visitor, apps: None, unit: Any) -> None:
    """Set-up demanded on the way in, in two tabs: changing from the app to a passkey and back stays with this tab's request."""
    demand_two_factors(unit)
    first, second = begin(visitor, "one"), begin(visitor, "two")
    enrol = visitor.sign_in(path=first).headers["Location"]
    visitor.sign_in(path=second)
    passkey = _link(visitor.get(enrol).text, "enrol-passkey")
    assert urlsplit(passkey).query == urlsplit(enrol).query == urlsplit(first).query
    assert _link(visitor.get(passkey).text, "enrol-app") == enrol
