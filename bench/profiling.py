"""Where our CPU goes: the application driven in this process under cProfile, by the same workloads, without sockets.

Prints the hottest functions of one worker thread and CPU microseconds per request; keeps the profile for `snakeviz` and its like.
"""

import contextlib
import cProfile
import io
import pstats
import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import trials, workloads
from bench.answer import Answer
from bench.ours import Ours
from bench.plan import Plan
from bench.postgres import Postgres
from bench.target import Target
from bench.wire import Script, ScriptMaker
from bench.workloads import Jar, sign_in_by_forms
from idp.app import create_app

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
_WARM, _MEASURED = 60, 300


def _environ(request: bytes, port: int) -> dict[str, Any]:
    """The WSGI environment of a raw request."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    parts = urlsplit(target)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "PATH_INFO": parts.path, "QUERY_STRING": parts.query, "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": str(port), "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.version": (1, 0),
        "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }  # fmt: skip
    for line in lines:
        name, _, value = line.partition(":")
        key = re.sub(r"\W", "_", name).upper()
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value.strip()
    return environ


class Direct:
    """Runs scripts against a WSGI application in this thread."""

    def __init__(self, application: Application, port: int) -> None:
        self._application, self._port = application, port
        self.requests = 0

    def run(self, script: Script) -> None:
        """One operation, to its end."""
        request = next(script)
        try:
            while True:
                request = script.send(self._ask(request))
        except StopIteration:
            return

    def _ask(self, request: bytes) -> Answer:
        self.requests += 1
        started: list[Any] = []
        body = self._application(_environ(request, self._port), lambda status, headers, _info=None: started.extend([status, headers]))
        try:
            whole = b"".join(body)
        finally:
            close = getattr(body, "close", None)
            if close:
                close()
        head = "HTTP/1.1 " + started[0] + "".join(f"\r\n{name}: {value}" for name, value in started[1])
        return Answer(int(started[0][:3]), head.encode("latin-1"), whole)


def _ready(direct: Direct, target: Target, workload: trials.Workload) -> ScriptMaker:
    for username, password in target.people[:4]:
        jar = Jar()
        direct.run(sign_in_by_forms(target, username, password, jar))
        target.cookies.append(jar.header)
    if workload.needs_tokens:

        def fill() -> Script:
            target.tokens = [(yield from workloads.sign_on(target, target.apps["refresh"], target.cookies[0], target.offline))]

        direct.run(fill())
    return workload.bind(target)


def run(name: str, plan: Plan, work: Path) -> int:
    """Profile one workload; the database is the plan's first one with the first size. Gives the exit code."""
    workload = next(found for found in trials.ALL if found.name == name)
    if plan.databases[0] == "postgresql":
        with Postgres(work / "postgresql") as postgres:
            return _profile(workload, postgres, plan, work)
    return _profile(workload, None, plan, work)


def _profile(workload: trials.Workload, postgres: Postgres | None, plan: Plan, work: Path) -> int:
    ours = Ours(postgres, plan, work, plan.people[0], serve=False)
    with contextlib.ExitStack() as stack:
        target = stack.enter_context(ours)
        log = stack.enter_context((work / "profile.log").open("w"))
        with contextlib.redirect_stderr(log):
            application = create_app(ours.settings())  # its log handler keeps the stream it finds here
        direct = Direct(application.wsgi_app, target.port)
        script = _ready(direct, target, workload)
        for _ in range(_WARM):
            direct.run(script(0))
        plain_requests, start = direct.requests, time.process_time()
        for _ in range(_MEASURED):
            direct.run(script(0))
        spent, requests = time.process_time() - start, direct.requests - plain_requests
        profile = cProfile.Profile(time.thread_time)  # CPU, not waiting
        profile.enable()
        for _ in range(_MEASURED):
            direct.run(script(0))
        profile.disable()
    kept = work / f"profile-{workload.name}.prof"
    profile.dump_stats(kept)
    for order, count in (("tottime", 45), ("cumulative", 90)):
        pstats.Stats(profile).strip_dirs().sort_stats(order).print_stats(count)
    each, every = spent / _MEASURED * 1e6, spent / requests * 1e6
    print(f"{workload.name}: {each:.0f} µs CPU per operation, {every:.0f} µs per request, without a profiler;")
    print(f"kept as {kept.relative_to(work.parent.parent)}")
    return 0
