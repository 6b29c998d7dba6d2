"""Chromium's virtual authenticator: a device in the hand of whoever sits at a page (Chrome DevTools Protocol, domain WebAuthn)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page


class Handset:
    """A device that belongs to a page.

    verifies: it recognises its owner (a phone, a laptop); False for a security key that only wants to be touched.
    """

    def __init__(self, page: Page, *, verifies: bool = True) -> None:
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal" if verifies else "usb", "hasResidentKey": verifies,
            "hasUserVerification": verifies, "isUserVerified": verifies, "automaticPresenceSimulation": True,
        }  # fmt: skip
        self._id = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        """What it keeps: id, relying party, user handle, count."""
        found: list[dict[str, Any]] = self._cdp.send("WebAuthn.getCredentials", {"authenticatorId": self._id})["credentials"]
        return found

    def recognises(self, yes: bool) -> None:
        """Whether it recognises who holds it from now on: their finger, their face, their PIN."""
        self._cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": yes})

    @contextmanager
    def put_down(self) -> Iterator[None]:
        """Nobody touches it meanwhile: questions wait."""
        self._touched(False)
        yield
        self._touched(True)

    def _touched(self, yes: bool) -> None:
        self._cdp.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": self._id, "enabled": yes})
