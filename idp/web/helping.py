"""What the pages of the second step share: the ways there are, and remembering the device."""

from dataclasses import dataclass

from flask import Response
from flask_babel import gettext

from idp.authn.results import Proceed
from idp.authn.sign_in import SignIn
from idp.policy.assurance import RANK_OF_CODES
from idp.policy.second_factor import Remembering
from idp.web import cookies
from idp.web.edge import actor, services
from idp.web.steps import app_of, current_flow
from idp.web.viewer import person_of

_NOT = Remembering(0, "")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do the second step. kind: stable, for tests; label: what it is called; path: its page."""

    kind: str
    label: str
    path: str


def ways(pending: SignIn, present: str) -> list[Way]:
    """The ways this person has beside the one on the page (`present`), strongest first; the last one is for a lost phone.

    Who sees this has given the right password. Whether the agency issued a code is not told: the way is always there.
    """
    factors = services().factors
    mine = []
    if services().authn.passkeys.has(pending.person_id):
        mine.append(Way("passkey", gettext("Use a passkey or security key"), "/sign-in/security-key"))
    # Where only a key is enough, a code would lead back here.
    codes = services().dance.required_rank(pending.person_id, pending.request_ref) <= RANK_OF_CODES or not mine
    if codes and factors.list(pending.person_id):
        mine.append(Way("code", gettext("Use the authenticator app"), "/sign-in/code"))
    if codes and factors.recovery_codes_left(pending.person_id):
        mine.append(Way("recovery-code", gettext("Use a recovery code"), "/sign-in/recovery-code"))
    mine.append(Way("agency-code", gettext("Use a single-use code from your agency"), "/sign-in/agency-code"))
    mine.append(Way("lost-phone", gettext("I lost my phone"), "/sign-in/lost-phone"))
    flow = current_flow()  # each tab goes on with its own request
    query = f"?flow={flow}" if flow else ""
    return [Way(way.kind, way.label, way.path + query) for way in mine if way.kind != present]


def may_remember(pending: SignIn) -> Remembering:
    """For how long this browser may be remembered after this sign-in; never a shared computer, nor a mere step-up."""
    if pending.shared_computer or pending.purpose == "step_up":
        return _NOT
    return services().standards.remembering(pending.person_id, app_of(pending))


def remember(pending: SignIn) -> tuple[str, int] | None:
    """Remember the browser of a sign-in whose second step was just proved; gives the cookie and its days."""
    allowed = may_remember(pending)
    token = services().authn.remembered.remember(actor(), person_of(pending.person_id), allowed)
    return (token, allowed.days) if token is not None else None


def recognise(proceed: Proceed) -> tuple[str, int] | None:
    """After the right password: a remembered device stands in for the second factor; gives its next cookie."""
    token, account = cookies.read(cookies.REMEMBERED), proceed.account
    if token is None or account is None or not account.has_factor or proceed.sign_in.shared_computer:
        return None
    allowed = services().standards.remembering(account.id, app_of(proceed.sign_in))
    following = services().authn.remembered.recognise(actor(), proceed.sign_in, account, token, allowed)
    return (following, allowed.days) if following is not None else None


def keep(answer: Response, made: tuple[str, int] | None) -> Response:
    """The same answer, with the cookie of a remembered device where there is one."""
    if made is not None:
        cookies.set_remembered(answer, *made)
    return answer
