"""Errors that need no session: each in the language this browser chose, with an incident number and a next step."""

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from idp.wiring import Deps
from tests.web.conftest import Siti
from tests.web.visitor import Visitor, token_of

STRANGE = [
    ("GET", "/nowhere", 404, "Halaman tidak ditemukan", "Page not found"),
    ("GET", "/favourites", 405, "tombol", "button"),
    ("POST", "/sign-in", 413, "terlalu besar", "too large"),
    ("POST", "/account/password", 403, "kedaluwarsa", "expired"),
]


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(("method", "path", "status", "id_says", "en_says"), STRANGE)
def test_an_error_speaks_the_language_this_browser_chose(
    visitor: Visitor, method: str, path: str, status: int, id_says: str, en_says: str, language: str
) -> None:
    visitor.client.set_cookie("idp_lang", language, domain="localhost")
    answer = visitor.get(path) if method == "GET" else visitor.send(path, "x", filler="a" * (70_000 if status == 413 else 1))
    assert answer.status_code == status and f'<html lang="{language}">' in answer.text
    assert (id_says if language == "id" else en_says) in answer.text
    assert 'id="incident"' in answer.text and ('href="/"' in answer.text or 'id="again"' in answer.text)


@pytest.mark.parametrize(("language", "says"), [("id", "Coba lagi dalam 2 detik"), ("en", "Try again in 2 seconds")])
def test_a_database_without_a_free_connection_says_when_to_try_again_and_opens_the_page_anew(
    visitor: Visitor, deps: Deps, language: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(visitor.get("/sign-in"))
    visitor.client.set_cookie("idp_lang", language, domain="localhost")

    def full(**_: object) -> None:
        raise PoolTimeout("QueuePool limit reached")

    monkeypatch.setattr(deps.database, "unit", full)
    answer = visitor.send("/sign-in?return_to=/account", token, username="x", password="y")
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "2"
    assert says in answer.text and 'id="again" href="/sign-in?return_to=/account"' in answer.text and 'id="incident"' in answer.text
    assert "QueuePool" not in answer.text


@pytest.mark.parametrize(("language", "says"), [("id", "Terlalu banyak percobaan"), ("en", "Too many attempts")])
def test_too_many_attempts_are_told_how_long_to_wait(visitor: Visitor, siti: Siti, language: str, says: str) -> None:
    visitor.client.set_cookie("idp_lang", language, domain="localhost")
    for _ in range(12):
        answer = visitor.sign_in(password="wrong")
        if answer.status_code == 429:
            break
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0
    assert says in answer.text and 'id="login-submit"' in answer.text
