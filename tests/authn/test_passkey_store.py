"""What the statements about passkeys promise: a challenge once and in its place, a counter that only moves on."""

from datetime import timedelta

import pytest

from idp.authn.models import Passkey
from idp.authn.passkeys.store import PasskeyStore
from tests.spec import spec

HERE, THERE, ASKED = b"h" * 32, b"t" * 32, b"c" * 32


@pytest.fixture
def store(session):
    return PasskeyStore(session)


@pytest.fixture
def asked(store, clock):
    now = clock.now()
    store.add_challenge(
        digest=ASKED, purpose="sign_in", bound_to=HERE, source=THERE, created_at=now, expires_at=now + timedelta(minutes=5)
    )
    return store


@spec("attacks.md", "M8")
def test_a_challenge_is_claimed_once_and_only_where_and_for_what_it_was_made(asked, clock):
    now = clock.now()
    assert not asked.claim_challenge(ASKED, "sign_in", THERE, now), "another browser"
    assert not asked.claim_challenge(ASKED, "register", HERE, now), "another purpose"
    assert asked.claim_challenge(ASKED, "sign_in", HERE, now)
    assert not asked.claim_challenge(ASKED, "sign_in", HERE, now), "a second time"


@spec("attacks.md", "M8")
def test_a_challenge_is_dead_when_its_minutes_are_over(asked, clock):
    assert asked.open_challenges(THERE, clock.now(), 9) == 1
    clock.advance(seconds=300)
    assert not asked.claim_challenge(ASKED, "sign_in", HERE, clock.now())
    assert asked.open_challenges(THERE, clock.now(), 9) == 0


@spec("WebAuthn", "7.2")
def test_a_counter_that_does_not_move_on_is_refused_unless_there_is_none(store, rina, clock):
    now = clock.now()
    store.add(Passkey(
        id="p" * 26, person_id=rina.id, credential_id=b"id", public_key=b"key", sign_count=0, aaguid="", transports="", name="Kunci",
        discoverable=True, backup_eligible=True, backed_up=True, created_at=now,
    ))  # fmt: skip
    assert store.used("p" * 26, 0, now, backed_up=True) and store.used("p" * 26, 0, now, backed_up=True), "it does not count"
    assert store.used("p" * 26, 7, now, backed_up=True)
    assert [store.used("p" * 26, count, now, backed_up=True) for count in (7, 6, 0, 8)] == [False, False, False, True]
    assert store.remove("q" * 26, "p" * 26) == 0 and store.has(rina.id), "nobody else removes it"
