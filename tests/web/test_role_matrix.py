"""The published matrix, asked of the running application line by line: every route, every role, every scope (attacks X3, X4)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug.test import TestResponse

from idp.approvals.models import Approval
from idp.clients.metadata import NewClient
from idp.kernel.actor import OPERATOR, Actor
from idp.policy.permissions import Role, is_administrative
from idp.wiring import Services
from tests.spec import spec
from tests.web.admin_desk import AdminDesk
from tests.web.role_matrix import Route, allows, routes
from tests.web.rule_samples import rule_samples
from tests.web.visitor import Visitor, token_of

HOME, ABROAD = "12.71", "12.72"
SCOPES: dict[str, tuple[str | None, bool]] = {"installation": (None, False), "government": (HOME, False), "unit": (HOME, True)}
# What a route says of something that a role held in a unit reaches in part: its own government's tree begins at its unit.
PARTLY = {("/admin/governments/<code>", "unit")}
# A whole government, and what belongs to it, is more than a unit of it.
WHOLE = frozenset({"code", "client_id"})
Sample = dict[str, str]


@dataclass
class World:
    """Something of each kind at home (in the unit), and abroad."""

    desk: AdminDesk
    unit: str
    home: Sample = field(default_factory=dict)
    abroad: Sample = field(default_factory=dict)


def _samples(desk: AdminDesk, government: str, unit: str) -> Sample:
    """A thing for each argument that an address of the area may have; a new kind of argument needs its line here."""
    asker = desk.person(f"asker.{government}", government=government)
    person = desk.person(f"somebody.{government}", government=government, unit=unit, factor=True)
    with desk.deps.database.unit() as session:
        services = Services(desk.deps, session)
        grant = services.roles.grant(OPERATOR, person, "developer", government).id
        client = services.registry.create(OPERATOR, NewClient(client_id=f"app-{government}", government_code=government, **_client()))[0]
        approvals = services.administration.help._approvals
        approval: Approval = approvals.ask(Actor("person", asker), "reset-factors", person, "Lost phone", government=government, details={})
        return {
            "person_id": person, "unit_id": unit, "code": government, "grant_id": grant, "client_id": client.client_id,
            "approval_id": approval.id, **rule_samples(services, government, unit, person, asker),
        }  # fmt: skip


def _client() -> dict[str, Any]:
    return {"name": "App", "redirect_uris": ("https://app.example.go.id/cb",)}


@pytest.fixture
def world(desk: AdminDesk) -> World:
    unit, other = desk.unit("dinkes"), desk.unit("dinkes", ABROAD)
    return World(desk, unit, _samples(desk, HOME, unit), _samples(desk, ABROAD, other))


def _expected(route: Route, role: Role, scope: str, *, at_home: bool) -> int | None:
    """The status that the matrix says, or None: let in."""
    if not allows(role, route.needs):
        return 403
    if route.needs.everywhere and scope != "installation":
        return 403
    if not route.arguments or scope == "installation":
        return None
    if not at_home:
        return 404
    if scope == "unit" and route.arguments & WHOLE and (route.path, scope) not in PARTLY:
        return 404
    return None


def _path(route: Route, sample: Sample) -> str:
    path = route.path
    for name in route.arguments:
        path = path.replace(f"<{name}>", sample[name])
    return path


def _methods(route: Route, visitor: Visitor, path: str, *, let_in: bool) -> list[TestResponse]:
    """What the route answers: let in, only looked at; refused, also sent to with a good token."""
    found = [visitor.get(path)] if "GET" in route.methods else []
    if not let_in and "POST" in route.methods:
        found.append(visitor.send(path, token_of(visitor.get("/account/sessions")), reason="Because of this test", id="x"))
    return found


@spec("ASVS 5.0", "8.2.1")
@spec("ASVS 5.0", "8.4.1")
@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("role", Role)
def test_each_route_answers_as_published(world: World, role: Role, scope: str) -> None:
    government, in_unit = SCOPES[scope]
    world.desk.person("officer", (role.value, government, world.unit if in_unit else None), government=HOME, unit=world.unit, factor=True)
    visitor, wrong = world.desk.browser("officer"), []
    for route in routes():
        for at_home in (True, False) if route.arguments else (True,):
            path = _path(route, world.home if at_home else world.abroad)
            wanted = _expected(route, role, scope, at_home=at_home)
            for answer in _methods(route, visitor, path, let_in=wanted is None):
                fits = answer.status_code == wanted if wanted else answer.status_code in (200, 400)
                if not fits:
                    wrong.append(f"{answer.request.method} {path}: {answer.status_code}, not {wanted or 'let in'}")
    assert not wrong, "\n".join(wrong)
    if not is_administrative(role):
        assert {one["reason"] for one in world.desk.events("administration:request:refuse")} == {"none"}


def _stranger(desk: AdminDesk) -> Visitor:
    return Visitor(desk.app.test_client())


def _employee(desk: AdminDesk) -> Visitor:
    desk.person("employee")
    return desk.browser("employee")


def _half_way(desk: AdminDesk) -> Visitor:
    desk.person("half", ("administrator", None, None))
    return desk.browser("half", second=False)


@pytest.mark.parametrize(("who", "status"), [(_stranger, 303), (_half_way, 303), (_employee, 403)])
def test_nobody_else_comes_in_anywhere(world: World, who: Callable[[AdminDesk], Visitor], status: int) -> None:
    visitor = who(world.desk)
    for route in routes():
        path = _path(route, world.home)
        if "GET" in route.methods:
            answer = visitor.get(path)
            assert answer.status_code == status, path
            assert status != 303 or answer.headers["Location"].startswith("/sign-in?"), path
        for method in ("PUT", "PATCH", "DELETE", "TRACE"):
            refused = visitor.client.open(path, method=method, base_url="http://localhost:8000")
            assert refused.status_code in (403, 405), (method, path)


@spec("ASVS 5.0", "7.5.3")
def test_high_risk_pages_ask_for_a_fresh_proof(world: World) -> None:
    world.desk.owner()
    visitor = world.desk.browser("owner")
    world.desk.deps.clock.advance(seconds=301)  # type: ignore[attr-defined]
    for route in routes():
        if "GET" in route.methods:
            answer = visitor.get(_path(route, world.home))
            asked = answer.status_code == 303 and "again=1" in answer.headers["Location"]
            assert asked == route.needs.fresh, route.path
