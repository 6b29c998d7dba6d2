"""`idp client` and `idp keys`, as interfaces.md fixes them."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from joserfc.jwk import ECKey
from sqlalchemy import text

from idp.cli import main
from idp.db.session import Database
from idp.settings import Settings

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
URI = ("--redirect-uri", "https://app.example.org/cb")


class Idp:
    """Runs the `idp` command on the test's database."""

    def __init__(self) -> None:
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
        """The one line of a refusal."""
        done = self.run(*arguments)
        assert done.exit_code == 2, done.output
        assert done.stdout == ""
        assert len(done.stderr.strip().splitlines()) == 1
        return done.stderr


@pytest.fixture
def idp(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Idp:
    """The command with the test's settings in its environment."""
    for name in ("issuer", "database_url", "secret_key", "rsa_key_bits"):
        monkeypatch.setenv(f"IDP_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("IDP_DATA_KEYS", ",".join(settings.data_keys))
    monkeypatch.setenv("IDP_ALLOWED_NETWORKS", "127.0.0.0/8")
    return Idp()


def _clients(database: Database) -> int:
    with database.unit(read_only=True) as session:
        return int(session.execute(text("SELECT count(*) FROM clients")).scalar_one())


def test_create_prints_the_id_and_the_secret_once(idp: Idp) -> None:
    done = idp.run("client", "create", "--client-id", "app", *URI)
    assert done.exit_code == 0
    shown, secret = (line.split(": ", 1) for line in done.stdout.splitlines())
    assert shown == ["client_id", "app"]
    assert secret[0] == "client_secret"
    assert secret[1].startswith("sns_")
    assert secret[1] not in idp.run("client", "show", "app").output


def test_every_option_of_create_is_kept(idp: Idp, database: Database) -> None:
    with database.unit() as session:
        session.execute(text("INSERT INTO governments (code, name, kind, residents) VALUES ('12.71', 'Kota Medan', 'city', 1)"))
    idp.json(
        *("client", "create", "--client-id", "app", "--name", "Cuti", "--name-id", "Cuti ASN", *URI),
        *("--redirect-uri", "http://localhost:8001/cb", "--post-logout-redirect-uri", "https://app.example.org/"),
        *(
            "--auth-method",
            "client_secret_post",
            "--secret",
            "rahasia-sekali",
            "--grant",
            "authorization_code,refresh_token,client_credentials",
        ),
        *("--scope", "openid asn laporan.baca", "--no-require-pkce", "--backchannel-logout-uri", "http://127.0.0.1:8001/out"),
        *("--first-party", "--min-acr", "2", "--government", "12.71", "--home-uri", "https://app.example.org/", "--topic", "cuti"),
        *("--access", "government", "--resource", "https://api.example.org", "--subject-type", "public", "--id-token-alg", "ES256"),
        *("--resource", "https://files.example.org", "--audience", "https://leave.example.org"),
    )
    shown = idp.json("client", "show", "app")
    assert shown["client_name"] == "Cuti"
    assert shown["redirect_uris"] == ["https://app.example.org/cb", "http://localhost:8001/cb"]
    assert shown["post_logout_redirect_uris"] == ["https://app.example.org/"]
    assert shown["token_endpoint_auth_method"] == "client_secret_post"
    assert shown["grant_types"] == ["authorization_code", "client_credentials", "refresh_token"]
    assert shown["scope"] == "openid asn laporan.baca"
    assert shown["backchannel_logout_uri"] == "http://127.0.0.1:8001/out"
    assert (shown["require_pkce"], shown["first_party"]) == (False, True)
    assert (shown["min_acr"], shown["government"]) == ("urn:sumut:acr:2", "12.71")
    assert (shown["access"], shown["resources"]) == ("government", ["https://api.example.org", "https://files.example.org"])
    assert shown["audience"] == ["https://leave.example.org"]
    assert (shown["subject_type"], shown["id_token_signed_response_alg"]) == ("public", "ES256")
    assert shown["secrets"] == ["(own)… no end"]


def test_keys_of_a_client_come_from_a_file(idp: Idp, tmp_path: Path) -> None:
    public, private = tmp_path / "public.json", tmp_path / "private.json"
    key = ECKey.generate_key("P-256")
    public.write_text(json.dumps({"keys": [key.as_dict(private=False) | {"kid": "k1"}]}))
    private.write_text(json.dumps({"keys": [key.as_dict(private=True)]}))
    (tmp_path / "text").write_text("no json")
    create = ("client", "create", "--client-id", "app", *URI, "--auth-method", "private_key_jwt", "--jwks")
    assert "private members" in idp.refused(*create, str(private))
    assert "not JSON" in idp.refused(*create, str(tmp_path / "text"))
    assert "cannot read" in idp.refused(*create, str(tmp_path / "missing"))
    made = idp.json(*create, str(public))
    assert made["keys"] == ["k1"]
    assert "client_secret" not in made


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--profile", "fapi1"), "profile is one of"),
        (("--profile", "fapi2-security-profile"), "5.3.2.1"),
        (("--request-object-alg", "none"), "request_object_alg is one of"),
        (("--frontchannel-logout-uri", "https://other.example.org/out"), "those of a redirect URI"),
        (("--auth-method", "tls_client_auth"), "needs exactly one --tls-subject-dn or --tls-san-"),
        (("--auth-method", "tls_client_auth", "--tls-subject-dn", "CN=a", "--tls-san-dns", "a"), "name one subject"),
        (("--auth-method", "tls_client_auth", "--tls-subject-dn", "nonsense"), "is not what a certificate can say"),
        (("--auth-method", "tls_client_auth", "--tls-san-ip", "300.1.1.1"), "is not what a certificate can say"),
        (("--auth-method", "client_secret_basic", "--tls-san-dns", "a"), "tls_client_auth, and only it"),
        (("--auth-method", "self_signed_tls_client_auth"), "needs the client's public keys"),
        (("--auth-method", "magic"), "no authentication method"),
        (("--grant", "urn:ietf:params:oauth:grant-type:token-exchange", "--auth-method", "none"), "confidential clients"),
        (("--grant", "password"), "no grant 'password'"),
        (("--redirect-uri", "http://app.example.org/cb"), "loopback only"),
        (("--redirect-uri", "https://app.example.org@evil.test/cb"), "user information"),
        (("--backchannel-logout-uri", "http://169.254.169.254/"), "not https"),
        (("--backchannel-logout-uri", "https://10.0.0.1/"), "private address"),
        (("--auth-method", "none", "--no-require-pkce"), "PKCE is always required"),
        (("--min-acr", "9"), "no assurance level"),
        (("--government", "99.99"), "no government"),
        (("--secret", "short"), "8 to 256"),
        (("--scope", 'a"b'), "does not allow"),
    ],
)
def test_a_bad_value_exits_2_with_one_line_and_changes_nothing(idp: Idp, database: Database, options: tuple[str, ...], why: str) -> None:
    assert why in idp.refused("client", "create", "--client-id", "app", *URI, *options)
    assert _clients(database) == 0


