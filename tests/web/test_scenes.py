"""Every page and letter in every state, looked at by axe-core: both languages, both schemes, phone and desktop, contrast, spacing."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from idp.mail import letters
from tests import browser
from tests.spec import spec
from tests.web import letter_scenes
from tests.web.eyes import Eyes, opened
from tests.web.scenes import SCENES
from tests.web.stage import Silent, html_of, make_app

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
SHARES = 6  # a test looks at every sixth scene, so that none is long


@pytest.fixture
def eyes(chromium: Browser) -> Iterator[Eyes]:
    made = opened(chromium)
    yield made
    made.page.context.close()


@spec("WCAG 2.2", "1.4.3")
@spec("WCAG 2.2", "1.4.6")
@spec("WCAG 2.2", "1.4.10")
@spec("WCAG 2.2", "1.4.12")
@spec("WCAG 2.2", "2.5.8")
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("share", range(SHARES))
def test_every_page_can_be_read_by_everybody(share: int, language: str, address: str, eyes: Eyes) -> None:
    for name in SCENES[share::SHARES]:
        eyes.everything(name, f"{address}/scene/{name}?l={language}")
    assert eyes.problems == []


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_letter_can_be_read_by_everybody(language: str, address: str, eyes: Eyes) -> None:
    eyes.page.set_viewport_size({"width": 320, "height": 800})
    for name in letter_scenes.LETTER_SCENES:
        eyes.page.goto(f"{address}/letter/{name}?l={language}")
        eyes.problems += [f"{name}: {one}" for one in browser.accessibility_problems(eyes.page)]
        if wide := browser.overflow(eyes.page):
            eyes.problems.append(f"{name}: {wide} pixels wider than the window")
    assert eyes.problems == []


def test_every_template_has_a_scene() -> None:
    app = make_app()
    client = app.test_client()
    for name in SCENES:
        assert client.get(f"/scene/{name}").status_code == 200, name
    for name in letter_scenes.LETTER_SCENES:
        letter_scenes.letter(name, "id")
    letter_scenes.slip("id")
    met = {name for environment in (app.jinja_env, letters._environment("id")) for _, name in environment.cache or ()}
    there = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*") if path.is_file() and "admin" not in str(path)}
    assert there - met == set(), "give each a scene: tests/web/scenes.py, {account,admin,letter,state}_scenes.py"
    assert {name for name, _ in letter_scenes.LETTER_SCENES.values()} == set(letters.LETTERS)


def test_a_light_accent_keeps_its_contrast(chromium: Browser) -> None:
    server = make_server("127.0.0.1", 0, make_app(accent="#f2c200"), threaded=True, request_handler=Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        for scheme in ("light", "dark"):
            context = chromium.new_context(color_scheme=scheme)
            page = context.new_page()
            for name in ("sign-in", "enrol", "portal", "sessions"):
                page.goto(f"http://127.0.0.1:{server.server_port}/scene/{name}")
                assert browser.accessibility_problems(page) == [], (scheme, name)
            context.close()
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("name", SCENES)
def test_a_page_has_no_inline_style_or_script_and_one_heading(name: str) -> None:
    html = html_of(name)
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src=)", html)
    assert html.count("<h1") == 1
    assert re.search(r"<title>[^<]{3,}</title>", html)
    assert len(re.findall(r'\sid="([^"]+)"', html)) == len(set(re.findall(r'\sid="([^"]+)"', html)))
