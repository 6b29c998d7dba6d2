"""Links that set a password."""

import pytest

from idp.authn.results import Refused
from idp.kernel.actor import OPERATOR
from idp.kernel.errors import Conflict, Invalid
from tests.authn.conftest import ELSEWHERE, HERE, PASSWORD
from tests.spec import spec

NEW = "danau-toba-itu-luas-sekali"


def _token(house, letter="reset"):
    return [params["link"] for to, name, params in house.letters() if name == letter and to][-1].rpartition("/")[2]


@spec("ASVS", "6.4.3")
def test_a_reset_sets_a_password_signs_nobody_in_and_keeps_the_second_factor(house, rina):
    totp = house.totp(rina)
    kept = house.sign_in_fully(totp)
    house.links.send_reset(ELSEWHERE, "rina")
    token = _token(house)
    assert house.links.open("reset", token).id == rina.id
    changed = house.links.redeem(ELSEWHERE, "reset", token, NEW)
    assert changed.other_sessions == (kept.session.id,)
    assert isinstance(house.try_password(), Refused)
    row = house.try_password(NEW).sign_in
    assert house.sign_in.stage(row, 1) == "code"
    assert "password_changed" in [letter for _, letter, _ in house.letters()]


def test_a_link_works_once_and_only_for_an_hour(house, rina):
    house.links.send_reset(HERE, "rina")
    token = _token(house)
    assert house.links.redeem(HERE, "reset", token, NEW)
    assert house.links.redeem(HERE, "reset", token, NEW + "2") is None
    house.links.send_reset(HERE, "rina")
    house.clock.advance(seconds=3600)
    assert house.links.open("reset", _token(house)) is None


def test_a_newer_link_and_a_changed_password_end_the_older_link(house, rina):
    house.links.send_reset(HERE, "rina")
    older = _token(house)
    house.links.send_reset(HERE, "rina")
    assert house.links.open("reset", older) is None
    newer = _token(house)
    house.passwords.set(OPERATOR, rina, NEW)
    assert house.links.open("reset", newer) is None


def test_a_refused_password_does_not_spend_the_link(house, rina):
    house.links.send_reset(HERE, "rina")
    token = _token(house)
    with pytest.raises(Invalid, match="too short"):
        house.links.redeem(HERE, "reset", token, "short")
    assert house.links.redeem(HERE, "reset", token, NEW)


def test_a_link_does_not_tell_what_the_old_password_was(house, rina):
    """Whoever reads the mailbox could try passwords against it; who forgot it may choose it again."""
    house.links.send_reset(HERE, "rina")
    assert house.links.redeem(HERE, "reset", _token(house), PASSWORD)
    assert not isinstance(house.try_password(), Refused)
    row = house.try_password().sign_in
    row.needs_password_change = True
    with pytest.raises(Invalid, match="same as the old"):  # here it was just proved
        house.sign_in.change_password(HERE, row, PASSWORD)


def test_kinds_do_not_open_each_other(house, rina):
    house.links.send_reset(HERE, "rina")
    assert house.links.open("activation", _token(house)) is None
    assert house.links.open("nonsense", _token(house)) is None


def test_a_half_done_sign_in_ends_with_the_old_password(house, rina):
    proceed = house.try_password()
    house.links.send_reset(HERE, "rina")
    house.links.redeem(HERE, "reset", _token(house), NEW)
    assert house.sign_in.find(proceed.token) is None


@spec("ASVS", "6.3.8")
@pytest.mark.parametrize("name", ["nobody", "invited", "disabled", "mailless"])
def test_who_gets_no_letter_costs_the_same_rows(house, rina, name):
    house.person("invited", status="invited", email="i@contoh.go.id")
    house.people.disable(OPERATOR, house.person("disabled", email="d@contoh.go.id").id)
    house.person("mailless")
    before = len(house.letters())
    assert house.links.send_reset(HERE, name) is None
    (letter,) = house.letters()[before:]
    assert letter[0] is None
    assert house.links.open("reset", letter[2]["link"].rpartition("/")[2]) is None


def test_letters_are_few(house, rina):
    for _ in range(20):
        house.links.send_reset(HERE, "rina")
        house.links.send_reset(ELSEWHERE, "rina@contoh.go.id")
    assert [letter for to, letter, _ in house.letters() if to].count("reset") == 3


@pytest.mark.parametrize("name", ["", "x" * 10_000, "ri\0na", "\n"])
def test_hostile_names_are_answered_alike(house, rina, name):
    assert house.links.send_reset(HERE, name) is None


def test_an_activation_makes_the_person_active(house):
    budi = house.person("budi", status="invited", password=None, email="budi@contoh.go.id")
    link = house.links.send_activation(OPERATOR, budi)
    assert link.startswith("https://sso.test/activate/")
    handed_out, by_mail = link.rpartition("/")[2], _token(house, "activation")
    assert handed_out != by_mail, "only the mailed one proves the mailbox"
    assert house.links.redeem(HERE, "activation", by_mail, NEW).other_sessions == ()
    assert budi.status == "active" and budi.email_verified_at is not None
    assert house.links.redeem(HERE, "activation", handed_out, NEW) is None
    assert not isinstance(house.try_password(NEW, "budi"), Refused)


def test_a_disabled_person_is_neither_activated_nor_reset(house, rina):
    house.links.send_reset(HERE, "rina")
    budi = house.person("budi", status="invited", password=None)
    link = house.links.send_activation(OPERATOR, budi)
    house.people.disable(OPERATOR, budi.id)
    house.people.disable(OPERATOR, rina.id)
    assert house.links.redeem(HERE, "activation", link.rpartition("/")[2], NEW) is None
    assert house.links.redeem(HERE, "reset", _token(house), NEW) is None
    with pytest.raises(Conflict):
        house.links.send_activation(OPERATOR, budi)


def test_tokens_are_stored_as_digests_only(house, rina):
    house.links.send_reset(HERE, "rina")
    assert _token(house) not in str(house.events(rina))
    assert len(_token(house)) == 43


def test_who_forgot_and_guessed_need_not_wait_after_a_reset(house, rina):
    for _ in range(6):
        house.try_password("not-the-password-at-all")
        house.try_password("not-the-password-at-all", actor=ELSEWHERE)
    house.links.send_reset(HERE, "rina")
    house.links.redeem(HERE, "reset", _token(house), NEW)
    assert not isinstance(house.try_password(NEW), Refused)
    assert house.try_password(NEW, actor=ELSEWHERE).reason == "wait"


def test_a_link_verifies_the_address_it_was_mailed_to_and_no_other(house):
    handed = house.person("tono", status="invited", password=None, email="tono@contoh.go.id")
    link = house.links.send_activation(OPERATOR, handed)
    house.links.redeem(HERE, "activation", link.rpartition("/")[2], NEW)
    assert handed.email_verified_at is None, "handed out on paper"
    house.links.send_reset(HERE, "tono")
    token = _token(house)
    house.people.set_email(OPERATOR, handed.id, "lain@contoh.go.id")
    house.links.redeem(HERE, "reset", token, "awan-putih-berarak-jauh")
    assert handed.email_verified_at is None, "another address since"
    house.links.send_reset(HERE, "tono")
    house.links.redeem(HERE, "reset", _token(house), "kuda-hitam-berlari-cepat")
    assert handed.email_verified_at is not None
