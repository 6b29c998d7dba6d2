"""Chromium (Debian's) for the journeys, and axe-core for looking at its pages."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

PROGRAM = Path("/usr/bin/chromium")
AXE = Path(__file__).parent / "clients" / "node" / "node_modules" / "axe-core" / "axe.min.js"
_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
_OPTIONS = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"], "preload": False}
_LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def missing() -> str | None:
    """Why there can be no browser tests here, or None."""
    return None if PROGRAM.exists() else f"{PROGRAM} is missing (Debian: apt-get install chromium)"


def axe_missing() -> str | None:
    """Why there can be no accessibility tests here, or None."""
    return missing() or (None if AXE.exists() else "axe-core is missing (npm ci in tests/clients/node)")


@cache
def _axe() -> str:
    return AXE.read_text()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A started browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(PROGRAM), args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def accessibility_problems(page: Page, *, only: Sequence[str] = ()) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA, one line a rule; the page's own policy on scripts does not matter here.

    only: these rules alone, where nothing else can have changed since the page was looked at in full.
    """
    if page.evaluate("() => !window.axe"):
        page.evaluate(_axe())
    asked = {"type": "rule", "values": list(only)} if only else {"type": "tag", "values": _LEVELS}
    found: list[dict[str, Any]] = page.evaluate("given => axe.run(document, given).then(r => r.violations)", {"runOnly": asked, **_OPTIONS})
    return [f"{one['id']}: {one['help']}: {json.dumps([node['html'][:160] for node in one['nodes'][:3]])}" for one in found]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window; 0 is right (WCAG 2.2, 1.4.10 Reflow)."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return max(0, wide)
