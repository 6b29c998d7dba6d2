"""P1 to P6: passwords, enumeration, guessing, hostile sizes (attacks.md). Timing is measured in bench/timing.py, never here."""

import re
import secrets
import socket
import time
import unicodedata
from collections import Counter
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
import requests

from idp.kernel.actor import OPERATOR
from tests.attacks.stage import Human, Stage, Visitor, at_once
from tests.rp import FORM
from tests.spec import spec

LONGEST = ("gunung sinabung meletus pagi hari ketika para petani masih tidur"
           " dan kopi belum diseduh oleh nenek tua di dapur rumah panggung kayu")[:128]  # fmt: skip


def _bare(answer: requests.Response) -> str:
    """What an outsider can tell apart: the page without its tokens, the request's number and what was typed."""
    text = re.sub(r'name="csrf_token" value="[^"]+"|value="[^"]*"|[a-z0-9]{10}</strong>', "", answer.text)
    names = sorted(name for name in answer.headers if name not in ("Date", "X-Request-Id", "Content-Length"))
    return f"{answer.status_code} {answer.headers.get('Location')} {names} {sorted(answer.cookies.keys())} {text}"


@spec("attacks.md", "P1")
@spec("ASVS 5.0", "6.3.8")
def test_the_sign_in_page_does_not_tell_who_exists(stage: Stage) -> None:
    disabled, enrolled, plain, invited = stage.human(), stage.human(enrolled=True), stage.human(), stage.human(status="invited")
    with stage.unit() as services:
        services.people.disable(OPERATOR, disabled.id, None)
    names = [disabled.username, enrolled.username, plain.username, invited.username, plain.email, "tidak.ada", "x@nobody.example",
             "198609262010012003"]  # fmt: skip
    for attempt in range(7):  # past the first delay, which must not tell either
        seen = {_bare(stage.visitor(address="127.0.1.1").password(name, "wrong wrong wrong")) for name in names if name != plain.email}
        assert len(seen) == 1, f"attempt {attempt}: {seen}"
    assert stage.visitor(address="127.0.1.2").password(plain).status_code == 303


@spec("attacks.md", "P1")
@pytest.mark.parametrize("variant", ["{}.x", "{}-x", "{} ", "  {}", "{}"])
def test_waiting_does_not_tell_which_spellings_are_an_account(stage: Stage, variant: str) -> None:
    """Spellings that lead to one account share its counter; the same spellings of nobody must share one as well, and no others."""
    mark = secrets.token_hex(4)
    someone, nobody = stage.human().username, f"orang.{mark}xx"
    outcomes = []
    for name in (someone, nobody):
        visitor = stage.visitor(address="127.0.1.3")
        for _ in range(5):
            visitor.password(name, "wrong wrong wrong")
        near = variant.format(name).replace("orang.", "orang") if variant == "{}" else variant.format(name)
        outcomes.append(visitor.password(near, "wrong wrong wrong").status_code)
    assert outcomes[0] == outcomes[1], outcomes


@spec("attacks.md", "P2")
def test_asking_for_a_reset_link_does_not_tell_who_exists(stage: Stage) -> None:
    disabled, plain = stage.human(), stage.human()
    with stage.unit() as services:
        services.people.disable(OPERATOR, disabled.id, None)
    before = len(stage.sql("SELECT id FROM outbox"))
    names = [plain.username, plain.email, disabled.username, "tidak.ada", "x@nobody.example", "198609262010012003"]
    seen = {_bare(stage.visitor(address="127.0.2.1").post("/forgot-password", {"username": name},
    page="/forgot-password")) for name in names}
    assert len(seen) == 1 and "303 /forgot-password/sent" in seen.pop()
    assert len(stage.sql("SELECT id FROM outbox")) - before == len(names), "the same work for all of them"
    for bad in ("a" * 43, "x", "%00", "é"):
        assert stage.visitor().get(f"/reset/{bad}").status_code == stage.visitor().get(f"/activate/{bad}").status_code == 404


