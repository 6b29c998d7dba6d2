"""`idp user`, `idp role` and `idp unit` as tools outside the repository call them."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from idp.cli import main
from idp.db.session import Database
from idp.policy.permissions import Role
from tests import audit_watch

NIP = "198609262015051001"
PPPK = "199002142022212005"
PASSWORD = "kuda hijau melompat pagar 7"
Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `idp …`; gives (exit code, parsed JSON, or the error text)."""
    values = {
        "ISSUER": "http://localhost:8000", "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "SECRET_KEY": "a long enough secret for these tests 0123456789", "DATA_KEYS": b64encode(bytes(range(32))).decode(),
        "ARGON2_MEMORY_KIB": "64", "ARGON2_TIME_COST": "1",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(f"IDP_{name}", value)

    def call(*arguments: str, stdin: str | bytes = "") -> tuple[int, Any]:
        with audit_watch.watching():
            done = CliRunner().invoke(main, [*arguments, "--json"], input=stdin, catch_exceptions=True)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, json.loads(done.stdout) if done.exit_code == 0 else done.stderr

    _seed(database)
    return call


def _seed(database: Database) -> None:
    from idp.directory.orgs import regions

    with database.unit() as session:
        for region in regions():
            session.execute(
                text("INSERT INTO governments (code, name, kind, residents) VALUES (:code, :name, :kind, :residents)"),
                {"code": region.code, "name": region.name, "kind": region.kind, "residents": region.residents},
            )


def _people(database: Database) -> int:
    with database.unit(read_only=True) as session:
        return session.execute(text("SELECT count(*) FROM people")).scalar_one()


def test_a_user_is_created_with_everything_the_interface_names(run: Run) -> None:
    assert run("unit", "create", "--government", "12.71", "--code", "dinkes", "--name", "Dinas Kesehatan", "--kind", "dinas")[0] == 0
    who = ["--username", "Budi", "--name", "Budi Siregar", "--nip", "19860926 201505 1 001", "--status", "PNS"]
    where = ["--email", "budi@medan.go.id", "--phone", "0812 3456 7890", "--government", "12.71", "--unit", "dinkes"]
    code, made = run("user", "create", *who, *where, "--password-stdin", stdin=f"{PASSWORD}\n")
    assert code == 0, made
    assert made["username"] == "budi"
    assert (made["number_kind"], made["number"]) == ("NIP", "19860926••••••••01")
    assert (made["government"], made["unit"], made["employment_status"], made["status"]) == ("12.71", "dinkes", "PNS", "active")
    code, shown = run("user", "show", NIP)
    assert code == 0
    assert shown["id"] == made["id"]
    assert shown["posts"] == ["Dinas Kesehatan: -"]


def test_a_user_without_government_and_number_gets_an_issued_identifier(run: Run) -> None:
    code, made = run("user", "create", "--username", "vendor", "--name", "Vendor")
    assert (code, made["number_kind"], made["employment_status"], made["government"]) == (0, "ISSUED", "NON_ASN", None)
    assert run("user", "show", made["number"])[1]["username"] == "vendor"


def test_an_invited_user_gets_a_link_and_becomes_active_by_a_password(run: Run) -> None:
    code, made = run("user", "create", "--username", "ani", "--name", "Ani", "--invite")
    assert (code, made["status"]) == (0, "invited")
    assert made["activation_link"].startswith("http://localhost:8000/activate/")
    assert run("user", "invite", "ani")[1]["activation_link"] != made["activation_link"]
    assert run("user", "set-password", "ani", "--stdin", stdin=PASSWORD)[1]["status"] == "active"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nip", "123"],
        ["--nip", "198609262015131001"],
        ["--email", "nonsense"],
        ["--phone", "x"],
        ["--government", "99.99"],
        ["--government", "12.71", "--unit", "nothing"],
        ["--unit", "dinkes"],
        ["--status", "KING"],
        ["--username", "not a name"],
        ["--name", ""],
        ["--password-stdin", "--invite"],
        ["--password-stdin"],
        ["--activity", "asleep"],
        ["--position", "Kepala"],
    ],
)
def test_a_bad_value_exits_2_with_one_line_and_changes_nothing(run: Run, database: Database, arguments: list[str]) -> None:
    code, said = run("user", "create", "--username", "budi", "--name", "Budi", *arguments)
    assert code == 2
    assert len(said.strip().splitlines()) == 1, said
    assert _people(database) == 0


@pytest.mark.parametrize("stdin", [b"short\n", b"\n", b"two\nlines\n", b"\xff\xfe" * 8, b"x" * 10_000, f"{NIP}\n".encode()])
def test_a_bad_password_creates_nobody(run: Run, database: Database, stdin: bytes) -> None:
    code, said = run("user", "create", "--username", "budi", "--name", "Budi", "--nip", NIP, "--password-stdin", stdin=stdin)
    assert code == 2
    assert len(said.strip().splitlines()) == 1, said
    assert _people(database) == 0


def test_a_number_or_name_in_use_is_refused(run: Run, database: Database) -> None:
    assert run("user", "create", "--username", "budi", "--name", "Budi", "--nip", NIP)[0] == 0
    assert run("user", "create", "--username", "BUDI", "--name", "Budi")[0] == 2
    assert run("user", "create", "--username", "ani", "--name", "Ani", "--nip", NIP)[0] == 2
    assert _people(database) == 1


