"""``idp client``: registered applications."""

import json
from pathlib import Path
from typing import Any

import click

from idp.cli.base import emit, fail, json_option, open_services
from idp.clients.metadata import DEFAULT_GRANTS, DEFAULT_SCOPES, NewClient
from idp.clients.snapshot import ClientSnapshot
from idp.clients.tls_subject import METADATA_NAMES
from idp.kernel.actor import OPERATOR

_MANY: dict[str, Any] = {"multiple": True, "metavar": "URI"}


@click.group()
def client() -> None:
    """Register applications and look after them."""


@client.command("create")
@click.option("--client-id", required=True)
@click.option("--name", default="", help="As people see it; the client id when left out.")
@click.option("--name-id", help="The name in Indonesian, where it differs.")
@click.option("--redirect-uri", "redirect_uris", **_MANY, help="Exact address; may be given several times.")
@click.option("--post-logout-redirect-uri", "post_logout_redirect_uris", **_MANY)
@click.option("--auth-method", default="client_secret_basic", show_default=True)
@click.option("--secret", help="A secret of your own (8 to 256 characters); generated when left out.")
@click.option("--jwks", "jwks_file", type=click.Path(path_type=Path), help="File with the client's public keys (JWK Set).")
@click.option("--jwks-uri")
@click.option("--grant", "grants", multiple=True, help=f"Comma-separated; default {','.join(DEFAULT_GRANTS)}.")
@click.option("--scope", "scopes", multiple=True, help=f"Space-separated; default '{' '.join(DEFAULT_SCOPES)}'.")
@click.option("--require-pkce/--no-require-pkce", default=True, show_default=True)
@click.option("--require-par", is_flag=True, help="Only pushed authorization requests (RFC 9126).")
@click.option("--profile", help="fapi2-security-profile or fapi2-message-signing: turns on all it takes.")
@click.option("--require-request-object", is_flag=True, help="Only signed request objects (RFC 9101).")
@click.option("--request-object-alg", help="How its request objects are signed: RS256, PS256, ES256 or EdDSA.")
@click.option("--request-uri", "request_uris", **_MANY, help="Where its request objects may be fetched.")
@click.option("--response-alg", help="Signature of answers with response_mode jwt (JARM): RS256 or ES256.")
@click.option("--introspection-alg", help="Signature of introspection answers as JWT (RFC 9701).")
@click.option("--id-token-key-alg", help="Encrypt ID tokens: RSA-OAEP-256 or ECDH-ES, with A256GCM.")
@click.option("--userinfo-key-alg", help="Encrypt userinfo answers.")
@click.option("--response-key-alg", help="Encrypt answers with response_mode jwt.")
@click.option("--initiate-login-uri", help="Where the portal starts a sign-in (OIDC Core section 4).")
@click.option("--sector-identifier-uri", help="Fetched once, must list every redirect URI (OIDC Core section 8.1).")
@click.option("--dpop", is_flag=True, help="Access tokens only with a DPoP proof (RFC 9449).")
@click.option("--certificate-bound", is_flag=True, help="Access tokens only with a client certificate (RFC 8705).")
@click.option("--tls-subject-dn", metavar="DN", help="For tls_client_auth, one of five: the certificate's subject (RFC 4514).")
@click.option("--tls-san-dns", metavar="NAME", help="… or a DNS name of the certificate.")
@click.option("--tls-san-uri", metavar="URI", help="… or a URI.")
@click.option("--tls-san-ip", metavar="ADDRESS", help="… or an IP address.")
@click.option("--tls-san-email", metavar="ADDRESS", help="… or a mail address.")
@click.option("--backchannel-logout-uri")
@click.option("--frontchannel-logout-uri", help="Page of the application that our sign-out page loads in a frame.")
@click.option("--frontchannel-logout-session-required", is_flag=True, help="It needs iss and sid to know which session ends.")
@click.option("--first-party", is_flag=True, help="One of our own: people are not asked before data is shared.")
@click.option("--min-acr", help="1, 2, 3 or urn:sumut:acr:N: the least assurance of every sign-in.")
@click.option("--government", "government_code", help="Code of the government it belongs to.")
@click.option("--home-uri", help="Where the portal's link leads.")
@click.option("--topic", help="The portal groups applications by it.")
@click.option("--access", default="everyone", show_default=True, help="everyone, government or assigned.")
@click.option("--resource", "resources", **_MANY, help="API it may ask tokens for (RFC 8707); may be given several times.")
@click.option("--authorization-type", "authorization_types", multiple=True, help="Declared type of authorization details (RFC 9396).")
@click.option("--audience", **_MANY, help="API that it is: it may introspect the tokens meant for it (RFC 7662).")
@click.option("--subject-type", default="pairwise", show_default=True, help="pairwise or public.")
@click.option("--sector", default="", help="Applications of one sector see the same pairwise subject.")
@click.option("--id-token-alg", default="RS256", show_default=True)
@click.option("--access-token-alg", default="ES256", show_default=True)
@click.option("--userinfo-alg", help="Sign userinfo answers with RS256 or ES256.")
@json_option
def create_command(as_json: bool, **given: Any) -> None:
    """Register an application; prints its client id, and its secret once."""
    new = _new_client(given)
    with open_services() as services:
        created, secret = services.registry.create(OPERATOR, new)
    emit(_shown(created) | ({"client_secret": secret} if secret else {}) if as_json else _brief(created, secret), as_json)


