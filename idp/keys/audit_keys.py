"""The key of the audit record: signs seals, checkpoints and statements, and nothing else; checks them by public keys alone.

It is never published with the keys of tokens, so a token can never pass for a checkpoint nor a checkpoint for a token, and its
public part is kept for ever: a record of years must still be provable. When it is rotated, the old key names the new one in a signed
statement, so who holds an earlier public key trusts the later ones.
"""

import json
import re
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from sqlalchemy.exc import IntegrityError

from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.db.session import Database
from idp.kernel.actor import SYSTEM, Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Invalid
from idp.kernel.sealing import Sealer
from idp.keys import material
from idp.keys.store import AuditKeyStore

TYP = "idp-audit+jws"
_ALG = jws.JWSRegistry(algorithms=["ES256"]).get_alg("ES256")
_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, sort_keys=True)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_PUBLIC = ("kty", "crv", "x", "y", "kid", "alg", "use")


class KeySigner:
    """Signs with one key that was opened for it."""

    def __init__(self, kid: str, key: ECKey) -> None:
        self.kid, self._key = kid, key

    def sign(self, words: bytes) -> tuple[str, bytes]:
        """The key's name and a bare ES256 signature (RFC 7518 section 3.4)."""
        return self.kid, _ALG.sign(words, self._key)

    def state(self, statement: Mapping[str, Any]) -> str:
        """`statement` as a compact JWS (RFC 7515 section 3.1)."""
        head = {"alg": "ES256", "kid": self.kid, "typ": TYP}
        signed = _base64(_JSON.encode(head).encode()) + b"." + _base64(_JSON.encode(statement).encode())
        return (signed + b"." + _base64(_ALG.sign(signed, self._key))).decode()


class PublicKeys:
    """Checks by public keys: those that are trusted, and those that a trusted one named as its successor.

    trusted: public JWKs; endorsements: statements of succession, in any order.
    """

    def __init__(self, trusted: Iterable[Mapping[str, Any]], endorsements: Iterable[str] = ()) -> None:
        self._keys = dict(_imported(jwk) for jwk in trusted)
        waiting = list(endorsements)
        while waiting:
            left = [statement for statement in waiting if not self._accept(statement)]
            if len(left) == len(waiting):
                return
            waiting = left

    @property
    def names(self) -> tuple[str, ...]:
        """The thumbprints of the keys (RFC 7638)."""
        return tuple(self._keys)

    def signed(self, kid: str, words: bytes, signature: bytes) -> bool:
        """True when the key of this name signed exactly these words."""
        key = self._keys.get(kid)
        try:
            return key is not None and bool(_ALG.verify(words, signature, key))
        except (JoseError, ValueError):
            return False

    def read(self, statement: str) -> dict[str, Any] | None:
        """What a compact JWS states, when a trusted key signed it and it is one of ours; else None (RFC 8725 section 3.11)."""
        parts = statement.split(".") if statement.isascii() else []
        if len(parts) != 3 or not all(_BASE64URL.fullmatch(part) for part in parts):
            return None
        try:
            head, payload = json.loads(_bytes(parts[0])), json.loads(_bytes(parts[1]))
            if not isinstance(head, dict) or head.get("alg") != "ES256" or head.get("typ") != TYP or "crit" in head:
                return None
            good = self.signed(str(head.get("kid")), statement.rpartition(".")[0].encode(), _bytes(parts[2]))
        except (ValueError, RecursionError):
            return None
        return payload if good and isinstance(payload, dict) else None

    def _accept(self, statement: str) -> bool:
        stated = self.read(statement)
        if stated is None or stated.get("kind") != "audit-key" or not isinstance(stated.get("jwk"), dict):
            return False
        try:
            name, key = _imported(stated["jwk"])
        except Invalid:
            return False
        self._keys[name] = key
        return True


