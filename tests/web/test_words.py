"""No page says a word that is not in the catalogue: templates, forms, flashes, errors, letters, and what views hand to them."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from idp.kernel.clock import FrozenClock
from idp.mail import letters
from idp.web import messages
from idp.web.account import events, names, printed
from idp.web.forms import Form, account, admin, device, signin  # noqa: F401 (each defines its forms)
from tests.web import letter_scenes, pseudo
from tests.web.conftest import Siti
from tests.web.scenes import SCENES
from tests.web.stage import make_app
from tests.web.visitor import Visitor, code_at, token_of

WEB = Path(__file__).resolve().parents[2] / "idp/web"
# What people, agencies, applications and browsers of the scenes are called, what somebody typed, and what is the same everywhere.
KNOWN = (
    *(
        "SSO Sumatera Utara",
        "Siti Nurhaliza Harahap, S.Kom.",
        "Siti Nurhaliza Harahap",
        "S.Kom.",
        "siti.harahap@example.go.id",
        "siti.harahap",
    ),
    *("SIMPEG Kota Medan", "e-Office", "LMS ASN", "Perpustakaan", "SRIKANDI", "Portal Diklat Kementerian Dalam Negeri", "Kota Medan"),
    *("Cuti, kenaikan pangkat, dan data pegawai", "Pemeliharaan hari Sabtu.", "Kepegawaian", "Diskominfo Kota Medan, lantai 2"),
    *("Pranata Komputer Muda", "Pranata Komputer Ahli Muda", "Dinas Komunikasi dan Informatika", "Dinas Kominfo", "Plt. Kepala Bidang"),
    *("Bidang Layanan E-Government", "III/d", "SK 821.23/1204", "Sudah.", "PNS", "Medan, Indonesia", "2001:db8:36:66:1:2:3:4"),
    *("Ponsel Siti", "Tablet kantor", "Kunci keamanan", "Chrome · Windows", "NIP / NI PPPK"),
    *("26 September 1986", "1 April 2024", "1 September 2026", "Bahasa Indonesia", "7k2m9qxd4h", "invalid_request", "invalid_scope"),
    *("request_expired", "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP", "7k2m-9qxd-4hvn-8rtz", "c3wp-5jyb-1gsa-6fen", "v8hd-2zkr-9mtc-4xqp"),
    *(
        "Mengerjakan surat Anda",
        "Boleh",
        "membaca surat, menandatangani surat",
        "Paling banyak",
        "Membaca arsip",
        "https://arsip.example.go.id/api/v1",
    ),
    *("n6yt-8afw-3bje-5dgs", "q1rz-7pcn-6wvk-2hmy", "e5gx-4tdb-8sja-9kfv"),
)


# What administrators' pages show as it was written: the record, agencies, names and reasons that somebody typed.
RECORD = (
    *("authn:factor:refuse", "directory:role:grant", "tokens:code:redeem", "reason", "wrong", "factor", "totp", "request", "r4nd0mr3q"),
    *("Provinsi Sumatera Utara", "Siti Rahma Harahap", "e-kinerja", "01mh3gj7b0c471b", "Dinas Kesehatan", "Dinas Pendidikan", "e-office"),
    *("presensi", "e-cuti", "Semua orang di", "Auditor", "Kabupaten Deli Serdang", "Siti: acr 2.", "Ponsel sedang diperbaiki", "Budi"),
    *("Dua faktor", "RSUD dr. Pirngadi"),
)
_OF_ADMINISTRATORS = ("admin-", "rule", "campaign")


@pytest.fixture
def scenes(monkeypatch: pytest.MonkeyPatch) -> Flask:
    pseudo.speak(monkeypatch)
    return make_app()


def test_no_scene_says_a_word_outside_the_catalogue(scenes: Flask) -> None:
    client = scenes.test_client()
    known = {name: (*KNOWN, *RECORD) if name.startswith(_OF_ADMINISTRATORS) else KNOWN for name in SCENES}
    found = {name: pseudo.untranslated(client.get(f"/scene/{name}").text, known[name]) for name in SCENES}
    assert {name: words for name, words in found.items() if words} == {}


def test_no_letter_or_slip_says_a_word_outside_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = letters._environment.__wrapped__("id")
    environment.install_gettext_translations(pseudo.Pseudo(), newstyle=True)  # type: ignore[attr-defined]
    monkeypatch.setattr(letters, "_environment", lambda _language: environment)
    typed = ("Sudah diperbaiki sesuai SK.", "Mohon datang dengan akta kelahiran.", "Laptop kantor", "Chrome · Android")
    facts = (letter_scenes.NAME, letter_scenes.ISSUER, letter_scenes.CODE, "24 November 2026, 08.30 WIB", "/activate/3kq9", "/reset/3kq9",
             "/not-me/3kq9", "/account/password", "/account/recovery-codes", "/account/data", "/admin/roles",
             "Budi Santoso", "/account/factors")  # fmt: skip
    known, found = (*KNOWN, *typed, *facts), dict[str, list[str]]()
    for name in letter_scenes.LETTER_SCENES:
        written = letter_scenes.letter(name, "id")
        said = [pseudo.outside(text, known) for text in (written.subject, written.text)]
        found[name] = [text for text in (*said, *pseudo.untranslated(written.html, known)) if text]
    found["slip"] = [text for text in (pseudo.outside(letter_scenes.slip("id"), known),) if text]
    assert {name: words for name, words in found.items() if words} == {}


def _forms(root: type[Form] = Form) -> Iterator[type[Form]]:
    for one in root.__subclasses__():
        yield one
        yield from _forms(one)


def test_no_form_refuses_in_words_outside_the_catalogue(scenes: Flask) -> None:
    """Every field of every form: nothing, too much, what cannot be typed, what is not among the choices."""
    wrong, met = ("", "x" * 6000, "\x00", "💥", "12", "a b c"), 0
    for form in _forms():
        with scenes.test_request_context("/", method="POST"):
            fields = [field.name for field in form()]
        for value in wrong:
            with scenes.test_request_context("/", method="POST", data=MultiDict(dict.fromkeys(fields, value))):
                filled = form()
                for field in filled:
                    if getattr(field, "choices", ()) is None:
                        field.choices = []  # filled in by the view
                filled.validate()
                said = [str(error) for field in filled for error in field.errors] + [
                    str(field.label.text) for field in filled if field.type != "HiddenField"
                ]
                choices = [str(label) for field in filled for _, label, *_ in getattr(field, "iter_choices", lambda: ())()]
            met += len(said)
            assert [text for text in said + choices if pseudo.outside(text, KNOWN)] == [], (form.__name__, value)
    assert met > 100


def test_no_list_of_sentences_has_one_outside_the_catalogue(scenes: Flask) -> None:
    from idp.web.viewer import _sayings

    with scenes.test_request_context("/"):
        lists: list[Callable[[], Any]] = [
            _sayings, names.account_pages, lambda: {key: str(one) for key, one in events.REASONS.items()},
            lambda: {key: str(one) for key, one in events.NAMES.items()},
            lambda: [messages.title_for_status(status, None) for status in range(400, 600)],
            lambda: [messages.sentence_for_status(status, code) for status in (400, 404, 500) for code in (None, *messages._SENTENCES)],
            lambda: [messages.oauth_sentence(error) for error in (*messages._OAUTH, "something_new")],
            lambda: [messages.of_code(code) for code in ("never heard of", *messages._SENTENCES)],
            lambda: [str(one) for words in printed._WORDS.values() for one in words.values()],
            lambda: [str(one) for one in printed._IDENTITY.values()],
        ]  # fmt: skip
        for say in lists:
            made = say()
            texts = made.values() if isinstance(made, dict) else [part[-1] if isinstance(part, tuple) else part for part in made]
            assert [text for text in texts if pseudo.outside(str(text), ("Bahasa Indonesia", "English"))] == []


@pytest.fixture
def walked(
    monkeypatch: pytest.MonkeyPatch, visitor: Visitor, siti_with_app: Siti, clock: FrozenClock
) -> Iterator[tuple[Visitor, Siti, FrozenClock]]:
    """The real house in this language, and Siti before its door."""
    pseudo.speak(monkeypatch)
    yield visitor, siti_with_app, clock


_AT_THE_DOOR = ("/sign-in", "/sign-in?again=1", "/sign-in/lost-phone", "/forgot-password", "/activate", "/activate/unknown",
                "/reset/unknown",
                "/not-me/unknown", "/not-me/done", "/nowhere", "/favourites",
                "/authorize?client_id=nobody", "/authorize", "/logout?id_token_hint=bad",
                "/logout", "/device", "/interaction/unknown")  # fmt: skip
_INSIDE = ("/", "/?q=zzz", "/account", "/account/password", "/account/factors", "/account/factors/add", "/account/passkeys/add",
           "/account/recovery-codes", "/account/sessions", "/account/data", "/account/data/download", "/account/applications",
           "/account/history", "/account/history/999999/not-me", "/logout", "/device")  # fmt: skip
_REFUSED = (
    ("/account/password", {"current_password": "wrong", "new_password": "short", "confirm_password": "other"}),
    ("/account/factors/add", {"code": "000000", "name": "x"}),
    ("/account/data/corrections", {"field": "grade", "wanted": "", "note": ""}),
    ("/account/data/corrections", {"field": "nonsense", "wanted": "x", "note": "\x00"}),
    ("/account/passkeys/add", {"credential": "{}", "name": ""}),
    ("/account/sessions/unknown/end", {}),
    ("/account/factors/unknown/remove", {}),
    ("/account/applications/withdraw", {"client_id": "nobody"}),
    ("/account/data/corrections/unknown/take-back", {}),
)
_REAL = (
    *("Siti Harahap", "siti.harahap", "siti@example.go.id", "Kota Medan", "Authenticator", "SSO Sumatera Utara", "PNS", "III/d"),
    *("invalid_request", "invalid_client", "request_expired"),
)
_VALUES = re.compile(r'id="(?:incident|totp-secret)">([^<]+)<')  # numbers and keys, each made for this page


def test_no_page_of_the_house_says_a_word_outside_the_catalogue(walked: tuple[Visitor, Siti, FrozenClock]) -> None:
    """The same of real views: opened, refused, and said after something was done."""
    visitor, siti, clock = walked
    pages = {path: visitor.get(path) for path in _AT_THE_DOOR}
    pages["old form"] = visitor.send("/sign-in", "old", username="x", password="y")
    pages["nothing typed"] = visitor.sign_in(username="", password="")
    pages["wrong password"] = visitor.sign_in(password="wrong")
    pages["nobody asks"] = visitor.post("/forgot-password", username="nobody")
    pages["no code"] = visitor.post("/activate", code="unknown")
    visitor.sign_in()
    pages["second step"] = visitor.get("/sign-in/code")
    for path in ("/sign-in/code", "/sign-in/recovery-code", "/sign-in/agency-code"):
        pages[f"{path} wrong"] = visitor.post(path, code="000000")
    pages["drift"] = visitor.post("/sign-in/code", code=code_at(siti.secret or "", clock, steps=-8))
    assert visitor.post("/sign-in/code", code=code_at(siti.secret or "", clock)).status_code == 303
    pages.update({path: visitor.get(path) for path in _INSIDE})
    token = token_of(pages["/account/password"])
    for path, fields in _REFUSED:
        pages[f"{path} {sorted(fields)}"] = visitor.send(path, token, **fields)
    assert visitor.send("/account/data/corrections", token, field="grade", wanted="III/d", note="").status_code == 303
    pages["correction sent"] = visitor.get("/account/data")
    found = {
        name: pseudo.untranslated(page.text, (*_REAL, *_VALUES.findall(page.text)))
        for name, page in pages.items()
        if page.mimetype == "text/html" and page.status_code // 100 != 3
    }
    assert {name: words for name, words in found.items() if words} == {}
    assert len(found) > 40


_TRANSLATES = {"gettext", "ngettext", "lazy_gettext", "_l", "_"}
# What is said to operators and machines, never to the person before the page: errors by code, logs, JSON, patterns.
_ELSEWHERE = {
    *("Invalid", "NotAllowed", "NotFound", "Conflict", "Busy", "ValueError", "RuntimeError", "TypeError"),
    *("info", "warning", "error", "exception", "compile", "jsonify", "CSRFError", "answer_error"),
}
# Modules that answer applications in the English of the protocols (RFC 6749 section 5.2 allows ASCII alone), and no person.
_TO_MACHINES = {"protocol.py", "metrics.py", "work.py"}
_SENTENCE = re.compile(r"^[A-Z][a-z]+(?: [a-z]+)+|[a-z]{2,} [a-z]{2,} [a-z]{2,}")


def _hard_coded(tree: ast.AST) -> Iterator[ast.Constant]:
    """Sentences among the values of a module: not its docstrings, not what goes through the catalogue, not what is said elsewhere."""
    if isinstance(tree, ast.Call):
        name = tree.func.id if isinstance(tree.func, ast.Name) else tree.func.attr if isinstance(tree.func, ast.Attribute) else ""
        if name in _TRANSLATES | _ELSEWHERE:
            return
    if isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Constant):
        return
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str) and _SENTENCE.search(tree.value):
        yield tree
    for child in tree.values if isinstance(tree, ast.Dict) else ast.iter_child_nodes(tree):  # what a sentence is found by is not said
        yield from _hard_coded(child)


@pytest.mark.parametrize(
    "path", sorted(one for one in WEB.rglob("*.py") if one.name not in _TO_MACHINES), ids=lambda path: str(path.relative_to(WEB))
)
def test_a_view_hands_no_sentence_to_a_page_that_is_not_in_the_catalogue(path: Path) -> None:
    found = [f"{path.name}:{one.lineno}: {one.value}" for one in _hard_coded(ast.parse(path.read_text()))]
    assert found == []
