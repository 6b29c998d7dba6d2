"""P, M and S, the parts that show beside the answer: who is told by mail, what applications are told, what others see (attacks.md)."""

import json
import re
import socket
import struct
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from idp.kernel.actor import OPERATOR
from idp.kernel.errors import Invalid
from idp.portal.cards import CardChange
from idp.wiring.worker import build_worker
from tests.attacks.keyring import add, browser, half, holder, inside, letters_to
from tests.attacks.stage import Human, Stage
from tests.authenticator import Authenticator, unb64
from tests.rp import FORM, payload
from tests.spec import spec


def _rested(stage: Stage) -> None:
    stage.sql("UPDATE throttle_counters SET blocked_until = :at WHERE blocked_until IS NOT NULL", at=stage.moment(seconds=1))


@spec("attacks.md", "P1")
@spec("ASVS 5.0", "6.3.8")
def test_an_account_without_a_password_looks_like_none(stage: Stage) -> None:
    bare, plain = stage.human(), stage.human()
    stage.sql("DELETE FROM password_hashes WHERE person_id = :id", id=bare.id)
    answers = [stage.visitor(address="127.0.1.9").password(name, "salah salah salah") for name in (bare.username, "tidak.ada.juga")]
    assert {answer.status_code for answer in answers} == {400} and len({len(answer.headers) for answer in answers}) == 1
    assert stage.visitor(address="127.0.1.8").password(plain).status_code == 303


@spec("attacks.md", "P2")
@spec("NIST SP 800-63B-4", "4.2")
def test_only_whoever_is_known_gets_a_letter_whose_link_opens(stage: Stage) -> None:
    """The answers are alike (`test_passwords`); what differs reaches the owner of the address alone."""
    who, new = stage.human(), "sepeda hijau di kebun"
    asking = stage.visitor(address="127.0.2.9")
    for name in (who.email, "x@tidak-ada.example"):
        assert asking.post("/forgot-password", {"username": name}, page="/forgot-password").headers["Location"] == "/forgot-password/sent"
    assert not letters_to(stage, "x@tidak-ada.example")
    (link,) = {path for text in letters_to(stage, who.email) for path in re.findall(r"/reset/[\w-]{43}", text)}
    assert asking.post(link, {"new_password": new, "confirm_password": new}, page=link).status_code == 303
    assert stage.visitor(address="127.0.2.8").password(who, new).status_code == 303


@spec("attacks.md", "P5")
@spec("NIST SP 800-63B-4", "3.1.1.2")
def test_the_shortest_password_depends_on_the_second_factor(stage: Stage) -> None:
    """Fifteen characters alone, twelve beside a second factor."""
    for enrolled, short, enough in ((False, "rumput basah 7", "rumput basah 72"), (True, "kabut lima9", "kabut lima 9")):
        who = stage.human(enrolled=enrolled)
        visitor, page = stage.visitor(who), "/account/password"
        for new, status in ((short, 400), (enough, 303)):
            form = {"current_password": who.password, "new_password": new, "confirm_password": new}
            assert visitor.post(page, form, page=page).status_code == status, (enrolled, len(new))
        assert stage.visitor(address="127.0.5.9").password(who, enough).status_code == 303


