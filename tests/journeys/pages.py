"""What a person does on the provider's pages, in Chromium."""

import pyotp
from playwright.sync_api import Page

from tests.journeys.arrange import Employee


def press(page: Page, selector: str) -> None:
    """Press a button or follow a link, and wait for the page it leads to."""
    with page.expect_navigation():
        page.click(selector)


def sign_in(page: Page, who: Employee, *, password: str | None = None) -> None:
    """Name, password, and the code where it is asked for; the page is the sign-in form."""
    page.fill("input[name=username]", who.number)
    page.fill("input[name=password]", password or who.password)
    press(page, "#login-submit")
    if who.totp_secret and page.locator("#code-submit").count():
        page.fill("input[name=code]", who.code())
        press(page, "#code-submit")


def enrol(page: Page) -> tuple[str, list[str]]:
    """Read the key from the page, prove it, keep the recovery codes; gives (key, codes)."""
    page.click("summary")  # the key for typing is folded away under the QR code
    secret = "".join((page.text_content("#totp-secret") or "").split())
    page.fill("input[name=code]", pyotp.TOTP(secret).now())
    press(page, "#code-submit")
    codes = [text.strip() for text in page.locator("#recovery-codes li").all_text_contents()]
    press(page, "#codes-saved")
    return secret, codes
