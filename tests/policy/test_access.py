import pytest

from idp.policy.access import ENDS_ACCESS, Allowed, ClientFacts, Denied, PersonFacts, may_use, usable

BUDI = PersonFacts("active", "active", "12.71")
OPEN = ClientFacts("active", "everyone")


@pytest.mark.parametrize(
    ("person", "verdict"),
    [
        (BUDI, Allowed()),
        (PersonFacts("invited", "active"), Denied("person_invited")),
        (PersonFacts("disabled", "active"), Denied("person_disabled")),
        (PersonFacts("", "active"), Denied("person_disabled")),
        *((PersonFacts("active", activity), Denied("person_inactive")) for activity in sorted(ENDS_ACCESS)),
        *((PersonFacts("active", activity), Allowed()) for activity in ("study_leave", "unpaid_leave", "seconded")),
    ],
)
def test_who_may_use_anything_at_all(person: PersonFacts, verdict: Allowed | Denied) -> None:
    assert usable(person) == verdict
    assert may_use(person, OPEN) == verdict


@pytest.mark.parametrize(
    ("client", "assigned", "verdict"),
    [
        (OPEN, False, Allowed()),
        (ClientFacts("disabled", "everyone"), True, Denied("client_disabled")),
        (ClientFacts("active", "government", "12.71"), False, Allowed()),
        (ClientFacts("active", "government", "12.72"), False, Denied("other_government")),
        (ClientFacts("active", "government", "12.72"), True, Allowed()),
        (ClientFacts("active", "government", None), False, Denied("other_government")),
        (ClientFacts("active", "assigned"), True, Allowed()),
        (ClientFacts("active", "assigned"), False, Denied("not_assigned")),
        (ClientFacts("active", "a rule of tomorrow"), True, Denied("not_assigned")),
    ],
)
def test_who_may_use_a_client(client: ClientFacts, assigned: bool, verdict: Allowed | Denied) -> None:
    assert may_use(BUDI, client, assigned=assigned) == verdict


def test_a_person_without_a_government_is_in_no_government() -> None:
    assert may_use(PersonFacts("active", "active"), ClientFacts("active", "government", None)) == Denied("other_government")
