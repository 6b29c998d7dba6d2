"""RP-initiated logout, and the logout tokens that follow it."""

import re

import pytest

from idp.kernel.actor import OPERATOR
from idp.kernel.clock import epoch
from tests.protocol.conftest import House
from tests.rp import FORM, Heard, RelyingParty, header, payload
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

OUT = "https://app.example.org/out"


def confirm(rp: RelyingParty, page: Heard) -> Heard:
    """Press the button of the confirmation page."""
    assert 'id="logout-confirm"' in page.text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))
    fields |= dict(re.findall(r'<input[^>]*name="(csrf_token)"[^>]*value="([^"]+)"', page.text))
    from urllib.parse import urlencode

    return rp.browser.post("/logout", urlencode(fields | {"confirm": "yes"}), {"Content-Type": FORM, "Origin": "http://localhost:8000"})


@spec("OIDC RP-Initiated Logout", "2")
def test_a_hint_of_this_session_ends_it_without_asking(signed_in: House, rp: RelyingParty) -> None:
    tokens = rp.tokens()
    answer = rp.logout(id_token_hint=tokens["id_token"], post_logout_redirect_uri=OUT, state="a b&c")
    assert answer.status == 303
    assert answer.location == OUT + "?state=a%20b%26c"
    assert rp.begin(prompt="none").params["error"] == "login_required"
    assert rp.userinfo(tokens["access_token"]).status == 401
    assert rp.refresh(tokens["refresh_token"]).error == "invalid_grant"


@spec("OIDC RP-Initiated Logout", "2", "MUST")
def test_logout_may_be_posted(signed_in: House, rp: RelyingParty) -> None:
    hint = rp.tokens()["id_token"]
    answer = rp.browser.post("/logout", f"id_token_hint={hint}&post_logout_redirect_uri={OUT}", {"Content-Type": FORM})
    assert answer.location == OUT


def test_an_expired_hint_still_counts(signed_in: House, rp: RelyingParty) -> None:
    hint = rp.tokens()["id_token"]
    signed_in.clock.advance(seconds=1800)
    assert rp.logout(id_token_hint=hint, post_logout_redirect_uri=OUT).location == OUT


@spec("OIDC RP-Initiated Logout", "2", "SHOULD")
def test_without_a_hint_the_person_is_asked(signed_in: House, rp: RelyingParty) -> None:
    page = rp.logout(client_id="app", post_logout_redirect_uri=OUT, state="s")
    assert page.status == 200
    assert "code" in rp.begin(prompt="none").params  # nothing happened yet
    done = confirm(rp, rp.logout(client_id="app", post_logout_redirect_uri=OUT, state="s"))
    assert done.location == OUT + "?state=s"
    assert rp.begin(prompt="none").params["error"] == "login_required"


def test_the_portals_own_sign_out_shows_that_it_is_done(signed_in: House, rp: RelyingParty) -> None:
    rp.tokens()
    done = confirm(rp, rp.logout())
    assert done.status == 200
    assert 'id="logout-done"' in done.text
    assert "App" in done.text


def test_a_hint_of_another_session_asks(signed_in: House, rp: RelyingParty) -> None:
    old = rp.tokens()["id_token"]
    signed_in.sign_in()
    assert rp.logout(id_token_hint=old, post_logout_redirect_uri=OUT).status == 200
    signed_in.sign_in("budi")
    assert rp.logout(id_token_hint=old, post_logout_redirect_uri=OUT).status == 200
    assert "code" in rp.begin(prompt="none").params


def test_with_nobody_signed_in_it_goes_on_at_once(signed_in: House, rp: RelyingParty) -> None:
    hint = rp.tokens()["id_token"]
    signed_in.sign_out()
    assert rp.logout(id_token_hint=hint, post_logout_redirect_uri=OUT, state="s").location == OUT + "?state=s"
    assert 'id="logout-done"' in rp.logout().text


