"""Still PNG pictures, read chunk by chunk (PNG specification, third edition, section 5). Pure.

A picture that somebody uploads is shown to everybody from our own origin, so only what a still picture needs is kept; comments,
profiles, animations are dropped, whatever is broken or appended is refused.
"""

import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_BROKEN = "the logo must be a whole PNG picture"


class NoPicture(ValueError):
    """What is wrong with it, in a sentence for whoever chose it."""


def cleaned(data: bytes, *, smallest: int, largest: int) -> bytes:
    """The picture without anything a browser does not need. smallest, largest: of each side, in pixels; raises NoPicture."""
    if not data.startswith(SIGNATURE):
        raise NoPicture("the logo must be a PNG picture")
    chunks = _chunks(data)
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13 or chunks[-1][0] != b"IEND":
        raise NoPicture(_BROKEN)
    width, height = (int.from_bytes(chunks[0][1][at : at + 4], "big") for at in (0, 4))
    if not (smallest <= width <= largest and smallest <= height <= largest):
        raise NoPicture(f"the logo must be {smallest} to {largest} pixels wide and high")
    _check_pixels(b"".join(body for name, body in chunks if name == b"IDAT"), most=largest * (largest * 8 + 1) + 64)
    return SIGNATURE + b"".join(_chunk(name, body) for name, body in chunks if name in _KEPT)


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """(name, body) of each chunk up to IEND, their checksums compared; nothing may follow."""
    found, at = [], len(SIGNATURE)
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        end = at + 12 + size
        if end > len(data) or int.from_bytes(data[end - 4 : end], "big") != zlib.crc32(name + body):
            raise NoPicture(_BROKEN)
        found.append((name, body))
        at = end
        if name == b"IEND":
            break
    if at != len(data):
        raise NoPicture("something follows the end of the picture")
    return found


def _check_pixels(packed: bytes, *, most: int) -> None:
    """The picture's data must unpack, and to no more than such a picture can have (a small file may unpack to gigabytes)."""
    unpacker = zlib.decompressobj()
    try:
        pixels = unpacker.decompress(packed, most)
    except zlib.error as error:
        raise NoPicture(_BROKEN) from error
    if not pixels or not unpacker.eof:
        raise NoPicture(_BROKEN)


def _chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
