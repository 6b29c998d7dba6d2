"""People in the administration area: found, looked at, let in and out, within the part of who asks."""

import re

import pytest

from idp.kernel.actor import OPERATOR
from idp.wiring import Services
from tests.spec import spec
from tests.web.admin_desk import AdminDesk
from tests.web.visitor import token_of

NIP = "198609262011012003"


def _names(text: str) -> list[str]:
    return re.findall(r'<a href="/admin/people/[0-9a-z]{26}">([^<]+)</a>', text)


@pytest.fixture
def city(desk: AdminDesk) -> AdminDesk:
    """People of two cities; a government admin of one."""
    unit = desk.unit("dinkes")
    below = desk.unit("puskesmas", parent=unit)
    desk.person("siti", name="Siti Rahma Harahap", number=NIP, unit=below, factor=True)
    desk.person("budi", name="Budi Harahap", unit=unit, status="invited")
    desk.person("citra", name="Citra Élan")
    desk.person("dewi", name="Dewi Harahap", government="12.72", number="198701012011012004")
    desk.person("boss", "government_admin", name="Zul Boss")
    return desk


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Budi Harahap", "Citra Élan", "Siti Rahma Harahap", "Zul Boss"]),
        ("q=harahap", ["Budi Harahap", "Siti Rahma Harahap"]),
        ("q=HARA+si", ["Siti Rahma Harahap"]),
        ("q=rahma+harahap+siti", ["Siti Rahma Harahap"]),
        ("q=19860926+201101+2+003", ["Siti Rahma Harahap"]),
        ("q=19860926", []),  # a number is only found whole: its beginning tells the birth date
        ("q=198701012011012004", []),  # of another city
        ("q=budi%40example.go.id", ["Budi Harahap"]),
        ("q=éla", ["Citra Élan"]),
        ("q=%25", []),
        ("q=%00", []),
        ("status=invited", ["Budi Harahap"]),
        ("factor=yes", ["Siti Rahma Harahap", "Zul Boss"]),
        ("factor=no&q=harahap", ["Budi Harahap"]),
        ("government=12.72", []),
        ("status=nonsense&factor=perhaps", ["Budi Harahap", "Citra Élan", "Siti Rahma Harahap", "Zul Boss"]),
    ],
)
def test_people_are_found_within_the_part(city: AdminDesk, query: str, found: list[str]) -> None:
    answer = city.browser("boss").get(f"/admin/people?{query}")
    assert answer.status_code == 200
    assert _names(answer.text) == found
    assert NIP not in answer.text


