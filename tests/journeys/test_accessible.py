"""Every page: axe-core finds nothing (WCAG 2.2 AA), in both languages and both schemes, and nothing sticks out at 320 pixels."""

import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page

from idp.kernel.actor import OPERATOR
from idp.web.cookies import LANGUAGE
from tests import browser as browsers
from tests.journeys import arrange
from tests.journeys.conftest import Apps, letter_to
from tests.journeys.pages import press, sign_in
from tests.journeys.test_starting_and_recovering import link_in
from tests.running import RunningServer

pytestmark = [
    pytest.mark.parametrize("server", ["sqlite"], indirect=True),
    pytest.mark.skipif(browsers.axe_missing() is not None, reason=str(browsers.axe_missing())),
]
OTHER_COOKIES = re.compile(rf"^(?!{LANGUAGE}$)")
LANGUAGES, SCHEMES = ("id", "en"), ("light", "dark")
SIGNED_IN = (
    "/", "/account", "/account/password", "/account/factors", "/account/factors/add", "/account/passkeys/add",
    "/account/recovery-codes", "/account/sessions", "/account/applications", "/account/history", "/logout",
)  # fmt: skip
OPEN = (
    "/sign-in", "/sign-in/lost-phone",
    "/forgot-password", "/activate", "/reset/unknown", "/nowhere", "/authorize?client_id=nobody", "/logout?id_token_hint=bad",
)  # fmt: skip


class Inspector:
    """Looks at a page the way the tests want every page looked at, and keeps a picture where one is asked for."""

    def __init__(self, page: Page, folder: Path | None, variant: str) -> None:
        self.page, self.problems = page, list[str]()
        self._folder, self._variant = folder, variant

    def look(self, name: str) -> None:
        """At 320 pixels and at desktop width."""
        for width in (320, 1200):
            self.page.set_viewport_size({"width": width, "height": 800})
            if wide := browsers.overflow(self.page):
                self.problems.append(f"{name} {self._variant} at {width}: {wide} pixels too wide")
            if width == 320 or "light" in self._variant:  # the wide layout differs in place, not in colour
                found = browsers.accessibility_problems(self.page)
                self.problems += [f"{name} {self._variant} at {width}: {problem}" for problem in found]
            if self._folder is not None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self.page.screenshot(path=self._folder / f"{name}-{self._variant}-{width}.png", full_page=True)


@pytest.fixture(params=[(language, scheme) for language in LANGUAGES for scheme in SCHEMES], ids="-".join)
def inspector(request: pytest.FixtureRequest, server: RunningServer, chromium: Browser) -> Iterator[Inspector]:
    language, scheme = request.param
    context = chromium.new_context(locale={"id": "id-ID", "en": "en-GB"}[language], color_scheme=scheme)
    context.set_default_timeout(10_000)
    # The language as the switch at the foot of each page remembers it.
    context.add_cookies([{"name": LANGUAGE, "value": language, "url": server.base}])
    inspector = Inspector(context.new_page(), request.config.getoption("--screens", default=None), f"{language}-{scheme}")
    yield inspector
    assert inspector.page.locator("html").get_attribute("lang") == language
    context.close()


def _name(path: str) -> str:
    return path.split("?", maxsplit=1)[0].strip("/").replace("/", "-") or "portal"


@pytest.mark.screens
def test_pages_for_everybody(server: RunningServer, inspector: Inspector) -> None:
    for path in OPEN:
        inspector.page.goto(server.base + path)
        inspector.look(_name(path))
    inspector.page.goto(f"{server.base}/forgot-password")
    inspector.page.fill("input[name=username]", "nobody")
    press(inspector.page, "#forgot-submit")
    inspector.look("sent")
    inspector.page.goto(f"{server.base}/sign-in")
    inspector.page.fill("input[name=username]", "nobody")
    inspector.page.fill("input[name=password]", "wrong password here")
    press(inspector.page, "#login-submit")
    inspector.look("sign-in-refused")
    assert inspector.problems == []


