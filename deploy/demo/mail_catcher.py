"""The mail catcher: shows the letters of the maildir that the demo's provider writes to."""

import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from flask import Flask, Response, abort, render_template
from markupsafe import Markup, escape

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;)]")


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as the page shows it."""

    key: str
    to: str
    subject: str
    at: datetime | None
    text: str
    html: str | None


def letters(folder: Path) -> list[Letter]:
    """All letters, newest first; an empty list when none was ever written."""
    return sorted(_read(folder), key=lambda letter: letter.at.timestamp() if letter.at else 0.0, reverse=True)


def _read(folder: Path) -> Iterator[Letter]:
    if not folder.is_dir():
        return
    box = mailbox.Maildir(folder, create=False)
    for key in box.keys():  # noqa: SIM118 - iterating a mailbox gives its messages
        message = message_from_bytes(box.get_bytes(key), policy=policy.default)
        assert isinstance(message, EmailMessage)
        yield Letter(
            key=key,
            to=str(message["To"]),
            subject=str(message["Subject"]),
            at=_moment(message),
            text=_body(message, "plain") or "",
            html=_body(message, "html"),
        )


def _moment(message: EmailMessage) -> datetime | None:
    return parsedate_to_datetime(str(message["Date"])) if message["Date"] else None


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else None


def with_links(text: str) -> Markup:
    """The text, escaped, with its addresses made clickable."""
    pieces, at = [], 0
    for match in _LINK.finditer(text):
        pieces += [escape(text[at : match.start()]), Markup('<a href="{0}">{0}</a>').format(match.group())]
        at = match.end()
    return Markup("").join([*pieces, escape(text[at:])])


def create_app(folder: Path) -> Flask:
    """The catcher for one maildir."""
    app = Flask(__name__, template_folder="templates", static_folder="static")
    app.jinja_env.filters["with_links"] = with_links

    @app.get("/")
    def index() -> str:
        """The list of letters."""
        return render_template("mail/index.html", letters=letters(folder))

    @app.get("/letter/<key>")
    def letter(key: str) -> str:
        """One letter: its text, and its HTML part in a frame that may run nothing."""
        return render_template("mail/letter.html", letter=_find(folder, key))

    @app.get("/letter/<key>/html")
    def html(key: str) -> Response:
        """The HTML part alone, for the frame."""
        # Links must leave the frame: the provider's pages refuse to be framed.
        markup = (_find(folder, key).html or "").replace("<head>", '<head><base target="_top">', 1)
        answer = Response(markup, content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-top-navigation-by-user-activation"
        )
        return answer

    return app


def _find(folder: Path, key: str) -> Letter:
    found = next((letter for letter in _read(folder) if letter.key == key), None)
    return found or abort(404)
