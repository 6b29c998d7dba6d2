"""The whole flow, on both databases: authorize, code, tokens, userinfo, refresh."""

from sqlalchemy import event, text

from tests.protocol.conftest import House
from tests.rp import RelyingParty, header, payload
from tests.spec import spec


@spec("OIDC Core", "3.1")
@spec("RFC 6749", "4.1.1")
@spec("RFC 6749", "5.1")
def test_a_signed_in_person_reaches_an_application_without_a_page(rp: RelyingParty) -> None:
    answer = rp.begin()
    assert answer.status == 303
    assert answer.location.startswith("https://app.example.org/cb?code=")
    assert answer.params["state"] == rp.state
    assert answer.params["iss"] == "http://localhost:8000"
    tokens = rp.redeem(answer.params["code"])
    assert tokens.ok
    assert set(tokens.json) == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    assert tokens.headers["Cache-Control"] == "no-store"
    told = rp.userinfo(tokens.json["access_token"])
    assert told.json["sub"] == payload(tokens.json["id_token"])["sub"]
    assert told.json["name"] == "Siti Nurhaliza Lubis"
    assert rp.refresh(tokens.json["refresh_token"]).ok


def test_a_flow_with_a_live_session_needs_at_most_eight_statements(signed_in: House, rp: RelyingParty) -> None:
    """performance.md, 10: statements are what decides the cost of a flow."""
    rp.userinfo(rp.tokens()["access_token"])  # caches warm, data shared recorded
    seen: list[str] = []
    commits: list[int] = []
    engine = signed_in.deps.database.engine
    event.listen(engine, "before_cursor_execute", lambda _c, _cur, statement, *_: seen.append(statement))
    event.listen(engine, "commit", lambda _c: commits.append(1))
    code = rp.code()
    assert len(commits) == 1
    tokens = rp.redeem(code).json
    assert len(commits) == 2
    rp.userinfo(tokens["access_token"])
    wanted = [one for one in seen if not one.startswith(("BEGIN", "PRAGMA"))]
    assert len(wanted) <= 8, "\n".join(wanted)


def test_strangers_leave_nothing_in_the_record(house: House) -> None:
    """The record is kept for good and anybody can send requests; what concerns somebody who is known is recorded."""
    rp = house.rp()

    def recorded() -> list[str]:
        with house.unit() as services:
            rows = services.session.execute(text("SELECT tag FROM audit_events WHERE tag LIKE 'interaction:%' ORDER BY id"))
            return [row.tag for row in rows]

    for changes in ({}, {"prompt": "login"}, {"max_age": "0"}):
        assert rp.begin(**changes).location.startswith("/interaction/")
    assert rp.begin(prompt="none").params["error"] == "login_required"
    assert recorded() == []
    house.sign_in()
    house.clock.advance(seconds=1)
    assert rp.begin(prompt="login").location.startswith("/interaction/")
    assert rp.begin(prompt="none", max_age="0").params["error"] == "login_required"
    assert recorded() == ["interaction:request:begin", "interaction:request:refuse"]


def test_a_request_is_kept_for_its_hour_and_no_longer(house: House) -> None:
    rp = house.rp()
    flow = rp.begin().location
    for _ in range(2):
        rp.begin()
    house.clock.advance(seconds=3599)
    with house.unit() as services:
        services.dance.close(flow.rpartition("/")[2])
        assert services.dance.prune(limit=10) == 0
    house.clock.advance(seconds=1)
    with house.unit() as services:
        assert services.dance.prune(limit=2) == 2
        assert services.dance.prune(limit=2) == 1


@spec("OIDC Core", "2")
@spec("OIDC Core", "3.1.3.6")
def test_the_id_token_says_who_for_whom_when_and_how(rp: RelyingParty) -> None:
    tokens = rp.tokens()
    claims = payload(tokens["id_token"])
    assert header(tokens["id_token"])["alg"] == "RS256"
    assert header(tokens["id_token"])["kid"]
    assert claims["aud"] == "app"
    assert claims["iss"] == "http://localhost:8000"
    assert claims["nonce"] == rp.nonce
    assert claims["acr"] == "urn:sumut:acr:2"
    assert claims["amr"] == ["pwd", "otp", "mfa"]
    assert claims["exp"] - claims["iat"] == 300
    assert {"sid", "auth_time", "at_hash"} <= set(claims)
    assert "name" not in claims


@spec("RFC 9068", "2")
@spec("RFC 9068", "2.1")
@spec("RFC 9068", "2.2")
def test_the_access_token_is_typed_and_names_its_client(rp: RelyingParty) -> None:
    token = rp.tokens()["access_token"]
    assert header(token)["typ"] == "at+jwt"
    assert header(token)["alg"] == "ES256"
    claims = payload(token)
    assert claims["client_id"] == "app"
    assert claims["aud"] == "http://localhost:8000"
    assert claims["scope"] == "openid profile email"
    assert {"iss", "sub", "exp", "iat", "jti", "auth_time", "acr"} <= set(claims)
