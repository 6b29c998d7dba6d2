"""Attacks on the administration area, against the running server: X2 to X7, S4, M6."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pyotp
import pytest
from sqlalchemy import update

from idp.authn.models import BrowserSession
from idp.directory.orgs import NewUnit
from idp.directory.people import NewPerson
from idp.kernel.actor import OPERATOR
from idp.policy.permissions import MAY, Role
from idp.web.admin.guard import Needs
from tests.running import RunningServer
from tests.spec import spec
from tests.web.role_matrix import routes

PASSWORD = "gajah biru menari pelan"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Stage:
    """The server, two cities with people, and browsers; ids by username."""

    server: RunningServer
    ids: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    browsers: dict[str, httpx.Client] = field(default_factory=dict)

    def enter(self, username: str) -> httpx.Client:
        """A browser in which they are signed in with two factors."""
        if username in self.browsers:
            return self.browsers[username]
        browser = httpx.Client(base_url=self.server.base, headers={"Origin": self.server.base})
        browser.post("/sign-in", data={"csrf_token": token(browser.get("/sign-in")), "username": username, "password": PASSWORD})
        if username in self.secrets:
            code = pyotp.TOTP(self.secrets[username]).now()
            browser.post("/sign-in/code", data={"csrf_token": token(browser.get("/sign-in/code")), "code": code})
        self.browsers[username] = browser
        return browser

    def person(self, username: str) -> tuple[Any, ...]:
        """What must not have changed."""
        with self.server.services() as services:
            found = services.people.need(username)
            roles = tuple(services.roles.of_person(found.id))
            return found.status, found.government_code, found.name, found.email, roles, services.factors.has_second_factor(found.id)

    def refusals(self) -> list[dict[str, Any]]:
        """What was recorded as refused."""
        with self.server.services() as services:
            rows = services.audit._store.everything(government=None, since=None)
            return [{"subject": row.subject_id, **row.details} for row in rows if row.tag == "administration:request:refuse"]


def token(page: httpx.Response) -> str:
    """The form token of a page."""
    found = _TOKEN.search(page.text)
    assert found is not None, f"{page.status_code}: {page.text[:300]}"
    return found[1]


@pytest.fixture(scope="module")
def stage(server: RunningServer) -> Iterator[Stage]:
    found = Stage(server)
    with server.services() as services:
        unit = services.organisations.add_unit(OPERATOR, NewUnit("12.71", "dinkes", "Dinas Kesehatan"))
        found.ids["unit"] = unit.id
        found.ids["unit_abroad"] = services.organisations.add_unit(OPERATOR, NewUnit("12.72", "dinkes", "Dinas Kesehatan")).id
        people = (
            ("siti", "12.71", None), ("dewi", "12.72", None), ("boss", "12.71", "government_admin"), ("look", "12.71", "auditor"),
            ("late", "12.71", "helpdesk"), ("owner", "12.71", "administrator"),
        )  # fmt: skip
        for username, government, role in people:
            new = NewPerson(username, username.title(), government_code=government, email=f"{username}@example.go.id")
            person = services.people.create(OPERATOR, new)
            services.passwords.set(OPERATOR, person, PASSWORD)
            found.ids[username] = person.id
            found.secrets[username] = services.factors.enrol_for(OPERATOR, person).secret
            if role is not None:
                services.roles.grant(OPERATOR, person.id, role, None if role == "administrator" else government)
    yield found
    for browser in found.browsers.values():
        browser.close()


def _addresses(stage: Stage, person: str, unit: str) -> list[tuple[str, bool, Needs]]:
    """Every address of the area for a person and a unit, whether it takes a form, and what it asks for."""
    sample = {
        "person_id": stage.ids[person], "unit_id": stage.ids[unit], "code": "12.72" if unit == "unit_abroad" else "12.71",
        "grant_id": "0" * 26, "approval_id": "0" * 26, "client_id": "none",
    }  # fmt: skip
    found = []
    for route in routes():
        path = route.path
        for name in route.arguments:
            path = path.replace(f"<{name}>", sample.get(name, "0" * 26))
        found.append((path, "POST" in route.methods, route.needs))
    return found


@spec("ASVS 5.0", "8.4.1")
def test_what_belongs_to_another_city_is_not_there(stage: Stage) -> None:
    """X4: read, change and reset by id; lists, filters and bulk; nothing happens, and the attempt is recorded."""
    boss, before = stage.enter("boss"), stage.person("dewi")
    csrf = token(boss.get("/account/sessions"))
    for path, takes_form, needs in _addresses(stage, "dewi", "unit_abroad"):
        if stage.ids["dewi"] in path or stage.ids["unit_abroad"] in path or "12.72" in path:
            # A right that the role does not have anywhere is refused before anybody is looked up.
            lacks = needs.everywhere or needs.permission not in (None, *MAY[Role.GOVERNMENT_ADMIN])
            assert boss.get(path).status_code == (403 if lacks else 404), path
            if takes_form and not lacks:
                data = {"csrf_token": csrf, "reason": "I want it", "role": "helpdesk", "government": "12.71", "name": "x", "code": "x"}
                assert boss.post(path, data=data).status_code == 404, path
    for query in ("q=dewi", "q=dewi%40example.go.id", "government=12.72", f"unit={stage.ids['unit_abroad']}"):
        assert stage.ids["dewi"] not in boss.get(f"/admin/people?{query}").text
    bulk = {"csrf_token": csrf, "reason": "Because I want it", "id": [stage.ids["dewi"]]}
    assert boss.post("/admin/people/bulk/disable", data=bulk).status_code == 200
    assert stage.person("dewi") == before
    recorded = stage.refusals()
    assert {stage.ids["dewi"], stage.ids["unit_abroad"], "12.72"} <= {one["subject"] for one in recorded}
    assert {one["reason"] for one in recorded if one["subject"] == stage.ids["dewi"]} == {"scope"}


@spec("ASVS 5.0", "8.2.1")
def test_the_matrix_holds_on_the_server_for_who_is_nobody_and_who_only_looks(stage: Stage) -> None:
    """X3: no session, an employee, a reader; each route, with GET, POST and verbs it does not have."""
    siti, look, stranger = stage.enter("siti"), stage.enter("look"), httpx.Client(base_url=stage.server.base)
    csrf = token(look.get("/account/sessions"))
    for path, takes_form, needs in _addresses(stage, "siti", "unit"):
        assert stranger.get(path).headers.get("Location", "").startswith("/sign-in?"), path
        assert siti.get(path).status_code == 403, path
        mine = not needs.everywhere and needs.permission in (None, *MAY[Role.AUDITOR])  # of one city
        assert look.get(path).status_code in ((200, 303, 404) if mine else (403,)), path
        if takes_form and not mine:
            assert look.post(path, data={"csrf_token": csrf, "reason": "Because I want it"}).status_code in (403, 404), path
        for method in ("PUT", "PATCH", "DELETE"):
            assert look.request(method, path).status_code in (403, 405), (method, path)
    assert look.get("/admin/nothing-here").status_code == 404
    stranger.close()


@spec("ASVS 5.0", "8.3.1")
def test_an_admin_of_a_city_cannot_climb(stage: Stage) -> None:
    """X5: to oneself, to others, over the owner's account."""
    boss, before = stage.enter("boss"), stage.person("owner")
    for target in ("boss", "siti"):
        path = f"/admin/people/{stage.ids[target]}/roles/give"
        for role, where in (("administrator", "12.71"), ("administrator", "all"), ("security_admin", "12.71"), ("auditor", "12.72")):
            answer = boss.post(path, data={"csrf_token": token(boss.get(path)), "role": role, "government": where})
            assert answer.status_code in (400, 403), (target, role)
    csrf = token(boss.get("/account/sessions"))
    for deed in ("disable", "reset-factors", "single-use-code", "end-sessions", "unlock", "posts/add"):
        path = f"/admin/people/{stage.ids['owner']}/{deed}"
        assert boss.post(path, data={"csrf_token": csrf, "reason": "Because I want it"}).status_code == 403, deed
    assert stage.person("owner") == before
    assert {one.role for one in stage.person("boss")[4]} == {"government_admin"}


