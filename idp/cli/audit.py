"""``idp audit``: prove the record, hand it out."""

import csv
import io
import json
import sys
from datetime import datetime

import click

from idp.audit import seals
from idp.audit.store import AuditStore
from idp.cli.base import emit, json_option, open_services


@click.group()
def audit() -> None:
    """Verify and export the audit record."""


@audit.command("verify")
@json_option
def verify(as_json: bool) -> None:
    """Seal what is due, recompute every chain; exit 1 when an event was changed, added or taken away."""
    with open_services() as services:
        store = AuditStore(services.session)
        seals.seal_all(store, services.deps.clock)
        verdicts = seals.verify_all(store)
    emit(
        [
            {
                "chain": verdict.chain or "(none)",
                "seals": verdict.seals,
                "events": verdict.events,
                "broken_at": verdict.broken_at,
            }
            for verdict in verdicts
        ],
        as_json,
    )
    if any(verdict.broken_at is not None for verdict in verdicts):
        sys.exit(1)


@audit.command("export")
@click.option("--format", "style", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--government", help="Only this government's events.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only from this day (UTC).")
@json_option
def export(style: str, government: str | None, since: datetime | None, as_json: bool) -> None:
    """Write events to standard output, oldest first."""
    del as_json  # JSON Lines is the default already
    with open_services() as services:
        from datetime import UTC

        moment = since.replace(tzinfo=UTC) if since else None
        for row in AuditStore(services.session).everything(government=government, since=moment):
            record = seals.as_record(row)
            click.echo(_csv_line(record) if style == "csv" else json.dumps(record, ensure_ascii=False, sort_keys=True))


def _csv_line(record: dict[str, object]) -> str:
    line = io.StringIO()
    cells = [json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value for value in record.values()]
    # A cell that begins like a formula is text, not a formula, in a spreadsheet.
    csv.writer(line).writerow([f"'{cell}" if str(cell)[:1] in "=+-@\t\r" and cell else cell for cell in cells])
    return line.getvalue().rstrip("\r\n")
