"""Scenes: every page with the values a view would give it, for screenshots, axe-core and translation tests."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import segno
from flask_babel import gettext

from idp.authn.browsers.endings import Ending
from idp.policy.second_factor import Ahead
from idp.portal.announcements import Said
from idp.portal.catalogue import Listed
from idp.web import language
from idp.web.coming import words as coming_words
from idp.web.forms.account import ChangePasswordForm
from idp.web.forms.device import UserCodeForm
from idp.web.forms.signin import (
    ActivationCodeForm,
    AgencyCodeForm,
    CodeForm,
    EnrolForm,
    ForgotForm,
    KeyForm,
    NewKeyForm,
    NewPasswordForm,
    RecoveryCodeForm,
    SecondStepForm,
    SignInForm,
)
from idp.web.helping import Way
from idp.web.launcher import grouped
from tests.web.account_scenes import ACCOUNT_SCENES, account_values
from tests.web.admin_scenes import ADMIN_SCENES, admin_values
from tests.web.rule_scenes import RULE_SCENES, rule_values
from tests.web.state_scenes import STATE_SCENES, state_values

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
APP = SimpleNamespace(
    client_id="simpeg",
    name="SIMPEG Kota Medan",
    home_uri="https://simpeg.example.go.id/",
    government="Kota Medan",
    label=lambda _locale: "SIMPEG Kota Medan",
)
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
URI = f"otpauth://totp/SSO%20Sumatera%20Utara:siti.harahap?secret={KEY}&issuer=SSO%20Sumatera%20Utara"
CODES = ["7k2m-9qxd-4hvn-8rtz", "c3wp-5jyb-1gsa-6fen", "v8hd-2zkr-9mtc-4xqp", "n6yt-8afw-3bje-5dgs"] * 2 + [
    "q1rz-7pcn-6wvk-2hmy",
    "e5gx-4tdb-8sja-9kfv",
]
PERSON = SimpleNamespace(name="Siti Nurhaliza Harahap, S.Kom.", username="siti.harahap")


def _details() -> list[SimpleNamespace]:
    """Authorization details as they are declared: their words are the operator's, in both languages."""
    told = {
        "id": ("Mengerjakan surat Anda", "Boleh", "membaca surat, menandatangani surat", "Paling banyak", "12.000", "Membaca arsip"),
        "en": ("Work on your letters", "May", "read letters, sign letters", "At most", "12,000", "Read the archive"),
    }[language.current()]
    place = (gettext("For the service"), "https://arsip.example.go.id/api/v1")
    return [SimpleNamespace(title=told[0], lines=(told[1:3], told[3:5])), SimpleNamespace(title=told[5], lines=(place,))]


def _named(name: str) -> Any:
    return SimpleNamespace(client_id=name, name=name, label=lambda _locale: name)


def _qr() -> str:
    return segno.make(URI, error="m").svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None)


def _enrolment() -> Any:
    grouped = " ".join(KEY[at : at + 4] for at in range(0, len(KEY), 4))
    return SimpleNamespace(uri=URI, grouped=grouped, qr_svg=_qr())


def _refused(form: Any, **errors: str) -> Any:
    for name, text in errors.items():
        form.refuse(name, text)
    return form


def _with_errors(form: Any) -> Any:
    form.validate()
    return form


def _factors() -> list[Any]:
    return [
        SimpleNamespace(id="a", name="Ponsel Siti", confirmed_at=NOW - timedelta(days=40), last_used_at=NOW),
        SimpleNamespace(id="b", name="Tablet kantor", confirmed_at=NOW - timedelta(days=3), last_used_at=None),
    ]


def _ahead() -> Ahead:
    return Ahead(2, "government:12.71", "r1", NOW - timedelta(days=1), NOW + timedelta(days=7), 3)


def _remembered() -> list[Any]:
    return [SimpleNamespace(id="a", browser="Chrome · Windows", rotated_at=NOW, expires_at=NOW + timedelta(days=14))]


