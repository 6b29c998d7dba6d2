"""What the parallel workers of one test run share: a directory, and things made once in it."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

_VARIABLE = "IDP_TEST_SHARED"


def open_directory() -> None:
    """Make the directory; called once, before the workers start, who inherit its name."""
    directory = tempfile.mkdtemp(prefix="idp-tests-")
    Path(directory).chmod(0o755)  # as root, PostgreSQL runs as another user, who must reach its data below
    os.environ[_VARIABLE] = directory


def close_directory() -> None:
    """Remove it, after the workers have ended."""
    shutil.rmtree(os.environ.pop(_VARIABLE), ignore_errors=True)


def directory() -> Path:
    """The directory of this run."""
    return Path(os.environ[_VARIABLE])


def once(name: str, make: Callable[[], None]) -> None:
    """Run `make` in exactly one of the workers; the others wait for it, and fail with its message when it failed."""
    with (directory() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done, failed = directory() / f"{name}.done", directory() / f"{name}.failed"
        if failed.exists():
            raise RuntimeError(failed.read_text())
        if done.exists():
            return
        try:
            make()
        except BaseException as error:
            failed.write_text(f"{name}: {error}")
            raise
        done.touch()
