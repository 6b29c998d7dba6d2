"""The administration area lets in whoever holds a role, with two factors, and shows what that role may open."""

import pytest

from idp.kernel.actor import OPERATOR
from idp.wiring import Services
from tests.spec import spec
from tests.web.admin_desk import AdminDesk
from tests.web.visitor import Visitor


def test_a_stranger_is_sent_to_sign_in(visitor: Visitor) -> None:
    answer = visitor.get("/admin")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?return_to=%2Fadmin"


@spec("ASVS 5.0", "8.2.1")
@pytest.mark.parametrize("role", [None, "developer"])
def test_whoever_administers_nothing_is_told_so_and_it_is_recorded(desk: AdminDesk, role: str | None) -> None:
    person = desk.person("budi", *([role] if role else []))
    answer = desk.browser("budi").get("/admin")
    assert answer.status_code == 403
    assert "administrative role" in answer.text or "peran" in answer.text
    assert [(one["actor"], one["reason"]) for one in desk.events("administration:request:refuse")] == [(person, "none")]


@pytest.mark.parametrize(
    "role", ["administrator", "security_admin", "government_admin", "hr_admin", "app_admin", "app_reviewer", "helpdesk", "auditor"]
)
def test_each_administrative_role_comes_in(desk: AdminDesk, role: str) -> None:
    desk.person("boss", role)
    answer = desk.browser("boss").get("/admin")
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.text


@spec("ASVS 5.0", "6.3.3")
def test_a_session_of_one_factor_is_asked_for_the_second(desk: AdminDesk) -> None:
    desk.person("boss", factor=True)
    visitor = desk.browser("boss", second=False)  # half way in: no session at all
    assert visitor.get("/admin").headers["Location"].startswith("/sign-in?")
    desk.person("late", factor=False)
    visitor = desk.browser("late")
    with desk.deps.database.unit() as session:  # made an administrator while signed in with a password alone
        services = Services(desk.deps, session)
        person = services.people.need("late")
        services.roles.grant(OPERATOR, person.id, "auditor", "12.71")
        desk.secrets["late"] = services.factors.enrol_for(OPERATOR, person).secret
    answer = visitor.get("/admin")
    assert answer.headers["Location"] == "/sign-in/step-up?return_to=%2Fadmin"
    step = visitor.get(answer.headers["Location"]).headers["Location"]
    desk.prove(visitor, "late", step)
    assert visitor.get("/admin").status_code == 200


def test_a_role_that_was_taken_away_counts_at_the_next_page(desk: AdminDesk) -> None:
    person = desk.person("boss", "auditor")
    visitor = desk.browser("boss")
    assert visitor.get("/admin").status_code == 200
    with desk.deps.database.unit() as session:
        Services(desk.deps, session).roles.revoke(OPERATOR, person, "auditor", "12.71")
    assert visitor.get("/admin").status_code == 403


def test_the_figures_are_those_of_the_part(desk: AdminDesk) -> None:
    unit = desk.unit("dinkes")
    below = desk.unit("puskesmas", parent=unit)
    desk.person("in.unit", unit=below)
    desk.person("in.city")
    desk.person("elsewhere", government="12.72")
    desk.person("invited", status="invited", unit=unit)
    desk.person("a.unit", ("government_admin", "12.71", unit))
    desk.person("a.city", "helpdesk")
    desk.owner()
    figures = {"a.unit": (1, 1), "a.city": (4, 1), "owner": (6, 1)}
    for username, (active, invited) in figures.items():
        text = desk.browser(username).get("/admin").text
        dl = text[text.index("<dl") : text.index("</dl>")]
        assert [int(part.split("</dd>")[0]) for part in dl.split("<dd>")[1:]] == [active, invited, 0], username


def test_who_may_not_see_people_is_shown_no_figures_of_them(desk: AdminDesk) -> None:
    desk.person("apps", "app_reviewer")
    assert 'class="figures"' not in desk.browser("apps").get("/admin").text


def test_the_account_page_leads_into_the_area_for_those_who_administer(desk: AdminDesk) -> None:
    desk.person("boss", "auditor")
    desk.person("budi")
    assert 'href="/admin"' in desk.browser("boss").get("/account").text
    assert 'href="/admin"' not in desk.browser("budi").get("/account").text
