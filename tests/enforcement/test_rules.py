"""Rules: set, listed, tried out, obeyed."""

from datetime import timedelta

import pytest

from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.authn.models import PasswordHash
from idp.directory.orgs import Organisations
from idp.directory.people import NewPerson, People
from idp.directory.store import DirectoryStore
from idp.enforcement.cohorts.forecast import DryRun
from idp.enforcement.cohorts.store import CohortStore
from idp.enforcement.rules import Enforcement, NewRule, RuleCache
from idp.enforcement.store import RuleStore
from idp.kernel.actor import OPERATOR
from idp.kernel.errors import Invalid, NotFound
from idp.kernel.sealing import Sealer


@pytest.fixture
def audit(session, clock):
    return AuditLog(AuditStore(session), clock)


@pytest.fixture
def enforcement(session, clock, randomness, audit):
    directory = DirectoryStore(session)
    Organisations(directory, audit, clock, randomness).seed(OPERATOR)
    return Enforcement(RuleStore(session), audit, clock, randomness, default="none")


def _rank(enforcement, **facts):
    known = {"person_id": "p1", "government": "12.71", "roles": (), "status": "PNS", "client_id": None}
    return enforcement.demand(**(known | facts)).rank


def test_nothing_is_demanded_by_default(enforcement):
    assert _rank(enforcement) == 1


@pytest.mark.parametrize("role", ["administrator", "security_admin", "hr_admin", "app_admin", "helpdesk", "auditor"])
def test_administrators_always_need_one(enforcement, role):
    assert _rank(enforcement, roles=(role,)) == 2


def test_a_developer_is_no_administrator(enforcement):
    assert _rank(enforcement, roles=("developer",)) == 1


@pytest.mark.parametrize(
    ("subject", "value", "other"),
    [
        ("government", "12.71", {"government": "12.72"}),
        ("status", "PNS", {"status": "PPPK"}),
        ("client", "hr-app", {"client_id": "other"}),
        ("person", "p1", {"person_id": "p2"}),
        ("role", "developer", {"roles": ()}),
    ],
)
def test_a_rule_binds_whom_it_names(enforcement, subject, value, other):
    enforcement.set(OPERATOR, subject, value, "any")
    touched = {"client_id": "hr-app", "roles": ("developer",)}
    assert _rank(enforcement, **touched) == 2
    assert _rank(enforcement, **(touched | other)) == 1


def test_a_rule_starts_when_it_says(enforcement, clock):
    enforcement.set(OPERATOR, "global", "", "any", starts_at=clock.now() + timedelta(days=7))
    assert _rank(enforcement) == 1
    clock.advance(seconds=7 * 86_400)
    assert _rank(enforcement) == 2


def test_a_new_rule_takes_the_place_of_the_old_one_about_the_same(enforcement, clock):
    enforcement.set(OPERATOR, "global", "", "any")
    enforcement.set(OPERATOR, "government", "12.71", "phishing_resistant")
    enforcement.set(OPERATOR, "global", "", "none")
    assert _rank(enforcement, government="12.72") == 1
    assert _rank(enforcement) == 4
    assert len(enforcement.list()) == 2
    assert len(enforcement.list(ended=True)) == 3


def test_a_weaker_rule_of_tomorrow_leaves_todays_until_then(enforcement, clock):
    enforcement.set(OPERATOR, "global", "", "any")
    enforcement.set(OPERATOR, "global", "", "none", starts_at=clock.now() + timedelta(days=1))
    assert _rank(enforcement) == 2
    clock.advance(seconds=86_400)
    assert _rank(enforcement) == 1


def test_a_rule_can_be_ended_once(enforcement):
    rule = enforcement.set(OPERATOR, "global", "", "any")
    enforcement.end(OPERATOR, rule.id)
    assert _rank(enforcement) == 1
    with pytest.raises(NotFound):
        enforcement.end(OPERATOR, rule.id)


@pytest.mark.parametrize(
    ("subject", "value", "level", "field"),
    [
        ("planet", "", "any", "subject"), ("global", "", "some", "demand"), ("government", "99.99", "any", "value"),
        ("role", "king", "any", "value"), ("status", "RETIRED", "any", "value"), ("client", "", "any", "value"),
        ("person", "x" * 200, "any", "value"),
    ],
)  # fmt: skip
def test_a_bad_rule_is_refused_and_changes_nothing(enforcement, subject, value, level, field):
    with pytest.raises(Invalid) as refused:
        enforcement.set(OPERATOR, subject, value, level)
    assert refused.value.params["field"] == field
    assert enforcement.list(ended=True) == []


def test_every_change_is_recorded_in_its_governments_chain(enforcement, session):
    from sqlalchemy import select

    from idp.audit.models import AuditEvent

    enforcement.set(OPERATOR, "government", "12.71", "any")
    event = session.scalars(select(AuditEvent).where(AuditEvent.tag == "enforcement:policy:change")).one()
    assert event.government_code == "12.71"
    assert event.details["demand"] == "any"


def test_a_cache_is_trusted_for_seconds_and_never_backwards(session, clock, randomness, audit, enforcement):
    shared = RuleCache()
    here = Enforcement(RuleStore(session), audit, clock, randomness, default="none", cache=shared)
    assert _rank(here) == 1
    enforcement.set(OPERATOR, "global", "", "any")  # in another process
    assert _rank(here) == 1
    clock.advance(seconds=5)
    assert _rank(here) == 2
    clock.advance(seconds=-3600)
    here.set(OPERATOR, "global", "", "none")
    assert _rank(here) == 1


def test_a_dry_run_counts_who_would_have_to_enrol(enforcement, session, clock, randomness, audit):
    dry_run = DryRun(CohortStore(session), enforcement, clock)

    def counted(subject, value, level):
        found = dry_run.forecast(NewRule(subject, value, level)).governments
        return {one.code: (one.people, one.ready, one.must_enrol, one.cannot) for one in found}

    people = People(DirectoryStore(session), audit, clock, randomness, Sealer([bytes(32)], randomness))

    def add(name, government, status="active"):
        person = people.create(OPERATOR, NewPerson(name, name, government_code=government, status=status))
        session.add(PasswordHash(person_id=person.id, hash="x", changed_at=clock.now(), must_change=False))
        return person

    with_factor = add("ana", "12.71")
    add("budi", "12.71")
    add("citra", "12.72")
    add("dedi", "12.72", status="invited")
    add("euis", None)
    _enrol(session, with_factor.id, clock)
    assert counted("global", "", "any") == {None: (1, 0, 1, 0), "12.71": (2, 1, 1, 0), "12.72": (2, 0, 1, 1)}
    assert counted("government", "12.71", "any") == {"12.71": (2, 1, 1, 0)}
    assert counted("government", "12.71", "phishing_resistant") == {"12.71": (2, 0, 2, 0)}
    assert enforcement.list(ended=True) == []


def test_nothing_beyond_two_factors_is_looked_for_until_a_rule_demands_it(enforcement):
    assert enforcement.ceiling() == 2
    enforcement.set(OPERATOR, "government", "12.71", "phishing_resistant")
    assert enforcement.ceiling() == 4


def _enrol(session, person_id, clock):
    from idp.authn.models import TotpSecret

    session.add(TotpSecret(id="t1", person_id=person_id, name="HP", sealed=b"x", created_at=clock.now(), confirmed_at=clock.now()))
    session.flush()
