"""Whom a rule or a campaign is about, as options say it."""

from dataclasses import dataclass
from datetime import datetime

import click

from idp.enforcement.new_rule import NewRule
from idp.kernel.errors import Invalid
from idp.policy.second_factor import RANKS
from idp.wiring import Services


@dataclass(frozen=True, slots=True)
class Named:
    """What the options name: at most one of whom, and an application with it or alone."""

    government: str | None
    unit: str | None
    role: str | None
    status: str | None
    client: str | None
    user: str | None

    def rule(
        self, services: Services, demand: str, *, starts_at: datetime | None = None, days: int | None = None, sign_ins: int | None = None
    ) -> NewRule:
        """A rule about it, with grace of so many days or sign-ins; raises Invalid, NotFound."""
        client = self.client
        if client is not None and services.registry.find(client) is None:
            raise Invalid("rule.value", f"--client: there is no application {client}")
        subject, value = self._subject(services)
        return NewRule(subject, value, demand, starts_at, client, days, sign_ins)

    def _subject(self, services: Services) -> tuple[str, str]:
        if self.unit is not None:
            if self.government is None or (self.role or self.status or self.user) is not None:
                raise Invalid("rule.subject", "--unit takes the unit's code, and --government says whose it is")
            return "unit", services.organisations.unit_by_code(self.government, self.unit).id
        named = {"government": self.government, "role": self.role, "status": self.status, "person": self.user}
        given = [(subject, value) for subject, value in named.items() if value is not None]
        if len(given) > 1:
            raise Invalid("rule.subject", "give at most one of --government, --role, --status, --user")
        if not given:
            return "global", ""
        subject, value = given[0]
        return (subject, services.people.need(value).id) if subject == "person" else (subject, value)


def about(function: click.decorators.FC) -> click.decorators.FC:
    """The options that say whom a rule is about and what it demands."""
    for option in reversed((
        click.option("--government", help="Everybody of this government, by code (12.71)."),
        click.option("--unit", help="Everybody who works in this unit of --government or below, by code."),
        click.option("--role", help="Everybody who holds this role."),
        click.option("--status", help="Everybody of this employment status (PNS, PPPK …)."),
        click.option("--client", help="Only for this application, by client id."),
        click.option("--user", help="One person, by username."),
        click.option("--demand", required=True, help=f"{', '.join(RANKS)}."),
    )):  # fmt: skip
        function = option(function)
    return function
