"""Scenes of the states that pages are met in less often: refused once more, nothing there yet, an answer that has to wait."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext

from idp.web import messages
from idp.web.forms.account import ChangePasswordForm
from idp.web.forms.signin import AgencyCodeForm, CodeForm, EnrolForm, NewPasswordForm, RecoveryCodeForm, SignInForm

Scene = tuple[str, dict[str, Any]]
_INCIDENT = "7k2m9qxd4h"

STATE_SCENES = (
    *("sign-in-waits", "sign-in-announced", "code-wrong", "code-replayed", "recovery-code-wrong", "agency-code-wrong", "enrol-refused"),
    *("forced-password-refused", "password-refused", "lost-phone-no-codes", "activation-done", "activation-gone", "form-post"),
    *("portal-found", "portal-advice", "history-none", "factors-passkey-only", "overview-unprotected", "codes-none", "logout-here"),
    *("error-expired", "error-busy", "error-forbidden", "error-ours", "oauth-error-ended", "oauth-error-named", "not-me-unknown"),
)


def state_values(name: str) -> Scene:
    """The template of a scene and its values; needs a request context."""
    for group in (_signing_in, _account, _errors):
        found = group()
        if name in found:
            return found[name]
    raise KeyError(name)


def _signing_in() -> dict[str, Scene]:
    from tests.web import scenes

    app, ways, refused = scenes.APP, scenes._ways, scenes._refused
    said = scenes._portal()["announcements"]
    wrong_code = CodeForm(data={"code": "12345"})
    short = refused(NewPasswordForm(), new_password=messages.of_code("password.too_short", minimum=12))
    return {
        "sign-in-waits": (
            "signin/sign_in.html",
            {"form": SignInForm(data={"username": "siti.harahap"}), "refusal": messages.password_refused("wait", 240), "problem": True},
        ),
        "sign-in-announced": ("signin/sign_in.html", {"form": SignInForm(), "announcements": said}),
        "code-wrong": (
            "signin/code.html",
            {"form": wrong_code, "ways": ways("code"), "refusal": messages.code_refused("wrong", 0, 0), "problem": True},
        ),
        "code-replayed": (
            "signin/code.html",
            {"form": CodeForm(), "ways": ways("code"), "refusal": messages.code_refused("replayed", 0, 0), "problem": True},
        ),
        "recovery-code-wrong": (
            "signin/recovery_code.html",
            {
                "form": RecoveryCodeForm(data={"code": "7k2m-9qxd"}), "ways": ways("recovery-code"),
                "refusal": messages.recovery_refused("wrong", 0), "problem": True,
            },
        ),
        "agency-code-wrong": (
            "signin/agency_code.html",
            {"form": AgencyCodeForm(), "ways": ways("agency-code"), "hours": 24, "problem": True,
             "refusal": messages.agency_code_refused("wrong", 0)},
        ),
        "enrol-refused": (
            "signin/enrol.html",
            {
                "form": EnrolForm(data={"name": "Ponsel"}), "app": app, "enrolment": scenes._enrolment(), "account": scenes.PERSON.username,
                "refusal": messages.code_refused("wrong", 0, 0), "problem": True,
            },
        ),
        "forced-password-refused": ("signin/password.html", {"form": short, "minimum": 12, "username": "siti.harahap", "problem": True}),
        "lost-phone-no-codes": ("signin/lost_phone.html", {"app": app, "proved": True, "codes_left": 0, "hours": 24, "contact": ""}),
        "activation-done": ("reset/done.html", {"activation": True}),
        "activation-gone": ("reset/gone.html", {"activation": True}),
        "form-post": ("protocol/form_post.html", {"action": "/scene-taken", "params": [("code", "abc"), ("state", "xyz")]}),
    }  # fmt: skip


def _account() -> dict[str, Scene]:
    from tests.web import scenes
    from tests.web.account_scenes import account_values

    manage, portal = scenes._manage, scenes._portal
    advice = {
        "text": gettext("Protect your account with two-step verification."), "href": "/account/factors", "link": gettext("Set it up"),
        "decline": "/account/factors/later",
    }  # fmt: skip
    found = portal(query="kepegawaian")
    history, values = account_values("history")
    not_me, seen = account_values("not-me")
    overview = {"profile": [(gettext("Full name"), scenes.PERSON.name)], "factors": 0, "passkeys": 0, "codes_left": 0, "sessions": 1}
    wrong = scenes._refused(ChangePasswordForm(), current_password=messages.of_code("password.wrong"))
    removed, unseen = gettext("The device has been removed."), type(seen["alarm"])("p", "s", scenes.NOW - timedelta(days=1), None, None)
    return {
        "portal-found": ("portal.html", {**found, "groups": found["groups"][:1]}),
        "portal-advice": ("portal.html", portal(advice=advice, announcements=[], favourites=[])),
        "history-none": (history, {**values, "events": []}),
        "factors-passkey-only": (
            "account/factors.html",
            manage("/account/factors", codes_left=10, factors=[], passkeys=scenes._passkeys()[:1], flash=removed),
        ),
        "overview-unprotected": ("account/overview.html", manage("/account", password_changed_at=None, **overview)),
        "password-refused": ("account/password.html", manage("/account/password", form=wrong, minimum=12, problem=True)),
        "codes-none": ("account/recovery_codes.html", manage("/account/recovery-codes", codes_left=0)),
        "logout-here": ("logout/done.html", {"told": [scenes.APP], "continue_uri": "https://simpeg.example.go.id/"}),
        "not-me-unknown": (not_me, {**seen, "place": None, "alarm": unseen}),
    }  # fmt: skip


def _errors() -> dict[str, Scene]:
    from tests.web import scenes

    def error(status: int, code: str, **more: Any) -> Scene:
        values = {"status": status, "code": code, "message": messages.sentence_for_status(status, code), "incident": _INCIDENT}
        return "errors/page.html", {**values, **more}

    described = {"description": "redirect_uri is not registered for this client", "incident": _INCIDENT}
    return {
        "error-expired": error(403, "page_expired", again="/scene/sign-in"),
        "error-busy": error(503, "hash.busy", again="/scene/sign-in", wait=2),
        "error-forbidden": error(403, "access.other_government"),
        "error-ours": error(500, "server_error"),
        "oauth-error-ended": ("errors/oauth.html", {"error": "request_expired", "app": scenes.APP, "start": "/scene/portal", **described}),
        "oauth-error-named": (
            "errors/oauth.html",
            {"error": "invalid_scope", "app": scenes.APP, "contact": "Diskominfo Kota Medan", "start": "/scene/portal", **described},
        ),
    }
