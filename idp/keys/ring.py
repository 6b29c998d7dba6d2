"""The key ring of a process: sign, verify, publish, rotate (RFC 7515, RFC 7517, RFC 8725).

Keys go next -> active -> retired. A key is published before it signs and stays published while anything it signed can
live. Key objects are imported once per process; the ring is read again from the database at most every `REREAD`.
"""

import json
import re
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.db.session import Database
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict
from idp.kernel.sealing import Sealer
from idp.keys import material
from idp.keys.material import ALGS, Key, KeyPair
from idp.keys.store import KeyStore
from idp.keys.view import PublicKey, View, choose_signer, publish

REREAD = timedelta(seconds=10)
REREAD_FOR_UNKNOWN = timedelta(seconds=5)
PUBLISHED_AFTER = timedelta(days=2)  # longer than a session's absolute life, so that its id_token_hint still verifies
_LONGEST_TOKEN = 16_384
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_REGISTRIES = {alg: jws.JWSRegistry(algorithms=[alg]) for alg in ALGS}


class KeyRing:
    """Signs and verifies with the keys of the database; one per process, safe between threads.

    database: units of its own, so a ring is never part of a request's transaction; rsa_bits: size of new RSA keys.
    """

    def __init__(self, database: Database, sealer: Sealer, clock: Clock, *, rsa_bits: int = 3072) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._rsa_bits = rsa_bits
        self._lock = threading.Lock()
        self._view: View | None = None
        self._private: dict[str, Key] = {}
        self._missed: dict[str, datetime] = {}

    def warm(self) -> None:
        """Read the ring now, so that no request waits for it; raises CannotOpen when the data keys do not fit."""
        self._reread()

    def sign(self, payload: dict[str, Any], *, alg: str, typ: str | None = None) -> str:
        """`payload` as a compact JWS with `kid`, and `typ` when given (RFC 7515 section 3.1, RFC 9068 section 2.1).

        Raises Invalid for an algorithm that is not ours, Conflict when there is no key (`idp keys rotate` makes one).
        """
        name = material.known_alg(alg)
        signer = self._current().signers.get(name) or self._reread().signers.get(name)
        if signer is None:
            raise Conflict("keys.none", f"there is no {alg} signing key yet; run `idp keys rotate`")
        # What joserfc's serialize_compact does, less the checks of a header that we wrote: a fifth of an ES256 token's cost.
        signed = _head(name, signer[0], typ) + b"." + _base64(_JSON.encode(payload).encode())
        signature: bytes = _REGISTRIES[name].get_alg(name).sign(signed, signer[1])
        return (signed + b"." + _base64(signature)).decode()

    def verify(self, token: str, *, typ: str | None = None) -> dict[str, Any] | None:
        """The payload of a token that one of our keys signed, else None; the caller checks times, issuer and audience.

        The algorithm is the key's, never the token's wish (RFC 8725 section 3.1). typ must be the one named; None
        admits a token without `typ` or with ``JWT`` only, so no other kind passes for an ID token (section 3.11).
        """
        header = _header(token)
        if header is None or not _typ_fits(header.get("typ"), typ):
            return None
        key = self._find(str(header.get("kid", "")))
        if key is None or header.get("alg") != key.alg or key.expired(self._clock.now()):
            return None
        signed, _, signature = token.rpartition(".")
        # What joserfc's deserialize_compact does with a header that we have read already (`_header` admits no `crit`).
        algorithm = _REGISTRIES[material.known_alg(key.alg)].get_alg(key.alg)
        try:
            if not algorithm.verify(signed.encode(), _bytes(signature), key.key):
                return None
            payload = json.loads(_bytes(signed.partition(".")[2]))
        except (JoseError, ValueError, RecursionError):
            return None
        return payload if isinstance(payload, dict) else None

    def jwks(self) -> tuple[bytes, str]:
        """The published JWK Set and its entity tag, without quotes (OIDC Core section 10.1.1)."""
        view = self._current()
        return view.jwks, view.etag

    def list(self) -> tuple[PublicKey, ...]:
        """Every key that has not expired, oldest first, freshly read."""
        return tuple(self._reread().keys.values())

    def ensure(self, actor: Actor) -> tuple[str, ...]:
        """Make the keys that are missing (an active and a next one per algorithm); gives their names."""
        wanted = [(alg, state) for alg in ALGS for state in ("active", "next")]
        with self._database.unit(read_only=True) as session:
            there = KeyStore(session).states()
        if there.issuperset(wanted):
            return ()
        # RSA keys take seconds on a slow machine: made before the lock, thrown away if another process was faster.
        made = {want: self._generate(want[0]) for want in wanted if want not in there}
        with self._database.unit() as session:
            store, now = KeyStore(session), self._clock.now()
            store.lock()
            missing = [want for want in made if want not in store.states()]
            for want in missing:
                _add(store, made[want], want[1], now)
                self._audit(session).record(Tag.KEYS_CREATE, actor, subject=("key", made[want].kid), alg=want[0], state=want[1])
        self._reread()
        return tuple(made[want].kid for want in missing)

    def rotate(self, actor: Actor, alg: str | None = None) -> tuple[str, ...]:
        """Retire the active key, activate the next and make a new next, for `alg` or all; gives the activated names.

        Each rotation is one transaction, one after the other across processes; raises Invalid for an unknown algorithm.
        """
        algs = ALGS if alg is None else (material.known_alg(alg),)
        self.ensure(actor)
        fresh = [self._generate(name) for name in algs]
        activated = []
        with self._database.unit() as session:
            store, now = KeyStore(session), self._clock.now()
            store.lock()
            for pair in fresh:
                retired = store.retire(pair.alg, now, now + PUBLISHED_AFTER)
                kid = store.promote(pair.alg, now)
                if kid is None:
                    raise Conflict("keys.no_next", f"there is no next {pair.alg} key to activate; try again")
                _add(store, pair, "next", now)
                self._audit(session).record(Tag.KEYS_ROTATE, actor, subject=("key", kid), alg=pair.alg, retired=retired, next=pair.kid)
                activated.append(kid)
        self._reread()
        return tuple(activated)

    def prune(self, actor: Actor) -> int:
        """Delete keys whose time is over (housekeeping; expiry itself is checked at use); gives how many."""
        with self._database.unit() as session:
            count = KeyStore(session).drop_expired(self._clock.now())
            if count:
                self._audit(session).record(Tag.PRUNE, actor, signing_keys=count)
        return count

    def reseal(self, actor: Actor) -> int:
        """Seal private keys again under the newest data key where they are not; gives how many. Raises CannotOpen."""
        with self._database.unit() as session:
            store = KeyStore(session)
            store.lock()
            old = [row for row in store.live(self._clock.now()) if not self._sealer.is_current(row.private_sealed)]
            for row in old:
                store.reseal(row.kid, material.reseal(row.kid, row.private_sealed, self._sealer))
                self._audit(session).record(Tag.KEYS_RESEAL, actor, subject=("key", row.kid))
        return len(old)

    def _generate(self, alg: material.Alg) -> KeyPair:
        return material.generate(alg, self._sealer, rsa_bits=self._rsa_bits)

    def _audit(self, session: Any) -> AuditLog:
        return AuditLog(AuditStore(session), self._clock)

    def _current(self) -> View:
        view = self._view
        if view is None:
            return self._reread()
        # abs: when the clock is set back, the ring must not sleep for an hour.
        if abs(self._clock.now() - view.read_at) < REREAD or not self._lock.acquire(blocking=False):
            return view
        try:
            self._view = self._read()
        except Exception:  # noqa: BLE001 - a database that is away must not stop the keys that we hold
            self._view = View(self._clock.now(), view.keys, view.signers, view.jwks, view.etag)
        finally:
            self._lock.release()
        return self._view

    def _reread(self) -> View:
        with self._lock:
            self._view = self._read()
            return self._view

    def _read(self) -> View:
        now = self._clock.now()
        with self._database.unit(read_only=True) as session:
            rows = KeyStore(session).live(now)
        before = self._view.keys if self._view else {}
        keys = {row.kid: _public(row, before) for row in rows}
        sealed = {row.kid: row.private_sealed for row in rows}
        signers = {alg: (kid, self._import(kid, alg, sealed[kid])) for alg, kid in choose_signer(keys.values(), now).items()}
        self._private = {kid: key for kid, key in self._private.items() if kid in keys}
        return View(now, keys, signers, *publish(keys.values()))

    def _import(self, kid: str, alg: str, sealed: bytes) -> Key:
        if kid not in self._private:
            self._private[kid] = material.import_private(kid, alg, sealed, self._sealer)
        return self._private[kid]

    def _find(self, kid: str) -> PublicKey | None:
        view = self._current()
        if kid in view.keys or not kid:
            return view.keys.get(kid)
        # Another process may have made it a moment ago. Each unknown name is looked up once in 5 s, twenty names at most.
        now = self._clock.now()
        with self._lock:
            self._missed = {name: at for name, at in self._missed.items() if abs(now - at) < REREAD_FOR_UNKNOWN}
            if kid in self._missed or len(self._missed) >= 20:
                return None
            self._missed[kid] = now
        return self._reread().keys.get(kid)


