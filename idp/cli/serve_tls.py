"""``idp serve --tls-certificate``: the provider behind gunicorn, which ends TLS itself and hands the client's certificate over.

granian, which serves otherwise, tells nobody whose certificate a connection has.
"""

import importlib
import os
import ssl
import sys
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from idp.web.tls import Doorway, doorway


class Reticent(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own words by way of our log, without what stood in a request: headers and query strings carry secrets."""

    def setup(self, cfg: Any) -> None:
        """Hand everything on to the root logger."""
        super().setup(cfg)
        self.error_log.handlers, self.error_log.propagate = [], True

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """A request that cannot be read is named by its sender alone."""
        text = str(msg)
        if text.startswith("Invalid request from"):
            text, args = text.partition(": ")[0], ()
        super().warning(text, *args, **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """An address loses its query."""
        super().exception(msg, *(str(one).partition("?")[0] for one in args), **kwargs)


class Served(BaseApplication):  # type: ignore[misc]
    """gunicorn with our settings; no file of its own, no variables of its own."""

    def __init__(self, certificate: Path, key: Path, values: dict[str, Any]) -> None:
        self._certificate, self._key, self._values = certificate, key, values
        self._doorway: Doorway | None = None
        super().__init__()

    def load_config(self) -> None:
        """Our values, and the TLS context by a hook: one for each connection."""
        for name, value in self._values.items():
            self.cfg.set(name, value)
        self.cfg.set("ssl_context", lambda _config, _default: self._context())

    def load(self) -> Any:
        """The application, once a worker."""
        sys.path.insert(0, str(Path.cwd()))
        return importlib.import_module("wsgi").app

    def _context(self) -> ssl.SSLContext:
        if self._doorway is None:
            self._doorway = doorway(self._certificate, self._key, self.wsgi().deps)
        return self._doorway.context()


def run(certificate: Path, key: Path, *, host: str, port: int, workers: int, threads: int, connections: int) -> None:
    """Serve until told to stop. Limits as `idp serve` has them, as far as gunicorn knows such."""
    values = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}", "certfile": str(certificate), "keyfile": str(key),
        "worker_class": "gthread", "workers": workers, "threads": threads, "worker_connections": connections, "backlog": 1024,
        "keepalive": 15, "graceful_timeout": 20, "timeout": 60, "limit_request_line": 8190, "limit_request_fields": 64,
        "forwarded_allow_ips": "", "control_socket_disable": True, "logger_class": Reticent, "accesslog": None, "proc_name": "idp",
        "loglevel": "warning",
    }  # fmt: skip
    os.environ.pop("GUNICORN_CMD_ARGS", None)
    Served(certificate, key, values).run()
