"""The application on docs/developers.md, taken from the page and run as it stands there."""

import re
import secrets
from pathlib import Path
from typing import Any

import pytest

from demo.browser import Browser
from demo.processes import served
from tests.journeys import arrange
from tests.running import RunningServer, free_port

DOCS = Path(__file__).resolve().parents[2] / "docs" / "developers.md"


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_the_application_of_the_developers_page(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    found = re.search(r"```python\n(.*?)```", DOCS.read_text(), re.S)
    assert found is not None
    port, client_id = free_port(), f"quickstart-{secrets.token_hex(3)}"
    base = f"http://localhost:{port}"
    secret = arrange.application(server, client_id, f"{base}/callback", post_logout_redirect_uris=(f"{base}/",))
    variables = {"SESSION_KEY": secrets.token_hex(16), "CLIENT_ID": client_id, "CLIENT_SECRET": secret or "", "ISSUER": server.base}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    module: dict[str, Any] = {"__name__": "app"}
    exec(compile(found.group(1), "developers.md", "exec"), module)

    who, browser = arrange.employee(server), Browser()
    with served(module["app"], port):
        browser.open(base)
        browser.follow(href="/login")
        arrange.sign_in(browser, who)
        assert who.name in browser.page.markup, browser.lost("not greeted")
        browser.follow(href="/logout")
        arrange.sign_out(browser)
        assert browser.page.url.startswith(f"{base}/"), browser.lost("not back")
        assert "Masuk" in browser.page.markup
        browser.follow(href="/login")
        assert browser.page.find("button", id="login-submit") is not None, browser.lost("still signed in")
