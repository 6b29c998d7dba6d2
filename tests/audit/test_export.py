"""An export proves itself, without database and settings; whoever was at the file is found out."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.audit.proof.check import Finding
from idp.audit.search.wanted import Wanted
from idp.audit.tags import Tag
from idp.kernel.actor import OPERATOR
from tests.audit.conftest import Ledger, write_lines
from tests.spec import spec

Lines = list[bytes]


def findings(ledger: Ledger, lines: Lines) -> list[Finding]:
    return [one for verdict in ledger.check(lines) for one in verdict.findings]


@pytest.fixture
def file(full: Ledger) -> Lines:
    """One export of two chains."""
    return full.export(Wanted(("12.71", "12.72")))


def is_event(line: bytes) -> bool:
    return not json.loads(line)["tag"].startswith("audit:proof:")


def events(lines: Lines) -> list[int]:
    """Places of the events of Kota Medan."""
    return [place for place, line in enumerate(lines) if is_event(line) and json.loads(line)["government_code"] == "12.71"]


WANTED = {
    "everything": Wanted(),
    "one government": Wanted(("12.71",)),
    "a person": Wanted(person="01PERSONSITI"),
    "a kind": Wanted(("12.71",), tags=(Tag.SESSION_START.value,)),
    "an application": Wanted(client="c1"),
}


@pytest.mark.parametrize("name", WANTED)
def test_an_export_verifies_to_its_last_line(full: Ledger, name: str) -> None:
    full.write(2)  # not sealed yet
    lines = full.export(WANTED[name])
    verdicts = full.check(lines)
    assert not [one for verdict in verdicts for one in verdict.findings]
    assert sum(verdict.events for verdict in verdicts) == sum(map(is_event, lines)) > 10
    assert not [one for verdict in full.check(lines, own_key=False) for one in verdict.findings]


def test_a_window_of_time_verifies(full: Ledger) -> None:
    now = full.deps.clock.now()
    wanted = Wanted(since=now - timedelta(seconds=130), until=now - timedelta(seconds=50))
    lines = full.export(wanted)
    assert 0 < sum(map(is_event, lines)) < sum(map(is_event, full.export()))
    assert all(wanted.since <= datetime.fromisoformat(json.loads(line)["at"]) < wanted.until for line in lines if is_event(line))
    assert not findings(full, lines)


def test_what_is_not_wanted_is_not_there(full: Ledger) -> None:
    full.write(1, tag=Tag.SESSION_END)
    lines = full.export(Wanted(("12.71",), tags=(Tag.SESSION_END.value,)))
    assert [json.loads(line)["tag"] for line in lines if is_event(line)] == ["authn:session:end"]
    assert not findings(full, lines)


def test_an_export_is_recorded_before_its_first_line(full: Ledger) -> None:
    iter(full.record.export(OPERATOR, Wanted(("12.71",)), "csv"))
    assert full.export(Wanted(("12.71",), tags=(Tag.AUDIT_EXPORT.value,)))
    lines = full.export(Wanted(("12.71",), tags=(Tag.AUDIT_EXPORT.value,)))
    assert [json.loads(line)["details"]["style"] for line in lines if is_event(line)] == ["csv", "jsonl", "jsonl"]


def changed(lines: Lines, place: int, **values: object) -> Lines:
    spoiled = {**json.loads(lines[place]), **values}
    line = json.dumps(spoiled, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    return [*lines[:place], line, *lines[place + 1 :]]


def test_each_column_of_a_line_is_guarded(full: Ledger) -> None:
    lines = full.export()
    place = events(lines)[4]
    number = json.loads(lines[place])["id"]
    for column in json.loads(lines[place]):
        found = findings(full, changed(lines, place, **{column: 999_999 if column == "id" else "changed"}))
        kinds = {"missing", "inserted", "reordered"} if column == "id" else {"changed"}
        if column == "tag":
            assert ("changed", number) in [(one.kind, one.event) for one in found]
            continue
        assert {one.kind for one in found} <= kinds, column
        assert number in [one.event for one in found], column


SPOILED: dict[str, tuple[Callable[[Lines, int], Lines], str]] = {
    "a line gone": (lambda lines, at: lines[:at] + lines[at + 1 :], "missing"),
    "a line twice": (lambda lines, at: [*lines[: at + 1], lines[at], *lines[at + 1 :]], "inserted"),
    "two lines exchanged": (lambda lines, at: [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]], "reordered"),
    "a name twice in a line": (
        lambda lines, at: [*lines[:at], lines[at].replace(b'{"', b'{"ip":"1.1.1.1","', 1), *lines[at + 1 :]], "changed"),
    "another spacing": (lambda lines, at: [*lines[:at], lines[at].replace(b'":', b'": ', 1), *lines[at + 1 :]], "changed"),
    "the file cut off": (lambda lines, at: lines[:at], "truncated"),
    "no end": (lambda lines, at: lines[:-1], "truncated"),
    "a word between": (lambda lines, at: [*lines[:at], b"hello\n", *lines[at:]], "file"),
    "no header": (lambda lines, at: lines[1:], "file"),
}  # fmt: skip


@pytest.mark.parametrize("what", SPOILED)
@pytest.mark.parametrize("name", ["everything", "a person"])
def test_a_spoiled_file_is_found_out(full: Ledger, what: str, name: str) -> None:
    lines = full.export(WANTED[name])
    place = events(lines)[1]
    spoil, kind = SPOILED[what]
    found = findings(full, spoil(lines, place))
    assert kind in {one.kind for one in found}
    if kind in ("missing", "changed", "inserted"):
        assert json.loads(lines[place])["id"] in [one.event for one in found]
        assert all(one.at for one in found if one.event)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_seal_with_its_events_cut_out_is_missed(full: Ledger) -> None:
    for wanted in (Wanted(), Wanted(person="01PERSONSITI")):
        lines = full.export(wanted)
        first = events(lines)[0]
        last = next(place for place in range(first, len(lines)) if json.loads(lines[place])["tag"] == "audit:proof:seal")
        found = findings(full, lines[:first] + lines[last + 1 :])
        assert {"missing", "truncated"} & {one.kind for one in found}, wanted


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_chain_cut_out_is_missed(full: Ledger) -> None:
    lines = full.export()
    steps = [(place, json.loads(line)) for place, line in enumerate(lines) if not is_event(line)]
    begin = next(place for place, one in steps if one["tag"] == "audit:proof:chain" and one["chain"] == "12.72")
    end = next(place for place, one in steps if one["tag"] == "audit:proof:end" and one["chain"] == "12.72")
    (found,) = findings(full, lines[:begin] + lines[end + 1 :])
    assert found.kind == "missing"
    assert "12.72" in found.says


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_lines_of_another_export_do_not_pass(full: Ledger) -> None:
    """A choice made before may hold less: its seals must not stand in a later file."""
    wanted = Wanted(("12.71",), person="01PERSONSITI")
    old, new = full.export(wanted), full.export(wanted)
    assert findings(full, [new[0], *old[1:]])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_file_signed_anew_with_another_key_fails_against_ours(full: Ledger, tmp_path: Path) -> None:
    """Without a key of one's own nobody can see it: that is why the command says so."""
    from idp.keys.audit_keys import AuditKeys, PublicKeys
    from idp.wiring.record import reader

    lines = full.export(Wanted(("12.71",)))
    stranger = AuditKeys(full.deps.database, full.deps.sealer, full.deps.clock)
    assert {one.kind for verdict in reader([_foreign_key()]).read(lines) for one in verdict.findings} >= {"signature", "checkpoint"}
    assert PublicKeys(stranger.public()).names