@spec("ASVS 5.0", "15.3.3")
def test_fields_that_a_form_does_not_have_do_nothing(stage: Stage) -> None:
    """X6: mass assignment through every form that the admin may send."""
    boss, before = stage.enter("boss"), stage.person("siti")
    more = {
        "roles": "administrator", "isAdmin": "true", "is_admin": "1", "government_code": "12.72", "status": "disabled", "sub": "x",
        "email": "evil@evil.test", "email_verified_at": "2020-01-01", "password_hash": "x", "granted_by": "x",
        "person_id": "x", "name": "x",
    }  # fmt: skip
    path = f"/admin/people/{stage.ids['siti']}/unlock"
    answer = boss.post(path, data={"csrf_token": token(boss.get(path)), "reason": "Came in person", **more})
    assert answer.status_code == 303
    assert stage.person("siti") == before
    path = f"/admin/units/{stage.ids['unit']}/rename"
    more = {"government_code": "12.72", "parent_id": stage.ids["unit_abroad"], "valid_to": "2020-01-01"}
    data = {"csrf_token": token(boss.get(path)), **more}
    assert boss.post(path, data={**data, "name": "Dinas Kesehatan"}).status_code == 303
    with stage.server.services() as services:
        unit = services.organisations.unit(stage.ids["unit"])
        assert unit is not None and (unit.government_code, unit.parent_id, unit.valid_to) == ("12.71", None, None)


