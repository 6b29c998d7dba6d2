"""R5: a pushed request belongs to its client, for a short time, once (attacks.md)."""

from urllib.parse import parse_qsl, urlencode

import pytest

from tests.attacks.stage import CALLBACK, Human, Stage, at_once
from tests.rp import FORM, Heard, RelyingParty
from tests.spec import spec

PREFIX = "urn:ietf:params:oauth:request_uri:"


@pytest.fixture(scope="module")
def rp(stage: Stage, user: Human) -> RelyingParty:
    return stage.rp(stage.visitor(user))


def push(rp: RelyingParty, **more: str) -> Heard:
    return rp.call("/par", dict(parse_qsl(rp.request())) | more)


def visit(rp: RelyingParty, uri: str, client_id: str | None = None) -> Heard:
    return rp.browser.get("/authorize?" + urlencode({"client_id": client_id or rp.client_id, "request_uri": uri}), {})


def refused_here(answer: Heard) -> bool:
    """On our own page: nothing is redirected."""
    return answer.status == 400 and "Location" not in answer.headers


@spec("attacks.md", "R5")
@spec("RFC 9126", "7.1", "MUST")
def test_a_request_uri_is_its_clients_and_cannot_be_guessed(stage: Stage, user: Human, rp: RelyingParty) -> None:
    other = stage.rp(stage.visitor(user))
    pushed = [push(rp).json for _ in range(20)]
    names = {one["request_uri"].removeprefix(PREFIX) for one in pushed}
    assert len(names) == 20 and all(len(name) >= 43 for name in names), "256 bits each"
    assert all(0 < one["expires_in"] <= 600 for one in pushed)
    assert refused_here(visit(other, pushed[0]["request_uri"])), "another client's"
    assert refused_here(visit(rp, PREFIX + "A" * 43)), "invented"
    assert "code" in visit(rp, pushed[0]["request_uri"]).params, "what the stranger tried cost the owner nothing"


@spec("attacks.md", "R5")
@spec("RFC 9126", "4", "MUST")
def test_an_answered_or_expired_request_uri_is_dead(stage: Stage, user: Human, rp: RelyingParty) -> None:
    uri = push(rp).json["request_uri"]
    answers = at_once(12, lambda _: visit(stage_rp(stage, rp, user), uri))
    codes = [one.params["code"] for one in answers if one.status == 303 and "code" in one.params]
    assert len(codes) == 1, "of twelve browsers at once one is answered"
    assert refused_here(visit(rp, uri))
    late = push(rp).json["request_uri"]
    stage.sql(
        "UPDATE pushed_requests SET expires_at = :past WHERE client_id = :id AND used_at IS NULL",
        past=stage.moment(seconds=1),
        id=rp.client_id,
    )
    assert refused_here(visit(rp, late))
    assert rp.redeem(codes[0]).ok


def stage_rp(stage: Stage, rp: RelyingParty, user: Human) -> RelyingParty:
    """The same application in another browser of the person's."""
    from tests.rp import HttpWire

    front = HttpWire(stage.server.base)
    front.session = stage.visitor(user).http
    return RelyingParty(front, rp.back, rp.client_id, rp.redirect_uri, rp.secret, rp.method)


@spec("attacks.md", "R5")
@spec("RFC 9126", "2.1", "MUST NOT")
def test_only_an_authenticated_client_pushes_and_never_a_request_uri(stage: Stage, rp: RelyingParty) -> None:
    before = stage.sql("SELECT count(*) FROM pushed_requests")
    nobody = rp.back.post("/par", rp.request(), {"Content-Type": FORM})
    wrong = RelyingParty(rp.browser, rp.back, rp.client_id, rp.redirect_uri, "wrong")
    for answer in (nobody, push(wrong)):
        assert (answer.status, answer.error) == (401, "invalid_client")
    for nested in (PREFIX + "x", push(rp).json["request_uri"], "https://evil.test/object"):
        assert (push(rp, request_uri=nested).status, push(rp, request_uri=nested).error) == (400, "invalid_request")
    for uri in ("https://evil.test/cb", CALLBACK + "/x", CALLBACK + "?x=1"):
        assert push(rp, redirect_uri=uri).status == 400, uri
    assert stage.sql("SELECT count(*) FROM pushed_requests")[0][0] == before[0][0] + 1, "only the good one was kept"
