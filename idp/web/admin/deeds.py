"""What is done with an account: each deed a page of its own, which says what will happen, asks why, and needs a fresh proof."""

from typing import Any

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from idp.administration.help import HELP, Helped
from idp.administration.people import DEEDS
from idp.approvals.models import Approval
from idp.directory.models import Person
from idp.kernel.errors import Conflict, Invalid
from idp.mail.letters import print_code
from idp.policy.permissions import Permission
from idp.web import messages
from idp.web.admin import names
from idp.web.admin.guard import admin, officer
from idp.web.admin.kept_form import form_of
from idp.web.admin.pages import page, say
from idp.web.admin.people import PEOPLE
from idp.web.edge import actor, deps, services
from idp.web.forms.admin import ReasonForm

bp = Blueprint("admin_deeds", __name__)

_HAPPENS: dict[str, Any] = {
    "disable": _l("The person can no longer sign in. All sessions end, every access of applications stops at once, applications are told."),
    "enable": _l("The person can sign in again with the same password and second factor. Sessions that ended stay ended."),
    "invite": _l("A new link to choose a password is mailed; older ones end. Without a mail address you are shown it, to hand over."),
    "end-sessions": _l("All sessions of this person end, in applications too; they can sign in again. They are told by mail."),
    "unlock": _l("Wrong attempts count no more, so the person need not wait. Password and second factor stay. They are told by mail."),
    "reset-factors": _l(
        "All second factors and recovery codes go, all sessions end, and the next sign-in sets up a new one where a rule demands it. "
        "For a lost phone a single-use code is the better help: it keeps the account guarded. They are told by mail."
    ),
    "single-use-code": _l(
        "A code that replaces the lost second factor once, together with the password. Make sure in person who it is: birth date, NIP, NIK "
        "and SK numbers prove nothing. They are told by mail."
    ),
}


@bp.route("/admin/people/<person_id>/disable", methods=["GET", "POST"])
@admin(Permission.PERSON_DISABLE, fresh=True)
def disable(person_id: str) -> ResponseReturnValue:
    """Nobody signs in with this account any more."""
    return _people_deed("disable", person_id)


@bp.route("/admin/people/<person_id>/enable", methods=["GET", "POST"])
@admin(Permission.PERSON_DISABLE, fresh=True)
def enable(person_id: str) -> ResponseReturnValue:
    """The account may be used again."""
    return _people_deed("enable", person_id)


@bp.route("/admin/people/<person_id>/invite", methods=["GET", "POST"])
@admin(Permission.PERSON_INVITE, fresh=True)
def invite(person_id: str) -> ResponseReturnValue:
    """Another activation link."""
    return _people_deed("invite", person_id)


@bp.route("/admin/people/<person_id>/end-sessions", methods=["GET", "POST"])
@admin(Permission.SESSION_END, fresh=True)
def end_sessions(person_id: str) -> ResponseReturnValue:
    """Signed out everywhere."""
    return _help_deed("end-sessions", person_id)


@bp.route("/admin/people/<person_id>/unlock", methods=["GET", "POST"])
@admin(Permission.PERSON_UNLOCK, fresh=True)
def unlock(person_id: str) -> ResponseReturnValue:
    """Need not wait after wrong attempts."""
    return _help_deed("unlock", person_id)


@bp.route("/admin/people/<person_id>/reset-factors", methods=["GET", "POST"])
@admin(Permission.FACTOR_RESET, fresh=True)
def reset_factors(person_id: str) -> ResponseReturnValue:
    """All second factors go."""
    return _help_deed("reset-factors", person_id)


@bp.route("/admin/people/<person_id>/single-use-code", methods=["GET", "POST"])
@admin(Permission.FACTOR_RESET, fresh=True)
def single_use_code(person_id: str) -> ResponseReturnValue:
    """A code for a lost phone, shown once."""
    return _help_deed("single-use-code", person_id)


def _people_deed(deed: str, person_id: str) -> ResponseReturnValue:
    room, who = services().administration, officer()
    person = room.scope.account(who, person_id[:26], DEEDS[deed])
    form = form_of(ReasonForm)
    if form.validate_on_submit():
        try:
            link = room.people.do(actor(), who, deed, person.id, form.reason.data or "")
        except (Invalid, Conflict) as error:
            return _ask(deed, person, form, refusal=error)
        if link is not None:
            return page("admin/handed.html", PEOPLE, person=person, title=names.deed_name(deed), link=link, keep_page=True)
        return _back(person, deed)
    return _ask(deed, person, form)


def _help_deed(deed: str, person_id: str) -> ResponseReturnValue:
    room, who = services().administration, officer()
    person = room.scope.account(who, person_id[:26], HELP[deed])
    form = form_of(ReasonForm)
    if form.validate_on_submit():
        try:
            done = room.help.help(actor(), who, deed, person.id, form.reason.data or "")
        except (Invalid, Conflict) as error:
            return _ask(deed, person, form, refusal=error)
        if isinstance(done, Approval):
            say(gettext("A second admin has to confirm this. You find it under Approvals."))
            return redirect("/admin/approvals", 303)
        return shown_help(deed, person, done)
    return _ask(deed, person, form, two=room.help.needs_two(deed, person.id))


def shown_help(deed: str, person: Person, done: Helped) -> ResponseReturnValue:
    """What help gave: the slip with the code, in this answer only, or the person's page."""
    if done.code is not None and done.until is not None:
        settings = deps().settings
        slip = print_code(
            person.locale, code=done.code, name=person.full_name, username=person.username, until=done.until,
            installation_name=settings.installation_name, issuer=settings.issuer,
        )  # fmt: skip
        return page("admin/handed.html", PEOPLE, person=person, title=names.deed_name(deed), code=done.code, slip=slip, keep_page=True)
    if deed == "reset-factors":
        say(ngettext("%(num)d second factor has been removed.", "%(num)d second factors have been removed.", done.count))
        return redirect(f"{PEOPLE}/{person.id}", 303)
    return _back(person, deed)


def _ask(
    deed: str, person: Person, form: ReasonForm, *, refusal: Invalid | Conflict | None = None, two: bool = False
) -> ResponseReturnValue:
    notice = messages.Notice(messages.sentence(refusal)) if refusal is not None else None
    return page(
        "admin/deed.html", PEOPLE, person=person, form=form, title=names.deed_name(deed), text=str(_HAPPENS[deed]), refusal=notice, two=two,
        danger=deed in ("disable", "reset-factors"),
    )  # fmt: skip


def _back(person: Person, deed: str) -> ResponseReturnValue:
    say(gettext("Done: %(deed)s, %(name)s.", deed=names.deed_name(deed), name=person.full_name))
    return redirect(f"{PEOPLE}/{person.id}", 303)
