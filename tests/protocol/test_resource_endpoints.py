"""Userinfo, introspection, revocation: who may ask, what is told, and that live state counts."""

import pytest

from idp.kernel.actor import OPERATOR
from tests.protocol.conftest import BATCH, House
from tests.rp import FORM, RelyingParty, header, payload
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@spec("OIDC Core", "5.3.1", "MUST")
@spec("RFC 6750", "2.1")
@spec("RFC 6750", "2.2")
def test_userinfo_takes_the_token_three_ways(rp: RelyingParty) -> None:
    token = rp.tokens()["access_token"]
    by_header = rp.userinfo(token)
    posted = rp.back.post("/userinfo", "", {"Authorization": f"Bearer {token}"})
    by_body = rp.back.post("/userinfo", f"access_token={token}", {"Content-Type": FORM})
    assert by_header.ok
    assert by_header.json == posted.json == by_body.json
    assert by_header.headers["Content-Type"] == "application/json"
    assert by_header.headers["Cache-Control"] == "no-store"


@spec("RFC 6750", "3")
def test_refusals_carry_a_challenge(rp: RelyingParty) -> None:
    token = rp.tokens()["access_token"]
    nothing = rp.back.get("/userinfo", {})
    assert nothing.status == 401
    assert nothing.headers["WWW-Authenticate"] == "Bearer"
    assert rp.back.get(f"/userinfo?access_token={token}", {}).status == 401
    twice = rp.back.post("/userinfo", f"access_token={token}", {"Content-Type": FORM, "Authorization": f"Bearer {token}"})
    assert twice.status == 400
    assert 'error="invalid_request"' in twice.headers["WWW-Authenticate"]
    assert rp.userinfo("x").headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')


@spec("RFC 8725", "3.11", "MUST")
def test_only_an_access_token_opens_userinfo(signed_in: House, rp: RelyingParty) -> None:
    """Attacks T2 and T3."""
    tokens, batch = rp.tokens(), signed_in.rp("batch", **BATCH)
    own = batch.token(grant_type="client_credentials").json["access_token"]
    head, body, signature = tokens["access_token"].split(".")
    other_head, _, _ = tokens["id_token"].split(".")
    forged = [
        tokens["id_token"], tokens["refresh_token"], rp.code(), own, "", "a.b.c", f"{head}.{body}.", f"{head}.{body}",
        f"eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{body}.", f"{other_head}.{body}.{signature}", f"{head}.{body[:-4]}AAAA.{signature}",
        "ä" * 20,
    ]  # fmt: skip
    for token in forged:
        assert rp.userinfo(token).status == 401, token
        assert rp.introspect(token or "x").json.get("active") is (token == tokens["refresh_token"])
    assert rp.userinfo(tokens["access_token"]).ok


def test_an_expired_token_opens_nothing(signed_in: House, rp: RelyingParty) -> None:
    token = rp.tokens()["access_token"]
    signed_in.clock.advance(seconds=299)
    assert rp.userinfo(token).ok
    signed_in.clock.advance(seconds=1)
    assert rp.userinfo(token).status == 401
    assert rp.introspect(token).json == {"active": False}


@spec("OIDC Core", "5.3.2")
def test_userinfo_is_signed_where_the_client_asks(signed_in: House) -> None:
    rp = signed_in.rp("signed", userinfo_alg="RS256")
    answer = rp.userinfo(rp.tokens()["access_token"])
    assert answer.headers["Content-Type"] == "application/jwt"
    assert header(answer.text)["alg"] == "RS256"
    claims = payload(answer.text)
    assert claims["iss"] == "http://localhost:8000"
    assert claims["aud"] == "signed"
    assert claims["name"] == "Siti Nurhaliza Lubis"


@spec("RFC 8707", "2")
def test_the_resource_becomes_the_audience(signed_in: House) -> None:
    api = "https://api.example.org/v1"
    rp = signed_in.rp(resources=(api,))
    tokens = rp.tokens(resource=api)
    assert payload(tokens["access_token"])["aud"] == api
    assert rp.userinfo(tokens["access_token"]).status == 401  # meant for another audience
    both = rp.tokens(resource=[api, "http://localhost:8000"])
    assert payload(both["access_token"])["aud"] == [api, "http://localhost:8000"]
    assert rp.userinfo(both["access_token"]).ok
    one = rp.refresh(both["refresh_token"], resource=api).json["access_token"]
    assert payload(one)["aud"] == api
    assert rp.refresh(both["refresh_token"], resource="https://other.example.org").error == "invalid_target"


@spec("RFC 8707", "2")
def test_a_resource_must_be_registered(signed_in: House) -> None:
    """Deny by default: neither a client without resources nor one that is the resource may ask for it."""
    api = "https://api.example.org/v1"
    for client in (signed_in.rp("none"), signed_in.rp("itself", audience=(api,)), signed_in.rp("other", resources=(api + "/",))):
        assert client.begin(resource=api).params["error"] == "invalid_target"
        assert payload(client.tokens(resource="http://localhost:8000")["access_token"])["aud"] == "http://localhost:8000"


