"""Codes: once, throttled, explained."""

import pytest

from idp.authn.results import Accepted, Refused
from idp.kernel.actor import OPERATOR
from tests.authn.conftest import ELSEWHERE, HERE
from tests.spec import spec


@pytest.fixture
def totp(house, rina):
    return house.totp(rina)


def _wrong(house, totp):
    """Six digits that no step within the explained drift has."""
    now = int(house.clock.now().timestamp())
    near = {totp.at(now + 30 * step) for step in range(-30, 31)}
    return next(code for code in (f"{number:06}" for number in range(1000)) if code not in near)


@spec("RFC 6238", "5.2")
def test_a_code_passes_once_in_every_place(house, rina, totp):
    code = house.now_code(totp)
    assert house.sign_in.code(HERE, house.try_password().sign_in, code) == Accepted()
    assert house.sign_in.code(ELSEWHERE, house.try_password(actor=ELSEWHERE).sign_in, code).reason == "replayed"


@spec("RFC 6238", "5.2")
def test_an_older_code_does_not_pass_after_a_newer_one(house, rina, totp):
    older = house.now_code(totp, steps=-1)
    assert house.sign_in.code(HERE, house.try_password().sign_in, house.now_code(totp)) == Accepted()
    assert house.sign_in.code(HERE, house.try_password().sign_in, older).reason == "replayed"


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_step_either_way_is_allowed(house, rina, totp, steps):
    assert house.sign_in.code(HERE, house.try_password().sign_in, house.now_code(totp, steps=steps)) == Accepted()


@pytest.mark.parametrize(("steps", "minutes"), [(-8, -4), (8, 4), (2, 1), (-2, -1), (20, 10), (-20, -10)])
def test_a_wrong_clock_is_refused_counted_and_explained(house, rina, totp, steps, minutes):
    row = house.try_password().sign_in
    assert house.sign_in.code(HERE, row, house.now_code(totp, steps=steps)) == Refused("drift", 0, minutes)
    assert row.failures == 1
    tag, details = house.events(rina)[-1]
    assert (tag, details["reason"], details["drift_minutes"]) == ("authn:factor:refuse", "drift", minutes)


def test_a_clock_off_by_more_is_just_wrong(house, rina, totp):
    assert house.sign_in.code(HERE, house.try_password().sign_in, house.now_code(totp, steps=21)).reason == "wrong"


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}{1} ", "{0}-{1}"])
def test_a_gap_in_the_code_is_forgiven(house, rina, totp, typed):
    code = house.now_code(totp)
    assert house.sign_in.code(HERE, house.try_password().sign_in, typed.format(code[:3], code[3:])) == Accepted()


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "1" * 10_000, "12\0456"])
def test_what_is_no_code_is_wrong_and_counts_for_nothing(house, rina, totp, typed):
    for _ in range(10):
        assert house.sign_in.code(HERE, house.try_password().sign_in, typed) == Refused("wrong")


@spec("NIST SP 800-63B-4", "3.2.2")
def test_guessing_codes_waits_whatever_the_address_or_sign_in(house, rina, totp):
    """Attack M2: 50 wrong codes, a new sign-in every third, a new address each time."""
    evaluated = 0
    wrong = _wrong(house, totp)
    for attempt in range(50):
        if attempt % 3 == 0:
            row = house.try_password().sign_in
        actor = HERE.__class__("anonymous", ip=f"203.0.113.{attempt}")
        evaluated += house.sign_in.code(actor, row, wrong).reason != "wait"
    assert evaluated == 5
    assert house.sign_in.code(HERE, row, house.now_code(totp)).reason == "wait"
    assert [letter for _, letter, _ in house.letters()].count("lockout") == 1
    house.clock.advance(seconds=61)
    row = house.try_password().sign_in
    assert house.sign_in.code(HERE, row, house.now_code(totp)) == Accepted()


def test_wrong_codes_do_not_touch_the_password_budget(house, rina, totp):
    wrong = _wrong(house, totp)
    row = house.try_password().sign_in
    for _ in range(6):
        house.sign_in.code(HERE, row, wrong)
    assert not isinstance(house.try_password(), Refused)