@pytest.mark.parametrize(
    "uri", ["https://evil.test/", OUT + "?x=1", OUT + "/", "https://app.example.org/cb", "//evil.test", "https://app.example.org@evil.test/out"]
)
@spec("OIDC RP-Initiated Logout", "3", "MUST NOT")
@spec("OIDC RP-Initiated Logout", "4")
def test_an_unregistered_address_is_never_followed(signed_in: House, rp: RelyingParty, uri: str) -> None:
    """Attack R4."""
    hint = rp.tokens()["id_token"]
    for values in ({"id_token_hint": hint}, {"client_id": "app"}, {}):
        answer = rp.logout(post_logout_redirect_uri=uri, **values)
        assert answer.status == 400
        assert 'id="logout-error"' in answer.text
    assert "code" in rp.begin(prompt="none").params


def test_a_bad_hint_is_an_error(signed_in: House, rp: RelyingParty) -> None:
    tokens, other = rp.tokens(), signed_in.rp("other")
    head, body, signature = tokens["id_token"].split(".")
    for hint in ("x", tokens["access_token"], f"{head}.{body}.{signature[:-8]}AAAAAAAA", f"eyJhbGciOiJub25lIn0.{body}."):
        assert rp.logout(id_token_hint=hint, post_logout_redirect_uri=OUT).status == 400
    assert rp.logout(id_token_hint=tokens["id_token"], client_id="other").status == 400
    assert rp.logout(client_id="nobody").status == 400
    assert other.logout(id_token_hint=other.tokens()["id_token"], client_id="other").status == 200


def test_the_form_answers_to_our_own_page_only(signed_in: House, rp: RelyingParty) -> None:
    """Attack S4."""
    assert rp.browser.post("/logout", "confirm=yes", {"Content-Type": FORM}).status == 403
    assert rp.browser.post("/logout", "confirm=yes", {"Content-Type": FORM, "Origin": "https://evil.test"}).status == 403
    assert "code" in rp.begin(prompt="none").params


@spec("OIDC Back-Channel Logout", "2.4", "MUST")
@spec("OIDC Back-Channel Logout", "2.5")
def test_every_application_of_the_session_is_told(signed_in: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attack S2: typ logout+jwt, two minutes at most, no nonce."""
    one = signed_in.rp("one", backchannel_logout_uri="https://one.example.org/bc")
    two = signed_in.rp("two", backchannel_logout_uri="https://two.example.org/bc", auth_method="none")
    signed_in.rp("three", backchannel_logout_uri="https://three.example.org/bc")  # never signed in to
    tokens, others = one.tokens(), two.tokens()
    posted: list[tuple[str, str]] = []

    def post(url: str, data: dict[str, str]) -> int:
        posted.append((url, data["logout_token"]))
        return 200

    monkeypatch.setattr(signed_in.deps.http, "post_form", post)
    one.logout(id_token_hint=tokens["id_token"])
    from idp.wiring.worker import build_worker

    build_worker(signed_in.deps).drain()
    assert [url for url, _ in sorted(posted)] == ["https://one.example.org/bc", "https://two.example.org/bc"]
    for (_, token), given in zip(sorted(posted), (tokens, others), strict=True):
        claims, about = payload(token), payload(given["id_token"])
        assert header(token)["typ"] == "logout+jwt"
        assert claims["aud"] == about["aud"]
        assert claims["sub"] == about["sub"]
        assert claims["sid"] == about["sid"]
        assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
        assert claims["iat"] == epoch(signed_in.clock.now())
        assert claims["exp"] - claims["iat"] <= 120
        assert claims["jti"]
        assert "nonce" not in claims
        assert signed_in.deps.ring.verify(token, typ="logout+jwt") == claims
        assert one.logout(id_token_hint=token).status == 400


@spec("OIDC Back-Channel Logout", "2.8")
def test_an_application_that_does_not_answer_is_told_again(signed_in: House, monkeypatch: pytest.MonkeyPatch) -> None:
    rp = signed_in.rp("one", backchannel_logout_uri="https://one.example.org/bc")
    session_id = signed_in.sign_in()
    rp.tokens()
    answers = iter([500, 200])
    monkeypatch.setattr(signed_in.deps.http, "post_form", lambda *_: next(answers))
    from idp.wiring.worker import build_worker

    with signed_in.unit() as services:
        assert services.leave.end(OPERATOR, [session_id], "test") == ["one"]
    worker = build_worker(signed_in.deps)
    assert worker.drain() == 1
    signed_in.clock.advance(seconds=30)
    assert worker.drain() == 1
    assert next(answers, None) is None
