"""C1 to C7: codes, PKCE, client authentication, grants (attacks.md)."""

import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from joserfc import jws, jwt
from joserfc.jwk import RSAKey

from tests.attacks.stage import Human, Stage, at_once
from tests.rp import Heard, RelyingParty, basic
from tests.spec import spec

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture(scope="module")
def rp(stage: Stage, user: Human) -> RelyingParty:
    return stage.rp(stage.visitor(user))


@pytest.fixture(scope="module")
def public(stage: Stage, user: Human) -> RelyingParty:
    return stage.rp(stage.visitor(user), auth_method="none")


def _dead(rp: RelyingParty, tokens: dict[str, Any]) -> None:
    assert rp.userinfo(tokens["access_token"]).status == 401
    assert rp.refresh(tokens["refresh_token"]).error == "invalid_grant"


@spec("attacks.md", "C1")
@spec("RFC 6749", "4.1.2")
def test_a_code_works_once_and_its_reuse_takes_everything_back(stage: Stage, rp: RelyingParty) -> None:
    code = rp.code()
    first = rp.redeem(code)
    assert first.ok and rp.userinfo(first.json["access_token"]).ok
    again = rp.redeem(code)
    assert again.status == 400 and again.error == "invalid_grant"
    _dead(rp, first.json)
    assert "tokens:code:reuse" in stage.events(client_id=rp.client_id)
    assert rp.userinfo(rp.tokens()["access_token"]).ok


@spec("attacks.md", "C2")
def test_a_code_is_bound_to_its_client_its_redirect_uri_and_a_minute(stage: Stage, user: Human, rp: RelyingParty) -> None:
    other = stage.rp(stage.visitor(user))
    other.verifier = rp.verifier
    cases: list[Callable[[str], Heard]] = [
        other.redeem,
        lambda code: rp.redeem(code, redirect_uri="https://app.example.org/other"),
        lambda code: rp.redeem(code, redirect_uri=None),
    ]
    for attempt in cases:
        code = rp.code()
        assert attempt(code).error == "invalid_grant"
        assert rp.redeem(code).error == "invalid_grant", "a code shown to the wrong party is dead for the right one too"
    late = rp.code()
    stage.sql("UPDATE grants SET code_expires_at = :at WHERE client_id = :id AND code_used_at IS NULL",
              at=stage.moment(seconds=1), id=rp.client_id)  # fmt: skip
    assert rp.redeem(late).error == "invalid_grant"
    assert rp.redeem(rp.code()).ok


@spec("attacks.md", "C3")
@spec("RFC 9700", "2.1.1")
def test_pkce_is_enforced_both_ways(stage: Stage, user: Human, public: RelyingParty) -> None:
    lax = stage.rp(stage.visitor(user), require_pkce=False)
    for rp in (public, lax):
        code = rp.code()
        assert rp.redeem(code, verifier=None).error == "invalid_grant"
        assert rp.redeem(code, verifier=secrets.token_urlsafe(48)).error == "invalid_grant"
        assert rp.redeem(code, verifier=rp.challenge).error == "invalid_grant"
        for odd in ("short", "x" * 200, "é" * 43):
            assert rp.redeem(code, verifier=odd).error == "invalid_grant"
        assert rp.redeem(code).ok, "a wrong verifier must not let a stranger spend the code"
    bare = lax.code(code_challenge=None, code_challenge_method=None)
    assert lax.redeem(bare).error == "invalid_grant", "a verifier without a challenge is a downgrade"
    for change in (
        {"code_challenge_method": "plain"}, {"code_challenge_method": None}, {"code_challenge_method": "s256"}, {"code_challenge": None},
        {"code_challenge": None, "code_challenge_method": None}, {"code_challenge": ""}, {"code_challenge": public.challenge + "="},
    ):  # fmt: skip
        assert public.begin(**change).params["error"] == "invalid_request", change
    assert public.back.get("/.well-known/openid-configuration", {}).json["code_challenge_methods_supported"] == ["S256"]


def _bodies(answers: list[Heard]) -> set[tuple[int, bytes, str | None]]:
    return {(one.status, one.body, one.headers.get("WWW-Authenticate")) for one in answers}