def test_a_known_device_is_not_locked_out_by_guesses_from_elsewhere(house, rina, totp):
    device = house.sign_in_fully(totp).device_token
    wrong = _wrong(house, totp)
    foreign = house.try_password(actor=ELSEWHERE).sign_in
    for _ in range(20):
        house.sign_in.code(ELSEWHERE, foreign, wrong)
    house.clock.advance(seconds=31)
    assert house.sign_in.code(HERE, house.try_password(device=device).sign_in, house.now_code(totp)) == Accepted()
    assert house.sign_in.code(ELSEWHERE, foreign, wrong).reason == "wait"


def test_success_clears_the_failures_of_its_own_source(house, rina, totp):
    wrong = _wrong(house, totp)
    for _ in range(3):
        row = house.try_password().sign_in
        for _ in range(4):
            assert house.sign_in.code(HERE, row, wrong).wait_seconds == 0
        assert house.sign_in.code(HERE, row, house.now_code(totp)) == Accepted()
        house.clock.advance(seconds=60)


def test_several_apps_each_work(house, rina, totp):
    second = house.totp(rina)
    assert house.sign_in.code(HERE, house.try_password().sign_in, house.now_code(second)) == Accepted()
    assert house.sign_in.code(HERE, house.try_password().sign_in, house.now_code(totp)) == Accepted()


@spec("ASVS", "6.5.1")
def test_a_recovery_code_works_once_and_is_told_about(house, rina, totp):
    codes = house.factors.regenerate_recovery_codes(OPERATOR, rina)
    row = house.try_password().sign_in
    assert house.sign_in.recovery_code(HERE, row, codes[0]) == Accepted(left=9)
    assert row.amr == "pwd mfa"
    assert house.sign_in.complete(HERE, row, None).session.acr == "urn:sumut:acr:2"
    assert house.sign_in.recovery_code(HERE, house.try_password().sign_in, codes[0]).reason == "wrong"
    assert [(to, letter) for to, letter, _ in house.letters()].count(("rina@contoh.go.id", "recovery_code_used")) == 1
    assert codes[0] not in str(house.events(rina))


def test_a_recovery_code_is_read_kindly(house, rina, totp):
    code = house.factors.regenerate_recovery_codes(OPERATOR, rina)[0]
    typed = " " + code.upper().replace("-", " ").replace("0", "O").replace("1", "I")
    assert isinstance(house.sign_in.recovery_code(HERE, house.try_password().sign_in, typed), Accepted)


def test_a_new_set_ends_the_old_one(house, rina, totp):
    old = house.factors.regenerate_recovery_codes(OPERATOR, rina)
    new = house.factors.regenerate_recovery_codes(OPERATOR, rina)
    row = house.try_password().sign_in
    assert house.sign_in.recovery_code(HERE, row, old[0]).reason == "wrong"
    assert isinstance(house.sign_in.recovery_code(HERE, row, new[0]), Accepted)


def test_recovery_codes_are_long_and_grouped(house, rina, totp):
    codes = house.factors.regenerate_recovery_codes(OPERATOR, rina)
    assert all(len(code.replace("-", "")) * 5 >= 112 for code in codes)  # ASVS 6.5.2: then a plain digest is enough
    assert all([len(group) for group in code.split("-")] == [4] * 6 for code in codes)


def test_another_persons_recovery_code_is_wrong(house, rina, totp):
    budi = house.person("budi")
    house.totp(budi)
    code = house.factors.regenerate_recovery_codes(OPERATOR, budi)[0]
    assert house.sign_in.recovery_code(HERE, house.try_password().sign_in, code).reason == "wrong"


def test_guessing_recovery_codes_waits(house, rina, totp):
    codes = house.factors.regenerate_recovery_codes(OPERATOR, rina)
    row = house.try_password().sign_in
    reasons = [house.sign_in.recovery_code(HERE, row, "2" * 24).reason for _ in range(20)]
    assert reasons == ["wrong"] * 5 + ["wait"] * 15
    assert house.sign_in.recovery_code(HERE, row, codes[0]).reason == "wait"


def test_a_stored_key_is_sealed_and_bound_to_its_row(house, rina, totp):
    second = house.totp(rina)
    one, other = house.store.totp(rina.id)
    assert totp.secret.encode() not in one.sealed
    one.sealed, other.sealed = other.sealed, one.sealed
    house.session.flush()
    with pytest.raises(Exception, match="sealed for another place"):
        house.sign_in.code(HERE, house.try_password().sign_in, house.now_code(second))
