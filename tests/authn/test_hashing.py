"""Hashes and the gate in front of them."""

import hashlib
import multiprocessing
import threading
import time
from base64 import b64encode

import bcrypt
import pytest

from idp.authn.hashing import HashGate, PasswordHasher
from idp.authn.imported import is_known, verify_imported
from idp.kernel.errors import Busy


def _gate(tmp_path, slots=1, wait=0.2):
    return HashGate(slots, wait, tmp_path / "gate")


def test_a_hash_names_its_parameters_and_verifies(tmp_path):
    hasher = PasswordHasher(64, 1, 1, _gate(tmp_path))
    encoded = hasher.hash("kata sandi")
    assert encoded.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert hasher.verify(encoded, "kata sandi")
    assert not hasher.verify(encoded, "kata sandI")
    assert hasher.hash("kata sandi") != encoded


def test_an_unknown_account_is_never_right_and_costs_a_hash(tmp_path):
    hasher = PasswordHasher(19456, 2, 1, _gate(tmp_path))
    encoded = hasher.hash("x")
    known, unknown = [], []
    for _ in range(5):
        for value, times in ((encoded, known), (None, unknown)):
            start = time.perf_counter()
            assert not hasher.verify(value, "y")
            times.append(time.perf_counter() - start)
    assert 0.5 < min(unknown) / min(known) < 2


@pytest.mark.parametrize("encoded", ["", "nonsense", "$argon2id$broken", "$2b$10$short"])
def test_broken_hashes_verify_nothing(tmp_path, encoded):
    assert not PasswordHasher(64, 1, 1, _gate(tmp_path)).verify(encoded, "x")


def test_raised_parameters_ask_for_a_new_hash_and_lowered_ones_do_not(tmp_path):
    weak, strong = PasswordHasher(64, 1, 1, _gate(tmp_path)), PasswordHasher(128, 2, 1, _gate(tmp_path))
    assert strong.needs_rehash(weak.hash("x"))
    assert not weak.needs_rehash(strong.hash("x"))
    assert strong.needs_rehash("$2b$10$" + "a" * 53)


def test_who_waits_longer_than_the_queue_is_told_to_come_back(tmp_path):
    gate = _gate(tmp_path)
    with gate.slot(), pytest.raises(Busy) as busy, gate.slot():
        pass
    assert busy.value.code == "hash.busy"
    assert busy.value.params["retry_after"] >= 1
    with gate.slot():
        pass  # both were given back


def _hold(path, ready, stop):
    with HashGate(1, 1, path).slot():
        ready.set()
        stop.wait(30)


def test_the_gate_holds_over_processes_and_a_killed_one_gives_back(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready, stop = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(tmp_path / "gate", ready, stop))
    holder.start()
    assert ready.wait(30)
    gate = _gate(tmp_path)
    with pytest.raises(Busy), gate.slot():
        pass
    holder.kill()
    holder.join()
    with gate.slot():
        pass


def test_no_more_hashes_at_a_time_than_slots(tmp_path):
    gate, most, now, lock = _gate(tmp_path, slots=2, wait=10), [0], [0], threading.Lock()

    def work():
        with gate.slot():
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.01)
            with lock:
                now[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 2


def test_a_directory_of_somebody_else_is_not_used(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with HashGate(1, 0.1, tmp_path / "link").slot():
        assert not list((tmp_path / "real").iterdir())


def test_slot_files_follow_no_link(tmp_path):
    (tmp_path / "gate").mkdir()
    (tmp_path / "gate" / "slot-0").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError), _gate(tmp_path).slot():  # noqa: PT011
        pass
    assert not (tmp_path / "elsewhere").exists()


def _b64(data):
    return b64encode(data).decode()


def _hashes(password):
    secret = password.encode()
    django = _b64(hashlib.pbkdf2_hmac("sha256", secret, b"salt", 1000))
    passlib = _b64(hashlib.pbkdf2_hmac("sha512", secret, b"saltsalt", 1000)).rstrip("=").replace("+", ".")
    scrypt = hashlib.scrypt(secret, salt=b"salt", n=1024, r=8, p=1).hex()
    return {
        "bcrypt": bcrypt.hashpw(secret[:72], bcrypt.gensalt(4)).decode(),
        "laravel": bcrypt.hashpw(secret[:72], bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$"),
        "django": f"pbkdf2_sha256$1000$salt${django}",
        "werkzeug-pbkdf2": f"pbkdf2:sha256:1000$salt${hashlib.pbkdf2_hmac('sha256', secret, b'salt', 1000).hex()}",
        "werkzeug-scrypt": f"scrypt:1024:8:1$salt${scrypt}",
        "passlib": f"$pbkdf2-sha512$1000${_b64(b'saltsalt').rstrip('=')}${passlib}",
    }


@pytest.mark.parametrize("kind", ["bcrypt", "laravel", "django", "werkzeug-pbkdf2", "werkzeug-scrypt", "passlib"])
@pytest.mark.parametrize("password", ["rahasia-négeri", "x" * 100])
def test_hashes_from_elsewhere_verify(kind, password):
    encoded = _hashes(password)[kind]
    assert is_known(encoded)
    assert verify_imported(encoded, password)
    assert not verify_imported(encoded, "y" + password)


def test_waiting_costs_no_cpu_and_ends_with_the_bell(tmp_path):
    held, waited = HashGate(1, 5, tmp_path / "gate"), []

    def wait():
        began = time.thread_time()
        with HashGate(1, 5, tmp_path / "gate").slot():
            waited.append(time.thread_time() - began)

    with held.slot():
        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.5)
        assert not waited
    waiting.join(5)
    assert waited[0] < 0.05
