"""One-time things are claimed by one of many at once, on both databases."""

import threading

import pytest

from idp.authn.models import OneTimeLink, RecoveryCode, SignIn, TotpSecret
from idp.authn.store import AuthnStore
from idp.directory.store import DirectoryStore
from idp.kernel.actor import OPERATOR

MANY = 12


def _all_at_once(database, claim):
    """Run `claim(store)` in MANY threads, each in a unit of its own; gives the answers."""
    answers, start = [], threading.Barrier(MANY)

    def run():
        start.wait()
        with database.unit() as session:
            answers.append(claim(AuthnStore(session)))

    threads = [threading.Thread(target=run) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def person_id(database, clock, randomness):
    from idp.audit.log import AuditLog
    from idp.audit.store import AuditStore
    from idp.directory.people import NewPerson, People
    from idp.kernel.sealing import Sealer

    with database.unit() as session:
        audit = AuditLog(AuditStore(session), clock)
        people = People(DirectoryStore(session), audit, clock, randomness, Sealer([bytes(32)], randomness))
        return people.create(OPERATOR, NewPerson("rina", "Rina")).id


def _add(database, row):
    with database.unit() as session:
        session.add(row)


def test_a_time_step(database, clock, person_id):
    now = clock.now()
    _add(database, TotpSecret(id="t", person_id=person_id, name="HP", sealed=b"", created_at=now, confirmed_at=now))
    assert _all_at_once(database, lambda store: store.claim_step("t", 59_000_000, now)).count(True) == 1


def test_a_recovery_code(database, clock, person_id):
    now = clock.now()
    _add(database, RecoveryCode(id="r", person_id=person_id, digest=b"d" * 32, created_at=now))
    assert _all_at_once(database, lambda store: store.claim_recovery_code(person_id, b"d" * 32, now)).count(True) == 1


def test_a_link(database, clock, person_id):
    now = clock.now()
    expires = now.replace(year=now.year + 1)
    _add(database, OneTimeLink(id="l", kind="reset", digest=b"d" * 32, person_id=person_id, created_at=now, expires_at=expires))
    assert _all_at_once(database, lambda store: store.claim_link("reset", b"d" * 32, now)).count(person_id) == 1


def test_a_finished_sign_in_and_a_waiting_key(database, clock, person_id):
    now = clock.now()
    row = SignIn(
        id="s", token_digest=b"d" * 32, person_id=person_id, purpose="sign_in", amr="pwd", created_at=now,
        expires_at=now.replace(year=now.year + 1), pending_totp=b"key", failures=0, needs_password_change=False, shared_computer=False,
    )  # fmt: skip
    _add(database, row)
    assert _all_at_once(database, lambda store: store.sign_ins.take_pending("s")).count(True) == 1
    assert _all_at_once(database, lambda store: store.sign_ins.claim("s", now)).count(True) == 1
