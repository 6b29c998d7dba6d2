"""A token from a sign-in that is too weak by now says which sign-in would do."""

import pytest

from idp.kernel.clock import epoch
from idp.protocol.rfc9470_step_up import insufficient
from tests.protocol.conftest import House
from tests.protocol.proofs import Prover
from tests.rp import payload
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
STRONG = "urn:sumut:acr:2"


@spec("RFC 9470", "3", "MUST")
def test_a_weak_sign_in_is_told_what_would_do(house: House) -> None:
    house.sign_in(amr=("pwd",))
    app = house.rp("app")
    token = app.tokens()["access_token"]
    assert app.userinfo(token).ok
    house.change("app", min_acr=STRONG)
    answer = app.userinfo(token)
    assert (answer.status, answer.error) == (401, "insufficient_user_authentication")
    said = answer.headers["WWW-Authenticate"]
    assert said.startswith('Bearer error="insufficient_user_authentication"')
    assert f'acr_values="{STRONG}"' in said


@spec("RFC 9470", "3")
def test_a_bound_token_gets_the_challenge_of_its_scheme(house: House) -> None:
    house.sign_in(amr=("pwd",))
    app, prover = house.rp("app", dpop=True), Prover(lambda: epoch(house.clock.now()))
    values = {"code": app.code(), "code_verifier": app.verifier, "redirect_uri": app.redirect_uri}
    token = app.token(prover.at_token(), grant_type="authorization_code", **values).json["access_token"]
    house.change("app", min_acr=STRONG)
    answer = app.back.get("/userinfo", prover.at_userinfo(token))
    assert answer.headers["WWW-Authenticate"].startswith('DPoP error="insufficient_user_authentication"')


@spec("RFC 9470", "3")
def test_an_old_sign_in_is_told_how_new_it_must_be(house: House) -> None:
    error = insufficient("Bearer", max_age=300)
    assert dict(error.more_headers)["WWW-Authenticate"].endswith('max_age="300"')
    assert error.status_code == 401


@spec("RFC 9470", "6.1", "MUST")
@spec("RFC 9470", "6.2", "MUST")
def test_a_resource_server_sees_how_and_when_the_person_signed_in(signed_in: House) -> None:
    app = signed_in.rp("app")
    token = app.tokens()["access_token"]
    for seen in (payload(token), app.introspect(token).json):
        assert seen["acr"] == STRONG
        assert seen["auth_time"] == epoch(signed_in.clock.now())
