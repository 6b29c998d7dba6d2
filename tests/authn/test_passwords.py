"""Setting and changing passwords."""

from datetime import date

import pytest

from idp.authn.results import Changed, Refused
from idp.kernel.actor import OPERATOR, Actor
from idp.kernel.errors import Invalid
from idp.kernel.randomness import digest
from tests.authn.conftest import HERE, NIP, PASSWORD

NEW = "danau-toba-itu-luas-sekali"


@pytest.fixture
def full(house):
    house.organisations.seed(OPERATOR)
    return house.person(
        "rina", number=NIP, name="Rina Marpaung Siregar", birthdate=date(1986, 9, 26), government_code="12.71", email="rina@contoh.go.id"
    )


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("a", "too_short"),
        ("kuda-laut-12ab", "too_short"),
        ("x" * 129, "too_long"),
        ("passwordpassword", "too_common"),
        ("123456789012345", "too_common"),
        ("qwertyuiopasdfgh", "too_common"),
        ("aaaaaaaaaaaaaaaaaaaa", "too_common"),
        ("rahasia123rahasia123", "too_common"),
        ("P@ssw0rd1234567", "too_common"),
        ("marpaung-siregar!", "contains_name"),
        ("Siregar2026Siregar", "contains_name"),
        ("rumah 198609262009012001", "contains_number"),
        ("1986-0926-2009-012001", "contains_number"),
        ("lahir 26/09/1986 di medan", "contains_birthdate"),
        ("Kota Medan Kota 2026", "contains_organisation"),
        ("SSO Sumatera Utara 1", "contains_organisation"),
    ],
)
def test_why_a_password_is_refused(house, full, password, reason):
    with pytest.raises(Invalid) as refused:
        house.passwords.set(OPERATOR, full, password)
    assert refused.value.code == f"password.{reason}"
    assert refused.value.params["field"] == "password"


@pytest.mark.parametrize(
    "password",
    [
     "kuda laut menari lagi", "🐎🌊🐠 di danau yang dalam", "xK9#mQ2$vL5&nR8", "correct horse battery staple", "x7pqwmzk" * 3 + "!" * 40,
     "saya suka durian dan kopi sidikalang " * 3 + "sekali"],
)  # fmt: skip
def test_long_passwords_of_any_kind_are_fine(house, full, password):
    assert isinstance(house.passwords.set(OPERATOR, full, password), Changed)


def test_twelve_are_enough_with_a_second_factor_there_or_demanded(house, full):
    twelve = "kudalaut-9xq"
    with pytest.raises(Invalid) as refused:
        house.passwords.set(OPERATOR, full, twelve)
    assert refused.value.params["minimum"] == 15
    house.demanded.add(full.id)
    house.passwords.set(OPERATOR, full, twelve)
    house.demanded.clear()
    house.factors.enrol_for(OPERATOR, full)
    assert house.passwords.minimum_length(full.id) == 12


def test_a_change_proves_the_old_one_and_names_the_other_sessions(house, rina):
    here, there = house.sign_in_fully(), house.sign_in_fully()
    me = Actor("person", rina.id, here.session.id, ip=HERE.ip)
    assert house.passwords.change(me, rina, "not-the-old-one-at-all", NEW) == Refused("wrong", 0)
    assert house.passwords.change(me, rina, PASSWORD, NEW) == Changed(rina.id, (there.session.id,))
    assert not isinstance(house.try_password(NEW), Refused)
    assert house.letters()[-1][1] == "password_changed"


def test_the_old_password_is_not_a_new_one(house, rina):
    with pytest.raises(Invalid) as refused:
        house.passwords.change(Actor("person", rina.id, "s"), rina, PASSWORD, PASSWORD)
    assert refused.value.code == "password.same_as_old"


def test_guessing_the_old_password_in_a_session_waits_there_only(house, rina):
    me = Actor("person", rina.id, "some-session", ip=HERE.ip)
    reasons = [house.passwords.change(me, rina, f"guess-number-{number}", NEW).reason for number in range(7)]
    assert reasons == ["wrong"] * 5 + ["wait"] * 2
    assert not isinstance(house.try_password(), Refused)


@pytest.mark.parametrize("encoded", ["plain", "$1$abc$def", "", "md5:aaaa"])
def test_hashes_nobody_can_verify_are_not_taken_over(house, rina, encoded):
    with pytest.raises(Invalid):
        house.passwords.import_hash(OPERATOR, rina, encoded)


def test_an_operators_list_is_obeyed(tmp_path):
    from idp.authn.blocklist import Blocklist

    file = tmp_path / "leaked.txt"
    file.write_text("# leaked here\nDanau-Toba-Itu-Luas-Sekali\n", encoding="utf-8")
    assert NEW in Blocklist(file).words
    with pytest.raises(Invalid):
        _ = Blocklist(tmp_path / "missing.txt").words


def _known(house, token, person):
    return house.store.sessions.known_device(digest(token), person.id)


@pytest.mark.parametrize("way", ["change", "reset", "forced"])
def test_a_new_password_forgets_every_device_but_this_one(house, way):
    """A thief who signed in with the old one keeps no budget of guesses of their own (attack P3)."""
    rina, budi = house.person(email="rina@contoh.go.id"), house.person("budi")
    mine, thief, budis = house.sign_in_fully(), house.sign_in_fully(), house.sign_in_fully(username="budi")
    me = Actor("person", rina.id, mine.session.id, ip=HERE.ip)
    if way == "change":
        assert isinstance(house.passwords.change(me, rina, PASSWORD, NEW, device=mine.device_token), Changed)
    elif way == "reset":
        house.links.send_reset(HERE, "rina")
        link = next(params["link"] for _, letter, params in reversed(house.letters()) if letter == "reset")
        assert house.links.redeem(HERE, "reset", link.rpartition("/")[2], NEW, device=mine.device_token)
    else:
        row = house.try_password(device=mine.device_token).sign_in
        row.needs_password_change = True
        house.sign_in.change_password(HERE, row, NEW)
    assert _known(house, mine.device_token, rina)
    assert not _known(house, thief.device_token, rina)
    assert _known(house, budis.device_token, budi)
    assert house.try_password(NEW, device=thief.device_token).sign_in.device_digest is None


@pytest.mark.parametrize("cookie", [None, "", "x" * 200, "é", "somebody else's"])
def test_a_cookie_that_is_no_device_of_theirs_keeps_none(house, cookie):
    rina = house.person()
    started = house.sign_in_fully()
    me = Actor("person", rina.id, started.session.id, ip=HERE.ip)
    house.passwords.change(me, rina, PASSWORD, NEW, device=cookie)
    assert not house.store.accounts.find("id", rina.id).has_devices


def test_a_password_set_by_an_operator_forgets_all_devices(house):
    rina = house.person()
    house.sign_in_fully()
    house.passwords.set(OPERATOR, rina, NEW)
    assert not house.store.accounts.find("id", rina.id).has_devices
