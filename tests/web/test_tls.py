"""The TLS that the process ends itself: whose certificates a handshake takes, and how long it waits."""

import os
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.x509 import SubjectKeyIdentifier

from idp.cli import main
from idp.kernel.clock import FrozenClock
from idp.kernel.errors import Busy
from idp.web import tls
from idp.web.tls import Doorway
from tests.clients.mutual_tls import Files, files
from tests.protocol.certificates import AS_SERVER, Authority, Held, self_signed
from tests.spec import spec


@pytest.fixture
def kept(tmp_path: Path) -> Files:
    return files(tmp_path)


def open_door(kept: Files, clock: FrozenClock, known: Callable[[], frozenset[bytes]]) -> Doorway:
    return Doorway(kept.certificate, kept.key, [kept.authority.certificate], known, clock)


def arriving(kept: Files, door: Doorway, held: Held | None) -> bytes | None:
    """The certificate as the server sees it after a real handshake; raises ssl.SSLError where it ends the handshake."""
    context = ssl.create_default_context(cafile=str(kept.ca))
    if held is not None:
        pem = kept.ca.with_name("client.pem")
        pem.write_text(held.pem + held.key_pem)
        context.load_cert_chain(pem)
    ours, theirs = socket.socketpair()
    seen: list[Any] = []

    def visit() -> None:
        with ours, context.wrap_socket(ours, server_hostname="localhost") as secure:
            seen.append(secure.recv(2))

    thread = threading.Thread(target=lambda: seen.append(visit_quietly(visit)))
    thread.start()
    try:
        with theirs, door.context().wrap_socket(theirs, server_side=True) as secure:
            secure.sendall(b"ok")
            return secure.getpeercert(True)
    finally:
        thread.join(20)


def visit_quietly(visit: Callable[[], None]) -> None:
    try:
        visit()
    except OSError:
        return


@spec("RFC 8705", "2.2")
def test_certificates_of_the_authority_and_of_clients_are_taken(kept: Files, clock: FrozenClock) -> None:
    own, issued, stranger = self_signed(kept.authority.now), kept.authority.issue(), self_signed(kept.authority.now)
    door = open_door(kept, clock, lambda: frozenset({own.der, b"no certificate"}))
    assert arriving(kept, door, own) == own.der
    assert arriving(kept, door, issued) == issued.der
    assert arriving(kept, door, None) is None
    with pytest.raises(ssl.SSLError):
        arriving(kept, door, stranger)


@spec("RFC 8705", "7.1")
@pytest.mark.parametrize("name", ["CN=Test authority,O=Test,C=ID", "CN=TEST  Authority,O=test,C=ID"])
def test_a_client_cannot_stand_before_the_authority(kept: Files, clock: FrozenClock, name: str) -> None:
    """Whoever registers a certificate with the authority's name and key identifier would end every other handshake."""
    own = Authority(kept.authority.now, name)
    identifier = kept.authority.certificate.extensions.get_extension_for_class(SubjectKeyIdentifier).value
    evil = Held(_like(own, identifier), own.key)
    door = open_door(kept, clock, lambda: frozenset({evil.der}))
    issued = kept.authority.issue()
    assert arriving(kept, door, issued) == issued.der
    with pytest.raises(ssl.SSLError):
        arriving(kept, door, evil)


def _like(held: Held, identifier: SubjectKeyIdentifier) -> x509.Certificate:
    """The same certificate with another key identifier, signed again."""
    made = (
        x509.CertificateBuilder().subject_name(held.certificate.subject).issuer_name(held.certificate.subject)
        .public_key(held.key.public_key()).serial_number(1).not_valid_before(held.certificate.not_valid_before_utc)
        .not_valid_after(held.certificate.not_valid_after_utc).add_extension(x509.BasicConstraints(True, None), True)
        .add_extension(identifier, False)
    )  # fmt: skip
    return made.sign(held.key, x509.base.hashes.SHA256())