def _passkeys() -> list[Any]:
    made = {"created_at": NOW - timedelta(days=20), "last_used_at": NOW - timedelta(hours=1)}
    return [
        SimpleNamespace(id="k1", name="Ponsel Siti", backup_eligible=True, **made),
        SimpleNamespace(id="k2", name="Kunci keamanan", backup_eligible=False, **made),
    ]


def _ways(present: str) -> list[Way]:
    mine = (
        Way("code", gettext("Use the authenticator app"), "/sign-in/code"),
        Way("recovery-code", gettext("Use a recovery code"), "/sign-in/recovery-code"),
        Way("agency-code", gettext("Use a single-use code from your agency"), "/sign-in/agency-code"),
        Way("lost-phone", gettext("I lost my phone"), "/sign-in/lost-phone"),
    )
    return [way for way in mine if way.kind != present]


def _apps(*rows: str, government: str | None = None, topic: str | None = None, link: bool = False) -> list[Any]:
    found = []
    for name in rows:
        slug = name.lower().replace(" ", "-")
        about = "Cuti, kenaikan pangkat, dan data pegawai"
        code = "12.71" if government else None
        item = f"{'link' if link else 'app'}:{slug}"
        client_id = None if link else slug
        found.append(
            Listed(item, client_id, name, None, "https://app.example.go.id/", code, government, topic, None, about, None, "everyone")
        )
    return found


def _portal(**values: Any) -> dict[str, Any]:
    own = _apps("SIMPEG Kota Medan", "e-Office", government="Kota Medan", topic="Kepegawaian")
    entries = [*own, *_apps("Perpustakaan", "LMS ASN"), *_apps("SRIKANDI", link=True)]
    said = Said("a", "Maintenance on Saturday.", "Pemeliharaan hari Sabtu.", "warning", None, True, NOW, None, NOW, None)
    shown = {"groups": grouped(entries, language.current(), "12.71"), "favourites": own[:1], "kept": {own[0].item}, "recent": entries[2:4]}
    return {"viewer": PERSON, "total": 9, "searched": True, "query": "", "announcements": [said], **shown, **values}


def _manage(section: str, **values: Any) -> dict[str, Any]:
    return {"viewer": PERSON, "section": section, **values}


