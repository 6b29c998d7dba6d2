"""Everything held of a person as a page to read and print: the downloaded file (docs/my-data.md) in its reader's words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from idp.web.account.events import event_name, event_reason
from idp.web.account.names import browser_name, correction_state, day, moment, shown_data, status_name
from idp.web.forms.account import CorrectionForm

_IDENTITY: dict[str, Any] = {
    "name": _l("Full name"), "given_name": _l("Given name"), "family_name": _l("Family name"), "title_before": _l("Title before the name"),
    "title_after": _l("Title after the name"), "nickname": _l("Nickname"), "username": _l("Username"), "number": _l("NIP / NI PPPK"),
    "nik": _l("NIK"), "birthdate": _l("Birth date"), "employment_status": _l("Employment status"), "activity": _l("Duty"),
    "government_name": _l("Agency"), "email": _l("Email"), "email_verified_at": _l("Email verified"), "phone": _l("Phone number"),
    "phone_verified_at": _l("Phone number verified"), "locale": _l("Language"), "status": _l("Account"), "updated_at": _l("As of"),
}  # fmt: skip
_WORDS: dict[str, dict[str, Any]] = {
    "activity": {
        "active": _l("on duty"), "study_leave": _l("on study leave"), "unpaid_leave": _l("on unpaid leave"), "suspended": _l("suspended"),
        "transferred_out": _l("transferred to another agency"), "seconded": _l("seconded"), "retired": _l("retired"),
        "deceased": _l("deceased"),
    },
    "status": {"active": _l("active"), "invited": _l("not activated yet"), "disabled": _l("disabled")},
    "locale": {"id": "Bahasa Indonesia", "en": "English"},
    "role": {
        "administrator": _l("Administrator"), "security_admin": _l("Security administrator"),
        "hr_admin": _l("Personnel administrator"), "app_admin": _l("Application administrator"), "helpdesk": _l("Helpdesk"),
        "auditor": _l("Auditor"), "developer": _l("Developer"),
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part: a table where it has columns, else pairs of a name and a value; note: a sentence below it."""

    head: str
    rows: list[list[str]]
    columns: list[str] = field(default_factory=list)
    note: str | None = None


def sections(found: dict[str, Any], client_name: Callable[[str], str]) -> list[Section]:
    """The parts of the page. client_name: an application as people know it."""
    return [
        _identity(found["identity"]), _assignments(found["assignments"]), _roles(found["roles"]), _factors(found),
        _sessions(found["sessions"]), _received(found["received"], client_name), _consents(found["consents"], client_name),
        _corrections(found["corrections"]), _history(found["history"], client_name),
    ]  # fmt: skip


def _identity(one: dict[str, Any]) -> Section:
    rows = [[str(label), _value(name, one[name])] for name, label in _IDENTITY.items() if one.get(name)]
    return Section(gettext("Identity"), rows)


def _value(name: str, value: Any) -> str:
    if name == "employment_status":
        return status_name(value)
    if name.endswith("_at"):
        return _at(value)
    if name == "birthdate":
        return _day(value)
    return str(_WORDS.get(name, {}).get(value, value))


def _assignments(rows: Iterable[dict[str, Any]]) -> Section:
    columns = [gettext("Position"), gettext("Work unit"), gettext("Grade"), gettext("Since")]
    made = [
        [_joined((one["acting"], one["position"], gettext("(primary)") if one["is_primary"] else None), " "),
         one["unit_name"], one["grade"] or "", _day(one["valid_from"])]
        for one in rows
    ]  # fmt: skip
    return Section(gettext("Assignments"), made, columns)


def _roles(rows: Iterable[dict[str, Any]]) -> Section:
    everywhere = gettext("everywhere")
    made = [[_value("role", one["role"]), _joined((one["government_code"], one["unit_id"])) or everywhere] for one in rows]
    return Section(gettext("Roles"), made, [gettext("Role"), gettext("Where")])


def _factors(found: dict[str, Any]) -> Section:
    kinds = {"totp": gettext("Authenticator app"), "passkey": gettext("Passkey or security key")}
    made = [
        [one["name"], kinds.get(one["kind"], one["kind"]), _at(one["created_at"]), _at(one["last_used_at"])] for one in found["factors"]
    ]
    left = found["recovery_codes_left"]
    columns = [gettext("Device name"), gettext("Kind"), gettext("Added"), gettext("Last used")]
    note = str(ngettext("%(num)d recovery code is left.", "%(num)d recovery codes are left.", left))
    return Section(gettext("Two-step verification"), made, columns, note)


def _sessions(rows: Iterable[dict[str, Any]]) -> Section:
    shared = gettext("Shared computer")
    made = [
        [_joined((browser_name(one["agent"]), shared if one["shared_computer"] else None)), one["ip"] or "", _at(one["created_at"]),
         _at(one["last_seen_at"])]
        for one in rows
    ]  # fmt: skip
    return Section(gettext("Active sessions"), made, [gettext("Device"), gettext("From where"), gettext("Signed in"), gettext("Last seen")])


def _received(rows: Iterable[dict[str, Any]], client_name: Callable[[str], str]) -> Section:
    made = [
        [client_name(one["client_id"]), ", ".join(shown_data(one["scopes"], one["claims"])), _at(one["first_at"]), _at(one["last_at"]),
         str(one["times"])]
        for one in rows
    ]  # fmt: skip
    columns = [gettext("Application"), gettext("What"), gettext("First"), gettext("Last"), gettext("Times")]
    return Section(gettext("Applications that received my data"), made, columns)


def _consents(rows: Iterable[dict[str, Any]], client_name: Callable[[str], str]) -> Section:
    made = [
        [client_name(one["client_id"]), ", ".join(shown_data(one["scopes"], one["claims"])), _at(one["granted_at"]),
         _at(one["withdrawn_at"])]
        for one in rows
    ]  # fmt: skip
    columns = [gettext("Application"), gettext("What"), gettext("Since"), gettext("Withdrawn")]
    return Section(gettext("What I agreed to share"), made, columns)


def _corrections(rows: Iterable[dict[str, Any]]) -> Section:
    made = [
        [str(CorrectionForm.words(one["field"])), _joined((one["wanted"], one["note"]), "\n"), _at(one["created_at"]),
         _joined((correction_state(one["state"]), one["answer"], _at(one["answered_at"])), "\n")]
        for one in rows
    ]  # fmt: skip
    columns = [gettext("Field"), gettext("What is right"), gettext("Asked"), gettext("Answer")]
    return Section(gettext("Requests for correction"), made, columns)


def _history(rows: Iterable[dict[str, Any]], client_name: Callable[[str], str]) -> Section:
    made = [
        [_at(one["at"]), _joined((event_name(one["event"]), event_reason(one["event"], one["details"])), "\n"),
         client_name(one["client_id"]) if one["client_id"] else "", _from(one)]
        for one in rows
    ]  # fmt: skip
    return Section(gettext("Activity history"), made, [gettext("When"), gettext("What"), gettext("Application"), gettext("From where")])


def _from(event: dict[str, Any]) -> str:
    if event["by"] in ("operator", "system"):
        return str(gettext("by an administrator") if event["by"] == "operator" else gettext("by itself"))
    return _joined((browser_name(event["agent"]) if event["agent"] else None, event["ip"]))


def _joined(parts: Iterable[str | None], by: str = " · ") -> str:
    return by.join(part for part in parts if part)


def _at(text: str | None) -> str:
    return str(moment(datetime.fromisoformat(text))) if text else ""


def _day(text: str | None) -> str:
    return day(date.fromisoformat(text)) if text else ""