@pytest.mark.screens
def test_pages_of_signing_in(server: RunningServer, apps: Apps, inspector: Inspector) -> None:
    page, who, new = inspector.page, arrange.employee(server), arrange.employee(server, enrolled=False)
    page.goto(f"{apps.one}/login")
    inspector.look("sign-in-for-app")
    page.fill("input[name=username]", new.username)
    page.fill("input[name=password]", new.password)
    press(page, "#login-submit")
    inspector.look("enrol")
    page.goto(f"{server.base}/sign-in/enrol/passkey")
    assert page.locator("#passkey-add").count() == 1
    inspector.look("enrol-passkey")
    page.goto(f"{server.base}/sign-in/enrol")
    page.fill("input[name=code]", "000000")
    press(page, "#code-submit")
    inspector.look("enrol-refused")
    page.fill("input[name=code]", pyotp.TOTP("".join((page.text_content("#totp-secret") or "").split())).now())
    press(page, "#code-submit")
    inspector.look("recovery-codes-shown")
    page.context.clear_cookies(name=OTHER_COOKIES)
    with server.services() as services:
        services.passwords.set(OPERATOR, services.people.need(who.username), who.password, must_change=True)
    page.goto(f"{apps.one}/login")
    page.fill("input[name=username]", who.username)
    page.fill("input[name=password]", who.password)
    press(page, "#login-submit")
    inspector.look("code")
    page.goto(f"{server.base}/sign-in/recovery-code")
    inspector.look("recovery-code")
    arrange.passkey(server, who)
    page.goto(f"{server.base}/sign-in/security-key")
    assert page.locator("#passkey-submit").count() == 1
    inspector.look("security-key")
    page.goto(f"{server.base}/sign-in/code")
    page.fill("input[name=code]", who.code())
    press(page, "#code-submit")
    inspector.look("new-password")
    page.fill("input[name=new_password]", "short")
    press(page, "#password-submit")
    inspector.look("new-password-refused")
    assert inspector.problems == []


@pytest.mark.screens
def test_pages_of_a_person(server: RunningServer, apps: Apps, inspector: Inspector) -> None:
    who = arrange.employee(server)
    inspector.page.goto(f"{apps.one}/login")
    sign_in(inspector.page, who)
    inspector.look("app-desk")
    arrange.passkey(server, who)
    for path in ("/claims", "/token"):
        inspector.page.goto(apps.one + path)
        inspector.look(f"app{path.replace('/', '-')}")
    for path in SIGNED_IN:
        inspector.page.goto(server.base + path)
        inspector.look(_name(path))
    press(inspector.page, "#logout-confirm")
    inspector.look("logout-done")
    assert inspector.problems == []


@pytest.mark.screens
def test_pages_of_the_data_notice_and_of_links(server: RunningServer, apps: Apps, inspector: Inspector) -> None:
    page, who, invited = inspector.page, arrange.employee(server), arrange.employee(server, invited=True)
    client_id = f"other-{secrets.token_hex(3)}"
    arrange.application(server, client_id, "http://localhost:1/callback", first_party=False, require_pkce=False, name="Aplikasi lain")
    query = f"client_id={client_id}&redirect_uri=http://localhost:1/callback&response_type=code&scope=openid profile asn"
    page.goto(f"{server.base}/authorize?{query}")
    sign_in(page, who)
    assert page.locator("#consent-allow").count() == 1
    inspector.look("data")
    page.goto(f"{server.base}/sign-in?again=1")
    inspector.look("sign-in-again")
    page.goto(f"{server.base}/authorize?{query}&prompt=select_account")
    inspector.look("account")
    page.context.clear_cookies(name=OTHER_COOKIES)
    with server.services() as services:
        services.links.send_activation(OPERATOR, services.people.need(invited.username))
    page.goto(link_in(letter_to(server, invited.email, about="/activate/").text, server.base))
    inspector.look("activate-link")
    assert inspector.problems == []


def test_the_sign_in_page_is_light(server: RunningServer, chromium: Browser) -> None:
    """The page with all it loads: at most 30 KB over the wire, nothing from elsewhere."""
    page, weight, elsewhere = chromium.new_page(), [0], list[str]()
    measure: Callable[..., None] = lambda event: weight.__setitem__(0, weight[0] + int(event["encodedDataLength"]))  # noqa: E731
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", measure)
    page.on("request", lambda request: elsewhere.append(request.url) if not request.url.startswith((server.base, "data:")) else None)
    page.goto(f"{server.base}/sign-in", wait_until="networkidle")
    assert elsewhere == []
    assert 0 < weight[0] <= 30_000
    page.close()
