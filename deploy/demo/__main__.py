"""`python -m demo`: start everything and keep it running, or (`--check`) walk the journey once and end."""

import argparse
import shutil
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from demo.check import Journey, walk
from demo.places import Places
from demo.processes import CannotStart
from demo.stage import Stage, running
from demo.welcome import welcome


def main() -> int:
    """Run the demo; 0 when all went well."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    places = _places(arguments)
    if arguments.fresh:
        shutil.rmtree(places.folder, ignore_errors=True)
    try:
        with running(places, _say) as stage:
            return 0 if arguments.check and _check(stage) else 1 if arguments.check else _stay(stage)
    except CannotStart as problem:
        _say(str(problem))
        return 1
    except KeyboardInterrupt:
        _say("\nStopped.")
        return 130 if arguments.check else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description="The provider, two applications and a mail catcher on this machine.")
    parser.add_argument("--check", action="store_true", help="walk the journey once, print each step, end with 0 or 1")
    parser.add_argument("--fresh", action="store_true", help="forget the demo's data first")
    parser.add_argument("--ports", type=int, default=8000, metavar="FIRST", help="first of four free ports (8000)")
    parser.add_argument("--folder", type=Path, help="where the demo keeps its data (var/demo)")
    return parser.parse_args()


def _places(arguments: argparse.Namespace) -> Places:
    if arguments.folder is not None:
        return Places(arguments.folder.resolve(), arguments.ports)
    # An issuer belongs to its address for life, so another port is another demo with data of its own.
    usual = Places()
    return usual if arguments.ports == usual.first_port else Places(usual.folder.with_name(f"demo-{arguments.ports}"), arguments.ports)


def _check(stage: Stage) -> bool:
    main_person = stage.credentials[0]
    assert main_person.totp_secret is not None
    _say("\nThe journey:")
    well = walk(Journey(stage.places, main_person.signs_in_with, main_person.password or "", main_person.totp_secret), _say)
    _say("\nAll steps went well." if well else f"\nThe journey ended early. Logs: {stage.places.folder / 'logs'}")
    return well


def _stay(stage: Stage) -> int:
    _say(welcome(stage))
    ended = threading.Event()
    while not ended.wait(1.0):
        for child in stage.children:
            if not child.running:
                raise CannotStart(f"a process of the demo ended; see {child.log}")
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
