"""What leaves as a table or as syslog: nothing in a value can become a formula, a line or a message of its own."""

import csv
import io
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.audit.export.syslog import message
from idp.audit.export.tables import COLUMNS, csv_lines
from idp.audit.search.wanted import Wanted
from idp.audit.tags import Tag
from idp.jobs.collector import Address, Collector, read_address, sender
from idp.kernel.actor import OPERATOR
from tests.audit.conftest import Ledger
from tests.spec import spec


class Row:
    """A row as SQLAlchemy gives it."""

    def __init__(self, **values: Any) -> None:
        self._mapping = dict.fromkeys(COLUMNS) | {
            "id": 7, "at": datetime(2027, 3, 15, 2, 30, 0, 123456, UTC), "tag": "authn:sign_in:refuse", "actor_kind": "person",
            "details": {},
        } | values  # fmt: skip


def cells(*rows: Row) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(csv_lines(rows)).decode(), newline="")))


def test_a_table_has_a_head_and_a_line_each_event() -> None:
    head, line = cells(Row(ip="10.0.0.1", details={"a": "ä"}))
    assert tuple(head) == COLUMNS
    found = dict(zip(head, line, strict=True))
    assert (found["id"], found["ip"], found["agent"], json.loads(found["details"])) == ("7", "10.0.0.1", "", {"a": "ä"})


@spec("ASVS", "1.2.10")
@given(st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%", " =", "  @"]), st.text(max_size=20))
def test_no_cell_is_a_formula(start: str, rest: str) -> None:
    (_, line) = cells(Row(agent=(start + rest).replace("\x00", "")))
    assert line[COLUMNS.index("agent")].startswith("'")
    assert len(line) == len(COLUMNS)


@spec("RFC 5424", "6")
def test_a_message_has_the_parts_of_the_specification() -> None:
    found = message(Row(ip='1"]\\', client_id="c1", details={"why": "x\ny"}), "sso.example").decode("ascii")
    match = re.fullmatch(r"<(\d+)>1 (\S+) (\S+) (\S+) (\S+) (\S+) (\[.*?(?<!\\)\]) (.*)", found)
    assert match is not None
    assert match.groups()[:6] == ("108", "2027-03-15T02:30:00.123456Z", "sso.example", "idp", "-", "authn:sign_in:refuse")
    assert match[7].startswith("[idp@32473 ")
    assert r'ip="1\"\]\\"' in match[7]
    assert json.loads(match[8])["details"] == {"why": "x\ny"}


@spec("RFC 5424", "6.2")
@spec("ASVS", "16.4.1")
@given(st.text(max_size=60))
def test_no_value_breaks_a_message(value: str) -> None:
    found = message(Row(subject_id=value, agent=value, details={"a": value}), "sso.example")
    assert b"\n" not in found
    assert b"\r" not in found
    assert found.startswith(b"<108>1 ")


def test_a_long_tag_is_cut_in_the_head_and_whole_in_the_data() -> None:
    found = message(Row(tag=Tag.REGISTRATION_TOKEN_CREATE.value), "h").decode()
    assert len(found.split(" ")[5]) == 32
    assert f'tag="{Tag.REGISTRATION_TOKEN_CREATE.value}"' in found


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_export_as_table_and_as_messages_has_every_event(full: Ledger) -> None:
    wanted = Wanted(("12.71",))
    table = list(full.record.export(OPERATOR, wanted, "csv"))
    lines = list(full.record.export(OPERATOR, wanted, "syslog"))
    assert len(lines) == len(table)  # a head there, the record of the first export here
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)


# -- the collector -----------------------------------------------------------------------------------------------------


class Listener:
    """A collector on the loopback interface that keeps what it gets."""

    def __init__(self, kind: int, context: ssl.SSLContext | None = None) -> None:
        self.got = b""
        self._socket = socket.socket(socket.AF_INET, kind)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._context, self._stream = context, kind == socket.SOCK_STREAM
        if self._stream:
            self._socket.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        try:
            while True:
                if not self._stream:
                    self.got += self._socket.recv(65536) + b"\n"
                    continue
                wire, _ = self._socket.accept()
                try:
                    with self._context.wrap_socket(wire, server_side=True) if self._context else wire as open_:
                        while piece := open_.recv(65536):
                            self.got += piece
                except ssl.SSLError:
                    continue
        except OSError:
            return

    def wait(self, count: int) -> bytes:
        for _ in range(100):
            if self.got.count(b"<10") >= count:
                break
            threading.Event().wait(0.05)
        return self.got

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listeners() -> Iterator[list[Listener]]:
    made: list[Listener] = []
    yield made
    for one in made:
        one.close()


