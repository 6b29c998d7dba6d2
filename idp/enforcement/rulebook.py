"""Rules and exceptions as a process last read them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.kernel.kept import Kept
from idp.policy.second_factor import RANKS, Exemption, Rule, stands


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Every rule that has not ended, and every exception that counts."""

    rules: tuple[Rule, ...] = ()
    exemptions: tuple[Exemption, ...] = ()

    def strictest(self, now: datetime) -> int:
        """The highest rank that a rule in force can demand of anybody; 0 without one."""
        return max((RANKS[rule.demand] for rule in self.rules if stands(rule, now)), default=0)

    def knows_units(self) -> bool:
        """True when some rule is about a unit, so that it matters where people work."""
        return any(rule.subject == "unit" for rule in self.rules)

    def counts_sign_ins(self, now: datetime) -> bool:
        """True when some rule in force leaves people a number of sign-ins."""
        return any(rule.grace_sign_ins is not None and stands(rule, now) and now < rule.binds_at for rule in self.rules)

    def of(self, person_id: str | None) -> tuple[Exemption, ...]:
        """The exceptions of one person."""
        return tuple(one for one in self.exemptions if one.person_id == person_id)


class RuleCache(Kept[Rulebook]):
    """The rulebook of a process: trusted for five seconds, since it changes rarely and is asked often."""

    def __init__(self) -> None:
        super().__init__(timedelta(seconds=5), Rulebook())
