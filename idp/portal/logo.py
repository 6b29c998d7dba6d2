"""Logos of applications: small PNG pictures and nothing else. Pure.

A picture is shown to everybody from our own origin, so it is read chunk by chunk (PNG specification, third edition, section 5):
only what a still picture needs is kept; comments, profiles, animations and whatever is appended are dropped or refused.
"""

import zlib

from idp.kernel.errors import Invalid

LARGEST = 32 * 1024
SMALLEST_SIDE, LARGEST_SIDE = 32, 512
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_NO_PICTURE = "the logo must be a whole PNG picture"


def checked(data: bytes) -> bytes:
    """The picture without anything a browser does not need. Raises Invalid with what is wrong."""
    if len(data) > LARGEST:
        raise Invalid("portal.logo", f"the logo must be at most {LARGEST // 1024} KiB", field="logo")
    if not data.startswith(_SIGNATURE):
        raise Invalid("portal.logo", "the logo must be a PNG picture (no SVG, JPEG or other format)", field="logo")
    chunks = _chunks(data)
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13 or chunks[-1][0] != b"IEND":
        raise Invalid("portal.logo", _NO_PICTURE, field="logo")
    _check_size(chunks[0][1])
    _check_pixels(b"".join(body for name, body in chunks if name == b"IDAT"))
    return _SIGNATURE + b"".join(_chunk(name, body) for name, body in chunks if name in _KEPT)


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """(name, body) of each chunk up to IEND, their checksums compared; nothing may follow."""
    found, at = [], len(_SIGNATURE)
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        end = at + 12 + size
        if end > len(data) or int.from_bytes(data[end - 4 : end], "big") != zlib.crc32(name + body):
            raise Invalid("portal.logo", _NO_PICTURE, field="logo")
        found.append((name, body))
        at = end
        if name == b"IEND":
            break
    if at != len(data):
        raise Invalid("portal.logo", "something follows the end of the picture", field="logo")
    return found


def _check_size(header: bytes) -> None:
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    if not (SMALLEST_SIDE <= width <= LARGEST_SIDE and SMALLEST_SIDE <= height <= LARGEST_SIDE):
        raise Invalid("portal.logo", f"the logo must be {SMALLEST_SIDE} to {LARGEST_SIDE} pixels wide and high", field="logo")


def _check_pixels(packed: bytes) -> None:
    """The picture's data must unpack, and to no more than such a picture can have (a small file may unpack to gigabytes)."""
    most = LARGEST_SIDE * (LARGEST_SIDE * 8 + 1) + 64
    unpacker = zlib.decompressobj()
    try:
        pixels = unpacker.decompress(packed, most)
    except zlib.error as error:
        raise Invalid("portal.logo", _NO_PICTURE, field="logo") from error
    if not pixels or not unpacker.eof:
        raise Invalid("portal.logo", _NO_PICTURE, field="logo")


def _chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
