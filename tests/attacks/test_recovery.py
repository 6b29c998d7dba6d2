"""New ways around the second factor, attacked: the agency's single-use code, the remembered device (M3, M6, M7 of attacks.md)."""

import re

import pyotp
import pytest

from idp.kernel.actor import OPERATOR
from idp.kernel.errors import Invalid, NotAllowed
from idp.policy.permissions import Role
from tests.attacks.stage import Human, Stage, Visitor, at_once
from tests.spec import spec

PATH = "/sign-in/agency-code"
WRONG = "-".join(["0000"] * 6)


def _half(stage: Stage, who: Human, address: str | None = None) -> Visitor:
    visitor = stage.visitor(address=address)
    assert visitor.password(who).headers["Location"] == "/sign-in/code"
    return visitor


def _issued(stage: Stage, who: Human) -> str:
    with stage.unit() as services:
        return services.authn.agency_codes.issue(OPERATOR, services.people.need(who.username), "Ponsel hilang, datang sendiri").code


def _enrol(visitor: Visitor) -> str:
    shown = re.search(r"secret=([A-Z2-7]{32})|([A-Z2-7]{4}(?: [A-Z2-7]{4}){7})", visitor.get("/sign-in/enrol").text)
    assert shown
    secret = (shown[1] or shown[2]).replace(" ", "")
    assert visitor.post("/sign-in/enrol", {"code": pyotp.TOTP(secret).now(), "name": "baru"}, page="/sign-in/enrol").status_code == 303
    return secret


