"""T7, the ways that are taken less often: exchange, devices, and whom the provider tells (attacks.md)."""

from idp.clients.metadata import DEVICE_GRANT, EXCHANGE_GRANT
from idp.kernel.actor import OPERATOR
from idp.protocol.rfc8693_token_exchange import ACCESS_TOKEN
from tests.attacks.stage import Stage
from tests.rp import RelyingParty
from tests.spec import spec

BACK = "https://app.example.org/back"


def exchange(rp: RelyingParty, target: str, token: str) -> dict[str, str]:
    given = {"subject_token": token, "subject_token_type": ACCESS_TOKEN, "audience": target, "scope": "arsip:read"}
    found: dict[str, str] = rp.token(grant_type=EXCHANGE_GRANT, **given).json
    return found


@spec("attacks.md", "T7")
@spec("RFC 8693", "2.2.2")
def test_the_token_of_a_disabled_person_is_exchanged_for_nothing(stage: Stage) -> None:
    who = stage.human()
    api = stage.rp(grants=("client_credentials",), redirect_uris=(), post_logout_redirect_uris=(), scopes=("arsip:read",))
    rp = stage.rp(stage.visitor(who), grants=("authorization_code", EXCHANGE_GRANT), scopes=("openid", "arsip:read"))
    with stage.unit() as services:
        services.registry.exchange.allow(OPERATOR, rp.client_id, api.client_id, "arsip:read")
    token = rp.tokens(scope="openid arsip:read")["access_token"]
    assert "access_token" in exchange(rp, api.client_id, token)
    stage.server.idp("user", "disable", who.username)
    assert exchange(rp, api.client_id, token)["error"] in ("invalid_request", "invalid_grant")


@spec("attacks.md", "T7")
@spec("RFC 8628", "3.5")
def test_what_a_disabled_person_allowed_a_device_is_not_given(stage: Stage) -> None:
    who = stage.human()
    tv = stage.rp(grants=(DEVICE_GRANT,), redirect_uris=(), post_logout_redirect_uris=(), auth_method="none")
    given = tv.call("/device_authorization", {"scope": "openid"}).json
    visitor = stage.visitor(who)
    path = visitor.post("/device", {"user_code": given["user_code"]}, page="/device").headers["Location"]
    assert visitor.post(path, {"choice": "allow"}, page=path).headers["Location"] == "/device/done"
    stage.server.idp("user", "disable", who.username)
    assert "access_token" not in tv.token(grant_type=DEVICE_GRANT, device_code=given["device_code"]).json


@spec("attacks.md", "T7")
@spec("OIDC Back-Channel Logout", "2.5")
def test_every_application_of_a_disabled_person_is_told(stage: Stage) -> None:
    who = stage.human()
    visitor = stage.visitor(who)
    told, silent = stage.rp(visitor, backchannel_logout_uri=BACK), stage.rp(visitor)
    tokens = [rp.tokens()["access_token"] for rp in (told, silent)]
    promised = "SELECT count(*) FROM outbox WHERE kind = 'backchannel_logout'"
    before = stage.sql(promised)[0][0]
    stage.server.idp("user", "disable", who.username)
    assert stage.sql(promised)[0][0] == before + 1, "one message, to the one that can be told"
    assert [rp.userinfo(token).status for rp, token in zip((told, silent), tokens, strict=True)] == [401, 401]