@spec("attacks.md", "P3")
@spec("NIST SP 800-63B-4", "3.2.2")
def test_guessing_is_stopped_and_nobody_is_locked_out_by_it(stage: Stage) -> None:
    victim = stage.human()
    home = stage.visitor(address="127.0.3.9")
    assert home.password(victim).status_code == 303
    home.http.cookies.clear(domain="localhost.local", path="/", name="idp_session")
    attacker = stage.visitor(address="127.0.3.1")
    token = attacker.token("/sign-in")
    form = {"csrf_token": token, "username": victim.username, "password": "guess guess guess"}
    statuses = [attacker.send("/sign-in", {**form, "password": f"guess number {n:03}"}).status_code for n in range(150)]
    assert statuses.count(400) <= 10, "evaluated guesses before the first delay"
    assert set(statuses) == {400, 429}
    blocked = attacker.send("/sign-in", {**form, "password": victim.password})
    assert blocked.status_code == 429 and int(blocked.headers["Retry-After"]) > 0
    assert home.password(victim).status_code == 303, "a known device has a budget of its own"
    assert stage.visitor(address="127.0.3.2").password(victim).status_code == 303, "and one source does not lock out another"
    stage.sql("UPDATE throttle_counters SET blocked_until = :at WHERE blocked_until IS NOT NULL", at=stage.moment(seconds=1))
    assert attacker.send("/sign-in", {**form, "password": victim.password}).status_code == 303, "no delay is for ever"


@spec("attacks.md", "P4")
def test_no_spelling_and_no_header_splits_the_counter(stage: Stage) -> None:
    victim = stage.human(number="198609262010012003")
    name, wide = victim.username, "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in victim.username)
    spellings = [name, name.upper(), f" {name} ", wide, victim.email, victim.email.upper(), "198609262010012003", "19860926 201001 2 003",
                 "19860926.201001.2.003", "１９８６０９２６２０１００１２００３"]  # fmt: skip
    headers = [
        {"X-Forwarded-For": f"203.0.113.{n}", "X-Real-IP": f"203.0.113.{n}", "Forwarded": f"for=203.0.113.{n}", "User-Agent": f"UA {n}",
         "True-Client-IP": "1.2.3.4", "CF-Connecting-IP": "1.2.3.4", "Client-IP": "1.2.3.4", "X-Forwarded-Proto": "https"} for n in range(8)
    ] + [{"X-Forwarded-For": "nonsense,,::::1"}, {"X-Forwarded-For": "127.0.0.1, 10.0.0.1"}]  # fmt: skip
    statuses = []
    for spelling, forged in zip(spellings, headers, strict=True):
        visitor = stage.visitor(address="127.0.4.1")  # new cookies each time
        statuses.append(visitor.send("/sign-in", {"csrf_token": visitor.token("/sign-in"), "username": spelling, "password": "wrong wrong"},
                                     forged).status_code)  # fmt: skip
    assert statuses == [400] * 5 + [429] * 5
    ips = {row[0] for row in stage.sql("SELECT ip FROM audit_events WHERE subject_id = :id AND tag LIKE 'authn:sign_in:%'", id=victim.id)}
    assert ips == {"127.0.4.1"}
    assert stage.visitor(address="127.0.4.2").password(wide, victim.password).status_code == 303


@spec("attacks.md", "P4")
def test_a_burst_of_parallel_guesses_gets_no_further_than_a_row(stage: Stage) -> None:
    victim = stage.human()
    attacker = stage.visitor(address="127.0.4.3")
    form = {"csrf_token": attacker.token("/sign-in"), "username": victim.username}
    statuses = at_once(30, lambda n: attacker.send("/sign-in", {**form, "password": f"guess number {n:02}"}).status_code)
    told = Counter(statuses)
    assert told[400] <= 10 and set(told) <= {400, 429, 503}, told  # five that are free, and as many on their way


