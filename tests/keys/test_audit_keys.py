"""The key of the record: never one of tokens, kept for ever, trusted through its forerunners."""

import json
import threading

import pytest

from idp.db.session import Database
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from idp.kernel.errors import Invalid
from idp.kernel.randomness import SystemRandomness
from idp.kernel.sealing import CannotOpen, Sealer
from idp.keys.audit_keys import AuditKeys, PublicKeys, read_public
from idp.keys.ring import KeyRing
from tests.spec import spec

STATEMENT = {"kind": "audit-checkpoint", "chain": "12.71"}


@pytest.fixture
def keys(database: Database, sealer: Sealer, clock: FrozenClock) -> AuditKeys:
    return AuditKeys(database, sealer, clock)


def test_the_first_key_is_made_when_it_is_needed_and_then_kept(
    keys: AuditKeys, database: Database, sealer: Sealer, clock: FrozenClock
) -> None:
    assert keys.public() == []
    kid = keys.signer().kid
    assert AuditKeys(database, sealer, clock).signer().kid == kid
    assert [key["kid"] for key in keys.public()] == [kid]
    assert not {"d", "p", "q"} & keys.public()[0].keys()


def test_two_processes_that_start_together_agree_on_a_key(database: Database, sealer: Sealer, clock: FrozenClock) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(AuditKeys(database, sealer, clock).signer().kid)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


@spec("RFC 7515", "3.1")
def test_what_is_stated_can_be_read_and_nothing_else(keys: AuditKeys) -> None:
    statement, checker = keys.signer().state(STATEMENT), keys.checker()
    assert checker.read(statement) == STATEMENT
    head, payload, signature = statement.split(".")
    for spoiled in (
        f"{head}.{payload}x.{signature}", f"{head}.{payload}.{signature[:-4]}AAAA", f"{head}.{payload}", f".{payload}.{signature}", "a.b.c",
        f"{head}.{payload}.{signature}.", f"{head}.{payload}.{signature}=", "ä.b.c", "",
    ):  # fmt: skip
        assert checker.read(spoiled) is None, spoiled


@spec("RFC 8725", "3.11")
def test_a_token_never_passes_for_a_statement_nor_a_statement_for_a_token(
    keys: AuditKeys, database: Database, sealer: Sealer, clock: FrozenClock
) -> None:
    ring = KeyRing(database, sealer, clock, rsa_bits=2048)
    ring.ensure(OPERATOR)
    statement = keys.signer().state(STATEMENT)
    assert ring.verify(statement) is None
    assert ring.verify(statement, typ="idp-audit+jws") is None
    assert keys.signer().kid not in {key["kid"] for key in json.loads(ring.jwks()[0])["keys"]}
    token = ring.sign(dict(STATEMENT), alg="ES256", typ="idp-audit+jws")
    published = [key for key in json.loads(ring.jwks()[0])["keys"] if key["kty"] == "EC"]
    assert keys.checker().read(token) is None
    assert PublicKeys(published).read(ring.sign(dict(STATEMENT), alg="ES256")) is None


def test_bare_signatures_are_over_exactly_these_words_by_exactly_this_key(keys: AuditKeys) -> None:
    kid, signature = keys.signer().sign(b"words")
    checker = keys.checker()
    assert checker.signed(kid, b"words", signature)
    assert not checker.signed(kid, b"other words", signature)
    assert not checker.signed("another", b"words", signature)
    assert not checker.signed(kid, b"words", b"")
    assert not checker.signed(kid, b"words", signature[:-1] + bytes([signature[-1] ^ 1]))


def test_a_new_key_is_trusted_through_the_old_one(keys: AuditKeys, clock: FrozenClock) -> None:
    keys.signer()
    old = keys.public()
    for _ in range(3):
        clock.advance(seconds=1)
        keys.rotate(OPERATOR)
    assert len(keys.public()) == 4
    statement = keys.signer().state(STATEMENT)
    assert PublicKeys(old).read(statement) is None
    assert PublicKeys(old, reversed(keys.endorsements())).read(statement) == STATEMENT
    assert PublicKeys(keys.public()[3:], keys.endorsements()).names == (keys.signer().kid,)


def test_who_is_not_trusted_names_nobody(keys: AuditKeys, randomness: SystemRandomness, sealer: Sealer) -> None:
    from joserfc.jwk import ECKey

    from idp.keys.audit_keys import KeySigner

    keys.signer()
    stranger = ECKey.generate_key("P-256")
    endorsement = KeySigner("x", stranger).state({"kind": "audit-key", "jwk": stranger.as_dict(private=False)})
    assert len(PublicKeys(keys.public(), [endorsement]).names) == 1


def test_a_key_is_known_by_what_it_is_not_by_what_it_is_called(keys: AuditKeys) -> None:
    kid, signature = keys.signer().sign(b"words")
    renamed = [{**keys.public()[0], "kid": "mine"}]
    assert PublicKeys(renamed).signed(kid, b"words", signature)
    assert not PublicKeys(renamed).signed("mine", b"words", signature)


def test_the_private_part_is_sealed_again_and_opens_under_its_data_key_only(
    database: Database, clock: FrozenClock, randomness: SystemRandomness
) -> None:
    old, new = randomness.bytes(32), randomness.bytes(32)
    kid = AuditKeys(database, Sealer([old], randomness), clock).signer().kid
    with pytest.raises(CannotOpen):
        AuditKeys(database, Sealer([new], randomness), clock).signer()
    both = AuditKeys(database, Sealer([new, old], randomness), clock)
    assert both.reseal(OPERATOR) == 1
    assert both.reseal(OPERATOR) == 0
    assert AuditKeys(database, Sealer([new], randomness), clock).signer().kid == kid


NO_KEYS = [
    "", "[]", "{}", "null", '{"keys": []}', '{"keys": [1]}', '{"kty": "RSA"}', '{"kty": "EC", "crv": "P-256"}',
    '{"kty": "EC", "crv": "P-256", "x": 1, "y": 2}', '{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}',
]  # fmt: skip


@pytest.mark.parametrize("text", NO_KEYS)
def test_a_file_that_is_no_key_is_refused_in_words(text: str) -> None:
    with pytest.raises(Invalid, match="key"):
        read_public(text)
