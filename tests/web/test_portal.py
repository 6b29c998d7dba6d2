"""The start page, and the pages between an application's request and its answer."""

import hashlib
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import urlencode

import pytest

from idp.clients.metadata import NewClient
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from tests.web.conftest import Siti
from tests.web.visitor import Visitor, code_at, token_of

CALLBACK = "https://simpeg.example.go.id/cb"


@pytest.fixture
def apps(unit: Any, siti: Siti) -> None:
    """Three applications: Medan's, one for everybody, one of another government; and a machine."""
    rows = (
        NewClient("simpeg", "SIMPEG <Medan>", redirect_uris=(CALLBACK,), government_code="12.71", access="government", topic="Kepegawaian"),
        NewClient("lms", "LMS ASN", redirect_uris=("https://lms.example.go.id/cb",), home_uri="https://lms.example.go.id/start"),
        NewClient("nias", "e-Office Nias", redirect_uris=("https://nias.example.go.id/cb",), government_code="12.04", access="government"),
        NewClient("robot", "Robot", grants=("client_credentials",)),
    )
    with unit() as services:
        for row in rows:
            services.registry.create(OPERATOR, row)


def authorize(**more: str) -> str:
    """The address an application sends the browser to."""
    challenge = urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).rstrip(b"=").decode()
    query = {
        "client_id": "simpeg",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile",
        "state": "s",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        **more,
    }
    return "/authorize?" + urlencode(query)


def test_the_portal_shows_what_the_person_may_open(visitor: Visitor, apps: None) -> None:
    visitor.sign_in()
    page = visitor.get("/").text
    assert 'href="https://simpeg.example.go.id" data-client-id="simpeg"' in page
    assert 'href="https://lms.example.go.id/start" data-client-id="lms"' in page
    assert "Nias" not in page and "Robot" not in page
    assert "SIMPEG &lt;Medan&gt;" in page
    assert "Kota Medan" in page


def test_the_search_works_without_a_script(visitor: Visitor, apps: None) -> None:
    visitor.sign_in()
    found = visitor.get("/?q=kepegawaian+medan").text
    assert 'data-client-id="simpeg"' in found and 'data-client-id="lms"' not in found
    nothing = visitor.get("/?q=%3Cscript%3E").text
    assert "Tidak ada aplikasi yang cocok" in nothing and "<script>" not in nothing


def test_an_empty_portal_says_so(visitor: Visitor, siti: Siti) -> None:
    visitor.sign_in()
    assert "Belum ada aplikasi" in visitor.get("/").text


def follow(visitor: Visitor, path: str) -> Any:
    """Follow redirects that stay here, as a browser does."""
    answer = visitor.get(path)
    while answer.status_code in (302, 303) and answer.headers["Location"].startswith("/"):
        answer = visitor.get(answer.headers["Location"])
    return answer


def test_the_sign_in_page_names_the_application_and_may_lead_to_it(visitor: Visitor, apps: None) -> None:
    start = visitor.get(authorize())
    page = visitor.get(visitor.get(start.headers["Location"]).headers["Location"])
    assert "SIMPEG &lt;Medan&gt;" in page.text
    assert "form-action 'self' https://simpeg.example.go.id" in page.headers["Content-Security-Policy"]


def test_the_whole_way_with_a_second_factor_and_the_data_page(
    visitor: Visitor, apps: None, siti_with_app: Siti, clock: FrozenClock
) -> None:
    sign_in_page = visitor.get(visitor.get(authorize(login_hint="siti.harahap")).headers["Location"]).headers["Location"]
    assert 'value="siti.harahap"' in visitor.get(sign_in_page).text
    assert visitor.sign_in(path=sign_in_page).headers["Location"].startswith("/sign-in/code?flow=")
    assert "SIMPEG &lt;Medan&gt;" in visitor.get("/sign-in/code").text
    back = visitor.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock)).headers["Location"]
    assert back.startswith("/interaction/")
    data = follow(visitor, back)
    assert 'id="consent-allow"' in data.text and "Siti Harahap" in data.text
    here = visitor.get(back).headers["Location"]
    allowed = visitor.send(here, token_of(data), choice="allow")
    answer = follow(visitor, allowed.headers["Location"])
    assert answer.headers["Location"].startswith(CALLBACK + "?code=")
    listed = visitor.get("/account/applications").text
    assert "SIMPEG &lt;Medan&gt;" in listed and "nama dan nama pengguna" in listed
    gone = visitor.send("/account/applications/withdraw", token_of(visitor.get("/account/applications")), client_id="simpeg")
    assert gone.status_code == 303
    assert "Dicabut" in visitor.get("/account/applications").text
    assert 'id="consent-allow"' in follow(visitor, authorize()).text


def test_declining_sends_the_person_back_with_an_error(visitor: Visitor, apps: None) -> None:
    visitor.sign_in()
    here = visitor.get(visitor.get(authorize()).headers["Location"]).headers["Location"]
    declined = visitor.post(here, choice="deny")
    assert "error=access_denied" in declined.headers["Location"]


def test_choosing_another_account_asks_for_its_name(visitor: Visitor, apps: None) -> None:
    visitor.sign_in()
    start = visitor.get(authorize(prompt="select_account")).headers["Location"]
    here = visitor.get(start).headers["Location"]
    page = visitor.get(here)
    assert "Lanjutkan sebagai Siti Harahap" in page.text
    visitor.send(here, token_of(page), choice="another")
    assert visitor.get(start).headers["Location"].startswith("/sign-in?flow=")


def test_an_unregistered_address_gets_an_explained_error_here(visitor: Visitor, apps: None) -> None:
    answer = visitor.get(authorize(redirect_uri="https://evil.test/"))
    assert answer.status_code == 400
    assert 'id="oauth-error"' in answer.text and 'id="incident"' in answer.text


def test_the_language_is_switched_and_kept(visitor: Visitor) -> None:
    assert '<html lang="id">' in visitor.get("/sign-in").text
    answer = visitor.send("/language", token_of(visitor.get("/sign-in")), language="en", return_to="/sign-in?return_to=/account")
    assert answer.headers["Location"] == "/sign-in?return_to=/account"
    assert "Sign in to your account" in visitor.get("/sign-in").text
    away = visitor.send("/language", token_of(visitor.get("/sign-in")), language="id", return_to="//evil.test")
    assert away.headers["Location"] == "/"


def test_an_application_may_ask_for_a_language(visitor: Visitor, apps: None) -> None:
    page = follow(visitor, authorize(ui_locales="fr en"))
    assert '<html lang="en">' in page.text


def test_errors_have_an_incident_number_and_a_way_on(visitor: Visitor) -> None:
    answer = visitor.get("/no/such/page")
    assert answer.status_code == 404
    assert "Halaman tidak ditemukan" in answer.text and 'id="incident"' in answer.text and 'href="/"' in answer.text


def test_pages_with_static_files_may_keep_them(visitor: Visitor) -> None:
    answer = visitor.get("/static/site.css")
    assert "max-age=31536000" in answer.headers["Cache-Control"]
