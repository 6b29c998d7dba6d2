"""The demo applications refuse everything that is not a fresh logout token for them: they are the example others copy."""

import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from demo.relying_party.app import create_app
from demo.relying_party.backchannel import EVENT, BadLogoutToken, verify
from demo.relying_party.showcase import LEAVE
from demo.relying_party.visits import Visits
from tests.spec import spec

KEY = RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"}, private=True)
OTHER = RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"}, private=True)
KEYS = KeySet([KEY]).as_dict(private=False)
ISSUER = "https://sso.example"


def _token(*, key: RSAKey = KEY, typ: str = "logout+jwt", alg: str = "RS256", **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "app", "iat": now, "exp": now + 120, "jti": "x", "sid": "s", "sub": "p", "events": {EVENT: {}}}
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode({"alg": alg, "typ": typ, "kid": "one"}, claims, key, algorithms=[alg])


@spec("OIDC Back-Channel Logout 1.0", "2.6")
def test_a_good_token_is_accepted() -> None:
    assert verify(_token(), KEYS, ISSUER, "app")["sid"] == "s"
    assert verify(_token(aud=["app", "other"], sid=None), KEYS, ISSUER, "app")["sub"] == "p"


@spec("OIDC Back-Channel Logout 1.0", "2.6")
@pytest.mark.parametrize(
    "token",
    [
        pytest.param(_token(key=OTHER), id="signed by another"),
        pytest.param(_token(typ="JWT"), id="an ID token by its type"),
        pytest.param(_token(iss="https://evil.example"), id="another issuer"),
        pytest.param(_token(aud="other"), id="for another application"),
        pytest.param(_token(exp=int(time.time()) - 600), id="expired"),
        pytest.param(_token(iat=int(time.time()) + 600), id="from the future"),
        pytest.param(_token(iat=None), id="without iat"),
        pytest.param(_token(exp=None), id="without exp"),
        pytest.param(_token(events=None), id="without event"),
        pytest.param(_token(events={EVENT: "yes"}), id="event is not an object"),
        pytest.param(_token(nonce="n"), id="with a nonce"),
        pytest.param(_token(jti=None), id="without jti"),
        pytest.param(_token(sid=None, sub=None), id="names nobody"),
        pytest.param(_token().rsplit(".", 1)[0] + ".", id="unsigned"),
        pytest.param("nonsense", id="nonsense"),
        pytest.param("", id="empty"),
    ],
)
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(BadLogoutToken):
        verify(token, KEYS, ISSUER, "app")


def test_a_token_works_once_and_ends_only_what_it_names() -> None:
    visits = Visits()
    one, two = ({"sub": "p", "sid": "s"}, {"sub": "p", "sid": "t"})
    first, second = visits.start({}, one, {}), visits.start({}, two, {})
    assert visits.first_use("x")
    assert not visits.first_use("x")
    assert visits.end_by_provider(session="s", subject="p") == 1
    assert visits.find(first.key) is None
    assert visits.was_ended_by_provider(first.key)
    assert visits.find(second.key) is not None
    assert visits.end_by_provider(session=None, subject="p") == 1


def test_a_form_sent_after_the_provider_ended_the_visit_leads_to_the_entrance_which_says_so() -> None:
    """The word may come between the page and its button."""
    app = create_app(LEAVE, issuer=ISSUER, client_id="app", client_secret="not used here")
    visits = app.extensions["relying_party"].visits
    visit = visits.start({}, {"sub": "p", "sid": "s"}, {})
    browser = app.test_client()
    with browser.session_transaction() as session:
        session["visit"] = visit.key
    assert visits.end_by_provider(session="s", subject="p") == 1
    answer = browser.post("/token/refresh", data={"csrf": visit.csrf}, follow_redirects=True)
    assert answer.status_code == 200
    assert 'id="told"' in answer.text
