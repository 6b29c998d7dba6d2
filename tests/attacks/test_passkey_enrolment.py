"""M6 and M8: what a forged authenticator, a stale session or another person tries at the list of one's passkeys (attacks.md)."""

import json
import secrets
import struct
from collections.abc import Callable
from typing import Any

import pytest

from idp.kernel.actor import OPERATOR
from tests.attacks.keyring import (
    ADD,
    ALONE,
    ENROL,
    SECOND,
    Holder,
    add,
    ask,
    asking,
    browser,
    comes_in,
    half,
    holder,
    inside,
    letters_to,
    refused,
    send,
)  # fmt: skip
from tests.attacks.stage import Stage, at_once
from tests.authenticator import Alg, Authenticator, Flag, b64
from tests.rp import payload
from tests.spec import spec

Forge = Callable[[Authenticator, dict[str, Any]], dict[str, Any]]
_AT = Flag.AT


def _forged(**fields: Any) -> Forge:
    return lambda device, options: device.create(options, keep=False, **fields)


def _key(**changes: Any) -> Forge:
    """A key with members of its COSE map replaced, or taken out."""

    def forge(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
        device.create(options)
        made = device.credentials.pop()
        cose = {**made.cose(), **{int(name.replace("m", "-").strip("k")): value for name, value in changes.items()}}
        return device.create(options, keep=False, cose={name: value for name, value in cose.items() if value is not None})

    return forge


FORGERIES: dict[str, Forge] = {
    "a challenge nobody set": _forged(challenge=b"x" * 32),
    "another origin": _forged(origin="https://evil.test"),
    "another relying party": _forged(rp_id="evil.test"),
    "type of a sign-in": _forged(type="webauthn.get"),
    "in a frame": _forged(cross_origin=True),
    "in a frame of": _forged(cross_origin=True, top_origin="https://evil.test"),
    "nobody was there": _forged(flags=Flag.UV | _AT),
    "copied, but not to be copied": _forged(flags=Flag.UP | Flag.UV | Flag.BS | _AT),
    "key data not announced": _forged(flags=Flag.UP | Flag.UV),
    "key data cut short": _forged(attested=bytes(16) + struct.pack(">H", 500) + b"short"),
    "no key": _forged(cose=b""),
    "a key that is no map": _forged(cose=b"\x01"),
    "something after the key": _forged(tail=b"\x00\x00"),
    "an empty credential id": _forged(credential_id=b""),
    "a credential id beyond measure": _forged(credential_id=b"x" * 1024),
    "id is not rawId": _forged(id=b"other"),
    "ids are not that of the key": _forged(id=b"other", raw_id=b"other"),
    "not a public key": _forged(kind="password"),
    "an algorithm not offered": _key(k3=-47),
    "a symmetric key": _forged(cose={1: 4, 3: 5, -1: b"k" * 32}),
    "RSA announced, curve given": _key(k3=Alg.RS256),
    "no algorithm": _key(k3=None),
    "a curve not offered": _key(m1=2),
    "no curve point": _key(m2=b"\x01" * 32, m3=b"\x01" * 32),
    "the point at infinity": _key(m2=bytes(32), m3=bytes(32)),
    "half a point": _key(m2=b"\x01"),
    "coordinates that are text": _key(m2="x" * 32, m3="y" * 32),
    "an attestation that is none": _forged(fmt="none", statement={"alg": -7, "sig": b"x"}),
    "an attestation that proves nothing": _forged(fmt="packed", statement={"alg": -7, "sig": b"x" * 70, "x5c": [b"no certificate"]}),
    "an unknown attestation": _forged(fmt="evil"),
    "an attestation that is no map": _forged(attestation=b"\x80"),
    "no attestation": _forged(attestation=b""),
}  # fmt: skip


@spec("attacks.md", "M8")
@spec("WebAuthn", "7.1")
@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_each_failed_check_enrols_nothing(stage: Stage, owner: Holder, forge: Forge) -> None:
    visitor, device, before = inside(owner), Authenticator(stage.server.base), len(owner.passkeys())
    answer = send(visitor, ADD, forge(device, ask(visitor, ADD)), name="x")
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.headers.get("Location"))
    assert len(owner.passkeys()) == before


