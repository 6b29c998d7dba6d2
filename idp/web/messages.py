"""Codes to sentences in the reader's language: of DomainError, of refusals, of HTTP statuses, of OAuth errors.

An unknown code falls back to a general sentence: an English sentence for operators is never shown to an employee.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from idp.authn.browsers.endings import Ending
from idp.kernel.errors import DomainError


@dataclass(frozen=True, slots=True)
class Notice:
    """What a page says of a refusal: a text and, where it helps, a heading of its own."""

    text: str
    title: str | None = None


_RULE = _l("Check the rule: this value is not possible here.")
_SENTENCES: dict[str, Any] = {
    **dict.fromkeys(("rule.subject", "rule.demand", "rule.value", "rule.grace_days", "rule.grace_sign_ins", "rule.remember_days"), _RULE),
    "rule.application": _l("There is no such application."),
    "rule.person": _l("There is no such person."),
    "rule.unknown": _l("There is no such rule, or it has ended."),
    "exception.own": _l("Nobody asks for an exception of their own."),
    "exception.same_person": _l("Whoever asked for it, or is the one it is for, cannot approve it."),
    "exception.beyond": _l("Whoever asks and whoever approves must be allowed to change rules for this person."),
    "exception.reason": _l("Say why, in at most 300 characters."),
    "exception.expires_at": _l("The end must lie in the future, at most 90 days ahead."),
    "exception.answered": _l("This exception was answered already, or is over."),
    "campaign.waves": _l("Letters: at most eight numbers of days from 0 to 365."),
    "campaign.state": _l("The campaign is in another state by now."),
    "hash.busy": _l("The service is very busy right now. Try again in a moment."),
    "database.unavailable": _l("The service is temporarily unavailable. Try again in a moment."),
    "session.not_fresh": _l("Confirm that it is you, then try again."),
    "page_expired": _l("This page has expired. Go back, reload it, and try again."),
    "request_expired": _l(
        "This sign-in has expired, was already finished, or was begun in another browser. Start again at the application."
    ),
    "device.gone": _l("This code no longer works: it was answered, has expired, or belongs to another person. Start again on the device."),
    "password.wrong": _l("The current password is not right."),
    "password.too_short": _l("The password is too short: it needs at least %(minimum)s characters."),
    "password.too_long": _l("The password is too long: at most 128 characters."),
    "password.too_common": _l("This password is too common or has leaked before. Choose another."),
    "password.contains_name": _l("The password must not contain your name or username."),
    "password.contains_number": _l("The password must not contain your NIP or another number of yours."),
    "password.contains_birthdate": _l("The password must not contain your birth date."),
    "password.contains_organisation": _l("The password must not contain the name of your agency or region."),
    "password.same_as_old": _l("The new password must differ from the current one."),
    "password.unreadable": _l("The password has characters that cannot be used."),
    "link.gone": _l("This link no longer works. Ask for a new one."),
    "factor.last": _l("Your role requires two-step verification: add another device before you remove this one."),
    "passkey.last": _l("Your role requires a passkey: add another one before you remove this one."),
    "factor.too_many": _l("You have reached the number of devices allowed. Remove one first."),
    "enrolment.gone": _l("This set-up has expired. Start it again."),
    "password.changed": _l("The password was changed in the meantime. Try again."),
    "recovery.cooling": _l(
        "Not yet: your account was recovered with a single-use code. For some hours afterwards devices cannot be removed and recovery "
        "codes cannot be replaced, so that nobody can take the account over unnoticed."
    ),
    "passkey.name": _l("Give the passkey a name of at most 60 characters."),
    "factor.unknown": _l("This device is no longer there."),
    "factor.none": _l("Add an authenticator app first; recovery codes stand in for it."),
    "session.unknown": _l("This session has already ended."),
    "event.unknown": _l("There is no such entry in your history."),
    "correction.unknown": _l("This request is no longer open."),
    "correction.open": _l("You have asked for this already; the request is still open."),
    "correction.too_many": _l("You have ten open requests. Wait for an answer, or take one back."),
    "correction.note": _l("Remove characters that cannot be typed."),
    "correction.wanted": _l("Write what is right."),
    "correction.field": _l("Choose what is wrong."),
    "consent.needed": _l("This application belongs to your government and is needed for your work: its access cannot be removed here."),
    "session.none": _l("Sign in to continue."),
    "consent.unknown": _l("Nothing is shared with this application any more."),
    "activation.unknown": _l("This code is not valid. Check it, or ask your agency's admin for a new one."),
    "sign_in.finished": _l("This sign-in is already finished. Start again."),
    "sign_in.incomplete": _l("A step of the sign-in is still due. Start again."),
    "sign_in.session_gone": _l("Your session has ended. Sign in again."),
    "factor.prove_first": _l("Confirm with your present device first."),
    "admin.self": _l("You cannot do this to your own account. Ask another admin."),
    "admin.beyond": _l("You cannot give or take a role that allows more than you may do yourself at that place."),
    "admin.lends": _l("Moving this unit would give those who administer the new place more than you may do yourself."),
    "owner.last": _l("This is the last owner of the installation. Make another owner first."),
    "approval.gone": _l("This request does not wait for you any more: it was answered, carried out, taken back, or has expired."),
    "approval.waiting": _l("The same request is waiting already. You find it under Approvals."),
    "approval.self": _l("You cannot do this to your own account. Ask another admin."),
    "reason.length": _l("Say why, in 5 to 300 characters."),
    "person.state": _l("The account is not in the state for this."),
    "person.inactive": _l("The employment data says that this person is not on duty. Correct it first."),
    "person.disabled": _l("The account is disabled."),
    "factor.none_yet": _l("This person has no second factor yet."),
    "help.limit": _l("You have helped very often in the last hour. Wait a little, or ask a colleague."),
    "unit.unknown": _l("There is no such unit in this agency."),
    "unit.taken": _l("Another unit of this agency has this code."),
    "unit.code": _l("A code has 1 to 40 letters, digits, and . _ / - inside."),
    "unit.circle": _l("A unit cannot stand below itself."),
    "unit.children": _l("Units stand below it: move or close them, or name a successor."),
    "unit.closed": _l("This unit has ended."),
    "unit.parent": _l("There is no such unit in this agency."),
    "unit.dates": _l("The day must be after the unit began."),
    "role.unknown": _l("There is no such role."),
    "admin.none": _l("You hold no administrative role. Ask an owner of this installation for one."),
    "admin.right": _l("Your roles do not allow this. Ask somebody who holds the right, or for the role."),
    "admin.everywhere": _l("This concerns the whole installation; your roles are for a part of it."),
    "admin.above": _l("This account holds roles that you do not hold yourself. Ask an administrator who holds them."),
    "admin.unknown": _l("There is no such page. Check the address, or begin at the start page."),
    "access.status": _l("Your account is not active. Contact your agency's admin."),
    "access.person_disabled": _l("Your account has been disabled. Contact your agency's admin."),
    "access.person_invited": _l("Your account has not been activated yet."),
    "access.person_inactive": _l("Your employment data says that you are not on duty now. Contact your agency's admin."),
    "access.other_government": _l("This application is only for the employees of another government."),
    "access.not_assigned": _l("You have no access to this application. Ask its owner or your agency's admin for access."),
    "access.client_disabled": _l("This application is switched off at the moment."),
}

_STATUSES: dict[int, Any] = {
    400: _l("The address or the form could not be understood. Go back and try again."),
    401: _l("Sign in to continue."),
    403: _l("You may not open this page."),
    404: _l("There is no such page. Check the address, or begin at the start page."),
    405: _l("This address cannot be opened this way. Go back and use the button on the page."),
    409: _l("This was already done, or has changed in the meantime. Reload the page."),
    413: _l("What was sent is too large. Go back and send less."),
    429: _l("Too many attempts. Wait a little, then try again."),
    500: _l("It is our fault, not yours. What you did last may not have been saved."),
    503: _l("The service is temporarily unavailable. Try again in a moment."),
}

_TITLES: dict[int, Any] = {
    403: _l("Access denied"),
    404: _l("Page not found"),
    409: _l("This has changed"),
    429: _l("Too many attempts"),
    503: _l("Temporarily unavailable"),
}

_OAUTH: dict[str, Any] = {
    "invalid_request": _l("The application sent a request that is incomplete or contradicts itself."),
    "invalid_client": _l("The application is not registered here, or is switched off."),
    "unauthorized_client": _l("The application is not registered here, or is switched off."),
    "invalid_redirect_uri": _l("The application wants to be answered at an address that is not registered for it."),
    "unsupported_response_type": _l("The application asks for a kind of answer that is not offered here."),
    "invalid_scope": _l("The application asks for data it is not registered for."),
    "access_denied": _l("You have no access to this application."),
    "request_expired": _SENTENCES["request_expired"],
    "server_error": _l("Something went wrong on our side."),
    "temporarily_unavailable": _l("The service is temporarily unavailable. Try again in a moment."),
}


_ENDINGS: dict[Ending, Any] = {
    Ending.IDLE: _l("You were signed out because you had not used this account here for a while."),
    Ending.TIME: _l("You were signed out because a sign-in lasts only for a limited time."),
    Ending.ELSEWHERE: _l("You were signed out because this session was ended from another device."),
    Ending.CREDENTIAL: _l(
        "You were signed out because the password of this account was changed. If it was not you, tell your agency's admin."
    ),
    Ending.FACTORS: _l(
        "You were signed out because two-step verification of this account was changed. If it was not you, tell your agency's admin."
    ),
    Ending.LIMIT: _l("You were signed out because this account was signed in on more devices than allowed."),
    Ending.SIGNED_OUT: _l("You have signed out."),
    Ending.OTHER: _l("Your session has ended. Sign in again."),
}
# A browser that sends a form twice drops the first answer, and with it the session that was in it.
_TOO_LATE = _l("That took too long, or the form was sent twice. Sign in again.")


def ending(ended: Ending | None, *, took_too_long: bool, lost: bool) -> str | None:
    """Why a person has to sign in (again), as the sign-in page says it; lost: a form was sent, and not saved."""
    first: Any = _TOO_LATE if took_too_long else _ENDINGS[ended] if ended else None
    if first is None:
        return None
    if lost and ended:
        return str(first) + " " + str(gettext("What you sent last was not saved."))
    return str(first)


def sentence(error: DomainError) -> str:
    """What an expected failure says to the person it happened to."""
    return of_code(error.code, **error.params)


def of_code(code: str, **params: object) -> str:
    """The sentence of a stable code, with its parameters filled in."""
    known = _SENTENCES.get(code)
    if known is None:
        return str(gettext("This could not be done. Check what you entered, then try again."))
    try:
        return str(known) % params if params else str(known)
    except (KeyError, ValueError, TypeError):
        return str(known)


def sentence_for_status(status: int, code: str | None) -> str:
    """What an error page says: the sentence of `code` where there is one, else that of the HTTP status."""
    if code is not None and code in _SENTENCES:
        return str(_SENTENCES[code])
    return str(_STATUSES.get(status, _STATUSES[500 if status >= 500 else 400]))


def title_for_status(status: int, code: str | None) -> str:
    """The heading of an error page."""
    if code == "page_expired":
        return str(gettext("Page expired"))
    known = _TITLES.get(status)
    return str(known) if known is not None else str(gettext("Something went wrong"))


def oauth_sentence(error: str) -> str:
    """What an OAuth error shown by us says to the person in front of it (RFC 6749 section 4.1.2.1)."""
    return str(_OAUTH.get(error, _OAUTH["invalid_request"]))


def wait_text(seconds: int) -> str:
    """How long to wait, in words."""
    if seconds < 60:
        text = ngettext(
            "Too many attempts. Try again in %(num)d second.", "Too many attempts. Try again in %(num)d seconds.", max(1, seconds)
        )
    else:
        text = ngettext(
            "Too many attempts. Try again in %(num)d minute.", "Too many attempts. Try again in %(num)d minutes.", -(-seconds // 60)
        )
    return str(text)


def password_refused(reason: str, wait_seconds: int) -> Notice:
    """A refused name and password: the same words for every account, known or not (attack P1)."""
    if reason == "wait":
        return Notice(wait_text(wait_seconds), gettext("Please wait"))
    if reason == "busy":
        return Notice(of_code("hash.busy"), gettext("Temporarily unavailable"))
    return Notice(gettext("Check both and try again. Your account may also not be activated yet."), gettext("Wrong NIP or password"))


def code_refused(reason: str, wait_seconds: int, drift_minutes: int) -> Notice:
    """A refused one-time code; a wrong clock is the commonest cause, so it is explained."""
    if reason == "wait":
        return Notice(wait_text(wait_seconds), gettext("Please wait"))
    if reason == "replayed":
        return Notice(gettext("Each code works once. Wait for the next one, at most 30 seconds."), gettext("This code was already used"))
    if reason == "drift" and drift_minutes:
        return Notice(_drift(drift_minutes), gettext("Your phone's clock is wrong"))
    return Notice(
        gettext("Wait for the next code and enter it. If it fails again, check the automatic time setting of your phone."),
        gettext("Wrong code"),
    )


def passkey_refused(reason: str = "wrong") -> Notice:
    """A refused passkey or security key: the same words whatever was wrong with it."""
    if reason == "new":
        return Notice(gettext("Nothing was added. Try again; if it fails again, use another device."), gettext("Passkey not accepted"))
    text = gettext("Try again, or sign in another way. It may have been removed from your account.")
    return Notice(text, gettext("Passkey not accepted"))


def recovery_refused(reason: str, wait_seconds: int) -> Notice:
    """A refused recovery code."""
    if reason == "wait":
        return Notice(wait_text(wait_seconds), gettext("Please wait"))
    return Notice(gettext("Check what you typed. Each code works once; a newer set replaces the older one."), gettext("Wrong code"))


def agency_code_refused(reason: str, wait_seconds: int) -> Notice:
    """A refused single-use code of the agency."""
    if reason == "wait":
        return Notice(wait_text(wait_seconds), gettext("Please wait"))
    text = gettext(
        "Check what you typed. The code works once and for a limited time; a newer one replaces it. If in doubt, ask for a new one."
    )
    return Notice(text, gettext("Wrong code"))


def _drift(minutes: int) -> str:
    size = abs(minutes)
    if minutes < 0:
        text = ngettext("Your phone's clock is about %(num)d minute slow.", "Your phone's clock is about %(num)d minutes slow.", size)
    else:
        text = ngettext("Your phone's clock is about %(num)d minute fast.", "Your phone's clock is about %(num)d minutes fast.", size)
    return str(text + " " + gettext("Switch on automatic date and time in its settings, then enter the new code."))
