"""From a name to a session."""

import pytest

from idp.authn.results import Accepted, Enrolled, Proceed, Refused
from idp.kernel.actor import OPERATOR
from idp.kernel.errors import Conflict, NotAllowed
from tests.authn.conftest import ELSEWHERE, HERE, NIP, PASSWORD
from tests.spec import spec


def test_a_right_password_proceeds_and_a_person_without_a_factor_may_complete(house, rina):
    proceed = house.try_password()
    assert isinstance(proceed, Proceed)
    assert house.sign_in.find(proceed.token).id == proceed.sign_in.id
    assert house.sign_in.stage(proceed.sign_in, 1) == "complete"
    started = house.sign_in.complete(HERE, proceed.sign_in, None)
    assert started.session.amr == ("pwd",)
    assert started.session.acr == "urn:sumut:acr:1"
    assert house.sessions.find(started.token).person_id == rina.id


@pytest.mark.parametrize(
    "name", ["rina", "RINA", " rina ", "ｒｉｎａ", NIP, "19860926 200901 2 001", "rina@contoh.go.id", "RINA@contoh.go.id"]
)
def test_every_spelling_of_a_name_signs_in(house, rina, name):
    assert isinstance(house.try_password(username=name), Proceed)


@pytest.mark.parametrize(
    ("username", "password"),
    [("rina", "wrong-password-here"), ("nobody", PASSWORD), ("invited", PASSWORD), ("disabled", PASSWORD), ("empty", PASSWORD)],
)
@spec("ASVS", "6.3.8")
def test_who_does_not_get_in_is_told_the_same(house, rina, username, password):
    house.person("invited", status="invited")
    house.people.disable(OPERATOR, house.person("disabled").id)
    house.person("empty", password=None)
    assert house.try_password(password, username) == Refused("wrong")


@pytest.mark.parametrize("password", ["x" * 129, "x" * 2**20, "nul\0byte-in-a-password", "", "\ud800" * 20])
def test_hostile_passwords_are_refused_before_hashing(house, rina, password, monkeypatch):
    monkeypatch.setattr(type(house.hasher), "verify", lambda *_: pytest.fail("hashed"))
    assert house.try_password(password) == Refused("wrong")


@pytest.mark.parametrize("username", ["x" * 2**20, "ri\0na", "", "\ud800"])
def test_hostile_names_are_refused_before_a_look_up(house, rina, username):
    assert house.try_password(username=username) == Refused("wrong")


@spec("NIST SP 800-63B-4", "3.1.1.2")
def test_both_unicode_forms_of_a_password_sign_in(house):
    house.person("nfc", password="caf\u00e9-di-tepi-toba-biru")
    assert isinstance(house.try_password("cafe\u0301-di-tepi-toba-biru", "nfc"), Proceed)


def test_all_of_a_long_password_counts(house):
    long = "panjang sekali kata sandi ini, lebih dari tujuh puluh dua bita, supaya beda di akhir: A"
    house.person("long", password=long)
    assert isinstance(house.try_password(long[:-1] + "B", "long"), Refused)
    assert isinstance(house.try_password(long, "long"), Proceed)


def test_a_password_changed_or_account_disabled_while_hashing_does_not_pass(house, rina, monkeypatch):
    real = house.hasher.verify

    def slow(encoded, password):
        house.people.disable(OPERATOR, rina.id)
        return real(encoded, password)

    monkeypatch.setattr(house.hasher, "verify", slow)
    assert house.try_password() == Refused("wrong")


def test_a_half_done_sign_in_is_no_session(house, rina):
    proceed = house.try_password()
    assert house.sessions.find(proceed.token) is None
    started = house.sign_in.complete(HERE, proceed.sign_in, None)
    assert house.sign_in.find(started.token) is None


def test_who_has_a_factor_always_proves_it(house, rina):
    totp = house.totp(rina)
    proceed = house.try_password()
    assert house.sign_in.stage(proceed.sign_in, 1) == "code"
    with pytest.raises(NotAllowed):
        house.sign_in.complete(HERE, proceed.sign_in, None)
    with pytest.raises(NotAllowed):
        house.sign_in.begin_enrolment(HERE, proceed.sign_in)
    with pytest.raises(NotAllowed):
        house.sign_in.change_password(HERE, proceed.sign_in, "danau-toba-itu-luas-sekali")
    assert house.sign_in.code(HERE, proceed.sign_in, house.now_code(totp)) == Accepted()
    started = house.sign_in.complete(HERE, proceed.sign_in, None)
    assert started.session.amr == ("pwd", "otp", "mfa")
    assert started.session.acr == "urn:sumut:acr:2"


