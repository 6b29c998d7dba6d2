"""M1 and S1: a form of the second step sent many times at once signs its own browser in once, and nobody else (attacks.md)."""

from tests.attacks.stage import Human, Stage, Visitor, at_once
from tests.spec import spec

TIMES = 6


def _halves(stage: Stage, who: Human, page: str) -> tuple[str, list[Visitor]]:
    """The same browser many times, after the password: its cookies as they are before any answer; and a form's token."""
    one = stage.visitor()
    assert one.password(who).status_code == 303
    token, copies = one.token(page), [stage.visitor() for _ in range(TIMES)]
    for copy in copies:
        for cookie in one.http.cookies:
            copy.put_cookie(cookie.name, cookie.value or "")
    return token, copies


def _signed_in_once(stage: Stage, who: Human, copies: list[Visitor]) -> None:
    assert all(copy.is_in() for copy in copies), "whichever answer the browser kept, it is signed in"
    assert len({copy.cookie("idp_session") for copy in copies}) == 1, "into one session"
    events = stage.events(subject_id=who.id)
    assert events.count("authn:sign_in:factor") == 1 and events.count("authn:session:start") == 1
    assert "authn:factor:refuse" not in events


@spec("attacks.md", "M1")
@spec("ASVS 5.0", "15.4.2")
def test_a_code_sent_many_times_at_once_is_one_sign_in_of_its_own_browser(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    other = stage.visitor()
    other.password(who)
    token, copies = _halves(stage, who, "/sign-in/code")
    code = who.code()
    answers = at_once(TIMES, lambda n: copies[n].send("/sign-in/code", {"csrf_token": token, "code": code}))
    assert [(answer.status_code, answer.headers.get("Location")) for answer in answers] == [(303, "/")] * TIMES
    _signed_in_once(stage, who, copies)
    refused = other.code(code)
    assert refused.status_code == 400 and not other.is_in(), "another browser gets nothing for it"
    assert other.code(who.code(1)).status_code == 303, "and waits for nothing: no failure was counted but its own"


@spec("attacks.md", "M7")
def test_a_recovery_code_sent_many_times_at_once_costs_one(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    token, copies = _halves(stage, who, "/sign-in/recovery-code")
    form = {"csrf_token": token, "code": who.recovery_codes[0]}
    answers = at_once(TIMES, lambda n: copies[n].send("/sign-in/recovery-code?lost=1", form))
    assert {(answer.status_code, answer.headers.get("Location")) for answer in answers} == {(303, "/account/recovered?then=%2F")}
    _signed_in_once(stage, who, copies)
    left = stage.sql("SELECT count(*) FROM recovery_codes WHERE person_id = :id AND used_at IS NULL", id=who.id)
    assert left[0][0] == len(who.recovery_codes) - 1


@spec("attacks.md", "M2")
def test_a_wrong_code_sent_many_times_at_once_is_still_counted(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    token, copies = _halves(stage, who, "/sign-in/code")
    wrong = who.wrong_code()
    answers = at_once(TIMES, lambda n: copies[n].send("/sign-in/code", {"csrf_token": token, "code": wrong}))
    assert {answer.status_code for answer in answers} <= {400, 429} and not any(copy.is_in() for copy in copies)
    assert stage.events(subject_id=who.id).count("authn:factor:refuse") == TIMES
