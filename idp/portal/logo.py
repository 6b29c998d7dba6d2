"""Logos of applications: small PNG pictures and nothing else. Pure."""

from idp.kernel.errors import Invalid
from idp.kernel.png import SIGNATURE, NoPicture, cleaned

LARGEST = 32 * 1024
SMALLEST_SIDE, LARGEST_SIDE = 32, 512


def checked(data: bytes) -> bytes:
    """The picture without anything a browser does not need. Raises Invalid with what is wrong."""
    if len(data) > LARGEST:
        raise Invalid("portal.logo", f"the logo must be at most {LARGEST // 1024} KiB", field="logo")
    if not data.startswith(SIGNATURE):
        raise Invalid("portal.logo", "the logo must be a PNG picture (no SVG, JPEG or other format)", field="logo")
    try:
        return cleaned(data, smallest=SMALLEST_SIDE, largest=LARGEST_SIDE)
    except NoPicture as error:
        raise Invalid("portal.logo", str(error), field="logo") from error
