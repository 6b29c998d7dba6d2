"""`idp link`, `idp announcement`, `idp client present`: what an administrator types, what is kept, recorded and refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from idp.cli import main
from idp.db.session import Database
from idp.settings import Settings
from tests.web.test_launcher import png


class Idp:
    """Runs the `idp` command on the test's database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._runner = CliRunner()

    def run(self, *arguments: str) -> Result:
        """What the command did."""
        return self._runner.invoke(main, arguments)

    def json(self, *arguments: str) -> Any:
        """Its result; the command must succeed."""
        done = self.run(*arguments, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def refused(self, *arguments: str) -> str:
        """The one line of a refusal, which changed and recorded nothing."""
        before = self.recorded("%")
        done = self.run(*arguments)
        assert done.exit_code == 2, done.output
        assert done.stdout == "" and len(done.stderr.strip().splitlines()) == 1
        assert self.recorded("%") == before
        return done.stderr

    def recorded(self, tag: str) -> list[str]:
        """The details of audit events whose tag is like this, the oldest first."""
        with self._database.unit(read_only=True) as session:
            rows = session.execute(text("SELECT details FROM audit_events WHERE tag LIKE :tag ORDER BY id"), {"tag": tag})
            return [str(row[0]) for row in rows]

    def column(self, statement: str) -> Any:
        """One value."""
        with self._database.unit(read_only=True) as session:
            return session.execute(text(statement)).scalar_one()


@pytest.fixture
def idp(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> Idp:
    """The command with the test's settings in its environment."""
    for name in ("issuer", "database_url", "secret_key", "rsa_key_bits"):
        monkeypatch.setenv(f"IDP_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("IDP_DATA_KEYS", ",".join(settings.data_keys))
    with database.unit() as session:
        session.execute(text("INSERT INTO governments (code, name, kind, residents) VALUES ('12.71', 'Kota Medan', 'city', 1)"))
    return Idp(database)


@pytest.fixture
def app(idp: Idp) -> str:
    """A registered application."""
    idp.json("client", "create", "--client-id", "app", "--redirect-uri", "https://app.example.org/cb")
    return "app"


def test_a_link_is_added_listed_and_removed_with_evidence(idp: Idp) -> None:
    texts = ("--description", "Letters", "--description-id", "Persuratan")
    added = idp.json("link", "add", "--name", "SRIKANDI", "--uri", "https://srikandi.arsip.go.id", *texts)
    (listed,) = idp.json("link", "list")
    assert listed == {**added, "description": "Letters", "description_id": "Persuratan"}
    assert idp.json("link", "remove", added["id"]) == {"removed": added["id"], "name": "SRIKANDI"}
    assert idp.json("link", "list") == []
    assert ["add" in idp.recorded("%link%")[0], "remove" in idp.recorded("%link%")[1]] == [True, True]
    idp.json("link", "add", "--name", "SRIKANDI", "--uri", "https://srikandi.arsip.go.id")  # the name is free again


@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "http://srikandi.arsip.go.id", "https://user:pw@x.go.id", "//x", "", "https://x.go.id/\n", "https://"]
)
def test_a_link_leads_to_https_only(idp: Idp, uri: str) -> None:
    assert "address" in idp.refused("link", "add", "--name", "X", "--uri", uri)


def test_a_link_needs_a_name_of_its_own(idp: Idp) -> None:
    idp.json("link", "add", "--name", "SIPD", "--uri", "https://sipd.go.id")
    for name in ("sipd", "", "   ", "n" * 81, "a\x00b"):
        idp.refused("link", "add", "--name", name, "--uri", "https://other.go.id")
    for unknown in ("nobody", "'; --", "", "x" * 500):
        idp.refused("link", "remove", unknown)


def test_an_announcement_is_set_listed_and_ended_with_evidence(idp: Idp) -> None:
    said = idp.json(
        *("announcement", "set", "--text", "Maintenance", "--text-id", "Pemeliharaan", "--level", "warning", "--government", "12.71"),
        *("--from", "2030-01-01", "--until", "2030-01-02T06:00:00"),
    )
    assert said["starts_at"].startswith("2030-01-01T00:00:00") and said["ends_at"].startswith("2030-01-02T06:00:00")
    assert (said["level"], said["government_code"], said["on_sign_in"]) == ("warning", "12.71", False)
    assert idp.json("announcement", "list") == [said]
    assert idp.json("announcement", "end", said["id"]) == {"ended": said["id"]}
    assert idp.json("announcement", "list") == []
    assert [one["id"] for one in idp.json("announcement", "list", "--all")] == [said["id"]]
    assert len(idp.recorded("%announcement%")) == 2
    idp.refused("announcement", "end", said["id"])


def test_the_sign_in_page_speaks_to_everybody_only(idp: Idp) -> None:
    texts = ("announcement", "set", "--text", "a", "--text-id", "b", "--on-sign-in")
    assert idp.json(*texts)["on_sign_in"] is True
    assert "everybody" in idp.refused(*texts, "--government", "12.71")


@pytest.mark.parametrize(
    "wrong",
    [
        ("--text", ""),
        ("--text-id", " "),
        ("--text", "x" * 501),
        ("--level", "shouting"),
        ("--government", "99.99"),
        ("--until", "2000-01-01"),
    ],
)
def test_an_announcement_that_cannot_be_read_or_placed_is_refused(idp: Idp, wrong: tuple[str, str]) -> None:
    good = {"--text": "a", "--text-id": "b"} | {wrong[0]: wrong[1]}
    idp.refused("announcement", "set", *(part for pair in good.items() for part in pair))
    assert idp.run("announcement", "set", "--text", "a", "--text-id", "b", "--from", "tomorrow").exit_code == 2
    assert idp.json("announcement", "list", "--all") == []


def test_an_application_presents_itself(idp: Idp, app: str, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(png(64, 64))
    texts = ("--description", "Leave", "--description-id", "Cuti", "--contact", "Diskominfo (061-123)")
    done = idp.run("client", "present", app, *texts, "--logo", str(tmp_path / "logo.png"))
    assert done.exit_code == 0 and done.stdout == "client_id: app\n"
    assert idp.column("SELECT contact FROM app_cards") == "Diskominfo (061-123)"
    assert idp.column("SELECT count(logo) FROM app_cards") == 1
    assert idp.run("client", "present", app, "--no-logo").exit_code == 0
    assert idp.column("SELECT count(logo) FROM app_cards") == 0
    assert idp.column("SELECT description_id FROM app_cards") == "Cuti"  # what is not named stays
    assert len(idp.recorded("%card%")) == 2


def test_what_an_application_may_not_present_is_refused(idp: Idp, app: str, tmp_path: Path) -> None:
    (tmp_path / "x.svg").write_text("<svg/>")
    (tmp_path / "big.png").write_bytes(png(600, 600))
    for logo in ("x.svg", "big.png", "missing.png", "."):
        idp.refused("client", "present", app, "--logo", str(tmp_path / logo))
    idp.refused("client", "present", app, "--description", "x" * 201)
    idp.refused("client", "present", app, "--contact", "a\x00b")
    idp.refused("client", "present", "nobody", "--description", "x")
