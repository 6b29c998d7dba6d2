"""Registering, finding, changing applications."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from idp.clients.cache import ClientCache
from idp.clients.metadata import NewClient
from idp.clients.registry import Registry
from idp.clients.store import ClientStore
from idp.db.session import Database
from idp.kernel.actor import OPERATOR, Actor
from idp.kernel.clock import FrozenClock
from idp.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.clients.conftest import MakeRegistry
from tests.spec import spec

APP = NewClient("app", redirect_uris=("https://app.example.org/cb",), post_logout_redirect_uris=("https://app.example.org/bye",))
ONE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    """Every statement from here on, SQLAlchemy's and the fast lane's (which tells the engine's listeners only)."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def test_a_client_is_registered_with_everything_and_found_again(registry: Registry, medan: str) -> None:
    new = replace(
        APP,
        name="Cuti",
        name_id="Cuti ASN",
        government_code=medan,
        scopes=("openid", "asn"),
        min_acr="2",
        home_uri="https://app.example.org/",
        topic="kepegawaian",
        audience=("https://api.example.org",),
        resources=("https://other.example.org",),
        backchannel_logout_uri="https://app.example.org/out",
        require_pkce=False,
        first_party=True,
    )
    made, secret = registry.create(OPERATOR, new)
    found = registry.find("app")
    assert found == made
    assert secret is not None
    assert secret.startswith("sns_")
    assert len(secret) == 47
    assert made.redirect_uris == ("https://app.example.org/cb",)
    assert made.logs_out_to("https://app.example.org/bye")
    assert made.origins == {"https://app.example.org"}
    assert made.scopes == ("openid", "asn")
    assert (made.government_code, made.min_acr) == (medan, "urn:sumut:acr:2")
    assert (made.audience, made.resources) == (("https://api.example.org",), ("https://other.example.org",))
    assert (made.enabled, made.version, made.public, made.require_pkce, made.first_party) == (True, 1, False, False, True)
    assert made.pairwise_sector == "app.example.org"
    assert (made.label("id"), made.label("en")) == ("Cuti ASN", "Cuti")


@spec("ASVS", "11.4.2")
def test_a_secret_is_kept_as_a_digest_only(registry: Registry, session: Session, clock: FrozenClock) -> None:
    made, secret = registry.create(OPERATOR, APP)
    assert secret is not None
    assert made.accepts_secret(secret, clock.now())
    assert not made.accepts_secret(secret + "x", clock.now())
    assert not made.accepts_secret("", clock.now())
    row = session.execute(text("SELECT digest, prefix FROM client_secrets")).one()
    assert secret.encode() not in bytes(row.digest)
    assert row.prefix == secret[:8]
    assert secret not in str(session.execute(text("SELECT * FROM audit_events")).all())


@ONE
def test_a_secret_brought_along_shows_nothing_of_itself(registry: Registry, clock: FrozenClock) -> None:
    made, secret = registry.create(OPERATOR, replace(APP, secret="pilihan sendiri"))
    assert secret == "pilihan sendiri"
    assert made.accepts_secret("pilihan sendiri", clock.now())
    assert made.secrets[0].prefix == ""


@ONE
@pytest.mark.parametrize("method", ["none", "private_key_jwt"])
def test_a_client_without_secret_gets_none(registry: Registry, method: str, clock: FrozenClock) -> None:
    uri = "https://app.example.org/jwks" if method == "private_key_jwt" else None
    made, secret = registry.create(OPERATOR, replace(APP, auth_method=method, jwks_uri=uri))
    assert secret is None
    assert made.secrets == ()
    assert not made.accepts_secret("", clock.now())
    with pytest.raises(Conflict, match="no secret"):
        registry.rotate_secret(OPERATOR, "app")


def test_an_id_is_given_once(registry: Registry) -> None:
    registry.create(OPERATOR, APP)
    with pytest.raises(Conflict):
        registry.create(OPERATOR, replace(APP, name="another"))
    assert registry.get("app").name == "app"


def test_an_id_is_given_once_even_at_the_same_moment(database: Database, registry_on: MakeRegistry) -> None:
    def create(_: int) -> bool:
        try:
            with database.unit() as session:
                registry_on(session).create(OPERATOR, APP)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(create, range(5))) == [False] * 4 + [True]
    with database.unit(read_only=True) as session:
        assert len(registry_on(session).get("app").secrets) == 1


