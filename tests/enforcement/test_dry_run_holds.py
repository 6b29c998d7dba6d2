"""What the dry run says of each person is what then happens to them at sign-in."""

from collections import Counter
from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest
from sqlalchemy import func, select

from idp.authn.accounts.store import AccountStore
from idp.authn.models import AgencyCode, SignIn, TotpSecret
from idp.enforcement.cohorts.forecast import OUTCOMES
from idp.enforcement.new_rule import NewRule
from idp.kernel.actor import OPERATOR
from idp.policy.assurance import AFTER_CODE, AFTER_PASSWORD, HARDWARE_KEY, after_passkey
from idp.wiring import Services
from tests.enforcement.population import populate
from tests.rp import HttpWire
from tests.running import RunningServer
from tests.spec import spec
from tests.web.visitor import PASSWORD, token_of

PEOPLE = 10_000
DAYS = 30


def happens(services: Services, person_id: str, lost: set[str]) -> str:
    """Sign this person in, by the services that sign everybody in, with what they have at hand; gives what comes of it."""
    account = AccountStore(services.session).find("id", person_id)
    assert account is not None
    if account.usable is None and not (account.active and account.has_passkey):
        return "cannot"
    rank = services.dance.required_rank(person_id, None, account)
    row = SignIn(person_id=person_id, purpose="sign_in", amr=" ".join(AFTER_PASSWORD), must_enrol=False, needs_password_change=False)
    for _step in range(3):
        stage = services.sign_in.stage(row, rank, account)
        if stage in ("enrol", "enrol_passkey"):
            return "must_enrol"
        if stage == "complete":
            return "ready" if rank > 1 else "exempt"
        if stage == "code" and person_id in lost:
            return "cannot"
        row.amr = " ".join(AFTER_CODE if stage == "code" else after_passkey(AFTER_PASSWORD, HARDWARE_KEY))
    raise AssertionError(f"no end: {row.amr}, {rank}")


def _about(services: Services, level: str) -> tuple[str, str]:
    """All of Medan; at one level a unit and what is below it, beside a rule for a unit in it."""
    if level != "totp":
        return "government", "12.71"
    root, below = services.organisations.units("12.71")[:2]
    services.enforcement.set(OPERATOR, "unit", below.id, "phishing_resistant")
    return "unit", root.id if below.parent_id == root.id else below.id


def _lost(services: Services) -> set[str]:
    """Whose phone is lost: an open code of the agency, and no use of the app since."""
    used = func.max(func.coalesce(TotpSecret.last_used_at, TotpSecret.confirmed_at))
    proved = select(TotpSecret.person_id, used.label("at")).group_by(TotpSecret.person_id).subquery()
    issued = select(AgencyCode.person_id).join(proved, proved.c.person_id == AgencyCode.person_id)
    return set(services.session.scalars(issued.where(AgencyCode.created_at >= proved.c.at)))


@pytest.mark.parametrize("level", ["any", "totp", "phishing_resistant"])
@spec("issue 5", "must hold: the dry run's list equals what happens at sign-in, person by person")
def test_the_dry_run_of_a_rule_for_medan_is_what_happens(services: Services, clock: Any, level: str, database: Any) -> None:
    if level != "any" and database.engine.dialect.name == "postgresql":
        pytest.skip("one level on each further database is enough: the statement is the same")
    people = {"any": PEOPLE, "totp": PEOPLE // 2}.get(level, PEOPLE // 10)
    then = clock.now() + timedelta(days=DAYS)
    populate(services, people, services.deps.hasher.hash(PASSWORD), now=clock.now(), then=then)
    services.enforcement.set(OPERATOR, "role", "developer", "phishing_resistant")
    services.enforcement.set(OPERATOR, "client", "e-gaji", "phishing_resistant")
    rule = NewRule(*_about(services, level), level, then)
    foreseen = {one.person_id: one.outcome for one in services.dry_run.people(rule)}
    counted = services.dry_run.forecast(rule).total
    services.enforcement.add(OPERATOR, rule)
    clock.advance(seconds=DAYS * 86_400)
    lost = _lost(services)
    happened = {person_id: happens(services, person_id, lost) for person_id in foreseen}
    wrong = {person_id: (outcome, happened[person_id]) for person_id, outcome in foreseen.items() if outcome != happened[person_id]}
    assert wrong == {}
    assert set(Counter(foreseen.values())) == set(OUTCOMES)
    assert {name: getattr(counted, name) for name in OUTCOMES} == Counter(foreseen.values())
    assert len(foreseen) > (people * 3 / 4 if level != "totp" else 10)


@spec("issue 5", "must hold: the same over HTTP, for a sample")
def test_a_sample_signs_in_over_http_as_foreseen(server: RunningServer) -> None:
    with server.services() as services:
        now = services.deps.clock.now()
        populate(services, 900, services.deps.hasher.hash(PASSWORD), now=now, then=now + timedelta(minutes=1))
        rule = NewRule("government", "12.71", "any")
        foreseen = sorted(services.dry_run.people(rule), key=lambda one: (one.outcome, one.note))
        services.enforcement.add(OPERATOR, rule)
        lost = _lost(services)
        keyed = {one.person_id for one in foreseen if services.factors.passkeys(one.person_id)}
    seen = set()
    for (outcome, note), group in groupby(foreseen, key=lambda one: (one.outcome, one.note)):
        for one in list(group)[:4]:
            where = _sent_to(server, one.username)
            if outcome == "cannot" and note != "lost_factor":
                assert where is None, (one, where)
            elif one.person_id in keyed:
                assert where == "/sign-in/security-key" or where is None, (one, where)  # None: they have no password, only the key
            elif outcome == "must_enrol":
                assert where == "/sign-in/enrol", (one, where)
            elif outcome == "exempt":
                assert where == "/" or where == "/sign-in/code", (one, where)
            else:
                assert where == "/sign-in/code", (one, where)
                assert (one.person_id in lost) == (outcome == "cannot")
            seen.add(outcome)
    assert seen == set(OUTCOMES)


def _sent_to(server: RunningServer, username: str) -> str | None:
    """Name and password in the real form; gives the page that comes next, None where the sign-in is refused."""
    wire = HttpWire(server.base)
    page = wire.session.get(server.base + "/sign-in", timeout=30)
    form = {"csrf_token": token_of(page), "username": username, "password": PASSWORD}
    answer = wire.session.post(server.base + "/sign-in", data=form, allow_redirects=False, timeout=30)
    return answer.headers["Location"].partition("?")[0] if answer.status_code == 303 else None