def scene_values(name: str) -> tuple[str, dict[str, Any]]:
    """The template of a scene and its values; needs a request context."""
    from idp.web import messages

    if name in ACCOUNT_SCENES:
        return account_values(name)
    if name in ADMIN_SCENES:
        return admin_values(name)
    if name in RULE_SCENES:
        return rule_values(name)
    if name in STATE_SCENES:
        return state_values(name)

    drift = messages.code_refused("drift", 0, -4)
    wrong = messages.password_refused("wrong", 0)
    make: dict[str, tuple[str, dict[str, Any]]] = {
        "sign-in": ("signin/sign_in.html", {"form": SignInForm(), "app": APP}),
        "sign-in-plain": ("signin/sign_in.html", {"form": SignInForm()}),
        "sign-in-wrong": (
            "signin/sign_in.html",
            {"form": SignInForm(data={"username": "198609262011012003"}), "app": APP, "refusal": wrong, "problem": True},
        ),
        "sign-in-empty": ("signin/sign_in.html", {"form": _with_errors(SignInForm()), "problem": True}),
        "sign-in-again": ("signin/sign_in.html", {"form": SignInForm(data={"username": "siti.harahap"}), "again": PERSON}),
        "sign-in-confirm": (
            "signin/sign_in.html",
            {
                "form": SignInForm(data={"username": "siti.harahap"}),
                "again": PERSON,
                "app": APP,
                "preview": {"name": PERSON.name, "nip": "198609262011012003"},
            },
        ),
        "sign-in-ended": (
            "signin/sign_in.html",
            {"form": SignInForm(), "notice_kind": "warn", "notice": messages.ending(Ending.IDLE, took_too_long=False, lost=True)},
        ),
        "code": ("signin/code.html", {"form": CodeForm(), "app": APP, "ways": _ways("code")}),
        "code-drift": ("signin/code.html", {"form": CodeForm(), "app": APP, "ways": _ways("code"), "refusal": drift, "problem": True}),
        "recovery-code": ("signin/recovery_code.html", {"form": RecoveryCodeForm(), "app": APP, "ways": _ways("recovery-code")}),
        "code-ways": ("signin/code.html", {"form": SecondStepForm(), "app": APP, "ways": _ways("code"), "remember_days": 14}),
        "lost-phone": (
            "signin/lost_phone.html",
            {"app": APP, "proved": True, "codes_left": 9, "hours": 24, "contact": "Diskominfo Kota Medan, lantai 2"},
        ),
        "lost-phone-stranger": ("signin/lost_phone.html", {"proved": False, "codes_left": None, "hours": 24, "contact": ""}),
        "agency-code": ("signin/agency_code.html", {"form": AgencyCodeForm(), "app": APP, "ways": _ways("agency-code"), "hours": 24}),
        "recovered": ("signin/recovered.html", {"factors": _factors(), "codes_left": 2, "then": "/", "here": "/account/recovered"}),
        "suggested": ("signin/suggested.html", {"app": APP, "then": "/interaction/r"}),
        "coming": ("signin/coming.html", {"app": APP, "then": "/interaction/r", **coming_words(_ahead(), NOW)}),
        "enrol": (
            "signin/enrol.html",
            {"form": EnrolForm(data={"name": "Chrome · Android"}), "app": APP, "enrolment": _enrolment(), "account": PERSON.username},
        ),
        "enrol-passkey": ("signin/enrol_passkey.html", {"form": NewKeyForm(data={"name": "Ponsel saya"}), "app": APP, "only": True}),
        "security-key": (
            "signin/security_key.html",
            {"form": KeyForm(), "app": APP, "refusal": messages.passkey_refused(), "problem": True, "ways": _ways("passkey")},
        ),
        "passkey-add": ("account/passkey_add.html", _manage("/account/factors", form=NewKeyForm(data={"name": "Ponsel saya"}))),
        "recovery-codes": ("signin/recovery_codes.html", {"codes": CODES, "keep_page": True}),
        "forced-password": ("signin/password.html", {"form": NewPasswordForm(), "minimum": 12, "username": PERSON.username}),
        "forgot": ("reset/forgot.html", {"form": ForgotForm()}),
        "sent": ("reset/sent.html", {"minutes": 60}),
        "reset": (
            "reset/new_password.html",
            {"form": NewPasswordForm(), "minimum": 12, "username": PERSON.username, "person_name": PERSON.name},
        ),
        "activation": (
            "reset/new_password.html",
            {"form": NewPasswordForm(), "minimum": 15, "username": PERSON.username, "person_name": PERSON.name, "activation": True},
        ),
        "activate": ("reset/activate.html", {"form": ActivationCodeForm()}),
        "reset-done": ("reset/done.html", {}),
        "link-gone": ("reset/gone.html", {}),
        "choose-account": ("interaction/account.html", {"ref": "r", "client": APP, "live": PERSON}),
        "data": (
            "interaction/data.html",
            {
                "ref": "r",
                "client": APP,
                "live": PERSON,
                "scopes": ("openid", "profile", "email", "asn", "offline_access"),
                "preview": {
                    "name": PERSON.name,
                    "preferred_username": PERSON.username,
                    "email": "siti.harahap@example.go.id",
                    "nip": "198609262011012003",
                    "asn_status": "PNS",
                    "government_name": "Kota Medan",
                    "unit_name": "Dinas Komunikasi dan Informatika",
                    "position": "Pranata Komputer Ahli Muda",
                    "grade": "III/d",
                },
            },
        ),
        "data-details": (
            "interaction/data.html",
            {"ref": "r", "client": APP, "live": PERSON, "scopes": ("openid",), "preview": {"name": PERSON.name}, "details": _details()},
        ),
        "device": ("device/enter.html", {"form": UserCodeForm(data={"user_code": "BCDF-GHJK"})}),
        "device-wrong": ("device/enter.html", {"form": _with_errors(UserCodeForm()), "problem": True}),
        "device-confirm": (
            "device/confirm.html",
            {
                "client": APP,
                "live": PERSON,
                "scopes": ("openid", "profile", "offline_access"),
                "preview": {"name": PERSON.name, "preferred_username": PERSON.username},
                "device": SimpleNamespace(created_at=NOW, ip="36.66.1.2"),
            },
        ),
        "device-done": ("device/done.html", {}),
        "device-declined": ("device/done.html", {"declined": True}),
        "portal": ("portal.html", _portal()),
        "portal-no-match": ("portal.html", _portal(groups=[], query="xyz")),
        "portal-nothing-recent": ("portal.html", _portal(favourites=[], kept=(), recent=[])),
        "portal-empty": ("portal.html", {"viewer": PERSON, "total": 0, "query": "", "groups": []}),
        "overview": (
            "account/overview.html",
            _manage(
                "/account",
                profile=[
                    (gettext("Full name"), PERSON.name),
                    (gettext("NIP / NI PPPK"), "19860926••••••••03"),
                    (gettext("Agency"), "Kota Medan"),
                    (gettext("Position"), None),
                ],
                factors=1,
                passkeys=1,
                codes_left=2,
                sessions=2,
                password_changed_at=NOW - timedelta(days=40),
            ),
        ),
        "password": (
            "account/password.html",
            _manage("/account/password", form=_with_errors(ChangePasswordForm()), minimum=12, problem=True),
        ),
        "factors": (
            "account/factors.html",
            _manage(
                "/account/factors",
                codes_left=8,
                factors=_factors()[:1],
                passkeys=_passkeys(),
            ),
        ),
        "factors-recovered": (
            "account/factors.html",
            _manage("/account/factors", codes_left=2, factors=_factors(), cooling=NOW + timedelta(hours=20), remembered=_remembered()),
        ),
        "factors-none": ("account/factors.html", _manage("/account/factors", codes_left=0, factors=[])),
        "factor-add": (
            "account/factor_add.html",
            _manage("/account/factors", form=EnrolForm(data={"name": "Ponsel"}), enrolment=_enrolment(), account=PERSON.username),
        ),
        "codes": ("account/recovery_codes.html", _manage("/account/recovery-codes", codes_left=8)),
        "codes-new": (
            "account/recovery_codes.html",
            _manage("/account/recovery-codes", codes=CODES, keep_page=True),
        ),
        "logout": ("logout/confirm.html", {}),
        "logout-done": (
            "logout/done.html",
            {
                "told": [APP, _named("e-Office")],
                "asked": [],
                "still": [(_named("LMS ASN"), "https://lms.example.org"), (_named("Perpustakaan"), None)],
            },
        ),
        "logout-nothing-open": ("logout/done.html", {"nothing_open": True}),
        "logout-error": ("logout/error.html", {"error": "invalid_request", "incident": "7k2m9qxd4h"}),
        "error": (
            "errors/page.html",
            {"status": 404, "code": "http_404", "message": messages.sentence_for_status(404, None), "incident": "7k2m9qxd4h"},
        ),
        "oauth-error": (
            "errors/oauth.html",
            {"error": "invalid_request", "description": "redirect_uri is not registered for this client", "incident": "7k2m9qxd4h"},
        ),
    }
    return make[name]


SCENES = (
    *("sign-in", "sign-in-plain", "sign-in-wrong", "sign-in-empty", "sign-in-again", "code", "code-drift", "recovery-code", "enrol"),
    *("device", "device-wrong", "device-confirm", "device-done", "device-declined"),
    *("code-ways", "lost-phone", "lost-phone-stranger", "agency-code", "recovered", "suggested", "coming", "factors-recovered"),
    *("recovery-codes", "forced-password", "forgot", "sent", "reset", "activation", "activate", "reset-done", "link-gone"),
    *("portal-no-match", "portal-nothing-recent"),
    *("choose-account", "data", "data-details", "portal", "portal-empty", "overview", "password", "factors", "factors-none", "factor-add"),
    *("enrol-passkey", "security-key", "passkey-add"),
    *("codes", "codes-new", *ACCOUNT_SCENES, "logout", "logout-done"),
    *("sign-in-ended", "sign-in-confirm", "logout-nothing-open"),
    *("logout-error", "error", "oauth-error", *STATE_SCENES, *ADMIN_SCENES, *RULE_SCENES),
)
