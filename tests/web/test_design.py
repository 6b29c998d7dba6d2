"""The design system holds on every page: weight, print, keyboard, high contrast; its pictures are those of today's list."""

import gzip
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.spec import spec
from tests.web import screens
from tests.web.scenes import SCENES
from tests.web.stage import html_of

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "idp/web/static"
HEAVIEST = 30_000
_WATCH = """
window.controls = () => [...document.querySelectorAll("a[href],button,input:not([type=hidden]),select,textarea,summary")]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.disabled);
window.start = () => {
  document.activeElement.blur();
  getSelection().removeAllRanges();
  window.stops = [];
  addEventListener("focusin", event => {
    const one = event.target, style = getComputedStyle(one), box = one.getBoundingClientRect();
    window.stops.push(one);
    const told = what => window.stops.faults.push(`${what}: ${one.outerHTML.slice(0, 120)}`);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) told("no ring");
    if (!box.width || !box.height) told("out of sight");
  });
  window.stops.faults = [];
};
window.told = back => {
  const walked = [], faults = window.stops.faults, group = one => one.type === "radio" ? one.name : one;
  for (const one of window.stops) if (one !== document.body && one.id !== "problem" && !walked.includes(one)) walked.push(one);
  const wanted = window.controls().filter((one, at, all) => all.findIndex(other => group(other) === group(one)) === at);
  if (back) wanted.reverse();
  // The walk may begin anywhere, since the page puts the focus where it is needed; it has to go round.
  const turn = wanted.indexOf(walked[0]);
  const round = [...wanted.slice(turn), ...wanted.slice(0, turn)];
  if (turn < 0 || walked.length !== round.length || round.some((one, at) => one !== walked[at]))
    faults.push("order: " + walked.map(one => one.id || one.name || one.textContent.trim().slice(0, 20)).join(", ")
      + " instead of " + round.map(one => one.id || one.name || one.textContent.trim().slice(0, 20)).join(", "));
  if (document.querySelector("[tabindex]:not([tabindex='-1'],[tabindex='0'])")) faults.push("an order of its own");
  return faults;
};
"""


def _loaded(html: str) -> set[str]:
    names = set(re.findall(r"/static/([\w.-]+)", html))
    return names | {
        found for name in names if name.endswith(".css") for found in re.findall(r"url\(([\w.-]+)\)", (STATIC / name).read_text())
    }


@pytest.mark.parametrize("name", SCENES)
def test_every_page_with_all_it_loads_is_light(name: str) -> None:
    html = html_of(name)
    weight = len(gzip.compress(html.encode())) + sum(len(gzip.compress((STATIC / one).read_bytes())) for one in _loaded(html))
    assert weight <= HEAVIEST, weight


@spec("WCAG 2.2", "2.1.2")
@spec("WCAG 2.2", "2.4.3")
@spec("WCAG 2.2", "2.4.7")
@pytest.mark.parametrize(("width", "back"), [(360, False), (1200, True)])
def test_the_tab_key_goes_through_everything_once_visibly_and_in_order(width: int, back: bool, address: str, chromium: Browser) -> None:
    """Both ways: a phone's page forwards, a desktop's backwards; wherever the focus starts, nothing holds it."""
    page, problems = chromium.new_page(viewport={"width": width, "height": 800}), []
    page.add_init_script(_WATCH)
    keys = page.context.new_cdp_session(page)
    for name in SCENES:
        page.goto(f"{address}/scene/{name}")
        problems += [f"{name}: {problem}" for problem in _walk(page, keys, back=back)]
    page.close()
    assert problems == []


def _walk(page: Page, keys: CDPSession, *, back: bool) -> list[str]:
    # A date has a stop for each of its parts and one for its calendar.
    page.evaluate("() => window.start()")
    controls = page.evaluate("() => window.controls().reduce((sum, one) => sum + (one.type === 'date' ? 4 : 1), 0)")
    press = {"type": "rawKeyDown", "windowsVirtualKeyCode": 9, "key": "Tab", "code": "Tab", "modifiers": 8 if back else 0}
    for _ in range(controls + 2):
        keys.send("Input.dispatchKeyEvent", press)
    return page.evaluate("back => window.told(back)", back)  # type: ignore[no-any-return]


@spec("WCAG 2.2", "3.3.1")
def test_a_refused_form_puts_the_focus_on_what_says_why(address: str, chromium: Browser) -> None:
    page, refused = chromium.new_page(), [name for name in SCENES if 'id="problem"' in html_of(name)]
    assert len(refused) >= 12
    for name in refused:
        page.goto(f"{address}/scene/{name}")
        assert page.evaluate("() => document.activeElement.id") == "problem", name
        assert page.title().startswith("Kesalahan: "), name
        for link in page.locator("#problem a[href^='#']").all():
            assert page.locator(link.get_attribute("href") or "").count() == 1, name
    page.close()


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
    # Every page of two areas; and everybody clones it.
    assert sum(path.stat().st_size for path in screens.FOLDER.iterdir()) <= 6_000_000
