from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from idp.directory.claims import CLAIMS_BY_SCOPE, claims_for, scopes_to_load
from idp.directory.profile import HeldRole, Post, Profile
from idp.directory.subject import subject
from tests.spec import spec

NIP = "198609262015051001"
AT = datetime(2027, 1, 1, tzinfo=UTC)
POST = Post("unit1", "Dinas Kesehatan", "12.71", "Analis", "Fungsional", "III/a", None, True, date(2027, 1, 1))
FULL = Profile(
    person_id="p1", subject_seed=b"s" * 32, username="budi", name="Budi Siregar", given_name="Budi", family_name="Siregar",
    title_before="Dr.", title_after="S.E.", nickname=None, email="budi@medan.go.id", email_verified_at=AT, phone="+628123456789",
    phone_verified_at=None, birthdate=date(1986, 9, 26), government_code="12.71", employment_status="PNS", activity="active",
    status="active", locale="id", updated_at=AT, number_kind="NIP", number=NIP, government_name="Kota Medan", posts=(POST,),
    roles=(HeldRole("auditor", None, None), HeldRole("hr_admin", "12.71", "unit1")), nik="1271012609860001",
)  # fmt: skip


def test_openid_alone_gives_nothing_beside_sub() -> None:
    assert claims_for(FULL, ["openid", "offline_access", "address", "unknown"]) == {}


@spec("OIDC Core", "5.4")
@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        (
            "profile",
            {
                "name": "Dr. Budi Siregar, S.E.", "given_name": "Budi", "family_name": "Siregar", "preferred_username": "budi",
                "birthdate": "1986-09-26", "locale": "id", "updated_at": 1798761600,
            },
        ),
        ("email", {"email": "budi@medan.go.id", "email_verified": True}),
        ("phone", {"phone_number": "+628123456789", "phone_number_verified": False}),
        (
            "asn",
            {
                "nip": NIP, "asn_status": "PNS", "government_code": "12.71", "government_name": "Kota Medan", "unit_id": "unit1",
                "unit_name": "Dinas Kesehatan", "position": "Analis", "grade": "III/a",
                "assignments": [
                    {
                        "unit_id": "unit1", "unit_name": "Dinas Kesehatan", "government_code": "12.71", "position": "Analis",
                        "position_kind": "Fungsional", "grade": "III/a", "primary": True, "valid_from": "2027-01-01",
                    }
                ],
            },
        ),
        ("nik", {"nik": "1271012609860001"}),
        ("roles", {"roles": ["auditor", "hr_admin:12.71:unit1"]}),
    ],
)  # fmt: skip
def test_each_scope_gives_its_claims(scope: str, claims: dict[str, Any]) -> None:
    assert claims_for(FULL, ["openid", scope]) == claims


@spec("OIDC Core", "5.3.2")
def test_a_claim_without_a_value_is_left_out() -> None:
    empty = replace(
        FULL, email=None, email_verified_at=None, phone=None, posts=(), roles=(), nik=None, number=None, number_kind=None,
        government_code=None, government_name=None, birthdate=None, given_name=None, family_name=None, locale=None,
    )  # fmt: skip
    found = claims_for(empty, CLAIMS_BY_SCOPE)
    assert set(found) == {"name", "preferred_username", "updated_at", "asn_status"}


def test_an_issued_identifier_is_no_nip() -> None:
    assert "nip" not in claims_for(replace(FULL, number_kind="ISSUED", number="su0123456789"), ["asn"])


def test_a_username_that_is_the_nip_is_not_released_by_profile() -> None:
    assert NIP not in str(claims_for(replace(FULL, username=NIP), ["profile", "email", "phone"]))


@spec("OIDC Core", "5.5")
def test_single_claims_are_given_by_name_and_a_nik_never_without_its_scope() -> None:
    wanted = {"nip": {"essential": True}, "email": None, "nik": {"essential": True}, "nonsense": None}
    assert claims_for(FULL, ["openid"], wanted) == {"nip": NIP, "email": "budi@medan.go.id"}
    assert claims_for(FULL, ["openid", "nik"], {"nik": None}) == {"nik": "1271012609860001"}
    assert scopes_to_load(["openid"], wanted) == {"openid", "asn", "email", "nik"}


def test_a_profile_does_not_show_its_numbers_or_seed() -> None:
    shown = repr(FULL)
    assert NIP not in shown
    assert "1271012609860001" not in shown
    assert "ssss" not in shown


@spec("OIDC Core", "8.1")
def test_a_subject_is_stable_and_differs_by_sector_person_and_seed() -> None:
    subjects = [
        subject(b"s" * 32, "p1", "a.example"), subject(b"s" * 32, "p1", "b.example"), subject(b"s" * 32, "p1", None),
        subject(b"s" * 32, "p2", "a.example"), subject(b"t" * 32, "p1", "a.example"),
    ]  # fmt: skip
    assert len(set(subjects)) == 5
    assert {len(one) for one in subjects} == {32}
    assert subjects[0] == subject(b"s" * 32, "p1", "a.example")


def test_the_public_subject_cannot_be_had_as_a_sector() -> None:
    assert subject(b"s" * 32, "p1", None) not in {subject(b"s" * 32, "p1", sector) for sector in ("", "public", "public:p1", "p1")}