def test_a_secret_is_rotated_and_a_client_disabled_and_enabled(idp: Idp) -> None:
    first = idp.json("client", "create", "--client-id", "app", *URI)["client_secret"]
    second = idp.json("client", "rotate-secret", "app")["client_secret"]
    assert first != second
    assert [one.split("…")[1][:6] for one in idp.json("client", "show", "app")["secrets"]] == [" until", " no en"]
    assert idp.json("client", "disable", "app") == {"client_id": "app", "status": "disabled"}
    assert [one["status"] for one in idp.json("client", "list")] == ["disabled"]
    assert idp.json("client", "enable", "app")["status"] == "active"
    for command in ("rotate-secret", "disable", "enable", "show"):
        assert "there is no client" in idp.refused("client", command, "nobody")


def test_initial_access_tokens_are_made_listed_and_revoked(idp: Idp) -> None:
    made = idp.json("registration-token", "create", "--uses", "3", "--policy", "gateway", "--resource", "https://api.example.org")
    assert made["initial_access_token"].startswith("irt_")
    assert (made["uses"], made["used"], made["resources"]) == (3, 0, ["https://api.example.org"])
    listed = idp.json("registration-token", "list")
    assert [one["id"] for one in listed] == [made["id"]]
    assert "initial_access_token" not in listed[0]
    assert idp.json("registration-token", "revoke", made["id"], "--disable-clients") == {"id": made["id"], "disabled_clients": []}
    assert idp.json("registration-token", "list")[0]["revoked_at"]
    for options, why in (
        (("--policy", "all"), "no policy"),
        (("--policy", "government"), "needs --government"),
        (("--government", "99.99"), "no government"),
        (("--uses", "0"), "1 to 1,000"),
        (("--resource", "api"), "not an absolute URI"),
    ):
        assert why in idp.refused("registration-token", "create", *options)
    assert "no registration token" in idp.refused("registration-token", "revoke", "x")


def test_keys_are_rotated_and_listed(idp: Idp) -> None:
    first = idp.json("keys", "rotate")
    assert [(key["alg"], key["state"]) for key in first] == [("RS256", "active"), ("ES256", "active")]
    (second,) = idp.json("keys", "rotate", "--alg", "ES256")
    assert second["kid"] != first[1]["kid"]
    listed = idp.json("keys", "list")
    assert sorted(key["state"] for key in listed if key["alg"] == "ES256") == ["active", "next", "retired", "retired"]
    assert all(set(key) == {"kid", "alg", "state", "created_at", "activated_at", "retired_at", "expires_at"} for key in listed)
    assert "there are RS256, ES256" in idp.refused("keys", "rotate", "--alg", "HS256")
    assert idp.json("keys", "reseal") == {"resealed": 0}


def test_access_is_given_to_a_government_and_taken_back(idp: Idp, database: Database) -> None:
    with database.unit() as session:
        session.execute(text("INSERT INTO governments (code, name, kind, residents) VALUES ('12.71', 'Kota Medan', 'city', 1)"))
    idp.json("client", "create", "--client-id", "app", *URI, "--access", "assigned")
    assert idp.json("client", "assign", "app", "--government", "12.71") == {"client_id": "app", "assigned": "12.71"}
    assert idp.json("client", "assign", "app", "--government", "12.71", "--remove") == {"client_id": "app", "removed": "12.71"}
    assert "either --user or --government" in idp.refused("client", "assign", "app")
    assert "12.99" in idp.refused("client", "assign", "app", "--government", "12.99")


def test_exchange_is_allowed_and_taken_back(idp: Idp) -> None:
    grant = "authorization_code,urn:ietf:params:oauth:grant-type:token-exchange"
    idp.json("client", "create", "--client-id", "front", *URI, "--grant", grant)
    idp.json("client", "create", "--client-id", "api", *URI)
    allow = ("client", "allow-exchange", "front", "api")
    assert idp.json(*allow, "--scope", "arsip:read") == [{"from": "front", "to": "api", "scope": "arsip:read"}]
    assert "either --scope" in idp.refused(*allow)
    assert "cannot be exchanged" in idp.refused(*allow, "--scope", "nik")
    assert "there is no client" in idp.refused("client", "allow-exchange", "front", "nobody", "--scope", "a")
    assert "not registered for the grant" in idp.refused("client", "allow-exchange", "api", "front", "--scope", "a")
    assert idp.json(*allow, "--remove") == []
    assert "may not exchange" in idp.refused(*allow, "--remove")