@spec("attacks.md", "P5")
@spec("NIST SP 800-63B-4", "3.1.1.2")
def test_password_rules_ask_for_length_and_refuse_what_is_known(stage: Stage) -> None:
    who = stage.human(government_code="12.71")
    visitor = stage.visitor(who)
    page = "/account/password"

    def change(new: str) -> int:
        form = {"current_password": who.password, "new_password": new, "confirm_password": new}
        status = visitor.post(page, form, page=page).status_code
        if status == 303:
            who.password = new
        return status

    mark = who.username.removeprefix("orang.")
    for bad in ("Short7!", "fourteen14char", "passwordpassword", "1234567890123456", "qwertyuiopasdfgh", f"orang{mark}2024", who.email,
                "aaaaaaaaaaaaaaaaaa", "a" * 129, who.password):  # fmt: skip
        assert change(bad) == 400, bad
    passphrase = "sawah hijau kabut turun di lereng tinggi sekali pagi buta itu lho"
    for good in ("kapal layar di danau", "x" * 3 + "vK8 q😀 ü ß 漢字 word zebra", passphrase, LONGEST):
        assert change(good) == 303, good
    composed, decomposed = unicodedata.normalize("NFC", "é ñ å kopi gayo enak"), unicodedata.normalize("NFD", "é ñ å kopi gayo enak")
    assert change(decomposed) == 303
    for spelling in (composed, decomposed):
        assert stage.visitor(address="127.0.5.1").password(who, spelling).status_code == 303
    long = LONGEST[:72] + "A" + LONGEST[73:90]
    assert change(long) == 303
    assert stage.visitor(address="127.0.5.1").password(who, long[:72] + "B" + long[73:]).status_code == 400, "no truncation at 72 bytes"
    assert stage.visitor(address="127.0.5.1").password(who, long).status_code == 303


def _raw(stage: Stage, head: str, body: bytes, seconds: float = 10) -> bytes:
    parts = urlsplit(stage.server.base)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=seconds) as wire:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all was sent
            wire.sendall(head.encode("latin-1") + body)
        try:
            return wire.recv(65_536)
        except ConnectionResetError:
            return b"HTTP/1.1 413 "


@spec("attacks.md", "P6")
def test_hostile_sizes_are_refused_before_any_work(stage: Stage, user: Human) -> None:
    visitor = stage.visitor(address="127.0.6.1")
    token = visitor.token("/sign-in")
    form = {"csrf_token": token, "username": user.username, "password": user.password}
    for change in (
        {"password": "x" * 200}, {"password": "x" * 60_000}, {"password": "x" * (1 << 20)}, {"username": "u" * (1 << 20)},
        {"password": "a\x00b"}, {"username": "a\x00b"}, {"username": "\ud800".encode("utf-8", "surrogatepass")}, {"username": b"\xff\xfe"},
        {f"field{n}": "x" for n in range(10_000)},
    ):  # fmt: skip
        began = time.monotonic()
        assert 400 <= visitor.try_to_send("/sign-in", {**form, **change}) < 500, str(change)[:40]
        assert time.monotonic() - began < 5
    boundary = "x" * 10
    parts = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\n\r\n' for n in range(600)).encode()
    multipart = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    for path in ("/sign-in", "/authorize", "/token", "/forgot-password"):
        assert 400 <= visitor.try_to_send(path, parts, multipart) < 500, path
        assert 400 <= visitor.try_to_send(path, b"a" * 70_000, {"Content-Type": FORM}) < 500, path
    for length in ("99999999999", "-1", "abc"):
        head = f"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nContent-Length: {length}\r\n\r\n"
        assert _raw(stage, head, b"").split(b" ")[1:2] in ([b"400"], [b"413"], []), length
    assert stage.visitor(address="127.0.6.2").password(user).status_code == 303


@spec("attacks.md", "P6")
def test_sixteen_megabytes_neither_stay_in_memory_nor_break_a_worker(stage: Stage, user: Human) -> None:
    visitor = Visitor(stage.server.base)
    for _ in range(3):
        assert 400 <= visitor.try_to_send("/token", b"a=" + b"x" * (16 << 20), {"Content-Type": FORM}) < 500
    assert stage.visitor(address="127.0.6.3").password(user).status_code == 303
