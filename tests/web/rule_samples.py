"""A rule, an exception and a campaign of one unit, for tests that ask about every route."""

from datetime import timedelta

from idp.enforcement.campaigns.service import NewCampaign
from idp.enforcement.exceptions import Asked
from idp.enforcement.new_rule import NewRule
from idp.kernel.actor import OPERATOR
from idp.wiring import Services


def rule_samples(services: Services, government: str, unit: str, person: str, asker: str) -> dict[str, str]:
    """Their ids by the names of arguments of addresses; what people of that government made."""
    soon = services.deps.clock.now() + timedelta(days=30)
    rule = NewRule("unit", unit, "any", soon, scope=government)
    services.roles.grant(OPERATOR, asker, "security_admin", government)
    asked = Asked(person, soon, "Phone in repair")
    return {
        "rule_id": services.enforcement.add(OPERATOR, rule).id,
        "exception_id": services.exceptions.ask(OPERATOR, asked, asked_by=asker).id,
        "campaign_id": services.campaigns.plan(OPERATOR, NewCampaign("Unit", rule)).id,
        "verb": "start",
    }
