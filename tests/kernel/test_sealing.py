"""Encryption at rest: rotation, binding to place, tampering."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.randomness import SystemRandomness, digest, letters, new_id, opaque, same
from idp.kernel.sealing import CannotOpen, Sealer, decode_key
from tests.spec import spec

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def sealer(*keys: bytes) -> Sealer:
    return Sealer(keys, SystemRandomness())


@spec("ASVS", "11.3.3")
@given(st.binary(max_size=300))
def test_what_is_sealed_opens_in_its_own_place_only(plain: bytes) -> None:
    sealed = sealer(OLD).seal(plain, "totp:1")
    assert sealer(OLD).open(sealed, "totp:1") == plain
    with pytest.raises(CannotOpen):
        sealer(OLD).open(sealed, "totp:2")


def test_a_changed_byte_does_not_open() -> None:
    sealed = bytearray(sealer(OLD).seal(b"seed", "x"))
    sealed[-1] ^= 1
    with pytest.raises(CannotOpen):
        sealer(OLD).open(bytes(sealed), "x")


@spec("ASVS", "11.1.1")
def test_a_new_data_key_seals_and_the_old_one_still_opens() -> None:
    before = sealer(OLD).seal(b"seed", "x")
    both = sealer(NEW, OLD)
    assert both.open(before, "x") == b"seed"
    assert not both.is_current(before)
    assert both.is_current(both.seal(b"seed", "x"))
    with pytest.raises(CannotOpen):
        sealer(NEW).open(before, "x")
    assert both.lookup("127", "nik") == sealer(OLD).lookup("127", "nik"), "a lookup survives the rotation"


def test_a_data_key_is_32_bytes() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        decode_key("c2hvcnQ=")


def test_identifiers_sort_by_time_and_do_not_repeat(clock) -> None:  # type: ignore[no-untyped-def]
    first = new_id(SystemRandomness(), clock.now())
    clock.advance(seconds=1)
    second = new_id(SystemRandomness(), clock.now())
    assert first < second and len(first) == 26
    assert len({opaque(SystemRandomness()) for _ in range(1000)}) == 1000
    assert len(letters(SystemRandomness(), 10)) == 10
    assert same(digest("a"), digest("a")) and not same("a", "b")