def test_an_unknown_government_is_refused(registry: Registry) -> None:
    with pytest.raises(NotFound, match=r"12\.99"):
        registry.create(OPERATOR, replace(APP, government_code="12.99"))
    assert registry.find("app") is None


@pytest.mark.parametrize("client_id", ["nobody", "", "a" * 500, "a\0b", "äpp", "' OR 1=1 --", "\ud800"])
def test_an_unknown_client_is_none(registry: Registry, client_id: str) -> None:
    assert registry.find(client_id) is None
    assert registry.find_live(client_id) is None


def test_two_secrets_live_side_by_side_until_the_old_one_ends(registry: Registry, clock: FrozenClock) -> None:
    _, first = registry.create(OPERATOR, APP)
    clock.advance(seconds=1)
    second = registry.rotate_secret(OPERATOR, "app", keep_days=2)
    assert first is not None
    made = registry.get("app")
    assert made.accepts_secret(first, clock.now())
    assert made.accepts_secret(second, clock.now())
    # Even what was read before sees the end: expiry is checked at use.
    assert not made.accepts_secret(first, clock.now() + timedelta(days=2))
    clock.advance(seconds=1)
    third = registry.rotate_secret(OPERATOR, "app", keep_days=0)
    made = registry.get("app")
    assert [made.accepts_secret(one, clock.now()) for one in (first, second, third)] == [False, False, True]
    assert made.version == 3
    with pytest.raises(Invalid):
        registry.rotate_secret(OPERATOR, "app", keep_days=-1)
    with pytest.raises(NotFound):
        registry.rotate_secret(OPERATOR, "nobody")


def test_disabling_takes_effect_at_once_by_confirm(database: Database, registry_on: MakeRegistry, clock: FrozenClock) -> None:
    with database.unit() as session:
        registry_on(session).create(OPERATOR, APP)
    with database.unit(read_only=True) as session:
        kept = registry_on(session).find("app")
    assert kept is not None
    other_process = ClientCache()
    with database.unit() as session:
        there = registry_on(session)
        there._cache = other_process
        there.disable(OPERATOR, "app")
    with database.unit(read_only=True) as session:
        here = registry_on(session)
        assert here.find("app") is kept  # trusted for 5 s
        assert here.confirm(kept, ClientStore(session).version("app")) is None
        assert here.find_live("app") is None
        found = here.find("app")
        assert found is not None
        assert not found.enabled
    with database.unit() as session:
        registry_on(session).enable(OPERATOR, "app")
    with database.unit(read_only=True) as session:
        here = registry_on(session)
        confirmed = here.confirm(kept, ClientStore(session).version("app"))
        assert confirmed is not None
        assert confirmed.version == 3
        assert here.confirm(kept, None) is None


def test_the_cache_asks_again_after_five_seconds(
    database: Database, registry_on: MakeRegistry, clock: FrozenClock, cache: ClientCache, statements: list[str]
) -> None:
    with database.unit() as session:
        registry_on(session).create(OPERATOR, APP)
    with database.unit(read_only=True) as session:
        registry_on(session).find("app")
        seen = statements
        seen.clear()
        registry_on(session).find("app")
        assert seen == []
        clock.advance(seconds=6)
        registry_on(session).find("app")
        assert len(seen) == 1
        clock.advance(seconds=-3600)
        registry_on(session).find("app")
        assert len(seen) == 2
        registry_on(session).find_live("app")
        assert len(seen) == 3
    with database.unit() as session:
        session.execute(text("UPDATE clients SET version = 2, name = 'changed elsewhere'"))
    clock.advance(seconds=6)
    with database.unit(read_only=True) as session:
        found = registry_on(session).find("app")
    assert found is not None
    assert found.name == "changed elsewhere"


def test_a_change_that_is_rolled_back_leaves_no_trace_in_the_cache(database: Database, registry_on: MakeRegistry) -> None:
    with database.unit() as session:
        registry_on(session).create(OPERATOR, APP)
    with pytest.raises(RuntimeError), database.unit() as session:
        registry = registry_on(session)
        registry.disable(OPERATOR, "app")
        found = registry.find("app")
        assert found is not None
        assert not found.enabled
        raise RuntimeError
    with database.unit(read_only=True) as session:
        found = registry_on(session).find("app")
        assert found is not None
        assert (found.enabled, found.version) == (True, 1)


