"""Roles, units and help in the administration area, through its pages."""

import re
from typing import Any

import pytest

from idp.kernel.actor import OPERATOR
from idp.wiring import Services
from tests.spec import spec
from tests.web.admin_desk import AdminDesk
from tests.web.visitor import PASSWORD, Visitor, token_of


def _letters(desk: AdminDesk) -> list[dict[str, Any]]:
    """What waits in the outbox, opened: letters only."""
    with desk.deps.database.unit(read_only=True) as session:
        queue = Services(desk.deps, session).outbox
        return [queue.payload(row) for row in queue._store.everything() if row.kind == "mail"] if hasattr(queue, "payload") else []


def _roles(desk: AdminDesk, person: str) -> set[str]:
    with desk.deps.database.unit(read_only=True) as session:
        return {one.role for one in Services(desk.deps, session).roles.of_person(person)}


def test_a_role_is_given_and_taken_on_the_page_of_a_person(desk: AdminDesk) -> None:
    person = desk.person("budi")
    desk.person("boss", "government_admin")
    boss = desk.browser("boss")
    page = boss.get(f"/admin/people/{person}/roles/give")
    offered = set(re.findall(r'<option value="(\w+)"', page.text))
    assert {"helpdesk", "hr_admin", "government_admin"} <= offered
    assert not {"administrator", "security_admin", "auditor"} & offered
    assert boss.send(f"/admin/people/{person}/roles/give", token_of(page), role="helpdesk", government="12.71").status_code == 303
    assert _roles(desk, person) == {"helpdesk"}
    take = re.search(rf"/admin/people/{person}/roles/\w+/take", boss.get(f"/admin/people/{person}").text)
    assert take is not None
    assert boss.post(take[0]).status_code == 303
    assert _roles(desk, person) == set()
    assert boss.get(take[0]).status_code == 404


@spec("ASVS 5.0", "8.3.1")
@pytest.mark.parametrize(
    "wanted",
    [("administrator", "12.71"), ("security_admin", "12.71"), ("helpdesk", "all"), ("helpdesk", ""), ("helpdesk", "12.72")],
)
def test_nobody_gives_what_they_lack_even_with_a_forged_form(desk: AdminDesk, wanted: tuple[str, str]) -> None:
    """Attack X5: to somebody else, and to oneself."""
    person, me = desk.person("budi"), desk.person("boss", "government_admin")
    boss = desk.browser("boss")
    for target in (person, me):
        path = f"/admin/people/{target}/roles/give"
        answer = boss.send(path, token_of(boss.get(path)), role=wanted[0], government=wanted[1])
        assert answer.status_code in (400, 403)
    assert _roles(desk, person) == set()
    assert _roles(desk, me) == {"government_admin"}


def test_the_last_owner_stays(desk: AdminDesk) -> None:
    first, second = desk.owner(), desk.owner("second")
    visitor = desk.browser("second")
    take = re.search(rf"/admin/people/{first}/roles/\w+/take", visitor.get(f"/admin/people/{first}").text)
    assert take is not None
    assert visitor.post(take[0]).status_code == 303
    own = re.search(rf"/admin/people/{second}/roles/\w+/take", visitor.get(f"/admin/people/{second}").text)
    assert own is not None
    refused = visitor.post(own[0])
    assert refused.status_code == 400
    assert _roles(desk, second) == {"administrator"}


def test_help_for_an_employee_is_given_at_once_with_a_reason(desk: AdminDesk) -> None:
    person = desk.person("siti", factor=True)
    helper = desk.person("help", "helpdesk")
    visitor, siti = desk.browser("help"), desk.browser("siti")
    assert visitor.post(f"/admin/people/{person}/single-use-code", reason="no").status_code == 400
    shown = visitor.post(f"/admin/people/{person}/single-use-code", reason="Came in person with her card")
    assert shown.status_code == 200
    assert re.search(r'id="code">[0-9a-z-]{10,}<', shown.text)
    assert 'id="code"' not in visitor.get(f"/admin/people/{person}").text
    assert visitor.post(f"/admin/people/{person}/end-sessions", reason="Left it open in a shop").status_code == 303
    assert siti.get("/account").status_code == 303
    assert visitor.post(f"/admin/people/{person}/reset-factors", reason="Lost it for good").status_code == 303
    given = [(one["deed"], one["actor"], one["reason"]) for one in desk.events("administration:help:give")]
    assert given == [
        ("single-use-code", helper, "Came in person with her card"), ("end-sessions", helper, "Left it open in a shop"),
        ("reset-factors", helper, "Lost it for good"),
    ]  # fmt: skip
    assert "Left it open in a shop" in visitor.get(f"/admin/people/{person}").text


