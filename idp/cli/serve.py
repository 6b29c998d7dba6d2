"""``idp serve``: the provider behind granian (measured: half the cost of a small request; docs/decisions)."""

import os
import tempfile

import click

from idp.cli.base import fail, load_settings
from idp.db.migrate import revisions
from idp.db.session import Database

# Connections a worker holds at a time, idle ones too; more wait in the backlog.
CONNECTIONS = 512


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=lambda: os.cpu_count() or 1, show_default="one a core")
@click.option("--threads", type=click.IntRange(1, 64), default=3, show_default=True, help="Requests at a time, a worker.")
def serve(host: str, port: int, workers: int, threads: int) -> None:
    """Serve the provider until told to stop; running requests are finished first."""
    settings = load_settings()
    database = Database(settings.database_url)
    current, head = revisions(database.engine, settings.database_url)
    database.dispose()
    if current != head:
        fail("the database is not at the revision of this code; run `idp db upgrade`")
    if workers > 1:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="idp-metrics-"))
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    server = Granian(
        "wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        # Threads keep database connections; the default idle time-out of 30 s would throw them away again and again (600 is the most).
        blocking_threads_idle_timeout=600,
        backlog=1024,
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=20,
        log_access=False,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=10_000, keep_alive=True),
    )
    server.serve()
