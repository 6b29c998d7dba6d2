"""Both ceremonies against real CBOR and COSE: honest answers of each kind of key pass, each forged field and any damage is a refusal."""

import json
import random
from typing import Any

import pytest

from idp.authn.passkeys.ceremony import (
    Answer,
    NewKey,
    RelyingParty,
    check_assertion,
    check_registration,
    creation_options,
    read,
    request_options,
)
from tests.authenticator import Alg, Authenticator, Flag, b64, unb64
from tests.spec import spec

PARTY = RelyingParty("sso.example.go.id", "SSO", "https://sso.example.go.id")
ASKED = b64(b"\x07" * 32)
CREATE = creation_options(PARTY, ASKED, handle=b"h" * 32, username="siti", name="Siti", known=[b"k" * 16])
GET = request_options(PARTY, ASKED, verification="required")


def _read(answer: dict[str, Any]) -> Answer:
    found = read(json.dumps(answer))
    assert found is not None
    return found


def _key(device: Authenticator, **forged: Any) -> NewKey | str:
    return check_registration(_read(device.create(CREATE, **forged)), PARTY)


def _assertion(device: Authenticator, made: NewKey, *, verified: bool = True, **forged: Any) -> object:
    answer = _read(device.get(GET, **forged))
    return check_assertion(answer, PARTY, public_key=made.public_key, backup_eligible=made.backup_eligible, verified=verified)


@spec("WebAuthn", "7.1")
@spec("WebAuthn", "7.2")
@pytest.mark.parametrize("alg", list(Alg))
@pytest.mark.parametrize("flags", [Flag.UP | Flag.UV, Flag.UP, Flag.UP | Flag.UV | Flag.BE | Flag.BS, Flag.UP | Flag.UV | Flag.BE], ids=str)
def test_an_honest_key_passes_and_is_described_rightly(alg: Alg, flags: Flag) -> None:
    device = Authenticator(PARTY.origin, alg=alg, flags=flags)
    made = _key(device)
    assert isinstance(made, NewKey)
    assert (made.credential_id, made.sign_count, made.transports, made.discoverable) == (device.one.id, 0, "internal", True)
    assert (made.user_verified, made.backup_eligible, made.backed_up) == (Flag.UV in flags, Flag.BE in flags, Flag.BS in flags)
    assert alg in [one["alg"] for one in CREATE["pubKeyCredParams"]]
    used = _assertion(device, made, verified=Flag.UV in flags)
    assert not isinstance(used, str) and used.sign_count == 1 and used.user_verified == (Flag.UV in flags)  # type: ignore[attr-defined]


@spec("WebAuthn", "7.2", "MUST")
def test_a_key_does_not_become_one_that_may_be_copied() -> None:
    device = Authenticator(PARTY.origin)
    made = _key(device)
    assert isinstance(made, NewKey)
    device.flags |= Flag.BE
    assert isinstance(_assertion(device, made), str)


@spec("WebAuthn", "7.1")
@pytest.mark.parametrize(
    "changes",
    [{3: -47}, {3: Alg.RS256}, {3: None}, {-1: 2}, {-2: b"\x01" * 32, -3: b"\x01" * 32}, {-2: bytes(32), -3: bytes(32)}, {-2: b"\x01"},
     {-2: "x" * 32}, {1: 4}],
    ids=str,
)  # fmt: skip
def test_a_key_that_could_never_answer_is_not_kept(changes: dict[int, Any]) -> None:
    device = Authenticator(PARTY.origin)
    device.create(CREATE)
    cose = {**device.one.cose(), **changes}
    assert isinstance(_key(device, cose={name: value for name, value in cose.items() if value is not None}), str)


@spec("WebAuthn", "7.1")
@spec("WebAuthn", "7.2")
def test_no_damage_of_an_answer_is_more_than_a_refusal() -> None:
    """Bytes flipped, cut, doubled anywhere in the parts of an answer; the seed is fixed so that a failure can be seen again."""
    dice, device = random.Random(20261124), Authenticator(PARTY.origin)
    made = _key(device)
    assert isinstance(made, NewKey)
    registration, assertion = device.create(CREATE, keep=False), device.get(GET)
    for _ in range(1500):
        for honest, binary in ((registration, "attestationObject"), (assertion, "authenticatorData")):
            member = dice.choice(("clientDataJSON", binary))
            spoilt = _damaged(unb64(honest["response"][member]), dice)
            answer = read(json.dumps({**honest, "response": {**honest["response"], member: b64(spoilt)}}))
            if answer is None:
                continue
            if honest is assertion:
                found = check_assertion(answer, PARTY, public_key=made.public_key, backup_eligible=False, verified=True)
                assert isinstance(found, str), (member, spoilt.hex())
            else:
                check_registration(answer, PARTY)  # without attestation nothing vouches for these bytes: it must only not break


def _damaged(data: bytes, dice: random.Random) -> bytes:
    at, how = dice.randrange(len(data)), dice.randrange(3)
    if how == 0:
        return data[:at] + bytes([data[at] ^ (1 + dice.randrange(255))]) + data[at + 1 :]
    return data[:at] if how == 1 else data[:at] + data[dice.randrange(at + 1) :] + b"\x00"


@spec("attacks.md", "X7")
@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", "[" * 9_000, '{"response":[]}', '{"response":{"clientDataJSON":"e30"},"rawId":"AA"}', "1" * 9_000]
)
def test_what_is_no_answer_is_none(text: str) -> None:
    assert read(text) is None


@spec("attacks.md", "P6")
def test_an_answer_beyond_measure_is_not_even_parsed() -> None:
    device = Authenticator(PARTY.origin)
    honest = device.create(CREATE)
    assert read(json.dumps(honest)) is not None
    assert read(json.dumps({**honest, "more": "x" * 20_000})) is None