@spec("attacks.md", "M2")
@spec("ASVS 5.0", "6.3.5")
def test_whoever_is_guessed_at_is_told(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    guesser = half(stage, who)
    form = {"csrf_token": guesser.token("/sign-in/code"), "code": who.wrong_code()}
    for _ in range(12):
        guesser.send("/sign-in/code", form)
        _rested(stage)
    told = [text for text in letters_to(stage, who.email) if "kode" in text]
    assert 1 <= len(told) <= 3, "told, and not buried in letters"
    assert guesser.code(who.code()).status_code == 303


@spec("attacks.md", "M6")
@spec("attacks.md", "M7")
@spec("ASVS 5.0", "6.3.7")
def test_each_change_of_a_factor_and_each_code_used_is_told(stage: Stage) -> None:
    held = holder(stage, enrolled=True)
    visitor, who = inside(held), held.who
    add(visitor, Authenticator(stage.server.base))
    assert visitor.post(f"/account/passkeys/{held.passkeys()[1][0]}/remove").status_code == 303
    used = half(stage, who)
    path = "/sign-in/recovery-code"
    assert used.post(path, {"code": who.recovery_codes[0]}, page=path).status_code == 303 and used.is_in()
    told = letters_to(stage, who.email)
    for words in ("Passkey “Kunci uji” telah ditambahkan", "Passkey “Kunci uji” telah dihapus", "kode pemulihan"):
        assert any(words in text for text in told), (words, told)


@spec("attacks.md", "M5")
def test_no_request_line_chooses_the_host_of_a_link(stage: Stage) -> None:
    """An absolute address in the request line is another way to say Host (RFC 9112 section 3.2.2)."""
    who = stage.human()
    asking = browser(stage)
    token = asking.token("/forgot-password")
    cookies = "; ".join(f"{one.name}={one.value}" for one in asking.http.cookies)
    body = urlencode({"csrf_token": token, "username": who.username})
    for host in ("evil.test", "evil.test:8000"):
        head = (f"POST http://{host}/forgot-password HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\nContent-Type: {FORM}\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n")  # fmt: skip
        parts = urlsplit(stage.server.base)
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as wire:
            wire.sendall((head + body).encode())
            status = wire.recv(65_536).split(b" ")[1]
        assert status in (b"303", b"400", b"403", b"404")
    assert asking.post("/forgot-password", {"username": who.username}, page="/forgot-password").status_code == 303
    texts = " ".join(letters_to(stage, who.email))
    assert f"{stage.server.base}/reset/" in texts and "evil.test" not in texts


@spec("attacks.md", "S3")
@spec("ASVS 5.0", "7.4.3")
def test_a_password_set_by_an_administrator_ends_everything(stage: Stage) -> None:
    who = stage.human()
    here, new = stage.visitor(who), "perahu kuning di sungai"
    rp = stage.rp(here)
    tokens = rp.tokens(scope="openid offline_access")
    assert here.is_in()
    stage.server.idp("user", "set-password", who.username, "--stdin", stdin=new + "\n")
    assert not here.is_in() and rp.refresh(tokens["refresh_token"]).error == "invalid_grant"
    assert stage.visitor(address="127.0.5.8").password(who).status_code == 400
    assert stage.visitor(address="127.0.5.7").password(who, new).status_code == 303


class _Told(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.said.append(parse_qs(said)["logout_token"][0])  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def application() -> Iterator[ThreadingHTTPServer]:
    """An application that listens for logouts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Told)
    server.said = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@spec("attacks.md", "S2")
@spec("OIDC Back-Channel Logout 1.0", "2.4")
def test_each_application_of_a_session_is_told_of_its_end(stage: Stage, application: ThreadingHTTPServer) -> None:
    who = stage.human()
    visitor = stage.visitor(who)
    uri = f"http://localhost:{application.server_address[1]}/logout"
    rps = [stage.rp(visitor, backchannel_logout_uri=uri) for _ in range(2)]
    sids = {rp.client_id: payload(rp.tokens()["id_token"])["sid"] for rp in rps}
    assert visitor.post("/logout", {"confirm": "yes"}).status_code == 200
    build_worker(stage.deps).drain()
    told = {payload(token)["aud"]: token for token in application.said}  # type: ignore[attr-defined]
    assert set(told) == set(sids) and len(application.said) == 2, "each once, and nobody else"  # type: ignore[attr-defined]
    for client_id, token in told.items():
        head, said = json.loads(unb64(token.split(".")[0])), payload(token)
        assert head["typ"] == "logout+jwt" and head["alg"] not in ("none", "HS256") and said["iss"] == stage.server.base
        assert said["sid"] == sids[client_id] and 0 < said["exp"] - said["iat"] <= 120 and "nonce" not in said and said["jti"]
        assert list(said["events"]) == ["http://schemas.openid.net/event/backchannel-logout"]


def _png(*more: tuple[bytes, bytes]) -> bytes:
    pixels = zlib.compress((b"\0" + bytes(64)) * 64)
    chunks = [(b"IHDR", struct.pack(">II", 64, 64) + b"\x08\0\0\0\0"), *more, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


@spec("attacks.md", "S6")
@spec("ASVS 5.0", "5.3.1")
def test_a_logo_is_a_picture_and_nothing_else(stage: Stage, user: Human) -> None:
    script = b"<script>alert(1)</script>"
    client = stage.rp(stage.visitor(user)).client_id
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg">' + script + b"</svg>"
    for bad in (drawing, script, b"GIF89a" + script, _png()[:-1], _png() + script, b"data:image/png;base64,AAAA", b"javascript:alert(1)"):
        with pytest.raises(Invalid), stage.unit() as services:
            services.cards.change(OPERATOR, client, CardChange(logo=bad))
        with pytest.raises(Invalid), stage.unit() as services:
            services.brands.set(OPERATOR, "12.71", logo=bad)
    with stage.unit() as services:
        services.cards.change(OPERATOR, client, CardChange(logo=_png((b"tEXt", b"x\0" + script))))
        services.brands.set(OPERATOR, "12.71", logo=_png((b"iTXt", b"x\0" + script)))
        paths = [f"/logo/{services.cards.of(client).logo_digest}.png"]
    answer = stage.visitor(user).get(paths[0])
    assert answer.status_code == 200 and answer.content == _png(), "what it hid is gone"
    assert answer.headers["Content-Type"] == "image/png" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    with stage.unit() as services:
        assert services.brands.logo("12.71") == (_png(), "image/png")