def frames(stream: bytes) -> list[bytes]:
    """Messages by counted octets."""
    found = []
    while stream:
        count, _, rest = stream.partition(b" ")
        found.append(rest[: int(count)])
        stream = rest[int(count) :]
    return found


@spec("RFC 6587", "3.4.1")
@pytest.mark.parametrize("way", ["tcp", "udp"])
def test_events_reach_a_collector_once_and_in_order(full: Ledger, listeners: list[Listener], way: Any) -> None:
    listener = Listener(socket.SOCK_STREAM if way == "tcp" else socket.SOCK_DGRAM)
    listeners.append(listener)
    collector = Collector(full.deps.database, full.deps.clock, sender(Address(way, "127.0.0.1", listener.port)), "sso.example")
    full.deps.clock.advance(seconds=120)
    sent = collector.round()
    assert sent > 30
    got = listener.wait(sent)
    messages = frames(got) if way == "tcp" else got.splitlines()
    numbers = [int(found[1]) for one in messages if (found := re.search(rb'\[idp@32473 id="(\d+)"', one))]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == sent
    assert collector.round() == 0
    full.write(1)
    assert collector.round() == 0  # not settled yet
    full.deps.clock.advance(seconds=120)
    assert collector.round() == 1


@spec("RFC 5425", "4.3")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_tls_demands_a_name_that_somebody_trusted_vouches_for(full: Ledger, listeners: list[Listener], tmp_path: Any) -> None:
    context, ca_file = _certificate(tmp_path)
    listener = Listener(socket.SOCK_STREAM, context)
    listeners.append(listener)
    full.deps.clock.advance(seconds=120)

    def collector(host: str, trusted: str | None) -> Collector:
        return Collector(full.deps.database, full.deps.clock, sender(Address("tls", host, listener.port, trusted)), "sso.example")

    assert collector("localhost", None).round() == 0
    assert collector("127.0.0.1", ca_file).round() == 0
    assert listener.got == b""
    sent = collector("localhost", ca_file).round()
    assert sent > 30
    assert len(frames(listener.wait(sent))) == sent


def test_a_collector_that_is_away_misses_nothing_and_raises_one_alarm(full: Ledger, listeners: list[Listener]) -> None:
    with socket.socket() as away:  # bound and not listening: nobody else gets the port meanwhile
        away.bind(("127.0.0.1", 0))
        address = Address("tcp", "127.0.0.1", away.getsockname()[1])
        collector = Collector(full.deps.database, full.deps.clock, sender(address), "sso.example")
        full.deps.clock.advance(seconds=120)
        assert collector.round() == collector.round() == 0
    alarms = full.export(Wanted(tags=(Tag.AUDIT_COLLECTOR_FAIL.value,)))
    assert [json.loads(line)["tag"] for line in alarms].count(Tag.AUDIT_COLLECTOR_FAIL.value) == 1
    back = Listener(socket.SOCK_STREAM)
    listeners.append(back)
    again = Collector(full.deps.database, full.deps.clock, sender(Address("tcp", "127.0.0.1", back.port)), "sso.example")
    assert again.round() > 30


@pytest.mark.parametrize("url", ["http://a", "udp://", "tls://a/x", "tcp://u@a", "tcp://a?x=1", "a:514"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be udp://"):
        read_address(url)


def test_an_address_has_the_port_of_its_way() -> None:
    assert read_address("tls://log.example").port == 6514
    assert read_address("udp://log.example:1514") == Address("udp", "log.example", 1514)


def _certificate(folder: Any) -> tuple[ssl.SSLContext, str]:
    from datetime import timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file, secret = folder / "cert.pem", folder / "key.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(plain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, secret)
    return context, str(file)
