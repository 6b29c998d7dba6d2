"""The pages of a signed-in person."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from idp.authn.models import Passkey
from idp.clients.metadata import NewClient
from idp.interaction.request import AuthorizationRequestData
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from idp.kernel.randomness import digest
from tests.web.conftest import Siti
from tests.web.visitor import PASSWORD, Visitor, code_at, token_of

PAGES = (
    "/",
    "/account",
    "/account/password",
    "/account/factors",
    "/account/factors/add",
    "/account/recovery-codes",
    "/account/sessions",
    "/account/applications",
    "/account/history",
)


@pytest.fixture
def signed_in(visitor: Visitor, siti_with_app: Siti, clock: FrozenClock) -> Visitor:
    """Siti's browser, signed in with both factors."""
    visitor.sign_in()
    assert visitor.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock)).headers["Location"] == "/"
    return visitor


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_for_its_person_only(path: str, signed_in: Visitor, another: Visitor) -> None:
    page = signed_in.get(path)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "style=" not in page.text and "<script>" not in page.text
    assert another.get(path).headers["Location"].startswith("/sign-in?return_to=")


def test_the_number_is_masked_on_the_overview(signed_in: Visitor) -> None:
    page = signed_in.get("/account").text
    assert "19860926••••••••03" in page or "••••" in page
    assert "198609262011012003" not in page


def test_the_overview_counts_a_passkey_as_two_step_verification(visitor: Visitor, siti: Siti, unit: Any, clock: FrozenClock) -> None:
    visitor.sign_in()
    assert "Nonaktif" in visitor.get("/account").text
    with unit() as services:
        services.session.add(Passkey(
            id="k", person_id=siti.id, credential_id=b"k", public_key=b"", sign_count=0, aaguid="", transports="internal", name="Ponsel",
            discoverable=True, backup_eligible=False, backed_up=False, created_at=clock.now(),
        ))  # fmt: skip
    page = visitor.get("/account").text
    assert "Nonaktif" not in page and "1 passkey" in page


def test_a_changed_password_ends_other_sessions_and_works(
    signed_in: Visitor, another: Visitor, siti_with_app: Siti, clock: FrozenClock
) -> None:
    clock.advance(seconds=60)
    another.sign_in()
    another.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock))
    assert another.get("/account").status_code == 200
    new = "kuda hitam berlari cepat"
    wrong = signed_in.post("/account/password", current_password="not this one", new_password=new, confirm_password=new)
    assert wrong.status_code == 400 and 'id="current_password-error"' in wrong.text
    done = signed_in.post("/account/password", current_password=PASSWORD, new_password=new, confirm_password=new)
    assert (done.status_code, done.headers["Location"]) == (303, "/account")
    assert "Kata sandi Anda telah diubah" in signed_in.get("/account").text
    assert another.get("/account").status_code == 303


def test_adding_a_factor_needs_a_fresh_sign_in(signed_in: Visitor, siti_with_app: Siti, clock: FrozenClock) -> None:
    clock.advance(seconds=400)
    answer = signed_in.get("/account/factors/add")
    assert answer.headers["Location"].startswith("/sign-in?")
    assert "again=1" in answer.headers["Location"]
    page = signed_in.get(answer.headers["Location"])
    assert "Konfirmasi bahwa ini Anda" in page.text and "siti.harahap" in page.text
    signed_in.sign_in(path=answer.headers["Location"])
    back = signed_in.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock))
    assert back.headers["Location"] == "/account/factors/add"
    assert signed_in.get("/account/factors/add").status_code == 200


def test_a_second_app_is_added_and_removed(signed_in: Visitor, clock: FrozenClock) -> None:
    page = signed_in.get("/account/factors/add").text
    found = re.search(r'id="totp-secret">([A-Z2-7 ]+)<', page)
    assert found is not None
    code = code_at(found[1].replace(" ", ""), clock)
    answer = signed_in.post("/account/factors/add", code=code, name="Tablet")
    assert answer.status_code in (200, 303)
    listed = signed_in.get("/account/factors").text
    assert "Tablet" in listed
    found = re.search(r"<strong>Tablet.*?(/account/factors/\w+/remove)", listed, re.S)
    assert found is not None
    assert signed_in.post(found[1], page="/account/factors").status_code == 303
    assert "Tablet" not in signed_in.get("/account/factors").text


def test_recovery_codes_are_shown_once(signed_in: Visitor) -> None:
    shown = signed_in.post("/account/recovery-codes")
    found = re.search(r'id="recovery-codes">(.*?)</ul>', shown.text, re.S)
    assert found is not None
    code = re.findall(r"<li>([^<]+)</li>", found[1])[0]
    assert code not in signed_in.get("/account/recovery-codes").text
    assert "Tersisa 10 kode" in signed_in.get("/account/recovery-codes").text


def test_a_session_is_ended_from_another_browser(signed_in: Visitor, another: Visitor, siti_with_app: Siti, clock: FrozenClock) -> None:
    clock.advance(seconds=60)
    another.sign_in()
    another.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock))
    page = signed_in.get("/account/sessions").text
    ids = re.findall(r"/account/sessions/(\w+)/end\"", page)
    assert len(ids) == 2
    answer = signed_in.post(f"/account/sessions/{ids[1]}/end", page="/account/sessions")
    assert answer.headers["Location"] == "/account/sessions"
    assert another.get("/account").status_code == 303
    assert signed_in.get("/account").status_code == 200


