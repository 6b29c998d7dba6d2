"""A visitor: opens pages with Flask's test client, fills their real forms, follows as a browser would."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import pyotp
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PASSWORD = "gajah biru menari pelan"
NUMBER = "198609262011012003"


@dataclass
class Visitor:
    """One browser."""

    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        """Open a page; redirects are not followed."""
        return self.client.get(path, base_url="http://localhost:8000")

    def post(self, path: str, *, page: str | None = None, **fields: Any) -> TestResponse:
        """Open `page` (default: the same address), take its token, send the form."""
        return self.send(path, token_of(self.get(page or path)), **fields)

    def send(self, path: str, token: str, **fields: Any) -> TestResponse:
        """Send a form with a given token."""
        return self.client.post(path, data={"csrf_token": token, **fields}, base_url="http://localhost:8000")

    def sign_in(self, username: str = NUMBER, password: str = PASSWORD, path: str = "/sign-in", **fields: Any) -> TestResponse:
        """Name and password."""
        return self.post(path, username=username, password=password, **fields)


def token_of(page: TestResponse) -> str:
    """The CSRF token of the first form of a page."""
    found = _TOKEN.search(page.text)
    assert found is not None, f"{page.status}: no form in {page.text[:400]}"
    return unescape(found[1])


def code_at(secret: str, clock: Any, *, steps: int = 0) -> str:
    """What an authenticator app shows."""
    return pyotp.TOTP(secret).at(clock.now(), counter_offset=steps)