def test_a_resource_taken_from_the_registration_is_given_no_more(signed_in: House) -> None:
    api, rp = "https://api.example.org/v1", signed_in.rp(resources=("https://api.example.org/v1",))
    both, only = rp.tokens(resource=[api, "http://localhost:8000"]), rp.tokens(resource=api)
    signed_in.change("app", resources="[]")
    assert payload(rp.refresh(both["refresh_token"]).json["access_token"])["aud"] == "http://localhost:8000"
    assert rp.refresh(only["refresh_token"]).error == "invalid_target"
    assert rp.refresh(both["refresh_token"], resource=api).error == "invalid_target"


@spec("OIDC Core", "5.4")
def test_a_narrower_registration_counts_at_once(signed_in: House, rp: RelyingParty) -> None:
    """At every path that gives or tells: the code's token, refresh, userinfo, introspection."""
    scope = "openid profile email offline_access"
    tokens, code = rp.tokens(scope=scope), rp.code(scope=scope)
    assert "email" in rp.userinfo(tokens["access_token"]).json
    signed_in.change("app", scopes="openid profile")
    told = rp.userinfo(tokens["access_token"]).json
    assert "name" in told and "email" not in told
    assert rp.introspect(tokens["access_token"]).json["scope"] == "openid profile offline_access"
    fresh = rp.refresh(tokens["refresh_token"]).json
    assert fresh["scope"] == payload(fresh["access_token"])["scope"] == "openid profile offline_access"
    assert rp.refresh(tokens["refresh_token"], scope="openid email").error == "invalid_scope"
    assert rp.redeem(code).json["scope"] == "openid profile offline_access"
    signed_in.change("app", scopes="profile")
    assert rp.userinfo(fresh["access_token"]).status == 403
    assert "id_token" not in rp.refresh(tokens["refresh_token"]).json


@spec("RFC 7662", "2.2")
def test_introspection_tells_the_tokens_own_client(rp: RelyingParty) -> None:
    tokens = rp.tokens()
    told = rp.introspect(tokens["access_token"]).json
    claims = payload(tokens["access_token"])
    assert told["active"] is True
    assert told["token_type"] == "Bearer"
    for name in ("client_id", "scope", "sub", "aud", "iss", "exp", "iat", "jti", "acr", "auth_time"):
        assert told[name] == claims[name]
    refresh = rp.introspect(tokens["refresh_token"], token_type_hint="access_token").json
    assert refresh["active"] is True
    assert refresh["client_id"] == "app"


@spec("RFC 7662", "4", "MUST")
@spec("RFC 7662", "2.1")
def test_introspection_tells_nobody_else(signed_in: House, rp: RelyingParty, public: RelyingParty) -> None:
    """Attack T6."""
    token, other = rp.tokens()["access_token"], signed_in.rp("other")
    assert other.introspect(token).json == {"active": False}
    assert other.introspect("rubbish").json == {"active": False}
    assert other.introspect(rp.tokens()["refresh_token"]).json == {"active": False}
    assert rp.back.post("/introspect", f"token={token}", {"Content-Type": FORM}).status == 401
    assert public.introspect(token).status == 401
    assert rp.call("/introspect", {}).error == "invalid_request"
    assert rp.back.get("/introspect", {}).status == 405


def test_a_resource_server_in_the_audience_may_introspect(signed_in: House) -> None:
    api = "https://api.example.org/v1"
    rp, server = signed_in.rp(resources=(api,)), signed_in.rp("api", audience=(api,), **BATCH)
    told = server.introspect(rp.tokens(resource=api)["access_token"]).json
    assert told["active"] is True
    assert told["client_id"] == "app"
    assert server.introspect(rp.tokens()["access_token"]).json == {"active": False}


@spec("RFC 8707", "2")
def test_without_a_wish_a_clients_own_token_is_for_its_one_resource_or_for_us(signed_in: House) -> None:
    one, two, us = "https://one.example.org", "https://two.example.org", "http://localhost:8000"
    for name, known, audience in (("none", (), us), ("single", (one,), one), ("both", (one, two), us)):
        machine = signed_in.rp(name, resources=known, audience=("https://itself.example.org",), **BATCH)
        assert payload(machine.token(grant_type="client_credentials").json["access_token"])["aud"] == audience
        assert machine.token(grant_type="client_credentials", resource="https://itself.example.org").error == "invalid_target"
    answer = machine.token(grant_type="client_credentials", resource=[one, two]).json
    assert payload(answer["access_token"])["aud"] == [one, two]


