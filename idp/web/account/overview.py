"""The first page of the account: employment data as known, security at a glance."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.directory.identifiers import mask
from idp.directory.profile import Profile
from idp.policy.permissions import is_administrative
from idp.web.account.names import status_name
from idp.web.edge import services
from idp.web.guards import signed_in
from idp.web.viewer import page, viewer

bp = Blueprint("account_overview", __name__)


@bp.get("/account")
@signed_in
def overview() -> ResponseReturnValue:
    """What is known of the person, and how well the account is protected."""
    live = viewer()
    profile = services().directory.profile(live.person_id, ("openid", "profile", "email", "phone", "asn"))
    factors = services().factors
    return page(
        "account/overview.html",
        "/account",
        profile=known(profile) if profile else [],
        factors=len(factors.list(live.person_id)),
        passkeys=len(factors.passkeys(live.person_id)),
        codes_left=factors.recovery_codes_left(live.person_id),
        sessions=len(services().sessions.list(live.person_id)),
        administers=any(is_administrative(held.role) for held in services().roles.of_person(live.person_id)),
        password_changed_at=services().passwords.changed_at(live.person_id),
    )


def known(profile: Profile) -> list[tuple[str, str | None]]:
    """Rows of the profile; the number is masked, since it tells birth date and sex (domain.md)."""
    post = profile.posts[0] if profile.posts else None
    return [
        (gettext("Full name"), profile.name),
        (gettext("Username"), profile.username if profile.username != profile.number else mask(profile.username)),
        (gettext("NIP / NI PPPK"), mask(profile.nip) if profile.nip else None),
        (gettext("Employment status"), status_name(profile.employment_status)),
        (gettext("Agency"), profile.government_name),
        (gettext("Work unit"), post.unit_name if post else None),
        (gettext("Position"), post.position if post else None),
        (gettext("Grade"), post.grade if post else None),
        (gettext("Email"), profile.email),
        (gettext("Phone number"), profile.phone),
    ]
