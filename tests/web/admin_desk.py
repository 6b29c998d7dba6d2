"""People who administer, and their browsers, for tests of the administration area."""

from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from idp.directory.models import Person
from idp.directory.orgs import NewUnit
from idp.directory.people import NewPerson
from idp.kernel.actor import OPERATOR
from idp.wiring import Deps, Services
from tests.web.visitor import PASSWORD, Visitor, code_at


@dataclass
class AdminDesk:
    """Makes people with roles, units, and browsers in which they are signed in with two factors."""

    app: Flask
    deps: Deps
    secrets: dict[str, str] = field(default_factory=dict)

    def unit(self, code: str, government: str = "12.71", parent: str | None = None) -> str:
        """A unit; gives its id."""
        with self.deps.database.unit() as session:
            services = Services(self.deps, session)
            services.organisations.seed(OPERATOR)
            return services.organisations.add_unit(OPERATOR, NewUnit(government, code, code.title(), parent_id=parent)).id

    def person(
        self, username: str, *roles: str | tuple[str, str | None, str | None], government: str | None = "12.71", unit: str | None = None,
        factor: bool | None = None, **known: Any,
    ) -> str:
        """Somebody with a password, and a second factor where they hold a role (or `factor` says so); a bare role is held in their
        government. Gives the id."""
        with self.deps.database.unit() as session:
            services = Services(self.deps, session)
            services.organisations.seed(OPERATOR)
            named = {"name": username.replace(".", " ").title(), "email": f"{username}@example.go.id", "status": "active", **known}
            person = services.people.create(OPERATOR, NewPerson(username, government_code=government, unit_id=unit, **named))
            if named["status"] == "active":
                services.passwords.set(OPERATOR, person, PASSWORD)
            for role in roles:
                services.roles.grant(OPERATOR, person.id, *((role, government, None) if isinstance(role, str) else role))
            if factor or (factor is None and roles):
                self.secrets[username] = services.factors.enrol_for(OPERATOR, person).secret
            return person.id

    def owner(self, username: str = "owner") -> str:
        """An owner of the installation."""
        return self.person(username, ("administrator", None, None), government="12")

    def browser(self, username: str, *, second: bool = True) -> Visitor:
        """A browser in which they are signed in; second: with the second factor too."""
        visitor = Visitor(self.app.test_client())
        answer = visitor.sign_in(username)
        assert answer.status_code == 303, answer.text[:500]
        if second and username in self.secrets:
            self.prove(visitor, username, answer.headers["Location"])
        return visitor

    def prove(self, visitor: Visitor, username: str, path: str = "/sign-in/code") -> None:
        """The second step, with the app's next code (each works once, so time goes on)."""
        self.deps.clock.advance(seconds=31)  # type: ignore[attr-defined]
        answer = visitor.post(path, code=code_at(self.secrets[username], self.deps.clock))
        assert answer.status_code == 303, answer.text[:2000]

    def prove_again(self, visitor: Visitor, username: str, path: str) -> str:
        """From a page that asked for a fresh proof through password and code; gives the address it leads back to."""
        asked = visitor.get(path)
        assert asked.status_code == 303 and "/sign-in?" in asked.headers["Location"], asked.text[:500]
        answer = visitor.post(asked.headers["Location"], username=username, password=PASSWORD)
        self.deps.clock.advance(seconds=31)  # type: ignore[attr-defined]
        answer = visitor.post(answer.headers["Location"], code=code_at(self.secrets[username], self.deps.clock))
        return str(answer.headers["Location"])

    def events(self, tag: str) -> list[dict[str, Any]]:
        """The events of a kind: subject, actor and details."""
        with self.deps.database.unit(read_only=True) as session:
            store = Services(self.deps, session).audit._store
            found = [row for row in store.everything(government=None, since=None) if row.tag == tag]
            return [{"actor": row.actor_id, "subject": row.subject_id, "government": row.government_code, **row.details} for row in found]

    def row(self, person_id: str) -> Person:
        """A person as the database has them."""
        with self.deps.database.unit(read_only=True) as session:
            found = Services(self.deps, session).people.get(person_id)
            assert found is not None
            session.expunge(found)
            return found
