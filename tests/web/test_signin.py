"""The way in, page by page."""

import re
from typing import Any

from sqlalchemy import text

from idp.kernel.clock import FrozenClock
from tests.web.conftest import Siti
from tests.web.visitor import PASSWORD, Visitor, code_at, token_of


def test_name_and_password_lead_to_the_start_page(visitor: Visitor, siti: Siti) -> None:
    answer = visitor.sign_in()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "Siti Harahap" in visitor.get("/").text


def test_every_spelling_of_the_name_works(visitor: Visitor, siti: Siti) -> None:
    for name in ("siti.harahap", " SITI.harahap ", "siti@example.go.id", "19860926 201101 2 003"):
        assert Visitor(visitor.client.application.test_client()).sign_in(name).status_code == 303, name


def test_a_wrong_password_and_an_unknown_name_get_the_same_page(visitor: Visitor, another: Visitor, siti: Siti) -> None:
    wrong = visitor.sign_in(password="not the password at all")
    unknown = another.sign_in(username="198609262011012999", password="not the password at all")
    assert wrong.status_code == unknown.status_code == 400
    clean = [re.sub(r'value="[^"]*"', "", page.text) for page in (wrong, unknown)]
    assert clean[0] == clean[1]
    assert list(wrong.headers.keys()) == list(unknown.headers.keys())
    assert "NIP atau kata sandi tidak sesuai" in wrong.text


def test_after_too_many_attempts_the_page_says_how_long_to_wait(visitor: Visitor, siti: Siti) -> None:
    for _ in range(12):
        answer = visitor.sign_in(password="not the password at all")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Coba lagi dalam" in answer.text


def test_an_empty_form_names_each_field_and_links_to_it(visitor: Visitor) -> None:
    page = visitor.post("/sign-in").text
    assert 'href="#username"' in page and 'href="#password"' in page
    assert 'aria-describedby="username-error"' in page
    assert "<title>Kesalahan:" in page


def test_a_password_too_long_is_refused_without_hashing(visitor: Visitor, siti: Siti) -> None:
    answer = visitor.sign_in(password="x" * 129)
    assert answer.status_code == 400
    assert "maksimal 128" in answer.text


def test_who_has_an_app_must_show_its_code(visitor: Visitor, siti_with_app: Siti, clock: FrozenClock) -> None:
    assert visitor.sign_in().headers["Location"] == "/sign-in/code"
    assert visitor.get("/").headers["Location"].startswith("/sign-in?")
    assert visitor.get("/account").status_code == 303
    answer = visitor.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert visitor.get("/").status_code == 200


def test_a_code_with_spaces_is_the_same_code(visitor: Visitor, siti_with_app: Siti, clock: FrozenClock) -> None:
    visitor.sign_in()
    code = code_at(siti_with_app.secret or "", clock)
    assert visitor.post("/sign-in/code", code=f"{code[:3]} {code[3:]}").headers["Location"] == "/"


def test_a_used_code_is_refused_in_another_browser(visitor: Visitor, another: Visitor, siti_with_app: Siti, clock: FrozenClock) -> None:
    code = code_at(siti_with_app.secret or "", clock)
    visitor.sign_in()
    visitor.post("/sign-in/code", code=code)
    another.sign_in()
    answer = another.post("/sign-in/code", code=code)
    assert answer.status_code == 400
    assert "sudah dipakai" in answer.text


def test_a_slow_clock_is_explained(visitor: Visitor, siti_with_app: Siti, clock: FrozenClock) -> None:
    visitor.sign_in()
    answer = visitor.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock, steps=-8))
    assert answer.status_code == 400
    assert "Jam ponsel Anda terlambat sekitar 4 menit" in answer.text


def test_a_recovery_code_works_once(visitor: Visitor, another: Visitor, siti_with_app: Siti, unit: Any) -> None:
    from idp.kernel.actor import OPERATOR

    with unit() as services:
        codes = services.factors.regenerate_recovery_codes(OPERATOR, services.people.get(siti_with_app.id))
    visitor.sign_in()
    assert visitor.post("/sign-in/recovery-code", code=codes[0].upper()).headers["Location"] == "/"
    another.sign_in()
    assert another.post("/sign-in/recovery-code", code=codes[0]).status_code == 400


def demand_two_factors(unit: Any) -> None:
    from idp.kernel.actor import OPERATOR

    with unit() as services:
        services.enforcement.set(OPERATOR, "global", "", "any")


