"""X7 and P6: what is no answer of an authenticator, or holds rubbish inside, is refused clearly and breaks nothing (attacks.md)."""

import json
from collections.abc import Callable
from typing import Any

import cbor2
import pytest

from tests.attacks.keyring import ADD, ALONE, SECOND, Holder, ask, browser, half, holder, inside, spoilt
from tests.attacks.stage import Stage, Visitor
from tests.authenticator import Authenticator, Flag
from tests.spec import spec

_HUGE = 2**70
NO_ANSWERS = [
    "", " ", "null", "true", "0", "[]", "{}", '"x"', "{", "\x00", "NaN", '{"id":NaN}', "[" * 50_000, '{"a":' * 20_000,
    '"\\ud800"', "é" * 999,
    '{"id":"x","id":"y"}', f'{{"id":{10**4000}}}', '{"__proto__":{}}', "' OR 1=1 --",
]  # fmt: skip
VALUES: list[Any] = [None, True, 0, -1, 1.5, _HUGE, [], {}, [[]], "", "!", "====", "é", "\ud800", "\x00", "A", "A" * 60_000, ["AA"]]
CLIENT_DATA = [
    b"", b"{", b"[]", b"null", b"1", b"{}", b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"type":1}', b"[" * 50_000, b'{"type":"webauthn.get"}',
    b'{"type":"webauthn.get","challenge":1,"origin":2}', b'{"type":"webauthn.get","challenge":"\xc3\xa9","origin":""}',
    b'{"type":"webauthn.get","challenge":"\\ud800","origin":"\\ud800"}', b'{"type":"webauthn.create","challenge":"","origin":{}}',
]  # fmt: skip
CBOR = [
    b"", b"\xff", b"\x80", b"\xa0", b"\xf6", b"\x81" * 50_000, b"\xa1\x01" * 20_000,
    b"\x9b" + b"\xff" * 8, b"\x5b" + b"\xff" * 8, b"\x5b\x7f" + b"\xff" * 7,
    b"\xbf\xff", b"\x9f", b"\xd8\x1c\x81\xd8\x1d\x00", cbor2.dumps(cbor2.CBORTag(35, "(a+)+$")),
    cbor2.dumps(cbor2.CBORTag(2, b"\xff" * 5000)),
    b"\xc0\x61x", b"\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\xc5\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01", b"\xfb\x7f\xf8" + b"\x00" * 6,
    b"\x61\xff", b"\xd8\x1e\x82\x01\x00", b"\xc2\x59\x20\x00" + b"\xff" * 0x2000,
    cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": b"x"}), cbor2.dumps({"fmt": 1, "attStmt": [], "authData": {}}),
    cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": "text"}), cbor2.dumps({"fmt": "none"}), cbor2.dumps({1: {b"x": [None]}}),
]  # fmt: skip


def _ask(stage: Stage, visitor: Visitor, path: str) -> dict[str, Any]:
    """An answer that cannot be read uses no challenge up, and a person may leave only some open: here they are closed, as time would."""
    stage.sql("UPDATE passkey_challenges SET used_at = created_at WHERE used_at IS NULL")
    return ask(visitor, path)


def _never_breaks(visitor: Visitor, path: str, credential: Any) -> None:
    text = credential if isinstance(credential, str) else json.dumps(credential)
    status = visitor.try_to_send(path, {"csrf_token": visitor.token("/sign-in?again=1"), "credential": text, "name": "x"})
    if status == 413:
        visitor.http.close()  # the server has hung up
    assert 400 <= status < 500, (path, status, text[:200])


@spec("attacks.md", "X7")
@pytest.mark.parametrize("path", [ALONE, SECOND, ADD])
def test_what_is_no_answer_is_refused_and_breaks_nothing(stage: Stage, owner: Holder, path: str) -> None:
    visitor, make = _at(stage, owner, path)
    for text in NO_ANSWERS:
        _never_breaks(visitor, path, text)
    for member in make(_ask(stage, visitor, path)):
        honest = make(_ask(stage, visitor, path))
        # What says nothing that matters may be anything; it must not hide that the rest is wrong.
        other = {"id": "x"} if member in ("clientExtensionResults", "authenticatorAttachment") else {}
        for value in VALUES:
            _never_breaks(visitor, path, {**honest, member: value, **other})
        _never_breaks(visitor, path, {name: value for name, value in honest.items() if name != member} | {"rawId": "x"})