def test_factors_are_enrolled_counted_and_reset(run: Run) -> None:
    run("user", "create", "--username", "budi", "--name", "Budi")
    assert run("user", "recovery-codes", "budi")[0] == 2
    code, enrolled = run("user", "enrol-totp", "budi")
    assert code == 0
    assert enrolled["uri"].startswith("otpauth://totp/")
    assert enrolled["secret"] in enrolled["uri"]
    codes = run("user", "recovery-codes", "budi")[1]["recovery_codes"]
    assert len(set(codes)) == len(codes) >= 8
    assert run("user", "show", "budi")[1]["recovery_codes_left"] == len(codes)
    assert run("user", "reset-factors", "budi") == (0, {"username": "budi", "removed": 1})
    assert run("user", "show", "budi")[1]["factors"] == 0


def test_disable_enable_and_sessions(run: Run) -> None:
    run("user", "create", "--username", "budi", "--name", "Budi", "--nip", NIP)
    assert run("user", "disable", "budi", "--reason", "left")[1]["status"] == "disabled"
    assert run("user", "enable", NIP)[1]["status"] == "active"
    assert run("user", "sessions", "budi") == (0, [])
    assert run("user", "sessions", "budi", "--end") == (0, [])
    assert run("user", "set-activity", "budi", "retired")[1]["status"] == "disabled"
    assert run("user", "enable", "budi")[0] == 2


def test_a_changed_number_still_finds_the_user_for_the_operator(run: Run) -> None:
    run("user", "create", "--username", "budi", "--name", "Budi", "--nip", PPPK)
    assert run("user", "set-number", "budi", NIP)[1]["number_kind"] == "NIP"
    shown = run("user", "show", PPPK)[1]
    assert (shown["username"], shown["past_numbers"]) == ("budi", ["19900214••••••••05"])
    assert run("user", "disable", PPPK)[0] == 2
    assert run("user", "set-email", "budi", "b@medan.go.id")[1]["email"] == "b@medan.go.id"


@pytest.mark.parametrize(
    "command", ["set-password --stdin", "enrol-totp", "recovery-codes", "disable", "enable", "reset-factors", "sessions", "show", "invite"]
)
def test_an_unknown_user_exits_2_with_one_line(run: Run, command: str) -> None:
    name, *options = command.split()
    code, said = run("user", name, "nobody", *options, stdin=PASSWORD)
    assert code == 2
    assert len(said.strip().splitlines()) == 1, said


def test_roles_are_granted_and_revoked_where_they_hold(run: Run) -> None:
    run("user", "create", "--username", "budi", "--name", "Budi")
    run("unit", "create", "--government", "12.71", "--code", "dinkes", "--name", "Dinas Kesehatan")
    assert run("role", "grant", "budi", "administrator")[0] == 0
    assert run("role", "grant", "budi", "hr_admin", "--government", "12.71")[0] == 0
    assert run("role", "grant", "budi", "helpdesk", "--government", "12.71", "--unit", "dinkes")[0] == 0
    assert {one["role"] for one in run("role", "list", "budi")[1]} == {"administrator", "hr_admin", "helpdesk"}
    assert run("role", "revoke", "budi", "hr_admin", "--government", "12.71")[0] == 0
    for bad in (["hr_admin"], ["king"], ["auditor", "--unit", "dinkes"], ["auditor", "--government", "1"]):
        assert run("role", "revoke", "budi", *bad)[0] == 2
        assert bad == ["hr_admin"] or run("role", "grant", "budi", *bad)[0] == 2
    assert {one["role"] for one in run("role", "list")[1]} == set(Role)


def test_units_are_listed_renamed_and_closed(run: Run) -> None:
    run("unit", "create", "--government", "12.71", "--code", "a", "--name", "A", "--from", "2020-01-01")
    run("unit", "create", "--government", "12.71", "--code", "b", "--name", "B", "--parent", "a", "--from", "2020-01-01")
    assert run("unit", "rename", "12.71", "b", "Baru")[1]["name"] == "Baru"
    assert run("unit", "close", "12.71", "a")[0] == 2
    closed = run("unit", "close", "12.71", "a", "--day", "2024-01-01", "--successor", "b")[1]
    assert closed["valid_to"] == "2024-01-01"
    assert [one["code"] for one in run("unit", "list", "12.71")[1]] == ["b"]


def test_branding_is_chosen_shown_and_forgotten(run: Run, tmp_path: Any) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h8v8z"/></svg>')
    code, row = run("branding", "set", "--government", "12.71", "--name", "Kota Medan", "--accent", "#7a1f3d", "--logo", str(logo))
    assert (code, row["scope"], row["accent"]) == (0, "12.71", "#7a1f3d")
    code, error = run("branding", "set", "--accent", "#f2c200")
    assert code == 2 and "contrast" in error and error.count("\n") == 1
    assert [one["scope"] for one in run("branding", "show")[1]] == ["12.71"]
    assert run("branding", "reset", "--government", "12.71")[1] == {"scope": "12.71", "reset": True}
    assert run("branding", "show")[1] == []


def test_break_glass_makes_an_owner_and_cannot_be_quiet(run: Run, database: Database, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("owner", "helper"):
        assert run("user", "create", "--username", name, "--name", name.title(), "--email", f"{name}@example.go.id")[0] == 0
    assert run("role", "grant", "owner", "administrator")[0] == 0
    assert run("break-glass", "helper", "--reason", "x")[0] == 2
    assert run("break-glass", "nobody", "--reason", "All owners are ill")[0] == 2
    code, result = run("break-glass", "helper", "--reason", "All owners are ill")
    assert (code, result["role"], result["owners_told"]) == (0, "administrator", 2)
    with database.engine.connect() as connection:
        found = connection.execute(text("SELECT tag FROM audit_events WHERE tag LIKE '%break_glass'")).all()
        letters = connection.execute(text("SELECT count(*) FROM outbox WHERE kind = 'mail'")).scalar()
    assert len(found) == 1 and letters == 2
    assert run("role", "revoke", "owner", "administrator")[0] == 0
    assert run("role", "revoke", "helper", "administrator")[0] == 2  # the last one stays, for an operator too
