"""Key pairs: making them, sealing their private part, importing each once (RFC 7517, RFC 7518 section 6)."""

from dataclasses import dataclass
from typing import Any, Literal, cast

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from joserfc.jwk import ECKey, RSAKey

from idp.kernel.errors import Invalid
from idp.kernel.sealing import Sealer

Alg = Literal["RS256", "ES256"]
ALGS: tuple[Alg, ...] = ("RS256", "ES256")
Key = RSAKey | ECKey


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A new key: its name (RFC 7638 thumbprint), the sealed private part, the public JWK as it is published."""

    kid: str
    alg: Alg
    private_sealed: bytes
    public_jwk: dict[str, Any]


def known_alg(alg: str) -> Alg:
    """`alg` as one of ours; raises Invalid."""
    if alg not in ALGS:
        raise Invalid("keys.alg", f"there is no signing algorithm {alg!r} here; there are {', '.join(ALGS)}", field="alg")
    return alg


def generate(alg: Alg, sealer: Sealer, *, rsa_bits: int) -> KeyPair:
    """Make a key pair: RSA of `rsa_bits` for RS256, P-256 for ES256 (ASVS 11.2.3)."""
    key: Key
    native: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if alg == "RS256":
        native = rsa.generate_private_key(public_exponent=65537, key_size=rsa_bits)
        key = RSAKey.import_key(native)
    else:
        native = ec.generate_private_key(ec.SECP256R1())
        key = ECKey.import_key(native)
    kid = key.thumbprint()
    public = {**key.as_dict(private=False), "kid": kid, "alg": alg, "use": "sig"}
    plain = native.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return KeyPair(kid, alg, sealer.seal(plain, _context(kid)), public)


def import_private(kid: str, alg: str, sealed: bytes, sealer: Sealer) -> Key:
    """Open and import a private key; raises CannotOpen.

    The seal proves that these are the bytes we wrote, so the slow arithmetic check of an RSA key (56 ms) is left out.
    """
    native = load_der_private_key(sealer.open(sealed, _context(kid)), None, unsafe_skip_rsa_key_validation=True)
    if alg == "RS256":
        return RSAKey.import_key(cast(rsa.RSAPrivateKey, native))
    return ECKey.import_key(cast(ec.EllipticCurvePrivateKey, native))


def import_public(alg: str, jwk: dict[str, Any]) -> Key:
    """Import a public key of ours from its published form."""
    return RSAKey.import_key(jwk) if alg == "RS256" else ECKey.import_key(jwk)


def reseal(kid: str, sealed: bytes, sealer: Sealer) -> bytes:
    """The same private key, sealed under the newest data key; raises CannotOpen."""
    return sealer.seal(sealer.open(sealed, _context(kid)), _context(kid))


def _context(kid: str) -> str:
    return f"signing_key:{kid}"
