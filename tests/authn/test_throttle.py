"""Guessing passwords waits; nobody is locked out by somebody else."""

import threading

import pytest

from idp.authn.results import Proceed, Refused
from idp.authn.store import AuthnStore
from idp.authn.throttle import IN_FLIGHT, Throttle, Wait, source_of
from idp.kernel.actor import Actor
from tests.authn.conftest import ELSEWHERE, HERE, NIP, PASSWORD

WRONG = "not-the-password-at-all"


@pytest.mark.parametrize("username", ["rina", "nobody"])
def test_the_fifth_failure_earns_the_first_delay(house, rina, username):
    answers = [house.try_password(WRONG, username) for _ in range(6)]
    assert answers[:4] == [Refused("wrong", 0)] * 4
    assert answers[4] == Refused("wrong", 30)
    assert answers[5].reason == "wait"
    assert 0 < answers[5].wait_seconds <= 31


def test_150_guesses_are_mostly_not_evaluated_and_the_person_gets_in_from_a_known_device(house, rina):
    """Attack P3."""
    device = house.sign_in_fully(actor=HERE).device_token
    answers = [house.try_password(WRONG, actor=ELSEWHERE).reason for _ in range(150)]
    assert answers.count("wrong") == 5
    assert house.try_password(PASSWORD, actor=ELSEWHERE).reason == "wait"
    assert isinstance(house.try_password(PASSWORD, actor=HERE, device=device), Proceed)
    assert isinstance(house.try_password(PASSWORD, actor=ELSEWHERE, device=device), Proceed)
    house.clock.advance(seconds=31)
    assert isinstance(house.try_password(PASSWORD, actor=ELSEWHERE), Proceed)


def test_all_spellings_share_one_counter(house, rina):
    """Attack P4."""
    names = ["rina", "RINA", " rina", "ｒｉｎａ", NIP, "19860926 200901 2 001", "rina@contoh.go.id", "Rina@Contoh.go.id"]
    reasons = [house.try_password(WRONG, name).reason for name in names]
    assert reasons == ["wrong"] * 5 + ["wait"] * 3


@pytest.mark.parametrize(
    "names",
    [
        ["nobody", "NOBODY", " nobody", "ｎｏｂｏｄｙ", "Nobody ", "nobody"],
        ["198001012005011001", "19800101 200501 1 001", "19800101.200501.1.001", "19800101-200501-1-001"] + ["198001012005011001"] * 2,
    ],
)
def test_spellings_of_an_unknown_name_share_one_as_those_of_a_known_one(house, names):
    """Otherwise the spellings that must wait would tell who has an account (attack P1)."""
    assert [house.try_password(WRONG, name).reason for name in names] == ["wrong"] * 5 + ["wait"]


def test_guesses_from_many_sources_wait_by_account(house, rina):
    """At most 100 consecutive failures a day, however many addresses an attacker has."""
    evaluated = 0
    for attempt in range(400):
        actor = Actor("anonymous", ip=f"10.0.{attempt // 200}.{attempt % 200}")
        evaluated += house.try_password(WRONG, actor=actor).reason == "wrong"
        house.clock.advance(seconds=100)
    assert evaluated <= 100


def test_it_is_never_for_good(house, rina):
    for attempt in range(300):
        house.try_password(WRONG, actor=Actor("anonymous", ip=f"10.0.0.{attempt % 250}"))
        house.clock.advance(seconds=1000)
    house.clock.advance(seconds=86_401)
    assert isinstance(house.try_password(PASSWORD), Proceed)


def test_success_from_one_source_does_not_clear_anothers_counter(house, rina):
    for _ in range(4):
        house.try_password(WRONG, actor=ELSEWHERE)
    assert isinstance(house.try_password(PASSWORD, actor=HERE), Proceed)
    assert house.try_password(WRONG, actor=ELSEWHERE) == Refused("wrong", 30)


def test_one_source_over_many_accounts_waits_in_the_end(house):
    reasons = [house.try_password(WRONG, f"user{number}").reason for number in range(302)]
    assert reasons == ["wrong"] * 300 + ["wait"] * 2
    assert house.try_password(WRONG, "somebody", actor=ELSEWHERE).reason == "wrong"


def test_many_good_sign_ins_from_one_office_do_not_wait(house, rina):
    for _ in range(320):
        held = house.throttle.password(rina.id, HERE.ip, None)
        assert not isinstance(held, Wait)
        house.throttle.succeeded(held)


def test_a_busy_service_counts_nothing(house, rina, monkeypatch):
    from idp.kernel.errors import Busy

    def busy(*_):
        raise Busy("hash.busy", "busy", retry_after=2)

    with monkeypatch.context() as patch:
        patch.setattr(house.hasher, "verify", busy)
        assert [house.try_password() for _ in range(8)] == [Refused("busy", 2)] * 8
    assert isinstance(house.try_password(), Proceed)


@pytest.mark.parametrize(
    ("ip", "source"),
    [
        (None, "-"), ("nonsense", "-"), ("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::9", "2001:db8::/64"), ("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::/64"),
    ],
)  # fmt: skip
def test_where_it_comes_from(ip, source):
    assert source_of(ip) == source


def test_a_burst_of_parallel_guesses_gets_no_further_than_a_row(database, clock):
    """Counted before evaluated: 60 at once, five go through."""
    outcomes, start = [], threading.Barrier(12)

    def guess():
        start.wait()
        for _ in range(5):
            with database.unit() as session:
                outcomes.append(Throttle(AuthnStore(session), clock).password("account", "192.0.2.1", None))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 60
    assert sum(not isinstance(outcome, Wait) for outcome in outcomes) == 5 + IN_FLIGHT


def test_old_counters_are_pruned(house, rina):
    house.try_password(WRONG)
    house.clock.advance(seconds=2 * 86_400)
    assert house.authn.prune(limit=100) >= 3
    assert house.authn.prune(limit=100) == 0
