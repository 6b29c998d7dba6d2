"""Token exchange: the same person, fewer rights, allowed pairs only."""

from typing import Any

import pytest

from idp.clients.metadata import EXCHANGE_GRANT
from idp.directory.subject import subject
from idp.kernel.actor import OPERATOR
from idp.protocol.rfc8693_token_exchange import ACCESS_TOKEN
from tests.protocol.conftest import BATCH, House
from tests.rp import Heard, RelyingParty, header, payload
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

API = "https://arsip.example.go.id/api"


@pytest.fixture
def front(signed_in: House) -> RelyingParty:
    """An application people sign in to, which may call the archive for them."""
    rp = signed_in.rp(
        "front", grants=("authorization_code", "refresh_token", EXCHANGE_GRANT), scopes=("openid", "profile", "arsip:read", "arsip:write"),
        scope="openid profile arsip:read",
    )  # fmt: skip
    signed_in.rp("arsip", **{**BATCH, "audience": (API,), "scopes": ("arsip:read", "arsip:write")})
    with signed_in.unit() as services:
        services.registry.exchange.allow(OPERATOR, "front", "arsip", "arsip:read arsip:write")
    return rp


def exchange(rp: RelyingParty, token: str, **values: Any) -> Heard:
    given = {"subject_token": token, "subject_token_type": ACCESS_TOKEN, "audience": "arsip", **values}
    return rp.token(grant_type=EXCHANGE_GRANT, **given)


def archive(house: House, rp: RelyingParty) -> RelyingParty:
    """The archive as the resource server that asks about tokens."""
    with house.unit() as services:
        secret = services.registry.rotate_secret(OPERATOR, "arsip")
    return RelyingParty(rp.browser, rp.back, "arsip", "", secret)


@spec("RFC 8693", "2.1")
@spec("RFC 8693", "2.2.1")
@spec("RFC 8693", "4.1")
def test_the_new_token_is_the_same_person_for_the_target(signed_in: House, front: RelyingParty) -> None:
    old = front.tokens()["access_token"]
    answer = exchange(front, old).json
    assert (answer["issued_token_type"], answer["token_type"]) == (ACCESS_TOKEN, "Bearer")
    assert answer["scope"] == "arsip:read"
    assert "refresh_token" not in answer and "id_token" not in answer
    claims, before = payload(answer["access_token"]), payload(old)
    assert header(answer["access_token"])["typ"] == "at+jwt"
    assert claims["aud"] == API
    assert claims["act"] == {"sub": "front"}
    assert claims["client_id"] == "front"
    assert claims["exp"] <= before["exp"]
    assert (claims["acr"], claims["auth_time"]) == (before["acr"], before["auth_time"])
    with signed_in.unit() as services:
        profile = services.directory.profile(signed_in.person(), ())
        assert profile is not None
        assert claims["sub"] == subject(profile.subject_seed, signed_in.person(), services.registry.get("arsip").pairwise_sector)
    assert claims["sub"] != before["sub"]


@spec("RFC 8693", "2.2.1", "expires_in")
def test_it_never_lives_longer_than_what_it_came_from(signed_in: House, front: RelyingParty) -> None:
    old = front.tokens()["access_token"]
    signed_in.clock.advance(seconds=200)
    answer = exchange(front, old).json
    assert answer["expires_in"] == 100
    signed_in.clock.advance(seconds=100)
    assert exchange(front, old).error == "invalid_request"


@spec("RFC 8693", "2.2.2")
def test_scope_never_widens(signed_in: House, front: RelyingParty) -> None:
    old = front.tokens()["access_token"]
    assert exchange(front, old, scope="arsip:write").error == "invalid_scope"  # allowed to the pair, not held by the token
    assert exchange(front, old, scope="openid").error == "invalid_scope"  # held, not allowed to the pair
    with signed_in.unit() as services:
        services.registry.exchange.allow(OPERATOR, "front", "arsip", "arsip:write")
    assert exchange(front, old).error == "invalid_scope"


