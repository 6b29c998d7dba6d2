"""May this person use this application? Pure; asked on every path that issues something."""

from dataclasses import dataclass

# Who left, died or is suspended uses nothing; leave and secondment keep the self-service applications.
ENDS_ACCESS = frozenset({"suspended", "transferred_out", "retired", "deceased"})


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known of the person: account status, activity, government."""

    status: str
    activity: str
    government_code: str | None = None


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What is known of the application: status, access rule (everyone | government | assigned), its government."""

    status: str
    access: str
    government_code: str | None = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes."""


@dataclass(frozen=True, slots=True)
class Denied:
    """No, for a stable reason.

    person_disabled | person_invited | person_inactive | client_disabled | other_government | not_assigned.
    """

    reason: str


def usable(person: PersonFacts) -> Allowed | Denied:
    """Whether the account may be used at all."""
    if person.status == "invited":
        return Denied("person_invited")
    if person.status != "active":
        return Denied("person_disabled")
    if person.activity in ENDS_ACCESS:
        return Denied("person_inactive")
    return Allowed()


def may_use(person: PersonFacts, client: ClientFacts, *, assigned: bool = False) -> Allowed | Denied:
    """Whether the person may use the client; `assigned`: the client's list names the person, its government or a unit above.

    An access rule that is not known denies.
    """
    account = usable(person)
    if isinstance(account, Denied):
        return account
    if client.status != "active":
        return Denied("client_disabled")
    if client.access == "everyone" or (client.access == "assigned" and assigned):
        return Allowed()
    if client.access == "government":
        own = client.government_code is not None and client.government_code == person.government_code
        return Allowed() if own or assigned else Denied("other_government")
    return Denied("not_assigned")
