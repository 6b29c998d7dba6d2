"""Sessions end at use, not by a clean-up job."""

import pytest

from idp.kernel.actor import OPERATOR, Actor
from tests.authn.conftest import ELSEWHERE, HERE
from tests.spec import spec


@spec("ASVS", "7.3.1")
def test_a_session_ends_when_idle(house, rina):
    token = house.sign_in_fully().token
    house.clock.advance(seconds=3599)
    assert house.sessions.find(token)
    house.clock.advance(seconds=3599)
    assert house.sessions.find(token)
    house.clock.advance(seconds=3600)
    assert house.sessions.find(token) is None


@spec("ASVS", "7.3.2")
def test_a_session_ends_absolutely(house, rina):
    token = house.sign_in_fully().token
    for _ in range(12 * 2 - 1):
        house.clock.advance(seconds=1800)
        assert house.sessions.find(token)
    house.clock.advance(seconds=1800)
    assert house.sessions.find(token) is None


def test_last_seen_is_written_once_a_minute_at_most_and_never_in_a_reading_unit(house, rina):
    started = house.sign_in_fully()
    seen = [house.sessions.list(rina.id)[0].last_seen_at]
    house.clock.advance(seconds=59)
    house.sessions.find(started.token)
    house.session.expire_all()
    assert house.sessions.list(rina.id)[0].last_seen_at == seen[0]
    house.clock.advance(seconds=1)
    house.session.info["read_only"] = True
    house.sessions.find(started.token)
    house.session.expire_all()
    assert house.sessions.list(rina.id)[0].last_seen_at == seen[0]
    house.session.info["read_only"] = False
    house.sessions.find(started.token)
    house.session.expire_all()
    assert house.sessions.list(rina.id)[0].last_seen_at == house.clock.now()


def test_a_disabled_persons_session_is_dead_at_once(house, rina):
    token = house.sign_in_fully().token
    house.people.disable(OPERATOR, rina.id)
    assert house.sessions.find(token) is None


@spec("ASVS", "7.3.1")
@spec("ASVS", "7.3.2")
def test_why_a_session_ended_is_known_to_its_token(house, rina):
    ended = house.sign_in_fully().token
    house.sessions.end_all(OPERATOR, rina.id, reason="factors_reset")
    assert house.sessions.ending(ended) == "factors"
    idle = house.sign_in_fully().token
    house.clock.advance(seconds=3600)
    assert house.sessions.ending(idle) == "idle"
    lasting = house.sign_in_fully().token
    for _ in range(12 * 2):
        house.clock.advance(seconds=1800)
        house.sessions.find(lasting)
    assert house.sessions.ending(lasting) == "time"
    for unknown in (None, "", "x" * 43, "x" * 100_000, "kéy", "\0"):
        assert house.sessions.ending(unknown) is None


@pytest.mark.parametrize("token", [None, "", "x" * 43, "x" * 100_000, "kéy", "\0"])
def test_nonsense_finds_nothing(house, rina, token):
    house.sign_in_fully()
    assert house.sessions.find(token) is None


def test_ended_sessions_stay_ended_and_are_recorded(house, rina):
    one, two, three = house.sign_in_fully(), house.sign_in_fully(), house.sign_in_fully()
    assert house.sessions.end(HERE, one.session.id, "logout") == (one.session.id,)
    assert house.sessions.end(HERE, one.session.id, "logout") == ()
    assert house.sessions.end_all(OPERATOR, rina.id, except_id=two.session.id, reason="operator") == (three.session.id,)
    assert [house.sessions.find(started.token) is None for started in (one, two, three)] == [True, False, True]
    assert [row.id for row in house.sessions.list(rina.id)] == [two.session.id]
    assert [details["reason"] for tag, details in house.events(rina) if tag == "authn:session:end"] == ["logout", "operator"]


def test_only_a_digest_of_the_token_is_stored(house, rina):
    token = house.sign_in_fully().token
    row = house.sessions.list(rina.id)[0]
    assert len(token) >= 43
    assert token.encode() not in row.token_digest


def test_a_hostile_browser_name_is_cut(house, rina):
    house.sign_in_fully(actor=Actor("anonymous", ip=ELSEWHERE.ip, agent="x" * 5000))
    assert len(house.sessions.list(rina.id)[0].agent) == 200
