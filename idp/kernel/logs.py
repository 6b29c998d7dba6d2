"""Structured logs: one bounded, escaped record an event, with no secret in it (ASVS 16.2.5, 16.4.1)."""

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from functools import cache
from typing import Any

import structlog

_SECRET_NAMES = re.compile(
    r"password|secret|token|(?<!error_)(?<!exit_)code$|cookie|authorization$|assertion|verifier|seed|nik$", re.I
)
_LONGEST = 500
_ENCODER = json.JSONEncoder(ensure_ascii=True, default=repr)  # made once: `json.dumps` would make one a line


@cache
def _is_secret(name: str) -> bool:
    return _SECRET_NAMES.search(name) is not None


def _redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if _is_secret(name):
            event[name] = "[redacted]"
        elif isinstance(value, str) and len(value) > _LONGEST and name != "exception":
            event[name] = value[:_LONGEST] + "…"
    return event


def _json(event: Any, **_options: Any) -> str:
    return _ENCODER.encode(event)


def configure(level: str, style: str) -> None:
    """Send our records and the standard library's to standard error, as JSON lines or as text.

    level: debug|info|warning|error; style: json|text. Ours go straight to the stream: one is written per request.
    """
    renderer = (
        structlog.processors.JSONRenderer(serializer=_json)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        _redact,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # These repeat request lines or statements, whose values may be secrets.
    for name in ("werkzeug", "sqlalchemy", "alembic", "granian.access"):
        logging.getLogger(name).setLevel(logging.WARNING)


def logger(name: str) -> Any:
    """A bound logger for a room."""
    return structlog.get_logger(room=name)
