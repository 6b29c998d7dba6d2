"""Refresh tokens: kept by confidential clients, rotated by public ones, ended by reuse."""

import pytest

from idp.kernel.actor import OPERATOR
from tests.protocol.conftest import House
from tests.rp import RelyingParty, payload
from tests.spec import spec

DAY = 24 * 3600


@spec("RFC 6749", "6")
def test_a_confidential_client_keeps_its_token(rp: RelyingParty) -> None:
    first = rp.tokens()["refresh_token"]
    for _ in range(3):
        answer = rp.refresh(first)
        assert answer.ok
        assert answer.json["refresh_token"] == first
        assert rp.userinfo(answer.json["access_token"]).ok


@spec("RFC 9700", "4.14.2")
@spec("RFC 6749", "10.4")
def test_reuse_ends_the_family_of_a_public_client(signed_in: House, public: RelyingParty) -> None:
    """Attack T4."""
    r0 = public.tokens()["refresh_token"]
    r1 = public.refresh(r0).json["refresh_token"]
    r2 = public.refresh(r1).json
    assert len({r0, r1, r2["refresh_token"]}) == 3
    assert public.refresh(r0).error == "invalid_grant"
    assert public.refresh(r2["refresh_token"]).error == "invalid_grant"
    assert public.userinfo(r2["access_token"]).status == 401


@spec("RFC 9700", "4.14.2")
def test_one_identical_retry_within_ten_seconds_gets_the_same_successor(signed_in: House, public: RelyingParty) -> None:
    """A phone that lost the answer may ask once more."""
    r0 = public.tokens()["refresh_token"]
    first = public.refresh(r0).json["refresh_token"]
    signed_in.clock.advance(seconds=9)
    assert public.refresh(r0).json["refresh_token"] == first
    assert public.refresh(r0).error == "invalid_grant"
    assert public.refresh(first).ok


def test_after_ten_seconds_a_retry_is_reuse(signed_in: House, public: RelyingParty) -> None:
    r0 = public.tokens()["refresh_token"]
    first = public.refresh(r0).json["refresh_token"]
    signed_in.clock.advance(seconds=11)
    assert public.refresh(r0).error == "invalid_grant"
    assert public.refresh(first).error == "invalid_grant"


def test_revoked_within_the_window_stays_revoked(public: RelyingParty) -> None:
    """Attack T5: the grace does not resurrect."""
    r0 = public.tokens()["refresh_token"]
    first = public.refresh(r0).json["refresh_token"]
    assert public.revoke(first).ok
    assert public.refresh(r0).error == "invalid_grant"
    assert public.refresh(first).error == "invalid_grant"


@spec("RFC 6749", "6", "MUST NOT")
def test_the_scope_may_shrink_and_never_grow(rp: RelyingParty) -> None:
    token = rp.tokens(scope="openid profile")["refresh_token"]
    less = rp.refresh(token, scope="openid").json
    assert less["scope"] == "openid"
    assert payload(less["access_token"])["scope"] == "openid"
    assert "name" not in rp.userinfo(less["access_token"]).json
    assert rp.refresh(token, scope="openid email").error == "invalid_scope"
    assert rp.refresh(token, scope='"').error == "invalid_scope"
    assert rp.refresh(token).json["scope"] == "openid profile"


def test_a_mistaken_request_does_not_use_a_public_token_up(public: RelyingParty) -> None:
    r0 = public.tokens()["refresh_token"]
    assert public.refresh(r0, scope="nik").error == "invalid_scope"
    assert public.refresh(r0, resource="https://elsewhere.example.org").error == "invalid_target"
    assert public.refresh(r0).ok


def test_a_token_of_another_client_is_refused(signed_in: House, rp: RelyingParty) -> None:
    token, other = rp.tokens()["refresh_token"], signed_in.rp("other")
    assert other.refresh(token).error == "invalid_grant"
    assert rp.refresh(token).ok


@pytest.mark.parametrize(
    "bad", ["", "rt_", "rt_x.0.y", "x" * 500, "ä", "rt_01mh3gas20zzbtsaw5z0n3z80n.0.AAAA", "rt_" + "a" * 26 + ".99999999999.x"]
)
def test_nonsense_is_refused(rp: RelyingParty, bad: str) -> None:
    assert rp.refresh(bad).error in ("invalid_grant", "invalid_request")


def test_a_changed_token_is_refused(rp: RelyingParty) -> None:
    token = rp.tokens()["refresh_token"]
    head, generation, proof = token.split(".")
    assert rp.refresh(f"{head}.{int(generation) + 1}.{proof}").error == "invalid_grant"
    assert rp.refresh(token[:-1] + ("A" if token[-1] != "A" else "B")).error == "invalid_grant"


def test_it_ends_by_idleness_and_absolutely(signed_in: House, rp: RelyingParty) -> None:
    """interfaces: 14 days idle, 30 days in all; offline_access outlives the session."""
    rp.scope = "openid offline_access"
    idle, used = rp.tokens()["refresh_token"], rp.tokens()["refresh_token"]
    signed_in.clock.advance(seconds=13 * DAY)
    assert rp.refresh(used).ok
    signed_in.clock.advance(seconds=2 * DAY)
    assert rp.refresh(idle).error == "invalid_grant"
    assert rp.refresh(used).ok
    signed_in.clock.advance(seconds=10 * DAY)
    assert rp.refresh(used).ok
    signed_in.clock.advance(seconds=6 * DAY)
    assert rp.refresh(used).error == "invalid_grant"


@spec("OIDC Core", "11")
def test_only_offline_access_outlives_the_session(signed_in: House, rp: RelyingParty) -> None:
    session_id = signed_in.sign_in()
    bound, offline = rp.tokens(), rp.tokens(scope="openid offline_access")
    with signed_in.unit() as services:
        services.leave.end(OPERATOR, [session_id], "test")
    assert rp.refresh(bound["refresh_token"]).error == "invalid_grant"
    assert rp.userinfo(bound["access_token"]).status == 401
    assert rp.refresh(offline["refresh_token"]).ok
    assert rp.userinfo(offline["access_token"]).ok


def test_a_disabled_person_is_refreshed_no_more(signed_in: House, rp: RelyingParty) -> None:
    """Attack T7."""
    tokens = rp.tokens(scope="openid offline_access")
    with signed_in.unit() as services:
        services.people.disable(OPERATOR, signed_in.person())
    assert rp.refresh(tokens["refresh_token"]).error == "invalid_grant"
    assert rp.userinfo(tokens["access_token"]).status == 401
    assert rp.introspect(tokens["access_token"]).json == {"active": False}
    assert rp.introspect(tokens["refresh_token"]).json == {"active": False}