_RUBBISH = ("%00", "%0d%0aX-Evil:%201", "..%2f..%2fetc%2fpasswd", "'%20OR%201=1--", "%F0%9F%90%98", "a" * 3000, "%ff%fe", "{{7*7}}")


@spec("ASVS 5.0", "16.5.1")
@pytest.mark.parametrize("rubbish", _RUBBISH)
def test_rubbish_gets_a_clear_answer_everywhere(stage: Stage, rubbish: str) -> None:
    """X7: in every part of every address, in every query and every field; never a 5xx, never a trace."""
    boss = stage.enter("owner")
    csrf = token(boss.get("/account/sessions"))
    for route in routes():
        path = re.sub(r"<\w+>", rubbish, route.path)
        query = "&".join(f"{name}={rubbish}" for name in ("q", "after", "id", "government", "unit", "status", "factor", "day", "role"))
        answers = [boss.get(path), boss.get(f"{path}?{query}")] if "GET" in route.methods else []
        if "POST" in route.methods and route.arguments:
            fields = dict.fromkeys(("reason", "unit", "role", "government", "code", "name", "day", "parent"), rubbish)
            answers.append(boss.post(path, data={"csrf_token": csrf, **fields}))
        for answer in answers:
            assert answer.status_code < 500, (answer.request.method, path[:80], answer.status_code)
            assert "Traceback" not in answer.text and "X-Evil" not in answer.headers


@spec("ASVS 5.0", "3.5.1")
def test_a_form_of_the_area_is_taken_from_its_own_page_only(stage: Stage) -> None:
    """S4: no token, another session's token, another origin, GET instead of POST: refused, and nothing has changed."""
    boss, look, before = stage.enter("boss"), stage.enter("look"), stage.person("siti")
    path, reason = f"/admin/people/{stage.ids['siti']}/disable", {"reason": "Because I want it"}
    good = token(boss.get(path))
    assert boss.post(path, data=reason).status_code == 403
    assert boss.post(path, data={**reason, "csrf_token": token(look.get("/account/sessions"))}).status_code == 403
    for headers in ({"Origin": "https://evil.test"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert boss.post(path, data={**reason, "csrf_token": good}, headers=headers).status_code == 403, headers
    assert boss.get(path, params={**reason, "csrf_token": good}).status_code == 200
    assert stage.person("siti") == before


@spec("ASVS 5.0", "7.5.1")
def test_a_factor_is_reset_only_after_a_fresh_proof(stage: Stage) -> None:
    """M6: a session older than five minutes is asked anew; a form sent from it is refused and does nothing."""
    late, before = stage.enter("late"), stage.person("siti")
    path = f"/admin/people/{stage.ids['siti']}/reset-factors"
    csrf = token(late.get(path))
    with stage.server.services() as services:
        found = services.sessions.list(stage.ids["late"])[0]
        old = update(BrowserSession).where(BrowserSession.id == found.id).values(auth_time=found.auth_time - timedelta(minutes=6))
        services.session.execute(old)
    assert late.post(path, data={"csrf_token": csrf, "reason": "Lost her phone"}).status_code == 403
    again = late.get(path)
    assert again.status_code == 303 and "again=1" in again.headers["Location"]
    assert stage.person("siti") == before


@spec("ASVS 5.0", "16.4.1")
def test_what_is_typed_cannot_forge_the_log_and_secrets_are_not_in_it(stage: Stage) -> None:
    """X2: line breaks, colours and quotes in a reason and an agent; a single-use code shown to a helper."""
    boss, path = stage.enter("boss"), f"/admin/people/{stage.ids['siti']}/single-use-code"
    forged = 'came\r\n{"level":"info"}\x1b[31m "in" </script>'
    csrf = token(boss.get(path))
    assert boss.post(path, data={"csrf_token": csrf, "reason": forged}).status_code == 400
    shown = boss.post(path, data={"csrf_token": csrf, "reason": 'She came "in" </script>'}, headers={"User-Agent": 'x"}, {"evil": 1}'})
    code = re.search(r'id="code">([^<]+)<', shown.text)
    assert code is not None, (shown.status_code, shown.text[-1500:])
    log = stage.server.log.read_text(encoding="utf-8", errors="replace")
    assert code[1] not in log and PASSWORD not in log and '{"evil": 1}' not in log
    with stage.server.services() as services:
        rows = [json.dumps(row.details) for row in services.audit._store.everything(government=None, since=None)]
    assert not [row for row in rows if code[1] in row or PASSWORD in row]
