"""Requests for correction and where governments read about them, on both databases."""

import pytest

from idp.directory.new_person import NewPerson
from idp.kernel.actor import OPERATOR
from idp.kernel.errors import Invalid, NotFound


@pytest.fixture
def person(services):
    services.organisations.seed(OPERATOR)
    return services.people.create(OPERATOR, NewPerson(username="rina", name="Rina Siregar", government_code="12.71", status="active"))


def test_a_contact_comes_before_administrators(services, person):
    assert services.contacts.readers("personnel", "12.71") == ()
    hr = NewPerson(username="hana", name="Hana", government_code="12.71", status="active", email="hana@medan.example.go.id")
    services.roles.grant(OPERATOR, services.people.create(OPERATOR, hr).id, "hr_admin", "12.71")
    assert [one.email for one in services.contacts.readers("personnel", "12.71")] == ["hana@medan.example.go.id"]
    assert services.contacts.readers("personnel", "12.01") == () and services.contacts.readers("security", "12.71") == ()
    services.contacts.set(OPERATOR, "12.71", "personnel", "bkd@medan.example.go.id")
    services.contacts.set(OPERATOR, "12.71", "personnel", "bkpsdm@medan.example.go.id", "en")
    assert [one.email for one in services.contacts.readers("personnel", "12.71")] == ["bkpsdm@medan.example.go.id"]
    services.contacts.remove(OPERATOR, "12.71", "personnel")
    assert [one.email for one in services.contacts.readers("personnel", "12.71")] == ["hana@medan.example.go.id"]
    with pytest.raises(NotFound):
        services.contacts.remove(OPERATOR, "12.71", "personnel")


@pytest.mark.parametrize(
    ("where", "purpose", "email"),
    [("99.99", "security", "a@medan.example.go.id"), ("12.71", "gossip", "a@b.example.go.id"), ("12.71", "security", "nobody")],
)
def test_a_bad_contact_is_refused(services, person, where, purpose, email):
    with pytest.raises(Invalid):
        services.contacts.set(OPERATOR, where, purpose, email)


def test_a_request_is_answered_once(services, person):
    row = services.corrections.ask(OPERATOR, person, "grade", " III/d ", "")
    assert (row.wanted, row.note, row.state) == ("III/d", None, "open")
    assert [one.id for one in services.corrections.waiting("12.71")] == [row.id] and services.corrections.waiting("12.01") == []
    with pytest.raises(Invalid):
        services.corrections.answer(OPERATOR, row.id, "accepted", "  ")
    assert services.corrections.answer(OPERATOR, row.id, "rejected", "SK belum ada.").state == "rejected"
    with pytest.raises(NotFound):
        services.corrections.answer(OPERATOR, row.id, "accepted", "Ya.")
    assert services.corrections.waiting() == [] and len(services.corrections.waiting(answered_too=True)) == 1
    assert services.corrections.ask(OPERATOR, person, "grade", "III/d", "SK terlampir").state == "open"
