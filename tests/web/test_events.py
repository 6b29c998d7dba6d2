"""Events of an account in its owner's words: each has a name, each refusal a reason."""

import re

import pytest
from flask import Flask

from idp.audit.tags import Tag
from idp.directory.people import NewPerson
from idp.kernel.actor import OPERATOR
from idp.policy.access import ENDS_ACCESS
from idp.web.account.events import NAMES, REASONS, event_reason
from tests.spec import spec
from tests.web.catalogue import ROOT
from tests.web.conftest import Siti
from tests.web.visitor import PASSWORD, Visitor

# Sources whose events are about governments, applications, keys or the installation, not about a person.
ELSEWHERE = ("clients:", "keys:", "jobs:", "mail:", "portal:announcement", "portal:link", "portal:card",
             "directory:unit", "directory:government", "directory:brand", "directory:contact",
             "audit:", "enforcement:campaign:")  # fmt: skip
NOT_OF_PEOPLE = {Tag.TOKEN_CLIENT, Tag.TOKEN_DENY}


def test_every_event_about_a_person_has_a_name() -> None:
    nameless = {tag for tag in Tag if tag not in NAMES and not tag.value.startswith(ELSEWHERE)}
    assert nameless - NOT_OF_PEOPLE == set()


def test_every_reason_that_is_recorded_of_a_person_has_a_sentence() -> None:
    """Of sign-ins and remembered devices (``reason=``), and of sessions that end (``leave``)."""
    found = set(ENDS_ACCESS)
    for path in [*(ROOT / "idp/authn").rglob("*.py"), *(ROOT / "idp/web").rglob("*.py"), *(ROOT / "idp/cli").glob("*.py")]:
        code = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"REFUSE, [^)]*?reason=\"(\w+)\"", code))
        found |= set(re.findall(r"leave\.(?:end|end_all|disown)\([^\n]*?\"(\w+)\"", code))
    assert {"wrong", "ended_by_person", "logout", "reused", "retired"} <= found
    assert found - {"malformed"} - set(REASONS) == set()  # what could not be a password is recorded of nobody


@pytest.mark.parametrize(
    ("tag", "details", "said"),
    [
        (Tag.FACTOR_REFUSE, {"reason": "wrong", "factor": "recovery_code"}, "Kode pemulihan salah atau sudah pernah dipakai."),
        (Tag.FACTOR_REFUSE, {"reason": "drift", "drift_minutes": -4}, "Jam ponsel terlambat 4 menit."),
        (Tag.FACTOR_REFUSE, {"reason": "drift", "drift_minutes": 3}, "Jam ponsel terlalu cepat 3 menit."),
        (Tag.SIGN_IN_THROTTLE, {"wait": 240}, "Terlalu banyak percobaan: selama 4 menit tidak ada yang diperiksa."),
        (Tag.SIGN_IN_THROTTLE, {"wait": 30, "purpose": "reset"}, "Terlalu banyak percobaan: selama 30 detik tidak ada yang diperiksa."),
        (Tag.SIGN_IN_REFUSE, {"reason": "wrong"}, "Kata sandi tidak sesuai."),
        (Tag.SIGN_IN_REFUSE, {"reason": "of tomorrow"}, None),
        (Tag.SESSION_START, None, None),
        (Tag.SESSION_END, {"reason": "passkey_added"}, "Sebuah passkey telah ditambahkan."),
        (Tag.FACTOR_ENROL, {"factor": "passkey", "factor_id": "x"}, "Passkey atau kunci keamanan"),
        (Tag.FACTOR_REMOVE, {"factor": "totp"}, "Aplikasi autentikator"),
        (Tag.FACTOR_REMOVE, {"factor": "all", "count": 2}, None),
        (Tag.FACTOR_REFUSE, {"factor": "passkey", "reason": "wrong"}, "Jawaban passkey tidak lolos pemeriksaan."),
        (Tag.FACTOR_REFUSE, {"factor": "passkey", "reason": "signature"}, "Jawaban passkey tidak lolos pemeriksaan."),
    ],
)
def test_a_refusal_says_why(app: Flask, tag: Tag, details: dict[str, object] | None, said: str | None) -> None:
    with app.test_request_context("/", base_url="http://localhost:8000"):
        assert event_reason(tag, details) == said


@spec("attacks.md", "P1")
@pytest.mark.parametrize("state", ["disabled", "invited", "no_password", "wrong"])
def test_the_record_tells_apart_what_the_answer_does_not(visitor: Visitor, siti: Siti, unit: object, state: str) -> None:
    from typing import Any

    opened: Any = unit
    with opened() as services:
        new = NewPerson(username="budi", name="Budi Lubis", government_code="12.71", status="invited" if state == "invited" else "active")
        budi = services.people.create(OPERATOR, new)
        if state != "no_password":
            services.passwords.set(OPERATOR, budi, "awan putih berarak jauh")
        if state == "invited":
            budi.status = "invited"
        if state == "disabled":
            services.people.disable(OPERATOR, budi.id)
    word = "awan putih berarak jauh" if state != "wrong" else PASSWORD
    answer, stranger = visitor.sign_in("budi", word), visitor.sign_in("nobody.here", word)
    assert (answer.status_code, stranger.status_code) == (400, 400)
    assert _plain(answer.text).replace("budi", "") == _plain(stranger.text).replace("nobody.here", "")
    with opened() as services:
        (event,) = services.audit.history(("person", budi.id), (Tag.SIGN_IN_REFUSE,))
        assert event.details == {"reason": state}


def _plain(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page)