@client.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Every application."""
    with open_services() as services:
        found = services.registry.list()
    columns = ("client_id", "name", "status", "auth_method", "government_code", "access")
    emit([{name: getattr(one, name) for name in columns} for one in found], as_json)


@client.command("show")
@click.argument("client_id")
@json_option
def show_command(client_id: str, as_json: bool) -> None:
    """Everything registered of an application; never a secret."""
    with open_services() as services:
        found = services.registry.get(client_id)
    emit(_shown(found), as_json)


@client.command("rotate-secret")
@click.argument("client_id")
@click.option("--keep-days", type=int, default=7, show_default=True, help="How long the old secret is accepted beside the new one.")
@click.option("--secret", help="A secret of your own; generated when left out.")
@json_option
def rotate_secret_command(client_id: str, keep_days: int, secret: str | None, as_json: bool) -> None:
    """Give an application a new secret, printed once."""
    with open_services() as services:
        added = services.registry.rotate_secret(OPERATOR, client_id, keep_days=keep_days, secret=secret)
    emit({"client_id": client_id, "client_secret": added}, as_json)


@client.command("disable")
@click.argument("client_id")
@json_option
def disable_command(client_id: str, as_json: bool) -> None:
    """Stop an application at once; its tokens stop with it."""
    with open_services() as services:
        changed = services.registry.disable(OPERATOR, client_id)
    emit({"client_id": client_id, "status": changed.status}, as_json)


@client.command("enable")
@click.argument("client_id")
@json_option
def enable_command(client_id: str, as_json: bool) -> None:
    """Let an application work again."""
    with open_services() as services:
        changed = services.registry.enable(OPERATOR, client_id)
    emit({"client_id": client_id, "status": changed.status}, as_json)


@client.command("assign")
@click.argument("client_id")
@click.option("--user", help="User name.")
@click.option("--government", help="Code of a government.")
@click.option("--remove", is_flag=True, help="Take the assignment back.")
@json_option
def assign_command(client_id: str, user: str | None, government: str | None, remove: bool, as_json: bool) -> None:
    """Say who may use an application whose access is `assigned`."""
    if (user is None) == (government is None):
        fail("name either --user or --government")
    with open_services() as services:
        subject = {"person_id": services.people.need(user).id} if user is not None else {"government_code": str(government)}
        (services.registry.unassign if remove else services.registry.assign)(OPERATOR, client_id, **subject)
    emit({"client_id": client_id, "removed" if remove else "assigned": user or government}, as_json)


@client.command("allow-exchange")
@click.argument("from_client", metavar="FROM")
@click.argument("to_client", metavar="TO")
@click.option("--scope", help="Space-separated; the most that FROM may ask for.")
@click.option("--remove", is_flag=True, help="Take the permission back.")
@json_option
def allow_exchange_command(from_client: str, to_client: str, scope: str | None, remove: bool, as_json: bool) -> None:
    """Let FROM exchange its people's access tokens for tokens meant for TO (RFC 8693)."""
    if remove == bool(scope):
        fail("name either --scope '…' or --remove")
    with open_services() as services:
        if remove:
            services.registry.exchange.forbid(OPERATOR, from_client, to_client)
        else:
            services.registry.exchange.allow(OPERATOR, from_client, to_client, str(scope))
        pairs = services.registry.exchange.of(from_client)
    emit([{"from": from_client, "to": pair.to_client, "scope": " ".join(pair.scopes)} for pair in pairs], as_json)


@client.command("present")
@click.argument("client_id")
@click.option("--description", help="What it is for, in English (at most 200 characters; empty: none).")
@click.option("--description-id", help="The same in Indonesian.")
@click.option("--contact", help="Whom people tell when it does not work: a name, an address or a number.")
@click.option("--logo", type=click.Path(path_type=Path), help="A PNG picture, 32 to 512 pixels, at most 32 KiB.")
@click.option("--no-logo", is_flag=True, help="Take the logo away.")
def present_command(
    client_id: str, description: str | None, description_id: str | None, contact: str | None, logo: Path | None, no_logo: bool
) -> None:
    """How an application presents itself on the start page and on error pages."""
    from idp.portal.cards import CardChange

    try:
        picture = b"" if no_logo else logo.read_bytes() if logo else None
    except OSError as error:
        fail(f"cannot read {logo}: {error.strerror}")
    with open_services() as services:
        services.cards.change(OPERATOR, client_id, CardChange(description, description_id, contact, picture))
    click.echo(f"client_id: {client_id}")


