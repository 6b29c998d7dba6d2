"""Scenes of a person's own pages: devices, "this was not me", history, data and applications, with the values their views give."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from flask_babel import gettext

from idp.authn.alarms import Alarm
from idp.directory.profile import Post
from idp.interaction.untold import Untold
from idp.web import messages
from idp.web.account import names, printed
from idp.web.account.applications import Receiver
from idp.web.account.events import event_name, event_reason
from idp.web.account.history import Entry
from idp.web.account.sessions import Seat
from idp.web.forms.account import CorrectionForm

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
PERSON = SimpleNamespace(name="Siti Nurhaliza Harahap, S.Kom.", username="siti.harahap")
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
SAMSUNG = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36"

ACCOUNT_SCENES = (
    *("sessions", "sessions-one", "not-me", "not-me-done", "not-me-gone", "history-not-me", "history-not-me-failed"),
    *("my-data", "my-data-asked", "my-data-wrong", "download", "export", "applications", "applications-none", "history", "history-older"),
)


def _ago(**much: float) -> datetime:
    return NOW - timedelta(**much)


def _manage(section: str, **values: Any) -> dict[str, Any]:
    return {"viewer": PERSON, "section": section, **values}


def _seats() -> list[Seat]:
    return [
        Seat("a", names.browser_name(CHROME), True, False, "10.12.71.4", _ago(hours=3), NOW, None, ["SIMPEG Kota Medan", "e-Office"]),
        Seat("b", names.browser_name(SAMSUNG), False, False, "36.66.1.2", _ago(hours=9), _ago(hours=1), "Medan, Indonesia", ["LMS ASN"]),
        Seat("c", names.browser_name(None), False, True, "2001:db8:36:66:1:2:3:4", _ago(minutes=12), _ago(minutes=10), None, []),
    ]


def _events() -> list[Entry]:
    rows: list[tuple[str, dict[str, Any], str | None, bool, str]] = [
        ("authn:session:start", {}, None, True, CHROME),
        ("authn:factor:refuse", {"reason": "drift", "drift_minutes": -4}, None, True, SAMSUNG),
        ("authn:factor:refuse", {"reason": "wrong", "factor": "recovery_code"}, None, True, SAMSUNG),
        ("authn:sign_in:refuse", {"reason": "wrong"}, "Medan, Indonesia", True, SAMSUNG),
        ("authn:sign_in:throttle", {"wait": 240}, "Medan, Indonesia", True, SAMSUNG),
        ("authn:session:end", {"reason": "session_limit"}, None, False, CHROME),
        ("authn:password:change", {}, None, False, CHROME),
    ]
    refused = ("authn:factor:refuse", "authn:sign_in:refuse", "authn:sign_in:throttle")
    return [
        Entry(_ago(hours=at), event_name(tag), event_reason(tag, why), tag in refused, names.browser_name(agent), "36.66.1.2", place,
              at + 1 if deniable else None)
        for at, (tag, why, place, deniable, agent) in enumerate(rows)
    ]  # fmt: skip


def _profile() -> list[tuple[str, str | None]]:
    labels = printed._IDENTITY
    given = {
        "name": PERSON.name, "username": PERSON.username, "number": "19860926••••••••03", "employment_status": "PNS",
        "government_name": "Kota Medan", "email": "siti.harahap@example.go.id", "phone": None,
    }  # fmt: skip
    return [(str(labels[name]), value) for name, value in given.items()]


def _posts() -> tuple[Post, ...]:
    return (
        Post("u", "Dinas Kominfo", "12.71", "Pranata Komputer Muda", "functional", "III/d", None, True, date(2024, 4, 1)),
        Post("v", "Bidang Layanan E-Government", "12.71", "Kepala Bidang", "structural", None, "Plt.", False, date(2026, 9, 1)),
    )


def _asked() -> list[tuple[str, str, Any]]:
    rows = [
        ("grade", "open", "III/d sejak 1 Oktober 2026, SK Wali Kota 821.23/1204", None),
        ("unit", "accepted", "Bidang Layanan E-Government", "Sudah diperbaiki pada 20 November 2026."),
        ("birthdate", "rejected", "26 September 1985", "Kartu keluarga menyebut 1986; mohon datang dengan akta kelahiran."),
        ("phone", "withdrawn", "0812-6000-0000", None),
    ]
    return [
        (str(CorrectionForm.words(name)), names.correction_state(state),
         SimpleNamespace(id=name, state=state, wanted=wanted, answer=answer, created_at=_ago(days=at + 2), answered_at=_ago(days=at)))
        for at, (name, state, wanted, answer) in enumerate(rows)
    ]  # fmt: skip


def _data(form: CorrectionForm, **values: Any) -> tuple[str, dict[str, Any]]:
    given = {"form": form, "profile": _profile(), "posts": _posts(), "asked": [], "source": _ago(days=2), **values}
    return "account/data.html", _manage("/account/data", **given)


def _wrong() -> CorrectionForm:
    form = CorrectionForm(data={"field": "grade", "wanted": ""})
    form.validate()
    form.refuse("field", messages.of_code("correction.open"))
    form.refuse("note", messages.of_code("correction.note"))
    return form


def _receivers() -> list[Receiver]:
    some, more = names.shown_data(("openid", "profile", "asn"), ()), names.shown_data(("openid", "email", "offline_access"), ("birthdate",))
    untold = Untold(NOW, again=False), "https://simpeg.example.go.id/"
    return [
        Receiver("x", "SIMPEG Kota Medan", some, _ago(days=40), None, _ago(hours=2), 118, True, *untold),
        Receiver(
            "y", "Portal Diklat Kementerian Dalam Negeri", more, _ago(days=9), None, _ago(days=1), 3, False,
            allowed=("Mengerjakan surat Anda",),
        ),
        Receiver("z", "LMS ASN", more[:2], _ago(days=90), _ago(days=3), _ago(days=4), 12, False),
    ]


def _found() -> dict[str, Any]:
    """A file as `MyData.export` makes it."""
    at = NOW.isoformat()
    return {
        "identity": {
            "username": PERSON.username, "name": "Siti Nurhaliza Harahap", "title_after": "S.Kom.", "email": "siti.harahap@example.go.id",
            "email_verified_at": at, "phone": None, "birthdate": "1986-09-26", "government_name": "Kota Medan",
            "employment_status": "PNS", "activity": "active", "status": "active", "locale": "id", "number": "198609262011012003",
            "updated_at": at,
        },
        "assignments": [{name: getattr(post, name) for name in Post.__dataclass_fields__} | {"valid_from": str(post.valid_from)}
                        for post in _posts()],
        "roles": [],
        "factors": [{"kind": "totp", "name": "Ponsel Siti", "created_at": at, "last_used_at": at}],
        "recovery_codes_left": 8,
        "sessions": [{"agent": CHROME, "ip": "10.12.71.4", "created_at": at, "last_seen_at": at, "shared_computer": True}],
        "received": [{"client_id": "SIMPEG Kota Medan", "scopes": ["openid", "profile", "asn"], "claims": [], "first_at": at, "last_at": at,
                      "times": 118}],
        "consents": [{"client_id": "LMS ASN", "scopes": ["openid", "email"], "claims": [], "granted_at": at, "withdrawn_at": None}],
        "corrections": [{"field": "grade", "wanted": "III/d", "note": "SK 821.23/1204", "state": "accepted", "answer": "Sudah.",
                         "created_at": at, "answered_at": at}],
        "history": [
            {"at": at, "event": tag, "client_id": client, "ip": "10.12.71.4", "agent": CHROME, "by": by, "details": why}
            for tag, client, by, why in (
                ("authn:session:start", None, "person", {}), ("tokens:code:redeem", "SIMPEG Kota Medan", "client", {}),
                ("authn:sign_in:refuse", None, "anonymous", {"reason": "wrong"}), ("directory:assignment:change", None, "operator", {}),
            )
        ],
    }  # fmt: skip


def account_values(name: str) -> tuple[str, dict[str, Any]]:
    """The template of a scene and its values; needs a request context."""
    alarm, events, history = Alarm("p", "s", _ago(hours=2), "36.66.1.2", SAMSUNG), _events(), "/account/history"
    seen = {"browser": names.browser_name(SAMSUNG), "place": "Medan, Indonesia"}
    make: dict[str, tuple[str, dict[str, Any]]] = {
        "sessions": ("account/sessions.html", _manage("/account/sessions", sessions=_seats())),
        "sessions-one": ("account/sessions.html", _manage("/account/sessions", sessions=_seats()[:1])),
        "not-me": ("reset/not_me.html", {"alarm": alarm, **seen}),
        "not-me-done": ("reset/not_me.html", {"done": True}),
        "not-me-gone": ("reset/not_me.html", {"gone": True}),
        "history-not-me": ("account/not_me.html", _manage(history, event=events[0], opened=True)),
        "history-not-me-failed": ("account/not_me.html", _manage(history, event=events[3], opened=False)),
        "my-data": _data(CorrectionForm()),
        "my-data-asked": _data(CorrectionForm(), asked=_asked(), flash=gettext("Your request has been sent to your agency.")),
        "my-data-wrong": _data(_wrong(), problem=True),
        "download": ("account/download.html", _manage("/account/data")),
        "export": (
            "account/export.html",
            _manage("/account/data", sections=printed.sections(_found(), lambda client_id: client_id), made_at=NOW),
        ),
        "applications": ("account/applications.html", _manage("/account/applications", shared=_receivers())),
        "applications-none": ("account/applications.html", _manage("/account/applications", shared=[])),
        "history": ("account/history.html", _manage(history, events=events, next_before=9, first_page=True)),
        "history-older": ("account/history.html", _manage(history, events=events[:2], next_before=None, first_page=False)),
    }
    return make[name]
