"""`idp audit` as an operator and an auditor call it."""

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.cli import main
from idp.db.session import Database
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import SystemClock

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `idp audit …`; gives (exit code, output, errors)."""
    values = {
        "ISSUER": "http://localhost:8000", "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "SECRET_KEY": "a long enough secret for these tests 0123456789", "DATA_KEYS": b64encode(bytes(range(32))).decode(),
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(f"IDP_{name}", value)
    with database.unit() as session:
        log = AuditLog(AuditStore(session), SystemClock())
        for number in range(3):
            log.record(Tag.ROLE_GRANT, OPERATOR, subject=("person", "p1"), government="12.71", client_id="c1", number=number)

    def call(*words: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(main, ["audit", *words], catch_exceptions=True)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    return call


def test_an_event_is_in_an_export_as_soon_as_it_happened_and_the_export_verifies(run: Run, tmp_path: Path) -> None:
    file, key = tmp_path / "out.jsonl", tmp_path / "key.jwk"
    assert run("export", "--government", "12.71", "--output", str(file))[0] == 0
    key.write_text(run("key")[1])
    tags = [json.loads(line)["tag"] for line in file.read_bytes().splitlines()]
    assert tags.count("directory:role:grant") == 3
    code, out, err = run("verify", "--export", str(file), "--key", str(key), "--json")
    assert (code, err) == (0, "")
    assert [(row["chain"], row["events"], row["broken_at"]) for row in json.loads(out)] == [("12.71", 4, None)]


def test_standard_output_is_a_file_too(run: Run) -> None:
    code, out, _ = run("export")
    assert code == 0
    assert json.loads(out.splitlines()[0])["tag"] == "audit:proof:header"
    assert run("export", "--format", "csv")[1].startswith('"id","at","tag"')
    assert run("export", "--format", "syslog")[1].startswith("<109>1 ")


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ((), 3), (("--person", "p1"), 3), (("--application", "c1"), 3), (("--application", "c2"), 0), (("--government", "12.72"), 0),
        (("--tag", "directory:role:grant"), 3), (("--since", "2020-01-01"), 3), (("--until", "2020-01-01T10:00"), 0), (("--limit", "2"), 1),
    ],
)  # fmt: skip
def test_search_narrows(run: Run, words: tuple[str, ...], count: int) -> None:
    _, out, _ = run("search", *words, "--json")
    assert len([one for one in json.loads(out) if one["tag"] == "directory:role:grant"]) == count


def test_looking_is_recorded(run: Run) -> None:
    run("search", "--person", "p1")
    found = json.loads(run("search", "--tag", "audit:record:read", "--json")[1])
    assert [one["details"].get("person") for one in found] == [None, "p1"]


def test_a_checkpoint_on_demand_can_be_kept_and_held_against_the_record(
    run: Run, database: Database, monkeypatch: Any, tmp_path: Path
) -> None:
    from datetime import timedelta

    from idp.audit.proof import seals

    monkeypatch.setattr(seals, "GRACE", timedelta(0))
    signed = json.loads(run("checkpoint", "--json")[1])
    assert [one["chain"] for one in signed] == ["(none)", "12.71", "*"]
    kept = tmp_path / "kept.txt"
    kept.write_text(run("checkpoints")[1])
    assert kept.read_text().split() == [one["statement"] for one in signed]
    assert run("verify", "--against", str(kept))[0] == 0
    with database.unit() as session:
        if database.is_sqlite:
            for table in ("audit_seals", "audit_checkpoints"):
                session.execute(text(f"DROP TRIGGER {table}_no_delete"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("DELETE FROM audit_seals"))
        session.execute(text("DELETE FROM audit_checkpoints"))
    code, _, err = run("verify", "--against", str(kept))
    assert code == 1
    assert "checkpoint: chain 12.71" in err or "truncated: chain 12.71" in err


def test_verification_exits_1_and_says_where(run: Run, database: Database, monkeypatch: Any) -> None:
    from datetime import timedelta

    from idp.audit.proof import seals

    monkeypatch.setattr(seals, "GRACE", timedelta(0))
    assert run("verify")[0] == 0
    with database.unit() as session:
        if database.is_sqlite:
            session.execute(text("DROP TRIGGER audit_events_no_update"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        number = session.execute(text("SELECT min(id) FROM audit_events")).scalar()
        session.execute(text(f"UPDATE audit_events SET client_id = 'c9' WHERE id = {number}"))
    code, _, err = run("verify")
    assert code == 1
    assert f"changed: chain 12.71, event {number}, at " in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", "--tag", "no:such:tag"), "no kind of event"),
        (("export", "--since", "2026-02-01", "--until", "2026-01-01"), "--since must be before --until"),
        (("export", "--since", "yesterday"), "--since"),
        (("export", "--output", "/nowhere/at/all"), "cannot write"),
        (("verify", "--export", "/nowhere"), "/nowhere"),
    ],
)
def test_bad_words_are_refused_in_one_line(run: Run, words: tuple[str, ...], said: str) -> None:
    code, _, err = run(*words)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
