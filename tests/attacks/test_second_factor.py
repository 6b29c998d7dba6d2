"""M1 to M7: the second factor, recovery, the state of a flow (attacks.md)."""

import re
from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pyotp
import pytest

from idp.kernel.actor import OPERATOR
from idp.wiring.worker import build_worker
from tests.attacks.stage import Human, Stage, Visitor, at_once
from tests.rp import payload
from tests.spec import spec

WRONG = "wrong wrong wrong"


def _half(stage: Stage, who: Human, address: str | None = None) -> Visitor:
    visitor = stage.visitor(address=address)
    assert visitor.password(who).headers["Location"] == "/sign-in/code"
    return visitor


def _rested(stage: Stage) -> None:
    """As if all delays were over."""
    stage.sql("UPDATE throttle_counters SET blocked_until = :at WHERE blocked_until IS NOT NULL", at=stage.moment(seconds=1))


@spec("attacks.md", "M1")
@spec("RFC 6238", "5.2")
def test_a_code_opens_one_door_once(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    one, other = _half(stage, who), _half(stage, who)
    code = who.code()
    assert one.code(code).status_code == 303 and one.is_in()
    refused = other.code(code)
    assert refused.status_code == 400 and not other.is_in()
    again = one.password(who, query="?again=1")
    assert again.headers["Location"] == "/sign-in/code" and one.code(code).status_code == 400, "not for a re-authentication either"
    earlier = who.code(-1)
    assert other.code(earlier).status_code == 400, "nor an earlier one after a later one"
    assert other.code(who.code(1)).status_code == 303 and other.is_in()
    assert "authn:factor:refuse" in stage.events(subject_id=who.id)


@spec("attacks.md", "M1")
def test_of_parallel_uses_of_one_code_one_succeeds(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    halves = [_half(stage, who) for _ in range(4)]
    tokens = [one.token("/sign-in/code") for one in halves]
    code = who.code()
    statuses = at_once(4, lambda n: halves[n].send("/sign-in/code", {"csrf_token": tokens[n], "code": code}).status_code)
    assert statuses.count(303) == 1, statuses


@spec("attacks.md", "M1")
def test_a_finished_sign_in_finishes_once(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    half = _half(stage, who)
    cookie = half.cookie("idp_sign_in") or ""
    assert half.code(who.code()).status_code == 303
    thief = stage.visitor()
    thief.put_cookie("idp_sign_in", cookie)
    for path in ("/sign-in/code", "/sign-in/done", "/sign-in/enrol", "/sign-in/recovery-codes", "/sign-in/password"):
        assert thief.get(path).headers["Location"] == "/sign-in?expired=1"
    assert not thief.is_in()


@spec("attacks.md", "M2")
@spec("NIST SP 800-63B-4", "3.2.2")
def test_guessing_codes_is_stopped_whatever_is_begun_anew(stage: Stage) -> None:
    who, statuses = stage.human(enrolled=True), []
    for attempt in range(15):
        half = _half(stage, who, f"127.0.10.{attempt + 1}")  # a new sign-in, a new browser, a new address
        wrong = {"csrf_token": half.token("/sign-in/code"), "code": who.wrong_code()}
        statuses += [half.send("/sign-in/code", wrong).status_code for _ in range(2)]
    assert statuses.count(400) <= 10 and set(statuses) == {400, 429}
    blocked = _half(stage, who, "127.0.10.50")
    assert blocked.code(who.code()).status_code == 429, "not even the right one while it waits"
    assert blocked.post("/sign-in/recovery-code", {"code": who.recovery_codes[0]}, page="/sign-in/recovery-code").status_code == 429
    letters = stage.sql("SELECT count(*) FROM audit_events WHERE subject_id = :id AND tag = 'authn:factor:refuse'", id=who.id)
    assert letters[0][0] >= 15, "the budget of passwords is another one"
    _rested(stage)
    assert blocked.code(who.code()).status_code == 303


@spec("attacks.md", "M2")
def test_parallel_guesses_get_no_further_than_a_row(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    halves = [_half(stage, who, f"127.0.11.{n + 1}") for n in range(3)]
    forms = [{"csrf_token": one.token("/sign-in/code"), "code": who.wrong_code()} for one in halves]
    statuses = at_once(18, lambda n: halves[n % 3].send("/sign-in/code", forms[n % 3]).status_code)
    assert statuses.count(400) <= 10 and set(statuses) == {400, 429}, sorted(statuses)


@spec("attacks.md", "M2")
def test_the_explanation_of_a_wrong_clock_is_no_oracle(stage: Stage) -> None:
    """A code of the near future must not be confirmed to somebody who guesses: they would only have to wait for it."""
    who = stage.human(enrolled=True)
    half = _half(stage, who, "127.0.12.1")
    pages = []
    for code in (who.wrong_code(), who.wrong_code(), who.wrong_code(), who.wrong_code(), who.code(8)):
        pages.append(half.code(code))
        _rested(stage)
    told = [re.sub(r'value="[^"]*"', "", page.text) for page in pages]
    assert told[-1] == told[-2], "the fifth try hears nothing about clocks"


DOORS = [
    ("GET", "/"), ("GET", "/account"), ("GET", "/account/password"), ("POST", "/account/password"), ("GET", "/account/factors"),
    ("GET", "/account/factors/add"), ("POST", "/account/factors/add"), ("GET", "/account/recovery-codes"), ("POST",
    "/account/recovery-codes"),
    ("GET", "/account/sessions"), ("POST", "/account/sessions/end-others"), ("GET", "/account/applications"), ("GET", "/account/history"),
    ("POST", "/account/applications/withdraw"), ("POST", "/account/factors/x/remove"), ("GET", "/sign-in/step-up"), ("GET",
    "/sign-in/done"),
    ("GET", "/sign-in/enrol"), ("POST", "/sign-in/enrol"), ("GET", "/sign-in/password"), ("POST", "/sign-in/password"),
    ("GET", "/sign-in/recovery-codes"), ("POST", "/sign-in/recovery-codes"),
]  # fmt: skip


@spec("attacks.md", "M3")
@spec("ASVS 5.0", "6.3.3")
def test_the_password_alone_opens_no_door(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    half = _half(stage, who)
    rp, cookie = stage.rp(half), half.cookie("idp_sign_in") or ""
    token = half.token("/sign-in/code")
    for method, path in DOORS:
        answer = half.send(path, {"csrf_token": token, "new_password": WRONG, "confirm_password": WRONG, "code": "000000", "name": "x"}
                           if method == "POST" else None, method=method)  # fmt: skip
        assert answer.status_code == 303 and urlsplit(answer.headers["Location"]).path.startswith("/sign-in"), (method, path)
    assert rp.begin(prompt="none").params["error"] == "login_required"
    flow = rp.begin().location
    assert half.get(flow).headers["Location"].startswith("/sign-in?flow=")
    for ref in (flow, f"{flow}/data", f"{flow}/account"):
        answer = half.send(ref, {"csrf_token": token, "choice": "allow"})
        assert answer.status_code in (303, 405) and "code=" not in answer.headers.get("Location", "")
    thief = stage.visitor()
    thief.put_cookie("idp_session", cookie)  # the cookie of one thing is not that of another
    assert not thief.is_in()
    assert half.code(who.code()).status_code == 303
    told = payload(rp.tokens()["id_token"])
    assert told["acr"] == "urn:sumut:acr:2" and "mfa" in told["amr"]


@spec("attacks.md", "M3")
def test_a_weak_session_claims_no_second_factor_and_steps_up_where_it_is_demanded(stage: Stage) -> None:
    who = stage.human()
    visitor = stage.visitor(who)
    plain, strict = stage.rp(visitor), stage.rp(visitor, min_acr="2")
    told = payload(plain.tokens()["id_token"])
    assert told["acr"] == "urn:sumut:acr:1" and told["amr"] == ["pwd"]
    assert strict.begin(prompt="none").params["error"] == "interaction_required"
    assert plain.begin(prompt="none", acr_values="urn:sumut:acr:2").params["error"] == "interaction_required"
    landed = visitor.get(strict.begin().location)
    assert landed.headers["Location"].startswith("/sign-in/step-up")
    stage.sql("UPDATE browser_sessions SET auth_time = :at WHERE person_id = :id", at=stage.moment(minutes=6), id=who.id)
    asked = visitor.get(landed.headers["Location"])
    assert asked.headers["Location"].startswith("/sign-in?") and "again=1" in asked.headers["Location"], "enrolling needs the password anew"


def _link(stage: Stage, who: Human) -> str:
    build_worker(stage.deps).drain()
    for path in sorted((stage.server.maildir / "new").glob("*"), reverse=True):
        letter = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = letter.get_body(("plain",))
        if who.email in str(letter["To"]) and body and (found := re.search(r"(\S+)/(reset/[\w-]{43})", body.get_content())):
            path.unlink()
            assert found[1] == stage.server.base, "the link must start with the issuer"
            return "/" + found[2]
    raise AssertionError("no letter came")


@spec("attacks.md", "M4")
@spec("attacks.md", "M5")
@spec("ASVS 5.0", "6.4.3")
def test_a_reset_gives_a_password_and_nothing_else(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    session = stage.visitor(who)
    rp = stage.rp(session)
    offline, half = rp.tokens(scope="openid offline_access"), _half(stage, who)
    browser = stage.visitor(address="127.0.13.1")
    browser.get("/forgot-password")
    forged = {**browser.as_host("evil.test"), "X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https",
              "Forwarded": "host=evil.test;proto=https", "X-Forwarded-Port": "81", "X-Original-URL": "https://evil.test/"}  # fmt: skip
    links = []
    for _ in range(2):
        asked = browser.post("/forgot-password", {"username": who.username}, page="/forgot-password", headers=forged)
        assert asked.headers["Location"] == "/forgot-password/sent"
        links.append(_link(stage, who))
    older, link = links
    new = {"new_password": "sepeda hijau di kebun", "confirm_password": "sepeda hijau di kebun"}
    assert browser.get(older).status_code == 404, "a newer link replaces an older one"
    assert browser.get(link).status_code == 200 == browser.get(link).status_code, "looking does not use it up"
    token = browser.token(link)
    statuses = at_once(4, lambda _: browser.send(link, {"csrf_token": token, **new}).status_code)
    assert statuses.count(303) == 1, statuses
    assert not browser.is_in() and browser.cookie("idp_session") is None, "nobody is signed in by a link"
    assert browser.get(link).status_code == 404 and not session.is_in()
    assert rp.refresh(offline["refresh_token"]).error == "invalid_grant"
    assert half.get("/sign-in/code").headers["Location"] == "/sign-in?expired=1", "who was half-way in proved the old password"
    assert stage.visitor().password(who).status_code == 400
    who.password = new["new_password"]
    again = _half(stage, who)
    assert not again.is_in() and again.code(who.code()).status_code == 303
    browser.post("/forgot-password", {"username": who.username}, page="/forgot-password")
    stage.sql("UPDATE one_time_links SET expires_at = :at WHERE person_id = :id", at=stage.moment(seconds=1), id=who.id)
    assert browser.get(_link(stage, who)).status_code == 404, "links end by themselves"


@spec("attacks.md", "M6")
@spec("ASVS 5.0", "7.5.1")
def test_factors_change_only_after_a_fresh_full_proof(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    visitor = stage.visitor(who)
    assert visitor.get("/account/factors/add").status_code == 200
    factor = re.search(r"/account/factors/(\w{26})/remove", visitor.get("/account/factors").text)
    assert factor
    remove = f"/account/factors/{factor[1]}/remove"
    assert visitor.get(remove).status_code == 405 and visitor.send(remove).status_code == 403
    stranger = stage.visitor(stage.human(enrolled=True))
    assert stranger.post(remove).status_code == 404, "somebody else's"
    stage.sql("UPDATE browser_sessions SET auth_time = :at WHERE person_id = :id", at=stage.moment(minutes=6), id=who.id)
    assert visitor.post(remove).status_code == 403
    assert visitor.post("/account/recovery-codes").status_code == 403
    assert visitor.post("/account/factors/add", {"code": "123456", "name": "x"}).status_code == 403
    for page in ("/account/factors/add", "/account/recovery-codes"):
        assert "again=1" in visitor.get(page).headers["Location"]
    weak = stage.human()
    held = stage.visitor(weak)
    with stage.unit() as services:
        weak.totp = services.factors.enrol_for(OPERATOR, services.people.need(weak.username)).secret
    assert held.post("/account/recovery-codes").status_code == 403, "fresh, but without the factor that there is now"
    assert visitor.get("/account/factors").status_code == 200 and factor[1] in visitor.get("/account/factors").text
    back = visitor.password(who, query="?again=1&return_to=/account/factors")
    assert back.headers["Location"] == "/sign-in/code" and visitor.code(who.code()).status_code == 303
    assert visitor.post(remove).status_code == 303
    assert "authn:factor:remove" in stage.events(subject_id=who.id)


@spec("attacks.md", "M6")
@spec("ASVS 5.0", "7.4.3")
def test_a_first_factor_shuts_out_who_came_in_without_it(stage: Stage) -> None:
    who = stage.human()
    mine, thief = stage.visitor(who), stage.visitor(who)
    page = mine.get("/account/factors/add").text
    shown = re.search(r"secret=([A-Z2-7]{32})|([A-Z2-7]{4}(?: [A-Z2-7]{4}){7})", page)
    assert shown
    code = pyotp.TOTP((shown[1] or shown[2]).replace(" ", "")).now()
    assert mine.post("/account/factors/add", {"code": code, "name": "x"}, page="/account/factors/add").status_code == 200
    assert mine.is_in() and not thief.is_in()


@spec("attacks.md", "M6")
@spec("ASVS 5.0", "7.4.3")
def test_a_factor_enrolled_on_the_way_in_shuts_out_who_came_in_without_it(stage: Stage) -> None:
    who = stage.human()
    mine, thief = stage.visitor(who), stage.visitor(who)
    strict, weak = stage.rp(mine, min_acr="2"), stage.rp(thief)
    stolen = weak.tokens()
    step_up = mine.get(strict.begin().location).headers["Location"]
    assert mine.get(step_up).headers["Location"].partition("?")[0] == "/sign-in/enrol"
    shown = re.search(r"secret=([A-Z2-7]{32})|([A-Z2-7]{4}(?: [A-Z2-7]{4}){7})", mine.get("/sign-in/enrol").text)
    assert shown
    code = pyotp.TOTP((shown[1] or shown[2]).replace(" ", "")).now()
    assert mine.post("/sign-in/enrol", {"code": code, "name": "x"}, page="/sign-in/enrol").status_code == 200
    assert not thief.is_in() and weak.refresh(stolen["refresh_token"]).error == "invalid_grant"
    back = mine.get("/sign-in/done").headers["Location"]
    assert "code=" in mine.get(back).headers["Location"], "the session that was strengthened goes on"


@spec("attacks.md", "M7")
@spec("ASVS 5.0", "6.5.1")
def test_recovery_codes_work_once_are_throttled_and_never_shown_again(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    assert all(len(code.replace("-", "")) * 5 >= 64 for code in who.recovery_codes)
    path = "/sign-in/recovery-code"
    first = _half(stage, who)
    assert first.post(path, {"code": who.recovery_codes[0]}, page=path).status_code == 303 and first.is_in()
    second = _half(stage, who)
    assert second.post(path, {"code": who.recovery_codes[0].upper()}, page=path).status_code == 400
    form = {"csrf_token": second.token(path)}
    statuses = [second.send(path, {**form, "code": "-".join(["0000"] * 6)}).status_code for _ in range(20)]
    assert statuses.count(400) <= 10 and 429 in statuses
    _rested(stage)
    made = first.post("/account/recovery-codes").text
    new = re.findall(r"\b[0-9a-z]{4}(?:-[0-9a-z]{4}){5}\b", made)
    assert len(set(new)) == 10
    for page in ("/account/recovery-codes", "/account/factors", "/account", "/account/history"):
        assert not any(code in first.get(page).text for code in new)
    assert second.post(path, {"code": who.recovery_codes[1]}, page=path).status_code in (400, 429), "the old set is dead"
    _rested(stage)
    assert second.post(path, {"code": new[0]}, page=path).status_code == 303 and second.is_in()
    assert "authn:recovery_codes:use" in stage.events(subject_id=who.id)


@spec("attacks.md", "M6")
def test_a_key_shown_in_one_browser_cannot_be_confirmed_in_another(stage: Stage) -> None:
    who = stage.human()
    mine, thief = stage.visitor(who), stage.visitor(who)
    shown = re.search(r"secret=([A-Z2-7]{32})|([A-Z2-7]{4}(?: [A-Z2-7]{4}){7})", thief.get("/account/factors/add").text)
    assert shown
    code = pyotp.TOTP((shown[1] or shown[2]).replace(" ", "")).now()
    assert mine.post("/account/factors/add", {"code": code, "name": "x"}, page="/account/factors/add").status_code in (400, 409)


@pytest.mark.parametrize("value", ["", "x", "x" * 600, "é", "\x7f", "%00"])
def test_broken_cookies_are_no_cookies(stage: Stage, user: Human, value: str) -> None:
    visitor = stage.visitor()
    for name in ("idp_session", "idp_sign_in", "idp_device", "idp_browser", "idp_form", "idp_lang"):
        answer = visitor.get("/account", {"Cookie": f"{name}={value}".encode("latin-1").decode("latin-1")})
        assert answer.status_code in (303, 400)
    assert stage.visitor().password(user).status_code == 303
