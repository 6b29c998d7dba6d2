"""People as administrators list them, look at them, and let them in or out."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.administration.errors import RightMissing
from idp.administration.listing import PAGE, Listed, Row, Wanted
from idp.administration.scope import Scope
from idp.administration.store import AdministrationStore
from idp.approvals.service import reason_of
from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.models import BrowserSession
from idp.authn.notices import Notices
from idp.authn.recovery import Links
from idp.directory.days import today
from idp.directory.models import Person
from idp.directory.people import People
from idp.interaction.leave import Leave
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, DomainError
from idp.policy.permissions import Officer, Permission

MOST_AT_ONCE = 50
DEEDS: dict[str, Permission] = {
    "disable": Permission.PERSON_DISABLE,
    "enable": Permission.PERSON_DISABLE,
    "end-sessions": Permission.SESSION_END,
    "invite": Permission.PERSON_INVITE,
}
OPPOSITE = {"disable": "enable", "enable": "disable"}


@dataclass(frozen=True, slots=True)
class Planned:
    """What a bulk deed would do to one person; problem: why it will not be done to this one."""

    row: Row
    problem: DomainError | None


class PeopleDesk:
    """Lists and verbs. Each verb asks the scope first, and takes an account in hand only where the officer holds all it holds."""

    def __init__(
        self, scope: Scope, store: AdministrationStore, people: People, links: Links, leave: Leave, notices: Notices, audit: AuditLog,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._scope, self._store, self._people, self._links = scope, store, people, links
        self._leave, self._notices, self._audit, self._clock = leave, notices, audit, clock

    def find(self, officer: Officer, wanted: Wanted, after: tuple[str, str] | None = None, *, limit: int = PAGE) -> Listed:
        """A page of the people in the officer's part."""
        reach = officer.reach(Permission.PERSON_READ)
        rows = self._store.people(reach, wanted, today(self._clock), after=after, limit=limit + 1)
        shown = tuple(rows[:limit])
        name = self._store.name_of(shown[-1].id) if len(rows) > limit else None
        return Listed(shown, (name, shown[-1].id) if name is not None else None)

    def sessions(self, officer: Officer, after: str | None = None, *, limit: int = PAGE) -> list[tuple[BrowserSession, str]]:
        """Sessions of people in the officer's part, newest first; one more than `limit` when there are more. Idle ones stand in it too."""
        reach = officer.reach(Permission.SESSION_READ)
        return self._store.sessions(reach, today(self._clock), self._clock.now(), after=after, limit=limit + 1)

    def do(self, actor: Actor, officer: Officer, deed: str, person_id: str, reason: str) -> str | None:
        """Do one of DEEDS; gives the activation link to hand out where one was made and no address is known.

        Raises NotFound, RightMissing, Invalid (reason), Conflict (nothing to do, the last owner, oneself).
        """
        person = self._scope.account(officer, person_id, DEEDS[deed])
        self._possible(officer, deed, person)
        why = reason_of(reason)
        if deed == "disable":
            self._people.disable(actor, person.id, why)
            self._leave.end_all(actor, person.id, "disabled")
        elif deed == "enable":
            self._people.enable(actor, person.id, why)
        elif deed == "end-sessions":
            self.end_sessions(actor, person, why)
        else:
            self._audit.record(
                Tag.HELP_GIVE, actor, subject=("person", person.id), government=person.government_code, deed=deed, reason=why
            )
            link = self._links.send_activation(actor, person)
            return None if person.email else link
        return None

    def end_sessions(self, actor: Actor, person: Person, reason: str) -> None:
        """Sign somebody out everywhere, applications too, with all that was given for offline use."""
        self._audit.record(
            Tag.SESSION_END, actor, subject=("person", person.id), government=person.government_code, reason="operator", all=True,
            why=reason,
        )  # fmt: skip
        self._leave.end_all(actor, person.id, "operator")
        self._notices.tell(person, "helped", kind="sessions", at=self._clock.now().isoformat())

    def plan(self, officer: Officer, deed: str, ids: Sequence[str]) -> list[Planned]:
        """What a bulk deed would do: everybody of `ids` whom the officer sees, and why somebody is left out."""
        chosen = tuple(dict.fromkeys(ids))[:MOST_AT_ONCE]
        rows = self.find(officer, Wanted(ids=chosen), limit=MOST_AT_ONCE).rows if chosen else ()
        return [Planned(row, self._problem(officer, deed, row.id)) for row in rows]

    def do_all(self, actor: Actor, officer: Officer, deed: str, ids: Sequence[str], reason: str) -> list[Planned]:
        """Do it to each of them, and leave out whom it cannot be done to."""
        reason_of(reason)
        done = []
        for one in self.plan(officer, deed, ids):
            problem = one.problem
            if problem is None:
                try:
                    self.do(actor, officer, deed, one.row.id, reason)
                except DomainError as error:  # asked before anything of this person was changed
                    problem = error
            done.append(Planned(one.row, problem))
        return done

    def _problem(self, officer: Officer, deed: str, person_id: str) -> DomainError | None:
        try:
            self._possible(officer, deed, self._scope.account(officer, person_id, DEEDS[deed]))
        except DomainError as error:
            return error
        return None

    def _possible(self, officer: Officer, deed: str, person: Person) -> None:
        if person.id == officer.id and deed != "end-sessions":
            raise RightMissing(DEEDS[deed], code="admin.self", subject=("person", person.id), government=person.government_code)
        fitting = {"disable": ("active", "invited"), "enable": ("disabled",), "invite": ("invited",), "end-sessions": ("active",)}
        if person.status not in fitting[deed]:
            raise Conflict("person.state", f"the account is {person.status}")