def test_each_change_is_recorded(registry: Registry, session: Session) -> None:
    registry.create(OPERATOR, APP)
    registry.rotate_secret(OPERATOR, "app")
    registry.disable(OPERATOR, "app")
    registry.disable(OPERATOR, "app")
    registry.enable(OPERATOR, "app")
    rows = session.execute(text("SELECT tag, actor_kind, client_id FROM audit_events ORDER BY id")).all()
    assert [row.tag for row in rows] == [
        "clients:client:create",
        "clients:secret:rotate",
        "clients:client:disable",
        "clients:client:enable",
    ]
    assert {(row.actor_kind, row.client_id) for row in rows} == {("operator", "app")}


@ONE
def test_only_who_looks_after_applications_may_change_them(registry: Registry) -> None:
    registry.create(OPERATOR, APP)
    for actor in (
        Actor("person", "p"),
        Actor("person", "p", roles=("helpdesk", "auditor", "developer")),
        Actor("client", "app"),
        Actor("anonymous"),
    ):
        with pytest.raises(NotAllowed):
            registry.create(actor, replace(APP, client_id="another"))
        with pytest.raises(NotAllowed):
            registry.disable(actor, "app")
        with pytest.raises(NotAllowed):
            registry.rotate_secret(actor, "app")
        with pytest.raises(NotAllowed):
            registry.assign(actor, "app", person_id="p")
    assert registry.disable(Actor("person", "p", roles=("app_admin",)), "app").enabled is False


@ONE
def test_the_nik_scope_needs_an_administrator(registry: Registry, session: Session) -> None:
    wants = replace(APP, scopes=("openid", "nik"))
    for actor in (Actor("person", "p", roles=("app_admin",)), Actor("system")):
        with pytest.raises(NotAllowed, match="nik"):
            registry.create(actor, wants)
    registry.create(OPERATOR, wants)
    registry.create(Actor("person", "p", roles=("administrator",)), replace(wants, client_id="two"))
    assert "nik" in str(session.execute(text("SELECT details FROM audit_events")).first())


def test_every_client_is_listed_in_three_statements(registry: Registry, statements: list[str]) -> None:
    for number in range(5):
        registry.create(
            OPERATOR, replace(APP, client_id=f"app{number}", redirect_uris=(f"https://a{number}.example/cb", "https://a.example/2"))
        )
    statements.clear()
    listed = registry.list()
    assert len(statements) == 3
    assert [one.client_id for one in listed] == [f"app{number}" for number in range(5)]
    assert listed == tuple(registry.get(one.client_id) for one in listed)


def test_assignments_admit_exactly_who_is_named(registry: Registry, session: Session, medan: str) -> None:
    registry.create(OPERATOR, replace(APP, access="assigned"))
    registry.create(OPERATOR, replace(APP, client_id="other", access="assigned"))
    assert not registry.is_assigned("app", "p1", None)
    registry.assign(OPERATOR, "app", government_code=medan)
    registry.assign(OPERATOR, "app", government_code=medan)
    assert registry.is_assigned("app", "p1", medan)
    assert not registry.is_assigned("app", "p1", "12.72")
    assert not registry.is_assigned("app", "p1", None, ("u1",))
    assert not registry.is_assigned("other", "p1", medan)
    assert registry.assigned_to("p1", medan) == {"app"}
    registry.unassign(OPERATOR, "app", government_code=medan)
    assert not registry.is_assigned("app", "p1", medan)
    for wrong in ({}, {"person_id": "p", "government_code": medan}, {"role": "x"}):
        with pytest.raises(Invalid):
            registry.assign(OPERATOR, "app", **wrong)


def test_an_origin_is_known_while_its_client_is_active(registry: Registry) -> None:
    registry.create(
        OPERATOR, replace(APP, redirect_uris=("https://App.Example.org:8443/cb",), post_logout_redirect_uris=("https://bye.example/",))
    )
    assert registry.is_origin("https://app.example.org:8443")
    for origin in ("https://app.example.org", "https://bye.example", "null", "", "https://evil.test", "x" * 9999):
        assert not registry.is_origin(origin)
    registry.disable(OPERATOR, "app")
    assert not registry.is_origin("https://app.example.org:8443")
