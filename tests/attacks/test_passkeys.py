"""M8: what a forged authenticator tries at the door, alone and after the password; one field is forged, the rest is right (attacks.md)."""

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from idp.authn.models import PasskeyChallenge
from tests.attacks.keyring import (
    ADD,
    ALONE,
    SECOND,
    Holder,
    ask,
    asking,
    browser,
    comes_in,
    disable,
    forget,
    half,
    holder,
    inside,
    key_holder,
    letters_to,
    refused,
    send,
)  # fmt: skip
from tests.attacks.stage import Stage, at_once
from tests.authenticator import Alg, Authenticator, Credential, Flag, b64, new_key
from tests.rp import payload
from tests.spec import spec

Forge = Callable[[Authenticator, dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="package")
def alice(stage: Stage) -> Holder:
    """A person with a passkey that was used before; the tests leave it as it is."""
    made = holder(stage, enrolled=True)
    comes_in(browser(stage), made.device)
    return made


@pytest.fixture(scope="package")
def mallory(stage: Stage) -> Holder:
    """Another person, with a passkey of their own."""
    return holder(stage, enrolled=True)


@spec("WebAuthn", "7.2")
@spec("RFC 8176", "2")
@pytest.mark.parametrize("alg", list(Alg))
def test_a_passkey_alone_is_the_strongest_way_in(stage: Stage, alg: Alg) -> None:
    held, visitor = holder(stage, alg=alg), browser(stage)
    rp = stage.rp(visitor, min_acr="3")
    assert "/sign-in" in visitor.get(rp.begin().location).headers["Location"]
    comes_in(visitor, held.device)
    told = payload(rp.tokens()["id_token"])
    assert told["acr"] == "urn:sumut:acr:3"
    assert {"hwk", "user", "mfa"} <= set(told["amr"]) and "pwd" not in told["amr"]
    assert {"authn:sign_in:passkey", "authn:session:start"} <= set(stage.events(subject_id=held.who.id))


@spec("WebAuthn", "7.2")
def test_a_copied_passkey_does_not_claim_to_be_hardware(stage: Stage) -> None:
    held, visitor = holder(stage, flags=Flag.UP | Flag.UV | Flag.BE | Flag.BS, counts=False), browser(stage)
    for _ in range(2):
        comes_in(visitor, held.device)
    told = payload(stage.rp(visitor).tokens()["id_token"])
    assert told["acr"] == "urn:sumut:acr:3" and "swk" in told["amr"] and "hwk" not in told["amr"]


@spec("RFC 8176", "2")
def test_a_security_key_is_a_second_factor_without_saying_who_touched_it(stage: Stage) -> None:
    held = key_holder(stage)
    visitor = half(stage, held.who)
    comes_in(visitor, held.device, SECOND)
    told = payload(stage.rp(visitor).tokens()["id_token"])
    assert told["acr"] == "urn:sumut:acr:3" and {"pwd", "hwk", "user", "mfa"} == set(told["amr"])


def _forged(**fields: Any) -> Forge:
    return lambda device, options: device.get(options, **fields)


def _at(origin: str) -> Forge:
    return lambda device, options: device.get(options, origin=origin.replace("HERE", device.origin.partition("//")[2]))


def _own_key(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    return device.get(options, signed_by=Credential(b"", new_key(Alg.ES256), Alg.ES256, b""))


def _flipped(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    answer = device.get(options)
    answer["response"]["signature"] = answer["response"]["signature"][:-6] + "AAAAAA"
    return answer


def _changed_after_signing(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    honest, other = device.get(options), device.get(options, count=2**31)
    return {**honest, "response": {**honest["response"], "authenticatorData": other["response"]["authenticatorData"]}}


ANYWHERE: dict[str, Forge] = {
    "a challenge nobody set": _forged(challenge=b"x" * 32),
    "no challenge": _forged(challenge=b""),
    "another origin": _at("https://evil.test"),
    "a subdomain": _at("http://evil.HERE"),
    "our name before another": _at("http://HERE.evil.test"),
    "our name as user info": _at("http://HERE@evil.test"),
    "another port": _at("http://localhost:1"),
    "another scheme": _at("https://HERE"),
    "origin with a slash": _at("http://HERE/"),
    "null origin": _forged(origin="null"),
    "origin as a list": lambda device, options: device.get(options, origin=[device.origin]),
    "another relying party": _forged(rp_id="evil.test"),
    "a relying party below ours": _forged(rp_id="evil.localhost"),
    "nobody was there": _forged(flags=Flag.UV),
    "no flag at all": _forged(flags=0),
    "type of an enrolment": _forged(type="webauthn.create"),
    "type of a payment": _forged(type="payment.get"),
    "no type": _forged(type=None),
    "in a frame": _forged(cross_origin=True),
    "in a frame of": _forged(cross_origin=True, top_origin="https://evil.test"),
    "in a frame, as text": _forged(cross_origin="true"),
    "a top origin": _forged(top_origin="https://evil.test"),
    "copied, but not to be copied": _forged(flags=Flag.UP | Flag.UV | Flag.BS),
    "key data announced and absent": _forged(flags=Flag.UP | Flag.UV | Flag.AT),
    "extensions announced and absent": _forged(flags=Flag.UP | Flag.UV | Flag.ED),
    "something after the end": _forged(tail=b"\xa0\x00"),
    "short authenticator data": _forged(authenticator_data=b"\x00" * 36),
    "a flipped signature": _flipped,
    "no signature": _forged(signature=b""),
    "signed by another key": _own_key,
    "signed data replaced": _changed_after_signing,
    "the count at nought": _forged(count=0),
    "id is not rawId": _forged(id=b"other"),
    "rawId is not id": _forged(raw_id=b"other"),
    "unknown credential": _forged(id=b"u" * 32, raw_id=b"u" * 32),
    "no credential": _forged(id=b"", raw_id=b""),
    "not a public key": _forged(kind="password"),
    "somebody else's handle": _forged(user_handle=b"h" * 32),
}  # fmt: skip
ALONE_ONLY: dict[str, Forge] = {
    "nobody was recognised": _forged(flags=Flag.UP),
    "no handle": _forged(user_handle=None),
    "an empty handle": _forged(user_handle=b""),
}


@spec("attacks.md", "M8")
@spec("ASVS 5.0", "6.7.2")
@pytest.mark.parametrize("forge", [*ANYWHERE.values(), *ALONE_ONLY.values()], ids=[*ANYWHERE, *ALONE_ONLY])
def test_alone_each_failed_check_refuses(stage: Stage, alice: Holder, forge: Forge) -> None:
    visitor, before = browser(stage), alice.passkeys()
    refused(visitor, send(visitor, ALONE, forge(alice.device, ask(visitor, ALONE))))
    assert alice.passkeys() == before, "nothing is noted of a refused answer"
    comes_in(visitor, alice.device)


@spec("attacks.md", "M8")
@pytest.mark.parametrize("forge", ANYWHERE.values(), ids=ANYWHERE)
def test_after_the_password_each_failed_check_refuses(stage: Stage, alice: Holder, forge: Forge) -> None:
    visitor, before = half(stage, alice.who), alice.passkeys()
    refused(visitor, send(visitor, SECOND, forge(alice.device, ask(visitor, SECOND))))
    assert alice.passkeys() == before
    comes_in(visitor, alice.device, SECOND)


@spec("attacks.md", "O4")
def test_a_refused_answer_of_a_known_passkey_is_on_record(stage: Stage) -> None:
    held, visitor = holder(stage), browser(stage)
    before = stage.events(subject_id=held.who.id)
    refused(visitor, send(visitor, ALONE, _flipped(held.device, ask(visitor, ALONE))))
    new = stage.events(subject_id=held.who.id)[len(before) :]
    assert any("refuse" in tag for tag in new), new


@spec("attacks.md", "M8")
@pytest.mark.parametrize("path", [ALONE, SECOND])
def test_an_answer_is_good_once(stage: Stage, path: str) -> None:
    held = holder(stage)
    visitor = browser(stage) if path == ALONE else half(stage, held.who)
    answer = held.device.get(ask(visitor, path))
    assert send(visitor, path, answer).status_code == 303 and visitor.is_in()
    forget(visitor, "idp_session")
    if path == SECOND:
        visitor.password(held.who)
    refused(visitor, send(visitor, path, answer))


@spec("attacks.md", "M8")
def test_a_failed_answer_burns_its_challenge(stage: Stage, alice: Holder) -> None:
    visitor = browser(stage)
    options = ask(visitor, ALONE)
    refused(visitor, send(visitor, ALONE, _flipped(alice.device, options)))
    refused(visitor, send(visitor, ALONE, alice.device.get(options)))
    comes_in(visitor, alice.device)


@spec("attacks.md", "M8")
@spec("WebAuthn", "13.4.3")
def test_a_challenge_ends_by_itself(stage: Stage, alice: Holder) -> None:
    visitor = browser(stage)
    options = ask(visitor, ALONE)
    stage.sql("UPDATE passkey_challenges SET expires_at = :at WHERE used_at IS NULL", at=stage.moment(seconds=1))
    refused(visitor, send(visitor, ALONE, alice.device.get(options)))
    assert options["timeout"] <= 300_000


@spec("attacks.md", "M8")
@spec("WebAuthn", "13.4.3")
def test_a_challenge_stays_where_it_was_made(stage: Stage, alice: Holder) -> None:
    """Somebody's answer, got on a page of the attacker's own browser or caught on the way, opens no other browser."""
    mine, theirs = browser(stage), browser(stage)
    refused(theirs, send(theirs, ALONE, alice.device.get(ask(mine, ALONE))))
    first, second = half(stage, alice.who), half(stage, alice.who)
    refused(second, send(second, SECOND, alice.device.get(ask(first, SECOND))))
    comes_in(mine, alice.device)
    comes_in(second, alice.device, SECOND)


@spec("attacks.md", "M8")
def test_a_challenge_serves_its_purpose_only(stage: Stage, alice: Holder) -> None:
    visitor = half(stage, alice.who)
    for made_for, used_at in ((ALONE, SECOND), (SECOND, ALONE)):
        refused(visitor, send(visitor, used_at, alice.device.get(ask(visitor, made_for))))
    signed_in = inside(alice)
    options = ask(signed_in, ADD)
    token = signed_in.cookie("idp_session")
    answer = send(signed_in, ALONE, alice.device.get({"challenge": options["challenge"], "rpId": "localhost"}))
    assert 400 <= answer.status_code < 500 and signed_in.cookie("idp_session") == token


@spec("attacks.md", "M8")
def test_another_persons_passkey_is_no_second_factor(stage: Stage, alice: Holder, mallory: Holder) -> None:
    """The password of the one and the key of the other open neither account."""
    visitor = half(stage, alice.who)
    for handle in (mallory.device.one.handle, alice.device.one.handle, None):
        refused(visitor, send(visitor, SECOND, mallory.device.get(ask(visitor, SECOND), user_handle=handle)))
    options = ask(visitor, SECOND)
    assert [one["id"] for one in options["allowCredentials"]] == [b64(alice.device.one.id)]
    comes_in(visitor, alice.device, SECOND)


@spec("attacks.md", "M8")
@spec("WebAuthn", "7.2")
def test_a_handle_of_another_person_opens_neither_account(stage: Stage, alice: Holder, mallory: Holder) -> None:
    visitor = browser(stage)
    options = ask(visitor, ALONE)
    refused(visitor, send(visitor, ALONE, mallory.device.get(options, user_handle=alice.device.one.handle)))
    options = ask(visitor, ALONE)
    refused(visitor, send(visitor, ALONE, mallory.device.get(options, id=alice.device.one.id, raw_id=alice.device.one.id)))
    comes_in(visitor, mallory.device)


@spec("attacks.md", "M8")
@spec("WebAuthn", "7.2")
@pytest.mark.parametrize("path", [ALONE, SECOND])
def test_a_count_that_goes_back_is_refused_and_told(stage: Stage, path: str) -> None:
    held = holder(stage)
    held.device.one.count = 40
    comes_in(browser(stage), held.device)
    for count in (41, 5, 0):
        visitor = browser(stage) if path == ALONE else half(stage, held.who)
        refused(visitor, send(visitor, path, held.device.get(ask(visitor, path), count=count)))
    assert held.passkeys()[0][1] == 41
    assert any("refuse" in tag or "clone" in tag for tag in stage.events(subject_id=held.who.id))
    assert len(letters_to(stage, held.who.email)) >= 2, "one for the new passkey, one for the alarm"
    held.device.one.count = 41
    comes_in(browser(stage), held.device)


@spec("attacks.md", "M8")
@spec("ASVS 5.0", "15.4.2")
@pytest.mark.parametrize("counts", [True, False], ids=["counting", "copied"])
def test_of_parallel_uses_of_one_answer_one_succeeds(stage: Stage, counts: bool) -> None:
    held, visitor = holder(stage, counts=counts), browser(stage)
    form = {"csrf_token": visitor.token(), "credential": json.dumps(held.device.get(ask(visitor, ALONE)))}
    cookies = {"Cookie": "; ".join(f"{one.name}={one.value}" for one in visitor.http.cookies)}
    others = [stage.visitor() for _ in range(20)]
    statuses = at_once(20, lambda n: others[n].send(ALONE, form, cookies).status_code)
    assert sorted(statuses)[0] == 303 and statuses.count(303) == 1 and max(statuses) < 500, statuses


@spec("attacks.md", "T7")
def test_a_disabled_person_does_not_come_in(stage: Stage) -> None:
    held = holder(stage)
    before, waiting = half(stage, held.who), browser(stage)
    options, alone = ask(before, SECOND), ask(waiting, ALONE)
    disable(stage, held.who)
    refused(waiting, send(waiting, ALONE, held.device.get(alone)))
    answer = send(before, SECOND, held.device.get(options))
    assert answer.status_code < 500 and not before.is_in()


@spec("attacks.md", "P3")
@spec("ASVS 5.0", "6.3.1")
def test_a_passkey_comes_in_while_guesses_at_the_password_are_slowed(stage: Stage) -> None:
    held = holder(stage)
    guesser = browser(stage)
    statuses = [guesser.password(held.who, "wrong wrong wrong").status_code for _ in range(12)]
    assert 429 in statuses
    comes_in(browser(stage), held.device)


@spec("attacks.md", "P1")
def test_the_question_at_the_door_knows_nobody(stage: Stage) -> None:
    options = ask(browser(stage), ALONE)
    assert options.get("allowCredentials", []) == [] and options["userVerification"] == "required"
    assert options["rpId"] == "localhost" and len(options["challenge"]) >= 22
    assert options["challenge"] != ask(browser(stage), ALONE)["challenge"]


@spec("attacks.md", "M3")
def test_who_proved_nothing_is_asked_for_no_second_factor(stage: Stage) -> None:
    stranger = browser(stage)
    assert stranger.get(SECOND).headers["Location"].startswith("/sign-in")
    assert asking(stranger, SECOND).status_code in (303, 400, 401, 403, 404, 409)
    answer = stranger.post(SECOND, {"credential": "{}"})
    assert 300 < answer.status_code < 500 and answer.headers.get("Location", "/sign-in").startswith("/sign-in")
    assert not stranger.is_in()


@spec("attacks.md", "M8")
def test_questions_without_answers_are_bounded(stage: Stage) -> None:
    """What one address, or one person, may leave open at once; others are asked as ever."""
    held = holder(stage)
    visitor = half(stage, held.who)
    token = visitor.token()
    statuses = [visitor.send(SECOND + "/options", headers={"X-CSRFToken": token}).status_code for _ in range(25)]
    assert set(statuses) == {200, 429} and statuses.index(429) >= 5, statuses
    comes_in(browser(stage), held.device)
    crowd = browser(stage)
    ask(crowd, ALONE)
    whose = stage.sql("SELECT source, bound_to, expires_at FROM passkey_challenges ORDER BY created_at DESC LIMIT 1")[0]
    with stage.deps.database.unit() as session:
        values = [{"digest": secrets.token_bytes(32), "purpose": "sign_in", "source": whose[0], "bound_to": whose[1]} for _ in range(1000)]
        now = datetime.now(UTC)
        session.execute(insert(PasskeyChallenge), [{**one, "created_at": now, "expires_at": now + timedelta(minutes=4)} for one in values])
    refusal = asking(crowd, ALONE)
    assert refusal.status_code == 429 and int(refusal.headers["Retry-After"]) > 0
    ask(browser(stage), ALONE)
