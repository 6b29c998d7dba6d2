"""``idp check``: is this installation sound?"""

import sys

import click

from idp.cli.base import emit, json_option, load_settings
from idp.db.migrate import revisions
from idp.kernel.sealing import CannotOpen
from idp.wiring import Deps


@click.command()
@json_option
def check(as_json: bool) -> None:
    """Configuration self-check: settings, database, keys, mail; exit 1 when something would fail."""
    settings = load_settings()
    deps = Deps.build(settings)
    findings: list[dict[str, str]] = []

    def note(name: str, good: bool, text: str) -> None:
        findings.append({"check": name, "result": "ok" if good else "problem", "detail": text})

    reachable = deps.database.ping()
    note("database", reachable, settings.database_url.split("://")[0] if reachable else "does not answer")
    if reachable:
        current, head = revisions(deps.database.engine, settings.database_url)
        note("migrations", current == head, f"database {current}, code {head}")
        if current == head:
            _check_keys(deps, note)
    note("mail", settings.smtp_url is not None, "configured" if settings.smtp_url else "IDP_SMTP_URL is not set")
    note("https", settings.https, "https" if settings.https else "http on localhost: for development only")
    emit(findings, as_json)
    if any(finding["result"] == "problem" and finding["check"] not in ("https", "mail") for finding in findings):
        sys.exit(1)


def _check_keys(deps: Deps, note) -> None:  # type: ignore[no-untyped-def]
    try:
        deps.ring.warm()
        note("signing keys", True, "readable under the data keys")
    except CannotOpen as error:
        note("signing keys", False, str(error))