def test_somebody_who_waits_after_wrong_passwords_is_let_try_again(desk: AdminDesk) -> None:
    person = desk.person("siti")
    desk.person("help", "helpdesk")
    helper = desk.browser("help")
    visitor = Visitor(desk.app.test_client())
    for _ in range(7):
        visitor.sign_in("siti", "a wrong password indeed")
    assert visitor.sign_in("siti", PASSWORD).status_code == 429
    assert helper.post(f"/admin/people/{person}/unlock", reason="Came in person").status_code == 303
    assert visitor.sign_in("siti", PASSWORD).status_code == 303


def test_a_helper_can_help_only_so_often(desk: AdminDesk) -> None:
    person = desk.person("siti")
    desk.person("help", "helpdesk")
    helper = desk.browser("help")
    path = f"/admin/people/{person}/unlock"
    token = token_of(helper.get(path))
    answers = [helper.send(path, token, reason=f"Time number {n}").status_code for n in range(31)]
    assert answers == [303] * 30 + [503]
    desk.deps.clock.advance(seconds=3601)  # type: ignore[attr-defined]
    desk.prove_again(helper, "help", path)
    assert helper.post(path, reason="An hour later").status_code == 303


@spec("ASVS 5.0", "8.4.2")
def test_the_second_factor_of_an_administrator_takes_two(desk: AdminDesk) -> None:
    target = desk.person("hr", "hr_admin")
    desk.person("one", "government_admin")
    desk.person("two", "government_admin")
    one, two = desk.browser("one"), desk.browser("two")
    asked = one.post(f"/admin/people/{target}/reset-factors", reason="Her phone was stolen")
    assert asked.headers["Location"] == "/admin/approvals"
    with desk.deps.database.unit(read_only=True) as session:
        assert Services(desk.deps, session).factors.has_second_factor(target)
    request = re.search(r"/admin/approvals/(\w+)/withdraw", one.get("/admin/approvals").text)
    assert request is not None
    at = f"/admin/approvals/{request[1]}"
    assert one.post(f"{at}/confirm").status_code == 400  # not by who asked
    assert one.post(f"{at}/carry-out").status_code == 400  # not before it is confirmed
    assert one.post(f"/admin/people/{target}/reset-factors", reason="Her phone was stolen").status_code == 400  # it waits already
    assert two.post(f"{at}/carry-out").status_code == 400
    assert two.post(f"{at}/confirm").status_code == 303
    assert two.post(f"{at}/carry-out").status_code == 400  # not by who confirmed
    assert one.post(f"{at}/carry-out").status_code == 303
    assert one.post(f"{at}/carry-out").status_code == 400  # once
    with desk.deps.database.unit(read_only=True) as session:
        assert not Services(desk.deps, session).factors.has_second_factor(target)
    assert [one["deed"] for one in desk.events("approvals:request:use")] == ["reset-factors"]


def test_who_confirmed_must_hold_the_right_still(desk: AdminDesk) -> None:
    target = desk.person("hr", "hr_admin")
    desk.person("one", "government_admin")
    second = desk.person("two", "government_admin")
    one, two = desk.browser("one"), desk.browser("two")
    one.post(f"/admin/people/{target}/single-use-code", reason="Her phone was stolen")
    request = re.search(r"/admin/approvals/(\w+)/withdraw", one.get("/admin/approvals").text)
    assert request is not None
    two.post(f"/admin/approvals/{request[1]}/confirm")
    with desk.deps.database.unit() as session:
        Services(desk.deps, session).roles.revoke(OPERATOR, second, "government_admin", "12.71")
    assert one.post(f"/admin/approvals/{request[1]}/carry-out").status_code == 400
    assert not desk.events("authn:agency_code:issue")


