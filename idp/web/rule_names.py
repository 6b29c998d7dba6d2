"""The names of what rules are about, for pages and commands."""

from idp.web.rule_words import Name, Say, subject
from idp.wiring import Services


def namer(services: Services, language: str) -> Name:
    """Gives the name of what a rule is about, by subject and value; the value itself where it is gone."""

    def name(kind: str, value: str) -> str:
        if kind == "government":
            government = services.organisations.government(value)
            return government.name if government else value
        if kind == "unit":
            unit = services.organisations.unit(value)
            return unit.name if unit else value
        if kind == "person":
            person = services.people.get(value)
            return person.full_name if person else value
        if kind == "client":
            client = services.registry.find(value)
            return client.label(language) if client else value
        return value

    return name


def about(kind: str, value: str, application: str | None, name: Name, say: Say) -> str:
    """Whom a rule is about, in words, and for which application."""
    _ = say
    words = subject(kind, name(kind, value), say)
    if application is None:
        return words
    return _("%(who)s, for %(application)s") % {"who": words, "application": name("client", application)}