def _at(stage: Stage, owner: Holder, path: str) -> tuple[Visitor, Callable[[dict[str, Any]], dict[str, Any]]]:
    """A browser at the door of `path`, and what the device says there."""
    visitor = inside(owner) if path == ADD else half(stage, owner.who) if path == SECOND else browser(stage)
    device = Authenticator(stage.server.base)
    return visitor, device.create if path == ADD else owner.device.get


@spec("attacks.md", "X7")
@pytest.mark.parametrize("path", [ALONE, SECOND, ADD])
def test_an_answer_with_rubbish_inside_is_refused_and_breaks_nothing(stage: Stage, owner: Holder, path: str) -> None:
    visitor, make = _at(stage, owner, path)
    binary = ("attestationObject",) if path == ADD else ("authenticatorData", "signature", "userHandle")
    for member in ("clientDataJSON", *binary):
        for value in [*VALUES, *(CLIENT_DATA if member == "clientDataJSON" else CBOR)]:
            if member == "userHandle" and path == SECOND and not value:
                continue  # it need not be there: who is asked is known
            _never_breaks(visitor, path, spoilt(make(_ask(stage, visitor, path)), **{member: value}))


@spec("attacks.md", "X7")
def test_a_key_with_rubbish_inside_is_refused_and_breaks_nothing(stage: Stage, owner: Holder) -> None:
    """The attestation object is in order, the key in it is not."""
    visitor, device = inside(owner), Authenticator(stage.server.base)
    before = len(owner.passkeys())
    for value in CBOR:
        _never_breaks(visitor, ADD, device.create(_ask(stage, visitor, ADD), cose=value))
    for alg in (None, "x", 1.5, b"", [], _HUGE, 0, -65535, -37):
        _never_breaks(visitor, ADD, device.create(_ask(stage, visitor, ADD), cose={1: 2, 3: alg, -1: 1, -2: b"x" * 32, -3: b"y" * 32}))
    for n, e in ((b"", b""), (b"\x01", b"\x01"), (bytes(256), b"\x03"), (b"\xff" * 256, b"\x02"), ("x", 3), (b"\xff" * 9000, b"\x03")):
        _never_breaks(visitor, ADD, device.create(_ask(stage, visitor, ADD), cose={1: 3, 3: -257, -1: n, -2: e}))
    assert len(owner.passkeys()) == before


@spec("attacks.md", "X7")
@spec("WebAuthn", "9", "MAY")
def test_extensions_that_nobody_asked_for_are_ignored_and_break_nothing(stage: Stage) -> None:
    held = holder(stage)
    visitor, device, flags = inside(held), Authenticator(stage.server.base), Flag.UP | Flag.UV | Flag.AT | Flag.ED
    for value in CBOR:
        answer = device.create(_ask(stage, visitor, ADD), flags=flags, tail=value)
        form = {"csrf_token": visitor.token(), "credential": json.dumps(answer), "name": "x"}
        assert visitor.try_to_send(ADD, form) < 500, value[:40]
        visitor.http.close()
        stage.sql("DELETE FROM passkeys WHERE person_id = :id AND name = 'x'", id=held.who.id)


@spec("attacks.md", "P6")
@pytest.mark.parametrize("path", [ALONE, SECOND, ADD])
def test_a_huge_answer_is_refused(stage: Stage, owner: Holder, path: str) -> None:
    visitor, _ = _at(stage, owner, path)
    for size in (2**17, 2**20, 2**24):
        _never_breaks(visitor, path, '{"id":"' + "A" * size + '"}')
    assert visitor.try_to_send(path + "/options", {"csrf_token": "x" * 2**22}) in (400, 403, 413)