@spec("ASVS 5.0", "8.3.2")
@pytest.mark.parametrize("deed", ["reset-factors", "single-use-code", "disable", "end-sessions", "unlock"])
def test_an_account_that_holds_more_is_out_of_reach(desk: AdminDesk, deed: str) -> None:
    """Attack X5: the owner works in this city; its admins cannot take the owner's account."""
    owner = desk.person("owner", ("administrator", None, None), government="12.71")
    desk.person("boss", "government_admin")
    boss = desk.browser("boss")
    assert boss.get(f"/admin/people/{owner}").status_code == 200
    assert boss.get(f"/admin/people/{owner}/{deed}").status_code == 403
    assert [one["reason"] for one in desk.events("administration:request:refuse")] == ["above"]


def test_nobody_helps_or_disables_themselves(desk: AdminDesk) -> None:
    me = desk.person("boss", "government_admin")
    boss = desk.browser("boss")
    assert boss.post(f"/admin/people/{me}/disable", reason="Because I can").status_code == 403
    assert boss.post(f"/admin/people/{me}/reset-factors", reason="Because I can").status_code == 403


def test_units_are_made_renamed_moved_and_closed(desk: AdminDesk) -> None:
    top = desk.unit("dinkes")
    desk.person("boss", "hr_admin")
    boss = desk.browser("boss")
    made = boss.post(f"/admin/units/{top}/add", code="pkm-1", name="Puskesmas Satu", kind="puskesmas")
    unit = made.headers["Location"].rpartition("/")[2]
    assert boss.post(f"/admin/units/{top}/add", code="pkm-1", name="Again", kind="puskesmas").status_code == 400
    assert boss.post(f"/admin/units/{unit}/rename", name="Puskesmas Helvetia").status_code == 303
    assert boss.post(f"/admin/units/{top}/move", parent="pkm-1").status_code == 400  # below itself
    assert boss.post(f"/admin/units/{unit}/move", parent="").status_code == 303
    assert boss.post(f"/admin/units/{top}/close", successor="pkm-1", day="").status_code == 400  # it began today
    desk.deps.clock.advance(seconds=86400 * 2)  # type: ignore[attr-defined]
    boss = desk.browser("boss")
    assert boss.post(f"/admin/units/{top}/close", successor="pkm-1", day="").status_code == 303
    shown = boss.get(f"/admin/units/{top}").text
    assert "Puskesmas Helvetia" in shown
    assert "/close" not in shown
    assert "Puskesmas Helvetia" in boss.get("/admin/governments/12.71").text
    assert boss.get("/admin/governments/12.71?day=2027-03-15").text.count('class="d') == 2


@spec("ASVS 5.0", "8.3.2")
def test_moving_a_unit_hands_nobody_more_than_the_mover_has(desk: AdminDesk) -> None:
    """Attack X5: personnel may move units, not give the help desk's rights over them by doing so."""
    source, target = desk.unit("source"), desk.unit("target")
    desk.person("help", ("helpdesk", "12.71", target))
    desk.person("hr", "hr_admin")
    desk.person("boss", "government_admin")
    refused = desk.browser("hr").post(f"/admin/units/{source}/move", parent="target")
    assert refused.status_code == 403
    assert desk.browser("boss").post(f"/admin/units/{source}/move", parent="target").status_code == 303


def test_somebody_is_moved_only_between_places_of_the_mover(desk: AdminDesk) -> None:
    home, abroad = desk.unit("home"), desk.unit("abroad", "12.72")
    person = desk.person("siti", unit=home)
    desk.person("boss", "government_admin")
    desk.owner()
    path = f"/admin/people/{person}/posts/add"
    boss = desk.browser("boss")
    assert boss.send(path, token_of(boss.get(path)), government="12.72", unit="abroad", primary="y").status_code == 400
    assert desk.browser("owner").post(path, government="12.72", unit="abroad", primary="y").status_code == 303
    assert desk.row(person).government_code == "12.72"
    assert boss.get(f"/admin/people/{person}").status_code == 404
    assert abroad


def test_what_is_only_looked_at(desk: AdminDesk) -> None:
    desk.person("boss", ("security_admin", None, None))
    desk.deps.ring.ensure(OPERATOR)
    boss = desk.browser("boss")
    assert "RS256" in boss.get("/admin/keys").text
    assert "Boss" in boss.get("/admin/sessions").text
    assert boss.get("/admin/roles").status_code == 200
    assert boss.get("/admin/applications").status_code == 200
