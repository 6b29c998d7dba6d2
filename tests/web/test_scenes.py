"""Every page in every state, looked at by axe-core: both languages, both colour schemes, the smallest phone."""

import gzip
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from tests import browser
from tests.web.scenes import SCENES, make_app

STATIC = Path(__file__).resolve().parents[2] / "idp/web/static"
VARIANTS = [("id", "light", 320), ("en", "light", 1280), ("id", "dark", 1280), ("en", "dark", 320)]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The scenes on a loopback port."""
    server = make_server("127.0.0.1", 0, make_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser with axe-core at hand."""
    if reason := browser.axe_missing():
        pytest.skip(reason)
    with browser.chromium() as started:
        yield started


@pytest.mark.parametrize(("language", "scheme", "width"), VARIANTS)
def test_every_page_passes_axe_and_fits_the_window(language: str, scheme: str, width: int, address: str, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    problems = []
    for name in SCENES:
        answer = page.goto(f"{address}/scene/{name}?l={language}")
        assert answer is not None and answer.status == 200, name
        problems += [f"{name}: {problem}" for problem in browser.accessibility_problems(page)]
        if wider := browser.overflow(page):
            problems.append(f"{name}: {wider} pixels wider than the window")
    context.close()
    assert problems == []


def test_every_page_fits_the_smallest_phone_in_english_too(address: str, chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 320, "height": 800})
    wide = {}
    for name in SCENES:
        page.goto(f"{address}/scene/{name}?l=en")
        wide[name] = browser.overflow(page)
    page.close()
    assert {name: pixels for name, pixels in wide.items() if pixels} == {}


def test_a_light_accent_keeps_its_contrast(chromium: Browser) -> None:
    server = make_server("127.0.0.1", 0, make_app(accent="#f2c200"), threaded=True)
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


def test_the_sign_in_page_with_all_it_loads_is_light(address: str) -> None:
    client = make_app().test_client()
    html = client.get("/scene/sign-in").data
    names = set(re.findall(rb"/static/([\w.-]+)", html)) | set(re.findall(rb"url\(([\w.-]+)\)", (STATIC / "site.css").read_bytes()))
    total = len(gzip.compress(html)) + sum(len(gzip.compress((STATIC / name.decode()).read_bytes())) for name in names)
    assert total <= 12_000, total
    assert (STATIC / "site.css").stat().st_size <= 10_000


@pytest.mark.parametrize("name", SCENES)
def test_a_page_has_no_inline_style_or_script_and_one_heading(name: str) -> None:
    html = make_app().test_client().get(f"/scene/{name}").text
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src=)", html)
    assert html.count("<h1") == 1
    assert re.search(r"<title>[^<]{3,}</title>", html)
    assert len(re.findall(r'\sid="([^"]+)"', html)) == len(set(re.findall(r'\sid="([^"]+)"', html)))
