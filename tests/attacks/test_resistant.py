"""M3, M6, M7: a rule that only a passkey meets is not met, nor taken from under somebody, by what is weaker (attacks.md)."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

import pytest
import requests

from idp.kernel.actor import OPERATOR
from idp.policy.second_factor import Level
from tests.attacks.keyring import ADD, ALONE, ENROL, SECOND, Holder, add, ask, browser, comes_in, half, holder, inside, send
from tests.attacks.stage import Human, Stage, Visitor, at_once
from tests.authenticator import Authenticator
from tests.rp import payload
from tests.spec import spec

RECOVERY = "/sign-in/recovery-code"


@contextmanager
def demanded(stage: Stage, who: Human) -> Iterator[None]:
    """A rule asks a phishing-resistant factor of this person."""
    _rule(stage, who, "phishing_resistant")
    yield
    _rule(stage, who, "none")


def _rule(stage: Stage, who: Human, level: Level) -> None:
    with stage.unit() as services:
        services.enforcement.set(OPERATOR, "person", who.id, level)
    time.sleep(5.2)  # other processes trust the rules they read for five seconds


def _codes_left(stage: Stage, who: Human) -> int:
    return int(stage.sql("SELECT count(*) FROM recovery_codes WHERE person_id = :id AND used_at IS NULL", id=who.id)[0][0])


def _with_codes(stage: Stage, *, enrolled: bool = False) -> Holder:
    held = holder(stage, enrolled=enrolled)
    with stage.unit() as services:
        held.who.recovery_codes = list(services.factors.regenerate_recovery_codes(OPERATOR, services.people.need(held.who.username)))
    return held


@spec("attacks.md", "M3")
@spec("attacks.md", "M7")
@spec("RFC 9470", "4")
@pytest.mark.parametrize("by", ["rule", "application"])
def test_a_recovery_code_or_an_app_is_no_passkey(stage: Stage, by: str) -> None:
    """Whoever phished a password and a code opens nothing with them, enrols nothing, and does not even use the code up."""
    held = _with_codes(stage, enrolled=True)
    who, visitor, key = held.who, browser(stage), held.device
    with demanded(stage, who) if by == "rule" else nullcontext():
        strict = stage.rp(visitor, min_acr="3" if by == "application" else None)
        query = "?flow=" + strict.begin().location.rpartition("/")[2]
        assert visitor.password(who, query=query).headers["Location"].partition("?")[0] == SECOND
        token = visitor.token(SECOND + query)
        for path, code in ((RECOVERY, who.recovery_codes[0]), ("/sign-in/code", who.code())):
            for ask_for in (path + query, path):
                assert visitor.get(ask_for).headers["Location"].partition("?")[0] == SECOND, ask_for
                answer = visitor.send(ask_for, {"csrf_token": token, "code": code})
                assert answer.status_code == 303 and answer.headers["Location"].partition("?")[0] == SECOND, ask_for
        assert _codes_left(stage, who) == 10, "it is kept for where it helps"
        for path in (ENROL, "/sign-in/enrol", "/sign-in/done"):
            assert visitor.get(path).headers["Location"].partition("?")[0] == SECOND, path
        assert not visitor.is_in() and not re.search("recovery-code", visitor.get(SECOND + query).text), "nor is it offered"
        comes_in(visitor, key, SECOND)
        assert payload(strict.tokens()["id_token"])["acr"] == "urn:sumut:acr:3"
    elsewhere = half(stage, who)
    assert elsewhere.post(RECOVERY, {"code": who.recovery_codes[0]}, page=RECOVERY).status_code == 303 and elsewhere.is_in()


@spec("attacks.md", "M3")
def test_a_session_of_a_recovery_code_is_too_weak_for_the_account_of_such_a_person(stage: Stage) -> None:
    held = _with_codes(stage)
    visitor = half(stage, held.who)
    assert visitor.post(RECOVERY, {"code": held.who.recovery_codes[0]}, page=RECOVERY).status_code == 303
    assert visitor.get("/account/factors").status_code == 200
    with demanded(stage, held.who):
        for path in ("/account", "/account/factors", ADD, "/account/recovery-codes"):
            where = visitor.get(path).headers.get("Location", "")
            assert where.startswith(("/sign-in/step-up", "/sign-in?")), (path, where)
        assert visitor.post("/account/recovery-codes").status_code == 403
        assert _codes_left(stage, held.who) == 9


@spec("attacks.md", "M6")
def test_the_last_passkey_stays_where_a_rule_demands_one_and_says_why(stage: Stage) -> None:
    held = holder(stage, enrolled=True)
    visitor = inside(held)
    with demanded(stage, held.who):
        refused = _remove(held, visitor, 0)
        assert refused.status_code == 409 and "requires a passkey" in refused.text and len(held.passkeys()) == 1
        add(visitor, Authenticator(stage.server.base))
        assert _remove(held, visitor, 1).status_code == 303, "one of two may go"
        assert _remove(held, visitor, 0).status_code == 409 and len(held.passkeys()) == 1
    assert _remove(held, visitor, 0).status_code == 303 and not held.passkeys(), "without the rule it may"


def _remove(held: Holder, visitor: Visitor, number: int) -> requests.Response:
    return visitor.post(f"/account/passkeys/{held.passkeys()[number][0]}/remove")


@spec("attacks.md", "M6")
@spec("ASVS 5.0", "15.4.2")
def test_two_removed_at_once_leave_one(stage: Stage) -> None:
    held = holder(stage)
    visitor = inside(held)
    with demanded(stage, held.who):
        for _ in range(3):
            add(visitor, Authenticator(stage.server.base))
            token, paths = visitor.token(), [f"/account/passkeys/{row[0]}/remove" for row in held.passkeys()]
            statuses = _both(visitor, paths, token)
            assert sorted(statuses) == [303, 409] and len(held.passkeys()) == 1, statuses


def _both(visitor: Visitor, paths: list[str], token: str) -> Sequence[int]:
    return at_once(2, lambda n: visitor.send(paths[n], {"csrf_token": token}).status_code)


@spec("attacks.md", "M6")
def test_where_only_an_application_demands_one_the_next_sign_in_enrols_it(stage: Stage) -> None:
    """A rule about a person keeps the last one; an application's demand cannot, so it is told there, before anything is opened."""
    held = holder(stage, enrolled=True)
    visitor = inside(held)
    strict = stage.rp(visitor, min_acr="3")
    assert strict.tokens()
    assert _remove(held, visitor, 0).status_code == 303
    again = browser(stage)
    query = "?flow=" + stage.rp(again, min_acr="3").begin().location.rpartition("/")[2]
    assert again.password(held.who, query=query).headers["Location"].startswith("/sign-in/code")
    answer = again.post("/sign-in/code" + query, {"code": held.who.code()}, page="/sign-in/code" + query)
    assert answer.headers["Location"].startswith(ENROL)
    assert "asks for a passkey" in again.get(answer.headers["Location"]).text
    assert send(again, ENROL, Authenticator(stage.server.base).create(ask(again, ENROL)), name="baru").status_code in (200, 303)
    assert again.get("/sign-in/done").status_code == 303 and again.is_in()


@spec("attacks.md", "M3")
def test_whoever_lost_the_passkey_goes_by_way_of_the_agency_and_makes_a_new_one(stage: Stage) -> None:
    """Not locked out: the one way that a rule leaves open ends at a new passkey, never at an app."""
    held = _with_codes(stage)
    with stage.unit() as services:
        code = services.authn.agency_codes.issue(OPERATOR, services.people.need(held.who.username), "Ponsel hilang, datang sendiri").code
    with demanded(stage, held.who):
        visitor = half(stage, held.who)
        path = "/sign-in/agency-code"
        assert visitor.post(path, {"code": code}, page=path).headers["Location"] == ENROL
        for other in ("/sign-in/enrol", "/sign-in/done", RECOVERY, ALONE.replace("passkey", "security-key")):
            assert visitor.get(other).headers["Location"] == ENROL, other
        new = Authenticator(stage.server.base)
        assert send(visitor, ENROL, new.create(ask(visitor, ENROL)), name="baru").status_code in (200, 303)
        visitor.get("/sign-in/done")
        assert visitor.is_in()
        comes_in(browser(stage), new)
