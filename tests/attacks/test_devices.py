"""C8: the code that a device shows (attacks.md)."""

from typing import Any

import pytest

from idp.clients.metadata import DEVICE_GRANT
from tests.attacks.stage import Human, Stage, Visitor
from tests.rp import Heard, RelyingParty
from tests.spec import spec


@pytest.fixture(scope="module")
def tv(stage: Stage) -> RelyingParty:
    return stage.rp(grants=(DEVICE_GRANT, "refresh_token"), redirect_uris=(), post_logout_redirect_uris=(), auth_method="none")


def begin(tv: RelyingParty) -> dict[str, Any]:
    found: dict[str, Any] = tv.call("/device_authorization", {"scope": "openid profile"}).json
    return found


def poll(tv: RelyingParty, given: dict[str, Any]) -> Heard:
    return tv.token(grant_type=DEVICE_GRANT, device_code=given["device_code"])


def typed(visitor: Visitor, user_code: str) -> Any:
    return visitor.post("/device", {"user_code": user_code}, page="/device")


@spec("attacks.md", "C8")
@spec("RFC 8628", "5.4")
def test_a_code_that_somebody_typed_is_nobody_elses(stage: Stage, user: Human, tv: RelyingParty) -> None:
    given = begin(tv)
    first, second, stranger = stage.visitor(user), stage.visitor(stage.human()), stage.visitor()
    path = typed(first, given["user_code"]).headers["Location"]
    assert path.startswith("/device/")
    assert second.get(path).status_code == 404
    assert second.post(path, {"choice": "allow"}, page="/device").status_code == 404
    assert stage.visitor(user).get(path).status_code == 404, "another browser of the same person did not type it"
    assert stranger.get(path).headers["Location"].startswith("/sign-in?")
    assert typed(second, given["user_code"]).status_code in (200, 400)
    assert poll(tv, given).error == "authorization_pending"
    assert first.send(path, {"choice": "allow"}).status_code == 403, "without the form's token"
    assert first.post(path, {"choice": "allow"}, page=path).headers["Location"] == "/device/done"
    stage.sql("UPDATE device_codes SET next_poll_at = :past", past=stage.moment(seconds=5))
    assert poll(tv, given).json["token_type"] == "Bearer"


@spec("attacks.md", "C8")
@spec("RFC 8628", "5.1")
@spec("RFC 8628", "6.1")
def test_guessing_is_slowed_down_and_codes_are_random(stage: Stage, tv: RelyingParty) -> None:
    codes = [begin(tv)["user_code"] for _ in range(40)]
    assert len(set(codes)) == 40 and all(len(code) == 9 for code in codes)
    letters = "".join(codes).replace("-", "")
    assert len(set(letters)) >= 18, "of twenty letters nearly all are used"
    guesser = stage.visitor(stage.human(), address="127.0.77.1")
    token = guesser.token("/device")
    statuses = [guesser.send("/device", {"csrf_token": token, "user_code": "BBBB-BBBB"}).status_code for _ in range(100)]
    assert statuses.count(400) + statuses.count(200) <= 20, "most guesses are not even looked at"
    assert set(statuses[-50:]) == {429}
    assert guesser.send("/device", {"csrf_token": token, "user_code": codes[0]}).status_code == 429


@spec("attacks.md", "C8")
@spec("RFC 8628", "3.5")
def test_who_asks_faster_than_told_is_told_to_slow_down(tv: RelyingParty) -> None:
    given = begin(tv)
    errors = [poll(tv, given).error for _ in range(4)]
    assert errors == ["authorization_pending", "slow_down", "slow_down", "slow_down"]
    assert poll(tv, {"device_code": "x" * 43}).error == "invalid_grant"