def test_a_demanded_factor_is_enrolled_while_signing_in(house, rina):
    proceed = house.try_password()
    row = proceed.sign_in
    assert house.sign_in.stage(row, 2) == "enrol"
    with pytest.raises(NotAllowed):
        house.sign_in.complete(HERE, row, None, required_rank=2)
    shown = house.sign_in.begin_enrolment(HERE, row)
    assert house.sign_in.begin_enrolment(HERE, row) == shown
    import pyotp

    totp = pyotp.TOTP(shown.secret)
    assert house.sign_in.confirm_enrolment(HERE, row, "000000", "HP") in (Refused("wrong"), Refused("drift"))
    outcome = house.sign_in.confirm_enrolment(HERE, row, house.now_code(totp), "HP Rina")
    assert isinstance(outcome, Enrolled)
    assert len(set(outcome.recovery_codes)) == 10
    assert house.sign_in.complete(HERE, row, None, required_rank=2).session.acr == "urn:sumut:acr:2"
    assert ("rina@contoh.go.id", "factor_added") in [(to, letter) for to, letter, _ in house.letters()]
    # The code that confirmed is used up in every place (attack M1).
    again = house.try_password()
    assert house.sign_in.code(HERE, again.sign_in, house.now_code(totp)).reason == "replayed"


def test_a_key_shown_in_one_browser_cannot_be_confirmed_in_another(house, rina):
    one, other = house.try_password().sign_in, house.try_password(actor=ELSEWHERE).sign_in
    assert house.sign_in.begin_enrolment(HERE, one).secret != house.sign_in.begin_enrolment(ELSEWHERE, other).secret


def test_a_sign_in_is_completed_once(house, rina):
    proceed = house.try_password()
    house.sign_in.complete(HERE, proceed.sign_in, None)
    assert house.sign_in.find(proceed.token) is None
    with pytest.raises(Conflict):
        house.sign_in.complete(HERE, proceed.sign_in, None)


def test_a_sign_in_expires(house, rina):
    proceed = house.try_password()
    house.clock.advance(seconds=601)
    assert house.sign_in.find(proceed.token) is None
    with pytest.raises(Conflict):
        house.sign_in.complete(HERE, proceed.sign_in, None)


def test_a_half_done_sign_in_of_a_disabled_person_is_over(house, rina):
    proceed = house.try_password()
    house.people.disable(OPERATOR, rina.id)
    assert house.sign_in.find(proceed.token) is None
    with pytest.raises(NotAllowed):
        house.sign_in.complete(HERE, proceed.sign_in, None)


@spec("ASVS", "7.2.4")
def test_the_same_person_keeps_the_session_under_a_new_token(house, rina):
    first = house.sign_in_fully()
    house.clock.advance(seconds=120)
    again = house.sign_in_fully(current=first.session, purpose="reauthenticate", session=first.session)
    assert again.session.id == first.session.id
    assert again.token != first.token
    assert house.sessions.find(first.token) is None
    assert again.session.auth_time > first.session.auth_time
    assert again.session.expires_at > first.session.expires_at


def test_another_person_gets_a_session_of_their_own(house, rina):
    first = house.sign_in_fully()
    house.person("budi")
    other = house.sign_in_fully(username="budi", current=first.session, session=first.session, purpose="reauthenticate")
    assert other.session.id != first.session.id
    assert other.replaced_other_person
    assert other.replaced_session_id == first.session.id


@spec("RFC 9470", "4")
def test_a_step_up_adds_the_second_factor_and_keeps_auth_time(house, rina):
    first = house.sign_in_fully()
    totp = house.totp(rina)
    house.clock.advance(seconds=900)
    up = house.sign_in.step_up(HERE, first.session, "request", None)
    assert house.sign_in.stage(up.sign_in, 2) == "code"
    house.sign_in.code(HERE, up.sign_in, house.now_code(totp))
    stronger = house.sign_in.complete(HERE, up.sign_in, first.session)
    assert stronger.session.id == first.session.id
    assert stronger.session.acr == "urn:sumut:acr:2"
    assert stronger.session.auth_time == first.session.auth_time
    assert stronger.session.expires_at == first.session.expires_at
    assert house.sessions.find(first.token) is None


