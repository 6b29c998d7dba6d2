"""Pictures of every page in docs/screens: ``make screens``, or ``python -m tests.web.screens [folder]``.

One list says which: each scene on a phone in Indonesian and light, on a desktop in English and dark (further states of a page
on the phone only); those in FULL in every language, scheme and width, and in high contrast; some letters. A new scene gets its
pictures by standing in `scenes.SCENES`.
"""

import base64
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser
from werkzeug.serving import make_server

from tests import browser
from tests.web.scenes import SCENES
from tests.web.stage import Silent, make_app
from tests.web.state_scenes import STATE_SCENES

FOLDER = Path(__file__).resolve().parents[2] / "docs/screens"
FULL = ("sign-in", "sign-in-wrong", "code", "portal", "overview")
LETTERS = ("activation", "reset", "new-device", "recovery-code-few", "security-alert")
_PHONE, _DESKTOP = (360, 740), (1200, 760)
_QUALITY = 18

Variant = tuple[str, str, str]  # language, look, device


def pictures() -> Iterator[tuple[str, Variant]]:
    """Every picture that stands in the folder: the scene and how it is looked at."""
    for name in SCENES:
        yield name, ("id", "light", "phone")
        if name not in STATE_SCENES:
            yield name, ("en", "dark", "desktop")
    for name in LETTERS:
        yield f"letter-{name}", ("id", "light", "phone")
    for name in FULL:
        for language, look, device in (
            ("en", "light", "phone"), ("id", "dark", "phone"), ("en", "dark", "phone"),
            ("id", "light", "desktop"), ("en", "light", "desktop"), ("id", "dark", "desktop"),
            ("id", "contrast", "phone"),
        ):  # fmt: skip
            yield name, (language, look, device)
    yield "recovery-codes", ("en", "print", "desktop")


def _path(name: str) -> str:
    return f"letter/{name.removeprefix('letter-')}" if name.startswith("letter-") else f"scene/{name}"


def file_name(name: str, variant: Variant) -> str:
    """Where it stands."""
    return f"{name}-{'-'.join(variant)}.webp"


def take(chromium: Browser, address: str, folder: Path) -> None:
    """Take all pictures anew; what is no longer in the list goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    for variant in sorted({variant for _, variant in pictures()}):
        language, look, device = variant
        width, height = _PHONE if device == "phone" else _DESKTOP
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if look == "dark" else "light",
            contrast="more" if look == "contrast" else "no-preference",
            reduced_motion="reduce",
        )
        page = context.new_page()
        session = context.new_cdp_session(page)
        for name in (name for name, wanted in pictures() if wanted == variant):
            page.goto(f"{address}/{_path(name)}?l={language}")
            page.evaluate("document.activeElement.blur()")
            if look == "print":
                session.send("Emulation.setEmulatedMedia", {"media": "print"})
            shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": _QUALITY, "captureBeyondViewport": True})
            (folder / file_name(name, variant)).write_bytes(base64.b64decode(shot["data"]))
        context.close()


def main(folder: Path = FOLDER) -> int:
    """Serve the scenes, take the pictures; gives 1 where there is no browser."""
    if reason := browser.missing():
        sys.stderr.write(f"{reason}\n")
        return 1
    server = make_server("127.0.0.1", 0, make_app(), threaded=True, request_handler=Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with browser.chromium() as chromium:
            take(chromium, f"http://127.0.0.1:{server.server_port}", folder)
    finally:
        server.shutdown()
        server.server_close()
    total = sum(path.stat().st_size for path in folder.glob("*.webp"))
    sys.stdout.write(f"{len(list(folder.glob('*.webp')))} pictures, {total / 1e6:.1f} MB, in {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
