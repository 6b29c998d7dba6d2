"""prompt, max_age, hints, acr, claims, locales (OIDC Core section 3.1.2.1)."""

import json

import pytest

from idp.kernel.clock import epoch
from tests.protocol.conftest import House
from tests.rp import RelyingParty, payload
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@spec("OIDC Core", "3.1.2.1", "MUST NOT")
def test_prompt_none_without_a_session_is_login_required(house: House) -> None:
    answer = house.rp().begin(prompt="none")
    assert answer.status == 303
    assert answer.params["error"] == "login_required"


@spec("OIDC Core", "3.1.2.1", "MUST NOT")
def test_prompt_none_with_a_session_answers_silently(rp: RelyingParty) -> None:
    assert "code" in rp.begin(prompt="none").params


@spec("OIDC Core", "3.1.2.6")
def test_prompt_none_tells_what_is_missing(house: House) -> None:
    house.sign_in(amr=("pwd",))
    rp = house.rp(first_party=False)
    assert rp.begin(prompt="none").params["error"] == "consent_required"
    assert rp.begin(prompt="none", acr_values="urn:sumut:acr:2").params["error"] == "interaction_required"
    house.clock.advance(seconds=120)
    assert rp.begin(prompt="none", max_age="60").params["error"] == "login_required"
    house.sign_out()
    assert rp.begin(prompt="none").params["error"] == "login_required"


@spec("OIDC Core", "3.1.2.1", "MUST")
def test_prompt_login_and_old_sessions_go_to_a_page(signed_in: House, rp: RelyingParty) -> None:
    signed_in.clock.advance(seconds=100)
    assert rp.begin(prompt="login").location.startswith("/interaction/")
    assert rp.begin(max_age="50").location.startswith("/interaction/")
    assert rp.begin(max_age="0").location.startswith("/interaction/")
    assert rp.begin(prompt="select_account").location.startswith("/interaction/")
    assert "code" in rp.begin(max_age="1000").params


@spec("OIDC Core", "2", "MUST")
@spec("OIDC Core", "12.2")
def test_auth_time_is_the_true_time_also_after_a_refresh(signed_in: House, rp: RelyingParty) -> None:
    began = epoch(signed_in.clock.now())
    signed_in.clock.advance(seconds=100)
    tokens = rp.tokens(max_age="1000")
    assert payload(tokens["id_token"])["auth_time"] == began
    signed_in.clock.advance(seconds=100)
    again = rp.refresh(tokens["refresh_token"]).json
    assert payload(again["id_token"])["auth_time"] == began
    assert payload(again["id_token"])["sub"] == payload(tokens["id_token"])["sub"]
    assert payload(again["id_token"])["iat"] == began + 200
    assert "nonce" not in payload(again["id_token"])


@spec("OIDC Core", "3.1.2.1", "MUST NOT")
def test_a_hint_that_names_another_person_is_login_required(house: House, rp: RelyingParty) -> None:
    hint = rp.tokens()["id_token"]
    assert "code" in rp.begin(id_token_hint=hint, prompt="none").params
    house.sign_in("budi")
    assert rp.begin(id_token_hint=hint, prompt="none").params["error"] == "login_required"
    assert rp.begin(id_token_hint=hint).params.get("error") == "login_required"


@spec("OIDC Core", "3.1.2.1")
def test_an_expired_hint_still_names_its_person(signed_in: House, rp: RelyingParty) -> None:
    hint = rp.tokens()["id_token"]
    signed_in.clock.advance(seconds=1000)
    assert "code" in rp.begin(id_token_hint=hint, prompt="none").params


def test_a_hint_of_another_client_or_kind_is_refused(signed_in: House, rp: RelyingParty) -> None:
    other = signed_in.rp("other")
    tokens = other.tokens()
    assert rp.begin(id_token_hint=tokens["id_token"]).params["error"] == "invalid_request"
    assert rp.begin(id_token_hint=tokens["access_token"]).params["error"] == "invalid_request"
    head, body, signature = rp.tokens()["id_token"].split(".")
    assert rp.begin(id_token_hint=f"{head}.{body}.{signature[:-8]}AAAAAAAA").params["error"] == "invalid_request"


@spec("OIDC Core", "5.5")
def test_claims_are_given_where_they_are_asked_for(rp: RelyingParty) -> None:
    wanted = {
        "id_token": {"email": None, "auth_time": {"essential": True}},
        "userinfo": {"name": {"essential": True}, "phone_number": None},
    }
    tokens = rp.tokens(claims=json.dumps(wanted), scope="openid")
    assert payload(tokens["id_token"])["email"] == "siti@example.go.id"
    assert "name" not in payload(tokens["id_token"])
    told = rp.userinfo(tokens["access_token"]).json
    assert told["name"] == "Siti Nurhaliza Lubis"
    assert "phone_number" not in told  # "if a Claim is not returned, that Claim Name SHOULD be omitted": never null
    assert "email" not in told


@spec("OIDC Core", "5.5.1.1")
def test_an_essential_acr_that_does_not_exist_cannot_be_met(rp: RelyingParty) -> None:
    wanted = {"id_token": {"acr": {"essential": True, "values": ["urn:other:acr:9"]}}}
    assert rp.begin(claims=json.dumps(wanted), prompt="none").params["error"] == "unmet_authentication_requirements"


@spec("OIDC Core", "5.5.1")
def test_an_id_token_for_one_subject_is_for_nobody_else(rp: RelyingParty) -> None:
    own = payload(rp.tokens()["id_token"])["sub"]
    assert "code" in rp.begin(claims=json.dumps({"id_token": {"sub": {"value": own}}})).params
    other = rp.begin(claims=json.dumps({"id_token": {"sub": {"value": "somebody"}}}), prompt="none")
    assert other.params["error"] == "login_required"


@spec("RFC 9470", "4")
def test_acr_values_are_a_minimum(house: House) -> None:
    house.sign_in(amr=("pwd",))
    rp = house.rp()
    assert payload(rp.tokens(acr_values="urn:sumut:acr:1")["id_token"])["acr"] == "urn:sumut:acr:1"
    assert rp.begin(acr_values="urn:sumut:acr:2").location.startswith("/interaction/")
    house.sign_in()
    assert payload(rp.tokens(acr_values="urn:sumut:acr:1")["id_token"])["acr"] == "urn:sumut:acr:2"


@spec("OIDC Core", "11")
def test_offline_access_is_left_out_where_it_cannot_be_had(signed_in: House) -> None:
    rp = signed_in.rp("plain", grants=("authorization_code",), scopes=("openid", "profile"))
    tokens = rp.tokens(scope="openid offline_access")
    assert tokens["scope"] == "openid"
    assert "refresh_token" not in tokens


def test_without_openid_there_is_no_id_token_and_no_userinfo(rp: RelyingParty) -> None:
    tokens = rp.tokens(scope="profile")
    assert "id_token" not in tokens
    refused = rp.userinfo(tokens["access_token"])
    assert refused.status == 403
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]


@spec("OIDC Core", "8.1")
def test_subjects_and_session_names_differ_between_sectors(signed_in: House, rp: RelyingParty) -> None:
    one, two = payload(rp.tokens()["id_token"]), payload(signed_in.rp("b", redirect_uris=("https://b.example.net/cb",)).tokens()["id_token"])
    assert one["sub"] != two["sub"]
    assert one["sid"] != two["sid"]
