"""The portal room on both databases."""

from idp.clients.metadata import NewClient
from idp.directory.people import NewPerson
from idp.kernel.actor import OPERATOR
from idp.portal.announcements import NewAnnouncement
from idp.portal.cards import CardChange
from idp.wiring import Services


def test_the_list_follows_every_change_of_an_application_a_card_and_a_link(services: Services) -> None:
    names = lambda: {entry.item: entry.description for entry in services.catalogue.all()}  # noqa: E731
    assert names() == {}
    services.registry.create(OPERATOR, NewClient("a", "A", redirect_uris=("https://a.example.go.id/cb",)))
    assert names() == {"app:a": None}
    services.cards.change(OPERATOR, "a", CardChange(description="one"))
    assert names() == {"app:a": "one"}
    services.cards.change(OPERATOR, "a", CardChange(description="two", contact="Diskominfo"))
    assert names() == {"app:a": "two"} and services.cards.contact("a") == "Diskominfo"
    link = services.portal_links.add(OPERATOR, "SIPD", "https://sipd.example.go.id")
    assert names() == {"app:a": "two", f"link:{link}": None}
    services.portal_links.remove(OPERATOR, link)
    services.registry.disable(OPERATOR, "a")
    assert names() == {}
    services.registry.enable(OPERATOR, "a")
    assert names() == {"app:a": "two"}


def test_favourites_and_announcements_are_kept(services: Services) -> None:
    person = services.people.create(OPERATOR, NewPerson(username="siti", name="Siti", status="active"))
    assert services.favourites.keep(OPERATOR, person.id, "app:a", government=None)
    assert not services.favourites.keep(OPERATOR, person.id, "app:a", government=None)
    assert services.favourites.of(person.id) == ["app:a"]
    assert services.favourites.let_go(OPERATOR, person.id, "app:a", government=None)
    assert not services.favourites.let_go(OPERATOR, person.id, "app:a", government=None)
    said = services.announcements.say(OPERATOR, NewAnnouncement("A", "B"))
    assert [one.id for one in services.announcements.to(None)] == [said.id]
    services.announcements.end(OPERATOR, said.id)
    assert services.announcements.to(None) == [] and len(services.announcements.all(ended=True)) == 1
    assert services.grants.recent(person.id, 6) == []
