"""How every page is looked at: one load, then each way of seeing it in turn (schemes, widths, contrast, spacing of text)."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page

from tests import browser

# What a change of colours alone can change.
_COLOURS = ("color-contrast", "link-in-text-block")
_PHONE, _DESKTOP, _SMALLEST = 360, 1280, 320
# WCAG 2.2, 1.4.12: what a reader may set, and lose nothing.
_SPACING = "*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-block-end:2em!important}"
_CUT_OFF = """() => [...document.querySelectorAll("body *")].filter(one => {
  const style = getComputedStyle(one);
  return style.overflowX !== "visible" && !one.matches(".hidden, .hidden *, input, textarea, select")
    && !one.closest("thead") && one.checkVisibility()
    && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
}).map(one => one.outerHTML.slice(0, 120))"""
_FLAT = """() => [...document.querySelectorAll(".button,.notice,.card,.badge,input:not([type=hidden],[type=checkbox])")].filter(one => {
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const drawn = ["Top", "Right", "Bottom", "Left"].some(side => parseFloat(style[`border${side}Width`]) > 0);
  return box.width > 1 && one.checkVisibility() && !drawn;
}).map(one => one.outerHTML.slice(0, 120))"""


@dataclass
class Eyes:
    """One page of a browser, and what was wrong with what it showed."""

    page: Page
    problems: list[str] = field(default_factory=list)

    def everything(self, name: str, url: str) -> None:
        """Open a page once, and look at it in every way."""
        answer = self.page.goto(url)
        assert answer is not None and answer.status == 200, url
        for width in (_PHONE, _DESKTOP):
            self._see(f"{name} at {width}", width, full=True, color_scheme="light")
            self._see(f"{name} at {width}, dark", width, color_scheme="dark")
        for scheme in ("light", "dark"):
            self._see(f"{name}, high contrast, {scheme}", _SMALLEST, color_scheme=scheme, contrast="more")
        self._see(f"{name}, forced colours", _SMALLEST, color_scheme="dark", forced_colors="active")
        self._note(f"{name}, forced colours: parts without a border", self.page.evaluate(_FLAT))
        self.page.emulate_media(color_scheme="light", contrast="no-preference", forced_colors="none")
        self._spaced_out(name)

    def _see(self, what: str, width: int, *, full: bool = False, **media: Any) -> None:
        self.page.set_viewport_size({"width": width, "height": 800})
        self.page.emulate_media(**{"contrast": "no-preference", "forced_colors": "none", **media})
        self._note(what, browser.accessibility_problems(self.page, only=() if full else _COLOURS))
        if wide := browser.overflow(self.page):
            self.problems.append(f"{what}: {wide} pixels wider than the window")

    def _spaced_out(self, name: str) -> None:
        self.page.add_style_tag(content=_SPACING)
        for width in (_SMALLEST, _DESKTOP):
            self.page.set_viewport_size({"width": width, "height": 800})
            if wide := browser.overflow(self.page):
                self.problems.append(f"{name}, text spaced out at {width}: {wide} pixels wider than the window")
            self._note(f"{name}, text spaced out at {width}: cut off", self.page.evaluate(_CUT_OFF))

    def _note(self, what: str, found: list[str]) -> None:
        self.problems += [f"{what}: {one}" for one in found]


def opened(chromium: Browser) -> Eyes:
    """Eyes with a page of their own; nothing moves on it. Close its context afterwards."""
    return Eyes(chromium.new_context(reduced_motion="reduce").new_page())