def _new_client(given: dict[str, Any]) -> NewClient:
    """The options as metadata; lists may be repeated or written in one value."""
    grants = _words(given.pop("grants"), ",")
    scopes = _words(given.pop("scopes"))
    jwks = _jwks(given.pop("jwks_file"))
    given |= _tls_subject(given)
    names = ("redirect_uris", "post_logout_redirect_uris", "audience", "resources", "request_uris", "authorization_types")
    lists: dict[str, Any] = {name: _words(given.pop(name)) for name in names}
    return NewClient(**given, **lists, jwks=jwks, grants=grants or DEFAULT_GRANTS, scopes=scopes or DEFAULT_SCOPES)


def _words(values: tuple[str, ...], separator: str = " ") -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for value in values for word in value.replace(separator, " ").split()))


def _tls_subject(given: dict[str, Any]) -> dict[str, Any]:
    """The one subject that a tls_client_auth client is known by (RFC 8705 section 2.1.2)."""
    options = {"dn": "tls_subject_dn", **{kind: f"tls_san_{kind}" for kind in ("dns", "uri", "ip", "email")}}
    named = [(kind, value) for kind, option in options.items() if (value := given.pop(option)) is not None]
    if len(named) > 1:
        fail("name one subject of the certificate: --tls-subject-dn or one --tls-san-…")
    return dict(zip(("tls_subject_type", "tls_subject"), named[0], strict=True)) if named else {}


def _jwks(path: Path | None) -> Any:
    if path is None:
        return None
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except (ValueError, RecursionError):
        fail(f"{path} is not JSON")


def _brief(created: ClientSnapshot, secret: str | None) -> dict[str, Any]:
    return {"client_id": created.client_id} | ({"client_secret": secret} if secret else {})


def _shown(found: ClientSnapshot) -> dict[str, Any]:
    """What is registered, under the names of RFC 7591 section 2 where it has one."""
    return {
        "client_id": found.client_id,
        "client_name": found.name,
        "client_name#id": found.name_id,
        "status": found.status,
        "version": found.version,
        "token_endpoint_auth_method": found.auth_method,
        "grant_types": sorted(found.grants),
        "scope": " ".join(found.scopes),
        "redirect_uris": [*found.redirect_uris],
        "post_logout_redirect_uris": [*found.post_logout_redirect_uris],
        "backchannel_logout_uri": found.backchannel_logout_uri,
        "frontchannel_logout_uri": found.frontchannel_logout_uri,
        "frontchannel_logout_session_required": found.frontchannel_logout_session_required,
        "jwks_uri": found.jwks_uri,
        "dpop_bound_access_tokens": found.dpop,
        "tls_client_certificate_bound_access_tokens": found.certificate_bound,
        **({METADATA_NAMES[found.tls_subject_type]: found.tls_subject} if found.tls_subject_type else {}),
        "keys": [key.get("kid", "-") for key in (found.jwks or {}).get("keys", ())],
        "require_pkce": found.require_pkce,
        "subject_type": found.subject_type,
        "sector": found.sector,
        "id_token_signed_response_alg": found.id_token_alg,
        "access_token_alg": found.access_token_alg,
        "userinfo_signed_response_alg": found.userinfo_alg,
        "profile": found.profile,
        "require_pushed_authorization_requests": found.require_par,
        "require_signed_request_object": found.require_request_object,
        "request_object_signing_alg": found.request_object_alg,
        "request_uris": [*found.request_uris],
        "authorization_signed_response_alg": found.response_alg,
        "introspection_signed_response_alg": found.introspection_alg,
        "id_token_encrypted_response_alg": found.id_token_key_alg,
        "userinfo_encrypted_response_alg": found.userinfo_key_alg,
        "authorization_encrypted_response_alg": found.response_key_alg,
        "initiate_login_uri": found.initiate_login_uri,
        "sector_identifier_uri": found.sector_identifier_uri,
        "first_party": found.first_party,
        "min_acr": found.min_acr,
        "government": found.government_code,
        "home_uri": found.home_uri,
        "topic": found.topic,
        "access": found.access,
        "resources": [*found.resources],
        "audience": [*found.audience],
        "authorization_details_types": [*found.authorization_types],
        "secrets": [f"{one.prefix or '(own)'}… {_until(one.expires_at)}" for one in found.secrets],
        "created_at": found.created_at.isoformat(timespec="seconds"),
        "updated_at": found.updated_at.isoformat(timespec="seconds"),
    }


def _until(moment: Any) -> str:
    return f"until {moment.isoformat(timespec='seconds')}" if moment else "no end"