@spec("attacks.md", "C4")
@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke", "/par"])
def test_nobody_is_a_client_without_its_secret(stage: Stage, rp: RelyingParty, path: str) -> None:
    form = {"grant_type": "client_credentials", "token": "x"}
    known = [rp.call(path, form, {"Authorization": basic(rp.client_id, wrong)}) for wrong in ("wrong", "", "sns_" + "A" * 43, "é\x00")]
    unknown = [rp.call(path, form, {"Authorization": basic("nobody", "wrong")})]
    assert len(_bodies(known + unknown)) == 1, "an unknown client looks like a wrong secret"
    assert known[0].status == 401 and known[0].error == "invalid_client" and known[0].headers["WWW-Authenticate"].startswith("Basic")
    silent = RelyingParty(rp.browser, rp.back, rp.client_id, rp.redirect_uri, method="none")
    stranger = RelyingParty(rp.browser, rp.back, "nobody", rp.redirect_uri, method="none")
    assert len(_bodies([silent.call(path, form), stranger.call(path, form)])) == 1
    assert silent.call(path, form).status == 401
    posted = silent.call(path, {**form, "client_secret": rp.secret})
    assert posted.status == 401, "one method per client"
    in_url = rp.back.post(f"{path}?client_id={rp.client_id}&client_secret={rp.secret}", "grant_type=client_credentials&token=x",
                          {"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
    assert in_url.status in (400, 401) and "access_token" not in in_url.text
    both = rp.call(path, {**form, "client_id": rp.client_id, "client_secret": rp.secret})
    assert both.status == 400 and both.error == "invalid_request"
    assert rp.redeem(rp.code()).ok
    assert "clients:authentication:refuse" in stage.events(client_id=rp.client_id)


def _hs256(public_pem: bytes, claims: dict[str, Any]) -> str:
    head = urlsafe_b64encode(b'{"alg":"HS256"}').rstrip(b"=") + b"." + urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    mac = hmac.HMAC(public_pem, hashes.SHA256())
    mac.update(head)
    return (head + b"." + urlsafe_b64encode(mac.finalize()).rstrip(b"=")).decode()


@spec("attacks.md", "C5")
@spec("RFC 7523", "3")
def test_an_assertion_counts_once_and_only_when_it_is_the_clients_own(stage: Stage) -> None:
    key, foreign = RSAKey.generate_key(2048, {"kid": "k"}), RSAKey.generate_key(2048, {"kid": "k"})
    rp = stage.rp(auth_method="private_key_jwt", jwks={"keys": [key.as_dict(private=False) | {"use": "sig"}]},
                  grants=("client_credentials",), redirect_uris=(), post_logout_redirect_uris=(), scopes=("data.read",))  # fmt: skip

    def claims(**more: Any) -> dict[str, Any]:
        base = {"iss": rp.client_id, "sub": rp.client_id, "aud": f"{stage.server.base}/token", "jti": secrets.token_urlsafe(9),
                "iat": int(time.time()), "exp": int(time.time()) + 60}  # fmt: skip
        return {name: value for name, value in (base | more).items() if value is not None}

    def present(assertion: str) -> Heard:
        return rp.token(grant_type="client_credentials", client_assertion_type=ASSERTION, client_assertion=assertion)

    def signed(values: dict[str, Any], by: RSAKey = key, **header: Any) -> str:
        return jwt.encode({"alg": "RS256", "kid": "k", **header}, values, by)

    unsigned = urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    body = signed(claims()).split(".")[1]
    for bad in (
        signed(claims(exp=int(time.time()) - 60)), signed(claims(aud="https://evil.test")), signed(claims(exp=None)),
        signed(claims(jti=None)),
        signed(claims(exp=int(time.time()) + 864_000)), signed(claims(iss="nobody")), signed(claims(), foreign), f"{unsigned}.{body}.",
        f"{unsigned}.{body}.x", _hs256(key.as_pem(private=False), claims()), signed(claims(nbf=int(time.time()) + 600)),
        jws.serialize_compact({"alg": "RS256", "jwk": foreign.as_dict(private=False)}, json.dumps(claims()), foreign), "..", "a.b.c", "",
        jws.serialize_compact({"alg": "RS256", "kid": "k"}, json.dumps(claims(jti="\ud800")), key), signed(claims(exp=float(2**70))),
        signed(claims(aud=[["x"]])),
    ):  # fmt: skip
        answer = present(bad)
        assert answer.status == 401 and answer.error == "invalid_client", bad[:60]
    once = signed(claims())
    answers = at_once(8, lambda _: present(once).status)
    assert sorted(answers) == [200, *[401] * 7], "a jti is accepted once over all workers"
    assert present(once).status == 401 and present(signed(claims())).ok


@spec("attacks.md", "C6")
def test_only_offered_and_assigned_grants_and_scopes_are_served(stage: Stage, user: Human, rp: RelyingParty, public: RelyingParty) -> None:
    password = rp.token(grant_type="password", username=user.username, password=user.password)
    assert password.status == 400 and password.error == "unsupported_grant_type"
    for kind in ("token", "id_token", "id_token token", "code id_token", "code token", "none"):
        assert rp.begin(response_type=kind).params["error"] == "unsupported_response_type"
    assert public.token(grant_type="client_credentials").error == "unauthorized_client"
    assert rp.token(grant_type="client_credentials").error == "unauthorized_client"
    assert rp.begin(scope="openid nik").params["error"] == "invalid_scope"
    assert rp.begin(scope="openid data.write").params["error"] == "invalid_scope"
    machine = stage.rp(grants=("client_credentials",), redirect_uris=(), post_logout_redirect_uris=(), scopes=("data.read",))
    assert machine.token(grant_type="client_credentials", scope="data.read data.write").error == "invalid_scope"
    assert machine.token(grant_type="client_credentials", scope="data.read").ok
    stranger = stage.rp(stage.visitor(user), grants=("client_credentials",), redirect_uris=("https://app.example.org/cb",))
    assert stranger.begin().params["error"] == "unauthorized_client"
    assert rp.tokens()["scope"] == "openid profile email"


@spec("attacks.md", "C6")
@spec("OIDC Core", "5.5")
def test_the_claims_parameter_gives_no_data_beyond_the_clients_scopes(stage: Stage) -> None:
    who = stage.human(phone="+6281234567890", birthdate=None, employment_status="PNS", government_code="12.71")
    narrow = stage.rp(stage.visitor(who), scopes=("openid", "profile"), scope="openid")
    asked = json.dumps({
        "userinfo": dict.fromkeys(("email", "phone_number", "government_code", "asn_status", "roles", "nik", "name")),
        "id_token": dict.fromkeys(("email", "phone_number", "government_code", "name")),
    })  # fmt: skip
    tokens = narrow.tokens(claims=asked)
    told = narrow.userinfo(tokens["access_token"]).json
    assert set(told) == {"sub", "name"}
    inside = json.loads(urlsafe_b64decode(tokens["id_token"].split(".")[1] + "=="))
    assert "name" in inside and not {"email", "phone_number", "government_code"} & set(inside)


@spec("attacks.md", "C7")
@spec("RFC 9700", "4.5")
def test_of_a_hundred_redemptions_at_once_exactly_one_succeeds(stage: Stage, user: Human) -> None:
    rp = stage.rp(stage.visitor(user))
    code = rp.code()
    answers = at_once(100, lambda _: rp.redeem(code))
    won = [one for one in answers if one.status == 200]
    assert len(won) == 1, sorted(one.status for one in answers)
    assert all(one.status == 400 and one.error == "invalid_grant" for one in answers if one is not won[0])
    # 99 uses of a used code: what the first gave is taken back.
    _dead(rp, won[0].json)
    assert rp.redeem(rp.code()).ok


@spec("attacks.md", "C7")
def test_small_bursts_of_redemptions_have_one_winner_each_time(stage: Stage, user: Human) -> None:
    rp = stage.rp(stage.visitor(user), auth_method="none")
    for _ in range(10):
        code = rp.code()
        assert sorted(at_once(6, lambda _, code=code: rp.redeem(code).status)) == [200, *[400] * 5]  # type: ignore[misc]
