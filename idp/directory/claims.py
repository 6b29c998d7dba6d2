"""From a person to claims, per scope (OIDC Core sections 5.1 and 5.4, and the `asn` claims of this product). Pure.

A claim without a value is left out, never null (OIDC Core section 5.3.2).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from idp.directory.models import titled
from idp.directory.profile import HeldRole, Post, Profile
from idp.kernel.clock import epoch

_NUMBER_LENGTH = 18


def _main(profile: Profile) -> Post | None:
    return profile.posts[0] if profile.posts else None


def _username(profile: Profile) -> str | None:
    # A username may be the person's own NIP, which is released by scope `asn` only.
    return None if len(profile.username) == _NUMBER_LENGTH and profile.username.isdigit() else profile.username


def _post(post: Post) -> dict[str, Any]:
    values = {
        "unit_id": post.unit_id,
        "unit_name": post.unit_name,
        "government_code": post.government_code,
        "position": post.position,
        "position_kind": post.position_kind,
        "grade": post.grade,
        "acting": post.acting,
        "primary": post.is_primary,
        "valid_from": post.valid_from.isoformat(),
    }
    return {name: value for name, value in values.items() if value is not None}


def role_text(held: HeldRole) -> str:
    """A role as a claim shows it: ``auditor``, ``hr_admin:12.71`` or ``hr_admin:12.71:<unit id>``; a scope is never left out."""
    return ":".join(part for part in (held.role, held.government_code, held.unit_id) if part)


_Claims = dict[str, Callable[[Profile], Any]]

_PROFILE: _Claims = {
    "name": lambda p: titled(p.title_before, p.name, p.title_after),
    "given_name": lambda p: p.given_name,
    "family_name": lambda p: p.family_name,
    "nickname": lambda p: p.nickname,
    "preferred_username": _username,
    "birthdate": lambda p: p.birthdate.isoformat() if p.birthdate else None,
    "locale": lambda p: p.locale,
    "updated_at": lambda p: epoch(p.updated_at),
}
_EMAIL: _Claims = {
    "email": lambda p: p.email,
    "email_verified": lambda p: p.email_verified_at is not None if p.email else None,
}
_PHONE: _Claims = {
    "phone_number": lambda p: p.phone,
    "phone_number_verified": lambda p: p.phone_verified_at is not None if p.phone else None,
}
_ASN: _Claims = {
    "nip": lambda p: p.nip,
    "asn_status": lambda p: p.employment_status,
    "government_code": lambda p: p.government_code,
    "government_name": lambda p: p.government_name,
    "unit_id": lambda p: post.unit_id if (post := _main(p)) else None,
    "unit_name": lambda p: post.unit_name if (post := _main(p)) else None,
    "position": lambda p: post.position if (post := _main(p)) else None,
    "grade": lambda p: post.grade if (post := _main(p)) else None,
    "assignments": lambda p: [_post(post) for post in p.posts] or None,
}
_BY_SCOPE: dict[str, _Claims] = {
    "profile": _PROFILE,
    "email": _EMAIL,
    "phone": _PHONE,
    "asn": _ASN,
    "nik": {"nik": lambda p: p.nik},
    "roles": {"roles": lambda p: [role_text(held) for held in p.roles] or None},
}
_BY_NAME: _Claims = {name: make for claims in _BY_SCOPE.values() for name, make in claims.items()}
_SCOPE_OF: dict[str, str] = {name: scope for scope, claims in _BY_SCOPE.items() for name in claims}

CLAIMS_BY_SCOPE: dict[str, tuple[str, ...]] = {scope: tuple(claims) for scope, claims in _BY_SCOPE.items()}
SCOPES: tuple[str, ...] = ("openid", "profile", "email", "phone", "offline_access", "asn", "nik", "roles")


def scopes_to_load(scopes: Iterable[str], requested: Mapping[str, Any] | None) -> frozenset[str]:
    """The scopes whose data a profile needs for these scopes and individually requested claims."""
    return frozenset(scopes) | {_SCOPE_OF[name] for name in requested or {} if name in _SCOPE_OF}


def permitted(requested: Mapping[str, Any] | None, scopes: Iterable[str]) -> dict[str, Any]:
    """Of the claims asked for one by one, those of scopes that a client is registered for: the parameter is no way around them."""
    registered = frozenset(scopes)
    return {name: asked for name, asked in (requested or {}).items() if _SCOPE_OF.get(name) in registered}


def claims_for(profile: Profile, scopes: Iterable[str], requested: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The claims of `scopes`, and those that the `claims` parameter names one by one (OIDC Core section 5.5).

    requested: the ``userinfo`` or ``id_token`` member. The caller has made sure that the client may have each scope;
    `nik` comes with its own scope only, however it is asked for. `sub` is not among them (see `subject`).
    """
    granted = frozenset(scopes)
    wanted = {name: make for scope in granted for name, make in _BY_SCOPE.get(scope, {}).items()}
    for name in requested or {}:
        if name in _BY_NAME and (_SCOPE_OF[name] != "nik" or "nik" in granted):
            wanted[name] = _BY_NAME[name]
    found = {name: make(profile) for name, make in wanted.items()}
    return {name: value for name, value in found.items() if value is not None}