def test_enrolment_is_part_of_signing_in_where_policy_demands_it(visitor: Visitor, siti: Siti, clock: FrozenClock, unit: Any) -> None:
    demand_two_factors(unit)
    assert visitor.sign_in().headers["Location"] == "/sign-in/enrol"
    page = visitor.get("/sign-in/enrol").text
    assert "<svg" in page and "style=" not in page
    found = re.search(r'id="totp-secret">([A-Z2-7 ]+)<', page)
    assert found is not None
    secret = found[1].replace(" ", "")
    assert secret in page.replace(" ", "")
    wrong = visitor.post("/sign-in/enrol", code="000000", name="Ponsel")
    assert wrong.status_code == 400 and found[1] in wrong.text
    shown = visitor.post("/sign-in/enrol", code=code_at(secret, clock), name="Ponsel saya")
    codes = re.search(r'id="recovery-codes">(.*?)</ul>', shown.text, re.S)
    assert codes is not None and codes[1].count("<li>") == 10
    some = re.findall(r'name="code" value="([0-9a-z-]{29})"', shown.text)
    file = visitor.send("/recovery-codes/file", token_of(shown), code=[*some, "<b>"])
    assert len(some) == 10 and file.headers["Content-Disposition"].startswith("attachment") and file.mimetype == "text/plain"
    assert file.text.split()[-10:] == some and file.headers["Cache-Control"] == "no-store"
    assert shown.headers["Cache-Control"] == "no-store"
    answer = visitor.send("/sign-in/recovery-codes", token_of(shown))
    assert answer.headers["Location"] == "/"
    assert visitor.get("/account/factors").status_code == 200


def test_a_password_set_by_another_must_be_changed_first(visitor: Visitor, siti: Siti, unit: Any) -> None:
    from idp.kernel.actor import OPERATOR

    with unit() as services:
        services.passwords.set(OPERATOR, services.people.get(siti.id), PASSWORD, must_change=True)
    assert visitor.sign_in().headers["Location"] == "/sign-in/password"
    weak = visitor.post("/sign-in/password", new_password="sitiharahap1986", confirm_password="sitiharahap1986")
    assert weak.status_code == 400 and 'id="new_password-error"' in weak.text
    unlike = visitor.post("/sign-in/password", new_password="kuda hitam berlari cepat", confirm_password="other words here")
    assert "Kata sandi tidak cocok" in unlike.text
    new = "kuda hitam berlari cepat"
    assert visitor.post("/sign-in/password", new_password=new, confirm_password=new).headers["Location"] == "/"


def test_return_to_stays_on_this_site(visitor: Visitor, siti: Siti) -> None:
    for target in ("//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)"):
        fresh = Visitor(visitor.client.application.test_client())
        assert fresh.sign_in(path=f"/sign-in?return_to={target}").headers["Location"] == "/", target
    assert visitor.sign_in(path="/sign-in?return_to=/account/history").headers["Location"] == "/account/history"


def test_without_a_half_done_sign_in_its_pages_lead_back_to_the_start(visitor: Visitor) -> None:
    for path in ("code", "recovery-code", "enrol", "password", "done", "recovery-codes"):
        assert visitor.get(f"/sign-in/{path}").headers["Location"] == "/sign-in?expired=1", path
    assert "Waktu Anda habis" in visitor.get("/sign-in?expired=1").text


def test_a_form_without_token_or_from_elsewhere_changes_nothing(visitor: Visitor, siti: Siti) -> None:
    bare = visitor.client.post("/sign-in", data={"username": siti.username, "password": PASSWORD}, base_url="http://localhost:8000")
    assert bare.status_code == 403
    token = token_of(visitor.get("/sign-in"))
    fields = {"csrf_token": token, "username": siti.username, "password": PASSWORD}
    far = visitor.client.post("/sign-in", data=fields, base_url="http://localhost:8000", headers={"Origin": "https://evil.test"})
    assert far.status_code == 403
    assert visitor.get("/").status_code == 303


def test_signing_in_as_another_person_ends_the_first_session(visitor: Visitor, siti: Siti, unit: Any) -> None:
    from idp.directory.people import NewPerson
    from idp.kernel.actor import OPERATOR

    with unit() as services:
        budi = services.people.create(OPERATOR, NewPerson(username="budi", name="Budi Lubis", government_code="12.71", status="active"))
        services.passwords.set(OPERATOR, budi, "awan putih berarak jauh")
    visitor.sign_in()
    visitor.sign_in("budi", "awan putih berarak jauh", path="/sign-in?again=1")
    assert "Budi Lubis" in visitor.get("/").text
    with unit() as services:
        assert services.sessions.list(siti.id) == []


def test_a_link_to_the_step_up_disturbs_none_that_is_under_way(visitor: Visitor, siti: Siti, unit: Any) -> None:
    from idp.kernel.actor import OPERATOR

    visitor.sign_in()
    with unit() as services:
        services.factors.enrol_for(OPERATOR, services.people.get(siti.id))

    def rows() -> int:
        with unit() as services:
            return int(services.session.execute(text("SELECT count(*) FROM sign_ins WHERE finished_at IS NULL")).scalar_one())

    path = "/sign-in/step-up?return_to=/account"
    assert "idp_sign_in=" in str(visitor.get(path).headers.getlist("Set-Cookie"))
    before = rows()
    for _ in range(3):
        again = visitor.get(path)
        assert (again.status_code, again.headers["Location"]) == (303, "/sign-in/code")
        assert "idp_sign_in=" not in str(again.headers.getlist("Set-Cookie"))
    assert rows() == before
    visitor.get("/sign-in/step-up?return_to=/account/history")
    assert rows() == before + 1
