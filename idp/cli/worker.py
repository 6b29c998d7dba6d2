"""``idp worker`` and ``idp prune``: what was promised, and housekeeping."""

import signal
import threading

import click

from idp.cli.base import emit, json_option, load_settings
from idp.kernel.logs import configure
from idp.wiring import Deps
from idp.wiring.worker import build_housekeeping, build_worker


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
def worker(once: bool) -> None:
    """Deliver letters and back-channel logouts, seal the audit record, clean up; until told to stop."""
    settings = load_settings()
    configure(settings.log_level, settings.log_format)
    deps = Deps.build(settings)
    loop = build_worker(deps)
    if once:
        loop.drain()
        return
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    loop.run(stop)


@click.command()
@json_option
def prune(as_json: bool) -> None:
    """Delete what has ended and is past keeping, in small batches."""
    emit(build_housekeeping(Deps.build(load_settings())).round(), as_json)
