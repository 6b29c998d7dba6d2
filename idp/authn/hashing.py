"""Password hashes: Argon2id, one host-wide gate for all workers, hashes imported from elsewhere verified and replaced.

ASVS 11.4.2, OWASP parameters. Concurrency, not length, is the danger: each hash takes its memory and a core, so only as many
run at a time as there are cores; who waits longer than the queue allows is told to come back.
"""

import fcntl
import os
import select
import tempfile
import termios
import threading
import time
from array import array
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher as Argon2
from argon2 import Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from idp.authn.imported import verify_imported
from idp.kernel.errors import Busy
from idp.policy.passwords import normalise

_LOOK_AGAIN_MS = 50.0  # a worker that was killed gives its slot back without ringing
_SAFELY = os.O_CLOEXEC | os.O_NOFOLLOW
_T = TypeVar("_T")


class HashGate:
    """As many hashes at a time as `slots` (0: one a core) over every process of this user on this host.

    Slots are file locks: the kernel gives back what a killed worker held. Who leaves rings a bell, a named pipe, so that waiting
    costs no CPU. lock_dir None: a directory of this user's among the temporary files; where it cannot be made safely the gate
    holds within the process only.
    """

    def __init__(self, slots: int = 0, queue_seconds: float = 1.0, lock_dir: Path | None = None) -> None:
        self.slots = slots or len(os.sched_getaffinity(0))
        self.threads = min(2, self.slots)
        self._queue_seconds = queue_seconds
        self._here = threading.BoundedSemaphore(self.threads)
        self._dir = _prepared(lock_dir or Path(tempfile.gettempdir()) / f"idp-hash-gate-{os.getuid()}")

    def deadline(self) -> float:
        """Until when somebody who comes now may wait, on the monotonic clock."""
        return time.monotonic() + self._queue_seconds

    @contextmanager
    def slot(self, deadline: float | None = None) -> Iterator[None]:
        """Hold one slot; raises Busy("hash.busy", retry_after) when none comes free in time (default: the queue's, from now)."""
        until = self.deadline() if deadline is None else deadline
        if not self._here.acquire(timeout=max(0.0, until - time.monotonic())):
            raise _busy()
        try:
            if self._dir is None:
                yield
            else:
                with self._over_processes(self._dir, until):
                    yield
        finally:
            self._here.release()

    @contextmanager
    def _over_processes(self, directory: Path, until: float) -> Iterator[None]:
        bell = _bell(directory / "bell")
        try:
            handle = self._take(directory, bell, until)
            try:
                yield
            finally:
                os.close(handle)  # closing gives the lock back
                _ring(bell, at_most=self.slots)
        finally:
            os.close(bell)

    def _take(self, directory: Path, bell: int, until: float) -> int:
        ear = select.poll()
        ear.register(bell, select.POLLIN)
        while True:
            for number in range(self.slots):
                handle = os.open(directory / f"slot-{number}", os.O_RDWR | os.O_CREAT | _SAFELY, 0o600)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(handle)
                    continue
                return handle
            left = (until - time.monotonic()) * 1000
            if left <= 0:
                raise _busy()
            if ear.poll(min(left, _LOOK_AGAIN_MS)):
                with suppress(BlockingIOError):  # another one heard it first
                    os.read(bell, 1)


class PasswordHasher:
    """Hashes and verifies through the gate, on threads of its own, so that memory stays bounded whatever the request threads."""

    def __init__(self, memory_kib: int, time_cost: int, parallelism: int, gate: HashGate) -> None:
        self._argon2 = Argon2(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism, type=Type.ID)
        self._gate = gate
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        # Not the hash of anything: verifying against it costs what any account costs (ASVS 6.3.8).
        filler = [b64encode(bytes(size)).rstrip(b"=").decode() for size in (16, 32)]
        self._nobody = f"$argon2id$v=19$m={memory_kib},t={time_cost},p={parallelism}${filler[0]}${filler[1]}"

    def hash(self, password: str) -> str:
        """The encoded hash of a password in NFC; raises Busy."""
        return self._run(lambda: self._argon2.hash(normalise(password)))

    def verify(self, encoded: str | None, password: str) -> bool:
        """True when `password` gave `encoded`; None stands for an unknown account and costs the same. Raises Busy."""
        text = normalise(password)
        return self._run(lambda: self._check(encoded or self._nobody, text) and encoded is not None)

    def needs_rehash(self, encoded: str) -> bool:
        """True for imported hashes and for parameters weaker than those set now."""
        if not encoded.startswith("$argon2id$"):
            return True
        now, then = self._argon2, extract_parameters(encoded)
        return then.memory_cost < now.memory_cost or then.time_cost < now.time_cost or then.version < 19

    def _check(self, encoded: str, password: str) -> bool:
        if not encoded.startswith("$argon2"):
            return verify_imported(encoded, password)
        try:
            return self._argon2.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False

    def _run(self, work: Callable[[], _T]) -> _T:
        deadline = self._gate.deadline()

        def held() -> _T:
            with self._gate.slot(deadline):  # taken and left by the hash's own thread: it is never idle while a request is woken
                return work()

        return self._threads().submit(held).result()

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:  # made at first use: a pool does not survive a fork
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._gate.threads, "hash")
            return self._pool


def _busy() -> Busy:
    return Busy("hash.busy", "too many people are signing in at this moment", retry_after=2)


def _bell(path: Path) -> int:
    """The pipe, open at both ends, so that ringing and listening never block; a byte in it is a slot that was left."""
    with suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK | _SAFELY)


def _ring(bell: int, *, at_most: int) -> None:
    waiting = array("i", [0])
    fcntl.ioctl(bell, termios.FIONREAD, waiting)
    if waiting[0] < at_most:  # nobody listens: what stays in the pipe wakes the next one once, for nothing
        os.write(bell, b"\0")


def _prepared(directory: Path) -> Path | None:
    """`directory`, made ours alone; None when somebody else owns it or it is a link."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = directory.lstat()
    except OSError:
        return None
    ours = found.st_uid == os.getuid() and (found.st_mode & 0o170000) == 0o040000
    return directory if ours else None