def test_all_other_sessions_are_ended(signed_in: Visitor, another: Visitor, siti_with_app: Siti, clock: FrozenClock) -> None:
    clock.advance(seconds=60)
    another.sign_in()
    another.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock))
    signed_in.post("/account/sessions/end-others", page="/account/sessions")
    assert another.get("/account").status_code == 303
    assert signed_in.get("/account").status_code == 200


def test_nobody_ends_a_session_of_another_person(signed_in: Visitor, another: Visitor, unit: Any) -> None:
    from idp.directory.people import NewPerson

    with unit() as services:
        budi = services.people.create(OPERATOR, NewPerson(username="budi", name="Budi Lubis", government_code="12.71", status="active"))
        services.passwords.set(OPERATOR, budi, "awan putih berarak jauh")
    another.sign_in("budi", "awan putih berarak jauh")
    with unit() as services:
        theirs = services.sessions.list(budi.id)[0].id
    assert signed_in.post(f"/account/sessions/{theirs}/end", page="/account/sessions").status_code == 404
    assert another.get("/account").status_code == 200


def test_the_history_tells_what_failed_and_why(visitor: Visitor, siti_with_app: Siti, clock: FrozenClock) -> None:
    visitor.sign_in(password="not the password at all")
    visitor.sign_in()
    visitor.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock, steps=-8))
    visitor.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock))
    page = visitor.get("/account/history").text
    assert "Masuk ditolak" in page and "Kata sandi tidak sesuai." in page
    assert re.search(r"Jam ponsel [^<]*4 menit", page), "how far the clock was off"


def test_a_user_agent_is_never_markup(visitor: Visitor, siti: Siti) -> None:
    visitor.client.environ_base["HTTP_USER_AGENT"] = "<script>alert(1)</script> Firefox/1"
    visitor.sign_in()
    page = visitor.get("/account/sessions").text
    assert "<script>" not in page and "Firefox" in page


def test_an_idle_session_leads_back_to_the_page_it_left(signed_in: Visitor, clock: FrozenClock) -> None:
    clock.advance(seconds=timedelta(hours=2).total_seconds())
    assert signed_in.get("/account/history").headers["Location"] == "/sign-in?return_to=%2Faccount%2Fhistory"


def test_signing_out_from_the_page_ends_the_session(signed_in: Visitor) -> None:
    answer = signed_in.send("/logout", token_of(signed_in.get("/account")), confirm="yes")
    assert answer.status_code in (200, 303)
    assert signed_in.get("/account").status_code == 303


def test_an_added_app_signs_out_everywhere_else(signed_in: Visitor, another: Visitor, siti_with_app: Siti, clock: FrozenClock) -> None:
    clock.advance(seconds=60)
    another.sign_in()
    another.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock))
    for name in ("Tablet", "Laptop"):  # the first answer shows the recovery codes
        found = re.search(r'id="totp-secret">([A-Z2-7 ]+)<', signed_in.get("/account/factors/add").text)
        assert found is not None
        signed_in.post("/account/factors/add", code=code_at(found[1].replace(" ", ""), clock), name=name)
    assert "Anda telah keluar dari perangkat lain" in signed_in.get("/account/factors").text
    assert another.get("/account").status_code == 303
    assert "Aplikasi autentikator ditambahkan" in signed_in.get("/account/history").text


def test_a_changed_password_keeps_this_device_known(signed_in: Visitor, siti_with_app: Siti, unit: Any) -> None:
    new = "kuda hitam berlari cepat"
    with unit() as services:
        services.session.execute(
            text("INSERT INTO known_devices (digest, person_id, created_at, last_used_at) SELECT :d, person_id, created_at, last_used_at"
                 " FROM known_devices"), {"d": b"t" * 32},
        )  # fmt: skip
    signed_in.post("/account/password", current_password=PASSWORD, new_password=new, confirm_password=new)
    cookie = signed_in.client.get_cookie("idp_device")
    assert cookie is not None
    with unit() as services:
        (kept,) = services.session.execute(text("SELECT digest FROM known_devices")).scalars()
        assert bytes(kept) == digest(cookie.value)


def test_the_overview_tells_when_the_password_was_changed(signed_in: Visitor, clock: FrozenClock) -> None:
    clock.advance(seconds=45 * 60)
    new = "kuda hitam berlari cepat"
    assert "Terakhir diubah 15 Mar 2027, 09.30 WIB" in signed_in.get("/account").text
    signed_in.post("/account/password", current_password=PASSWORD, new_password=new, confirm_password=new)
    assert "Terakhir diubah 15 Mar 2027, 10.15 WIB" in signed_in.get("/account").text


def test_the_history_names_applications_as_people_know_them(signed_in: Visitor, siti_with_app: Siti, unit: Any) -> None:
    request = AuthorizationRequestData("simpeg", "https://simpeg.example.go.id/cb", "query", ("openid",))
    with unit() as services:
        new = NewClient("simpeg", "Staff <files>", name_id="SIMPEG <Medan>", redirect_uris=(request.redirect_uri,))
        services.registry.create(OPERATOR, new)
        services.consents.record(OPERATOR, siti_with_app.id, request, government="12.71")
    page = signed_in.get("/account/history").text
    assert "SIMPEG &lt;Medan&gt;" in page and ">simpeg<" not in page
    signed_in.client.set_cookie("idp_lang", "en", domain="localhost")
    assert "Staff &lt;files&gt;" in signed_in.get("/account/history").text
