"""The journey, walked by itself: what a person does with a browser, step by step, through the pages and by plain HTTP."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyotp
import requests

from demo.browser import Browser, Lost
from demo.people import APP_ONE, APP_TWO, MAIN
from demo.places import Places


@dataclass(slots=True)
class Journey:
    """One browser on its way through the provider and the two applications."""

    places: Places
    username: str
    password: str
    totp_secret: str
    browser: Browser = field(default_factory=Browser)

    def expect(self, right: bool, otherwise: str) -> None:
        """Go on when `right`; else stop and say where the browser is."""
        if not right:
            raise self.browser.lost(otherwise)

    def discovery(self) -> str:
        """The provider describes itself."""
        metadata = requests.get(f"{self.places.issuer}/.well-known/openid-configuration", timeout=10).json()
        if metadata["issuer"] != self.places.issuer or metadata["response_types_supported"] != ["code"]:
            raise Lost("the metadata is not that of a code-only provider at this address")
        return f"issuer {metadata['issuer']}, {len(metadata['scopes_supported'])} scopes"

    def to_the_sign_in_page(self) -> str:
        """Application one sends the browser to the provider's sign-in page."""
        self.browser.open(self.places.app_one)
        self.browser.follow(id="login")
        self.expect(self.browser.page.find("button", id="login-submit") is not None, "no sign-in form")
        self.expect(APP_ONE.name in self.browser.page.markup, "the sign-in page does not name the application")
        return f"“{self.browser.page.title}”"

    def password_is_asked_first(self) -> str:
        """NIP and password; the second factor is still missing."""
        self.browser.submit({"username": self.username, "password": self.password}, button="login-submit")
        self.expect(self.browser.page.find("input", name="code") is not None, "no question for the code")
        return f"NIP {self.username[:8]}••••••••{self.username[-2:]} and password accepted, code asked"

    def code_opens_application_one(self) -> str:
        """The code of the authenticator app; then application one is open."""
        self.browser.submit({"code": pyotp.TOTP(self.totp_secret).at(datetime.now(UTC))}, button="code-submit")
        self.through_pages_about_data()
        return f"{self.person_at(self.places.app_one)} is signed in to {APP_ONE.name}"

    def claims_are_true(self) -> str:
        """Application one was told who it is, how it was proved, and nothing in `sub` gives the number away."""
        page = self.browser.open(f"{self.places.app_one}/claims")
        shown = [one for one in page.elements if "data-claim" in one.attributes]
        claims = {one.attributes["data-claim"]: " ".join(one.text.split()) for one in shown}
        number = MAIN.number or ""
        self.expect(claims.get("nip") == number, "userinfo lacks the NIP")
        proof = f"acr {claims.get('acr')}, amr {claims.get('amr')}"
        self.expect(claims.get("acr") == "urn:sumut:acr:2" and "otp" in (claims.get("amr") or ""), proof)
        self.expect(number not in claims["sub"], "the subject contains the number")
        return f"{proof}, {claims.get('government_name')}"

    def application_two_opens_at_once(self) -> str:
        """Application two opens with the sign-in of application one: no form on the way."""
        self.browser.open(self.places.app_two)
        self.browser.follow(id="login")
        self.expect(self.browser.page.find("input", name="password") is None, "a password was asked again")
        self.through_pages_about_data()
        return f"{self.person_at(self.places.app_two)} is signed in to {APP_TWO.name} without a prompt"

    def portal_lists_both(self) -> str:
        """The provider's own entrance shows the applications of this person."""
        self.browser.open(self.places.issuer)
        for client in (APP_ONE, APP_TWO):
            self.expect(self.browser.page.find("a", data_client_id=client.client_id) is not None, f"{client.name} is not in the portal")
        return "both applications are there"

    def refresh(self, app: str, rotates: bool) -> str:
        """A refresh token gives a new access token; a public client's refresh token changes with it."""
        self.browser.open(f"{app}/token")
        self.browser.submit(button="refresh-submit")
        self.expect(self.browser.page.text_of(id="refreshed") == "1", "the token was not refreshed")
        rotated = self.browser.page.find(id="rotated")
        self.expect(rotated is not None and rotated.attributes["data-rotated"] == str(int(rotates)), "rotation is not as it must be")
        return "new access token, refresh token " + ("rotated" if rotates else "kept")

    def sign_out_of_one(self) -> str:
        """Signing out of application one ends the provider's session too."""
        self.browser.open(self.places.app_one)
        self.browser.submit(button="logout-submit")
        if self.browser.page.find("button", id="logout-confirm") is not None:
            self.browser.submit(button="logout-confirm")
        if self.browser.page.find(id="logout-done") is not None:
            links = [one.attributes.get("href", "") for one in self.browser.page.elements]
            back = [link for link in links if link.startswith(f"{self.places.app_one}/signed-out")]
            self.expect(bool(back), "the provider's page has no way back to the application")
            self.browser.open(back[0])
        self.expect(self.browser.page.find(id="signed-out") is not None, "not back at the application")
        return "signed out, back at the application"

    def the_other_was_told(self) -> str:
        """Application two learns of it by back-channel logout, without the browser."""
        started = time.monotonic()
        while time.monotonic() - started < 20:
            page = self.browser.open(self.places.app_two)
            if page.find(id="login") is not None:
                self.expect(page.find(id="told") is not None, "application two is signed out, but not by the provider")
                return f"told within {time.monotonic() - started:.1f} s"
            time.sleep(0.2)
        raise self.browser.lost("application two is still signed in after 20 s")

    def session_is_over(self) -> str:
        """Opening an application again asks for the password."""
        self.browser.open(f"{self.places.app_two}/login")
        self.expect(self.browser.page.find("input", name="password") is not None, "no sign-in form after signing out")
        return "the next application asks for the password"

    def through_pages_about_data(self) -> None:
        """Where the provider shows which data an application receives, go on."""
        if self.browser.page.find("button", id="consent-allow") is not None:
            self.browser.submit(button="consent-allow")

    def person_at(self, app: str) -> str:
        """The name that the application greets; the browser must be there."""
        name = self.browser.page.text_of(id="person")
        self.expect(self.browser.page.url.startswith(app) and name is not None, "not signed in to the application")
        return name or ""

    def steps(self) -> list[tuple[str, Callable[[], str]]]:
        """Every step with its title, in order."""
        return [
            ("The provider describes itself", self.discovery),
            (f"{APP_ONE.name} leads to the sign-in page", self.to_the_sign_in_page),
            ("NIP and password", self.password_is_asked_first),
            ("Second factor (TOTP)", self.code_opens_application_one),
            ("What the application was told", self.claims_are_true),
            (f"{APP_TWO.name} opens with the same sign-in", self.application_two_opens_at_once),
            ("The portal", self.portal_lists_both),
            (f"Refresh at {APP_ONE.name} (confidential)", lambda: self.refresh(self.places.app_one, rotates=False)),
            (f"Refresh at {APP_TWO.name} (public)", lambda: self.refresh(self.places.app_two, rotates=True)),
            (f"Sign out of {APP_ONE.name}", self.sign_out_of_one),
            (f"{APP_TWO.name} is told by back-channel logout", self.the_other_was_told),
            ("The single sign-on session is over", self.session_is_over),
        ]


def walk(journey: Journey, say: Callable[[str], None]) -> bool:
    """Take every step until one fails; says each result; True when all went well."""
    for number, (title, step) in enumerate(journey.steps(), 1):
        try:
            result = step()
        except (Lost, requests.RequestException, KeyError, ValueError) as problem:
            say(f"  FAIL {number:2}. {title}: {problem}")
            return False
        say(f"  ok   {number:2}. {title}: {result}")
    return True