@spec("WebAuthn", "7.1")
def test_the_same_key_is_enrolled_once_in_the_whole_house(stage: Stage, owner: Holder) -> None:
    """Somebody else's credential id, known from a lost answer, must not move to another account."""
    thief = stage.human()
    visitor, taken = browser(stage, thief), owner.device.one.id
    answer = send(visitor, ADD, Authenticator(stage.server.base).create(ask(visitor, ADD), credential_id=taken), name="x")
    assert 400 <= answer.status_code < 500
    mine = inside(owner)
    options = ask(mine, ADD)
    assert b64(taken) in [one["id"] for one in options["excludeCredentials"]]
    answer = send(mine, ADD, owner.device.create(options, keep=False, credential_id=taken), name="x")
    assert 400 <= answer.status_code < 500 and len(owner.passkeys()) == 1
    comes_in(browser(stage), owner.device)


@spec("attacks.md", "M8")
def test_a_challenge_of_enrolling_is_bound_to_the_session_and_good_once(stage: Stage) -> None:
    held = holder(stage)
    one, other = inside(held), inside(held)
    answer = Authenticator(stage.server.base).create(ask(one, ADD))
    assert 400 <= send(other, ADD, answer, name="x").status_code < 500
    options = ask(one, ADD)
    fresh = Authenticator(stage.server.base)
    assert send(one, ADD, fresh.create(options), name="x").status_code in (200, 303)
    assert 400 <= send(one, ADD, fresh.create(options), name="x").status_code < 500
    options = ask(one, ADD)
    stage.sql("UPDATE passkey_challenges SET expires_at = :at WHERE used_at IS NULL", at=stage.moment(seconds=1))
    assert 400 <= send(one, ADD, fresh.create(options), name="x").status_code < 500
    assert 400 <= send(one, ADD, fresh.create({**options, "challenge": ask(one, ALONE)["challenge"]}), name="x").status_code < 500
    assert len(held.passkeys()) == 2


@spec("ASVS 5.0", "15.4.2")
def test_of_parallel_uses_of_one_answer_one_is_kept(stage: Stage) -> None:
    held = holder(stage)
    visitor = inside(held)
    answer = json.dumps(Authenticator(stage.server.base).create(ask(visitor, ADD)))
    form, others = {"csrf_token": visitor.token(), "credential": answer, "name": "x"}, [stage.visitor() for _ in range(20)]
    cookies = {"Cookie": "; ".join(f"{one.name}={one.value}" for one in visitor.http.cookies)}
    statuses = at_once(20, lambda n: others[n].send(ADD, form, cookies).status_code)
    assert max(statuses) < 500 and len(held.passkeys()) == 2, statuses


@spec("ASVS 5.0", "15.4.2")
def test_parallel_questions_and_parallel_keys_break_nothing(stage: Stage) -> None:
    """Two tabs ask for a person's first passkey at once; two people send the same credential id at once."""
    people = [stage.human() for _ in range(2)]
    visitors = [browser(stage, people[n % 2]) for n in range(6)]
    tokens = [one.token() for one in visitors]
    answers = at_once(6, lambda n: visitors[n].send(ADD + "/options", headers={"X-CSRFToken": tokens[n]}))
    assert [one.status_code for one in answers] == [200] * 6
    options = [one.json()["publicKey"] for one in answers]
    assert len({one["user"]["id"] for one in options}) == 2, "one handle a person, whichever tab asked first"
    taken = secrets.token_bytes(32)
    made = [json.dumps(Authenticator(stage.server.base).create(options[n], credential_id=taken)) for n in range(6)]
    forms = [{"csrf_token": tokens[n], "credential": made[n], "name": "x"} for n in range(6)]
    statuses = at_once(6, lambda n: visitors[n].send(ADD, forms[n]).status_code)
    assert max(statuses) < 500, statuses
    assert stage.sql("SELECT count(*) FROM passkeys WHERE credential_id = :id", id=taken)[0][0] == 1


