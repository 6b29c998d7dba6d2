"""Scenes of letters and slips: each as it is sent, in the states that say something else."""

from datetime import UTC, datetime, timedelta
from typing import Any

from idp.mail.letters import Letter, print_code, write

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
NAME, ISSUER, CODE = "SSO Sumatera Utara", "https://sso.sumutprov.go.id", "7k2m-9qxd-4hvn"
_SEEN: dict[str, Any] = {
    "name": "Siti Nurhaliza Harahap, S.Kom.",
    "at": NOW,
    "ip": "36.66.1.2",
    "agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
}
_OFFICE = {**_SEEN, "name": None, "person": "Siti Nurhaliza Harahap, S.Kom."}
LETTER_SCENES: dict[str, tuple[str, dict[str, Any]]] = {
    "activation": ("activation", {**_SEEN, "token": "3kq9", "days": 7, "username": "siti.harahap"}),
    "activation-bare": ("activation", {"token": "3kq9"}),
    "reset": ("reset", {**_SEEN, "token": "3kq9", "minutes": 60}),
    "reset-locked": ("reset", {**_SEEN, "token": "3kq9", "locked": True}),
    "factor-added": ("factor_added", {**_SEEN, "factor": "Ponsel Siti"}),
    "factor-added-unnamed": ("factor_added", _SEEN),
    "passkey-added": ("factor_added", {**_SEEN, "factor": "Laptop kantor", "kind": "passkey"}),
    "factor-removed": ("factor_removed", {**_SEEN, "factor": "Ponsel Siti"}),
    "factor-removed-unnamed": ("factor_removed", _SEEN),
    "passkey-removed": ("factor_removed", {**_SEEN, "factor": "Laptop kantor", "kind": "passkey"}),
    "factors-removed": ("factor_removed", {**_SEEN, "kind": "all"}),
    "password-changed": ("password_changed", _SEEN),
    "recovery-code-used": ("recovery_code_used", {**_SEEN, "left": 8}),
    "recovery-code-few": ("recovery_code_used", {**_SEEN, "left": 2, "few": True}),
    "new-device": ("new_device", {**_SEEN, "link": "/not-me/3kq9"}),
    "new-device-plain": ("new_device", _SEEN),
    "lockout": ("lockout", _SEEN),
    "agency-code-issued": ("agency_code_issued", {**_SEEN, "until": NOW + timedelta(hours=24)}),
    "agency-code-used": ("agency_code_used", {**_SEEN, "hours": 24}),
    "device-copied": ("device_copied", _SEEN),
    "passkey-copied": ("passkey_copied", {**_SEEN, "factor": "Laptop kantor"}),
    "passkey-copied-unnamed": ("passkey_copied", _SEEN),
    "helped-unlocked": ("helped", {**_SEEN, "kind": "unlock"}),
    "helped-signed-out": ("helped", {**_SEEN, "kind": "sessions"}),
    "owner-made": ("owner_made", {**_SEEN, "owner": "Budi Santoso"}),
    "owner-made-unnamed": ("owner_made", _SEEN),
    "security-alert": ("security_alert", _OFFICE),
    "security-alert-failed": ("security_alert", {**_OFFICE, "failed": True}),
    "correction-opened": ("correction_opened", _OFFICE),
    "factor-reminder": ("factor_reminder", {**_SEEN, "until": NOW + timedelta(days=14), "kind": "any"}),
    "factor-reminder-key": ("factor_reminder", {**_SEEN, "until": NOW + timedelta(days=1), "kind": "phishing_resistant"}),
    "correction-accepted": ("correction_answered", {**_SEEN, "accepted": True, "answer": "Sudah diperbaiki sesuai SK."}),
    "correction-rejected": ("correction_answered", {**_SEEN, "accepted": False, "answer": "Mohon datang dengan akta kelahiran."}),
}


def letter(scene: str, locale: str) -> Letter:
    """A letter as the scene has it."""
    name, params = LETTER_SCENES[scene]
    return write(name, locale, params, installation_name=NAME, issuer=ISSUER)


def slip(locale: str) -> str:
    """The slip that an agency hands out."""
    until = NOW + timedelta(hours=24)
    return print_code(
        locale, code=CODE, name=str(_SEEN["name"]), username="siti.harahap", until=until, installation_name=NAME, issuer=ISSUER
    )