def test_clients_are_read_every_five_seconds_at_most(kept: Files, clock: FrozenClock) -> None:
    asked: list[int] = []
    found = [frozenset[bytes]()]

    def known() -> frozenset[bytes]:
        asked.append(1)
        return found[0]

    door = open_door(kept, clock, known)
    first = door.context()
    found[0] = frozenset({self_signed(kept.authority.now).der})
    clock.advance(seconds=4.9)
    assert (door.context() is first, len(asked)) == (True, 1)
    clock.advance(seconds=0.2)
    second = door.context()
    assert (second is not first, len(asked)) == (True, 2)
    clock.advance(seconds=6)
    assert (door.context() is second, len(asked)) == (True, 3)  # nothing changed: the context stays


def test_a_database_that_is_away_ends_no_handshake(kept: Files, clock: FrozenClock) -> None:
    own = self_signed(kept.authority.now)
    answers: list[Any] = [frozenset({own.der}), Busy("database.unavailable", "away", retry_after=2)]

    def known() -> frozenset[bytes]:
        answer = answers.pop(0)
        if isinstance(answer, Busy):
            raise answer
        found: frozenset[bytes] = answer
        return found

    door = open_door(kept, clock, known)
    door.context()
    clock.advance(seconds=6)
    assert arriving(kept, door, own) == own.der
    assert answers == []


def test_a_renewed_server_certificate_is_taken_and_a_broken_one_is_not(kept: Files, clock: FrozenClock) -> None:
    door = open_door(kept, clock, frozenset)
    first = door.context()
    other = kept.authority.issue("CN=localhost,C=ID", [x509.DNSName("localhost")], use=AS_SERVER)
    for text in (other.pem, "half a file"):  # without its key; and worse
        kept.certificate.write_text(text)
        os.utime(kept.certificate, ns=(1, 1))
        clock.advance(seconds=6)
        assert door.context() is first
    kept.certificate.write_text(other.pem)
    kept.key.write_text(other.key_pem)
    clock.advance(seconds=6)
    assert door.context() is not first
    assert arriving(kept, door, None) is None


def test_nobody_is_waited_for_without_end(kept: Files, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "PATIENCE_SECONDS", 0.2)
    ours, theirs = socket.socketpair()
    theirs.setblocking(True)  # as gunicorn does before it begins
    with ours, pytest.raises(TimeoutError):
        open_door(kept, clock, frozenset).context().wrap_socket(theirs, server_side=True)
    secure = open_door(kept, clock, frozenset).context().wrap_socket(socket.socket(), server_side=True, do_handshake_on_connect=False)
    with secure:
        secure.setblocking(False)
        assert secure.gettimeout() == 0
        secure.setblocking(True)  # and before each request of a connection that it keeps
        assert secure.gettimeout() == 0.2


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (("--tls-certificate", "{certificate}"), {}, "go together"),
        (("--tls-certificate", "{certificate}", "--tls-key", "{key}"), {}, "IDP_CLIENT_CA_FILE or IDP_MTLS_ORIGIN"),
        (("--tls-certificate", "{certificate}", "--tls-key", "{ca}"), {"IDP_CLIENT_CA_FILE": "{ca}"}, "cannot be used"),
    ],
)
def test_serve_says_what_is_missing(
    kept: Files, settings: Any, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], variables: dict[str, str], said: str
) -> None:
    places = {"certificate": kept.certificate, "key": kept.key, "ca": kept.ca}
    for name in ("issuer", "database_url", "secret_key"):
        monkeypatch.setenv(f"IDP_{name.upper()}", getattr(settings, name))
    monkeypatch.setenv("IDP_DATA_KEYS", ",".join(settings.data_keys))
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(**places))
    done = CliRunner().invoke(main, ["serve", *(one.format(**places) for one in arguments)])
    assert done.exit_code == 2
    assert said in done.output
