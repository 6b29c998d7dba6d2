"""Letters leave by SMTP, into a maildir, or onto the log of a developer's machine."""

import mailbox
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from idp.kernel.logs import logger
from idp.mail.letters import Letter

TIMEOUT_SECONDS = 10
log = logger("idp.mail")


class Sender(Protocol):
    """Sends one message; raises OSError or smtplib.SMTPException when it could not."""

    def send(self, message: EmailMessage) -> None:
        """Hand the message over."""


class SmtpSender:
    """A mail server: ``smtp://[user:password@]host[:port]`` (STARTTLS where offered) or ``smtps://…``."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._implicit_tls = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if self._implicit_tls else 25)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else ""

    def send(self, message: EmailMessage) -> None:
        """Deliver; a password is only ever sent over TLS."""
        context = ssl.create_default_context()
        kind = smtplib.SMTP_SSL if self._implicit_tls else smtplib.SMTP
        with kind(self._host, self._port, timeout=TIMEOUT_SECONDS) as server:
            if not self._implicit_tls:
                server.ehlo()
                if server.has_extn("starttls"):
                    server.starttls(context=context)
                    server.ehlo()
                elif self._user:
                    raise smtplib.SMTPNotSupportedError("the server offers no TLS, so no password is sent")
            if self._user:
                server.login(self._user, self._password)
            server.send_message(message)


class MaildirSender:
    """A maildir on disk (``maildir:PATH``): the demo's mail catcher, and tests."""

    def __init__(self, path: str) -> None:
        for part in ("tmp", "new", "cur"):  # Maildir itself makes them only where the folder is not there yet
            (Path(path) / part).mkdir(parents=True, exist_ok=True)
        self._box = mailbox.Maildir(path, create=False)

    def send(self, message: EmailMessage) -> None:
        """Drop the message into the box."""
        self._box.add(message)


class NoSender:
    """No mail is configured: the letter is kept waiting, and the log says why."""

    def send(self, message: EmailMessage) -> None:
        """Refuse, so that the promise stays open until mail is configured."""
        log.warning("no mail server is configured (IDP_SMTP_URL)", subject_line=str(message["Subject"]))
        raise OSError("no mail server is configured")


def sender_for(url: str | None) -> Sender:
    """The sender of `IDP_SMTP_URL`."""
    if not url:
        return NoSender()
    return MaildirSender(url.removeprefix("maildir:")) if url.startswith("maildir:") else SmtpSender(url)


def compose(letter: Letter, *, to: str, sender: str, sender_name: str, message_id: str) -> EmailMessage:
    """A letter as a message; `message_id` stays the same over retries, so that a double delivery is recognised."""
    message = EmailMessage()
    message["Subject"] = letter.subject
    local, _, domain = sender.rpartition("@")
    message["From"] = Address(sender_name, local, domain)
    message["To"] = to
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{message_id}@{domain or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message