def test_a_list_goes_on_page_by_page_without_leaving_anybody_out(desk: AdminDesk) -> None:
    for position in range(60):
        desk.person(f"p{position:02}", name=f"Same Name {position % 3}", factor=False)
    desk.person("boss", "helpdesk", name="Aa")
    visitor, path, seen = desk.browser("boss"), "/admin/people?q=same", []
    for _ in range(3):
        text = visitor.get(path).text
        seen += re.findall(r'<a href="/admin/people/([0-9a-z]{26})">Same', text)
        onward = re.search(r'id="next" href="([^"]+)"', text)
        if onward is None:
            break
        path = onward[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 60


@spec("ASVS 5.0", "8.2.2")
def test_somebody_outside_the_part_is_not_there_and_asking_is_recorded(city: AdminDesk) -> None:
    visitor = city.browser("boss")
    with city.deps.database.unit() as session:
        other = Services(city.deps, session).people.need("dewi").id
    outside, nobody = visitor.get(f"/admin/people/{other}"), visitor.get("/admin/people/00000000000000000000000000")
    assert (outside.status_code, nobody.status_code) == (404, 404)
    strip = re.compile(r'id="incident">[^<]+|content="[^"]*"|value="[^"]*"|/admin/people/\w+')
    assert strip.sub("", outside.text) == strip.sub("", nobody.text)
    assert [(one["subject"], one["reason"], one["government"]) for one in city.events("administration:request:refuse")] == [
        (other, "scope", "12.72")
    ]


def test_an_account_is_disabled_with_a_reason_and_enabled_again(city: AdminDesk) -> None:
    siti = city.browser("siti")
    assert siti.get("/account").status_code == 200
    with city.deps.database.unit() as session:
        person = Services(city.deps, session).people.need("siti").id
    boss, path = city.browser("boss"), f"/admin/people/{person}/disable"
    assert boss.post(path, reason="").status_code == 400
    assert boss.post(path, reason="Left the office").status_code == 303
    assert city.row(person).status == "disabled"
    assert siti.get("/account").status_code == 303
    assert "Left the office" in str(city.events("directory:person:disable"))
    assert boss.post(path, reason="Left the office").status_code == 400  # it is already
    assert boss.post(f"/admin/people/{person}/enable", reason="Came back").status_code == 303
    assert city.row(person).status == "active"


@spec("ASVS 5.0", "7.5.3")
def test_a_form_sent_too_late_is_refused_and_comes_back_filled_in(city: AdminDesk) -> None:
    with city.deps.database.unit() as session:
        person = Services(city.deps, session).people.need("siti").id
    boss, path = city.browser("boss"), f"/admin/people/{person}/disable"
    token = token_of(boss.get(path))
    city.deps.clock.advance(seconds=301)  # type: ignore[attr-defined]
    refused = boss.send(path, token, reason="Left the office")
    assert refused.status_code == 403
    assert f'href="{path}"' in refused.text
    assert city.row(person).status == "active"
    assert city.prove_again(boss, "boss", path) == path
    again = boss.get(path)
    assert "Left the office" in again.text
    assert boss.send(path, token_of(again), reason="Left the office").status_code == 303
    assert city.row(person).status == "disabled"
    assert "Left the office" not in boss.get(f"/admin/people/{person}/enable").text


def test_several_at_once_with_a_preview_and_a_way_back(city: AdminDesk) -> None:
    with city.deps.database.unit() as session:
        ids = {name: Services(city.deps, session).people.need(name).id for name in ("siti", "budi", "citra", "dewi", "boss")}
    boss = city.browser("boss")
    path = "/admin/people/bulk/disable?" + "&".join(f"id={one}" for one in ids.values())
    preview = boss.get(path)
    assert preview.text.count("badge good") == 3  # not the one of another city, whom nobody sees, nor oneself
    assert "Dewi" not in preview.text
    assert city.row(ids["siti"]).status == "active"
    chosen = [ids["siti"], ids["budi"], ids["dewi"], ids["boss"]]
    done = boss.send("/admin/people/bulk/disable", token_of(preview), id=chosen, reason="The office has closed")
    assert done.status_code == 200
    states = {name: city.row(found).status for name, found in ids.items()}
    assert states == {"siti": "disabled", "budi": "disabled", "citra": "active", "dewi": "active", "boss": "active"}
    assert 'action="/admin/people/bulk/enable"' in done.text
    back = "/admin/people/bulk/enable?" + "&".join(f"id={one}" for one in (ids["siti"], ids["budi"]))
    boss.send("/admin/people/bulk/enable", token_of(boss.get(back)), id=[ids["siti"], ids["budi"]], reason="It has opened again")
    assert city.row(ids["siti"]).status == "active"


def test_an_invited_person_without_an_address_gets_the_link_by_hand(city: AdminDesk) -> None:
    person = city.person("nora", status="invited", email=None)
    answer = city.browser("boss").post(f"/admin/people/{person}/invite", reason="Lost the letter")
    assert answer.status_code == 200
    assert "/activate/" in answer.text
    with city.deps.database.unit() as session:
        budi = Services(city.deps, session).people.need("budi").id
    assert city.browser("boss").post(f"/admin/people/{budi}/invite", reason="Lost the letter").status_code == 303


def test_the_page_of_a_person_shows_what_the_role_lets_see(city: AdminDesk) -> None:
    city.person("hr", "hr_admin")
    with city.deps.database.unit() as session:
        person = Services(city.deps, session).people.need("siti").id
        Services(city.deps, session).roles.grant(OPERATOR, person, "app_reviewer", "12.71")
    full, less = city.browser("boss").get(f"/admin/people/{person}").text, city.browser("hr").get(f"/admin/people/{person}").text
    for part in ('id="roles"', 'id="sessions"', 'id="events"', "/reset-factors"):
        assert part in full, part
        assert part not in less, part
    assert NIP not in full and "19860926••••••••03" in full
