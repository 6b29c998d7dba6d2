"""A campaign: planned, started, its letters in waves, paused and resumed, ended; its report."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from idp.cli.policy import policy
from idp.directory.new_person import NewPerson
from idp.enforcement.campaigns.lists import line
from idp.enforcement.campaigns.models import CampaignLetter
from idp.enforcement.campaigns.service import NewCampaign, wave_due
from idp.enforcement.cohorts.forecast import Foreseen
from idp.enforcement.new_rule import NewRule
from idp.kernel.actor import OPERATOR
from idp.kernel.errors import Conflict, Invalid
from idp.outbox.models import Promise
from tests.audit_watch import watching
from tests.spec import spec
from tests.web.visitor import PASSWORD

DAY = 86_400
HOUR = 3600


@pytest.fixture
def cohort(services: Any) -> list[Any]:
    """Ninety people of Medan with a password and an address."""
    services.organisations.seed(OPERATOR)
    made = []
    for index in range(90):
        new = NewPerson(f"p{index:02}", f"Pegawai {index}", government_code="12.71", email=f"p{index}@example.go.id")
        person = services.people.create(OPERATOR, new)
        services.passwords.set(OPERATOR, person, PASSWORD)
        made.append(person)
    return made


@pytest.fixture
def campaign(services: Any, clock: Any, cohort: list[Any]) -> Any:
    """Two factors in Medan in ten days, three days of grace; letters a week and a day before it binds, 60 an hour."""
    rule = NewRule("government", "12.71", "any", clock.now() + timedelta(days=10), grace_days=3)
    return services.campaigns.plan(OPERATOR, NewCampaign("Medan", rule, (7, 1), 60))


def _letters(services: Any) -> Counter[int]:
    rows = services.session.execute(select(CampaignLetter.wave, func.count()).group_by(CampaignLetter.wave))
    return Counter({row[0]: row[1] for row in rows})


@spec("issue 5", "2: letters in waves, so many an hour, each person once")
def test_letters_go_out_in_waves_within_the_limit_and_stop_when_ready(services: Any, clock: Any, cohort: list[Any], campaign: Any) -> None:
    services.campaigns.start(OPERATOR, campaign.id)
    assert services.reminders.round() == 0  # the first wave's day has not come
    clock.advance(seconds=6 * DAY)
    before = services.session.scalar(select(func.count()).select_from(Promise))
    sent = [services.reminders.round() for _minute in range(40)]
    assert sent[0] == 2 and sum(sent) == 60  # a share a round, the limit an hour
    assert services.session.scalar(select(func.count()).select_from(Promise)) == before + 60
    written_to = set(services.session.scalars(select(CampaignLetter.person_id)))
    others = [person for person in cohort if person.id not in written_to]
    for person in (*(one for one in cohort if one.id in written_to), *others[:20]):
        services.factors.enrol_for(OPERATOR, person)
    clock.advance(seconds=HOUR + 1)
    assert sum(services.reminders.round() for _minute in range(40)) == 10  # the others are ready by now
    assert _letters(services) == {7: 70}
    clock.advance(seconds=6 * DAY)
    assert sum(services.reminders.round() for _minute in range(40)) == 10
    assert _letters(services) == {7: 70, 1: 10}
    clock.advance(seconds=2 * DAY)
    assert services.reminders.round() == 0  # it binds: the sign-in itself says what is due
    report = services.campaigns.report(campaign.id)
    assert (report.at_start["must_enrol"], report.now.total.ready, report.now.total.must_enrol) == (90, 80, 10)
    assert [(row.wave, row.letters) for row in report.letters] == [(7, 70), (1, 10)]


@spec("issue 5", "2: pause and resume")
def test_a_pause_holds_letters_and_a_rule_that_does_not_bind_yet(services: Any, clock: Any, cohort: list[Any], campaign: Any) -> None:
    def demanded() -> int:
        return int(services.enforcement.demand(cohort[0].id, "12.71", (), "PNS", None).rank)

    services.campaigns.start(OPERATOR, campaign.id)
    with pytest.raises(Conflict):
        services.campaigns.start(OPERATOR, campaign.id)
    clock.advance(seconds=7 * DAY)
    services.campaigns.pause(OPERATOR, campaign.id)
    assert services.reminders.round() == 0 and services.enforcement.list() == []
    clock.advance(seconds=7 * DAY)
    assert demanded() == 1
    services.campaigns.resume(OPERATOR, campaign.id)
    assert demanded() == 1 or clock.now() >= campaign.starts_at
    clock.advance(seconds=4 * DAY)
    assert demanded() == 2
    services.campaigns.pause(OPERATOR, campaign.id)
    assert demanded() == 2  # it binds already: a pause lets nobody fall back
    services.campaigns.end(OPERATOR, campaign.id)
    assert demanded() == 2 and services.campaigns.get(campaign.id).state == "ended"


def test_every_verb_is_recorded(services: Any, campaign: Any) -> None:
    with watching():
        for verb in ("start", "pause", "resume", "end"):
            getattr(services.campaigns, verb)(OPERATOR, campaign.id)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"), ({"waves": (400,)}, "waves"), ({"waves": tuple(range(9))}, "waves"), ({"per_hour": 0}, "per_hour"),
        ({"rule": NewRule("global", "", "none")}, "demand"), ({"rule": NewRule("unit", "no such", "any")}, "value"),
        ({"rule": NewRule("global", "", "any", grace_days=0)}, "grace_days"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_bad_campaign_is_refused(services: Any, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.campaigns.plan(OPERATOR, NewCampaign(**{"name": "Medan", "rule": NewRule("global", "", "any"), **values}))
    assert refused.value.params["field"] == field
    assert services.campaigns.list() == []


@pytest.mark.parametrize(("days", "wave"), [(31, None), (30, 30), (15, 30), (14, 14), (2, 14), (1, 1), (0.5, 1), (0, None), (-1, None)])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_wave_that_is_due(clock: Any, campaign: Any, days: float, wave: int | None) -> None:
    campaign.waves = "30 14 1"
    assert wave_due(campaign, clock.now() + timedelta(days=days), clock.now()) == wave


def test_no_cell_of_a_list_is_a_formula_or_a_whole_number() -> None:
    foreseen = Foreseen("p", "=cmd", "@SUM(A1)", "198609262011012003", "12.71", "Kota Medan", "-1", "ready", "", None, None)
    assert line(foreseen) == ["'=cmd", "'@SUM(A1)", "19860926••••••••03", "12.71", "Kota Medan", "'-1", "ready", "", "no"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_command_plans_reports_and_lists(settings: Any, monkeypatch: pytest.MonkeyPatch, deps: Any) -> None:
    import idp.cli.base as base
    from idp.wiring import Services

    monkeypatch.setattr(base, "load_settings", lambda: settings)
    with deps.database.unit() as session:
        Services(deps, session).organisations.seed(OPERATOR)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(policy, ["campaign", *arguments])

    made = json.loads(run("plan", "--name", "Medan", "--government", "12.71", "--demand", "any", "--from", "2099-01-01", "--json").stdout)
    assert (made["state"], made["waves"]) == ("draft", "30 14 7 1")
    assert json.loads(run("report", made["id"], "--json").stdout)["now"][-1]["people"] == 0
    assert run("people", made["id"]).stdout.startswith("username,name,number")
    assert [json.loads(run(verb, made["id"], "--json").stdout)["state"] for verb in ("start", "pause", "resume", "end")] == [
        "running", "paused", "running", "ended",
    ]  # fmt: skip
    assert run("start", made["id"]).exit_code == 2
    assert run("plan", "--name", "x", "--demand", "any", "--from", "2099-01-01", "--waves", "soon").exit_code == 2