class AuditKeys:
    """The audit keys of the database; one of these a process, safe between threads. Works in units of its own."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database, self._sealer, self._clock = database, sealer, clock
        self._lock = threading.Lock()
        self._signer: KeySigner | None = None

    def signer(self) -> KeySigner:
        """Signs with the active key; makes the first one. Ask before opening a unit. Raises CannotOpen."""
        with self._lock:
            with self._database.unit(read_only=True) as session:
                row = AuditKeyStore(session).active()
            if row is None:
                with suppress(IntegrityError):  # another process was faster
                    self._make(SYSTEM, None)
                with self._database.unit(read_only=True) as session:
                    row = AuditKeyStore(session).active()
            assert row is not None  # noqa: S101 - somebody has made it
            if self._signer is None or self._signer.kid != row.kid:
                self._signer = KeySigner(row.kid, self._opened(row.kid, row.private_sealed))
            return self._signer

    def rotate(self, actor: Actor) -> str:
        """Make a new key that the present one endorses, and sign with it from now on; gives its name."""
        present = self.signer()
        with self._lock:
            return self._make(actor, present)

    def checker(self) -> PublicKeys:
        """Checks by every key this installation ever had, as its own database has them."""
        return PublicKeys(self.public())

    def public(self) -> list[dict[str, Any]]:
        """Every public key, oldest first, as JWKs: what is handed to auditors."""
        with self._database.unit(read_only=True) as session:
            return [row.public_jwk for row in AuditKeyStore(session).all()]

    def endorsements(self) -> list[str]:
        """The statements by which each key named the next."""
        with self._database.unit(read_only=True) as session:
            return [row.endorsement for row in AuditKeyStore(session).all() if row.endorsement]

    def reseal(self, actor: Actor) -> int:
        """Seal private parts again under the newest data key where they are not; gives how many. Raises CannotOpen."""
        with self._database.unit() as session:
            store = AuditKeyStore(session)
            old = [row for row in store.all() if not self._sealer.is_current(row.private_sealed)]
            for row in old:
                store.reseal(row.kid, material.reseal(row.kid, row.private_sealed, self._sealer))
                self._log(session).record(Tag.KEYS_RESEAL, actor, subject=("audit_key", row.kid))
        return len(old)

    def _make(self, actor: Actor, present: KeySigner | None) -> str:
        pair, now = material.generate("ES256", self._sealer, rsa_bits=0), self._clock.now()
        statement = {"kind": "audit-key", "jwk": pair.public_jwk, "at": now.isoformat()}
        with self._database.unit() as session:
            AuditKeyStore(session).succeed(
                present.kid if present else None, now,
                kid=pair.kid, private_sealed=pair.private_sealed, public_jwk=pair.public_jwk, created_at=now,
                endorsement=present.state(statement) if present else None,
            )  # fmt: skip
            tag = Tag.AUDIT_KEY_ROTATE if present else Tag.AUDIT_KEY_CREATE
            self._log(session).record(tag, actor, subject=("audit_key", pair.kid), before=present.kid if present else None)
        return pair.kid

    def _opened(self, kid: str, sealed: bytes) -> ECKey:
        key = material.import_private(kid, "ES256", sealed, self._sealer)
        assert isinstance(key, ECKey)  # noqa: S101 - import_private gives one for ES256
        return key

    def _log(self, session: Any) -> AuditLog:
        return AuditLog(AuditStore(session), self._clock)


def read_public(text: str) -> list[dict[str, Any]]:
    """The public audit keys of a file: one JWK, or a JWK Set; raises Invalid with what is wrong."""
    try:
        found = json.loads(text)
    except ValueError:
        raise Invalid("audit.key", "the key is not JSON; give the JWK that `idp audit key` prints") from None
    keys: Sequence[Any] = found.get("keys", [found]) if isinstance(found, dict) else []
    if not keys or not all(isinstance(key, dict) for key in keys):
        raise Invalid("audit.key", "the key is not a JWK or a JWK Set")
    for key in keys:
        _imported(key)
    return [{name: key[name] for name in _PUBLIC if name in key} for key in keys]


def _imported(jwk: Mapping[str, Any]) -> tuple[str, ECKey]:
    """(thumbprint, key): a key is known by what it is, never by what it is called."""
    try:
        if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
            raise Invalid("audit.key", "an audit key is an EC key on P-256")
        key = ECKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "y")})
        return key.thumbprint(), key
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Invalid("audit.key", "the audit key cannot be read") from error


def _base64(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def _bytes(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
