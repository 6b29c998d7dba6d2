"""Lists of people to take away, as lines of CSV."""

from idp.directory.identifiers import mask
from idp.enforcement.cohorts.forecast import Foreseen

COLUMNS = ("username", "name", "number", "government_code", "government", "unit", "outcome", "note", "mail")


def line(person: Foreseen) -> list[str]:
    """One person as a line of CSV; no cell begins like a formula, and numbers are masked."""
    values = (
        person.username, person.name, mask(person.number) if person.number else "", person.government_code, person.government, person.unit,
        person.outcome, person.note, "yes" if person.email else "no",
    )  # fmt: skip
    return [f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text for text in (value or "" for value in values)]
