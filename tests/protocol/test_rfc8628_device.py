"""The device grant: codes, the page where a person answers, the poll."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from idp.clients.metadata import DEVICE_GRANT
from idp.tokens.devices import ALPHABET, normalised
from tests.protocol.conftest import House
from tests.rp import FORM, FlaskWire, Heard, RelyingParty, payload
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

DEVICE: dict[str, Any] = {"grants": (DEVICE_GRANT, "refresh_token"), "redirect_uris": (), "post_logout_redirect_uris": ()}
ORIGIN = {"Content-Type": FORM, "Origin": "http://localhost:8000"}


def device(house: House, client_id: str = "tv", **values: Any) -> RelyingParty:
    return house.rp(client_id, **{**DEVICE, **values})


def begin(rp: RelyingParty, **values: str) -> dict[str, Any]:
    answer = rp.call("/device_authorization", {"scope": "openid profile", **values})
    assert answer.ok, answer.text
    found: dict[str, Any] = answer.json
    return found


def poll(rp: RelyingParty, device_code: str) -> Heard:
    return rp.token(grant_type=DEVICE_GRANT, device_code=device_code)


def submit(rp: RelyingParty, path: str, page: Heard, **fields: str) -> Heard:
    """Send the form of a page as its browser does."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return rp.browser.post(path, urlencode({"csrf_token": unescape(found[1]), **fields}), ORIGIN)


def enter(rp: RelyingParty, user_code: str) -> Heard:
    return submit(rp, "/device", rp.browser.get("/device", {}), user_code=user_code)


def answer(rp: RelyingParty, user_code: str, choice: str = "allow") -> Heard:
    """Type the code and answer the question."""
    path = enter(rp, user_code).location
    page = rp.browser.get(path, {})
    assert 'id="device-allow"' in page.text and 'id="device-deny"' in page.text
    return submit(rp, path, page, choice=choice)


