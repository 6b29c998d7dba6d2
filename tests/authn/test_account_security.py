"""Second factors as account pages, the help desk and the command line manage them."""

import pyotp
import pytest

from idp.authn.results import Enrolled, Refused
from idp.kernel.actor import OPERATOR, Actor
from idp.kernel.errors import Conflict, NotAllowed, NotFound
from tests.authn.conftest import HERE


@pytest.fixture
def me(house, rina):
    return Actor("person", rina.id, house.sign_in_fully().session.id, ip=HERE.ip)


def test_a_signed_in_person_adds_an_authenticator(house, rina, me):
    shown = house.factors.begin(me, rina)
    assert house.factors.begin(me, rina) == shown
    assert len(shown.secret) == 32
    assert shown.grouped.replace(" ", "") == shown.secret
    assert shown.uri.startswith("otpauth://totp/SSO%20Sumatera%20Utara:rina?secret=" + shown.secret)
    assert shown.qr_svg.startswith("<svg")
    assert "style=" not in shown.qr_svg
    assert house.factors.confirm(me, rina, "123", "HP") == Refused("wrong")
    outcome = house.factors.confirm(me, rina, house.now_code(pyotp.TOTP(shown.secret)), "  HP   Rina ")
    assert isinstance(outcome, Enrolled)
    assert [row.name for row in house.factors.list(rina.id)] == ["HP Rina"]
    assert house.factors.has_second_factor(rina.id)
    assert house.factors.recovery_codes_left(rina.id) == 10
    with pytest.raises(Conflict):
        house.factors.confirm(me, rina, house.now_code(pyotp.TOTP(shown.secret)), "HP")


def test_a_wrong_clock_is_explained_at_set_up(house, rina, me):
    shown = house.factors.begin(me, rina)
    assert house.factors.confirm(me, rina, house.now_code(pyotp.TOTP(shown.secret), steps=10), "HP") == Refused("drift", 0, 5)


def test_a_second_app_keeps_the_recovery_codes(house, rina, me):
    house.factors.enrol_for(OPERATOR, rina)
    house.factors.regenerate_recovery_codes(OPERATOR, rina)
    shown = house.factors.begin(me, rina)
    assert house.factors.confirm(me, rina, house.now_code(pyotp.TOTP(shown.secret)), "") == Enrolled([])


def test_nobody_adds_for_somebody_else(house, rina, me):
    budi = house.person("budi")
    with pytest.raises(NotAllowed):
        house.factors.begin(me, budi)
    with pytest.raises(NotAllowed):
        house.factors.begin(Actor("anonymous"), rina)


def test_set_ups_are_bound_to_their_session(house, rina, me):
    other = Actor("person", rina.id, house.sign_in_fully().session.id)
    shown = house.factors.begin(me, rina)
    with pytest.raises(Conflict):
        house.factors.confirm(other, rina, house.now_code(pyotp.TOTP(shown.secret)), "HP")


def test_there_is_a_most(house, rina, me):
    for _ in range(5):
        house.factors.enrol_for(OPERATOR, rina)
    with pytest.raises(Conflict) as refused:
        house.factors.begin(me, rina)
    assert refused.value.code == "factor.too_many"


def test_removing_the_last_one_drops_the_recovery_codes_and_tells(house, rina, me):
    house.factors.enrol_for(OPERATOR, rina)
    house.factors.regenerate_recovery_codes(OPERATOR, rina)
    (factor,) = house.factors.list(rina.id)
    house.factors.remove(me, rina, factor.id)
    assert not house.factors.has_second_factor(rina.id)
    assert house.factors.recovery_codes_left(rina.id) == 0
    assert house.letters()[-1][1] == "factor_removed"
    with pytest.raises(NotFound):
        house.factors.remove(me, rina, factor.id)


def test_the_last_one_stays_where_policy_demands_one(house, rina, me):
    house.factors.enrol_for(OPERATOR, rina)
    house.demanded.add(rina.id)
    (factor,) = house.factors.list(rina.id)
    with pytest.raises(Conflict) as refused:
        house.factors.remove(me, rina, factor.id)
    assert refused.value.code == "factor.last"


def test_somebody_elses_factor_is_not_found(house, rina, me):
    budi = house.person("budi")
    house.factors.enrol_for(OPERATOR, budi)
    with pytest.raises(NotFound):
        house.factors.remove(me, rina, house.factors.list(budi.id)[0].id)
    assert house.factors.has_second_factor(budi.id)


def test_a_reset_takes_everything_and_ends_half_done_sign_ins(house, rina):
    house.factors.enrol_for(OPERATOR, rina)
    house.factors.regenerate_recovery_codes(OPERATOR, rina)
    house.store.sessions.remember_device(b"d" * 32, rina.id, house.clock.now())
    proceed = house.try_password()
    assert house.factors.reset(OPERATOR, rina) == 1
    assert not house.store.accounts.find("id", rina.id).has_devices
    assert house.sign_in.find(proceed.token) is None
    assert house.factors.recovery_codes_left(rina.id) == 0


def test_recovery_codes_need_a_factor(house, rina):
    with pytest.raises(Conflict):
        house.factors.regenerate_recovery_codes(OPERATOR, rina)
