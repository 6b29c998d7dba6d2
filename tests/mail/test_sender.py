"""Letters leave: over a real SMTP server on loopback, into a maildir, or not at all while nothing is configured."""

import mailbox
import smtplib
import ssl
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from idp.mail.letters import Letter
from idp.mail.sender import NoSender, SmtpSender, compose, sender_for
from tests.running import free_port

LETTER = Letter("Kata sandi diganti", "Halo é", "<p>Halo é</p>")


class Mailbox:
    """Keeps what the server was given."""

    def __init__(self) -> None:
        self.taken = []

    async def handle_DATA(self, _server, _session, envelope) -> str:
        self.taken.append(envelope)
        return "250 taken"


@contextmanager
def _mail_server(box, **options):
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield f"127.0.0.1:{controller.port}"
    finally:
        controller.stop()


def _message():
    return compose(LETTER, to="siti@example.go.id", sender="sso@example.go.id", sender_name="SSO Uji", message_id="01abc")


@pytest.fixture
def untrusted(tmp_path):
    """TLS as a machine in the middle would offer it: a certificate that nobody signed."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    pem += key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "server.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    return context


def test_a_letter_arrives_whole():
    with _mail_server(box := Mailbox()) as address:
        sender_for(f"smtp://{address}").send(_message())
    (envelope,) = box.taken
    assert envelope.rcpt_tos == ["siti@example.go.id"]
    assert envelope.mail_from == "sso@example.go.id"
    assert b"Subject: Kata sandi diganti" in envelope.content
    assert b"text/html" in envelope.content


def test_a_password_is_never_sent_without_tls():
    with _mail_server(box := Mailbox(), auth_require_tls=False) as address, pytest.raises(smtplib.SMTPNotSupportedError):
        SmtpSender(f"smtp://user:word@{address}").send(_message())
    assert not box.taken


def test_a_server_that_cannot_prove_its_name_gets_nothing(untrusted):
    with _mail_server(box := Mailbox(), tls_context=untrusted) as address, pytest.raises(ssl.SSLCertVerificationError):
        SmtpSender(f"smtp://{address}").send(_message())
    assert not box.taken


def test_a_server_that_is_down_is_an_os_error():
    with pytest.raises(OSError, match="refused"):
        SmtpSender(f"smtp://127.0.0.1:{free_port()}").send(_message())


def test_a_maildir_takes_letters(tmp_path):
    sender_for(f"maildir:{tmp_path / 'box'}").send(_message())
    (message,) = mailbox.Maildir(tmp_path / "box", create=False)
    assert message["To"] == "siti@example.go.id"


def test_without_a_mail_server_a_letter_stays_promised():
    assert isinstance(sender_for(None), NoSender)
    with pytest.raises(OSError, match="no mail server"):
        sender_for(None).send(_message())


def test_a_retry_carries_the_same_message_id():
    assert _message()["Message-ID"] == _message()["Message-ID"] == "<01abc@example.go.id>"
    assert _message()["Auto-Submitted"] == "auto-generated"
