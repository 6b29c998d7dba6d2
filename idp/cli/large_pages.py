"""Large pages for password hashes, asked for before anything else is loaded: the C library reads its settings once."""

import os
import platform
import sys

_TUNABLES = "GLIBC_TUNABLES"


def ask() -> None:
    """Begin this command again with an allocator that asks Linux for pages of 2 MiB; not where GLIBC_TUNABLES is set, or libc is another.

    Argon2id walks 19 MiB at random, so most of its steps miss the table of small pages: a password costs 6 % less this way.
    """
    if _TUNABLES not in os.environ and platform.libc_ver()[0] == "glibc" and sys.orig_argv:
        os.execve(sys.executable, sys.orig_argv, {**os.environ, _TUNABLES: "glibc.malloc.hugetlb=1"})  # noqa: S606 - this very command