@spec("attacks.md", "M6")
@spec("attacks.md", "X4")
def test_nobody_names_or_removes_another_persons_passkey(stage: Stage, owner: Holder) -> None:
    stranger, (key, _, name) = browser(stage, stage.human(enrolled=True)), owner.passkeys()[0]
    assert stranger.post(f"/account/passkeys/{key}/name", {"name": "mine"}).status_code == 404
    assert stranger.post(f"/account/passkeys/{key}/remove").status_code == 404
    assert stranger.post("/account/passkeys/nothing/remove").status_code == 404
    assert [(row[0], row[2]) for row in owner.passkeys()] == [(key, name)]
    assert key not in stranger.get("/account/factors").text
    comes_in(browser(stage), owner.device)


@spec("attacks.md", "M6")
@spec("ASVS 5.0", "7.5.1")
def test_passkeys_change_only_after_a_fresh_full_proof(stage: Stage) -> None:
    held = holder(stage, enrolled=True)
    visitor = inside(held)
    key = held.passkeys()[0][0]
    answer = Authenticator(stage.server.base).create(ask(visitor, ADD))
    for path in (f"/account/passkeys/{key}/remove", f"/account/passkeys/{key}/name", ADD + "/options"):
        assert visitor.get(path).status_code == 405
    stage.sql("UPDATE browser_sessions SET auth_time = :at WHERE person_id = :id", at=stage.moment(minutes=6), id=held.who.id)
    assert "again=1" in visitor.get(ADD).headers["Location"]
    assert asking(visitor, ADD).status_code == 403
    assert send(visitor, ADD, answer, name="x").status_code == 403
    assert visitor.post(f"/account/passkeys/{key}/remove").status_code == 403
    assert len(held.passkeys()) == 1
    comes_in(visitor, held.device)
    assert visitor.post(f"/account/passkeys/{key}/remove").status_code == 303 and held.passkeys() == []
    told = stage.events(subject_id=held.who.id)
    assert sum("factor" in tag or "passkey" in tag for tag in told) >= 2, told
    assert len(letters_to(stage, held.who.email)) >= 2, "one for the new passkey, one for its end"
    again = browser(stage)
    refused(again, send(again, ALONE, held.device.get(ask(again, ALONE))))


@spec("attacks.md", "M6")
def test_a_session_without_the_second_factor_adds_no_passkey(stage: Stage) -> None:
    who = stage.human()
    weak = browser(stage, who)
    with stage.unit() as services:
        services.factors.enrol_for(OPERATOR, services.people.need(who.username))
    assert asking(weak, ADD).status_code in (303, 403) and send(weak, ADD, "{}", name="x").status_code in (303, 403)


@spec("attacks.md", "M6")
@spec("ASVS 5.0", "7.4.3")
def test_a_first_passkey_shuts_out_who_came_in_without_it(stage: Stage) -> None:
    who = stage.human()
    mine, thief = browser(stage, who), browser(stage, who)
    add(mine, Authenticator(stage.server.base))
    assert mine.is_in() and not thief.is_in()


@spec("attacks.md", "M3")
def test_a_passkey_is_a_second_factor_that_the_password_does_not_skip(stage: Stage) -> None:
    held = holder(stage)
    visitor = half(stage, held.who)
    for method, path in (
        ("GET", ADD), ("POST", ADD), ("POST", ADD + "/options"), ("POST", f"/account/passkeys/{held.passkeys()[0][0]}/remove"),
        ("GET", "/sign-in/done"), ("GET", "/sign-in/enrol"), ("POST", "/sign-in/enrol"), ("GET", ENROL), ("POST", ENROL),
        ("GET", "/sign-in/password"), ("GET", "/account"),
    ):  # fmt: skip
        form = {"csrf_token": visitor.token("/sign-in"), "credential": "{}", "name": "x", "code": "000000"}
        answer = visitor.send(path, form if method == "POST" else None, method=method)
        assert answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in"), (method, path, answer.status_code)
    assert asking(visitor, ENROL).status_code in (303, 400, 401, 403, 404, 409), "there is a factor: it is asked for, none is enrolled"
    assert len(held.passkeys()) == 1 and not visitor.is_in()
    comes_in(visitor, held.device, SECOND)


