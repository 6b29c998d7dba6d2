"""Codes at the token endpoint: bound, short-lived, single use."""

import pytest

from idp.kernel.actor import OPERATOR
from tests.protocol.conftest import House
from tests.rp import RelyingParty
from tests.spec import spec


@spec("RFC 6749", "4.1.2", "MUST NOT")
def test_a_second_use_is_refused_and_takes_back_what_the_first_gave(rp: RelyingParty) -> None:
    """Attack C1."""
    code = rp.code()
    tokens = rp.redeem(code).json
    assert rp.userinfo(tokens["access_token"]).ok
    again = rp.redeem(code)
    assert (again.status, again.error) == (400, "invalid_grant")
    refused = rp.userinfo(tokens["access_token"])
    assert refused.status == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    assert rp.refresh(tokens["refresh_token"]).error == "invalid_grant"
    assert rp.introspect(tokens["access_token"]).json == {"active": False}
    assert rp.redeem(rp.code()).ok


@spec("RFC 6749", "4.1.3", "MUST")
def test_another_client_cannot_use_a_code_and_kills_it(signed_in: House, rp: RelyingParty) -> None:
    """Attack C2."""
    code, other = rp.code(), signed_in.rp("other")
    other.verifier = rp.verifier
    assert other.redeem(code).error == "invalid_grant"
    assert rp.redeem(code).error == "invalid_grant"


@pytest.mark.parametrize("uri", [None, "https://app.example.org/other", "https://app.example.org/cb/", "https://app.example.org/cb?x"])
@spec("RFC 6749", "4.1.3", "MUST")
def test_another_redirect_uri_kills_the_code(rp: RelyingParty, uri: str | None) -> None:
    code = rp.code()
    assert rp.redeem(code, redirect_uri=uri).error == "invalid_grant"
    assert rp.redeem(code).error == "invalid_grant"


@spec("RFC 6749", "4.1.2", "MUST")
def test_a_code_lives_a_minute(signed_in: House, rp: RelyingParty) -> None:
    code = rp.code()
    signed_in.clock.advance(seconds=59)
    assert rp.redeem(code).ok
    code = rp.code()
    signed_in.clock.advance(seconds=61)
    assert rp.redeem(code).error == "invalid_grant"


@spec("RFC 7636", "4.6", "MUST")
@pytest.mark.parametrize("verifier", [None, "x" * 43, "short", "ü" * 43, "x" * 129])
def test_a_wrong_verifier_is_invalid_grant_and_does_not_spend_the_code(rp: RelyingParty, verifier: str | None) -> None:
    """Attack C3 (a) and (b)."""
    code = rp.code()
    assert rp.redeem(code, verifier=verifier).error == "invalid_grant"
    assert rp.redeem(code).ok


@spec("RFC 9700", "2.1.1", "MUST")
def test_a_verifier_without_a_challenge_is_refused(signed_in: House) -> None:
    """Attack C3 (c): PKCE downgrade."""
    old = signed_in.rp("gitlab", require_pkce=False)
    code = old.code(code_challenge=None, code_challenge_method=None)
    assert old.redeem(code).error == "invalid_grant"
    assert old.redeem(code, verifier=None).ok


@spec("RFC 7636", "4.3")
def test_a_challenge_counts_also_where_it_is_not_required(signed_in: House) -> None:
    old = signed_in.rp("gitlab", require_pkce=False)
    code = old.code()
    assert old.redeem(code, verifier=None).error == "invalid_grant"
    assert old.redeem(code).ok


@spec("RFC 6749", "5.2")
def test_malformed_requests_name_what_is_missing(rp: RelyingParty) -> None:
    assert rp.token(grant_type="authorization_code").error == "invalid_request"
    assert rp.token().error == "invalid_request"
    assert rp.token(grant_type="password", username="x", password="y").error == "unsupported_grant_type"
    assert rp.token(grant_type='"><x>\u00e9').error == "unsupported_grant_type"
    assert rp.redeem("").error == "invalid_request"
    assert rp.redeem("x" * 5000).error == "invalid_grant"
    assert rp.redeem("ä").error == "invalid_grant"
    assert rp.back.get("/token", {}).status == 405


def test_a_grant_that_is_not_registered_is_unauthorized(signed_in: House, rp: RelyingParty) -> None:
    """Attack C6."""
    assert rp.token(grant_type="client_credentials").error == "unauthorized_client"
    plain = signed_in.rp("plain", grants=("authorization_code",))
    assert plain.refresh("rt_x").error == "unauthorized_client"


def test_a_disabled_persons_code_gives_nothing(signed_in: House, rp: RelyingParty) -> None:
    """Attack T7."""
    code = rp.code()
    with signed_in.unit() as services:
        services.people.disable(OPERATOR, signed_in.person())
    assert rp.redeem(code).error == "invalid_grant"


def test_a_code_of_a_session_that_ended_gives_nothing(signed_in: House, rp: RelyingParty) -> None:
    session_id = signed_in.sign_in()
    code = rp.code()
    with signed_in.unit() as services:
        services.leave.end(OPERATOR, [session_id], "test")
    assert rp.redeem(code).error == "invalid_grant"


def test_access_taken_away_between_code_and_token_counts(signed_in: House, rp: RelyingParty) -> None:
    """security.md, build rule 1: one gate on every issuing path."""
    with signed_in.unit() as services:
        services.registry.assign(OPERATOR, "app", person_id=signed_in.person())
    rp = signed_in.rp("closed", access="assigned")
    with signed_in.unit() as services:
        services.registry.assign(OPERATOR, "closed", person_id=signed_in.person())
    tokens, code = rp.tokens(), rp.code()
    assert rp.userinfo(tokens["access_token"]).ok
    with signed_in.unit() as services:
        services.registry.unassign(OPERATOR, "closed", person_id=signed_in.person())
    assert rp.redeem(code).error == "invalid_grant"
    assert rp.userinfo(tokens["access_token"]).status == 401
    assert rp.refresh(tokens["refresh_token"]).error == "invalid_grant"
    assert rp.introspect(tokens["access_token"]).json == {"active": False}


def test_es256_id_tokens_by_setting(signed_in: House) -> None:
    from tests.rp import header

    rp = signed_in.rp("es", id_token_alg="ES256", access_token_alg="RS256")
    tokens = rp.tokens()
    assert header(tokens["id_token"])["alg"] == "ES256"
    assert header(tokens["access_token"])["alg"] == "RS256"
    assert rp.userinfo(tokens["access_token"]).ok
