"""The key ring: what it signs, what it believes, what it publishes."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from idp.db.session import Database
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from idp.kernel.errors import Conflict, Invalid
from idp.kernel.randomness import SystemRandomness
from idp.kernel.sealing import CannotOpen, Sealer
from idp.keys import material
from idp.keys.ring import PUBLISHED_AFTER, KeyRing
from tests.keys.conftest import MakeRing
from tests.spec import spec

ONE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def _part(token: str, number: int) -> Any:
    part = token.split(".")[number]
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _encode(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _jwks(ring: KeyRing) -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = json.loads(ring.jwks()[0])["keys"]
    return keys


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_what_a_ring_signs_another_process_verifies(ring: KeyRing, make_ring: MakeRing, alg: str) -> None:
    token = ring.sign({"sub": "anna", "name": "Änna"}, alg=alg, typ="at+jwt")
    assert make_ring().verify(token, typ="at+jwt") == {"sub": "anna", "name": "Änna"}


@ONE
@spec("RFC 7515", "4.1.4", "SHOULD")
def test_every_token_names_its_key(ring: KeyRing) -> None:
    header = _part(ring.sign({}, alg="ES256"), 0)
    assert header["kid"] in {key["kid"] for key in _jwks(ring)}
    assert "typ" not in header


@ONE
@spec("RFC 8725", "3.11", "SHOULD")
def test_a_token_of_another_kind_is_not_believed(ring: KeyRing) -> None:
    access, plain = ring.sign({"a": 1}, alg="ES256", typ="at+jwt"), ring.sign({"a": 1}, alg="ES256")
    assert ring.verify(access) is None
    assert ring.verify(access, typ="logout+jwt") is None
    assert ring.verify(plain, typ="at+jwt") is None
    assert ring.verify(plain) == {"a": 1}


@ONE
@spec("RFC 7515", "4.1.9", "SHOULD")
def test_typ_is_compared_as_a_media_type(ring: KeyRing) -> None:
    assert ring.verify(ring.sign({}, alg="ES256", typ="application/AT+JWT"), typ="at+jwt") == {}
    assert ring.verify(ring.sign({}, alg="ES256", typ="JWT")) == {}


@ONE
@spec("RFC 8725", "3.1")
def test_the_algorithm_is_the_keys_and_never_the_tokens(ring: KeyRing) -> None:
    token = ring.sign({"a": 1}, alg="RS256")
    kid, body = _part(token, 0)["kid"], token.split(".")[1]
    public = next(key for key in _jwks(ring) if key["kid"] == kid)
    for alg in ("none", "None", "HS256", "PS256", "ES256", "", None, ["RS256"], {}):
        head = _encode({"alg": alg, "kid": kid})
        mac = hmac.new(json.dumps(public).encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
        assert ring.verify(f"{head}.{body}.{_encode(mac)}") is None
        assert ring.verify(f"{head}.{body}.") is None


@ONE
@pytest.mark.parametrize("extra", [{"crit": ["exp"], "exp": 1}, {"jwk": {"kty": "EC"}}, {"jku": "https://evil.test/"}, {"b64": False}])
def test_a_header_we_never_write_is_refused(ring: KeyRing, extra: dict[str, Any]) -> None:
    token = ring.sign({}, alg="ES256")
    head, body, signature = token.split(".")
    assert ring.verify(f"{_encode(_part(token, 0) | extra)}.{body}.{signature}") is None
    assert ring.verify(f"{head}.{body}.{signature}") == {}


@ONE
def test_a_changed_payload_or_a_foreign_key_is_refused(ring: KeyRing, sealer: Sealer) -> None:
    head, _, signature = ring.sign({"sub": "anna"}, alg="ES256").split(".")
    assert ring.verify(f"{head}.{_encode({'sub': 'budi'})}.{signature}") is None
    pair = material.generate("ES256", sealer, rsa_bits=2048)
    from joserfc import jws

    foreign = material.import_private(pair.kid, "ES256", pair.private_sealed, sealer)
    for kid in (pair.kid, _part(f"{head}.e30.", 0)["kid"]):
        token = jws.serialize_compact({"alg": "ES256", "kid": kid}, b'{"sub":"anna"}', foreign, algorithms=["ES256"])
        assert ring.verify(token) is None


@ONE
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=80), st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}", fullmatch=True)))
def test_no_text_makes_verification_stumble(ring: KeyRing, token: str) -> None:
    assert ring.verify(token) is None


@ONE
def test_deep_json_does_not_make_verification_stumble(ring: KeyRing) -> None:
    assert ring.verify(f"{_encode(b'[' * 9000)}.e30.AA") is None
    assert ring.verify("a" * 20000 + ".b.c") is None


@ONE
@spec("RFC 7517", "4.5", "SHOULD")
def test_the_published_set_has_public_members_only_and_unique_names(ring: KeyRing) -> None:
    keys = _jwks(ring)
    assert len(keys) == 4
    assert len({key["kid"] for key in keys}) == 4
    for key in keys:
        assert key["use"] == "sig"
        assert key["alg"] in ("RS256", "ES256")
        assert not {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & key.keys()


def test_private_keys_are_sealed_at_rest(ring: KeyRing, database: Database, clock: FrozenClock, randomness: SystemRandomness) -> None:
    other = KeyRing(database, Sealer([randomness.bytes(32)], randomness), clock, rsa_bits=2048)
    with pytest.raises(CannotOpen):
        other.warm()


def test_making_keys_twice_changes_nothing(ring: KeyRing, make_ring: MakeRing) -> None:
    before = ring.jwks()
    assert make_ring().ensure(OPERATOR) == ()
    assert make_ring().jwks() == before


def test_a_rotation_moves_each_key_one_state_on(ring: KeyRing, database: Database) -> None:
    states = {key.kid: (key.alg, key.state) for key in ring.list()}
    activated = ring.rotate(OPERATOR)
    after = {key.kid: (key.alg, key.state) for key in ring.list()}
    for kid, (alg, state) in states.items():
        assert after[kid] == (alg, "retired" if state == "active" else "active")
        assert (kid in activated) == (state == "next")
    assert sorted(state for _, state in after.values()) == ["active"] * 2 + ["next"] * 2 + ["retired"] * 2
    with database.unit(read_only=True) as session:
        tags = session.execute(text("SELECT tag FROM audit_events ORDER BY id")).scalars().all()
    assert tags == ["keys:signing_key:create"] * 4 + ["keys:signing_key:rotate"] * 2


@ONE
def test_one_algorithm_can_be_rotated_alone(ring: KeyRing) -> None:
    (kid,) = ring.rotate(OPERATOR, "ES256")
    assert _part(ring.sign({}, alg="ES256"), 0)["kid"] == kid
    with pytest.raises(Invalid, match="HS256"):
        ring.rotate(OPERATOR, "HS256")
    with pytest.raises(Invalid):
        ring.sign({}, alg="none")


@ONE
def test_rotating_an_empty_ring_makes_its_keys(make_ring: MakeRing) -> None:
    ring = make_ring()
    with pytest.raises(Conflict, match="idp keys rotate"):
        ring.sign({}, alg="ES256")
    ring.rotate(OPERATOR)
    assert ring.verify(ring.sign({}, alg="RS256")) == {}


@ONE
@spec("OIDC Core", "10.1.1")
def test_a_retired_key_verifies_until_its_time_is_over(ring: KeyRing, clock: FrozenClock) -> None:
    token = ring.sign({}, alg="ES256")
    etag = ring.jwks()[1]
    ring.rotate(OPERATOR)
    assert ring.jwks()[1] != etag
    assert ring.verify(token) == {}
    clock.advance(seconds=PUBLISHED_AFTER.total_seconds() - 1)
    assert ring.verify(token) == {}
    clock.advance(seconds=2)
    assert ring.verify(token) is None
    clock.advance(seconds=10)
    assert len(_jwks(ring)) == 4
    assert ring.prune(OPERATOR) == 2
    assert ring.prune(OPERATOR) == 0


@ONE
def test_a_token_signed_by_a_key_made_a_moment_ago_elsewhere_is_believed(ring: KeyRing, make_ring: MakeRing, clock: FrozenClock) -> None:
    other = make_ring()
    other.warm()
    ring.rotate(OPERATOR)
    ring.rotate(OPERATOR)
    clock.advance(seconds=31)
    token = ring.sign({}, alg="ES256")
    assert other.verify(token) == {}


@ONE
@spec("OIDC Core", "10.1.1", "SHOULD")
def test_a_key_signs_only_after_every_process_could_publish_it(ring: KeyRing, make_ring: MakeRing, clock: FrozenClock) -> None:
    stale = make_ring()
    stale.warm()
    for _ in range(10):
        clock.advance(seconds=0.9)
        ring.rotate(OPERATOR)
        kid = _part(ring.sign({}, alg="ES256"), 0)["kid"]
        assert kid in {key["kid"] for key in _jwks(stale)}
    clock.advance(seconds=60)
    active = next(key.kid for key in ring.list() if key.alg == "ES256" and key.state == "active")
    assert _part(ring.sign({}, alg="ES256"), 0)["kid"] == active


@ONE
def test_unknown_names_cannot_make_us_read_the_database_at_will(ring: KeyRing, monkeypatch: pytest.MonkeyPatch, clock: FrozenClock) -> None:
    reads = 0
    read = KeyRing._read

    def counted(self: KeyRing) -> Any:
        nonlocal reads
        reads += 1
        return read(self)

    monkeypatch.setattr(KeyRing, "_read", counted)
    for number in range(200):
        assert ring.verify(f"{_encode({'alg': 'ES256', 'kid': f'k{number}'})}.e30.AA") is None
    assert reads <= 20
    for _ in range(50):
        ring.verify(f"{_encode({'alg': 'ES256', 'kid': 'k1'})}.e30.AA")
    assert reads <= 20


@ONE
def test_a_key_is_imported_once_in_the_life_of_a_process(ring: KeyRing, monkeypatch: pytest.MonkeyPatch, clock: FrozenClock) -> None:
    imported: list[str] = []
    private, public = material.import_private, material.import_public
    monkeypatch.setattr(material, "import_private", lambda kid, *rest: imported.append(kid) or private(kid, *rest))
    monkeypatch.setattr(material, "import_public", lambda alg, jwk: imported.append(jwk["kid"] + " public") or public(alg, jwk))
    for _ in range(20):
        clock.advance(seconds=15)
        ring.sign({}, alg="RS256")
    assert imported == []
    ring.rotate(OPERATOR, "RS256")
    clock.advance(seconds=40)
    ring.sign({}, alg="RS256")
    assert len(imported) == len(set(imported)) == 2


@ONE
def test_a_ring_goes_on_while_the_database_is_away(
    ring: KeyRing, database: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring.sign({}, alg="ES256")

    def gone(**_: Any) -> Any:
        raise ConnectionError("no database")

    monkeypatch.setattr(database, "unit", gone)
    clock.advance(seconds=60)
    assert ring.verify(ring.sign({"a": 1}, alg="ES256")) == {"a": 1}
    monkeypatch.undo()
    clock.advance(seconds=11)
    assert ring.verify(ring.sign({"a": 1}, alg="ES256")) == {"a": 1}


@ONE
def test_a_clock_that_is_set_back_does_not_freeze_the_ring(ring: KeyRing, make_ring: MakeRing, clock: FrozenClock) -> None:
    other = make_ring()
    other.warm()
    ring.rotate(OPERATOR)
    clock.advance(seconds=-3600)
    assert other.jwks() == ring.jwks()
    assert other.verify(ring.sign({}, alg="ES256")) == {}


@ONE
def test_private_keys_are_sealed_again_under_a_newer_data_key(database: Database, clock: FrozenClock, randomness: SystemRandomness) -> None:
    old, new = randomness.bytes(32), randomness.bytes(32)
    KeyRing(database, Sealer([old], randomness), clock, rsa_bits=2048).ensure(OPERATOR)
    both = KeyRing(database, Sealer([new, old], randomness), clock, rsa_bits=2048)
    token = both.sign({}, alg="ES256")
    assert both.reseal(OPERATOR) == 4
    assert both.reseal(OPERATOR) == 0
    assert KeyRing(database, Sealer([new], randomness), clock, rsa_bits=2048).verify(token) == {}


def test_the_time_a_retired_key_stays_covers_a_days_session() -> None:
    assert timedelta(hours=24) <= PUBLISHED_AFTER
