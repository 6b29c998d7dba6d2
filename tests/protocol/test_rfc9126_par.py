"""Pushed authorization requests."""

from urllib.parse import parse_qsl, urlencode

from tests.protocol.conftest import House
from tests.rp import Heard, RelyingParty
from tests.spec import spec


def push(rp: RelyingParty, **changes: str | None) -> Heard:
    return rp.call("/par", dict(parse_qsl(rp.request(**changes))))


def visit(rp: RelyingParty, uri: str, **more: str) -> Heard:
    return rp.browser.get("/authorize?" + urlencode({"client_id": rp.client_id, "request_uri": uri, **more}), {})


@spec("RFC 9126", "2.2")
def test_a_pushed_request_is_named_and_answered(rp: RelyingParty) -> None:
    pushed = push(rp)
    assert pushed.status == 201
    assert pushed.headers["Cache-Control"] == "no-store"
    uri = pushed.json["request_uri"]
    assert uri.startswith("urn:ietf:params:oauth:request_uri:")
    assert 0 < pushed.json["expires_in"] <= 90
    answer = visit(rp, uri)
    assert answer.params["state"] == rp.state
    assert answer.params["iss"] == "http://localhost:8000"
    assert rp.redeem(answer.params["code"]).ok


@spec("RFC 9126", "4", "MUST")
def test_what_stands_beside_a_request_uri_does_not_count(rp: RelyingParty) -> None:
    answer = visit(rp, push(rp).json["request_uri"], redirect_uri="https://evil.test/", state="other")
    assert answer.location.startswith(rp.redirect_uri)
    assert answer.params["state"] == rp.state


@spec("RFC 9126", "7.3")
def test_a_request_uri_is_answered_once(rp: RelyingParty) -> None:
    """Attack R5."""
    uri = push(rp).json["request_uri"]
    assert "code" in visit(rp, uri).params
    again = visit(rp, uri)
    assert again.status == 400
    assert "invalid_request_uri" in again.text


def test_a_refusal_is_an_answer_too(signed_in: House, rp: RelyingParty) -> None:
    uri = push(rp, prompt="none").json["request_uri"]
    signed_in.sign_out()
    assert visit(rp, uri).params["error"] == "login_required"
    assert visit(rp, uri).status == 400


@spec("RFC 9126", "2.2", "MUST")
def test_foreign_expired_and_invented_request_uris_are_shown_not_redirected(signed_in: House, rp: RelyingParty) -> None:
    """Attack R5."""
    other = signed_in.rp("other")
    uri = push(rp).json["request_uri"]
    for asker, asked in ((other, uri), (rp, uri[:-1]), (rp, uri[:-4] + "abcd"), (rp, "urn:ietf:params:oauth:request_uri:")):
        answer = visit(asker, asked)
        assert answer.status == 400, asked
        assert "Location" not in answer.headers
    assert "code" in visit(rp, uri).params
    late = push(rp).json["request_uri"]
    signed_in.clock.advance(seconds=91)
    assert visit(rp, late).status == 400


@spec("RFC 9126", "2.1", "MUST")
def test_only_an_authenticated_client_pushes_and_no_request_uri(rp: RelyingParty) -> None:
    """Attack R5."""
    assert rp.back.post("/par", rp.request(), {"Content-Type": "application/x-www-form-urlencoded"}).status == 401
    assert push(rp, request_uri="urn:ietf:params:oauth:request_uri:x").error == "invalid_request"


@spec("RFC 9126", "2.3")
def test_what_authorize_would_refuse_is_refused_at_once(rp: RelyingParty) -> None:
    cases = {
        "invalid_request": {"redirect_uri": "https://evil.test/"},
        "unsupported_response_type": {"response_type": "token"},
        "invalid_scope": {"scope": "openid admin"},
        "invalid_target": {"resource": "https://api.example.org"},
    }
    for error, change in cases.items():
        answer = push(rp, **change)
        assert (answer.status, answer.error) == (400, error)
    assert push(rp, code_challenge=None, code_challenge_method=None).error == "invalid_request"


@spec("RFC 9126", "6")
def test_a_client_that_must_push_is_refused_otherwise(signed_in: House) -> None:
    rp = signed_in.rp("strict", require_par=True)
    assert rp.begin().params["error"] == "invalid_request"
    assert "code" in visit(rp, push(rp).json["request_uri"]).params


def test_a_public_client_may_push_too(public: RelyingParty) -> None:
    assert "code" in visit(public, push(public).json["request_uri"]).params


def test_a_person_who_must_sign_in_first_is_answered_after_it(signed_in: House, rp: RelyingParty) -> None:
    signed_in.sign_out()
    uri = push(rp).json["request_uri"]
    there = visit(rp, uri)
    assert there.location.startswith("/interaction/")
    second = visit(rp, uri)  # the page was loaded twice: both go on, one is answered
    signed_in.sign_in()
    signed_in.clock.advance(seconds=120)
    assert "code" in rp.browser.get(there.location, {}).params
    assert rp.browser.get(second.location, {}).status == 400