def test_a_step_up_that_is_begun_again_goes_on(house, rina):
    """It is begun by a GET, which another site can cause: the same one starts nothing anew."""
    first, elsewhere = house.sign_in_fully(), house.sign_in_fully(actor=ELSEWHERE)
    house.totp(rina)
    begun = house.sign_in.step_up(HERE, first.session, "request", "/account").sign_in
    again = house.sign_in.step_up(HERE, first.session, "request", "/account", pending=begun)
    assert again.token is None
    assert again.sign_in.id == begun.id
    for ref, back in (("another", "/account"), (None, "/account"), ("request", "/")):
        assert house.sign_in.step_up(HERE, first.session, ref, back, pending=begun).token
    assert house.sign_in.step_up(ELSEWHERE, elsewhere.session, "request", "/account", pending=begun).token
    assert house.sign_in.step_up(HERE, first.session, "request", "/account", pending=house.try_password().sign_in).token


def test_a_step_up_without_its_session_comes_to_nothing(house, rina):
    first = house.sign_in_fully()
    totp = house.totp(rina)
    up = house.sign_in.step_up(HERE, first.session, None, None)
    house.clock.advance(seconds=60)
    house.sign_in.code(HERE, up.sign_in, house.now_code(totp))
    house.sessions.end(HERE, first.session.id, "logout")
    with pytest.raises(Conflict):
        house.sign_in.complete(HERE, up.sign_in, first.session)
    with pytest.raises(Conflict):
        house.sign_in.complete(HERE, up.sign_in, None)


@spec("ASVS", "7.5.1")
def test_enrolling_at_step_up_needs_a_fresh_password(house, rina):
    first = house.sign_in_fully()
    begun = house.sign_in.step_up(HERE, first.session, None, None)
    assert isinstance(begun, Proceed)
    house.clock.advance(seconds=301)
    assert house.sign_in.step_up(HERE, first.session, None, None) == Refused("password_needed")
    assert house.sign_in.step_up(HERE, first.session, None, None, pending=begun.sign_in) == Refused("password_needed")


def test_a_password_set_by_somebody_else_is_changed_first(house):
    rina = house.person()
    house.passwords.set(OPERATOR, rina, PASSWORD, must_change=True)
    row = house.try_password().sign_in
    assert house.sign_in.stage(row, 1) == "change_password"
    house.sign_in.change_password(HERE, row, "danau-toba-itu-luas-sekali")
    assert house.sign_in.stage(row, 1) == "complete"
    house.sign_in.complete(HERE, row, None)
    assert house.sign_in.stage(house.try_password("danau-toba-itu-luas-sekali").sign_in, 1) == "complete"


def test_an_old_password_is_due_where_the_operator_says_so(house, rina):
    house.passwords._max_age = house.passwords._max_age.__class__(days=90)
    assert not house.try_password().sign_in.needs_password_change
    house.clock.advance(seconds=90 * 86_400)
    assert house.try_password().sign_in.needs_password_change


def test_a_weak_hash_is_replaced_at_sign_in(house, rina):
    import hashlib
    from base64 import b64encode

    key = b64encode(hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"salt", 1000)).decode()
    house.passwords.import_hash(OPERATOR, rina, f"pbkdf2_sha256$1000$salt${key}")
    assert isinstance(house.try_password(), Proceed)
    assert house.store.password(rina.id).hash.startswith("$argon2id$")
    assert isinstance(house.try_password(), Proceed)
    assert "authn:password:rehash" in [tag for tag, _ in house.events(rina)]


def test_every_answer_leaves_a_record_without_secrets(house, rina):
    house.try_password("wrong-password-here")
    house.sign_in_fully()
    tags = [tag for tag, _ in house.events(rina)]
    assert "authn:sign_in:refuse" in tags
    assert tags[-2:] == ["authn:sign_in:password", "authn:session:start"]
    assert PASSWORD not in str(house.events(rina))


def test_a_shared_computer_gets_a_short_session_and_no_device(house, rina):
    started = house.sign_in_fully(shared_computer=True)
    assert started.device_token is None
    assert started.session.shared
    assert (started.session.expires_at - started.session.created_at).total_seconds() == 2 * 3600
    house.clock.advance(seconds=15 * 60)
    assert house.sessions.find(started.token) is None


def test_a_new_device_is_told_about_and_a_known_one_is_not(house, rina):
    first = house.sign_in_fully()
    assert first.device_token
    assert house.sign_in_fully(device=first.device_token).device_token is None
    assert "new_device" not in [letter for _, letter, _ in house.letters()]
    assert house.sign_in_fully(actor=ELSEWHERE).device_token
    assert [letter for _, letter, _ in house.letters()].count("new_device") == 1


def test_a_device_of_one_person_is_not_known_for_another(house, rina):
    first = house.sign_in_fully()
    house.person("budi")
    assert house.try_password(username="budi", device=first.device_token).sign_in.device_digest is None
