"""``idp correction``: what employees ask to have corrected, until the pages of administrators exist."""

from typing import Any

import click

from idp.cli.base import emit, json_option, open_services
from idp.kernel.actor import OPERATOR


@click.group()
def correction() -> None:
    """Requests of employees to correct their employment data."""


@correction.command("list")
@click.option("--government", help="Only of this government (code).")
@click.option("--all", "everything", is_flag=True, help="Answered ones too.")
@json_option
def list_command(government: str | None, everything: bool, as_json: bool) -> None:
    """The open requests, newest first."""
    rows: list[dict[str, Any]] = []
    with open_services() as services:
        for one in services.corrections.waiting(government, answered_too=everything):
            person = services.people.get(one.person_id)
            rows.append({
                "id": one.id, "username": person.username if person else None, "government": one.government_code, "field": one.field,
                "wanted": one.wanted, "note": one.note, "state": one.state, "asked": one.created_at.isoformat(), "answer": one.answer,
            })  # fmt: skip
    emit(rows, as_json)


@correction.command("answer")
@click.argument("correction_id", metavar="ID")
@click.argument("outcome", type=click.Choice(["accepted", "rejected"]))
@click.option("--text", required=True, help="What was done, or why not; the person reads it.")
@json_option
def answer_command(correction_id: str, outcome: Any, text: str, as_json: bool) -> None:
    """Answer a request, once; the person gets a letter. Correct the record itself first (`idp user`)."""
    with open_services() as services:
        row = services.corrections.answer(OPERATOR, correction_id, outcome, text)
        result = {"id": row.id, "field": row.field, "state": row.state}
    emit(result, as_json)