@spec("attacks.md", "M3")
@spec("RFC 9470", "4")
def test_where_the_strongest_proof_is_demanded_a_code_does_not_do(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    visitor = browser(stage, who)
    strict, plain = stage.rp(visitor, min_acr="3"), stage.rp(visitor)
    assert strict.begin(prompt="none").params["error"] == "interaction_required"
    assert plain.begin(prompt="none", acr_values="urn:sumut:acr:3").params["error"] == "interaction_required"
    assert payload(plain.tokens()["id_token"])["acr"] == "urn:sumut:acr:2"
    step_up = visitor.get(strict.begin().location).headers["Location"]
    assert step_up.startswith("/sign-in/step-up")
    stage.sql("UPDATE browser_sessions SET auth_time = :at WHERE person_id = :id", at=stage.moment(minutes=6), id=who.id)
    back = visitor.get(step_up).headers["Location"]
    assert "again=1" in back, "nothing is enrolled with a code of this morning"
    landed = visitor.post(back, {"username": who.username, "password": who.password}, page=back)
    assert landed.headers["Location"].startswith("/sign-in/code") and asking(visitor, ENROL).status_code == 403
    assert visitor.code(who.code()).headers["Location"].startswith(ENROL)
    device = Authenticator(stage.server.base)
    weak = Authenticator(stage.server.base, flags=Flag.UP)
    answer = send(visitor, ENROL, weak.create(ask(visitor, ENROL)), name="x")
    assert answer.status_code < 500
    if answer.status_code >= 400:
        answer = send(visitor, ENROL, device.create(ask(visitor, ENROL)), name="x")
    assert answer.status_code in (200, 303)
    assert payload(strict.tokens()["id_token"])["acr"] == "urn:sumut:acr:3"


@spec("attacks.md", "S4")
@pytest.mark.parametrize("path", [ALONE, SECOND, ENROL, ADD])
def test_another_site_asks_and_sends_nothing(stage: Stage, owner: Holder, path: str) -> None:
    visitor = inside(owner) if path == ADD else half(stage, owner.who) if path != ALONE else browser(stage)
    token = visitor.token("/sign-in?again=1")
    for target in (path, path + "/options"):
        assert visitor.send(target, {"credential": "{}"}).status_code == 403, "no token"
        other = browser(stage).token()
        assert visitor.send(target, {"csrf_token": other, "credential": "{}"}).status_code == 403, "a token of another browser"
        for header in ({"Origin": "https://evil.test"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            sent = {"X-CSRFToken": token, **header}
            answer = visitor.send(target, {"csrf_token": token, "credential": "{}"}, sent)
            assert answer.status_code == 403, (target, header, answer.status_code)
            assert "access-control-allow-origin" not in answer.headers
    key = owner.passkeys()[0][0]
    assert visitor.send(f"/account/passkeys/{key}/remove").status_code in (303, 403) and len(owner.passkeys()) == 1


@spec("attacks.md", "S6")
def test_a_name_is_text(stage: Stage) -> None:
    held = holder(stage)
    visitor, key = inside(held), held.passkeys()[0][0]
    assert visitor.post(f"/account/passkeys/{key}/name", {"name": "<script>alert(1)</script>"}).status_code == 303
    assert "<script>alert" not in visitor.get("/account/factors").text
    for name in ("x" * 500, "", "\x00", "a\r\nb"):
        answer = visitor.post(f"/account/passkeys/{key}/name", {"name": name})
        assert answer.status_code < 500 and len(held.passkeys()[0][2]) <= 60 and held.passkeys()[0][2]
