"""What the account pages call things: their own pages, claims, employment statuses, events of the history."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import format_date, format_datetime, gettext
from flask_babel import lazy_gettext as _l

from idp.kernel.agents import describe
from idp.web import language
from idp.web.edge import deps, services

_PAGES = (
    ("/", _l("Applications")),
    ("/account", _l("My account")),
    ("/account/password", _l("Password")),
    ("/account/factors", _l("Two-step verification")),
    ("/account/recovery-codes", _l("Recovery codes")),
    ("/account/sessions", _l("Active sessions")),
    ("/account/data", _l("My data")),
    ("/account/applications", _l("Shared data")),
    ("/account/history", _l("Activity history")),
)

_CLAIMS: dict[str, Any] = {
    "name": _l("Full name"),
    "given_name": _l("Given name"),
    "family_name": _l("Family name"),
    "nickname": _l("Nickname"),
    "preferred_username": _l("Username"),
    "email": _l("Email"),
    "phone_number": _l("Phone number"),
    "birthdate": _l("Birth date"),
    "locale": _l("Language"),
    "address": _l("Address"),
    "nip": _l("NIP / NI PPPK"),
    "nik": _l("NIK"),
    "asn_status": _l("Employment status"),
    "government_name": _l("Agency"),
    "unit_name": _l("Work unit"),
    "position": _l("Position"),
    "grade": _l("Grade"),
    "assignments": _l("Assignments"),
    "roles": _l("Roles"),
}

_SCOPES: dict[str, Any] = {
    "openid": _l("an account number of this application's own"),
    "profile": _l("name and username"),
    "email": _l("email"),
    "phone": _l("phone number"),
    "address": _l("address"),
    "asn": _l("employment data (NIP, agency, work unit, position, grade)"),
    "nik": _l("NIK"),
    "roles": _l("roles"),
    "offline_access": _l("access while you are not signed in"),
}

_STATUSES: dict[str, str] = {
    "PNS": "PNS",
    "CPNS": "CPNS",
    "PPPK": "PPPK",
    "PPPK_PARUH_WAKTU": "PPPK Paruh Waktu",
    "NON_ASN": "Non-ASN",
    "PEJABAT_NEGARA": "Pejabat Negara",
    "PIHAK_KETIGA": "Pihak Ketiga",
}


_CORRECTION_STATES: dict[str, Any] = {
    "open": _l("waiting"), "accepted": _l("accepted"), "rejected": _l("not accepted"), "withdrawn": _l("taken back"),
}  # fmt: skip


def account_pages() -> list[tuple[str, str]]:
    """The pages of the side navigation: (address, name)."""
    return [(address, str(name)) for address, name in _PAGES]


def status_name(status: str | None) -> str:
    """An employment status as people write it."""
    return _STATUSES.get(status or "", status or "")


def correction_state(state: str) -> str:
    """The state of a request for correction."""
    return str(_CORRECTION_STATES.get(state, state))


def shown_claims(claims: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Claims as rows for a person: known ones only, in a fixed order, values in words."""
    return [(str(label), _value(name, claims[name])) for name, label in _CLAIMS.items() if claims.get(name) not in (None, "", [])]


def shown_data(scopes: Iterable[str], claims: Iterable[str]) -> list[str]:
    """What an application may receive, in words: its scopes, then claims asked one by one."""
    words = [str(_SCOPES[scope]) for scope in _SCOPES if scope in set(scopes)]
    return words + [str(_CLAIMS[claim]) for claim in _CLAIMS if claim in set(claims)]


def _value(name: str, value: Any) -> str:
    if name == "asn_status":
        return status_name(str(value))
    if name == "address" and isinstance(value, Mapping):
        return str(value.get("formatted", ""))
    if isinstance(value, list | tuple):
        return ", ".join(_item(item) for item in value)
    return str(value)


def _item(item: Any) -> str:
    if isinstance(item, Mapping):
        parts = [str(item[key]) for key in ("role", "position", "unit_name", "government_name", "government") if item.get(key)]
        return " · ".join(parts)
    return str(item)


def moment(at: Any) -> str:
    """A moment in the reader's language and Western Indonesian time."""
    return gettext("%(when)s WIB", when=format_datetime(at, "d MMM y, HH.mm")) if at else ""


def day(on: Any) -> str:
    """A day in the reader's language."""
    return str(format_date(on, "d MMMM y")) if on else ""


def browser_name(agent: str | None) -> str:
    """A browser and its system in the reader's words."""
    browser, system = describe(agent)
    if browser is None:
        return system or gettext("Unknown browser")
    return browser if system is None else gettext("%(browser)s on %(system)s", browser=browser, system=system)


def place_name(ip: str | None) -> str | None:
    """The place of an address, where the operator has set a database of places."""
    return deps().places.name(ip, language.current())


def client_name(client_id: str) -> str:
    """An application as people know it; one that is registered no more keeps its id."""
    client = services().registry.find(client_id)
    return client.label(language.current()) if client else client_id