def _foreign_key() -> dict[str, object]:
    from joserfc.jwk import ECKey

    return ECKey.generate_key("P-256").as_dict(private=False)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_old_public_key_still_proves_what_came_after_a_rotation(full: Ledger) -> None:
    from idp.wiring.record import reader

    old = full.deps.audit_keys.public()
    full.deps.audit_keys.rotate(OPERATOR)
    full.write(3)
    full.seal()
    full.sign()
    assert not full.findings()
    lines = full.export()
    assert len(json.loads(lines[0])["keys"]) == 2
    assert not [one for verdict in reader(old).read(lines) for one in verdict.findings]


@spec("ASVS", "16.4.2")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_tampering_with_a_file_passes(full: Ledger, file: Lines, data: st.DataObject) -> None:
    """Any one line changed, dropped, doubled or moved, and any one byte of a line changed."""
    lines = file
    place = data.draw(st.integers(0, len(lines) - 1), label="line")
    what = data.draw(st.sampled_from(["drop", "double", "move", "byte"]), label="what")
    spoiled = list(lines)
    if what == "drop":
        del spoiled[place]
    elif what == "double":
        spoiled.insert(place, lines[place])
    elif what == "move":
        spoiled.insert(data.draw(st.integers(0, len(lines) - 1).filter(lambda to: to != place), label="to"), spoiled.pop(place))
    else:
        line = bytearray(lines[place])
        at = data.draw(st.integers(0, len(line) - 2), label="byte")
        line[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte not in (line[at], 10)), label="value")
        spoiled[place] = bytes(line)
    assert findings(full, spoiled)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_command_verifies_a_file_without_database_and_settings(full: Ledger, tmp_path: Path) -> None:
    lines = full.export()
    good = write_lines(tmp_path / "good.jsonl", lines)
    bad = write_lines(tmp_path / "bad.jsonl", changed(lines, events(lines)[2], ip="1.2.3.4"))
    key = tmp_path / "key.jwk"
    key.write_text(json.dumps({"keys": full.deps.audit_keys.public()}))

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).parent / "idp"), "audit", "verify", *words]
        return subprocess.run(command, env={"PATH": "/usr/bin:/bin"}, cwd=tmp_path, capture_output=True, text=True, check=False)

    done = run("--export", str(good), "--key", str(key))
    assert (done.returncode, done.stderr) == (0, "")
    assert run("--export", str(good)).stderr.startswith("idp: no --key")
    spoiled = run("--export", str(bad), "--key", str(key), "--json")
    assert spoiled.returncode == 1
    (found,) = [one for row in json.loads(spoiled.stdout) for one in row["findings"]]
    assert (found["kind"], found["event"], found["chain"]) == ("changed", json.loads(lines[events(lines)[2]])["id"], "12.71")
    key.write_text("{}")
    assert run("--export", str(good), "--key", str(key)).returncode == 2
