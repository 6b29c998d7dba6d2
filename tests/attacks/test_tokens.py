"""T1 to T7: keys, tokens, refresh, revocation, introspection, a person who is stopped (attacks.md)."""

import json
import secrets
import time
from typing import Any

import pytest

from idp.kernel.actor import OPERATOR
from tests.attacks.forge import forgeries
from tests.attacks.stage import Human, Stage, Visitor, at_once
from tests.rp import RelyingParty, payload
from tests.spec import spec


@pytest.fixture(scope="module")
def rp(stage: Stage, user: Human) -> RelyingParty:
    return stage.rp(stage.visitor(user))


@spec("attacks.md", "T1")
@spec("RFC 7517", "5")
def test_the_key_set_is_public_and_the_same_on_all_workers(stage: Stage) -> None:
    seen = set()
    for _ in range(12):
        answer = Visitor(stage.server.base).get("/jwks")
        seen.add(answer.text)
        assert "max-age" in answer.headers["Cache-Control"]
    assert len(seen) == 1
    keys = json.loads(seen.pop())["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) >= 4
    for key in keys:
        assert not {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & set(key)
        assert key["use"] == "sig" and key["alg"] in ("RS256", "ES256")
        assert (key["kty"], key.get("crv", "")) in (("RSA", ""), ("EC", "P-256"))


@spec("attacks.md", "T2")
@spec("RFC 8725", "3.1")
def test_no_forged_token_is_believed_anywhere(stage: Stage, rp: RelyingParty) -> None:
    tokens, jwks = rp.tokens(), rp.back.get("/jwks", {}).json
    for forged in forgeries(tokens["access_token"], jwks):
        assert rp.userinfo(forged.replace("\x00", "")).status in (400, 401), forged[:80]
        assert rp.introspect(forged).json.get("active") in (False, None)
        assert rp.revoke(forged).status in (200, 400)
    for forged in forgeries(tokens["id_token"], jwks):
        refused = rp.begin(id_token_hint=forged)
        assert refused.params["error"] == "invalid_request", forged[:80]
        assert rp.logout(id_token_hint=forged).status == 400
    assert rp.userinfo(tokens["access_token"]).ok and rp.introspect(tokens["access_token"]).json["active"] is True


@spec("attacks.md", "T3")
@spec("RFC 9068", "4")
def test_only_an_access_token_meant_for_us_opens_userinfo(stage: Stage, user: Human, rp: RelyingParty) -> None:
    tokens = rp.tokens()
    machine = stage.rp(grants=("client_credentials",), redirect_uris=(), post_logout_redirect_uris=(), scopes=("openid", "data.read"))
    elsewhere = stage.rp(stage.visitor(user), resources=("https://api.example.org",))
    others = [tokens["id_token"], tokens["refresh_token"], rp.code(), machine.token(grant_type="client_credentials").json["access_token"],
              elsewhere.tokens(resource="https://api.example.org")["access_token"]]  # fmt: skip
    for token in others:
        assert rp.userinfo(token).status == 401
    assert rp.back.get(f"/userinfo?access_token={tokens['access_token']}", {}).status == 401, "never in the address"
    assert rp.userinfo(tokens["access_token"]).ok
    # One kind of token does not do another's work either.
    assert rp.refresh(tokens["access_token"]).error == "invalid_grant" and rp.redeem(tokens["refresh_token"]).error == "invalid_grant"
    assert rp.begin(id_token_hint=tokens["access_token"]).params["error"] == "invalid_request"


@spec("attacks.md", "T4")
@spec("RFC 9700", "4.14.2")
def test_a_replayed_refresh_token_ends_its_family(stage: Stage, user: Human) -> None:
    public = stage.rp(stage.visitor(user), auth_method="none", scope="openid profile")
    first = public.tokens()
    second = public.refresh(first["refresh_token"]).json
    third = public.refresh(second["refresh_token"]).json
    assert len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
    assert public.refresh(third["refresh_token"], scope="openid profile email").error == "invalid_scope"
    assert public.refresh(first["refresh_token"]).error == "invalid_grant"
    for old in (second, third):
        assert public.refresh(old["refresh_token"]).error == "invalid_grant"
        assert public.userinfo(old["access_token"]).status == 401
    assert "tokens:refresh_token:reuse" in stage.events(client_id=public.client_id)
    fresh = public.tokens()
    made_up = fresh["refresh_token"].rsplit(".", 2)
    for forged in (f"{made_up[0]}.1.{made_up[2]}", f"{made_up[0]}.999999999.x", fresh["refresh_token"][:-1], "rt_", "rt_..", "é"):
        assert public.refresh(forged).error == "invalid_grant"
    assert public.refresh(fresh["refresh_token"]).ok, "guessing must not end somebody's family"
    stage.sql("UPDATE grants SET expires_at = :at WHERE client_id = :id", at=stage.moment(seconds=1), id=public.client_id)
    assert public.refresh(public.refresh(fresh["refresh_token"]).json.get("refresh_token", "")).status == 400, "there is an absolute end"


@spec("attacks.md", "T4")
def test_of_a_hundred_uses_of_one_refresh_token_at_once_exactly_one_succeeds(stage: Stage, user: Human) -> None:
    public = stage.rp(stage.visitor(user), auth_method="none")
    token = public.tokens()["refresh_token"]
    answers = at_once(100, lambda _: public.refresh(token))
    won = [one for one in answers if one.status == 200]
    assert len(won) == 1, sorted(one.status for one in answers)
    assert {one.error for one in answers if one is not won[0]} == {"invalid_grant"}
    assert public.refresh(public.tokens()["refresh_token"]).ok


@spec("attacks.md", "T4")
def test_one_lost_answer_may_be_asked_for_again_and_gives_the_same_successor(stage: Stage, user: Human) -> None:
    public = stage.rp(stage.visitor(user), auth_method="none")
    token = public.tokens()["refresh_token"]
    once, again = public.refresh(token), public.refresh(token)
    assert once.ok and again.ok and once.json["refresh_token"] == again.json["refresh_token"]
    assert public.refresh(token).status == 400, "a third time is no lost answer"
    assert public.refresh(once.json["refresh_token"]).ok
    assert public.refresh(token).status == 400
    stage.sql("UPDATE grants SET refreshed_at = :at WHERE client_id = :id", at=stage.moment(seconds=11), id=public.client_id)
    late = public.tokens()["refresh_token"]
    assert public.refresh(late).ok
    stage.sql("UPDATE grants SET refreshed_at = :at WHERE client_id = :id", at=stage.moment(seconds=11), id=public.client_id)
    assert public.refresh(late).error == "invalid_grant"


@spec("attacks.md", "T4")
def test_refresh_against_revoke_leaves_nothing_alive(stage: Stage, user: Human) -> None:
    public = stage.rp(stage.visitor(user), auth_method="none")
    for _ in range(4):
        token = public.tokens()["refresh_token"]
        answers = at_once(6, lambda n, token=token: public.revoke(token) if n == 3 else public.refresh(token))  # type: ignore[misc]
        for one in answers:
            if one.status == 200 and one.body:
                assert public.refresh(one.json["refresh_token"]).error == "invalid_grant"
                assert public.userinfo(one.json["access_token"]).status == 401


@spec("attacks.md", "T5")
@spec("RFC 7009", "2.1")
def test_only_the_owner_revokes_and_it_counts_at_once(stage: Stage, user: Human, rp: RelyingParty) -> None:
    other, tokens = stage.rp(stage.visitor(user)), rp.tokens()
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert other.revoke(token).status == 200
        assert rp.userinfo(tokens["access_token"]).ok and rp.refresh(tokens["refresh_token"]).ok, "a stranger's revocation"
    assert other.refresh(tokens["refresh_token"]).error == "invalid_grant"
    assert rp.refresh(tokens["refresh_token"]).ok, "a stranger's refresh must not end it either"
    assert rp.revoke(tokens["access_token"]).status == 200
    assert rp.userinfo(tokens["access_token"]).status == 401 and rp.refresh(tokens["refresh_token"]).error == "invalid_grant"
    public = stage.rp(stage.visitor(user), auth_method="none")
    first = public.tokens()["refresh_token"]
    assert public.refresh(first).ok and public.revoke(first).status == 200
    assert public.refresh(first).error == "invalid_grant", "the grace of a retry does not resurrect"


@spec("attacks.md", "T5")
def test_what_a_person_withdraws_is_gone_at_once(stage: Stage, user: Human) -> None:
    visitor = stage.visitor(user)
    rp = stage.rp(visitor, first_party=False)
    flow = rp.begin(scope="openid offline_access").location
    assert visitor.post(f"{flow}/data", {"choice": "allow"}).status_code == 303
    tokens = rp.tokens(scope="openid offline_access")
    assert visitor.post("/account/applications/withdraw", {"client_id": rp.client_id}).status_code == 303
    assert rp.userinfo(tokens["access_token"]).status == 401 and rp.refresh(tokens["refresh_token"]).error == "invalid_grant"
    assert "/interaction/" in rp.begin(scope="openid offline_access").location, "the person is asked again"


@spec("attacks.md", "T6")
@spec("RFC 7662", "4")
def test_introspection_tells_strangers_nothing(stage: Stage, user: Human, rp: RelyingParty) -> None:
    tokens = rp.tokens()
    stranger = stage.rp(stage.visitor(user))
    public = stage.rp(stage.visitor(user), auth_method="none")
    assert public.introspect(public.tokens()["access_token"]).status == 401
    assert RelyingParty(rp.browser, rp.back, "", "", method="nothing").introspect(tokens["access_token"]).status == 401
    for token in (tokens["access_token"], tokens["refresh_token"], tokens["id_token"], "garbage", "a.b.c"):
        assert stranger.introspect(token).json == {"active": False}
    assert rp.introspect(tokens["id_token"]).json == {"active": False}
    assert rp.introspect(tokens["access_token"]).json["client_id"] == rp.client_id
    rp.revoke(tokens["refresh_token"])
    assert rp.introspect(tokens["access_token"]).json == {"active": False} == rp.introspect(tokens["refresh_token"]).json


@spec("attacks.md", "T6")
def test_a_client_that_may_call_a_resource_does_not_introspect_the_tokens_of_others_for_it(stage: Stage, user: Human) -> None:
    api = "https://api.example.org"
    one, other = (stage.rp(stage.visitor(user), resources=(api,)) for _ in range(2))
    itself = stage.rp(audience=(api,))
    token = one.tokens(resource=api)["access_token"]
    assert one.introspect(token).json["active"] is True and itself.introspect(token).json["active"] is True
    assert other.introspect(token).json == {"active": False}
    assert itself.introspect(one.tokens()["access_token"]).json == {"active": False}
    provider = stage.rp(audience=(stage.server.base,))
    assert provider.introspect(one.tokens()["access_token"]).json == {"active": False}, "nobody but the provider is the provider"


@spec("attacks.md", "C6")
@spec("RFC 8707", "2")
def test_a_client_asks_only_for_the_resources_it_is_registered_for(stage: Stage, user: Human) -> None:
    api = "https://api.example.org"
    for client in (stage.rp(stage.visitor(user)), stage.rp(stage.visitor(user), audience=(api,), resources=("https://b.example.org",))):
        for resource in (api, api + "/", "https://B.example.org", "https://b.example.org:443", "urn:x"):
            assert client.begin(resource=resource).params["error"] == "invalid_target", resource
        assert "code" in client.begin(resource=stage.server.base).params
    machine = {"grants": ("client_credentials",), "redirect_uris": (), "post_logout_redirect_uris": (), "scopes": ("data.read",)}
    assert stage.rp(**machine).token(grant_type="client_credentials", resource=api).error == "invalid_target"


def _nothing_works(stage: Stage, rp: RelyingParty, tokens: dict[str, Any], code: str) -> None:
    assert rp.userinfo(tokens["access_token"]).status == 401
    assert rp.refresh(tokens["refresh_token"]).status in (400, 401)
    assert rp.redeem(code).status in (400, 401)


@spec("attacks.md", "T7")
@spec("ASVS 5.0", "7.4.2")
def test_a_disabled_person_stops_at_once(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    visitor, half = stage.visitor(who), stage.visitor()
    rp = stage.rp(visitor)
    tokens, code = rp.tokens(scope="openid offline_access"), rp.code()
    assert half.password(who).headers["Location"] == "/sign-in/code"
    stage.server.idp("user", "disable", who.username)
    _nothing_works(stage, rp, tokens, code)
    assert rp.introspect(tokens["access_token"]).json == {"active": False}
    assert half.get("/sign-in/code").headers["Location"] == "/sign-in?expired=1"
    assert not visitor.is_in() and rp.begin(prompt="none").params["error"] == "login_required"
    assert stage.visitor().password(who).status_code == 400
    with stage.unit() as services:
        services.people.enable(OPERATOR, who.id)
    assert not visitor.is_in(), "what was ended stays ended"
    assert rp.refresh(tokens["refresh_token"]).error == "invalid_grant"
    assert stage.visitor().password(who).headers["Location"] == "/sign-in/code"


@spec("attacks.md", "T7")
def test_disabling_the_row_alone_is_enough(stage: Stage) -> None:
    """No path may rely on sessions having been ended by whoever disabled the account."""
    who = stage.human()
    visitor = stage.visitor(who)
    rp = stage.rp(visitor)
    tokens, code = rp.tokens(scope="openid offline_access"), rp.code()
    with stage.unit() as services:
        services.people.disable(OPERATOR, who.id, None)
    _nothing_works(stage, rp, tokens, code)
    assert not visitor.is_in() and rp.begin(prompt="none").params["error"] == "login_required"


@spec("attacks.md", "T7")
def test_a_disabled_client_stops_at_once_on_every_worker(stage: Stage, user: Human) -> None:
    rp = stage.rp(stage.visitor(user), grants=("authorization_code", "refresh_token", "client_credentials"))
    for _ in range(6):
        tokens = rp.tokens()  # both workers know the client now
    code = rp.code()
    with stage.unit() as services:
        services.registry.disable(OPERATOR, rp.client_id)
    assert {rp.token(grant_type="client_credentials").status for _ in range(6)} == {401}
    _nothing_works(stage, rp, tokens, code)
    for _ in range(6):
        answer = rp.begin()
        assert "code" not in (answer.params if answer.status == 303 else {}), "a code for a client that is switched off"
    assert rp.introspect(tokens["access_token"]).status == 401
    assert stage.rp(stage.visitor(user)).tokens(), "the others go on"


@spec("attacks.md", "T7")
def test_tokens_of_a_session_die_with_it_and_offline_ones_with_the_password(stage: Stage) -> None:
    who = stage.human()
    visitor = stage.visitor(who)
    rp = stage.rp(visitor)
    bound, offline = rp.tokens(), rp.tokens(scope="openid offline_access")
    visitor.post("/logout", {"confirm": "yes"})
    assert rp.userinfo(bound["access_token"]).status == 401 and rp.refresh(bound["refresh_token"]).error == "invalid_grant"
    assert rp.refresh(offline["refresh_token"]).ok
    with stage.unit() as services:
        services.passwords.set(OPERATOR, services.people.need(who.username), secrets.token_urlsafe(20))
        services.leave.end_all(OPERATOR, who.id, "password_set")
    assert rp.refresh(offline["refresh_token"]).error == "invalid_grant" and rp.userinfo(offline["access_token"]).status == 401
    assert payload(bound["id_token"])["exp"] - time.time() <= 300