def _add(store: KeyStore, pair: KeyPair, state: str, now: datetime) -> None:
    store.add(
        kid=pair.kid,
        alg=pair.alg,
        state=state,
        private_sealed=pair.private_sealed,
        public_jwk=pair.public_jwk,
        created_at=now,
        activated_at=now if state == "active" else None,
    )


def _public(row: Any, before: dict[str, PublicKey]) -> PublicKey:
    known = before.get(row.kid)
    key = known.key if known else material.import_public(row.alg, row.public_jwk)
    return PublicKey(row.kid, row.alg, row.state, row.created_at, row.activated_at, row.retired_at, row.expires_at, row.public_jwk, key)


@lru_cache(maxsize=64)
def _head(alg: str, kid: str, typ: str | None) -> bytes:
    return _base64(_JSON.encode({"alg": alg, "kid": kid} | ({"typ": typ} if typ else {})).encode())


def _base64(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def _bytes(part: str) -> bytes:
    """Decode one part of a compact token: the URL alphabet only, no padding; raises ValueError (RFC 7515 section 2)."""
    if not _BASE64URL.fullmatch(part):
        raise ValueError("not base64url")
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _header(token: str) -> dict[str, Any] | None:
    """The protected header, when it is one that we could have written."""
    if len(token) > _LONGEST_TOKEN or token.count(".") != 2 or not token.isascii():
        return None
    return _read_header(token.partition(".")[0])


@lru_cache(maxsize=256)  # all tokens of one key and kind share their header
def _read_header(part: str) -> dict[str, Any] | None:
    try:
        header = json.loads(_bytes(part))
    except (ValueError, RecursionError):
        return None
    known: Sequence[str] = ("alg", "kid", "typ")
    return header if isinstance(header, dict) and all(name in known for name in header) else None


def _typ_fits(found: object, wanted: str | None) -> bool:
    """Compare `typ` as media types: case apart, ``application/`` left out (RFC 7515 section 4.1.9)."""
    if wanted is None:
        return found is None or (isinstance(found, str) and found.upper() == "JWT")
    return isinstance(found, str) and found.lower().removeprefix("application/") == wanted.lower()
