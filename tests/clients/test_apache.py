"""Apache with mod_auth_openidc (Debian's package), unmodified: sign in, refresh, authorise by claim, sign out, be told of a sign-out."""

import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from demo.browser import Browser
from tests.clients.apache_server import apache, missing
from tests.journeys import arrange
from tests.running import RunningServer, free_port

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


@dataclass(frozen=True)
class Site:
    """A protected site."""

    base: str


@pytest.fixture(params=["query", "form_post"])
def site(request: pytest.FixtureRequest, server: RunningServer) -> Iterator[Site]:
    port, client_id = free_port(), f"apache-{secrets.token_hex(4)}"
    callback = f"http://localhost:{port}/protected/callback"
    secret = arrange.application(
        server, client_id, callback, post_logout_redirect_uris=(f"http://localhost:{port}/public.html",),
        backchannel_logout_uri=f"{callback}?logout=backchannel",
    )  # fmt: skip
    # Not in pytest's folder: that is closed to the user Apache runs as.
    folder = Path(tempfile.mkdtemp(prefix="idp-apache-"))
    folder.chmod(0o755)
    options = {"issuer": server.base, "client_id": client_id, "client_secret": secret or "", "response_mode": request.param}
    with apache(folder, port=port, **options) as base:
        yield Site(base)


def _send_form_on(browser: Browser) -> None:
    """A form_post answer is sent on by a script or, without one, by the person."""
    for index, form in enumerate(browser.page.forms):
        if {"code", "state"} <= form.fields.keys():
            browser.submit(form=index)
            return


def _enter(site: Site, browser: Browser, who: arrange.Employee, *, steps: int = 0) -> None:
    browser.open(f"{site.base}/protected/")
    if browser.page.find("input", name="password") is not None:
        arrange.sign_in(browser, who, steps=steps)
    _send_form_on(browser)
    assert browser.page.markup == "protected", browser.lost("not let in")


def test_sign_in_claims_refresh_and_sign_out(server: RunningServer, site: Site) -> None:
    who, browser = arrange.employee(server), Browser()
    _enter(site, browser, who)

    seen = browser.http.get(f"{site.base}/protected/").headers
    assert seen["X-Claim-Name"] == who.name
    assert seen["X-Claim-Nip"] == who.number
    assert who.number not in seen["X-Remote-User"]
    assert browser.http.get(f"{site.base}/protected/medan/").status_code == 200
    assert browser.http.get(f"{site.base}/protected/binjai/", allow_redirects=False).status_code in (302, 401, 403)

    # The module's own hook for refreshing (its wiki: "Access Tokens and Refresh Tokens").
    back, before = quote(f"{site.base}/protected/", safe=""), quote(seen["X-Access-Token"], safe="")
    browser.open(f"{site.base}/protected/callback?refresh={back}&access_token={before}")
    assert browser.page.url == f"{site.base}/protected/", browser.lost("the refresh hook reports an error")
    assert browser.http.get(f"{site.base}/protected/").headers["X-Access-Token"] != seen["X-Access-Token"]

    browser.open(f"{site.base}/protected/callback?logout={quote(f'{site.base}/public.html', safe='')}")
    arrange.sign_out(browser)
    assert browser.page.url.split("?")[0] == f"{site.base}/public.html"
    browser.open(f"{site.base}/protected/")
    assert browser.page.find("input", name="password") is not None, browser.lost("still signed in at the provider")


def test_it_is_told_when_the_person_signs_out_elsewhere(server: RunningServer, site: Site) -> None:
    who, browser = arrange.employee(server), Browser()
    _enter(site, browser, who)
    with server.worker():
        browser.open(f"{server.base}/logout")
        arrange.sign_out(browser)
        assert re.search("logout-done", browser.page.markup), browser.lost("not signed out")
        deadline = time.monotonic() + 20
        while browser.http.get(f"{site.base}/protected/", allow_redirects=False).status_code == 200:
            assert time.monotonic() < deadline, "mod_auth_openidc still lets the browser in"
            time.sleep(0.2)
