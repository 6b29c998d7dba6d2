"""The device cookie: a random token, kept as its digest; it opens nothing and only gives a browser a budget of failures of its own."""

from idp.kernel.randomness import digest


def device_digest(cookie: str | None) -> bytes | None:
    """The digest to look a device up by; None for what cannot be a token of ours."""
    return digest(cookie) if cookie and cookie.isascii() and len(cookie) <= 100 else None
