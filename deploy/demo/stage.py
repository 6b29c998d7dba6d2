"""Everything that runs: the provider with two workers, its job worker, the two applications and the mail catcher."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from demo import mail_catcher
from demo.people import APP_ONE, APP_TWO
from demo.places import ROOT, Places
from demo.processes import CannotStart, Child, busy_ports, idp_command, served, wait_until_ready
from demo.relying_party.app import create_app
from demo.relying_party.showcase import ASSETS, LEAVE
from demo.seed import Credentials, make_keys, seed
from idp.db import migrate


@dataclass(slots=True)
class Stage:
    """A running demo: where it is, who can sign in, and the processes behind it."""

    places: Places
    credentials: tuple[Credentials, ...]
    children: list[Child]


@contextmanager
def running(places: Places, say: Callable[[str], None]) -> Iterator[Stage]:
    """The demo, started; all of it ends with the block. Raises CannotStart."""
    if busy := busy_ports(places.ports):
        taken = ", ".join(map(str, busy))
        raise CannotStart(f"Port {taken} is in use. Stop what listens there, or choose others: make demo DEMO_ARGS='--ports 9000'")
    places.prepare()
    environment = places.environment()
    say("Preparing the database …")
    shutil.rmtree(places.maildir, ignore_errors=True)
    migrate.upgrade(places.database_url)
    make_keys(places)
    with ExitStack() as stack:
        say("Starting …")
        # Loopback only: the demo is for this machine. The processes load while the people are made.
        serve = idp_command("serve", "--host", "127.0.0.1", "--port", str(places.first_port), "--workers", "2")
        children = []
        for name, command in (("provider", serve), ("worker", idp_command("worker"))):
            child = Child(command, environment, places.folder / "logs" / f"{name}.log", ROOT)
            stack.callback(child.stop)
            children.append(child)
        seeded = seed(places)
        one = create_app(LEAVE, issuer=places.issuer, client_id=APP_ONE.client_id, client_secret=seeded.client_secret)
        two = create_app(ASSETS, issuer=places.issuer, client_id=APP_TWO.client_id, client_secret=None)
        for offset, app in enumerate((one, two, mail_catcher.create_app(places.maildir)), 1):
            stack.enter_context(served(app, places.first_port + offset))
        wait_until_ready(f"{places.issuer}/readyz", children[0])
        yield Stage(places, seeded.credentials, children)