@spec("attacks.md", "M3")
@spec("NIST SP 800-63B-4", "4.2.2")
def test_a_code_of_the_agency_works_once_after_the_password_and_leads_to_a_new_factor(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    old, code = _issued(stage, who), _issued(stage, who)
    stranger = stage.visitor()
    assert stranger.get(PATH).headers["Location"] == "/sign-in?expired=1", "never without the password"
    one, other = _half(stage, who), _half(stage, who)
    assert one.post(PATH, {"code": old}, page=PATH).status_code == 400, "a newer one replaces it"
    tokens = [browser.token(PATH) for browser in (one, other)]
    both = at_once(2, lambda n: (one, other)[n].send(PATH, {"csrf_token": tokens[n], "code": code.upper()}).headers.get("Location"))
    assert sorted(map(str, both)) == ["/sign-in/enrol", "None"], both
    won, lost = (one, other) if both[0] else (other, one)
    assert not won.is_in() and not lost.is_in()
    for page in ("/account", "/account/factors", "/"):
        assert won.get(page).status_code == 303, "no session before the new factor stands"
    assert won.get("/sign-in/done").headers["Location"] == "/sign-in/enrol"
    secret = _enrol(won)
    assert won.is_in() and lost.post(PATH, {"code": code}, page=PATH).status_code == 400
    assert lost.code(who.code()).status_code == 303, "the old device still works: its owner can stop an impostor"
    assert len(secret) == 32 and {"authn:agency_code:issue", "authn:agency_code:use"} <= set(stage.events(subject_id=who.id))


@spec("attacks.md", "M6")
@spec("ASVS 5.0", "6.4.6")
def test_after_it_the_old_factors_cannot_be_taken_away_for_a_day(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    visitor = _half(stage, who)
    assert visitor.post(PATH, {"code": _issued(stage, who)}, page=PATH).status_code == 303
    _enrol(visitor)
    page = visitor.get("/account/factors").text
    assert 'id="cooling"' in page and "/remove" not in page
    old = stage.sql("SELECT id FROM totp_secrets WHERE person_id = :id ORDER BY created_at", id=who.id)[0][0]
    assert visitor.post(f"/account/factors/{old}/remove").status_code == 409
    assert visitor.post("/account/recovery-codes").status_code == 409
    stage.sql("UPDATE agency_codes SET used_at = :at WHERE person_id = :id", at=stage.moment(hours=25), id=who.id)
    assert visitor.post(f"/account/factors/{old}/remove").status_code == 303, "afterwards they may"


@spec("attacks.md", "M7")
def test_it_is_bound_to_its_person_throttled_and_ends(stage: Stage) -> None:
    who, thief = stage.human(enrolled=True), stage.human(enrolled=True)
    code = _issued(stage, who)
    assert _half(stage, thief).post(PATH, {"code": code}, page=PATH).status_code == 400
    half = _half(stage, who)
    form = {"csrf_token": half.token(PATH)}
    statuses = [half.send(PATH, {**form, "code": WRONG}).status_code for _ in range(20)]
    assert statuses.count(400) <= 10 and 429 in statuses
    assert half.send(PATH, {**form, "code": code}).status_code == 429, "one budget for all second factors"
    assert half.code(who.code()).status_code == 429
    stage.sql("UPDATE throttle_counters SET blocked_until = :at WHERE blocked_until IS NOT NULL", at=stage.moment(seconds=1))
    stage.sql("UPDATE agency_codes SET expires_at = :at WHERE person_id = :id", at=stage.moment(seconds=1), id=who.id)
    assert half.post(PATH, {"code": code}, page=PATH).status_code == 400
    kept = stage.sql("SELECT digest FROM agency_codes WHERE person_id = :id", id=who.id)
    assert all(code.encode() not in bytes(row[0]) for row in kept)


@spec("product.md", "resets of an administrator need a second person")
def test_for_an_administrator_a_second_person_is_needed(stage: Stage) -> None:
    boss, helper, clerk = stage.human(enrolled=True), stage.human(), stage.human()
    with stage.unit() as services:
        services.roles.grant(OPERATOR, boss.id, Role.SECURITY_ADMIN)
        services.roles.grant(OPERATOR, helper.id, Role.HELPDESK)
    with stage.unit() as services:
        codes, need = services.authn.agency_codes, services.people.need
        with pytest.raises(Invalid):
            codes.issue(OPERATOR, need(boss.username), "Ponsel hilang")
        for approver in (boss, clerk):
            with pytest.raises(NotAllowed):
                codes.issue(OPERATOR, need(boss.username), "Ponsel hilang", approver=need(approver.username))
        assert codes.issue(OPERATOR, need(boss.username), "Ponsel hilang", approver=need(helper.username)).code


def _allow(stage: Stage, who: Human, days: int = 30) -> None:
    with stage.unit() as services:
        services.enforcement.set(OPERATOR, "person", who.id, "any", remember_days=days)
    # Other processes trust the rules they read for five seconds; a new person is not in them yet.
    import time

    time.sleep(5.2)


def _remembered(stage: Stage, who: Human) -> Visitor:
    visitor = _half(stage, who)
    assert 'name="remember"' in visitor.get("/sign-in/code").text
    done = visitor.post("/sign-in/code", {"code": who.code(), "remember": "y"}, page="/sign-in/code")
    assert done.status_code == 303 and visitor.cookie("idp_remembered")
    return visitor


def _again(stage: Stage, who: Human, mark: str, **headers: str) -> tuple[str, Visitor]:
    """Sign in anew with a mark; where the password leads, and the browser."""
    visitor = stage.visitor()
    visitor.put_cookie("idp_remembered", mark)
    visitor.http.headers.update(headers)
    return visitor.password(who).headers["Location"], visitor


@spec("product.md", "remembered devices")
def test_off_unless_policy_allows_it(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    half = _half(stage, who)
    assert 'name="remember"' not in half.get("/sign-in/code").text
    assert half.post("/sign-in/code", {"code": who.code(), "remember": "y"}, page="/sign-in/code").status_code == 303
    assert half.cookie("idp_remembered") is None


@spec("RFC 9700", "4.14.2")
def test_a_copied_mark_is_found_out_and_the_device_forgotten(stage: Stage) -> None:
    who, other = stage.human(enrolled=True), stage.human(enrolled=True)
    _allow(stage, who)
    mark = _remembered(stage, who).cookie("idp_remembered") or ""
    assert _again(stage, other, mark)[0] == "/sign-in/code", "bound to its account"
    assert _again(stage, who, mark, **{"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"})[0] == "/sign-in/code"
    stage.sql("UPDATE remembered_devices SET ended_at = NULL WHERE person_id = :id", id=who.id)
    where, owner = _again(stage, who, mark)
    assert where == "/" and owner.is_in(), "control: the password is enough here"
    following = owner.cookie("idp_remembered") or ""
    assert following != mark
    stage.sql("UPDATE remembered_devices SET rotated_at = :at WHERE person_id = :id", at=stage.moment(minutes=1), id=who.id)
    assert _again(stage, who, mark)[0] == "/sign-in/code", "the copy"
    assert _again(stage, who, following)[0] == "/sign-in/code", "and with it the whole device"
    assert "authn:remembered_device:refuse" in stage.events(subject_id=who.id)


@spec("attacks.md", "M6")
@spec("ASVS 5.0", "7.5.1")
def test_a_remembered_device_changes_no_factor_and_ends_with_the_password_and_the_rule(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    _allow(stage, who)
    _, owner = _again(stage, who, _remembered(stage, who).cookie("idp_remembered") or "")
    assert owner.is_in() and owner.post("/account/recovery-codes").status_code == 403
    assert "again=1" in owner.get("/account/factors/add").headers["Location"]
    claims = stage.rp(owner).tokens()
    assert claims["id_token"]
    device = re.search(r"/account/remembered/(\w{26})/forget", owner.get("/account/factors").text)
    assert device and stage.visitor(stage.human()).post(f"/account/remembered/{device[1]}/forget").status_code == 404
    mark = owner.cookie("idp_remembered") or ""
    with stage.unit() as services:
        services.passwords.set(OPERATOR, services.people.need(who.username), who.password + "-x")
    who.password += "-x"
    assert _again(stage, who, mark)[0] == "/sign-in/code"


def test_never_for_an_administrator_nor_on_a_shared_computer(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    _allow(stage, who)
    shared = stage.visitor()
    assert shared.password(who, shared_computer="y").headers["Location"] == "/sign-in/code"
    assert 'name="remember"' not in shared.get("/sign-in/code").text
    mark = _remembered(stage, who).cookie("idp_remembered") or ""
    with stage.unit() as services:
        services.roles.grant(OPERATOR, who.id, Role.AUDITOR)
    assert _again(stage, who, mark)[0] == "/sign-in/code"