@spec("RFC 6749", "4.4")
@spec("RFC 6749", "4.4.3")
def test_client_credentials_give_a_token_of_the_clients_own(signed_in: House) -> None:
    batch = signed_in.rp("batch", **BATCH | {"scopes": ("reports", "openid")})
    answer = batch.token(grant_type="client_credentials").json
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}
    claims = payload(answer["access_token"])
    assert claims["sub"] == claims["client_id"] == "batch"
    assert claims["scope"] == "reports"
    assert "auth_time" not in claims
    assert batch.token(grant_type="client_credentials", scope="nik").error == "invalid_scope"
    assert batch.token(grant_type="client_credentials", scope='"').error == "invalid_scope"
    assert batch.token(grant_type="client_credentials", resource="x y").error == "invalid_target"
    assert batch.introspect(answer["access_token"]).json["active"] is True
    assert batch.revoke(answer["access_token"]).ok
    assert batch.introspect(answer["access_token"]).json == {"active": False}
    assert batch.revoke(answer["access_token"]).ok


@spec("RFC 6749", "4.4.2", "MUST")
def test_a_public_client_gets_no_token_of_its_own_whatever_its_registration_says(signed_in: House) -> None:
    batch = signed_in.rp("batch", **BATCH)
    signed_in.change("batch", auth_method="none")
    public = RelyingParty(batch.browser, batch.back, "batch", "", None, "none")
    assert public.token(grant_type="client_credentials").error == "unauthorized_client"


@spec("RFC 7009", "2")
def test_either_token_ends_the_grant(rp: RelyingParty) -> None:
    for name in ("access_token", "refresh_token"):
        tokens = rp.tokens()
        gone = rp.revoke(tokens[name], token_type_hint="nonsense")
        assert gone.ok
        assert gone.body == b""
        assert "Content-Type" not in gone.headers
        assert rp.userinfo(tokens["access_token"]).status == 401
        assert rp.refresh(tokens["refresh_token"]).error == "invalid_grant"
        assert rp.revoke(tokens[name]).ok


@spec("RFC 7009", "2.1", "MUST")
@spec("RFC 7009", "2.2")
def test_another_client_revokes_nothing(signed_in: House, rp: RelyingParty) -> None:
    """Attack T5."""
    tokens, other = rp.tokens(), signed_in.rp("other")
    for token in (tokens["access_token"], tokens["refresh_token"], tokens["id_token"], "rubbish"):
        assert other.revoke(token).ok
    assert rp.userinfo(tokens["access_token"]).ok
    assert rp.refresh(tokens["refresh_token"]).ok
    assert rp.call("/revoke", {}).error == "invalid_request"
    assert rp.back.post("/revoke", "token=x", {"Content-Type": FORM}).status == 401


@spec("Fetch", "3.2")
def test_cors_answers_the_clients_own_origins_only(signed_in: House, rp: RelyingParty, public: RelyingParty) -> None:
    """Attack S7."""
    home, evil = "https://spa.example.org", ["https://evil.test", "null", "https://spa.example.org.evil.test", "http://spa.example.org"]
    for path in ("/token", "/userinfo", "/revoke"):
        allowed = signed_in.app.test_client().options(path, headers={"Origin": home, "Access-Control-Request-Method": "POST"})
        assert allowed.headers["Access-Control-Allow-Origin"] == home
        assert "Access-Control-Allow-Credentials" not in allowed.headers
        for origin in evil:
            refused = signed_in.app.test_client().options(path, headers={"Origin": origin})
            assert "Access-Control-Allow-Origin" not in refused.headers
    for path in ("/.well-known/openid-configuration", "/jwks"):
        assert public.back.get(path, {"Origin": home}).headers["Access-Control-Allow-Origin"] == home
        assert "Access-Control-Allow-Origin" not in public.back.get(path, {"Origin": evil[0]}).headers
    redeem = {"grant_type": "authorization_code", "redirect_uri": public.redirect_uri, "code_verifier": public.verifier}
    answer = public.token({"Origin": home}, code=public.code(), **redeem)
    assert answer.headers["Access-Control-Allow-Origin"] == home
    token = answer.json["access_token"]
    assert public.userinfo(token, {"Origin": home}).headers["Access-Control-Allow-Origin"] == home
    assert "Access-Control-Allow-Origin" not in public.userinfo(token, {"Origin": "https://app.example.org"}).headers
    assert public.token({"Origin": home}, grant_type="authorization_code", code="x").headers["Access-Control-Allow-Origin"] == home
    assert "Access-Control-Allow-Origin" not in public.begin().headers
    assert "Access-Control-Allow-Origin" not in rp.back.get("/introspect", {"Origin": home}).headers


def test_a_disabled_person_stops_at_once(signed_in: House, rp: RelyingParty) -> None:
    """Attack T7."""
    tokens = rp.tokens()
    with signed_in.unit() as services:
        services.people.disable(OPERATOR, signed_in.person())
    assert rp.userinfo(tokens["access_token"]).status == 401
    assert rp.introspect(tokens["access_token"]).json == {"active": False}
    assert rp.begin(prompt="none").params["error"] == "login_required"
    with signed_in.unit() as services:
        services.people.enable(OPERATOR, signed_in.person())
    signed_in.sign_in()
    assert rp.userinfo(rp.tokens()["access_token"]).ok
