"""Two ways of using a page: a pointer in a browser without JavaScript, and the keys Tab, Shift, Enter, Space and letters alone.

A journey written for `Hands` is walked by both: what it presses it finds by the same selector; how it gets there differs.
"""

from typing import Protocol

from playwright.sync_api import Page, expect

from tests.journeys.arrange import Employee

_MOST = 90  # stops on a page; whoever needs more is in a trap
_FOCUS = """selector => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {there: one.matches(selector), ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
          seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight};
}"""


class Hands(Protocol):
    """What a person does on a page."""

    page: Page

    def type(self, selector: str, text: str) -> None:
        """Write into a field, over what stands there."""

    def choose(self, selector: str, label: str) -> None:
        """Pick from a list."""

    def tick(self, selector: str) -> None:
        """Mark a box."""

    def unfold(self, selector: str) -> None:
        """Open what is folded; its page stays."""

    def press(self, selector: str) -> None:
        """Press a button or follow a link, to the page it leads to."""


class Pointer:
    """Clicks; its browser has no JavaScript."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def type(self, selector: str, text: str) -> None:
        """Write."""
        self.page.fill(selector, text)

    def choose(self, selector: str, label: str) -> None:
        """Pick."""
        self.page.select_option(selector, label=label)

    def tick(self, selector: str) -> None:
        """Mark."""
        self.page.check(selector)

    def unfold(self, selector: str) -> None:
        """Open."""
        self.page.click(selector)

    def press(self, selector: str) -> None:
        """Press."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()


class Keys:
    """Tabs to what it wants, as somebody who sees where the focus is; forwards, then backwards."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def type(self, selector: str, text: str) -> None:
        """Write."""
        self._to(selector)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, selector: str, label: str) -> None:
        """Pick by its first letters, as lists of browsers allow."""
        self._to(selector)
        self.page.keyboard.type(label)

    def tick(self, selector: str) -> None:
        """Mark."""
        self._to(selector)
        self.page.keyboard.press("Space")
        expect(self.page.locator(selector)).to_be_checked()

    def unfold(self, selector: str) -> None:
        """Open."""
        self._to(selector)
        self.page.keyboard.press("Enter")

    def press(self, selector: str) -> None:
        """Press."""
        self._to(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def _to(self, selector: str) -> None:
        for key in ("Tab", "Shift+Tab"):
            for _ in range(_MOST):
                found = self.page.evaluate(_FOCUS, selector)
                if found["there"]:
                    assert found["ring"], f"{selector} has the focus and does not show it"
                    assert found["seen"], f"{selector} has the focus out of sight"
                    return
                self.page.keyboard.press(key)
        raise AssertionError(f"{selector} is not reached by the keys on {self.page.url}")


def sign_in(hands: Hands, who: Employee, *, steps: int = 0) -> None:
    """Name, password, and the code where it is asked for."""
    hands.type("input[name=username]", who.number)
    hands.type("input[name=password]", who.password)
    hands.press("#login-submit")
    if who.totp_secret and hands.page.locator("#code-submit").count():
        hands.type("input[name=code]", who.code(steps))
        hands.press("#code-submit")


def refused(hands: Hands) -> None:
    """The form came back: what says why has the focus, and is read out."""
    page = hands.page
    expect(page.locator("#problem")).to_be_visible()
    if isinstance(hands, Keys):
        expect(page.locator("#problem")).to_be_focused()
    assert page.title().startswith(("Kesalahan", "Error"))
