"""What comes next for an authorization request: one ordered table, pure, read by reviewers first.

OIDC Core section 3.1.2.3 (prompt, max_age, id_token_hint), RFC 9470 (assurance), RFC 9700 section 4.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from idp.interaction.facts import Facts


class Page(StrEnum):
    """The pages that can be due; each returns to the request when done."""

    SIGN_IN = "sign_in"
    SIGN_IN_AGAIN = "sign_in_again"
    SELECT_ACCOUNT = "select_account"
    STEP_UP = "step_up"
    DATA_SHARED = "data_shared"


@dataclass(frozen=True, slots=True)
class Ask:
    """A page is due."""

    page: Page
    reason: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """The answer is an error to the client (`error`), because of `reason` (ours, for audit and error dictionary)."""

    error: str
    reason: str


@dataclass(frozen=True, slots=True)
class Issue:
    """Nothing is due any more. subject: the person's `sub` at the client, already known from the facts."""

    subject: str | None = None


Step = Ask | Refuse | Issue


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table. page None: there is nothing to ask, the request is refused."""

    reason: str
    page: Page | None
    error: str
    applies: Callable[[Facts], bool]


def _asked_to_prove_again(facts: Facts) -> bool:
    return "login" in facts.prompt and facts.session is not None and facts.session.auth_time < facts.asked_at


def _too_old(facts: Facts) -> bool:
    if facts.max_age is None or facts.session is None:
        return False
    # Measured from the moment of asking: who signs in because of it is fresh however slowly they type,
    # and max_age=0 means "after I asked" (OIDC Core section 3.1.2.1).
    return facts.session.auth_time < facts.asked_at - timedelta(seconds=facts.max_age)


def _another_person(facts: Facts) -> bool:
    return facts.hint_subject is not None and facts.session is not None and facts.session.subject != facts.hint_subject


def _weak(facts: Facts) -> bool:
    return facts.session is not None and facts.session.rank < facts.needed_rank


def _must_be_shown(facts: Facts) -> bool:
    if facts.must_agree:
        # An act of its own, not data: also for the government's own applications, and each time anew.
        return True
    if "consent" in facts.prompt:
        return facts.shared_at is None or facts.shared_at < facts.asked_at or not facts.shared_covers
    return not facts.first_party and not facts.shared_covers


CHECKS = (
    Check("no_session", Page.SIGN_IN, "login_required", lambda facts: facts.session is None),
    Check("prompt_login", Page.SIGN_IN_AGAIN, "login_required", _asked_to_prove_again),
    Check("max_age", Page.SIGN_IN_AGAIN, "login_required", _too_old),
    Check(
        "select_account",
        Page.SELECT_ACCOUNT,
        "account_selection_required",
        lambda facts: "select_account" in facts.prompt and facts.selected_at is None,
    ),
    Check("hint_names_another_person", None, "login_required", _another_person),
    Check("no_access", None, "access_denied", lambda facts: facts.access is not None),
    Check(
        "assurance_not_offered",
        None,
        "unmet_authentication_requirements",
        lambda facts: facts.needed_rank > facts.offered_rank,
    ),
    Check("assurance", Page.STEP_UP, "interaction_required", _weak),
    Check("data_shared", Page.DATA_SHARED, "consent_required", _must_be_shown),
)


def next_step(facts: Facts) -> Step:
    """The first check that applies decides; with ``prompt=none`` it yields its error instead of a page."""
    for check in CHECKS:
        if not check.applies(facts):
            continue
        if check.page is None:
            return Refuse(check.error, facts.access or check.reason if check.reason == "no_access" else check.reason)
        if "none" in facts.prompt:
            return Refuse(check.error, check.reason)
        return Ask(check.page, check.reason)
    return Issue(facts.session.subject if facts.session else None)