@spec("RFC 8628", "3.1")
@spec("RFC 8628", "3.2")
def test_a_device_is_given_codes_and_addresses(house: House) -> None:
    found = begin(device(house))
    assert re.fullmatch(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", found["user_code"])
    assert found["verification_uri"] == "http://localhost:8000/device"
    assert found["verification_uri_complete"] == f"http://localhost:8000/device?user_code={found['user_code']}"
    assert (found["expires_in"], found["interval"]) == (600, 5)
    assert len(found["device_code"]) == 43


@spec("RFC 8628", "4")
def test_the_endpoint_is_advertised(house: House) -> None:
    found = device(house).back.get("/.well-known/openid-configuration", {}).json
    assert found["device_authorization_endpoint"] == "http://localhost:8000/device_authorization"
    assert DEVICE_GRANT in found["grant_types_supported"]


@spec("RFC 8628", "3.4")
@spec("RFC 8628", "3.3")
@pytest.mark.parametrize("method", ["client_secret_basic", "none"])
def test_an_allowed_device_gets_what_a_code_gives(signed_in: House, method: str) -> None:
    rp = device(signed_in, auth_method=method)
    given = begin(rp)
    assert poll(rp, given["device_code"]).error == "authorization_pending"
    done = answer(rp, given["user_code"].lower().replace("-", " "))
    assert done.location == "/device/done"
    tokens = poll(rp, given["device_code"]).json
    assert tokens["token_type"] == "Bearer" and tokens["scope"] == "openid profile"
    assert payload(tokens["id_token"])["aud"] == "tv"
    assert payload(tokens["id_token"])["acr"] == "urn:sumut:acr:2"
    assert rp.userinfo(tokens["access_token"]).json["name"] == "Siti Nurhaliza Lubis"
    assert rp.refresh(tokens["refresh_token"]).ok


@spec("RFC 8628", "3.5")
def test_slow_down_is_decided_by_the_time_of_the_last_poll(signed_in: House) -> None:
    rp = device(signed_in)
    code = begin(rp)["device_code"]
    asked = []
    for wait in (0, 1, 5, 5, 10, 10):
        signed_in.clock.advance(seconds=wait)
        asked.append(poll(rp, code).error)
    assert asked == ["authorization_pending", "slow_down", "authorization_pending", "slow_down", "authorization_pending", "slow_down"]


@spec("RFC 8628", "3.5")
def test_declining_and_expiry_are_told_apart(signed_in: House) -> None:
    rp = device(signed_in)
    one, other = begin(rp), begin(rp)
    assert answer(rp, one["user_code"], "deny").location == "/device/done?declined=1"
    assert poll(rp, one["device_code"]).error == "access_denied"
    signed_in.clock.advance(seconds=601)
    assert poll(rp, other["device_code"]).error == "expired_token"
    assert enter(rp, other["user_code"]).status == 400


@spec("RFC 8628", "3.4")
def test_a_code_is_spent_once_and_reuse_takes_back(signed_in: House) -> None:
    rp = device(signed_in)
    given = begin(rp)
    answer(rp, given["user_code"])
    tokens = poll(rp, given["device_code"]).json
    assert poll(rp, given["device_code"]).error == "invalid_grant"
    assert rp.userinfo(tokens["access_token"]).status == 401
    assert rp.refresh(tokens["refresh_token"]).error == "invalid_grant"


@spec("RFC 8628", "3.4", "MUST")
def test_a_code_is_bound_to_its_client(signed_in: House) -> None:
    rp, other = device(signed_in), device(signed_in, "other")
    given = begin(rp)
    answer(rp, given["user_code"])
    assert poll(other, given["device_code"]).error == "invalid_grant"
    assert poll(rp, given["device_code"]).error == "access_denied"  # dead from here on


@spec("RFC 8628", "5.1")
def test_guesses_are_slowed_down(signed_in: House) -> None:
    """Attack C8: guess the user code a hundred times."""
    rp = device(signed_in)
    given = begin(rp)
    seen = [enter(rp, "BBBB-BBBB").status for _ in range(100)]
    assert seen[:9] == [400] * 9
    assert set(seen[10:]) == {429}
    assert enter(rp, given["user_code"]).status == 429
    signed_in.clock.advance(seconds=61)
    assert enter(rp, given["user_code"]).status == 303


@spec("RFC 8628", "5.4")
def test_only_who_typed_the_code_first_may_answer(signed_in: House) -> None:
    """Attack C8: a second person opens the address of a code that the first has typed."""
    rp = device(signed_in)
    given = begin(rp)
    path = enter(rp, given["user_code"]).location
    other = signed_in.app.test_client()
    signed_in.sign_in("budi", browser=other)
    assert other.get(path).status_code == 404
    theirs = RelyingParty(FlaskWire(other), rp.back, rp.client_id, "")
    assert enter(theirs, given["user_code"]).status == 400
    assert rp.browser.get(path, {}).status == 200


@spec("RFC 8628", "5.4")
def test_the_page_warns_and_asks_even_with_the_code_in_the_address(signed_in: House) -> None:
    rp = device(signed_in)
    given = begin(rp)
    page = rp.browser.get(f"/device?user_code={given['user_code']}", {})
    assert f'value="{given["user_code"]}"' in page.text and 'id="device-continue"' in page.text
    assert poll(rp, given["device_code"]).error == "authorization_pending"
    shown = rp.browser.get(enter(rp, given["user_code"]).location, {"Accept-Language": "en"})
    assert "Siti Nurhaliza Lubis" in shown.text and "Tv" in shown.text and "127.0.0.1" in shown.text
    assert 'class="notice warn"' in shown.text


@spec("RFC 8628", "5.5")
def test_a_stranger_signs_in_first_and_a_weak_session_steps_up(house: House) -> None:
    rp = device(house, min_acr="2")
    given = begin(rp)
    assert rp.browser.get("/device", {}).location.startswith("/sign-in?")
    house.sign_in(amr=("pwd",))
    path = enter(rp, given["user_code"]).location
    assert rp.browser.get(path, {}).location.startswith("/sign-in/step-up?flow=")
    house.sign_in()
    assert rp.browser.get(path.replace("/device/", "/interaction/"), {}).location == path
    assert rp.browser.get(path, {}).status == 200


def test_the_answer_needs_our_own_form(signed_in: House) -> None:
    """Attack S4."""
    rp = device(signed_in)
    given = begin(rp)
    path = enter(rp, given["user_code"]).location
    assert rp.browser.post(path, "choice=allow", {"Content-Type": FORM}).status == 403
    assert rp.browser.post(path, "choice=allow", {"Content-Type": FORM, "Origin": "https://evil.test"}).status == 403
    assert poll(rp, given["device_code"]).error == "authorization_pending"


def test_what_ended_meanwhile_gets_nothing(signed_in: House) -> None:
    """Attack T7: a disabled person, an ended session."""
    rp = device(signed_in)
    given = begin(rp)
    answer(rp, given["user_code"])
    with signed_in.unit() as services:
        from idp.kernel.actor import OPERATOR

        services.leave.end_all(OPERATOR, signed_in.person(), "test")
    assert poll(rp, given["device_code"]).error == "access_denied"


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"scope": "openid nik"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": 'a"b'}, "invalid_scope"),
        ({"resource": "https://api.example.org/"}, "invalid_target"),
    ],
)
def test_a_bad_wish_is_refused(house: House, values: dict[str, str], error: str) -> None:
    assert device(house).call("/device_authorization", {"scope": "openid", **values}).error == error


def test_who_is_not_registered_for_it_is_refused(signed_in: House) -> None:
    rp = signed_in.rp()
    assert rp.call("/device_authorization", {"scope": "openid"}).error == "unauthorized_client"
    assert poll(rp, "x").error == "unauthorized_client"
    mine = device(signed_in)
    assert poll(mine, "x" * 43).error == "invalid_grant"
    assert poll(mine, "é" * 43).error == "invalid_grant"
    assert mine.token(grant_type=DEVICE_GRANT).error == "invalid_request"
    mine.secret = "wrong"
    assert mine.call("/device_authorization", {"scope": "openid"}).status == 401


@pytest.mark.parametrize(
    ("typed", "plain"),
    [("bcdf-ghjk", "BCDFGHJK"), (" BCDF GHJK ", "BCDFGHJK"), ("BCDFGHJ", None), ("AEIO-UYAA", None), ("B" * 41, None), ("ßCDFGHJK", None)],
)
@spec("RFC 8628", "6.1")
def test_a_code_is_read_as_people_type_it(house: House, typed: str, plain: str | None) -> None:
    assert normalised(typed) == plain
