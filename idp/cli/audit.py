"""``idp audit``: prove the record, sign it, hand it out, look something up."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import click

from idp.cli.audit_reading import export_command, search_command
from idp.cli.base import emit, fail, json_option, open_deps
from idp.kernel.actor import OPERATOR

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def audit() -> None:
    """Verify, sign, export and search the audit record."""


audit.add_command(export_command)
audit.add_command(search_command)


@audit.command("verify")
@click.option("--export", type=click.File("rb"), help="Check this export (JSON Lines) instead; needs neither database nor settings.")
@click.option("--key", type=_FILE, help="The public key to trust (`idp audit key`); with --export, else the file's own is taken.")
@click.option("--against", type=_FILE, help="Checkpoints kept elsewhere (`idp audit checkpoints`): the record must still contain them.")
@json_option
def verify(export: BinaryIO | None, key: Path | None, against: Path | None, as_json: bool) -> None:
    """Check every event against its seal, and every seal against its signature and the checkpoints; exit 1 when something was changed,
    taken away, added or moved, and say what and where."""
    if export is not None:
        if against is not None:
            fail("--against is for the database; an export brings its checkpoints along")
        _report(_offline(export, _trusted(key)), as_json)
    else:
        _report(_online(_trusted(key), against), as_json)


@audit.command("checkpoint")
@json_option
def checkpoint_command(as_json: bool) -> None:
    """Seal what is due, check what is new, and sign where every chain stands now; the worker does it once a day."""
    from idp.wiring.record import Record

    with open_deps() as deps:
        record = Record(deps)
        record.sealing.round()
        signed = record.checkpoints.round(OPERATOR, now_too=True, most=10_000)
    emit([{"chain": one.chain or "(none)", "statement": one.statement, "findings": len(one.findings)} for one in signed], as_json)
    if any(one.findings for one in signed):
        sys.exit(1)


@audit.command("checkpoints")
@click.option("--government", help="Only this government's chain; all chains and the statements about all together when left out.")
def checkpoints_command(government: str | None) -> None:
    """Print every checkpoint, a JWS a line, to be kept where nobody of this installation can reach it."""
    from idp.audit.proof.store import ProofStore

    with open_deps() as deps, deps.database.unit(read_only=True) as session:
        store = ProofStore(session)
        for chain in [government] if government is not None else [*store.chains(), "*"]:
            for row in store.checkpoints(chain):
                click.echo(row.statement)


@audit.command("key")
def key_command() -> None:
    """Print the public audit keys as a JWK Set, oldest first: what an auditor keeps, and gives to `verify --key`."""
    with open_deps() as deps:
        deps.audit_keys.signer()
        click.echo(json.dumps({"keys": deps.audit_keys.public()}))


@audit.command("rotate-key")
@json_option
def rotate_key_command(as_json: bool) -> None:
    """Make a new audit key, which the present one signs as its successor; the old public key stays good for what it signed."""
    with open_deps() as deps:
        emit({"kid": deps.audit_keys.rotate(OPERATOR)}, as_json)


def _trusted(key: Path | None) -> list[dict[str, Any]]:
    from idp.kernel.errors import DomainError
    from idp.keys.audit_keys import read_public

    try:
        return read_public(key.read_text(encoding="utf-8")) if key is not None else []
    except (OSError, UnicodeDecodeError) as error:
        fail(f"the key cannot be read: {type(error).__name__}")
    except DomainError as error:
        fail(error.sentence)


def _offline(export: BinaryIO, trusted: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    from idp.audit.export.offline import LONGEST
    from idp.wiring.record import reader

    def lines() -> Iterator[bytes]:
        while line := export.readline(LONGEST + 1):
            yield line

    if not trusted:
        click.echo("idp: no --key: the file is checked with the key it brings; compare that key with one you were given", err=True)
    yield from reader(trusted).read(lines())


def _online(trusted: list[dict[str, Any]], against: Path | None) -> Iterator[Any]:
    from idp.audit.log import AuditLog
    from idp.audit.proof.online import Verdict, check_all, check_statement
    from idp.audit.proof.store import ProofStore
    from idp.audit.store import AuditStore
    from idp.audit.tags import Tag
    from idp.keys.audit_keys import PublicKeys
    from idp.wiring.record import Record

    chains = events = found = 0
    with open_deps() as deps:
        Record(deps).sealing.round()
        deps.audit_keys.signer()
        checker = PublicKeys(trusted, deps.audit_keys.endorsements()) if trusted else deps.audit_keys.checker()
        with deps.database.unit(read_only=True) as session:
            store = ProofStore(session)
            for verdict in check_all(store, checker):
                chains, events, found = chains + 1, events + verdict.events, found + len(verdict.findings)
                yield verdict
            kept = [one for line in _lines(against) for one in check_statement(store, checker, line)]
        if kept:
            yield Verdict("*", findings=kept)
        with deps.database.unit() as session:
            AuditLog(AuditStore(session), deps.clock).record(
                Tag.AUDIT_VERIFY, OPERATOR, chains=chains, events=events, found=found + len(kept)
            )


def _lines(path: Path | None) -> Iterable[str]:
    return [line.strip() for line in path.read_text(encoding="ascii", errors="replace").splitlines() if line.strip()] if path else []


def _report(verdicts: Iterator[Any], as_json: bool) -> None:
    """One row a chain, then each finding; exit 1 when one of them is grave."""
    rows, findings, whole = [], [], True
    for verdict in verdicts:
        broken = next((finding.seal or 0 for finding in verdict.findings if finding.grave), None)
        row = {
            "chain": verdict.chain or "(none)", "seals": verdict.seals, "events": verdict.events, "checkpoints": verdict.checkpoints,
            "unsealed": verdict.unsealed, "broken_at": broken,
        }  # fmt: skip
        whole = whole and verdict.whole
        found = [finding.as_dict() for finding in verdict.findings]
        rows.append(row | {"findings": found} if as_json else row)
        findings += found
    emit(rows, as_json)
    if not as_json:
        for one in findings:
            where = ", ".join(f"{name} {one[name]}" for name in ("event", "at", "seal") if one[name] is not None)
            click.echo(f"{one['kind']}: chain {one['chain']}, {where or 'the whole'}: {one['says']}", err=True)
    if not whole:
        sys.exit(1)
