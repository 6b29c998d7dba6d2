"""What an attack on passkeys needs beside the stage: who holds which authenticator, and how a browser speaks for it."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any

import requests

from idp.kernel.actor import OPERATOR
from idp.wiring.worker import build_worker
from tests.attacks.stage import Human, Stage, Visitor
from tests.authenticator import Authenticator, Flag, b64

ALONE, SECOND, ENROL, ADD = "/sign-in/passkey", "/sign-in/security-key", "/sign-in/enrol/passkey", "/account/passkeys/add"
Answer = Mapping[str, Any]


@dataclass
class Holder:
    """A person and the device in their hand."""

    who: Human
    device: Authenticator
    stage: Stage

    def passkeys(self) -> list[Any]:
        """(id, sign_count, name) of what the server keeps of theirs."""
        return self.stage.sql("SELECT id, sign_count, name FROM passkeys WHERE person_id = :id ORDER BY id", id=self.who.id)


def browser(stage: Stage, who: Human | None = None) -> Visitor:
    """A browser at an address of its own, so that nobody's questions count against another's."""
    address = f"127.0.{100 + secrets.randbelow(100)}.{1 + secrets.randbelow(250)}"
    return stage.visitor(who, address=address)


def asking(visitor: Visitor, path: str, headers: Mapping[str, str] | None = None) -> requests.Response:
    """Ask for a challenge, as the page's script does."""
    sent = {"X-CSRFToken": visitor.token(), "Accept": "application/json", **(headers or {})}
    return visitor.send(path + "/options", headers=sent)


def ask(visitor: Visitor, path: str) -> dict[str, Any]:
    """The options of a fresh challenge."""
    answer = asking(visitor, path)
    assert answer.status_code == 200, (path, answer.status_code, answer.text[:400])
    assert answer.headers["Content-Type"].startswith("application/json") and "no-store" in answer.headers["Cache-Control"]
    found: dict[str, Any] = answer.json()["publicKey"]
    return found


def send(visitor: Visitor, path: str, credential: Answer | str, **more: str) -> requests.Response:
    """Send what the authenticator said, as the page's form does."""
    text = credential if isinstance(credential, str) else json.dumps(credential)
    return visitor.post(path, {"credential": text, **more})


def holder(stage: Stage, *, enrolled: bool = False, **device: Any) -> Holder:
    """A person who has a passkey, enrolled over HTTP in their account."""
    who = stage.human(enrolled=enrolled)
    made = Holder(who, Authenticator(stage.server.base, **device), stage)
    add(browser(stage, who), made.device)
    assert len(made.passkeys()) == 1
    return made


def key_holder(stage: Stage) -> Holder:
    """A person with a security key that does not know who touches it."""
    return holder(stage, flags=Flag.UP)


def add(visitor: Visitor, device: Authenticator) -> None:
    """Enrol, honestly."""
    answer = send(visitor, ADD, device.create(ask(visitor, ADD)), name="Kunci uji")
    assert answer.status_code in (200, 303), (answer.status_code, answer.text[:2000])


def half(stage: Stage, who: Human) -> Visitor:
    """A browser after the password."""
    visitor = browser(stage)
    answer = visitor.password(who)
    assert answer.status_code == 303 and not visitor.is_in(), answer.text[:400]
    return visitor


def refused(visitor: Visitor, answer: requests.Response) -> None:
    """A clear refusal, and nobody is in."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.headers.get("Location"))
    assert visitor.cookie("idp_session") is None and not visitor.is_in()


def forget(visitor: Visitor, cookie: str) -> None:
    """The browser loses a cookie."""
    for one in list(visitor.http.cookies):
        if one.name == cookie:
            visitor.http.cookies.clear(one.domain, one.path, one.name)


def comes_in(visitor: Visitor, device: Authenticator, path: str = ALONE) -> None:
    """The legitimate form of the same request (O6)."""
    answer = send(visitor, path, device.get(ask(visitor, path)))
    assert answer.status_code == 303, (answer.status_code, answer.text[:2000])
    assert visitor.is_in()


def inside(held: Holder) -> Visitor:
    """A browser of the person, freshly signed in with the passkey."""
    visitor = browser(held.stage)
    comes_in(visitor, held.device)
    return visitor


def disable(stage: Stage, who: Human) -> None:
    """An administrator closes the account."""
    with stage.unit() as services:
        services.people.disable(OPERATOR, who.id, "uji")


def letters_to(stage: Stage, address: str) -> list[str]:
    """The texts of what was sent to an address, newest first."""
    build_worker(stage.deps).drain()
    found = []
    for path in sorted((stage.server.maildir / "new").glob("*"), reverse=True):
        letter = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = letter.get_body(("plain",))
        if address in str(letter["To"]) and body is not None:
            found.append(re.sub(r"\s+", " ", str(letter["Subject"]) + " " + body.get_content()))
    return found


def spoilt(answer: Answer, **response: Any) -> dict[str, Any]:
    """The same answer with members of its `response` replaced; bytes are encoded, None takes a member out."""
    inner = {**answer["response"], **{name: b64(value) if isinstance(value, bytes) else value for name, value in response.items()}}
    return {**answer, "response": {name: value for name, value in inner.items() if value is not None}}
