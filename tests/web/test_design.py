"""The design system holds on every page: weight, print, keyboard, high contrast; its pictures are those of today's list."""

import gzip
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests import browser
from tests.spec import spec
from tests.web import screens
from tests.web.scenes import SCENES, make_app

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "idp/web/static"
HEAVIEST = 30_000
_FOCUSABLE = """() => [...document.querySelectorAll("a[href],button,input:not([type=hidden]),select,textarea,summary")]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.disabled).length"""
_FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  if (one === document.body) return null;
  one.dataset.walked = +(one.dataset.walked || 0) + 1;
  return {walked: +one.dataset.walked, what: one.outerHTML.slice(0, 120),
          ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
          seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight};
}"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, make_app(), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if reason := browser.axe_missing():
        pytest.skip(reason)
    with browser.chromium() as started:
        yield started


def _loaded(html: str) -> set[str]:
    names = set(re.findall(r"/static/([\w.-]+)", html))
    return names | {
        found for name in names if name.endswith(".css") for found in re.findall(r"url\(([\w.-]+)\)", (STATIC / name).read_text())
    }


@pytest.mark.parametrize("name", SCENES)
def test_every_page_with_all_it_loads_is_light(name: str) -> None:
    html = make_app().test_client().get(f"/scene/{name}").text
    weight = len(gzip.compress(html.encode())) + sum(len(gzip.compress((STATIC / one).read_bytes())) for one in _loaded(html))
    assert weight <= HEAVIEST, weight


@spec("WCAG 2.2", "1.4.6")
@pytest.mark.parametrize(
    ("language", "scheme", "width", "more"),
    [
        ("id", "light", 320, {"contrast": "more"}),
        ("en", "dark", 1280, {"contrast": "more"}),
        ("id", "dark", 320, {"forced_colors": "active"}),
    ],
)
def test_every_page_holds_in_high_contrast(
    language: str, scheme: str, width: int, more: dict[str, str], address: str, chromium: Browser
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, **more)  # type: ignore[arg-type]
    page, problems = context.new_page(), []
    for name in SCENES:
        page.goto(f"{address}/scene/{name}?l={language}")
        problems += [f"{name}: {problem}" for problem in browser.accessibility_problems(page)]
        if browser.overflow(page):
            problems.append(f"{name}: too wide")
    context.close()
    assert problems == []


@spec("WCAG 2.2", "2.4.7")
@pytest.mark.parametrize("width", [360, 1200])
def test_the_tab_key_reaches_everything_once_visibly_and_leaves_again(width: int, address: str, chromium: Browser) -> None:
    page, problems = chromium.new_page(viewport={"width": width, "height": 800}), []
    for name in SCENES:
        page.goto(f"{address}/scene/{name}")
        problems += [f"{name}: {problem}" for problem in _walk(page)]
    page.close()
    assert problems == []


def _walk(page: Page) -> list[str]:
    """Wherever the focus starts, Tab goes round the whole page: every control once, none holds it."""
    reachable, met, problems = page.evaluate(_FOCUSABLE), 0, []
    page.evaluate("() => document.activeElement.blur()")
    for _ in range(2 * reachable + 3):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        if focused is None:
            continue
        if focused["walked"] > 1:
            break
        met += 1
        if not focused["ring"]:
            problems.append(f"no ring: {focused['what']}")
        if not focused["seen"]:
            problems.append(f"out of sight: {focused['what']}")
    grouped = page.locator("[type=radio]").count()  # one stop for a group of radio buttons
    if not reachable - grouped <= met <= reachable:
        problems.append(f"{met} stops for {reachable} controls")
    return problems


@pytest.mark.parametrize("name", ["recovery-codes", "codes-new"])
def test_recovery_codes_print_as_codes_and_nothing_to_press(name: str, address: str, chromium: Browser) -> None:
    page = chromium.new_page(color_scheme="dark")
    page.goto(f"{address}/scene/{name}?l=en")
    page.emulate_media(media="print")
    seen = page.evaluate("() => document.querySelector('main').innerText")
    assert len(re.findall(r"^[0-9a-z]{4}(?:-[0-9a-z]{4}){3}$", seen, re.MULTILINE)) == 10
    assert "Recovery codes" in seen and "sso.sumutprov.go.id" in seen
    for gone in (".button", ".actions", ".foot", ".plain", ".side"):
        assert not [one for one in page.locator(gone).all() if one.is_visible()], gone
    assert page.evaluate("() => getComputedStyle(document.body).color") == "rgb(0, 0, 0)"  # ink on paper, from a dark screen too
    assert page.evaluate("() => getComputedStyle(document.querySelector('.codes')).breakInside") == "avoid"
    page.close()


def test_a_table_prints_as_a_table(address: str, chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 600, "height": 800})
    page.goto(f"{address}/scene/history")
    assert page.evaluate("() => getComputedStyle(document.querySelector('td')).display") == "block"
    page.emulate_media(media="print")
    assert page.evaluate("() => getComputedStyle(document.querySelector('td')).display") == "table-cell"
    page.close()


def test_a_typed_password_can_be_shown_and_leaves_hidden(address: str, chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/scene/sign-in?l=en")
    field, button = page.locator("#password"), page.locator(".secret button")
    assert button.get_attribute("aria-label") == "Show: Password"
    button.click()
    assert (field.get_attribute("type"), button.inner_text()) == ("text", "Hide")
    page.evaluate("() => document.querySelector('#password').form.dispatchEvent(new Event('submit'))")
    assert field.get_attribute("type") == "password"
    page.close()


def test_the_pictures_are_those_of_the_list_and_not_heavy() -> None:
    wanted = {screens.file_name(name, variant) for name, variant in screens.pictures()}
    there = {path.name for path in screens.FOLDER.glob("*.webp")}
    assert there == wanted, "run: make screens"
    assert sum(path.stat().st_size for path in screens.FOLDER.iterdir()) <= 4_000_000
