"""Hashes brought along from older systems: verified once more, then replaced by ours (security.md).

bcrypt (PHP, Laravel: ``$2y$``), PBKDF2 (Django, Werkzeug, passlib), scrypt (Werkzeug).
"""

import hashlib
import re
from base64 import b64decode
from binascii import Error

import bcrypt

from idp.kernel.randomness import same

_DJANGO = re.compile(r"pbkdf2_(sha1|sha256|sha512)\$(\d{1,8})\$([^$]+)\$([A-Za-z0-9+/=]+)")
_WERKZEUG_PBKDF2 = re.compile(r"pbkdf2:(sha1|sha256|sha512):(\d{1,8})\$([^$]+)\$([0-9a-f]+)")
_WERKZEUG_SCRYPT = re.compile(r"scrypt:(\d{1,8}):(\d{1,3}):(\d{1,3})\$([^$]+)\$([0-9a-f]+)")
_PASSLIB = re.compile(r"\$pbkdf2(-sha256|-sha512|)\$(\d{1,8})\$([A-Za-z0-9./]*)\$([A-Za-z0-9./]+)")
_BCRYPT = re.compile(r"\$2[abxy]\$\d\d\$[A-Za-z0-9./]{53}")


def is_known(encoded: str) -> bool:
    """True when `encoded` is of a kind that can be verified here."""
    return any(kind.fullmatch(encoded) for kind in (_DJANGO, _WERKZEUG_PBKDF2, _WERKZEUG_SCRYPT, _PASSLIB, _BCRYPT))


def verify_imported(encoded: str, password: str) -> bool:
    """True when `password` gave `encoded`; False for kinds that are not known or cannot be read."""
    secret = password.encode()
    try:
        if _BCRYPT.fullmatch(encoded):
            # The old system looked at 72 bytes only; our own hash, made right after, looks at all of them.
            return bcrypt.checkpw(secret[:72], encoded.encode())
        if found := _DJANGO.fullmatch(encoded):
            return _pbkdf2(found[1], secret, found[3].encode(), int(found[2]), b64decode(found[4]))
        if found := _WERKZEUG_PBKDF2.fullmatch(encoded):
            return _pbkdf2(found[1], secret, found[3].encode(), int(found[2]), bytes.fromhex(found[4]))
        if found := _PASSLIB.fullmatch(encoded):
            name = found[1].lstrip("-") or "sha1"
            return _pbkdf2(name, secret, _ab64(found[3]), int(found[2]), _ab64(found[4]))
        if found := _WERKZEUG_SCRYPT.fullmatch(encoded):
            n, r, p, wanted = int(found[1]), int(found[2]), int(found[3]), bytes.fromhex(found[5])
            room = 132 * n * r * p
            return same(hashlib.scrypt(secret, salt=found[4].encode(), n=n, r=r, p=p, maxmem=room, dklen=len(wanted)), wanted)
    except (ValueError, Error, MemoryError):
        return False
    return False


def _pbkdf2(name: str, secret: bytes, salt: bytes, rounds: int, wanted: bytes) -> bool:
    return same(hashlib.pbkdf2_hmac(name, secret, salt, rounds, len(wanted)), wanted)


def _ab64(text: str) -> bytes:
    standard = text.replace(".", "+")
    return b64decode(standard + "=" * (-len(standard) % 4))
