"""Unsafe combinations refuse to start, and say which."""

from pathlib import Path

import pytest

from idp.settings import Settings, UnsafeSettings

GOOD = {
    "IDP_ISSUER": "https://sso.example.go.id",
    "IDP_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
    "IDP_DATA_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("IDP_")]:
        monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_the_least_that_is_needed_starts() -> None:
    assert Settings.from_env().https


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("IDP_ISSUER", "http://sso.example.go.id", "must be https"),
        ("IDP_ISSUER", "https://sso.example.go.id/path", "no path"),
        ("IDP_ISSUER", "sso.example.go.id", "https URL"),
        ("IDP_SECRET_KEY", "short", "32 unpredictable"),
        ("IDP_SECRET_KEY", "a" * 64, "32 unpredictable"),
        ("IDP_DATA_KEYS", "c2hvcnQ=", "32 bytes"),
        ("IDP_DATA_KEYS", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "predictable"),
        ("IDP_DATABASE_URL", "mysql://x", "IDP_DATABASE_URL"),
        ("IDP_AUDIT_RETENTION_DAYS", '{"access": 30}', "must not be shorter"),
        ("IDP_AUDIT_RETENTION_DAYS", '{"gossip": 900}', "IDP_AUDIT_RETENTION_DAYS"),
        ("IDP_AUDIT_RETENTION_DAYS", "a year", "IDP_AUDIT_RETENTION_DAYS"),
        ("IDP_AUDIT_SYSLOG_URL", "http://log.example", "must be udp://"),
        ("IDP_TRUSTED_PROXIES", "0.0.0.0/0", "every address"),
        ("IDP_ALLOWED_NETWORKS", "::/0", "every address"),
        ("IDP_ARGON2_MEMORY_KIB", "1024", "localhost only"),
        ("IDP_SMTP_URL", "ftp://x", "IDP_SMTP_URL"),
        ("IDP_PASSKEY_RP_ID", "go.id", "IDP_PASSKEY_RP_ID must be the host of IDP_ISSUER or a domain of your own"),
        ("IDP_PASSKEY_RP_ID", "evil.test", "IDP_PASSKEY_RP_ID"),
        ("IDP_PASSKEY_RP_ID", "https://example.go.id", "IDP_PASSKEY_RP_ID"),
        ("IDP_LOG_LEVEL", "loud", "IDP_LOG_LEVEL"),
        ("IDP_CODE_SECONDS", "600", "IDP_CODE_SECONDS"),
    ],
)
def test_an_unsafe_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UnsafeSettings, match=says) as caught:
        Settings.from_env()
    if name in ("IDP_SECRET_KEY", "IDP_DATA_KEYS"):
        assert value not in str(caught.value), "a secret is never repeated"


def test_passkeys_belong_to_the_host_unless_a_domain_above_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for given, meant in (("", "sso.example.go.id"), ("example.go.id", "example.go.id"), ("sso.example.go.id", "sso.example.go.id")):
        monkeypatch.setenv("IDP_PASSKEY_RP_ID", given)
        assert Settings.from_env().relying_party_id == meant


@pytest.mark.parametrize("name", list(GOOD))
def test_a_missing_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(UnsafeSettings, match=f"{name} is not set"):
        Settings.from_env()


def test_a_secret_may_come_from_a_file_but_not_from_both(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(GOOD["IDP_SECRET_KEY"] + "\n")
    monkeypatch.setenv("IDP_SECRET_KEY_FILE", str(path))
    with pytest.raises(UnsafeSettings, match="keep one"):
        Settings.from_env()
    monkeypatch.delenv("IDP_SECRET_KEY")
    assert Settings.from_env().secret_key == GOOD["IDP_SECRET_KEY"]


def test_events_are_kept_for_five_years_a_class_may_say_otherwise_and_never_less_than_online(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(Settings.from_env().audit_retention.values()) == {1826}
    monkeypatch.setenv("IDP_AUDIT_RETENTION_DAYS", '{"access": 400, "privacy": 0}')
    kept = {kind.value: days for kind, days in Settings.from_env().audit_retention.items()}
    assert kept == {"access": 400, "security": 1826, "administration": 1826, "operation": 1826}
    monkeypatch.delenv("IDP_AUDIT_RETENTION_DAYS")
    monkeypatch.setenv("IDP_AUDIT_ONLINE_MONTHS", "120")
    assert set(Settings.from_env().audit_retention.values()) == {3720}
