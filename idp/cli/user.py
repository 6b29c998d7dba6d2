"""``idp user``: accounts and what people prove themselves with."""

import sys
from datetime import datetime
from typing import Any

import click

from idp.audit.tags import Tag
from idp.cli.base import emit, fail, json_option, open_services
from idp.cli.user_recovery import remembered_command, single_use_code_command
from idp.directory.identifiers import mask
from idp.directory.models import Person
from idp.directory.people import NewPerson
from idp.kernel.actor import OPERATOR
from idp.wiring import Services

# A password has at most 128 code points; whatever is longer is not read to its end.
_LONGEST_INPUT = 4096


@click.group()
def user() -> None:
    """Create accounts and look after them. USERNAME may also be a current number or an address."""


user.add_command(single_use_code_command)
user.add_command(remembered_command)


@user.command("create")
@click.option("--username", required=True)
@click.option("--name", required=True, help="Without titles.")
@click.option("--nip", help="NIP or NI PPPK; spaces, dots and dashes do not count. An identifier is issued when left out.")
@click.option("--email")
@click.option("--phone")
@click.option("--government", "government_code", help="Code, such as 12.71.")
@click.option("--unit", "unit_code", help="Code of a unit of that government: the primary post.")
@click.option("--status", "employment_status", help="PNS, CPNS, PPPK, PPPK_PARUH_WAKTU, NON_ASN, PEJABAT_NEGARA or PIHAK_KETIGA.")
@click.option("--activity", default="active", show_default=True)
@click.option("--position", help="Title of the post in --unit.")
@click.option("--grade", help="Such as III/a or IX.")
@click.option("--given-name")
@click.option("--family-name")
@click.option("--title-before")
@click.option("--title-after")
@click.option("--birthdate", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--locale", type=click.Choice(["id", "en"]))
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input (one line).")
@click.option("--invite", is_flag=True, help="Send an activation link, and print it.")
@json_option
def create_command(as_json: bool, password_stdin: bool, invite: bool, unit_code: str | None, **given: Any) -> None:
    """Create an account."""
    if password_stdin and invite:
        fail("give either --password-stdin or --invite")
    if (unit_code or given["position"] or given["grade"]) and not (given["government_code"] and unit_code):
        fail("--unit needs --government, and --position and --grade need --unit")
    password = _password() if password_stdin else None
    born: datetime | None = given.pop("birthdate")
    values = {"number": given.pop("nip"), "birthdate": born.date() if born else None, "status": "invited" if invite else "active"}
    with open_services() as services:
        unit = services.organisations.unit_by_code(given["government_code"], unit_code) if unit_code else None
        new = NewPerson(**given, **values, unit_id=unit.id if unit else None)
        person = services.people.create(OPERATOR, new)
        if password is not None:
            services.passwords.set(OPERATOR, person, password)
        link = services.links.send_activation(OPERATOR, person) if invite else None
        result = _shown(services, person) | {"unit": unit_code, "warnings": list(services.people.warnings(new))}
    emit(result | ({"activation_link": link} if link else {}), as_json)


@user.command("show")
@click.argument("username")
@json_option
def show_command(username: str, as_json: bool) -> None:
    """An account, its posts, roles and numbers (masked); also found by numbers of the past."""
    with open_services() as services:
        found = services.people.find(username)
        person = found[0] if found else services.people.need(username)
        profile = services.directory.profile(person.id, ("asn", "roles"))
        numbers = services.directory.identifiers(person.id)
        posts = [f"{post.unit_name}: {post.position or '-'}" for post in profile.posts] if profile else []
        roles = [
            ":".join(part for part in (one.role, one.government_code, one.unit_id) if part) for one in services.roles.of_person(person.id)
        ]
        result = _shown(services, person) | {
            "email": person.email, "email_verified": person.email_verified_at is not None, "phone": person.phone,
            "activity": person.activity, "posts": posts, "roles": roles,
            "past_numbers": [mask(one.value) for one in numbers if one.value and one.valid_to],
            "factors": len(services.factors.list(person.id)), "passkeys": [key.name for key in services.factors.passkeys(person.id)],
            "recovery_codes_left": services.factors.recovery_codes_left(person.id),
        }  # fmt: skip
    emit(result, as_json)


@user.command("list")
@click.option("--government", "government_code")
@click.option("--after", help="Go on after this id.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
def list_command(government_code: str | None, after: str | None, limit: int, as_json: bool) -> None:
    """Accounts in order of creation."""
    with open_services() as services:
        found = services.directory.people(government_code=government_code, after=after, limit=limit)
    columns = ("id", "username", "name", "government_code", "employment_status", "activity", "status")
    emit([{name: getattr(person, name) for name in columns} for person in found], as_json)


@user.command("set-password")
@click.argument("username")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the password from standard input (one line).")
@click.option("--must-change", is_flag=True, help="Ask for another one at the next sign-in.")
@json_option
def set_password_command(username: str, from_stdin: bool, must_change: bool, as_json: bool) -> None:
    """Set a password; an invited person becomes active, and all sessions end."""
    if not from_stdin:
        fail("the password is read from standard input: add --stdin")
    password = _password()
    with open_services() as services:
        person = services.people.need(username)
        services.passwords.set(OPERATOR, person, password, must_change=must_change)
        if person.status == "invited":
            services.people.activate(OPERATOR, person.id)
        services.leave.end_all(OPERATOR, person.id, "password_set")
        result = _shown(services, person) | {"must_change": must_change}
    emit(result, as_json)


@user.command("invite")
@click.argument("username")
@json_option
def invite_command(username: str, as_json: bool) -> None:
    """Send an activation link again, and print it; older ones end."""
    with open_services() as services:
        person = services.people.need(username)
        link = services.links.send_activation(OPERATOR, person)
        result = {"username": person.username, "activation_link": link}
    emit(result, as_json)


@user.command("enrol-totp")
@click.argument("username")
@click.option("--name", default="Authenticator", show_default=True, help="How the person will recognise it.")
@json_option
def enrol_totp_command(username: str, name: str, as_json: bool) -> None:
    """Enrol an authenticator app; prints the base32 secret and the otpauth URI, once."""
    with open_services() as services:
        person = services.people.need(username)
        enrolment = services.factors.enrol_for(OPERATOR, person, name)
        result = {"username": person.username, "secret": enrolment.secret, "uri": enrolment.uri}
    emit(result, as_json)


@user.command("recovery-codes")
@click.argument("username")
@json_option
def recovery_codes_command(username: str, as_json: bool) -> None:
    """Make a new set of recovery codes, printed once; the old ones no longer work."""
    with open_services() as services:
        person = services.people.need(username)
        codes = list(services.factors.regenerate_recovery_codes(OPERATOR, person))
        result = {"username": person.username, "recovery_codes": codes}
    emit(result, as_json)


@user.command("reset-factors")
@click.argument("username")
@json_option
def reset_factors_command(username: str, as_json: bool) -> None:
    """Take away all second factors, passkeys too, and recovery codes (lost phone); all sessions end."""
    with open_services() as services:
        person = services.people.need(username)
        removed = services.factors.reset(OPERATOR, person)
        services.leave.end_all(OPERATOR, person.id, "factors_reset")
        result = {"username": person.username, "removed": removed}
    emit(result, as_json)


@user.command("disable")
@click.argument("username")
@click.option("--reason")
@json_option
def disable_command(username: str, reason: str | None, as_json: bool) -> None:
    """Stop an account at once: sessions end, tokens stop, applications are told."""
    with open_services() as services:
        person = services.people.disable(OPERATOR, services.people.need(username).id, reason)
        services.leave.end_all(OPERATOR, person.id, "disabled")
        result = _shown(services, person)
    emit(result, as_json)


@user.command("enable")
@click.argument("username")
@json_option
def enable_command(username: str, as_json: bool) -> None:
    """Let an account be used again; ended sessions stay ended."""
    with open_services() as services:
        person = services.people.enable(OPERATOR, services.people.need(username).id)
        result = _shown(services, person)
    emit(result, as_json)


@user.command("sessions")
@click.argument("username")
@click.option("--end", "end_them", is_flag=True, help="End them all; applications are told.")
@json_option
def sessions_command(username: str, end_them: bool, as_json: bool) -> None:
    """The live sessions of an account."""
    with open_services() as services:
        person = services.people.need(username)
        result = [
            {
                "id": row.id, "created_at": row.created_at.isoformat(), "last_seen_at": row.last_seen_at.isoformat(),
                "acr": row.acr, "ip": row.ip, "agent": row.agent, "ended": end_them,
            }
            for row in services.sessions.list(person.id)
        ]  # fmt: skip
        if end_them:
            # The order itself is recorded too: it also takes tokens for offline use, which no session lists.
            services.audit.record(
                Tag.SESSION_END, OPERATOR, subject=("person", person.id), government=person.government_code, reason="operator", all=True
            )
            services.leave.end_all(OPERATOR, person.id, "operator")
    emit(result, as_json)


@user.command("set-email")
@click.argument("username")
@click.argument("email")
@click.option("--verified", is_flag=True, help="The address has been proved.")
@json_option
def set_email_command(username: str, email: str, verified: bool, as_json: bool) -> None:
    """Change the address."""
    with open_services() as services:
        person = services.people.set_email(OPERATOR, services.people.need(username).id, email, verified=verified)
        result = _shown(services, person) | {"email": person.email}
    emit(result, as_json)


@user.command("set-number")
@click.argument("username")
@click.argument("nip")
@json_option
def set_number_command(username: str, nip: str, as_json: bool) -> None:
    """Change the NIP or NI PPPK; the old one stays as history and no longer signs in."""
    with open_services() as services:
        person = services.people.change_identifier(OPERATOR, services.people.need(username).id, nip)
        result = _shown(services, person)
    emit(result, as_json)


@user.command("set-activity")
@click.argument("username")
@click.argument("activity")
@json_option
def set_activity_command(username: str, activity: str, as_json: bool) -> None:
    """Say what the person does at present; suspended, transferred_out, retired and deceased disable the account."""
    with open_services() as services:
        person = services.people.set_activity(OPERATOR, services.people.need(username).id, activity)
        if person.status == "disabled":
            services.leave.end_all(OPERATOR, person.id, person.activity)
        result = _shown(services, person) | {"activity": person.activity}
    emit(result, as_json)


def _shown(services: Services, person: Person) -> dict[str, Any]:
    number = services.directory.current_number(person.id)
    return {
        "id": person.id,
        "username": person.username,
        "name": person.full_name,
        "number_kind": number.kind if number else None,
        "number": mask(number.value) if number and number.value else None,
        "government": person.government_code,
        "employment_status": person.employment_status,
        "status": person.status,
    }


def _password() -> str:
    """One line of standard input, without its line end."""
    raw: bytes = sys.stdin.buffer.read(_LONGEST_INPUT + 1)
    if len(raw) > _LONGEST_INPUT:
        fail("the password is too long")
    try:
        text = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        fail("the password on standard input is not UTF-8")
    if not text or "\n" in text:
        fail("standard input must hold the password, on one line")
    return text
