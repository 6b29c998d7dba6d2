"""What journeys stand on: a real server with its worker, the two demo applications, and a browser."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from demo.mail_catcher import Letter, letters
from demo.processes import served
from demo.relying_party.app import create_app
from demo.relying_party.showcase import ASSETS, LEAVE
from tests.journeys import arrange
from tests.running import RunningServer, free_port


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make screens` says where pictures go."""
    parser.addoption("--screens", type=Path, default=None, help="folder for screenshots of every page")


@dataclass(frozen=True)
class Apps:
    """The two demo applications, registered with the server: one confidential, one public."""

    one: str
    two: str


@pytest.fixture(scope="module")
def apps(server: RunningServer) -> Iterator[Apps]:
    with ExitStack() as stack:
        stack.enter_context(server.worker())
        bases = []
        for showcase, method in ((LEAVE, "client_secret_basic"), (ASSETS, "none")):
            port, client_id = free_port(), f"{showcase.slug}-{secrets.token_hex(3)}"
            base = f"http://localhost:{port}"
            secret = arrange.application(
                server, client_id, f"{base}/callback", post_logout_redirect_uris=(f"{base}/signed-out",), auth_method=method,
                backchannel_logout_uri=f"{base}/backchannel-logout", name=showcase.name, home_uri=f"{base}/login", min_acr="2",
                topic="Contoh",
            )  # fmt: skip
            stack.enter_context(served(create_app(showcase, issuer=server.base, client_id=client_id, client_secret=secret), port))
            bases.append(base)
        yield Apps(*bases)


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh browser of one person, in Indonesian, without JavaScript."""
    made = chromium.new_context(locale="id-ID", java_script_enabled=False, viewport={"width": 390, "height": 800})
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A browser with JavaScript, in Indonesian; what goes wrong in a script fails the test."""
    context = chromium.new_context(locale="id-ID", viewport={"width": 390, "height": 800})
    context.set_default_timeout(10_000)
    made, wrong = context.new_page(), list[str]()
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("console", lambda message: wrong.append(message.text) if "Content Security Policy" in message.text else None)
    yield made
    context.close()
    assert wrong == []


class Application(BaseHTTPRequestHandler):
    """An application with a callback and a page that signs its person out."""

    def do_GET(self) -> None:
        self.server.seen.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>application</title><p id=there>here")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def application() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Application)
    server.seen = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def letter_to(server: RunningServer, address: str, *, about: str = "", seconds: float = 15) -> Letter:
    """The newest letter to an address with `about` in its text; waits for the worker to deliver it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = [one for one in letters(server.maildir) if address in one.to and about in one.text]
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no letter to {address} about {about!r}")