@spec("RFC 8693", "2.2.2")
def test_only_allowed_pairs(signed_in: House, front: RelyingParty) -> None:
    old = front.tokens()["access_token"]
    signed_in.rp("other", **{**BATCH, "audience": ("https://other.example.go.id",)})
    for values in ({"audience": "other"}, {"audience": "nobody"}, {"audience": "front"}, {"audience": None, "resource": "https://other.example.go.id"}):
        assert exchange(front, old, **values).error == "invalid_target", values
    assert exchange(front, old, audience=None, resource=API).ok
    assert exchange(front, old, resource=API).error == "invalid_target"
    assert exchange(front, old, audience=None).error == "invalid_request"


@spec("RFC 8693", "2.2.2", "MUST")
def test_what_has_ended_is_not_exchanged_and_what_was_exchanged_ends(signed_in: House, front: RelyingParty) -> None:
    """Attack T7."""
    tokens = front.tokens()
    new = exchange(front, tokens["access_token"]).json["access_token"]
    api = archive(signed_in, front)
    seen = api.introspect(new).json
    assert seen["active"] and seen["act"] == {"sub": "front"} and seen["scope"] == "arsip:read"
    assert front.introspect(new).json["active"]
    assert front.userinfo(new).status == 401
    front.revoke(tokens["refresh_token"])
    assert exchange(front, tokens["access_token"]).error == "invalid_request"
    assert api.introspect(new).json == {"active": False}


@pytest.mark.parametrize("end", ["session", "person", "pair", "client", "own"])
def test_every_end_counts_at_once(signed_in: House, front: RelyingParty, end: str) -> None:
    old = front.tokens()["access_token"]
    new = exchange(front, old).json["access_token"]
    api = archive(signed_in, front)
    assert api.introspect(new).json["active"]
    if end == "own":
        front.revoke(new)
        assert front.userinfo(old).ok  # the token it came from stays
    else:
        with signed_in.unit() as services:
            {
                "session": lambda: services.leave.end_all(OPERATOR, signed_in.person(), "test"),
                "person": lambda: services.people.disable(OPERATOR, signed_in.person()),
                "pair": lambda: services.registry.exchange.forbid(OPERATOR, "front", "arsip"),
                "client": lambda: services.registry.disable(OPERATOR, "front"),
            }[end]()
    assert api.introspect(new).json == {"active": False}


def test_a_token_is_not_exchanged_twice_nor_of_another_client(signed_in: House, front: RelyingParty) -> None:
    new = exchange(front, front.tokens()["access_token"]).json["access_token"]
    assert exchange(front, new).error == "invalid_request"
    stranger = signed_in.rp("stranger")
    assert exchange(front, stranger.tokens()["access_token"]).error == "invalid_request"
    assert exchange(stranger, stranger.tokens()["access_token"]).error == "unauthorized_client"
    tokens = front.tokens()
    for wrong in (tokens["id_token"], tokens["refresh_token"], "x", "a.b.c"):
        assert exchange(front, wrong).error == "invalid_request"


def test_the_targets_own_rules_hold(signed_in: House, front: RelyingParty) -> None:
    signed_in.sign_in(amr=("pwd",))
    old = front.tokens()["access_token"]
    signed_in.change("arsip", min_acr="urn:sumut:acr:2")
    assert exchange(front, old).error == "invalid_target"
    signed_in.sign_in()
    old = front.tokens()["access_token"]
    assert exchange(front, old).ok
    signed_in.change("arsip", access="assigned")
    assert exchange(front, old).error == "invalid_target"


@spec("RFC 8693", "3")
@pytest.mark.parametrize(
    "values",
    [
        {"subject_token": None},
        {"subject_token_type": None},
        {"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"},
        {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"actor_token": "x", "actor_token_type": ACCESS_TOKEN},
    ],
)
def test_other_kinds_are_refused(signed_in: House, front: RelyingParty, values: dict[str, Any]) -> None:
    assert exchange(front, front.tokens()["access_token"], **values).error == "invalid_request"
