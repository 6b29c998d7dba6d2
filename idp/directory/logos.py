"""What may be a logo: small, and of a kind that shows a picture and does nothing else (ASVS 5.2.2, 5.3.1)."""

import re
import struct

from idp.kernel.errors import Invalid
from idp.kernel.png import SIGNATURE, NoPicture, cleaned

LARGEST = 12 * 1024  # the sign-in page weighs 30 KB at most with all it loads
_WIDEST = 1024
# What a drawing may not hold: programs, other documents, entities, addresses elsewhere.
_ACTIVE = re.compile(rb"<!DOCTYPE|<!ENTITY|<\?xml-stylesheet|<(?:\w+:)?(?:script|foreignObject|iframe|image|use|animate|set|a|handler)\b"
                     rb"|\son\w+\s*=|javascript:|data:|@import|url\(\s*['\"]?(?!#)|(?:href|src)\s*=", re.IGNORECASE)  # fmt: skip


def picture(content: bytes) -> tuple[str, bytes]:
    """(media type, what is shown of it), by what the file holds and not by its name; raises Invalid with a sentence for the operator."""
    if len(content) > LARGEST:
        raise Invalid("brand.logo", f"logo: at most {LARGEST // 1024} KB; this one has {len(content) / 1024:.0f} KB", field="logo")
    if content.startswith(SIGNATURE):
        try:
            return "image/png", cleaned(content, smallest=1, largest=_WIDEST)
        except NoPicture as error:
            raise Invalid("brand.logo", f"logo: {error}", field="logo") from error
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP" and struct.unpack("<I", content[4:8])[0] + 8 == len(content):
        return "image/webp", content
    return _drawing(content), content


def _drawing(content: bytes) -> str:
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not re.match(rb"(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<svg[\s>]", text, re.DOTALL) or not text.rstrip().endswith(b"</svg>"):
        raise Invalid("brand.logo", "logo: a PNG, WebP or SVG file", field="logo")
    if b"\0" in content or _ACTIVE.search(content):
        raise Invalid("brand.logo", "logo: an SVG without scripts, links, entities and addresses of other files", field="logo")
    return "image/svg+xml"
