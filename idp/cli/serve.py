"""``idp serve``: the provider behind granian (measured: half the cost of a small request; docs/decisions)."""

import importlib.util
import os
import ssl
import tempfile
from pathlib import Path

import click

from idp.cli.base import fail, load_settings
from idp.db.migrate import revisions
from idp.db.session import Database
from idp.settings import Settings

# Connections a worker holds at a time, idle ones too; more wait in the backlog.
CONNECTIONS = 512

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=lambda: os.cpu_count() or 1, show_default="one a core")
@click.option("--threads", type=click.IntRange(1, 64), default=3, show_default=True, help="Requests at a time, a worker.")
@click.option("--tls-certificate", type=_file, help="End TLS here and ask for client certificates (RFC 8705); PEM, with its chain.")
@click.option("--tls-key", type=_file, help="Its private key, PEM, without a passphrase.")
def serve(host: str, port: int, workers: int, threads: int, tls_certificate: Path | None, tls_key: Path | None) -> None:
    """Serve the provider until told to stop; running requests are finished first."""
    settings = load_settings()
    if tls_certificate is not None or tls_key is not None:
        _check_tls(settings, tls_certificate, tls_key)
    database = Database(settings.database_url)
    current, head = revisions(database.engine, settings.database_url)
    database.dispose()
    if current != head:
        fail("the database is not at the revision of this code; run `idp db upgrade`")
    if workers > 1:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="idp-metrics-"))
    if tls_certificate is not None and tls_key is not None:
        from idp.cli import serve_tls

        serve_tls.run(tls_certificate, tls_key, host=host, port=port, workers=workers, threads=threads, connections=CONNECTIONS)
        return
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


def _check_tls(settings: Settings, certificate: Path | None, key: Path | None) -> None:
    if certificate is None or key is None:
        fail("--tls-certificate and --tls-key go together")
    if not settings.mutual_tls:
        fail("--tls-certificate is for client certificates: set IDP_CLIENT_CA_FILE or IDP_MTLS_ORIGIN; else leave TLS to a proxy")
    if importlib.util.find_spec("gunicorn") is None:
        fail("--tls-certificate needs gunicorn: pip install 'gunicorn>=27'")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ssl.SSLError) as error:
        fail(f"--tls-certificate and --tls-key cannot be used: {error.strerror or error}")
